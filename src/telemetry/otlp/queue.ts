/** Serialised batches that wait for the receiver, in order, bounded in bytes. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const GZIP_LEVEL = 4;

const compress = promisify<Uint8Array, { level: number }, Buffer>(gzip);

export interface Batch {
  readonly body: Uint8Array;
  readonly compressed: boolean;
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
  add(body: Uint8Array, items: number, compressed: boolean): void;
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

export interface QueueOptions {
  readonly maxBytes: number;
  /** The oldest batches that had to go. */
  onDrop(items: number): void;
  onSize(bytes: number): void;
}

export function createBatchQueue({ maxBytes, onDrop, onSize }: QueueOptions): BatchQueue {
  const queue: { -readonly [K in keyof Batch]: Batch[K] }[] = [];
  let bytes = 0;
  let held: Batch | undefined;

  function grow(change: number): void {
    bytes += change;
    onSize(bytes);
  }

  function remove(batch: Batch): void {
    const at = queue.findIndex((other) => other === batch);
    if (at === -1) return;
    queue.splice(at, 1);
    grow(-batch.counted);
  }

  function keepBound(): void {
    if (bytes <= maxBytes) return;
    for (const batch of queue.slice()) {
      if (bytes <= maxBytes) return;
      if (batch === held) continue;
      remove(batch);
      onDrop(batch.items);
    }
  }

  return {
    first: () => queue[0],
    add(body, items, compressed) {
      const done = Promise.withResolvers<void>();
      const batch = { body, compressed: false, items, counted: 0, ready: done.promise };
      queue.push(batch);
      const shrink = async () => {
        batch.body = await compress(body, { level: GZIP_LEVEL });
        batch.compressed = true;
      };
      const settle = () => {
        if (queue.includes(batch)) {
          batch.counted = batch.body.length;
          grow(batch.counted);
          keepBound();
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
      const { compressed } = batch;
      const ready = Promise.resolve();
      for (const [index, part] of parts.entries()) {
        const counted = part.body.length;
        queue.splice(at + index, 0, { ...part, compressed, counted, ready });
        grow(counted);
      }
    },
    hold(batch) {
      held = batch;
      keepBound();
    },
    clear() {
      const items = queue.reduce((sum, batch) => sum + batch.items, 0);
      queue.length = 0;
      grow(-bytes);
      return items;
    },
    size: () => queue.length,
    bytes: () => bytes,
  };
}
