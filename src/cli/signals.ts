/** What a service is told by signals while it runs; `main.js` has caught what came before. */

export interface Signals {
  /** Resolves at the first signal to stop. The second one ends the process at once. */
  readonly stopped: Promise<NodeJS.Signals>;
  /** Asked to reload: called for each, also for one that came before. */
  onReload(reload: () => void): void;
}

export function takeSignals(): Signals {
  const stopped = Promise.withResolvers<NodeJS.Signals>();
  let stopping = false;
  let asked = false;
  let reload: (() => void) | undefined;
  function take(signal: NodeJS.Signals, handle: (signal: NodeJS.Signals) => void): void {
    process.on(signal, handle);
    for (const other of process.listeners(signal)) {
      if (other !== handle) process.off(signal, other);
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    take(signal, () => {
      // The second one means now.
      if (stopping) process.exit(1);
      stopping = true;
      stopped.resolve(signal);
    });
  }
  take('SIGHUP', () => {
    if (reload) reload();
    else asked = true;
  });
  return {
    stopped: stopped.promise,
    onReload(given) {
      reload = given;
      if (asked) given();
    },
  };
}
