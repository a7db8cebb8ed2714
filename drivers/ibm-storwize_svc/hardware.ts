/** Rows of the command line as records: controllers, disks, ports, and the parts that have no list. */
import {
  bitsPerSecond,
  byPath,
  ComponentSchema,
  ControllerSchema,
  DiskSchema,
  fraction,
  fractionLeft,
  identifier,
  lookup,
  number,
  pick,
  PortSchema,
  positive,
  recordsOf,
  scaled,
  text,
  type Component,
  type Foreign,
} from 'delfin-agent/driver';
import { codeLevel, numbered, size, STATUS, word } from './records.ts';
import type { Row } from './table.ts';

/** A node in service state does no I/O; one that comes or goes has no state yet; a spare one waits. */
const CONTROLLER_STATUS = {
  online: 'normal',
  online_spare: 'normal',
  spare: 'normal',
  offline: 'offline',
  service: 'fault',
  flushing: 'unknown',
  pending: 'unknown',
  adding: 'unknown',
  deleting: 'unknown',
} as const;

/** With their `hardware`. */
export const toControllers = recordsOf(ControllerSchema, {
  native_controller_id: 'id',
  name: 'name',
  status: ['status', CONTROLLER_STATUS],
  location: (_, { name }) => name,
  soft_version: codeLevel,
  cpu_info: 'hardware.cpu_actual',
  cpu_count: 'hardware.cpu_count',
  // Whole GB in powers of two.
  memory_size: (node) => scaled(pick(node, 'hardware.memory_actual'), 2 ** 30),
  mgmt_ip: 'service_IP_address|service_IP_address_6',
});

const FABRIC = { fc: 'fc', sas_direct: 'sas' } as const;

export const toMdisks = recordsOf(DiskSchema, {
  native_disk_id: 'id',
  name: 'name',
  physical_type: (mdisk) =>
    lookup(FABRIC, text(mdisk['fabric_type'])) ?? ('detail' in mdisk ? 'unknown' : undefined),
  status: ['status', STATUS],
  location: ({ controller_name: controller }, { name }) =>
    text(controller) && name ? `${text(controller)}_${name}` : name,
  native_disk_group_id: word('mdisk_grp_id'),
  capacity: size('capacity'),
});

/** Drives are numbered apart from mdisks: the prefix keeps the ids of the one list unique. */
export const driveId = numbered('drive');

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

export const toDrives = recordsOf(DiskSchema, {
  native_disk_id: driveId,
  name: (_, { native_disk_id: id }) => id,
  physical_type: (drive) => {
    const technology = lookup(TECHNOLOGY, text(drive['tech_type']));
    const isNvme = drive['transport_protocol'] === 'nvme' && technology === 'ssd';
    return isNvme ? 'nvme-ssd' : technology;
  },
  logical_type: (drive) => lookup(USE, text(drive['use'])),
  status: ['status', STATUS],
  location: (drive) => placeIn(text(drive['enclosure_id']), text(drive['slot_id'])),
  native_disk_group_id: word('mdisk_id'),
  serial_number: 'FRU_identity',
  manufacturer: 'vendor_id',
  model: 'product_id',
  firmware: 'firmware_level',
  speed: (drive) => positive(drive['RPM']),
  capacity: size('capacity'),
  endurance_remaining: (drive) => fractionLeft(drive['write_endurance_used']),
});

/** `1_12`; undefined without one of them. */
const placeIn = (owner: string | undefined, slot: string | undefined) =>
  owner && slot ? `${owner}_${slot}` : undefined;

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

const portName = ({ node_name: node, id }: Foreign) => placeIn(identifier(node), identifier(id));
const IN_NODE = { name: portName, location: portName, native_parent_id: word('node_id') };

export const toFcPorts = recordsOf(PortSchema, {
  native_port_id: 'id',
  ...IN_NODE,
  type: (port) => lookup(FC_TYPE, port['type']) ?? 'fc',
  connection_status: ['status', LINK],
  health_status: ['status', FC_HEALTH],
  speed: byPath('port_speed', bitsPerSecond),
  wwn: 'WWPN',
});

/** What serves hosts or management is well; a port without an address is not in use. */
const IP_HEALTH = {
  online: 'normal',
  configured: 'normal',
  management_only: 'normal',
  unconfigured: 'unknown',
  offline: 'abnormal',
} as const;

export const IP_PORT_FIELDS = ['node_name', 'IP_address', 'mask', 'MAC', 'state', 'speed'];

/** Rows of lsportip, or of lsportethernet with their addresses. */
export const toIpPorts = recordsOf(PortSchema, {
  // Ports are numbered node by node.
  native_port_id: (port) =>
    portName(port) ?? `${text(port['node_id']) ?? ''}_${text(port['id']) ?? ''}`,
  ...IN_NODE,
  type: 'eth',
  connection_status: ['link_state', LINK],
  health_status: ['state', IP_HEALTH],
  speed: byPath('speed|port_speed', bitsPerSecond),
  mac_address: 'MAC',
  ipv4: 'IP_address',
  ipv4_mask: 'mask',
  ipv6: 'IP_address_6',
  ipv6_mask: 'prefix_6',
});

/**
 * Of a port of releases from 8.4.2, where addresses belong to portsets: the first of each family stands
 * for the port. Without a `state` of its own a port is in service if it has an address; addresses that
 * could not be read say nothing.
 */
export function addressesOf(port: Row, addresses: readonly Row[] | undefined): Foreign {
  const id = port['port_id'] || port['id'];
  const own = addresses?.filter((one) => one['node_id'] === port['node_id'] && one['port_id'] === id); // prettier-ignore
  const v4 = own?.find((one) => one['IP_address']?.includes('.'));
  const v6 = own?.find((one) => one['IP_address']?.includes(':'));
  const inService = own && (own.length > 0 ? 'configured' : 'unconfigured');
  return {
    id,
    state: port['state'] || inService,
    IP_address: v4?.['IP_address'],
    mask: maskOf(number(v4?.['prefix'])),
    IP_address_6: v6?.['IP_address'],
    prefix_6: v6?.['prefix'],
  };
}

/** 24 -> 255.255.255.0 */
function maskOf(prefix: number | undefined): string | undefined {
  if (prefix === undefined || prefix > 32) return undefined;
  const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}

const PART_STATUS = {
  online: 'ok',
  degraded: 'degraded',
  offline: 'failed',
  excluded: 'failed',
} as const;

export const toEnclosures = recordsOf(ComponentSchema, {
  native_component_id: numbered('enclosure'),
  name: ({ id }) => `enclosure ${text(id)}`,
  type: 'enclosure',
  status: ['status', PART_STATUS],
  model: 'product_MTM',
  serial_number: 'serial_number',
  temperature: ({ temp_c: celsius }) => number(celsius),
  power: 'power_w',
});

export interface Kind {
  readonly type: Component['type'];
  readonly title: string;
  /** Columns of the number among its siblings, by release. */
  readonly ids: string;
  /** What it is numbered within. */
  readonly within: 'enclosure' | 'node';
}

/** What is listed, by command. */
export const PARTS: Readonly<Record<string, Kind>> = {
  lsenclosurecanister: { type: 'module', title: 'canister', ids: 'canister_id', within: 'enclosure' },
  lsenclosurepsu: { type: 'power_supply', title: 'PSU', ids: 'PSU_id|psu_id', within: 'enclosure' },
  lsenclosurefanmodule: { type: 'fan', title: 'fan module', ids: 'fan_module_id', within: 'enclosure' },
  lsenclosurebattery: { type: 'battery', title: 'battery', ids: 'battery_id', within: 'enclosure' },
  lsenclosuresem: { type: 'module', title: 'SEM', ids: 'sem_id|SEM_id', within: 'enclosure' },
  lsnodebattery: { type: 'battery', title: 'battery', ids: 'battery_id|battery_slot|id', within: 'node' },
  lsnodepsu: { type: 'power_supply', title: 'PSU', ids: 'PSU_id|psu_id|id', within: 'node' },
}; // prettier-ignore

/** What is known of it, one after the other. */
const joined = (between: string, ...words: readonly (string | undefined)[]) =>
  words.filter(Boolean).join(between);

export function toParts({ type, title, ids, within }: Kind) {
  const numberOf = word(ids);
  const ownerOf = word(`${within}_id`);
  const parentOf = numbered(within, `${within}_id`);
  const placeOf = (row: Foreign) =>
    ownerOf(row) && `${within} ${identifier(row[`${within}_name`]) ?? ownerOf(row)}`;
  return recordsOf(ComponentSchema, {
    native_component_id: (row) =>
      numberOf(row) && joined('_', parentOf(row), title.replace(' ', '_'), numberOf(row)),
    name: (row) => joined(' ', placeOf(row), title, numberOf(row)),
    type,
    // A battery at the end of its life still works.
    status: ({ end_of_life_warning: warning, status }) =>
      warning === 'yes' && status === 'online' ? 'predicted_failure' : lookup(PART_STATUS, status),
    // Nodes are controllers, whose ids are plain.
    native_parent_id: within === 'enclosure' ? parentOf : ownerOf,
    location: placeOf,
    part_number: 'FRU_part_number',
    serial_number: 'FRU_identity',
    charge_ratio: ({ percent_charged: percent }) => fraction(percent),
  });
}
