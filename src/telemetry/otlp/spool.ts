/**
 * Batches on disk: a file for each, so that what waits survives the process. Whatever the disk does
 * costs what is on it and nothing else.
 */
import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Log } from '../../driver/driver.ts';
import type { SelfMetrics } from '../self.ts';
import type { Encoding, Signal } from './config.ts';

/** A batch as it goes over the wire. */
export interface Content {
  readonly body: Uint8Array;
  readonly compressed: boolean;
  readonly protocol: Encoding;
}

/** A batch that is on disk. */
export interface Stored {
  readonly path: string;
  /** Points or records in it. */
  readonly items: number;
  /** Of the file. */
  readonly bytes: number;
  /** undefined: it can't be read, which is told and counted; a broken one is set aside. */
  read(): Promise<Content | undefined>;
  /** Resolves when the file is gone, or can't be removed. */
  remove(): Promise<void>;
}

export interface Spool {
  readonly folder: string;
  /** What an earlier process left, oldest first. */
  readonly found: readonly Stored[];
  /** Takes the next place in the order; what it gives saves a batch there. */
  reserve(): Save;
}

/** One after the other. undefined: the disk does not take it. */
export type Save = (content: Content, items: number) => Promise<Stored | undefined>;

export interface SpoolOptions {
  readonly folder: string;
  readonly signal: Signal;
  readonly log: Log;
  readonly self: SelfMetrics;
  /** How long the disk may take for one file, ms; tests shorten it. */
  readonly deadlineMs?: number;
  /** After so long what is on a disk that stands still is given up, ms. */
  readonly patienceMs?: number;
}

const DEADLINE_MS = 10_000;
const PATIENCE_MS = 60_000;
const MAX_HEAD_BYTES = 512;
/** Broken files that are kept for whoever wants to look at them. */
const MAX_BROKEN = 10;
const NAME = /^(metrics|logs)-(\d{16})-(\d{1,10})\.otlp$/;

/** Values of `error_type`, by the code of the error. */
const ERROR_TYPES: Readonly<Record<string, string>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EFBIG: 'disk_full',
  EROFS: 'read_only',
  EACCES: 'read_only',
  EPERM: 'read_only',
};

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, signal, log, self } = options;
  const limitMs = options.deadlineMs ?? DEADLINE_MS;
  let saving: Promise<unknown> = Promise.resolve();
  let sequence = 0;
  let failing = false;
  let toldBroken = false;
  /** An operation is late: nothing else is begun until it ends, so that the pool of threads stays free. */
  let late: Promise<void> | undefined;
  let hopelessAt = 0;

  function count(type: string): void {
    self.add('delfin_otlp_queue_disk_errors_total', [signal, type]);
  }

  function failed(error: unknown): void {
    const { code = '', message } = error as NodeJS.ErrnoException;
    count(error instanceof Late ? 'timeout' : (ERROR_TYPES[code] ?? 'io'));
    if (!failing) {
      const text = 'the queue can not use its folder: it goes on in memory';
      log.error({ signal, folder, cause: message }, text);
    }
    failing = true;
  }

  function worked(): void {
    if (failing) log.info({ signal, folder }, 'the queue uses its folder again');
    failing = false;
  }

  /** @throws Error as the work does, or if it takes too long; it may end later all the same. */
  async function inTime<T>(work: () => Promise<T>): Promise<T> {
    if (late) throw new Late(limitMs);
    const running = work();
    const timer = new AbortController();
    const overdue = sleep(limitMs, undefined, { signal: timer.signal, ref: false }).then(() => {
      hopelessAt = performance.now() + (options.patienceMs ?? PATIENCE_MS);
      const over = () => {
        late = undefined;
      };
      late = running.then(over, over);
      throw new Late(limitMs);
    });
    overdue.catch(() => {});
    try {
      return await Promise.race([running, overdue]);
    } finally {
      timer.abort();
    }
  }

  /** A disk that stands still is waited for, for what is behind this file must not go before it. */
  async function readPatiently(path: string): Promise<Buffer> {
    for (;;) {
      try {
        return await inTime(() => readFile(path));
      } catch (error) {
        if (!(error instanceof Late)) throw error;
        const leftMs = Math.max(0, hopelessAt - performance.now());
        await Promise.race([late, sleep(leftMs, undefined, { ref: false })]);
        if (late) throw error;
      }
    }
  }

  function storedAt(name: string, items: number, bytes: number): Stored {
    const path = join(folder, name);
    return {
      path,
      items,
      bytes,
      async read() {
        try {
          const content = contentOf(await readPatiently(path));
          if (content) return content;
        } catch (error) {
          failed(error);
          return undefined;
        }
        await setAside(name);
        return undefined;
      },
      async remove() {
        try {
          await inTime(() => unlink(path));
        } catch (error) {
          // Somebody else removed it.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') failed(error);
        }
      },
    };
  }

  async function setAside(name: string): Promise<void> {
    count('broken');
    if (!toldBroken) {
      const text = 'a batch on disk is broken: it is set aside; further ones are only counted';
      log.error({ signal, file: join(folder, `${name}.broken`) }, text);
    }
    toldBroken = true;
    try {
      await rename(join(folder, name), join(folder, `${name}.broken`));
      const broken = (await readdir(folder)).filter((other) => other.endsWith('.broken')).sort();
      for (const old of broken.slice(0, -MAX_BROKEN)) await unlink(join(folder, old));
    } catch (error) {
      failed(error);
    }
  }

  async function write(at: number, content: Content, items: number): Promise<Stored | undefined> {
    const name = `${signal}-${String(at).padStart(16, '0')}-${items}.otlp`;
    const head = headOf(content);
    const stored = storedAt(name, items, head.length + content.body.length);
    const writing = writeWhole(folder, name, Buffer.concat([head, content.body]));
    try {
      await inTime(() => writing);
    } catch (error) {
      failed(error);
      // It goes on in memory: on disk it would come twice.
      void writing.then(stored.remove, () => {});
      return undefined;
    }
    worked();
    return stored;
  }

  async function takeUp(): Promise<Stored[]> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const found: { readonly at: number; readonly stored: Stored }[] = [];
    for (const name of await readdir(folder)) {
      const [, kind, at = '', items = ''] = NAME.exec(name) ?? [];
      if (name.startsWith(`${signal}-`) && name.endsWith('.tmp')) await unlink(join(folder, name));
      if (kind !== signal) continue;
      const { size } = await stat(join(folder, name));
      found.push({ at: Number(at), stored: storedAt(name, Number(items), size) });
    }
    found.sort((one, other) => one.at - other.at);
    sequence = found.at(-1)?.at ?? 0;
    return found.map(({ stored }) => stored);
  }

  let found: readonly Stored[] = [];
  try {
    found = await inTime(takeUp);
  } catch (error) {
    failed(error);
  }
  return {
    folder,
    found,
    reserve() {
      sequence += 1;
      const at = sequence;
      return (content, items) => {
        const saved = saving.then(() => (late ? undefined : write(at, content, items)));
        saving = saved;
        return saved;
      };
    },
  };
}

class Late extends Error {
  constructor(ms: number) {
    super(`the disk did not answer within ${ms} ms`);
  }
}

/** Under a temporary name until it is on the disk: a file is whole, or it is not there. */
async function writeWhole(folder: string, name: string, whole: Uint8Array): Promise<void> {
  const path = join(folder, name);
  const temporary = `${path}.tmp`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(whole);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** One line of JSON before the body. */
function headOf({ body, compressed, protocol }: Content): Buffer {
  const head = { protocol, compressed, bytes: body.length, crc32: crc32(body) };
  return Buffer.from(`${JSON.stringify(head)}\n`);
}

/** undefined: it is not what was written. */
function contentOf(file: Buffer): Content | undefined {
  const end = file.subarray(0, MAX_HEAD_BYTES).indexOf('\n');
  if (end === -1) return undefined;
  const body = file.subarray(end + 1);
  try {
    const head = JSON.parse(file.toString('utf8', 0, end)) as Record<string, unknown>;
    const { protocol, compressed } = head;
    if (head['bytes'] !== body.length || head['crc32'] !== crc32(body)) return undefined;
    if (typeof compressed !== 'boolean') return undefined;
    if (protocol !== 'http/json' && protocol !== 'http/protobuf') return undefined;
    return { body, compressed, protocol };
  } catch {
    return undefined;
  }
}
