/** Samples: differences between a node's consecutive statistics files, and current values. */
import {
  BackendError,
  byMeasure,
  createSeries,
  InvalidResponse,
  isPartial,
  mapConcurrent,
  signed,
  type MetricBatch,
  type PerfMetric,
  type Port,
  type ResourceMetrics,
  type SampleWindow,
  type Series,
  type Session,
} from 'delfin-agent/driver';
import { completeEnds, createDumps, latestOf } from './dumps.ts';
import type { Dumps, NodeFiles, Read, Recording, TimedFile } from './dumps.ts';
import { fcPorts, firstKnown, onlineNodes, type Reader } from './inventory.ts';
import {
  FILES,
  MEASURES,
  SHARED_BY_NODES,
  STATS,
  valueOf,
  type Counters,
  type FileType,
  type MeasuredType,
} from './metrics.ts';
import { clockOf, timesOf, wwpnOf, type Reading } from './statistics.ts';
import type { Row } from './table.ts';

/** The files that told the window are those that are read next. */
const FRESH_MS = 10_000;

/** A file of the most volumes takes tens of megabytes. */
const CONCURRENT_FILES = 2;

export function createPerformance(reader: Reader, others: readonly NodeFiles[], copy: boolean) {
  const dumps = createDumps(reader, others);
  let last: { readonly at: number; readonly recording: Recording } | undefined;
  // What a round could not read is as it was.
  let measured: ReadonlySet<string> = new Set();

  function takeFresh(): Recording | undefined {
    const fresh = last && !copy && performance.now() - last.at < FRESH_MS ? last : undefined;
    last = undefined;
    return fresh?.recording;
  }

  return {
    async getLatestPerfTimestamp() {
      const recording = await dumps.record(false);
      last = { at: performance.now(), recording };
      return latestOf(recording);
    },
    collectPerfMetrics(asked, start, end) {
      const stats = (type: keyof typeof STATS, ...commands: string[]) =>
        samplesOfStats(reader, asked, type, commands, dumps.timezone(), measured);
      return reader.parts.union<PerfMetric>([
        async () => {
          const recording = takeFresh() ?? (await dumps.record(copy));
          const metrics = await samplesOfFiles(reader, dumps, recording, asked, { start, end });
          const panels = recording.files.flatMap(({ type, panel }) => (type === 'Nn' ? panel : []));
          measured = new Set(panels.flatMap((panel) => dumps.nodes.get(panel) ?? []));
          return metrics;
        },
        () => stats('controller', 'lsnodestats', 'lsnodecanisterstats'),
        () => stats('storage', 'lssystemstats'),
      ]);
    },
  } satisfies Partial<Session>;
}

/** What the files hold. What several nodes share is told only where the files of all of them are there. */
async function samplesOfFiles(
  reader: Reader,
  dumps: Dumps,
  recording: Recording,
  asked: ResourceMetrics,
  window: SampleWindow,
): Promise<readonly MetricBatch[]> {
  const { files, intervalMs } = recording;
  if (!recording.on) {
    const remedy = 'switch them on with "startstats -interval 5"';
    throw new BackendError('statistics_off', `the system collects no statistics; ${remedy}`);
  }
  const { parts, context } = reader;
  const series = createSeries(context, asked, window);
  const types = (Object.keys(MEASURES) as MeasuredType[]).filter((type) => asked[type]);
  const ends = completeEnds(recording);
  const online = await parts.added(() => onlineNodes(reader));
  const names = types.includes('port') ? await parts.added(() => portsByWwpn(reader)) : undefined;
  const absent: Absence[] = [];
  for (const fileType of new Set<FileType>(types.flatMap((type) => FILES[type]))) {
    const wanted = files.filter(
      (file) => file.type === fileType && isWanted(file, window, intervalMs),
    );
    const intervals = (await parts.added(() => intervalsOf(reader, dumps, wanted))) ?? [];
    for (const round of roundsOf(intervals, intervalMs)) {
      const time = endOf(round);
      if (time > (ends.get(fileType) ?? 0) || time < window.start) continue;
      const missing = SHARED_BY_NODES.has(fileType) ? missingNodes(round, online, intervals) : [];
      absent.push(...missing.map((node) => [node, time] as const));
      if (missing.length === 0) addRound(series, round, names);
    }
  }
  tellAbsent(reader, absent);
  return series.metrics();
}

/** A file of the window, or the one before it, where its first interval begins. */
function isWanted({ mayEndAt }: TimedFile, { start, end }: SampleWindow, intervalMs: number) {
  return mayEndAt.some((time) => time >= start - 1.5 * intervalMs && time <= end + intervalMs / 2);
}

/** What a node did between two of its files. */
interface Interval {
  readonly before: Read;
  readonly now: Read;
}

async function intervalsOf({ parts }: Reader, dumps: Dumps, files: readonly TimedFile[]) {
  const failures: Error[] = [];
  const found = await mapConcurrent(files, CONCURRENT_FILES, async (file) => {
    try {
      return await dumps.read(file);
    } catch (error) {
      // A file that is overwritten or deleted while it is read costs its intervals only.
      if (!isPartial(error)) throw error;
      failures.push(error);
      return file;
    }
  });
  const [first] = failures;
  if (first && failures.length === files.length) throw first;
  if (first) {
    const lost = `${failures.length} of ${files.length} statistics files were not read`;
    parts.tell(new InvalidResponse(`${lost}: ${first.message}`, { cause: first }));
  }
  const ordered = found.sort((a, b) => a.time - b.time);
  return [...Map.groupBy(ordered, ({ panel }) => panel).values()].flatMap((own) =>
    own.flatMap((now, index): Interval | [] => {
      const before = own[index - 1];
      const areRead = before && 'readings' in before && 'readings' in now;
      return areRead && now.time > before.time ? { before, now } : [];
    }),
  );
}

/** Intervals that end less than half an interval apart, one of a node. */
type Round = readonly Interval[];

/** At the time of the last. */
const endOf = (round: Round) => round.at(-1)?.now.time ?? 0;

function roundsOf(intervals: readonly Interval[], intervalMs: number): Round[] {
  const rounds: Interval[][] = [];
  for (const interval of intervals.toSorted((a, b) => a.now.time - b.now.time)) {
    const open = rounds.at(-1) ?? [];
    const begun = open[0]?.now.time ?? -Infinity;
    const isLate = interval.now.time - begun >= intervalMs / 2;
    if (isLate || open.some(({ now }) => now.panel === interval.now.panel)) rounds.push([interval]);
    else open.push(interval);
  }
  return rounds;
}

/** Nodes that did their part of a round, but whose files of it are not there. */
function missingNodes(
  round: Round,
  online: readonly Row[] | undefined,
  all: readonly Interval[],
): readonly string[] {
  if (!online) return [UNKNOWN_NODES];
  const time = endOf(round);
  const away = online.filter((row) => !round.some((interval) => isOf(interval, row)));
  const panels = new Set(round.map(({ now }) => now.panel));
  const before = new Set(all.flatMap(({ now }) => (now.time < time ? now.panel : [])));
  const gaps = all.filter(
    ({ now }) => now.time > time && before.has(now.panel) && !panels.has(now.panel),
  );
  const names = [
    ...away.map((row) => row['name'] || (row['id'] ?? '')),
    ...gaps.map(({ now }) => now.nodeName ?? now.panel),
  ];
  return [...new Set(names)];
}

const UNKNOWN_NODES = '';

/** Nodes are called by their ids; older files name their panel only. */
function isOf({ now: { node, nodeName, panel } }: Interval, row: Row): boolean {
  if (node !== undefined) return node === row['id'];
  if (nodeName !== undefined) return nodeName === row['name'];
  const canister = `${row['enclosure_serial_number'] ?? ''}-${row['canister_id'] ?? ''}`;
  return panel === row['panel_name'] || panel === canister;
}

/** A node whose files of an interval are not there. */
type Absence = readonly [node: string, time: number];

function tellAbsent({ parts }: Reader, absent: readonly Absence[]): void {
  const names = new Set(absent.flatMap(([node]) => node || []));
  if (names.size === 0) return;
  const rounds = new Set(absent.map(([, time]) => time)).size;
  const what = `no statistics files of ${[...names].join(', ')} for ${rounds} intervals`;
  const cost = 'volumes, mdisks and drives have no values then: every node serves a part of them';
  const remedy =
    "set copy_statistics: true (copies files on the system), or give the other nodes' addresses under nodes";
  parts.tell(new BackendError('statistics_incomplete', `${what}; ${cost}; ${remedy}`));
}

/** Statistics know ports by WWPN, the inventory by id. */
async function portsByWwpn(reader: Reader): Promise<ReadonlyMap<string | undefined, Port>> {
  return new Map((await fcPorts(reader)).map((port) => [wwpnOf(port.wwn), port]));
}

/** Sums over the nodes of a round. What began anew on one of them is not known. */
function addRound(
  series: Series,
  round: Round,
  ports: ReadonlyMap<string | undefined, Port> | undefined,
): void {
  for (const object of new Set(round.flatMap(({ now }) => [...now.readings.keys()]))) {
    const readings = round.flatMap(({ now }) => now.readings.get(object) ?? []);
    const deltas = round.flatMap(({ before, now }) => {
      const counters = differences(before.readings.get(object), now.readings.get(object));
      return counters ? { counters, seconds: (now.time - before.time) / 1000 } : [];
    });
    const [first] = readings;
    if (!first || deltas.length < readings.length) continue;
    const { type, key, name } = first;
    const port = ports?.get(key);
    const values = byMeasure(MEASURES[type], (measure) => valueOf(measure, deltas));
    if (type !== 'port') series.add({ type, id: key, name }, endOf(round), values);
    else if (port)
      series.add({ type, id: port.native_port_id, name: port.name }, endOf(round), values);
  }
}

/** Undefined if it was not there before, or a counter has become smaller: the node has started anew. */
function differences(earlier: Reading | undefined, now: Reading | undefined): Counters | undefined {
  if (!earlier || !now) return undefined;
  const result: Record<string, number> = {};
  for (const [name, value] of Object.entries(now.counters)) {
    const was = earlier.counters[name];
    if (was === undefined) continue;
    if (value < was) return undefined;
    result[name] = value - was;
  }
  return result;
}

/** Current values, for which nothing has to be copied; a processor's only where no file tells of it. */
async function samplesOfStats(
  { cli, parts, context }: Reader,
  asked: ResourceMetrics,
  type: keyof typeof STATS,
  commands: readonly string[],
  timezone: string | undefined,
  measured: ReadonlySet<string>,
): Promise<readonly PerfMetric[]> {
  if (!asked[type]) return [];
  const rows = await firstKnown(parts, commands, cli.rows);
  const series = createSeries(context, asked);
  const time = timeOfStats(rows, timezone, context.now());
  const idOf = (row: Row) => (type === 'storage' ? context.storageId : row['node_id']);
  for (const [id, own] of Map.groupBy(rows, idOf)) {
    if (!id) continue;
    const stats = new Map(own.map((row) => [row['stat_name'], signed(row['stat_current'])]));
    const { cpuUsage, ...values } = byMeasure(STATS[type], ({ stat, of }) =>
      // Without operations there is no time that they took.
      of !== undefined && stats.get(of) === 0 ? undefined : stats.get(stat),
    );
    const name = own[0]?.['node_name'];
    series.add({ type, id, name }, time, measured.has(id) ? values : { ...values, cpuUsage });
  }
  return series.metrics();
}

/** The system takes all values every five seconds; the newest peak is of the last time it did. */
function timeOfStats(rows: readonly Row[], timezone: string | undefined, now: number): number {
  const written = rows.flatMap((row) => clockOf(row['stat_peak_time']) ?? []);
  // Not known yet: the values are of this moment.
  if (written.length === 0 || timezone === undefined) return now;
  const times = timesOf(Math.max(...written), timezone);
  return times.reduce((a, b) => (Math.abs(b - now) < Math.abs(a - now) ? b : a));
}
