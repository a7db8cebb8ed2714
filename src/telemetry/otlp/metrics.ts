/**
 * Metrics of the arrays to OTLP: each new performance sample once and at the array's own time;
 * inventory, status and capacity at the export interval.
 */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { HrTime } from '@opentelemetry/api';
import type { CollectionResult, MetricProducer, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Inventory, PerfSeries, Snapshot } from '../../backend/snapshot.ts';
import type { Log } from '../../driver/driver.ts';
import { createIdentities, type Identities } from '../labels.ts';
import { placeOf, visitInventory, visitPerformance, type Visit } from '../rows.ts';
import type { SelfMetrics } from '../self.ts';
import type { OtlpSettings } from './config.ts';
import { createMetricExporter } from './exporters.ts';
import {
  createCollection,
  hrTimeOf,
  type AttributeCache,
  type Collection,
  type Scope,
} from './points.ts';
import { createResourceStore, type AgentIdentity } from './resource.ts';

/** What receivers accept by default without a word about size. */
export const MAX_BATCH_POINTS = 8_000;

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

interface Known {
  readonly identities: Identities;
  readonly attributes: AttributeCache;
  /** The lists that the identities were named by. */
  named?: Inventory;
  snapshot: Snapshot;
  left: ReadonlySet<number>;
}

const NOTHING_LEFT: ReadonlySet<number> = new Set();

export function createMetricExport(options: MetricExportOptions): MetricExport {
  const { otlp, agent, log } = options;
  const { exporter, delegate } = createMetricExporter(options);
  const resources = createResourceStore(agent, otlp.resource);
  const scope: Scope = { name: 'delfin.metrics', version: agent.version };
  const start = hrTimeOf(Date.now());
  const systems = new Map<string, Known>();
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

  function knownOf(snapshot: Snapshot, left: ReadonlySet<number>): Known {
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

  function collect(known: Known, snapshot: Snapshot): Collection {
    const { attributes } = known;
    return createCollection({ resource: resources.of(snapshot), scope, start, attributes });
  }

  function exportState(known: Known): void {
    queue(() => {
      const collection = collect(known, known.snapshot);
      addState(known, collection, hrTimeOf(Date.now()), otlp.repeatLast);
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
    own: (metrics) => queue(() => [metrics]),
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

function addState(known: Known, collection: Collection, time: HrTime, withSamples: boolean): void {
  const { snapshot, identities, left } = known;
  identities.next();
  known.named = snapshot.inventory;
  const visit: Visit = (family, identity, extra, value) => {
    if (!left.has(family.index)) collection.add(family, identity, extra, time, value);
  };
  visitInventory(snapshot, identities, visit);
  visitPerformance(snapshot, identities, (family, identity, extra, value) => {
    if (withSamples || family.group !== 'performance') visit(family, identity, extra, value);
  });
}

function addSamples(known: Known, fresh: readonly PerfSeries[], collection: Collection): void {
  const { snapshot, identities, left } = known;
  if (!sameLists(known.named, snapshot.inventory)) {
    // The names of the inventory at hand: the same labels as on the page.
    identities.next();
    visitInventory(snapshot, identities, () => {});
    known.named = snapshot.inventory;
  }
  const times = new Map<number, HrTime>();
  for (const series of fresh) {
    const place = placeOf(series, identities);
    if (!place || left.has(place.family.index)) continue;
    for (const [index, ms] of series.times.entries()) {
      const value = series.values[index];
      if (value === undefined || !Number.isFinite(value)) continue;
      let time = times.get(ms);
      if (!time) times.set(ms, (time = hrTimeOf(ms)));
      collection.add(place.family, place.identity, [], time, value);
    }
  }
}

function sameLists(a: Inventory | undefined, b: Inventory): boolean {
  if (!a) return false;
  const names = Object.keys({ ...a, ...b }) as (keyof Inventory)[];
  return names.every((name) => a[name] === b[name]);
}

/**
 * The arrays' metrics for any MetricReader of the SDK: what the newest snapshot says, each
 * performance value at the array's own time.
 */
export class SnapshotProducer implements MetricProducer {
  readonly #snapshot: () => Snapshot;
  readonly #agent: AgentIdentity;
  readonly #start: HrTime = hrTimeOf(Date.now());
  readonly #identities: Identities;

  constructor(snapshot: () => Snapshot, agent: AgentIdentity) {
    this.#snapshot = snapshot;
    this.#agent = agent;
    this.#identities = createIdentities(snapshot().system);
  }

  async collect(): Promise<CollectionResult> {
    const snapshot = this.#snapshot();
    const resource = createResourceStore(this.#agent, {}).of(snapshot);
    const scope = { name: 'delfin.metrics', version: this.#agent.version };
    const attributes: AttributeCache = new WeakMap();
    const collection = createCollection({ resource, scope, start: this.#start, attributes });
    const known = { snapshot, identities: this.#identities, attributes, left: NOTHING_LEFT };
    addState(known, collection, hrTimeOf(Date.now()), false);
    addSamples(known, snapshot.performance, collection);
    const [resourceMetrics = { resource, scopeMetrics: [] }] = collection.batches(Infinity);
    return { resourceMetrics, errors: [] };
  }
}
