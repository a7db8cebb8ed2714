/** What of a record becomes which metric: tables that the catalog and the exporters interpret. */
import type { Inventory } from '../backend/snapshot.ts';
import {
  COMPONENT_STATES,
  CONNECTION_STATES,
  CONTROLLER_STATES,
  FILESYSTEM_STATES,
  HEALTH_STATES,
  INITIATOR_STATES,
  PORT_HEALTH_STATES,
  REPLICATION_STATES,
  VOLUME_STATES,
} from '../driver/records.ts';
import type { Kind } from './names.ts';
import type { RecordUnit } from './units.ts';

/** The catalog's words for the types of resources. */
export type ResourceWord =
  | 'system'
  | 'pool'
  | 'volume'
  | 'controller'
  | 'port'
  | 'disk'
  | 'filesystem'
  | 'share'
  | 'qtree'
  | 'quota'
  | 'host'
  | 'initiator'
  | 'host_group'
  | 'port_group'
  | 'volume_group'
  | 'masking_view'
  | 'component'
  | 'replication';

type ListKey = keyof Inventory;

/** A record field that becomes an attribute of the info metric. */
export interface InfoField {
  readonly field: string;
  readonly attribute: string;
}

export interface InfoTable {
  readonly word: ResourceWord;
  readonly list: ListKey;
  /** The record field with its id; `storage` has none. */
  readonly id?: string;
  readonly extra: readonly InfoField[];
}

type Names = Readonly<Record<string, string>>;

/**
 * Own fields are prefixed with the type; ids of other resources are named as those name them; what
 * the hardware conventions have a name for is called so.
 */
function info(
  word: ResourceWord,
  list: ListKey,
  id: string | undefined,
  own: Names = {},
  foreign: Names = {},
  hardware: Names = {},
): InfoTable {
  const named = (names: Names, prefix: string): InfoField[] =>
    Object.entries(names).map(([field, name]) => ({ field, attribute: `${prefix}.${name}` }));
  const extra = [
    ...named(own, `storage.${word}`),
    ...named(foreign, 'storage'),
    ...named(hardware, 'hw'),
  ];
  return { word, list, extra, ...(id === undefined ? {} : { id }) };
}

export const INFOS: readonly InfoTable[] = [
  info('system', 'storage', undefined, {
    storage_id: 'id',
    vendor: 'vendor',
    model: 'model',
    serial_number: 'serial_number',
    firmware_version: 'firmware_version',
    location: 'location',
    access_url: 'url',
  }),
  info('pool', 'storage_pools', 'native_storage_pool_id', { storage_type: 'type' }),
  info(
    'volume',
    'volumes',
    'native_volume_id',
    { type: 'type', wwn: 'wwn', compressed: 'compressed', deduplicated: 'deduplicated' },
    { native_storage_pool_id: 'pool.id', storage_pool_name: 'pool.name' },
  ),
  info('controller', 'controllers', 'native_controller_id', {
    location: 'location',
    soft_version: 'version',
    cpu_info: 'cpu_info',
    mgmt_ip: 'mgmt_ip',
  }),
  info(
    'port',
    'ports',
    'native_port_id',
    {
      type: 'type',
      logical_type: 'logical_type',
      location: 'location',
      wwn: 'wwn',
      mac_address: 'mac_address',
      ipv4: 'ipv4',
      ipv6: 'ipv6',
    },
    { native_parent_id: 'parent.id' },
  ),
  info('disk', 'disks', 'native_disk_id', {
    physical_type: 'physical_type',
    logical_type: 'logical_type',
    serial_number: 'serial_number',
    manufacturer: 'manufacturer',
    model: 'model',
    firmware: 'firmware',
    location: 'location',
    native_disk_group_id: 'group_id',
  }),
  info(
    'filesystem',
    'filesystems',
    'native_filesystem_id',
    {
      type: 'type',
      security_mode: 'security_mode',
      worm: 'worm',
      compressed: 'compressed',
      deduplicated: 'deduplicated',
    },
    { native_pool_id: 'pool.id' },
  ),
  info(
    'share',
    'shares',
    'native_share_id',
    { protocol: 'protocol', path: 'path' },
    { native_filesystem_id: 'filesystem.id', native_qtree_id: 'qtree.id' },
  ),
  info(
    'qtree',
    'qtrees',
    'native_qtree_id',
    { path: 'path', security_mode: 'security_mode' },
    { native_filesystem_id: 'filesystem.id' },
  ),
  info(
    'quota',
    'quotas',
    'native_quota_id',
    {},
    {
      native_filesystem_id: 'filesystem.id',
      native_qtree_id: 'qtree.id',
    },
  ),
  info('host', 'storage_hosts', 'native_storage_host_id', {
    os_type: 'os_type',
    ip_address: 'ip_address',
  }),
  info(
    'initiator',
    'storage_host_initiators',
    'native_storage_host_initiator_id',
    { type: 'type', wwn: 'wwn', alias: 'alias' },
    { native_storage_host_id: 'host.id' },
  ),
  info('host_group', 'storage_host_groups', 'native_storage_host_group_id'),
  info('port_group', 'port_groups', 'native_port_group_id'),
  info('volume_group', 'volume_groups', 'native_volume_group_id'),
  info(
    'masking_view',
    'masking_views',
    'native_masking_view_id',
    {},
    {
      native_storage_host_id: 'host.id',
      native_storage_host_group_id: 'host_group.id',
      native_volume_id: 'volume.id',
      native_volume_group_id: 'volume_group.id',
      native_port_group_id: 'port_group.id',
    },
  ),
  info(
    'component',
    'components',
    'native_component_id',
    { location: 'location', part_number: 'part_number' },
    {},
    {
      native_parent_id: 'parent',
      vendor: 'vendor',
      model: 'model',
      serial_number: 'serial_number',
      firmware: 'firmware_version',
    },
  ),
  info(
    'replication',
    'replications',
    'native_replication_id',
    {
      type: 'type',
      role: 'role',
      remote_system: 'remote_system',
      remote_resource: 'remote_resource',
    },
    {
      native_volume_id: 'volume.id',
      native_volume_group_id: 'volume_group.id',
      native_filesystem_id: 'filesystem.id',
    },
  ),
];

export interface MemberTable {
  readonly list: ListKey;
  readonly group: ResourceWord;
  readonly groupId: string;
  readonly member: ResourceWord;
  readonly memberId: string;
}

export const MEMBERS: readonly MemberTable[] = [
  {
    list: 'storage_host_grp_host_rels',
    group: 'host_group',
    groupId: 'native_storage_host_group_id',
    member: 'host',
    memberId: 'native_storage_host_id',
  },
  {
    list: 'port_grp_port_rels',
    group: 'port_group',
    groupId: 'native_port_group_id',
    member: 'port',
    memberId: 'native_port_id',
  },
  {
    list: 'vol_grp_vol_rels',
    group: 'volume_group',
    groupId: 'native_volume_group_id',
    member: 'volume',
    memberId: 'native_volume_id',
  },
];

export const STATE = 'storage.state';

export interface StatusTable {
  readonly word: ResourceWord;
  readonly field: string;
  readonly instrument: string;
  /** The attribute that names the state. */
  readonly attribute: string;
  readonly states: readonly string[];
  readonly what: string;
}

const status = (
  word: ResourceWord,
  states: readonly string[],
  what: string,
  field = 'status',
  suffix = 'status',
): StatusTable => ({
  word,
  field,
  instrument: `storage.${word}.${suffix}`,
  attribute: STATE,
  states,
  what,
});

export const STATUSES: readonly StatusTable[] = [
  status('system', HEALTH_STATES, 'Health of the array'),
  status('pool', HEALTH_STATES, 'Health of the pool'),
  status('volume', VOLUME_STATES, 'Health of the volume'),
  status('controller', CONTROLLER_STATES, 'Health of the controller'),
  status('port', PORT_HEALTH_STATES, 'Health of the port', 'health_status'),
  status('port', CONNECTION_STATES, 'Link of the port', 'connection_status', 'connection.status'),
  status('disk', HEALTH_STATES, 'Health of the disk'),
  status('filesystem', FILESYSTEM_STATES, 'Health of the file system'),
  status('host', HEALTH_STATES, 'Health of the host as the array sees it'),
  status('initiator', INITIATOR_STATES, 'Whether the initiator is logged in'),
  {
    ...status('component', COMPONENT_STATES, 'State of the part'),
    instrument: 'hw.status',
    attribute: 'hw.state',
  },
  status('replication', REPLICATION_STATES, 'State of the replication'),
];

export interface QuantityTable {
  readonly word: ResourceWord;
  readonly field: string;
  readonly instrument: string;
  readonly unit: string;
  readonly kind: Kind;
  readonly help: string;
  /** What the record states it in, where that is not the unit. */
  readonly from?: RecordUnit;
}

const quantity = (
  word: ResourceWord,
  field: string,
  suffix: string,
  unit: string,
  kind: Kind,
  help: string,
): QuantityTable => ({ word, field, instrument: `storage.${word}.${suffix}`, unit, kind, help });

const bytes = (word: ResourceWord, field: string, suffix: string, help: string) =>
  quantity(word, field, suffix, 'By', 'updown', help);

const space = (word: ResourceWord): readonly QuantityTable[] => [
  bytes(word, 'total_capacity', 'capacity', `Size of the ${word}`),
  bytes(word, 'used_capacity', 'capacity.used', `Capacity in use on the ${word}`),
  bytes(word, 'free_capacity', 'capacity.free', `Capacity left on the ${word}`),
];

const reduction = (word: ResourceWord): readonly QuantityTable[] => [
  quantity(
    word,
    'data_reduction',
    'data_reduction',
    '1',
    'gauge',
    `How many times the data of the ${word} is larger than what stores it, as the array defines it`,
  ),
  bytes(
    word,
    'logical_used_capacity',
    'capacity.logical_used',
    `What hosts have written to the ${word}, before any reduction`,
  ),
  bytes(
    word,
    'snapshot_capacity',
    'capacity.snapshot',
    `Capacity that snapshots take on the ${word}`,
  ),
  quantity(word, 'snapshot_count', 'snapshots', '{snapshot}', 'updown', `Snapshots of the ${word}`),
];

const files = (field: string, suffix: string, help: string) =>
  quantity('quota', field, `file.${suffix}`, '{file}', 'updown', help);

const speed = (field: string, help: string): QuantityTable => ({
  ...quantity('port', field, field, 'By/s', 'gauge', help),
  from: 'bit/s',
});

const part = (field: string, instrument: string, unit: string, help: string): QuantityTable => ({
  ...quantity('component', field, field, unit, 'gauge', help),
  instrument,
});

export const QUANTITIES: readonly QuantityTable[] = [
  ...space('system'),
  bytes('system', 'subscribed_capacity', 'capacity.subscribed', 'Capacity promised to hosts'),
  bytes('system', 'raw_capacity', 'capacity.raw', 'Capacity of all disks'),
  ...reduction('system'),
  ...space('pool'),
  bytes('pool', 'subscribed_capacity', 'capacity.subscribed', 'Capacity promised to hosts'),
  ...reduction('pool'),
  ...space('volume'),
  ...reduction('volume'),
  ...space('filesystem'),
  ...reduction('filesystem'),
  bytes('disk', 'capacity', 'capacity', 'Size of the disk'),
  bytes('quota', 'used_capacity', 'capacity.used', 'Capacity in use under the quota'),
  bytes('quota', 'capacity_hard_limit', 'capacity.hard_limit', 'Hard limit of the quota'),
  bytes('quota', 'capacity_soft_limit', 'capacity.soft_limit', 'Soft limit of the quota'),
  files('file_count', 'used', 'Files under the quota'),
  files('file_hard_limit', 'hard_limit', 'Hard limit of files'),
  files('file_soft_limit', 'soft_limit', 'Soft limit of files'),
  bytes('controller', 'memory_size', 'memory.size', 'Memory of the controller'),
  quantity('controller', 'cpu_count', 'cpus', '{cpu}', 'updown', 'Processors of the controller'),
  quantity('disk', 'speed', 'rotation.speed', 'rpm', 'gauge', 'Rotation speed of the disk'),
  quantity(
    'disk',
    'health_score',
    'health_score',
    '{score}',
    'gauge',
    'Health of the disk, 0 to 100',
  ),
  quantity(
    'disk',
    'endurance_remaining',
    'endurance.remaining',
    '1',
    'gauge',
    'What is left of the writes the disk is made for',
  ),
  quantity('disk', 'temperature', 'temperature', 'Cel', 'gauge', 'Temperature of the disk'),
  quantity('disk', 'power_on_time', 'power_on.time', 's', 'gauge', 'Time under power'),
  quantity('disk', 'media_errors', 'media.errors', '{error}', 'counter', 'Errors of the medium'),
  speed('speed', 'Negotiated speed of the port'),
  speed('max_speed', 'Highest speed of the port'),
  part('temperature', 'hw.temperature', 'Cel', 'Temperature of the part'),
  part('fan_speed', 'hw.fan.speed', 'rpm', 'Speed of the fan'),
  part('fan_speed_ratio', 'hw.fan.speed_ratio', '1', 'Speed of the fan as a part of its highest'),
  part('power', 'hw.power', 'W', 'Power the part takes or gives'),
  part('voltage', 'hw.voltage', 'V', 'Voltage at the part'),
  part('charge_ratio', 'hw.battery.charge', '1', 'Charge of the battery'),
  {
    ...quantity('replication', 'lag', 'lag', 's', 'gauge', 'Age of the last consistent copy'),
    from: 'ms',
  },
  quantity(
    'replication',
    'progress',
    'progress',
    '1',
    'gauge',
    'How much of the running transfer is done',
  ),
  quantity('replication', 'throughput', 'throughput', 'By/s', 'gauge', 'Data sent'),
];
