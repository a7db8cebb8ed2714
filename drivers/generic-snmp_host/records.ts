/** Rows of the MIBs as records. */
import {
  compact,
  lookup,
  remainder,
  type Controller,
  type Disk,
  type Filesystem,
  type Port,
  type Storage,
} from 'delfin-agent/driver';
import type {
  DiskRow,
  InterfaceRow,
  MountRow,
  ProcessorRow,
  StorageRow,
  SystemGroup,
} from './client.ts';

/** hrStorageFixedDisk and hrStorageNetworkDisk. */
const DISK_STORAGE = new Set(['1.3.6.1.2.1.25.2.1.4', '1.3.6.1.2.1.25.2.1.10']);
/** Memory and kernel interfaces that agents list among the file systems. */
const PSEUDO_PATH = /^\/(dev|proc|run|sys)(\/|$)/;
/** Devices without a medium of their own. */
const PSEUDO_DISK = /^(loop|ram|zram|fd|sr)\d/;
const SOFTWARE_LOOPBACK = 24;

/** IANAifType. */
const PORT_TYPES = {
  6: 'eth',
  56: 'fc',
  161: 'logic',
  53: 'logic',
  135: 'logic',
  199: 'ib',
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

function isDiskStorage(row: StorageRow): boolean {
  return DISK_STORAGE.has(row.type ?? '') && !PSEUDO_PATH.test(row.path);
}

export function isRealDisk(row: DiskRow): boolean {
  return !PSEUDO_DISK.test(row.name);
}

export function isNetworkPort(row: InterfaceRow): boolean {
  return row.type !== SOFTWARE_LOOPBACK;
}

export function toStorage(system: SystemGroup, storages: readonly StorageRow[]): Storage {
  const rows = storages.filter(isDiskStorage);
  const sum = (bytes: (row: StorageRow) => number) =>
    rows.reduce((total, row) => total + bytes(row), 0);
  const total = sum((row) => row.size * row.unitBytes);
  const used = sum((row) => row.used * row.unitBytes);
  return compact<Storage>({
    name: system.name,
    description: system.description,
    location: system.location,
    model: system.description?.split(' ', 1)[0],
    firmware_version: system.description?.split(' ').find((word) => /^\d+\.\d/.test(word)),
    status: 'normal',
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
  });
}

/** The dskTable's figures are finer and equal `df`; without it hrStorageTable's are taken. */
export function toFilesystems(
  storages: readonly StorageRow[],
  mounts: readonly MountRow[],
): Filesystem[] {
  const byPath = new Map(mounts.map((mount) => [mount.path, mount]));
  return storages.filter(isDiskStorage).map((row) => {
    const mount = byPath.get(row.path);
    const total = mount ? mount.total * 1024 : row.size * row.unitBytes;
    const used = mount ? mount.used * 1024 : row.used * row.unitBytes;
    return compact<Filesystem>({
      native_filesystem_id: row.path,
      name: row.path,
      status: 'normal',
      total_capacity: total,
      used_capacity: used,
      free_capacity: mount ? mount.available * 1024 : remainder(total, used),
    });
  });
}

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
  addresses: ReadonlyMap<string, { address: string; mask: string | undefined }>,
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

export function toDisks(rows: readonly DiskRow[], sizes: ReadonlyMap<string, number>): Disk[] {
  return rows.filter(isRealDisk).map((row) =>
    compact<Disk>({
      native_disk_id: row.name,
      name: row.name,
      physical_type: row.name.startsWith('nvme') ? 'nvme-ssd' : 'unknown',
      status: 'unknown',
      capacity: sizes.get(row.name),
    }),
  );
}
