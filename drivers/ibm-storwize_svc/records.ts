/** Rows of the command line as records: system, pools, volumes, controllers. */
import {
  compact,
  flag,
  identifier,
  lookup,
  number,
  sum,
  text,
  type Controller,
  type Storage,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';
import type { Row } from './table.ts';

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
  PB: 2 ** 50,
  EB: 2 ** 60,
};

/** Bytes of a size: plain bytes with -bytes, else "8.13TB" in powers of two. */
export function sizeOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, digits, unit = 'B'] = /^\s*(\d+(?:\.\d+)?)\s*([KMGTPE]?B)?\s*$/i.exec(value) ?? [];
  const factor = UNITS[unit.toUpperCase()];
  const read = number(digits);
  return read === undefined || factor === undefined ? undefined : Math.floor(read * factor);
}

export const isRounded = (value: string | undefined) => /^\d+(\.\d+)?[KMGTPE]B$/.test(value ?? '');

/** Where exact sizes belong, a rounded one is not told. */
export const withoutRounded = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => !isRounded(value)));

/** "7.4.0.11 (build 103.29.1609070000)" */
export function codeLevel(value: string | undefined): string | undefined {
  return text(value?.split(' ')[0]);
}

export function storageOf(system: Row): Storage {
  const free = sizeOf(system['total_free_space']);
  const used = sizeOf(system['total_used_capacity']);
  const managed = sizeOf(system['total_mdisk_capacity']);
  const total = managed ?? sum([free, used]);
  return compact<Storage>({
    name: identifier(system['name']),
    vendor: 'IBM',
    model: text(system['product_name']),
    serial_number: text(system['id']),
    firmware_version: codeLevel(system['code_level']),
    location: text(system['location']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: free,
    raw_capacity: managed,
    subscribed_capacity: sizeOf(system['total_vdisk_capacity']),
    data_reduction: reductionOf(system),
  });
}

/** Of data reduction pools before and after it; else of what is compressed in other pools. */
function reductionOf(row: Row): number | undefined {
  const pairs = [
    ['used_capacity_before_reduction', 'used_capacity_after_reduction'],
    ['compression_uncompressed_capacity', 'compression_compressed_capacity'],
  ] as const;
  return pairs
    .map(([before, after]) => quotient(sizeOf(row[before]), sizeOf(row[after])))
    .find((ratio) => ratio !== undefined);
}

/** Without data there is no reduction. */
const quotient = (before: number | undefined, after: number | undefined) =>
  before && after ? before / after : undefined;

const POOL_STATUS = {
  online: 'normal',
  degraded: 'degraded',
  degraded_paths: 'degraded',
  degraded_ports: 'degraded',
  excluded: 'abnormal',
  offline: 'offline',
} as const;

export const POOL_FIELDS = ['capacity', 'free_capacity', 'used_capacity', 'virtual_capacity'];

export function poolOf(pool: Row): StoragePool {
  return compact<StoragePool>({
    native_storage_pool_id: pool['id'] ?? '',
    name: identifier(pool['name']),
    storage_type: 'block',
    status: lookup(POOL_STATUS, pool['status']),
    total_capacity: sizeOf(pool['capacity']),
    used_capacity: sizeOf(pool['used_capacity']),
    free_capacity: sizeOf(pool['free_capacity']),
    subscribed_capacity: sizeOf(pool['virtual_capacity']),
    data_reduction: reductionOf(pool),
    logical_used_capacity: sizeOf(pool['used_capacity_before_reduction']) || undefined,
  });
}

/** A degraded volume has lost a copy or a path: it serves its hosts, but is not well. */
const VOLUME_STATUS = { online: 'available', degraded: 'error', offline: 'error' } as const;

/** What the volume record takes from a copy. */
export interface Copy {
  readonly pool: string | undefined;
  readonly primary: boolean;
  readonly thin: boolean | undefined;
  readonly compressed: boolean | undefined;
  readonly deduplicated: boolean | undefined;
  readonly used: number | undefined;
  readonly free: number | undefined;
  /** What a compressed copy would take without compression. */
  readonly logical: number | undefined;
}

/** A copy's row of a list, or its part of the volume's details. */
export function copyOf(row: Row): Copy {
  return {
    pool: text(row['mdisk_grp_id']),
    primary: flag(row['primary']) ?? false,
    thin: flag(row['se_copy']),
    compressed: flag(row['compressed_copy']),
    deduplicated: flag(row['deduplicated_copy']),
    ...spaceOf(row),
  };
}

export function spaceOf(row: Row): Pick<Copy, 'used' | 'free' | 'logical'> {
  return {
    used: sizeOf(row['used_capacity']),
    free: sizeOf(row['free_capacity']),
    logical: sizeOf(row['uncompressed_used_capacity']),
  };
}

/** The primary copy stands for the volume; any copy's data reduction is the volume's. */
export function volumeOf(volume: Row, copies: readonly Copy[]): Volume {
  const primary = copies.find((copy) => copy.primary) ?? copies[0];
  const pool = text(volume['mdisk_grp_id']);
  return compact<Volume>({
    native_volume_id: volume['id'] ?? '',
    name: identifier(volume['name']),
    type: typeOf(copies),
    status: lookup(VOLUME_STATUS, volume['status']),
    native_storage_pool_id: primary?.pool ?? (pool === 'many' ? undefined : pool),
    wwn: text(volume['vdisk_UID']),
    total_capacity: sizeOf(volume['capacity']),
    used_capacity: primary?.used,
    free_capacity: primary?.free,
    ...(primary?.compressed
      ? {
          data_reduction: quotient(primary.logical, primary.used),
          logical_used_capacity: primary.logical,
        }
      : {}),
    compressed: anyOf(copies.map((copy) => copy.compressed)),
    deduplicated: anyOf(copies.map((copy) => copy.deduplicated)),
  });
}

/** Compressed copies are thin, though older releases print "se_copy no" for them. */
function typeOf(copies: readonly Copy[]): 'thin' | 'thick' | undefined {
  const thin = anyOf(copies.flatMap((copy) => [copy.thin, copy.compressed || undefined]));
  if (thin === undefined) return undefined;
  return thin ? 'thin' : 'thick';
}

function anyOf(flags: readonly (boolean | undefined)[]): boolean | undefined {
  const known = flags.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : known.includes(true);
}

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

export function controllerOf(node: Row, hardware: Row): Controller {
  const name = identifier(node['name']);
  const memory = number(hardware['memory_actual']);
  return compact<Controller>({
    native_controller_id: node['id'] ?? '',
    name,
    status: lookup(CONTROLLER_STATUS, node['status']),
    location: name,
    soft_version: codeLevel(node['code_level']),
    cpu_info: text(hardware['cpu_actual']),
    cpu_count: number(hardware['cpu_count']),
    // Whole GB in powers of two.
    memory_size: memory === undefined ? undefined : memory * 2 ** 30,
    mgmt_ip: text(node['service_IP_address']) ?? text(node['service_IP_address_6']),
  });
}
