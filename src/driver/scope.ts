/** The call that is running: transports read its signal, so that a driver can't forget to pass it. */
import { AsyncLocalStorage } from 'node:async_hooks';

interface Call {
  readonly signal: AbortSignal;
  /** The method of the contract, where the core runs one. */
  readonly method: string | undefined;
  /** The round that the call is part of. */
  readonly round: object | undefined;
}

const scope = new AsyncLocalStorage<Call>();

/** Runs `call`; all transport I/O below it ends with `signal`. */
export function withSignal<T>(
  signal: AbortSignal,
  call: () => Promise<T>,
  method?: string,
): Promise<T> {
  return scope.run({ signal, method, round: rounds.getStore() }, call);
}

const rounds = new AsyncLocalStorage<object>();

/** Runs the calls of one round of collection: what they share is asked for once. */
export function inRound<T>(calls: () => Promise<T>): Promise<T> {
  return rounds.run({}, calls);
}

/** The round that the running call is part of. */
export function runningRound(): object | undefined {
  return scope.getStore()?.round;
}

/** The running call's signal combined with others. */
export function scopedSignal(...signals: readonly AbortSignal[]): AbortSignal {
  const current = scope.getStore();
  return AbortSignal.any(current ? [current.signal, ...signals] : [...signals]);
}

/** The method that is running. */
export function runningMethod(): string | undefined {
  return scope.getStore()?.method;
}
