/**
 * The one session of a backend: opened when first needed, reopened once when the array forgot it,
 * every call with a deadline, logged out at the end.
 */
import type { Driver, Log, Session } from '../driver/driver.ts';
import { BackendTimeout, NotSupported, SessionExpired } from '../driver/errors.ts';
import { withSignal } from '../driver/scope.ts';
import type { OpenContext } from './context.ts';

const CLOSE_TIMEOUT_MS = 5_000;

export interface SessionOptions {
  readonly driver: Driver;
  /** The backend's own keys, validated against the driver's access schema. */
  readonly access: Readonly<Record<string, unknown>>;
  /** A fresh context for each session that is opened. */
  readonly createContext: () => OpenContext;
  readonly log: Log;
  readonly callTimeoutMs: number;
  readonly openTimeoutMs: number;
  /** Ends running calls when the backend stops; logging out still works then. */
  readonly stopping: AbortSignal;
}

/** Calls a method of the contract; undefined if the session lacks it. */
export type Method<T> = (session: Session, signal: AbortSignal) => Promise<T> | undefined;

export interface ManagedSession {
  /**
   * Calls a method of the session, opening it if need be. A lost session is reopened once and the
   * call repeated. @throws NotSupported without asking again, until the next reopen; BackendTimeout.
   */
  call<T>(what: string, method: Method<T>): Promise<T>;
  /** The methods the open session has. */
  offers(method: keyof Session): Promise<boolean>;
  /** Logs out. No call may follow. */
  close(): Promise<void>;
}

interface OpenSession {
  readonly session: Session;
  readonly context: OpenContext;
}

export function createManagedSession(options: SessionOptions): ManagedSession {
  const unsupported = new Map<string, NotSupported>();
  let current: Promise<OpenSession> | undefined;
  let closed = false;

  function open(): Promise<OpenSession> {
    if (closed) return Promise.reject(new SessionExpired('the backend is closed'));
    if (current) return current;
    unsupported.clear();
    const opening = openOnce(options);
    current = opening;
    opening.catch(() => {
      if (current === opening) current = undefined;
    });
    return opening;
  }

  /** Forgets a session that the array no longer knows; whoever comes first closes it. */
  async function discard(lost: Promise<OpenSession>): Promise<void> {
    if (current !== lost) return;
    current = undefined;
    await quietClose(await lost, options.log);
  }

  async function attempt<T>(
    what: string,
    opening: Promise<OpenSession>,
    method: Method<T>,
  ): Promise<T> {
    const { session } = await opening;
    return await bounded(what, options.callTimeoutMs, options.stopping, (signal) => {
      const running = method(session, signal);
      if (!running) throw new NotSupported(`the driver has no ${what}`);
      return running;
    });
  }

  return {
    async call(what, method) {
      const opening = open();
      await opening;
      const known = unsupported.get(what);
      if (known) throw known;
      try {
        return await attempt(what, opening, method);
      } catch (error) {
        if (error instanceof NotSupported) unsupported.set(what, error);
        if (!(error instanceof SessionExpired) || options.stopping.aborted) throw error;
        options.log.debug({ call: what, err: error }, 'session lost, opening it again');
        await discard(opening);
        return await attempt(what, open(), method);
      }
    },
    offers: async (method) => typeof (await open()).session[method] === 'function',
    async close() {
      closed = true;
      const last = current;
      current = undefined;
      if (!last) return;
      const [result] = await Promise.allSettled([last]);
      if (result.status === 'fulfilled') await quietClose(result.value, options.log);
    },
  };
}

async function openOnce(options: SessionOptions): Promise<OpenSession> {
  const context = options.createContext();
  let abandoned = false;
  try {
    return await bounded('open', options.openTimeoutMs, options.stopping, async () => {
      const session = await options.driver.open(options.access, context.context);
      const opened = { session, context };
      // The deadline passed while the array was answering: don't leave the session behind.
      if (abandoned) await quietClose(opened, options.log);
      return opened;
    });
  } catch (error) {
    abandoned = true;
    await context.closeTransports();
    throw error;
  }
}

async function quietClose({ session, context }: OpenSession, log: Log): Promise<void> {
  const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
  try {
    await Promise.race([
      withSignal(signal, () => session.close()),
      new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true });
      }),
    ]);
  } catch (error) {
    log.debug({ err: error }, 'logging out failed');
  }
  await context.closeTransports();
}

/** Runs with a deadline that also ends a driver which ignores its signal. */
function bounded<T>(
  what: string,
  timeoutMs: number,
  stopping: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([stopping, deadline]);
  const failure = () =>
    stopping.aborted
      ? new SessionExpired(`${what} was cancelled: the backend is stopping`)
      : new BackendTimeout(`${what} did not finish within ${timeoutMs / 1000} s`);
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(failure());
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    withSignal(signal, async () => await work(signal), what)
      .then(resolve, (error: unknown) => reject(signal.aborted ? failure() : (error as Error)))
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
