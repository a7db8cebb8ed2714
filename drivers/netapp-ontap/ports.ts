/** Fibre Channel and Ethernet ports, and the logical interfaces (LIFs) on them. */
import {
  compact,
  identifier,
  lookup,
  scaled,
  text,
  objects,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { ETHERNET_HEALTH, FC_HEALTH, FC_LINKS, FC_TYPES, LAYERS, LINKS } from './tables.ts';
import { label, pick, uuidAt } from './values.ts';

const GIGA = 1_000_000_000;
const MEGA = 1_000_000;

export function toFcPort(port: Foreign, id: string): Port {
  return compact<Port>({
    native_port_id: id,
    name: label(port['name']),
    location: label(pick(port, 'node.name')),
    type: lookup(FC_TYPES, port['physical_protocol']),
    logical_type: 'physical',
    connection_status: lookup(FC_LINKS, port['state']),
    health_status: lookup(FC_HEALTH, port['state']),
    native_parent_id: uuidAt(port, 'node'),
    speed: scaled(pick(port, 'fabric.connected_speed'), GIGA) || undefined,
    // "auto" is no speed.
    max_speed: scaled(pick(port, 'speed.maximum'), GIGA) || undefined,
    wwn: text(port['wwpn']),
  });
}

export function toEthernetPort(port: Foreign, id: string): Port {
  return compact<Port>({
    native_port_id: id,
    name: label(port['name']),
    location: label(pick(port, 'node.name')),
    type: 'eth',
    logical_type: lookup(LAYERS, port['type']),
    connection_status: lookup(LINKS, port['state']),
    health_status: lookup(ETHERNET_HEALTH, port['state']),
    native_parent_id: uuidAt(port, 'vlan.base_port') ?? uuidAt(port, 'node'),
    speed: scaled(port['speed'], MEGA) || undefined,
    mac_address: text(port['mac_address']),
  });
}

/** Interfaces that the cluster and its nodes are managed by. */
export interface Management {
  readonly cluster: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
  /** False: some could not be read. */
  readonly whole: boolean;
}

export function managementOf(
  cluster: Foreign | undefined,
  nodes: readonly Foreign[] | undefined,
): Management {
  const uuids = (owners: readonly (Foreign | undefined)[]) =>
    owners.flatMap((owner) =>
      objects(owner?.['management_interfaces']).flatMap((one) => identifier(one['uuid']) ?? []),
    );
  return {
    cluster: new Set(uuids([cluster])),
    nodes: new Set(uuids(nodes ?? [])),
    whole: cluster !== undefined && nodes !== undefined,
  };
}

export function toIpInterface(lif: Foreign, id: string, management: Management): Port {
  const address = text(pick(lif, 'ip.address'));
  const mask = text(pick(lif, 'ip.netmask'));
  const isV6 = pick(lif, 'ip.family') === 'ipv6' || address?.includes(':');
  return compact<Port>({
    ...lifOf(lif, id),
    logical_type: roleOf(lif, id, management),
    ...(isV6 ? { ipv6: address, ipv6_mask: mask } : { ipv4: address, ipv4_mask: mask }),
  });
}

export function toFcInterface(lif: Foreign, id: string): Port {
  return compact<Port>({ ...lifOf(lif, id), logical_type: 'data', wwn: text(lif['wwpn']) });
}

/** Up or down is what somebody wanted of it, too: it is not the health of hardware. */
function lifOf(
  lif: Foreign,
  id: string,
): { readonly [K in keyof Port]: Port[K] | undefined } & {
  readonly native_port_id: string;
} {
  return {
    native_port_id: id,
    name: label(lif['name']),
    location: label(pick(lif, 'location.node.name')),
    type: 'logic',
    connection_status: lookup(LINKS, lif['state']),
    native_parent_id: uuidAt(lif, 'location.port'),
  };
}

/** The services of an interface say what it is for. */
const ROLES = [
  [/^cluster_core$/, 'cluster'],
  [/^intercluster_core$/, 'intercluster'],
  [/^data_/, 'data'],
  [/^management_/, 'management'],
] as const;

function roleOf(lif: Foreign, id: string, management: Management): Port['logical_type'] {
  if (management.cluster.has(id)) return 'cluster-mgmt';
  if (management.nodes.has(id)) return 'node-mgmt';
  const services = Array.isArray(lif['services']) ? lif['services'].map(String) : [];
  const role = ROLES.find(([pattern]) => services.some((service) => pattern.test(service)))?.[1];
  // Whose management it is, is not known.
  return role === 'management' && !management.whole ? undefined : role;
}
