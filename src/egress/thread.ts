/** Entry of the egress thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { createLog } from '../log.ts';
import type { EgressThreadData } from './messages.ts';
import { serveEgress } from './service.ts';

if (!parentPort) throw new Error('this module runs in a worker thread only');
const { log, waiting } = workerData as EgressThreadData;
serveEgress(parentPort, { log: createLog(log), waiting });
