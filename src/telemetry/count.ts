/** How many series a snapshot is, told without making one: what is too much is never rendered. */
import { countRows } from '../backend/columns.ts';
import type { Snapshot } from '../backend/snapshot.ts';
import { CATALOG, familyOf, performanceFamily } from './catalog.ts';
import { PERFORMANCE_TIME, RULES, visitSystem } from './rows.ts';
import { MEMBERS } from './tables.ts';

type Records = readonly Readonly<Record<string, unknown>>[];

/** Families that a limit never takes. */
const ALWAYS: ReadonlySet<string> = new Set(['storage.system.up']);
/** Series of the array itself. */
const OWN_SERIES = 200;

/**
 * The families that do not fit, whole, for one of which half is missing would lie, in the order of the
 * catalog, with the number of their series. Those that have none are among them, so that a list of
 * which nothing fits is not read at all.
 */
export function beyondLimit(snapshot: Snapshot, maxSeries: number): ReadonlyMap<number, number> {
  const beyond = new Map<number, number>();
  if (mostSeries(snapshot) <= maxSeries) return beyond;
  const counts = countSeries(snapshot);
  let series = 0;
  for (const { index, instrument } of CATALOG) {
    const count = counts.get(index);
    if (count === undefined) continue;
    const isTaken = series + count <= maxSeries || ALWAYS.has(instrument);
    if (count > 0 && isTaken) series += count;
    else beyond.set(index, count);
  }
  return beyond;
}

/** Never less than there are. */
function mostSeries({ inventory, performance }: Snapshot): number {
  let most = OWN_SERIES + countRows(performance);
  for (const { table, quantities, states } of RULES) {
    const records = table.id === undefined ? [] : (inventory[table.list] as Records | undefined);
    const each = 1 + quantities.length + states.reduce((sum, { labels }) => sum + labels.length, 0);
    most += (records?.length ?? 0) * each;
  }
  for (const { list } of MEMBERS) most += (inventory[list] as Records | undefined)?.length ?? 0;
  return most;
}

function countSeries(snapshot: Snapshot): Map<number, number> {
  const { inventory, performance } = snapshot;
  const counts = new Map<number, number>();
  const count = (index: number, amount: number) =>
    counts.set(index, (counts.get(index) ?? 0) + amount);
  visitSystem(snapshot, { labels: [] }, ({ index }) => count(index, 1));
  if (performance.length > 0) count(PERFORMANCE_TIME.index, 1);
  for (const { table, info, quantities, states } of RULES) {
    if (table.id === undefined) continue;
    const records = (inventory[table.list] ?? []) as Records;
    count(info.index, records.length);
    for (const { field, family } of quantities) {
      count(family.index, records.filter((record) => typeof record[field] === 'number').length);
    }
    for (const { field, family, labels } of states) {
      const stated = records.filter((record) => typeof record[field] === 'string').length;
      count(family.index, stated * labels.length);
    }
  }
  for (const { list, group } of MEMBERS) {
    count(
      familyOf(`storage.${group}.member.info`).index,
      ((inventory[list] ?? []) as Records).length,
    );
  }
  for (const { resource_type, name, values } of performance) {
    const family = performanceFamily(resource_type, name);
    if (family) count(family.index, values.length);
  }
  return counts;
}
