/**
 * Metrics of the arrays to OTLP: each new performance sample once and at the array's own time;
 * inventory, status and capacity at the export interval.
 */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { PerfSeries, Snapshot } from '../../backend/snapshot.ts';
import type { Log } from '../../driver/driver.ts';
import { createIdentities } from '../labels.ts';
import type { SelfMetrics } from '../self.ts';
import type { OtlpSettings } from './config.ts';
import { createMetricExporter } from './exporters.ts';
import {
  createCollection,
  hrTimeOf,
  inBatches,
  METRICS_SCOPE,
  type Collection,
  type Scope,
} from './points.ts';
import { addSamples, addState, type Gathered } from './gather.ts';
import { createResourceStore, type AgentIdentity } from './resource.ts';

/** What receivers accept by default without a word about size. */
const MAX_BATCH_POINTS = 8_000;

export interface MetricExportOptions {
  readonly otlp: OtlpSettings;
  readonly log: Log;
  readonly self: SelfMetrics;
  readonly agent: AgentIdentity;
  /** First wait after a failure; tests shorten it. */
  readonly firstRetryMs?: number;
}

export interface MetricExport {
  /** Samples that are new; `left` are families that the series limit took. */
  samples(snapshot: Snapshot, fresh: readonly PerfSeries[], left?: ReadonlySet<number>): void;
  /** The state that goes out at the next export interval; the first one of an array at once. */
  inventory(snapshot: Snapshot, left?: ReadonlySet<number>): void;
  /** The agent's own metrics. */
  own(metrics: ResourceMetrics): void;
  /** An array is no longer there. */
  forget(system: string): void;
  /** Sends what is there, at most this long. Whether everything was delivered. */
  flush(deadlineMs: number): Promise<boolean>;
  close(): Promise<void>;
}

const NOTHING_LEFT: ReadonlySet<number> = new Set();

export function createMetricExport(options: MetricExportOptions): MetricExport {
  const { otlp, agent, log } = options;
  const { exporter, delegate } = createMetricExporter(options);
  const resources = createResourceStore(agent, otlp.resource);
  const scope: Scope = { name: METRICS_SCOPE, version: agent.version };
  const start = hrTimeOf(Date.now());
  const systems = new Map<string, Gathered>();
  /** Batches are made one by one, in order, with others let in between. */
  let work: Promise<void> = Promise.resolve();

  function queue(make: () => Iterable<ResourceMetrics>): void {
    const before = work;
    const run = async () => {
      await before;
      for (const batch of make()) {
        // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- two builds of one package
        exporter.export(batch, () => {});
        await yieldToOthers();
      }
    };
    work = run().catch((error: unknown) => {
      log.error({ err: error }, 'metrics could not be exported');
    });
  }

  function knownOf(snapshot: Snapshot, left: ReadonlySet<number>): Gathered {
    let known = systems.get(snapshot.system);
    if (!known) {
      known = {
        identities: createIdentities(snapshot.system),
        attributes: new WeakMap(),
        snapshot,
        left,
      };
      systems.set(snapshot.system, known);
    }
    known.snapshot = snapshot;
    known.left = left;
    return known;
  }

  function collect(known: Gathered, snapshot: Snapshot): Collection {
    const { attributes } = known;
    return createCollection({ resource: resources.of(snapshot), scope, start, attributes });
  }

  function exportState(known: Gathered): void {
    queue(() => {
      const collection = collect(known, known.snapshot);
      addState(known, collection, {
        time: hrTimeOf(Date.now()),
        withSamples: otlp.repeatLast,
      });
      return collection.batches(MAX_BATCH_POINTS);
    });
  }

  const timer = setInterval(() => {
    for (const known of systems.values()) exportState(known);
  }, otlp.intervalMs);
  timer.unref();

  return {
    samples(snapshot, fresh, left = NOTHING_LEFT) {
      const known = knownOf(snapshot, left);
      queue(() => {
        const collection = collect(known, snapshot);
        addSamples(known, fresh, collection);
        return collection.batches(MAX_BATCH_POINTS);
      });
    },
    inventory(snapshot, left = NOTHING_LEFT) {
      const before = systems.get(snapshot.system)?.snapshot;
      const known = knownOf(snapshot, left);
      const first = before === undefined || before.inventoryTime === undefined;
      if (first || before.up !== snapshot.up) exportState(known);
    },
    own: (metrics) => queue(() => inBatches(metrics, MAX_BATCH_POINTS)),
    forget(system) {
      systems.delete(system);
      resources.forget(system);
    },
    async flush(deadlineMs) {
      await work;
      return await delegate.flush(deadlineMs);
    },
    async close() {
      clearInterval(timer);
      await work;
      await exporter.shutdown();
    },
  };
}
