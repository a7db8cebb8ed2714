/** Cluster, aggregates, LUNs, namespaces, nodes and disks. */
import {
  byId,
  compact,
  ControllerSchema,
  DiskSchema,
  flag,
  fractionLeft,
  identifier,
  idsOf,
  lookup,
  number,
  objects,
  pick,
  positive,
  recordsOf,
  remaining,
  scaled,
  StoragePoolSchema,
  sum,
  text,
  VolumeSchema,
  type Disk,
  type Foreign,
  type Group,
  type Storage,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';
import {
  AGGREGATE_STATES,
  CONTAINERS,
  CONTAINER_STATES,
  DISK_STATES,
  DISK_TYPES,
  NODE_STATES,
  UNIT_STATES,
} from './tables.ts';
import { addressesOf, releaseOf, uuidAt } from './values.ts';

/** Undefined: it could not be read. */
export interface ClusterParts {
  readonly cluster: Foreign;
  readonly nodes: readonly Foreign[] | undefined;
  readonly pools: readonly StoragePool[] | undefined;
  readonly disks: readonly Disk[] | undefined;
  /** What the cluster says of all its space. */
  readonly space: Foreign | undefined;
}

export function toStorage({ cluster, nodes, pools, disks, space }: ClusterParts): Storage {
  const models = new Set(nodes?.flatMap((node) => text(node['model']) ?? []));
  const total = (
    field: 'total_capacity' | 'used_capacity' | 'free_capacity' | 'subscribed_capacity',
  ) => pools && sum(pools.map((pool) => pool[field]));
  return compact<Storage>({
    name: identifier(cluster['name']),
    vendor: 'NetApp',
    model: models.size > 0 ? [...models].sort().join(', ') : undefined,
    status: nodes && clusterState(nodes),
    // The cluster has no serial number, and those of its nodes go with them.
    serial_number: identifier(cluster['uuid']),
    firmware_version: releaseOf(cluster),
    location: identifier(cluster['location']),
    total_capacity: total('total_capacity'),
    used_capacity: total('used_capacity'),
    free_capacity: total('free_capacity'),
    subscribed_capacity: total('subscribed_capacity'),
    raw_capacity: disks && sum(disks.map(({ capacity }) => capacity)),
    // Logical to physical, without the savings of snapshots.
    data_reduction: number(pick(space, 'efficiency_without_snapshots.ratio')),
    logical_used_capacity: number(pick(space, 'efficiency_without_snapshots.logical_used')),
  });
}

/** What the nodes say: all up, some, or none. */
function clusterState(nodes: readonly Foreign[]): Storage['status'] {
  const states = nodes.map((node) => lookup(NODE_STATES, node['state']));
  if (states.length === 0 || states.includes(undefined)) return undefined;
  if (states.every((state) => state === 'normal')) return 'normal';
  const serving = states.some((state) => state === 'normal' || state === 'degraded');
  if (serving) return 'degraded';
  return states.includes('unknown') ? 'unknown' : 'abnormal';
}

const POOL = {
  native_storage_pool_id: 'uuid',
  name: 'name',
  data_reduction: 'space.efficiency_without_snapshots.ratio',
  logical_used_capacity: 'space.efficiency_without_snapshots.logical_used',
} as const;

export const toPools = recordsOf(StoragePoolSchema, {
  ...POOL,
  storage_type: 'unified',
  status: ['state', AGGREGATE_STATES],
  total_capacity: 'space.block_storage.size',
  used_capacity: 'space.block_storage.used',
  free_capacity: 'space.block_storage.available',
  subscribed_capacity: 'space.total_provisioned_space',
});

/** The storage availability zones of an ASA r2, which shows no aggregates. */
export const toZonePools = recordsOf(StoragePoolSchema, {
  ...POOL,
  storage_type: 'block',
  total_capacity: 'space.size',
  used_capacity: 'space.used',
  free_capacity: 'space.available',
});

/** A FlexGroup lies in several aggregates: then it has no one pool. */
export function poolOf(volume: Foreign): string | undefined {
  const aggregates = objects(volume['aggregates']);
  return aggregates.length === 1 ? identifier(aggregates[0]?.['uuid']) : undefined;
}

/** What is done: `none`, or when: inline, background, both, mixed. */
export const isCompressed = (volume: Foreign) => isOn(pick(volume, 'efficiency.compression'));
export const isDeduplicated = (volume: Foreign) => isOn(pick(volume, 'efficiency.dedupe'));

function isOn(value: unknown): boolean | undefined {
  return typeof value === 'string' && value !== '' ? value !== 'none' : undefined;
}

/** LUNs or namespaces. `containers`: the FlexVols that they lie in; undefined: not known. */
export function toVolumes(containers: readonly Foreign[] | undefined) {
  const containerAt = byId(containers, 'uuid');
  const inside =
    <T>(read: (container: Foreign) => T) =>
    (unit: Foreign) => {
      const container = containerAt(pick(unit, 'location.volume.uuid'));
      return container && read(container);
    };
  return recordsOf(VolumeSchema, {
    native_volume_id: 'uuid',
    name: 'name',
    description: 'comment',
    type: provisioning,
    status: unitState,
    native_storage_pool_id: (unit) =>
      uuidAt(unit, 'location.storage_availability_zone') ?? inside(poolOf)(unit),
    wwn: wwnOf,
    total_capacity: 'space.size',
    used_capacity: 'space.used',
    free_capacity: remaining,
    compressed: inside(isCompressed),
    deduplicated: inside(isDeduplicated),
    data_reduction: 'space.efficiency_ratio',
    snapshot_capacity: 'space.snapshot.used',
  });
}

function provisioning(unit: Foreign): Volume['type'] {
  const reserved = flag(pick(unit, 'space.guarantee.requested'));
  if (reserved === undefined) return undefined;
  return reserved ? 'thick' : 'thin';
}

/** What it lies in decides first: without that there is nothing to reach. */
function unitState(unit: Foreign): Volume['status'] {
  const container = lookup(CONTAINER_STATES, pick(unit, 'status.container_state'));
  if (container === 'error') return 'error';
  return lookup(UNIT_STATES, pick(unit, 'status.state'));
}

/** NAA of NetApp: its prefix, and the serial number's characters in hexadecimal. */
function wwnOf(unit: Foreign): string | undefined {
  const serial = text(unit['serial_number']);
  const hex = text(unit['serial_number_hex']) ?? (serial && Buffer.from(serial).toString('hex'));
  return hex === undefined ? undefined : `600a0980${hex.toLowerCase()}`;
}

export const toControllers = recordsOf(ControllerSchema, {
  native_controller_id: 'uuid',
  name: 'name',
  status: ['state', NODE_STATES],
  location: 'location',
  soft_version: releaseOf,
  cpu_info: 'controller.cpu.processor',
  cpu_count: 'controller.cpu.count',
  memory_size: 'controller.memory_size',
  mgmt_ip: (node) => addressesOf(node).join(';') || undefined,
});

export const toDisks = recordsOf(DiskSchema, {
  native_disk_id: 'name',
  name: 'name',
  physical_type: (disk) => lookup(DISK_TYPES, disk['effective_type'] ?? disk['type']),
  logical_type: ['container_type', CONTAINERS],
  status: diskState,
  location(disk) {
    const [shelf, bay] = [text(pick(disk, 'shelf.uid')), text(disk['bay'])];
    return shelf && bay && `shelf ${shelf} bay ${bay}`;
  },
  native_disk_group_id: poolOf,
  serial_number: 'serial_number',
  manufacturer: 'vendor',
  model: 'model',
  firmware: 'firmware_version',
  // Flash does not turn.
  speed: ({ rpm }) => positive(rpm),
  capacity: diskSize,
  endurance_remaining: (disk) => fractionLeft(disk['rated_life_used_percent']),
  power_on_time: (disk) => scaled(pick(disk, 'stats.power_on_hours'), 3_600),
});

/** A disk in the registry of failed disks is that, whatever else it says. */
function diskState(disk: Foreign): Disk['status'] {
  const failed = flag(pick(disk, 'outage.persistently_failed')) === true;
  return failed ? 'abnormal' : lookup(DISK_STATES, disk['state']);
}

/** All of the disk, else its sectors, else what the array makes use of. */
function diskSize(disk: Foreign): number | undefined {
  const sectors = scaled(disk['sector_count'], number(disk['bytes_per_sector']) ?? 0);
  return number(disk['physical_size']) ?? (sectors || number(disk['usable_size']));
}

/** Consistency groups, and those inside them; the outer one has the units of all. */
export function consistencyGroupsOf(found: readonly Foreign[]): Group[] {
  const within = (group: Foreign) => [group, ...objects(group['consistency_groups'])];
  const units = (group: Foreign) =>
    ['luns', 'namespaces'].flatMap((kind) => [...idsOf(objects(group[kind]), 'uuid')]);
  // One that is listed with its group and alone is one.
  const groups = found
    .flatMap((group) => within(group).toReversed())
    .map((group): [string, Group] => {
      const id = identifier(group['uuid']) ?? '';
      const members = [...new Set(within(group).flatMap(units))];
      return [id, { id, name: identifier(group['name']), members }];
    });
  return [...new Map(groups).values()];
}
