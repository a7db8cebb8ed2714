/** Pure: Fibre Channel, Ethernet and SAS ports, link aggregations, and the addresses on them. */
import {
  byPath,
  flag,
  identifier,
  number,
  PortSchema,
  recordsOf,
  scaled,
  text,
  type FieldSources,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import type { ResourceName } from './fields.ts';
import { placeOf, portName, reasonsOf, reference } from './records.ts';
import { byHealth } from './tables.ts';

const MBIT = 1e6;
const GBIT = 1e9;

/** Ports with their addresses. */
const PORT: FieldSources<Port> = {
  native_port_id: 'id',
  name: 'name',
  location: placeOf,
  connection_status: linkOf,
  health_status: ['health.value', byHealth('normal', 'abnormal', 'abnormal')],
  // A link aggregation has only the latter.
  native_parent_id: 'storageProcessor.id|parentStorageProcessor.id',
  wwn: byPath('wwn', portName),
  mac_address: 'macAddress',
  ipv4: 'on.ipv4',
  ipv4_mask: 'on.ipv4_mask',
  ipv6: 'on.ipv6',
  ipv6_mask: 'on.ipv6_mask',
};

const kind = (name: ResourceName, its: FieldSources<Port>) => ({
  name,
  make: recordsOf(PortSchema, { ...PORT, ...its }),
});

const speeds = (current: string, supported: string, unit: number): FieldSources<Port> => ({
  speed: (port) => bitsPerSecond(port[current], unit),
  max_speed: (port, { speed }) => fastest(port[supported], unit, speed),
});

/** Interfaces on an aggregation name it as their port, not its members. */
export const PORT_KINDS = [
  kind('ethernetPort', { type: 'eth', ...speeds('speed', 'supportedSpeeds', MBIT) }),
  kind('fcPort', { type: 'fc', ...speeds('currentSpeed', 'availableSpeeds', GBIT) }),
  kind('sasPort', {
    type: 'sas',
    logical_type: 'backend',
    ...speeds('currentSpeed', 'availableSpeeds', GBIT),
  }),
  kind('linkAggregation', { type: 'eth', logical_type: 'if-group' }),
];

/** 0 is "automatic", no speed. */
function bitsPerSecond(value: unknown, unit: number): number | undefined {
  return scaled(value, unit) || undefined;
}

/** Of the speeds that the port names; where it names none, it has but the one it runs at. */
function fastest(values: unknown, unit: number, current: number | undefined): number | undefined {
  if (!Array.isArray(values)) return undefined;
  const all = values.slice(0, 100).map((value) => number(value) ?? 0);
  return bitsPerSecond(Math.max(0, ...all), unit) ?? current;
}

/** FC and SAS ports tell their link by the reasons of their health only. */
function linkOf(port: Foreign): Port['connection_status'] {
  const up = flag(port['isLinkUp']);
  if (up !== undefined) return up ? 'connected' : 'disconnected';
  const reasons = reasonsOf(port);
  if (reasons.some((reason) => /LINK_?DOWN/.test(reason))) return 'disconnected';
  return reasons.some((reason) => /LINK_?UP/.test(reason)) ? 'connected' : 'unknown';
}

/** Several interfaces (management, iSCSI, file, replication) may share a port: joined by `;`. */
export function toAddresses(interfaces: readonly Foreign[] | undefined) {
  const found = new Map<string, Foreign>();
  for (const one of interfaces ?? []) {
    const [port, address] = [reference(one['ipPort']), text(one['ipAddress'])];
    const key = JSON.stringify([port, address]);
    if (address !== undefined && !found.has(key)) found.set(key, one);
  }
  const onPort = Map.groupBy(found.values(), ({ ipPort }) => reference(ipPort));
  return ({ id }: Foreign) => {
    const own = Map.groupBy(onPort.get(identifier(id)) ?? [], versionOf);
    const joined = (version: 4 | 6, read: typeof ADDRESS) =>
      (own.get(version) ?? []).flatMap((one) => read(one) ?? []).join(';');
    const [ipv4, ipv4_mask] = [joined(4, ADDRESS), joined(4, MASK)];
    return { on: { ipv4, ipv4_mask, ipv6: joined(6, ADDRESS), ipv6_mask: joined(6, MASK) } };
  };
}

const ADDRESS = byPath('ipAddress', text);
const MASK = byPath('netmask|v6PrefixLength', text);

function versionOf(one: Foreign): 4 | 6 {
  const version = number(one['ipProtocolVersion']);
  return version === 6 || (version !== 4 && ADDRESS(one)?.includes(':')) ? 6 : 4;
}
