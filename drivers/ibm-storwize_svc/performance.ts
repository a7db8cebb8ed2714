/** Samples: differences between a node's consecutive statistics files, and current values. */
import {
  BackendError,
  byMeasure,
  createSeries,
  signed,
  type MetricBatch,
  type ResourceMetrics,
  type SampleWindow,
  type Series,
  type Session,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { createDumps, endOf, latestOf } from './dumps.ts';
import type { Read, Recording, TimedFile } from './dumps.ts';
import { fcPorts, onlineNodes } from './inventory.ts';
import { FILES, MEASURES, STATS, valueOf, type Delta } from './metrics.ts';
import { clockOf, hexOf, timesOf } from './statistics.ts';
import type { Row } from './table.ts';

/** The files that told the window are those that are read next. */
const FRESH_MS = 10_000;

/** A file of the most volumes takes tens of megabytes. */
const CONCURRENT_FILES = 2;

export function createPerformance(client: Client, nodes: readonly Client[], copy: boolean) {
  const { parts, context } = client;
  const dumps = createDumps(client, nodes);
  /** Of the last question for the newest sample. */
  let last: Recording | undefined;

  function recordingOf(): Recording | Promise<Recording> {
    const fresh = last && !copy && performance.now() - last.at < FRESH_MS ? last : undefined;
    last = undefined;
    return fresh ?? dumps.record(copy);
  }

  /** What the files hold. What several nodes share is told only where the files of all of them are there. */
  async function samplesOfFiles(asked: ResourceMetrics, window: SampleWindow) {
    const { isOn, files, intervalMs } = await recordingOf();
    if (!isOn) {
      const remedy = 'switch them on with "startstats -interval 5"';
      throw new BackendError('statistics_off', `the system collects no statistics; ${remedy}`);
    }
    const series = createSeries(context, asked, window);
    const online = await parts.added(() => onlineNodes(client));
    const ports = asked.port ? await parts.added(() => portsByWwpn(client)) : undefined;
    const absent = { nodes: new Set<string>(), times: new Set<number>() };
    for (const [type, { elements, isShared }] of Object.entries(FILES)) {
      const isAsked = Object.values(elements).some((one) => asked[one]);
      // Without the list of nodes nobody knows whether all of them are there.
      if (!isAsked || (isShared && !online)) continue;
      const own = files.filter((file) => file.type === type);
      const ended = (await parts.added(() => endedIn(window, own, intervalMs))) ?? [];
      const end = endOf(own, intervalMs);
      for (const round of roundsOf(ended, intervalMs)) {
        const time = timeOf(round);
        if (time > end || time < window.start) continue;
        const missing = isShared ? missingNodes(round, online ?? [], ended) : [];
        if (missing.length === 0) addRound(series, round, ports);
        else absent.times.add(time);
        for (const node of missing) absent.nodes.add(node);
      }
    }
    if (absent.nodes.size > 0) parts.tell(incomplete(absent.nodes, absent.times.size));
    return series.metrics();
  }

  /** What nodes did in the window, in order of time. A file that can't be read costs both intervals that it bounds. */
  async function endedIn(window: SampleWindow, all: readonly TimedFile[], intervalMs: number) {
    const files = all.filter((file) => isWanted(file, window, intervalMs));
    const lost = 'statistics files were not read';
    const read = await parts.children(files, dumps.read, { concurrency: CONCURRENT_FILES, lost });
    const written = new Map<string, TimedFile | Read>();
    return files
      .map((file, index) => read[index] ?? file)
      .sort((a, b) => a.time - b.time)
      .flatMap((file): Interval | [] => {
        const before = written.get(file.panel);
        written.set(file.panel, file);
        const areRead = before && 'readings' in before && 'readings' in file;
        return areRead && file.time > before.time ? { ...file, before } : [];
      });
  }

  /** Current values, for which nothing has to be copied; a processor's only where no file tells of it. */
  async function samplesOfStats(
    asked: ResourceMetrics,
    type: keyof typeof STATS,
    ...commands: string[]
  ) {
    if (!asked[type]) return [];
    const rows = await client.firstKnown(commands, client.rows);
    const series = createSeries(context, asked);
    const time = timeOfStats(rows, dumps.timezone(), context.now());
    const idOf = (row: Row) => (type === 'storage' ? context.storageId : row['node_id']);
    for (const [id, own] of Map.groupBy(rows, idOf)) {
      if (!id) continue;
      const stats = new Map(own.map((row) => [row['stat_name'], signed(row['stat_current'])]));
      const { cpuUsage, ...values } = byMeasure(STATS[type], ({ stat, of }) =>
        // Without operations there is no time that they took.
        of !== undefined && stats.get(of) === 0 ? undefined : stats.get(stat),
      );
      const name = own[0]?.['node_name'];
      series.add({ type, id, name }, time, dumps.measures(id) ? values : { ...values, cpuUsage });
    }
    return series.metrics();
  }

  return {
    async getLatestPerfTimestamp() {
      last = await dumps.record(false);
      return latestOf(last);
    },
    collectPerfMetrics: (asked, start, end) =>
      parts.union<MetricBatch>([
        () => samplesOfFiles(asked, { start, end }),
        () => samplesOfStats(asked, 'controller', 'lsnodestats', 'lsnodecanisterstats'),
        () => samplesOfStats(asked, 'storage', 'lssystemstats'),
      ]),
  } satisfies Partial<Session>;
}

/** A file of the window, or the one before it, where its first interval begins. */
function isWanted({ mayEndAt }: TimedFile, { start, end }: SampleWindow, intervalMs: number) {
  return mayEndAt.some((time) => time >= start - 1.5 * intervalMs && time <= end + intervalMs / 2);
}

/** A file with the one that its node wrote before it: what it did between them. */
interface Interval extends Read {
  readonly before: Read;
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
  const isThere = (wanted: string) => round.some(({ panel }) => panel === wanted);
  const before = new Set(all.flatMap((one) => (one.time < time ? one.panel : [])));
  const gaps = all.filter((one) => one.time > time && before.has(one.panel) && !isThere(one.panel));
  const away = online.filter((row) => !round.some((interval) => isOf(interval, row)));
  return [
    ...away.map((row) => row['name'] || (row['id'] ?? '')),
    ...gaps.map(({ nodeName, panel }) => nodeName ?? panel),
  ];
}

/** Nodes are called by their ids; older files name their panel only. An id is no other node's name. */
function isOf({ node, nodeName, panel }: Interval, row: Row): boolean {
  if (node !== undefined) return node === row['id'];
  if (nodeName !== undefined) return nodeName === row['name'];
  const canister = `${row['enclosure_serial_number']}-${row['canister_id']}`;
  return panel === row['panel_name'] || panel === canister;
}

/** Rounds without the files of these nodes. */
function incomplete(nodes: ReadonlySet<string>, rounds: number): BackendError {
  const what = `no statistics files of ${[...nodes].join(', ')} for ${rounds} intervals`;
  const cost = 'volumes, mdisks and drives have no values then: every node serves a part of them';
  const remedy =
    "set copy_statistics: true (copies files on the system), or give the other nodes' addresses under nodes";
  return new BackendError('statistics_incomplete', `${what}; ${cost}; ${remedy}`);
}

/** Statistics know ports by WWPN, the inventory by id. */
async function portsByWwpn(client: Client) {
  const ports = await fcPorts(client);
  return new Map(ports.map(({ wwn, native_port_id: id, name }) => [hexOf(wwn), { id, name }]));
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

/** The system takes all values every five seconds; the newest peak is of the last time it did. */
function timeOfStats(rows: readonly Row[], timezone: string | undefined, now: number): number {
  const written = rows.flatMap((row) => clockOf(row['stat_peak_time']) ?? []);
  // Not known yet: the values are of this moment.
  if (written.length === 0 || timezone === undefined) return now;
  const times = timesOf(Math.max(...written), timezone);
  return times.reduce((a, b) => (Math.abs(b - now) < Math.abs(a - now) ? b : a));
}
