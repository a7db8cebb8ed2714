/** The array in the contract's terms, from the simulator's own model. */
import type { Scenario, Truth, TruthRecord } from '../../kit/simulator.ts';
import { samplesOf } from './history.ts';
import { alerts, fileTruth } from './truth-files.ts';
import { componentRecords, controllerRecords, diskRecords, portRecords } from './truth-hardware.ts';
import type { Copy, FlashArray, Named, Space } from './types.ts';

export function truthOf(
  array: FlashArray,
  scenario: Scenario,
  port: number,
  now: () => number,
): Truth {
  const isSparse = scenario === 'sparse';
  const list = (records: readonly TruthRecord[]) => records.map(present);
  const hasFiles = array.minor >= 3 && scenario !== 'unlicensed';
  return {
    storage: present(storage(array, isSparse)),
    lists: {
      listStoragePools: list(pools(array, isSparse)),
      listVolumes: list(volumes(array, isSparse)),
      listVolumeGroups: volumeGroups(array),
      listControllers: list(controllerRecords(array, isSparse)),
      listDisks: list(diskRecords(array, isSparse)),
      listPorts: list(portRecords(array, isSparse)),
      listComponents: list(componentRecords(array, isSparse)),
      listStorageHosts: list(hosts(array, isSparse)),
      listStorageHostInitiators: list(initiators(array)),
      listStorageHostGroups: hostGroups(array),
      listMaskingViews: list(maskingViews(array)),
      listReplications: list(replications(array, isSparse, now())),
      ...(hasFiles ? fileTruth(array, isSparse, present, spaceFields) : {}),
    },
    accessUrl: `https://127.0.0.1:${port}`,
    // Those of management interfaces that are on.
    alertSources: array.minor < 4 || isSparse ? [] : ['192.0.2.10', '192.0.2.11', '2001:db8::12'],
    get alerts() {
      return list(alerts(array, isSparse));
    },
    samples: (start, end) => {
      if (isSparse) return [];
      const all = samplesOf(array, start, end, now());
      return hasFiles ? all : all.filter((sample) => sample.resource_type !== 'filesystem');
    },
  };
}

function present(record: TruthRecord): TruthRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function spaceFields(space: Space, isSparse: boolean, total?: number): TruthRecord {
  if (isSparse) return { total_capacity: total };
  const used = space.unique + (space.shared ?? 0) + space.snapshots + (space.replication ?? 0);
  return {
    total_capacity: total,
    used_capacity: used,
    free_capacity: total === undefined || used > total ? undefined : total - used,
    data_reduction: space.reduction,
    logical_used_capacity: space.virtual,
    snapshot_capacity: space.snapshots,
  };
}

const allSnapshots = ({ volumes: all }: FlashArray) =>
  all.reduce((sum, { snapshots }) => sum + snapshots, 0);

function storage(array: FlashArray, isSparse: boolean): TruthRecord {
  const data = array.drives.filter(
    ({ type, status }) => type !== 'NVRAM' && type !== 'cache' && status !== 'empty',
  );
  return {
    name: array.name,
    vendor: 'Pure Storage',
    model: isSparse ? undefined : 'FA-X70R3',
    serial_number: array.id,
    firmware_version: array.version,
    ...spaceFields(array.space, isSparse, array.capacity),
    raw_capacity:
      array.minor < 4 ? undefined : data.reduce((sum, { capacity }) => sum + (capacity ?? 0), 0),
    snapshot_count: allSnapshots(array),
  };
}

const OWN_STATE: Readonly<Record<string, string>> = {
  online: 'normal',
  offline: 'offline',
  resyncing: 'degraded',
  suspended: 'degraded',
};

function pools(array: FlashArray, isSparse: boolean): TruthRecord[] {
  const living = array.pods.filter(({ isDestroyed }) => !isDestroyed);
  return [
    {
      native_storage_pool_id: array.id,
      name: array.name,
      storage_type: 'unified',
      ...spaceFields(array.space, isSparse, array.capacity),
      snapshot_count: allSnapshots(array),
    },
    ...living.map((pod) => ({
      native_storage_pool_id: pod.id,
      name: pod.name,
      storage_type: 'unified',
      status: OWN_STATE[pod.members[0]?.status ?? ''] ?? 'unknown',
      ...spaceFields(pod.space, isSparse, array.minor >= 23 ? pod.quota : undefined),
      subscribed_capacity: isSparse ? undefined : (pod.space.provisioned ?? undefined),
      snapshot_count: array.volumes
        .filter((volume) => volume.pod?.id === pod.id)
        .reduce((sum, { snapshots }) => sum + snapshots, 0),
    })),
  ];
}

function volumes(array: FlashArray, isSparse: boolean): TruthRecord[] {
  return array.volumes
    .filter(({ isDestroyed }) => !isDestroyed)
    .map((volume) => ({
      native_volume_id: volume.id,
      name: volume.name,
      type: 'thin',
      native_storage_pool_id: volume.pod?.id ?? array.id,
      wwn: isSparse ? undefined : `624a9370${volume.serial.toLowerCase()}`,
      ...spaceFields(volume.space, isSparse, volume.size),
      compressed: true,
      deduplicated: true,
      snapshot_count: volume.snapshots,
    }));
}

function volumeGroups(array: FlashArray) {
  const living = array.volumes.filter(({ isDestroyed }) => !isDestroyed);
  const groups = [
    ...array.volumeGroups
      .filter(({ isDestroyed }) => !isDestroyed)
      .map(({ id, name }) => ({
        id,
        name,
        members: living.filter(({ group }) => group?.id === id) as readonly Named[],
      })),
    ...array.protectionGroups
      .filter(({ isLocal }) => isLocal)
      .map(({ id, name, volumes: members }) => ({
        id,
        name,
        members: members.filter((member) => living.some((volume) => volume.id === member.id)),
      })),
  ];
  return {
    volume_groups: groups.map(({ id, name, members }) =>
      present({
        native_volume_group_id: id,
        name,
        volumes: members.map((member) => member.id).join(',') || undefined,
      }),
    ),
    vol_grp_vol_rels: groups.flatMap(({ id, members }) =>
      members.map((member) => ({ native_volume_group_id: id, native_volume_id: member.id })),
    ),
  };
}

const SYSTEMS: Readonly<Record<string, string>> = {
  esxi: 'VMware ESXi',
  aix: 'AIX',
  hpux: 'HP-UX',
  solaris: 'Solaris',
  vms: 'OpenVMS',
  'oracle-vm-server': 'Oracle VM Server',
  'hitachi-vsp': 'Hitachi VSP',
};
const HOST_STATES: Readonly<Record<string, string>> = {
  'healthy Redundant': 'normal',
  'unhealthy Uneven': 'degraded',
  'critical Single Controller': 'abnormal',
  'critical None': 'offline',
};

function hosts(array: FlashArray, isSparse: boolean): TruthRecord[] {
  return array.hosts.map(({ name, personality, status, details }) => ({
    native_storage_host_id: name,
    name,
    os_type: isSparse || personality === null ? undefined : (SYSTEMS[personality] ?? personality),
    status: HOST_STATES[`${status} ${details}`] ?? 'unknown',
  }));
}

const colons = (wwn: string) => wwn.replaceAll(/(..)(?=.)/g, '$1:');

function initiators(array: FlashArray): TruthRecord[] {
  const online = new Set(array.logins.map(({ wwn, iqn, nqn }) => wwn ?? iqn ?? nqn ?? ''));
  const found = new Map<string, TruthRecord>();
  const add = (id: string, type: string, host?: string, isLocal = true) => {
    if (found.has(id)) return;
    found.set(id, {
      native_storage_host_initiator_id: id,
      native_storage_host_id: host,
      name: id,
      type,
      status: online.has(id) ? 'online' : isLocal ? 'offline' : undefined,
      wwn: id,
    });
  };
  for (const { name, wwns, iqns, nqns, isLocal } of array.hosts) {
    for (const wwn of wwns) add(colons(wwn), 'fc', name, isLocal);
    for (const iqn of iqns) add(iqn, 'iscsi', name, isLocal);
    for (const nqn of nqns) add(nqn, 'nvme-of', name, isLocal);
  }
  for (const { wwn } of array.logins) if (wwn !== undefined) add(wwn, 'fc');
  return [...found.values()];
}

function hostGroups({ hostGroups: names, hosts: all }: FlashArray) {
  const members = (name: string) =>
    all.filter(({ group }) => group === name).map((host) => host.name);
  return {
    storage_host_groups: names.map((name) =>
      present({
        native_storage_host_group_id: name,
        name,
        storage_hosts: members(name).join(',') || undefined,
      }),
    ),
    storage_host_grp_host_rels: names.flatMap((name) =>
      members(name).map((host) => ({
        native_storage_host_group_id: name,
        native_storage_host_id: host,
      })),
    ),
  };
}

function maskingViews({ connections }: FlashArray): TruthRecord[] {
  const views = new Map<string, TruthRecord>();
  for (const { host, group, volume } of connections) {
    const id = group === null ? `host:${host}/${volume.id}` : `group:${group}/${volume.id}`;
    views.set(id, {
      native_masking_view_id: id,
      native_storage_host_group_id: group ?? undefined,
      native_storage_host_id: group === null ? (host ?? undefined) : undefined,
      native_volume_id: volume.id,
    });
  }
  return [...views.values()];
}

const PEER_STATE: Readonly<Record<string, string>> = {
  online: 'normal',
  resyncing: 'syncing',
  suspended: 'suspended',
  offline: 'failed',
};
const LINK_STATE: Readonly<Record<string, string>> = {
  replicating: 'normal',
  baselining: 'syncing',
  paused: 'suspended',
  quiescing: 'suspended',
  quiesced: 'suspended',
  idle: 'suspended',
  unhealthy: 'failed',
};
const TARGET_STATE: Readonly<Record<string, string>> = {
  replicating: 'normal',
  suspended: 'suspended',
  disallowed: 'failed',
};

/** Of the newest that is here whole and stays. */
function ageOf(copies: readonly Copy[], now: number): number | undefined {
  const whole = copies.filter(({ progress, isDestroyed }) => progress === 1 && !isDestroyed);
  return whole.length === 0 ? undefined : now - Math.max(...whole.map(({ created }) => created));
}

function replications(array: FlashArray, isSparse: boolean, now: number): TruthRecord[] {
  const stretched = array.pods
    .filter(({ isDestroyed }) => !isDestroyed)
    .flatMap((pod) =>
      pod.members.slice(1).map((peer) => ({
        native_replication_id: `${pod.id}/${peer.id}`,
        name: pod.name,
        type: 'active_active',
        role: 'both',
        status: PEER_STATE[peer.status] ?? 'unknown',
        remote_system: peer.name,
        progress: peer.progress ?? undefined,
      })),
    );
  const links = array.links.map((link) => ({
    native_replication_id: link.id,
    name: link.pod.name,
    type: 'async',
    role: link.direction === 'outbound' ? 'source' : 'target',
    status: LINK_STATE[link.status] ?? 'unknown',
    remote_system: link.remote.name,
    remote_resource: link.remotePod.name,
    lag: isSparse ? undefined : (link.lag ?? undefined),
    throughput: link.rate,
  }));
  const groups = array.protectionGroups.flatMap(({ id, name, isLocal, source, targets, copies }) =>
    targets.map(({ member, status }) => ({
      native_replication_id: `${id}/${member.id}`,
      name,
      type: 'async',
      role: isLocal ? 'source' : 'target',
      status: TARGET_STATE[status] ?? 'unknown',
      native_volume_group_id: isLocal ? id : undefined,
      remote_system: isLocal ? member.name : source.name,
      lag: ageOf(copies, now),
    })),
  );
  return [...stretched, ...links, ...groups];
}
