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

export function inTurns<T>(steps: Steps<T>): Promise<T> {
  return createTurns()(steps);
}

/** Several works one after the other as if they were one. */
export function createTurns(): <T>(steps: Steps<T>) => Promise<T> {
  let began = performance.now();
  return async (steps) => {
    for (;;) {
      const step = steps.next();
      if (performance.now() - began >= TURN_MS) {
        await nextTurn();
        began = performance.now();
      }
      if (step.done) return step.value;
    }
  };
}
