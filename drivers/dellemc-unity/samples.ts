/** Pure: from the pages of `metricValue` to one series per object. */
import { isObject, number, text, type Foreign, type MetricName } from 'delfin-agent/driver';
import type { Measure } from './metrics.ts';

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
  const time = Date.parse(text(content['timestamp']) ?? '');
  if (Number.isNaN(time)) return undefined;
  const { values } = content;
  // The array leaves the values out while it has none.
  return { time, interval: number(content['interval']), values: isObject(values) ? values : {} };
}

/** The finest sampling that the answer holds, each time once, within the window. */
export function select(samples: readonly Sample[], start: number, end: number): Sample[] {
  const inside = samples.filter(({ time }) => time >= start && time <= end);
  const finest = Math.min(...inside.map(({ interval }) => interval ?? Infinity));
  const chosen = new Map<number, Sample>();
  for (const sample of inside) {
    if ((sample.interval ?? finest) > finest || chosen.has(sample.time)) continue;
    chosen.set(sample.time, sample);
  }
  return [...chosen.values()];
}

/** Rates by time, storage processor and object: what averages are weighted by. */
export type Rates = ReadonlyMap<MetricName, readonly Sample[]>;

export function toSeries(measure: Measure, samples: readonly Sample[], rates: Rates): Series {
  const series: Series = new Map();
  for (const { time, values } of samples) {
    const weight = measure.weights ? weigher(measure.weights, rates, time) : undefined;
    for (const [id, parts] of partsById(measure, values)) {
      const known = series.get(id) ?? {};
      known[time] = weight ? averageOf(parts, (sp) => weight(sp, id)) : sumOf(parts);
      series.set(id, known);
    }
  }
  return series;
}

interface Part {
  readonly sp: string;
  readonly value: number;
}

function partsById(measure: Measure, values: Foreign): Map<string, Part[]> {
  const byId = new Map<string, Part[]>();
  for (const [sp, objects] of Object.entries(values)) {
    const found = measure.combine === 'processor' ? { [sp]: objects } : objects;
    if (!isObject(found)) continue;
    for (const [id, written] of Object.entries(found)) {
      const value = number(written);
      if (value === undefined) continue;
      const parts = byId.get(id);
      if (parts) parts.push({ sp, value });
      else byId.set(id, [{ sp, value }]);
    }
  }
  return byId;
}

function sumOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { value }) => sum + value, 0);
}

/** A storage processor without I/O of the object says 0 and has no say. */
function averageOf(parts: readonly Part[], weight: (sp: string) => number): number {
  const busy = parts.filter(({ value }) => value > 0);
  if (busy.length <= 1) return busy[0]?.value ?? 0;
  const total = busy.reduce((sum, { sp }) => sum + weight(sp), 0);
  if (total === 0) return Math.max(...busy.map(({ value }) => value));
  return busy.reduce((sum, { sp, value }) => sum + value * weight(sp), 0) / total;
}

function weigher(
  names: readonly MetricName[],
  rates: Rates,
  time: number,
): (sp: string, id: string) => number {
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
