/** The simulated system in the seed's terms, from the model alone. */
import type { Truth, TruthRecord } from '../../kit/simulator.ts';
import type { Clockwork } from './counters.ts';
import type { Model, SimVolume } from './data.ts';
import { hardwareTruth } from './hardware-truth.ts';
import { samplesOf } from './samples-truth.ts';
import { hasDeduplication, reducedOf, systemCapacities } from './views.ts';
import { componentsTruth, replicationsTruth } from './enclosures-truth.ts';
import { SNAPSHOTS } from './enclosures.ts';

export function defined(record: Record<string, unknown>): TruthRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

export function truthOf(model: Model, clockwork: Clockwork, licensed: boolean): Truth {
  const optional = licensed;
  return {
    storage: storageTruth(model),
    accessUrl: model.sparse ? 'https://127.0.0.1/' : 'https://192.0.2.125:8443/',
    alertSources: ['192.0.2.125', ...model.nodes.flatMap(({ serviceIp }) => serviceIp || [])],
    lists: {
      listStoragePools: model.pools.map(poolTruth),
      listVolumes: model.volumes.map((volume) => volumeTruth(model, volume)),
      ...hardwareTruth(model, licensed),
      listComponents: componentsTruth(model),
      listReplications: replicationsTruth(model),
      listStorageHosts: model.hosts.map((host) => ({
        native_storage_host_id: host.id,
        name: host.name,
        ...(model.sparse ? {} : osOf(host.type)),
        status: HOST[host.status] ?? 'unknown',
      })),
      listStorageHostInitiators: model.hosts.flatMap((host) =>
        host.ports.map((port) => ({
          native_storage_host_initiator_id: port.name,
          native_storage_host_id: host.id,
          name: port.name,
          wwn: port.name,
          type: INITIATOR[port.kind],
          status: LOGIN[port.state] ?? 'unknown',
        })),
      ),
      ...(optional
        ? {
            listMaskingViews: model.hosts.flatMap((host) =>
              host.volumes.map((volume) => ({
                native_masking_view_id: `${host.id}_${volume.id}`,
                name: `${host.id}_${volume.id}`,
                native_storage_host_id: host.id,
                native_volume_id: volume.id,
              })),
            ),
          }
        : {}),
      ...(optional && model.clusters.length > 0
        ? { listStorageHostGroups: clusterTruth(model) }
        : {}),
      ...(optional && model.groups.length > 0 ? { listVolumeGroups: groupTruth(model) } : {}),
    },
    alerts: model.events
      .filter((event) => event.listed)
      .map((event) =>
        defined({
          alert_id: event.eventId,
          alert_name: event.text,
          severity: SEVERITY[event.notification],
          category: SEVERITY[event.notification] === 'Informational' ? 'Event' : 'Fault',
          type: 'EquipmentAlarm',
          sequence_number: event.sequence,
          occur_time: event.seconds * 1000,
          description: event.text,
          resource_type: event.objectType,
          location: event.objectName || `${event.objectType} ${event.objectId}`,
          match_key: `${event.errorCode || event.eventId}|${event.objectType}|${event.objectId}|`,
        }),
      ),
    samples: (start, end) => samplesOf(model, clockwork, start, end),
  };
}

const SEVERITY: Readonly<Record<string, string>> = {
  error: 'Major',
  warning: 'Warning',
  informational: 'Informational',
  none: 'Informational',
};
const HOST: Readonly<Record<string, string>> = {
  online: 'normal',
  offline: 'offline',
  degraded: 'degraded',
};
const LOGIN: Readonly<Record<string, string>> = {
  active: 'online',
  inactive: 'online',
  degraded: 'online',
  offline: 'offline',
};
const INITIATOR: Readonly<Record<string, string>> = {
  WWPN: 'fc',
  iscsi_name: 'iscsi',
  SAS_WWPN: 'sas',
  nqn: 'nvme-of',
};

function osOf(type: string): { os_type?: string } {
  const names: Readonly<Record<string, string>> = { hpux: 'HP-UX', openvms: 'Open VMS' };
  if (type === 'adminlun') return {};
  return { os_type: names[type] ?? 'Unknown' };
}

/** What a size prints as where it can't be had in bytes is not tested here: all views have -bytes. */
function storageTruth(model: Model): TruthRecord {
  const { system, sparse } = model;
  const capacity = systemCapacities(model);
  return defined({
    name: system.name,
    vendor: 'IBM',
    model: sparse ? undefined : system.product,
    serial_number: system.id,
    firmware_version: system.level.split(' ')[0],
    location: 'local',
    total_capacity: capacity.total,
    used_capacity: capacity.used,
    free_capacity: capacity.free,
    raw_capacity: capacity.total,
    subscribed_capacity: sparse ? undefined : capacity.virtual,
    data_reduction: reducedOf(model).before / reducedOf(model).after,
  });
}

const POOL: Readonly<Record<string, string>> = {
  online: 'normal',
  degraded_paths: 'degraded',
  offline: 'offline',
};

function poolTruth(pool: Model['pools'][number]): TruthRecord {
  return defined({
    native_storage_pool_id: pool.id,
    name: pool.name,
    storage_type: 'block',
    status: POOL[pool.status] ?? 'unknown',
    total_capacity: pool.capacity,
    used_capacity: pool.used,
    free_capacity: pool.free,
    subscribed_capacity: pool.virtual,
    data_reduction: pool.before ? pool.before / pool.after : undefined,
    logical_used_capacity: pool.reduction ? pool.before : undefined,
  });
}

const VOLUME: Readonly<Record<string, string>> = {
  online: 'available',
  degraded: 'error',
  offline: 'error',
};

function volumeTruth(model: Model, volume: SimVolume): TruthRecord {
  const primary = volume.copies.find((copy) => copy.primary) ?? volume.copies[0];
  return defined({
    native_volume_id: volume.id,
    name: volume.name,
    type: volume.copies.some((copy) => copy.thin || copy.compressed) ? 'thin' : 'thick',
    status: VOLUME[volume.status] ?? 'unknown',
    native_storage_pool_id: primary?.pool.id,
    wwn: volume.uid,
    total_capacity: volume.capacity,
    used_capacity: primary?.used,
    free_capacity: primary?.free,
    data_reduction:
      primary?.uncompressed && primary.used ? primary.uncompressed / primary.used : undefined,
    logical_used_capacity: primary?.uncompressed,
    snapshot_count:
      model.generation === 'flashsystem-8.5' && !model.sparse
        ? (SNAPSHOTS[volume.id] ?? 0)
        : undefined,
    compressed: volume.copies.some((copy) => copy.compressed),
    deduplicated: hasDeduplication(model)
      ? volume.copies.some((copy) => copy.deduplicated)
      : undefined,
  });
}

function clusterTruth(model: Model) {
  const members = (id: string) => model.hosts.filter((host) => host.cluster?.id === id);
  return {
    storage_host_groups: model.clusters.map((cluster) =>
      defined({
        native_storage_host_group_id: cluster.id,
        name: cluster.name,
        storage_hosts:
          members(cluster.id)
            .map((host) => host.id)
            .join(',') || undefined,
      }),
    ),
    storage_host_grp_host_rels: model.clusters.flatMap((cluster) =>
      members(cluster.id).map((host) => ({
        native_storage_host_group_id: cluster.id,
        native_storage_host_id: host.id,
      })),
    ),
  };
}

function groupTruth(model: Model) {
  const members = (id: string) => model.volumes.filter((volume) => volume.group === id);
  return {
    volume_groups: model.groups.map((group) =>
      defined({
        native_volume_group_id: group.id,
        name: group.name,
        volumes:
          members(group.id)
            .map((volume) => volume.id)
            .join(',') || undefined,
      }),
    ),
    vol_grp_vol_rels: model.groups.flatMap((group) =>
      members(group.id).map((volume) => ({
        native_volume_group_id: group.id,
        native_volume_id: volume.id,
      })),
    ),
  };
}
