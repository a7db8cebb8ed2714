/** Serialised batches that wait for the receiver, in order, bounded in bytes. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Encoding, Signal } from './config.ts';
import type { Content, Save, Spool, Stored } from './spool.ts';

/** Half the processor time of 4, for two hundredths more bytes. */
const GZIP_LEVEL = 3;
/** Of the bound: what no flood of the other signal can take. */
const SHARES: Readonly<Record<Signal, number>> = { metrics: 3 / 4, logs: 1 / 4 };

const compress = promisify<Uint8Array, { level: number }, Buffer>(gzip);

export interface Batch {
  /** Points or records in it. */
  readonly items: number;
  /** What it counts towards the bound: nothing while it is being compressed, which is soon over. */
  readonly counted: number;
  /** It is compressed and on disk, or is not to be. */
  readonly ready: Promise<void>;
}

/** A batch that is to be queued. */
export interface Added {
  readonly body: Uint8Array;
  readonly items: number;
  readonly protocol: Encoding;
}

export interface BatchQueue {
  first(): Batch | undefined;
  /** Adds to the end; `compressed` tells whether to compress it. */
  add(batch: Added, compressed: boolean): void;
  /** What to send, from memory or disk; undefined: it can't be read any more. */
  contentOf(batch: Batch): Promise<Content | undefined>;
  /** Resolves when it is gone from the disk, too. */
  remove(batch: Batch): Promise<void>;
  /** Takes a batch out that can't be read. */
  giveUp(batch: Batch): void;
  /** Puts the parts of a batch in its place; on disk it stays whole until the last of them is gone. */
  replace(batch: Batch, parts: readonly (Content & Pick<Batch, 'items'>)[]): void;
  /** The batch that is under way: the bound does not take it. */
  hold(batch: Batch | undefined): void;
  /** From now on batches are kept there; what it found comes first. Without one: in memory only. */
  keepIn(spool: Spool | undefined): void;
  /** Resolves when what is here now is ready. Whether it is on disk or gone. */
  settled(): Promise<boolean>;
  /** Forgets everything; how many items are lost by it: those that are not on disk. */
  clear(): number;
  size(): number;
  bytes(): number;
}

/** One bound for the queues of both signals. */
export interface Bound {
  /** Another bound from now on, bytes. */
  set(maxBytes: number): void;
  join(signal: Signal, member: Member): void;
  /** Drops the oldest batches until the bound holds. */
  keep(): void;
}

interface Member {
  bytes(): number;
  /** Whether there was one that could go. */
  dropOldest(): boolean;
}

/**
 * Each signal may use what the other leaves; where both want more, records keep their quarter and
 * points the rest.
 */
export function createBound(initialBytes: number): Bound {
  const members = new Map<Signal, Member>();
  let maxBytes = initialBytes;

  function total(): number {
    let bytes = 0;
    for (const member of members.values()) bytes += member.bytes();
    return bytes;
  }

  function dropOne(): boolean {
    const logs = members.get('logs');
    const metrics = members.get('metrics');
    const overShare = (logs?.bytes() ?? 0) > maxBytes * SHARES.logs;
    const order = overShare ? [logs, metrics] : [metrics, logs];
    return order.some((member) => member?.dropOldest());
  }

  function keep(): void {
    while (total() > maxBytes && dropOne());
  }

  return {
    set(bytes) {
      maxBytes = bytes;
      keep();
    },
    join: (signal, member) => void members.set(signal, member),
    keep,
  };
}

export interface QueueOptions {
  readonly signal: Signal;
  /** Shared with another queue, or bytes of which this one has the part of its signal. */
  readonly bound: Bound | number;
  /** Of what is in memory, where a part is on disk. */
  readonly memory?: Bound;
  /** The oldest batches that had to go. */
  onDrop(items: number): void;
  /** Bytes that wait have changed, or items that are in memory only. */
  onSize(bytes: number, items: number): void;
}

interface Kept extends Batch {
  counted: number;
  /** Absent: on disk only. */
  content?: Content;
  stored?: Stored;
}

export function createBatchQueue(options: QueueOptions): BatchQueue {
  const { signal, onDrop, onSize, memory } = options;
  const queue: Kept[] = [];
  let spool: Spool | undefined;
  let held: Batch | undefined;
  const sums = { bytes: 0, memoryBytes: 0, memoryItems: 0 };
  const bound =
    typeof options.bound === 'number' ? createBound(options.bound * SHARES[signal]) : options.bound;
  bound.join(signal, { bytes: () => sums.bytes, dropOldest: () => dropOldest(() => true) });
  memory?.join(signal, {
    bytes: () => sums.memoryBytes,
    dropOldest: () => dropOldest(({ stored }) => stored === undefined),
  });

  /** Adds what a batch counts, or (-1) takes it away. */
  function count(batch: Kept, times: 1 | -1): void {
    sums.bytes += times * batch.counted;
    if (!batch.stored) {
      sums.memoryBytes += times * batch.counted;
      sums.memoryItems += times * batch.items;
    }
    onSize(sums.bytes, sums.memoryItems);
  }

  /** Changes a batch; those that have left do not count any more. */
  function change(batch: Kept, how: () => void): void {
    const here = queue.includes(batch);
    if (here) count(batch, -1);
    how();
    if (here) count(batch, 1);
  }

  function keepBounds(): void {
    bound.keep();
    memory?.keep();
  }

  function takeOut(batch: Batch): Kept | undefined {
    const at = queue.findIndex((other) => other === batch);
    const [taken] = at === -1 ? [] : queue.splice(at, 1);
    if (taken) count(taken, -1);
    return taken;
  }

  async function remove(batch: Batch): Promise<void> {
    await takeOut(batch)?.stored?.remove();
  }

  function dropOldest(fits: (batch: Kept) => boolean): boolean {
    // What is not counted yet would not make room.
    const oldest = queue.find((batch) => batch !== held && batch.counted > 0 && fits(batch));
    if (!oldest) return false;
    void remove(oldest);
    onDrop(oldest.items);
    return true;
  }

  async function compressed(content: Content): Promise<Content> {
    try {
      const body = await compress(content.body, { level: GZIP_LEVEL });
      return { ...content, body, compressed: true };
    } catch {
      // What can't be compressed goes out as it is.
      return content;
    }
  }

  async function store(batch: Kept, content: Content, save: Save): Promise<void> {
    const stored = await save(content, batch.items);
    if (!stored) return;
    if (!queue.includes(batch)) return await stored.remove();
    change(batch, () => {
      batch.stored = stored;
      batch.counted = stored.bytes;
      delete batch.content;
    });
  }

  async function settle(batch: Kept, content: Content, shrink: boolean, save?: Save) {
    const small = shrink
      ? await compressed(content)
      : { ...content, body: withoutHeadroom(content.body) };
    change(batch, () => {
      batch.content = small;
      batch.counted = small.body.length;
    });
    keepBounds();
    if (save && queue.includes(batch)) await store(batch, small, save);
  }

  return {
    first: () => queue[0],
    add({ body, items, protocol }, shrink) {
      const done = Promise.withResolvers<void>();
      const content = { body, protocol, compressed: false };
      const batch: Kept = { items, counted: 0, content, ready: done.promise };
      queue.push(batch);
      count(batch, 1);
      void settle(batch, content, shrink, spool?.reserve()).finally(done.resolve);
    },
    async contentOf(batch) {
      const kept = queue.find((other) => other === batch);
      return kept?.content ?? (await kept?.stored?.read());
    },
    remove,
    giveUp: (batch) => void takeOut(batch),
    replace(batch, parts) {
      const at = queue.findIndex((other) => other === batch);
      const whole = takeOut(batch);
      if (!whole) return;
      const shared = whole.stored && removedByAll(whole.stored, parts.length);
      const kept = parts.map(({ items, ...content }): Kept => {
        const counted = content.body.length;
        const ready = Promise.resolve();
        return { items, counted, content, ready, ...(shared ? { stored: shared } : {}) };
      });
      queue.splice(at, 0, ...kept);
      for (const part of kept) count(part, 1);
    },
    hold(batch) {
      held = batch;
      keepBounds();
    },
    keepIn(next) {
      const ready = Promise.resolve();
      // Back at a folder of before, some of it may be here already.
      const here = new Set(queue.map(({ stored }) => stored?.path));
      const found = (next?.found ?? [])
        .filter(({ path }) => !here.has(path))
        .map((stored) => ({ items: stored.items, counted: stored.bytes, stored, ready }));
      spool = next;
      queue.unshift(...found);
      for (const batch of found) count(batch, 1);
      keepBounds();
    },
    async settled() {
      const all = [...queue];
      await Promise.all(all.map(({ ready }) => ready));
      return all.every((batch) => batch.stored !== undefined || !queue.includes(batch));
    },
    clear() {
      const lost = sums.memoryItems;
      for (const batch of queue.splice(0)) count(batch, -1);
      return lost;
    },
    size: () => queue.length,
    bytes: () => sums.bytes,
  };
}

/** A batch on disk that several share: it is removed when the last of them is. */
function removedByAll(stored: Stored, parts: number): Stored {
  let left = parts;
  return {
    ...stored,
    async remove() {
      left -= 1;
      if (left === 0) await stored.remove();
    },
  };
}

/** A serializer's buffer may be twice as long as what is in it. */
function withoutHeadroom(body: Uint8Array): Uint8Array {
  return body.byteLength === body.buffer.byteLength ? body : body.slice();
}
