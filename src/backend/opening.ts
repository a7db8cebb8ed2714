/** Logging in and out, each with a deadline; a login that comes too late is logged out. */
import type { Driver, Log, Session } from '../driver/driver.ts';
import { BackendTimeout, SessionExpired } from '../driver/errors.ts';
import { withSignal } from '../driver/scope.ts';
import type { OpenContext } from './context.ts';
import type { Gate } from './gate.ts';

const CLOSE_TIMEOUT_MS = 4_000;
/** How long the answer to a login that nobody waits for is awaited, to log out with it. */
const LATE_LOGIN_MS = 3_000;

export interface OpenSession {
  readonly session: Session;
  readonly context: OpenContext;
}

export interface OpeningOptions {
  readonly driver: Driver;
  readonly access: Readonly<Record<string, unknown>>;
  readonly createContext: () => OpenContext;
  readonly log: Log;
  readonly openTimeoutMs: number;
  readonly stopping: AbortSignal;
  /** Shared by the arrays of a thread. */
  readonly gate?: Gate;
}

/** `leave` takes what goes on after the caller has given up; it never rejects. */
export async function openOnce(
  options: OpeningOptions,
  leave: (work: Promise<void>) => void,
): Promise<OpenSession> {
  const { gate, stopping } = options;
  const logIn = () => openNow(options, leave);
  return gate ? await gate.run(stopping, logIn) : await logIn();
}

async function openNow(
  options: OpeningOptions,
  leave: (work: Promise<void>) => void,
): Promise<OpenSession> {
  const context = options.createContext();
  // Not the caller's signal: it would cut off the answer that brings the session's token.
  const late = new AbortController();
  const login = withSignal(
    late.signal,
    async () => await options.driver.open(options.access, context.context),
    'open',
  );
  try {
    const session = await bounded(
      'open',
      options.openTimeoutMs,
      options.stopping,
      async () => await login,
    );
    return { session, context };
  } catch (error) {
    leave(closeLate(login, context, late, options.log));
    throw error;
  }
}

async function closeLate(
  login: Promise<Session>,
  context: OpenContext,
  late: AbortController,
  log: Log,
): Promise<void> {
  const timer = setTimeout(() => late.abort(), LATE_LOGIN_MS);
  const gone = new Promise<undefined>((resolve) => {
    late.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const session = await Promise.race([login.catch(() => undefined), gone]);
  clearTimeout(timer);
  if (session) return await quietClose({ session, context }, log);
  // A driver that ignores its signal may still come back with a session.
  login.then(
    (opened) => quietClose({ session: opened, context }, log),
    () => {},
  );
  await context.closeTransports();
}

export async function quietClose({ session, context }: OpenSession, log: Log): Promise<void> {
  const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
  try {
    await Promise.race([
      withSignal(signal, () => session.close(), 'close'),
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
export function bounded<T>(
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
