/** What is remembered of each series, in columns: a row for each resource, by resource type. */
import type { MetricName, ResourceType } from '../driver/metrics.ts';
import type { PerfResource } from './snapshot.ts';

/** One measure, by row. A time of 0: there is no such series. */
export interface Marks {
  /** The newest sample. */
  times: Float64Array;
  values: Float64Array;
  /** Samples are new above this: the newest time, until the array's clock goes back. */
  marks: Float64Array;
  /** Newest time in the last answer, taken or not. */
  answered: Float64Array;
  /** When its time advanced, and when it was answered at all; monotonic. */
  advancedAt: Float64Array;
  answeredAt: Float64Array;
}

const COLUMNS = ['times', 'values', 'marks', 'answered', 'advancedAt', 'answeredAt'] as const;
const FIRST_ROWS = 16;

export interface Shelf {
  readonly type: ResourceType;
  readonly measures: ReadonlyMap<MetricName, Marks>;
  /** Row -> resource. */
  readonly resources: readonly (PerfResource | undefined)[];
  /** The row of a resource, which takes its newest name. */
  rowOf(resource: PerfResource): number;
  /** With room for every row. */
  marksOf(name: MetricName): Marks;
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
  const measures = new Map<MetricName, Marks>();
  const rows = new Map<string, number>();
  const resources: (PerfResource | undefined)[] = [];
  const free: number[] = [];

  function forget(id: string): void {
    const row = rows.get(id);
    if (row === undefined) return;
    rows.delete(id);
    resources[row] = undefined;
    free.push(row);
    for (const marks of measures.values()) for (const name of COLUMNS) marks[name][row] = 0;
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
    marksOf(name) {
      let marks = measures.get(name);
      if (!marks) measures.set(name, (marks = createMarks()));
      if (marks.times.length < resources.length) grow(marks, resources.length);
      return marks;
    },
    forget,
    tidy() {
      const all = [...measures.values()];
      for (const [id, row] of rows) {
        if (!all.some(({ times }) => (times[row] ?? 0) > 0)) forget(id);
      }
    },
  };
}

function createMarks(): Marks {
  return Object.fromEntries(
    COLUMNS.map((name) => [name, new Float64Array(FIRST_ROWS)]),
  ) as unknown as Marks;
}

function grow(marks: Marks, rows: number): void {
  const length = Math.max(rows, Math.ceil(marks.times.length * 1.5));
  for (const name of COLUMNS) {
    const larger = new Float64Array(length);
    larger.set(marks[name]);
    marks[name] = larger;
  }
}
