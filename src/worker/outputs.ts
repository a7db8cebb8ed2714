/** Where the results of a thread's backends go: text to the main thread, OTLP to the receiver. */
import type { AlertTrackerOptions } from '../backend/alerts/tracker.ts';
import type { BackendOutput } from '../backend/knowledge.ts';
import type { BackendSettings } from '../backend/settings.ts';
import type { Snapshot } from '../backend/snapshot.ts';
import type { Config } from '../config/schema.ts';
import type { Traffic } from '../driver/transports.ts';
import type { RootLog } from '../log.ts';
import type { AlertOutput } from '../telemetry/logs/output.ts';
import type { MetricExport } from '../telemetry/otlp/metrics.ts';
import { createRenderer, type RenderDrops } from '../telemetry/prometheus/render.ts';
import { createSelfMetrics, type SelfMetrics } from '../telemetry/self.ts';
import { VERSION } from '../version.ts';
import type { Send } from './messages.ts';

const SELF_INTERVAL_MS = 2_000;
const FLUSH_MS = 5_000;

const DROP_REASONS = [
  'invalid_record',
  'invalid_field',
  'unknown_value',
  'duplicate',
  'invalid_series',
  'invalid_sample',
  'late_sample',
  'list_limit',
  'series_limit',
] as const;

export interface Outputs {
  forBackend(settings: BackendSettings): BackendOutput;
  trackerOptions(settings: BackendSettings): AlertTrackerOptions;
  /** A backend is no longer there. */
  forget(system: string): void;
  /** Flushes the exports. */
  close(): Promise<void>;
}

export async function createOutputs(config: Config, log: RootLog, send: Send): Promise<Outputs> {
  const self = createSelfMetrics();
  const metrics = await openMetricExport(config, log, self);
  const alerts = await openAlertOutput(config, log, self);
  const snapshots = new Map<string, Snapshot>();
  const sendSelf = () => send({ type: 'self', counts: self.counts() });
  const timer = setInterval(sendSelf, SELF_INTERVAL_MS);
  timer.unref();

  return {
    forBackend(settings) {
      const renderer = createRenderer(settings.maxSeries);
      let before: RenderDrops = { limit: 0, duplicate: 0, unnamed: 0 };
      const system = settings.name;
      startCounters(self, system);
      let traffic: Traffic = { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };
      return {
        snapshot(snapshot, fresh) {
          snapshots.set(system, snapshot);
          const { exposition, drops, left } = renderer.render(snapshot);
          const buffers = [...exposition.changed.values()].flatMap((chunk) =>
            chunk ? [chunk.plain.buffer, chunk.deflated.buffer] : [],
          );
          self.set('delfin_series_active', [system], exposition.series);
          countRise(self, [system, 'series_limit'], before.limit, drops.limit);
          countRise(self, [system, 'duplicate_labels'], before.duplicate, drops.duplicate);
          countRise(self, [system, 'unnamed'], before.unnamed, drops.unnamed);
          before = drops;
          send({ type: 'exposition', exposition }, buffers);
          metrics?.inventory(snapshot, left);
          if (fresh.length > 0) metrics?.samples(snapshot, fresh, left);
        },
        status(status) {
          countTraffic(self, system, traffic, status.traffic);
          traffic = status.traffic;
          send({ type: 'status', status });
        },
        run(kind, run, problems) {
          self.add('delfin_collection_runs_total', [system, kind]);
          self.set(
            'delfin_collection_last_duration_seconds',
            [system, kind],
            run.duration_ms / 1_000,
          );
          if (run.ok)
            self.set(
              'delfin_collection_last_success_timestamp_seconds',
              [system, kind],
              run.at / 1_000,
            );
          for (const problem of problems) {
            self.add('delfin_collection_errors_total', [system, kind, problem.error_type]);
          }
          sendSelf();
        },
        trapDropped: (reason) => self.add('delfin_trap_dropped_total', [reason]),
        drop: (reason, count) => self.add('delfin_series_dropped_total', [system, reason], count),
        skipped: (kind, count) =>
          self.add('delfin_collection_skipped_total', [system, kind], count),
      };
    },
    trackerOptions: (settings) => ({
      system: settings.name,
      onOverflow: () => self.add('delfin_alert_dropped_total', ['tracker_full']),
      onTransition: (transition) => alerts.emit(transition, snapshots.get(settings.name), settings),
    }),
    forget(system) {
      snapshots.delete(system);
      self.forget(system);
      metrics?.forget(system);
    },
    async close() {
      clearInterval(timer);
      await Promise.all([metrics?.flush(FLUSH_MS), alerts.flush(FLUSH_MS)]);
      await Promise.all([metrics?.close(), alerts.close()]);
      sendSelf();
    },
  };
}

/** The exporters and the SDK cost memory: they are loaded where something is exported. */
async function openMetricExport(
  config: Config,
  log: RootLog,
  self: SelfMetrics,
): Promise<MetricExport | undefined> {
  const { otlpOf } = await import('../telemetry/otlp/config.ts');
  const otlp = otlpOf(config.otlp, process.env);
  if (!otlp?.metrics) return undefined;
  const { createMetricExport } = await import('../telemetry/otlp/metrics.ts');
  return createMetricExport({ otlp, log, self, agent: agentOf(config) });
}

async function openAlertOutput(
  config: Config,
  log: RootLog,
  self: SelfMetrics,
): Promise<AlertOutput> {
  const { createAlertOutput } = await import('../telemetry/logs/output.ts');
  return await createAlertOutput({ config, log, self, agent: agentOf(config) });
}

function agentOf(config: Config): { version: string; namespace?: string } {
  return {
    version: VERSION,
    ...(config.service_namespace ? { namespace: config.service_namespace } : {}),
  };
}

/** Counters are there from the start, at zero: the first event must not go unseen by `increase()`. */
function startCounters(self: SelfMetrics, system: string): void {
  for (const kind of ['inventory', 'performance', 'alerts']) {
    self.add('delfin_collection_runs_total', [system, kind], 0);
    self.add('delfin_collection_skipped_total', [system, kind], 0);
  }
  for (const reason of DROP_REASONS) self.add('delfin_series_dropped_total', [system, reason], 0);
}

/** The same series left out again, page by page, are counted once. */
function countRise(
  self: SelfMetrics,
  labels: readonly string[],
  before: number,
  now: number,
): void {
  if (now > before) self.add('delfin_series_dropped_total', labels, now - before);
}

function countTraffic(self: SelfMetrics, system: string, before: Traffic, now: Traffic): void {
  self.add('delfin_backend_requests_total', [system], now.requests - before.requests);
  self.add('delfin_backend_request_errors_total', [system], now.errors - before.errors);
  self.add(
    'delfin_backend_received_bytes_total',
    [system],
    now.bytesReceived - before.bytesReceived,
  );
}
