/** The statistics files: whether the system writes them, where they lie, when they were written. */
import { BackendError, InvalidResponse, number, type DriverContext } from 'delfin-agent/driver';
import { nodes, type Reader } from './inventory.ts';
import type { FileType } from './metrics.ts';
import type { NodeFiles } from './nodes.ts';
import {
  fileOf,
  parseStatistics,
  timesOf,
  type Statistics,
  type StatisticsFile,
} from './statistics.ts';
import { firstOf, type Row } from './table.ts';

const FOLDER = '/dumps/iostats';
/** Copying the files of a node takes a while. */
const COPY_MS = 60_000;
export const DEFAULT_INTERVAL_MINUTES = 5;
/** A clock that is further from ours than this is in another zone than it says. */
const NEAR_MS = 1_800_000;
/** A clock may be so far ahead of ours. */
const AHEAD_MS = 60_000;
/** Files kept by a node, types and nodes: more names than this are no listing. */
const MOST_FILES = 100_000;

/** What the system says of its statistics: interval, clock. */
export interface Collection {
  readonly on: boolean;
  readonly intervalMinutes: number | undefined;
  readonly timezone: string;
}

export async function collectionOf({ cli }: Reader, context: DriverContext): Promise<Collection> {
  const system = firstOf(await cli.detail('lssystem', undefined, { exact: true }));
  return {
    on: system['statistics_status'] !== 'off',
    intervalMinutes: number(system['statistics_frequency']),
    timezone: zoneOf(system, context),
  };
}

/** "246 Asia/Shanghai"; a zone that the runtime does not know is the configured one. */
export function zoneOf(system: Row, context: Pick<DriverContext, 'timezone'>): string {
  const zone = system['time_zone']?.replace(/^\d+\s+/, '').trim();
  if (!zone) return context.timezone;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return context.timezone;
  }
}

/** A file with the time of its end: that of its name until it has been read. */
export interface TimedFile extends StatisticsFile {
  readonly time: number;
  readonly content: () => Promise<Uint8Array>;
}

export interface Dumps {
  /** The files there are, oldest first. `copy`: those of the other nodes are brought here before. */
  list(collection: Collection, copy: boolean): Promise<readonly TimedFile[]>;
  read(file: TimedFile, collection: Collection): Promise<Statistics & { readonly time: number }>;
  /** Nodes by the panel in the names of their files, as far as files have been read. */
  readonly nodes: ReadonlyMap<string, string>;
  /** When a file may have ended: its name says so by a clock that shows an hour twice a year. */
  mayEndAt(file: TimedFile, collection: Collection): readonly number[];
}

export function createDumps(
  reader: Reader,
  others: readonly NodeFiles[],
  context: DriverContext,
): Dumps {
  const { cli, parts } = reader;
  /** True times of files by name, as the files themselves say. */
  let known = new Map<string, number>();
  const nodesByPanel = new Map<string, string>();
  /** How far the names are from the truth: another zone than stated. */
  let shift = 0;

  const mayEndAt = ({ name, clock }: StatisticsFile, { timezone }: Collection) => {
    const times = timesOf(clock, timezone).map((time) => time + shift);
    const time = known.get(name);
    // In the hour that comes twice a name may be given twice.
    return time === undefined || times.length > 1 ? times : [time];
  };

  /** Of several times the last one that is not in the future. */
  function endOf(file: StatisticsFile, collection: Collection): number {
    const times = mayEndAt(file, collection);
    const past = times.filter((time) => time < context.now() + AHEAD_MS);
    return past.at(-1) ?? times[0] ?? file.clock;
  }

  async function list(collection: Collection, copy: boolean): Promise<TimedFile[]> {
    if (copy) await copyFiles(reader);
    const found = new Map<string, () => Promise<Uint8Array>>();
    for (const name of (await namesOn(reader)).toReversed()) {
      found.set(name, () => cli.readFile(`${FOLDER}/${name}`));
    }
    for (const other of others) {
      for (const name of await other.names()) {
        if (!found.has(name)) found.set(name, () => other.read(name));
      }
    }
    known = new Map([...known].filter(([name]) => found.has(name)));
    const files = Array.from(found, ([name, content]) => {
      const file = fileOf(name);
      return file ? { ...file, content, time: endOf(file, collection) } : undefined;
    });
    return files
      .filter((file) => file !== undefined)
      .sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1));
  }

  async function read(file: TimedFile, collection: Collection) {
    const content = await file.content();
    const statistics = await parseStatistics(content, file, () => context.pause(0));
    const time = trueTime(file, statistics, collection);
    known.set(file.name, time);
    if (statistics.node !== undefined) nodesByPanel.set(file.panel, statistics.node);
    return { ...statistics, time };
  }

  function trueTime(file: TimedFile, { time }: Statistics, { timezone }: Collection): number {
    if (time === undefined) return file.time;
    const named = timesOf(file.clock, timezone);
    const nearest = named.toSorted((a, b) => Math.abs(a - time) - Math.abs(b - time))[0] ?? time;
    if (Math.abs(time - nearest) > 120_000) shift = time - nearest;
    return time;
  }

  return {
    nodes: nodesByPanel,
    mayEndAt,
    read,
    async list(collection, copy) {
      const files = await list(collection, copy);
      const newest = files.findLast(({ type }) => type === 'Nn') ?? files.at(-1);
      const isNear = newest && Math.abs(context.now() - newest.time) < NEAR_MS;
      if (!newest || isNear || known.has(newest.name)) return files;
      // The names are in another zone than the system states, or old: the newest file knows.
      await parts.added(() => read(newest, collection));
      return shift === 0 ? files : await list(collection, false);
    },
  };
}

/** Names of statistics files that this system or node lists. */
export async function namesOn({ cli, parts }: Pick<Reader, 'cli' | 'parts'>): Promise<string[]> {
  const rows = await parts.either('statistics files', [
    { ask: () => cli.rows(`lsdumps -prefix ${FOLDER}`) },
    { ask: () => cli.rows(`sainfo lsfiles -prefix ${FOLDER}`) },
    { ask: async () => (await cli.readFolder(FOLDER)).map((filename) => ({ filename })) },
  ]);
  const names = rows.flatMap((row: Row) => (row['filename'] ? [row['filename']] : []));
  if (names.length > MOST_FILES) {
    throw new InvalidResponse(`${FOLDER}: ${names.length} files, more than any system keeps`);
  }
  return names.filter((name) => fileOf(name) !== undefined);
}

/** Files of other nodes come to the configuration node only by an order to copy them. */
async function copyFiles(reader: Reader): Promise<void> {
  const { cli, parts } = reader;
  const { rows } = await nodes(reader);
  const others = rows.filter((node) => node['config_node'] !== 'yes' && isOnline(node));
  for (const { id = '' } of others) {
    const options = { writes: true, timeoutMs: COPY_MS };
    await parts.added(() => cli.run(`cpdumps -prefix ${FOLDER} ${id}`, options));
  }
}

/** A node at work, a spare one included that has taken over. */
export const isOnline = (node: Row): boolean =>
  node['status'] === 'online' || node['status'] === 'online_spare';

/** The interval, minutes: as stated, unless the nodes mostly write their files closer together. */
export function intervalOf(files: readonly TimedFile[], { intervalMinutes }: Collection): number {
  const last = new Map<string, number>();
  const gaps: number[] = [];
  for (const { type, panel, time } of files) {
    const before = last.get(`${type} ${panel}`);
    if (before !== undefined && time > before) gaps.push((time - before) / 60_000);
    last.set(`${type} ${panel}`, time);
  }
  const median = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  return Math.min(intervalMinutes ?? DEFAULT_INTERVAL_MINUTES, median ?? Infinity);
}

/** Up to when there are samples of every type that is still written. */
export function latestOf(files: readonly TimedFile[], collection: Collection): number | undefined {
  const intervalMinutes = intervalOf(files, collection);
  const ends = [...completeEnds(files, intervalMinutes).values()];
  const intervalMs = intervalMinutes * 60_000;
  // A type that is no longer written does not hold up the others.
  const current = ends.filter((end) => end > Math.max(...ends) - 2 * intervalMs);
  return current.length === 0 ? undefined : Math.min(...current);
}

/**
 * Per type of file, the newest time up to which every node that still writes has written: nodes end
 * an interval within seconds of each other, and a sum without one of them would be too small.
 */
export function completeEnds(
  files: readonly TimedFile[],
  intervalMinutes = DEFAULT_INTERVAL_MINUTES,
): Map<FileType, number> {
  const ends = new Map<FileType, number>();
  for (const type of new Set(files.map((file) => file.type))) {
    const newest = new Map<string, number>();
    for (const file of files) {
      if (file.type === type)
        newest.set(file.panel, Math.max(file.time, newest.get(file.panel) ?? 0));
    }
    const last = Math.max(...newest.values());
    const alive = [...newest.values()].filter((time) => time > last - 2 * intervalMinutes * 60_000);
    // Within half an interval of the slowest is the same round.
    const slowest = Math.min(...alive);
    const round = alive.filter((time) => time < slowest + intervalMinutes * 30_000);
    ends.set(type, Math.max(...round));
  }
  return ends;
}

/** Statistics that are switched off: told with the command that an operator may run. */
export function assertOn(collection: Collection): void {
  if (collection.on) return;
  throw new BackendError(
    'statistics_off',
    'the system collects no statistics; switch them on with "startstats -interval 5"',
  );
}
