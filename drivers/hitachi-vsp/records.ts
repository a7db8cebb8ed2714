/** The array's own parts: API objects to records. Pure. */
import {
  compact,
  flag,
  fractionLeft,
  identifier,
  isObject,
  lookup,
  number,
  pick,
  positive,
  remainder,
  scaled,
  sum,
  text,
  type Controller,
  type Disk,
  type Foreign,
  type Port,
  type Storage,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';
import type { Device } from './device.ts';

const BLOCK = 512;
const KIB = 1024;
const MIB = 1024 ** 2;
/** Drives are sold and named in decimal gigabytes (DKR5D-J600SS is 600 GB). */
const GB = 1e9;

export interface Capacity {
  readonly total: number | undefined;
  readonly free: number | undefined;
}

/** What pools, together or one by one, say of reduction and snapshots. */
type Efficiency = Pick<Storage, 'data_reduction' | 'snapshot_capacity' | 'snapshot_count'>;

/** Snapshots of all pools. Undefined where one of them does not tell. */
export function snapshotsIn(pools: readonly StoragePool[]): {
  readonly [K in 'snapshot_capacity' | 'snapshot_count']: number | undefined;
} {
  const total = (field: 'snapshot_capacity' | 'snapshot_count') =>
    sum(pools.map((pool) => pool[field]));
  return { snapshot_capacity: total('snapshot_capacity'), snapshot_count: total('snapshot_count') };
}

/** By compression, deduplication and reclaimed patterns, as text like "1.35"; not before it was calculated. */
export function reductionOf(efficiency: unknown): number | undefined {
  if (!isObject(efficiency) || flag(efficiency['isCalculated']) === false) return undefined;
  return positive(efficiency['compressionRatio']);
}

/** `total-capacities/instance`, in KiB. */
export function totalCapacity(answer: Foreign): Capacity {
  const size = (field: string) => scaled(pick(answer, `total.${field}`), KIB);
  return { total: size('totalCapacity'), free: size('freeSpace') };
}

export function poolsCapacity(pools: readonly StoragePool[]): Capacity {
  return {
    total: sum(pools.map((pool) => pool.total_capacity)),
    free: sum(pools.map((pool) => pool.free_capacity)),
  };
}

export function rawCapacity(disks: readonly Disk[]): number | undefined {
  return sum(disks.map((disk) => disk.capacity));
}

export function toStorage(
  device: Device,
  answer: Foreign | undefined,
  host: string,
  { total, free, raw }: { [K in 'total' | 'free' | 'raw']: number | undefined },
  efficiency: { readonly [K in keyof Efficiency]?: number | undefined } = {},
): Storage {
  const detail = answer ?? {};
  const model = device.model ?? text(detail['model']);
  return compact<Storage>({
    // The API knows no name of the array.
    name: model === undefined ? host : `${model}_${host}`,
    vendor: 'Hitachi',
    description: 'Hitachi VSP Storage',
    model,
    serial_number: device.serial ?? text(detail['serialNumber']),
    firmware_version: text(detail['dkcMicroVersion']),
    total_capacity: total,
    used_capacity: remainder(total, free),
    free_capacity: free,
    raw_capacity: raw,
    data_reduction: efficiency.data_reduction,
    snapshot_capacity: efficiency.snapshot_capacity,
    snapshot_count: efficiency.snapshot_count,
  });
}

/** POLF: over its threshold; POLS: over it and suspended; POLE: failed, its data not available. */
const POOL_STATUS = { POLN: 'normal', POLF: 'normal', POLS: 'abnormal', POLE: 'offline' } as const;

export function toPool(pool: Foreign): StoragePool {
  const total = scaled(pool['totalPoolCapacity'], MIB);
  const free = scaled(pool['availableVolumeCapacity'], MIB);
  return compact<StoragePool>({
    native_storage_pool_id: identifier(pool['poolId']),
    name: identifier(pool['poolName']),
    description: 'Hitachi VSP Pool',
    storage_type: 'block',
    status: lookup(POOL_STATUS, pool['poolStatus']),
    total_capacity: total,
    used_capacity: remainder(total, free),
    free_capacity: free,
    subscribed_capacity: scaled(pool['totalLocatedCapacity'], MIB),
    data_reduction: reductionOf(pool['efficiency']),
    snapshot_capacity: scaled(pool['snapshotUsedCapacity'], MIB),
    snapshot_count: number(pool['snapshotCount']),
  });
}

/** BSY: its state is just changing. */
const VOLUME_STATUS = {
  NML: 'available',
  BLK: 'error',
  BSY: 'unknown',
  Unknown: 'unknown',
} as const;
const THIN = new Set(['HDP', 'HDT', 'VVOL']);

/** LDEVs that do not exist are listed too by servers that ignore `ldevOption`. */
export function isDefined(ldev: Foreign): boolean {
  return ldev['emulationType'] !== 'NOT DEFINED';
}

export function toVolume(ldev: Foreign): Volume {
  const id = ldevName(ldev['ldevId']);
  const total = scaled(ldev['blockCapacity'], BLOCK);
  const type = provisioning(ldev);
  // Basic volumes are allocated whole; pages of the others are counted.
  const used = type === 'thick' ? total : scaled(ldev['numOfUsedBlock'], BLOCK);
  return compact<Volume>({
    native_volume_id: id,
    name: identifier(ldev['label']) ?? id,
    description: 'Hitachi VSP volume',
    type,
    status: lookup(VOLUME_STATUS, ldev['status']),
    native_storage_pool_id: identifier(ldev['poolId']),
    wwn: text(ldev['naaId']),
    total_capacity: total,
    used_capacity: used,
    // Pages are allocated whole, so that a full volume may use a little more than its size.
    free_capacity:
      total === undefined || used === undefined ? undefined : Math.max(0, total - used),
    ...dataReduction(ldev, type),
  });
}

/** CU:LDEV with the logical DKC in front: 00:01:FF, in lower case as other clients write it. */
export function ldevName(ldevId: unknown): string | undefined {
  const value = number(ldevId);
  if (value === undefined) return undefined;
  const hex = value.toString(16).padStart(6, '0');
  return hex.match(/../g)?.join(':');
}

/** HTI marks both sides of a snapshot: the copy is virtual, the original may be a basic volume. */
function provisioning(ldev: Foreign): 'thin' | 'thick' | undefined {
  const attributes = ldev['attributes'];
  if (!Array.isArray(attributes)) return ldev['poolId'] === undefined ? undefined : 'thin';
  if (attributes.some((attribute) => THIN.has(String(attribute)))) return 'thin';
  const basic = number(ldev['numOfParityGroups']) !== undefined || ldev['raidLevel'] !== undefined;
  return attributes.includes('HTI') && !basic ? 'thin' : 'thick';
}

/** Only volumes of pools can be reduced; a basic volume without the mode is known not to be. */
function dataReduction(ldev: Foreign, type: 'thin' | 'thick' | undefined) {
  const mode = text(ldev['dataReductionMode']);
  if (mode === undefined) {
    return type === 'thick' ? { compressed: false, deduplicated: false } : {};
  }
  const deduplicated = mode === 'compression_deduplication';
  return { compressed: deduplicated || mode === 'compression', deduplicated };
}

const CONTROLLER_STATUS = {
  Normal: 'normal', Warning: 'degraded', Failed: 'fault', Blocked: 'fault', Blockade: 'fault',
} as const; // prettier-ignore

/** `system`: the array's own object, with addresses and versions of both controllers. */
export function toController(controller: Foreign, system: Foreign): Controller {
  const id = text(controller['location']);
  const [, side] = /^CTL0?([12])$/i.exec(id ?? '') ?? [];
  return compact<Controller>({
    native_controller_id: id,
    name: id,
    status: lookup(CONTROLLER_STATUS, controller['status']),
    location: id,
    soft_version: side ? text(system[`ctl${side}MicroVersion`]) : undefined,
    mgmt_ip: side ? text(system[`ctl${side}Ip`]) : undefined,
  });
}

/** RSV: a spare drive that cannot be used. */
const DISK_STATUS = {
  NML: 'normal', CPY: 'normal', CPI: 'normal', RSV: 'abnormal', FAI: 'abnormal', BLK: 'abnormal',
  WAR: 'abnormal', UNK: 'unknown', Unknown: 'unknown',
} as const; // prettier-ignore
const DISK_USE = { DATA: 'member', SPARE: 'spare', FREE: 'free' } as const;
/** SSD comes with its kind: SSD(FMC), SSD(MLC), SSD(RI). SCM is storage class memory. */
const DISK_TYPE = { SAS: 'sas', SATA: 'sata', SSD: 'ssd', FC: 'fc', SCM: 'ssd' } as const;

export function toDisk(drive: Foreign): Disk {
  const id = text(drive['driveLocationId']);
  const named = text(drive['driveTypeName'])?.toUpperCase();
  const type = lookup(DISK_TYPE, named?.includes('SSD') ? 'SSD' : named);
  return compact<Disk>({
    native_disk_id: id,
    name: id,
    physical_type: type,
    logical_type: lookup(DISK_USE, drive['usageType']),
    status: lookup(DISK_STATUS, drive['status']),
    location: id,
    native_disk_group_id: text(drive['parityGroupId']),
    serial_number: text(drive['serialNumber']),
    model: text(drive['driveType']),
    speed: type === 'ssd' ? undefined : positive(drive['driveSpeed']),
    capacity: scaled(drive['totalCapacity'], GB),
    endurance_remaining: fractionLeft(drive['usedEnduranceIndicator']),
  });
}

const PORT_TYPE = {
  FIBRE: 'fc', ISCSI: 'iscsi', FICON: 'ficon', FCoE: 'fcoe', FCOE: 'fcoe', SCSI: 'other',
  ENAS: 'other', ESCON: 'other', HNASS: 'other', HNASU: 'other',
} as const; // prettier-ignore
const WITHOUT_WWN = new Set(['iscsi', 'other']);

/** `detail`: the port's own object, where iSCSI ports have their addresses. */
export function toPort(port: Foreign, detail: Foreign, loggedIn: boolean): Port {
  const id = text(port['portId']);
  const type = lookup(PORT_TYPE, port['portType']);
  const ipv4 = address(detail['ipv4Address']);
  return compact<Port>({
    native_port_id: id,
    name: id,
    location: id,
    type,
    logical_type: role(port['portAttributes']),
    // Hosts that are logged in prove the link; without them nothing is known about it.
    connection_status: loggedIn ? 'connected' : undefined,
    max_speed: bitsPerSecond(port['portSpeed']),
    wwn: WITHOUT_WWN.has(String(type)) ? undefined : text(port['wwn'])?.toUpperCase(),
    mac_address: text(port['macAddress']) ?? text(detail['macAddress']),
    ipv4,
    ipv4_mask: ipv4 && text(detail['ipv4Subnetmask']),
    ipv6: ipv6(detail['ipv6LinkLocalAddress']) ?? ipv6(detail['ipv6GlobalAddress']),
  });
}

/** TAR: hosts connect to it; ELUN alone: it reaches external arrays. */
function role(attributes: unknown): 'frontend' | 'backend' | undefined {
  if (!Array.isArray(attributes)) return undefined;
  if (attributes.includes('TAR')) return 'frontend';
  return attributes.length === 1 && attributes[0] === 'ELUN' ? 'backend' : undefined;
}

/** 16G is 16 Gbit/s; AUT is negotiated, and the API does not say with what result. */
function bitsPerSecond(speed: unknown): number | undefined {
  const [, gigabits] = /^(\d+)\s*G/i.exec(text(speed) ?? '') ?? [];
  return gigabits === undefined ? undefined : Number(gigabits) * 1e9;
}

const UNSET = new Set(['0.0.0.0', '::', 'fe80::']);

function address(value: unknown): string | undefined {
  const written = text(value);
  return written === undefined || UNSET.has(written) ? undefined : written;
}

/** VAL: in use; INV: not. */
function ipv6(value: unknown): string | undefined {
  return isObject(value) && value['status'] === 'VAL' ? address(value['address']) : undefined;
}
