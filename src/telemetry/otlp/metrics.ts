/**
 * Metrics of the arrays to OTLP: each new performance sample once and at the array's own time;
 * inventory, status and capacity at the export interval.
 */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Storage } from '../../driver/records.ts';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { countRows } from '../../backend/columns.ts';
import type { PerfColumns, Snapshot } from '../../backend/snapshot.ts';
import type { Log } from '../../driver/driver.ts';
import { createIdentities } from '../labels.ts';
import type { SelfMetrics } from '../self.ts';
import { encodingOf, forSignal, type OtlpSettings } from './config.ts';
import type { BatchSink } from './delegate.ts';
import { countPoints, createMetricExporter } from './exporters.ts';
import {
  createCollection,
  hrTimeOf,
  inBatches,
  METRICS_SCOPE,
  type Collection,
  type Scope,
} from './points.ts';
import { createSampleEncoder } from './encode.ts';
import {
  addState,
  encodedBatches,
  newerThan,
  newestOf,
  sampleBatches,
  type Gathered,
  type Marks,
} from './gather.ts';
import { createResourceStore, type AgentIdentity } from './resource.ts';

/** What receivers accept by default without a word about size. */
const MAX_BATCH_POINTS = 8_000;
/** Samples that wait to be serialised: a receiver of batches that stands still must not fill the heap. */
const MAX_DUE_SAMPLES = 2_000_000;

export interface MetricExportOptions {
  readonly otlp: OtlpSettings;
  readonly log: Log;
  readonly self: SelfMetrics;
  readonly agent: AgentIdentity;
  /** Takes the serialised batches; a queue of its own that delivers them if absent. */
  readonly sink?: MetricSink;
  /** First wait after a failure; tests shorten it. */
  readonly firstRetryMs?: number;
}

/** A sink that may be in another thread. */
export interface MetricSink extends BatchSink {
  /** Resolves when it takes another batch. */
  ready?(): Promise<void>;
  /** So many samples will be added; negative: they are not to come any more. */
  due?(items: number): void;
  /** How far the samples of an array had come in an earlier time. */
  marksOf?(system: string): Promise<Marks>;
  /** So far they have been added. */
  mark?(system: string, marks: Marks): void;
}

export interface MetricExport {
  /** What an array said of itself, before it is read again. */
  remember(system: string, storage: Storage): void;
  /** Samples that are new; `left` are families that the series limit took. */
  samples(snapshot: Snapshot, fresh: readonly PerfColumns[], left?: ReadonlySet<number>): void;
  /** The state that goes out at the next export interval; the first one of an array at once. */
  inventory(snapshot: Snapshot, left?: ReadonlySet<number>): void;
  /** The agent's own metrics. */
  own(metrics: ResourceMetrics): void;
  /** An array is no longer there. */
  forget(system: string): void;
  /** Resolves when what was given is with the queue. */
  settled(): Promise<void>;
  /** Sends what is there, at most this long. Whether everything was delivered. */
  flush(deadlineMs: number): Promise<boolean>;
  close(): Promise<void>;
}

const NOTHING_LEFT: ReadonlySet<number> = new Set();

export function createMetricExport(options: MetricExportOptions): MetricExport {
  const { otlp, agent, log, self, sink } = options;
  const { exporter, delegate } = createMetricExporter(options);
  const encoding = encodingOf(forSignal(otlp, 'metrics').protocol);
  const resources = createResourceStore(agent, otlp.resource);
  const scope: Scope = { name: METRICS_SCOPE, version: agent.version };
  const start = hrTimeOf(Date.now());
  const systems = new Map<string, Gathered>();
  /** Those of which samples have been exported since the start. */
  const begun = new WeakSet<Gathered>();
  /** Batches are made one by one, in order, with others let in between. */
  let work: Promise<void> = Promise.resolve();

  /** Samples that are announced and not exported yet. */
  let due = 0;
  const announce = (items: number) => {
    due += items;
    sink?.due?.(items);
  };

  function exportPoints(batch: ResourceMetrics): number {
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- two builds of one package
    exporter.export(batch, () => {});
    return countPoints(batch);
  }

  /** Exports what is made. `samples`: how many of it were announced. */
  function queue<T>(
    make: () => Iterable<T> | Promise<Iterable<T>>,
    exportOne: (batch: T) => number,
    samples = 0,
  ): void {
    const before = work;
    let left = samples;
    const run = async () => {
      await before;
      for (const batch of await make()) {
        await sink?.ready?.();
        const handed = Math.min(left, exportOne(batch));
        left -= handed;
        if (handed > 0) announce(-handed);
        await yieldToOthers();
      }
    };
    work = run()
      .catch((error: unknown) => log.error({ err: error }, 'metrics could not be exported'))
      // What has no place in the catalog was never to be exported.
      .finally(() => announce(-left));
  }

  function knownOf(snapshot: Snapshot, left: ReadonlySet<number>): Gathered {
    let known = systems.get(snapshot.system);
    if (!known) {
      known = {
        identities: createIdentities(snapshot.system),
        attributes: new WeakMap(),
        encoded: new WeakMap(),
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
    }, exportPoints);
  }

  /** Without what an earlier process has sent: the first window reaches into its time. */
  async function unsentOf(known: Gathered, fresh: readonly PerfColumns[]) {
    if (otlp.queueDir === undefined || begun.has(known)) return fresh;
    const marks = await sink?.marksOf?.(known.snapshot.system);
    begun.add(known);
    return newerThan(marks ?? {}, fresh);
  }

  function exportSamples(
    known: Gathered,
    snapshot: Snapshot,
    fresh: readonly PerfColumns[],
    count: number,
  ): void {
    if (encoding === 'http/json') {
      const begin = () => collect(known, snapshot);
      return queue(
        async () => sampleBatches(known, await unsentOf(known, fresh), begin, MAX_BATCH_POINTS),
        exportPoints,
        count,
      );
    }
    const encode = async () => {
      const head = { resource: resources.of(snapshot), scopeMetrics: [{ scope, metrics: [] }] };
      const encoder = createSampleEncoder(head, known.encoded);
      return encodedBatches(known, await unsentOf(known, fresh), encoder, MAX_BATCH_POINTS);
    };
    queue(
      encode,
      ({ body, points }) => {
        delegate.add(body, points);
        return points;
      },
      count,
    );
  }

  const timer = setInterval(() => {
    for (const known of systems.values()) exportState(known);
  }, otlp.intervalMs);
  timer.unref();

  return {
    remember: (system, storage) => resources.remember(system, storage),
    samples(snapshot, fresh, left = NOTHING_LEFT) {
      const known = knownOf(snapshot, left);
      const count = countRows(fresh);
      if (due + count > MAX_DUE_SAMPLES) {
        self.add('delfin_otlp_dropped_items_total', ['metrics', 'queue_full'], count);
        return;
      }
      announce(count);
      exportSamples(known, snapshot, fresh, count);
      if (otlp.queueDir === undefined) return;
      queue(
        () => [newestOf(fresh)],
        (marks) => {
          sink?.mark?.(snapshot.system, marks);
          return 0;
        },
      );
    },
    inventory(snapshot, left = NOTHING_LEFT) {
      const before = systems.get(snapshot.system)?.snapshot;
      const known = knownOf(snapshot, left);
      const first = before === undefined || before.inventoryTime === undefined;
      if (first || before.up !== snapshot.up) exportState(known);
    },
    own: (metrics) => queue(() => inBatches(metrics, MAX_BATCH_POINTS), exportPoints),
    forget(system) {
      systems.delete(system);
      resources.forget(system);
    },
    settled: () => work,
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
