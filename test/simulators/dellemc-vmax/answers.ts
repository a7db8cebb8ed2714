/** What Unisphere says of its objects, in each API version. */
import {
  ARRAY_ID,
  isNewest,
  REMOTE_ID,
  type AlertObject,
  type Director,
  type Initiator,
  type Model,
  type Pool,
  type Port,
  type Volume,
} from './data.ts';

const VERSIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  84: { version: 'V8.4.0.15' },
  90: { version: 'V9.0.2.7' },
  91: { version: 'V9.1.0.5' },
  92: { version: 'V9.2.1.2', api_version: '92', supported_api_versions: ['92', '91', '90'] },
  100: {
    version: 'V10.0.1.3',
    api_version: '100',
    supported_api_versions: ['100', '92', '91'],
  },
  101: {
    version: 'V10.1.0.5',
    api_version: '101',
    supported_api_versions: ['101', '100', '92'],
  },
};

export function versionOf({ generation }: Model): Readonly<Record<string, unknown>> {
  return VERSIONS[generation] ?? {};
}

export function systemOf(model: Model, id: string): unknown {
  if (id === REMOTE_ID) return { symmetrixId: id, model: 'VMAX250F', local: false };
  const newest = isNewest(model);
  return {
    symmetrixId: id,
    device_count: model.volumes.length + model.dataDevices.length,
    ...(newest
      ? { microcode: '6079.175.0', model: 'PowerMax_2500', reliability_state: 'Degraded-NoRebuild' }
      : { ucode: '5978.669.669', model: 'PowerMax_2000' }),
    ...(model.sparse ? {} : { display_name: `PowerMax-${id}` }),
    local: true,
    all_flash: true,
  };
}

export const ARRAY_RATIO = 2.8;

export function provisioningOf(model: Model): unknown {
  const total = (field: 'totalTb' | 'usedTb' | 'subscribedTb' | 'writtenTb' | 'snapshotTb') =>
    model.pools.reduce((sum, pool) => sum + pool[field], 0);
  const head = {
    symmetrixId: ARRAY_ID,
    default_fba_srp: 'SRP_1',
    ...(model.sparse ? {} : { default_ckd_srp: 'SRP_2' }),
    physicalCapacity: { used_capacity_gb: model.rawGb, total_capacity_gb: model.rawGb },
    local: true,
  };
  if (isNewest(model)) return head;
  if (model.generation === '84') {
    return {
      ...head,
      total_usable_cap_gb: total('totalTb') * 1024,
      total_allocated_cap_gb: total('usedTb') * 1024,
      total_subscribed_cap_gb: total('subscribedTb') * 1024,
    };
  }
  return {
    ...head,
    system_capacity: {
      usable_total_tb: total('totalTb'),
      usable_used_tb: total('usedTb'),
      subscribed_total_tb: total('subscribedTb'),
      snapshot_total_tb: 1.5,
      ...(model.sparse
        ? {}
        : {
            subscribed_allocated_tb: total('writtenTb'),
            snapshot_modified_tb: total('snapshotTb'),
          }),
    },
    ...(model.sparse
      ? {}
      : {
          system_efficiency: {
            overall_efficiency_ratio_to_one: 445.1,
            data_reduction_ratio_to_one: ARRAY_RATIO,
          },
        }),
  };
}

export function poolOf(model: Model, pool: Pool): unknown {
  const head = {
    srpId: pool.id,
    num_of_disk_groups: 1,
    emulation: 'FBA',
    reserved_cap_percent: 10,
  };
  if (model.generation === '84') {
    return {
      ...head,
      total_usable_cap_gb: pool.totalTb * 1024,
      total_allocated_cap_gb: pool.usedTb * 1024,
      total_subscribed_cap_gb: pool.subscribedTb * 1024,
    };
  }
  const efficiency = model.sparse
    ? {}
    : {
        srp_efficiency: {
          overall_efficiency_ratio_to_one: 2.2,
          data_reduction_ratio_to_one: pool.ratio,
        },
      };
  if (isNewest(model)) {
    return {
      ...head,
      ...efficiency,
      reliability_state: 'Optimal',
      fba_srp_capacity: {
        provisioned: {
          provisioned_tb: pool.subscribedTb,
          effective_capacity_tb: pool.totalTb,
        },
        effective: {
          used_tb: pool.usedTb,
          total_tb: pool.totalTb,
          free_tb: pool.totalTb - pool.usedTb,
          physical_capacity: { used_tb: pool.usedTb / 3, total_tb: pool.totalTb / 3 },
        },
      },
    };
  }
  return {
    ...head,
    ...efficiency,
    srp_capacity: {
      usable_total_tb: pool.totalTb,
      usable_used_tb: pool.usedTb,
      subscribed_total_tb: pool.subscribedTb,
      ...(model.sparse
        ? {}
        : { subscribed_allocated_tb: pool.writtenTb, snapshot_modified_tb: pool.snapshotTb }),
    },
  };
}

export function groupOf(model: Model, id: string): unknown {
  const group = model.groups.find((candidate) => candidate.id === id);
  if (!group) return undefined;
  return {
    storageGroupId: id,
    slo: 'Diamond',
    srp: group.srp,
    compression: group.compression,
    num_of_vols: model.volumes.filter(({ groups }) => groups.includes(id)).length,
    type: group.srp ? 'Standalone' : 'Parent',
  };
}

export function volumeOf(volume: Volume): unknown {
  return {
    volumeId: volume.id,
    type: volume.type,
    emulation: volume.emulation,
    ssid: 'FFFFFFFF',
    allocated_percent: volume.percent,
    cap_gb:
      volume.megabytes === undefined ? undefined : Number((volume.megabytes / 1024).toFixed(2)),
    cap_mb: volume.megabytes,
    status: volume.status,
    volume_identifier: volume.label,
    wwn: volume.wwn,
    has_effective_wwn: volume.effectiveWwn !== undefined,
    effective_wwn: volume.effectiveWwn ?? volume.wwn,
    num_of_storage_groups: volume.groups.length,
    ...(volume.groups.length > 0 ? { storageGroupId: volume.groups } : {}),
  };
}

/** All attributes that a bulk list can be asked for; `srp` is the pool, wherever it comes from. */
export function bulkVolumeOf(model: Model, volume: Volume): Readonly<Record<string, unknown>> {
  const { megabytes } = volume;
  const compression = groupsOf(model, volume).flatMap((group) => group.compression ?? []);
  return {
    id: volume.id,
    type: volume.type,
    emulation: volume.emulation,
    status: volume.status,
    identifier: volume.label,
    wwn: volume.wwn,
    effective_wwn: volume.effectiveWwn ?? volume.wwn,
    has_effective_wwn: volume.effectiveWwn !== undefined,
    cap_mb: megabytes,
    cap_gb: megabytes === undefined ? undefined : Number((megabytes / 1024).toFixed(2)),
    effective_used_capacity_gb: usedGbOf(volume),
    data_reduction_enabled: compression.length > 0 ? compression.includes(true) : undefined,
    storage_groups: volume.groups.map((id) => ({ id })),
    srp: model.sparse ? undefined : { id: poolOfVolume(model, volume) },
    data_reduction_ratio_to_one: model.sparse ? undefined : volume.ratio,
    num_of_snapshots: model.sparse ? undefined : volume.snapshots,
  };
}

export function usedGbOf({ megabytes, percent }: Volume): number | undefined {
  if (megabytes === undefined || percent === undefined) return undefined;
  return Number(((megabytes * percent) / 100 / 1024).toFixed(2));
}

function groupsOf(model: Model, { groups }: Volume) {
  return model.groups.filter(({ id }) => groups.includes(id));
}

/** The pool of the volume's groups, else the default one for its emulation. */
export function poolOfVolume(model: Model, volume: Volume): string | undefined {
  const pools = new Set(
    groupsOf(model, volume).flatMap(({ srp }) => (srp && srp !== 'None' ? [srp] : [])),
  );
  const mainframe = model.sparse ? undefined : 'SRP_2';
  return pools.size === 1 ? [...pools][0] : volume.emulation === 'FBA' ? 'SRP_1' : mainframe;
}

export function directorOf({ id, availability, slot, cores, ports }: Director): unknown {
  return {
    directorId: id,
    availability,
    director_slot_number: slot,
    num_of_cores: cores,
    num_of_ports: ports.length,
  };
}

export function portKeyOf({ director, id }: Port): unknown {
  return { directorId: director, portId: id };
}

/** In port groups the port's id repeats the director, and pads the number of an iSCSI port. */
export function memberPortOf({ generation }: Model, { director, id }: Port): unknown {
  if (generation !== '92') return { directorId: director, portId: id };
  const number = director.startsWith('SE') ? id.padStart(3, '0') : id;
  return { directorId: director, portId: `${director}:${number}` };
}

export function portOf(port: Port): unknown {
  return {
    symmetrixPort: {
      symmetrixPortKey: portKeyOf(port),
      port_status: port.status,
      director_status: port.directorStatus,
      type: port.type,
      enabled_protocols: port.protocols,
      negotiated_speed: port.speed,
      max_speed: port.maxSpeed,
      identifier: port.identifier,
      ip_addresses: port.addresses,
      mac_address: port.mac,
    },
  };
}

export function initiatorOf(initiator: Initiator): unknown {
  const [director = '', port = ''] = initiator.id.split(':');
  return {
    initiatorId: initiator.address,
    symmetrixPortKey: [{ directorId: director, portId: port }],
    type: initiator.type,
    on_fabric: initiator.onFabric,
    logged_in: initiator.onFabric,
    alias: initiator.alias,
    host: initiator.host,
  };
}

export function alertOf(alert: AlertObject): unknown {
  return {
    alertId: alert.id,
    state: alert.state,
    severity: alert.severity,
    type: alert.type,
    array: ARRAY_ID,
    object: alert.object,
    object_type: alert.objectType,
    created_date: 'Mar-19-2026 11:51:56.000',
    created_date_milliseconds: alert.time,
    description: alert.description,
    acknowledged: alert.acknowledged,
  };
}
