/** The array, its pods, volumes and groups of volumes; what all records have in common. */
import {
  compact,
  identifier,
  isObject,
  lookup,
  number,
  objects,
  remainder,
  sum,
  text,
  withId,
  type Disk,
  type Foreign,
  type Replication,
  type Storage,
  type StoragePool,
  type Volume,
  type VolumeGroups,
} from 'delfin-agent/driver';
import {
  LINK_ROLES,
  LINK_STATES,
  POD_STATES,
  STRETCH_STATES,
  TARGET_STATES,
} from './words-table.ts';

/** A name or another free text: as it is, even if it reads "none" or "-". */
export function label(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The object in a field, or an empty one. */
export function inside(item: Foreign | undefined, field: string): Foreign {
  const value = item?.[field];
  return isObject(value) ? value : {};
}

/** References are `{ id, name }`, with null members where there is none. */
export const refId = (item: Foreign, field: string) => identifier(inside(item, field)['id']);
export const refName = (item: Foreign, field: string) => label(inside(item, field)['name']);

/** What a `space` object says; what it lacks is absent. */
export function spaceOf(item: Foreign, total?: number) {
  const space = inside(item, 'space');
  // The newer name of the same number is that of REST 2.26 and later.
  const used = number(space['total_used']) ?? number(space['total_physical']);
  return {
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    data_reduction: number(space['data_reduction']),
    logical_used_capacity: number(space['virtual']),
    snapshot_capacity: number(space['snapshots']),
  };
}

/** Null: unlimited. */
const provisionedOf = (item: Foreign) => number(inside(item, 'space')['total_provisioned']);

/** How many snapshots there are of everything, and of each volume or pod unless they are too many. */
export interface SnapshotCounts {
  readonly total: number | undefined;
  readonly of: ReadonlyMap<string, number> | undefined;
}

export function countSnapshots(snapshots: readonly Foreign[]): SnapshotCounts {
  const of = new Map<string, number>();
  for (const snapshot of snapshots) {
    for (const id of [refId(snapshot, 'source'), refId(snapshot, 'pod')]) {
      if (id !== undefined) of.set(id, (of.get(id) ?? 0) + 1);
    }
  }
  return { total: snapshots.length, of };
}

const countOf = (id: string, counts: SnapshotCounts | undefined) =>
  counts?.of && (counts.of.get(id) ?? 0);

/** Undefined: it could not be read. */
interface StorageParts {
  readonly array: Foreign;
  readonly controllers: readonly Foreign[] | undefined;
  readonly disks: readonly Disk[] | undefined;
  readonly counts: SnapshotCounts | undefined;
}

export function toStorage({ array, controllers, disks, counts }: StorageParts): Storage {
  // The model is that of its controllers, during an upgrade of the one in charge.
  const own = (controllers ?? []).filter(({ type }) => type !== 'shelf_controller');
  const first = own.find(({ mode }) => mode === 'primary') ?? own[0];
  return compact<Storage>({
    name: label(array['name']),
    vendor: 'Pure Storage',
    model: text(first?.['model']),
    serial_number: identifier(array['id']),
    firmware_version: text(array['version']),
    raw_capacity: rawCapacity(disks ?? []),
    subscribed_capacity: provisionedOf(array),
    ...spaceOf(array, number(array['capacity'])),
    snapshot_count: counts?.total,
  });
}

/** Flash modules without the write buffer; not known if the size of one of them is not. */
function rawCapacity(disks: readonly Disk[]): number | undefined {
  const modules = disks.filter(({ logical_type: type }) => type !== 'cache');
  return sum(modules.map(({ capacity }) => capacity));
}

/** The array as a pool, which has all capacity, or a pod in it, which has a size only by its quota. */
export function toPool(
  item: Foreign,
  id: string,
  arrayId: string | undefined,
  counts: SnapshotCounts | undefined,
): StoragePool {
  const own = objects(item['arrays']).find(
    (array) => arrayId !== undefined && array['id'] === arrayId,
  );
  return compact<StoragePool>({
    native_storage_pool_id: id,
    name: label(item['name']),
    storage_type: 'unified',
    status: lookup(POD_STATES, own?.['status']),
    subscribed_capacity: provisionedOf(item),
    ...spaceOf(item, number(item['capacity']) ?? (number(item['quota_limit']) || undefined)),
    snapshot_count: id === arrayId ? counts?.total : countOf(id, counts),
  });
}

/** An NAA identifier: the vendor's part, then the serial number. */
const NAA = '624a9370';

/** Provisioning is always thin, and data is always reduced: neither can be switched off. */
export function toVolume(
  volume: Foreign,
  id: string,
  arrayId: string | undefined,
  counts: SnapshotCounts | undefined,
): Volume {
  const serial = text(volume['serial']);
  return compact<Volume>({
    native_volume_id: id,
    name: label(volume['name']),
    type: 'thin',
    native_storage_pool_id: refId(volume, 'pod') ?? arrayId,
    wwn: serial && `${NAA}${serial.toLowerCase()}`,
    compressed: true,
    deduplicated: true,
    ...spaceOf(volume, number(volume['provisioned'])),
    snapshot_count: countOf(id, counts),
  });
}

/** Groups and their members, of `pairs` of group and volume; only volumes that are in the list. */
export function toVolumeGroups(
  groups: readonly Foreign[],
  pairs: readonly (readonly [group: string | undefined, volume: string | undefined])[],
  volumes: ReadonlySet<string>,
): VolumeGroups {
  const members = Map.groupBy(pairs, ([group]) => group);
  const found = withId(groups, (group, id) => {
    const ids = (members.get(id) ?? []).flatMap(([, volume]) => volume ?? []);
    return { id, name: label(group['name']), ids: ids.filter((volume) => volumes.has(volume)) };
  });
  return {
    volume_groups: found.map(({ id, name, ids }) => ({
      native_volume_group_id: id,
      ...(name === undefined ? {} : { name }),
      volumes: ids.join(','),
    })),
    vol_grp_vol_rels: found.flatMap(({ id, ids }) =>
      ids.map((volume) => ({ native_volume_group_id: id, native_volume_id: volume })),
    ),
  };
}

/** A stretched pod is copied between all arrays it is on: one record for each of the others. */
export function toStretched(pods: readonly Foreign[], arrayId: string): Replication[] {
  return withId(pods, (pod, id) =>
    withId(objects(pod['arrays']), (array, remote) => {
      if (remote === arrayId) return [];
      return compact<Replication>({
        native_replication_id: `${id}/${remote}`,
        name: label(pod['name']),
        type: 'active_active',
        role: 'both',
        status: lookup(STRETCH_STATES, array['status']),
        remote_system: label(array['name']),
        progress: number(array['progress']),
      });
    }),
  ).flat(2);
}

/** Links of pods; `rates` undefined: they could not be read. */
export function toLinks(
  links: readonly Foreign[],
  rates: readonly Foreign[] | undefined,
): Replication[] {
  const sent = new Map(
    withId(rates ?? [], (rate, id) => [id, rate['bytes_per_sec_total']] as const),
  );
  return withId(links, (link, id) =>
    compact<Replication>({
      native_replication_id: id,
      name: refName(link, 'local_pod'),
      type: 'async',
      role: lookup(LINK_ROLES, link['direction']),
      status: lookup(LINK_STATES, link['status']),
      remote_system: label(objects(link['remotes'])[0]?.['name']),
      remote_resource: refName(link, 'remote_pod'),
      lag: number(link['lag']),
      throughput: number(sent.get(id)),
    }),
  );
}

/** Snapshots of a protection group that go to another array, or come from one. */
export function toGroupTargets(
  groups: readonly Foreign[],
  targets: readonly Foreign[],
): Replication[] {
  const byId = new Map(withId(groups, (group, id) => [id, group] as const));
  return targets.flatMap((target) => {
    const id = refId(target, 'group') ?? '';
    const group = byId.get(id);
    const remote = refId(target, 'member') ?? refName(target, 'member');
    if (group === undefined || remote === undefined) return [];
    const isLocal = group['is_local'] !== false;
    return compact<Replication>({
      native_replication_id: `${id}/${remote}`,
      name: label(group['name']),
      type: 'async',
      role: isLocal ? 'source' : 'target',
      status: lookup(TARGET_STATES, target['status']),
      native_volume_group_id: isLocal ? id : undefined,
      remote_system: isLocal ? refName(target, 'member') : refName(group, 'source'),
    });
  });
}
