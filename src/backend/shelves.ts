/** What is remembered of each series, in columns: a row for each resource, by resource type. */
import type { MetricName, ResourceType } from '../driver/metrics.ts';
import type { PerfResource } from './snapshot.ts';

/**
 * What a measure has of each row, one row's cells behind those of the other in one array: hundreds of
 * small arrays for each backend would take more memory than what is in them.
 */
export const Cell = {
  /** The newest sample. A time of 0: there is no such series. */
  time: 0,
  value: 1,
  /** Samples are new above this: the newest time, until the array's clock goes back. */
  mark: 2,
  /** Newest time in the last answer, taken or not. */
  answered: 3,
  /** When its time advanced, and when it was answered at all; monotonic. */
  advancedAt: 4,
  answeredAt: 5,
} as const;

/** Cells of a row. */
export const ROW_CELLS = 6;

export interface Shelf {
  readonly type: ResourceType;
  /** The cells of each measure: `row * ROW_CELLS + Cell.time`. */
  readonly measures: ReadonlyMap<MetricName, Float64Array>;
  /** Row -> resource. */
  readonly resources: readonly (PerfResource | undefined)[];
  /** The row of a resource, which takes its newest name. */
  rowOf(resource: PerfResource): number;
  /** With room for every row. */
  cellsOf(name: MetricName): Float64Array;
  forget(id: string): void;
  /** Rows without any series are free for other resources. */
  tidy(): void;
}

export interface Shelves {
  all(): Iterable<Shelf>;
  of(type: ResourceType): Shelf;
}

export function createShelves(): Shelves {
  const shelves = new Map<ResourceType, Shelf>();
  return {
    all: () => shelves.values(),
    of(type) {
      let shelf = shelves.get(type);
      if (!shelf) shelves.set(type, (shelf = createShelf(type)));
      return shelf;
    },
  };
}

function createShelf(type: ResourceType): Shelf {
  const measures = new Map<MetricName, Float64Array>();
  const rows = new Map<string, number>();
  const resources: (PerfResource | undefined)[] = [];
  const free: number[] = [];

  function forget(id: string): void {
    const row = rows.get(id);
    if (row === undefined) return;
    rows.delete(id);
    resources[row] = undefined;
    free.push(row);
    const first = row * ROW_CELLS;
    for (const cells of measures.values()) cells.fill(0, first, first + ROW_CELLS);
  }

  return {
    type,
    measures,
    resources,
    rowOf(resource) {
      const known = rows.get(resource.id);
      if (known !== undefined) {
        if (resources[known]?.name !== resource.name) resources[known] = resource;
        return known;
      }
      const row = free.pop() ?? resources.length;
      rows.set(resource.id, row);
      resources[row] = resource;
      return row;
    },
    cellsOf(name) {
      const cells = withRoom(measures.get(name), resources.length);
      measures.set(name, cells);
      return cells;
    },
    forget,
    tidy() {
      const all = [...measures.values()];
      for (const [id, row] of rows) {
        if (!all.some((cells) => (cells[row * ROW_CELLS + Cell.time] ?? 0) > 0)) forget(id);
      }
    },
  };
}

/** The same cells, or a larger array of them. */
function withRoom(cells: Float64Array | undefined, rows: number): Float64Array {
  const needed = rows * ROW_CELLS;
  if (!cells) return new Float64Array(needed);
  if (needed <= cells.length) return cells;
  const larger = new Float64Array(Math.max(needed, Math.ceil(cells.length * 1.5)));
  larger.set(cells);
  return larger;
}
