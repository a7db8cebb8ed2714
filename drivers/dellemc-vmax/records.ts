/** Unisphere's objects as records. Its TB, GB and MB are powers of two. */
import {
  compact,
  flag,
  identifier,
  isObject,
  lookup,
  number,
  positive,
  text,
  type Controller,
  type Disk,
  type Foreign,
  type MaskingView,
  type Storage,
  type StorageHostInitiator,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';
import type { Detail } from './client.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const TIB = 2 ** 40;

export interface Capacity {
  readonly total: number | undefined;
  readonly used: number | undefined;
  readonly free: number | undefined;
  readonly subscribed: number | undefined;
}

export function storageOf(
  arrayId: string,
  answer: Foreign | undefined,
  provisioning: Foreign,
  capacity: Capacity,
): Storage {
  const system = answer ?? {};
  const model = text(system['model']) ?? text(provisioning['model']);
  const physical = isObject(provisioning['physicalCapacity'])
    ? provisioning['physicalCapacity']
    : {};
  return compact<Storage>({
    // Without its own object the array is not renamed.
    name: answer && (text(system['display_name']) ?? model ?? arrayId),
    vendor: 'Dell EMC',
    model,
    // Newer microcode only: others have no word for the whole.
    status: lookup(RELIABILITY, text(system['reliability_state'])),
    serial_number: arrayId,
    firmware_version:
      text(system['ucode']) ??
      text(system['microcode']) ??
      text(provisioning['ucode']) ??
      text(provisioning['microcode']),
    total_capacity: capacity.total,
    used_capacity: capacity.used,
    free_capacity: capacity.free,
    raw_capacity:
      bytes(physical['total_capacity_gb'], GIB) ??
      bytes(provisioning['disk_group_total_capacity_gb'], GIB),
    subscribed_capacity: capacity.subscribed,
    ...efficiencyOf(provisioning['system_efficiency'], provisioning['system_capacity']),
  });
}

/** Since 9.0: reduction of what can be reduced, what hosts have written, what snapshots hold of the old. */
function efficiencyOf(ratios: unknown, space: unknown) {
  const [rate, size] = [ratios, space].map((value) => (isObject(value) ? value : {}));
  return compact<Pick<Storage, 'data_reduction' | 'logical_used_capacity' | 'snapshot_capacity'>>({
    // 0: nothing is reduced, or not yet counted.
    data_reduction: positive(rate?.['data_reduction_ratio_to_one']),
    logical_used_capacity: bytes(size?.['subscribed_allocated_tb'], TIB),
    snapshot_capacity: bytes(size?.['snapshot_modified_tb'], TIB),
  });
}

const RELIABILITY = {
  Optimal: 'normal',
  Normal: 'normal',
  Degraded: 'degraded',
  'Degraded-NoRebuild': 'degraded',
  'Degraded-Rebuild': 'degraded',
  Failed: 'abnormal',
} as const;

export function poolOf({ id, fields }: Detail): StoragePool {
  const { total, used, free, subscribed } = capacityOf(fields);
  return compact<StoragePool>({
    native_storage_pool_id: identifier(fields['srpId']) ?? id,
    name: id,
    description: text(fields['description']) ?? 'Dell EMC VMAX Pool',
    storage_type: 'block',
    status: lookup(RELIABILITY, text(fields['reliability_state'])),
    total_capacity: total,
    used_capacity: used,
    free_capacity: free,
    subscribed_capacity: subscribed,
    ...efficiencyOf(fields['srp_efficiency'], fields['srp_capacity']),
  });
}

/**
 * Capacity of an array or a pool, in the three forms it has had: in GB at the top (84), in
 * system_capacity or srp_capacity (since 90), and since 100 for a PowerMax 2500/8500 split by
 * emulation, as effective capacity. @returns all undefined where it is stated in no form.
 */
export function capacityOf(fields: Foreign): Capacity {
  const since90 = fields['system_capacity'] ?? fields['srp_capacity'];
  if (isObject(since90)) {
    return inBytes(TIB, {
      total: number(since90['usable_total_tb']),
      used: number(since90['usable_used_tb']),
      subscribed: number(since90['subscribed_total_tb']),
    });
  }
  const emulations = [fields['fba_srp_capacity'], fields['ckd_srp_capacity']].filter(isObject);
  if (emulations.length > 0) return sum(emulations.map(effectiveOf));
  return inBytes(GIB, {
    total: number(fields['total_usable_cap_gb']),
    used: number(fields['total_allocated_cap_gb']) ?? number(fields['total_used_cap_gb']),
    subscribed: number(fields['total_subscribed_cap_gb']),
  });
}

function effectiveOf(emulation: Foreign): Capacity {
  const effective = isObject(emulation['effective']) ? emulation['effective'] : {};
  const provisioned = isObject(emulation['provisioned']) ? emulation['provisioned'] : {};
  return inBytes(TIB, {
    total: number(effective['total_tb']) ?? number(provisioned['effective_capacity_tb']),
    used: number(effective['used_tb']) ?? number(provisioned['used_tb']),
    subscribed: number(provisioned['provisioned_tb']),
  });
}

function inBytes(
  unit: number,
  stated: {
    total?: number | undefined;
    used?: number | undefined;
    subscribed?: number | undefined;
  },
): Capacity {
  const { total, used, subscribed } = stated;
  const free = total === undefined || used === undefined || used > total ? undefined : total - used;
  return {
    total: bytes(total, unit),
    used: bytes(used, unit),
    free: bytes(free, unit),
    subscribed: bytes(subscribed, unit),
  };
}

/** Capacities together; what not all of them state is unknown. */
export function sum(parts: readonly Capacity[]): Capacity {
  const add = (field: keyof Capacity) => {
    let total = 0;
    for (const part of parts) {
      const value = part[field];
      if (value === undefined) return undefined;
      total += value;
    }
    return parts.length === 0 ? undefined : total;
  };
  return {
    total: add('total'),
    used: add('used'),
    free: add('free'),
    subscribed: add('subscribed'),
  };
}

/** What is stated, and for the rest what another source says, as far as it fits. */
export function combined(stated: Capacity, other: Capacity): Capacity {
  const total = stated.total ?? other.total;
  const used = stated.used ?? other.used;
  const fits = total !== undefined && used !== undefined && used <= total;
  return {
    total,
    used,
    free: fits ? total - used : undefined,
    subscribed: stated.subscribed ?? other.subscribed,
  };
}

function bytes(value: unknown, unit: number): number | undefined {
  const read = number(value);
  return read === undefined ? undefined : Math.trunc(read * unit);
}

const VOLUME_STATUS = {
  Ready: 'available',
  'Not Ready': 'available',
  Mixed: 'available',
  'Write Disabled': 'available',
  'N/A': 'error',
} as const;

/** What a volume's storage groups say about it. */
export interface Placement {
  readonly pool: string | undefined;
  readonly compressed: boolean | undefined;
}

export function volumeOf({ id, fields }: Detail, placement: Placement): Volume {
  const total = sizeOf(fields);
  const used = usedOf(fields, total);
  const label = identifier(fields['volume_identifier']);
  const plain = text(fields['type']) === 'TDEV';
  const effective =
    flag(fields['has_effective_wwn']) === true ? text(fields['effective_wwn']) : undefined;
  return compact<Volume>({
    native_volume_id: identifier(fields['volumeId']) ?? id,
    name: label === undefined ? id : `${id}:${label}`,
    description: plain ? "Dell EMC VMAX 'thin device' volume" : 'Dell EMC VMAX volume',
    // Every device that hosts see on these arrays is thin, whatever its protection.
    type: 'thin',
    status: lookup(VOLUME_STATUS, fields['status']),
    native_storage_pool_id: placement.pool,
    wwn: effective ?? text(fields['wwn']),
    total_capacity: total === undefined ? undefined : Math.trunc(total),
    used_capacity: used === undefined ? undefined : Math.trunc(used),
    free_capacity:
      total === undefined || used === undefined || used > total
        ? undefined
        : Math.trunc(total - used),
    compressed: placement.compressed,
    data_reduction: positive(fields['data_reduction_ratio_to_one']),
    snapshot_count: number(fields['num_of_snapshots']),
  });
}

/** Capacity that hosts have written to: stated in percent, in bulk lists in GB. */
function usedOf(fields: Foreign, total: number | undefined): number | undefined {
  const gigabytes = number(fields['effective_used_capacity_gb']);
  if (gigabytes !== undefined) return gigabytes * GIB;
  const percent = number(fields['allocated_percent']);
  return total === undefined || percent === undefined ? undefined : (total * percent) / 100;
}

function sizeOf(fields: Foreign): number | undefined {
  const megabytes = number(fields['cap_mb']);
  if (megabytes !== undefined) return megabytes * MIB;
  const gigabytes = number(fields['cap_gb']);
  return gigabytes === undefined ? undefined : gigabytes * GIB;
}

/** Data devices carry the pools; hosts never see them. */
export function isDataDevice(fields: Foreign): boolean {
  return (text(fields['type']) ?? '').startsWith('TDAT');
}

/** The storage groups a volume is a member of. */
export function groupsOf(fields: Foreign): readonly string[] {
  const groups: readonly unknown[] = Array.isArray(fields['storageGroupId'])
    ? fields['storageGroupId']
    : [];
  return groups.map(identifier).filter((group) => group !== undefined);
}

const AVAILABILITY: Readonly<Record<string, 'normal' | 'offline' | 'fault' | 'degraded'>> = {
  ON: 'normal',
  ONLINE: 'normal',
  OFF: 'offline',
  OFFLINE: 'offline',
  PENDON: 'normal',
  PENDOFF: 'offline',
  DEGRADED: 'degraded',
  DEAD: 'fault',
  FAILED: 'fault',
};

export function controllerOf({ id, fields }: Detail): Controller {
  const slot = text(fields['director_slot_number']);
  const cores = number(fields['num_of_cores']);
  const directorId = identifier(fields['directorId']) ?? id;
  return compact<Controller>({
    native_controller_id: directorId,
    name: directorId,
    status: lookup(AVAILABILITY, upper(fields['availability'])),
    location: slot === undefined ? undefined : `slot_${slot}`,
    cpu_info: cores === undefined ? undefined : `Cores-${cores}`,
  });
}

export function upper(value: unknown): string | undefined {
  return text(value)?.toUpperCase();
}

const DISK_STATUS = { true: 'abnormal', false: 'normal' } as const;

/** `failed`: whether the server lists it among the failed; undefined where it does not say. */
export function diskOf({ id, fields }: Detail, failed?: boolean): Disk {
  return compact<Disk>({
    native_disk_id: id,
    name: id,
    status: lookup(DISK_STATUS, failed),
    manufacturer: text(fields['vendor']),
    capacity: bytes(fields['capacity'], GIB),
  });
}

export function initiatorOf({ id, fields }: Detail): StorageHostInitiator {
  const address = (identifier(fields['initiatorId']) ?? id).replace(/^[A-Z]{2}-\w+:\w+:/, '');
  const online = flag(fields['on_fabric']) ?? flag(fields['logged_in']);
  const states = { true: 'online', false: 'offline' } as const;
  return compact<StorageHostInitiator>({
    native_storage_host_initiator_id: id,
    native_storage_host_id: identifier(fields['host']),
    name: id,
    alias: identifier(fields['alias']),
    type: initiatorType(upper(fields['type']), address),
    status: lookup(states, online),
    wwn: address,
  });
}

function initiatorType(type: string | undefined, address: string): StorageHostInitiator['type'] {
  if (type?.includes('FIBRE')) return 'fc';
  if (type?.includes('NVME') || address.startsWith('nqn.')) return 'nvme-of';
  if (type?.includes('ISCSI') || type === 'GIGE' || /^(iqn|eui|naa)\./.test(address))
    return 'iscsi';
  return lookup<'unknown'>({}, type);
}

export function maskingViewOf({ id, fields }: Detail): MaskingView {
  return compact<MaskingView>({
    native_masking_view_id: identifier(fields['maskingViewId']) ?? id,
    name: id,
    native_storage_host_id: identifier(fields['hostId']),
    native_storage_host_group_id: identifier(fields['hostGroupId']),
    native_volume_group_id: identifier(fields['storageGroupId']),
    native_port_group_id: identifier(fields['portGroupId']),
  });
}
