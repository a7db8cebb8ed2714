/** The session's lists: which commands tell what, and how they are joined. */
import {
  collectionsOf,
  Gone,
  groupsWith,
  InvalidResponse,
  ipAddress,
  isRefusal,
  text,
  toVolumeGroups,
  urlHost,
  type Component,
  type Foreign,
  type Port,
  type Session,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import * as hardware from './hardware.ts';
import * as records from './records.ts';
import * as replications from './replications.ts';
import { firstOf, haveAll, parseDetails, partsOf, type Row } from './table.ts';
import { listVolumes } from './volumes.ts';

/** The system's own addresses, which the configuration node has, and the service addresses of nodes. */
const SENDERS = ['IP_address', 'IP_address_6', 'service_IP_address', 'service_IP_address_6'];

export function createInventory(client: Client) {
  const { parts, rows, detailed, system } = client;
  const { kind, list } = collectionsOf(parts, rows);
  const hosts = parts.shared(() => rows('lshost'));
  const volumes = parts.shared(() => rows('lsvdisk'));
  const hostDetails = parts.shared(async () =>
    detailed('lshost', await hosts(), records.hasItsPorts),
  );
  const nodes = parts.shared(async () => detailed(...(await nodesOf(client))));
  /** Objects of a list that is not empty while the system has capacity of their kind. */
  const listed = async (command: string, capacity: string) => {
    const found = await rows(command);
    const { [capacity]: stated } = found.length === 0 ? await system() : {};
    if ((records.sizeOf(stated) ?? 0) === 0) return found;
    throw new InvalidResponse(`an empty list, but the system's ${capacity} is ${stated}`);
  };
  return {
    getStorage: async () => records.toStorage(await system()),
    async listStoragePools() {
      const pools = await listed('lsmdiskgrp', 'space_in_mdisk_grps');
      const isWhole = haveAll(pools, records.POOL_FIELDS);
      return records.toPools(isWhole ? pools : await detailed('lsmdiskgrp', pools));
    },
    listVolumes: async () => await listVolumes(client, await volumes()),
    async listControllers() {
      const found = await nodes();
      const ask = ({ id }: Foreign) => hardwareOf(client, text(id));
      const details = new Map(await parts.added(() => parts.pairs(found, ask)));
      return hardware.toControllers(found, (node) => ({ hardware: details.get(node) }));
    },
    listPorts: () => parts.union<Port>([() => fcPorts(client), () => ipPorts(client)]),
    listDisks: () =>
      parts.union([
        list(
          async () => detailed('lsmdisk', await listed('lsmdisk', 'total_mdisk_capacity')),
          hardware.toMdisks,
        ),
        list(async () => detailed('lsdrive', await rows('lsdrive')), hardware.toDrives),
      ]),
    listComponents: () => listComponents(client),
    listStorageHosts: list(hostDetails, records.toHosts),
    async listStorageHostInitiators() {
      const all = await hostDetails();
      const read = all.flatMap(({ detail }) => (detail ? [detail] : []));
      if (read.length > 0 || all.length === 0) return read.flatMap(records.initiatorsOf);
      throw new InvalidResponse('lshost: not one host tells its ports');
    },
    async listStorageHostGroups() {
      const clusters = await rows('lshostcluster');
      return records.toHostClusters(clusters, clusters.length === 0 ? [] : await hosts());
    },
    listVolumeGroups: () => listVolumeGroups(client, volumes),
    listMaskingViews: async () => records.toMaskingViews(await rows('lshostvdiskmap')),
    listReplications: () =>
      parts.union([
        async () => {
          const copies = await parts.ifAny(() => rows('lsrcrelationship'));
          if (!copies?.length) return copies && [];
          return replications.toRelationships(copies, await system(), client.context);
        },
        kind('lsvolumegroupreplication', replications.toGroupReplications),
        kind('lsfcmap', replications.toFlashCopies),
      ]),
    async listAlertSources() {
      const addresses = () => parts.ifAny(() => rows('lssystemip'));
      const found = await parts.union<Foreign>([addresses, nodes]);
      return [
        ...new Set(found.flatMap((row) => SENDERS.flatMap((one) => ipAddress(row[one]) ?? []))),
      ];
    },
    getAccessUrl: async () => consoleOf(await system(), client.host),
  } satisfies Partial<Session>;
}

/** `192.0.2.20:443`; where the system does not tell, the console is where the command line is. */
export function consoleOf(system: Row, host: string): string {
  const [, v6, v4 = '', port = '443'] =
    /^(?:\[([\da-f:]+)\]|([\w.-]+))(?::(\d+))?$/i.exec(text(system['console_IP']) ?? '') ?? [];
  const known = v6 ?? (v4 === '0.0.0.0' ? '' : v4);
  if (known === '') return `https://${urlHost(host)}/`;
  return `https://${urlHost(known)}${port === '443' ? '' : `:${port}`}/`;
}

/** Systems with canisters name their commands so; SVC and newer releases know the short names. */
const NODE_COMMANDS = ['lsnode', 'lsnodecanister'] as const;

const nodesOf = ({ firstKnown, rows }: Client) =>
  firstKnown(NODE_COMMANDS, async (command) => {
    const found = await rows(command);
    // Who answers is a node.
    if (found.length === 0) throw new InvalidResponse(`${command}: no nodes`);
    return [command, found] as const;
  });

/** Those at work, a spare one included that has taken over. */
export async function onlineNodes(client: Client): Promise<Row[]> {
  const [, found] = await nodesOf(client);
  return found.filter(({ status = '' }) => /^online(_spare)?$/.test(status));
}

const hardwareOf = ({ firstKnown, detail }: Client, id = ''): Promise<Row> =>
  firstKnown(
    NODE_COMMANDS.map((command) => `${command}hw`),
    async (command) => firstOf(await detail(command, id)),
  );

export async function fcPorts({ rows, detailed }: Client): Promise<Port[]> {
  const ports = await rows('lsportfc');
  const isWhole = haveAll(ports, hardware.FC_PORT_FIELDS);
  return hardware.toFcPorts(isWhole ? ports : await detailed('lsportfc', ports));
}

/** IP ports as releases list them: with their addresses, apart from them, or number by number. */
async function ipPorts(client: Client): Promise<Port[]> {
  const { parts, rows } = client;
  const found = await parts.either<readonly Foreign[]>('IP ports', [
    {
      async ask() {
        const ports = await rows('lsportip');
        const isWhole = ports.length > 0 && haveAll(ports, hardware.IP_PORT_FIELDS);
        return isWhole ? ports : await portsByNumber(client);
      },
    },
    {
      async ask() {
        const ports = await rows('lsportethernet');
        const addresses = await parts.added(() => rows('lsip'));
        return ports.map((port) => ({ ...port, ...hardware.addressesOf(port, addresses) }));
      },
    },
    { ask: () => portsByNumber(client) },
  ]);
  // Every port is listed a second time for the addresses it takes over from the partner node.
  return hardware.toIpPorts(found.filter(({ failover }) => failover !== 'yes'));
}

const MOST_IP_PORTS = 8;

/** `lsportip N` prints port N of every node, and nothing or an error where no node has it. */
async function portsByNumber({ run }: Client): Promise<readonly Row[]> {
  const ports: Row[] = [];
  for (let number = 1; number <= MOST_IP_PORTS; number += 1) {
    const command = `lsportip ${number}`;
    const read = (output: string) =>
      output.trim() === '' ? [] : partsOf(parseDetails(output, command), ['id']);
    const found = await run(command, { read }).catch((error: unknown) => {
      // There is no such number any more.
      if (number > 1 && (error instanceof Gone || isRefusal(error))) return [];
      throw error;
    });
    if (found.length === 0) break;
    ports.push(...found);
  }
  return ports;
}

/** Commands that a release lacks list nothing; one that fails costs its kind, told. */
function listComponents({ parts, rows }: Client): Promise<Component[]> {
  const { kind } = collectionsOf(parts, rows);
  /** Undefined: not known. A system without enclosures has nothing in them. */
  let enclosures: readonly Row[] | undefined;
  return parts.union<Component>([
    async () => {
      enclosures = await parts.ifAny(() => rows('lsenclosure'));
      if (!enclosures?.length) return enclosures && [];
      const stats = await parts.addedIfAny(() => rows('lsenclosurestats'));
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
async function listVolumeGroups(client: Client, allVolumes: () => Promise<readonly Row[]>) {
  const groups = await client.rows('lsvolumegroup');
  const volumes = groups.length === 0 ? [] : await allVolumes();
  const byGroup = Map.groupBy(volumes, (volume) => volume['volume_group_id']);
  const isListed = volumes.some((volume) => 'volume_group_id' in volume);
  // A group whose volumes are not known is left out: it is not empty.
  const members = await client.parts.pairs(groups, async (group) =>
    isListed ? (byGroup.get(group['id']) ?? []) : await membersOf(client, group),
  );
  const filled = members.map(([group, own]) => ({ ...group, own }));
  return toVolumeGroups(groupsWith(filled, 'own'));
}

/** A system that ignores the filter would put every volume in every group: the count tells. */
async function membersOf(client: Client, group: Row): Promise<readonly Row[]> {
  const { id = '', volume_count: count } = group;
  if (count === '0') return [];
  if (!/^\d+$/.test(id)) throw new InvalidResponse(`lsvolumegroup: "${id.slice(0, 40)}" is no id`);
  const rows = await client.rows(`lsvdisk -filtervalue volume_group_id=${id}`);
  if (!text(count) || rows.length === Number(count)) return rows;
  throw new InvalidResponse(
    `volume group ${id}: ${rows.length} volumes, the system counts ${count}`,
  );
}
