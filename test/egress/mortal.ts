/** An egress thread that dies of a trap of no backend. */
import { parentPort, workerData } from 'node:worker_threads';
import type { EgressThreadData, ToService } from '../../src/egress/messages.ts';
import { serveEgress } from '../../src/egress/service.ts';
import { quietLog } from '../kit/snapshot.ts';

if (!parentPort) throw new Error('this module runs in a worker thread only');
const { waiting } = workerData as EgressThreadData;
serveEgress(parentPort, { log: quietLog, waiting, env: {}, firstRetryMs: 20 });
parentPort.on('message', ({ type }: ToService) => {
  if (type === 'unknown') process.exit(1);
});
