/** The statistics files: whether the system writes them, where they lie, when they were written. */
import { BackendError, DriverError, InvalidResponse, number } from 'delfin-agent/driver';
import { MOST_BYTES, type Client } from './client.ts';
import { onlineNodes } from './inventory.ts';
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
  /** Where it lies. */
  readonly source: Client;
}

/** What there is. */
export interface Recording {
  /** When it was asked for, by the monotonic clock, ms. */
  readonly at: number;
  /** Whether the system is to write files. */
  readonly isOn: boolean;
  /** Oldest first. */
  readonly files: readonly TimedFile[];
  readonly intervalMs: number;
}

export type Read = Awaited<ReturnType<ReturnType<typeof createDumps>['read']>>;

/** `nodes`: further ones, asked for their files by addresses of their own: no copies. */
export function createDumps(client: Client, nodes: readonly Client[]) {
  const { parts, context } = client;
  /** True times, types and nodes of files by name, as the files themselves say. */
  let known = new Map<string, { time: number; type: FileType; node: string | undefined }>();
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
    for (const source of [client, ...nodes]) {
      for (const name of await (source === client ? namesOn(source) : namesOnNode(source))) {
        const file = found.has(name) ? undefined : fileOf(name);
        if (file) found.set(name, { ...timed(file), source });
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
    const content = await readFile(file.source, `${FOLDER}/${file.name}`);
    const statistics = await parseStatistics(content, file, () => context.pause(0));
    const { time = file.time, node } = statistics;
    const [error = 0] = namedTimes(file)
      .map((named) => time - named)
      .sort((a, b) => Math.abs(a) - Math.abs(b));
    if (statistics.time !== undefined && Math.abs(error) > SHIFTED_MS) shift = error;
    known.set(file.name, { time, type: file.type, node });
    return { ...statistics, panel: file.panel, time };
  }

  return {
    read,
    timezone: () => timezone,
    /** Whether files tell of this node's processor, as far as they have been read. */
    measures: (id: string) =>
      [...known.values()].some(({ type, node }) => type === 'Nn' && node === id),
    /** The files there are. `copy`: those of the other nodes are brought here before. */
    async record(copy: boolean): Promise<Recording> {
      const system = await client.system();
      timezone = zoneOf(system, context);
      const isOn = system['statistics_status'] !== 'off';
      if (isOn && copy) await copyFiles(client);
      const files = isOn ? await trulyListed() : [];
      const intervalMs = intervalOf(files, number(system['statistics_frequency']));
      return { at: performance.now(), isOn, files, intervalMs };
    },
  };
}

/** Names of files as the system or a node lists them. */
async function namesOn({ parts, rows, work }: Client): Promise<readonly string[]> {
  const found = await parts.either<readonly Row[]>('statistics files', [
    { ask: () => rows(`lsdumps -prefix ${FOLDER}`) },
    { ask: () => rows(`sainfo lsfiles -prefix ${FOLDER}`) },
    {
      ask: async () =>
        (await work(FOLDER, (sftp) => sftp.readdir(FOLDER))).map(({ name }) => ({
          filename: name,
        })),
    },
  ]);
  if (found.length <= MOST_FILES) return found.flatMap(({ filename }) => filename || []);
  throw new InvalidResponse(`${FOLDER}: ${found.length} files, more than any system keeps`);
}

/** None, told, while the node does not answer. */
async function namesOnNode(node: Client): Promise<readonly string[]> {
  try {
    return await namesOn(node);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    node.parts.tell(new BackendError('node', `node ${node.host}: ${error.message}`));
    return [];
  }
}

/** A file by SFTP or, where there is none, by SCP. */
function readFile({ parts, run, work }: Client, path: string): Promise<Uint8Array> {
  const maxBytes = MOST_BYTES;
  const read = (output: string) => contentOf(output, path);
  return parts.either('reading files', [
    { ask: () => work(path, (sftp) => sftp.readFile(path, { maxBytes })) },
    { ask: () => run(`scp -f ${path}`, { input: REPLIES, read }) },
  ]);
}

/**
 * What is left of SCP when one file is read: the source sends "C0644 SIZE NAME", the bytes, a zero. It is
 * told "go on" for the start, the header and the bytes, sent ahead as packets of their own.
 */
const REPLIES = ['\0', '\0', '\0'] as const;

/** The file in the output of `scp -f PATH`. @throws InvalidResponse if it is not all there. */
export function contentOf(output: string, path: string): Uint8Array {
  const bytes = Buffer.from(output, 'utf8');
  const end = bytes.indexOf(0x0a);
  const header = bytes.subarray(0, Math.max(end, 0)).toString('utf8');
  // Times of the file (T...) are sent only if asked for.
  const size = Number(/^C\d{4} (\d+) /.exec(header)?.[1] ?? Number.NaN);
  const content = bytes.subarray(end + 1, end + 1 + size);
  if (!Number.isSafeInteger(size) || content.length !== size) {
    const said = header.replaceAll('\u0001', '').trim().slice(0, 120);
    throw new InvalidResponse(`scp ${path}: ${said || 'no file'}`);
  }
  return content;
}

/** Files of other nodes come to the configuration node only by an order to copy them. */
async function copyFiles(client: Client): Promise<void> {
  for (const { id, config_node: isHere } of await onlineNodes(client)) {
    const options = { writes: true, timeoutMs: COPY_MS };
    const copy = () => client.run(`cpdumps -prefix ${FOLDER} ${id}`, options);
    if (isHere !== 'yes') await client.parts.added(copy);
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
export function latestOf({ files, intervalMs }: Recording): number | undefined {
  const types = [...Map.groupBy(files, ({ type }) => type).values()];
  const ends = types.map((own) => endOf(own, intervalMs));
  return ends.length === 0 ? undefined : Math.min(...current(ends, intervalMs));
}

/**
 * The newest time up to which every node that still writes files of a type has written: nodes end an
 * interval within seconds of each other, and a sum without one of them would be too small.
 */
export function endOf(files: readonly TimedFile[], intervalMs: number): number {
  const newest = new Map(files.map(({ panel, time }) => [panel, time]));
  const alive = current([...newest.values()], intervalMs);
  // Within half an interval of the slowest is the same round.
  const slowest = Math.min(...alive);
  return Math.max(...alive.filter((time) => time < slowest + intervalMs / 2));
}
