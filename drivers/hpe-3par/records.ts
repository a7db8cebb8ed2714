/** What the array says, in the WSAPI's names whichever interface said it, as records. Sizes are MiB. */
import { isIP } from 'node:net';
import {
  bitsPerSecond,
  byPath,
  ControllerSchema,
  countBy,
  DiskSchema,
  fraction,
  identifier,
  ipAddress,
  isObject,
  number,
  PortSchema,
  positive,
  recordsOf,
  remainder,
  remaining,
  scaled,
  storageOf,
  StoragePoolSchema,
  sum,
  text,
  VolumeSchema,
  type Foreign,
  type Port,
  type Storage,
} from 'delfin-agent/driver';
import * as states from './states.ts';

const MIB = 2 ** 20;

/** Bytes at the first of several paths, `one|other`, that has a size. */
const mib = (paths: string) => byPath(paths, (size) => scaled(size, MIB));

/** What stores less than it holds, by the array's own figure; 0 is none. */
const reduction = (path: string) => byPath(`${path}.dataReduction`, positive);

/** Of people's own words "-" is none here. */
const comment = byPath('comment', text);

/** The system, and beside it `vendor`, `health` and the space of the array as `/capacity` has it. */
export const toStorage = storageOf({
  name: 'name',
  vendor: 'vendor',
  model: 'model',
  description: comment,
  status: ({ health }) => health as Storage['status'],
  serial_number: 'serialNumber',
  firmware_version: 'systemVersion',
  location: ({ location }) => printed(location),
  used_capacity: mib('allocatedCapacityMiB'),
  free_capacity: mib('freeCapacityMiB'),
  // Failed chunklets are neither free nor in use: they count as raw capacity only.
  total_capacity: (_, { used_capacity: used, free_capacity: free }) => sum([used, free]),
  raw_capacity: mib('totalCapacityMiB'),
  data_reduction: reduction('capacity.allCapacity.allocated.volumes.capacityEfficiency'),
  snapshot_capacity: mib('capacity.allCapacity.allocated.volumes.CPGSnapshotUsedMiB'),
});

/**
 * User, snapshot administration and snapshot data space together. A kind of space that is not there
 * takes none; one that doesn't say how much makes the sum unknown.
 */
function spaceOf(cpg: Foreign, field: string): number | undefined {
  const kinds = [cpg['UsrUsage'], cpg['SAUsage'], cpg['SDUsage']].filter(isObject);
  return sum(kinds.map((kind) => scaled(kind[field], MIB)));
}

const spare = mib('freeSpaceMiB');

/** CPGs, each with the bytes that its volumes promise. */
export const toPools = recordsOf(StoragePoolSchema, {
  native_storage_pool_id: 'id',
  name: 'name',
  description: (_, { name }) => name && `Hpe 3par CPG:${name}`,
  storage_type: 'block',
  status: states.at('state', states.POOL_STATES),
  total_capacity: (cpg) => spaceOf(cpg, 'totalMiB') ?? mib('totalSpaceMiB')(cpg),
  used_capacity: (cpg, { total_capacity: total }) =>
    spaceOf(cpg, 'usedMiB') ?? mib('usedSpaceMiB')(cpg) ?? remainder(total, spare(cpg)),
  free_capacity: (cpg, made) => remaining(cpg, made) ?? spare(cpg),
  subscribed_capacity: 'promised',
  data_reduction: reduction('capacityEfficiency'),
  snapshot_capacity: mib('SDUsage.usedMiB'),
});

/** Bytes that the volumes of a CPG promise; undefined where one does not say how large it is. */
export function promisesOf(volumes: readonly Foreign[]): (cpg: unknown) => number | undefined {
  const own = volumes.filter((one) => !states.INTERNAL_PROVISIONING.has(one['provisioningType']));
  const byPool = Map.groupBy(own, (volume) => identifier(volume['userCPG']));
  return (cpg) => {
    const inside = byPool.get(identifier(cpg));
    return inside ? sum(inside.map(mib('sizeMiB'))) : 0;
  };
}

const VIRTUAL_COPY = 3;

/** How many snapshots a volume has; undefined for a snapshot itself, and where nothing says what is one. */
export function snapshotsOf(volumes: readonly Foreign[]): (volume: Foreign) => number | undefined {
  const known = volumes.some((volume) => volume['copyType'] !== undefined);
  const copies = volumes.filter((volume) => volume['copyType'] === VIRTUAL_COPY);
  const count = countBy(known ? copies : undefined, ({ baseId }) => identifier(baseId));
  return ({ id, copyType }) => {
    const own = count(identifier(id));
    return copyType === VIRTUAL_COPY ? own || undefined : own;
  };
}

/** Volumes, each with its `pool` and how many snapshots it has. */
export const toVolumes = recordsOf(VolumeSchema, {
  native_volume_id: 'id',
  name: 'name',
  description: comment,
  type: ({ provisioningType: type }) =>
    states.UNKNOWN_PROVISIONING.has(type) ? undefined : states.coded(states.PROVISIONING, type),
  status: states.at('state', states.VOLUME_STATES),
  native_storage_pool_id: 'pool.id',
  wwn: 'wwn',
  total_capacity: mib('sizeMiB'),
  used_capacity: mib('userSpace.usedMiB|totalUsedMiB'),
  free_capacity: remaining,
  data_reduction: reduction('capacityEfficiency'),
  snapshot_capacity: mib('snapshotSpace.usedMiB'),
  snapshot_count: 'snapshots',
  compressed: ({ compressionState }) => states.isOn(compressionState),
  deduplicated: ({ deduplicationState }) => states.isOn(deduplicationState),
});

/** The array sends its traps from the addresses by which it is managed. */
export function addressesOf(system: Foreign): string[] {
  return [system['IPv4Addr'], system['IPv6Addr']].flatMap((written) => ipAddress(written) ?? []);
}

/** The nodes of `/system`: those of the cluster, offline unless they are online. */
export function nodesOf(system: Foreign): Foreign[] {
  const ids = (field: string) =>
    Array.isArray(system[field]) ? system[field].flatMap((id) => identifier(id) ?? []) : [];
  const online = new Set(ids('onlineNodes'));
  const all = new Set([...ids('clusterNodes'), ...online]);
  return [...all].map((node) => ({ node, state: online.has(node) ? 'normal' : 'offline' }));
}

/** Nodes, and beside each its `version`, `processors` and their `speeds`. */
export const toControllers = recordsOf(ControllerSchema, {
  native_controller_id: 'node',
  name: 'name',
  // Newer releases say no more of the state than whether the node is in the cluster.
  status: ({ state, incluster }) =>
    states.coded(states.NODE_STATES, state ?? states.MEMBERSHIPS[String(incluster).toLowerCase()]),
  soft_version: 'version',
  memory_size(node) {
    const titles = Object.keys(node).filter((title) => /^mem(#\d+)?$/.test(title));
    return sum(titles.map((title) => scaled(node[title], MIB)));
  },
  cpu_info: 'speeds',
  cpu_count: 'processors',
});

const placeOf = ({ position }: Foreign) => printed(position);

export const toDisks = recordsOf(DiskSchema, {
  native_disk_id: 'id',
  name: placeOf,
  location: placeOf,
  physical_type: states.at('type', states.DISK_TYPES),
  status: states.at('state', states.DISK_STATES),
  capacity: mib('totalSizeMiB'),
  speed: ({ RPM }, { physical_type: type }) => (type === 'ssd' ? undefined : revolutions(RPM)),
  serial_number: 'serialNumber',
  manufacturer: 'manufacturer',
  model: 'model',
  firmware: 'fwVersion',
  temperature: 'celsius',
  endurance_remaining: byPath('lifeLeft', fraction),
  media_errors: ({ rd_uerr: read, wr_uerr: write }) => sum([number(read), number(write)]),
});

/** Thousands of revolutions, cut: near-line drives turn at 7,200. */
function revolutions(written: unknown): number | undefined {
  const thousands = positive(written);
  if (thousands === 7) return 7_200;
  return thousands !== undefined && thousands < 1_000 ? thousands * 1_000 : thousands;
}

const portId = (_: Foreign, { native_port_id: id }: Partial<Port>) => id;
const portIp = byPath('IPAddr|iSCSIPortInfo.IPAddr', ipAddress);
/** The same where it is of this version. */
const ipOf = (version: 4 | 6) => (port: Foreign) => {
  const address = portIp(port);
  return isIP(address ?? '') === version ? address : undefined;
};
const portMask = byPath('iSCSIPortInfo.netmask|netmask', text);

/** A WWN has 8 bytes, a MAC address 6. */
const hardwareAddress = (bytes: number) => {
  const form = new RegExp(`^([0-9a-f]{2}[:-]?){${bytes}}$`, 'i');
  return ({ portWWN, portWwn, HWAddr }: Foreign) =>
    form.exec(text(portWWN ?? portWwn ?? HWAddr) ?? '')?.[0];
};

export const toPorts = recordsOf(PortSchema, {
  native_port_id: ({ portPos }) => positionOf(portPos),
  name: portId,
  location: portId,
  type: ({ type, protocol }) =>
    type === states.RCIP ? 'rcip' : states.coded(states.PORT_TYPES, protocol),
  logical_type: ({ type }) => states.PORT_ROLES[text(type)?.toLowerCase() ?? ''],
  connection_status: ({ linkState }) => states.linkOf(linkState),
  health_status: ({ linkState }) => states.portHealthOf(linkState),
  native_parent_id: (_, { native_port_id: id }) => id?.split(':')[0],
  speed: byPath('iSCSIPortInfo.rate|rate', bitsPerSecond),
  max_speed: byPath('maxRate', bitsPerSecond),
  wwn: hardwareAddress(8),
  mac_address: hardwareAddress(6),
  ipv4: ipOf(4),
  ipv4_mask: (port, { ipv4 }) => ipv4 && portMask(port),
  ipv6: ipOf(6),
  ipv6_mask: (port, { ipv6 }) => ipv6 && portMask(port),
});

/** N:S:P, from an object or as it is printed. */
export function positionOf(position: unknown): string | undefined {
  if (typeof position === 'string') return printed(position);
  if (!isObject(position)) return undefined;
  const parts = [position['node'], position['slot'], position['cardPort']].map(identifier);
  return parts.every((part) => part !== undefined) ? parts.join(':') : undefined;
}

/** Text that is more than dashes. */
export function printed(written: unknown): string | undefined {
  const value = text(written);
  return value === undefined || /^-+$/.test(value) ? undefined : value;
}
