/** Enclosures and what is in them, batteries and supplies of nodes: a list view a kind, no details. */
import {
  compact,
  fraction,
  identifier,
  lookup,
  number,
  text,
  type Component,
} from 'delfin-agent/driver';
import { ifKnown, type Reader } from './inventory.ts';
import type { Row } from './table.ts';

const STATUS = {
  online: 'ok',
  degraded: 'degraded',
  offline: 'failed',
  excluded: 'failed',
} as const;

interface Kind {
  readonly type: Component['type'];
  readonly title: string;
  /** Columns of the number among its siblings, by release. */
  readonly ids: readonly string[];
}

/** Each numbered within its enclosure. */
const IN_ENCLOSURES: Readonly<Record<string, Kind>> = {
  lsenclosurecanister: { type: 'module', title: 'canister', ids: ['canister_id'] },
  lsenclosurepsu: { type: 'power_supply', title: 'PSU', ids: ['PSU_id', 'psu_id'] },
  lsenclosurefanmodule: { type: 'fan', title: 'fan module', ids: ['fan_module_id'] },
  lsenclosurebattery: { type: 'battery', title: 'battery', ids: ['battery_id'] },
  lsenclosuresem: { type: 'module', title: 'SEM', ids: ['sem_id', 'SEM_id'] },
};
/** Each numbered within its node. */
const IN_NODES: Readonly<Record<string, Kind>> = {
  lsnodebattery: { type: 'battery', title: 'battery', ids: ['battery_id', 'battery_slot', 'id'] },
  lsnodepsu: { type: 'power_supply', title: 'PSU', ids: ['PSU_id', 'psu_id', 'id'] },
};

/** Commands that a release lacks list nothing; one that fails costs its kind, told. */
export async function listComponents(reader: Reader): Promise<Component[]> {
  const { parts } = reader;
  /** Undefined: not known. A system without enclosures has nothing in them. */
  let enclosures: readonly Row[] | undefined;
  return await parts.union<Component>([
    async () => {
      enclosures = await ifKnown(reader, 'lsenclosure');
      if (!enclosures || enclosures.length === 0) return enclosures && [];
      const stats = await parts.added(() => ifKnown(reader, 'lsenclosurestats'));
      return enclosures.flatMap((row) => enclosureOf(row, stats ?? []));
    },
    ...Object.entries(IN_ENCLOSURES).map(([command, kind]) => async () => {
      if (enclosures?.length === 0) return [];
      const rows = await ifKnown(reader, command);
      return rows?.flatMap((row) => partOf(row, kind, 'enclosure_id'));
    }),
    ...Object.entries(IN_NODES).map(([command, kind]) => async () => {
      const rows = await ifKnown(reader, command);
      return rows?.flatMap((row) => partOf(row, kind, 'node_id'));
    }),
  ]);
}

const enclosureId = (id: string) => `enclosure_${id}`;

function enclosureOf(row: Row, stats: readonly Row[]): Component[] {
  const id = row['id'];
  if (!id) return [];
  const stat = (name: string) =>
    number(
      stats.find((one) => one['enclosure_id'] === id && one['stat_name'] === name)?.[
        'stat_current'
      ],
    );
  return [
    compact<Component>({
      native_component_id: enclosureId(id),
      name: `enclosure ${id}`,
      type: 'enclosure',
      status: lookup(STATUS, row['status']),
      model: text(row['product_MTM']),
      serial_number: text(row['serial_number']),
      temperature: stat('temp_c'),
      power: stat('power_w'),
    }),
  ];
}

function partOf(
  row: Row,
  { type, title, ids }: Kind,
  column: 'enclosure_id' | 'node_id',
): Component[] {
  const id = ids.map((name) => row[name]).find((value) => value);
  if (!id) return [];
  const owner = ownerOf(row, column);
  // A battery at the end of its life still works.
  const isWorn = row['end_of_life_warning'] === 'yes' && row['status'] === 'online';
  return [
    compact<Component>({
      native_component_id: [owner.prefix, title.replace(' ', '_'), id].filter(Boolean).join('_'),
      name: [owner.location, title, id].filter(Boolean).join(' '),
      type,
      status: isWorn ? 'predicted_failure' : lookup(STATUS, row['status']),
      native_parent_id: owner.id,
      location: owner.location,
      part_number: text(row['FRU_part_number']),
      serial_number: text(row['FRU_identity']),
      charge_ratio: fraction(row['percent_charged']),
    }),
  ];
}

/** What the part is in; `prefix`: of the part's id. */
function ownerOf(
  row: Row,
  column: 'enclosure_id' | 'node_id',
): { readonly prefix?: string; readonly id?: string; readonly location?: string } {
  const owner = text(row[column]);
  if (owner === undefined) return {};
  if (column === 'enclosure_id') {
    const id = enclosureId(owner);
    return { prefix: id, id, location: `enclosure ${owner}` };
  }
  const location = `node ${identifier(row['node_name']) ?? owner}`;
  return { prefix: `node_${owner}`, id: owner, location };
}
