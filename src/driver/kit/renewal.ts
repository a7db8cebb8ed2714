/** The life of a session: one login at a time, renewed when it is gone, a refused login never repeated. */
import { AuthenticationFailed, SessionExpired } from '../errors.ts';

export interface Renewal<S> {
  /** The session, opened if there is none. @throws AuthenticationFailed again without another attempt. */
  current(): Promise<S>;
  /** Replaces the session `lost`. False: the last login did not help, another one would not either. */
  renew(lost: S): Promise<boolean>;
  /** A request was refused in a new session, too: the resource is, not the session. */
  inVain(): void;
  /** A request has been answered in the session. */
  accepted(): void;
  /** The open session, if there is one, to be logged out; no other is opened after this. */
  end(): Promise<S | undefined>;
}

/** After a login that did not help, so long a refusal counts for the resource alone ... */
const VAIN_MS = 300_000;
/** ... unless so many in a row say that the session has really gone. */
const CONVINCING = 10;

export function createRenewal<S>(
  open: () => Promise<S>,
  close: (session: S) => Promise<void>,
): Renewal<S> {
  let session: Promise<S> | undefined;
  let renewing: Promise<S> | undefined;
  let refused: AuthenticationFailed | undefined;
  let vainUntil = -Infinity;
  let refusals = 0;
  let ended = false;

  function current(): Promise<S> {
    if (refused) return Promise.reject(refused);
    if (ended) return Promise.reject(new SessionExpired('the session is closed'));
    if (session) return session;
    const opening = open();
    session = opening;
    opening.catch((error: unknown) => {
      if (error instanceof AuthenticationFailed) refused = error;
      if (session === opening) session = undefined;
    });
    return opening;
  }

  async function replace(lost: S): Promise<S> {
    session = undefined;
    // Sessions are few: one that may still live is given back before another is taken.
    await close(lost).catch(() => undefined);
    return await current();
  }

  return {
    current,
    async renew(lost) {
      if (renewing) await renewing;
      const known = await session?.catch(() => undefined);
      if (known !== undefined && known !== lost) return true;
      refusals += 1;
      if (performance.now() < vainUntil && refusals < CONVINCING) return false;
      refusals = 0;
      renewing ??= replace(lost).finally(() => {
        renewing = undefined;
      });
      await renewing;
      return true;
    },
    inVain() {
      vainUntil = performance.now() + VAIN_MS;
    },
    accepted() {
      refusals = 0;
    },
    async end() {
      ended = true;
      return await session?.catch(() => undefined);
    },
  };
}
