/**
 * Whose code runs in this thread, where the main thread can read it when the thread no longer
 * answers. Following every callback costs time, so it is done only in a thread that has been lost
 * before: the second loss tells the culprit.
 */
import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** Nobody is known. */
export const NOBODY = -1;

export interface Trace {
  /** Runs what a backend starts, and all that comes of it, in its name. */
  run<T>(slot: number, work: () => T): T;
}

/** `running`: one number, shared with the main thread. */
export function createTrace(running: Int32Array, following: boolean): Trace {
  const owner = new AsyncLocalStorage<number>();
  if (following) follow(running, owner);
  return {
    run(slot, work) {
      Atomics.store(running, 0, slot);
      return owner.run(slot, work);
    },
  };
}

function follow(running: Int32Array, owner: AsyncLocalStorage<number>): void {
  const owners = new Map<number, number>();
  const promises = new WeakMap<object, number>();
  createHook({
    init(id, type, _trigger, resource) {
      const slot = owner.getStore();
      if (slot === undefined) return;
      if (type === 'PROMISE') promises.set(resource, slot);
      owners.set(id, slot);
    },
    before(id) {
      Atomics.store(running, 0, owners.get(id) ?? NOBODY);
    },
    destroy: (id) => void owners.delete(id),
  }).enable();
  process.on('unhandledRejection', (reason, promise) => {
    Atomics.store(running, 0, promises.get(promise) ?? NOBODY);
    throw reason;
  });
}
