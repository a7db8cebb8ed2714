/** Pure: Fibre Channel, Ethernet and SAS ports, bonds, and the addresses on them. */
import {
  bitsPerSecond,
  byId,
  identifier,
  lookup,
  number,
  pick,
  PortSchema,
  recordsOf,
  text,
  type FieldSources,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import type { ResourceName } from './fields.ts';
import { BOND_STATES, PORT_STATES } from './states.ts';

/** Ports with the SFP in them and their addresses. */
const PORT: FieldSources<Port> = {
  native_port_id: 'id',
  name: 'name',
  location: ({ appliance_id: appliance, name }) =>
    [text(appliance), identifier(name)].filter((one) => one !== undefined).join(' ') || undefined,
  connection_status: linkOf,
  // A port has no health but that of its SFP; one without a place for an SFP has none.
  health_status: (port) =>
    isGone(port) ? 'unknown' : lookup(PORT_STATES, pick(port, 'sfp.lifecycle_state')),
  native_parent_id: 'node_id',
  speed: ({ current_speed: current, speed }) => bitsPerSecond(current ?? speed),
  max_speed: ({ supported_speeds: speeds }) => highest(speeds),
  wwn: 'wwn',
  mac_address: 'mac_address',
  ipv4: 'addresses.ipv4',
  ipv4_mask: 'addresses.ipv4_mask',
  ipv6: 'addresses.ipv6',
  ipv6_mask: 'addresses.ipv6_mask',
};

const kind = (name: ResourceName, its: FieldSources<Port>) => ({
  name,
  make: recordsOf(PortSchema, { ...PORT, ...its }),
});

/** Those to enclosures with NVMe drives since 3.0. */
export const PORT_KINDS = [
  kind('fc_port', { type: 'fc', logical_type: 'frontend' }),
  kind('eth_port', { type: 'eth' }),
  kind('eth_be_port', { type: 'eth', logical_type: 'backend' }),
  kind('sas_port', { type: 'sas', logical_type: 'backend' }),
  kind('bond', {
    type: 'eth',
    logical_type: 'if-group',
    location: () => undefined,
    health_status: ['status', BOND_STATES],
  }),
];

/** What it is in was taken out of the system. */
const isGone = (port: Foreign) => port['stale_state'] === 'Disconnected';

function linkOf(port: Foreign): Port['connection_status'] {
  const up = port['is_link_up'];
  if (typeof up !== 'boolean' || isGone(port)) return undefined;
  return up ? 'connected' : 'disconnected';
}

/** The list is not sorted, and "Auto" is in it. */
function highest(speeds: unknown): number | undefined {
  const all = Array.isArray(speeds) ? speeds.slice(0, 100) : [];
  return Math.max(0, ...all.map((one) => bitsPerSecond(one) ?? 0)) || undefined;
}

const ADDRESS_FIELDS = ['ipv4', 'ipv4_mask', 'ipv6', 'ipv6_mask'] as const;
type Addresses = { readonly [F in (typeof ADDRESS_FIELDS)[number]]?: string | undefined };

/** Port or bond -> its addresses. Several may share a port: joined by `;`. */
export function toAddresses(
  pool: readonly Foreign[],
  ports: readonly Foreign[],
  /** Undefined: masks are not known. */
  networks: readonly Foreign[] | undefined,
): ReadonlyMap<unknown, Addresses> {
  const [ipPort, network] = [byId(ports), byId(networks)];
  const found = pool.flatMap((one): { port: unknown; address: Addresses }[] => {
    const of = ipPort(one['ip_port_id']);
    const port = of?.['eth_port_id'] ?? of?.['bond_id'];
    const ip = text(one['address']);
    if (port === undefined || ip === undefined) return [];
    const prefix = number(network(one['network_id'])?.['prefix_length']);
    const address = ip.includes(':')
      ? { ipv6: ip, ipv6_mask: prefix?.toString() }
      : { ipv4: ip, ipv4_mask: dottedMask(prefix) };
    return [{ port, address }];
  });
  const onPort = Map.groupBy(found, ({ port }) => port);
  return new Map(
    Array.from(onPort, ([port, all]) => {
      const joined = (field: keyof Addresses) =>
        all.flatMap(({ address }) => address[field] ?? []).join(';');
      return [port, Object.fromEntries(ADDRESS_FIELDS.map((field) => [field, joined(field)]))];
    }),
  );
}

function dottedMask(prefix: number | undefined): string | undefined {
  if (prefix === undefined || prefix > 32) return undefined;
  return [24, 16, 8, 0]
    .map((shift) => ((2 ** 32 - 2 ** (32 - prefix)) / 2 ** shift) & 255)
    .join('.');
}

const NODE_PURPOSE = 'Mgmt_Node_CoreOS';
const SENDERS = [NODE_PURPOSE, 'Mgmt_Cluster_Floating', 'Mgmt_Appliance_Floating'];

const serves = ({ purposes }: Foreign, wanted: readonly string[]) =>
  [purposes].flat().some((one) => wanted.includes(String(one)));

/** Addresses for management by node id. */
export function nodeAddresses(pool: readonly Foreign[] | undefined) {
  return byId(
    pool?.filter((one) => serves(one, [NODE_PURPOSE])),
    'node_id',
  );
}

/** Addresses from which nodes, appliances and the cluster may send. */
export function senderAddresses(pool: readonly Foreign[]): string[] {
  const senders = pool.filter((one) => serves(one, SENDERS));
  return [...new Set(senders.flatMap((one) => text(one['address']) ?? []))];
}
