/** Resources of records: the array's, as its metrics have it, and the agent's own. */
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import type { Snapshot } from '../../backend/snapshot.ts';
import { createResourceStore, type AgentIdentity } from '../otlp/resource.ts';

/** What is known about an array before it has answered. */
export interface ArrayIdentity {
  readonly name: string;
  readonly vendor: string;
  readonly model: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Resources {
  of(array: ArrayIdentity, snapshot: Snapshot | undefined): Resource;
  readonly agent: Resource;
}

/** `common`: attributes of every resource, as OTEL_RESOURCE_ATTRIBUTES gives them. */
export function createResources(
  agent: AgentIdentity,
  agentId: string,
  common: Readonly<Record<string, string>>,
): Resources {
  const arrays = createResourceStore(agent, common);
  /** A storm of alerts falls between two snapshots. */
  const latest = new Map<
    string,
    { readonly snapshot: Snapshot | undefined; readonly resource: Resource }
  >();
  return {
    of(array, snapshot) {
      const known = latest.get(array.name);
      if (known && known.snapshot === snapshot) return known.resource;
      const resource = arrays.of(snapshot ?? unread(array));
      latest.set(array.name, { snapshot, resource });
      return resource;
    },
    agent: resourceFromAttributes({
      ...common,
      'service.name': common['service.name'] ?? 'delfin-agent',
      'service.instance.id': agentId,
      'service.version': agent.version,
      ...(agent.namespace === undefined ? {} : { 'service.namespace': agent.namespace }),
    }),
  };
}

function unread({ name, vendor, model, labels }: ArrayIdentity): Snapshot {
  return { system: name, vendor, model, labels, up: false, inventory: {}, performance: [] };
}
