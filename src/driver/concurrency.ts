import { setTimeout as sleep } from 'node:timers/promises';
import { scopedSignal } from './scope.ts';

/**
 * `items.map(work)` with at most `limit` at a time, results in order. The first failure ends it.
 * The backend's budget bounds requests anyway; this bounds memory and keeps a failed list cheap.
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = Array.from({ length: items.length });
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (!failed && next < items.length) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** Waits, but not longer than the running call lives. */
export async function pause(ms: number): Promise<void> {
  await sleep(ms, undefined, { signal: scopedSignal() });
}

/** Up to `attempts` tries while `again(error)` says so, waiting `delayMs`, doubled each time. */
export async function retry<T>(
  options: { attempts: number; delayMs: number; again: (error: unknown) => boolean },
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= options.attempts || !options.again(error)) throw error;
      await pause(options.delayMs * 2 ** (attempt - 1));
    }
  }
}
