/** Pure: what the API says of the cluster, its appliances, volumes, groups, nodes and drives. */
import {
  compact,
  identifier,
  isObject,
  lookup,
  number,
  remainder,
  scaled,
  sum,
  text,
  withId,
  type Controller,
  type Disk,
  type Foreign,
  type Storage,
  type StoragePool,
  type Volume,
  type VolumeGroups,
} from 'delfin-agent/driver';
import {
  APPLIANCE_MODES,
  CLUSTER_STATES,
  CONTROLLER_STATES,
  DRIVE_TYPES,
  EMPTY,
  HEALTH_STATES,
  VOLUME_STATES,
} from './states.ts';

const SNAPSHOT = 'Snapshot';
const NVRAM = 'NVMe_NVRAM';

export function byId(objects: readonly Foreign[]): ReadonlyMap<string, Foreign> {
  return new Map(withId(objects, (one, id) => [id, one]));
}

/** Ids of a relation: `[{ id }]`. */
export function references(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).flatMap((one) =>
    isObject(one) ? (identifier(one['id']) ?? []) : [],
  );
}

export function isSnapshot(one: Foreign): boolean {
  return (one['type'] ?? one['filesystem_type']) === SNAPSHOT;
}

export function detailsOf(hardware: Foreign): Foreign {
  return isObject(hardware['extra_details']) ? hardware['extra_details'] : {};
}

/** Names are unique only within their appliance. */
export function placeOf(one: Foreign): string | undefined {
  const [appliance, slot] = [text(one['appliance_id']), number(one['slot'])];
  if (appliance === undefined) return undefined;
  return slot === undefined ? appliance : `${appliance} slot ${slot}`;
}

/** Space as `space_metrics_by_cluster` and `_appliance` have it. */
function spaceOf(space: Foreign | undefined) {
  const [total, used] = [number(space?.['physical_total']), number(space?.['physical_used'])];
  return {
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    subscribed_capacity: number(space?.['logical_provisioned']),
    logical_used_capacity: number(space?.['logical_used']),
    // 0 where nothing is stored: no ratio.
    data_reduction: number(space?.['data_reduction']) || undefined,
  };
}

/** What could be read beside the cluster itself. */
export interface ClusterParts {
  readonly appliances: readonly Foreign[] | undefined;
  readonly software: readonly Foreign[] | undefined;
  readonly hardware: readonly Foreign[] | undefined;
  readonly space: Foreign | undefined;
  readonly snapshots: number | undefined;
}

export function toStorage(cluster: Foreign, known: ClusterParts): Storage {
  const primary = identifier(cluster['primary_appliance_id']);
  const appliance = known.appliances?.find(({ id }) => id === primary) ?? known.appliances?.[0];
  return compact<Storage>({
    name: identifier(cluster['name']),
    vendor: 'DELL EMC',
    model: text(appliance?.['model']),
    status: lookup(CLUSTER_STATES, cluster['state']),
    serial_number: text(cluster['global_id']),
    firmware_version: releaseOf(known.software ?? [], primary),
    raw_capacity: known.hardware && rawCapacity(known.hardware),
    snapshot_count: known.snapshots,
    ...spaceOf(known.space),
  });
}

/** The release that runs on an appliance; else that of the cluster. */
export function releaseOf(
  software: readonly Foreign[],
  appliance: string | undefined,
): string | undefined {
  const own = software.find((one) => {
    const on = one['appliance'];
    return isObject(on) && on['id'] === appliance;
  });
  const common = software.find((one) => one['is_cluster'] === true || one['appliance'] === null);
  return text((own ?? common)?.['release_version']);
}

/** The sum of all drives that are there, without the write cache; without the size of one not known. */
function rawCapacity(hardware: readonly Foreign[]): number | undefined {
  const drives = hardware.filter(
    (one) => isDrive(one) && !isGone(one) && detailsOf(one)['drive_type'] !== NVRAM,
  );
  return sum(drives.map((one) => number(detailsOf(one)['size'])));
}

export function toPool(
  appliance: Foreign,
  id: string,
  known: {
    readonly hardware: readonly Foreign[] | undefined;
    readonly space: Foreign | undefined;
    readonly snapshots: number | undefined;
  },
): StoragePool {
  const chassis = known.hardware?.find(
    (one) => one['type'] === 'Appliance' && one['appliance_id'] === id,
  );
  return compact<StoragePool>({
    native_storage_pool_id: id,
    name: identifier(appliance['name']),
    storage_type: lookup(APPLIANCE_MODES, appliance['mode']),
    status: chassis && lookup(HEALTH_STATES, chassis['lifecycle_state']),
    snapshot_count: known.snapshots,
    ...spaceOf(known.space),
  });
}

/** How many snapshots there are of each volume and on each appliance; 0 is a number, too. */
export function countBy(
  objects: readonly Foreign[],
  keyOf: (one: Foreign) => unknown,
): (id: string) => number {
  const counts = new Map<unknown, number>();
  for (const one of objects) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return (id) => counts.get(id) ?? 0;
}

/** The volume that a snapshot was taken of. */
export function parentOf(snapshot: Foreign): unknown {
  const data = snapshot['protection_data'];
  return isObject(data) ? (data['parent_id'] ?? data['source_id']) : undefined;
}

/** Everything is thin on this array. */
export function toVolume(
  volume: Foreign,
  id: string,
  known: { readonly used: number | undefined; readonly snapshots: number | undefined },
): Volume {
  const total = number(volume['size']);
  const used = number(volume['logical_used']) ?? known.used;
  return compact<Volume>({
    native_volume_id: id,
    name: identifier(volume['name']),
    description: identifier(volume['description']),
    type: 'thin',
    status: lookup(VOLUME_STATES, volume['state']),
    native_storage_pool_id: identifier(volume['appliance_id']),
    wwn: text(volume['wwn'])?.replace(/^(naa|eui)\./, ''),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    logical_used_capacity: used,
    snapshot_count: known.snapshots,
  });
}

/** Those of type Snapshot are sets of snapshots. */
export function toVolumeGroups(all: readonly Foreign[]): VolumeGroups {
  const groups = all.filter((group) => !isSnapshot(group));
  return {
    volume_groups: withId(groups, (group, id) => ({
      ...compact<{ name: string; description: string }>({
        name: identifier(group['name']),
        description: identifier(group['description']),
      }),
      native_volume_group_id: id,
      volumes: references(group['volumes']).join(','),
    })),
    vol_grp_vol_rels: withId(groups, (group, id) =>
      references(group['volumes']).map((native_volume_id) => ({
        native_volume_group_id: id,
        native_volume_id,
      })),
    ).flat(),
  };
}

export const isNode = (hardware: Foreign) => isOf(hardware, 'Node');
export const isDrive = (hardware: Foreign) => isOf(hardware, 'Drive');

function isOf(hardware: Foreign, type: string): boolean {
  return hardware['type'] === type && hardware['lifecycle_state'] !== EMPTY;
}

/** It, or what it is in, was taken out of the system. */
function isGone(hardware: Foreign): boolean {
  return lifecycleOf(hardware) === 'Disconnected' || lifecycleOf(hardware) === 'Replaced';
}

/** What is in a part that was taken out is no longer updated. */
export function lifecycleOf(hardware: Foreign): unknown {
  return hardware['stale_state'] === 'Disconnected' ? 'Disconnected' : hardware['lifecycle_state'];
}

/** `node` and `hardware` are two resources that share appliance and slot. */
export function seatOf(one: Foreign): string {
  return JSON.stringify([one['appliance_id'], one['slot']]);
}

export function toController(
  hardware: Foreign,
  id: string,
  known: { readonly version: string | undefined; readonly address: string | undefined },
): Controller {
  const details = detailsOf(hardware);
  return compact<Controller>({
    native_controller_id: id,
    name: identifier(hardware['name']),
    status: lookup(CONTROLLER_STATES, lifecycleOf(hardware)),
    location: placeOf(hardware),
    soft_version: known.version,
    cpu_info: text(details['cpu_model']),
    cpu_count: number(details['cpu_sockets']),
    memory_size: scaled(details['physical_memory_size_gb'], 2 ** 30),
    mgmt_ip: known.address,
  });
}

export function toDisk(hardware: Foreign, id: string, endurance: number | undefined): Disk {
  const details = detailsOf(hardware);
  const type = details['drive_type'];
  return compact<Disk>({
    native_disk_id: id,
    name: identifier(hardware['name']),
    physical_type: lookup(DRIVE_TYPES, type),
    logical_type: type === NVRAM ? 'cache' : undefined,
    status: lookup(HEALTH_STATES, lifecycleOf(hardware)),
    location: placeOf(hardware),
    serial_number: text(hardware['serial_number']),
    firmware: text(details['firmware_version']),
    capacity: number(details['size']),
    endurance_remaining: endurance,
  });
}
