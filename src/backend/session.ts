/**
 * The one session of a backend: opened when first needed, opened anew beside the old one when the
 * array forgot it, every call with a deadline, logged out at the end.
 */
import type { Driver, Log, Session } from '../driver/driver.ts';
import {
  AuthenticationFailed,
  LoginRefused,
  NotSupported,
  SessionExpired,
} from '../driver/errors.ts';
import type { OpenContext } from './context.ts';
import { createCures } from './cures.ts';
import type { Gate } from './gate.ts';
import { bounded, openOnce, quietClose, type OpenSession } from './opening.ts';
import { createRefusals } from './refusals.ts';
import { createSilence } from './silence.ts';

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
  /** Logging in waits for a place here. */
  readonly gate?: Gate;
  /** A call is asked, for the first time or again: what an earlier attempt said no longer counts. */
  readonly onAttempt?: (call: string) => void;
  readonly onAnswer?: (call: string) => void;
}

/** Calls a method of the contract; undefined if the session lacks it. */
export type Method<T> = (session: Session, signal: AbortSignal) => Promise<T> | undefined;

export interface ManagedSession {
  /**
   * Calls a method of the session, opening it if need be. Where the array no longer knows the
   * session it is opened anew once and the call repeated; the calls beside it go on with the old one.
   * @throws NotSupported without asking again, for an hour at most; BackendTimeout.
   */
  call<T>(what: string, method: Method<T>): Promise<T>;
  /** The methods the open session has. */
  offers(method: keyof Session): Promise<boolean>;
  /** Whether this was thrown by opening: it speaks of the whole array. */
  openFailed(error: unknown): boolean;
  /** It could not be opened, or several calls in a row had no answer. */
  lost(): boolean;
  /** Logs out. No call may follow. */
  close(): Promise<void>;
}

/** A session and the calls that run on it. */
interface Held {
  readonly opening: Promise<OpenSession>;
  calls: number;
  /** Takes no new calls; logged out when the last of its calls has ended. */
  retired: boolean;
  /** A call has worked on it. */
  proven: boolean;
}

export function createManagedSession(options: SessionOptions): ManagedSession {
  const refusals = createRefusals();
  const cures = createCures();
  const silence = createSilence();
  /** What is being closed, or was given up while the array was still answering the login. */
  const leaving = new Set<Promise<void>>();
  const alive = new Set<Held>();
  const openFailures = new WeakSet<object>();
  let current: Held | undefined;
  let closed = false;
  /** The last try to open failed with this. */
  let failure: unknown;
  let failures = 0;

  function leave(work: Promise<void>): void {
    const done: Promise<void> = work.finally(() => leaving.delete(done));
    leaving.add(done);
  }

  function openNew(): Held {
    const opening = openOnce(options, leave);
    const held: Held = { opening, calls: 0, retired: false, proven: false };
    alive.add(held);
    void settle(held);
    return held;
  }

  async function settle(held: Held): Promise<void> {
    try {
      await held.opening;
      failure = undefined;
      refusals.clear();
      silence.heard();
    } catch (error) {
      alive.delete(held);
      if (current === held) current = undefined;
      if (options.stopping.aborted) return;
      failure = error;
      failures += 1;
      if (typeof error === 'object' && error !== null) openFailures.add(error);
    }
  }

  /** The session for one more call, opened if need be; to be released. */
  async function acquire(): Promise<Held> {
    for (;;) {
      if (closed) throw new SessionExpired('the backend is closed');
      const held = (current ??= openNew());
      await held.opening;
      if (held.retired) continue;
      held.calls += 1;
      return held;
    }
  }

  function release(held: Held): void {
    held.calls -= 1;
    if (held.retired && held.calls === 0) logOut(held);
  }

  function retire(held: Held): void {
    if (current === held) current = undefined;
    held.retired = true;
    if (held.calls === 0) logOut(held);
  }

  /** Its login was refused: nothing more can be had before it is opened anew. */
  function giveUp(held: Held, error: LoginRefused): void {
    retire(held);
    failure = error;
    failures += 1;
    openFailures.add(error);
  }

  function logOut(held: Held): void {
    if (!alive.delete(held)) return;
    const close = (opened: OpenSession) => quietClose(opened, options.log);
    leave(held.opening.then(close, () => {}));
  }

  async function ask<T>(what: string, held: Held, method: Method<T>): Promise<T> {
    const { session } = await held.opening;
    options.onAttempt?.(what);
    try {
      const answer = await bounded(what, options.callTimeoutMs, options.stopping, (signal) => {
        const running = method(session, signal);
        if (!running) throw new NotSupported(`the driver has no ${what}`);
        return running;
      });
      held.proven = true;
      silence.heard();
      refusals.answered(what);
      options.onAnswer?.(what);
      cures.worked(what);
      return answer;
    } catch (error) {
      if (options.stopping.aborted) throw error;
      silence.failed(what, error);
      throw error instanceof NotSupported ? refusals.refused(what, error) : error;
    }
  }

  /** Another session than the one that was refused; undefined: a new one would not help. */
  async function renew(what: string, refused: Held, since: number): Promise<Held | undefined> {
    if (current === refused) {
      if (!cures.mayHelp(what)) return undefined;
      retire(refused);
    } else if (failure !== undefined && failures > since) {
      // Whoever came first has tried to open it anew: one attempt is enough for both.
      throw failure as Error;
    }
    return await acquire();
  }

  /** The second and last try of a call. */
  async function repeat<T>(what: string, renewed: Held, method: Method<T>): Promise<T> {
    try {
      return await ask(what, renewed, method);
    } catch (error) {
      if (isRefusal(error)) cures.failed(what, renewed.proven);
      throw error;
    } finally {
      release(renewed);
    }
  }

  return {
    async call(what, method) {
      const since = failures;
      const held = await acquire();
      let refusal: unknown;
      try {
        const known = refusals.known(what);
        if (known) throw known;
        return await ask(what, held, method);
      } catch (error) {
        if (error instanceof LoginRefused) giveUp(held, error);
        if (!isRefusal(error) || options.stopping.aborted) throw error;
        refusal = error;
      } finally {
        release(held);
      }
      const renewed = await renew(what, held, since);
      if (!renewed) throw refusal;
      options.log.debug({ call: what, err: refusal }, 'session lost, opened again');
      return await repeat(what, renewed, method);
    },
    async offers(method) {
      const held = await acquire();
      release(held);
      return typeof (await held.opening).session[method] === 'function';
    },
    openFailed: (error) => typeof error === 'object' && error !== null && openFailures.has(error),
    lost: () => failure !== undefined || silence.long(),
    async close() {
      closed = true;
      current = undefined;
      // `stopping` has ended their calls.
      for (const held of alive) logOut(held);
      while (leaving.size > 0) await Promise.allSettled(leaving);
    },
  };
}

/** The array refused the call for want of a session, or of rights that a new login may bring. */
function isRefusal(error: unknown): boolean {
  if (error instanceof LoginRefused) return false;
  return error instanceof SessionExpired || error instanceof AuthenticationFailed;
}
