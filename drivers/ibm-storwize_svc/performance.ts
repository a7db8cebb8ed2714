/** Samples: differences between a node's consecutive statistics files, and current values. */
import {
  BackendError,
  createSeries,
  InvalidResponse,
  isPartial,
  mapConcurrent,
  type DriverContext,
  type DriverError,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
  type SampleWindow,
  type Series,
} from 'delfin-agent/driver';
import {
  assertOn,
  completeEnds,
  intervalOf,
  isOnline,
  type Collection,
  type Dumps,
  type TimedFile,
} from './dumps.ts';
import { fcPorts, nodes, type Reader } from './inventory.ts';
import {
  FILES,
  MEASURES,
  SHARED_BY_NODES,
  valueOf,
  type Counters,
  type Delta,
  type FileType,
  type MeasuredType,
} from './metrics.ts';
import { wwpnOf, type Reading, type Statistics } from './statistics.ts';
import type { Row } from './table.ts';

const CONCURRENT_FILES = 2;

export interface Recording {
  readonly collection: Collection;
  readonly files: readonly TimedFile[];
}

export interface FileSamples {
  readonly metrics: readonly PerfMetric[];
  /** Nodes whose processor the files tell of. */
  readonly nodes: ReadonlySet<string>;
}

/** What the files hold. What several nodes share is told only where the files of all of them are there. */
export async function samplesOfFiles(
  reader: Reader,
  dumps: Dumps,
  { collection, files }: Recording,
  asked: ResourceMetrics,
  window: SampleWindow,
  context: DriverContext,
): Promise<FileSamples> {
  assertOn(collection);
  const { parts } = reader;
  const series = createSeries(context, asked, window);
  const types = (Object.keys(MEASURES) as MeasuredType[]).filter((type) => asked[type]);
  const intervalMs = intervalOf(files, collection) * 60_000;
  const ends = completeEnds(files, intervalMs / 60_000);
  const online = await parts.added(async () => (await nodes(reader)).rows.filter(isOnline));
  const names = types.includes('port') ? await parts.added(() => portsByWwpn(reader)) : undefined;
  const absent = new Map<string, Set<number>>();
  for (const fileType of new Set<FileType>(types.flatMap((type) => [...FILES[type]]))) {
    const own = files.filter((file) => file.type === fileType);
    const wanted = own.filter((file) =>
      isWanted(dumps.mayEndAt(file, collection), window, intervalMs),
    );
    const written = await parts.added(() => intervalsOf(reader, dumps, collection, wanted));
    if (!written) continue;
    const shared = SHARED_BY_NODES.has(fileType);
    for (const round of roundsOf(written, intervalMs)) {
      if (round.time > (ends.get(fileType) ?? 0) || round.time < window.start) continue;
      const missing = shared ? missingNodes(round, online, written) : [];
      for (const node of missing) absent.set(node, (absent.get(node) ?? new Set()).add(round.time));
      if (missing.length === 0) addRound(series, round, names);
    }
  }
  tellAbsent(reader, absent);
  const panels = files.filter(({ type }) => type === 'Nn').map(({ panel }) => panel);
  return {
    metrics: series.metrics(),
    nodes: new Set(panels.flatMap((panel) => dumps.nodes.get(panel) ?? [])),
  };
}

/** A file of the window, or the one before it, where its first interval begins. */
function isWanted(times: readonly number[], { start, end }: SampleWindow, intervalMs: number) {
  return times.some((time) => time >= start - 1.5 * intervalMs && time <= end + intervalMs / 2);
}

/** What a node did between two of its files. */
interface Interval {
  readonly node: NodeName;
  readonly time: number;
  readonly seconds: number;
  /** By type and key; without counters: they began anew, or were not there before. */
  readonly deltas: ReadonlyMap<string, { readonly of: Reading; readonly counters?: Counters }>;
}

/** Who wrote a file, as far as it says so. */
interface NodeName {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly panel: string;
}

type Read = Statistics & { readonly time: number };

async function intervalsOf(
  { parts }: Reader,
  dumps: Dumps,
  collection: Collection,
  files: readonly TimedFile[],
): Promise<Interval[]> {
  const failures: DriverError[] = [];
  const read = async (file: TimedFile): Promise<Read | undefined> => {
    try {
      return await dumps.read(file, collection);
    } catch (error) {
      // A file that is overwritten or deleted while it is read costs its intervals only.
      if (!isPartial(error)) throw error;
      failures.push(error);
      return undefined;
    }
  };
  const intervals: Interval[] = [];
  for (const [panel, own] of Map.groupBy(files, (file) => file.panel)) {
    const found = await mapConcurrent(own, CONCURRENT_FILES, async (file) => {
      const statistics = await read(file);
      return { time: statistics?.time ?? file.time, statistics };
    });
    const ordered = found.sort((a, b) => a.time - b.time);
    for (const [index, { statistics: now }] of ordered.entries()) {
      const before = ordered[index - 1]?.statistics;
      if (before && now) intervals.push(between(before, now, panel));
    }
  }
  const [first] = failures;
  if (first && failures.length === files.length) throw first;
  if (first) {
    const lost = `${failures.length} of ${files.length} statistics files were not read`;
    parts.tell(new InvalidResponse(`${lost}: ${first.message}`, { cause: first }));
  }
  return intervals;
}

function between(before: Read, now: Read, panel: string): Interval {
  const deltas = new Map<string, { of: Reading; counters?: Counters }>();
  for (const [key, reading] of now.readings) {
    const counters = differences(before.readings.get(key)?.counters, reading.counters);
    deltas.set(key, { of: reading, ...(counters ? { counters } : {}) });
  }
  return {
    node: { id: now.node, name: now.nodeName, panel },
    time: now.time,
    seconds: (now.time - before.time) / 1000,
    deltas,
  };
}

/** Undefined if a counter has become smaller: the node has started anew. */
function differences(earlier: Counters | undefined, now: Counters): Counters | undefined {
  if (!earlier) return undefined;
  const result: Record<string, number> = {};
  for (const [name, value] of Object.entries(now)) {
    const was = earlier[name];
    if (was === undefined) continue;
    if (value < was) return undefined;
    result[name] = value - was;
  }
  return result;
}

/** Intervals that end less than half an interval apart, one of a node, at the time of the last. */
interface Round {
  readonly time: number;
  readonly intervals: readonly Interval[];
}

function roundsOf(intervals: readonly Interval[], intervalMs: number): Round[] {
  const rounds: Round[] = [];
  let open: Interval[] = [];
  const close = () => {
    const last = open.at(-1);
    if (last) rounds.push({ time: last.time, intervals: open });
    open = [];
  };
  for (const interval of intervals.toSorted((a, b) => a.time - b.time)) {
    if (interval.seconds <= 0) continue;
    const isLate = interval.time - (open[0]?.time ?? interval.time) >= intervalMs / 2;
    if (isLate || open.some(({ node }) => node.panel === interval.node.panel)) close();
    open.push(interval);
  }
  close();
  return rounds;
}

/** Nodes that did their part of a round, but whose files of it are not there. */
function missingNodes(
  round: Round,
  online: readonly Row[] | undefined,
  all: readonly Interval[],
): string[] {
  if (!online) return [UNKNOWN_NODES];
  const present = round.intervals.map(({ node }) => node);
  const away = online.filter((row) => !present.some((node) => isSame(node, row)));
  const panels = new Set(present.map((node) => node.panel));
  const gaps = all.filter(
    ({ node, time }) =>
      !panels.has(node.panel) &&
      time > round.time &&
      all.some((other) => other.node.panel === node.panel && other.time < round.time),
  );
  const names = [
    ...away.map((row) => row['name'] || (row['id'] ?? '')),
    ...gaps.map(({ node }) => node.name ?? node.panel),
  ];
  return [...new Set(names)];
}

const UNKNOWN_NODES = '';

/** Nodes are called by their ids; older files name their panel only. */
function isSame({ id, name, panel }: NodeName, row: Row): boolean {
  if (id !== undefined) return id === row['id'];
  if (name !== undefined) return name === row['name'];
  const canister = `${row['enclosure_serial_number'] ?? ''}-${row['canister_id'] ?? ''}`;
  return panel === row['panel_name'] || panel === canister;
}

function tellAbsent({ parts }: Reader, absent: ReadonlyMap<string, ReadonlySet<number>>): void {
  const names = [...absent.keys()].filter((name) => name !== UNKNOWN_NODES);
  if (names.length === 0) return;
  const rounds = new Set([...absent.values()].flatMap((times) => [...times])).size;
  const what = `no statistics files of ${names.join(', ')} for ${rounds} intervals`;
  const cost = 'volumes, mdisks and drives have no values then: every node serves a part of them';
  const remedy =
    "set copy_statistics: true (copies files on the system), or give the other nodes' addresses under nodes";
  parts.tell(new BackendError('statistics_incomplete', `${what}; ${cost}; ${remedy}`));
}

interface Named {
  readonly id: string;
  readonly name: string | undefined;
}

/** Statistics know ports by WWPN, the inventory by id. */
async function portsByWwpn(reader: Reader): Promise<ReadonlyMap<string, Named>> {
  const found = new Map<string, Named>();
  for (const port of await fcPorts(reader)) {
    const wwpn = wwpnOf(port.wwn);
    if (wwpn) found.set(wwpn, { id: port.native_port_id, name: port.name });
  }
  return found;
}

/** Sums over the nodes of a round. What began anew on one of them is not known. */
function addRound(
  series: Series,
  { time, intervals }: Round,
  ports: ReadonlyMap<string, Named> | undefined,
): void {
  for (const key of new Set(intervals.flatMap(({ deltas }) => [...deltas.keys()]))) {
    const own = intervals.flatMap(({ deltas, seconds }) => {
      const delta = deltas.get(key);
      return delta ? [{ ...delta, seconds }] : [];
    });
    const [first] = own;
    const known = own.flatMap(({ counters, seconds }): Delta[] =>
      counters ? [{ counters, seconds }] : [],
    );
    if (!first || known.length < own.length) continue;
    const { type, key: id, name } = first.of;
    const named = type === 'port' ? ports?.get(id) : { id, name };
    if (!named) continue;
    const values: Partial<Record<MetricName, number | undefined>> = {};
    for (const [measure, how] of Object.entries(MEASURES[type])) {
      values[measure as MetricName] = valueOf(how, known);
    }
    series.add({ type, ...named }, time, values);
  }
}
