/** What of a snapshot goes into one export: its state now, and samples at the array's time. */
import type { HrTime } from '@opentelemetry/api';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Inventory, PerfColumns, Snapshot } from '../../backend/snapshot.ts';
import { pickRows } from '../../backend/columns.ts';
import type { Family } from '../catalog.ts';
import type { Identities, Identity } from '../labels.ts';
import { placesOf, visitInventory, visitNewest, visitPlaced, type Visit } from '../rows.ts';
import type { EncodedAttributes, SampleEncoder } from './encode.ts';
import { hrTimeOf, type AttributeCache, type Collection } from './points.ts';

/** One array, from one export to the next. */
export interface Gathered {
  readonly identities: Identities;
  readonly attributes: AttributeCache;
  readonly encoded: EncodedAttributes;
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
  const placed = placesOf(snapshot.performance, identities, left);
  visitNewest(placed, identities, visit);
  if (options.withSamples) for (const one of placed) visitPlaced(one, visit);
}

/** Takes one sample, at its own time. */
type Take = (family: Family, identity: Identity, timeMs: number, value: number) => void;

/** Performance samples one after the other; a step ends where a batch is full. */
function* eachSample(
  array: Gathered,
  fresh: readonly PerfColumns[],
  isFull: () => boolean,
  take: Take,
): Generator<undefined> {
  const { snapshot, identities, left } = array;
  if (!sameLists(array.named, snapshot.inventory)) {
    // The names of the inventory at hand: the same labels as on the page.
    identities.next();
    visitInventory(snapshot, identities, () => {}, left);
    array.named = snapshot.inventory;
  }
  for (const { family, identities: own, columns } of placesOf(fresh, identities, left)) {
    for (const [row, value] of columns.values.entries()) {
      const identity = own[row];
      if (!identity || !Number.isFinite(value)) continue;
      take(family, identity, columns.times[row] ?? 0, value);
      if (isFull()) yield undefined;
    }
  }
}

/**
 * Samples as the SDK's points, in batches of at most `maxPoints`: the points of one are gone before
 * those of the next are made. `begin` makes an empty collection.
 */
export function* sampleBatches(
  array: Gathered,
  fresh: readonly PerfColumns[],
  begin: () => Collection,
  maxPoints: number,
): Generator<ResourceMetrics> {
  const timeOf = createTimes();
  let collection = begin();
  const isFull = () => collection.size() >= maxPoints;
  const samples = eachSample(array, fresh, isFull, (family, identity, timeMs, value) =>
    collection.add(family, identity, [], timeOf(timeMs), value),
  );
  for (const _ of samples) {
    yield* collection.batches(maxPoints);
    collection = begin();
  }
  yield* collection.batches(maxPoints);
}

export interface EncodedBatch {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly points: number;
}

/** The same as requests in protobuf. */
export function* encodedBatches(
  array: Gathered,
  fresh: readonly PerfColumns[],
  encoder: SampleEncoder,
  maxPoints: number,
): Generator<EncodedBatch> {
  const request = () => {
    const points = encoder.size();
    return { points, body: encoder.request() };
  };
  for (const _ of eachSample(array, fresh, () => encoder.size() >= maxPoints, encoder.add))
    yield request();
  if (encoder.size() > 0) yield request();
}

/** Times of the newest samples by measure, epoch ms. */
export type Marks = Readonly<Record<string, number>>;

const markOf = ({ resource_type, name }: PerfColumns) => `${resource_type} ${name}`;

export function newestOf(all: readonly PerfColumns[]): Marks {
  const marks: Record<string, number> = {};
  for (const columns of all) {
    const mark = markOf(columns);
    marks[mark] = columns.times.reduce((a, b) => Math.max(a, b), marks[mark] ?? 0);
  }
  return marks;
}

/** The samples that are newer than their marks. */
export function newerThan(marks: Marks, all: readonly PerfColumns[]): readonly PerfColumns[] {
  return all.flatMap((columns) => {
    const mark = marks[markOf(columns)];
    if (mark === undefined) return [columns];
    const rows = [...columns.times.keys()].filter((row) => (columns.times[row] ?? 0) > mark);
    return rows.length > 0 ? [pickRows(columns, rows)] : [];
  });
}

/** Many samples have the same time. */
function createTimes(): (ms: number) => HrTime {
  const times = new Map<number, HrTime>();
  return (ms) => {
    let time = times.get(ms);
    if (!time) times.set(ms, (time = hrTimeOf(ms)));
    return time;
  };
}

function sameLists(a: Inventory | undefined, b: Inventory): boolean {
  if (!a) return false;
  const names = Object.keys({ ...a, ...b }) as (keyof Inventory)[];
  return names.every((name) => a[name] === b[name]);
}
