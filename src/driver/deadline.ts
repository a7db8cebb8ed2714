/** The time of one request: its own limit inside that of the call it belongs to. */
import { BackendTimeout } from './errors.ts';

export interface Deadline {
  /** Ends with whichever comes first. */
  readonly signal: AbortSignal;
  /** What ended it, with the limit that really did; undefined if it has not ended. */
  failure(where: string, more?: string): unknown;
}

/** `call`: ends with the running call, or with the backend. */
export function startDeadline(call: AbortSignal, timeoutMs: number): Deadline {
  const own = AbortSignal.timeout(timeoutMs);
  const started = performance.now();
  return {
    signal: AbortSignal.any([call, own]),
    failure(where, more = '') {
      if (call.aborted) {
        const reason: unknown = call.reason;
        if (!(reason instanceof Error) || reason.name !== 'TimeoutError') return reason;
        const seconds = ((performance.now() - started) / 1_000).toFixed(1);
        return new BackendTimeout(
          `${where}: the time of the whole call ended while this request waited (${seconds} s)${more}`,
          { cause: reason },
        );
      }
      if (!own.aborted) return undefined;
      return new BackendTimeout(
        `${where}: no complete answer within ${timeoutMs / 1_000} s${more}`,
        { cause: own.reason },
      );
    },
  };
}
