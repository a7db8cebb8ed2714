/** What of a snapshot goes into one export: its state now, and samples at the array's time. */
import type { HrTime } from '@opentelemetry/api';
import type { Inventory, PerfSeries, Snapshot } from '../../backend/snapshot.ts';
import type { Identities } from '../labels.ts';
import { placeOf, visitInventory, visitPerformance, type Visit } from '../rows.ts';
import { hrTimeOf, type AttributeCache, type Collection } from './points.ts';

/** One array, from one export to the next. */
export interface Gathered {
  readonly identities: Identities;
  readonly attributes: AttributeCache;
  /** The lists that the identities were named by. */
  named?: Inventory;
  snapshot: Snapshot;
  /** Families that the series limit took. */
  left: ReadonlySet<number>;
}

export interface StateOptions {
  readonly time: HrTime;
  /** The last performance values again, as of now. */
  readonly withSamples: boolean;
}

/** Inventory, status and capacity. */
export function addState(array: Gathered, collection: Collection, options: StateOptions): void {
  const { snapshot, identities, left } = array;
  identities.next();
  array.named = snapshot.inventory;
  const visit: Visit = (family, identity, extra, value) => {
    if (!left.has(family.index)) collection.add(family, identity, extra, options.time, value);
  };
  visitInventory(snapshot, identities, visit, left);
  visitPerformance(snapshot, identities, (family, identity, extra, value) => {
    if (options.withSamples || family.group !== 'performance')
      visit(family, identity, extra, value);
  });
}

/** Performance samples, each at its own time. */
export function addSamples(
  array: Gathered,
  fresh: readonly PerfSeries[],
  collection: Collection,
): void {
  const { snapshot, identities, left } = array;
  if (!sameLists(array.named, snapshot.inventory)) {
    // The names of the inventory at hand: the same labels as on the page.
    identities.next();
    visitInventory(snapshot, identities, () => {}, left);
    array.named = snapshot.inventory;
  }
  const times = new Map<number, HrTime>();
  for (const series of fresh) {
    const place = placeOf(series, identities);
    if (!place || left.has(place.family.index)) continue;
    for (const [index, ms] of series.times.entries()) {
      const value = series.values[index];
      if (value === undefined || !Number.isFinite(value)) continue;
      let time = times.get(ms);
      if (!time) times.set(ms, (time = hrTimeOf(ms)));
      collection.add(place.family, place.identity, [], time, value);
    }
  }
}

function sameLists(a: Inventory | undefined, b: Inventory): boolean {
  if (!a) return false;
  const names = Object.keys({ ...a, ...b }) as (keyof Inventory)[];
  return names.every((name) => a[name] === b[name]);
}
