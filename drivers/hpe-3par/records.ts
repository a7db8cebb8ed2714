/** WSAPI objects -> records: system, CPGs, volumes, hosts and their paths. Sizes are MiB. */
import {
  compact,
  identifier,
  isObject,
  lookup,
  number,
  remainder,
  scaled,
  text,
  type Foreign,
  type Storage,
  type StorageHost,
  type StorageHostInitiator,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';

export const MIB = 2 ** 20;

/** `state` of CPGs and volumes: 1 normal, 2 degraded, 3 failed, 99 unknown. */
const POOL_STATES = { 1: 'normal', 2: 'degraded', 3: 'abnormal', 99: 'unknown' } as const;
const VOLUME_STATES = { 1: 'available', 2: 'error', 3: 'error', 99: 'unknown' } as const;

/** `provisioningType`: 1 full, 2 TPVV, 3 snapshot, 4 peer, 5 unknown, 6 TDVV, 7 deduplication store. */
const PROVISIONING = {
  1: 'thick',
  2: 'thin',
  3: 'thin',
  4: 'thick',
  6: 'thin',
  7: 'thick',
} as const;

/** Operating systems as they are chosen for a host, and as people write them. */
const OPERATING_SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/^aix/i, 'AIX'],
  [/xen ?server/i, 'XenServer'],
  [/^hp-?ux/i, 'HP-UX'],
  [/^open ?vms/i, 'Open VMS'],
  [/^oracle vm/i, 'Oracle VM'],
  [/^solaris/i, 'Solaris'],
  [/vmware|^esx/i, 'VMware ESX'],
  [/^windows (server )?2012/i, 'Windows Server 2012'],
  [/^windows/i, 'Windows'],
  [/linux|^rhe|^suse|^sles|^ubuntu|^oe /i, 'Linux'],
];

export function toStorage(system: Foreign, status: Storage['status']): Storage {
  const free = scaled(system['freeCapacityMiB'], MIB);
  const used = scaled(system['allocatedCapacityMiB'], MIB);
  return compact<Storage>({
    name: text(system['name']),
    vendor: 'HPE',
    model: text(system['model']),
    description: text(system['comment']),
    status,
    serial_number: text(system['serialNumber']),
    firmware_version: text(system['systemVersion']),
    location: text(system['location']),
    // Failed chunklets are neither free nor in use: they count as raw capacity only.
    total_capacity: free === undefined || used === undefined ? undefined : free + used,
    used_capacity: used,
    free_capacity: free,
    raw_capacity: scaled(system['totalCapacityMiB'], MIB),
  });
}

/** User, snapshot administration and snapshot data space together are what a CPG occupies. */
export function toPool(cpg: Foreign): StoragePool {
  const name = identifier(cpg['name']);
  const parts = [cpg['UsrUsage'], cpg['SAUsage'], cpg['SDUsage']].filter(isObject);
  // A kind of space that is not there takes none; one that doesn't say how much makes the sum unknown.
  const space = (field: string) => {
    const sizes = parts.map((part) => inMiB(part, field));
    return sizes.includes(undefined) ? undefined : sum(sizes);
  };
  const total = space('totalMiB') ?? scaled(cpg['totalSpaceMiB'], MIB);
  const spare = scaled(cpg['freeSpaceMiB'], MIB);
  const used = space('usedMiB') ?? remainder(total, spare);
  return compact<StoragePool>({
    native_storage_pool_id: identifier(cpg['id']) ?? '',
    name,
    description: name && `Hpe 3par CPG:${name}`,
    storage_type: 'block',
    status: lookup(POOL_STATES, cpg['state']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used) ?? spare,
    subscribed_capacity: space('rawTotalMiB') ?? scaled(cpg['rawTotalSpaceMiB'], MIB),
  });
}

/** `pools`: id of each CPG by its name. */
export function toVolume(volume: Foreign, pools: ReadonlyMap<string, string>): Volume {
  const total = scaled(volume['sizeMiB'], MIB);
  const used = inMiB(volume['userSpace'], 'usedMiB') ?? scaled(volume['totalUsedMiB'], MIB);
  return compact<Volume>({
    native_volume_id: identifier(volume['id']) ?? '',
    name: identifier(volume['name']),
    description: text(volume['comment']),
    type:
      volume['provisioningType'] === 5
        ? undefined
        : lookup(PROVISIONING, volume['provisioningType']),
    status: lookup(VOLUME_STATES, volume['state']),
    native_storage_pool_id: pools.get(identifier(volume['userCPG']) ?? ''),
    wwn: text(volume['wwn']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    compressed: isOn(volume['compressionState']),
    deduplicated: isOn(volume['deduplicationState']),
  });
}

/** 1 yes, 2 no, 3 off or not available, 4 not available. */
function isOn(state: unknown): boolean | undefined {
  const read = number(state);
  return read === undefined ? undefined : read === 1;
}

/** Undefined for the entry that holds the paths of no host: it has no name. */
export function toHost(host: Foreign): StorageHost | undefined {
  const name = identifier(host['name']);
  if (name === undefined) return undefined;
  const descriptors = isObject(host['descriptors']) ? host['descriptors'] : {};
  return compact<StorageHost>({
    native_storage_host_id: identifier(host['id']) ?? '',
    name,
    description: text(descriptors['comment']),
    os_type: operatingSystem(text(descriptors['os'])),
    status: 'normal',
    ip_address: text(descriptors['IPAddr']),
  });
}

export function operatingSystem(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  return OPERATING_SYSTEMS.find(([pattern]) => pattern.test(written))?.[1] ?? written;
}

/** One path of an initiator; an initiator with several paths has several. */
export interface Path {
  readonly wwn: string;
  readonly hostId: string | undefined;
  /** The initiator is logged in at a port of the array. */
  readonly loggedIn: boolean;
}

/** FC, iSCSI and NVMe paths of a host, and those of no host. */
export function toPaths(host: Foreign): Path[] {
  const hostId = identifier(host['name']) === undefined ? undefined : identifier(host['id']);
  return ['FCPaths', 'iSCSIPaths', 'iSCSINames', 'NVMETCPPaths', 'SASPaths'].flatMap((field) => {
    const paths = host[field];
    if (!Array.isArray(paths)) return [];
    return paths.filter(isObject).flatMap((path): Path[] => {
      const wwn = text(path['wwn']) ?? text(path['name']) ?? text(path['nqn']);
      return wwn ? [{ wwn, hostId, loggedIn: isObject(path['portPos']) }] : [];
    });
  });
}

/** Initiators, each once: logged in if any of its paths is. */
export function toInitiators(paths: readonly Path[]): StorageHostInitiator[] {
  const byWwn = new Map<string, Path>();
  for (const path of paths) {
    const known = byWwn.get(path.wwn);
    byWwn.set(path.wwn, {
      wwn: path.wwn,
      hostId: known?.hostId ?? path.hostId,
      loggedIn: (known?.loggedIn ?? false) || path.loggedIn,
    });
  }
  return Array.from(byWwn.values(), ({ wwn, hostId, loggedIn }) =>
    compact<StorageHostInitiator>({
      native_storage_host_initiator_id: wwn,
      native_storage_host_id: hostId,
      name: wwn,
      wwn,
      type: initiatorType(wwn),
      status: loggedIn ? 'online' : 'offline',
    }),
  );
}

function initiatorType(wwn: string): NonNullable<StorageHostInitiator['type']> {
  if (/^(iqn|eui|naa)\./i.test(wwn)) return 'iscsi';
  return /^nqn\./i.test(wwn) ? 'nvme-of' : 'fc';
}

function inMiB(part: unknown, field: string): number | undefined {
  return isObject(part) ? scaled(part[field], MIB) : undefined;
}

/** The sum of those that are known; undefined if none is. */
export function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}
