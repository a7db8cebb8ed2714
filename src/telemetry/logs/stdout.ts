/**
 * Standard output as a sink that may fail: a reader that is slow, stuck or gone, a full disk. It is
 * written to directly, for an error of the process's own stream is an error of the process, and what
 * that stream could not write nobody can tell. Nothing here waits: what does not go out now is kept,
 * bounded in bytes, the oldest dropped first.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';

/** Writes some of the bytes. @throws Error of the system; EAGAIN if the reader is not ready. */
export type WriteSome = (bytes: Uint8Array) => number;

export interface Stdout {
  /** `onLost` is called with how many of the records could not be written. */
  write(lines: readonly string[]): void;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
  /** Gives up what waits. */
  close(): void;
}

export interface StdoutOptions {
  onLost(records: number, error: Error | undefined): void;
  onWritten(): void;
  readonly writeSome?: WriteSome;
  readonly maxBytes?: number;
}

const MAX_BYTES = 8 * 2 ** 20;
/** A reader that is not ready is tried again after this time. */
const RETRY_MS = 20;
const STDOUT = 1;

export function createStdout(options: StdoutOptions): Stdout {
  const { onLost, onWritten, maxBytes = MAX_BYTES } = options;
  const own = options.writeSome ? undefined : openStdout();
  const writeSome: WriteSome = options.writeSome ?? ((some) => writeSync(own ?? STDOUT, some));
  const queue: Buffer[] = [];
  let bytes = 0;
  /** Of the first line, already out. */
  let sent = 0;
  /** A line was left unfinished: the next one begins anew. */
  let broken = false;
  let timer: NodeJS.Timeout | undefined;
  let emptied = Promise.withResolvers<void>();
  emptied.resolve();

  function shift(): void {
    bytes -= queue.shift()?.length ?? 0;
    sent = 0;
  }

  function keepBound(): void {
    let lost = 0;
    while (bytes > maxBytes) {
      // The first one may be half out.
      const at = sent > 0 ? 1 : 0;
      const [dropped] = queue.splice(at, 1);
      if (!dropped) break;
      bytes -= dropped.length;
      lost += 1;
    }
    if (lost > 0) onLost(lost, undefined);
  }

  /** True if the reader takes more. */
  function writeFirst(line: Buffer): boolean {
    try {
      if (broken) writeSome(Buffer.from('\n'));
      broken = false;
      while (sent < line.length) sent += writeSome(line.subarray(sent));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      broken = sent > 0;
      shift();
      onLost(1, error as Error);
      return true;
    }
    shift();
    onWritten();
    return true;
  }

  function drain(): void {
    timer = undefined;
    for (let line = queue[0]; line; line = queue[0]) {
      if (writeFirst(line)) continue;
      timer = setTimeout(drain, RETRY_MS);
      return;
    }
    emptied.resolve();
  }

  return {
    write(lines) {
      if (queue.length === 0) emptied = Promise.withResolvers();
      for (const line of lines) {
        const buffer = Buffer.from(line);
        queue.push(buffer);
        bytes += buffer.length;
      }
      keepBound();
      if (timer === undefined) drain();
    },
    idle: () => emptied.promise,
    close() {
      clearTimeout(timer);
      if (queue.length > 0) onLost(queue.length, undefined);
      queue.length = 0;
      bytes = 0;
      emptied.resolve();
      if (own !== undefined) closeSync(own);
    },
  };
}

/**
 * A file of our own where that can be: what is set on it is not set on what others have open. A
 * socket, as systemd gives, can't be opened by name: it is written to as it is.
 */
function openStdout(): number | undefined {
  try {
    return openSync(
      `/proc/self/fd/${STDOUT}`,
      constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK,
    );
  } catch {
    return undefined;
  }
}
