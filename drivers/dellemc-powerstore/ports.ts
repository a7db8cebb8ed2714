/** Pure: Fibre Channel, Ethernet and SAS ports, bonds, and the addresses on them. */
import {
  compact,
  identifier,
  lookup,
  number,
  text,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { byId } from './records.ts';
import { BOND_STATES, PORT_STATES } from './states.ts';

/** What could be read beside the ports: hardware by id, addresses by port or bond. */
export interface PortParts {
  readonly hardware: ReadonlyMap<string, Foreign> | undefined;
  readonly addresses: Addresses | undefined;
}

export function toFcPort(port: Foreign, id: string, known: PortParts): Port {
  return compact<Port>({
    ...common(port, id, known),
    type: 'fc',
    logical_type: 'frontend',
    ...speeds(port['current_speed'], port['supported_speeds']),
    wwn: text(port['wwn']),
  });
}

export function toEthernetPort(port: Foreign, id: string, known: PortParts): Port {
  return compact<Port>({
    ...common(port, id, known),
    type: 'eth',
    ...speeds(port['current_speed'], port['supported_speeds']),
    mac_address: text(port['mac_address']),
    ...known.addresses?.get(id),
  });
}

/** To enclosures with NVMe drives (3.0). */
export function toBackEndPort(port: Foreign, id: string, known: PortParts): Port {
  return compact<Port>({
    ...common(port, id, known),
    type: 'eth',
    logical_type: 'backend',
    ...speeds(port['speed'], undefined),
    mac_address: text(port['mac_address']),
  });
}

export function toSasPort(port: Foreign, id: string, known: PortParts): Port {
  return compact<Port>({
    ...common(port, id, known),
    type: 'sas',
    logical_type: 'backend',
    ...speeds(port['speed'], undefined),
  });
}

export function toBond(bond: Foreign, id: string, known: PortParts): Port {
  return compact<Port>({
    native_port_id: id,
    name: identifier(bond['name']),
    type: 'eth',
    logical_type: 'if-group',
    connection_status: linkOf(bond),
    health_status: lookup(BOND_STATES, bond['status']),
    ...known.addresses?.get(id),
  });
}

function common(port: Foreign, id: string, { hardware }: PortParts) {
  const [name, appliance] = [identifier(port['name']), text(port['appliance_id'])];
  return {
    native_port_id: id,
    name,
    location: [appliance, name].filter((one) => one !== undefined).join(' ') || undefined,
    connection_status: linkOf(port),
    health_status: healthOf(port, hardware),
    native_parent_id: identifier(port['node_id']),
  };
}

/** A port has no health but that of its SFP; one without a place for an SFP has none. */
function healthOf(
  port: Foreign,
  hardware: PortParts['hardware'],
): Port['health_status'] | undefined {
  if (port['stale_state'] === 'Disconnected') return 'unknown';
  const sfp = hardware?.get(identifier(port['sfp_id']) ?? '');
  return sfp && lookup(PORT_STATES, sfp['lifecycle_state']);
}

function linkOf(port: Foreign): Port['connection_status'] | undefined {
  const up = port['is_link_up'];
  if (typeof up !== 'boolean' || port['stale_state'] === 'Disconnected') return undefined;
  return up ? 'connected' : 'disconnected';
}

/** The list is not sorted, and "Auto" is in it. */
function speeds(current: unknown, supported: unknown) {
  const all = Array.isArray(supported) ? supported.slice(0, 100) : [];
  return {
    speed: bitsPerSecond(current),
    max_speed: Math.max(0, ...all.map((one) => bitsPerSecond(one) ?? 0)) || undefined,
  };
}

const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9 };

/** `16_Gbps`. */
function bitsPerSecond(value: unknown): number | undefined {
  const [, amount, unit] = /^(\d{1,6})_([KMG])bps$/.exec(text(value) ?? '') ?? [];
  return amount === undefined ? undefined : Number(amount) * (UNITS[unit ?? ''] ?? 0);
}

type AddressFields = Pick<Port, 'ipv4' | 'ipv4_mask' | 'ipv6' | 'ipv6_mask'>;
/** Port or bond -> its addresses. */
export type Addresses = ReadonlyMap<string, AddressFields>;

export interface AddressParts {
  readonly pool: readonly Foreign[];
  readonly ports: readonly Foreign[];
  /** Undefined: masks are not known. */
  readonly networks: readonly Foreign[] | undefined;
}

/** Several addresses may share a port: joined by `;`. */
export function toAddresses({ pool, ports, networks }: AddressParts): Addresses {
  const ipPorts = byId(ports);
  const prefixes = byId(networks ?? []);
  const lists = new Map<string, [field: keyof AddressFields, value: string][]>();
  for (const one of pool) {
    const ipPort = ipPorts.get(identifier(one['ip_port_id']) ?? '');
    const port = identifier(ipPort?.['eth_port_id']) ?? identifier(ipPort?.['bond_id']);
    const address = text(one['address']);
    if (port === undefined || address === undefined) continue;
    const prefix = number(prefixes.get(identifier(one['network_id']) ?? '')?.['prefix_length']);
    const isV6 = address.includes(':');
    const mask = isV6 ? prefix?.toString() : dottedMask(prefix);
    const own = lists.get(port) ?? [];
    lists.set(port, own);
    own.push([isV6 ? 'ipv6' : 'ipv4', address]);
    if (mask !== undefined) own.push([isV6 ? 'ipv6_mask' : 'ipv4_mask', mask]);
  }
  return new Map(
    Array.from(lists, ([port, own]) => [
      port,
      Object.fromEntries(
        Array.from(
          Map.groupBy(own, ([field]) => field),
          ([field, values]) => [field, values.map(([, value]) => value).join(';')],
        ),
      ),
    ]),
  );
}

function dottedMask(prefix: number | undefined): string | undefined {
  if (prefix === undefined || prefix > 32) return undefined;
  return [24, 16, 8, 0]
    .map((shift) => ((2 ** 32 - 2 ** (32 - prefix)) / 2 ** shift) & 255)
    .join('.');
}

const NODE_PURPOSE = 'Mgmt_Node_CoreOS';
const SENDERS: readonly string[] = [
  NODE_PURPOSE,
  'Mgmt_Cluster_Floating',
  'Mgmt_Appliance_Floating',
];

/** Addresses for management by node id. */
export function nodeAddresses(pool: readonly Foreign[]): ReadonlyMap<string, string> {
  return new Map(
    pool.flatMap((one) => {
      const [node, address] = [identifier(one['node_id']), text(one['address'])];
      const isOwn = node !== undefined && address !== undefined && serves(one, [NODE_PURPOSE]);
      return isOwn ? [[node, address] as const] : [];
    }),
  );
}

/** Addresses from which nodes, appliances and the cluster may send. */
export function senderAddresses(pool: readonly Foreign[]): string[] {
  const senders = pool.filter((one) => serves(one, SENDERS));
  return [...new Set(senders.flatMap((one) => text(one['address']) ?? []))];
}

function serves({ purposes }: Foreign, wanted: readonly string[]): boolean {
  return Array.isArray(purposes) && purposes.some((one) => wanted.includes(String(one)));
}
