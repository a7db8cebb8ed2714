/** Pure: from the contents of `metricValue` to the values of each object at each time. */
import { isObject, number, utcTime, type Foreign, type MetricName } from 'delfin-agent/driver';
import { TOTALS, type Family, type Measure } from './metrics.ts';

/** One instance of `metricValue`: the values of all objects at one time. */
export interface Sample {
  readonly time: number;
  /** Sampling interval, seconds. */
  readonly interval: number | undefined;
  /** Storage processor -> object -> value, or storage processor -> value. */
  readonly values: Foreign;
}

export function toSample(content: Foreign): Sample | undefined {
  const time = utcTime(content['timestamp']);
  if (time === undefined) return undefined;
  const { values } = content;
  // The array leaves the values out while it has none.
  return { time, interval: number(content['interval']), values: isObject(values) ? values : {} };
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
  start: number,
  end: number,
): ReadonlyMap<number, Sample> {
  const finestFirst = samples.toSorted((a, b) => (a.interval ?? 0) - (b.interval ?? 0));
  const finest = finestFirst[0]?.interval;
  let oldest = Infinity;
  for (const { interval, time } of samples) {
    if (interval === finest) oldest = Math.min(oldest, time);
  }
  const chosen = new Map<number, Sample>();
  for (const sample of finestFirst) {
    const { time, interval } = sample;
    if (time < start || time > end || chosen.has(time)) continue;
    if (interval !== finest && time >= oldest) continue;
    chosen.set(time, sample);
  }
  return chosen;
}

/** What the paths of a family say of one time; a path that could not be read is absent. */
type Moment = ReadonlyMap<MetricName, readonly Said[]>;

/** What a storage processor says of its objects; of processors the values of all. */
interface Said {
  readonly sp: string;
  readonly objects: Foreign;
}
export type Values = Partial<Record<MetricName, number | undefined>>;

/** Calls `use` with the values of each object at each time. */
export function forEachMoment(
  family: Family,
  samples: ReadonlyMap<MetricName, ReadonlyMap<number, Sample>>,
  use: (time: number, id: string, values: Values) => void,
): void {
  const times = new Set([...samples.values()].flatMap((byTime) => [...byTime.keys()]));
  for (const time of times) {
    const moment = momentOf(family, samples, time);
    const ids = new Set<string>();
    for (const said of moment.values()) {
      for (const { objects } of said) for (const id of Object.keys(objects)) ids.add(id);
    }
    for (const id of ids) use(time, id, valuesOf(family, moment, id));
  }
}

function momentOf(
  { measures }: Family,
  samples: ReadonlyMap<MetricName, ReadonlyMap<number, Sample>>,
  time: number,
): Moment {
  const moment = new Map<MetricName, readonly Said[]>();
  for (const { name, combine } of measures) {
    const values = samples.get(name)?.get(time)?.values;
    if (!values) continue;
    const said =
      combine === 'processor'
        ? [{ sp: '', objects: values }]
        : Object.entries(values).flatMap(([sp, objects]) =>
            isObject(objects) ? [{ sp, objects }] : [],
          );
    moment.set(name, said);
  }
  return moment;
}

function valuesOf(family: Family, moment: Moment, id: string): Values {
  const all: Values = {};
  for (const measure of family.measures) all[measure.name] = valueOf(measure, moment, id);
  const values: Values = {};
  for (const { name, inTotalOnly } of family.measures) if (!inTotalOnly) values[name] = all[name];
  for (const { name, parts } of TOTALS) {
    const [first, second] = [all[parts[0]], all[parts[1]]];
    if (first !== undefined && second !== undefined) values[name] = first + second;
  }
  return values;
}

/** Of both storage processors: each says what it did for the object. */
function valueOf(measure: Measure, moment: Moment, id: string): number | undefined {
  const shares: Share[] = [];
  for (const { sp, objects } of moment.get(measure.name) ?? []) {
    const value = number(objects[id]);
    if (value !== undefined) shares.push({ sp, value });
  }
  if (shares.length === 0) return undefined;
  if (measure.combine === 'average') return averageOf(shares, measure.weights ?? [], moment, id);
  return shares.reduce((sum, { value }) => sum + value, 0);
}

interface Share {
  readonly sp: string;
  readonly value: number;
}

/**
 * A storage processor without I/O of the object says 0 and has no say; two that have some are weighed
 * by their operations. If these are not known, the average is not either; if there were none, the worse
 * one counts.
 */
function averageOf(
  shares: readonly Share[],
  weights: readonly MetricName[],
  moment: Moment,
  id: string,
): number | undefined {
  const busy = shares.filter(({ value }) => value > 0);
  if (busy.length < 2) return busy[0]?.value ?? 0;
  let total = 0;
  let sum = 0;
  for (const { sp, value } of busy) {
    for (const name of weights) {
      const operations = moment.get(name)?.find((said) => said.sp === sp)?.objects;
      if (operations === undefined) return undefined;
      const weight = number(operations[id]) ?? 0;
      total += weight;
      sum += value * weight;
    }
  }
  return total === 0 ? Math.max(...busy.map(({ value }) => value)) : sum / total;
}
