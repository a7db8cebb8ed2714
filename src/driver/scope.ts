/** The call that is running: transports read its signal, so that a driver can't forget to pass it. */
import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<AbortSignal>();

/** Runs `call`; all transport I/O below it ends with `signal`. */
export function withSignal<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  return scope.run(signal, call);
}

/** The running call's signal combined with others. */
export function scopedSignal(...signals: readonly AbortSignal[]): AbortSignal {
  const current = scope.getStore();
  return AbortSignal.any(current ? [current, ...signals] : [...signals]);
}
