/** The session's lists: which commands tell what, and how they are joined. */
import {
  Gone,
  identifier,
  InvalidResponse,
  isRefusal,
  text,
  toVolumeGroups,
  type Controller,
  type Disk,
  type Parts,
  type Port,
  type Session,
  type VolumeGroups,
} from 'delfin-agent/driver';
import { listAddresses } from './addresses.ts';
import type { Cli, ListOptions } from './client.ts';
import { listComponents } from './components.ts';
import {
  driveOf,
  ethernetPortOf,
  fcPortOf,
  FC_PORT_FIELDS,
  ipPortOf,
  IP_PORT_FIELDS,
  mdiskOf,
  type Completed,
} from './hardware.ts';
import { hasItsPorts, hostClustersOf, hostOf, initiatorsOf, maskingViewsOf } from './hosts.ts';
import { controllerOf, isRounded, poolOf, POOL_FIELDS, sizeOf, withoutRounded } from './records.ts';
import { firstOf, parseDetails, partsOf, type Detail, type Row } from './table.ts';
import { listVolumes } from './volumes.ts';

/** What reads the array: its command line, and what a part that fails costs. */
export interface Reader {
  readonly cli: Cli;
  readonly parts: Parts;
}

/** A list view; undefined where the release lacks the command. */
export const ifKnown = ({ cli, parts }: Reader, command: string) =>
  parts.ifAny(() => cli.rows(command));

type Lists = Omit<Session, 'getStorage' | 'close'>;

export function createLists(reader: Reader): Lists {
  const { cli, parts } = reader;
  const hosts = parts.shared(() => cli.rows('lshost'));
  const details = parts.shared((own) => hostDetails({ cli, parts: own }, hosts));
  const volumes = parts.shared(() => cli.rows('lsvdisk', { exact: true, proved: true }));
  const controllers = parts.shared((own) => nodeDetails({ cli, parts: own }));
  return {
    async listStoragePools() {
      const rows = await notEmptyWith(reader, 'space_in_mdisk_grps', () =>
        cli.rows('lsmdiskgrp', { exact: true }),
      );
      const pools = await completed(reader, 'lsmdiskgrp', rows, { exact: true }, POOL_FIELDS);
      return pools.map(({ row }) => poolOf(row));
    },
    listVolumes: async () => await listVolumes(reader, volumes),
    listControllers: async () => await listControllers(reader, await controllers()),
    listPorts: () => parts.union<Port>([() => fcPorts(reader), () => ipPorts(reader)]),
    listDisks: () => parts.union<Disk>([() => mdisks(reader), () => drives(reader)]),
    listStorageHosts: async () =>
      (await details()).map(({ row, detail }) => hostOf(detail ?? Object.entries(row))),
    async listStorageHostInitiators() {
      const all = await details();
      const read = all.flatMap(({ detail }) => (detail ? [detail] : []));
      if (read.length > 0 || all.length === 0) return read.flatMap(initiatorsOf);
      throw new InvalidResponse('lshost: not one host tells its ports');
    },
    async listStorageHostGroups() {
      const clusters = await cli.rows('lshostcluster');
      return hostClustersOf(clusters, clusters.length === 0 ? [] : await hosts());
    },
    listVolumeGroups: () => listVolumeGroups(reader, volumes),
    listMaskingViews: async () => maskingViewsOf(await cli.rows('lshostvdiskmap')),
    listComponents: () => listComponents(reader),
    listAlertSources: () =>
      listAddresses(reader, async () => (await controllers()).found.map(({ row }) => row)),
  };
}

/**
 * Rows of a list, each with its object's detailed view; `needed`: only if a row lacks one of these.
 * What can't be read of one object costs its details, told; one that has gone is left out.
 */
async function completed(
  { cli, parts }: Reader,
  command: string,
  rows: readonly Row[],
  options: ListOptions = {},
  needed?: readonly string[],
): Promise<Completed[]> {
  const isWhole = (row: Row) => needed?.every((title) => title in row && !isRounded(row[title]));
  if (needed && rows.every((row) => isWhole(row))) {
    return rows.map((row) => ({ row, whole: true }));
  }
  const known = rows.filter((row) => row['id']);
  const details = await parts.added(() =>
    parts.children(known, ({ id }) => unlessGone(() => cli.detail(command, id, options))),
  );
  return known.flatMap((row, index): Completed[] => {
    const detail = details?.[index];
    if (detail === 'gone') return [];
    if (!detail) return [{ row: options.exact ? withoutRounded(row) : row, whole: false }];
    return [{ row: { ...row, ...firstOf(detail) }, whole: true }];
  });
}

/** A list that is empty, though the system has the capacity of its objects, was not printed. */
async function notEmptyWith(
  { cli }: Reader,
  capacity: string,
  ask: () => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const rows = await ask();
  if (rows.length > 0) return rows;
  const system = firstOf(await cli.detail('lssystem', undefined, { exact: true }));
  if ((sizeOf(system[capacity]) ?? 0) === 0) return rows;
  throw new InvalidResponse(`an empty list, but the system's ${capacity} is ${system[capacity]}`);
}

async function unlessGone<T>(ask: () => Promise<T>): Promise<T | 'gone'> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Gone) return 'gone';
    throw error;
  }
}

/** Systems with canisters name their commands so; SVC and newer releases know the short names. */
export const NODE_COMMANDS = ['lsnode', 'lsnodecanister'] as const;

export function nodes({ cli, parts }: Reader): Promise<{ command: string; rows: readonly Row[] }> {
  return parts.either(
    'nodes',
    NODE_COMMANDS.map((command) => ({
      async ask() {
        const rows = await cli.rows(command);
        // Who answers is a node.
        if (rows.length === 0) throw new InvalidResponse(`${command}: no nodes`);
        return { command, rows };
      },
    })),
  );
}

async function nodeDetails(reader: Reader) {
  const { command, rows } = await nodes(reader);
  return { command, found: await completed(reader, command, rows) };
}

async function listControllers(
  reader: Reader,
  { command, found }: Awaited<ReturnType<typeof nodeDetails>>,
): Promise<Controller[]> {
  const { parts } = reader;
  const hardware = await parts.added(() =>
    parts.children(found, ({ row }) => hardwareOf(reader, command, row['id'])),
  );
  return found.map(({ row }, index) => controllerOf(row, hardware?.[index] ?? {}));
}

function hardwareOf({ cli, parts }: Reader, command: string, id = ''): Promise<Row> {
  const commands = NODE_COMMANDS.toSorted((a, b) => Number(b === command) - Number(a === command));
  return parts.either(
    `${command} hardware`,
    commands.map((one) => ({ ask: async () => firstOf(await cli.detail(`${one}hw`, id)) })),
  );
}

async function mdisks(reader: Reader): Promise<Disk[]> {
  const rows = await notEmptyWith(reader, 'total_mdisk_capacity', () =>
    reader.cli.rows('lsmdisk', { exact: true }),
  );
  return (await completed(reader, 'lsmdisk', rows, { exact: true })).map(mdiskOf);
}

async function drives(reader: Reader): Promise<Disk[]> {
  const rows = await reader.cli.rows('lsdrive', { exact: true });
  const found = await completed(reader, 'lsdrive', rows, { exact: true });
  return found.map(({ row }) => driveOf(row));
}

export async function fcPorts(reader: Reader): Promise<Port[]> {
  const rows = await reader.cli.rows('lsportfc');
  const found = await completed(reader, 'lsportfc', rows, {}, FC_PORT_FIELDS);
  return found.map(({ row }) => fcPortOf(row));
}

/** IP ports as releases list them: with their addresses, apart from them, or number by number. */
function ipPorts({ cli, parts }: Reader): Promise<Port[]> {
  const byNumber = async () =>
    withoutFailover(await portsByNumber(cli)).map((row) => ipPortOf(row));
  return parts.either('IP ports', [
    {
      async ask() {
        const rows = await cli.rows('lsportip');
        const complete = rows.every((row) => IP_PORT_FIELDS.every((field) => field in row));
        if (!complete || rows.length === 0) return await byNumber();
        return withoutFailover(rows).map((row) => ipPortOf(row));
      },
    },
    {
      async ask() {
        const ports = await cli.rows('lsportethernet');
        const addresses = await parts.added(() => cli.rows('lsip'));
        return ports.map((port) => ethernetPortOf(port, addresses));
      },
    },
    { ask: byNumber },
  ]);
}

/** Every port is listed a second time for the addresses it takes over from the partner node. */
const withoutFailover = (rows: readonly Row[]) => rows.filter((row) => row['failover'] !== 'yes');

const MOST_IP_PORTS = 8;

/** `lsportip N` prints port N of every node, and nothing or an error where no node has it. */
async function portsByNumber(cli: Cli): Promise<Row[]> {
  const ports: Row[] = [];
  for (let number = 1; number <= MOST_IP_PORTS; number += 1) {
    const command = `lsportip ${number}`;
    const read = (output: string) =>
      output.trim() === '' ? [] : partsOf(parseDetails(output, command), ['id']);
    try {
      const found = await cli.run(command, { read });
      if (found.length === 0) break;
      ports.push(...found);
    } catch (error) {
      const isBeyond = number > 1 && (error instanceof Gone || isRefusal(error));
      if (!isBeyond) throw error;
      break;
    }
  }
  return ports;
}

interface Host {
  readonly row: Row;
  /** Absent: it could not be read, which was told. */
  readonly detail: Detail | undefined;
}

/** Hosts and initiators stand in the same details. */
async function hostDetails(
  { cli, parts }: Reader,
  hosts: () => Promise<readonly Row[]>,
): Promise<Host[]> {
  const rows = (await hosts()).filter((row) => row['id']);
  const details = await parts.added(() =>
    parts.children(rows, ({ id }) =>
      unlessGone(() => cli.detail('lshost', id, { whole: hasItsPorts })),
    ),
  );
  return rows.flatMap((row, index) => {
    const detail = details?.[index];
    return detail === 'gone' ? [] : [{ row, detail }];
  });
}

/** Which volume is in which group: in the list of volumes, or asked for group by group. */
async function listVolumeGroups(
  { cli, parts }: Reader,
  allVolumes: () => Promise<readonly Row[]>,
): Promise<VolumeGroups> {
  const groups = await cli.rows('lsvolumegroup');
  const volumes = groups.length === 0 ? [] : await allVolumes();
  const listed = volumes.some((volume) => 'volume_group_id' in volume);
  const members = listed
    ? groups.map(({ id }) => volumes.filter((volume) => volume['volume_group_id'] === id))
    : await parts.children(groups, (group) => membersOf(cli, group));
  // A group whose volumes are not known is left out: it is not empty.
  const known = groups.flatMap((group, index) => {
    const own = members[index];
    if (!own) return [];
    const { id = '', name } = group;
    return [{ id, name: identifier(name), members: own.map((volume) => volume['id'] ?? '') }];
  });
  return toVolumeGroups(known);
}

/** A system that ignores the filter would put every volume in every group: the count tells. */
async function membersOf(cli: Cli, group: Row): Promise<readonly Row[]> {
  const count = text(group['volume_count']);
  const id = group['id'] ?? '';
  if (count === '0') return [];
  if (!/^\d+$/.test(id)) throw new InvalidResponse(`lsvolumegroup: "${id.slice(0, 40)}" is no id`);
  const rows = await cli.rows(`lsvdisk -filtervalue volume_group_id=${id}`);
  if (count === undefined || rows.length === Number(count)) return rows;
  throw new InvalidResponse(
    `volume group ${id}: ${rows.length} volumes, the system counts ${count}`,
  );
}
