/** Samples as columns of numbers: hundreds of thousands of them leave no objects behind. */
import type { MetricName, ResourceType } from '../driver/metrics.ts';
import type { PerfColumns, PerfResource } from './snapshot.ts';

/** The samples of one measure in the order in which they came. */
export interface Gathering {
  /** Row -> number of its resource. */
  readonly of: number[];
  readonly times: number[];
  readonly values: number[];
  /** Rows go by resource, then by time, none twice. */
  isOrdered: boolean;
}

/** What was gathered of one resource type. */
export interface TypeGathering {
  /** Id -> number. */
  readonly numbers: Map<string, number>;
  readonly resources: PerfResource[];
  readonly measures: Map<MetricName, Gathering>;
}

export function createTypeGathering(): TypeGathering {
  return { numbers: new Map(), resources: [], measures: new Map() };
}

/** The number of a resource; its first name holds. */
export function numberOf(
  { numbers, resources }: TypeGathering,
  id: string,
  name: string | undefined,
): number {
  const known = numbers.get(id);
  if (known !== undefined) {
    if (name && resources[known]?.name === undefined) resources[known] = { id, name };
    return known;
  }
  const number = resources.length;
  numbers.set(id, number);
  resources.push(name ? { id, name } : { id });
  return number;
}

export function createGathering(): Gathering {
  return { of: [], times: [], values: [], isOrdered: true };
}

export function addRow(gathering: Gathering, of: number, time: number, value: number): void {
  const last = gathering.of.length - 1;
  if (last >= 0) {
    const [lastOf = 0, lastTime = 0] = [gathering.of[last], gathering.times[last]];
    if (of < lastOf || (of === lastOf && time <= lastTime)) gathering.isOrdered = false;
  }
  gathering.of.push(of);
  gathering.times.push(time);
  gathering.values.push(value);
}

/** By resource, then by time, each time once: the first value holds. */
export function ordered(gathering: Gathering): Gathering {
  if (gathering.isOrdered) return gathering;
  const { of, times, values } = gathering;
  const result = createGathering();
  const timeAt = (row: number) => times[row] ?? 0;
  for (const rows of rowsByResource(of)) {
    if (rows.some((row, at) => at > 0 && timeAt(row) <= timeAt(rows[at - 1] ?? row))) {
      rows.sort((a, b) => timeAt(a) - timeAt(b) || a - b);
    }
    let before = -1;
    for (const row of rows) {
      if (timeAt(row) === before) continue;
      before = timeAt(row);
      addRow(result, of[row] ?? 0, before, values[row] ?? 0);
    }
  }
  return result;
}

/** The rows of each resource, in the order in which they came. */
function* rowsByResource(of: readonly number[]): Generator<Uint32Array> {
  const ends: number[] = [];
  for (const number of of) {
    while (ends.length <= number) ends.push(0);
    ends[number] = (ends[number] ?? 0) + 1;
  }
  let end = 0;
  for (const [number, count] of ends.entries()) ends[number] = end += count;
  const rows = new Uint32Array(of.length);
  const next = [0, ...ends];
  for (const [row, number] of of.entries()) {
    const place = next[number] ?? 0;
    rows[place] = row;
    next[number] = place + 1;
  }
  let begin = 0;
  for (const stop of ends) {
    if (stop > begin) yield rows.subarray(begin, stop);
    begin = stop;
  }
}

/**
 * Adds to `overall` what `reads` and `writes` of one time amount to, for resources of which it has
 * nothing. All are ordered. Undefined: nothing to add.
 */
export function withSums(
  overall: Gathering | undefined,
  reads: Gathering,
  writes: Gathering,
): Gathering | undefined {
  const known = new Set(overall?.of);
  const sums = createGathering();
  let other = 0;
  for (const [row, of] of reads.of.entries()) {
    const time = reads.times[row] ?? 0;
    while (isBefore(writes, other, of, time)) other += 1;
    if (writes.of[other] !== of || writes.times[other] !== time || known.has(of)) continue;
    addRow(sums, of, time, (reads.values[row] ?? 0) + (writes.values[other] ?? 0));
  }
  if (sums.of.length === 0) return undefined;
  if (!overall) return sums;
  for (const [row, of] of sums.of.entries()) {
    addRow(overall, of, sums.times[row] ?? 0, sums.values[row] ?? 0);
  }
  return ordered(overall);
}

function isBefore({ of, times }: Gathering, row: number, resource: number, time: number): boolean {
  const number = of[row] ?? Infinity;
  return number < resource || (number === resource && (times[row] ?? 0) < time);
}

/** `resources` of the type are shared where there is one row for each. */
export function toColumns(
  resource_type: ResourceType,
  name: MetricName,
  { of, times, values }: Gathering,
  resources: readonly PerfResource[],
): PerfColumns {
  const isEach = of.length === resources.length && of.every((number, row) => number === row);
  return {
    name,
    resource_type,
    resources: isEach ? resources : of.map((number) => resources[number] ?? { id: '' }),
    times: Float64Array.from(times),
    values: Float64Array.from(values),
  };
}

/** Where the rows of each resource begin and end. */
export function* groupsOf({
  resources,
}: PerfColumns): Generator<readonly [from: number, to: number]> {
  let from = 0;
  for (let row = 1; row <= resources.length; row += 1) {
    if (row < resources.length && resources[row]?.id === resources[from]?.id) continue;
    yield [from, row];
    from = row;
  }
}

/** The columns of some of the rows, which are in their order. */
export function pickRows(columns: PerfColumns, rows: readonly number[]): PerfColumns {
  const { resources, times, values } = columns;
  if (rows.length === resources.length) return columns;
  return {
    ...columns,
    resources: rows.map((row) => resources[row] ?? { id: '' }),
    times: Float64Array.from(rows, (row) => times[row] ?? 0),
    values: Float64Array.from(rows, (row) => values[row] ?? 0),
  };
}

export function countRows(all: readonly PerfColumns[]): number {
  return all.reduce((sum, { times }) => sum + times.length, 0);
}

/** The samples of one measure of one resource. */
export interface PerfSeries {
  readonly name: MetricName;
  readonly resource_type: ResourceType;
  readonly resource_id: string;
  readonly resource_name?: string;
  /** Epoch ms of the array's samples, ascending. */
  readonly times: readonly number[];
  /** One value per time. */
  readonly values: readonly number[];
}

/** Columns as single series, for where there are few. */
export function* seriesOf(all: readonly PerfColumns[]): Generator<PerfSeries> {
  for (const columns of all) {
    const { name, resource_type, resources, times, values } = columns;
    for (const [from, to] of groupsOf(columns)) {
      const resource = resources[from];
      yield {
        name,
        resource_type,
        resource_id: resource?.id ?? '',
        ...(resource?.name === undefined ? {} : { resource_name: resource.name }),
        times: [...times.subarray(from, to)],
        values: [...values.subarray(from, to)],
      };
    }
  }
}
