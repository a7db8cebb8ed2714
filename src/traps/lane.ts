/** One port and what is under way to it: a queue, and batches that are not acknowledged yet. */
import type { MessagePort } from 'node:worker_threads';
import { NUMBERS_PER_TRAP, type TrapAck, type TrapBatch, type TrapSender } from './messages.ts';
import type { Envelope } from './receiver.ts';

export interface Entry {
  readonly backend: string;
  readonly envelope: Envelope;
  readonly done: (taken: boolean) => void;
  /** Times it was sent. */
  sent: number;
}

export interface Lane {
  /** Behind all others; sent soon. */
  push(entries: readonly Entry[]): void;
  /** Ahead of all others. */
  unshift(entries: readonly Entry[]): void;
  /** Takes out what waits for these backends. */
  remove(belongs: (backend: string) => boolean): Entry[];
  /** Nothing is in the thread's hands. */
  readonly idle: boolean;
  close(): void;
}

export interface LaneOptions {
  /** Absent: a place to wait. */
  readonly port?: MessagePort;
  /** A batch was acknowledged. */
  readonly taken?: (entries: readonly Entry[]) => void;
  /** The port is gone with these in hand. */
  readonly lost?: (entries: readonly Entry[]) => void;
}

const BATCH = 256;
const MAX_BATCHES_SENT = 16;
/** Traps are collected for this long: a batch costs as much as many traps. */
const COLLECT_MS = 10;

export function createLane({ port, taken, lost }: LaneOptions): Lane {
  const sent = new Map<number, readonly Entry[]>();
  let queue: Entry[] = [];
  let open = port !== undefined;
  let nextId = 1;
  let timer: NodeJS.Timeout | undefined;

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    if (!open) return;
    while (queue.length > 0 && sent.size < MAX_BATCHES_SENT) {
      const entries = queue.splice(0, BATCH);
      for (const entry of entries) entry.sent += 1;
      const batch = toBatch(nextId, entries);
      sent.set(nextId, entries);
      nextId += 1;
      port?.postMessage(batch, [batch.bytes.buffer, batch.numbers.buffer]);
    }
  }

  port?.on('message', ({ id }: TrapAck) => {
    const entries = sent.get(id) ?? [];
    sent.delete(id);
    send();
    taken?.(entries);
  });
  port?.on('close', () => {
    open = false;
    const inHand = [...sent.values()].flat();
    sent.clear();
    lost?.(inHand);
  });

  return {
    push(entries) {
      for (const entry of entries) queue.push(entry);
      if (!open) return;
      if (queue.length >= BATCH) send();
      else timer ??= setTimeout(send, COLLECT_MS);
    },
    unshift(entries) {
      queue = [...entries, ...queue];
      send();
    },
    remove(belongs) {
      const removed = queue.filter(({ backend }) => belongs(backend));
      queue = queue.filter(({ backend }) => !belongs(backend));
      return removed;
    },
    get idle() {
      return sent.size === 0;
    },
    close() {
      clearTimeout(timer);
      open = false;
      port?.close();
    },
  };
}

function toBatch(id: number, entries: readonly Entry[]): TrapBatch {
  const total = entries.reduce((sum, { envelope }) => sum + envelope.pdu.length, 0);
  const bytes = new Uint8Array(total);
  const numbers = new Float64Array(entries.length * NUMBERS_PER_TRAP);
  const senders: TrapSender[] = [];
  let end = 0;
  let before: Entry | undefined;
  for (const [index, entry] of entries.entries()) {
    const { pdu, receivedAt, ...about } = entry.envelope;
    if (!before || !sameSender(before, entry)) senders.push({ ...about, backend: entry.backend });
    before = entry;
    bytes.set(pdu, end);
    end += pdu.length;
    numbers.set([senders.length - 1, receivedAt, end], index * NUMBERS_PER_TRAP);
  }
  return { id, bytes, numbers, senders };
}

function sameSender(one: Entry, other: Entry): boolean {
  const [a, b] = [one.envelope, other.envelope];
  return (
    one.backend === other.backend &&
    a.source === b.source &&
    a.port === b.port &&
    a.version === b.version &&
    a.engineId === b.engineId
  );
}
