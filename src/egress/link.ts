/**
 * A thread's end of the way to the egress. What was handed over and not confirmed is kept: a new
 * egress gets it again. Serialised batches are moved, so of those one that was under way when the
 * egress died is lost, and counted.
 */
import type { MessagePort } from 'node:worker_threads';
import { boundedAlert } from '../backend/alerts/bounds.ts';
import type { AlertInlet } from '../backend/alerts/tracker.ts';
import type { Trap } from '../driver/alerts.ts';
import type { Storage } from '../driver/records.ts';
import type { ArrayIdentity } from '../telemetry/logs/resource.ts';
import type { Encoding, Signal } from '../telemetry/otlp/config.ts';
import type { Marks } from '../telemetry/otlp/gather.ts';
import type { MetricSink } from '../telemetry/otlp/metrics.ts';
import type { SelfMetrics } from '../telemetry/self.ts';
import type { AlertCounts, AlertWord, FromEgress, ToEgress } from './messages.ts';

/** Batches under way at most: those behind wait in the form of samples. */
const MAX_BATCHES = 8;
/** Words that wait for an egress at most; the oldest go first. */
const MAX_WORDS = 20_000;
/** What is told in one turn goes in one message, and so many words at most. */
const MAX_MESSAGE_WORDS = 256;

export interface EgressLink {
  /** The egress is at the other end from now on. */
  attach(port: MessagePort): void;
  /** The way for the alerts of an array. `varbinds`: the records of traps need them. */
  alertsOf(array: ArrayIdentity, options: { varbinds(): boolean }): AlertInlet;
  /** What an array says of itself. */
  identify(system: string, storage: Storage): void;
  /** What it said in an earlier home. */
  onKnown(take: (system: string, storage: Storage) => void): void;
  forget(system: string): void;
  /** Takes serialised batches. */
  sinkOf(protocol: Encoding, signal?: Signal): MetricSink;
  /** Resolves when everything handed over was taken. */
  settled(): Promise<void>;
}

interface Pending {
  readonly message: Extract<ToEgress, { readonly id: number }>;
  readonly done: PromiseWithResolvers<void>;
  sent: boolean;
}

interface Known {
  readonly array: ArrayIdentity;
  storage?: Storage;
  counts?: AlertCounts;
  readonly marks: PromiseWithResolvers<Marks>;
}

export function createEgressLink(self: SelfMetrics): EgressLink {
  const arrays = new Map<string, Known>();
  const pending = new Map<number, Pending>();
  let port: MessagePort | undefined;
  let lastId = 0;
  let due = 0;
  let batches = 0;
  let words: AlertWord[] = [];
  let spoken = Promise.withResolvers<void>();
  let lastSaid = Promise.resolve();
  let onKnown = (_system: string, _storage: Storage) => {};
  /** Those who wait for a place. */
  let changed = Promise.withResolvers<void>();

  function post(message: ToEgress): void {
    if (!port) return;
    port.postMessage(message, message.type === 'batch' ? [message.body.buffer as ArrayBuffer] : []);
  }

  function hand(message: Pending['message']): Promise<void> {
    const entry: Pending = { message, done: Promise.withResolvers(), sent: port !== undefined };
    pending.set(message.id, entry);
    if (message.type === 'batch') batches += 1;
    post(message);
    return entry.done.promise;
  }

  function settle(id: number): void {
    const entry = pending.get(id);
    if (!entry) return;
    pending.delete(id);
    if (entry.message.type === 'batch') batches -= 1;
    entry.done.resolve();
    changed.resolve();
    changed = Promise.withResolvers();
  }

  function onMessage(message: FromEgress): void {
    if (message.type === 'taken') return settle(message.id);
    const known = arrays.get(message.system);
    if (!known) return;
    if (message.type === 'marks') return known.marks.resolve(message.marks);
    if (message.counts) known.counts = message.counts;
    else delete known.counts;
    if (message.storage) onKnown(message.system, message.storage);
  }

  function attach(next: MessagePort): void {
    port?.close();
    port = next;
    next.on('message', onMessage);
    next.on('close', () => {
      if (port === next) port = undefined;
    });
    next.unref();
    for (const { array, storage } of arrays.values()) {
      post({ type: 'array', array });
      if (storage) post({ type: 'storage', system: array.name, storage });
    }
    if (due > 0) post({ type: 'due', items: due });
    for (const [id, entry] of pending) {
      if (entry.message.type === 'batch' && entry.sent) {
        const { items, signal } = entry.message;
        self.add('delfin_otlp_dropped_items_total', [signal, 'egress_lost'], items);
        settle(id);
        continue;
      }
      entry.sent = true;
      post(entry.message);
    }
    changed.resolve();
    changed = Promise.withResolvers();
  }

  function sendWords(): void {
    if (words.length === 0) return;
    const [told, saying] = [words, spoken];
    words = [];
    spoken = Promise.withResolvers();
    lastId += 1;
    lastSaid = hand({ type: 'alerts', id: lastId, words: told });
    void lastSaid.then(saying.resolve);
    forgetOldWords();
  }

  function say(word: AlertWord): Promise<void> {
    if (words.length === 0) setImmediate(sendWords);
    words.push(word);
    const said = spoken.promise;
    if (words.length >= MAX_MESSAGE_WORDS) sendWords();
    return said;
  }

  /** Only as long as there is no egress. */
  function forgetOldWords(): void {
    if (port) return;
    let waiting = 0;
    for (const [id, { message }] of [...pending].reverse()) {
      if (message.type !== 'alerts') continue;
      waiting += message.words.length;
      if (waiting <= MAX_WORDS) continue;
      self.add('delfin_alert_dropped_total', ['egress_lost'], message.words.length);
      settle(id);
    }
  }

  return {
    attach,
    alertsOf(array, { varbinds }) {
      const known: Known = { array, marks: Promise.withResolvers() };
      const system = array.name;
      arrays.set(system, known);
      post({ type: 'array', array });
      return {
        poll: (alerts, ...rest) =>
          say({ system, method: 'poll', args: [alerts.map(boundedAlert), ...rest] }),
        trap(trap, alerts) {
          const told = varbinds() ? trap : withoutVarbinds(trap);
          void say({ system, method: 'trap', args: [told, alerts.map(boundedAlert)] });
        },
        unparsed: (...args) => void say({ system, method: 'unparsed', args }),
        told: () => (words.length > 0 ? spoken.promise : lastSaid),
        counts: () => known.counts,
      };
    },
    identify(system, storage) {
      const known = arrays.get(system);
      if (!known || same(known.storage, storage)) return;
      known.storage = storage;
      post({ type: 'storage', system, storage });
    },
    onKnown(take) {
      onKnown = take;
    },
    forget: (system) => void arrays.delete(system),
    sinkOf: (protocol, signal = 'metrics') => ({
      add(body, items) {
        lastId += 1;
        void hand({ type: 'batch', id: lastId, signal, body, items, protocol });
      },
      drop: (items, reason) => {
        self.add('delfin_otlp_dropped_items_total', [signal, reason], items);
      },
      closed: false,
      queuedBytes: () => 0,
      idle: settled,
      async flush() {
        await settled();
        return true;
      },
      close: settled,
      ready: place,
      due(items) {
        due += items;
        post({ type: 'due', items });
      },
      marksOf: async (system) => (await arrays.get(system)?.marks.promise) ?? {},
      mark: (system, marks) => post({ type: 'mark', system, marks }),
    }),
    settled,
  };

  /** Resolves when one more batch may be under way. */
  async function place(): Promise<void> {
    if (port && batches < MAX_BATCHES) return;
    await changed.promise;
    await place();
  }

  async function settled(): Promise<void> {
    sendWords();
    await Promise.all(Array.from(pending.values(), ({ done }) => done.promise));
  }
}

/** Records of traps that were read have no need of them, unless the operator wants them. */
function withoutVarbinds(trap: Trap): Trap {
  return { ...trap, varbinds: [] };
}

function same(a: Storage | undefined, b: Storage): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
