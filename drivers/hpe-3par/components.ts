/** Cages with their parts, power supplies, batteries and sensors of nodes: the command line alone knows them. */
import {
  byId,
  byPath,
  ComponentSchema,
  fraction,
  recordsOf,
  sizeOf,
  text,
  type Component,
  type Foreign,
  type Table,
} from 'delfin-agent/driver';
import type { ArrayData } from './array.ts';
import type { Cage } from './cages.ts';
import { printed } from './records.ts';
import { blocksOf, wordsOf, type Shell } from './shell.ts';
import { componentState } from './states.ts';

/** Commands that a release lacks list nothing; one that fails costs its kind, told. */
export function listComponents(shell: Shell, array: ArrayData): Promise<Component[]> {
  /** Every node has parts of each kind. */
  const table = async (command: string, shape: 'supplies' | 'batteries') => {
    const all = await array.nodes();
    const expected = (read: Table) => {
      const having = new Set(read.rows.flatMap(({ cells }) => cells['node']?.split(',') ?? []));
      return sizeOf(read) + Math.max(0, all - having.size);
    };
    return await shell.rows(command, shape, expected);
  };
  let supplies: ReadonlySet<unknown> | undefined;
  const kinds = [
    async () => {
      const found = (await table('shownode -ps', 'supplies')).map(supplyOf);
      supplies = new Set(found.map(({ id }) => id));
      return toComponents([...found, ...found.flatMap(fanOf)]);
    },
    async () =>
      toComponents(await table('showbattery', 'batteries'), (row) => batteryOf(row, supplies)),
    () => listSensors(shell, array),
    () => listCages(shell, array),
  ];
  return array.parts.union<Component>(kinds.map((kind) => () => array.parts.ifAny(kind)));
}

/** Each node has as many sensors as the first. */
async function listSensors(shell: Shell, { nodes }: ArrayData): Promise<Component[]> {
  const all = await nodes();
  const ofFirst = (found: readonly Component[]) =>
    found.filter((sensor) => sensor.native_parent_id === found[0]?.native_parent_id).length;
  return await shell.text('shownodeenv', sensorsOf, (found) => all * ofFirst(found), []);
}

async function listCages(shell: Shell, { parts, cages }: ArrayData) {
  const found = await cages();
  if (!found || found.length === 0) return found && [];
  const ask = () => shell.rows('showcage -state', 'cages', () => found.length);
  // States that could not be read are absent; a release without them leaves them unknown.
  const states = await parts.added(async () => (await parts.ifAny(ask)) ?? []);
  const stateOf = byId(states, 'name');
  const all = found.flatMap((cage) => {
    const state = cage.state ?? stateOf(cage.name)?.['state'];
    return partsOfCage(cage, state || states ? componentState(state) : undefined);
  });
  return toComponents(all);
}

/** Parts as `part` names them, and beside them what some kinds have. */
const PATHS = {
  native_component_id: 'id',
  name: 'name',
  native_parent_id: 'parent',
  location: 'location',
  model: 'model',
  part_number: 'assembly',
  serial_number: 'serial',
  temperature: 'temperature',
  fan_speed: 'fan_speed',
  power: 'power',
  voltage: 'voltage',
  charge_ratio: 'charge',
} as const;
const toComponents = recordsOf(ComponentSchema, {
  ...PATHS,
  type: ({ type }) => type as Component['type'],
  status: ({ status }) => status as Component['status'],
});

type Owner = Readonly<Record<'id' | 'name' | 'location', string>>;
type Word = string | undefined;

/** A part of a cage, a node or another part; `words` name it there, its own state comes first. */
function part(
  owner: Owner,
  words: readonly Word[],
  type: Component['type'],
  [state, ...others]: readonly unknown[] = [],
) {
  const id = [owner.id, ...words].join('_');
  const name = [owner.name, ...words].join(' ');
  const status = componentState(state, ...others);
  return { id, name, type, status, parent: owner.id, location: owner.location };
}

/** A supply has a fan where the array says how that is. */
const fanOf = (supply: Owner & { readonly fan?: unknown }) =>
  supply.fan ? part(supply, ['fan'], 'fan', [supply.fan]) : [];

function nodeAt(node = ''): Owner {
  const name = `node ${node}`;
  return { id: `node_${node}`, name, location: name };
}

/** Two nodes may share a supply: then it is a part of neither. */
function nodeOf({ node }: Foreign): Word {
  const id = text(node);
  return id?.includes(',') ? undefined : id;
}

const serialOf = byPath('assem_serial|serial', text);

function supplyOf(row: Foreign) {
  const { psstate, acstate, dcstate, fanstate: fan, assem_part: assembly } = row;
  const words = ['ps', text(row['ps'])];
  const states = [psstate, acstate, dcstate];
  const supply = part(nodeAt(text(row['node'])), words, 'power_supply', states);
  return { ...supply, fan, parent: nodeOf(row), serial: serialOf(row), assembly };
}

/** Supplies that could not be read say nothing of what it is a part of. */
function batteryOf(row: Foreign, supplies: ReadonlySet<unknown> | undefined) {
  const supply = supplyOf(row);
  const battery = part(supply, ['battery', text(row['bat'])], 'battery', [row['state']]);
  // Beyond its date it still works.
  const isOld = battery.status === 'ok' && text(row['expired'])?.toLowerCase() === 'yes';
  return {
    ...battery,
    status: isOld ? 'predicted_failure' : battery.status,
    parent: supplies?.has(supply.id) ? supply.id : supplies && nodeOf(row),
    serial: serialOf(row),
    charge: fraction(row['chrglvl(%)'] ?? row['chrglvl']),
  };
}

function partsOfCage(cage: Cage, status: Component['status']): Foreign[] {
  const { name, model, position } = cage;
  const own = { id: `cage_${cage.id}`, name, location: name };
  const supplies = cage.supplies.map(({ name: word, state, ac, dc, fan }) => ({
    ...part(own, [word], 'power_supply', [state, ac, dc]),
    fan,
  }));
  return [
    { ...own, type: 'enclosure', status, location: printed(position), model },
    ...cage.boards.map((states, at) => part(own, ['card', String(at)], 'module', states)),
    ...supplies,
    ...supplies.flatMap(fanOf),
  ];
}

/** Currents have no place in the contract. */
const UNITS: Readonly<
  Record<string, { readonly type: Component['type']; readonly field: keyof Component }>
> = {
  C: { type: 'temperature', field: 'temperature' },
  V: { type: 'voltage', field: 'voltage' },
  RPM: { type: 'fan', field: 'fan_speed' },
  W: { type: 'other', field: 'power' },
};

/** A name, then the first number with a unit behind it: what is measured. */
const READING = /^(\S.*?) (-?\d+(?:\.\d+)?) (C|V|A|W|RPM)(?: (.*))?$/;

/**
 * `shownodeenv`: a block a node, a line a sensor.
 *
 *     Node 0
 *     ---------
 *     ------Measurement------ -Reading- -Lo_Limit- -Hi_Limit- -----Status-----
 *                    Ambient      21 C        5 C       40 C Within Tolerance
 *                  PS0 Fan0   4380 RPM   1540 RPM   7140 RPM Within Tolerance
 */
export function sensorsOf(lines: readonly string[]) {
  const [, ...nodes] = blocksOf(lines, /^\s*Node\s+(\d+)$/);
  const counts = new Map<string, number>();
  const found = nodes.flatMap(({ name: node, lines: own }) =>
    own.flatMap((line) => {
      const said = wordsOf(line.slice(0, 1_000)).join(' ');
      const [, name = '', value, unit = '', rest = ''] = READING.exec(said) ?? [];
      const kind = UNITS[unit];
      if (!kind) return [];
      const sensor = part(nodeAt(node), [name], kind.type);
      // Some names come twice.
      const count = (counts.get(sensor.id) ?? 0) + 1;
      counts.set(sensor.id, count);
      const id = count === 1 ? sensor.id : `${sensor.id}#${count}`;
      const status = toleranceOf(rest);
      return { ...sensor, id, status, parent: node, [kind.field]: value };
    }),
  );
  return { said: toComponents(found), size: found.length };
}

/** By what follows the two limits. */
function toleranceOf(said: string): NonNullable<Component['status']> {
  if (/within tolerance$/i.test(said)) return 'ok';
  return /out of tolerance|out of range|above|below|exceed|fail/i.test(said) ? 'failed' : 'unknown';
}
