/** What the array says, in the WSAPI's names whichever interface said it, as records. Sizes are MiB. */
import { isIP } from 'node:net';
import {
  compact,
  flag,
  identifier,
  isObject,
  number,
  objects,
  pick,
  positive,
  remainder,
  scaled,
  sum,
  text,
  type Controller,
  type Disk,
  type Foreign,
  type Port,
  type Storage,
  type StorageHost,
  type StorageHostInitiator,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';
import * as states from './states.ts';

export const MIB = 2 ** 20;

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

/** What stores less than it holds, by the array's own figure. */
const reductionOf = (efficiency: unknown) => positive(pick(efficiency, 'dataReduction'));

/** The volumes' part of `/capacity`. */
function efficiencyOf(capacity: Foreign | undefined) {
  const volumes = pick(capacity, 'allCapacity.allocated.volumes');
  return {
    data_reduction: reductionOf(pick(volumes, 'capacityEfficiency')),
    snapshot_capacity: scaled(pick(volumes, 'CPGSnapshotUsedMiB'), MIB),
  };
}

export function toStorage(
  system: Foreign,
  vendor: string,
  status: Storage['status'],
  capacity?: Foreign,
): Storage {
  const free = scaled(system['freeCapacityMiB'], MIB);
  const used = scaled(system['allocatedCapacityMiB'], MIB);
  return compact<Storage>({
    name: text(system['name']),
    vendor,
    model: text(system['model']),
    description: text(system['comment']),
    status,
    serial_number: text(system['serialNumber']),
    firmware_version: text(system['systemVersion']),
    location: printed(system['location']),
    // Failed chunklets are neither free nor in use: they count as raw capacity only.
    total_capacity: sum([free, used]),
    used_capacity: used,
    free_capacity: free,
    raw_capacity: scaled(system['totalCapacityMiB'], MIB),
    ...efficiencyOf(capacity),
  });
}

/** User, snapshot administration and snapshot data space together are what a CPG occupies. */
export function toPool(cpg: Foreign, promised: number | undefined): StoragePool {
  const name = identifier(cpg['name']);
  // A kind of space that is not there takes none; one that doesn't say how much makes the sum unknown.
  const parts = [cpg['UsrUsage'], cpg['SAUsage'], cpg['SDUsage']].filter(isObject);
  const space = (field: string) => sum(parts.map((part) => scaled(part[field], MIB)));
  const total = space('totalMiB') ?? scaled(cpg['totalSpaceMiB'], MIB);
  const spare = scaled(cpg['freeSpaceMiB'], MIB);
  const used = space('usedMiB') ?? scaled(cpg['usedSpaceMiB'], MIB) ?? remainder(total, spare);
  return compact<StoragePool>({
    native_storage_pool_id: identifier(cpg['id']) ?? '',
    name,
    description: name && `Hpe 3par CPG:${name}`,
    storage_type: 'block',
    status: states.coded(states.POOL_STATES, cpg['state']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used) ?? spare,
    subscribed_capacity: promised,
    data_reduction: reductionOf(cpg['capacityEfficiency']),
    snapshot_capacity: scaled(pick(cpg, 'SDUsage.usedMiB'), MIB),
  });
}

/** Bytes that the volumes of each CPG promise, by its name; undefined where one does not say how large it is. */
export function promisesOf(volumes: readonly Foreign[]): ReadonlyMap<string, number | undefined> {
  const promises = new Map<string, number | undefined>();
  for (const volume of volumes) {
    const cpg = identifier(volume['userCPG']);
    if (cpg === undefined || states.INTERNAL_PROVISIONING.has(volume['provisioningType'])) continue;
    const before = promises.has(cpg) ? promises.get(cpg) : 0;
    promises.set(cpg, sum([before, scaled(volume['sizeMiB'], MIB)]));
  }
  return promises;
}

/** How many snapshots each volume has, by its id; undefined where nothing says what is one. */
export function snapshotsOf(volumes: readonly Foreign[]): ReadonlyMap<string, number> | undefined {
  if (!volumes.some((volume) => volume['copyType'] !== undefined)) return undefined;
  const counts = new Map<string, number>();
  for (const volume of volumes) {
    const id = identifier(volume['id']) ?? '';
    if (volume['copyType'] === VIRTUAL_COPY) {
      const base = identifier(volume['baseId']) ?? '';
      counts.set(base, (counts.get(base) ?? 0) + 1);
    } else if (!counts.has(id)) counts.set(id, 0);
  }
  return counts;
}
const VIRTUAL_COPY = 3;

/** `pools`: id of each CPG by its name; undefined if not known. `snapshots`: of those that may have some. */
export function toVolume(
  volume: Foreign,
  pools: ReadonlyMap<string, string> | undefined,
  snapshots?: ReadonlyMap<string, number>,
): Volume {
  const total = scaled(volume['sizeMiB'], MIB);
  const used =
    scaled(pick(volume, 'userSpace.usedMiB'), MIB) ?? scaled(volume['totalUsedMiB'], MIB);
  const type = volume['provisioningType'];
  return compact<Volume>({
    native_volume_id: identifier(volume['id']) ?? '',
    name: identifier(volume['name']),
    description: text(volume['comment']),
    type: states.UNKNOWN_PROVISIONING.has(type)
      ? undefined
      : states.coded(states.PROVISIONING, type),
    status: states.coded(states.VOLUME_STATES, volume['state']),
    native_storage_pool_id: pools?.get(identifier(volume['userCPG']) ?? ''),
    wwn: text(volume['wwn']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    data_reduction: reductionOf(volume['capacityEfficiency']),
    snapshot_capacity: scaled(pick(volume, 'snapshotSpace.usedMiB'), MIB),
    snapshot_count: snapshots?.get(identifier(volume['id']) ?? ''),
    compressed: states.isOn(volume['compressionState']),
    deduplicated: states.isOn(volume['deduplicationState']),
  });
}

/** Undefined for the entry that holds the paths of no host: it has no name. */
export function toHost(host: Foreign): StorageHost | undefined {
  const name = identifier(host['name']);
  if (name === undefined) return undefined;
  const descriptors = isObject(host['descriptors']) ? host['descriptors'] : {};
  const os = text(descriptors['os']);
  return compact<StorageHost>({
    native_storage_host_id: identifier(host['id']) ?? '',
    name,
    description: text(descriptors['comment']),
    os_type: os && (OPERATING_SYSTEMS.find(([pattern]) => pattern.test(os))?.[1] ?? os),
    ip_address: text(descriptors['IPAddr']),
  });
}

/** The array sends its traps from the addresses by which it is managed. */
export function addressesOf(system: Foreign): string[] {
  return [system['IPv4Addr'], system['IPv6Addr']].flatMap((written) => address(written) ?? []);
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
    return objects(host[field]).flatMap((path): Path[] => {
      const wwn = text(path['wwn']) ?? text(path['name']) ?? text(path['nqn']);
      return wwn ? [{ wwn, hostId, loggedIn: positionOf(path['portPos']) !== undefined }] : [];
    });
  });
}

/** Initiators, each once: logged in if any of its paths is. */
export function toInitiators(paths: readonly Path[]): StorageHostInitiator[] {
  const byWwn = Map.groupBy(paths, ({ wwn }) => wwn);
  return Array.from(byWwn, ([wwn, own]) =>
    compact<StorageHostInitiator>({
      native_storage_host_initiator_id: wwn,
      native_storage_host_id: own.find(({ hostId }) => hostId !== undefined)?.hostId,
      name: wwn,
      wwn,
      type: initiatorType(wwn),
      status: own.some(({ loggedIn }) => loggedIn) ? 'online' : 'offline',
    }),
  );
}

function initiatorType(wwn: string): NonNullable<StorageHostInitiator['type']> {
  if (/^(iqn|eui|naa)\./i.test(wwn)) return 'iscsi';
  return /^nqn\./i.test(wwn) ? 'nvme-of' : 'fc';
}

/** The nodes of `/system`: those of the cluster, offline unless they are online. */
export function nodesOf(system: Foreign): Controller[] {
  const ids = (field: string) =>
    Array.isArray(system[field]) ? system[field].flatMap((id) => identifier(id) ?? []) : [];
  const online = new Set(ids('onlineNodes'));
  return [...new Set([...ids('clusterNodes'), ...online])].map((id) => ({
    native_controller_id: id,
    status: online.has(id) ? 'normal' : 'offline',
  }));
}

export function toDisk(disk: Foreign): Disk {
  const type = states.coded(states.DISK_TYPES, disk['type']);
  const position = printed(disk['position']);
  return compact<Disk>({
    native_disk_id: identifier(disk['id']) ?? '',
    name: position,
    location: position,
    physical_type: type,
    status: states.coded(states.DISK_STATES, disk['state']),
    capacity: scaled(disk['totalSizeMiB'], MIB),
    speed: type === 'ssd' ? undefined : revolutions(disk['RPM']),
    serial_number: text(disk['serialNumber']),
    manufacturer: text(disk['manufacturer']),
    model: text(disk['model']),
    firmware: text(disk['fwVersion']),
  });
}

/** Thousands of revolutions, cut: near-line drives turn at 7,200. */
function revolutions(written: unknown): number | undefined {
  const thousands = number(written);
  if (!thousands) return undefined;
  return thousands === 7 ? 7_200 : thousands < 1_000 ? thousands * 1_000 : thousands;
}

/** A port as both interfaces describe it. */
export interface PortParts {
  readonly id: string;
  readonly state: unknown;
  readonly type: unknown;
  readonly use: unknown;
  readonly hardwareAddress: unknown;
  readonly ip?: unknown;
  readonly mask?: unknown;
  readonly rate?: unknown;
  readonly maxRate?: unknown;
}

export function toPort(port: PortParts): Port {
  const { id } = port;
  return compact<Port>({
    native_port_id: id,
    name: id,
    location: id,
    type: states.coded(states.PORT_TYPES, port.type),
    logical_type: states.PORT_ROLES[text(port.use)?.toLowerCase() ?? ''],
    ...states.portState(port.state),
    native_parent_id: id.split(':')[0],
    speed: bitsPerSecond(port.rate),
    max_speed: bitsPerSecond(port.maxRate),
    ...hardwareAddress(port.hardwareAddress),
    ...networkAddress(address(port.ip), text(port.mask)),
  });
}

/** `/ports`. */
export function portOf(port: Foreign): PortParts {
  const iscsi = isObject(port['iSCSIPortInfo']) ? port['iSCSIPortInfo'] : {};
  return {
    id: positionOf(port['portPos']) ?? '',
    state: port['linkState'],
    type: port['type'] === states.RCIP ? 'rcip' : port['protocol'],
    use: port['type'],
    hardwareAddress: port['portWWN'] ?? port['portWwn'] ?? port['HWAddr'],
    ip: port['IPAddr'] ?? iscsi['IPAddr'],
    mask: iscsi['netmask'],
    rate: iscsi['rate'],
  };
}

/** N:S:P, from an object or as it is printed. */
export function positionOf(position: unknown): string | undefined {
  if (typeof position === 'string') return printed(position);
  if (!isObject(position)) return undefined;
  const parts = [position['node'], position['slot'], position['cardPort']].map(identifier);
  return parts.every((part) => part !== undefined) ? parts.join(':') : undefined;
}

/** A WWN has 64 bits, a MAC address 48. */
function hardwareAddress(written: unknown): Pick<Port, 'wwn' | 'mac_address'> {
  const value = text(written) ?? '';
  if (/^([0-9a-f]{2}[:-]?){6}$/i.test(value)) return { mac_address: value };
  return /^([0-9a-f]{2}[:-]?){8}$/i.test(value) ? { wwn: value } : {};
}

function networkAddress(ip: string | undefined, mask: string | undefined) {
  if (ip === undefined) return {};
  return ip.includes(':')
    ? compact({ ipv6: ip, ipv6_mask: mask })
    : compact({ ipv4: ip, ipv4_mask: mask });
}

/** Unset addresses are printed as "-", 0.0.0.0 or ::. */
export function address(written: unknown): string | undefined {
  const value = text(written) ?? '';
  return isIP(value) === 0 || /^(0\.0\.0\.0|::)$/.test(value) ? undefined : value;
}

const MULTIPLES: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** "16Gbps"; "n/a", "auto" and "-" are no rate. */
export function bitsPerSecond(written: unknown): number | undefined {
  const [, value, multiple] = /^(\d+(?:\.\d+)?)\s*([KMGT])b/i.exec(text(written) ?? '') ?? [];
  if (!value || !multiple) return undefined;
  return Math.round(Number(value) * (MULTIPLES[multiple.toUpperCase()] ?? 1)) || undefined;
}

/** Text that is more than dashes. */
export function printed(written: unknown): string | undefined {
  const value = text(written);
  return value === undefined || /^-+$/.test(value) ? undefined : value;
}

/** Active exports are what a template has led to on one path: listed are the templates. */
export function templatesOf(vluns: readonly Foreign[]): readonly Foreign[] {
  const templates = vluns.filter((vlun) => flag(vlun['active']) !== true);
  return templates.length > 0 ? templates : vluns;
}
