/** The lists of a session: each from the interface where it is complete, else from the other one. */
import {
  BackendError,
  NotSupported,
  type Controller,
  type Disk,
  type Foreign,
  type Port,
  type Session,
  type Volume,
} from 'delfin-agent/driver';
import type { CliClient } from './cli.ts';
import * as cliRecords from './cli-records.ts';
import * as hardware from './hardware.ts';
import {
  either,
  hostIds,
  hostPaths,
  isRefusal,
  poolIds,
  readHealth,
  volumeIds,
  type ArrayZone,
  type Clients,
} from './lookups.ts';
import * as mapping from './mapping.ts';
import * as records from './records.ts';
import * as restRecords from './rest-records.ts';
import type { Row } from './table.ts';

type Lists = Omit<
  Session,
  | 'close'
  | 'listAlerts'
  | 'clearAlert'
  | 'addTrapConfig'
  | 'removeTrapConfig'
  | 'getCapabilities'
  | 'collectPerfMetrics'
  | 'getLatestPerfTimestamp'
>;

const HOST_SETS = { command: 'showhostset -d', path: '/hostsets' } as const;
const VOLUME_SETS = { command: 'showvvset -d', path: '/volumesets' } as const;

export function createLists(clients: Clients, zone: ArrayZone): Lists {
  const { rest, cli } = clients;
  const lists: Lists = {
    async getStorage() {
      const system = await readSystem(clients);
      zone.learn(system);
      return records.toStorage(system, await readHealth(clients));
    },
    listStoragePools: () =>
      either([
        rest && (async () => (await rest.members('/cpgs')).map(records.toPool)),
        cli && (async () => cliRecords.cpgsOf(await cli.table('showcpg', cliRecords.SHAPES.cpgs))),
      ]),
    listVolumes: () => listVolumes(clients),
    listPorts: () =>
      either([
        cli && (() => listPorts(cli)),
        rest && (async () => (await rest.members('/ports')).map(restRecords.toPort)),
      ]),
    listStorageHosts: () =>
      either([
        rest &&
          (async () =>
            (await rest.members('/hosts')).flatMap((host) => records.toHost(host) ?? [])),
        cli && (async () => cliRecords.toHosts(await hostPaths(cli))),
      ]),
    listStorageHostInitiators: async () =>
      records.toInitiators(
        await either([
          cli && (async () => (await hostPaths(cli)).flatMap(mapping.toPaths)),
          rest && (async () => (await rest.members('/hosts')).flatMap(records.toPaths)),
        ]),
      ),
    listStorageHostGroups: async () =>
      mapping.toHostGroups(await listSets(clients, HOST_SETS), await hostIds(clients)),
    listVolumeGroups: async () =>
      mapping.toVolumeGroups(await listSets(clients, VOLUME_SETS), await volumeIds(clients)),
    listPortGroups: async () => mapping.toPortGroups(await listExports(clients)),
    listMaskingViews: () => listMaskingViews(clients),
  };
  if (!cli) return lists;
  return {
    ...lists,
    listControllers: () => listControllers(cli),
    listDisks: () => listDisks(cli),
  };
}

function readSystem({ rest, cli }: Clients): Promise<Foreign> {
  return either([
    rest && (() => rest.get('/system')),
    cli &&
      (async () =>
        cliRecords.systemOf(await cli.run('showsys -d'), await optional(cli, 'showversion -b'))),
  ]);
}

async function listVolumes(clients: Clients): Promise<Volume[]> {
  const { rest, cli } = clients;
  const pools = await knownPools(clients);
  const overCli = cliRecords.VOLUME_COMMANDS.map(
    (command) =>
      cli &&
      (async () => {
        const rows = await cli.rows(command, cliRecords.SHAPES.volumes);
        return rows.map((row) => cliRecords.toVolume(row, pools));
      }),
  );
  return await either([
    rest &&
      (async () =>
        (await rest.members('/volumes')).map((volume) => records.toVolume(volume, pools))),
    ...overCli,
  ]);
}

/** Volumes without the id of their pool are better than no volumes. */
async function knownPools(clients: Clients): Promise<mapping.Ids> {
  try {
    return await poolIds(clients);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    clients.context.log.warn({ err: error }, 'the pools of volumes are not known: no list of CPGs');
    return new Map();
  }
}

async function listControllers(cli: CliClient): Promise<Controller[]> {
  const { SHAPES } = hardware;
  const nodes = await cli.rows('shownode', SHAPES.nodes);
  const details = {
    cpus: await cli.extraRows('shownode -cpu', SHAPES.nodeCpus),
    versions: hardware.versionsOf(await optional(cli, 'showeeprom')),
  };
  return nodes.map((node) => hardware.toController(node, details));
}

async function listDisks(cli: CliClient): Promise<Disk[]> {
  const { SHAPES } = hardware;
  const disks = await cli.rows('showpd', SHAPES.disks);
  const inventory = await cli.extraRows('showpd -i', SHAPES.diskInventory);
  const byId = hardware.byId(inventory, 'id');
  return disks.map((disk) => hardware.toDisk(disk, byId));
}

async function listPorts(cli: CliClient): Promise<Port[]> {
  const { SHAPES } = hardware;
  const ports = await cli.rows('showport', SHAPES.ports);
  const extra = async (option: string, shape: Parameters<CliClient['extraRows']>[1]) =>
    byPosition(await cli.extraRows(`showport ${option}`, shape));
  const details = {
    inventory: await extra('-i', SHAPES.portInventory),
    parameters: await extra('-par', SHAPES.portParameters),
    connections: await extra('-c', SHAPES.portConnections),
    iscsi: await extra('-iscsi', SHAPES.portNetwork),
    rcip: await extra('-rcip', SHAPES.portNetwork),
    fs: await extra('-fs', SHAPES.portNetwork),
    fcoe: await extra('-fcoe', SHAPES.portNetwork),
  };
  return ports.map((port) => hardware.toPort(port, details));
}

function byPosition(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return hardware.byId(rows, 'n:s:p');
}

function listSets(
  { rest, cli }: Clients,
  kind: { readonly command: string; readonly path: string },
): Promise<mapping.NamedSet[]> {
  return either([
    cli && (async () => (await cli.rows(kind.command, mapping.SHAPES.sets)).map(mapping.toSet)),
    rest && (async () => (await rest.members(kind.path)).map(restRecords.toSet)),
  ]);
}

function listExports({ rest, cli }: Clients): Promise<mapping.Vlun[]> {
  return either([
    cli && (async () => (await cli.rows('showvlun -t', mapping.SHAPES.vluns)).map(mapping.toVlun)),
    rest && (async () => restRecords.toVluns(await rest.members('/vluns'))),
  ]);
}

async function listMaskingViews(clients: Clients) {
  const vluns = await listExports(clients);
  if (vluns.length === 0) return [];
  const ids = {
    hosts: await hostIds(clients),
    volumes: await volumeIds(clients),
    hostSets: mapping.idsOfSets(await listSets(clients, HOST_SETS)),
    volumeSets: mapping.idsOfSets(await listSets(clients, VOLUME_SETS)),
  };
  return vluns.flatMap((vlun) => mapping.toMaskingView(vlun, ids) ?? []);
}

/** The output of a command that this release may lack. */
async function optional(cli: CliClient, command: string): Promise<string> {
  try {
    return await cli.run(command);
  } catch (error) {
    if (error instanceof NotSupported || error instanceof BackendError) return '';
    throw error;
  }
}
