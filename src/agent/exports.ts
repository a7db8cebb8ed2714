/** What the main thread exports itself: the agent's own numbers, and traps of no backend. */
import { settingsOf } from '../backend/settings.ts';
import type { BackendConfig, Config } from '../config/schema.ts';
import type { Trap } from '../driver/alerts.ts';
import type { RootLog } from '../log.ts';
import type { Prepared } from '../prepared.ts';
import type { AlertOutput } from '../telemetry/logs/output.ts';
import { otlpOf } from '../telemetry/otlp/config.ts';
import { createOwnTelemetry, type OwnTelemetry } from '../telemetry/own.ts';
import type { SelfCounts, SelfMetrics } from '../telemetry/self.ts';
import { VERSION } from '../version.ts';

/** What stopping may take to deliver it. */
const FLUSH_MS = 5_000;

export interface Exports {
  /** The agent's own numbers for the page. */
  text(): Promise<string>;
  unknown(trap: Trap): void;
  foreign(system: string, trap: Trap): void;
  /** Outputs as this configuration has them. @throws Error saying what can't be opened. */
  prepare(target: ExportTarget): Promise<Prepared | undefined>;
  close(): Promise<void>;
}

export interface ExportTarget {
  readonly config: Config;
  readonly agentId: string;
  /** Differs where the outputs do. */
  readonly key: string;
  readonly foreign: readonly BackendConfig[];
}

interface Outputs {
  readonly key: string;
  readonly own: OwnTelemetry;
  readonly alerts: AlertOutput | undefined;
  close(): Promise<void>;
}

export function createExports(options: {
  readonly log: RootLog;
  readonly self: SelfMetrics;
  counts(): SelfCounts;
}): Exports {
  let current: Outputs | undefined;
  let foreign: ReadonlyMap<string, BackendConfig> = new Map();

  async function open({ config, agentId, key }: ExportTarget): Promise<Outputs> {
    const { log, self, counts } = options;
    const { service_namespace: namespace } = config;
    const agent = { version: VERSION, ...(namespace ? { namespace } : {}) };
    const own = createOwnTelemetry({ ...agent, agentId, counts });
    const otlp = await startOwnExport(config, own, options, agent);
    const { createAlertOutput } = await import('../telemetry/logs/output.ts');
    const alerts = config.traps
      ? await createAlertOutput({ config: { ...config, agent_id: agentId }, log, self, agent })
      : undefined;
    return {
      key,
      own,
      alerts,
      async close() {
        await Promise.all([otlp?.close(), alerts?.flush(FLUSH_MS).then(() => alerts.close())]);
        await own.close();
      },
    };
  }

  return {
    text: async () => (await current?.own.text()) ?? '',
    unknown: (trap) => current?.alerts?.unknown(trap),
    foreign(system, trap) {
      const config = foreign.get(system);
      current?.alerts?.unknown(trap, config ? settingsOf(config) : undefined);
    },
    async prepare(target) {
      const next = target.key === current?.key ? undefined : await open(target);
      return {
        async commit() {
          foreign = new Map(target.foreign.map((config) => [config.name, config]));
          if (!next) return;
          const before = current;
          current = next;
          // It flushes, which may take its time: nobody waits for that.
          before?.close().catch((error: unknown) => {
            options.log.error({ err: error }, 'own outputs did not close');
          });
        },
        abort: async () => void (await next?.close()),
      };
    },
    close: async () => void (await current?.close()),
  };
}

/** The agent's own metrics over OTLP; the arrays' go out from the workers. */
async function startOwnExport(
  config: Config,
  own: OwnTelemetry,
  { log, self }: { readonly log: RootLog; readonly self: SelfMetrics },
  agent: { version: string; namespace?: string },
) {
  const otlp = otlpOf(config.otlp, process.env);
  if (!otlp?.metrics) return undefined;
  const { createMetricExport } = await import('../telemetry/otlp/metrics.ts');
  const metrics = createMetricExport({ otlp, log, self, agent });
  const send = async () => metrics.own(await own.collect());
  const timer = setInterval(() => {
    send().catch((error: unknown) =>
      log.error({ err: error }, 'own metrics could not be exported'),
    );
  }, otlp.intervalMs);
  return {
    async close() {
      clearInterval(timer);
      await send();
      await metrics.flush(FLUSH_MS);
      await metrics.close();
    },
  };
}
