/** What the array said it lacks: remembered where it never answered, and asked again after an hour. */
import { BackendError, type NotSupported } from '../driver/errors.ts';

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
      refused.set(what, { error, at: performance.now() });
      return error;
    },
    clear: () => refused.clear(),
  };
}
