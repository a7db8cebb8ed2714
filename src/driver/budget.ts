/**
 * Requests in flight to one server: at most `limit`, first come first served. One place more is kept
 * for what must not wait behind an inventory that hangs, and logging out never waits at all.
 */
import { runningMethod } from './scope.ts';

export interface Budget {
  /** Waits for a place, runs, gives the place back. Waiting ends with the signal. */
  run<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T>;
  /** As it is right now. */
  use(): BudgetUse;
}

/** Requests to one server. */
export interface BudgetUse {
  /** In flight at most; one more is kept for alerts and the login. */
  readonly limit: number;
  readonly in_flight: number;
  readonly waiting: number;
}

/** Methods of the contract that may use the place kept free. */
const URGENT: ReadonlySet<string> = new Set(['listAlerts', 'clearAlert', 'open']);
const LOGOUT = 'close';

type Place = 'common' | 'kept' | 'none';

interface Waiting {
  readonly urgent: boolean;
  grant(place: Place): void;
}

export function createBudget(limit: number): Budget {
  const free = { common: limit, kept: 1 };
  const waiting = new Set<Waiting>();

  function place(signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted();
    const method = runningMethod() ?? '';
    if (method === LOGOUT) return Promise.resolve('none');
    const urgent = URGENT.has(method);
    const now = urgent && free.kept > 0 ? 'kept' : 'common';
    if (free[now] > 0) {
      free[now] -= 1;
      return Promise.resolve(now);
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiting = {
        urgent,
        grant(granted) {
          signal.removeEventListener('abort', giveUp);
          resolve(granted);
        },
      };
      const giveUp = () => {
        waiting.delete(waiter);
        reject(signal.reason as Error);
      };
      waiting.add(waiter);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  function giveBack(given: Place): void {
    if (given === 'none') return;
    for (const next of waiting) {
      if (given === 'kept' && !next.urgent) continue;
      waiting.delete(next);
      next.grant(given);
      return;
    }
    free[given] += 1;
  }

  return {
    async run(signal, request) {
      const given = await place(signal);
      try {
        // It may have ended between the grant and now.
        signal.throwIfAborted();
        return await request();
      } finally {
        giveBack(given);
      }
    },
    use: () => ({
      limit,
      in_flight: limit - free.common + 1 - free.kept,
      waiting: waiting.size,
    }),
  };
}
