/** The lists of the contract: each from the interface where it is complete, or from the other by refusal. */
import {
  byId,
  text,
  toHostGroups,
  toPortGroups,
  toVolumeGroups,
  type Foreign,
  type Session,
  type Table,
} from 'delfin-agent/driver';
import { healthOf, type ArrayData } from './array.ts';
import { readCages, type Cage } from './cages.ts';
import { listComponents } from './components.ts';
import * as hosts from './host-records.ts';
import * as records from './records.ts';
import { createReplications } from './replications.ts';
import { cellsOf, type Shell } from './shell.ts';
import * as tables from './tables.ts';

export function createInventory(array: ArrayData) {
  return {
    ...blockLists(array),
    ...hostLists(array),
    ...hardwareLists(array),
    listReplications: createReplications(array),
    ...(array.rest
      ? { listAlertSources: async () => records.addressesOf(await array.system()) }
      : {}),
  } satisfies Partial<Session>;
}

type Load<T> = () => Promise<T>;

/** Finds by name; none, and told, where they could not be read. */
async function named({ parts }: ArrayData, load: Load<readonly Foreign[]>) {
  return byId(await parts.added(load), 'name');
}

function blockLists(array: ArrayData) {
  const { shell, parts, context } = array;
  const vendor = context.model === 'unistor_cf' ? 'H3C' : 'HPE';
  return {
    async getStorage() {
      const system = await array.system();
      const health = shell && (await parts.added(() => healthOf(shell)));
      return records.toStorage({ ...system, vendor, health, capacity: await array.capacity() });
    },
    async listStoragePools() {
      const cpgs = await array.cpgs();
      const promised = await array.promises();
      return records.toPools(cpgs, ({ name }) => ({ promised: promised?.(name) }));
    },
    async listVolumes() {
      const pool = await named(array, array.cpgs);
      const volumes = await array.volumes();
      const snapshots = records.snapshotsOf(volumes);
      return records.toVolumes(volumes, (one) => ({
        pool: pool(one['userCPG']),
        snapshots: snapshots(one),
      }));
    },
  } satisfies Partial<Session>;
}

function hostLists(array: ArrayData) {
  const exported = async () => hosts.templatesOf(await array.vluns());
  return {
    listStorageHosts: async () => hosts.toHosts(await array.hosts()),
    listStorageHostInitiators: async () => hosts.toInitiators(await array.paths()),
    async listStorageHostGroups() {
      const sets = await array.hostSets();
      return toHostGroups(hosts.setsOf(sets, await named(array, array.allHosts)));
    },
    async listVolumeGroups() {
      const sets = await array.volumeSets();
      return toVolumeGroups(hosts.setsOf(sets, await named(array, array.volumes)));
    },
    listPortGroups: async () => toPortGroups(hosts.portGroupsOf(await exported())),
    async listMaskingViews() {
      const vluns = await exported();
      if (vluns.length === 0) return [];
      return hosts.toMaskingViews(vluns, {
        hosts: await named(array, array.allHosts),
        volumes: await named(array, array.volumes),
        hostSets: await named(array, array.hostSets),
        volumeSets: await named(array, array.volumeSets),
      });
    },
  } satisfies Partial<Session>;
}

/** The command line tells more of nodes, disks and ports than the WSAPI. */
function hardwareLists(array: ArrayData) {
  const { shell, parts, shellFirst } = array;
  const cages = parts.shared(async (told) => shell && (await told.ifAny(() => readCages(shell))));
  const wear = createWear(array);
  return {
    listControllers: () =>
      shellFirst(
        'controllers',
        (over) => nodesOver(over, array),
        async () => records.toControllers(records.nodesOf(await array.system())),
        'names, memory and processors of nodes',
      ),
    listDisks: () =>
      shellFirst(
        'disks',
        (over) => disksOver(over, array, wear, cages),
        async (rest) => records.toDisks(await rest.members('/disks', parts)),
        'temperature and wear of disks',
      ),
    listPorts: () =>
      shellFirst(
        'ports',
        (over) => portsOver(over, array),
        async (rest) => records.toPorts(await rest.members('/ports', parts)),
        'the highest speed of ports',
      ),
    ...(shell ? { listComponents: () => listComponents(shell, array, cages) } : {}),
  } satisfies Partial<Session>;
}

/** What only adds to a list; where the release lacks the command it is `none`, undefined if it could not be read. */
function extra<T>(
  { parts, firstOf }: ArrayData,
  command: string,
  none: T,
  ask: Load<T>,
  lacks?: string,
) {
  return parts.added(() => firstOf(command, [{ ask }, { ask: async () => none, lacks }]));
}

/** Rows of a supplement; how many there must be is known by the rows that it adds to. */
function rowsOf(
  array: ArrayData,
  shell: Shell,
  { command, shape, lacks }: tables.Supplement,
  expected: (table: Table) => number,
) {
  const ask = () => shell.rows(command, shape, expected);
  return extra<readonly Foreign[]>(array, command, [], ask, lacks);
}

async function nodesOver(shell: Shell, array: ArrayData) {
  const count = (await array.nodes()) ?? 0;
  const nodes = await shell.rows('shownode', tables.SHAPES.nodes, () => count);
  const of = (rows: readonly Foreign[], { node }: Foreign = {}) =>
    rows.filter((row) => row['node'] === node);
  // Each node of an array has as many processors as the others.
  const allCpus = (table: Table) => nodes.length * of(cellsOf(table), nodes[0]).length;
  const cpus = await rowsOf(array, shell, tables.SUPPLEMENTS.processors, allCpus);
  const showVersions = () => shell.text('showeeprom', tables.versionsOf, () => nodes.length);
  const lacks = 'software versions of nodes';
  const versions = await extra(array, 'showeeprom', new Map(), showVersions, lacks);
  return records.toControllers(nodes, (node) => ({
    version: versions?.get(node['node']),
    ...tables.processorsOf(of(cpus ?? [], node)),
  }));
}

/** Wear is asked for so rarely: reading it is work for each disk. */
const WEAR_MS = 6 * 3_600_000;

/** Gives the rows of `showpd -e`; none on an array without flash. */
function createWear(array: ArrayData) {
  let wear: { readonly at: number; readonly rows: readonly Foreign[] } | undefined;
  return async (shell: Shell, disks: readonly Foreign[]): Promise<readonly Foreign[]> => {
    const isFlash = disks.some(({ type }) => /^(ssd|scm)$/i.test(String(type)));
    if (!isFlash) return [];
    if (wear && performance.now() - wear.at < WEAR_MS) return wear.rows;
    const rows = await rowsOf(array, shell, tables.SUPPLEMENTS.wear, () => disks.length);
    if (rows) wear = { at: performance.now(), rows };
    return wear?.rows ?? [];
  };
}

async function disksOver(
  shell: Shell,
  array: ArrayData,
  wearOf: ReturnType<typeof createWear>,
  cages: Load<readonly Cage[] | undefined>,
) {
  const disks = await shell.rows('showpd', tables.SHAPES.disks);
  const inventory = await rowsOf(array, shell, tables.SUPPLEMENTS.inventory, () => disks.length);
  const [made, worn] = [byId(inventory), byId(await wearOf(shell, disks))];
  const found = await array.parts.added(cages);
  // By the place of a disk: cage, magazine and disk.
  const celsius = new Map<string | undefined, number>(
    found?.flatMap(({ id, temperatures }) =>
      Array.from(temperatures, ([place, value]) => [`${id}:${place}`, value] as const),
    ),
  );
  return records.toDisks(
    disks.map((row) => tables.diskOf(row, made(row['id']))),
    ({ id, position }) => ({
      celsius: celsius.get(text(position)),
      wear: tables.wearOf(worn(id)),
    }),
  );
}

async function portsOver(shell: Shell, array: ArrayData) {
  const ports = await shell.rows('showport', tables.SHAPES.ports);
  const details = new Map<string, ReturnType<typeof byId>>();
  for (const { lists, ...supplement } of tables.PORT_OPTIONS) {
    const listed = ports.filter(({ type }) => lists === 'any' || (lists && type === lists));
    const rows = await rowsOf(array, shell, supplement, () => listed.length);
    if (rows) details.set(supplement.command, byId(rows, 'n:s:p'));
  }
  return records.toPorts(
    ports.map((row) => {
      const found = Array.from(details, ([command, of]) => [command, of(row['n:s:p']) ?? {}]);
      return tables.portOf(row, Object.fromEntries(found));
    }),
  );
}
