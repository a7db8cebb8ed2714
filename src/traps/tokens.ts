/** A token bucket per source. */
import { createLru } from './lru.ts';

export interface Tokens {
  take(source: string): boolean;
}

const MAX_SOURCES = 1_000;

export function createTokens(
  limits: { readonly perSecond: number; readonly burst: number },
  clock: () => number,
): Tokens {
  const buckets = createLru<string, { tokens: number; atMs: number }>(MAX_SOURCES);
  return {
    take(source) {
      const now = clock();
      const bucket = buckets.get(source) ?? { tokens: limits.burst, atMs: now };
      const refilled = bucket.tokens + ((now - bucket.atMs) / 1_000) * limits.perSecond;
      bucket.tokens = Math.min(limits.burst, refilled);
      bucket.atMs = now;
      buckets.set(source, bucket);
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
