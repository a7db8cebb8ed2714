/** Asking until there is an answer: what is repeated, how often, and what a peer can't push further. */
import { AccessDenied, InvalidResponse } from '../errors.ts';
import { toError, type Answer } from './answers.ts';

/** A busy array is asked again after 0.25, 0.5 and 1 s, or when it says, but not later than this. */
const BUSY_REPEATS = 3;
const BUSY_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
const FAULT_DELAY_MS = 100;
/** A new session may have ended before this request's turn came. */
const MOST_RENEWALS = 3;

/** Repetitions of one session: each success earns one, an array that fails all the time gets few. */
export interface Allowance {
  take(): boolean;
  earn(): void;
}

const FIRST_REPEATS = 20;
const MOST_REPEATS = 20;

export function createAllowance(): Allowance {
  let left = FIRST_REPEATS;
  return {
    take() {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    earn() {
      left = Math.min(MOST_REPEATS, left + 1);
    },
  };
}

export interface Persistence<T> {
  /** What is asked, for messages: `GET /lun`. */
  readonly what: string;
  /** Asks once. @throws InvalidResponse for a broken answer. */
  readonly ask: () => Promise<Answer<T>>;
  /** It changes nothing: a fault or a broken answer is asked for once more. */
  readonly repeatable: boolean;
  readonly allowance: Allowance;
  /** The context's. */
  readonly pause: (ms: number) => Promise<void>;
  /** Opens a new session for the one that was refused; false: that would not help. */
  readonly renew?: () => Promise<boolean>;
  /** The new session is refused, too: it is not the session. */
  readonly inVain?: () => void;
}

/**
 * The body of a good answer. A lost session is renewed, a fault repeated once, a busy array asked
 * a few times; then the contract's error. A refused login is never tried again.
 * @throws AccessDenied if a fresh session is refused as well.
 */
export async function persist<T>(options: Persistence<T>): Promise<T> {
  const { what, ask, allowance, pause } = options;
  let renewals = 0;
  let faults = options.repeatable ? 1 : 0;
  let busy = BUSY_REPEATS;
  for (;;) {
    const answer = await tried(ask);
    if (answer instanceof InvalidResponse) {
      if (faults <= 0 || !allowance.take()) throw answer;
      faults -= 1;
      await pause(FAULT_DELAY_MS);
    } else if (answer.meaning === 'ok') {
      allowance.earn();
      return answer.body;
    } else if (answer.meaning === 'expired') {
      const renewed = renewals < MOST_RENEWALS && ((await options.renew?.()) ?? false);
      if (!renewed) {
        if (renewals > 0) options.inVain?.();
        throw new AccessDenied(toError(answer, what).message);
      }
      renewals += 1;
    } else if (answer.meaning === 'busy') {
      if (busy <= 0 || !allowance.take()) throw toError(answer, what);
      const usual = BUSY_DELAY_MS * 2 ** (BUSY_REPEATS - busy);
      busy -= 1;
      await pause(Math.min(Math.max(answer.waitMs ?? usual, BUSY_DELAY_MS), LONGEST_DELAY_MS));
    } else {
      const again = answer.meaning === 'fault' && faults > 0 && allowance.take();
      if (!again) throw toError(answer, what);
      faults -= 1;
      await pause(FAULT_DELAY_MS);
    }
  }
}

async function tried<T>(ask: () => Promise<Answer<T>>): Promise<Answer<T> | InvalidResponse> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof InvalidResponse) return error;
    throw error;
  }
}
