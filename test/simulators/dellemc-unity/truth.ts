/** The array in the seed's terms, from the simulator's own model. */
import type { Truth, TruthRecord } from '../../kit/simulator.ts';
import { alerts } from './alert-truth.ts';
import { componentsOf, managementAddresses, replicationsOf } from './hardware.ts';
import { samplesOf } from './history.ts';
import type { Disk, Group, Health, Port, TreeQuota, UnityArray } from './types.ts';

export interface TruthOptions {
  /** File services, Fibre Channel and performance metrics have no licence. */
  readonly isUnlicensed: boolean;
  /** No descriptions, addresses, groups or samples. */
  readonly isSparse: boolean;
  readonly port: number;
}

export function truthOf(array: UnityArray, options: TruthOptions): Truth {
  const bare = (record: TruthRecord): TruthRecord =>
    options.isSparse ? leaveOut(record, SPARSE) : record;
  const list = (records: readonly TruthRecord[]) => records.map((record) => bare(present(record)));
  const { isUnlicensed, isSparse } = options;
  return {
    accessUrl: `https://127.0.0.1:${options.port}`,
    alertSources: managementAddresses(),
    storage: bare(present(storage(array))),
    lists: {
      listStoragePools: list(pools(array)),
      listVolumes: list(volumes(array)),
      listVolumeGroups: {
        volume_groups: list(groups(array.consistencyGroups, 'volume')),
        vol_grp_vol_rels: relations(array.consistencyGroups, 'volume'),
      },
      listControllers: list(controllers()),
      listDisks: list(disks(array)),
      listPorts: list(ports(array, options)),
      listStorageHosts: list(hosts(array, options)),
      listStorageHostInitiators: initiators(array).map((record) => present(record)),
      listMaskingViews: list(maskingViews(array)),
      listComponents: list(componentsOf(array)).map((record) =>
        isSparse ? leaveOut(record, ['vendor']) : record,
      ),
      listReplications: list(replications(array, options)),
      ...(array.generation === 'oe4' || isSparse
        ? {}
        : {
            listStorageHostGroups: {
              storage_host_groups: list(groups(array.hostGroups, 'host')),
              storage_host_grp_host_rels: relations(array.hostGroups, 'host'),
            },
          }),
      ...(isUnlicensed
        ? {}
        : {
            listFilesystems: list(filesystems(array)),
            listQtrees: list(qtrees(array)),
            listQuotas: list(quotas(array)),
            listShares: list(shares(array)),
          }),
    },
    get alerts() {
      return list(alerts(array));
    },
    samples: (start, end) => (isUnlicensed || isSparse ? [] : samplesOf(array, start, end)),
  };
}

const SPARSE = ['description', 'wwn', 'manufacturer', 'model', 'native_disk_group_id'];

function leaveOut(record: TruthRecord, fields: readonly string[]): TruthRecord {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !fields.includes(name)));
}

function present(record: TruthRecord): TruthRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** Without file services there is nothing that names their file systems. */
function replications(array: UnityArray, { isUnlicensed }: TruthOptions): TruthRecord[] {
  const all = replicationsOf(array);
  return isUnlicensed ? all.map((record) => leaveOut(record, ['native_filesystem_id'])) : all;
}

/** Data reduction is newer than 4.x; snapshots are not. */
function efficiency(array: UnityArray, one: { snapCount: number; isReduced: boolean }) {
  const ratio = one.isReduced ? 3.5 : 1;
  return {
    data_reduction: array.generation === 'oe4' ? undefined : ratio,
    snapshot_capacity: one.snapCount * 2 ** 30,
    snapshot_count: one.snapCount,
  };
}

type Scale = readonly [good: string, impaired: string, bad: string];

function state({ value }: Health, [good, impaired, bad]: Scale): string {
  if (value === 5 || value === 7) return good;
  if (value === 10 || value === 15) return impaired;
  return [20, 25, 30].includes(value) ? bad : 'unknown';
}
const HEALTH: Scale = ['normal', 'degraded', 'abnormal'];

function storage(array: UnityArray): TruthRecord {
  const total = (pick: (pool: UnityArray['pools'][number]) => number) =>
    array.pools.reduce((sum, pool) => sum + pick(pool), 0);
  return {
    name: array.serial,
    vendor: 'DELL EMC',
    model: array.generation === 'vsa' ? 'UnityVSA' : 'Unity 480F',
    status: 'normal',
    serial_number: array.serial,
    firmware_version: array.version,
    total_capacity: total((pool) => pool.sizeTotal),
    used_capacity: total((pool) => pool.sizeUsed),
    free_capacity: total((pool) => pool.sizeTotal - pool.sizeUsed),
    subscribed_capacity: total((pool) => pool.sizeSubscribed),
    raw_capacity: array.disks
      .filter((disk) => !disk.isEmptySlot)
      .reduce((sum, disk) => sum + disk.size, 0),
    data_reduction: array.generation === 'oe4' ? undefined : 2.4,
  };
}

function pools(array: UnityArray): TruthRecord[] {
  return array.pools.map((pool) => ({
    native_storage_pool_id: pool.id,
    name: pool.name,
    description: pool.description,
    storage_type: 'unified',
    status: state(pool.health, HEALTH),
    total_capacity: pool.sizeTotal,
    used_capacity: pool.sizeUsed,
    free_capacity: pool.sizeTotal - pool.sizeUsed,
    subscribed_capacity: pool.sizeSubscribed,
    data_reduction: array.generation === 'oe4' ? undefined : 1.8,
    snapshot_capacity: pool.snapSizeUsed,
  }));
}

function volumes(array: UnityArray): TruthRecord[] {
  return array.luns.map((lun) => ({
    native_volume_id: lun.id,
    name: lun.name,
    description: lun.description,
    type: lun.isThin ? 'thin' : 'thick',
    status: state(lun.health, ['available', 'error', 'error']),
    native_storage_pool_id: lun.pool,
    wwn: lun.wwn,
    total_capacity: lun.sizeTotal,
    used_capacity: lun.sizeAllocated,
    free_capacity:
      lun.sizeAllocated > lun.sizeTotal ? undefined : lun.sizeTotal - lun.sizeAllocated,
    compressed: lun.isReduced,
    deduplicated: array.generation === 'oe4' ? undefined : lun.isDeduplicated,
    ...efficiency(array, lun),
  }));
}

function groups(all: readonly Group[], kind: 'volume' | 'host'): TruthRecord[] {
  return all.map((group) => ({
    [kind === 'volume' ? 'native_volume_group_id' : 'native_storage_host_group_id']: group.id,
    name: group.name,
    description: group.description,
    [kind === 'volume' ? 'volumes' : 'storage_hosts']: group.members.join(','),
  }));
}

function relations(all: readonly Group[], kind: 'volume' | 'host'): TruthRecord[] {
  return all.flatMap((group) =>
    group.members.map((member) =>
      kind === 'volume'
        ? { native_volume_group_id: group.id, native_volume_id: member }
        : { native_storage_host_group_id: group.id, native_storage_host_id: member },
    ),
  );
}

function controllers(): TruthRecord[] {
  return [
    { id: 'spa', name: 'SP A', status: 'normal', location: '0' },
    { id: 'spb', name: 'SP B', status: 'degraded', location: '1' },
  ].map(({ id, ...rest }) => ({
    native_controller_id: id,
    ...rest,
    memory_size: 96 * 2 ** 30,
  }));
}

const TECHNOLOGY: Readonly<Record<number, string>> = {
  1: 'sas', 2: 'nl-sas', 5: 'flash', 6: 'flash', 7: 'flash', 8: 'flash', 9: 'flash',
  10: 'nvme-ssd', 11: 'nvme-ssd',
}; // prettier-ignore

function disks(array: UnityArray): TruthRecord[] {
  const isVirtual = array.generation === 'vsa';
  const toRecord = (disk: Disk): TruthRecord =>
    isVirtual
      ? {
          native_disk_id: disk.id.replace('dpe_', 'v'),
          name: disk.name,
          physical_type: 'vmdisk',
          status: state(disk.health, HEALTH),
          manufacturer: 'VMware',
          model: 'Virtual disk',
          capacity: disk.size,
        }
      : {
          native_disk_id: disk.id,
          name: disk.name,
          physical_type: TECHNOLOGY[disk.technology] ?? 'unknown',
          status: state(disk.health, HEALTH),
          location: disk.name,
          native_disk_group_id: disk.group,
          serial_number: `Z4H${disk.id}`,
          manufacturer: 'SEAGATE',
          model: 'ST2000NK EMC2000',
          firmware: 'MN16',
          speed: disk.rpm === 0 ? undefined : disk.rpm,
          capacity: disk.size,
        };
  return array.disks.filter((disk) => !disk.isEmptySlot).map(toRecord);
}

function ports(array: UnityArray, { isSparse, isUnlicensed }: TruthOptions): TruthRecord[] {
  return array.ports
    .filter((port) => !(isUnlicensed && port.kind === 'fc'))
    .map((port) => ({
      native_port_id: port.id,
      name: port.name,
      location: port.name,
      type: port.kind === 'la' ? 'eth' : port.kind,
      logical_type: { sas: 'backend', la: 'if-group', fc: undefined, eth: undefined }[port.kind],
      connection_status: link(port),
      health_status:
        port.kind === 'la' ? undefined : state(port.health, ['normal', 'abnormal', 'abnormal']),
      native_parent_id: port.sp,
      speed: speed(port.kind, port.speed),
      max_speed:
        port.kind === 'sas'
          ? undefined
          : (speed(port.kind, Math.max(0, ...port.speeds)) ?? speed(port.kind, port.speed)),
      wwn: port.kind === 'fc' ? port.address.slice(24) : undefined,
      mac_address: port.kind === 'eth' || port.kind === 'la' ? port.address : undefined,
      ...(isSparse ? {} : addresses(array, port)),
    }));
}

function speed(kind: Port['kind'], value: number | undefined): number | undefined {
  if (!value) return undefined;
  return value * (kind === 'eth' ? 1e6 : 1e9);
}

function link(port: Port): string {
  if (port.kind === 'eth' || port.kind === 'la') return port.isUp ? 'connected' : 'disconnected';
  const [reason = ''] = port.health.reasons;
  if (/LINK_?DOWN/.test(reason)) return 'disconnected';
  return reason.includes('LINK_UP') ? 'connected' : 'unknown';
}

function addresses(array: UnityArray, port: Port): TruthRecord {
  const of = (version: number, pick: 'address' | 'mask') => {
    const found = array.interfaces.filter((one) => one.port === port.id && one.version === version);
    return found.length > 0 ? found.map((one) => one[pick]).join(';') : undefined;
  };
  return {
    ipv4: of(4, 'address'),
    ipv4_mask: of(4, 'mask'),
    ipv6: of(6, 'address'),
    ipv6_mask: of(6, 'mask'),
  };
}

function filesystems(array: UnityArray): TruthRecord[] {
  const isOld = array.generation === 'oe4';
  return array.filesystems.map((fs) => ({
    native_filesystem_id: fs.id,
    name: fs.name,
    type: fs.isThin ? 'thin' : 'thick',
    status: state(fs.health, ['normal', 'faulty', 'faulty']),
    native_pool_id: fs.pool,
    // An unknown policy says nothing.
    security_mode: ['native', 'unix', 'ntfs'][fs.accessPolicy],
    total_capacity: fs.sizeTotal,
    used_capacity: fs.sizeUsed,
    free_capacity: fs.sizeTotal - fs.sizeUsed,
    compressed: fs.isReduced,
    deduplicated: isOld ? undefined : fs.isDeduplicated,
    worm: isOld ? undefined : ['non_worm', 'enterprise', 'compliance'][fs.retention],
    ...efficiency(array, fs),
  }));
}

function qtrees(array: UnityArray): TruthRecord[] {
  return array.treeQuotas.map(({ id, path, filesystem }) => ({
    native_qtree_id: id,
    name: path,
    path,
    native_filesystem_id: filesystem,
  }));
}

function quotas(array: UnityArray): TruthRecord[] {
  const limits = (quota: Omit<TreeQuota, 'path'>) => ({
    native_quota_id: quota.id,
    native_filesystem_id: quota.filesystem,
    capacity_hard_limit: quota.hardLimit === 0 ? undefined : quota.hardLimit,
    capacity_soft_limit: quota.softLimit === 0 ? undefined : quota.softLimit,
    used_capacity: quota.sizeUsed,
  });
  return [
    ...array.treeQuotas.map((quota) => ({
      ...limits(quota),
      type: 'tree',
      native_qtree_id: quota.id,
    })),
    ...array.userQuotas.map((quota) => ({
      ...limits(quota),
      type: 'user',
      native_qtree_id: quota.tree,
      user_group_name: String(quota.uid),
    })),
  ];
}

function shares(array: UnityArray): TruthRecord[] {
  return array.shares.map((share) => ({
    native_share_id: share.id,
    name: share.name,
    protocol: share.protocol,
    native_filesystem_id: share.filesystem,
    native_qtree_id: array.treeQuotas.find(
      ({ filesystem, path }) => filesystem === share.filesystem && path === share.path,
    )?.id,
    path: `/${array.filesystems.find(({ id }) => id === share.filesystem)?.name}${share.path}`,
  }));
}

const OS: Readonly<Record<string, string | undefined>> = {
  Linux: 'Linux',
  'VMware ESXi 7.0.3': 'VMware ESX',
  'Windows Server': 'Windows',
  'Citrix XenServer': 'XenServer',
  RHEL: 'Unknown',
};

function hosts(array: UnityArray, { isSparse }: TruthOptions): TruthRecord[] {
  return array.hosts.map((host) => ({
    native_storage_host_id: host.id,
    name: host.name,
    description: host.description,
    os_type: OS[host.osType],
    status: state(host.health, HEALTH),
    ip_address: isSparse
      ? undefined
      : (host.addresses.find(({ type }) => type !== 2) ?? host.addresses[0])?.address,
  }));
}

function initiators(array: UnityArray): TruthRecord[] {
  return array.initiators.map((initiator) => ({
    native_storage_host_initiator_id: initiator.id,
    native_storage_host_id: initiator.host,
    name: initiator.address,
    wwn: initiator.address.length === 47 ? initiator.address.slice(24) : initiator.address,
    type: { 1: 'fc', 2: 'iscsi' }[initiator.type] ?? 'unknown',
    status: login(initiator.health),
  }));
}

function login({ value, reasons }: Health): string {
  if (reasons.includes('ALRT_INITIATOR_NO_LOGGED_IN_PATH') || value === 10) return 'offline';
  return value === 5 || value === 7 ? 'online' : 'unknown';
}

function maskingViews(array: UnityArray): TruthRecord[] {
  return array.mappings.map((mapping) => ({
    native_masking_view_id: mapping.id,
    name: mapping.id,
    native_storage_host_id: mapping.host,
    native_volume_id: mapping.isSnapshot ? undefined : mapping.lun,
  }));
}
