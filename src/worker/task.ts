/** A thread as Linux sees it: its number, and what it does with its time. */
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { Spent } from './heartbeat.ts';

/** The calling thread's number; 0 where the system does not tell. */
export function ownTask(): number {
  return orElse(0, () => Number(basename(readlinkSync('/proc/thread-self'))));
}

/** What a thread of this process has done so far; undefined: not known. */
export function spentBy(task: number): Spent | undefined {
  if (task === 0) return undefined;
  return orElse(undefined, () => {
    // Time on a processor, time waiting for one, both in ns, and turns: sched-stats of the kernel.
    const stats = readFileSync(`/proc/self/task/${task}/schedstat`, 'utf8').split(' ');
    const [running, waiting] = stats.map((value) => Number(value) / 1e6);
    return running === undefined || waiting === undefined ? undefined : { running, waiting };
  });
}

function orElse<T>(fallback: T, read: () => T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}
