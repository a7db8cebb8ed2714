/** The newest sample of every series: what is new, what is stale, what is gone. */
import type { Capabilities, ResourceType } from '../driver/metrics.ts';
import { groupsOf, pickRows } from './columns.ts';
import type { Moment } from './inventory-store.ts';
import { Cell, createShelves, ROW_CELLS, type Shelf } from './shelves.ts';
import type { PerfColumns, PerfResource } from './snapshot.ts';

/** Withdrawal never comes earlier than this, however short the interval. */
const MIN_STALE_MS = 5 * 60_000;
/** Times of resources that are no longer answered are remembered this long. */
const FORGET_MS = 24 * 3_600_000;
/** Samples of different resources are not of the same second. */
const STEP_MS = 60_000;

export interface Taken {
  /** Samples that are newer than what was taken before: each goes out once and in order. */
  readonly fresh: readonly PerfColumns[];
  /** Series dropped because the array's clock had gone back. */
  readonly late: number;
  /** The array's clock has gone back by this much, ms; told once, its samples are taken again. */
  readonly steppedBackMs?: number;
}

export interface SeriesStore {
  /** Takes the samples of one round. */
  add(columns: readonly PerfColumns[], now: Moment): Taken;
  /**
   * The newest sample of each series, without those that are stale: it has not advanced for two
   * intervals, or the array's other samples are that much newer. The array's clock is compared with
   * itself only: it may be wrong. What is hidden stays hidden until its time advances.
   * `turns`: how much longer the samples of a type are shown, seconds (`Capabilities.turns`).
   */
  latest(now: Moment, intervalMs: number, turns?: Capabilities['turns']): PerfColumns[];
  /** Forgets the series of resources that the array no longer has. */
  forget(resourceType: ResourceType, ids: ReadonlySet<string>): void;
  /** Time of the newest sample, epoch ms. */
  newest(): number | undefined;
  /** The same of one type, hidden ones included. */
  newestOf(resourceType: ResourceType): number | undefined;
}

export function createSeriesStore(): SeriesStore {
  const shelves = createShelves();
  let newest: number | undefined;
  /** Newest time of the last round, and when that was. */
  let lastRound = 0;
  let lastRoundAt = 0;

  /** How far the clock went back: two rounds in a row are below what was known, and the second is later. */
  function stepOf(round: number): number {
    const known = newest ?? 0;
    const isBelow = round > lastRound && Math.max(round, lastRound) < known - STEP_MS;
    return isBelow && lastRound > 0 ? known - round : 0;
  }

  /** All series go on from their last answer; one that stood still at its old time goes on doing so. */
  function rewind(): void {
    for (const { measures } of shelves.all()) {
      for (const cells of measures.values()) {
        for (let row = 0; row < cells.length; row += ROW_CELLS) {
          const answered = cells[row + Cell.answered] ?? 0;
          if (answered < (cells[row + Cell.mark] ?? 0)) cells[row + Cell.mark] = answered;
          else if ((cells[row + Cell.answeredAt] ?? 0) < lastRoundAt) cells[row + Cell.mark] = 0;
        }
      }
    }
  }

  /** The new samples of a measure, and how many of its series have only older ones. */
  function addColumns(
    columns: PerfColumns,
    places: ReturnType<typeof createPlaces>,
    steady: number,
  ) {
    const shelf = shelves.of(columns.resource_type);
    const place = places(shelf, columns.resources);
    const cells = shelf.cellsOf(columns.name);
    const rows: number[] = [];
    let late = 0;
    for (const [from, to] of groupsOf(columns)) {
      const row = (place[from] ?? 0) * ROW_CELLS;
      const first = firstNew(cells, row, { columns, from, to }, steady);
      if (first === 'late') late += 1;
      else for (let at = first; at < to; at += 1) rows.push(at);
    }
    return { fresh: rows.length > 0 ? pickRows(columns, rows) : undefined, late };
  }

  /** Where the new samples of a series begin, which are remembered in the cells from `row` on. */
  function firstNew(cells: Float64Array, row: number, group: Group, steady: number) {
    const { columns, from, to } = group;
    const { times, values } = columns;
    const last = times[to - 1] ?? 0;
    const [mark = 0, time = 0] = [cells[row + Cell.mark], cells[row + Cell.time]];
    if (time > 0) {
      cells[row + Cell.answered] = last;
      cells[row + Cell.answeredAt] = steady;
    }
    if (last === time) return to;
    let first = from;
    while (first < to && (times[first] ?? 0) <= mark) first += 1;
    if (first === to) return last > 0 && last < mark ? 'late' : to;
    cells[row + Cell.value] = values[to - 1] ?? 0;
    for (const cell of [Cell.time, Cell.mark, Cell.answered]) cells[row + cell] = last;
    for (const cell of [Cell.advancedAt, Cell.answeredAt]) cells[row + cell] = steady;
    newest = Math.max(newest ?? 0, last);
    return first;
  }

  return {
    add(all, { steady }) {
      let round = 0;
      for (const { times } of all) for (const time of times) if (time > round) round = time;
      const step = stepOf(round);
      if (step > 0) {
        rewind();
        newest = round;
      }
      if (round > 0) [lastRound, lastRoundAt] = [round, steady];
      let late = 0;
      const fresh: PerfColumns[] = [];
      const places = createPlaces();
      for (const columns of all) {
        const taken = addColumns(columns, places, steady);
        late += taken.late;
        if (taken.fresh) fresh.push(taken.fresh);
      }
      return { fresh, late, ...(step > 0 ? { steppedBackMs: step } : {}) };
    },
    latest({ wall, steady }, intervalMs, turns = {}) {
      const usual = Math.max(2 * intervalMs, MIN_STALE_MS);
      const current: PerfColumns[] = [];
      for (const shelf of shelves.all()) {
        const limit = usual + Math.min((turns[shelf.type] ?? 0) * 1_000, FORGET_MS);
        // A sample from the future must not make all the others old.
        const oldest = Math.min(newest ?? 0, wall) - limit;
        const shared = sharing(shelf);
        for (const [name, cells] of shelf.measures) {
          const rows: number[] = [];
          for (let row = 0; row < cells.length; row += ROW_CELLS) {
            const time = cells[row + Cell.time] ?? 0;
            if (time === 0) continue;
            const isAdvancing = steady - (cells[row + Cell.advancedAt] ?? 0) <= limit;
            if (isAdvancing && time >= oldest) rows.push(row);
            else if (steady - (cells[row + Cell.answeredAt] ?? 0) > FORGET_MS) {
              cells[row + Cell.time] = cells[row + Cell.mark] = 0;
            }
          }
          if (rows.length > 0) {
            current.push({
              name,
              resource_type: shelf.type,
              ...shared(
                rows,
                Float64Array.from(rows, (row) => cells[row + Cell.time] ?? 0),
              ),
              values: Float64Array.from(rows, (row) => cells[row + Cell.value] ?? 0),
            });
          }
        }
        shelf.tidy();
      }
      return current;
    },
    forget(resourceType, ids) {
      const shelf = shelves.of(resourceType);
      for (const id of ids) shelf.forget(id);
    },
    newest: () => newest,
    newestOf(resourceType) {
      let latest = 0;
      for (const cells of shelves.of(resourceType).measures.values()) {
        for (let row = 0; row < cells.length; row += ROW_CELLS) {
          latest = Math.max(latest, cells[row + Cell.time] ?? 0);
        }
      }
      return latest || undefined;
    },
  };
}

/** Where resources are kept: looked up once for the measures that share their list. */
function createPlaces() {
  const known = new Map<readonly PerfResource[], Uint32Array>();
  return ({ rowOf }: Shelf, resources: readonly PerfResource[]): Uint32Array => {
    let rows = known.get(resources);
    if (!rows) known.set(resources, (rows = Uint32Array.from(resources, rowOf)));
    return rows;
  };
}

/** The rows of one resource. */
interface Group {
  readonly columns: PerfColumns;
  readonly from: number;
  readonly to: number;
}

/** Measures of the same resources share the list of these, those of the same times them, too. `rows`: their first cells. */
function sharing(shelf: Shelf) {
  let before: readonly number[] = [];
  let resources: readonly PerfResource[] = [];
  let times = new Float64Array();
  return (rows: readonly number[], own: Float64Array<ArrayBuffer>) => {
    if (!isEqual(rows, before)) {
      resources = rows.map((row) => shelf.resources[row / ROW_CELLS] ?? { id: '' });
    }
    before = rows;
    if (!isEqual(own, times)) times = own;
    return { resources, times };
  };
}

function isEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return a.length === b.length;
}
