/** The agent's own numbers over OTLP: counts of the main thread through the SDK's instruments. */
import { agentIdOf, namespaceOf } from '../config/listen.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../driver/driver.ts';
import type { OtlpSettings } from '../telemetry/otlp/config.ts';
import type { BatchSink } from '../telemetry/otlp/delegate.ts';
import { createMetricExport } from '../telemetry/otlp/metrics.ts';
import { createOwnTelemetry } from '../telemetry/own.ts';
import type { SelfCounts, SelfMetrics } from '../telemetry/self.ts';
import { VERSION } from '../version.ts';

export interface OwnExport {
  /** Sends these numbers. */
  send(counts: SelfCounts): Promise<void>;
  close(): Promise<void>;
}

export interface OwnExportOptions {
  readonly config: Config;
  readonly otlp: OtlpSettings;
  readonly log: Log;
  readonly self: SelfMetrics;
  readonly sink: BatchSink;
  /** The numbers are due. */
  onDue(): void;
}

export function createOwnExport(options: OwnExportOptions): OwnExport {
  const { config, otlp } = options;
  let latest: SelfCounts = new Map();
  const own = createOwnTelemetry({
    version: VERSION,
    agentId: agentIdOf(config),
    ...namespaceOf(config),
    common: otlp.resource,
    counts: () => latest,
  });
  const metrics = createMetricExport({ ...options, agent: { version: VERSION } });
  const timer = setInterval(options.onDue, otlp.intervalMs);
  timer.unref();
  return {
    async send(counts) {
      latest = counts;
      metrics.own(await own.collect());
      await metrics.settled();
    },
    async close() {
      clearInterval(timer);
      await metrics.close();
      await own.close();
    },
  };
}
