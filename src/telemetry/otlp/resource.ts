/** The Resource of an array: what is observed, not who observes. */
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import type { Snapshot } from '../../backend/snapshot.ts';
import type { Storage } from '../../driver/records.ts';
import { labelValue } from '../labels.ts';

export interface AgentIdentity {
  readonly version: string;
  readonly namespace?: string;
}

export interface ResourceStore {
  /** The same object as long as what it says is the same: receivers and SDK group by it. */
  of(snapshot: Snapshot): Resource;
  /** What an array said of itself in another thread or time. */
  remember(system: string, storage: Storage): void;
  forget(system: string): void;
}

export function createResourceStore(
  agent: AgentIdentity,
  common: Readonly<Record<string, string>>,
): ResourceStore {
  const serviceName = common['service.name'];
  const named = serviceName ? { 'service.name': serviceName } : {};
  const resources = new Map<string, { readonly key: string; readonly resource: Resource }>();
  const said = new Map<string, Storage>();
  return {
    of(snapshot) {
      const { storage } = snapshot.inventory;
      if (storage) said.set(snapshot.system, storage);
      const known = storage ?? said.get(snapshot.system);
      const attributes = { ...common, ...attributesOf(snapshot, known, agent), ...named };
      const key = JSON.stringify(attributes);
      const before = resources.get(snapshot.system);
      if (before?.key === key) return before.resource;
      const resource = resourceFromAttributes(attributes);
      resources.set(snapshot.system, { key, resource });
      return resource;
    },
    remember(system, storage) {
      if (!said.has(system)) said.set(system, storage);
    },
    forget(system) {
      resources.delete(system);
      said.delete(system);
    },
  };
}

/**
 * Vendor and model are what the array says, and wait until it has said so once: receivers take
 * another value for another array. After that they stay, whatever is withdrawn.
 */
function attributesOf(
  snapshot: Snapshot,
  storage: Storage | undefined,
  agent: AgentIdentity,
): Record<string, string> {
  const optional = {
    'service.namespace': agent.namespace,
    'storage.system.vendor': storage && (storage.vendor ?? snapshot.vendor),
    'storage.system.model': storage && (storage.model ?? snapshot.model),
    'storage.system.serial_number': storage?.serial_number,
    'storage.system.firmware_version': storage?.firmware_version,
    'storage.system.location': storage?.location,
    'storage.system.url': storage?.access_url,
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
    ...(Object.fromEntries(given) as Record<string, string>),
  };
}
