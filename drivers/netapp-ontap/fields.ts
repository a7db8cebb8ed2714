/** Which collections are read, what tells their objects apart, and which fields are asked for. */
import { identifier, pick, type Foreign } from 'delfin-agent/driver';

export interface Collection {
  readonly path: string;
  /** Every field that a record is made of, of all versions. */
  readonly fields: readonly string[];
  /** Those that `*` leaves out because they cost the array more, as far as ONTAP 9.8 has them. */
  readonly costly?: readonly string[];
  readonly key?: (record: Foreign) => string;
  readonly filter?: Readonly<Record<string, string>>;
}

const keyOf =
  (...paths: readonly string[]) =>
  (record: Foreign) =>
    paths.map((path) => identifier(pick(record, path)) ?? '').join('/');

const WHERE = ['location.node', 'location.port'] as const;
const BLOCK = ['name', 'comment', 'enabled', 'location.volume', 'space', 'status', 'svm'] as const;

export const COLLECTIONS = {
  nodes: {
    path: '/api/cluster/nodes',
    fields: [
      'name', 'state', 'model', 'serial_number', 'location', 'version', 'controller.cpu',
      'controller.memory_size', 'controller.frus', 'management_interfaces', 'nvram',
    ],
    costly: ['controller.frus'],
  },
  aggregates: {
    path: '/api/storage/aggregates',
    fields: ['name', 'state', 'space', 'space.total_provisioned_space'],
  },
  zones: {
    path: '/api/storage/availability-zones',
    fields: ['name', 'space'],
  },
  luns: {
    path: '/api/storage/luns',
    fields: [
      ...BLOCK, 'class', 'serial_number', 'serial_number_hex',
      'location.storage_availability_zone', 'space.efficiency_ratio', 'space.snapshot',
    ],
  },
  namespaces: {
    path: '/api/storage/namespaces',
    fields: [
      ...BLOCK, 'location.storage_availability_zone', 'space.efficiency_ratio', 'space.snapshot',
    ],
  },
  volumes: {
    path: '/api/storage/volumes',
    fields: [
      'name', 'state', 'style', 'type', 'svm', 'aggregates', 'space', 'space.snapshot',
      'space.logical_space', 'guarantee', 'nas.path', 'nas.security_style', 'efficiency',
      'snaplock.type', 'snaplock.is_audit_log', 'error_state', 'snapshot_count',
    ],
    costly: ['guarantee', 'nas.path', 'nas.security_style', 'efficiency', 'snaplock', 'error_state', 'space.snapshot', 'space.logical_space'],
  },
  qtrees: {
    path: '/api/storage/qtrees',
    fields: ['name', 'id', 'path', 'security_style', 'volume', 'svm'],
    key: keyOf('volume.uuid', 'id'),
  },
  quotas: {
    path: '/api/storage/quota/reports',
    fields: ['type', 'index', 'volume', 'qtree', 'users', 'group', 'space', 'files', 'svm'],
    key: keyOf('volume.uuid', 'index'),
  },
  svms: { path: '/api/svm/svms', fields: ['name', 'state', 'nfs.enabled'], costly: ['nfs.enabled'] },
  cifsShares: {
    path: '/api/protocols/cifs/shares',
    fields: ['name', 'path', 'svm', 'volume'],
    key: keyOf('svm.uuid', 'name'),
  },
  fcPorts: {
    path: '/api/network/fc/ports',
    fields: [
      'name', 'state', 'node', 'wwpn', 'speed', 'physical_protocol', 'fabric.connected_speed',
    ],
  },
  ethernetPorts: {
    path: '/api/network/ethernet/ports',
    fields: ['name', 'state', 'type', 'node', 'mac_address', 'speed', 'vlan', 'lag.member_ports'],
  },
  ipInterfaces: {
    path: '/api/network/ip/interfaces',
    fields: ['name', 'state', 'enabled', 'scope', 'ip', 'services', 'service_policy', ...WHERE],
  },
  fcInterfaces: {
    path: '/api/network/fc/interfaces',
    fields: ['name', 'state', 'enabled', 'wwpn', 'data_protocol', ...WHERE],
  },
  disks: {
    path: '/api/storage/disks',
    fields: [
      'name', 'state', 'container_type', 'type', 'effective_type', 'bay', 'shelf', 'aggregates',
      'serial_number', 'vendor', 'model', 'firmware_version', 'rpm', 'physical_size', 'usable_size',
      'sector_count', 'bytes_per_sector', 'rated_life_used_percent', 'outage',
      'stats.power_on_hours',
    ],
    key: keyOf('name'),
  },
  shelves: {
    path: '/api/storage/shelves',
    fields: [
      'name', 'id', 'uid', 'state', 'model', 'serial_number', 'manufacturer', 'frus', 'fans',
      'temperature_sensors', 'voltage_sensors',
    ],
    key: keyOf('uid'),
  },
  sensors: {
    path: '/api/cluster/sensors',
    fields: [
      'name', 'type', 'node', 'index', 'value', 'value_units', 'threshold_state', 'discrete_state',
    ],
    key: keyOf('node.uuid', 'index'),
  },
  igroups: {
    path: '/api/protocols/san/igroups',
    fields: [
      'name', 'comment', 'os_type', 'protocol', 'svm', 'initiators', 'igroups', 'portset',
      'connectivity_tracking', 'initiators.connectivity_tracking',
    ],
  },
  fcLogins: {
    path: '/api/network/fc/logins',
    fields: ['initiator.wwpn', 'interface', 'svm'],
    key: keyOf('interface.uuid', 'initiator.wwpn'),
  },
  iscsiSessions: {
    path: '/api/protocols/san/iscsi/sessions',
    fields: ['initiator.name', 'svm'],
    key: keyOf('svm.uuid', 'initiator.name', 'tsih', 'target_portal_group'),
  },
  subsystems: {
    path: '/api/protocols/nvme/subsystems',
    fields: ['name', 'comment', 'os_type', 'svm', 'hosts'],
    costly: ['hosts'],
  },
  lunMaps: {
    path: '/api/protocols/san/lun-maps',
    fields: ['lun', 'igroup', 'svm'],
    key: keyOf('lun.uuid', 'igroup.uuid'),
  },
  subsystemMaps: {
    path: '/api/protocols/nvme/subsystem-maps',
    fields: ['subsystem', 'namespace', 'svm'],
    key: keyOf('subsystem.uuid', 'namespace.uuid'),
  },
  portsets: {
    path: '/api/protocols/san/portsets',
    fields: ['name', 'interfaces', 'svm'],
    costly: ['interfaces'],
  },
  consistencyGroups: {
    path: '/api/application/consistency-groups',
    fields: [
      'name', 'luns.uuid', 'namespaces.uuid', 'consistency_groups.uuid', 'consistency_groups.name',
      'consistency_groups.luns.uuid', 'consistency_groups.namespaces.uuid',
    ],
    costly: ['luns', 'namespaces'],
  },
  relationships: {
    path: '/api/snapmirror/relationships',
    fields: ['source', 'destination', 'policy', 'state', 'healthy', 'lag_time', 'transfer.state'],
  },
  trapHosts: { path: '/api/support/snmp/traphosts', fields: ['host'], key: keyOf('host') },
} as const satisfies Readonly<Record<string, Collection>>; // prettier-ignore

export type CollectionName = keyof typeof COLLECTIONS;
