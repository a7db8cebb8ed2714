/**
 * File systems of all tables that have any, and the space they have together: bind mounts, exports and
 * subvolumes show one space several times, data sets of a ZFS pool show its free space each.
 */
import { compact, remainder, type Filesystem } from 'delfin-agent/driver';
import type { FileSystemRows, MountRow, StorageRow } from './file-systems.ts';

export interface Space {
  readonly path: string;
  readonly device: string | undefined;
  /** It is another system's, or an image inside another file system. */
  readonly foreign: boolean;
  /** Bytes of one unit: figures are not finer. */
  readonly unitBytes: number;
  /** Equal figures of what has no device of its own are one space. */
  readonly figures: string;
  readonly total: number | undefined;
  readonly used: number | undefined;
  readonly free: number | undefined;
}

const FIXED_DISK = '1.3.6.1.2.1.25.2.1.4';
const NETWORK_DISK = '1.3.6.1.2.1.25.2.1.10';
/** Memory and kernel interfaces that agents list among the file systems. */
const PSEUDO_PATH = /^\/(dev|proc|run|sys)(\/|$)/;
const PSEUDO_DEVICE_PATH = /^\/dev(\/(shm|pts|mqueue|hugepages[^/]*|lock|fd|\..*))?$/;
const PSEUDO_DEVICES = new Set(['tmpfs', 'devtmpfs', 'ramfs', 'udev', 'shm', 'proc', 'sysfs']);
const IMAGE = /^\/dev\/loop\d+$/;
const NETWORK_DEVICE = /^(\/\/[^/]|[^/\s]+:\/)/;
/** bsnmpd: "/mnt/tank, type: zfs, dev: tank". Windows: "C:\ Label:Data  Serial Number 1a2b3c4d". */
const WITH_DEVICE = /^(\/.*), type: [^,]+, dev: (.+)$/;
const DRIVE_LETTER = /^([A-Z]:\\)/;

export function toSpaces({
  storages,
  mountPoints,
  mounts,
}: Omit<FileSystemRows, 'whole'>): Space[] {
  const byPath = new Map(mounts.map((mount) => [mount.path, mount]));
  const spaces: Space[] = [];
  for (const row of storages) {
    if (row.type !== FIXED_DISK && row.type !== NETWORK_DISK) continue;
    const place = placeOf(row, mountPoints);
    if (!place) continue;
    const space = toSpace(place, row, byPath.get(place.path));
    byPath.delete(place.path);
    if (space) spaces.push(space);
  }
  for (const mount of byPath.values()) {
    const place = { path: mount.path, device: mount.device };
    const space = PSEUDO_PATH.test(mount.path) ? undefined : toSpace(place, undefined, mount);
    if (space) spaces.push(space);
  }
  return spaces;
}

interface Place {
  readonly path: string;
  readonly device: string | undefined;
}

/** undefined: not a file system, or one whose mount point is not known now (its id would be another). */
function placeOf(
  { index, description = '' }: StorageRow,
  mountPoints: FileSystemRows['mountPoints'],
): Place | undefined {
  const [, path = description, device] = WITH_DEVICE.exec(description) ?? [];
  const drive = DRIVE_LETTER.exec(path)?.[1];
  if (drive) return { path: drive, device: drive };
  const mounted = mountPoints?.get(index);
  if (path.startsWith('/dev/') && path !== mounted) {
    if (PSEUDO_DEVICE_PATH.test(path) || !mountPoints) return undefined;
    if (mounted && PSEUDO_PATH.test(mounted)) return undefined;
    return { path: mounted || path, device: path };
  }
  const real = path || mounted || '';
  return real === '' || PSEUDO_PATH.test(real) ? undefined : { path: real, device };
}

/** The dskTable's figures are finer and equal `df`; without it hrStorageTable's are taken. */
function toSpace(
  place: Place,
  row: StorageRow | undefined,
  mount: MountRow | undefined,
): Space | undefined {
  const device = mount?.device ?? place.device;
  if (device !== undefined && PSEUDO_DEVICES.has(device)) return undefined;
  const total = mount?.total ?? bytes(row, row?.size);
  // Kernel interfaces have no blocks at all.
  if (total === 0) return undefined;
  const read = mount?.used ?? bytes(row, row?.used);
  const used = read !== undefined && total !== undefined && read > total ? undefined : read;
  return {
    path: place.path,
    device,
    foreign:
      row?.type === NETWORK_DISK || IMAGE.test(device ?? '') || NETWORK_DEVICE.test(device ?? ''),
    unitBytes: row?.unitBytes ?? 1_024,
    figures: row
      ? `${row.unitBytes} ${row.size} ${row.used}`
      : `1024 ${mount?.total} ${mount?.used}`,
    total,
    used,
    free: mount?.available ?? remainder(total, used),
  };
}

function bytes(row: StorageRow | undefined, units: number | undefined): number | undefined {
  if (!row?.unitBytes || units === undefined) return undefined;
  return units * row.unitBytes;
}

export interface Capacity {
  readonly total?: number | undefined;
  readonly used?: number | undefined;
  /** What may still be written. */
  readonly free?: number | undefined;
}

export const capacities = ({ total, used, free }: Capacity) => ({
  total_capacity: total,
  used_capacity: used,
  free_capacity: free,
});

/** Each space once; absent where a part of it is unknown. */
export function capacityOf(spaces: readonly Space[]): Capacity {
  const own = once(spaces.filter(({ foreign }) => !foreign));
  if (own.length === 0) return {};
  const known = own.filter(isKnown);
  if (known.length < own.length) {
    // Without all figures it can't be told what shares its space.
    return {};
  }
  const pools = pooled(known.filter(({ device }) => !isBlock(device)));
  const shared = new Set(pools.flatMap(({ members }) => members));
  const apart = known.filter((space) => !shared.has(space));
  const used = known.reduce((sum, space) => sum + space.used, 0);
  const poolFree = pools.reduce((sum, { free }) => sum + free, 0);
  const inPools = Array.from(shared).reduce((sum, space) => sum + space.used, 0);
  const total = apart.reduce((sum, space) => sum + space.total, poolFree + inPools);
  const free = apart.reduce((sum, space) => sum + (space.free ?? 0), poolFree);
  return { total, used, free };
}

type Known = Space & { readonly total: number; readonly used: number };

function isKnown(space: Space): space is Known {
  return space.total !== undefined && space.used !== undefined;
}

function isBlock(device: string | undefined): boolean {
  return device !== undefined && (device.startsWith('/dev/') || DRIVE_LETTER.test(device));
}

/** Two devices are two spaces whatever they hold; one device, or equal figures without one, is one. */
function once(spaces: readonly Space[]): Space[] {
  const found = new Map<string, Space>();
  const figures = new Set<string>();
  const blocksFirst = spaces.toSorted((a, b) => Number(isBlock(b.device)) - Number(isBlock(a.device))); // prettier-ignore
  for (const space of blocksFirst) {
    const block = isBlock(space.device);
    if (!block && figures.has(space.figures)) continue;
    figures.add(space.figures);
    const key = block ? `${space.device}` : `${space.figures} without a device`;
    if (!found.has(key)) found.set(key, space);
  }
  return Array.from(found.values());
}

interface Pool {
  readonly free: number;
  readonly members: readonly Known[];
}

/**
 * Data sets of a pool: size = free + used, and free is the pool's. One below them with another free
 * space has a quota: what it holds is the pool's, too.
 */
function pooled(spaces: readonly Known[]): Pool[] {
  const pools: Pool[] = [];
  const taken = new Set<Known>();
  for (const space of spaces) {
    const free = space.total - space.used;
    if (taken.has(space) || free <= 0) continue;
    const equal = spaces.filter((other) => {
      const rounding = 2 * Math.max(space.unitBytes, other.unitBytes);
      const otherFree = other.total - other.used;
      return !taken.has(other) && otherFree > rounding && Math.abs(otherFree - free) <= rounding;
    });
    if (equal.length < 2) continue;
    const members = spaces.filter(
      (other) =>
        !taken.has(other) &&
        (equal.includes(other) || equal.some(({ path }) => other.path.startsWith(`${path}/`))),
    );
    for (const member of members) taken.add(member);
    pools.push({ free: Math.max(...equal.map((each) => each.total - each.used)), members });
  }
  return pools;
}

export function toFilesystem(space: Space): Filesystem {
  return compact<Filesystem>({
    native_filesystem_id: space.path,
    name: space.path,
    status: 'unknown',
    ...capacities(space),
  });
}
