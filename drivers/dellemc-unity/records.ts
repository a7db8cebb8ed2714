/** Array, pools, LUNs, storage processors and disks. */
import {
  compact,
  flag,
  identifier,
  isObject,
  lookup,
  number,
  positive,
  remainder,
  scaled,
  sum,
  text,
  withId,
  type Controller,
  type Disk,
  type Foreign,
  type Storage,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';

/** HealthEnum of the REST API. */
export const HEALTH = {
  unknown: '0',
  ok: '5',
  okBut: '7',
  degraded: '10',
  minor: '15',
  major: '20',
  critical: '25',
  nonRecoverable: '30',
} as const;

/** A table of states by health: well (also with a warning), impaired (degraded, minor), broken. */
export function byHealth<T extends string>(well: T, impaired: T, broken: T) {
  return {
    [HEALTH.unknown]: 'unknown',
    [HEALTH.ok]: well,
    [HEALTH.okBut]: well,
    [HEALTH.degraded]: impaired,
    [HEALTH.minor]: impaired,
    [HEALTH.major]: broken,
    [HEALTH.critical]: broken,
    [HEALTH.nonRecoverable]: broken,
  } as Readonly<Record<string, T | 'unknown'>>;
}

export const HEALTH_STATES = byHealth('normal', 'degraded', 'abnormal');
const CONTROLLER_STATES = byHealth('normal', 'degraded', 'fault');
const VOLUME_STATES = byHealth('available', 'error', 'error');

/** DiskTechnologyEnum. */
const DISK_TECHNOLOGIES = {
  '1': 'sas',
  '2': 'nl-sas',
  '5': 'flash',
  '6': 'flash',
  '7': 'flash',
  '8': 'flash',
  '9': 'flash',
  '10': 'nvme-ssd',
  '11': 'nvme-ssd',
  '50': 'unknown',
  '99': 'vmdisk',
} as const;

/** StorageResourceTypeEnum. */
const CONSISTENCY_GROUP = 2;
const EMPTY_SLOT = 'ALRT_DISK_SLOT_EMPTY';

/** The id that an attribute like `pool: { id }` refers to. */
export function reference(value: unknown): string | undefined {
  return isObject(value) ? identifier(value['id']) : undefined;
}

/** A name or another free text: as it is, even if it reads "none" or "-". */
export function label(value: unknown): string | undefined {
  return identifier(value);
}

function references(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).flatMap((one) => reference(one) ?? []);
}

/** Fibre Channel names are written as node and port name in one: 16 bytes, the port's are the last 8. */
export function portName(value: unknown): string | undefined {
  const written = text(value);
  return /^(?:[0-9a-f]{2}:?){8}((?:[0-9a-f]{2}:?){8})$/i.exec(written ?? '')?.[1] ?? written;
}

export function healthOf(content: Foreign): unknown {
  return isObject(content['health']) ? content['health']['value'] : undefined;
}

/** Identifiers of the health's reasons, for example ALRT_PORT_LINK_UP. */
export function reasonsOf(content: Foreign): readonly string[] {
  const ids = isObject(content['health']) ? content['health']['descriptionIds'] : undefined;
  return Array.isArray(ids) ? ids.map(String) : [];
}

/** Undefined: it could not be read. */
export interface SystemParts {
  readonly system: Foreign;
  readonly capacity: Foreign | undefined;
  readonly version: string | undefined;
  readonly disks: readonly Disk[] | undefined;
}

export function toStorage({ system, capacity, version, disks }: SystemParts): Storage {
  return compact<Storage>({
    name: label(system['name']),
    vendor: 'DELL EMC',
    model: text(system['model']),
    status: lookup(HEALTH_STATES, healthOf(system)),
    serial_number: text(system['serialNumber']),
    firmware_version: version,
    total_capacity: number(capacity?.['sizeTotal']),
    used_capacity: number(capacity?.['sizeUsed']),
    free_capacity: number(capacity?.['sizeFree']),
    subscribed_capacity: number(capacity?.['sizeSubscribed']),
    // Without the size of one of them it is not known.
    raw_capacity: sum((disks ?? []).map((disk) => disk.capacity)),
    data_reduction: number(capacity?.['dataReductionRatio']),
  });
}

/** The id of the installed version is its number; `version` is a later, longer form of it. */
export function toVersion(installed: Foreign | undefined): string | undefined {
  const id = text(installed?.['id']);
  return id !== undefined && /^\d+\.\d/.test(id) ? id : text(installed?.['version']);
}

export function toPool(content: Foreign, id: string): StoragePool {
  return compact<StoragePool>({
    native_storage_pool_id: id,
    name: label(content['name']),
    description: label(content['description']),
    storage_type: 'unified',
    status: lookup(HEALTH_STATES, healthOf(content)),
    total_capacity: number(content['sizeTotal']),
    used_capacity: number(content['sizeUsed']),
    free_capacity: number(content['sizeFree']),
    subscribed_capacity: number(content['sizeSubscribed']),
    data_reduction: number(content['dataReductionRatio']),
    snapshot_capacity: number(content['snapSizeUsed']),
  });
}

/** What a LUN or a file system says of its snapshots and of its data reduction. */
export function efficiency(content: Foreign) {
  return {
    data_reduction: number(content['dataReductionRatio']),
    snapshot_capacity: number(content['snapsSizeAllocated']),
    snapshot_count: number(content['snapCount']),
  };
}

export function toVolume(content: Foreign, id: string): Volume {
  const total = number(content['sizeTotal']);
  const used = number(content['sizeAllocated']);
  return compact<Volume>({
    native_volume_id: id,
    name: label(content['name']),
    description: label(content['description']),
    type: provisioning(content),
    status: lookup(VOLUME_STATES, healthOf(content)),
    native_storage_pool_id: reference(content['pool']),
    wwn: text(content['wwn']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    compressed: compression(content),
    deduplicated: flag(content['isAdvancedDedupEnabled']),
    ...efficiency(content),
  });
}

export function provisioning(content: Foreign): 'thin' | 'thick' | undefined {
  const thin = flag(content['isThinEnabled']);
  if (thin === undefined) return undefined;
  return thin ? 'thin' : 'thick';
}

/** Data reduction replaced compression in 4.3. */
export function compression(content: Foreign): boolean | undefined {
  return flag(content['isDataReductionEnabled']) ?? flag(content['isCompressionEnabled']);
}

export function isConsistencyGroup(resource: Foreign): boolean {
  return number(resource['type']) === CONSISTENCY_GROUP;
}

/** Groups with the ids of their members, which `attribute` refers to. */
export function groupsOf(groups: readonly Foreign[], attribute: string) {
  return withId(groups, (content, id) => ({
    id,
    name: label(content['name']),
    description: label(content['description']),
    members: references(content[attribute]),
  }));
}

export function toController(content: Foreign, id: string): Controller {
  return compact<Controller>({
    native_controller_id: id,
    name: label(content['name']),
    status: lookup(CONTROLLER_STATES, healthOf(content)),
    location: text(content['slotNumber']),
    memory_size: scaled(content['memorySize'], 2 ** 20),
  });
}

/** Empty slots are listed as disks, too. */
export function isDisk(content: Foreign): boolean {
  return !reasonsOf(content).includes(EMPTY_SLOT);
}

export function toDisk(content: Foreign, id: string): Disk {
  return compact<Disk>({
    native_disk_id: id,
    name: label(content['name']),
    physical_type: lookup(DISK_TECHNOLOGIES, content['diskTechnology']),
    status: lookup(HEALTH_STATES, healthOf(content)),
    location: label(content['name']),
    native_disk_group_id: reference(content['diskGroup']),
    serial_number: text(content['emcSerialNumber']),
    manufacturer: text(content['manufacturer']),
    model: text(content['model']),
    firmware: text(content['version']),
    // Flash disks turn at 0 rpm.
    speed: positive(content['rpm']),
    capacity: number(content['size']),
  });
}

/** The disks of UnityVSA. */
export function toVirtualDisk(content: Foreign, id: string): Disk {
  return compact<Disk>({
    native_disk_id: id,
    name: label(content['name']),
    physical_type: 'vmdisk',
    status: lookup(HEALTH_STATES, healthOf(content)),
    manufacturer: text(content['manufacturer']),
    model: text(content['model']),
    capacity: number(content['sizeTotal']),
  });
}
