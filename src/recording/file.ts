/** A recording as a file: JSON lines, a header first, one exchange a line. */
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { parseExactly } from './content.ts';
import type { Entry } from './exchange.ts';

/** Raised when a reader of the last one could not read it. */
const FORMAT = 1;
const MAX_FILE_BYTES = 512 * 2 ** 20;

export interface Header {
  readonly delfin_recording: typeof FORMAT;
  /** Version of the agent that wrote it. */
  readonly agent: string;
  readonly vendor: string;
  readonly model: string;
  /** The array's name in the configuration, replaced. */
  readonly name: string;
  readonly timezone: string;
  /** Epoch ms. */
  readonly started_at: number;
  /** The driver's own keys of the configuration, without what a connection needs. */
  readonly access: Readonly<Record<string, unknown>>;
  /** Parts that were read; all if absent. */
  readonly only?: readonly string[];
  /** The performance window, epoch ms. */
  readonly start?: number;
  readonly end?: number;
}

export interface Recording {
  readonly header: Header;
  readonly entries: readonly Entry[];
}

export const header = (about: Omit<Header, 'delfin_recording'>): Header => ({
  delfin_recording: FORMAT,
  ...about,
});

/** Readable by its owner only. A file that could not be written whole is removed. Returns its bytes. */
export async function writeRecording(file: string, recording: Recording): Promise<number> {
  try {
    return await write(file, recording);
  } catch (error) {
    // The system names the file only where it could not be opened.
    if (error instanceof Error) Object.assign(error, { path: file });
    throw error;
  }
}

async function write(file: string, recording: Recording): Promise<number> {
  const handle = await open(file, 'w', 0o600);
  let bytes = 0;
  try {
    for (const line of [recording.header, ...recording.entries]) {
      const text = `${JSON.stringify(line)}\n`;
      await handle.writeFile(text);
      bytes += Buffer.byteLength(text);
    }
  } catch (error) {
    // Nothing but a file: a device stays.
    if ((await stat(file)).isFile()) await unlink(file);
    throw error;
  } finally {
    await handle.close();
  }
  return bytes;
}

/** @throws Error saying what is wrong with the file, and in which line. */
export async function readRecording(file: string): Promise<Recording> {
  const { size } = await stat(file);
  if (size > MAX_FILE_BYTES) throw new NoRecording(file, `larger than ${MAX_FILE_BYTES} bytes`);
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  const [first, ...rest] = lines.map((line, at): unknown => {
    try {
      return parseExactly(line);
    } catch {
      throw new NoRecording(file, `line ${at + 1} is no JSON: is the file whole?`);
    }
  });
  const format = (first as { delfin_recording?: unknown } | undefined)?.delfin_recording;
  if (format === undefined) {
    throw new NoRecording(file, 'no recording: write one with "inspect BACKEND --record FILE"');
  }
  if (format !== FORMAT) {
    throw new NoRecording(file, `a recording of format ${JSON.stringify(format)}; this agent reads ${FORMAT}`); // prettier-ignore
  }
  return { header: first as Header, entries: rest as Entry[] };
}

/** The operator's: its message is enough. */
export class NoRecording extends Error {
  constructor(file: string, what: string) {
    super(`${file}: ${what}`);
  }
}
