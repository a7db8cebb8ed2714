/** Work that may keep its thread for ever: a thread beside it frees it then, and says where it stood. */
import { Worker } from 'node:worker_threads';

/** What the thread beside is given. */
export interface Watched {
  /** Counted up each `BEAT_MS` by the event loop of the main thread. */
  readonly turns: Int32Array;
  readonly patienceMs: number;
}

export const BEAT_MS = 250;

/**
 * `stuck` resolves if the main thread has run for `patienceMs` without coming to its event loop: with the
 * places in the code where it was. What ran there has been broken off, its promise stays open.
 */
export async function watchingThread<T>(
  patienceMs: number,
  work: (stuck: Promise<string>) => Promise<T>,
): Promise<T> {
  const turns = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const file = `./standstill-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
  const workerData: Watched = { turns, patienceMs };
  const worker = new Worker(new URL(file, import.meta.url), { workerData });
  const stuck = Promise.withResolvers<string>();
  worker.on('message', (places: string) => {
    // Promises of what was broken off have nobody who waits for them.
    process.on('unhandledRejection', () => {});
    stuck.resolve(places);
  });
  const timer = setInterval(() => {
    Atomics.add(turns, 0, 1);
    Atomics.notify(turns, 0);
  }, BEAT_MS);
  try {
    return await work(stuck.promise);
  } finally {
    clearInterval(timer);
    await worker.terminate();
  }
}
