/** DeviceManager objects -> records: the array, pools, LUNs, controllers and disks. */
import {
  compact,
  flag,
  fractionLeft,
  identifier,
  isObject,
  lookup,
  number,
  positive,
  remainder,
  scaled,
  text,
  type Controller,
  type Disk,
  type Foreign,
  type Storage,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';
import {
  controllerState,
  DISK_ROLE,
  DISK_TYPE,
  FLASH,
  healthOf,
  POOL_USE,
  PRODUCT_MODE,
  PROVISIONING,
  volumeState,
} from './states.ts';

/**
 * What LUN and file system capacities are counted in. Their SECTORSIZE is another thing: the block
 * size that the object shows or stores in.
 */
export const SECTOR = 512;
const MIB = 2 ** 20;

/** An id that is one: arrays write 2^32-1 where there is no object. */
export function reference(value: unknown): string | undefined {
  const id = identifier(value);
  return id === '4294967295' || id === '-1' || id === '--' ? undefined : id;
}

/** Names and free texts: whatever people wrote ("none" is a name), but `--` is nothing. */
export function written(value: unknown): string | undefined {
  const name = identifier(value);
  return name === '--' ? undefined : name;
}

/** Texts of DeviceManager are escaped for web pages. */
export function plainText(value: unknown): string | undefined {
  return text(value)
    ?.replaceAll(/&#(\d{1,6});/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

/** Bytes per sector that the capacities of the array and its pools are counted in. */
export function sectorSizeOf(system: Foreign): number {
  return number(system['SECTORSIZE']) || SECTOR;
}

/** `controllers`: undefined if they could not be read; then the firmware is not known. */
export function toStorage(system: Foreign, controllers: readonly Foreign[] | undefined): Storage {
  const sector = sectorSizeOf(system);
  const name = written(system['NAME']);
  return compact<Storage>({
    name,
    vendor: 'Huawei',
    description: written(system['DESCRIPTION']) ?? 'Huawei OceanStor Storage',
    model: text(system['productModeString']) ?? PRODUCT_MODE[text(system['PRODUCTMODE']) ?? ''],
    status: healthOf(system),
    serial_number: text(system['ID']),
    firmware_version:
      controllers &&
      (controllers.map((controller) => text(controller['SOFTVER'])).find((version) => version) ??
        text(system['pointRelease']) ??
        text(system['PRODUCTVERSION'])),
    location: text(system['LOCATION']),
    ...capacityOf((field) => scaled(system[field], sector)),
  });
}

/**
 * Total, used and free of one kind: those of the pools where the array states them. TOTALCAPACITY is
 * then that of the disks, members of pools and free ones.
 */
function capacityOf(bytes: (field: string) => number | undefined): {
  [K in 'total' | 'used' | 'free' | 'raw' as `${K}_capacity`]: number | undefined;
} {
  const pools = bytes('STORAGEPOOLCAPACITY');
  const free = bytes('STORAGEPOOLFREECAPACITY');
  if (pools === undefined || free === undefined) {
    return {
      total_capacity: bytes('TOTALCAPACITY'),
      used_capacity: bytes('USEDCAPACITY'),
      free_capacity: bytes('userFreeCapacity'),
      raw_capacity: bytes('MEMBERDISKSCAPACITY'),
    };
  }
  return {
    total_capacity: pools,
    used_capacity: remainder(pools, free),
    free_capacity: free,
    raw_capacity: bytes('TOTALCAPACITY') ?? bytes('MEMBERDISKSCAPACITY'),
  };
}

/** `sector`: undefined if it could not be read; then no size is known. */
export function toPool(pool: Foreign, sector: number | undefined): StoragePool {
  const size = (value: unknown) => (sector === undefined ? undefined : scaled(value, sector));
  return compact<StoragePool>({
    native_storage_pool_id: identifier(pool['ID']) ?? '',
    name: written(pool['NAME']),
    description: written(pool['DESCRIPTION']) ?? 'Huawei OceanStor Pool',
    storage_type: lookup(POOL_USE, text(pool['NEWUSAGETYPE'] || pool['USAGETYPE'])),
    status: healthOf(pool),
    total_capacity: size(pool['USERTOTALCAPACITY']),
    used_capacity: size(pool['USERCONSUMEDCAPACITY']),
    free_capacity: size(pool['USERFREECAPACITY']),
    subscribed_capacity: size(pool['SUBSCRIBEDCAPACITY']),
    data_reduction: ratioOf(pool['SPACEREDUCTIONRATE']),
  });
}

/** `{"numerator":"3200","denominator":"1000","logic":"="}`, mostly as text; another logic is a bound. */
function ratioOf(value: unknown): number | undefined {
  const { numerator, denominator, logic } = asObject(value);
  const [over, under] = [number(numerator), number(denominator)];
  if (over === undefined || !under || (text(logic) ?? '=') !== '=') return undefined;
  return over / under;
}

function asObject(value: unknown): Foreign {
  try {
    const read: unknown = typeof value === 'string' ? JSON.parse(value) : value;
    return isObject(read) ? read : {};
  } catch {
    return {};
  }
}

/** Pools by name, for LUNs that name their pool without its id. */
export type PoolIds = ReadonlyMap<string, string>;

export const needsPools = (lun: Foreign): boolean => parentPool(lun) === undefined;

const POOL_TYPE = '216';

function parentPool(lun: Foreign): string | undefined {
  const parentType = text(lun['PARENTTYPE']);
  if (parentType !== undefined && parentType !== POOL_TYPE) return undefined;
  return reference(lun['PARENTID']);
}

export function toVolume(lun: Foreign, pools: PoolIds): Volume {
  return compact<Volume>({
    native_volume_id: identifier(lun['ID']) ?? '',
    name: written(lun['NAME']),
    description: written(lun['DESCRIPTION']) ?? 'Huawei OceanStor volume',
    type: lookup(PROVISIONING, text(lun['ALLOCTYPE'])),
    status: volumeState(lun),
    native_storage_pool_id: parentPool(lun) ?? pools.get(written(lun['PARENTNAME']) ?? ''),
    wwn: text(lun['WWN']),
    total_capacity: scaled(lun['CAPACITY'], SECTOR),
    used_capacity: scaled(lun['ALLOCCAPACITY'], SECTOR),
    compressed: flag(lun['ENABLECOMPRESSION']),
    deduplicated: flag(lun['ENABLEDEDUP']) ?? flag(lun['ENABLESMARTDEDUP']),
  });
}

export function toController(controller: Foreign): Controller {
  return compact<Controller>({
    native_controller_id: identifier(controller['ID']) ?? '',
    name: written(controller['NAME']),
    status: controllerState(controller),
    location: text(controller['LOCATION']),
    soft_version: text(controller['SOFTVER']),
    cpu_info: text(controller['CPUINFO']),
    memory_size: scaled(controller['MEMORYSIZE'], MIB),
  });
}

export function toDisk(disk: Foreign): Disk {
  const sector = number(disk['SECTORSIZE']);
  const model = text(disk['MODEL']);
  const serial = text(disk['SERIALNUMBER']);
  const mark = number(disk['HEALTHMARK']);
  return compact<Disk>({
    native_disk_id: identifier(disk['ID']) ?? '',
    name: model && serial ? `${model}:${serial}` : (serial ?? model ?? text(disk['LOCATION'])),
    physical_type: lookup(DISK_TYPE, text(disk['DISKTYPE'])),
    logical_type: lookup(DISK_ROLE, text(disk['LOGICTYPE'])),
    status: healthOf(disk),
    location: text(disk['LOCATION']),
    native_disk_group_id: reference(disk['POOLID']),
    serial_number: serial,
    manufacturer: text(disk['MANUFACTURER']),
    model,
    firmware: text(disk['FIRMWAREVER']),
    speed: positive(disk['SPEEDRPM']),
    capacity: sector ? scaled(disk['SECTORS'], sector) : undefined,
    // 255: the array rates no health.
    health_score: mark !== undefined && mark <= 100 ? mark : undefined,
    endurance_remaining: enduranceOf(disk),
    temperature: positive(disk['TEMPERATURE']),
    power_on_time: scaled(disk['RUNTIME'], DAY_SECONDS),
  });
}

const DAY_SECONDS = 86_400;

/** ABRASIONRATE is what is used up of a flash disk's life, in percent; others have no such life. */
function enduranceOf(disk: Foreign): number | undefined {
  const isFlash = FLASH.has(text(disk['DISKTYPE']) ?? '') && !number(disk['SPEEDRPM']);
  return isFlash ? fractionLeft(disk['ABRASIONRATE']) : undefined;
}
