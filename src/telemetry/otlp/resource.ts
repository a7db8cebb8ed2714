/** The Resource of an array: what is observed, not who observes. */
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import type { Snapshot } from '../../backend/snapshot.ts';
import { labelValue } from '../labels.ts';

export interface AgentIdentity {
  readonly version: string;
  readonly namespace?: string;
}

export interface ResourceStore {
  /** The same object as long as what it says is the same: receivers and SDK group by it. */
  of(snapshot: Snapshot): Resource;
  forget(system: string): void;
}

export function createResourceStore(
  agent: AgentIdentity,
  common: Readonly<Record<string, string>>,
): ResourceStore {
  const serviceName = common['service.name'];
  const named = serviceName ? { 'service.name': serviceName } : {};
  const known = new Map<string, { readonly key: string; readonly resource: Resource }>();
  return {
    of(snapshot) {
      const attributes = { ...common, ...attributesOf(snapshot, agent), ...named };
      const key = JSON.stringify(attributes);
      const before = known.get(snapshot.system);
      if (before?.key === key) return before.resource;
      const resource = resourceFromAttributes(attributes);
      known.set(snapshot.system, { key, resource });
      return resource;
    },
    forget: (system) => void known.delete(system),
  };
}

function attributesOf(snapshot: Snapshot, agent: AgentIdentity): Record<string, string> {
  const { storage } = snapshot.inventory;
  const optional = {
    'service.namespace': agent.namespace,
    'storage.system.serial_number': storage?.serial_number,
    'storage.system.firmware_version': storage?.firmware_version,
    'storage.system.location': storage?.location,
  };
  const given = Object.entries(optional).flatMap(([key, value]) =>
    value ? [[key, labelValue(value)]] : [],
  );
  return {
    ...snapshot.labels,
    'service.name': 'delfin-agent',
    'service.instance.id': snapshot.system,
    'service.version': agent.version,
    'storage.system.name': snapshot.system,
    'storage.system.id': snapshot.system,
    'storage.system.vendor': labelValue(storage?.vendor ?? snapshot.vendor),
    'storage.system.model': labelValue(storage?.model ?? snapshot.model),
    ...(Object.fromEntries(given) as Record<string, string>),
  };
}
