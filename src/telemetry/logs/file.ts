/**
 * A file of lines that several threads append to, rotated by size. A write is one append of whole
 * lines, so lines of two threads never mix; a lock directory lets one thread at a time rotate. A
 * thread that still has the old file open writes its lines there: none is lost.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';

export interface LineFile {
  /** Each line with its newline. What was written before an error may end with a broken line. */
  append(lines: readonly string[]): Appended;
}

export interface Appended {
  /** Whole lines. */
  readonly written: number;
  readonly error?: Error;
}

export interface LineFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  /** Rotated files kept: path.1 is the newest. */
  readonly maxFiles: number;
}

/** A lock this old belongs to a process that is gone. */
const STALE_LOCK_MS = 10_000;
const OWNER_ONLY = 0o600;
const NEWLINE = 0x0a;

export function createLineFile(options: LineFileOptions): LineFile {
  /** The last write broke off within a line. */
  let broken = false;
  return {
    append(lines) {
      const bytes = Buffer.from((broken ? '\n' : '') + lines.join(''));
      let at = 0;
      try {
        if (isFull(options, bytes.length)) rotate(options, bytes.length);
        const file = openSync(options.path, 'a', OWNER_ONLY);
        try {
          while (at < bytes.length) at += writeSync(file, bytes, at);
        } finally {
          closeSync(file);
        }
        broken = false;
        return { written: lines.length };
      } catch (error) {
        const whole = wholeLines(lines, at - (broken ? 1 : 0));
        if (at > 0) broken = bytes[at - 1] !== NEWLINE;
        return { written: whole, error: error as Error };
      }
    },
  };
}

/** How many of the lines are in so many bytes. */
function wholeLines(lines: readonly string[], bytes: number): number {
  let left = bytes;
  const first = lines.findIndex((line) => (left -= Buffer.byteLength(line)) < 0);
  return first === -1 ? lines.length : first;
}

function isFull({ path, maxBytes }: LineFileOptions, more: number): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return size > 0 && size + more > maxBytes;
}

function rotate(options: LineFileOptions, more: number): void {
  const { path, maxFiles } = options;
  const lock = `${path}.rotating`;
  if (!take(lock)) return;
  try {
    // Another thread may have been first.
    if (!isFull(options, more)) return;
    rmSync(`${path}.${maxFiles}`, { force: true });
    for (let number = maxFiles - 1; number >= 1; number -= 1) {
      if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
    }
    renameSync(path, `${path}.1`);
  } finally {
    rmdirSync(lock);
  }
}

function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    // A file that can't be rotated must not grow without end.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    // The next write that finds it gone rotates.
    if (age > STALE_LOCK_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
