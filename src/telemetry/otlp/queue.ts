/** Serialised batches that wait for the receiver, in order, bounded in bytes. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { OtlpSettings, Signal } from './config.ts';

const GZIP_LEVEL = 4;
/** Of the bound: what no flood of the other signal can take. */
const SHARES: Readonly<Record<Signal, number>> = { metrics: 3 / 4, logs: 1 / 4 };

const compress = promisify<Uint8Array, { level: number }, Buffer>(gzip);

export interface Batch {
  readonly body: Uint8Array;
  readonly compressed: boolean;
  readonly protocol: OtlpSettings['protocol'];
  /** Points or records in it. */
  readonly items: number;
  /** What it counts towards the bound: nothing while it is being compressed, which is soon over. */
  readonly counted: number;
  /** Compression is done, or is not to be. */
  readonly ready: Promise<void>;
}

export interface BatchQueue {
  first(): Batch | undefined;
  /** Adds to the end; `compressed` tells whether to compress it. */
  add(batch: Pick<Batch, 'body' | 'items' | 'protocol'>, compressed: boolean): void;
  remove(batch: Batch): void;
  /** Puts the parts of a batch in its place. */
  replace(batch: Batch, parts: readonly Pick<Batch, 'body' | 'items'>[]): void;
  /** The batch that is under way: the bound does not take it. */
  hold(batch: Batch | undefined): void;
  /** Takes everything out; how many items that were. */
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
  /** The oldest batches that had to go. */
  onDrop(items: number): void;
  /** Bytes and items that wait have changed. */
  onSize(bytes: number, items: number): void;
}

type Kept = { -readonly [K in keyof Batch]: Batch[K] };

export function createBatchQueue({ signal, onDrop, onSize, ...options }: QueueOptions): BatchQueue {
  const queue: Kept[] = [];
  let bytes = 0;
  let items = 0;
  let held: Batch | undefined;
  const bound =
    typeof options.bound === 'number' ? createBound(options.bound * SHARES[signal]) : options.bound;
  bound.join(signal, { bytes: () => bytes, dropOldest });

  function change(moreBytes: number, moreItems: number): void {
    bytes += moreBytes;
    items += moreItems;
    onSize(bytes, items);
  }

  function remove(batch: Batch): void {
    const at = queue.findIndex((other) => other === batch);
    if (at === -1) return;
    queue.splice(at, 1);
    change(-batch.counted, -batch.items);
  }

  function dropOldest(): boolean {
    // What is not counted yet would not make room.
    const oldest = queue.find((batch) => batch !== held && batch.counted > 0);
    if (!oldest) return false;
    remove(oldest);
    onDrop(oldest.items);
    return true;
  }

  return {
    first: () => queue[0],
    add(added, compressed) {
      const done = Promise.withResolvers<void>();
      const batch: Kept = { ...added, compressed: false, counted: 0, ready: done.promise };
      queue.push(batch);
      change(0, batch.items);
      const shrink = async () => {
        batch.body = await compress(added.body, { level: GZIP_LEVEL });
        batch.compressed = true;
      };
      const settle = () => {
        if (queue.includes(batch)) {
          if (!batch.compressed) batch.body = withoutHeadroom(batch.body);
          batch.counted = batch.body.length;
          change(batch.counted, 0);
          bound.keep();
        }
        done.resolve();
      };
      // What can't be compressed goes out as it is.
      if (compressed) void shrink().then(settle, settle);
      else settle();
    },
    remove,
    replace(batch, parts) {
      const at = queue.findIndex((other) => other === batch);
      if (at === -1) return;
      remove(batch);
      const { compressed, protocol } = batch;
      const ready = Promise.resolve();
      for (const [index, part] of parts.entries()) {
        const counted = part.body.length;
        queue.splice(at + index, 0, { ...part, compressed, protocol, counted, ready });
        change(counted, part.items);
      }
    },
    hold(batch) {
      held = batch;
      bound.keep();
    },
    clear() {
      const left = items;
      queue.length = 0;
      change(-bytes, -items);
      return left;
    },
    size: () => queue.length,
    bytes: () => bytes,
  };
}

/** A serializer's buffer may be twice as long as what is in it. */
function withoutHeadroom(body: Uint8Array): Uint8Array {
  return body.byteLength === body.buffer.byteLength ? body : body.slice();
}
