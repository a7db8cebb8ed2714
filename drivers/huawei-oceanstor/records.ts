/** DeviceManager objects -> records: the array, pools, LUNs, hosts, and what is copied. */
import {
  byPath,
  flag,
  fraction,
  identifier,
  isObject,
  lookup,
  MaskingViewSchema,
  number,
  positive,
  recordsOf,
  remainder,
  ReplicationSchema,
  scaled,
  StorageHostInitiatorSchema,
  StorageHostSchema,
  storageOf,
  StoragePoolSchema,
  text,
  VolumeSchema,
  type Foreign,
} from 'delfin-agent/driver';
import * as states from './states.ts';

/** Object types, as PARENTTYPE and statistics name them. */
const POOL = '216';
export const FILESYSTEM = '40';

/** Ids that meet those of other kinds have the kind in front. */
export const idWith = (prefix: string, path = 'ID') =>
  byPath(path, (value) => {
    const id = identifier(value);
    return id && `${prefix}${id}`;
  });

/** A reference that is one: arrays write 2^32-1 where there is no object. */
export const reference = (path: string) =>
  byPath(path, (value) => {
    const id = identifier(value);
    return id === '4294967295' || id === '-1' ? undefined : id;
  });

const parent = reference('PARENTID');

/** What it is in, if that is of this type; it is where there is no PARENTTYPE. */
export const parentOf = (type: string) => (one: Foreign) =>
  (text(one['PARENTTYPE']) ?? type) === type ? parent(one) : undefined;

/** A number of units of so many bytes, seconds ... */
export const times = (path: string, unit: number) => byPath(path, (value) => scaled(value, unit));

/**
 * What LUN and file system capacities are counted in. Their SECTORSIZE is another thing: the block
 * size that the object shows or stores in.
 */
export const inSectors = (path: string) => times(path, 512);

/** Capacities of the array and its pools, in sectors of `sector` bytes; not known without. */
const counted = (path: string) => (one: Foreign) => times(path, Number(one['sector']))(one);

/** Bytes per sector that the capacities of the array and its pools are counted in; undefined: it could not be read. */
export const sectorSizeOf = (system: Foreign | undefined) =>
  system && (positive(system['SECTORSIZE']) ?? 512);

/** Texts of DeviceManager are escaped for web pages. */
export function plainText(value: unknown): string | undefined {
  return text(value)
    ?.replaceAll(/&#(\d{1,6});/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

const described = (usual: string) => byPath('DESCRIPTION', (one) => identifier(one) ?? usual);

/** Whether the array states the space of its pools; then its capacities are those. */
const isPooled = ({ STORAGEPOOLCAPACITY: total, STORAGEPOOLFREECAPACITY: free }: Foreign) =>
  number(total) !== undefined && number(free) !== undefined;
const capacity = (ofPools: string, ofArray: string) => (system: Foreign) =>
  counted(isPooled(system) ? ofPools : ofArray)(system);

/** The array, its sector size, and what its controllers run: undefined if they could not be read. */
export const toStorage = storageOf({
  name: 'NAME',
  vendor: () => 'Huawei',
  description: described('Huawei OceanStor Storage'),
  model: ({ productModeString: model, PRODUCTMODE: mode }) =>
    text(model) ?? states.PRODUCT_MODE[text(mode) ?? ''],
  status: states.healthOf,
  serial_number: 'ID',
  firmware_version: ({ controllers, pointRelease, PRODUCTVERSION }) =>
    Array.isArray(controllers)
      ? [...controllers, pointRelease, PRODUCTVERSION].map(text).find(Boolean)
      : undefined,
  location: 'LOCATION',
  total_capacity: capacity('STORAGEPOOLCAPACITY', 'TOTALCAPACITY'),
  free_capacity: capacity('STORAGEPOOLFREECAPACITY', 'userFreeCapacity'),
  used_capacity: (system, { total_capacity: total, free_capacity: free }) =>
    isPooled(system) ? remainder(total, free) : counted('USEDCAPACITY')(system),
  // The disks in pools and the free ones.
  raw_capacity: capacity('TOTALCAPACITY|MEMBERDISKSCAPACITY', 'MEMBERDISKSCAPACITY'),
});

/** Pools, with the array's sector size. */
export const toPools = recordsOf(StoragePoolSchema, {
  native_storage_pool_id: 'ID',
  name: 'NAME',
  description: described('Huawei OceanStor Pool'),
  storage_type: ['NEWUSAGETYPE|USAGETYPE', states.POOL_USE],
  status: states.healthOf,
  total_capacity: counted('USERTOTALCAPACITY'),
  used_capacity: counted('USERCONSUMEDCAPACITY'),
  free_capacity: counted('USERFREECAPACITY'),
  subscribed_capacity: counted('SUBSCRIBEDCAPACITY'),
  data_reduction: byPath('SPACEREDUCTIONRATE', ratioOf),
});

/** `{"numerator":"3200","denominator":"1000","logic":"="}`, mostly as text; another logic is a bound. */
function ratioOf(rate: unknown): number | undefined {
  const { numerator, denominator, logic } = objectIn(rate);
  const [over, under] = [number(numerator), positive(denominator)];
  if (over === undefined || under === undefined || (text(logic) ?? '=') !== '=') return undefined;
  return over / under;
}

function objectIn(value: unknown): Foreign {
  try {
    const read: unknown = typeof value === 'string' ? JSON.parse(value) : value;
    return isObject(read) ? read : {};
  } catch {
    return {};
  }
}

export const poolOf = parentOf(POOL);

/** LUNs, with the id of the pool that they name. */
export const toVolumes = recordsOf(VolumeSchema, {
  native_volume_id: 'ID',
  name: 'NAME',
  description: described('Huawei OceanStor volume'),
  type: ['ALLOCTYPE', states.PROVISIONING],
  status: states.volumeState,
  native_storage_pool_id: (lun) => poolOf(lun) ?? identifier(lun['pool']),
  wwn: 'WWN',
  total_capacity: inSectors('CAPACITY'),
  used_capacity: inSectors('ALLOCCAPACITY'),
  compressed: 'ENABLECOMPRESSION',
  deduplicated: 'ENABLEDEDUP|ENABLESMARTDEDUP',
});

export const toHosts = recordsOf(StorageHostSchema, {
  native_storage_host_id: 'ID',
  name: 'NAME',
  description: 'DESCRIPTION',
  os_type: ({ OPERATIONSYSTEM: system }) => states.OPERATING_SYSTEM[text(system) ?? ''],
  status: states.healthOf,
  ip_address: 'IP',
});

export const INITIATOR_KINDS = [
  { path: '/fc_initiator', type: 'fc', description: 'FC Initiator' },
  { path: '/iscsi_initiator', type: 'iscsi', description: 'iSCSI Initiator' },
  { path: '/ib_initiator', type: 'unknown', description: 'IB Initiator' },
  { path: '/NVMe_over_RoCE_initiator', type: 'roce', description: 'NVMe over RoCE Initiator' },
] as const;
type InitiatorKind = (typeof INITIATOR_KINDS)[number];

export const toInitiators = ({ type, description }: InitiatorKind) =>
  recordsOf(StorageHostInitiatorSchema, {
    native_storage_host_initiator_id: 'ID',
    native_storage_host_id: reference('PARENTID'),
    name: 'NAME',
    description: () => description,
    alias: 'ID',
    type,
    status: ['RUNNINGSTATUS', states.INITIATOR_STATE],
    wwn: 'ID',
  });

/**
 * Mapping views, each with the ids of its groups. One of which a group is not known (null) is left out:
 * it is not mapped to nobody.
 */
export const toMaskingViews = recordsOf(MaskingViewSchema, {
  native_masking_view_id: ({ ID: id, hosts, volumes, ports }) =>
    [hosts, volumes, ports].includes(null) ? null : identifier(id),
  name: 'NAME',
  description: 'DESCRIPTION',
  native_storage_host_group_id: 'hosts',
  native_volume_group_id: 'volumes',
  native_port_group_id: 'ports',
});

/** Kinds of pairs: their collections, and how their fields are called. */
export const PAIR_KINDS = [
  {
    path: '/REPLICATIONPAIR',
    prefix: '',
    // REPLICATIONMODEL tells.
    type: null,
    // Field that tells what of this array is copied, and its codes.
    resource: 'LOCALRESTYPE',
    volume: '11',
    filesystem: '40',
    local: 'LOCALRES',
    remote: 'REMOTERES',
    progress: 'REPLICATIONPROGRESS',
  },
  {
    path: '/HyperMetroPair',
    prefix: 'hypermetro:',
    type: 'active_active',
    resource: 'HCRESOURCETYPE',
    volume: '1',
    filesystem: '2',
    local: 'LOCALOBJ',
    remote: 'REMOTEOBJ',
    progress: 'SYNCPROGRESS',
  },
] as const;
type PairKind = (typeof PAIR_KINDS)[number];

/** `now`: epoch ms. */
export const toReplications = (now: number) => (kind: PairKind) => {
  const { prefix, local, remote, progress, type } = kind;
  const copied = (resource: string) => (pair: Foreign) =>
    text(pair[kind.resource]) === resource ? reference(`${local}ID`)(pair) : undefined;
  return recordsOf(ReplicationSchema, {
    native_replication_id: idWith(prefix),
    name: `${local}NAME`,
    type: type ?? ['REPLICATIONMODEL', states.REPLICATION_MODEL],
    // Both sides of an active-active pair take writes.
    role: (pair, made) =>
      made.type === 'active_active' ? 'both' : lookup(states.SIDES, flag(pair['ISPRIMARY'])),
    status: states.replicationState,
    native_volume_id: copied(kind.volume),
    native_filesystem_id: copied(kind.filesystem),
    remote_system: 'REMOTEDEVICENAME|REMOTEDEVICESN',
    remote_resource: (pair) => identifier(pair[`${remote}NAME`]) ?? reference(`${remote}ID`)(pair),
    lag: (pair, made) => (made.type === 'async' ? ageOf(pair['ENDTIME'], now) : undefined),
    progress: (pair, { status }) => (status === 'syncing' ? fraction(pair[progress]) : undefined),
  });
};

/** Since the last synchronisation ended, s; -1 and 0: there was none yet. */
function ageOf(seconds: unknown, now: number): number | undefined {
  const ended = number(seconds);
  return ended && ended * 1000 <= now ? now - ended * 1000 : undefined;
}
