/** Between the trap receiver's thread and the workers: who gets which backend's traps, and the counts. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Config } from '../config/schema.ts';
import type { Trap } from '../driver/alerts.ts';
import type { RootLog } from '../log.ts';
import type { Prepared } from '../prepared.ts';
import { countersOf, createSelfMetrics, mergeCounts, type SelfCounts } from '../telemetry/self.ts';
import { startTraps, type TrapRoute, type TrapService, type TrapStats } from '../traps/service.ts';
import { receiveTraps } from '../traps/worker.ts';

/** A receiver that died is started again after this time, as often as it takes. */
const RESTART_MS = 1_000;

/** What is received, and for whom. */
export interface TrapTarget {
  /** Absent: no traps are received. */
  readonly config: Config['traps'];
  /** Differs where the configuration does, its secrets included. */
  readonly key: string;
  readonly routes: readonly TrapRoute[];
}

export interface TrapInlet {
  /** @throws Error if an address can't be listened on or a user can't be used; it says which and why. */
  prepare(target: TrapTarget): Promise<Prepared>;
  /** Whose traps come from where, from now on. */
  setRoutes(routes: readonly TrapRoute[]): void;
  /** The port at which a worker gets the traps of these backends; none where no traps are received. */
  connect(systems: readonly string[]): MessagePort | undefined;
  counts(): SelfCounts;
  close(): Promise<void>;
}

export interface TrapInletOptions {
  readonly log: RootLog;
  /** Traps of no backend; with `traps.unknown: log` only. */
  onUnknown(trap: Trap): void;
  /** Traps of a backend that another agent collects. */
  onForeign(system: string, trap: Trap): void;
  /** A new receiver is there: the workers must be connected to it. */
  onNew(): void;
  /** Starts the receiver; for tests. */
  readonly start?: typeof startTraps;
}

const NOTHING: TrapTarget = { config: undefined, key: '', routes: [] };

export function createTrapInlet(options: TrapInletOptions): TrapInlet {
  const { log } = options;
  let target = NOTHING;
  let service: TrapService | undefined;
  let retired: SelfCounts = new Map();
  let restart: NodeJS.Timeout | undefined;
  let closed = false;

  async function open({ config = {}, routes }: TrapTarget): Promise<TrapService> {
    const start = options.start ?? startTraps;
    return await start({
      config,
      routes,
      log,
      onUnknown: options.onUnknown,
      onLost() {
        const gone = service;
        if (gone) lost(gone);
      },
    });
  }

  function lost(gone: TrapService): void {
    retire(gone);
    reopen();
  }

  function retire(gone: TrapService): void {
    retired = mergeCounts([retired, countersOf(countsOf(gone.stats()))]);
    if (service === gone) service = undefined;
  }

  function reopen(): void {
    restart = setTimeout(() => void tryAgain(), RESTART_MS);
  }

  async function tryAgain(): Promise<void> {
    try {
      const opened = await open(target);
      if (closed || service || !target.config) await opened.close();
      else take(opened);
    } catch (error) {
      log.error({ err: error }, 'the trap receiver could not be started again');
      if (!closed && !service) reopen();
    }
  }

  function take(opened: TrapService): void {
    service = opened;
    connectForeign();
    options.onNew();
    sayWhere(opened);
  }

  function connectForeign(): void {
    const names = target.routes.flatMap(({ backend, foreign }) => (foreign ? [backend] : []));
    if (names.length === 0) return;
    const { port1, port2 } = new MessageChannel();
    receiveTraps(port2, (system, trap) => options.onForeign(system, trap));
    port2.unref();
    service?.attach(names, port1);
  }

  function sayWhere({ addresses }: TrapService): void {
    for (const { address, port, bufferBytes } of addresses) {
      log.info({ address, port, receive_buffer: bufferBytes }, 'listening for traps');
    }
  }

  async function prepareNew(next: TrapTarget): Promise<Prepared> {
    const opened = await open(next);
    return {
      async commit() {
        clearTimeout(restart);
        target = next;
        take(opened);
      },
      abort: () => opened.close(),
    };
  }

  async function prepareChange(on: TrapService, next: TrapTarget): Promise<Prepared> {
    const config = next.config ?? {};
    const changed = next.key === target.key ? undefined : await on.prepare(config);
    return {
      async commit() {
        target = next;
        // The old admission must not meet the new routes: who is admitted first, then for whom.
        await changed?.commit();
        if (changed) sayWhere(on);
        connectForeign();
        void on.setRoutes(next.routes);
      },
      abort: async () => void (await changed?.abort()),
    };
  }

  return {
    async prepare(next) {
      if (next.config) {
        return service ? await prepareChange(service, next) : await prepareNew(next);
      }
      return {
        async commit() {
          clearTimeout(restart);
          target = next;
          const gone = service;
          if (!gone) return;
          retire(gone);
          await gone.close();
        },
        abort: async () => {},
      };
    },
    setRoutes(routes) {
      target = { ...target, routes };
      void service?.setRoutes(routes);
    },
    connect(systems) {
      if (!service || systems.length === 0) return undefined;
      const { port1, port2 } = new MessageChannel();
      service.attach(systems, port1);
      return port2;
    },
    counts: () => mergeCounts([retired, ...(service ? [countsOf(service.stats())] : [])]),
    async close() {
      closed = true;
      clearTimeout(restart);
      await service?.close();
    },
  };
}

function countsOf(stats: TrapStats): SelfCounts {
  const self = createSelfMetrics();
  for (const [version, count] of Object.entries(stats.received)) {
    self.set('delfin_trap_received_total', [version], count);
  }
  for (const [reason, count] of Object.entries(stats.dropped)) {
    self.set('delfin_trap_dropped_total', [reason], count);
  }
  self.set('delfin_trap_dropped_total', ['kernel_buffer'], stats.kernelDrops);
  const buffer = stats.sockets.reduce((sum, { bufferBytes }) => sum + bufferBytes, 0);
  self.set('delfin_trap_receive_buffer_bytes', [], buffer);
  return self.counts();
}
