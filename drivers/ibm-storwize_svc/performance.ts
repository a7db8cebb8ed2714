/** Samples: differences between a node's consecutive statistics files, and current values. */
import {
  BackendError,
  byMeasure,
  createSeries,
  signed,
  type MetricBatch,
  type PerfMetric,
  type ResourceMetrics,
  type SampleWindow,
  type Series,
  type Session,
} from 'delfin-agent/driver';
import { completeEnds, createDumps, latestOf } from './dumps.ts';
import type { Dumps, NodeFiles, Read, Recording, TimedFile } from './dumps.ts';
import { fcPorts, firstKnown, onlineNodes, type Reader } from './inventory.ts';
import { FILES, MEASURES, STATS, valueOf, type Delta, type FileType } from './metrics.ts';
import { clockOf, timesOf, wwpnOf } from './statistics.ts';
import type { Row } from './table.ts';

/** The files that told the window are those that are read next. */
const FRESH_MS = 10_000;

/** A file of the most volumes takes tens of megabytes. */
const CONCURRENT_FILES = 2;

export function createPerformance(reader: Reader, others: readonly NodeFiles[], copy: boolean) {
  const dumps = createDumps(reader, others);
  let last: { readonly at: number; readonly recording: Recording } | undefined;
  // What a round could not read is as it was.
  let measured: ReadonlySet<string | undefined> = new Set();

  async function recordingOf(): Promise<Recording> {
    const fresh = last && !copy && performance.now() - last.at < FRESH_MS ? last : undefined;
    last = undefined;
    return fresh?.recording ?? (await dumps.record(copy));
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
          const recording = await recordingOf();
          const metrics = await samplesOfFiles(reader, dumps, recording, asked, { start, end });
          measured = dumps.writersOf('Nn', recording);
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
  if (!files) {
    const remedy = 'switch them on with "startstats -interval 5"';
    throw new BackendError('statistics_off', `the system collects no statistics; ${remedy}`);
  }
  const { parts, context } = reader;
  const series = createSeries(context, asked, window);
  const ends = completeEnds(recording);
  const online = await parts.added(() => onlineNodes(reader));
  const ports = asked.port ? await parts.added(() => portsByWwpn(reader)) : undefined;
  const absent: Absence[] = [];
  for (const [type, { elements, isShared }] of Object.entries(FILES)) {
    const isAsked = Object.values(elements).some((one) => asked[one]);
    // Without the list of nodes nobody knows whether all of them are there.
    if (!isAsked || (isShared && !online)) continue;
    const wanted = files.filter((file) => file.type === type && isWanted(file, window, intervalMs));
    const ended = (await parts.added(() => endedOf(reader, dumps, wanted))) ?? [];
    for (const round of roundsOf(ended, intervalMs)) {
      const time = timeOf(round);
      if (time > (ends.get(type as FileType) ?? 0) || time < window.start) continue;
      const nodes = isShared ? missingNodes(round, online ?? [], ended) : [];
      if (nodes.length > 0) absent.push({ nodes, time });
      else addRound(series, round, ports);
    }
  }
  tellAbsent(reader, absent);
  return series.metrics();
}

/** A file of the window, or the one before it, where its first interval begins. */
function isWanted({ mayEndAt }: TimedFile, { start, end }: SampleWindow, intervalMs: number) {
  return mayEndAt.some((time) => time >= start - 1.5 * intervalMs && time <= end + intervalMs / 2);
}

/** A file with the one that its node wrote before it: what it did between them. */
interface Interval extends Read {
  readonly before: Read;
}

/** In order of time. A file that could not be read costs both intervals that it bounds. */
async function endedOf({ parts }: Reader, dumps: Dumps, files: readonly TimedFile[]) {
  const lost = 'statistics files were not read';
  const read = await parts.children(files, dumps.read, { concurrency: CONCURRENT_FILES, lost });
  const last = new Map<string, TimedFile | Read>();
  return files
    .map((file, index) => read[index] ?? file)
    .sort((a, b) => a.time - b.time)
    .flatMap((file): Interval | [] => {
      const before = last.get(file.panel);
      last.set(file.panel, file);
      const areRead = before && 'readings' in before && 'readings' in file;
      return areRead && file.time > before.time ? { ...file, before } : [];
    });
}

/** Intervals that end less than half an interval apart, one of a node. */
type Round = readonly Interval[];

/** That of the last. */
const timeOf = (round: Round) => round.at(-1)?.time ?? 0;

function roundsOf(ended: readonly Interval[], intervalMs: number): Round[] {
  const rounds: Interval[][] = [];
  for (const interval of ended) {
    const open = rounds.at(-1) ?? [];
    const isLate = interval.time - (open[0]?.time ?? -Infinity) >= intervalMs / 2;
    if (isLate || open.some(({ panel }) => panel === interval.panel)) rounds.push([interval]);
    else open.push(interval);
  }
  return rounds;
}

/** Nodes that did their part of a round, but whose files of it are not there: online ones, and those with files before and after it. */
function missingNodes(round: Round, online: readonly Row[], all: Round): string[] {
  const time = timeOf(round);
  const panels = new Set(round.map(({ panel }) => panel));
  const before = new Set(all.flatMap((one) => (one.time < time ? one.panel : [])));
  const gaps = all.filter(
    ({ time: end, panel }) => end > time && before.has(panel) && !panels.has(panel),
  );
  const away = online.filter((row) => !round.some((interval) => isOf(interval, row)));
  return [
    ...away.map((row) => row['name'] || (row['id'] ?? '')),
    ...gaps.map(({ nodeName, panel }) => nodeName ?? panel),
  ];
}

/** Nodes are called by their ids; older files name their panel only. */
function isOf({ node, nodeName, panel }: Interval, row: Row): boolean {
  if (node !== undefined) return node === row['id'];
  if (nodeName !== undefined) return nodeName === row['name'];
  const canister = `${row['enclosure_serial_number'] ?? ''}-${row['canister_id'] ?? ''}`;
  return panel === row['panel_name'] || panel === canister;
}

/** A round without the files of these nodes. */
interface Absence {
  readonly nodes: readonly string[];
  readonly time: number;
}

function tellAbsent({ parts }: Reader, absent: readonly Absence[]): void {
  const names = new Set(absent.flatMap(({ nodes }) => nodes));
  if (names.size === 0) return;
  const rounds = new Set(absent.map(({ time }) => time)).size;
  const what = `no statistics files of ${[...names].join(', ')} for ${rounds} intervals`;
  const cost = 'volumes, mdisks and drives have no values then: every node serves a part of them';
  const remedy =
    "set copy_statistics: true (copies files on the system), or give the other nodes' addresses under nodes";
  parts.tell(new BackendError('statistics_incomplete', `${what}; ${cost}; ${remedy}`));
}

/** Statistics know ports by WWPN, the inventory by id. */
async function portsByWwpn(reader: Reader) {
  const ports = await fcPorts(reader);
  return new Map(ports.map(({ wwn, native_port_id: id, name }) => [wwpnOf(wwn), { id, name }]));
}

/** Sums over the nodes of a round. What began anew on one of them is not known. */
function addRound(
  series: Series,
  round: Round,
  ports: Awaited<ReturnType<typeof portsByWwpn>> | undefined,
): void {
  for (const object of new Set(round.flatMap(({ readings }) => [...readings.keys()]))) {
    const own = round.filter(({ readings }) => readings.has(object));
    const deltas = own.flatMap((interval) => differences(interval, object) ?? []);
    const reading = own[0]?.readings.get(object);
    if (!reading || deltas.length < own.length) continue;
    const { type, id, name } = reading;
    const known = type === 'port' ? ports?.get(id) : { id, name };
    const values = byMeasure(MEASURES[type], (measure) => valueOf(measure, deltas));
    if (known) series.add({ type, ...known }, timeOf(round), values);
  }
}

/** Undefined if it was not there before, or a counter has become smaller: the node has started anew. */
function differences({ before, readings, time }: Interval, object: string): Delta | undefined {
  const earlier = before.readings.get(object)?.counters;
  if (!earlier) return undefined;
  const counters: Record<string, number> = {};
  for (const [name, value] of Object.entries(readings.get(object)?.counters ?? {})) {
    const was = earlier[name];
    if (was === undefined) continue;
    if (value < was) return undefined;
    counters[name] = value - was;
  }
  return { counters, seconds: (time - before.time) / 1000 };
}

/** Current values, for which nothing has to be copied; a processor's only where no file tells of it. */
async function samplesOfStats(
  { cli, parts, context }: Reader,
  asked: ResourceMetrics,
  type: keyof typeof STATS,
  commands: readonly string[],
  timezone: string | undefined,
  measured: ReadonlySet<string | undefined>,
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
