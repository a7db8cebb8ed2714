/** The array, its pods, volumes and groups, and what is copied to other arrays. */
import {
  identifier,
  lookup,
  number,
  objects,
  pick,
  positive,
  recordsOf,
  remaining,
  ReplicationSchema,
  storageOf,
  StoragePoolSchema,
  sum,
  text,
  VolumeSchema,
  withId,
  type Disk,
  type FieldSources,
  type Foreign,
  type Group,
  type Volume,
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

/** References are `{ id, name }`, with null members where there is none. */
export const refId = (item: Foreign, field: string) => identifier(pick(item, `${field}.id`));
export const refName = (item: Foreign, field: string) => label(pick(item, `${field}.name`));

/** An id made of what something is known by, where it has none of its own. */
export function joined(...parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join('/');
}

/** What a `space` object says; what it lacks is absent. */
export const SPACE = {
  // The newer name of the same number is that of REST 2.26 and later.
  used_capacity: 'space.total_used|space.total_physical',
  free_capacity: remaining,
  data_reduction: 'space.data_reduction',
  logical_used_capacity: 'space.virtual',
  snapshot_capacity: 'space.snapshots',
  snapshot_count: 'snapshots',
} as const satisfies FieldSources<Volume>;

/** The array with the controller in charge, the size of its drives and the number of its snapshots. */
export const toStorage = storageOf({
  name: 'name',
  vendor: () => 'Pure Storage',
  model: 'controller.model',
  serial_number: 'id',
  firmware_version: 'version',
  raw_capacity: 'raw',
  // Null: unlimited.
  subscribed_capacity: 'space.total_provisioned',
  total_capacity: 'capacity',
  ...SPACE,
});

/** During an upgrade the models of controllers differ. */
export function inCharge(controllers: readonly Foreign[] | undefined): Foreign | undefined {
  const own = controllers?.filter(({ type }) => type !== 'shelf_controller');
  return own?.find(({ mode }) => mode === 'primary') ?? own?.[0];
}

/** Flash modules without the write buffer; not known if the size of one of them is not. */
export function rawCapacity(disks: readonly Disk[] | undefined): number | undefined {
  const modules = disks?.filter(({ logical_type: type }) => type !== 'cache');
  return sum((modules ?? []).map(({ capacity }) => capacity));
}

/** The array as a pool, which has all capacity, and pods in it, which have a size only by their quota. */
export const toPools = (arrayId: string | undefined) =>
  recordsOf(StoragePoolSchema, {
    native_storage_pool_id: 'id',
    name: 'name',
    storage_type: 'unified',
    status: (item) => {
      const here = objects(item['arrays']).find(
        ({ id }) => arrayId !== undefined && id === arrayId,
      );
      return lookup(POD_STATES, here?.['status']);
    },
    subscribed_capacity: 'space.total_provisioned',
    total_capacity: (item) => number(item['capacity']) ?? positive(item['quota_limit']),
    ...SPACE,
  });

/** An NAA identifier: the vendor's part, then the serial number. */
const NAA = '624a9370';

/** Provisioning is always thin, and data is always reduced: neither can be switched off. */
export const toVolumes = (arrayId: string | undefined) =>
  recordsOf(VolumeSchema, {
    native_volume_id: 'id',
    name: 'name',
    type: 'thin',
    native_storage_pool_id: (volume) => refId(volume, 'pod') ?? arrayId,
    wwn: (volume) => {
      const serial = text(volume['serial']);
      return serial && `${NAA}${serial.toLowerCase()}`;
    },
    compressed: true,
    deduplicated: true,
    total_capacity: 'provisioned',
    ...SPACE,
  });

/** Groups by `key` and their members, of pairs of both; only members that are in their list. */
export function groupsOf(
  groups: readonly Foreign[],
  pairs: readonly (readonly [group: string | undefined, member: string | undefined])[],
  known: ReadonlySet<string>,
  key = 'id',
): Group[] {
  const members = Map.groupBy(pairs, ([group]) => group);
  return groups.map((group) => {
    const id = identifier(group[key]) ?? '';
    const ids = (members.get(id) ?? []).flatMap(([, member]) => member ?? []);
    return { id, name: label(group['name']), members: ids.filter((one) => known.has(one)) };
  });
}

const toStretchedPods = recordsOf(ReplicationSchema, {
  native_replication_id: 'id',
  name: 'pod.name',
  type: 'active_active',
  role: 'both',
  status: ['array.status', STRETCH_STATES],
  remote_system: 'array.name',
  progress: 'array.progress',
});

/** A stretched pod is copied between all arrays it is on: one record for each of the others. */
export function toStretched(pods: readonly Foreign[], arrayId: string) {
  const pairs = withId(pods, (pod, podId) =>
    withId(objects(pod['arrays']), (array, remote) => {
      return remote === arrayId ? [] : [{ id: `${podId}/${remote}`, pod, array }];
    }),
  );
  return toStretchedPods(pairs.flat(2));
}

/** Links of pods with their rates. */
export const toLinks = recordsOf(ReplicationSchema, {
  native_replication_id: 'id',
  name: 'local_pod.name',
  type: 'async',
  role: ['direction', LINK_ROLES],
  status: ['status', LINK_STATES],
  remote_system: ({ remotes }) => label(objects(remotes)[0]?.['name']),
  remote_resource: 'remote_pod.name',
  lag: 'lag',
  throughput: 'rate.bytes_per_sec_total',
});

export const isLocal = (group: unknown) => pick(group, 'is_local') !== false;

/** Snapshots of a protection group that go to another array, or come from one; each with its group. */
export const toGroupTargets = recordsOf(ReplicationSchema, {
  native_replication_id: (target) =>
    joined(refId(target, 'of'), refId(target, 'member') ?? refName(target, 'member')),
  name: 'of.name',
  type: 'async',
  role: ({ of }) => (isLocal(of) ? 'source' : 'target'),
  status: ['status', TARGET_STATES],
  native_volume_group_id: (target) => (isLocal(target['of']) ? refId(target, 'of') : undefined),
  remote_system: (target) => refName(target, isLocal(target['of']) ? 'member' : 'of.source'),
  lag: 'lag',
});
