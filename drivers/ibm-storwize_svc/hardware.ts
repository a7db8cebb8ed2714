/** Rows of the command line as records: mdisks and drives as disks, FC and IP ports. */
import {
  compact,
  identifier,
  fractionLeft,
  lookup,
  number,
  text,
  type Disk,
  type Port,
} from 'delfin-agent/driver';
import { sizeOf } from './records.ts';
import type { Row } from './table.ts';

/** A row of a list, with its object's details where they could be read. */
export interface Completed {
  readonly row: Row;
  readonly whole: boolean;
}

const DISK_STATUS = {
  online: 'normal',
  degraded: 'degraded',
  degraded_paths: 'degraded',
  degraded_ports: 'degraded',
  excluded: 'abnormal',
  offline: 'offline',
} as const;

const FABRIC = { fc: 'fc', sas_direct: 'sas' } as const;

/** What connects an mdisk stands in its details only: not read is not unknown. */
export function mdiskOf({ row: mdisk, whole }: Completed): Disk {
  const controller = text(mdisk['controller_name']);
  const name = identifier(mdisk['name']);
  return compact<Disk>({
    native_disk_id: mdisk['id'] ?? '',
    name,
    physical_type: lookup(FABRIC, text(mdisk['fabric_type'])) ?? (whole ? 'unknown' : undefined),
    status: lookup(DISK_STATUS, mdisk['status']),
    location: controller && name ? `${controller}_${name}` : name,
    native_disk_group_id: text(mdisk['mdisk_grp_id']),
    capacity: sizeOf(mdisk['capacity']),
  });
}

/** Drives are numbered apart from mdisks: the prefix keeps the ids of the one list unique. */
export const driveId = (id: string) => `drive_${id}`;

const TECHNOLOGY = {
  sas_ssd: 'ssd',
  sas_hdd: 'sas',
  sas_nearline_hdd: 'nl-sas',
  tier_scm: 'nvme-ssd',
  tier0_flash: 'ssd',
  tier1_flash: 'ssd',
  tier_enterprise: 'sas',
  tier_nearline: 'nl-sas',
} as const;

const USE = {
  unused: 'unassigned',
  candidate: 'free',
  spare: 'hotspare',
  member: 'member',
  failed: 'broken',
} as const;

export function driveOf(drive: Row): Disk {
  const id = drive['id'] ?? '';
  const flash = lookup(TECHNOLOGY, text(drive['tech_type']));
  const nvme = drive['transport_protocol'] === 'nvme' && flash === 'ssd';
  const rpm = number(drive['RPM']);
  const slot = [text(drive['enclosure_id']), text(drive['slot_id'])];
  return compact<Disk>({
    native_disk_id: driveId(id),
    name: driveId(id),
    physical_type: nvme ? 'nvme-ssd' : flash,
    logical_type: lookup(USE, text(drive['use'])),
    status: lookup(DISK_STATUS, drive['status']),
    location: slot.every((part) => part !== undefined) ? slot.join('_') : undefined,
    native_disk_group_id: text(drive['mdisk_id']),
    serial_number: text(drive['FRU_identity']),
    manufacturer: text(drive['vendor_id']),
    model: text(drive['product_id']),
    firmware: text(drive['firmware_level']),
    speed: rpm === 0 ? undefined : rpm,
    capacity: sizeOf(drive['capacity']),
    endurance_remaining: fractionLeft(drive['write_endurance_used']),
  });
}

const BITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** "8Gb", "10Gb/s" in bit/s; "N/A" is none. */
export function speedOf(value: string | undefined): number | undefined {
  const [, digits, prefix = ''] =
    /^\s*(\d+(?:\.\d+)?)\s*([KMGT])?b?(?:\/s|ps)?\s*$/i.exec(value ?? '') ?? [];
  const read = number(digits);
  return read === undefined ? undefined : read * (BITS[prefix.toUpperCase()] ?? 1);
}

/** A port without a cable or a module is not in use: that is no fault. */
const FC_HEALTH = {
  active: 'normal',
  inactive_configured: 'abnormal',
  inactive_unconfigured: 'unknown',
} as const;
const LINK = {
  active: 'connected',
  inactive: 'disconnected',
  inactive_configured: 'disconnected',
  inactive_unconfigured: 'disconnected',
} as const;
/** FCoE ports have the type "ethernet". */
const FC_TYPE = { fc: 'fc', ethernet: 'eth' } as const;

export const FC_PORT_FIELDS = ['type', 'port_speed', 'node_id', 'node_name', 'WWPN', 'status'];

export function fcPortOf(port: Row): Port {
  const id = port['id'] ?? '';
  const name = port['node_name'] ? `${port['node_name']}_${id}` : undefined;
  return compact<Port>({
    native_port_id: id,
    name,
    location: name,
    type: lookup(FC_TYPE, port['type']) ?? 'fc',
    connection_status: lookup(LINK, port['status']),
    health_status: lookup(FC_HEALTH, port['status']),
    native_parent_id: text(port['node_id']),
    speed: speedOf(port['port_speed']),
    wwn: text(port['WWPN']),
  });
}

/** What serves hosts or management is well; a port without an address is not in use. */
const IP_HEALTH = {
  online: 'normal',
  configured: 'normal',
  management_only: 'normal',
  unconfigured: 'unknown',
  offline: 'abnormal',
} as const;

export const IP_PORT_FIELDS = ['node_name', 'IP_address', 'mask', 'MAC', 'state', 'speed'];

/** A row of lsportip, or of lsportethernet with its addresses. */
export function ipPortOf(port: Row, ipv6Mask = port['prefix_6']): Port {
  const name = port['node_name'] && port['id'] ? `${port['node_name']}_${port['id']}` : undefined;
  return compact<Port>({
    // Ports are numbered node by node.
    native_port_id: name ?? `${port['node_id'] ?? ''}_${port['id'] ?? ''}`,
    name,
    location: name,
    type: 'eth',
    connection_status: lookup(LINK, port['link_state']),
    health_status: lookup(IP_HEALTH, port['state']),
    native_parent_id: text(port['node_id']),
    speed: speedOf(port['speed']),
    mac_address: text(port['MAC']),
    ipv4: text(port['IP_address']),
    ipv4_mask: text(port['mask']),
    ipv6: text(port['IP_address_6']),
    ipv6_mask: text(ipv6Mask),
  });
}

/**
 * Ports of releases from 8.4.2, where addresses belong to portsets: the first of each family stands
 * for the port. Without a `state` of its own a port is in service if it has an address; addresses that
 * could not be read say nothing.
 */
export function ethernetPortOf(port: Row, addresses: readonly Row[] | undefined): Port {
  const own = (addresses ?? []).filter(
    (address) =>
      address['node_id'] === port['node_id'] &&
      address['port_id'] === (port['port_id'] || port['id']),
  );
  const v4 = own.find((address) => address['IP_address']?.includes('.'));
  const v6 = own.find((address) => address['IP_address']?.includes(':'));
  return ipPortOf({
    ...port,
    id: port['port_id'] || (port['id'] ?? ''),
    state: port['state'] || (addresses ? stateOf(own) : ''),
    speed: port['speed'] || (port['port_speed'] ?? ''),
    IP_address: v4?.['IP_address'] ?? '',
    mask: maskOf(number(v4?.['prefix'])) ?? '',
    IP_address_6: v6?.['IP_address'] ?? '',
    prefix_6: v6?.['prefix'] ?? '',
  });
}

const stateOf = (addresses: readonly Row[]) =>
  addresses.length > 0 ? 'configured' : 'unconfigured';

/** 24 -> 255.255.255.0 */
function maskOf(prefix: number | undefined): string | undefined {
  if (prefix === undefined || prefix > 32) return undefined;
  const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}
