/** Rows of the MIBs and of vendors' tables as records. */
import {
  compact,
  lookup,
  sum,
  type Component,
  type Controller,
  type Disk,
  type Filesystem,
  type Port,
  type Storage,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';
import type { AddressRow, DiskRow, InterfaceRow, ProcessorRow, SystemGroup } from './client.ts';
import { isWholeDisk } from './disks.ts';
import { identityOf } from './identity.ts';
import { capacities, type Capacity } from './spaces.ts';
import { worstState, type Item, type PartItem, type VendorIdentity } from './vendor.ts';
import type { State } from './vendors/shape.ts';

const SOFTWARE_LOOPBACK = 24;

/** IANAifType. */
const PORT_TYPES = {
  6: 'eth',
  56: 'fc',
  117: 'eth',
  161: 'logic',
  53: 'logic',
  131: 'logic',
  135: 'logic',
  199: 'ib',
  209: 'logic',
} as const;
const OPER_STATUS = {
  1: 'connected',
  2: 'disconnected',
  3: 'unknown',
  4: 'unknown',
  5: 'unknown',
  6: 'disconnected',
  7: 'disconnected',
} as const;
/** hrDeviceStatus. */
const DEVICE_STATUS = {
  1: 'unknown',
  2: 'normal',
  3: 'degraded',
  4: 'degraded',
  5: 'fault',
} as const;
const VOLUME_STATUS = {
  normal: 'available',
  degraded: 'available',
  abnormal: 'error',
  offline: 'error',
  unknown: 'unknown',
} as const;
const FILESYSTEM_STATUS = {
  normal: 'normal',
  degraded: 'normal',
  abnormal: 'faulty',
  offline: 'faulty',
  unknown: 'unknown',
} as const;

export function isNetworkPort(row: InterfaceRow): boolean {
  return row.type !== SOFTWARE_LOOPBACK;
}

/** Health is the vendor's word alone: the standard MIBs do not speak of it. */
export function toStorage(
  system: SystemGroup,
  capacity: Capacity,
  vendor: VendorIdentity | undefined,
): Storage {
  const said = identityOf(system.description);
  return compact<Storage>({
    name: system.name,
    description: system.description,
    location: system.location,
    vendor: vendor?.vendor,
    model: vendor?.model ?? said.model,
    serial_number: vendor?.serial,
    firmware_version: vendor?.firmware ?? said.firmware_version,
    status: healthOf(vendor?.health ?? []),
    ...capacities(capacity),
  });
}

/**
 * The vendor's word for the whole, or what is worse: a broken fan or power supply. One that is well does
 * not make the system well, and a UPS is no part of it.
 */
function healthOf(health: VendorIdentity['health']): State {
  const own = health.filter(({ type }) => type !== 'battery');
  const worst = worstState(own.map(({ state }) => state)) ?? 'unknown';
  const isTold = own.some(({ type, state }) => type === undefined && state !== undefined);
  return worst === 'normal' && !isTold ? 'unknown' : worst;
}

/** Pools hold each space once, where each tells its size. */
export const capacityOfPools = (pools: readonly Item[]): Capacity => ({
  total: sum(pools.map(({ total }) => total)),
  used: sum(pools.map(({ used }) => used)),
  free: sum(pools.map(({ free }) => free)),
});

export function toController(row: ProcessorRow): Controller {
  return compact<Controller>({
    native_controller_id: row.index,
    name: `cpu ${row.index}`,
    status: lookup(DEVICE_STATUS, row.status) ?? 'unknown',
    cpu_info: row.description,
    cpu_count: 1,
  });
}

export function toPorts(
  interfaces: readonly InterfaceRow[],
  addresses: ReadonlyMap<string, AddressRow>,
): Port[] {
  return interfaces.filter(isNetworkPort).map((row) => {
    const address = addresses.get(row.index);
    return compact<Port>({
      native_port_id: row.index,
      name: row.name,
      location: row.alias,
      type: lookup(PORT_TYPES, row.type),
      connection_status: lookup(OPER_STATUS, row.operStatus) ?? 'unknown',
      health_status: 'unknown',
      speed: row.speedBits,
      mac_address:
        row.mac && Array.from(row.mac, (octet) => octet.toString(16).padStart(2, '0')).join(':'),
      ipv4: address?.address,
      ipv4_mask: address?.mask,
    });
  });
}

/** Disks of both tables, parts left out. */
export function toDisks(
  rows: readonly DiskRow[],
  sizes: ReadonlyMap<string, number | undefined>,
  sensors: readonly Item[] = [],
): Disk[] {
  const measures = new Map(sensors.map((item) => [item.name, item.measures]));
  const names = new Set([...rows.map(({ name }) => name), ...sizes.keys()]);
  return Array.from(names)
    .filter(isWholeDisk)
    .map((name) =>
      compact<Disk>({
        native_disk_id: name,
        name,
        physical_type: name.startsWith('nvme') ? 'nvme-ssd' : 'unknown',
        status: 'unknown',
        capacity: sizes.get(name),
        ...measures.get(name),
      }),
    );
}

export function toVendorDisk(item: Item): Disk {
  return compact<Disk>({
    native_disk_id: item.id,
    name: item.name ?? item.id,
    physical_type: 'unknown',
    status: item.status ?? 'unknown',
    capacity: item.total,
    model: item.model,
    manufacturer: item.manufacturer,
    serial_number: item.serial,
    firmware: item.firmware,
    ...item.measures,
  });
}

const COMPONENT_STATUS: Readonly<Record<State, NonNullable<Component['status']>>> = {
  normal: 'ok',
  degraded: 'degraded',
  abnormal: 'failed',
  offline: 'failed',
  unknown: 'unknown',
};

export function toComponents(
  parts: readonly PartItem[],
  identity: VendorIdentity | undefined,
): Component[] {
  const ofTables = parts.map((item) =>
    compact<Component>({
      native_component_id: `${item.type}/${item.id}`,
      name: item.name ?? item.id,
      type: item.type,
      status: item.status && COMPONENT_STATUS[item.status],
      vendor: item.manufacturer,
      model: item.model,
      serial_number: item.serial,
      firmware: item.firmware,
      ...item.measures,
    }),
  );
  const ofScalars = (identity?.health ?? []).flatMap(({ what, type, state, measures }) => {
    if (!type || (state === undefined && Object.keys(measures).length === 0)) return [];
    const status = state && COMPONENT_STATUS[state];
    return compact<Component>({ native_component_id: what, name: what, type, status, ...measures });
  });
  return [...ofScalars, ...ofTables];
}

export function toStoragePool(item: Item): StoragePool {
  return compact<StoragePool>({
    native_storage_pool_id: item.id,
    name: item.name ?? item.id,
    status: item.status ?? 'unknown',
    ...capacities(item),
  });
}

export function toVolume(item: Item): Volume {
  return compact<Volume>({
    native_volume_id: item.id,
    name: item.name ?? item.id,
    status: VOLUME_STATUS[item.status ?? 'unknown'],
    ...capacities(item),
  });
}

export function toVendorFilesystem(item: Item): Filesystem {
  return compact<Filesystem>({
    native_filesystem_id: item.id,
    name: item.name ?? item.id,
    status: FILESYSTEM_STATUS[item.status ?? 'unknown'],
    ...capacities(item),
  });
}
