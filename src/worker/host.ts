/** The backends of one thread: started, replaced when their configuration changes, stopped. */
import type { MessagePort } from 'node:worker_threads';
import { createForeignTraps } from '../backend/alerts/foreign.ts';
import { createAlertTracker } from '../backend/alerts/tracker.ts';
import { startBackend, type Backend } from '../backend/backend.ts';
import type { BackendOutput } from '../backend/knowledge.ts';
import { serverKey, settingsOf } from '../backend/settings.ts';
import { wrapConfig } from '../config/load.ts';
import { parseSize } from '../config/quantities.ts';
import type { BackendConfig, Config } from '../config/schema.ts';
import { createBudget, type Budget } from '../driver/budget.ts';
import type { RootLog } from '../log.ts';
import { createRegistry, type Registry } from '../registry.ts';
import { receiveTraps } from '../traps/worker.ts';
import { createOutputs, type Outputs } from './outputs.ts';
import type { Assignment, Send } from './messages.ts';

export interface Host {
  /** Makes the running backends those of the configuration. */
  apply(assignment: Assignment): Promise<void>;
  /** Traps for its backends arrive here. */
  attachTraps(port: MessagePort): void;
  /** Stops the backends and flushes the exports. */
  stop(): Promise<void>;
}

interface Hosted {
  readonly backend: Backend;
  /** The plain configuration it was started with. */
  readonly fingerprint: string;
}

export function createHost(log: RootLog, send: Send): Host {
  const hosted = new Map<string, Hosted>();
  const foreign = createForeignTraps();
  /** Backends that reach the same server share its budget. */
  const budgets = new Map<string, Budget>();
  let outputs: Outputs | undefined;
  let outputsFingerprint = '';

  async function start(
    config: BackendConfig,
    registry: Registry,
    firstDelayMs: number,
    outputs_: Outputs,
  ): Promise<Backend> {
    const settings = settingsOf(config);
    const driver = await registry.find(settings.vendor, settings.model);
    const server = serverKey(settings.access, settings.name);
    const budget = budgets.get(server) ?? createBudget(settings.maxInFlight);
    budgets.set(server, budget);
    const output: BackendOutput = outputs_.forBackend(settings);
    const backend = startBackend({
      settings,
      driver,
      budget,
      log: log.child({ backend: settings.name }),
      output,
      foreign,
      tracker: createAlertTracker(outputs_.trackerOptions(settings)),
      firstDelayMs,
    });
    void backend.firstRound.then(() => send({ type: 'first-round', system: settings.name }));
    return backend;
  }

  return {
    async apply({ plain, firstDelays, threads }) {
      const { registry } = await createRegistry(plain.modules, plain.folder);
      const config = await wrapConfig(plain, registry);
      const common = JSON.stringify([plain.value, threads]);
      if (!outputs || common !== outputsFingerprint) {
        // Exports changed: every backend starts anew on the new ones.
        await Promise.all(Array.from(hosted.values(), ({ backend }) => backend.stop()));
        hosted.clear();
        await outputs?.close();
        outputs = await createOutputs(shareQueue(config, threads), log, send);
        outputsFingerprint = common;
      }
      const wanted = new Map(
        plain.backends.map((backend, index) => [
          String(backend['name']),
          {
            config: config.backends[index] as BackendConfig,
            fingerprint: JSON.stringify([backend, plain.modules]),
          },
        ]),
      );
      for (const [name, { backend, fingerprint }] of hosted) {
        if (wanted.get(name)?.fingerprint === fingerprint) continue;
        hosted.delete(name);
        await backend.stop();
        outputs.forget(name);
      }
      for (const [name, { config: backendConfig, fingerprint }] of wanted) {
        if (hosted.has(name)) continue;
        const backend = await start(backendConfig, registry, firstDelays[name] ?? 0, outputs);
        hosted.set(name, { backend, fingerprint });
      }
      send({ type: 'applied' });
    },
    attachTraps(port) {
      receiveTraps(port, (name, trap) => hosted.get(name)?.backend.trap(trap));
    },
    async stop() {
      await Promise.all(Array.from(hosted.values(), ({ backend }) => backend.stop()));
      hosted.clear();
      await outputs?.close();
      send({ type: 'stopped' });
    },
  };
}

/** The bound of the queue is the agent's; each thread has its part of it. */
function shareQueue(config: Config, threads: number): Config {
  if (!config.otlp) return config;
  const bytes = Math.floor(parseSize(config.otlp.queue ?? '128MiB') / threads);
  return { ...config, otlp: { ...config.otlp, queue: String(bytes) } };
}
