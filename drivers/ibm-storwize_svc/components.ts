/** Enclosures and what is in them, batteries and supplies of nodes: a list view a kind, no details. */
import { compact, identifier, lookup, number, text, type Component } from 'delfin-agent/driver';
import type { Reader } from './inventory.ts';
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
export async function listComponents({ cli, parts }: Reader): Promise<Component[]> {
  /** Undefined: not known. A system without enclosures has nothing in them. */
  let enclosures: readonly Row[] | undefined;
  return await parts.union<Component>([
    async () => {
      enclosures = await parts.ifAny(() => cli.rows('lsenclosure'));
      if (!enclosures || enclosures.length === 0) return enclosures && [];
      const stats = await parts.added(() => ifKnown({ cli, parts }, 'lsenclosurestats'));
      return enclosures.flatMap((row) => enclosureOf(row, stats ?? []));
    },
    ...Object.entries(IN_ENCLOSURES).map(([command, kind]) => async () => {
      if (enclosures?.length === 0) return [];
      const rows = await ifKnown({ cli, parts }, command);
      return rows?.flatMap((row) => partOf(row, kind, 'enclosure_id'));
    }),
    ...Object.entries(IN_NODES).map(([command, kind]) => async () => {
      const rows = await ifKnown({ cli, parts }, command);
      return rows?.flatMap((row) => partOf(row, kind, 'node_id'));
    }),
  ]);
}

const ifKnown = ({ cli, parts }: Reader, command: string) => parts.ifAny(() => cli.rows(command));

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
  const { where, parent } = ownerOf(row, column);
  const charge = number(row['percent_charged']);
  return [
    compact<Component>({
      native_component_id: [parent.id, title.replace(' ', '_'), id].filter(Boolean).join('_'),
      name: [where, title, id].filter(Boolean).join(' '),
      type,
      // A battery at the end of its life still works.
      status: row['end_of_life_warning'] === 'yes' ? worn(row) : lookup(STATUS, row['status']),
      native_parent_id: parent.native,
      location: where,
      part_number: text(row['FRU_part_number']),
      serial_number: text(row['FRU_identity']),
      charge_ratio: charge !== undefined && charge <= 100 ? charge / 100 : undefined,
    }),
  ];
}

/** What the part is in; `native`: the id of its record. */
function ownerOf(row: Row, column: 'enclosure_id' | 'node_id') {
  const owner = text(row[column]);
  if (owner === undefined)
    return { where: undefined, parent: { id: undefined, native: undefined } };
  if (column === 'enclosure_id') {
    const id = enclosureId(owner);
    return { where: `enclosure ${owner}`, parent: { id, native: id } };
  }
  const where = `node ${identifier(row['node_name']) ?? owner}`;
  return { where, parent: { id: `node_${owner}`, native: owner } };
}

function worn(row: Row): Component['status'] {
  return row['status'] === 'online' ? 'predicted_failure' : lookup(STATUS, row['status']);
}
