/** Where the results of a thread's backends go: text to the main thread, what is exported to the egress. */
import type { MessagePort } from 'node:worker_threads';
import type { AlertInlet } from '../backend/alerts/tracker.ts';
import type { BackendOutput } from '../backend/knowledge.ts';
import type { BackendSettings } from '../backend/settings.ts';
import { namespaceOf } from '../config/listen.ts';
import type { Config } from '../config/schema.ts';
import type { Traffic } from '../driver/transports.ts';
import { createEgressLink, type EgressLink } from '../egress/link.ts';
import type { RootLog } from '../log.ts';
import type { Prepared } from '../prepared.ts';
import type { ArrayIdentity } from '../telemetry/logs/resource.ts';
import type { EntityExport } from '../telemetry/entities/export.ts';
import type { Signal } from '../telemetry/otlp/config.ts';
import type { MetricExport } from '../telemetry/otlp/metrics.ts';
import { createRenderer, type RenderDrops } from '../telemetry/prometheus/render.ts';
import { createSelfMetrics, type SelfMetrics } from '../telemetry/self.ts';
import { VERSION } from '../version.ts';
import type { Send } from './messages.ts';

const SELF_INTERVAL_MS = 2_000;
/** After a round its numbers are told with those of the others that end in this time. */
const SELF_DELAY_MS = 200;
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
  /** The egress is at the other end from now on. */
  attachEgress(port: MessagePort): void;
  /** The exports of another configuration; backends go on. @throws Error if they can't be built. */
  prepare(config: Config): Promise<Prepared>;
  forBackend(settings: BackendSettings): BackendOutput;
  alertsOf(settings: BackendSettings): AlertInlet;
  /** Resolves when the numbers of now were told. */
  told(): Promise<void>;
  /** A backend is no longer there. */
  forget(system: string): void;
  /** Hands over what is left. */
  close(): Promise<void>;
}

export function createOutputs(log: RootLog, send: Send): Outputs {
  const self = createSelfMetrics();
  const link = createEgressLink(self);
  let metrics: MetricExport | undefined;
  let entities: EntityExport | undefined;
  let varbinds = false;
  link.onKnown((system, storage) => {
    metrics?.remember(system, storage);
    entities?.remember(system, storage);
  });
  let told = Promise.withResolvers<void>();
  let soon: NodeJS.Timeout | undefined;
  function sendSelf(): void {
    clearTimeout(soon);
    soon = undefined;
    send({ type: 'self', counts: self.counts() });
    told.resolve();
    told = Promise.withResolvers();
  }
  const sendSelfSoon = () => void (soon ??= setTimeout(sendSelf, SELF_DELAY_MS).unref());
  const timer = setInterval(sendSelf, SELF_INTERVAL_MS);
  timer.unref();

  return {
    attachEgress: link.attach,
    async prepare(config) {
      const next = await openExports(config, log, self, link);
      return {
        async commit() {
          const before = [metrics, entities];
          ({ metrics, entities } = next);
          varbinds = config.traps?.varbinds ?? false;
          await within(FLUSH_MS, async () => {
            for (const one of before) await one?.close();
          });
        },
        async abort() {
          await next.metrics?.close();
          await next.entities?.close();
        },
      };
    },
    forBackend(settings) {
      const renderer = createRenderer(settings.maxSeries);
      let before: RenderDrops = { limit: 0, duplicate: 0, unnamed: 0 };
      const system = settings.name;
      startCounters(self, system);
      self.set('delfin_backend_legacy_crypto', [system], settings.legacyCrypto ? 1 : 0);
      let traffic: Traffic = { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };
      return {
        snapshot(snapshot, fresh) {
          if (snapshot.inventory.storage) link.identify(system, snapshot.inventory.storage);
          const { exposition, drops, left } = renderer.render(snapshot);
          const buffers = [...exposition.changed.values()].flatMap((chunk) =>
            chunk ? [chunk.deflated.buffer] : [],
          );
          self.set('delfin_series_active', [system], exposition.series);
          countRise(self, [system, 'series_limit'], before.limit, drops.limit);
          countRise(self, [system, 'duplicate_labels'], before.duplicate, drops.duplicate);
          countRise(self, [system, 'unnamed'], before.unnamed, drops.unnamed);
          before = drops;
          send({ type: 'exposition', exposition }, buffers);
          metrics?.inventory(snapshot, left);
          entities?.snapshot(snapshot);
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
          sendSelfSoon();
        },
        alertSources: (addresses) => send({ type: 'alert-sources', system, addresses }),
        trapDropped: (reason) => self.add('delfin_trap_dropped_total', [reason]),
        drop: (reason, count) => self.add('delfin_series_dropped_total', [system, reason], count),
        skipped: (kind, count) =>
          self.add('delfin_collection_skipped_total', [system, kind], count),
      };
    },
    told() {
      sendSelfSoon();
      return told.promise;
    },
    alertsOf: (settings) => link.alertsOf(arrayOf(settings), { varbinds: () => varbinds }),
    forget(system) {
      link.forget(system);
      self.forget(system);
      metrics?.forget(system);
      entities?.forget(system);
    },
    async close() {
      clearInterval(timer);
      await within(FLUSH_MS, async () => {
        await metrics?.close();
        await entities?.close();
        await link.settled();
      });
      sendSelf();
    },
  };
}

/** The exporters and the SDK cost memory: they are loaded where something is exported. */
async function openExports(
  config: Config,
  log: RootLog,
  self: SelfMetrics,
  link: EgressLink,
): Promise<{ metrics?: MetricExport; entities?: EntityExport }> {
  const { encodingOf, forSignal, otlpOf } = await import('../telemetry/otlp/config.ts');
  const otlp = otlpOf(config.otlp, process.env);
  if (!otlp) return {};
  const optionsOf = (signal: Signal) => ({
    otlp,
    log,
    self,
    agent: { version: VERSION, ...namespaceOf(config) },
    sink: link.sinkOf(encodingOf(forSignal(otlp, signal).protocol), signal),
  });
  const opened: { metrics?: MetricExport; entities?: EntityExport } = {};
  if (otlp.metrics) {
    const { createMetricExport } = await import('../telemetry/otlp/metrics.ts');
    opened.metrics = createMetricExport(optionsOf('metrics'));
  }
  if (otlp.entities && otlp.logs) {
    const { createEntityExport } = await import('../telemetry/entities/export.ts');
    opened.entities = createEntityExport(optionsOf('logs'));
  }
  return opened;
}

function arrayOf({ name, vendor, model, labels }: BackendSettings): ArrayIdentity {
  return { name, vendor, model, labels };
}

/** The egress may be gone: what is not taken in time is lost with this thread. */
async function within(ms: number, work: () => Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([work(), late.promise]);
  clearTimeout(timer);
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
