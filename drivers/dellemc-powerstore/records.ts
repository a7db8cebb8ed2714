/** Pure: what the API says of the cluster, its volumes, hosts, hardware and copies, field by field. */
import {
  ComponentSchema,
  ControllerSchema,
  DiskSchema,
  fraction,
  identifier,
  idsOf,
  lookup,
  MaskingViewSchema,
  number,
  objects,
  pick,
  positive,
  recordsOf,
  remaining,
  ReplicationSchema,
  scaled,
  StorageHostInitiatorSchema,
  StorageHostSchema,
  storageOf,
  StoragePoolSchema,
  sum,
  text,
  utcTime,
  VolumeSchema,
  within,
  type FieldSources,
  type Foreign,
  type Replication,
  type StoragePool,
} from 'delfin-agent/driver';
import * as states from './states.ts';

/** `space`: a row of `space_metrics_by_cluster` or `_appliance`. */
const SPACE = {
  total_capacity: 'space.physical_total',
  used_capacity: 'space.physical_used',
  free_capacity: remaining,
  subscribed_capacity: 'space.logical_provisioned',
  logical_used_capacity: 'space.logical_used',
  // 0 where nothing is stored: no ratio.
  data_reduction: (one) => positive(pick(one, 'space.data_reduction')),
  snapshot_count: 'snapshots',
} as const satisfies FieldSources<StoragePool>;

/** A cluster with its primary appliance, its release, the size of its drives. */
export const toStorage = storageOf({
  name: 'name',
  vendor: () => 'DELL EMC',
  model: 'appliance.model',
  status: ['state', states.CLUSTER_STATES],
  serial_number: 'global_id',
  firmware_version: 'release',
  raw_capacity: 'raw',
  ...SPACE,
});

/** The release that runs on an appliance; else that of the cluster. */
export function releaseOf(software: readonly Foreign[] | undefined, appliance: unknown): unknown {
  const own = software?.find((one) => pick(one, 'appliance.id') === appliance);
  const common = software?.find((one) => one['is_cluster'] === true || one['appliance'] === null);
  return (own ?? common)?.['release_version'];
}

/** The sum of all drives that are there, without the write cache; without the size of one not known. */
export function rawCapacity(hardware: readonly Foreign[]): number | undefined {
  const drives = hardware.filter((one) => isDrive(one) && !isGone(one) && !isCache(one));
  return sum(drives.map((one) => number(pick(one, 'extra_details.size'))));
}

/** Appliances with their hardware of type Appliance. */
export const toPools = recordsOf(StoragePoolSchema, {
  native_storage_pool_id: 'id',
  name: 'name',
  storage_type: ['mode', states.APPLIANCE_MODES],
  status: ['chassis.lifecycle_state', states.HEALTH_STATES],
  ...SPACE,
});

export function isSnapshot(one: Foreign): boolean {
  return (one['type'] ?? one['filesystem_type']) === 'Snapshot';
}

/** The volume that a snapshot was taken of. */
export function parentOf(snapshot: Foreign): unknown {
  return pick(snapshot, 'protection_data.parent_id') ?? pick(snapshot, 'protection_data.source_id');
}

/** Everything is thin on this array. `space`: a row of `space_metrics_by_volume`. */
export const toVolumes = recordsOf(VolumeSchema, {
  native_volume_id: 'id',
  name: 'name',
  description: 'description',
  type: 'thin',
  status: ['state', states.VOLUME_STATES],
  native_storage_pool_id: 'appliance_id',
  wwn: ({ wwn }) => text(wwn)?.replace(/^(naa|eui)\./, ''),
  total_capacity: 'size',
  used_capacity: 'logical_used|space.logical_used',
  free_capacity: remaining,
  logical_used_capacity: 'logical_used|space.logical_used',
  snapshot_count: 'snapshots',
});

export const toHosts = recordsOf(StorageHostSchema, {
  native_storage_host_id: 'id',
  name: 'name',
  description: 'description',
  os_type: 'os_type',
});

export const toInitiators = recordsOf(StorageHostInitiatorSchema, {
  native_storage_host_initiator_id: 'id',
  native_storage_host_id: 'host_id',
  name: 'port_name',
  wwn: 'port_name',
  type: ['port_type', states.INITIATOR_TYPES],
  status: ({ active_sessions: sessions }) => loginState(sessions),
});

function loginState(sessions: unknown): 'online' | 'offline' | undefined {
  if (!Array.isArray(sessions)) return undefined;
  return sessions.length > 0 ? 'online' : 'offline';
}

/** Before 3.0 initiators are told with their hosts only, without ids of their own. */
export function initiatorsIn(hosts: readonly Foreign[]): Foreign[] {
  return hosts.flatMap((host) =>
    objects(host['host_initiators']).map((one) => ({
      ...one,
      id: one['port_name'],
      host_id: host['id'],
    })),
  );
}

/** `volumes`: a mapped snapshot is none of them. */
export const toMaskingViews = (volumes: ReadonlySet<string>) =>
  recordsOf(MaskingViewSchema, {
    native_masking_view_id: 'id',
    native_storage_host_id: 'host_id',
    native_storage_host_group_id: 'host_group_id',
    native_volume_id: within(volumes, 'volume_id'),
  });

/** Empty places are listed as hardware, too. */
const isPresent = (hardware: Foreign) => hardware['lifecycle_state'] !== states.EMPTY;
export const isNode = (one: Foreign) => one['type'] === 'Node' && isPresent(one);
export const isDrive = (one: Foreign) => one['type'] === 'Drive' && isPresent(one);
const isCache = (one: Foreign) => pick(one, 'extra_details.drive_type') === 'NVMe_NVRAM';

/** It, or what it is in, was taken out of the system. */
const isGone = (one: Foreign) => ['Disconnected', 'Replaced'].includes(String(lifecycleOf(one)));

/** What is in a part that was taken out is no longer updated. */
function lifecycleOf(hardware: Foreign): unknown {
  return hardware['stale_state'] === 'Disconnected' ? 'Disconnected' : hardware['lifecycle_state'];
}

/** `node` and `hardware` are two resources that share appliance and slot. */
export function seatOf(one: Foreign): string {
  return JSON.stringify([one['appliance_id'], one['slot']]);
}

/** Names are unique only within their appliance. */
function placeOf(one: Foreign): string | undefined {
  const [appliance, slot] = [text(one['appliance_id']), number(one['slot'])];
  return appliance !== undefined && slot !== undefined ? `${appliance} slot ${slot}` : appliance;
}

export const toControllers = recordsOf(ControllerSchema, {
  native_controller_id: 'id',
  name: 'name',
  status: (one) => lookup(states.CONTROLLER_STATES, lifecycleOf(one)),
  location: placeOf,
  soft_version: 'release',
  cpu_info: 'extra_details.cpu_model',
  cpu_count: 'extra_details.cpu_sockets',
  memory_size: (one) => scaled(pick(one, 'extra_details.physical_memory_size_gb'), 2 ** 30),
  mgmt_ip: 'address',
});

export const toDisks = recordsOf(DiskSchema, {
  native_disk_id: 'id',
  name: 'name',
  physical_type: ['extra_details.drive_type', states.DRIVE_TYPES],
  logical_type: (one) => (isCache(one) ? 'cache' : undefined),
  status: (one) => lookup(states.HEALTH_STATES, lifecycleOf(one)),
  location: placeOf,
  serial_number: 'serial_number',
  firmware: 'extra_details.firmware_version',
  capacity: 'extra_details.size',
  endurance_remaining: 'endurance',
});

/** The parts that have no list of their own. */
export function toComponents(hardware: readonly Foreign[]) {
  const present = hardware.filter(isPresent);
  const toParts = recordsOf(ComponentSchema, {
    native_component_id: 'id',
    name: 'name',
    type: ['type', states.COMPONENT_TYPES],
    status: (one) => lookup(states.COMPONENT_STATES, lifecycleOf(one)),
    native_parent_id: within(idsOf(present), 'parent_id'),
    location: placeOf,
    model: 'extra_details.model_name',
    serial_number: 'serial_number',
    part_number: 'part_number',
    firmware: 'extra_details.firmware_version',
    fan_speed: 'extra_details.rpm_reading',
  });
  return toParts(present.filter((one) => !isNode(one) && !isDrive(one)));
}

const copyOf = (type: string) => (session: Foreign) =>
  session['resource_type'] === type ? identifier(session['local_resource_id']) : undefined;

/** Sessions, asynchronous, synchronous and metro, with their remote system and the array's time. */
export const toReplications = recordsOf(ReplicationSchema, {
  native_replication_id: 'id',
  // Before 3.0 there was no other type.
  type: (one) => ('type' in one ? lookup(states.REPLICATION_TYPES, one['type']) : 'async'),
  role: ['role', states.REPLICATION_ROLES],
  status: ['state', states.REPLICATION_STATES],
  native_volume_id: copyOf('volume'),
  native_volume_group_id: copyOf('volume_group'),
  native_filesystem_id: copyOf('file_system'),
  remote_system: 'remote.name',
  remote_resource: 'remote_resource_id',
  lag: lagOf,
  progress: ({ progress_percentage: percent }) => fraction(percent),
});

/** Of other types than asynchronous ones the time is that of their first copy. */
function lagOf(session: Foreign, { type }: Partial<Replication>): number | undefined {
  const [now, synced] = [utcTime(session['now']), utcTime(session['last_sync_timestamp'])];
  if (type !== 'async' || now === undefined || synced === undefined) return undefined;
  return Math.max(0, now - synced);
}
