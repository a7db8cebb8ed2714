/** The array, its pods, volumes and volume groups; what all records have in common. */
import {
  compact,
  identifier,
  isObject,
  lookup,
  number,
  remainder,
  text,
  type Disk,
  type Foreign,
  type Storage,
  type StoragePool,
  type Volume,
  type VolumeGroups,
} from 'delfin-agent/driver';

/** A name or another free text: as it is, even if it reads "none" or "-". */
export function label(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The id of a reference like `pod: { id, name }`; its members are null where there is none. */
export function refId(value: unknown): string | undefined {
  return isObject(value) ? identifier(value['id']) : undefined;
}

export function refName(value: unknown): string | undefined {
  return isObject(value) ? label(value['name']) : undefined;
}

export function objects(value: unknown): readonly Foreign[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A record without its id is none. */
export function withId<T>(items: readonly Foreign[], make: (item: Foreign, id: string) => T): T[] {
  return withKey(items, 'id', make);
}

/** Hosts, hardware and their like are identified by their names. */
export function withName<T>(
  items: readonly Foreign[],
  make: (item: Foreign, name: string) => T,
): T[] {
  return withKey(items, 'name', make);
}

function withKey<T>(
  items: readonly Foreign[],
  key: string,
  make: (item: Foreign, id: string) => T,
): T[] {
  return items.flatMap((item) => {
    const id = identifier(item[key]);
    return id === undefined ? [] : [make(item, id)];
  });
}

/** What a `space` object says; numbers that it lacks are absent. */
export function spaceOf(item: Foreign) {
  const space = isObject(item['space']) ? item['space'] : {};
  return {
    // The newer name of the same number, REST 2.26 and later.
    used: number(space['total_used']) ?? number(space['total_physical']),
    // Null: unlimited.
    provisioned: number(space['total_provisioned']),
    efficiency: {
      data_reduction: number(space['data_reduction']),
      logical_used_capacity: number(space['virtual']),
      snapshot_capacity: number(space['snapshots']),
    },
  };
}

/** How many snapshots there are: of everything, of each volume and of each pod, as far as known. */
export interface SnapshotCounts {
  readonly total: number | undefined;
  /** Undefined: too many to be counted one by one. */
  readonly byVolume: ReadonlyMap<string, number> | undefined;
  readonly byPod: ReadonlyMap<string, number> | undefined;
}

export function countSnapshots(snapshots: readonly Foreign[]): SnapshotCounts {
  const byVolume = new Map<string, number>();
  const byPod = new Map<string, number>();
  for (const { source, pod } of snapshots) {
    for (const [counts, id] of [
      [byVolume, refId(source)],
      [byPod, refId(pod)],
    ] as const) {
      if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return { total: snapshots.length, byVolume, byPod };
}

/** Undefined: it could not be read. */
export interface StorageParts {
  readonly array: Foreign;
  readonly controllers: readonly Foreign[] | undefined;
  readonly disks: readonly Disk[] | undefined;
  readonly snapshots: SnapshotCounts | undefined;
}

export function toStorage({ array, controllers, disks, snapshots }: StorageParts): Storage {
  const total = number(array['capacity']);
  const { used, provisioned, efficiency } = spaceOf(array);
  return compact<Storage>({
    name: label(array['name']),
    vendor: 'Pure Storage',
    model: modelOf(controllers ?? []),
    serial_number: identifier(array['id']),
    firmware_version: text(array['version']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    raw_capacity: rawCapacity(disks ?? []),
    subscribed_capacity: provisioned,
    ...efficiency,
    snapshot_count: snapshots?.total,
  });
}

/** The array has the model of its controllers, during an upgrade that of the one in charge. */
function modelOf(controllers: readonly Foreign[]): string | undefined {
  const own = controllers.filter(({ type }) => type !== 'shelf_controller');
  const first = own.find(({ mode }) => mode === 'primary') ?? own[0];
  return text(first?.['model']);
}

/** Flash modules without the write buffer; not known if the size of one of them is not. */
function rawCapacity(disks: readonly Disk[]): number | undefined {
  const modules = disks.filter(({ logical_type: type }) => type !== 'cache');
  const sizes = modules.flatMap(({ capacity }) => capacity ?? []);
  if (sizes.length === 0 || sizes.length < modules.length) return undefined;
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** All capacity is that of the array: its own pool has all of it, pods included. */
export function toArrayPool(
  array: Foreign,
  id: string,
  snapshots: SnapshotCounts | undefined,
): StoragePool {
  const total = number(array['capacity']);
  const { used, provisioned, efficiency } = spaceOf(array);
  return compact<StoragePool>({
    native_storage_pool_id: id,
    name: label(array['name']),
    storage_type: 'unified',
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    subscribed_capacity: provisioned,
    ...efficiency,
    snapshot_count: snapshots?.total,
  });
}

const POD_STATES = {
  online: 'normal',
  offline: 'offline',
  resyncing: 'degraded',
  suspended: 'degraded',
  unknown: 'unknown',
} as const;

/** A pod has a size only if it has a quota. `arrayId`: which of the arrays it is stretched over this is. */
export function toPod(
  pod: Foreign,
  id: string,
  arrayId: string | undefined,
  snapshots: SnapshotCounts | undefined,
): StoragePool {
  const total = number(pod['quota_limit']) || undefined;
  const { used, provisioned, efficiency } = spaceOf(pod);
  const own = objects(pod['arrays']).find(
    (array) => arrayId !== undefined && refId(array) === arrayId,
  );
  return compact<StoragePool>({
    native_storage_pool_id: id,
    name: label(pod['name']),
    storage_type: 'unified',
    status: lookup(POD_STATES, own?.['status']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    subscribed_capacity: provisioned,
    ...efficiency,
    snapshot_count: snapshots?.byPod && (snapshots.byPod.get(id) ?? 0),
  });
}

/** An NAA identifier: the vendor's part, then the serial number. */
const NAA = '624a9370';

/** Provisioning is always thin, and data is always reduced: neither can be switched off. */
export function toVolume(
  volume: Foreign,
  id: string,
  arrayId: string | undefined,
  snapshots: SnapshotCounts | undefined,
): Volume {
  const total = number(volume['provisioned']);
  const { used, efficiency } = spaceOf(volume);
  const serial = text(volume['serial']);
  return compact<Volume>({
    native_volume_id: id,
    name: label(volume['name']),
    type: 'thin',
    native_storage_pool_id: refId(volume['pod']) ?? arrayId,
    wwn: serial && `${NAA}${serial.toLowerCase()}`,
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    compressed: true,
    deduplicated: true,
    ...efficiency,
    snapshot_count: snapshots?.byVolume && (snapshots.byVolume.get(id) ?? 0),
  });
}

/** A group and its members, of volumes that are in the list. */
interface Group {
  readonly id: string;
  readonly name: string | undefined;
  readonly members: readonly string[];
}

export function toVolumeGroups(groups: readonly Group[]): VolumeGroups {
  return {
    volume_groups: groups.map(({ id, name, members }) => ({
      native_volume_group_id: id,
      ...(name === undefined ? {} : { name }),
      volumes: members.join(','),
    })),
    vol_grp_vol_rels: groups.flatMap(({ id, members }) =>
      members.map((member) => ({ native_volume_group_id: id, native_volume_id: member })),
    ),
  };
}

/** Members by group: of references `group` and `member`, those whose member is known. */
export function membersOf(
  pairs: Iterable<readonly [group: string | undefined, member: string | undefined]>,
  known: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>();
  for (const [group, member] of pairs) {
    if (group === undefined || member === undefined || !known.has(member)) continue;
    const found = members.get(group);
    if (found) found.push(member);
    else members.set(group, [member]);
  }
  return members;
}
