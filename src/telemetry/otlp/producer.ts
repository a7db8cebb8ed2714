/** An array's metrics for any MetricReader of the SDK. */
import type { HrTime } from '@opentelemetry/api';
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Snapshot } from '../../backend/snapshot.ts';
import { createIdentities } from '../labels.ts';
import { addState, sampleBatches } from './gather.ts';
import { createCollection, hrTimeOf, METRICS_SCOPE, type AttributeCache } from './points.ts';
import { createResourceStore, type AgentIdentity } from './resource.ts';

/** What the newest snapshot says, each performance value at the array's own time. */
export class SnapshotProducer implements MetricProducer {
  readonly #snapshot: () => Snapshot;
  readonly #agent: AgentIdentity;
  readonly #start: HrTime = hrTimeOf(Date.now());

  constructor(snapshot: () => Snapshot, agent: AgentIdentity) {
    this.#snapshot = snapshot;
    this.#agent = agent;
  }

  async collect(): Promise<CollectionResult> {
    const snapshot = this.#snapshot();
    const resource = createResourceStore(this.#agent, {}).of(snapshot);
    const attributes: AttributeCache = new WeakMap();
    const collection = createCollection({
      resource,
      scope: { name: METRICS_SCOPE, version: this.#agent.version },
      start: this.#start,
      attributes,
    });
    const identities = createIdentities(snapshot.system);
    const left = new Set<number>();
    const array = { snapshot, identities, attributes, encoded: new WeakMap(), left };
    addState(array, collection, { time: hrTimeOf(Date.now()), withSamples: false });
    const batches = sampleBatches(array, snapshot.performance, () => collection, Infinity);
    const [resourceMetrics = { resource, scopeMetrics: [] }] = batches;
    return { resourceMetrics, errors: [] };
  }
}
