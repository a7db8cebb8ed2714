/** The simulated array in the seed's terms. */
import type { MetricName, ResourceType } from 'delfin-agent/driver';
import type { Truth, TruthRecord, TruthSample } from '../../kit/simulator.ts';
import {
  ARRAY_ID,
  isNewest,
  type AlertObject,
  type Initiator,
  type Model,
  type Pool,
  type Port,
  type Volume,
} from './data.ts';
import { ARRAY_RATIO, poolOfVolume, usedGbOf } from './answers.ts';
import { replicationsOf } from './copies.ts';
import {
  available,
  countersOf,
  measuredOf,
  sampleOf,
  timesIn,
  type Measured,
} from './performance.ts';

const TIB = 2 ** 40;

export function truthOf(model: Model, accessUrl: string): Truth {
  return {
    accessUrl,
    storage: storageOf(model),
    lists: listsOf(model),
    get alerts() {
      return model.alerts
        .filter(({ acknowledged, state }) => !acknowledged && state !== 'CLEARED')
        .map(alertOf);
    },
    samples: (start, end) => samplesOf(model, start, end),
  };
}

function record(fields: TruthRecord): TruthRecord {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function storageOf(model: Model): TruthRecord {
  const newest = isNewest(model);
  const total = (field: 'totalTb' | 'usedTb' | 'subscribedTb') =>
    model.pools.reduce((sum, pool) => sum + pool[field], 0) * TIB;
  const product = newest ? 'PowerMax_2500' : 'PowerMax_2000';
  return {
    name: model.sparse ? product : `PowerMax-${ARRAY_ID}`,
    vendor: 'Dell EMC',
    model: product,
    status: newest ? 'degraded' : undefined,
    serial_number: ARRAY_ID,
    firmware_version: newest ? '6079.175.0' : '5978.669.669',
    total_capacity: total('totalTb'),
    used_capacity: total('usedTb'),
    free_capacity: total('totalTb') - total('usedTb'),
    subscribed_capacity: total('subscribedTb'),
    raw_capacity: model.rawGb * 2 ** 30,
    ...(hasSpaces(model)
      ? {
          data_reduction: ARRAY_RATIO,
          logical_used_capacity: model.pools.reduce((sum, pool) => sum + pool.writtenTb, 0) * TIB,
          snapshot_capacity: model.pools.reduce((sum, pool) => sum + pool.snapshotTb, 0) * TIB,
        }
      : {}),
  };
}

/** From 9.0 to 9.2 array and pools tell what is written and what snapshots hold. */
function hasSpaces({ generation, sparse }: Model): boolean {
  return !sparse && ['90', '91', '92'].includes(generation);
}

function efficiencyOf(model: Model, { ratio, writtenTb, snapshotTb }: Pool): TruthRecord {
  const hasRatio = model.generation !== '84' && !model.sparse && ratio > 0;
  return {
    ...(hasRatio ? { data_reduction: ratio } : {}),
    ...(hasSpaces(model)
      ? { logical_used_capacity: writtenTb * TIB, snapshot_capacity: snapshotTb * TIB }
      : {}),
  };
}

function listsOf(model: Model): Truth['lists'] {
  const ports = model.directors.flatMap((director) => director.ports);
  const lists: Truth['lists'] = {
    listReplications: replicationsOf(),
    listStoragePools: model.pools.map(({ id, totalTb, usedTb, subscribedTb, ...pool }) => ({
      native_storage_pool_id: id,
      name: id,
      description: 'Dell EMC VMAX Pool',
      storage_type: 'block',
      ...(isNewest(model) ? { status: 'normal' } : {}),
      total_capacity: totalTb * TIB,
      used_capacity: usedTb * TIB,
      free_capacity: (totalTb - usedTb) * TIB,
      subscribed_capacity: subscribedTb * TIB,
      ...efficiencyOf(model, { id, totalTb, usedTb, subscribedTb, ...pool }),
    })),
    listVolumes: model.volumes.map((volume) => volumeOf(model, volume)),
    listControllers: model.directors.map(({ id, availability, slot, cores }) =>
      record({
        native_controller_id: id,
        name: id,
        status: availability && (AVAILABILITY[availability] ?? 'unknown'),
        location: slot && `slot_${slot}`,
        cpu_info: cores && `Cores-${cores}`,
      }),
    ),
    listPorts: ports.map(portOf),
    listStorageHostInitiators: model.initiators.map(initiatorOf),
    listStorageHosts: model.hosts.map((id) => ({
      native_storage_host_id: id,
      name: id,
    })),
    listStorageHostGroups: {
      storage_host_groups: model.hostGroups.map(({ id, hosts }) => ({
        native_storage_host_group_id: id,
        name: id,
        storage_hosts: hosts.join(',') || undefined,
      })),
      storage_host_grp_host_rels: model.hostGroups.flatMap(({ id, hosts }) =>
        hosts.map((host) => ({ native_storage_host_group_id: id, native_storage_host_id: host })),
      ),
    },
    listPortGroups: {
      port_groups: model.portGroups.map((group) => ({
        native_port_group_id: group.id,
        name: group.id,
        ports: group.ports.map(({ director, id }) => `${director}:${id}`).join(',') || undefined,
      })),
      port_grp_port_rels: model.portGroups.flatMap((group) =>
        group.ports.map(({ director, id }) => ({
          native_port_group_id: group.id,
          native_port_id: `${director}:${id}`,
        })),
      ),
    },
    listVolumeGroups: {
      volume_groups: model.groups.map(({ id }) => ({
        native_volume_group_id: id,
        name: id,
        volumes:
          model.volumes.flatMap((volume) => (volume.groups.includes(id) ? volume.id : [])).join() ||
          undefined,
      })),
      vol_grp_vol_rels: model.volumes.flatMap(({ id, groups }) =>
        groups.map((group) => ({ native_volume_group_id: group, native_volume_id: id })),
      ),
    },
    listMaskingViews: model.views.map(({ id, host, hostGroup, group, portGroup }) =>
      record({
        native_masking_view_id: id,
        name: id,
        native_storage_host_id: host,
        native_storage_host_group_id: hostGroup,
        native_volume_group_id: group,
        native_port_group_id: portGroup,
      }),
    ),
  };
  if (model.generation === '84' || model.generation === '90') return lists;
  return {
    ...lists,
    listComponents: [
      { native_component_id: 'Vault State', name: 'Vault State', type: 'other', status: 'ok' },
      {
        native_component_id: 'Spare Drives',
        name: 'Spare Drives',
        type: 'other',
        status: 'failed',
      },
      { native_component_id: 'Memory', name: 'Memory', type: 'memory', status: 'ok' },
      {
        native_component_id: 'Environmentals',
        name: 'Environmentals',
        type: 'other',
        status: 'failed',
      },
      { native_component_id: 'Battery', name: 'Battery', type: 'battery', status: 'ok' },
    ],
    listDisks: model.disks.map(({ id, vendor, gb, failed }) =>
      record({
        native_disk_id: id,
        name: id,
        status: failed ? 'abnormal' : 'normal',
        manufacturer: vendor,
        capacity: Math.trunc(gb * 2 ** 30),
      }),
    ),
  };
}

const AVAILABILITY: Readonly<Record<string, string>> = {
  Online: 'normal',
  Offline: 'offline',
  Dead: 'fault',
};

function volumeOf(model: Model, volume: Volume): TruthRecord {
  const groups = model.groups.filter(({ id }) => volume.groups.includes(id));
  const compression = groups.flatMap((group) => group.compression ?? []);
  const total = volume.megabytes === undefined ? undefined : volume.megabytes * 2 ** 20;
  const used = usedOf(model, volume);
  const broken = volume.status === 'N/A' ? 'error' : 'available';
  return record({
    native_volume_id: volume.id,
    name: volume.label ? `${volume.id}:${volume.label}` : volume.id,
    description:
      volume.type === 'TDEV' ? "Dell EMC VMAX 'thin device' volume" : 'Dell EMC VMAX volume',
    type: 'thin',
    status: volume.status === 'Frozen' ? 'unknown' : volume.status && broken,
    native_storage_pool_id: poolOfVolume(model, volume),
    wwn: volume.effectiveWwn ?? volume.wwn,
    total_capacity: total,
    used_capacity: used === undefined ? undefined : Math.trunc(used),
    free_capacity:
      total === undefined || used === undefined || used > total
        ? undefined
        : Math.trunc(total - used),
    compressed: compression.length > 0 ? compression.includes(true) : undefined,
    ...(model.generation === '101' && !model.sparse
      ? { data_reduction: volume.ratio || undefined, snapshot_count: volume.snapshots }
      : {}),
  });
}

/** In bulk lists it is stated in GB with two decimals. */
function usedOf({ generation }: Model, volume: Volume): number | undefined {
  const gigabytes = usedGbOf(volume);
  if (volume.megabytes === undefined || volume.percent === undefined) return undefined;
  if (generation === '101' && gigabytes !== undefined) return gigabytes * 2 ** 30;
  return (volume.megabytes * 2 ** 20 * volume.percent) / 100;
}

const LINKS: Readonly<Record<string, string>> = {
  ON: 'connected',
  PendOn: 'connected',
  OFF: 'disconnected',
};
const TYPES: Readonly<Record<string, string>> = {
  'FibreChannel (563)': 'fc',
  FibreChannel: 'fc',
  FICON: 'ficon',
  GigE: 'eth',
  SAS: 'sas',
  SCSI_FC: 'fc',
  NVMe_TCP: 'eth',
  iSCSI: 'iscsi',
};
const ROLES: Readonly<Record<string, string>> = {
  FA: 'frontend', SE: 'frontend', EF: 'frontend', OR: 'frontend', DF: 'backend', DX: 'backend',
}; // prettier-ignore

function portOf(port: Port): TruthRecord {
  const gigabits = (value: string | undefined) =>
    value === undefined || value === 'N/A' || value === '0' ? undefined : Number(value) * 1e9;
  const type = port.protocols ? port.protocols[0] : port.type;
  return record({
    native_port_id: `${port.director}:${port.id}`,
    name: `${port.director}:${port.id}`,
    location: `director_${port.director}`,
    type: type && (TYPES[type] ?? 'other'),
    logical_type: ROLES[port.director.slice(0, 2)] ?? 'other',
    connection_status: port.status && LINKS[port.status],
    health_status: port.directorStatus === 'Dead' ? 'abnormal' : 'normal',
    native_parent_id: port.director,
    speed: gigabits(port.speed),
    max_speed: gigabits(port.maxSpeed),
    wwn: port.identifier,
    mac_address: port.mac,
    ipv4: port.addresses?.[0],
    ipv6: port.addresses?.[1],
  });
}

function initiatorOf({ id, address, type, onFabric, alias, host }: Initiator): TruthRecord {
  const technology = address.startsWith('iqn') ? 'iscsi' : type && 'fc';
  const state = onFabric ? 'online' : 'offline';
  return record({
    native_storage_host_initiator_id: id,
    native_storage_host_id: host,
    name: id,
    alias,
    type: technology,
    status: onFabric === undefined ? undefined : state,
    wwn: address,
  });
}

const SEVERITIES: Readonly<Record<string, string>> = {
  NORMAL: 'Informational',
  INFORMATION: 'Informational',
  MINOR: 'Minor',
  WARNING: 'Warning',
  CRITICAL: 'Critical',
  FATAL: 'Fatal',
};

function alertOf(alert: AlertObject): TruthRecord {
  return record({
    alert_id: '4294967295',
    alert_name: 'Unisphere alert about vmax',
    severity: SEVERITIES[alert.severity] ?? 'NotSpecified',
    category: 'Fault',
    type: 'EquipmentAlarm',
    sequence_number: alert.id,
    occur_time: alert.time,
    description: alert.description,
    resource_type: 'Storage',
    location: `Array id=${ARRAY_ID},Component type=${alert.objectType},Component name=${alert.object}`,
    match_key: alert.id,
  });
}

/** Counters: measure and factor to its base unit, by category where a name has two meanings. */
const MEASURES: Readonly<Record<string, readonly [MetricName, number]>> = {
  HostIOs: ['iops', 1], IOs: ['iops', 1], IoRate: ['iops', 1],
  HostReads: ['readIops', 1], Reads: ['readIops', 1], DiskReads: ['readIops', 1],
  HostWrites: ['writeIops', 1], Writes: ['writeIops', 1], DiskWrites: ['writeIops', 1],
  HostMBs: ['throughput', 2 ** 20], MBs: ['throughput', 2 ** 20], MBSentAndReceived: ['throughput', 2 ** 20],
  HostMBReads: ['readThroughput', 2 ** 20], MBRead: ['readThroughput', 2 ** 20], MBReads: ['readThroughput', 2 ** 20],
  HostMBWritten: ['writeThroughput', 2 ** 20], MBWritten: ['writeThroughput', 2 ** 20],
  ResponseTime: ['responseTime', 1e-3], AvgResponseTime: ['responseTime', 1e-3], AvgIOServiceTime: ['responseTime', 1e-3],
  ReadResponseTime: ['readResponseTime', 1e-3], WriteResponseTime: ['writeResponseTime', 1e-3],
  AvgIOSize: ['ioSize', 1024],
  PercentHit: ['cacheHitRatio', 0.01], PercentHitReqs: ['cacheHitRatio', 0.01],
  PercentReadReqHit: ['readCacheHitRatio', 0.01], PercentWriteReqHit: ['writeCacheHitRatio', 0.01],
  PercentBusy: ['cpuUsage', 0.01],
}; // prettier-ignore

const RESOURCES: Readonly<Record<string, readonly [ResourceType, (measured: Measured) => string]>> =
  {
    Array: ['storage', () => ARRAY_ID],
    SRP: ['storagePool', only('srpId')],
    FEDirector: ['controller', only('directorId')],
    BEDirector: ['controller', only('directorId')],
    RDFDirector: ['controller', only('directorId')],
    FEPort: ['port', directorAndPort],
    BEPort: ['port', directorAndPort],
    RDFPort: ['port', directorAndPort],
    Disk: ['disk', only('diskId')],
    DiskGroup: ['disk', ({ selection }) => `DiskGroup_${selection['diskGroupId']}`],
    StorageGroup: ['volumeGroup', only('storageGroupId')],
    Volume: ['volume', only('volumeId')],
  };

function only(field: string): (measured: Measured) => string {
  return ({ selection }) => selection[field] ?? '';
}

function directorAndPort({ selection }: Measured): string {
  return `${selection['directorId']}:${selection['portId']}`;
}

function samplesOf(model: Model, start: number, end: number): TruthSample[] {
  const times = timesIn(start, end, available(Date.now()));
  return Object.entries(RESOURCES).flatMap(([category, [resource_type, idOf]]) =>
    measuredOf(model, category).flatMap((measured) =>
      countersOf(model, category).flatMap((counter) =>
        times.flatMap((time) => {
          const value = sampleOf(model, measured, counter, time);
          const [name, factor] = MEASURES[counter] ?? [];
          if (value === undefined || !name || !factor) return [];
          return [
            { resource_type, resource_id: idOf(measured), name, time, value: value * factor },
          ];
        }),
      ),
    ),
  );
}
