/** Fibre Channel, Ethernet and SAS ports, link aggregations, and the addresses on them. */
import {
  compact,
  flag,
  lookup,
  number,
  scaled,
  text,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { byHealth, healthOf, label, portName, reasonsOf, reference } from './records.ts';

const PORT_HEALTH = byHealth('normal', 'abnormal', 'abnormal');

const MBIT = 1e6;
const GBIT = 1e9;

export function toFcPort(content: Foreign, id: string): Port {
  const speed = bitsPerSecond(content['currentSpeed'], GBIT);
  return compact<Port>({
    ...common(content, id),
    type: 'fc',
    connection_status: linkOfReasons(content),
    speed,
    max_speed: fastest(content['availableSpeeds'], GBIT, speed),
    wwn: portName(content['wwn']),
  });
}

export function toSasPort(content: Foreign, id: string): Port {
  const speed = bitsPerSecond(content['currentSpeed'], GBIT);
  return compact<Port>({
    ...common(content, id),
    type: 'sas',
    logical_type: 'backend',
    connection_status: linkOfReasons(content),
    speed,
  });
}

export function toEthernetPort(
  content: Foreign,
  id: string,
  addresses: Addresses | undefined,
): Port {
  const speed = bitsPerSecond(content['speed'], MBIT);
  return compact<Port>({
    ...common(content, id),
    type: 'eth',
    connection_status: link(content),
    speed,
    max_speed: fastest(content['supportedSpeeds'], MBIT, speed),
    mac_address: text(content['macAddress']),
    ...addresses?.get(id),
  });
}

/** Interfaces on an aggregation name it as their port, not its members. */
export function toAggregation(
  content: Foreign,
  id: string,
  addresses: Addresses | undefined,
): Port {
  return compact<Port>({
    ...common(content, id),
    type: 'eth',
    logical_type: 'if-group',
    connection_status: link(content),
    mac_address: text(content['macAddress']),
    ...addresses?.get(id),
  });
}

function common(content: Foreign, id: string) {
  return {
    native_port_id: id,
    name: label(content['name']),
    location: label(content['name']),
    health_status: lookup(PORT_HEALTH, healthOf(content)),
    // A link aggregation has only the latter.
    native_parent_id:
      reference(content['storageProcessor']) ?? reference(content['parentStorageProcessor']),
  };
}

/** 0 is "automatic", no speed. */
function bitsPerSecond(value: unknown, unit: number): number | undefined {
  return scaled(value, unit) || undefined;
}

/** Of the speeds that the port names; where it names none, it has but the one it runs at. */
function fastest(values: unknown, unit: number, current: number | undefined): number | undefined {
  if (!Array.isArray(values)) return undefined;
  const speeds = values.slice(0, 100).map((value) => number(value) ?? 0);
  return bitsPerSecond(Math.max(0, ...speeds), unit) ?? current;
}

function link(content: Foreign): Port['connection_status'] {
  const up = flag(content['isLinkUp']);
  if (up === undefined) return linkOfReasons(content);
  return up ? 'connected' : 'disconnected';
}

/** FC and SAS ports tell their link by the reasons of their health only. */
function linkOfReasons(content: Foreign): Port['connection_status'] {
  const reasons = reasonsOf(content);
  if (reasons.some((reason) => /LINK_?DOWN/.test(reason))) return 'disconnected';
  if (reasons.some((reason) => /LINK_?UP/.test(reason))) return 'connected';
  return 'unknown';
}

type AddressFields = Pick<Port, 'ipv4' | 'ipv4_mask' | 'ipv6' | 'ipv6_mask'>;
/** Port id -> its addresses. */
export type Addresses = ReadonlyMap<string, AddressFields>;

/** Several interfaces (management, iSCSI, file, replication) may share a port: joined by `;`. */
export function toAddresses(interfaces: readonly Foreign[]): Addresses {
  const addresses = new Map<string, AddressFields>();
  const seen = new Set<string>();
  for (const content of interfaces) {
    const port = reference(content['ipPort']);
    const address = text(content['ipAddress']);
    if (port === undefined || address === undefined || seen.has(`${port} ${address}`)) continue;
    seen.add(`${port} ${address}`);
    const known = addresses.get(port) ?? {};
    const mask = text(content['netmask']) ?? text(content['v6PrefixLength']);
    const version = number(content['ipProtocolVersion']);
    const isV4 = version === 4 || (version !== 6 && !address.includes(':'));
    addresses.set(port, {
      ...known,
      ...(isV4
        ? compact<AddressFields>({
            ipv4: joined(known.ipv4, address),
            ipv4_mask: joined(known.ipv4_mask, mask),
          })
        : compact<AddressFields>({
            ipv6: joined(known.ipv6, address),
            ipv6_mask: joined(known.ipv6_mask, mask),
          })),
    });
  }
  return addresses;
}

function joined(known: string | undefined, more: string | undefined): string | undefined {
  if (known === undefined || more === undefined) return known ?? more;
  return `${known};${more}`;
}
