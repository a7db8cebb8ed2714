/** The statistics files: whether the system writes them, where they lie, when they were written. */
import {
  BackendError,
  createParts,
  DriverError,
  InvalidResponse,
  number,
  type DriverContext,
  type SshAccess,
} from 'delfin-agent/driver';
import { createCli } from './client.ts';
import { nodes, type Reader } from './inventory.ts';
import type { FileType } from './metrics.ts';
import { fileOf, parseStatistics, timesOf, zoneOf, type Statistics, type StatisticsFile } from './statistics.ts'; // prettier-ignore
import type { Row } from './table.ts';

const FOLDER = '/dumps/iostats';
/** Copying the files of a node takes a while. */
const COPY_MS = 60_000;
const DEFAULT_INTERVAL_MINUTES = 5;
/** A clock that is further from ours than this is in another zone than it says. */
const NEAR_MS = 1_800_000;
/** A name that is further from the file's own time than this is in another zone. */
const SHIFTED_MS = 120_000;
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

export async function collectionOf({ system, context }: Reader): Promise<Collection> {
  const own = await system();
  return {
    on: own['statistics_status'] !== 'off',
    intervalMinutes: number(own['statistics_frequency']),
    timezone: zoneOf(own, context),
  };
}

export interface TimedFile extends StatisticsFile {
  /** When it ended by its name: its clock shows an hour twice a year. */
  readonly named: readonly number[];
  /** The same where names and files do not agree, or when it did if it has been read. */
  readonly mayEndAt: readonly number[];
  /** Of these the last that is not in the future. */
  readonly time: number;
  readonly content: () => Promise<Uint8Array>;
}

export type Read = Statistics & { readonly time: number };

export type Dumps = ReturnType<typeof createDumps>;

export function createDumps(reader: Reader, others: readonly NodeFiles[]) {
  const { parts, context } = reader;
  const sources = [filesOn(reader), ...others];
  /** True times of files by name, as the files themselves say. */
  let known = new Map<string, number>();
  const nodesByPanel = new Map<string, string>();
  /** How far the names are from the truth: another zone than stated. */
  let shift = 0;

  function timed(file: StatisticsFile, timezone: string) {
    const named = timesOf(file.clock, timezone);
    const time = known.get(file.name);
    // In the hour that comes twice a name may be given twice.
    const isKnown = time !== undefined && named.length === 1;
    const mayEndAt = isKnown ? [time] : named.map((one) => one + shift);
    const past = mayEndAt.filter((one) => one < context.now() + AHEAD_MS);
    return { ...file, named, mayEndAt, time: past.at(-1) ?? mayEndAt[0] ?? file.clock };
  }

  async function listed(timezone: string): Promise<TimedFile[]> {
    const found = new Map<string, TimedFile>();
    for (const source of sources) {
      for (const name of await source.names()) {
        const file = found.has(name) ? undefined : fileOf(name);
        if (file) found.set(name, { ...timed(file, timezone), content: () => source.read(name) });
      }
    }
    known = new Map([...known].filter(([name]) => found.has(name)));
    return [...found.values()].sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1));
  }

  async function read(file: TimedFile): Promise<Read> {
    const statistics = await parseStatistics(await file.content(), file, () => context.pause(0));
    const { node, time = file.time } = statistics;
    const [nearest = time] = file.named.toSorted((a, b) => Math.abs(a - time) - Math.abs(b - time));
    const isShifted = statistics.time !== undefined && Math.abs(time - nearest) > SHIFTED_MS;
    if (isShifted) shift = time - nearest;
    known.set(file.name, time);
    if (node !== undefined) nodesByPanel.set(file.panel, node);
    return { ...statistics, time };
  }

  return {
    /** Nodes by the panel in the names of their files, as far as files have been read. */
    nodes: nodesByPanel as ReadonlyMap<string, string>,
    read,
    /** The files there are, oldest first. `copy`: those of the other nodes are brought here before. */
    async list({ timezone }: Collection, copy: boolean): Promise<readonly TimedFile[]> {
      if (copy) await copyFiles(reader);
      const files = await listed(timezone);
      const newest = files.findLast(({ type }) => type === 'Nn') ?? files.at(-1);
      const isNear = newest && Math.abs(context.now() - newest.time) < NEAR_MS;
      if (!newest || isNear || known.has(newest.name)) return files;
      // The names are in another zone than the system states, or old: the newest file knows.
      await parts.added(() => read(newest));
      return shift === 0 ? files : await listed(timezone);
    },
  };
}

type Source = Pick<Reader, 'cli' | 'parts'>;

/** Statistics files where this system or node lists them. */
function filesOn({ cli, parts }: Source) {
  return {
    async names(): Promise<string[]> {
      const rows = await parts.either<readonly Row[]>('statistics files', [
        { ask: () => cli.rows(`lsdumps -prefix ${FOLDER}`) },
        { ask: () => cli.rows(`sainfo lsfiles -prefix ${FOLDER}`) },
        { ask: async () => (await cli.readFolder(FOLDER)).map((filename) => ({ filename })) },
      ]);
      if (rows.length <= MOST_FILES) return rows.flatMap(({ filename }) => filename || []);
      throw new InvalidResponse(`${FOLDER}: ${rows.length} files, more than any system keeps`);
    },
    read: (name: string) => cli.readFile(`${FOLDER}/${name}`),
  };
}

/** A further node, where a login is not tried again once it was refused: what differs from the system's own access. */
export interface NodeAccess {
  readonly host: string;
  readonly port?: number;
  readonly host_key?: string;
}

export type NodeFiles = ReturnType<typeof createNodeFiles>;

/** Statistics files on the node that wrote them, by an address of its own: no copies. */
export function createNodeFiles(
  { host, port = 22, host_key }: NodeAccess,
  access: SshAccess,
  context: DriverContext,
) {
  const parts = createParts(context);
  const { host_key: shared, ...account } = access;
  const own = host_key ?? shared;
  const cli = createCli({ ...account, host, port, ...(own && { host_key: own }) }, context, parts);
  const { names, read } = filesOn({ cli, parts });
  return {
    read,
    close: cli.close,
    /** None, told, while the node does not answer. */
    async names(): Promise<readonly string[]> {
      try {
        return await names();
      } catch (error) {
        if (!(error instanceof DriverError)) throw error;
        parts.tell(new BackendError('node', `node ${host}: ${error.message}`));
        return [];
      }
    },
  };
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

/** The interval, ms: as stated, unless the nodes mostly write their files closer together. */
export function intervalOf(files: readonly TimedFile[], { intervalMinutes }: Collection): number {
  const series = Map.groupBy(files, ({ type, panel }) => `${type} ${panel}`);
  const gaps = [...series.values()]
    .flatMap((own) => own.map(({ time }, index) => time - (own[index - 1]?.time ?? time)))
    .filter((gap) => gap > 0)
    .sort((a, b) => a - b);
  const stated = (intervalMinutes ?? DEFAULT_INTERVAL_MINUTES) * 60_000;
  return Math.min(stated, gaps[Math.floor(gaps.length / 2)] ?? stated);
}

/** Up to when there are samples of every type that is still written. */
export function latestOf(files: readonly TimedFile[], intervalMs: number): number | undefined {
  const ends = [...completeEnds(files, intervalMs).values()];
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
  intervalMs: number,
): ReadonlyMap<FileType, number> {
  const ends = Array.from(
    Map.groupBy(files, ({ type }) => type),
    ([type, all]): [FileType, number] => {
      const newest = [...new Map(all.map(({ panel, time }) => [panel, time])).values()];
      const last = Math.max(...newest);
      const alive = newest.filter((time) => time > last - 2 * intervalMs);
      // Within half an interval of the slowest is the same round.
      const slowest = Math.min(...alive);
      return [type, Math.max(...alive.filter((time) => time < slowest + intervalMs / 2))];
    },
  );
  return new Map(ends);
}
