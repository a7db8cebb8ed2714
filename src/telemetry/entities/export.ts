/**
 * Entity events: the state of each object when it changes and every hour, its deletion when a whole
 * list lacks it. Records of the OpenTelemetry specification's entity events.
 */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Inventory, Snapshot } from '../../backend/snapshot.ts';
import type { Storage } from '../../driver/records.ts';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Log } from '../../driver/driver.ts';
import type { OtlpSettings } from '../otlp/config.ts';
import type { MetricSink } from '../otlp/metrics.ts';
import { createLogExporter } from '../otlp/exporters.ts';
import { hrTimeOf } from '../otlp/points.ts';
import { createResourceStore, type AgentIdentity } from '../otlp/resource.ts';
import type { SelfMetrics } from '../self.ts';
import { entitiesOf, type Entity, type Target } from './graph.ts';

type Attributes = ReadableLogRecord['attributes'];

/** How often the state of everything is sent. */
const REPORT_MS = 3_600_000;
const BATCH = 512;

export interface EntityExportOptions {
  readonly otlp: OtlpSettings;
  readonly log: Log;
  readonly self: SelfMetrics;
  readonly agent: AgentIdentity;
  readonly sink: MetricSink;
  /** Monotonic, ms; for tests. */
  readonly clock?: () => number;
}

export interface EntityExport {
  /** What an array said of itself, before it is read again. */
  remember(system: string, storage: Storage): void;
  snapshot(snapshot: Snapshot): void;
  forget(system: string): void;
  /** Resolves when what was given is with the queue. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Known {
  /** Key of an entity -> what was told of it. */
  readonly told: Map<string, Told>;
  /** The lists told last. */
  inventory: Inventory | undefined;
  /** Given and not yet told. */
  next: Snapshot | undefined;
  reportedAt: number;
}

interface Told {
  readonly target: Target;
  readonly list: keyof Inventory;
  readonly sum: number;
  /** The round that has seen it last. */
  round: number;
}

export function createEntityExport(options: EntityExportOptions): EntityExport {
  const { otlp, agent, log, sink } = options;
  const clock = options.clock ?? (() => performance.now());
  const { exporter } = createLogExporter(options);
  const resources = createResourceStore(agent, otlp.resource);
  const scope = { name: 'delfin.entities', version: agent.version };
  const systems = new Map<string, Known>();
  let work: Promise<void> = Promise.resolve();
  let lastRound = 0;

  async function tell(system: string, known: Known): Promise<void> {
    const snapshot = known.next;
    known.next = undefined;
    if (!snapshot || systems.get(system) !== known) return;
    const isDue = clock() - known.reportedAt >= REPORT_MS;
    if (isDue) known.reportedAt = clock();
    lastRound += 1;
    const round = lastRound;
    const resource = resources.of(snapshot);
    let records: ReadableLogRecord[] = [];
    const send = async () => {
      if (records.length === 0) return;
      await sink.ready?.();
      exporter.export(records, () => {});
      records = [];
      await yieldToOthers();
    };
    const add = async (eventName: string, attributes: Attributes) => {
      const now = hrTimeOf(Date.now());
      records.push({
        eventName,
        attributes,
        resource,
        hrTime: now,
        hrTimeObserved: now,
        instrumentationScope: scope,
        droppedAttributesCount: 0,
      });
      if (records.length >= BATCH) await send();
    };
    let seen = 0;
    for (const entity of entitiesOf(snapshot)) {
      const { type, id, list } = entity;
      const key = JSON.stringify([type, ...Object.values(id)]);
      const attributes = stateOf(entity);
      const sum = crc32(JSON.stringify(attributes));
      const before = known.told.get(key);
      known.told.set(key, { target: { type, id }, list, sum, round });
      if (isDue || before?.sum !== sum) await add('entity.state', attributes);
      seen += 1;
      if (seen % BATCH === 0) await yieldToOthers();
    }
    for (const [key, { target, list, round: last }] of known.told) {
      // What a list lacks that failed or is not whole may still be there.
      const isWhole = snapshot.inventory[list] && snapshot.wholeLists?.has(list);
      if (last === round || !isWhole) continue;
      known.told.delete(key);
      await add('entity.delete', { 'entity.type': target.type, 'entity.id': target.id });
    }
    await send();
  }

  return {
    remember: (system, storage) => resources.remember(system, storage),
    snapshot(snapshot) {
      const { system, inventory } = snapshot;
      const known: Known = systems.get(system) ?? {
        told: new Map(),
        inventory: undefined,
        next: undefined,
        reportedAt: -Infinity,
      };
      systems.set(system, known);
      const isDue = clock() - known.reportedAt >= REPORT_MS;
      // Before the array has said who it is, its Resource is not what it will be.
      if (!inventory.storage || (!isDue && sameLists(known.inventory, inventory))) return;
      known.inventory = inventory;
      const isWaiting = known.next !== undefined;
      known.next = snapshot;
      if (isWaiting) return;
      work = work
        .then(() => tell(system, known))
        .catch((error: unknown) => log.error({ err: error }, 'entities could not be exported'));
    },
    forget(system) {
      systems.delete(system);
      resources.forget(system);
    },
    settled: () => work,
    async close() {
      await work;
      await exporter.shutdown();
    },
  };
}

function stateOf({ type, id, description, relationships }: Entity): Attributes {
  return {
    'entity.type': type,
    'entity.id': id,
    'entity.description': description,
    'entity.relationships': relationships.map(({ type: relation, target }) => ({
      'relationship.type': relation,
      'entity.type': target.type,
      'entity.id': target.id,
    })),
    'entity.report.interval': REPORT_MS / 1_000,
  };
}

/** A round gives every list that it has read anew. */
function sameLists(before: Inventory | undefined, now: Inventory): boolean {
  if (!before) return false;
  const names = Object.keys({ ...before, ...now }) as (keyof Inventory)[];
  return names.every((name) => before[name] === now[name]);
}
