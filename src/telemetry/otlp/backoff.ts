/** The waits between attempts: doubled with each failure, short while there is no time. */

const MAX_RETRY_MS = 30_000;
/** While the agent stops there is no time for long waits. */
const HURRIED_MS = 250;
/** What a receiver may ask for. */
const MAX_ASKED_MS = 5 * 60_000;
/** Refusals in a row that are not waited for: a batch is halved as often as it must be. */
const FREE_REFUSALS = 32;

/** A receiver's wish, which may be anything, as a pause. Its lower bound is the first wait. */
export function boundedPause(askedMs: number): number {
  return Math.min(Math.max(askedMs, 0), MAX_ASKED_MS);
}

export interface Backoff {
  /** One more attempt failed. */
  failed(): void;
  /** An attempt worked; how many before it did not. */
  worked(): number;
  /** How long to wait now, ms; `askedMs` is the receiver's wish. No answer makes it none. */
  nextMs(askedMs?: number): number;
  /** How long to wait after a refusal: nothing, unless there are too many in a time. */
  refusedMs(): number;
  /** Waits; `hurry` and `end` cut it short. */
  pause(ms: number): Promise<void>;
  hurry(on: boolean): void;
  end(): void;
}

export function createBackoff(
  firstMs: number,
  clock: () => number = () => performance.now(),
): Backoff {
  let failures = 0;
  let free = FREE_REFUSALS;
  let refusedAt = clock();
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
    nextMs(askedMs) {
      const leastMs = hurried ? Math.min(HURRIED_MS, firstMs) : firstMs;
      if (askedMs !== undefined) return Math.max(askedMs, leastMs);
      if (hurried) return leastMs;
      const full = Math.min(firstMs * 2 ** Math.min(failures - 1, 20), MAX_RETRY_MS);
      // Many agents must not come back at the same moment.
      return full * (0.75 + Math.random() / 4);
    },
    refusedMs() {
      const at = clock();
      free = Math.min(FREE_REFUSALS, free + (at - refusedAt) / firstMs);
      refusedAt = at;
      if (free < 1) return firstMs;
      free -= 1;
      return 0;
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
