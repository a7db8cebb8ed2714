/**
 * When a new login may help a call that was refused. Where it did not, the next try waits, twice as
 * long each time: an account without the rights must not log in for every call of every round.
 */
const FIRST_WAIT_MS = 60_000;
const MAX_WAIT_MS = 3_600_000;
/** Sessions of which no call works are not tried in quick succession, nor given up for long. */
const MAX_ANY_WAIT_MS = 300_000;
/** Calls in a row that a new login did not help; then the fault is not the session. */
const HOPELESS_CALLS = 3;

interface Wait {
  readonly until: number;
  readonly ms: number;
}

export interface Cures {
  mayHelp(what: string): boolean;
  worked(what: string): void;
  /** Refused again. `proven`: other calls work on the new session. */
  failed(what: string, proven: boolean): void;
}

export function createCures(): Cures {
  const waits = new Map<string, Wait>();
  let any: Wait | undefined;
  let inRow = 0;
  const later = (before: Wait | undefined, max: number): Wait => {
    const ms = Math.min(before ? before.ms * 2 : FIRST_WAIT_MS, max);
    return { ms, until: performance.now() + ms };
  };
  return {
    mayHelp(what) {
      const now = performance.now();
      return now >= (waits.get(what)?.until ?? 0) && now >= (any?.until ?? 0);
    },
    worked(what) {
      waits.delete(what);
      any = undefined;
      inRow = 0;
    },
    failed(what, proven) {
      waits.set(what, later(waits.get(what), MAX_WAIT_MS));
      inRow += 1;
      if (!proven || inRow >= HOPELESS_CALLS) any = later(any, MAX_ANY_WAIT_MS);
    },
  };
}
