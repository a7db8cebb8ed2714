/** The session's lists: which commands tell what, and how they are joined. */
import {
  collectionsOf,
  Gone,
  InvalidResponse,
  ipAddress,
  isRefusal,
  text,
  toVolumeGroups,
  urlHost,
  type Component,
  type DriverContext,
  type Foreign,
  type Parts,
  type Port,
} from 'delfin-agent/driver';
import { EXACT, type Cli } from './client.ts';
import * as hardware from './hardware.ts';
import * as records from './records.ts';
import * as replications from './replications.ts';
import { zoneOf } from './statistics.ts';
import { firstOf, parseDetails, partsOf, type Detail, type Row } from './table.ts';
import { listVolumes } from './volumes.ts';

/** What reads the array: its command line, and what a part that fails costs. */
export interface Reader {
  readonly cli: Cli;
  readonly parts: Parts;
  readonly context: DriverContext;
  /** The system's own details, asked for once a round. */
  readonly system: () => Promise<Row>;
}

export function createInventory(reader: Reader, host: string) {
  const { cli, parts, context, system } = reader;
  const { kind } = collectionsOf(parts, cli.rows);
  const hosts = parts.shared(() => cli.rows('lshost'));
  const hostDetails = parts.shared(async () =>
    detailed(reader, 'lshost', await hosts(), records.hasItsPorts),
  );
  const volumes = parts.shared(() => cli.rows('lsvdisk'));
  const nodes = parts.shared(async () => detailed(reader, ...(await nodesOf(reader))));
  /** Objects of a list that is not empty while the system has capacity of their kind. */
  const listed = async (command: string, capacity: string) => {
    const rows = await cli.rows(command);
    const { [capacity]: stated } = rows.length === 0 ? await system() : {};
    if ((records.sizeOf(stated) ?? 0) === 0) return rows;
    throw new InvalidResponse(`an empty list, but the system's ${capacity} is ${stated}`);
  };
  return {
    getStorage: async () => records.toStorage(await system()),
    async listStoragePools() {
      const rows = await listed('lsmdiskgrp', 'space_in_mdisk_grps');
      return records.toPools(await completed(reader, 'lsmdiskgrp', rows, records.POOL_FIELDS));
    },
    listVolumes: async () => await listVolumes(reader, await volumes()),
    async listControllers() {
      const found = await nodes();
      const details = await parts.added(() =>
        parts.children(found, ({ id }) => hardwareOf(reader, text(id))),
      );
      return hardware.toControllers(
        found.map((row, index) => ({ ...row, hardware: details?.[index] })),
      );
    },
    listPorts: () => parts.union<Port>([() => fcPorts(reader), () => ipPorts(reader)]),
    listDisks: () =>
      parts.union([
        async () => {
          const rows = await listed('lsmdisk', 'total_mdisk_capacity');
          return hardware.toMdisks(await detailed(reader, 'lsmdisk', rows));
        },
        async () => hardware.toDrives(await detailed(reader, 'lsdrive', await cli.rows('lsdrive'))),
      ]),
    listComponents: () => listComponents(reader),
    listStorageHosts: async () => records.toHosts(await hostDetails()),
    async listStorageHostInitiators() {
      const all = await hostDetails();
      const read = all.flatMap(({ detail }) => (detail ? [detail] : []));
      if (read.length > 0 || all.length === 0) return read.flatMap(records.initiatorsOf);
      throw new InvalidResponse('lshost: not one host tells its ports');
    },
    async listStorageHostGroups() {
      const clusters = await cli.rows('lshostcluster');
      return records.toHostClusters(clusters, clusters.length === 0 ? [] : await hosts());
    },
    listVolumeGroups: () => listVolumeGroups(reader, volumes),
    listMaskingViews: async () => records.toMaskingViews(await cli.rows('lshostvdiskmap')),
    listReplications: () =>
      parts.union([
        async () => {
          const rows = await parts.ifAny(() => cli.rows('lsrcrelationship'));
          if (!rows?.length) return rows && [];
          const own = await system();
          return replications.toRelationships(rows, own['id'], zoneOf(own, context), context.now());
        },
        kind('lsvolumegroupreplication', replications.toGroupReplications),
        kind('lsfcmap', replications.toFlashCopies),
      ]),
    /** The system's own addresses, which the configuration node has, and the service addresses of nodes. */
    async listAlertSources() {
      const rows = await parts.union<Foreign>([
        () => parts.ifAny(() => cli.rows('lssystemip')),
        nodes,
      ]);
      const fields = ['IP_address', 'IP_address_6', 'service_IP_address', 'service_IP_address_6'];
      return [
        ...new Set(rows.flatMap((row) => fields.flatMap((one) => ipAddress(row[one]) ?? []))),
      ];
    },
    getAccessUrl: async () => consoleOf(await system(), host),
  };
}

/** `192.0.2.20:443`; where the system does not tell, the console is where the command line is. */
export function consoleOf(system: Row, host: string): string {
  const [, v6, v4 = '', port = '443'] =
    /^(?:\[([\da-f:]+)\]|([\w.-]+))(?::(\d+))?$/i.exec(text(system['console_IP']) ?? '') ?? [];
  const known = v6 ?? (v4 === '0.0.0.0' ? '' : v4);
  if (known === '') return `https://${urlHost(host)}/`;
  return `https://${urlHost(known)}${port === '443' ? '' : `:${port}`}/`;
}

/** A row of a list with its object's detailed view; absent: it could not be read, which was told. */
export type Detailed = Foreign & { readonly detail?: Detail };

/** Rows with their objects' detailed views; objects that have gone are left out. */
export async function detailed(
  { cli, parts }: Reader,
  command: string,
  all: readonly Row[],
  whole?: (detail: Detail) => boolean,
): Promise<Detailed[]> {
  const rows = all.filter((row) => row['id']);
  const details = await parts.added(() =>
    parts.children(rows, async ({ id }) => {
      try {
        return await cli.detail(command, id, whole);
      } catch (error) {
        if (error instanceof Gone) return 'gone';
        throw error;
      }
    }),
  );
  return rows.flatMap((row, index): Detailed | readonly Detailed[] => {
    const detail = details?.[index];
    if (detail === 'gone') return [];
    if (detail) return { ...row, ...firstOf(detail), detail };
    return EXACT.has(command) ? records.withoutRounded(row) : row;
  });
}

/** The same, only if a row lacks one of these columns, or has it rounded. */
async function completed(
  reader: Reader,
  command: string,
  rows: readonly Row[],
  needed: readonly string[],
): Promise<readonly Foreign[]> {
  const isWhole = (row: Row) =>
    needed.every((column) => column in row && !records.isRounded(row[column]));
  return rows.every(isWhole) ? rows : await detailed(reader, command, rows);
}

/** Systems with canisters name their commands so; SVC and newer releases know the short names. */
const NODE_COMMANDS = ['lsnode', 'lsnodecanister'] as const;

const nodesOf = ({ cli, parts }: Reader) =>
  firstKnown(parts, NODE_COMMANDS, async (command) => {
    const rows = await cli.rows(command);
    // Who answers is a node.
    if (rows.length === 0) throw new InvalidResponse(`${command}: no nodes`);
    return [command, rows] as const;
  });

/** What a command tells under the name that the release knows. */
export const firstKnown = <T>(
  parts: Parts,
  commands: readonly string[],
  ask: (command: string) => Promise<T>,
): Promise<T> =>
  parts.either(
    commands.join(' or '),
    commands.map((command) => ({ ask: () => ask(command) })),
  );

/** Those at work, a spare one included that has taken over. */
export async function onlineNodes(reader: Reader): Promise<Row[]> {
  const [, rows] = await nodesOf(reader);
  return rows.filter(({ status = '' }) => /^online(_spare)?$/.test(status));
}

const hardwareOf = ({ cli, parts }: Reader, id = ''): Promise<Row> =>
  firstKnown(
    parts,
    NODE_COMMANDS.map((command) => `${command}hw`),
    async (command) => firstOf(await cli.detail(command, id)),
  );

export async function fcPorts(reader: Reader): Promise<Port[]> {
  const rows = await reader.cli.rows('lsportfc');
  return hardware.toFcPorts(await completed(reader, 'lsportfc', rows, hardware.FC_PORT_FIELDS));
}

/** IP ports as releases list them: with their addresses, apart from them, or number by number. */
async function ipPorts({ cli, parts }: Reader): Promise<Port[]> {
  const found = await parts.either<readonly Foreign[]>('IP ports', [
    {
      async ask() {
        const rows = await cli.rows('lsportip');
        const isWhole = (row: Row) => hardware.IP_PORT_FIELDS.every((field) => field in row);
        return rows.length > 0 && rows.every(isWhole) ? rows : await portsByNumber(cli);
      },
    },
    {
      async ask() {
        const ports = await cli.rows('lsportethernet');
        const addresses = await parts.added(() => cli.rows('lsip'));
        return ports.map((port) => ({ ...port, ...hardware.addressesOf(port, addresses) }));
      },
    },
    { ask: () => portsByNumber(cli) },
  ]);
  // Every port is listed a second time for the addresses it takes over from the partner node.
  return hardware.toIpPorts(found.filter(({ failover }) => failover !== 'yes'));
}

const MOST_IP_PORTS = 8;

/** `lsportip N` prints port N of every node, and nothing or an error where no node has it. */
async function portsByNumber(cli: Cli): Promise<readonly Row[]> {
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

/** Commands that a release lacks list nothing; one that fails costs its kind, told. */
function listComponents({ cli, parts }: Reader): Promise<Component[]> {
  const { kind } = collectionsOf(parts, cli.rows);
  /** Undefined: not known. A system without enclosures has nothing in them. */
  let enclosures: readonly Row[] | undefined;
  return parts.union<Component>([
    async () => {
      enclosures = await parts.ifAny(() => cli.rows('lsenclosure'));
      if (!enclosures?.length) return enclosures && [];
      const stats = await parts.addedIfAny(() => cli.rows('lsenclosurestats'));
      return hardware.toEnclosures(enclosures, ({ id }) =>
        Object.fromEntries(
          (stats ?? [])
            .filter((stat) => stat['enclosure_id'] === id)
            .map((stat) => [stat['stat_name'] ?? '', stat['stat_current']]),
        ),
      );
    },
    ...Object.entries(hardware.PARTS).map(([command, part]) => async () => {
      if (part.within === 'enclosure' && enclosures?.length === 0) return [];
      return await kind(command, hardware.toParts(part))();
    }),
  ]);
}

/** Which volume is in which group: in the list of volumes, or asked for group by group. */
async function listVolumeGroups({ cli, parts }: Reader, allVolumes: () => Promise<readonly Row[]>) {
  const groups = await cli.rows('lsvolumegroup');
  const volumes = groups.length === 0 ? [] : await allVolumes();
  const byGroup = Map.groupBy(volumes, (volume) => volume['volume_group_id']);
  const isListed = volumes.some((volume) => 'volume_group_id' in volume);
  // A group whose volumes are not known is left out: it is not empty.
  const members = await parts.pairs(groups, async (group) =>
    isListed ? (byGroup.get(group['id']) ?? []) : await membersOf(cli, group),
  );
  return toVolumeGroups(members.map(([group, own]) => records.groupOf(group, own)));
}

/** A system that ignores the filter would put every volume in every group: the count tells. */
async function membersOf(cli: Cli, group: Row): Promise<readonly Row[]> {
  const { id = '', volume_count: count } = group;
  if (count === '0') return [];
  if (!/^\d+$/.test(id)) throw new InvalidResponse(`lsvolumegroup: "${id.slice(0, 40)}" is no id`);
  const rows = await cli.rows(`lsvdisk -filtervalue volume_group_id=${id}`);
  if (!text(count) || rows.length === Number(count)) return rows;
  throw new InvalidResponse(
    `volume group ${id}: ${rows.length} volumes, the system counts ${count}`,
  );
}
