/** The waits between attempts: doubled with each failure, short while there is no time. */

const MAX_RETRY_MS = 30_000;
/** While the agent stops there is no time for long waits. */
const HURRIED_MS = 250;

export interface Backoff {
  /** One more attempt failed. */
  failed(): void;
  /** An attempt worked; how many before it did not. */
  worked(): number;
  /** Failures in a row. */
  failures(): number;
  /** How long to wait now, ms. */
  nextMs(): number;
  /** Waits; `hurry` and `end` cut it short. */
  pause(ms: number): Promise<void>;
  hurry(on: boolean): void;
  end(): void;
}

export function createBackoff(firstMs: number): Backoff {
  let failures = 0;
  let hurried = false;
  let endPause: (() => void) | undefined;
  return {
    failed() {
      failures += 1;
    },
    worked() {
      const before = failures;
      failures = 0;
      return before;
    },
    failures: () => failures,
    nextMs() {
      if (hurried) return Math.min(HURRIED_MS, firstMs);
      const full = Math.min(firstMs * 2 ** Math.min(failures - 1, 20), MAX_RETRY_MS);
      // Many agents must not come back at the same moment.
      return full * (0.75 + Math.random() / 4);
    },
    async pause(ms) {
      const over = Promise.withResolvers<void>();
      const timer = setTimeout(over.resolve, ms);
      endPause = over.resolve;
      await over.promise;
      clearTimeout(timer);
      endPause = undefined;
    },
    hurry(on) {
      hurried = on;
      if (on) endPause?.();
    },
    end: () => endPause?.(),
  };
}
