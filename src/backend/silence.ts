/** Calls in a row that the array did not answer: one of them is that call's problem, several are its own. */
import { errorType, type ErrorType } from '../driver/errors.ts';

const CALLS = 3;

export interface Silence {
  heard(): void;
  failed(what: string, error: unknown): void;
  /** Nothing of the array answers. */
  long(): boolean;
}

export function createSilence(): Silence {
  let unanswered: { readonly what: string; readonly type: ErrorType }[] = [];
  return {
    heard() {
      unanswered = [];
    },
    failed(what, error) {
      const type = errorType(error);
      if (type === 'internal') return;
      unanswered =
        type === 'unreachable' || type === 'timeout'
          ? [...unanswered, { what, type }].slice(-CALLS)
          : [];
    },
    long() {
      if (unanswered.length < CALLS) return false;
      // One call that always hangs is no array that does.
      const calls = new Set(unanswered.map(({ what }) => what));
      return calls.size > 1 || unanswered.every(({ type }) => type === 'unreachable');
    },
  };
}
