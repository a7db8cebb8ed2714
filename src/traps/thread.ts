/** Entry of the trap thread: sockets, receiver and outbox, wired to the main thread. */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../driver/message.ts';
import type { OwnEngine } from './engines.ts';
import type { Prepared } from '../prepared.ts';
import type { FromTraps, ToTraps, TrapSettings, TrapStats, TrapThreadData } from './messages.ts';
import { createInbox } from './inbox.ts';
import { createOutbox } from './outbox.ts';
import { createReceiver, UNKNOWN_BACKEND } from './receiver.ts';
import { createSampler } from './sampler.ts';
import { createListeners } from './listeners.ts';

const port = parentPort;
if (!port) throw new Error('this module runs in a worker thread only');
const data = workerData as TrapThreadData;
const post = (message: FromTraps) => port.postMessage(message);
const STATS_INTERVAL_MS = 1_000;

const sampler = createSampler((reason, source, unreported) =>
  post({ type: 'refused', reason, source, unreported }),
);
const outbox = createOutbox({
  undeliverable: (count) => {
    receiver.counts.dropped.undeliverable += count;
  },
});
let own = createEngine(data.engineId);
let ownId = data.engineId;
const receiver = createReceiver({
  ...data,
  own,
  deliver: outbox.add,
  refused: (reason, source) => sampler.note(reason, source, performance.now()),
});
const inbox = createInbox(receiver.handle);
const listeners = createListeners((datagram, origin) => inbox.add(datagram, origin));

try {
  const opened = await listeners.prepare(data.listen);
  await opened.commit();
  post({ type: 'listening', addresses: listeners.addresses() });
} catch (error) {
  post({ type: 'failed', message: messageOf(error) });
  port.close();
}

/** Built and not taken into use yet. */
const prepared = new Map<number, Prepared>();

async function prepare(id: number, settings: TrapSettings): Promise<void> {
  try {
    const engine = settings.engineId === ownId ? own : createEngine(settings.engineId);
    const admit = receiver.prepare({ ...settings, own: engine });
    const sockets = await listeners.prepare(settings.listen);
    prepared.set(id, {
      async commit() {
        admit();
        own = engine;
        ownId = settings.engineId;
        await sockets.commit();
      },
      abort: () => sockets.abort(),
    });
    post({ type: 'prepared', id });
  } catch (error) {
    post({ type: 'refused_settings', id, message: messageOf(error) });
  }
}

async function commit(id: number, which: number): Promise<void> {
  await prepared.get(which)?.commit();
  prepared.delete(which);
  post({ type: 'committed', id, addresses: listeners.addresses() });
}

async function abort(id: number): Promise<void> {
  await prepared.get(id)?.abort();
  prepared.delete(id);
}

/** Counts change in place: each message is a copy. */
function stats(): TrapStats {
  return {
    ...receiver.counts,
    kernelDrops: listeners.kernelDrops(),
    queued: outbox.size,
    queuedBytes: outbox.bytes,
    sockets: listeners.addresses(),
    cpuMicros: threadCpu(),
  };
}

function threadCpu(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

const reporting = setInterval(() => post({ type: 'stats', stats: stats() }), STATS_INTERVAL_MS);

port.on('message', (message: ToTraps) => {
  switch (message.type) {
    case 'routes':
      receiver.setRoutes(message.routes);
      outbox.keepOnly(new Set([UNKNOWN_BACKEND, ...message.routes.map(({ backend }) => backend)]));
      break;
    case 'prepare':
      void prepare(message.id, message.settings);
      break;
    case 'commit':
      void commit(message.id, message.prepared);
      break;
    case 'abort':
      void abort(message.id);
      break;
    case 'attach':
      outbox.attach(message.backends, message.port);
      break;
    case 'stats':
      post({ type: 'stats', id: message.id, stats: stats() });
      break;
    case 'close':
      void close();
      break;
  }
});

async function close(): Promise<void> {
  clearInterval(reporting);
  await listeners.close();
  outbox.close();
  post({ type: 'closed' });
  port?.close();
}

/**
 * Without a configured engine id a new one is drawn for each start, so old messages can't fit. With
 * one, the seconds since 2020 stand for the number of starts: it grows without being stored.
 */
function createEngine(configured: string | undefined): OwnEngine {
  const startedMs = performance.now();
  if (configured === undefined) {
    // Enterprise 8072 (net-snmp), format 128: arbitrary octets, as its own random engine ids.
    const id = Buffer.concat([Buffer.from('80001f8880', 'hex'), randomBytes(12)]);
    return { id, boots: 1, startedMs };
  }
  const boots = Math.max(1, Math.floor((Date.now() - Date.UTC(2020, 0, 1)) / 1_000));
  return { id: Buffer.from(configured, 'hex'), boots, startedMs };
}
