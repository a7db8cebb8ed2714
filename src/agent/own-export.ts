/** What the main thread exports itself: the agent's own numbers, and traps of no backend. */
import type { LoadedConfig } from '../config/load.ts';
import type { RootLog } from '../log.ts';
import { otlpOf } from '../telemetry/otlp/config.ts';
import type { OwnTelemetry } from '../telemetry/own.ts';
import type { SelfMetrics } from '../telemetry/self.ts';
import { VERSION } from '../version.ts';

/** The agent's own metrics over OTLP; the arrays' go out from the workers. */
export async function startOwnExport(
  { config }: LoadedConfig,
  own: OwnTelemetry,
  log: RootLog,
  self: SelfMetrics,
) {
  const otlp = otlpOf(config.otlp, process.env);
  if (!otlp?.metrics) return undefined;
  const { createMetricExport } = await import('../telemetry/otlp/metrics.ts');
  const metrics = createMetricExport({ otlp, log, self, agent: agentOf(config) });
  const send = async () => metrics.own(await own.collect());
  const timer = setInterval(() => {
    send().catch((error: unknown) =>
      log.error({ err: error }, 'own metrics could not be exported'),
    );
  }, otlp.intervalMs);
  return {
    async close(deadlineMs: number) {
      clearInterval(timer);
      await send();
      await metrics.flush(deadlineMs);
      await metrics.close();
    },
  };
}

function agentOf(config: LoadedConfig['config']): { version: string; namespace?: string } {
  return {
    version: VERSION,
    ...(config.service_namespace ? { namespace: config.service_namespace } : {}),
  };
}

/** For traps that belong to no backend; the backends' alerts go out from their workers. */
export async function openAlertOutput({ config }: LoadedConfig, log: RootLog, self: SelfMetrics) {
  const { createAlertOutput } = await import('../telemetry/logs/output.ts');
  return await createAlertOutput({ config, log, self, agent: agentOf(config) });
}
