/** What a session learns of how an array wants to be asked. Learned from refusals only, for an hour. */
const LIVES_MS = 3_600_000;

export interface Facts {
  get(key: string): string | number | undefined;
  learn(key: string, fact: string | number): void;
}

/** `now`: a monotonic clock, ms. */
export function createFacts(now: () => number = () => performance.now()): Facts {
  const facts = new Map<string, { readonly fact: string | number; readonly until: number }>();
  return {
    get(key) {
      const known = facts.get(key);
      return known && now() < known.until ? known.fact : undefined;
    },
    learn(key, fact) {
      facts.set(key, { fact, until: now() + LIVES_MS });
    },
  };
}
