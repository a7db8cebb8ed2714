/** A bucket of requests: it holds `burst`, and one more comes every `intervalMs`. */

export interface RateLimit {
  /** Whether one more may pass now. */
  allows(): boolean;
}

export function createRateLimit(
  { intervalMs, burst }: { readonly intervalMs: number; readonly burst: number },
  now: () => number = () => performance.now(),
): RateLimit {
  let left = burst;
  let at = now();
  return {
    allows() {
      const time = now();
      left = Math.min(burst, left + (time - at) / intervalMs);
      at = time;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
