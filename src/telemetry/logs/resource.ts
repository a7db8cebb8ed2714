/** The OTLP resource of an array's records: one object per array, for the SDK groups by identity. */
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import type { Snapshot } from '../../backend/snapshot.ts';

export interface AgentIdentity {
  readonly version: string;
  readonly namespace?: string;
}

/** What is known about the array that records are about. */
export interface ArrayIdentity {
  readonly name: string;
  readonly vendor: string;
  readonly model: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Resources {
  of(array: ArrayIdentity, snapshot: Snapshot | undefined): Resource;
  /** The agent's own. */
  readonly agent: Resource;
}

/** `common`: attributes of every resource, as OTEL_RESOURCE_ATTRIBUTES gives them. */
export function createResources(
  agent: AgentIdentity,
  agentId: string,
  common: Readonly<Record<string, string>>,
): Resources {
  const known = new Map<string, { readonly written: string; readonly resource: Resource }>();
  const base = {
    ...common,
    'service.name': 'delfin-agent',
    'service.version': agent.version,
    ...(agent.namespace === undefined ? {} : { 'service.namespace': agent.namespace }),
  };
  return {
    agent: resourceFromAttributes({ ...base, 'service.instance.id': agentId }),
    of(array, snapshot) {
      const attributes = { ...base, ...attributesOf(array, snapshot) };
      const written = JSON.stringify(attributes);
      const before = known.get(array.name);
      if (before?.written === written) return before.resource;
      const resource = resourceFromAttributes(attributes);
      known.set(array.name, { written, resource });
      return resource;
    },
  };
}

function attributesOf(array: ArrayIdentity, snapshot: Snapshot | undefined) {
  const storage = snapshot?.inventory.storage;
  const facts = {
    'service.instance.id': array.name,
    'storage.system.name': array.name,
    'storage.system.vendor': storage?.vendor ?? array.vendor,
    'storage.system.model': storage?.model ?? array.model,
    'storage.system.serial_number': storage?.serial_number,
    'storage.system.firmware_version': storage?.firmware_version,
    'storage.system.location': storage?.location,
  };
  const stated = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  return { ...array.labels, ...Object.fromEntries(stated) };
}
