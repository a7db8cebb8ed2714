/**
 * Records: what a driver says about one object of the array. One TypeBox schema each gives the
 * JSON Schema that the core checks with ajv, and the TypeScript type.
 *
 * Field names are the seed's (SODA Delfin's models), unchanged: they are the wire schema.
 * - Capacities are bytes, port speeds bit/s, disk speed rpm, times epoch ms, health score 0 to 100.
 * - Ids are text, unique within their list, and refer to each other exactly.
 * - A field the array doesn't give is absent (`undefined`), never 0, -1, '' or '--'.
 * - An enumeration value that the driver's table lacks is passed on with `lookup` (enumeration.ts);
 *   the core replaces it by the field's `unknown` annotation and logs the raw value once.
 * - `storage_id` is filled in by the core.
 */
import { bytes, celsius, count, flag, id, oneOf, ratio, record, ref, text } from './fields.ts';
import { Type, type Static } from './schema.ts';

export * from './hardware.ts';

export const HEALTH_STATES = ['normal', 'degraded', 'abnormal', 'offline', 'unknown'] as const;
export const CONTROLLER_STATES = ['normal', 'degraded', 'fault', 'offline', 'unknown'] as const;
export const VOLUME_STATES = ['available', 'error', 'unknown'] as const;
export const FILESYSTEM_STATES = ['normal', 'faulty', 'unknown'] as const;
export const PORT_HEALTH_STATES = ['normal', 'abnormal', 'unknown'] as const;
export const CONNECTION_STATES = ['connected', 'disconnected', 'unknown'] as const;
export const INITIATOR_STATES = ['online', 'offline', 'unknown'] as const;
export const PROVISIONING = ['thick', 'thin'] as const;
export const SECURITY_MODES = ['mixed', 'native', 'ntfs', 'unix'] as const;

export const PORT_TYPES = [
  'fc', 'iscsi', 'ficon', 'fcoe', 'eth', 'sas', 'ib', 'logic', 'cifs', 'nfs', 'fcache', 'combo',
  'cna', 'rcip', 'nfs-cifs', 'other',
] as const; // prettier-ignore

export const PORT_LOGICAL_TYPES = [
  'frontend', 'backend', 'service', 'management', 'internal', 'maintenance', 'interconnect',
  'cluster', 'data', 'node-mgmt', 'intercluster', 'cluster-mgmt', 'physical', 'if-group', 'vlan',
  'other',
] as const; // prettier-ignore

export const DISK_PHYSICAL_TYPES = [
  'sata', 'sas', 'ssd', 'nl-ssd', 'fc', 'lun', 'ata', 'flash', 'vmdisk', 'nl-sas', 'ssd-card',
  'sas-flash-vp', 'hdd', 'nvme-ssd', 'unknown',
] as const; // prettier-ignore

export const DISK_LOGICAL_TYPES = [
  'free', 'member', 'hotspare', 'cache', 'aggregate', 'broken', 'foreign', 'labelmaint',
  'maintenance', 'shared', 'spare', 'unassigned', 'unsupported', 'remote', 'mediator', 'data',
  'unknown',
] as const; // prettier-ignore

/** What data reduction and snapshots do with the space of one object; the driver's README has the array's definitions. */
const reduction = () => ({
  data_reduction: count('How many times the data is larger than what stores it: x of x:1'),
  logical_used_capacity: bytes('What hosts have written, before any reduction'),
  snapshot_capacity: bytes('Capacity that snapshots take'),
});

const efficiency = () => ({ ...reduction(), snapshot_count: count('Number of snapshots') });

const health = (what: string) =>
  oneOf(HEALTH_STATES, `Health of the ${what}`, { unknown: 'unknown' });

export const StorageSchema = record('storage', {
  name: text("The array's own name"),
  description: text('Free text set on the array'),
  vendor: text('Maker, as people write it'),
  model: text('Product model as the array states it'),
  status: health('whole array'),
  serial_number: text('Serial number; identifies the array across addresses'),
  firmware_version: text('Version of the array software'),
  location: text('Where the array stands, as set on it'),
  total_capacity: bytes('Usable capacity'),
  used_capacity: bytes('Capacity in use'),
  free_capacity: bytes('Capacity left'),
  raw_capacity: bytes('Capacity of all disks'),
  subscribed_capacity: bytes('Capacity promised to hosts'),
  ...efficiency(),
  access_url: Type.Optional(
    Type.String({
      pattern: String.raw`^https?://[^\s@]+$`,
      maxLength: 2_048,
      description: "The array's own console, without credentials; filled in by `getAccessUrl`",
    }),
  ),
});

export const StoragePoolSchema = record('storagePool', {
  native_storage_pool_id: id("The array's id of the pool"),
  name: text('Name of the pool'),
  description: text('Free text set on the array'),
  storage_type: oneOf(['block', 'file', 'unified'], 'What the pool serves'),
  status: health('pool'),
  total_capacity: bytes('Usable capacity'),
  used_capacity: bytes('Capacity in use'),
  free_capacity: bytes('Capacity left'),
  subscribed_capacity: bytes('Capacity promised to hosts'),
  ...efficiency(),
});

export const VolumeSchema = record('volume', {
  native_volume_id: id("The array's id of the volume"),
  name: text('Name of the volume'),
  description: text('Free text set on the array'),
  type: oneOf(PROVISIONING, 'Provisioning'),
  status: oneOf(VOLUME_STATES, 'Health of the volume', { unknown: 'unknown' }),
  native_storage_pool_id: ref('Pool the volume lives in'),
  wwn: text('World wide name as hosts see it (NAA, without prefix)'),
  total_capacity: bytes('Size hosts see'),
  used_capacity: bytes('Capacity allocated'),
  free_capacity: bytes('Capacity not allocated'),
  compressed: flag('Compression is on'),
  deduplicated: flag('Deduplication is on'),
  ...efficiency(),
});

export const ControllerSchema = record('controller', {
  native_controller_id: id("The array's id of the controller"),
  name: text('Name of the controller'),
  status: oneOf(CONTROLLER_STATES, 'Health of the controller', { unknown: 'unknown' }),
  location: text('Enclosure and slot'),
  soft_version: text('Software version running on it'),
  cpu_info: text('Processor model'),
  cpu_count: count('Number of processors'),
  memory_size: bytes('Memory'),
  mgmt_ip: text('Management address'),
});

export const PortSchema = record('port', {
  native_port_id: id("The array's id of the port"),
  name: text('Name of the port'),
  location: text('Enclosure, module and slot'),
  type: oneOf(PORT_TYPES, 'Technology', { unknown: 'other' }),
  logical_type: oneOf(PORT_LOGICAL_TYPES, 'Role', { unknown: 'other' }),
  connection_status: oneOf(CONNECTION_STATES, 'Link state', { unknown: 'unknown' }),
  health_status: oneOf(PORT_HEALTH_STATES, 'Health of the port', { unknown: 'unknown' }),
  native_parent_id: ref('Controller, module or port it belongs to'),
  speed: count('Negotiated speed, bit/s'),
  max_speed: count('Highest speed, bit/s'),
  wwn: text('World wide port name'),
  mac_address: text('MAC address'),
  ipv4: text('IPv4 address'),
  ipv4_mask: text('IPv4 mask'),
  ipv6: text('IPv6 address'),
  ipv6_mask: text('IPv6 mask or prefix length'),
});

export const DiskSchema = record('disk', {
  native_disk_id: id("The array's id of the disk"),
  name: text('Name of the disk'),
  physical_type: oneOf(DISK_PHYSICAL_TYPES, 'Technology', { unknown: 'unknown' }),
  logical_type: oneOf(DISK_LOGICAL_TYPES, 'Role', { unknown: 'unknown' }),
  status: health('disk'),
  location: text('Enclosure and slot'),
  native_disk_group_id: ref('Disk group, RAID group or pool it belongs to'),
  serial_number: text('Serial number'),
  manufacturer: text('Maker'),
  model: text('Model'),
  firmware: text('Firmware version'),
  speed: count('Rotation speed, rpm; absent for flash'),
  capacity: bytes('Size'),
  health_score: Type.Optional(
    Type.Number({ minimum: 0, maximum: 100, description: 'Health, 0 to 100' }),
  ),
  endurance_remaining: ratio('What is left of the writes the disk is made for'),
  temperature: celsius('Temperature of the disk'),
  power_on_time: count('Time under power, s'),
  media_errors: count('Errors of the medium since the disk counts them'),
});

export const FilesystemSchema = record('filesystem', {
  native_filesystem_id: id("The array's id of the file system"),
  name: text('Name of the file system'),
  type: oneOf(PROVISIONING, 'Provisioning'),
  status: oneOf(FILESYSTEM_STATES, 'Health of the file system', { unknown: 'unknown' }),
  native_pool_id: ref('Pool it lives in'),
  security_mode: oneOf(SECURITY_MODES, 'Permission model'),
  total_capacity: bytes('Size'),
  used_capacity: bytes('Capacity in use'),
  free_capacity: bytes('Capacity left'),
  compressed: flag('Compression is on'),
  deduplicated: flag('Deduplication is on'),
  worm: oneOf(['non_worm', 'audit_log', 'compliance', 'enterprise'], 'Write-once mode'),
  ...efficiency(),
});

export const QtreeSchema = record('qtree', {
  native_qtree_id: id("The array's id of the qtree"),
  name: text('Name of the qtree'),
  path: text('Path'),
  native_filesystem_id: ref('File system it is part of'),
  security_mode: oneOf(SECURITY_MODES, 'Permission model'),
});

export const QuotaSchema = record('quota', {
  native_quota_id: id("The array's id of the quota"),
  type: oneOf(['tree', 'user', 'group'], 'What is limited'),
  native_filesystem_id: ref('File system it holds for'),
  native_qtree_id: ref('Qtree it holds for'),
  capacity_hard_limit: bytes('Hard limit'),
  capacity_soft_limit: bytes('Soft limit'),
  file_hard_limit: count('Hard limit, files'),
  file_soft_limit: count('Soft limit, files'),
  file_count: count('Files in use'),
  used_capacity: bytes('Capacity in use'),
  user_group_name: text('User or group that is limited'),
});

export const ShareSchema = record('share', {
  native_share_id: id("The array's id of the share"),
  name: text('Name of the share'),
  path: text('Path that is shared'),
  native_filesystem_id: ref('File system that is shared'),
  native_qtree_id: ref('Qtree that is shared'),
  protocol: oneOf(['cifs', 'nfs', 'ftp', 'hdfs'], 'Protocol'),
});

export const StorageHostInitiatorSchema = record('initiator', {
  native_storage_host_initiator_id: id("The array's id of the initiator"),
  native_storage_host_id: ref('Host it belongs to'),
  name: text('Name'),
  description: text('Free text set on the array'),
  alias: text('Alias set on the array'),
  type: oneOf(['fc', 'iscsi', 'roce', 'sas', 'nvme-of', 'unknown'], 'Technology', {
    unknown: 'unknown',
  }),
  status: oneOf(INITIATOR_STATES, 'Logged in or not', { unknown: 'unknown' }),
  wwn: text('WWPN, IQN or NQN'),
});

export const StorageHostSchema = record('host', {
  native_storage_host_id: id("The array's id of the host"),
  name: text('Name of the host'),
  description: text('Free text set on the array'),
  os_type: text('Operating system as people write it'),
  status: health('host as the array sees it'),
  ip_address: text('Address of the host'),
});

export const StorageHostGroupSchema = record('host_group', {
  native_storage_host_group_id: id("The array's id of the host group"),
  name: text('Name of the group'),
  description: text('Free text set on the array'),
  storage_hosts: text(
    'Ids of its hosts, comma separated (the seed has it; relations are complete)',
  ),
});

export const PortGroupSchema = record('port_group', {
  native_port_group_id: id("The array's id of the port group"),
  name: text('Name of the group'),
  description: text('Free text set on the array'),
  ports: text('Ids of its ports, comma separated (the seed has it; relations are complete)'),
});

export const VolumeGroupSchema = record('volume_group', {
  native_volume_group_id: id("The array's id of the volume group"),
  name: text('Name of the group'),
  description: text('Free text set on the array'),
  volumes: text('Ids of its volumes, comma separated (the seed has it; relations are complete)'),
});

const relation = <G extends string, M extends string>(group: G, member: M) =>
  record('relation', {
    name: text('Name of the relation'),
    description: text('Free text'),
    [group]: id('The group'),
    [member]: id('The member'),
  } as Record<G | M, ReturnType<typeof id>> &
    Record<'name' | 'description', ReturnType<typeof text>>);

export const StorageHostGroupRelationSchema = relation(
  'native_storage_host_group_id',
  'native_storage_host_id',
);
export const PortGroupRelationSchema = relation('native_port_group_id', 'native_port_id');
export const VolumeGroupRelationSchema = relation('native_volume_group_id', 'native_volume_id');

/**
 * Who sees what. One of host and host group, one of volume and volume group, a port group where
 * the array has one: group before item, as the array itself models it.
 */
export const MaskingViewSchema = record('masking_view', {
  native_masking_view_id: id("The array's id of the mapping"),
  name: text('Name of the mapping'),
  description: text('Free text set on the array'),
  native_storage_host_group_id: ref('Host group that sees'),
  native_storage_host_id: ref('Host that sees'),
  native_volume_group_id: ref('Volume group that is seen'),
  native_volume_id: ref('Volume that is seen'),
  native_port_group_id: ref('Port group it is seen through'),
});

export type Storage = Static<typeof StorageSchema>;
export type StoragePool = Static<typeof StoragePoolSchema>;
export type Volume = Static<typeof VolumeSchema>;
export type Controller = Static<typeof ControllerSchema>;
export type Port = Static<typeof PortSchema>;
export type Disk = Static<typeof DiskSchema>;
export type Filesystem = Static<typeof FilesystemSchema>;
export type Qtree = Static<typeof QtreeSchema>;
export type Quota = Static<typeof QuotaSchema>;
export type Share = Static<typeof ShareSchema>;
export type StorageHostInitiator = Static<typeof StorageHostInitiatorSchema>;
export type StorageHost = Static<typeof StorageHostSchema>;
export type StorageHostGroup = Static<typeof StorageHostGroupSchema>;
export type PortGroup = Static<typeof PortGroupSchema>;
export type VolumeGroup = Static<typeof VolumeGroupSchema>;
export type StorageHostGroupRelation = Static<typeof StorageHostGroupRelationSchema>;
export type PortGroupRelation = Static<typeof PortGroupRelationSchema>;
export type VolumeGroupRelation = Static<typeof VolumeGroupRelationSchema>;
export type MaskingView = Static<typeof MaskingViewSchema>;

/** What `listStorageHostGroups` returns: the groups, and which host is in which. */
export interface StorageHostGroups {
  readonly storage_host_groups: readonly StorageHostGroup[];
  readonly storage_host_grp_host_rels: readonly StorageHostGroupRelation[];
}

/** What `listPortGroups` returns: the groups, and which port is in which. */
export interface PortGroups {
  readonly port_groups: readonly PortGroup[];
  readonly port_grp_port_rels: readonly PortGroupRelation[];
}

/** What `listVolumeGroups` returns: the groups, and which volume is in which. */
export interface VolumeGroups {
  readonly volume_groups: readonly VolumeGroup[];
  readonly vol_grp_vol_rels: readonly VolumeGroupRelation[];
}
