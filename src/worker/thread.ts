/** Entry of a worker thread: a host, wired to the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../driver/message.ts';
import { createLog } from '../log.ts';
import type { Prepared } from '../prepared.ts';
import { createHost } from './host.ts';
import type { Assignment, FromWorker, ToWorker, WorkerData } from './messages.ts';
import { ownTask } from './task.ts';
import { createTrace } from './trace.ts';

const port = parentPort;
if (!port) throw new Error('this module runs in a worker thread only');
const { log: logOptions, running, task, following } = workerData as WorkerData;
Atomics.store(task, 0, ownTask());
const log = createLog(logOptions);
const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) =>
  port.postMessage(message, [...transfer]);
const host = createHost(log, send, createTrace(running, following));

/** Built and not taken into use yet. */
const prepared = new Map<number, Prepared>();

async function prepare(id: number, assignment: Assignment): Promise<void> {
  try {
    prepared.set(id, await host.prepare(assignment));
    send({ type: 'prepared', id });
  } catch (error) {
    send({ type: 'refused', id, message: messageOf(error) });
  }
}

async function commit(id: number): Promise<void> {
  try {
    await prepared.get(id)?.commit();
  } catch (error) {
    log.error({ err: error }, 'the configuration could not be taken into use');
  }
  prepared.delete(id);
  send({ type: 'committed', id });
}

async function abort(id: number): Promise<void> {
  await prepared.get(id)?.abort();
  prepared.delete(id);
}

/** One thing after the other, whatever becomes of the one before. */
let last: Promise<void> = Promise.resolve();
function inTurn(work: () => Promise<void>): void {
  last = last.then(work).catch((error: unknown) => {
    log.error({ err: error }, 'a worker could not do what it was told');
  });
}

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'ping':
      send({ type: 'pong' });
      break;
    case 'prepare':
      inTurn(() => prepare(message.id, message.assignment));
      break;
    case 'commit':
      inTurn(() => commit(message.id));
      break;
    case 'abort':
      inTurn(() => abort(message.id));
      break;
    case 'details':
      send({ type: 'details', id: message.id, details: host.details(message.system) });
      break;
    case 'egress':
      host.attachEgress(message.port);
      break;
    case 'traps':
      host.attachTraps(message.port);
      break;
    case 'stop':
      void host.stop().finally(() => port.close());
      break;
  }
});
