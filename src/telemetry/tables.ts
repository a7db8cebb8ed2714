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
