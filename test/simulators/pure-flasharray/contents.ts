/** What each collection of the REST interface holds, as the asked version has it. */
import {
  accountItems,
  directoryItem,
  exportItems,
  quotaItems,
  spaceItem,
  type Item,
} from './contents-files.ts';
import type { Alert, FlashArray, Target } from './types.ts';

const NONE = { id: null, name: null };

/** Collection -> first minor version, and its items. Performance is elsewhere. */
export function contentsOf(array: FlashArray, endpoint: string): readonly Item[] | undefined {
  const entry = Object.hasOwn(COLLECTIONS, endpoint) ? COLLECTIONS[endpoint] : undefined;
  if (!entry || array.minor < entry[0]) return undefined;
  const items = entry[1](array);
  if (array.minor < 38) return items;
  return items.map((item) => ({ context: { id: array.id, name: array.name }, ...item }));
}

type Make = (array: FlashArray) => readonly Item[];

const COLLECTIONS: Readonly<Record<string, readonly [number, Make]>> = {
  arrays: [0, (array) => [arrayItem(array)]],
  alerts: [0, ({ alerts }) => alerts.map(alertItem)],
  connections: [0, connectionItems],
  hardware: [
    0,
    ({ hardware }) =>
      hardware.map((part) => ({ index: 0, details: null, identify_enabled: null, ...part })),
  ],
  'host-groups': [
    0,
    ({ hostGroups }) =>
      hostGroups.map((name) => ({
        name,
        host_count: 0,
        connection_count: 0,
        is_local: !name.includes(':'),
      })),
  ],
  hosts: [0, hostItems],
  ports: [0, ({ targets }) => targets.map((target) => ({ ...target, failover: null }))],
  'ports/initiators': [0, initiatorItems],
  volumes: [0, volumeItems],
  'volume-snapshots': [0, snapshotItems],
  pods: [1, podItems],
  'protection-group-snapshots': [1, protectionSnapshotItems],
  'protection-group-snapshots/transfer': [1, transferItems],
  'protection-groups': [1, protectionGroupItems],
  'protection-groups/targets': [1, protectionTargetItems],
  'protection-groups/volumes': [1, protectionVolumeItems],
  'volume-groups': [1, volumeGroupItems],
  controllers: [
    2,
    ({ controllers, minor }) =>
      controllers.map((one) => ({
        ...one,
        ...(minor >= 30 ? { mode_since: 1_706_828_892_476 } : {}),
      })),
  ],
  'pod-replica-links': [2, linkItems],
  'pod-replica-links/performance/replication': [2, linkRateItems],
  directories: [3, ({ directories, minor }) => directories.map((one) => directoryItem(one, minor))],
  'directory-exports': [3, exportItems],
  'file-systems': [
    3,
    ({ fileSystems }) =>
      fileSystems.map(({ id, name, pod }) => ({
        id,
        name,
        created: 1_605_634_665_000,
        destroyed: false,
        time_remaining: null,
        pod: pod ?? NONE,
      })),
  ],
  drives: [4, ({ drives }) => drives.map((drive) => ({ details: null, ...drive }))],
  'network-interfaces': [4, interfaceItems],
  'directory-quotas': [7, quotaItems],
  'directory-user-quotas': [44, (array) => accountItems(array, 'user')],
  'directory-group-quotas': [44, (array) => accountItems(array, 'group')],
};

function arrayItem({ id, name, version, capacity, space, minor }: FlashArray): Item {
  return {
    id,
    name,
    version,
    os: 'Purity//FA',
    capacity,
    parity: 1,
    banner: 'none',
    idle_timeout: 1_800_000,
    console_lock_enabled: false,
    ntp_servers: ['192.0.2.123'],
    scsi_timeout: 60_000,
    space: spaceItem(space, minor, 0),
  };
}

function volumeItems({ volumes, minor }: FlashArray): Item[] {
  return volumes.map((volume) => ({
    id: volume.id,
    name: volume.name,
    serial: volume.serial,
    provisioned: volume.size,
    created: 1_607_506_209_153,
    connection_count: 0,
    subtype: volume.isEndpoint ? 'protocol_endpoint' : 'regular',
    destroyed: volume.isDestroyed,
    time_remaining: volume.isDestroyed ? 86_400_000 : null,
    pod: volume.pod ?? NONE,
    volume_group: volume.group ?? NONE,
    source: NONE,
    space: spaceItem(volume.space, minor),
    promotion_status: 'promoted',
    requested_promotion_state: 'promoted',
    host_encryption_key_status: 'none',
    qos: { bandwidth_limit: null, iops_limit: null },
  }));
}

function snapshotItems({ volumes }: FlashArray): Item[] {
  return volumes.flatMap((volume, index) =>
    Array.from({ length: volume.snapshots + (volume.snapshots > 0 ? 1 : 0) }, (_, at) => ({
      id: `00000000-0000-0000-${String(index).padStart(4, '0')}-${String(at).padStart(12, '0')}`,
      name: `${volume.name}.snap${at}`,
      suffix: `snap${at}`,
      created: 1_700_000_000_000 + at,
      // The last one of each is destroyed.
      destroyed: at === volume.snapshots,
      time_remaining: at === volume.snapshots ? 3_600_000 : null,
      provisioned: volume.size,
      source: { id: volume.id, name: volume.name },
      pod: volume.pod ?? NONE,
    })),
  );
}

function podItems({ pods, minor }: FlashArray): Item[] {
  return pods.map((pod) => ({
    id: pod.id,
    name: pod.name,
    array_count: pod.members.length,
    arrays: pod.members.map((member) => ({
      ...member,
      mediator_status: 'online',
      pre_elected: false,
      frozen_at: null,
    })),
    destroyed: pod.isDestroyed,
    time_remaining: pod.isDestroyed ? 1000 : null,
    mediator: 'purestorage',
    promotion_status: 'promoted',
    requested_promotion_state: 'promoted',
    failover_preferences: [],
    source: NONE,
    space: spaceItem(pod.space, minor),
    footprint: pod.space.unique,
    link_source_count: 0,
    link_target_count: 0,
    ...(minor >= 23 ? { quota_limit: pod.quota ?? null } : {}),
  }));
}

function volumeGroupItems({ volumeGroups, volumes, minor }: FlashArray): Item[] {
  return volumeGroups.map(({ id, name, isDestroyed }) => ({
    id,
    name,
    destroyed: isDestroyed,
    time_remaining: isDestroyed ? 1000 : null,
    pod: NONE,
    volume_count: volumes.filter(({ group }) => group?.id === id).length,
    qos: { bandwidth_limit: null, iops_limit: null },
    ...(minor >= 26 ? { space: null } : {}),
  }));
}

function hostItems({ hosts }: FlashArray): Item[] {
  return hosts.map((host) => ({
    name: host.name,
    personality: host.personality,
    wwns: host.wwns,
    iqns: host.iqns,
    nqns: host.nqns,
    host_group: { name: host.group },
    is_local: host.isLocal,
    connection_count: 0,
    preferred_arrays: [],
    chap: { host_password: null, host_user: null, target_password: null, target_user: null },
    port_connectivity: { status: host.status, details: host.details },
  }));
}

function connectionItems({ connections }: FlashArray): Item[] {
  return connections.map(({ host, group, volume }, index) => ({
    host: { name: host },
    host_group: { name: group },
    volume,
    lun: (index % 250) + 1,
    protocol_endpoint: NONE,
  }));
}

/** Each login at two targets. */
function initiatorItems({ logins, targets }: FlashArray): Item[] {
  const none = { wwn: null, iqn: null, nqn: null, portal: null };
  return logins.flatMap((login) =>
    targets.slice(0, 2).map((target: Target) => ({
      initiator: { ...none, ...login },
      target: { ...target, failover: null },
    })),
  );
}

function interfaceItems({ interfaces }: FlashArray): Item[] {
  return interfaces.map((one) => ({
    name: one.name,
    enabled: one.isEnabled,
    interface_type: one.kind,
    services: one.services,
    speed: one.speed,
    eth: {
      address: one.address,
      netmask: one.mask,
      mac_address: one.mac,
      vlan: one.vlan,
      subtype: one.subtype,
      subinterfaces: one.kind === 'eth' ? [] : null,
      mtu: one.kind === 'eth' ? 1500 : null,
      gateway: null,
      subnet: { name: null },
    },
    fc: { wwn: one.wwn },
  }));
}

function linkItems({ links }: FlashArray): Item[] {
  return links.map((link) => ({
    id: link.id,
    local_pod: link.pod,
    remote_pod: link.remotePod,
    remotes: [link.remote],
    direction: link.direction,
    status: link.status,
    paused: link.status === 'paused',
    lag: link.lag,
    recovery_point: link.lag === null ? null : 1_676_116_892_819,
  }));
}

function linkRateItems({ links }: FlashArray): Item[] {
  return links.map((link) => ({
    id: link.id,
    local_pod: link.pod,
    remote_pod: link.remotePod,
    remotes: [link.remote],
    direction: link.direction,
    time: 1_676_117_111_389,
    bytes_per_sec_from_remote: link.direction === 'inbound' ? link.rate : 0,
    bytes_per_sec_to_remote: link.direction === 'inbound' ? 0 : link.rate,
    bytes_per_sec_total: link.rate,
  }));
}

function protectionGroupItems({ protectionGroups, minor }: FlashArray): Item[] {
  return protectionGroups.map((group) => ({
    id: group.id,
    name: group.name,
    destroyed: false,
    time_remaining: null,
    is_local: group.isLocal,
    pod: NONE,
    source: group.source,
    volume_count: group.volumes.length,
    host_count: 0,
    host_group_count: 0,
    target_count: group.targets.length,
    ...(minor >= 13 ? { retention_lock: 'unlocked' } : {}),
  }));
}

/** Also those that this array took of its own groups: they came from nowhere. */
function protectionSnapshotItems({ protectionGroups }: FlashArray): Item[] {
  return protectionGroups.flatMap(({ id, name, copies, isLocal }) =>
    (isLocal ? [OWN] : copies).map(({ suffix, created, isDestroyed }) => ({
      name: `${name}.${suffix}`,
      suffix,
      created,
      destroyed: isDestroyed,
      time_remaining: isDestroyed ? 3_600_000 : null,
      pod: NONE,
      source: { id, name },
    })),
  );
}

const OWN = { suffix: 'hourly', created: 1_700_000_000_000, isDestroyed: false };

function transferItems({ protectionGroups }: FlashArray): Item[] {
  return protectionGroups.flatMap(({ name, copies }) =>
    copies.map(({ suffix, created, progress, isDestroyed }) => ({
      name: `${name}.${suffix}`,
      destroyed: isDestroyed,
      started: created + 2_000,
      completed: progress < 1 ? null : created + 60_000,
      progress,
      data_transferred: 1_048_576,
      physical_bytes_written: 524_288,
    })),
  );
}

function protectionTargetItems({ protectionGroups }: FlashArray): Item[] {
  return protectionGroups.flatMap(({ id, name, targets }) =>
    targets.map(({ member, status }) => ({
      group: { id, name },
      member,
      allowed: status !== 'disallowed',
      status,
    })),
  );
}

function protectionVolumeItems({ protectionGroups }: FlashArray): Item[] {
  return protectionGroups.flatMap(({ id, name, volumes }) =>
    volumes.map((member) => ({ group: { id, name }, member })),
  );
}

function alertItem(alert: Alert): Item {
  const summary = `(${alert.componentType}:${alert.componentName}): ${alert.issue}`;
  return {
    id: alert.id,
    name: alert.name,
    code: alert.code,
    severity: alert.severity,
    state: alert.state,
    category: alert.category,
    component_type: alert.componentType,
    component_name: alert.componentName,
    created: alert.created,
    updated: alert.created,
    notified: null,
    closed: alert.state === 'closed' ? alert.created + 1000 : null,
    flagged: alert.isFlagged,
    issue: alert.issue,
    summary,
    description: `${summary} Expected: healthy, Actual: failed`,
    expected: 'healthy',
    actual: 'failed',
    knowledge_base_url: `https://support.purestorage.com/?cid=Alert_${String(alert.code).padStart(4, '0')}`,
  };
}
