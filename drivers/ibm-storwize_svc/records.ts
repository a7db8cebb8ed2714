/** Rows of the command line as records: system, pools, volumes, hosts. */
import {
  byPath,
  flag,
  groupsWith,
  lookup,
  MaskingViewSchema,
  number,
  objects,
  pick,
  recordsOf,
  StorageHostInitiatorSchema,
  StorageHostSchema,
  storageOf,
  StoragePoolSchema,
  sum,
  text,
  toHostGroups,
  VolumeSchema,
  type Foreign,
} from 'delfin-agent/driver';
import { firstOf, partsOf, type Detail, type Row } from './table.ts';

/** Bytes of a size: plain bytes with -bytes, else "8.13TB" in powers of two. */
export function sizeOf(value: unknown): number | undefined {
  const [, digits, unit = ''] =
    /^\s*(\d+(?:\.\d+)?)\s*(?:([KMGTPE]?)B)?\s*$/i.exec(text(value) ?? '') ?? [];
  const read = number(digits);
  return read && Math.floor(read * 1024 ** ' KMGTPE'.indexOf(unit.toUpperCase()));
}

export const size = (path: string) => byPath(path, sizeOf);
/** References and the like, for which "none" and "N/A" are no value. */
export const word = (path: string) => byPath(path, text);
/** Ids of a kind that is numbered apart from others of its list: `drive_3`. */
export const numbered = (kind: string, path = 'id') =>
  byPath(path, (value) => text(value) && `${kind}_${text(value)}`);

/** "7.4.0.11 (build 103.29.1609070000)" */
export const codeLevel = ({ code_level: level }: Foreign) => text(text(level)?.split(' ')[0]);

export const toStorage = storageOf({
  name: 'name',
  vendor: () => 'IBM',
  model: 'product_name',
  serial_number: 'id',
  firmware_version: codeLevel,
  location: 'location',
  used_capacity: size('total_used_capacity'),
  free_capacity: size('total_free_space'),
  raw_capacity: size('total_mdisk_capacity'),
  total_capacity: (_, { raw_capacity: managed, free_capacity: free, used_capacity: used }) =>
    managed ?? sum([free, used]),
  subscribed_capacity: size('total_vdisk_capacity'),
  data_reduction: reductionOf,
});

/** Of data reduction pools before and after it; else of what is compressed in other pools. */
function reductionOf(row: Foreign): number | undefined {
  const of = (before: string, after: string) => quotient(sizeOf(row[before]), sizeOf(row[after]));
  return (
    of('used_capacity_before_reduction', 'used_capacity_after_reduction') ??
    of('compression_uncompressed_capacity', 'compression_compressed_capacity')
  );
}

/** Without data there is no reduction. */
const quotient = (before: number | undefined, after: number | undefined) =>
  before && after ? before / after : undefined;

/** Of pools, mdisks and drives. */
export const STATUS = {
  online: 'normal',
  degraded: 'degraded',
  degraded_paths: 'degraded',
  degraded_ports: 'degraded',
  excluded: 'abnormal',
  offline: 'offline',
} as const;

export const POOL_FIELDS = ['capacity', 'free_capacity', 'used_capacity', 'virtual_capacity'];

export const toPools = recordsOf(StoragePoolSchema, {
  native_storage_pool_id: 'id',
  name: 'name',
  storage_type: 'block',
  status: ['status', STATUS],
  total_capacity: size('capacity'),
  used_capacity: size('used_capacity'),
  free_capacity: size('free_capacity'),
  subscribed_capacity: size('virtual_capacity'),
  data_reduction: reductionOf,
  logical_used_capacity: (pool) => sizeOf(pool['used_capacity_before_reduction']) || undefined,
});

/** A degraded volume has lost a copy or a path: it serves its hosts, but is not well. */
const VOLUME_STATUS = { online: 'available', degraded: 'error', offline: 'error' } as const;

const PROVISIONING = { true: 'thin', false: 'thick' } as const;

/** With its `copies`, of which the `primary` stands for it; any copy's data reduction is the volume's. */
export const toVolumes = recordsOf(VolumeSchema, {
  native_volume_id: 'id',
  name: 'name',
  status: ['status', VOLUME_STATUS],
  native_storage_pool_id: (volume) => poolOf(volume['primary']) ?? poolOf(volume),
  wwn: 'vdisk_UID',
  total_capacity: size('capacity'),
  used_capacity: size('primary.used_capacity'),
  free_capacity: size('primary.free_capacity'),
  // What a compressed copy would take without compression.
  logical_used_capacity: (volume) =>
    flag(pick(volume, 'primary.compressed_copy'))
      ? sizeOf(pick(volume, 'primary.uncompressed_used_capacity'))
      : undefined,
  data_reduction: (_, { logical_used_capacity: logical, used_capacity: used }) =>
    quotient(logical, used),
  compressed: anyCopy('compressed_copy'),
  deduplicated: anyCopy('deduplicated_copy'),
  // Compressed copies are thin, though older releases print "se_copy no" for them.
  type: (volume, { compressed }) => lookup(PROVISIONING, compressed || anyCopy('se_copy')(volume)),
  snapshot_count: 'snapshots',
});

/** A volume with copies in several pools is in "many". */
function poolOf(one: unknown): string | undefined {
  const pool = text(pick(one, 'mdisk_grp_id'));
  return pool === 'many' ? undefined : pool;
}

function anyCopy(column: string) {
  return (volume: Foreign): boolean | undefined => {
    const flags = objects(volume['copies']).map((copy) => flag(copy[column]));
    return flags.includes(true) || flags.find((one) => one !== undefined);
  };
}

const HOST_STATUS = {
  online: 'normal',
  offline: 'offline',
  degraded: 'degraded',
  mask: 'unknown',
} as const;

/** The host type is a way of addressing, which only for some names the operating system. */
const OS_TYPE: Readonly<Record<string, string>> = {
  generic: 'Unknown',
  tpgs: 'Unknown',
  vvol: 'Unknown',
  hpux: 'HP-UX',
  openvms: 'Open VMS',
};

export const toHosts = recordsOf(StorageHostSchema, {
  native_storage_host_id: 'id',
  name: 'name',
  os_type: ({ type }) => OS_TYPE[text(type)?.toLowerCase() ?? ''],
  status: ['status', HOST_STATUS],
});

const INITIATOR_TYPES = {
  WWPN: 'fc',
  iscsi_name: 'iscsi',
  SAS_WWPN: 'sas',
  SASWWPN: 'sas',
  nqn: 'nvme-of',
} as const;
const INITIATOR_NAMES = Object.keys(INITIATOR_TYPES);

/** Active: commands of late; inactive: logged in, but silent; degraded: not on every node. */
const INITIATOR_STATUS = {
  active: 'online',
  inactive: 'online',
  degraded: 'online',
  offline: 'offline',
} as const;

/** A host's details state how many ports follow. */
export function hasItsPorts(detail: Detail): boolean {
  const stated = number(firstOf(detail)['port_count']) ?? 0;
  return partsOf(detail, INITIATOR_NAMES).length >= stated;
}

/** The initiators in a host's details. */
export function initiatorsOf(detail: Detail) {
  const { id: host } = firstOf(detail);
  return toInitiators(partsOf(detail, INITIATOR_NAMES), () => ({ host }));
}

const toInitiators = recordsOf(StorageHostInitiatorSchema, {
  wwn: INITIATOR_NAMES.join('|'),
  native_storage_host_initiator_id: (_, { wwn }) => wwn,
  native_storage_host_id: 'host',
  name: (_, { wwn }) => wwn,
  type: (one) => Object.entries(INITIATOR_TYPES).find(([name]) => name in one)?.[1],
  status: ['state', INITIATOR_STATUS],
});

export function toHostClusters(clusters: readonly Row[], hosts: readonly Row[]) {
  const members = Map.groupBy(hosts, (host) => host['host_cluster_id']);
  const filled = clusters.map((one) => ({ ...one, own: members.get(one['id']) }));
  return toHostGroups(groupsWith(filled, 'own'));
}

const mappingId = ({ id: host, vdisk_id: volume }: Foreign) =>
  host && volume ? `${text(host)}_${text(volume)}` : undefined;

/** A mapping of a volume to a host; those of a host cluster are printed for each of its hosts. */
const toMappings = recordsOf(MaskingViewSchema, {
  native_masking_view_id: mappingId,
  name: mappingId,
  native_storage_host_id: 'id',
  native_volume_id: 'vdisk_id',
});

export const toMaskingViews = (rows: readonly Row[]) =>
  toMappings([...new Map(rows.map((row) => [mappingId(row), row])).values()]);
