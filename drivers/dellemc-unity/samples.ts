/** Pure: from the pages of `metricValue` to one series per object. */
import { isObject, number, type Foreign, type MetricName } from 'delfin-agent/driver';
import type { Measure } from './metrics.ts';
import { timeOf } from './records.ts';

/** One instance of `metricValue`: the values of all objects at one time. */
export interface Sample {
  readonly time: number;
  /** Sampling interval, seconds. */
  readonly interval: number | undefined;
  /** Storage processor -> object -> value, or storage processor -> value. */
  readonly values: Foreign;
}

/** Object id -> time -> value. */
export type Series = Map<string, Record<number, number>>;

export function toSample(content: Foreign): Sample | undefined {
  const time = timeOf(content['timestamp']);
  if (time === undefined) return undefined;
  const { values } = content;
  // The array leaves the values out while it has none.
  return { time, interval: number(content['interval']), values: isObject(values) ? values : {} };
}

/** Adds a sample; the storage processors of one time may come apart. False if it brings nothing new. */
export function addSample(found: Map<string, Sample>, sample: Sample): boolean {
  const key = `${sample.time}/${sample.interval ?? ''}`;
  const known = found.get(key);
  if (known && Object.keys(sample.values).every((sp) => sp in known.values)) return false;
  found.set(key, known ? { ...known, values: { ...sample.values, ...known.values } } : sample);
  return true;
}

/**
 * The samples of the window, each time once. Where the array still has finer samples, the coarser ones
 * that cover the same time are left out.
 */
export function select(samples: readonly Sample[], start: number, end: number): Sample[] {
  const finestFirst = samples.toSorted((a, b) => (a.interval ?? 0) - (b.interval ?? 0));
  const finest = finestFirst[0]?.interval;
  const oldest = Math.min(
    ...samples.filter(({ interval }) => interval === finest).map(({ time }) => time),
  );
  const chosen = new Map<number, Sample>();
  for (const sample of finestFirst) {
    const { time, interval } = sample;
    if (time < start || time > end || chosen.has(time)) continue;
    if (interval !== finest && time >= oldest) continue;
    chosen.set(time, sample);
  }
  return [...chosen.values()];
}

/** Rates by time, storage processor and object: what averages are weighted by. */
export type Rates = ReadonlyMap<MetricName, readonly Sample[]>;

export function toSeries(measure: Measure, samples: readonly Sample[], rates: Rates): Series {
  const series: Series = new Map();
  for (const { time, values } of samples) {
    if (measure.combine === 'processor') addValues(series, time, values);
    else if (measure.weights)
      addAverages(series, time, values, weigher(measure.weights, rates, time));
    else for (const objects of Object.values(values)) addValues(series, time, objects);
  }
  return series;
}

/** Adds to what is there for the same time: the other storage processor's share. */
function addValues(series: Series, time: number, objects: unknown): void {
  forEachValue(objects, (id, value) => {
    const known = seriesOf(series, id);
    known[time] = (known[time] ?? 0) + value;
  });
}

type Weigh = (sp: string, id: string) => number;

/** A storage processor without I/O of the object says 0 and has no say. */
function addAverages(series: Series, time: number, values: Foreign, weigh: Weigh): void {
  const shared = new Map<string, Part[]>();
  const owners = new Map<string, string>();
  for (const [sp, objects] of Object.entries(values)) {
    forEachValue(objects, (id, value) => {
      const known = seriesOf(series, id);
      const other = known[time] ?? 0;
      if (value > 0 && other > 0) {
        const parts = shared.get(id) ?? [{ sp: owners.get(id) ?? sp, value: other }];
        shared.set(id, [...parts, { sp, value }]);
      } else {
        known[time] = Math.max(value, other);
      }
      if (value > 0) owners.set(id, sp);
    });
  }
  for (const [id, parts] of shared) seriesOf(series, id)[time] = averageOf(parts, id, weigh);
}

interface Part {
  readonly sp: string;
  readonly value: number;
}

/** Without operations to weigh by, the worse one counts. */
function averageOf(parts: readonly Part[], id: string, weigh: Weigh): number {
  const total = parts.reduce((sum, { sp }) => sum + weigh(sp, id), 0);
  if (total === 0) return Math.max(...parts.map(({ value }) => value));
  return parts.reduce((sum, { sp, value }) => sum + value * weigh(sp, id), 0) / total;
}

function forEachValue(objects: unknown, use: (id: string, value: number) => void): void {
  if (!isObject(objects)) return;
  for (const id of Object.keys(objects)) {
    const value = number(objects[id]);
    if (value !== undefined) use(id, value);
  }
}

function seriesOf(series: Series, id: string): Record<number, number> {
  const known = series.get(id);
  if (known) return known;
  const fresh: Record<number, number> = {};
  series.set(id, fresh);
  return fresh;
}

function weigher(names: readonly MetricName[], rates: Rates, time: number): Weigh {
  const maps: readonly Foreign[] = names.flatMap((name) => {
    const sample = rates.get(name)?.find((candidate) => candidate.time === time);
    return sample ? [sample.values] : [];
  });
  return (sp, id) =>
    maps.reduce((sum: number, values: Foreign) => {
      const objects = values[sp];
      return sum + (isObject(objects) ? (number(objects[id]) ?? 0) : 0);
    }, 0);
}

/** Times at which both are known. */
export function addSeries(left: Series, right: Series): Series {
  const total: Series = new Map();
  for (const [id, values] of left) {
    const others = right.get(id) ?? {};
    const sums: Record<number, number> = {};
    for (const [written, value] of Object.entries(values)) {
      const time = Number(written);
      const other = others[time];
      if (other !== undefined) sums[time] = value + other;
    }
    if (Object.keys(sums).length > 0) total.set(id, sums);
  }
  return total;
}
