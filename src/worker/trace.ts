/**
 * Whose code runs in this thread, where the main thread can read it when the thread no longer
 * answers. Following every callback costs time, so it is done only in a thread that has been lost
 * before, and only for a while: the second loss tells the culprit.
 */
import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** A thread that ran this long is healthy: what is lost after it is lost for the first time. */
export const HEALTHY_MS = 10 * 60_000;
/** Nobody is known. */
export const NOBODY = -1;

export interface Trace {
  /** Runs what a backend starts, and all that comes of it, in its name. */
  run<T>(slot: number, work: () => T): T;
}

/** `running`: one number, shared with the main thread. */
export function createTrace(running: Int32Array, following: boolean): Trace {
  if (!following) return { run: (_slot, work) => work() };
  const owner = new AsyncLocalStorage<number>();
  const followed = follow(running, owner);
  return {
    run(slot, work) {
      if (followed.ended) return work();
      Atomics.store(running, 0, slot);
      return owner.run(slot, work);
    },
  };
}

function follow(running: Int32Array, owner: AsyncLocalStorage<number>): { ended: boolean } {
  const owners = new Map<number, number>();
  const promises = new WeakMap<object, number>();
  const hook = createHook({
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
  const blame = (reason: unknown, promise: Promise<unknown>) => {
    Atomics.store(running, 0, promises.get(promise) ?? NOBODY);
    throw reason;
  };
  process.on('unhandledRejection', blame);
  const followed = { ended: false };
  const end = () => {
    followed.ended = true;
    hook.disable();
    process.off('unhandledRejection', blame);
    owners.clear();
    Atomics.store(running, 0, NOBODY);
  };
  setTimeout(end, HEALTHY_MS).unref();
  return followed;
}
