/** The array's own parts: API objects to records. Pure. */
import {
  bitsPerSecond,
  byPath,
  ComponentSchema,
  ControllerSchema,
  DiskSchema,
  flag,
  fraction,
  fractionLeft,
  identifier,
  inUse,
  ipAddress,
  lookup,
  number,
  objects,
  pick,
  PortSchema,
  positive,
  recordsOf,
  ReplicationSchema,
  scaled,
  storageOf,
  StoragePoolSchema,
  sum,
  text,
  VolumeSchema,
  type Component,
  type Foreign,
  type Port,
  type Volume,
} from 'delfin-agent/driver';

const BLOCK = 512;
const KIB = 1024;
const MIB = 1024 ** 2;
/** Drives are sold and named in decimal gigabytes (DKR5D-J600SS is 600 GB). */
const GB = 1e9;

const size = (field: string, unit: number) => (one: Foreign) => scaled(pick(one, field), unit);

/** By compression, deduplication and reclaimed patterns, as text like "1.35"; not before it was calculated. */
function reductionOf({ efficiency }: Foreign): number | undefined {
  if (flag(pick(efficiency, 'isCalculated')) === false) return undefined;
  return positive(pick(efficiency, 'compressionRatio'));
}

const poolTotal = size('totalPoolCapacity', MIB);
const poolFree = size('availableVolumeCapacity', MIB);
const poolSnapshots = size('snapshotUsedCapacity', MIB);
const driveSize = size('totalCapacity', GB);

/** All of them together; unknown if one does not tell, or they could not be read. */
const totalOf = (list: string, of: (one: Foreign) => number | undefined) => (array: Foreign) =>
  sum(objects(array[list]).map(of));

/** `total-capacities/instance`, in KiB. */
export const countedCapacity = (counted: Foreign) => ({
  total: size('total.totalCapacity', KIB)(counted),
  free: size('total.freeSpace', KIB)(counted),
});

export const poolsCapacity = (pools: readonly Foreign[]) => ({
  total: sum(pools.map(poolTotal)),
  free: sum(pools.map(poolFree)),
});

/**
 * The array as the server lists it (`system`) and as it describes itself (`detail`), with its
 * `capacity`, `pools`, `drives` and `efficiency` where they could be read.
 */
export const toStorage = storageOf({
  model: 'system.model|detail.model',
  // The API knows no name of the array.
  name: ({ host }, { model }) => [model, host].filter(Boolean).join('_'),
  vendor: () => 'Hitachi',
  description: () => 'Hitachi VSP Storage',
  serial_number: 'system.serialNumber|detail.serialNumber',
  firmware_version: 'detail.dkcMicroVersion',
  total_capacity: 'capacity.total',
  free_capacity: 'capacity.free',
  used_capacity: inUse,
  raw_capacity: totalOf('drives', driveSize),
  data_reduction: reductionOf,
  snapshot_capacity: totalOf('pools', poolSnapshots),
  snapshot_count: totalOf('pools', ({ snapshotCount }) => number(snapshotCount)),
});

/** POLF: over its threshold; POLS: over it and suspended; POLE: failed, its data not available. */
const POOL_STATES = { POLN: 'normal', POLF: 'normal', POLS: 'abnormal', POLE: 'offline' } as const;

export const toPools = recordsOf(StoragePoolSchema, {
  native_storage_pool_id: 'poolId',
  name: 'poolName',
  description: () => 'Hitachi VSP Pool',
  storage_type: 'block',
  status: ['poolStatus', POOL_STATES],
  total_capacity: poolTotal,
  free_capacity: poolFree,
  used_capacity: inUse,
  subscribed_capacity: size('totalLocatedCapacity', MIB),
  data_reduction: reductionOf,
  snapshot_capacity: poolSnapshots,
  snapshot_count: 'snapshotCount',
});

/** BSY: its state is just changing. */
const VOLUME_STATES = {
  NML: 'available',
  BLK: 'error',
  BSY: 'unknown',
  Unknown: 'unknown',
} as const;
const THIN = new Set(['HDP', 'HDT', 'VVOL']);

/** LDEVs that do not exist are listed too by servers that ignore `ldevOption`. */
export function isDefined(ldev: Foreign): boolean {
  return ldev['emulationType'] !== 'NOT DEFINED';
}

export const toVolumes = recordsOf(VolumeSchema, {
  native_volume_id: ({ ldevId }) => ldevName(ldevId),
  name: ({ label }, { native_volume_id: id }) => identifier(label) ?? id,
  description: () => 'Hitachi VSP volume',
  type: provisioning,
  status: ['status', VOLUME_STATES],
  native_storage_pool_id: 'poolId',
  wwn: 'naaId',
  total_capacity: size('blockCapacity', BLOCK),
  // Basic volumes are allocated whole; pages of the others are counted.
  used_capacity: ({ numOfUsedBlock }, { type, total_capacity: total }) =>
    type === 'thick' ? total : scaled(numOfUsedBlock, BLOCK),
  // Pages are allocated whole, so that a full volume may use a little more than its size.
  free_capacity: (_, { total_capacity: total, used_capacity: used }) =>
    total === undefined || used === undefined ? undefined : Math.max(0, total - used),
  compressed: reducedBy('compression', 'compression_deduplication'),
  deduplicated: reducedBy('compression_deduplication'),
});

/** CU:LDEV with the logical DKC in front: 00:01:FF, in lower case as other clients write it. */
export function ldevName(ldevId: unknown): string | undefined {
  const hex = number(ldevId)?.toString(16).padStart(6, '0');
  return hex?.match(/../g)?.join(':');
}

/** HTI marks both sides of a snapshot: the copy is virtual, the original may be a basic volume. */
function provisioning(ldev: Foreign): Volume['type'] {
  const { attributes } = ldev;
  if (!Array.isArray(attributes)) return ldev['poolId'] === undefined ? undefined : 'thin';
  if (attributes.some((attribute) => THIN.has(String(attribute)))) return 'thin';
  const basic = number(ldev['numOfParityGroups']) !== undefined || ldev['raidLevel'] !== undefined;
  return attributes.includes('HTI') && !basic ? 'thin' : 'thick';
}

/** Only volumes of pools can be reduced; a basic volume without the mode is known not to be. */
function reducedBy(...modes: readonly string[]) {
  return ({ dataReductionMode }: Foreign, { type }: Partial<Volume>) => {
    const mode = text(dataReductionMode);
    if (mode === undefined) return type === 'thick' ? false : undefined;
    return modes.includes(mode);
  };
}

const CONTROLLER_STATES = {
  Normal: 'normal', Warning: 'degraded', Failed: 'fault', Blocked: 'fault', Blockade: 'fault',
} as const; // prettier-ignore

/** `system`: the array's own object, with addresses and versions of both controllers. */
export function toControllers(system: Foreign = {}) {
  const ofSide = (field: string) => (controller: Foreign) => {
    const side = /^CTL0?([12])$/i.exec(text(controller['location']) ?? '')?.[1];
    return side && text(system[`ctl${side}${field}`]);
  };
  return recordsOf(ControllerSchema, {
    native_controller_id: 'location',
    name: 'location',
    status: ['status', CONTROLLER_STATES],
    location: 'location',
    soft_version: ofSide('MicroVersion'),
    mgmt_ip: ofSide('Ip'),
  });
}

/** RSV: a spare drive that cannot be used. */
const DISK_STATES = {
  NML: 'normal', CPY: 'normal', CPI: 'normal', RSV: 'abnormal', FAI: 'abnormal', BLK: 'abnormal',
  WAR: 'abnormal', UNK: 'unknown', Unknown: 'unknown',
} as const; // prettier-ignore
const DISK_USES = { DATA: 'member', SPARE: 'spare', FREE: 'free' } as const;
/** SSD comes with its kind: SSD(FMC), SSD(MLC), SSD(RI). SCM is storage class memory. */
const DISK_TYPES = { SAS: 'sas', SATA: 'sata', SSD: 'ssd', FC: 'fc', SCM: 'ssd' } as const;

export const toDisks = recordsOf(DiskSchema, {
  native_disk_id: 'driveLocationId',
  name: 'driveLocationId',
  physical_type({ driveTypeName }) {
    const named = text(driveTypeName)?.toUpperCase();
    return lookup(DISK_TYPES, named?.includes('SSD') ? 'SSD' : named);
  },
  logical_type: ['usageType', DISK_USES],
  status: ['status', DISK_STATES],
  location: 'driveLocationId',
  native_disk_group_id: ({ parityGroupId }) => text(parityGroupId),
  serial_number: 'serialNumber',
  model: 'driveType',
  speed: ({ driveSpeed }, { physical_type: type }) =>
    type === 'ssd' ? undefined : positive(driveSpeed),
  capacity: driveSize,
  endurance_remaining: ({ usedEnduranceIndicator }) => fractionLeft(usedEnduranceIndicator),
});

const PORT_TYPES = {
  FIBRE: 'fc', ISCSI: 'iscsi', FICON: 'ficon', FCoE: 'fcoe', FCOE: 'fcoe', SCSI: 'other',
  ENAS: 'other', ESCON: 'other', HNASS: 'other', HNASU: 'other',
} as const; // prettier-ignore
const WITHOUT_WWN = new Set(['iscsi', 'other']);

/** Ports with the addresses of their own object (iSCSI); `hasLogins`: hosts are logged in. */
export const toPorts = recordsOf(PortSchema, {
  native_port_id: 'portId',
  name: 'portId',
  location: 'portId',
  type: ['portType', PORT_TYPES],
  logical_type: role,
  // Hosts that are logged in prove the link; without them nothing is known about it.
  connection_status: ({ hasLogins }) => (hasLogins === true ? 'connected' : undefined),
  // Of one that is negotiated (AUT) the API does not say with what result.
  max_speed: ({ portSpeed }) => bitsPerSecond(portSpeed),
  wwn: ({ wwn }, { type }) =>
    WITHOUT_WWN.has(String(type)) ? undefined : text(wwn)?.toUpperCase(),
  mac_address: 'macAddress',
  ipv4: ({ ipv4Address }) => ipAddress(ipv4Address),
  ipv4_mask: ({ ipv4Subnetmask }, { ipv4 }) => ipv4 && text(ipv4Subnetmask),
  ipv6: ({ ipv6LinkLocalAddress: local, ipv6GlobalAddress: global }) =>
    addressInUse(local) ?? addressInUse(global),
});

/** TAR: hosts connect to it; ELUN alone: it reaches external arrays. */
function role({ portAttributes }: Foreign): Port['logical_type'] {
  if (!Array.isArray(portAttributes)) return undefined;
  if (portAttributes.includes('TAR')) return 'frontend';
  return portAttributes.length === 1 && portAttributes[0] === 'ELUN' ? 'backend' : undefined;
}

/** VAL: in use; INV: not. */
function addressInUse(value: unknown): string | undefined {
  return pick(value, 'status') === 'VAL' ? ipAddress(pick(value, 'address')) : undefined;
}

/** The API's lists by what they hold. Controllers and drives have lists of their own. */
const KINDS: Readonly<Record<string, Component['type']>> = {
  dkcs: 'enclosure', driveBoxes: 'enclosure', hsnbxs: 'enclosure',
  fans: 'fan', iswFans: 'fan', chbbfans: 'fan',
  dkcpss: 'power_supply', dbps: 'power_supply', iswpss: 'power_supply', chbbps: 'power_supply',
  batteries: 'battery',
  cacheMemories: 'memory', cacheFlashMemories: 'memory',
  chbs: 'module', dkbs: 'module', lanbs: 'module', bkmfs: 'module', pecbs: 'module',
  encs: 'module', isws: 'module', swpks: 'module', pcps: 'module',
  sfps: 'sfp', xPaths: 'other',
}; // prettier-ignore
const CONTROLLERS = 'ctls';

const STATES: Readonly<Record<string, Component['status']>> = {
  normal: 'ok', warning: 'degraded', failed: 'failed', blocked: 'failed', blockade: 'failed',
  notinstalled: 'missing',
}; // prettier-ignore

/** `Warning(port)` is a warning. */
const stateOf = (field: string) => (one: Foreign) => {
  const word = text(pick(one, field));
  const [plain = ''] = (word ?? '').replaceAll(/[ _-]/g, '').toLowerCase().split('(', 1);
  return Object.hasOwn(STATES, plain) ? STATES[plain] : lookup<'unknown'>({}, word);
};

export function toComponents(answer: Foreign): Component[] {
  const power = number(pick(answer, 'system.powerConsumption'));
  const whole = { native_component_id: 'system', name: 'Storage system', type: 'other' } as const;
  const parts = partsIn(answer);
  return [
    ...(power === undefined ? [] : [{ ...whole, power }]),
    ...toParts(parts.filter(({ list }) => list !== CONTROLLERS)),
    // What measures heat has a state of its own for it.
    ...toThermometers(parts).filter((one) => 'temperature' in one || 'status' in one),
  ];
}

/** Parts nest to any depth that JSON may have. An id is unique within its owner's, and depends on no other part. */
function partsIn(owner: Foreign, parent?: string): Foreign[] {
  return Object.entries(owner).flatMap(([list, entries]) => {
    if (!Object.hasOwn(KINDS, list) && list !== CONTROLLERS) return [];
    return objects(entries).flatMap((part) => {
      const location = identifier(part['location']) ?? identifier(part['portId']);
      if (location === undefined) return [];
      const id = parent === undefined ? location : `${parent}/${location}`;
      return [{ list, part, location, id, parent }, ...partsIn(part, id)];
    });
  });
}

const toParts = recordsOf(ComponentSchema, {
  native_component_id: 'id',
  name: 'location',
  type: ({ list }) => KINDS[String(list)],
  status: stateOf('part.status'),
  native_parent_id: 'parent',
  location: 'location',
  model: 'part.type',
  serial_number: 'part.serialNumber',
});

const toThermometers = recordsOf(ComponentSchema, {
  native_component_id: ({ id }) => `${String(id)}/temperature`,
  name: ({ location }) => `${String(location)} temperature`,
  type: 'temperature',
  status: stateOf('part.temperatureStatus'),
  native_parent_id: 'id',
  location: 'location',
  temperature: 'part.temperature',
});

/** TrueCopy, Universal Replicator, global-active device. */
const REMOTE = { TC: 'sync', UR: 'async', GAD: 'active_active' } as const;
export const REMOTE_KINDS = Object.keys(REMOTE);

/** The kept list names both sides; which of them this array is, its serial number tells. */
export function asSeenFrom(pair: Foreign, serial: string | undefined): Foreign {
  const isTarget = text(pair['svolStorageSerial']) === serial;
  const [own, other] = isTarget ? ['svol', 'pvol'] : ['pvol', 'svol'];
  return {
    ldevId: pair[`${own}LdevId`],
    remoteLdevId: pair[`${other}LdevId`],
    remoteSerialNumber: pair[`${other}StorageSerial`],
    primaryOrSecondary: isTarget ? 'S-VOL' : 'P-VOL',
    status: pair[`${own}Status`],
  };
}

const PAIR_STATES = {
  PAIR: 'normal',
  COPY: 'syncing', RCPY: 'syncing', INIT: 'syncing', 'INIT/COPY': 'syncing',
  PSUS: 'suspended', SSUS: 'suspended', SSWS: 'suspended',
  PSUE: 'failed', SSUE: 'failed',
  PDUB: 'degraded', PFUL: 'degraded', PFUS: 'failed',
  SMPL: 'unknown',
} as const; // prettier-ignore

const typeOf = byPath('replicationType|asked', text);
const idOf = (type: string | undefined, volume: string | undefined, mirror: unknown) =>
  volume && [type, volume, identifier(mirror) ?? 0].join(' ');

export const toPairs = recordsOf(ReplicationSchema, {
  native_volume_id: ({ ldevId }) => ldevName(ldevId),
  native_replication_id: (pair, { native_volume_id: volume }) =>
    idOf(typeOf(pair), volume, pair['muNumber']),
  name: (pair, { native_volume_id: volume }) => `${typeOf(pair)} ${volume}`,
  type: (pair) => lookup(REMOTE, typeOf(pair)),
  role: ['primaryOrSecondary', { 'P-VOL': 'source', 'S-VOL': 'target' }],
  status: ['status', PAIR_STATES],
  remote_system: ({ remoteSerialNumber }) => text(remoteSerialNumber),
  remote_resource: ({ remoteLdevId }) => ldevName(remoteLdevId),
});

/** ShadowImage. */
export const toClones = recordsOf(ReplicationSchema, {
  native_volume_id: ({ pvolLdevId }) => ldevName(pvolLdevId),
  native_replication_id: ({ pvolMuNumber }, { native_volume_id: volume }) =>
    idOf('SI', volume, pvolMuNumber),
  name: ({ copyPairName }, { native_volume_id: volume }) =>
    identifier(copyPairName) ?? `SI ${volume}`,
  type: 'snapshot',
  role: 'both',
  status: ['pvolStatus|svolStatus', PAIR_STATES],
  remote_resource: ({ svolLdevId }) => ldevName(svolLdevId),
  progress: ({ copyProgressRate }, { status }) =>
    status === 'syncing' ? fraction(copyProgressRate) : undefined,
});
