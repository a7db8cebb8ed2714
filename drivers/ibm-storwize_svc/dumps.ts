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
import { onlineNodes, type Reader } from './inventory.ts';
import type { FileType } from './metrics.ts';
import { fileOf, parseStatistics, timesOf, zoneOf, type StatisticsFile } from './statistics.ts';
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

export interface TimedFile extends StatisticsFile {
  /** When it may have ended by its name, whose clock shows an hour twice a year; when it did if it has been read. */
  readonly mayEndAt: readonly number[];
  /** Of these the last that is not in the future. */
  readonly time: number;
  readonly content: () => Promise<Uint8Array>;
}

/** What there is at a time. */
export interface Recording {
  /** Undefined: the system is not to write any. Oldest first. */
  readonly files: readonly TimedFile[] | undefined;
  readonly intervalMs: number;
}

export type Read = Awaited<ReturnType<Dumps['read']>>;

export type Dumps = ReturnType<typeof createDumps>;

export function createDumps(reader: Reader, others: readonly NodeFiles[]) {
  const { parts, context } = reader;
  const sources = [filesOn(reader), ...others];
  /** True times and nodes of files by name, as the files themselves say. */
  let known = new Map<string, { readonly time: number; readonly node: string | undefined }>();
  /** How far the names are from the truth: another zone than stated. */
  let shift = 0;
  /** The system's, as it was told last. */
  let timezone: string | undefined;

  const namedTimes = ({ clock }: StatisticsFile) => timesOf(clock, timezone ?? context.timezone);

  function timed(file: StatisticsFile) {
    const named = namedTimes(file);
    const time = known.get(file.name)?.time;
    // In the hour that comes twice a name may be given twice.
    const isKnown = time !== undefined && named.length === 1;
    const mayEndAt = isKnown ? [time] : named.map((one) => one + shift);
    const past = mayEndAt.filter((one) => one < context.now() + AHEAD_MS);
    return { ...file, mayEndAt, time: past.at(-1) ?? mayEndAt[0] ?? file.clock };
  }

  async function listed(): Promise<TimedFile[]> {
    const found = new Map<string, TimedFile>();
    for (const source of sources) {
      for (const name of await source.names()) {
        const file = found.has(name) ? undefined : fileOf(name);
        if (file) found.set(name, { ...timed(file), content: () => source.read(name) });
      }
    }
    known = new Map([...known].filter(([name]) => found.has(name)));
    return [...found.values()].sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1));
  }

  async function trulyListed(): Promise<TimedFile[]> {
    const files = await listed();
    const newest = files.findLast(({ type }) => type === 'Nn') ?? files.at(-1);
    const isNear = newest && Math.abs(context.now() - newest.time) < NEAR_MS;
    if (!newest || isNear || known.has(newest.name)) return files;
    // The names are in another zone than the system states, or old: the newest file knows.
    await parts.added(() => read(newest));
    return shift === 0 ? files : await listed();
  }

  async function read(file: TimedFile) {
    const statistics = await parseStatistics(await file.content(), file, () => context.pause(0));
    const { time = file.time, node } = statistics;
    const [error = 0] = namedTimes(file)
      .map((named) => time - named)
      .sort((a, b) => Math.abs(a) - Math.abs(b));
    if (statistics.time !== undefined && Math.abs(error) > SHIFTED_MS) shift = error;
    known.set(file.name, { time, node });
    return { ...statistics, panel: file.panel, time };
  }

  return {
    read,
    timezone: () => timezone,
    /** Nodes that have written files of this type, as far as these have been read. */
    writersOf: (wanted: FileType, { files = [] }: Recording) =>
      new Set(files.flatMap(({ type, name }) => (type === wanted ? known.get(name)?.node : []))),
    /** The files there are. `copy`: those of the other nodes are brought here before. */
    async record(copy: boolean): Promise<Recording> {
      const system = await reader.system();
      timezone = zoneOf(system, context);
      const isOn = system['statistics_status'] !== 'off';
      if (isOn && copy) await copyFiles(reader);
      const files = isOn ? await trulyListed() : undefined;
      return { files, intervalMs: intervalOf(files ?? [], number(system['statistics_frequency'])) };
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

/** A further node: what differs from the system's own access. */
type NodeAccess = Pick<SshAccess, 'host' | 'port' | 'host_key'>;

export type NodeFiles = ReturnType<typeof createNodeFiles>;

/** Statistics files on the node that wrote them, by an address of its own: no copies. */
export function createNodeFiles(node: NodeAccess, access: SshAccess, context: DriverContext) {
  const parts = createParts(context);
  const cli = createCli({ ...access, port: 22, ...node }, context, parts);
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
        parts.tell(new BackendError('node', `node ${node.host}: ${error.message}`));
        return [];
      }
    },
  };
}

/** Files of other nodes come to the configuration node only by an order to copy them. */
async function copyFiles(reader: Reader): Promise<void> {
  const { cli, parts } = reader;
  for (const { id, config_node: isHere } of await onlineNodes(reader)) {
    const options = { writes: true, timeoutMs: COPY_MS };
    const copy = () => cli.run(`cpdumps -prefix ${FOLDER} ${id}`, options);
    if (isHere !== 'yes') await parts.added(copy);
  }
}

/** The interval, ms: as stated, unless the nodes mostly write their files closer together. */
function intervalOf(files: readonly TimedFile[], intervalMinutes = DEFAULT_INTERVAL_MINUTES) {
  const series = Map.groupBy(files, ({ type, panel }) => `${type} ${panel}`);
  const gaps = [...series.values()]
    .flatMap((own) => own.map(({ time }, index) => time - (own[index - 1]?.time ?? time)))
    .filter((gap) => gap > 0)
    .sort((a, b) => a - b);
  const stated = intervalMinutes * 60_000;
  return Math.min(stated, gaps[Math.floor(gaps.length / 2)] ?? stated);
}

/** What is no longer written does not hold up the others. */
const current = (ends: readonly number[], intervalMs: number) =>
  ends.filter((end) => end > Math.max(...ends) - 2 * intervalMs);

/** Up to when there are samples of every type that is still written. */
export function latestOf(recording: Recording): number | undefined {
  const ends = current([...completeEnds(recording).values()], recording.intervalMs);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/**
 * Per type of file, the newest time up to which every node that still writes has written: nodes end
 * an interval within seconds of each other, and a sum without one of them would be too small.
 */
export function completeEnds({ files = [], intervalMs }: Recording): ReadonlyMap<FileType, number> {
  const ends = new Map<FileType, number>();
  for (const [type, own] of Map.groupBy(files, (file) => file.type)) {
    const newest = new Map(own.map(({ panel, time }) => [panel, time]));
    const alive = current([...newest.values()], intervalMs);
    // Within half an interval of the slowest is the same round.
    const slowest = Math.min(...alive);
    ends.set(type, Math.max(...alive.filter((time) => time < slowest + intervalMs / 2)));
  }
  return ends;
}
