/** What polls cost in a process that polls each time it is told to (`told.ts`). */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { residentMbOf } from './process.ts';
import { median } from './report.ts';

export interface PollCost {
  /** Of a poll. */
  readonly requests: number;
  /** Median of a poll. */
  readonly cpuMs: number;
  /** The most resident memory. */
  readonly residentMb: number;
}

export interface PollOptions {
  readonly warm: number;
  readonly polls: number;
  /** How many the array has had so far. */
  requests(): number;
}

/** `program`: a file of `bench`, which is given `argument`. */
export async function costOfPolls(
  program: string,
  argument: string,
  { warm, polls, requests }: PollOptions,
): Promise<PollCost> {
  const child = fork(join(import.meta.dirname, '..', program), [argument]);
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`${program} ended with ${String(code)}`);
  });
  const poll = async (): Promise<number> => {
    const answered = once(child, 'message');
    child.send('poll');
    const [ms] = (await Promise.race([answered, exited])) as [number];
    return ms;
  };
  for (let done = 0; done < warm; done += 1) await poll();
  const before = requests();
  const times: number[] = [];
  for (let done = 0; done < polls; done += 1) times.push(await poll());
  const residentMb = residentMbOf(child.pid ?? 0, true);
  exited.catch(() => {});
  child.disconnect();
  return { requests: (requests() - before) / polls, cpuMs: median(times), residentMb };
}
