/** DeviceManager ports of every kind -> port records. */
import {
  compact,
  identifier,
  lookup,
  number,
  text,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { reference, written } from './records.ts';
import { LINK, LOGICAL_PORT_ROLE, PORT_HEALTH, PORT_ROLE } from './states.ts';

/** One kind of port: its collection, object type and what is special to it. */
export interface PortKind {
  readonly path: string;
  /** Object type: names the port in statistics. */
  readonly type: string;
  readonly record: Port['type'];
  /** Fields of the negotiated and the highest speed, Mbit/s. */
  readonly speed: readonly string[];
  readonly maxSpeed: readonly string[];
  /** Kinds without LOGICTYPE. */
  readonly role?: Port['logical_type'];
}

export const PORT_KINDS: readonly PortKind[] = [
  { path: '/fc_port', type: '212', record: 'fc', speed: ['RUNSPEED'], maxSpeed: ['MAXSUPPORTSPEED', 'MAXSPEED'] },
  { path: '/fcoe_port', type: '252', record: 'fcoe', speed: ['RUNSPEED'], maxSpeed: ['MAXSPEED'] },
  { path: '/eth_port', type: '213', record: 'eth', speed: ['SPEED'], maxSpeed: ['maxSpeed', 'MAXSPEED'] },
  { path: '/pcie_port', type: '233', record: 'other', speed: ['PCIESPEED'], maxSpeed: ['MAXSPEED'], role: 'other' },
  { path: '/bond_port', type: '235', record: 'other', speed: ['RUNSPEED'], maxSpeed: ['MAXSPEED'], role: 'other' },
  { path: '/sas_port', type: '214', record: 'sas', speed: ['RUNSPEED'], maxSpeed: ['MAXSPEED'] },
  { path: '/ib_port', type: '16500', record: 'ib', speed: ['RUNSPEED'], maxSpeed: ['MAXSPEED'] },
  { path: '/lif', type: '279', record: 'logic', speed: [], maxSpeed: [] },
]; // prettier-ignore

/** Logical ports count for themselves: their ids meet those of real ports, so they carry their type. */
export function portId(port: Foreign, { type, record }: Pick<PortKind, 'type' | 'record'>): string {
  const id = identifier(port['ID']) ?? '';
  return record === 'logic' ? `${type}:${id}` : id;
}

const MEGABIT = 1_000_000;

export function toPort(port: Foreign, kind: PortKind): Port {
  const logical = kind.record === 'logic';
  const [ipv4, ipv6] = [text(port['IPV4ADDR']), text(port['IPV6ADDR'])];
  return compact<Port>({
    native_port_id: portId(port, kind),
    name: written(port['NAME']),
    location: text(port['LOCATION']),
    type: kind.record,
    logical_type: logical
      ? lookup(LOGICAL_PORT_ROLE, text(port['ROLE']))
      : (kind.role ?? lookup(PORT_ROLE, text(port['LOGICTYPE']))),
    connection_status: lookup(LINK, text(port['RUNNINGSTATUS'])),
    health_status: lookup(PORT_HEALTH, text(port['HEALTHSTATUS'])),
    native_parent_id: reference(
      logical ? port['CURRENTPORTID'] || port['HOMEPORTID'] : port['PARENTID'],
    ),
    speed: bitsPerSecond(port, kind.speed),
    max_speed: bitsPerSecond(port, kind.maxSpeed),
    wwn: text(port['WWN']),
    mac_address: text(port['MACADDRESS']),
    ipv4,
    ipv4_mask: ipv4 && text(port['IPV4MASK']),
    ipv6,
    // Without an address it is 0.
    ipv6_mask: ipv6 && text(port['IPV6MASK']),
  });
}

function bitsPerSecond(port: Foreign, fields: readonly string[]): number | undefined {
  for (const field of fields) {
    const value = number(port[field]);
    if (value === undefined) continue;
    // MAXSUPPORTSPEED of some firmwares is in Gbit/s; no FC port is slower than 1000 Mbit/s.
    const gigabits = field === 'MAXSUPPORTSPEED' && value < 1000;
    return value * MEGABIT * (gigabits ? 1000 : 1);
  }
  return undefined;
}
