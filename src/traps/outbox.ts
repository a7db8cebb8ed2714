/**
 * Traps on their way to the threads that host their backends: in batches, in order, bounded. What a
 * thread had in hand when it died goes to its successor, once.
 */
import type { MessagePort } from 'node:worker_threads';
import { createLane, type Entry, type Lane } from './lane.ts';
import type { Deliver } from './receiver.ts';

export interface Outbox {
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
}

const MAX_TRAPS = 262_144;
const MAX_BYTES = 64 * 2 ** 20;
const MAX_SENT = 2;
/** What an entry costs beside its bytes. */
const ENTRY_BYTES = 200;

export function createOutbox(options: OutboxOptions): Outbox {
  /** Traps of backends whose thread isn't there (yet). */
  const waiting = createLane({});
  const lanes = new Map<string, Lane>();
  let size = 0;
  let bytes = 0;

  function settle(entries: readonly Entry[], taken: boolean): void {
    for (const entry of entries) {
      size -= 1;
      bytes -= costOf(entry);
      entry.done(taken);
    }
  }

  function giveUp(entries: readonly Entry[]): void {
    settle(entries, false);
    if (entries.length > 0) options.undeliverable(entries.length);
  }

  /** Back to their backends' present lanes, in order, ahead of what came later. */
  function sendAgain(entries: readonly Entry[]): void {
    giveUp(entries.filter(({ sent }) => sent >= MAX_SENT));
    const again = entries.filter(({ sent }) => sent < MAX_SENT);
    const byLane = Map.groupBy(again, ({ backend }) => lanes.get(backend) ?? waiting);
    for (const [lane, group] of byLane) lane.unshift(group);
  }

  /** A port that no backend uses any more closes when its last batch is acknowledged. */
  function closeIfUnused(lane: Lane): void {
    if (lane.idle && lane !== waiting && ![...lanes.values()].includes(lane)) lane.close();
  }

  return {
    add(backend, envelope, done) {
      const entry: Entry = { backend, envelope, done, sent: 0 };
      const cost = costOf(entry);
      if (size >= MAX_TRAPS || bytes + cost > MAX_BYTES) return false;
      size += 1;
      bytes += cost;
      (lanes.get(backend) ?? waiting).push([entry]);
      return true;
    },
    attach(backends, port) {
      const moving = new Set(backends);
      const previous = new Set([waiting, ...backends.flatMap((name) => lanes.get(name) ?? [])]);
      const lane = createLane({
        port,
        taken(entries) {
          settle(entries, true);
          closeIfUnused(lane);
        },
        lost: sendAgain,
      });
      for (const name of backends) lanes.set(name, lane);
      for (const old of previous) {
        lane.push(old.remove((backend) => moving.has(backend)));
        closeIfUnused(old);
      }
    },
    keepOnly(backends) {
      const all = new Set([waiting, ...lanes.values()]);
      for (const name of lanes.keys()) {
        if (!backends.has(name)) lanes.delete(name);
      }
      for (const lane of all) {
        giveUp(lane.remove((backend) => !backends.has(backend)));
        closeIfUnused(lane);
      }
    },
    get size() {
      return size;
    },
    get bytes() {
      return bytes;
    },
    close() {
      for (const lane of new Set(lanes.values())) lane.close();
    },
  };
}

function costOf({ envelope }: Entry): number {
  return envelope.pdu.length + ENTRY_BYTES;
}
