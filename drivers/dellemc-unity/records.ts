/** Pure: what the API says of the array, its LUNs, hosts, hardware and copies, field by field. */
import {
  byId,
  byPath,
  ComponentSchema,
  ControllerSchema,
  DiskSchema,
  flag,
  fraction,
  identifier,
  lookup,
  MaskingViewSchema,
  number,
  pick,
  positive,
  recordsOf,
  remaining,
  ReplicationSchema,
  scaled,
  StorageHostInitiatorSchema,
  StorageHostSchema,
  storageOf,
  StoragePoolSchema,
  text,
  utcTime,
  VolumeSchema,
  withId,
  type Component,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import * as tables from './tables.ts';

const HEALTH_STATES = tables.byHealth('normal', 'degraded', 'abnormal');

/** The id that an attribute like `pool: { id }` refers to. */
export const reference = (value: unknown) => identifier(pick(value, 'id'));

/** The array names what it has by where it is. */
export const placeOf = ({ name }: Foreign) => identifier(name);

/** Identifiers of the reasons of its health, for example ALRT_PORT_LINK_UP. */
export function reasonsOf(content: Foreign): readonly string[] {
  const ids = pick(content, 'health.descriptionIds');
  return Array.isArray(ids) ? ids.map(String) : [];
}

/** Fibre Channel names are written as node and port name in one: 16 bytes, the port's are the last 8. */
export function portName(value: unknown): string | undefined {
  const written = text(value);
  return /^(?:[0-9a-f]{2}:?){8}((?:[0-9a-f]{2}:?){8})$/i.exec(written ?? '')?.[1] ?? written;
}

const SIZES = {
  total_capacity: 'sizeTotal',
  used_capacity: 'sizeUsed',
  free_capacity: 'sizeFree',
  subscribed_capacity: 'sizeSubscribed',
  data_reduction: 'dataReductionRatio',
} as const;

/** The array with its capacity, its release and the size of its disks. */
export const toStorage = storageOf({
  name: 'name',
  vendor: () => 'DELL EMC',
  model: 'model',
  status: ['health.value', HEALTH_STATES],
  serial_number: 'serialNumber',
  firmware_version: 'release',
  raw_capacity: 'raw',
  ...SIZES,
});

/** The id of the installed version is its number; `version` is a later, longer form of it. */
export function releaseOf(installed: Foreign | undefined): string | undefined {
  const id = text(installed?.['id']);
  return id !== undefined && /^\d+\.\d/.test(id) ? id : text(installed?.['version']);
}

export const toPools = recordsOf(StoragePoolSchema, {
  native_storage_pool_id: 'id',
  name: 'name',
  description: 'description',
  storage_type: 'unified',
  status: ['health.value', HEALTH_STATES],
  ...SIZES,
  snapshot_capacity: 'snapSizeUsed',
});

const PROVISIONING: Readonly<Record<string, 'thin' | 'thick'>> = { true: 'thin', false: 'thick' };

/** Of LUNs and file systems. Data reduction replaced compression in 4.3. */
export const SPACE = {
  type: byPath('isThinEnabled', (thin) => PROVISIONING[String(flag(thin))]),
  total_capacity: 'sizeTotal',
  free_capacity: remaining,
  compressed: 'isDataReductionEnabled|isCompressionEnabled',
  deduplicated: 'isAdvancedDedupEnabled',
  data_reduction: 'dataReductionRatio',
  snapshot_capacity: 'snapsSizeAllocated',
  snapshot_count: 'snapCount',
} as const;

export const toVolumes = recordsOf(VolumeSchema, {
  native_volume_id: 'id',
  name: 'name',
  description: 'description',
  status: ['health.value', tables.byHealth('available', 'error', 'error')],
  native_storage_pool_id: 'pool.id',
  wwn: 'wwn',
  used_capacity: 'sizeAllocated',
  ...SPACE,
});

/** StorageResourceTypeEnum. */
export const isConsistencyGroup = ({ type }: Foreign) => number(type) === 2;

export const toControllers = recordsOf(ControllerSchema, {
  native_controller_id: 'id',
  name: 'name',
  status: ['health.value', tables.byHealth('normal', 'degraded', 'fault')],
  location: 'slotNumber',
  memory_size: ({ memorySize }) => scaled(memorySize, 2 ** 20),
});

/** Empty slots are listed as disks, too. */
export const isDisk = (content: Foreign) => !reasonsOf(content).includes('ALRT_DISK_SLOT_EMPTY');

const DISK = {
  native_disk_id: 'id',
  name: 'name',
  status: ['health.value', HEALTH_STATES],
  manufacturer: 'manufacturer',
  model: 'model',
} as const;

export const toDisks = recordsOf(DiskSchema, {
  ...DISK,
  physical_type: ['diskTechnology', tables.DISK_TECHNOLOGIES],
  location: placeOf,
  native_disk_group_id: 'diskGroup.id',
  serial_number: 'emcSerialNumber',
  firmware: 'version',
  // Flash disks turn at 0 rpm.
  speed: byPath('rpm', positive),
  capacity: 'size',
});

/** The disks of UnityVSA. */
export const toVirtualDisks = recordsOf(DiskSchema, {
  ...DISK,
  physical_type: 'vmdisk',
  capacity: 'sizeTotal',
});

/** With their addresses. */
export const toHosts = recordsOf(StorageHostSchema, {
  native_storage_host_id: 'id',
  name: 'name',
  description: 'description',
  os_type({ osType }) {
    const written = text(osType);
    const known = tables.SYSTEMS.find(([pattern]) => pattern.test(written ?? ''));
    return written && (known?.[1] ?? 'Unknown');
  },
  status: ['health.value', HEALTH_STATES],
  ip_address: 'on.address',
});

/** HostPortTypeEnum: a name instead of an address. */
const isNetworkName = ({ type }: Foreign) => number(type) === 2;

/** `ports` with an address by host: the first, a name only where there is nothing else. */
export function toHostAddresses(ports: readonly Foreign[] | undefined) {
  const inOrder = (ports ?? [])
    .filter(({ address }) => text(address) !== undefined)
    .toReversed()
    .toSorted((a, b) => Number(isNetworkName(b)) - Number(isNetworkName(a)));
  const hostOf = ({ host }: Foreign) => reference(host);
  return new Map(withId(inOrder, (port, host) => [host, port], hostOf));
}

export const toInitiators = recordsOf(StorageHostInitiatorSchema, {
  native_storage_host_initiator_id: 'id',
  native_storage_host_id: 'parentHost.id',
  name: byPath('initiatorId', text),
  type: ['type', tables.INITIATOR_TYPES],
  status: (content) =>
    reasonsOf(content).some((reason) => reason.includes('NO_LOGGED_IN'))
      ? 'offline'
      : lookup(tables.INITIATOR_STATES, pick(content, 'health.value')),
  wwn: byPath('portWWN|initiatorId', portName),
});

/** With a snapshot (HostLUNTypeEnum: 2) the host sees that, not the LUN it is of. */
export const toMaskingViews = recordsOf(MaskingViewSchema, {
  native_masking_view_id: 'id',
  name: 'id',
  native_storage_host_id: 'host.id',
  native_volume_id: ({ snap, type, lun }) =>
    reference(snap) !== undefined || number(type) === 2 ? undefined : reference(lun),
});

const COMPONENT_STATES = tables.byHealth('ok', 'degraded', 'failed');
/** Reasons of the health that say that there is no such part, for example ALRT_BBU_MISSING. */
const GONE = /_(MISSING|REMOVED|EMPTY|NOT_PRESENT)$/;

/** Enclosures, fans, power supplies, batteries or modules. */
export const toComponents = (type: Component['type']) =>
  recordsOf(ComponentSchema, {
    native_component_id: 'id',
    name: 'name',
    type,
    status(content) {
      const isGone = reasonsOf(content).some((reason) => GONE.test(reason));
      if (isGone || flag(content['isInserted']) === false) return 'missing';
      const state = lookup(COMPONENT_STATES, pick(content, 'health.value'));
      const isDue = flag(content['needsReplacement']) === true;
      return isDue && (state ?? 'ok') === 'ok' ? 'predicted_failure' : state;
    },
    // The array itself is the parent of enclosures, and no part.
    native_parent_id: ({ parent }) => (type === 'enclosure' ? undefined : reference(parent)),
    location: placeOf,
    vendor: 'manufacturer',
    model: 'model',
    serial_number: 'emcSerialNumber|vendorSerialNumber',
    part_number: 'emcPartNumber|vendorPartNumber',
    firmware: 'firmwareVersion',
    // Those of an enclosure that measures nothing are 0.
    temperature: byPath('currentTemperature', positive),
    power: byPath('currentPower', positive),
  });

const kindOf = ({ replicationResourceType: type }: Foreign) => tables.REPLICATED[text(type) ?? ''];

export const isOfFile = (session: Foreign) => kindOf(session) === 'filesystem';

/** What is copied, if it is of this kind: the end of the session that is on this array. */
const copied =
  (kind: 'filesystem' | 'volume' | 'volumeGroup') =>
  (session: Foreign, { role }: Partial<Replication>) => {
    const own = role === 'target' ? session['dstResourceId'] : session['srcResourceId'];
    return kindOf(session) === kind ? text(own) : undefined;
  };

/** Sessions with their remote systems; a file system goes by the id of its storage resource here. */
export function toReplications(filesystems: readonly Foreign[] | undefined, now: number) {
  const owned = (one: Foreign, id: string) => ({ id, of: reference(one['storageResource']) });
  const filesystem = byId(withId(filesystems ?? [], owned), 'of');
  const copiedFile = copied('filesystem');
  return recordsOf(ReplicationSchema, {
    native_replication_id: 'id',
    name: 'name',
    type: replicationType,
    role: ['localRole', tables.REPLICATION_ROLES],
    status: replicationState,
    native_volume_id: copied('volume'),
    native_volume_group_id: copied('volumeGroup'),
    native_filesystem_id: (session, made) =>
      identifier(filesystem(copiedFile(session, made))?.['id']),
    remote_system: 'remote.name|remote.id',
    remote_resource: ({ srcResourceId: source, dstResourceId: target }, { role }) =>
      text(role === 'target' ? source : target),
    lag({ lastSyncTime }, { type }) {
      const time = utcTime(lastSyncTime);
      return type === 'async' && time !== undefined && time <= now ? now - time : undefined;
    },
    progress: ({ syncProgress }, { status }) =>
      status === 'syncing' ? fraction(syncProgress) : undefined,
  });
}

/** Each way of replicating has states of its own; a time to be out of sync has the asynchronous one only. */
function replicationType({ syncState, maxTimeOutOfSync }: Foreign): Replication['type'] {
  const state = number(syncState);
  if (state !== undefined && state <= 2) return 'async';
  if (state !== undefined && state > 100) return 'sync';
  return number(maxTimeOutOfSync) ? 'async' : 'unknown';
}

const REPLICATION_HEALTH = tables.byHealth('normal', 'degraded', 'failed');

function replicationState(session: Foreign): Replication['status'] {
  const state = lookup(tables.REPLICATION_STATES, session['status']);
  if (state !== 'normal') return state;
  const health = REPLICATION_HEALTH[text(pick(session, 'health.value')) ?? ''];
  if (health === 'degraded' || health === 'failed') return health;
  return tables.SYNC_STATES[text(session['syncState']) ?? ''] ?? state;
}
