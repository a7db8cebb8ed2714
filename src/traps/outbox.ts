/**
 * Traps on their way to the threads that host their backends: in batches, in order, bounded. What a
 * thread had in hand when it died goes to its successor, once.
 */
import type { MessagePort } from 'node:worker_threads';
import { NUMBERS_PER_TRAP, type TrapAck, type TrapBatch, type TrapSender } from './messages.ts';
import type { Deliver, Envelope } from './receiver.ts';

export interface Outbox {
  /** False: no room. `done` is called when the backend has the trap, or never will. */
  readonly add: Deliver;
  /** These backends' traps go to this port from now on, those that wait as well. */
  attach(backends: readonly string[], port: MessagePort): void;
  /** Traps of backends that are gone are thrown away. */
  keepOnly(backends: ReadonlySet<string>): void;
  readonly size: number;
  readonly bytes: number;
  close(): void;
}

export interface OutboxOptions {
  /** Traps given up: their thread died twice with them, or their backend is gone. */
  undeliverable(count: number): void;
  readonly maxTraps?: number;
  readonly maxBytes?: number;
}

interface Entry {
  readonly backend: string;
  readonly envelope: Envelope;
  readonly done: (taken: boolean) => void;
  /** Times it was sent. */
  sent: number;
}

/** One port and what is under way to it. */
interface Lane {
  readonly port: MessagePort | undefined;
  queue: Entry[];
  /** Batches not acknowledged yet, by id. */
  readonly sent: Map<number, readonly Entry[]>;
  open: boolean;
}

const MAX_TRAPS = 262_144;
const MAX_BYTES = 64 * 2 ** 20;
const BATCH = 256;
const MAX_BATCHES_SENT = 16;
/** Traps are collected for this long: a batch costs as much as many traps. */
const COLLECT_MS = 10;
const MAX_SENT = 2;
/** What an entry costs beside its bytes. */
const ENTRY_BYTES = 200;

export function createOutbox(options: OutboxOptions): Outbox {
  const maxTraps = options.maxTraps ?? MAX_TRAPS;
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  /** Traps of backends whose thread isn't there (yet). */
  const waiting = createLane(undefined);
  const lanes = new Map<string, Lane>();
  const dirty = new Set<Lane>();
  let nextId = 1;
  let size = 0;
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  function forget(entry: Entry, taken: boolean): void {
    size -= 1;
    bytes -= costOf(entry);
    entry.done(taken);
  }

  function giveUp(entries: readonly Entry[]): void {
    for (const entry of entries) forget(entry, false);
    if (entries.length > 0) options.undeliverable(entries.length);
  }

  function push(lane: Lane, entry: Entry): void {
    lane.queue.push(entry);
    if (!lane.open) return;
    dirty.add(lane);
    if (lane.queue.length === BATCH) send(lane);
    else timer ??= setTimeout(flush, COLLECT_MS);
  }

  function flush(): void {
    timer = undefined;
    for (const lane of dirty) send(lane);
  }

  function send(lane: Lane): void {
    dirty.delete(lane);
    while (lane.open && lane.queue.length > 0 && lane.sent.size < MAX_BATCHES_SENT) {
      const entries = lane.queue.splice(0, BATCH);
      for (const entry of entries) entry.sent += 1;
      const batch = toBatch(nextId, entries);
      lane.sent.set(nextId, entries);
      nextId += 1;
      lane.port?.postMessage(batch, [batch.bytes.buffer, batch.numbers.buffer]);
    }
  }

  /** Back to their backends' present lanes, in order, ahead of what came later. */
  function requeue(entries: readonly Entry[]): void {
    const [again, lost] = [
      entries.filter(({ sent }) => sent < MAX_SENT),
      entries.filter(({ sent }) => sent >= MAX_SENT),
    ];
    giveUp(lost);
    const byLane = Map.groupBy(again, ({ backend }) => lanes.get(backend) ?? waiting);
    for (const [lane, group] of byLane) {
      lane.queue = [...group, ...lane.queue];
      send(lane);
    }
  }

  function leave(lane: Lane, backends: ReadonlySet<string>): Entry[] {
    const moving = lane.queue.filter(({ backend }) => backends.has(backend));
    lane.queue = lane.queue.filter(({ backend }) => !backends.has(backend));
    return moving;
  }

  /** A port that no backend uses any more closes when its last batch is acknowledged. */
  function closeIfIdle(lane: Lane): void {
    if (lane.sent.size > 0 || [...lanes.values()].includes(lane)) return;
    lane.open = false;
    lane.port?.close();
  }

  return {
    add(backend, envelope, done) {
      const entry: Entry = { backend, envelope, done, sent: 0 };
      const cost = costOf(entry);
      if (size >= maxTraps || bytes + cost > maxBytes) return false;
      size += 1;
      bytes += cost;
      push(lanes.get(backend) ?? waiting, entry);
      return true;
    },
    attach(backends, port) {
      const lane = createLane(port);
      const moving = new Set(backends);
      const previous = new Set([waiting, ...backends.flatMap((name) => lanes.get(name) ?? [])]);
      for (const name of backends) lanes.set(name, lane);
      for (const old of previous) {
        lane.queue.push(...leave(old, moving));
        if (old !== waiting) closeIfIdle(old);
      }
      port.on('message', ({ id }: TrapAck) => {
        for (const entry of lane.sent.get(id) ?? []) forget(entry, true);
        lane.sent.delete(id);
        send(lane);
        closeIfIdle(lane);
      });
      port.on('close', () => {
        lane.open = false;
        const inHand = [...lane.sent.values()].flat();
        lane.sent.clear();
        requeue(inHand);
      });
      send(lane);
    },
    keepOnly(backends) {
      for (const name of lanes.keys()) {
        if (!backends.has(name)) lanes.delete(name);
      }
      for (const lane of new Set([waiting, ...lanes.values()])) {
        const gone = lane.queue.filter(({ backend }) => !backends.has(backend));
        lane.queue = lane.queue.filter(({ backend }) => backends.has(backend));
        giveUp(gone);
      }
    },
    get size() {
      return size;
    },
    get bytes() {
      return bytes;
    },
    close() {
      clearTimeout(timer);
      for (const lane of new Set(lanes.values())) lane.port?.close();
    },
  };
}

function createLane(port: MessagePort | undefined): Lane {
  return { port, queue: [], sent: new Map(), open: port !== undefined };
}

function costOf({ envelope }: Entry): number {
  return envelope.pdu.length + ENTRY_BYTES;
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
