/**
 * Unisphere's objects as records. An object has the id that it is listed by in `id`; TB, GB and MB are
 * powers of two.
 */
import {
  byPath,
  ComponentSchema,
  ControllerSchema,
  DiskSchema,
  flag,
  identifier,
  isObject,
  lookup,
  MaskingViewSchema,
  number,
  pick,
  positive,
  recordsOf,
  ReplicationSchema,
  StorageHostInitiatorSchema,
  storageOf,
  StoragePoolSchema,
  sum,
  text,
  VolumeSchema,
  type FieldSources,
  type Foreign,
  type Replication,
  type StoragePool,
} from 'delfin-agent/driver';
import { idsIn } from './ids.ts';
import * as states from './states-table.ts';

const GIB = 2 ** 30;
const TIB = 2 ** 40;

/** Bytes, cut to whole ones. */
export type Space = Readonly<Record<'total' | 'used' | 'free' | 'subscribed', number | undefined>>;

/** `space`: a `Space`. */
const SIZE = {
  total_capacity: 'space.total',
  used_capacity: 'space.used',
  free_capacity: 'space.free',
} as const;
const SPACE = { ...SIZE, subscribed_capacity: 'space.subscribed' } as const;

const inBytes = (unit: number) => (value: unknown) => {
  const read = number(value);
  return read === undefined ? undefined : Math.trunc(read * unit);
};

/** Capitals differ by version. */
export function codeIn<T extends string>(words: Readonly<Record<string, T>>) {
  return (value: unknown): T | undefined => lookup(words, text(value)?.toUpperCase());
}

/** Since 9.0: reduction of what can be reduced, what hosts have written, what snapshots hold of the old. */
const efficiency = (of: 'system' | 'srp') =>
  ({
    // 0: nothing is reduced, or not yet counted.
    data_reduction: byPath(`${of}_efficiency.data_reduction_ratio_to_one`, positive),
    logical_used_capacity: byPath(`${of}_capacity.subscribed_allocated_tb`, inBytes(TIB)),
    snapshot_capacity: byPath(`${of}_capacity.snapshot_modified_tb`, inBytes(TIB)),
  }) satisfies FieldSources<StoragePool>;

/** The provisioning resources of the array, with `about`: what it says of itself. */
export const toStorage = (arrayId: string) =>
  storageOf({
    vendor: () => 'Dell EMC',
    model: 'about.model|model',
    // Without its own object the array is not renamed.
    name: (one, { model }) =>
      isObject(one['about']) ? (text(one['about']['display_name']) ?? model ?? arrayId) : undefined,
    // Newer microcode only: others have no word for the whole.
    status: byPath('about.reliability_state', codeIn(states.RELIABILITY)),
    serial_number: () => arrayId,
    firmware_version: 'about.ucode|about.microcode|ucode|microcode',
    raw_capacity: byPath(
      'physicalCapacity.total_capacity_gb|disk_group_total_capacity_gb',
      inBytes(GIB),
    ),
    ...SPACE,
    ...efficiency('system'),
  });

const toPoolRecords = recordsOf(StoragePoolSchema, {
  native_storage_pool_id: 'srpId|id',
  name: 'id',
  description: ({ description }) => text(description) ?? 'Dell EMC VMAX Pool',
  storage_type: 'block',
  status: byPath('reliability_state', codeIn(states.RELIABILITY)),
  ...SPACE,
  ...efficiency('srp'),
});
export const toPools = (pools: readonly Foreign[]) =>
  toPoolRecords(pools, (one) => ({ space: spaceOf(one) }));

/** Where capacity is stated: what is there, what is used of it, what of it is promised. */
type SpacePaths = Readonly<Record<'total' | 'used' | 'subscribed', string>>;

/** GB, at the top of array and pool (84). */
const SPACE_84: SpacePaths = {
  total: 'total_usable_cap_gb',
  used: 'total_allocated_cap_gb|total_used_cap_gb',
  subscribed: 'total_subscribed_cap_gb',
};
/** TB, in system_capacity or srp_capacity (since 90). */
const SPACE_90: SpacePaths = {
  total: 'usable_total_tb',
  used: 'usable_used_tb',
  subscribed: 'subscribed_total_tb',
};
/** TB, effective capacity of one emulation of a PowerMax 2500/8500 (since 100). */
const SPACE_100: SpacePaths = {
  total: 'effective.total_tb|provisioned.effective_capacity_tb',
  used: 'effective.used_tb|provisioned.used_tb',
  subscribed: 'provisioned.provisioned_tb',
};

/** Capacity of an array or a pool. @returns all undefined where it is stated in no form. */
export function spaceOf(fields: Foreign): Space {
  const since90 = fields['system_capacity'] ?? fields['srp_capacity'];
  if (isObject(since90)) return spaceAt(SPACE_90, TIB, since90);
  const emulations = [fields['fba_srp_capacity'], fields['ckd_srp_capacity']].filter(isObject);
  if (emulations.length === 0) return spaceAt(SPACE_84, GIB, fields);
  return together(emulations.map((one) => spaceAt(SPACE_100, TIB, one)));
}

function spaceAt({ total, used, subscribed }: SpacePaths, unit: number, one: Foreign): Space {
  const numberAt = (path: string) => byPath(path, number)(one);
  return spaceIn(unit, numberAt(total), numberAt(used), numberAt(subscribed));
}

function spaceIn(unit: number, total?: number, used?: number, subscribed?: number): Space {
  const left = total === undefined || used === undefined ? undefined : total - used;
  const [all, taken, free, promised] = [total, used, left, subscribed].map(inBytes(unit));
  return { total: all, used: taken, free, subscribed: promised };
}

/** Capacities together; what not all of them state is unknown. */
export function together(all: readonly Space[]): Space {
  const add = (field: keyof Space) => sum(all.map((one) => one[field]));
  const [total, used, free] = [add('total'), add('used'), add('free')];
  return { total, used, free, subscribed: add('subscribed') };
}

/** What is stated, and for the rest what another source says, as far as it fits. */
export function combined(own: Space, other: Space): Space {
  const known = (field: keyof Space) => own[field] ?? other[field];
  return spaceIn(1, known('total'), known('used'), known('subscribed'));
}

const toVolumeRecords = recordsOf(VolumeSchema, {
  native_volume_id: 'volumeId|id',
  name: (one) => {
    const label = identifier(one['volume_identifier']) ?? identifier(one['identifier']);
    return label === undefined ? identifier(one['id']) : `${String(one['id'])}:${label}`;
  },
  description: ({ type }) =>
    text(type) === 'TDEV' ? "Dell EMC VMAX 'thin device' volume" : 'Dell EMC VMAX volume',
  // Every device that hosts see on these arrays is thin, whatever its protection.
  type: 'thin',
  status: ['status', states.VOLUME_STATES],
  native_storage_pool_id: 'srp.id|placed.pool',
  wwn: (one) =>
    (flag(one['has_effective_wwn']) === true ? text(one['effective_wwn']) : undefined) ??
    text(one['wwn']),
  ...SIZE,
  compressed: 'data_reduction_enabled|placed.compressed',
  data_reduction: byPath('data_reduction_ratio_to_one', positive),
  snapshot_count: 'num_of_snapshots',
});

/** Volumes one by one or of a bulk list. `placed`: pool and compression by their storage groups. */
export const toVolumes = (volumes: readonly Foreign[], placed?: (one: Foreign) => Foreign) =>
  toVolumeRecords(volumes, (one) => ({ space: spaceOfVolume(one), placed: placed?.(one) }));

/** Capacity that hosts have written to is stated in percent, in bulk lists in GB. */
function spaceOfVolume(one: Foreign): Space {
  const megabytes = number(one['cap_mb']);
  const total = megabytes === undefined ? number(one['cap_gb']) : megabytes / 1_024;
  const percent = number(one['allocated_percent']);
  const share = total === undefined || percent === undefined ? undefined : (total * percent) / 100;
  return spaceIn(GIB, total, number(one['effective_used_capacity_gb']) ?? share);
}

/** The pool that a volume itself states. */
export const poolOf = byPath('srp.id', identifier);

/** Data devices carry the pools; hosts never see them. */
export const isDataDevice = ({ type }: Foreign) => text(type)?.startsWith('TDAT') === true;

/** The storage groups that a volume is a member of. */
export const groupsOf = (volume: Foreign) =>
  idsIn(volume['storageGroupId'] ?? volume['storage_groups'], 'id');

export const toControllers = recordsOf(ControllerSchema, {
  native_controller_id: 'directorId|id',
  name: 'directorId|id',
  status: byPath('availability', codeIn(states.AVAILABILITY)),
  location: byPath('director_slot_number', prefixed('slot_', text)),
  cpu_info: byPath('num_of_cores', prefixed('Cores-', number)),
});

function prefixed(prefix: string, read: (value: unknown) => string | number | undefined) {
  return (value: unknown): string | undefined => {
    const known = read(value);
    return known === undefined ? undefined : `${prefix}${known}`;
  };
}

/** `failed`: whether the server lists it among the failed; undefined where it does not say. */
export const toDisks = recordsOf(DiskSchema, {
  native_disk_id: 'id',
  name: 'id',
  status: ['failed', { true: 'abnormal', false: 'normal' }],
  manufacturer: 'vendor',
  capacity: byPath('capacity', inBytes(GIB)),
});

/** Ids are director, port and address. */
const addressOf = byPath('initiatorId|id', (id) =>
  identifier(id)?.replace(/^[A-Z]{2}-\w+:\w+:/, ''),
);

export const toInitiators = recordsOf(StorageHostInitiatorSchema, {
  native_storage_host_initiator_id: 'id',
  native_storage_host_id: 'host',
  name: 'id',
  alias: 'alias',
  type: (one) => {
    const [type = '', address = ''] = [text(one['type'])?.toUpperCase(), addressOf(one)];
    if (type.includes('FIBRE')) return 'fc';
    if (type.includes('NVME') || address.startsWith('nqn.')) return 'nvme-of';
    const isIscsi = type.includes('ISCSI') || type === 'GIGE';
    return isIscsi || /^(iqn|eui|naa)\./.test(address) ? 'iscsi' : lookup<'unknown'>({}, type);
  },
  status: (one) => {
    const online = flag(one['on_fabric']) ?? flag(one['logged_in']);
    return lookup({ true: 'online', false: 'offline' } as const, online);
  },
  wwn: addressOf,
});

export const toMaskingViews = recordsOf(MaskingViewSchema, {
  native_masking_view_id: 'maskingViewId|id',
  name: 'id',
  native_storage_host_id: 'hostId',
  native_storage_host_group_id: 'hostGroupId',
  native_volume_group_id: 'storageGroupId',
  native_port_group_id: 'portGroupId',
});

/** What a result of a health check is about. */
const testOf = byPath('item_name', (name) => text(name)?.replace(/ Test$/, ''));

/** Results of a health check; where it is not `isFresh`, it says nothing about today. */
export const toComponents = recordsOf(ComponentSchema, {
  native_component_id: testOf,
  name: testOf,
  // Other tests are about no hardware.
  type: (one) => states.TESTS[testOf(one) ?? ''] ?? null,
  status: ({ isFresh, result }) => {
    const passed = isFresh === true ? flag(result) : undefined;
    return lookup({ true: 'ok', false: 'failed' } as const, passed) ?? 'unknown';
  },
});

/** SRDF of a storage group (`group`) by one group of links, in the words of the bulk interface. */
export const toReplications = recordsOf(ReplicationSchema, {
  native_replication_id: (one) => {
    const [group, link] = [identifier(one['group']), linkOf(pick(one, 'local_rdf_group.id'))];
    return group === undefined || link === undefined ? undefined : `${group}:${link}`;
  },
  name: 'group',
  type: modeOf,
  role: sideOf,
  status: pairStateOf,
  native_volume_group_id: 'group',
  remote_system: 'remote_rdf_group.system.id',
  remote_resource: byPath('remote_rdf_group.id', prefixed('RDF group ', linkOf)),
});

/** Numbers of groups of links come padded or not. */
function linkOf(value: unknown): string | undefined {
  const id = identifier(value);
  return id && String(number(id) ?? id);
}

/** The texts in a list, or the one that stands in its place. */
export const textsIn = (value: unknown) => [value].flat().flatMap((one) => text(one) ?? []);

function modeOf({ modes, async, metro }: Foreign): Replication['type'] {
  if (flag(metro) === true) return 'active_active';
  if (flag(async) === true) return 'async';
  const types = new Set(textsIn(modes).map(codeIn(states.MODES)));
  // Volumes of several modes are of no one type.
  return types.size > 1 ? 'unknown' : [...types][0];
}

function sideOf({ types }: Foreign): Replication['role'] {
  const sides = new Set(textsIn(types).map((type) => states.SIDES[type] ?? 'unknown'));
  if (sides.has('unknown')) return 'unknown';
  return sides.size > 1 ? 'both' : [...sides][0];
}

/** The worst of what its volumes are in; unknown as soon as one of them is. */
function pairStateOf(one: Foreign): Replication['status'] {
  const written = textsIn(one['states']);
  const known = written.map((state) => states.PAIRS[state.replaceAll(/[ _-]/g, '').toLowerCase()]);
  const odd = known.indexOf(undefined);
  if (odd >= 0) return lookup<'unknown'>({}, written[odd]);
  return states.WORSE.findLast((state) => known.includes(state));
}
