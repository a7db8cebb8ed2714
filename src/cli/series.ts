/** One reading of an array as the series that it would be. */
import type { PerfColumns, Snapshot } from '../backend/snapshot.ts';
import type { Family } from '../telemetry/catalog.ts';
import { createIdentities, type Label } from '../telemetry/labels.ts';
import { placesOf, visitInventory, visitNewest } from '../telemetry/rows.ts';
import type { OneBackend } from './context.ts';
import type { Reading } from './reading.ts';

export interface Series {
  readonly family: Family;
  readonly labels: readonly Label[];
  readonly value: number;
  /** Of samples: when the array took it, epoch ms. */
  readonly time?: number;
}

export function seriesOfReading({ settings }: OneBackend, reading: Reading, now: number): Series[] {
  const { name: system, vendor, model, labels } = settings;
  const performance = reading.performance.map(newest);
  const snapshot: Snapshot = {
    system,
    vendor,
    model,
    labels,
    up: reading.failure === undefined,
    inventory: reading.inventory,
    inventoryTime: now,
    performance,
  };
  const found: Series[] = [];
  const identities = createIdentities(system);
  const visit: Parameters<typeof visitInventory>[2] = (family, identity, extra, value) =>
    void found.push({ family, labels: [...identity.labels, ...extra], value });
  visitInventory(snapshot, identities, visit);
  const placed = placesOf(performance, identities);
  visitNewest(placed, identities, visit);
  for (const { family, identities: own, columns } of placed) {
    for (const [row, value] of columns.values.entries()) {
      const identity = own[row];
      if (!identity) continue;
      found.push({ family, labels: identity.labels, value, time: columns.times[row] ?? 0 });
    }
  }
  return found;
}

/** The last sample of each resource. */
function newest(columns: PerfColumns): PerfColumns {
  const rows = columns.resources.flatMap(({ id }, row) =>
    columns.resources[row + 1]?.id === id ? [] : [row],
  );
  const pick = (from: Float64Array) => Float64Array.from(rows, (row) => from[row] ?? Number.NaN);
  return {
    ...columns,
    resources: rows.flatMap((row) => columns.resources[row] ?? []),
    times: pick(columns.times),
    values: pick(columns.values),
  };
}
