/** Fibre Channel and Ethernet ports, and the logical interfaces (LIFs) on them. */
import {
  identifier,
  idsOf,
  objects,
  pick,
  PortSchema,
  recordsOf,
  scaled,
  text,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { ETHERNET_HEALTH, FC_HEALTH, FC_LINKS, FC_TYPES, LAYERS, LINKS } from './tables.ts';

/** "auto" and 0 are no speed. */
const speedAt = (path: string, unit: number) => (port: Foreign) =>
  scaled(pick(port, path), unit) || undefined;
const GIGA = 1_000_000_000;
const MEGA = 1_000_000;

const PHYSICAL = { native_port_id: 'uuid', name: 'name', location: 'node.name' } as const;

export const toFcPorts = recordsOf(PortSchema, {
  ...PHYSICAL,
  type: ['physical_protocol', FC_TYPES],
  logical_type: 'physical',
  connection_status: ['state', FC_LINKS],
  health_status: ['state', FC_HEALTH],
  native_parent_id: 'node.uuid',
  speed: speedAt('fabric.connected_speed', GIGA),
  max_speed: speedAt('speed.maximum', GIGA),
  wwn: 'wwpn',
});

export const toEthernetPorts = recordsOf(PortSchema, {
  ...PHYSICAL,
  type: 'eth',
  logical_type: ['type', LAYERS],
  connection_status: ['state', LINKS],
  health_status: ['state', ETHERNET_HEALTH],
  native_parent_id: 'vlan.base_port.uuid|node.uuid',
  speed: speedAt('speed', MEGA),
  mac_address: 'mac_address',
});

/** Up or down is what somebody wanted of it, too: it is not the health of hardware. */
const LIF = {
  native_port_id: 'uuid',
  name: 'name',
  location: 'location.node.name',
  type: 'logic',
  connection_status: ['state', LINKS],
  native_parent_id: 'location.port.uuid',
} as const;

export const toFcInterfaces = recordsOf(PortSchema, { ...LIF, logical_type: 'data', wwn: 'wwpn' });

/** What is managed by interfaces; undefined: it could not be read. */
export interface Managed {
  readonly cluster: Foreign | undefined;
  readonly nodes: readonly Foreign[] | undefined;
}

export function toIpInterfaces({ cluster, nodes }: Managed) {
  const uuids = (owners: readonly (Foreign | undefined)[]) =>
    idsOf(
      owners.flatMap((owner) => objects(owner?.['management_interfaces'])),
      'uuid',
    );
  const [ofCluster, ofNodes] = [uuids([cluster]), uuids(nodes ?? [])];
  const isWhole = cluster !== undefined && nodes !== undefined;
  const isV6 = (lif: Foreign) =>
    pick(lif, 'ip.family') === 'ipv6' || text(pick(lif, 'ip.address'))?.includes(':') === true;
  const ip = (path: string, v6: boolean) => (lif: Foreign) =>
    isV6(lif) === v6 ? text(pick(lif, path)) : undefined;
  return recordsOf(PortSchema, {
    ...LIF,
    logical_type(lif) {
      const id = identifier(lif['uuid']) ?? '';
      if (ofCluster.has(id)) return 'cluster-mgmt';
      if (ofNodes.has(id)) return 'node-mgmt';
      const role = roleOf(lif);
      // Whose management it is, is not known.
      return role === 'management' && !isWhole ? undefined : role;
    },
    ipv4: ip('ip.address', false),
    ipv4_mask: ip('ip.netmask', false),
    ipv6: ip('ip.address', true),
    ipv6_mask: ip('ip.netmask', true),
  });
}

/** The services of an interface say what it is for. */
const ROLES = [
  [/^cluster_core$/, 'cluster'],
  [/^intercluster_core$/, 'intercluster'],
  [/^data_/, 'data'],
  [/^management_/, 'management'],
] as const;

function roleOf(lif: Foreign): Port['logical_type'] {
  const services = Array.isArray(lif['services']) ? lif['services'].map(String) : [];
  return ROLES.find(([pattern]) => services.some((service) => pattern.test(service)))?.[1];
}
