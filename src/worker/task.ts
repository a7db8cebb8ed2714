/** A thread as Linux sees it: its number, and how long it has waited for a processor. */
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** The calling thread's number; 0 where the system does not tell. */
export function ownTask(): number {
  return orElse(0, () => Number(basename(readlinkSync('/proc/thread-self'))));
}

/** Time that a thread of this process was ready to run and did not, ms; undefined: not known. */
export function waitedMs(task: number): number | undefined {
  if (task === 0) return undefined;
  return orElse(undefined, () => {
    // Time on a processor, time waiting for one, both in ns, and turns: sched-stats of the kernel.
    const [, waiting] = readFileSync(`/proc/self/task/${task}/schedstat`, 'utf8').split(' ');
    return Number(waiting) / 1e6;
  });
}

function orElse<T>(fallback: T, read: () => T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}
