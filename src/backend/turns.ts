/** Long work in turns: the thread answers its heartbeat, and its other arrays, in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Yields now and then, returns its result. */
export type Steps<T> = Generator<undefined, T, undefined>;

const TURN_MS = 20;

export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  let began = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - began < TURN_MS) continue;
    await nextTurn();
    began = performance.now();
  }
}
