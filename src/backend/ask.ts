/** Which measures to ask for: what could not be published anyway is not asked of the array. */
import { METRIC_NAMES, RESOURCE_TYPES, type ResourceMetrics } from '../driver/metrics.ts';
import { MEASURED_LISTS } from './inventory-store.ts';
import type { Inventory } from './snapshot.ts';

export interface Asked {
  readonly metrics: ResourceMetrics;
  /** Series that are not asked for. */
  readonly left: number;
  /** `volume readIops`, ... */
  readonly names: readonly string[];
}

/** Measures in the order of the catalog, each for all resources or none, up to `maxSeries`. */
export function withinLimit(
  metrics: ResourceMetrics,
  inventory: Inventory,
  maxSeries: number,
): Asked {
  const asked: Record<string, Record<string, unknown>> = {};
  const names: string[] = [];
  let series = 0;
  let left = 0;
  for (const type of RESOURCE_TYPES) {
    const measures = metrics[type];
    if (!measures) continue;
    const kept: Record<string, unknown> = {};
    const count = countOf(inventory, type);
    for (const name of METRIC_NAMES) {
      if (!measures[name]) continue;
      if (series + count > maxSeries) {
        left += count;
        names.push(`${type} ${name}`);
      } else {
        series += count;
        kept[name] = measures[name];
      }
    }
    if (Object.keys(kept).length > 0) asked[type] = kept;
  }
  return left > 0 ? { metrics: asked, left, names } : { metrics, left, names };
}

/** Resources of a type; where the inventory does not know, one. */
function countOf(inventory: Inventory, type: string): number {
  const list = MEASURED_LISTS.find(([, , measured]) => measured === type)?.[0];
  const records = list === undefined ? undefined : inventory[list];
  return Array.isArray(records) ? records.length : 1;
}
