/** Requests in flight to one array: at most `limit`, first come first served. */
export interface Budget {
  /** Waits for a place, runs, gives the place back. Waiting ends with the signal. */
  run<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T>;
}

export function createBudget(limit: number): Budget {
  let free = limit;
  const waiting = new Set<() => void>();

  function place(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const grant = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        waiting.delete(grant);
        reject(signal.reason as Error);
      };
      waiting.add(grant);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  function giveBack(): void {
    const [next] = waiting;
    if (!next) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async run(signal, request) {
      await place(signal);
      try {
        return await request();
      } finally {
        giveBack();
      }
    },
  };
}
