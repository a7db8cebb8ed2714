/** Cages with their parts, power supplies, batteries and sensors of nodes: the command line alone knows them. */
import {
  compact,
  sizeOf,
  text,
  type Component,
  type Parts,
  type Table,
  type TableRow,
} from 'delfin-agent/driver';
import { cagesOf, type Cage } from './cages.ts';
import { printed } from './records.ts';
import { sensorsOf } from './sensors.ts';
import { saysNothing, type Shell } from './shell.ts';
import { componentState } from './states.ts';

const NODES = /^\d+(,\d+)*$/;
const SHAPES = {
  supplies: { titles: ['node', 'ps'], rowStart: NODES },
  batteries: { titles: ['node', 'ps', 'bat'], rowStart: NODES },
  cages: { titles: ['id', 'name'], rowStart: /^\d+$/ },
} as const;

/** Commands that a release lacks list nothing; one that fails costs its kind, told. */
export function listComponents(
  shell: Shell,
  parts: Parts,
  cages: () => Promise<readonly Cage[] | undefined>,
  nodes: () => Promise<number | undefined>,
): Promise<Component[]> {
  /** Every node has parts of each kind. */
  const table = async (command: string, shape: (typeof SHAPES)[keyof typeof SHAPES]) => {
    const all = (await nodes()) ?? 0;
    const expected = (read: Table) => {
      const having = new Set(read.rows.flatMap(({ cells }) => cells['node']?.split(',') ?? []));
      return sizeOf(read) + Math.max(0, all - having.size);
    };
    return (await shell.table(command, shape, expected, 'atLeast')).rows;
  };
  /** Each node has as many sensors as the first. */
  const sensors = async () => {
    const all = (await nodes()) ?? 0;
    const ofFirst = (found: readonly Component[]) =>
      found.filter((sensor) => sensor.native_parent_id === found[0]?.native_parent_id).length;
    const read = (lines: readonly string[]) => orNothing(lines, sensorsOf);
    return await shell.text('shownodeenv', read, (found) => all * ofFirst(found));
  };
  const known: { supplies?: ReadonlySet<string> } = {};
  return parts.union<Component>([
    () =>
      parts.ifAny(async () => {
        const found = (await table('shownode -ps', SHAPES.supplies)).flatMap(supplyOf);
        known.supplies = new Set(found.map((part) => part.native_component_id));
        return found;
      }),
    () =>
      parts.ifAny(async () =>
        (await table('showbattery', SHAPES.batteries)).map((row) => batteryOf(row, known.supplies)),
      ),
    () => parts.ifAny(sensors),
    () => listCages(shell, parts, cages),
  ]);
}

/** The state of each cage stands in a view of its own. */
async function listCages(
  shell: Shell,
  parts: Parts,
  cages: () => Promise<readonly Cage[] | undefined>,
): Promise<Component[] | undefined> {
  const found = await cages();
  if (!found || found.length === 0) return found && [];
  const ask = () => shell.table('showcage -state', SHAPES.cages, () => found.length);
  // States that could not be read are absent; a release without them leaves them unknown.
  const states = await parts.added(async () => (await parts.ifAny(ask))?.rows ?? []);
  const stateOf = new Map(states?.map(({ cells }) => [cells['name'], cells['state']]));
  return found.flatMap((cage) => {
    const state = cage.state ?? stateOf.get(cage.name);
    return partsOfCage(cage, state === undefined && !states ? undefined : componentState(state));
  });
}

/** `showcage -d`, which has the temperature of each disk, too. */
export function readCages(shell: Shell): Promise<readonly Cage[]> {
  return shell.text('showcage -d', (lines) => orNothing(lines, cagesOf));
}

function orNothing<T>(
  lines: readonly string[],
  read: (lines: readonly string[]) => { readonly said: readonly T[]; readonly size: number },
) {
  return saysNothing(lines) ? { said: [], size: 0, closed: true } : read(lines);
}

/** Two nodes may share a supply: then it is a part of neither. */
const parentOf = (nodes = '') => (nodes.includes(',') ? undefined : nodes);

function supplyOf({ cells }: TableRow): Component[] {
  const { node = '', ps = '' } = cells;
  const own = {
    native_component_id: `node_${node}_ps_${ps}`,
    name: `node ${node} ps ${ps}`,
    native_parent_id: parentOf(node),
    location: `node ${node}`,
  };
  const fan = printed(cells['fanstate']);
  return [
    compact<Component>({
      ...own,
      type: 'power_supply',
      status: componentState(cells['psstate'], cells['acstate'], cells['dcstate']),
      part_number: printed(cells['assem_part']),
      serial_number: printed(cells['assem_serial'] ?? cells['serial']),
    }),
    ...(fan === undefined
      ? []
      : [
          compact<Component>({
            native_component_id: `${own.native_component_id}_fan`,
            name: `${own.name} fan`,
            type: 'fan',
            status: componentState(fan),
            native_parent_id: own.native_component_id,
            location: own.location,
          }),
        ]),
  ];
}

function batteryOf({ cells }: TableRow, supplies: ReadonlySet<string> | undefined): Component {
  const { node = '', ps = '', bat = '' } = cells;
  const supply = `node_${node}_ps_${ps}`;
  const status = componentState(cells['state']);
  const isOld = cells['expired']?.toLowerCase() === 'yes';
  return compact<Component>({
    native_component_id: `${supply}_battery_${bat}`,
    name: `node ${node} ps ${ps} battery ${bat}`,
    type: 'battery',
    // Beyond its date it still works.
    status: status === 'ok' && isOld ? 'predicted_failure' : status,
    // Supplies that could not be read say nothing.
    native_parent_id: supplies?.has(supply) ? supply : supplies && parentOf(node),
    location: `node ${node}`,
    serial_number: printed(cells['assem_serial'] ?? cells['serial']),
    charge_ratio: ratioOf(cells['chrglvl(%)'] ?? cells['chrglvl']),
  });
}

function ratioOf(percent: string | undefined): number | undefined {
  const value = /^\d{1,3}$/.test(percent ?? '') ? Number(percent) : undefined;
  return value === undefined || value > 100 ? undefined : value / 100;
}

function partsOfCage(cage: Cage, own: Component['status']): Component[] {
  const id = `cage_${cage.id}`;
  const part = (name: string, type: Component['type'], status: Component['status'], parent = id) =>
    compact<Component>({
      native_component_id: `${id}_${name}`,
      name: `${cage.name} ${name.replaceAll('_', ' ')}`,
      type,
      status,
      native_parent_id: parent,
      location: cage.name,
    });
  return [
    compact<Component>({
      native_component_id: id,
      name: cage.name,
      type: 'enclosure',
      status: own,
      location: printed(cage.position),
      model: text(cage.model),
    }),
    ...cage.boards.map((states, index) =>
      part(`card_${index}`, 'module', componentState(states[0], ...states.slice(1))),
    ),
    ...cage.supplies.flatMap((supply) => [
      part(supply.name, 'power_supply', componentState(supply.state, supply.ac, supply.dc)),
      ...(supply.fan === undefined
        ? []
        : [part(`${supply.name}_fan`, 'fan', componentState(supply.fan), `${id}_${supply.name}`)]),
    ]),
  ];
}
