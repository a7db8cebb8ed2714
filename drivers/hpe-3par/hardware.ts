/** Nodes, disks, ports and other parts: the command line tells more of them than the WSAPI. */
import { compact, type Disk, type Parts, type Session, type TableRow } from 'delfin-agent/driver';
import { firstOf, shellFirst, type ArrayData, type Interfaces } from './array.ts';
import type { Cage } from './cages.ts';
import * as cli from './cli-records.ts';
import { listComponents, readCages } from './components.ts';
import * as records from './records.ts';
import type { Shell } from './shell.ts';

type Hardware = Pick<Session, 'listControllers' | 'listDisks' | 'listPorts' | 'listComponents'>;

export function createHardware(interfaces: Interfaces, array: ArrayData): Hardware {
  const { shell, parts } = interfaces;
  const cages = parts.shared(async (own) => shell && (await own.ifAny(() => readCages(shell))));
  const disksOver = createDisks(parts, cages);
  return {
    listControllers: () =>
      shellFirst(
        interfaces,
        'controllers',
        (over) => listControllers(over, array, parts),
        async () => records.nodesOf(await array.system()),
        'names, memory and processors of nodes',
      ),
    listDisks: () =>
      shellFirst(
        interfaces,
        'disks',
        disksOver,
        async (rest) => (await rest.members('/disks', parts)).map(records.toDisk),
        'temperature and wear of disks',
      ),
    listPorts: () =>
      shellFirst(
        interfaces,
        'ports',
        (over) => listPorts(over, parts),
        async (rest) =>
          (await rest.members('/ports', parts)).map((port) => records.toPort(records.portOf(port))),
        'the highest speed of ports',
      ),
    ...(shell ? { listComponents: () => listComponents(shell, parts, cages, array.nodes) } : {}),
  };
}

/** Data that only adds; where the release lacks the option the answer is `none`. */
function extra<T>(
  parts: Parts,
  option: string,
  none: T,
  ask: () => Promise<T>,
  lacks?: string,
): Promise<T | undefined> {
  return parts.added(() =>
    firstOf(parts, option, [
      { ask },
      { ask: () => Promise.resolve(none), ...(lacks === undefined ? {} : { lacks }) },
    ]),
  );
}

async function listControllers(shell: Shell, array: ArrayData, parts: Parts) {
  const nodes = (await array.nodes()) ?? 0;
  const { rows } = await shell.table('shownode', cli.SHAPES.nodes, () => nodes);
  // Each node of an array has as many processors as the others.
  const processors = (table: { readonly rows: readonly TableRow[] }) =>
    rows.length * table.rows.filter(({ cells }) => cells['node'] === rows[0]?.cells['node']).length;
  const cpus = await extra(
    parts,
    'shownode -cpu',
    [],
    async () => (await shell.table('shownode -cpu', cli.SHAPES.nodeCpus, processors)).rows,
    'processors of nodes',
  );
  const versions = await extra<ReadonlyMap<string, string>>(
    parts,
    'showeeprom',
    new Map(),
    () => shell.text('showeeprom', cli.versionsOf, () => rows.length),
    'software versions of nodes',
  );
  const details = { cpus: cpus ?? [], versions: versions ?? new Map() };
  return rows.map((node) => cli.toController(node, details));
}

/** Wear is asked for so rarely: reading it is work for each disk. */
const WEAR_MS = 6 * 3_600_000;

function createDisks(parts: Parts, cages: () => Promise<readonly Cage[] | undefined>) {
  let wear: { readonly at: number; readonly rows: readonly TableRow[] } | undefined;

  async function wearOf(shell: Shell, disks: readonly TableRow[]): Promise<readonly TableRow[]> {
    const isFlash = disks.some(({ cells }) => /^(ssd|scm)$/i.test(cells['type'] ?? ''));
    if (!isFlash) return [];
    if (wear && performance.now() - wear.at < WEAR_MS) return wear.rows;
    const found = await extra(parts, 'showpd -e', [], async () => {
      const table = await shell.table('showpd -e', cli.SHAPES.diskWear, () => disks.length);
      return table.rows;
    });
    if (!found) return wear?.rows ?? [];
    wear = { at: performance.now(), rows: found };
    return found;
  }

  return async (shell: Shell) => {
    const { rows, disks } = await listDisks(shell, parts);
    const [worn, found] = [cli.byTitle(await wearOf(shell, rows), 'id'), await parts.added(cages)];
    const celsius = temperaturesOf(found ?? []);
    return disks.map((disk) =>
      compact<Disk>({
        ...disk,
        temperature: celsius.get(disk.location ?? ''),
        ...cli.wearOf(worn.get(disk.native_disk_id)),
      }),
    );
  };
}

/** By the place of a disk: cage, magazine and disk. */
function temperaturesOf(cages: readonly Cage[]): ReadonlyMap<string, number> {
  return new Map(
    cages.flatMap(({ id, temperatures }) =>
      Array.from(temperatures, ([place, celsius]) => [`${id}:${place}`, celsius] as const),
    ),
  );
}

async function listDisks(shell: Shell, parts: Parts) {
  const { rows } = await shell.table('showpd', cli.SHAPES.disks);
  const inventory = await extra(
    parts,
    'showpd -i',
    [],
    async () => (await shell.table('showpd -i', cli.SHAPES.diskInventory, () => rows.length)).rows,
    'makers, models and serial numbers of disks',
  );
  const byId = cli.byTitle(inventory ?? [], 'id');
  const disks = rows.map((disk) =>
    records.toDisk(cli.diskOf(disk, byId.get(disk.cells['id'] ?? ''))),
  );
  return { rows, disks };
}

/** Options of `showport`: what is lost without them; nothing where such ports can't exist then. */
const PORT_OPTIONS = {
  inventory: { option: '-i', lacks: 'the hardware of ports', lists: () => true },
  parameters: { option: '-par', lacks: 'the highest speed of ports', lists: () => true },
  connections: { option: '-c', lacks: 'the speed of FC ports', closing: true },
  iscsi: { option: '-iscsi', lists: (use) => use === 'iscsi' },
  rcip: { option: '-rcip', closing: true },
  fs: { option: '-fs', lists: (use) => use === 'fs' },
  fcoe: { option: '-fcoe' },
} as const satisfies Record<keyof cli.PortDetails, PortOption>;

interface PortOption {
  readonly option: string;
  readonly lacks?: string;
  /** The table always has a closing line. */
  readonly closing?: boolean;
  /** Ports of this use are in the table, whether it has a closing line or not. */
  readonly lists?: (use: string | undefined) => boolean;
}

async function listPorts(shell: Shell, parts: Parts) {
  const { rows } = await shell.table('showport', cli.SHAPES.ports);
  const details: { -readonly [K in keyof cli.PortDetails]?: cli.PortDetails[K] } = {};
  for (const [kind, about] of Object.entries(PORT_OPTIONS) as [
    keyof cli.PortDetails,
    PortOption,
  ][]) {
    const { option, lacks, closing, lists = () => false } = about;
    const shape = { ...cli.SHAPES.portDetails, ...(closing ? { closing } : {}) };
    const expected = rows.filter(({ cells }) => lists(cells['type'])).length;
    const command = `showport ${option}`;
    const ask = async () => (await shell.table(command, shape, () => expected)).rows;
    const found = await extra(parts, command, [], ask, lacks);
    details[kind] = found && cli.byTitle(found, 'n:s:p');
  }
  return rows.map((port) => records.toPort(cli.portOf(port, details as cli.PortDetails)));
}
