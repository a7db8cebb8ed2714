/** Entry of a worker thread: a host, wired to the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { createLog } from '../log.ts';
import { createHost } from './host.ts';
import type { FromWorker, ToWorker, WorkerData } from './messages.ts';

const port = parentPort;
if (!port) throw new Error('this module runs in a worker thread only');
const log = createLog((workerData as WorkerData).log);
const host = createHost(log, (message: FromWorker, transfer = []) =>
  port.postMessage(message, [...transfer]),
);

/** Configurations are applied one after the other. */
let applying: Promise<void> = Promise.resolve();

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'ping':
      port.postMessage({ type: 'pong' } satisfies FromWorker);
      break;
    case 'apply':
      applying = applying.then(() => host.apply(message.assignment));
      applying.catch((error: unknown) =>
        log.error({ err: error }, 'the configuration could not be applied'),
      );
      break;
    case 'traps':
      host.attachTraps(message.port);
      break;
    case 'stop':
      void host.stop().finally(() => port.close());
      break;
  }
});
