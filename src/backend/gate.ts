/**
 * How many arrays of a thread log in at the same time: connecting costs, and hundreds that are
 * started together, or come back together, must not do it together. A login that hangs gives its
 * place to the next after a while: what is away must not hold up what answers.
 */

export interface Gate {
  /** Waits for a place, first come first served, and runs. Waiting ends with the signal. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** `holdMs`: how long one may keep its place. */
export function createGate(limit: number, holdMs: number): Gate {
  const waiting = new Set<() => void>();
  let free = limit;

  function place(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        waiting.delete(enter);
        reject(signal.reason as Error);
      };
      waiting.add(enter);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  function giveBack(): void {
    for (const next of waiting) {
      waiting.delete(next);
      return next();
    }
    free += 1;
  }

  return {
    async run(signal, work) {
      await place(signal);
      let held = true;
      const leave = () => {
        if (held) giveBack();
        held = false;
      };
      const timer = setTimeout(leave, holdMs);
      try {
        return await work();
      } finally {
        clearTimeout(timer);
        leave();
      }
    },
  };
}
