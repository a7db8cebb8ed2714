/** The made-up array's objects. Enumerations go round, so that every value turns up. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  CONNECTION_STATES,
  CONTROLLER_STATES,
  DISK_LOGICAL_TYPES,
  DISK_PHYSICAL_TYPES,
  FILESYSTEM_STATES,
  HEALTH_STATES,
  INITIATOR_STATES,
  PORT_HEALTH_STATES,
  PORT_LOGICAL_TYPES,
  PORT_TYPES,
  PROVISIONING,
  SECURITY_MODES,
  VOLUME_STATES,
  type Controller,
  type Disk,
  type Filesystem,
  type MaskingView,
  type Port,
  type PortGroups,
  type Qtree,
  type Quota,
  type Share,
  type Storage,
  type StorageHost,
  type StorageHostGroups,
  type StorageHostInitiator,
  type StoragePool,
  type Volume,
  type VolumeGroups,
} from 'delfin-agent/driver';
import type { Fake } from './options.ts';
import { between, cycle } from './random.ts';

const GIB = 2 ** 30;
const TURN = 10_000;
const ODD = [
  'plain',
  'with space',
  'quo"te',
  "apos'trophe",
  'back\\slash',
  'line\nbreak',
  'Größe',
  '数据',
  '💾',
  '{a="b"}',
];

export type FakeArray = ReturnType<typeof createArray>;

export function createArray(options: Fake) {
  const { seed } = options;
  const indices = (length: number) => Array.from({ length }, (_, index) => index);
  const named = (kind: string, index: number) =>
    options.odd_names ? `${kind} ${cycle(ODD, index)} ${index}` : `${kind}_${index}`;
  const space = (kind: string, index: number, low: number, high: number) => {
    const total_capacity = between(low, high, seed, kind, index, 'size') * GIB;
    const used_capacity = Math.floor(
      (total_capacity * between(5, 95, seed, kind, index, 'used')) / 100,
    );
    return { total_capacity, used_capacity, free_capacity: total_capacity - used_capacity };
  };
  const efficiency = (kind: string, index: number, used: number) => ({
    data_reduction: between(10, 60, seed, kind, index, 'reduction') / 10,
    logical_used_capacity: used * 3,
    snapshot_capacity: Math.floor(used / 10),
    snapshot_count: between(0, 40, seed, kind, index, 'snapshots'),
  });
  const poolSpace = (index: number) => space('pool', index, 10_240, 102_400);
  const volumeCount = (now: number) =>
    options.volumes - (now >= (options.drop_last_volume_after ?? Infinity) ? 1 : 0);
  const volumeIndices = (now: number) => indices(volumeCount(now));

  const toVolume = (index: number): Volume => ({
    native_volume_id: `volume_${index}`,
    name: named('volume', index),
    description: 'Fake volume',
    type: cycle(PROVISIONING, index),
    status: cycle(VOLUME_STATES, index),
    ...(options.pools > 0 ? { native_storage_pool_id: `pool_${index % options.pools}` } : {}),
    wwn: `6${String(seed).padStart(7, '0')}${String(index).padStart(24, '0')}`,
    ...space('volume', index, 1, 4_096),
    ...efficiency('volume', index, space('volume', index, 1, 4_096).used_capacity),
    compressed: index % 2 === 0,
    deduplicated: index % 3 === 0,
  });

  const groups = (count: number, members: number) =>
    indices(count).map((group) => indices(members).filter((member) => member % count === group));

  return {
    storage(): Storage {
      const pools = indices(options.pools).map(poolSpace);
      const sum = (field: 'total_capacity' | 'used_capacity' | 'free_capacity') =>
        pools.reduce((total, pool) => total + pool[field], 0);
      return {
        name: named('fake_array', seed),
        description: 'A made-up array',
        vendor: 'fake_vendor',
        model: 'fake_model',
        status: 'normal',
        serial_number: options.serial_number ?? `FAKE-${String(seed).padStart(6, '0')}`,
        firmware_version: '1.0.0',
        location: 'HK',
        total_capacity: sum('total_capacity'),
        used_capacity: sum('used_capacity'),
        free_capacity: sum('free_capacity'),
        raw_capacity: Math.floor(sum('total_capacity') * 1.25),
        subscribed_capacity: sum('total_capacity') * 2,
        ...efficiency('storage', 0, sum('used_capacity')),
      };
    },
    pools: (): StoragePool[] =>
      indices(options.pools).map((index) => ({
        native_storage_pool_id: `pool_${index}`,
        name: named('pool', index),
        description: 'Fake pool',
        storage_type: cycle(['block', 'file', 'unified'] as const, index),
        status: cycle(HEALTH_STATES, index),
        ...poolSpace(index),
        subscribed_capacity: poolSpace(index).total_capacity * 2,
        ...efficiency('pool', index, poolSpace(index).used_capacity),
      })),
    volumes: (now: number): Volume[] => volumeIndices(now).map(toVolume),
    /** A million at once would keep the thread for too long. */
    async volumesInTurns(now: number): Promise<Volume[]> {
      const made: Volume[] = [];
      for (let index = 0; index < volumeCount(now); index += 1) {
        made.push(toVolume(index));
        if (made.length % TURN === 0) await nextTurn();
      }
      return made;
    },
    controllers: (): Controller[] =>
      indices(options.controllers).map((index) => ({
        native_controller_id: `controller_${index}`,
        name: named('controller', index),
        status: cycle(CONTROLLER_STATES, index),
        location: `enclosure 0 slot ${index}`,
        soft_version: 'v1.0.0',
        cpu_info: 'Fake CPU 2.4 GHz',
        cpu_count: 2,
        memory_size: 128 * GIB,
        mgmt_ip: `192.0.2.${(index % 250) + 1}`,
      })),
    ports: (): Port[] =>
      indices(options.ports).map((index) => ({
        native_port_id: `port_${index}`,
        name: named('port', index),
        location: `controller ${index % Math.max(options.controllers, 1)} slot ${index}`,
        type: cycle(PORT_TYPES, index),
        logical_type: cycle(PORT_LOGICAL_TYPES, index),
        connection_status: cycle(CONNECTION_STATES, index),
        health_status: cycle(PORT_HEALTH_STATES, index),
        ...(options.controllers > 0
          ? { native_parent_id: `controller_${index % options.controllers}` }
          : {}),
        speed: cycle([8e9, 10e9, 16e9, 32e9], index),
        max_speed: 32e9,
        wwn: `50000000${String(index).padStart(8, '0')}`,
        mac_address: `02:00:5e:00:00:${(index % 256).toString(16).padStart(2, '0')}`,
        ipv4: `198.51.100.${(index % 250) + 1}`,
        ipv4_mask: '255.255.255.0',
        ipv6: `2001:db8::${(index + 1).toString(16)}`,
        ipv6_mask: '64',
      })),
    disks: (): Disk[] =>
      indices(options.disks).map((index) => ({
        native_disk_id: `disk_${index}`,
        name: named('disk', index),
        physical_type: cycle(DISK_PHYSICAL_TYPES, index),
        logical_type: cycle(DISK_LOGICAL_TYPES, index),
        status: cycle(HEALTH_STATES, index),
        location: `enclosure ${Math.floor(index / 24)} slot ${index % 24}`,
        native_disk_group_id: `group_${index % 2}`,
        serial_number: `FAKEDISK${seed}${index}`,
        manufacturer: 'Fake Disks',
        model: 'FD-1000',
        firmware: 'FW01',
        speed: cycle([7_200, 10_000, 15_000], index),
        capacity: 960 * 10 ** 9,
        health_score: between(50, 100, seed, 'disk', index, 'health'),
        endurance_remaining: between(0, 100, seed, 'disk', index, 'endurance') / 100,
        temperature: between(20, 60, seed, 'disk', index, 'temperature'),
        power_on_time: between(1, 60_000, seed, 'disk', index, 'power') * 3_600,
        media_errors: between(0, 5, seed, 'disk', index, 'errors'),
      })),
    filesystems: (): Filesystem[] =>
      indices(options.filesystems).map((index) => ({
        native_filesystem_id: `filesystem_${index}`,
        name: named('filesystem', index),
        type: cycle(PROVISIONING, index),
        status: cycle(FILESYSTEM_STATES, index),
        ...(options.pools > 0 ? { native_pool_id: `pool_${index % options.pools}` } : {}),
        security_mode: cycle(SECURITY_MODES, index),
        ...space('filesystem', index, 100, 10_000),
        ...efficiency('filesystem', index, space('filesystem', index, 100, 10_000).used_capacity),
        compressed: index % 2 === 1,
        deduplicated: index % 3 === 1,
        worm: cycle(['non_worm', 'audit_log', 'compliance', 'enterprise'] as const, index),
      })),
    qtrees: (): Qtree[] =>
      indices(options.filesystems).map((index) => ({
        native_qtree_id: `qtree_${index}`,
        name: named('qtree', index),
        path: `/fs_${index}/qtree_${index}`,
        native_filesystem_id: `filesystem_${index}`,
        security_mode: cycle(SECURITY_MODES, index),
      })),
    quotas: (): Quota[] =>
      indices(options.filesystems).map((index) => {
        const type = cycle(['tree', 'user', 'group'] as const, index);
        return {
          native_quota_id: `quota_${index}`,
          type,
          native_filesystem_id: `filesystem_${index}`,
          native_qtree_id: `qtree_${index}`,
          capacity_hard_limit: 1_000 * GIB,
          capacity_soft_limit: 800 * GIB,
          used_capacity: between(0, 1_000, seed, 'quota', index) * GIB,
          file_hard_limit: 1_000_000,
          file_soft_limit: 800_000,
          file_count: between(0, 1_000_000, seed, 'files', index),
          ...(type === 'tree' ? {} : { user_group_name: `${type}_${index}` }),
        };
      }),
    shares: (): Share[] =>
      indices(options.filesystems).map((index) => ({
        native_share_id: `share_${index}`,
        name: named('share', index),
        path: `/fs_${index}/qtree_${index}`,
        native_filesystem_id: `filesystem_${index}`,
        native_qtree_id: `qtree_${index}`,
        protocol: cycle(['cifs', 'nfs', 'ftp', 'hdfs'] as const, index),
      })),
    hosts: (): StorageHost[] =>
      indices(options.hosts).map((index) => ({
        native_storage_host_id: `host_${index}`,
        name: named('host', index),
        description: 'Fake host',
        os_type: cycle(['Linux', 'Windows', 'VMware ESX'], index),
        status: cycle(HEALTH_STATES, index),
        ip_address: `203.0.113.${(index % 250) + 1}`,
      })),
    initiators: (): StorageHostInitiator[] =>
      indices(options.hosts * 2).map((index) => ({
        native_storage_host_initiator_id: `initiator_${index}`,
        native_storage_host_id: `host_${index % options.hosts}`,
        name: named('initiator', index),
        alias: `alias_${index}`,
        type: cycle(['fc', 'iscsi', 'roce', 'sas', 'nvme-of', 'unknown'] as const, index),
        status: cycle(INITIATOR_STATES, index),
        wwn: `21000000${String(index).padStart(8, '0')}`,
      })),
    hostGroups: (): StorageHostGroups => {
      const members = groups(Math.min(2, options.hosts), options.hosts);
      return {
        storage_host_groups: members.map((_, index) => ({
          native_storage_host_group_id: `host_group_${index}`,
          name: named('host_group', index),
        })),
        storage_host_grp_host_rels: members.flatMap((hosts, group) =>
          hosts.map((host) => ({
            native_storage_host_group_id: `host_group_${group}`,
            native_storage_host_id: `host_${host}`,
          })),
        ),
      };
    },
    portGroups: (): PortGroups => {
      const members = groups(Math.min(2, options.ports), options.ports);
      return {
        port_groups: members.map((_, index) => ({
          native_port_group_id: `port_group_${index}`,
          name: named('port_group', index),
        })),
        port_grp_port_rels: members.flatMap((ports, group) =>
          ports.map((port) => ({
            native_port_group_id: `port_group_${group}`,
            native_port_id: `port_${port}`,
          })),
        ),
      };
    },
    volumeGroups: (now: number): VolumeGroups => {
      const members = groups(Math.min(2, volumeCount(now)), volumeCount(now));
      return {
        volume_groups: members.map((_, index) => ({
          native_volume_group_id: `volume_group_${index}`,
          name: named('volume_group', index),
        })),
        vol_grp_vol_rels: members.flatMap((volumes, group) =>
          volumes.map((volume) => ({
            native_volume_group_id: `volume_group_${group}`,
            native_volume_id: `volume_${volume}`,
          })),
        ),
      };
    },
    maskingViews: (now: number): MaskingView[] =>
      indices(Math.min(options.hosts, volumeCount(now))).map((index) => ({
        native_masking_view_id: `masking_view_${index}`,
        name: named('masking_view', index),
        native_storage_host_id: `host_${index}`,
        native_volume_id: `volume_${index}`,
        ...(options.ports > 0 ? { native_port_group_id: 'port_group_0' } : {}),
      })),
  };
}
