/** Cages with their parts, power supplies, batteries and sensors of nodes: the command line alone knows them. */
import {
  byId,
  compact,
  ComponentSchema,
  fraction,
  recordsOf,
  sizeOf,
  text,
  type Component,
  type Foreign,
  type Parts,
  type Table,
  type TableShape,
} from 'delfin-agent/driver';
import type { ArrayData } from './array.ts';
import type { Cage } from './cages.ts';
import { printed } from './records.ts';
import { sensorsOf } from './sensors.ts';
import type { Shell } from './shell.ts';
import { componentState } from './states.ts';
import { SHAPES } from './tables.ts';

type Load<T> = () => Promise<T | undefined>;

/** Commands that a release lacks list nothing; one that fails costs its kind, told. */
export function listComponents(
  shell: Shell,
  { parts, nodes }: ArrayData,
  cages: Load<readonly Cage[]>,
): Promise<Component[]> {
  /** Every node has parts of each kind. */
  const table = async (command: string, shape: TableShape) => {
    const all = (await nodes()) ?? 0;
    const expected = (read: Table) => {
      const having = new Set(read.rows.flatMap(({ cells }) => cells['node']?.split(',') ?? []));
      return sizeOf(read) + Math.max(0, all - having.size);
    };
    return await shell.rows(command, shape, expected, 'atLeast');
  };
  /** Each node has as many sensors as the first. */
  const sensors = async () => {
    const all = (await nodes()) ?? 0;
    const ofFirst = (found: readonly Component[]) =>
      found.filter((sensor) => sensor.native_parent_id === found[0]?.native_parent_id).length;
    return await shell.text('shownodeenv', sensorsOf, (found) => all * ofFirst(found), []);
  };
  let supplies: ReadonlySet<unknown> | undefined;
  const kinds = [
    async () => {
      const rows = await table('shownode -ps', SHAPES.supplies);
      const found = [...toSupplies(rows), ...toFans(rows.filter(({ fanstate }) => fanstate))];
      supplies = new Set(rows.map(supplyId));
      return found;
    },
    // Supplies that could not be read say nothing.
    async () =>
      toBatteries(await table('showbattery', SHAPES.batteries), (battery) => ({
        supply: supplies?.has(supplyId(battery)) ? supplyId(battery) : supplies && nodeOf(battery),
      })),
    sensors,
    () => listCages(shell, parts, cages),
  ];
  return parts.union<Component>(
    kinds.map((kind) => () => parts.ifAny<Component[] | undefined>(kind)),
  );
}

const supplyId = ({ node = '', ps = '' }: Foreign) => `node_${String(node)}_ps_${String(ps)}`;
const supplyName = ({ node = '', ps = '' }: Foreign) => `node ${String(node)} ps ${String(ps)}`;
const place = ({ node = '' }: Foreign) => `node ${String(node)}`;

/** Two nodes may share a supply: then it is a part of neither. */
function nodeOf({ node }: Foreign): string | undefined {
  const id = text(node);
  return id?.includes(',') ? undefined : id;
}

const toSupplies = recordsOf(ComponentSchema, {
  native_component_id: supplyId,
  name: supplyName,
  type: 'power_supply',
  status: ({ psstate, acstate, dcstate }) => componentState(psstate, acstate, dcstate),
  native_parent_id: nodeOf,
  location: place,
  part_number: 'assem_part',
  serial_number: 'assem_serial|serial',
});

/** Fans of supplies. */
const toFans = recordsOf(ComponentSchema, {
  native_component_id: (row) => `${supplyId(row)}_fan`,
  name: (row) => `${supplyName(row)} fan`,
  type: 'fan',
  status: ({ fanstate }) => componentState(fanstate),
  native_parent_id: supplyId,
  location: place,
});

const toBatteries = recordsOf(ComponentSchema, {
  native_component_id: (row) => `${supplyId(row)}_battery_${text(row['bat']) ?? ''}`,
  name: (row) => `${supplyName(row)} battery ${text(row['bat']) ?? ''}`,
  type: 'battery',
  status({ state, expired }) {
    const status = componentState(state);
    // Beyond its date it still works.
    return status === 'ok' && text(expired)?.toLowerCase() === 'yes' ? 'predicted_failure' : status;
  },
  native_parent_id: 'supply',
  location: place,
  serial_number: 'assem_serial|serial',
  charge_ratio: (row) => fraction(row['chrglvl(%)'] ?? row['chrglvl']),
});

/** The state of each cage stands in a view of its own. */
async function listCages(
  shell: Shell,
  parts: Parts,
  cages: Load<readonly Cage[]>,
): Promise<Component[] | undefined> {
  const found = await cages();
  if (!found || found.length === 0) return found && [];
  const ask = () => shell.rows('showcage -state', SHAPES.cages, () => found.length);
  // States that could not be read are absent; a release without them leaves them unknown.
  const states = await parts.added(async () => (await parts.ifAny(ask)) ?? []);
  const stateOf = byId(states, 'name');
  return found.flatMap((cage) => {
    const state = cage.state ?? stateOf(cage.name)?.['state'];
    return partsOfCage(cage, state === undefined && !states ? undefined : componentState(state));
  });
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
  const fans = cage.supplies.filter(({ fan }) => fan !== undefined);
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
    ...cage.supplies.map(({ name = '', state, ac, dc }) =>
      part(name, 'power_supply', componentState(state, ac, dc)),
    ),
    ...fans.map(({ name = '', fan }) =>
      part(`${name}_fan`, 'fan', componentState(fan), `${id}_${name}`),
    ),
  ];
}
