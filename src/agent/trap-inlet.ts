/** Between the trap receiver's thread and the workers: who gets which backend's traps, and the counts. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { BackendSettings } from '../backend/settings.ts';
import type { Config } from '../config/schema.ts';
import type { Trap } from '../driver/alerts.ts';
import type { RootLog } from '../log.ts';
import { createSelfMetrics, type SelfCounts } from '../telemetry/self.ts';
import { startTraps, type TrapRoute } from '../traps/service.ts';

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
}

/** @throws Error if an address can't be listened on; it says which and why. */
export async function createTrapInlet(options: TrapInletOptions): Promise<TrapInlet> {
  const service = await startTraps({ ...options, routes: [] });
  for (const { address, port, bufferBytes } of service.addresses) {
    options.log.info({ address, port, receive_buffer: bufferBytes }, 'listening for traps');
  }
  return {
    setBackends: (backends) => service.setRoutes(backends.map(toRoute)),
    connect(systems) {
      const { port1, port2 } = new MessageChannel();
      service.attach(systems, port1);
      return port2;
    },
    counts() {
      const stats = service.stats();
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
    },
    close: () => service.close(),
  };
}

function toRoute({ name, trapSources }: BackendSettings): TrapRoute {
  return { backend: name, sources: trapSources };
}
