/**
 * What the array said it lacks: remembered where it never answered and said so twice in its own words,
 * and asked again after an hour.
 */
import { BackendError, type NotSupported } from '../driver/errors.ts';
import { Absent } from '../driver/kit/answers.ts';

const ASK_AGAIN_MS = 3_600_000;

export interface Refusals {
  /** Set while there is no use in asking. */
  known(what: string): NotSupported | undefined;
  answered(what: string): void;
  /** The array said it lacks this. Returns what that means. */
  refused(what: string, error: NotSupported): Error;
  /** Another session may have other rights. */
  clear(): void;
}

export function createRefusals(): Refusals {
  const refused = new Map<string, { readonly error: NotSupported; readonly at: number }>();
  const answered = new Set<string>();
  /** Refused once: a fault that passes may look like it. */
  const doubted = new Set<string>();
  return {
    known(what) {
      const known = refused.get(what);
      if (!known) return undefined;
      if (performance.now() - known.at < ASK_AGAIN_MS) return known.error;
      refused.delete(what);
      return undefined;
    },
    answered: (what) => void answered.add(what),
    refused(what, error) {
      // An array does not lose a feature: something of it is down.
      if (answered.has(what)) {
        const text = `${error.message} (it has answered before, so this is taken for a passing fault)`;
        return new BackendError('not_supported', text, { cause: error });
      }
      // A bare status may be that of whatever stands in front of the array.
      if (error instanceof Absent) return error;
      if (doubted.has(what)) refused.set(what, { error, at: performance.now() });
      doubted.add(what);
      return error;
    },
    clear: () => refused.clear(),
  };
}
