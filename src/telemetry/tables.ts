/** What of a record becomes which metric: tables that the catalog and the exporters interpret. */
import type { Inventory } from '../backend/snapshot.ts';
import {
  CONNECTION_STATES,
  CONTROLLER_STATES,
  FILESYSTEM_STATES,
  HEALTH_STATES,
  INITIATOR_STATES,
  PORT_HEALTH_STATES,
  VOLUME_STATES,
} from '../driver/records.ts';
import type { Kind } from './names.ts';

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
  | 'masking_view';

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

/** Own fields are prefixed with the type; ids of other resources are named as those name them. */
function info(
  word: ResourceWord,
  list: ListKey,
  id: string | undefined,
  own: Readonly<Record<string, string>> = {},
  foreign: Readonly<Record<string, string>> = {},
): InfoTable {
  const extra = [
    ...Object.entries(own).map(([field, name]) => ({
      field,
      attribute: `storage.${word}.${name}`,
    })),
    ...Object.entries(foreign).map(([field, name]) => ({ field, attribute: `storage.${name}` })),
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

export interface StatusTable {
  readonly word: ResourceWord;
  readonly field: string;
  /** Of the instrument, after the type. */
  readonly suffix: string;
  readonly states: readonly string[];
  readonly what: string;
}

const status = (
  word: ResourceWord,
  states: readonly string[],
  what: string,
  field = 'status',
  suffix = 'status',
): StatusTable => ({ word, field, suffix, states, what });

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
];

export interface CapacityTable {
  readonly word: ResourceWord;
  readonly field: string;
  readonly suffix: string;
  readonly unit: string;
  readonly kind: Kind;
  readonly help: string;
  /** The record states bits per second. */
  readonly bits?: true;
}

const bytes = (word: ResourceWord, field: string, suffix: string, help: string): CapacityTable => ({
  word,
  field,
  suffix,
  unit: 'By',
  kind: 'updown',
  help,
});

const space = (word: ResourceWord): readonly CapacityTable[] => [
  bytes(word, 'total_capacity', 'capacity', `Size of the ${word}`),
  bytes(word, 'used_capacity', 'capacity.used', `Capacity in use on the ${word}`),
  bytes(word, 'free_capacity', 'capacity.free', `Capacity left on the ${word}`),
];

const files = (field: string, suffix: string, help: string): CapacityTable => ({
  word: 'quota',
  field,
  suffix: `file.${suffix}`,
  unit: '{file}',
  kind: 'updown',
  help,
});

const speed = (field: string, help: string): CapacityTable => ({
  word: 'port',
  field,
  suffix: field,
  unit: 'By/s',
  kind: 'gauge',
  help,
  bits: true,
});

export const CAPACITIES: readonly CapacityTable[] = [
  ...space('system'),
  bytes('system', 'subscribed_capacity', 'capacity.subscribed', 'Capacity promised to hosts'),
  bytes('system', 'raw_capacity', 'capacity.raw', 'Capacity of all disks'),
  ...space('pool'),
  bytes('pool', 'subscribed_capacity', 'capacity.subscribed', 'Capacity promised to hosts'),
  ...space('volume'),
  ...space('filesystem'),
  bytes('disk', 'capacity', 'capacity', 'Size of the disk'),
  bytes('quota', 'used_capacity', 'capacity.used', 'Capacity in use under the quota'),
  bytes('quota', 'capacity_hard_limit', 'capacity.hard_limit', 'Hard limit of the quota'),
  bytes('quota', 'capacity_soft_limit', 'capacity.soft_limit', 'Soft limit of the quota'),
  files('file_count', 'used', 'Files under the quota'),
  files('file_hard_limit', 'hard_limit', 'Hard limit of files'),
  files('file_soft_limit', 'soft_limit', 'Soft limit of files'),
  bytes('controller', 'memory_size', 'memory.size', 'Memory of the controller'),
  {
    word: 'controller',
    field: 'cpu_count',
    suffix: 'cpus',
    unit: '{cpu}',
    kind: 'updown',
    help: 'Processors of the controller',
  },
  {
    word: 'disk',
    field: 'speed',
    suffix: 'rotation.speed',
    unit: 'rpm',
    kind: 'gauge',
    help: 'Rotation speed of the disk',
  },
  {
    word: 'disk',
    field: 'health_score',
    suffix: 'health_score',
    unit: '{score}',
    kind: 'gauge',
    help: 'Health of the disk, 0 to 100',
  },
  speed('speed', 'Negotiated speed of the port'),
  speed('max_speed', 'Highest speed of the port'),
];
