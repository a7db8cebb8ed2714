/** Cluster, aggregates, LUNs, namespaces, nodes and disks. */
import {
  compact,
  flag,
  fractionLeft,
  lookup,
  number,
  remainder,
  scaled,
  sum,
  text,
  objects,
  type Controller,
  type Disk,
  type Foreign,
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
import { label, pick, releaseOf, uuidAt } from './values.ts';

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
  return compact<Storage>({
    name: label(cluster['name']),
    vendor: 'NetApp',
    model: models.size > 0 ? [...models].sort().join(', ') : undefined,
    status: nodes && clusterState(nodes),
    // The cluster has no serial number, and those of its nodes go with them.
    serial_number: label(cluster['uuid']),
    firmware_version: releaseOf(pick(cluster, 'version.full')),
    location: label(cluster['location']),
    total_capacity: sumOf(pools, 'total_capacity'),
    used_capacity: sumOf(pools, 'used_capacity'),
    free_capacity: sumOf(pools, 'free_capacity'),
    subscribed_capacity: sumOf(pools, 'subscribed_capacity'),
    raw_capacity: sumOf(disks, 'capacity'),
    ...reductionOf(space, 'efficiency_without_snapshots'),
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

/** Of all of them; undefined if they could not be read. */
function sumOf<K extends string>(
  records: readonly { readonly [Key in K]?: number | undefined }[] | undefined,
  field: K,
): number | undefined {
  return records && sum(records.map((record) => record[field]));
}

/** Logical to physical, without the savings of snapshots. */
function reductionOf(record: Foreign | undefined, path: string) {
  return {
    data_reduction: number(pick(record, `${path}.ratio`)),
    logical_used_capacity: number(pick(record, `${path}.logical_used`)),
  };
}

export function toPool(aggregate: Foreign, id: string): StoragePool {
  return compact<StoragePool>({
    native_storage_pool_id: id,
    name: label(aggregate['name']),
    storage_type: 'unified',
    status: lookup(AGGREGATE_STATES, aggregate['state']),
    total_capacity: number(pick(aggregate, 'space.block_storage.size')),
    used_capacity: number(pick(aggregate, 'space.block_storage.used')),
    free_capacity: number(pick(aggregate, 'space.block_storage.available')),
    subscribed_capacity: number(pick(aggregate, 'space.total_provisioned_space')),
    ...reductionOf(aggregate, 'space.efficiency_without_snapshots'),
  });
}

/** The storage availability zone of an ASA r2, which shows no aggregates. */
export function toZonePool(zone: Foreign, id: string): StoragePool {
  return compact<StoragePool>({
    native_storage_pool_id: id,
    name: label(zone['name']),
    storage_type: 'block',
    total_capacity: number(pick(zone, 'space.size')),
    used_capacity: number(pick(zone, 'space.used')),
    free_capacity: number(pick(zone, 'space.available')),
    ...reductionOf(zone, 'space.efficiency_without_snapshots'),
  });
}

/** What LUNs and namespaces get from the FlexVol they are in. */
export interface Container {
  readonly pool: string | undefined;
  readonly compressed: boolean | undefined;
  readonly deduplicated: boolean | undefined;
}

export function toContainer(volume: Foreign): Container {
  return {
    pool: poolOf(volume),
    compressed: isOn(pick(volume, 'efficiency.compression')),
    deduplicated: isOn(pick(volume, 'efficiency.dedupe')),
  };
}

/** A FlexGroup lies in several aggregates: then it has no one pool. */
export function poolOf(volume: Foreign): string | undefined {
  const aggregates = objects(volume['aggregates']);
  return aggregates.length === 1 ? label(aggregates[0]?.['uuid']) : undefined;
}

/** `none`, or when it is done: inline, background, both, mixed. */
export function isOn(value: unknown): boolean | undefined {
  const written = typeof value === 'string' ? value : undefined;
  return written === undefined || written === '' ? undefined : written !== 'none';
}

export function toVolume(unit: Foreign, id: string, container: Container | undefined): Volume {
  const total = number(pick(unit, 'space.size'));
  const used = number(pick(unit, 'space.used'));
  return compact<Volume>({
    native_volume_id: id,
    name: label(unit['name']),
    description: label(unit['comment']),
    type: provisioning(unit),
    status: unitState(unit),
    native_storage_pool_id: uuidAt(unit, 'location.storage_availability_zone') ?? container?.pool,
    wwn: wwnOf(unit),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    compressed: container?.compressed,
    deduplicated: container?.deduplicated,
    data_reduction: number(pick(unit, 'space.efficiency_ratio')),
    snapshot_capacity: number(pick(unit, 'space.snapshot.used')),
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

export function toController(node: Foreign, id: string): Controller {
  const addresses = objects(node['management_interfaces']).flatMap(
    (one) => text(pick(one, 'ip.address')) ?? [],
  );
  return compact<Controller>({
    native_controller_id: id,
    name: label(node['name']),
    status: lookup(NODE_STATES, node['state']),
    location: label(node['location']),
    soft_version: releaseOf(pick(node, 'version.full')),
    cpu_info: label(pick(node, 'controller.cpu.processor')),
    cpu_count: number(pick(node, 'controller.cpu.count')),
    memory_size: number(pick(node, 'controller.memory_size')),
    mgmt_ip: addresses.length > 0 ? addresses.join(';') : undefined,
  });
}

export function toDisk(disk: Foreign, id: string): Disk {
  const bay = text(disk['bay']);
  const shelf = text(pick(disk, 'shelf.uid'));
  return compact<Disk>({
    native_disk_id: id,
    name: id,
    physical_type: lookup(DISK_TYPES, disk['effective_type'] ?? disk['type']),
    logical_type: lookup(CONTAINERS, disk['container_type']),
    status: diskState(disk),
    location: shelf && bay && `shelf ${shelf} bay ${bay}`,
    native_disk_group_id: poolOf(disk),
    serial_number: text(disk['serial_number']),
    manufacturer: text(disk['vendor']),
    model: text(disk['model']),
    firmware: text(disk['firmware_version']),
    // Flash does not turn.
    speed: number(disk['rpm']) || undefined,
    capacity: diskSize(disk),
    endurance_remaining: fractionLeft(disk['rated_life_used_percent']),
    power_on_time: scaled(pick(disk, 'stats.power_on_hours'), 3_600),
  });
}

/** A disk in the registry of failed disks is that, whatever else it says. */
function diskState(disk: Foreign): Disk['status'] {
  const failed = flag(pick(disk, 'outage.persistently_failed')) === true;
  return failed ? 'abnormal' : lookup(DISK_STATES, disk['state']);
}

/** All of the disk, else its sectors, else what the array makes use of. */
function diskSize(disk: Foreign): number | undefined {
  const sectors = number(disk['sector_count']);
  const sectorSize = number(disk['bytes_per_sector']);
  const counted = sectors !== undefined && sectorSize !== undefined ? sectors * sectorSize : 0;
  return number(disk['physical_size']) ?? (counted || number(disk['usable_size']));
}
