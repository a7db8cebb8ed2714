/** Pure: from the contents of `metricValue` to the values of each object at each time. */
import {
  isObject,
  number,
  sum,
  utcTime,
  type Foreign,
  type MetricName,
  type SampleWindow,
} from 'delfin-agent/driver';
import { TOTALS, WEIGHTS, type Measure } from './metrics.ts';

/** One instance of `metricValue`: the values of all objects at one time. */
export interface Sample {
  readonly time: number;
  /** Sampling interval, seconds. */
  readonly interval: number | undefined;
  /** Storage processor -> object -> value, or storage processor -> value. */
  readonly values: Foreign;
}

/** The array leaves the values out while it has none. */
export function toSample({ timestamp, interval, values }: Foreign): Sample | [] {
  const time = utcTime(timestamp);
  if (time === undefined) return [];
  return { time, interval: number(interval), values: isObject(values) ? values : {} };
}

/** The storage processors of one time may come apart. */
export function sampleKey({ timestamp, interval, values }: Foreign): string {
  return JSON.stringify([timestamp, interval, isObject(values) ? Object.keys(values) : []]);
}

/** Storage processors of the same time put together. */
export function joined(samples: readonly Sample[]): Sample[] {
  const found = new Map<string, Sample>();
  for (const sample of samples) {
    const key = `${sample.time}/${sample.interval ?? ''}`;
    const known = found.get(key);
    found.set(key, known ? { ...known, values: { ...sample.values, ...known.values } } : sample);
  }
  return [...found.values()];
}

/**
 * The samples of the window by time. Where the array still has finer samples, the coarser ones that
 * cover the same time are left out.
 */
export function select(
  samples: readonly Sample[],
  { start, end }: SampleWindow,
): ReadonlyMap<number, Sample> {
  const finestFirst = samples.toSorted((a, b) => (a.interval ?? 0) - (b.interval ?? 0));
  const finest = finestFirst[0]?.interval;
  const oldest = finestFirst.reduce(
    (until, { interval, time }) => (interval === finest ? Math.min(until, time) : until),
    Infinity,
  );
  const chosen = new Map<number, Sample>();
  for (const sample of finestFirst) {
    const { time, interval } = sample;
    const isCovered = chosen.has(time) || (interval !== finest && time >= oldest);
    if (time >= start && time <= end && !isCovered) chosen.set(time, sample);
  }
  return chosen;
}

/**
 * What the paths of a family say of one time: by measure, storage processor and object. Of the processors
 * themselves one says it for both; a path that could not be read says nothing.
 */
type Moment = ReadonlyMap<Measure, ReadonlyMap<string, Foreign>>;
type Values = Partial<Record<MetricName, number | undefined>>;

/** Calls `use` with the values of each object at each time. */
export function forEachMoment(
  samples: ReadonlyMap<Measure, ReadonlyMap<number, Sample>>,
  use: (time: number, id: string, values: Values) => void,
): void {
  const times = new Set([...samples.values()].flatMap((byTime) => [...byTime.keys()]));
  for (const time of times) {
    const moment: Moment = new Map(
      Array.from(samples, ([name, byTime]) => [name, saidOf(name, byTime.get(time)?.values ?? {})]),
    );
    const ids = new Set<string>();
    for (const objects of [...moment.values()].flatMap((bySp) => [...bySp.values()])) {
      for (const id of Object.keys(objects)) ids.add(id);
    }
    for (const id of ids) use(time, id, valuesOf(moment, id));
  }
}

function saidOf(name: Measure, values: Foreign): ReadonlyMap<string, Foreign> {
  if (name === 'cpuUsage') return new Map([['', values]]);
  return new Map(
    Object.entries(values).flatMap(([sp, objects]) => (isObject(objects) ? [[sp, objects]] : [])),
  );
}

type Share = { readonly sp: string; readonly value: number };

function valuesOf(moment: Moment, id: string): Values {
  const values: Values = {};
  for (const [name, said] of moment) {
    const shares: Share[] = [];
    for (const [sp, objects] of said) {
      const value = number(objects[id]);
      if (value !== undefined) shares.push({ sp, value });
    }
    if (shares.length === 0) continue;
    const weights = WEIGHTS[name];
    values[name] = weights
      ? averageOf(shares, weights, moment, id)
      : shares.reduce((total, { value }) => total + value, 0);
  }
  for (const { name, parts } of TOTALS) values[name] = sum(parts.map((part) => values[part]));
  return values;
}

/**
 * Of both storage processors: each says what it did for the object. One without I/O of it says 0 and
 * has no say; two that have some are weighed by their operations. If these are not known, the average
 * is not either; if there were none, the worse one counts.
 */
function averageOf(
  shares: readonly Share[],
  weights: readonly Measure[],
  moment: Moment,
  id: string,
): number | undefined {
  const busy = shares.filter(({ value }) => value > 0);
  if (busy.length < 2) return busy[0]?.value ?? 0;
  let [operations, weighed] = [0, 0];
  for (const { sp, value } of busy) {
    for (const name of weights) {
      const objects = moment.get(name)?.get(sp);
      if (objects === undefined) return undefined;
      const weight = number(objects[id]) ?? 0;
      operations += weight;
      weighed += value * weight;
    }
  }
  return operations === 0 ? Math.max(...busy.map(({ value }) => value)) : weighed / operations;
}
