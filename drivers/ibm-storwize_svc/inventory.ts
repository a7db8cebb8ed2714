/** The session's lists: which commands tell what, and how they are joined. */
import {
  compact,
  identifier,
  mapConcurrent,
  NotSupported,
  text,
  type Controller,
  type Disk,
  type DriverContext,
  type Port,
  type Session,
  type Volume,
  type VolumeGroup,
  type VolumeGroups,
} from 'delfin-agent/driver';
import { isDenial, isGone, isRefusal, type Cli } from './client.ts';
import { CHANNELS } from './connection.ts';
import {
  driveOf,
  ethernetPortOf,
  fcPortOf,
  FC_PORT_FIELDS,
  ipPortOf,
  IP_PORT_FIELDS,
  mdiskOf,
} from './hardware.ts';
import { hostClustersOf, hostOf, initiatorsOf, maskingViewsOf } from './hosts.ts';
import {
  controllerOf,
  copyOf,
  poolOf,
  POOL_FIELDS,
  sizeOf,
  volumeOf,
  type Copy,
} from './records.ts';
import { firstOf, partsOf, parseDetails, type Detail, type Row } from './table.ts';

/** Hosts and initiators stand in the same details: those of one run are asked for once. */
const HOST_DETAILS_MS = 20_000;

type Lists = Omit<Session, 'getStorage' | 'close'>;

export function createLists(cli: Cli, context: DriverContext): Lists {
  const hostDetails = createHostDetails(cli, context);
  return {
    listStoragePools: async () =>
      (await cli.rows('lsmdiskgrp', { exact: true, needed: POOL_FIELDS })).map(poolOf),
    listVolumes: () => listVolumes(cli),
    listControllers: () => listControllers(cli),
    listPorts: () => unlessAllDenied(context, [() => fcPorts(cli), () => ipPorts(cli)]),
    listDisks: () => listDisks(cli, context),
    listStorageHosts: async () => (await hostDetails()).map(hostOf),
    listStorageHostInitiators: async () => (await hostDetails()).flatMap(initiatorsOf),
    listStorageHostGroups: async () => {
      const clusters = await cli.rows('lshostcluster');
      const hosts = clusters.length === 0 ? [] : await cli.rows('lshost');
      return hostClustersOf(clusters, hosts);
    },
    listVolumeGroups: () => listVolumeGroups(cli),
    listMaskingViews: async () => maskingViewsOf(await cli.rows('lshostvdiskmap')),
  };
}

/**
 * Three lists hold every volume: volumes, copies, thin copies. Where one is refused or prints rounded
 * sizes, each volume's own details do.
 */
async function listVolumes(cli: Cli): Promise<Volume[]> {
  const volumes = await cli.rows('lsvdisk', { exact: true });
  const copies = await copiesByVolume(cli, volumes);
  const found = await mapConcurrent(volumes, CHANNELS, async (volume): Promise<Volume[]> => {
    const known = copies?.get(volume['id'] ?? '');
    if (known && 'capacity' in volume) return [volumeOf(volume, known)];
    return await detailedVolume(cli, volume);
  });
  return found.flat();
}

async function detailedVolume(cli: Cli, volume: Row): Promise<Volume[]> {
  const id = volume['id'];
  if (!id) return [];
  try {
    const detail = await cli.detail('lsvdisk', id, { exact: true });
    return [volumeOf(firstOf(detail), partsOf(detail, ['copy_id']).map(copyOf))];
  } catch (error) {
    if (isGone(error)) return [];
    if (isDenial(error)) return [volumeOf(volume, [])];
    throw error;
  }
}

/** Undefined where the lists of copies can't be had; a volume with a copy of unknown size is left out. */
async function copiesByVolume(
  cli: Cli,
  volumes: readonly Row[],
): Promise<ReadonlyMap<string, Copy[]> | undefined> {
  // Rounded sizes: the details of a volume know better.
  if (volumes.some((volume) => !/^\d*$/.test(volume['capacity'] ?? 'unknown'))) return undefined;
  const rows = await extra(() => cli.rows('lsvdiskcopy', { exact: true }));
  if (!rows?.every((row) => 'se_copy' in row && 'capacity' in row)) return undefined;
  const thin = await extra(() => cli.rows('lssevdiskcopy', { exact: true }));
  if (!thin) return undefined;
  const key = (row: Row) => `${row['vdisk_id'] ?? ''} ${row['copy_id'] ?? ''}`;
  const sizes = new Map(thin.map((row) => [key(row), row]));
  const copies = new Map<string, Copy[]>();
  const incomplete = new Set<string>();
  for (const row of rows) {
    const volume = row['vdisk_id'] ?? '';
    const copy = copyOf(row);
    const size = sizes.get(key(row));
    const whole = size ? { ...copy, ...sizesOf(size) } : thickCopy(copy, row);
    if (!whole) incomplete.add(volume);
    else copies.set(volume, [...(copies.get(volume) ?? []), whole]);
  }
  for (const volume of incomplete) copies.delete(volume);
  return copies;
}

const sizesOf = (row: Row) => ({
  used: sizeOf(row['used_capacity']),
  free: sizeOf(row['free_capacity']),
});

/** A copy that is neither thin nor compressed has all its capacity allocated. */
function thickCopy(copy: Copy, row: Row): Copy | undefined {
  if (copy.thin !== false || copy.compressed === true) return undefined;
  const capacity = sizeOf(row['capacity']);
  return { ...copy, used: capacity, free: capacity === undefined ? undefined : 0 };
}

/** Systems with canisters name their commands so; SVC and newer releases know the short names. */
export async function nodes(cli: Cli): Promise<readonly Row[]> {
  const short = await extra(() => cli.details('lsnode'));
  return short ?? (await cli.details('lsnodecanister'));
}

async function listControllers(cli: Cli): Promise<Controller[]> {
  return await mapConcurrent(await nodes(cli), CHANNELS, async (node) => {
    const id = node['id'];
    const hardware =
      (await extra(() => hardwareOf(cli, 'lsnodehw', id))) ??
      (await extra(() => hardwareOf(cli, 'lsnodecanisterhw', id)));
    return controllerOf(node, hardware ?? {});
  });
}

async function hardwareOf(cli: Cli, command: string, id = ''): Promise<Row> {
  const full = `${command} -delim , ${id}`;
  return firstOf(parseDetails(await cli.run(full), full));
}

async function listDisks(cli: Cli, context: DriverContext): Promise<Disk[]> {
  return await unlessAllDenied(context, [
    async () => (await cli.details('lsmdisk', { exact: true })).map(mdiskOf),
    async () => (await cli.details('lsdrive', { exact: true })).map(driveOf),
  ]);
}

/** A list of several parts: those that the system does not deny. */
async function unlessAllDenied<T>(
  { log }: DriverContext,
  parts: readonly (() => Promise<readonly T[]>)[],
): Promise<T[]> {
  const denials: unknown[] = [];
  const found: T[] = [];
  for (const part of parts) {
    try {
      found.push(...(await part()));
    } catch (error) {
      if (!isDenial(error)) throw error;
      denials.push(error);
    }
  }
  const [told] = denials.filter((error) => !(error instanceof NotSupported));
  if (denials.length === parts.length) throw told ?? denials[0];
  // An error is no empty list.
  if (told && found.length === 0) throw told;
  if (told) log.warn({ err: told }, 'a part of a list is left out: the system refuses it');
  return found;
}

export async function fcPorts(cli: Cli): Promise<Port[]> {
  return (await cli.rows('lsportfc', { needed: FC_PORT_FIELDS })).map(fcPortOf);
}

async function ipPorts(cli: Cli): Promise<Port[]> {
  const rows = (await extra(() => cli.rows('lsportip'))) ?? [];
  const complete = rows.every((row) => IP_PORT_FIELDS.every((field) => field in row));
  if (rows.length > 0 && complete) return withoutFailover(rows).map((row) => ipPortOf(row));
  const ports = await optional(() => cli.rows('lsportethernet'));
  if (ports) {
    const addresses = (await extra(() => cli.rows('lsip'))) ?? [];
    return ports.map((port) => ethernetPortOf(port, addresses));
  }
  return withoutFailover(await portsByNumber(cli)).map((row) => ipPortOf(row));
}

/** Every port is listed a second time for the addresses it takes over from the partner node. */
const withoutFailover = (rows: readonly Row[]) => rows.filter((row) => row['failover'] !== 'yes');

/** `lsportip N` prints port N of every node. */
async function portsByNumber(cli: Cli): Promise<Row[]> {
  const ports: Row[] = [];
  for (let number = 1; number <= 8; number += 1) {
    const command = `lsportip ${number}`;
    const output = number === 1 ? await cli.run(command) : await extra(() => cli.run(command));
    if (!output?.trim()) break;
    ports.push(...partsOf(parseDetails(output, command), ['id']));
  }
  return ports;
}

function createHostDetails(cli: Cli, context: DriverContext): () => Promise<readonly Detail[]> {
  let recent: { at: number; details: Promise<readonly Detail[]> } | undefined;
  return () => {
    if (recent && context.now() - recent.at < HOST_DETAILS_MS) return recent.details;
    const made = { at: context.now(), details: readHosts(cli) };
    recent = made;
    made.details.catch(() => {
      if (recent === made) recent = undefined;
    });
    return made.details;
  };
}

async function readHosts(cli: Cli): Promise<readonly Detail[]> {
  const hosts = await cli.rows('lshost');
  const details = await mapConcurrent(hosts, CHANNELS, async (host): Promise<Detail[]> => {
    try {
      return host['id'] ? [await cli.detail('lshost', host['id'])] : [];
    } catch (error) {
      if (isGone(error)) return [];
      // What the list says of it is still true; its initiators stand in the details only.
      if (isDenial(error)) return [Object.entries(host)];
      throw error;
    }
  });
  return details.flat();
}

/** Which volume is in which group: in the list of volumes, or asked for group by group. */
async function listVolumeGroups(cli: Cli): Promise<VolumeGroups> {
  const groups = await cli.rows('lsvolumegroup');
  const volumes = groups.length === 0 ? [] : await cli.rows('lsvdisk', { exact: true });
  const listed = volumes.some((volume) => 'volume_group_id' in volume);
  const members = await mapConcurrent(groups, CHANNELS, async (group) => {
    const id = group['id'] ?? '';
    const rows = listed
      ? volumes.filter((volume) => volume['volume_group_id'] === id)
      : await membersOf(cli, group);
    return rows.map((row) => ({
      native_volume_group_id: id,
      native_volume_id: row['id'] ?? '',
    }));
  });
  return {
    volume_groups: groups.map((group, index) =>
      compact<VolumeGroup>({
        native_volume_group_id: group['id'] ?? '',
        name: identifier(group['name']),
        volumes: text((members[index] ?? []).map((member) => member.native_volume_id).join(',')),
      }),
    ),
    vol_grp_vol_rels: members.flat(),
  };
}

/** A system that ignores the filter would put every volume in every group: the count tells. */
async function membersOf(cli: Cli, group: Row): Promise<readonly Row[]> {
  const count = text(group['volume_count']);
  const id = group['id'] ?? '';
  if (count === '0' || !/^\d+$/.test(id)) return [];
  const rows = await extra(() => cli.rows(`lsvdisk -filtervalue volume_group_id=${id}`));
  return rows && (count === undefined || rows.length === Number(count)) ? rows : [];
}

/** Undefined where the system lacks the command. */
async function optional<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotSupported) return undefined;
    throw error;
  }
}

/** Undefined where the system refuses: there is another way, or the data only adds to other data. */
export async function extra<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
