/** Between the trap receiver's thread and the workers: who gets which backend's traps, and the counts. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { BackendSettings } from '../backend/settings.ts';
import type { Config } from '../config/schema.ts';
import type { Trap } from '../driver/alerts.ts';
import type { RootLog } from '../log.ts';
import { countersOf, createSelfMetrics, mergeCounts, type SelfCounts } from '../telemetry/self.ts';
import { startTraps, type TrapRoute, type TrapService, type TrapStats } from '../traps/service.ts';

/** A receiver that died is started again after this time, as often as it takes. */
const RESTART_MS = 1_000;

export interface TrapInlet {
  setBackends(backends: readonly BackendSettings[]): Promise<void>;
  /** The port at which a worker gets the traps of these backends. */
  connect(systems: readonly string[]): MessagePort;
  counts(): SelfCounts;
  close(): Promise<void>;
}

export interface TrapInletOptions {
  readonly config: NonNullable<Config['traps']>;
  readonly log: RootLog;
  /** Traps of no backend; with `traps.unknown: log` only. */
  onUnknown(trap: Trap): void;
  /** A new receiver is there: the workers must be connected to it. */
  onRestart(): void;
  /** Starts the receiver; for tests. */
  readonly start?: typeof startTraps;
}

/** @throws Error if an address can't be listened on; it says which and why. */
export async function createTrapInlet(options: TrapInletOptions): Promise<TrapInlet> {
  const { log } = options;
  let routes: readonly TrapRoute[] = [];
  let retired: SelfCounts = new Map();
  let restart: NodeJS.Timeout | undefined;
  let closed = false;

  async function open(): Promise<TrapService> {
    const start = options.start ?? startTraps;
    const opened = await start({ ...options, routes, onLost: () => lost(opened) });
    for (const { address, port, bufferBytes } of opened.addresses) {
      log.info({ address, port, receive_buffer: bufferBytes }, 'listening for traps');
    }
    return opened;
  }

  function lost(gone: TrapService): void {
    retired = mergeCounts([retired, countersOf(countsOf(gone.stats()))]);
    reopen();
  }

  function reopen(): void {
    restart = setTimeout(() => void tryAgain(), RESTART_MS);
  }

  async function tryAgain(): Promise<void> {
    try {
      service = await open();
      options.onRestart();
    } catch (error) {
      log.error({ err: error }, 'the trap receiver could not be started again');
      if (!closed) reopen();
    }
  }

  let service = await open();
  return {
    async setBackends(backends) {
      routes = backends.map(toRoute);
      await service.setRoutes(routes);
    },
    connect(systems) {
      const { port1, port2 } = new MessageChannel();
      service.attach(systems, port1);
      return port2;
    },
    counts: () => mergeCounts([retired, countsOf(service.stats())]),
    async close() {
      closed = true;
      clearTimeout(restart);
      await service.close();
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

function toRoute({ name, trapSources }: BackendSettings): TrapRoute {
  return { backend: name, sources: trapSources };
}
