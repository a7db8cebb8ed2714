/** Beside the main thread: waits until that one stands still, and breaks off what it runs. */
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { spentBy } from '../worker/task.ts';
import { BEAT_MS, type Watched } from './standstill.ts';

const { turns, patienceMs } = workerData as Watched;
const MOST_PLACES = 3;

// Only the time that it ran counts, where the system tells it: it may be paused, or wait for a processor.
let busyMs = 0;
while (busyMs < patienceMs) {
  const turn = Atomics.load(turns, 0);
  const before = spentBy(process.pid)?.running;
  const turned = Atomics.wait(turns, 0, turn, 2 * BEAT_MS) !== 'timed-out';
  const after = spentBy(process.pid)?.running;
  const ran = before === undefined || after === undefined ? 2 * BEAT_MS : after - before;
  busyMs = turned ? 0 : busyMs + ran;
}

// A session does not keep its thread.
setInterval(() => {}, 60_000);
const session = new Session();
session.connectToMainThread();
const files = new Map<string, string>();
session.on('Debugger.scriptParsed', ({ params }) => {
  if (params.url.startsWith('file:')) files.set(params.scriptId, fileURLToPath(params.url));
});
session.on('Debugger.paused', ({ params }) => {
  const places = params.callFrames.flatMap(({ functionName, location }) => {
    const file = files.get(location.scriptId);
    return file === undefined
      ? []
      : `${functionName || '(anonymous)'} (${file}:${location.lineNumber + 1})`;
  });
  session.post('Runtime.terminateExecution');
  session.post('Debugger.resume', () => {
    session.disconnect();
    parentPort?.postMessage(places.slice(0, MOST_PLACES).join(', called by '));
  });
});
session.post('Debugger.enable');
session.post('Debugger.pause');
