/** What `collectPerfMetrics` returned, checked, in base units, one ascending series per measure and resource. */
import {
  METRIC_NAMES,
  RESOURCE_TYPES,
  unitsOf,
  type MetricName,
  type PerfMetric,
} from '../driver/metrics.ts';
import { InvalidResponse } from '../driver/errors.ts';
import { toBase } from '../telemetry/units.ts';
import type { PerfSeries } from './snapshot.ts';
import { atOnce, type Steps } from './turns.ts';

const NAMES: ReadonlySet<string> = new Set(METRIC_NAMES);
const TYPES: ReadonlySet<string> = new Set(RESOURCE_TYPES);
/** A sample from further in the future is a wrong clock or seconds taken for milliseconds. */
const MAX_AHEAD_MS = 24 * 3_600_000;
/** 2001-09-09: before it, epoch "milliseconds" are seconds. */
const MIN_EPOCH_MS = 1_000_000_000_000;

export interface SampleDrops {
  /** Series that name no known metric, resource type, unit or resource. */
  invalidSeries: number;
  /** Values that are no finite number, negative, or at an impossible time. */
  invalidSamples: number;
}

export interface CheckedPerformance {
  readonly series: readonly PerfSeries[];
  readonly drops: SampleDrops;
  /** Why something was dropped, in words. */
  readonly faults: readonly InvalidResponse[];
}

/** Overall operations and throughput may be filled in from their two directions, nothing else. */
const SUMS: readonly (readonly [MetricName, MetricName, MetricName])[] = [
  ['iops', 'readIops', 'writeIops'],
  ['throughput', 'readThroughput', 'writeThroughput'],
];

const SERIES_PER_STEP = 2_000;

/** Arrays, because there are hundreds of thousands of these, most of them with one sample. */
interface Building {
  readonly metric: PerfMetric;
  readonly times: number[];
  readonly values: number[];
}

export function checkPerformance(metrics: readonly PerfMetric[], now: number): CheckedPerformance {
  return atOnce(checkingPerformance(metrics, now));
}

export function* checkingPerformance(
  metrics: readonly PerfMetric[],
  now: number,
): Steps<CheckedPerformance> {
  const drops: SampleDrops = { invalidSeries: 0, invalidSamples: 0 };
  const faults = createFaults(now);
  const byResource = new Map<string, Map<MetricName, Building>>();
  let steps = 0;
  for (const metric of metrics) {
    if ((steps += 1) % SERIES_PER_STEP === 0) yield undefined;
    const fault = faultOf(metric);
    if (fault !== undefined) {
      drops.invalidSeries += 1;
      faults.series(fault);
      continue;
    }
    const { resource_type, resource_id, unit } = metric.labels;
    const key = `${resource_type}\u0000${resource_id}`;
    const measures = byResource.get(key) ?? new Map<MetricName, Building>();
    byResource.set(key, measures);
    const known = measures.get(metric.name);
    let building = known;
    const before = known && new Set(known.times);
    for (const [written, value] of Object.entries(metric.values)) {
      const time = Number(written);
      if (!isSample(time, value, now)) {
        drops.invalidSamples += 1;
        faults.sample(time);
      } else if (!building) {
        // With its first sample: an empty array that grows takes room for seventeen.
        building = { metric, times: [time], values: [toBase(unit, value)] };
        measures.set(metric.name, building);
      } else if (!before?.has(time)) {
        building.times.push(time);
        building.values.push(toBase(unit, value));
      }
    }
  }
  const series: PerfSeries[] = [];
  for (const measures of byResource.values()) {
    if ((steps += measures.size) % SERIES_PER_STEP < measures.size) yield undefined;
    for (const sum of SUMS) fillSum(measures, ...sum);
    for (const [name, building] of measures) series.push(toSeries(name, building));
  }
  return { series, drops, faults: faults.told() };
}

/** What is wrong with a series as a whole; undefined: nothing. */
function faultOf(metric: PerfMetric): string | undefined {
  const labels = metric?.labels;
  if (!NAMES.has(metric?.name)) return `no measure is called ${quoted(metric?.name)}`;
  const { name } = metric;
  if (!TYPES.has(labels?.resource_type)) {
    return `${name} of an unknown resource type ${quoted(labels?.resource_type)}`;
  }
  const units = unitsOf(name);
  if (!units.includes(labels.unit)) {
    const of = `${name} of ${labels.resource_type}`;
    return `${of} is stated in ${quoted(labels.unit)}, it can only be in ${units.join(', ')}`;
  }
  if (typeof labels.resource_id !== 'string' || labels.resource_id === '') {
    return `${name} of a ${labels.resource_type} without an id`;
  }
  if (typeof metric.values !== 'object' || metric.values === null) return `${name} without values`;
  return undefined;
}

function quoted(foreign: unknown): string {
  return JSON.stringify(String(foreign).slice(0, 64));
}

/** Different faults of one round that are told. */
const MAX_FAULTS = 5;

/** Gathers why things are dropped: each reason once. */
function createFaults(now: number) {
  const reasons = new Map<string, number>();
  let ahead = 0;
  let furthest = 0;
  let seconds = 0;
  return {
    series(reason: string) {
      if (reasons.size < MAX_FAULTS || reasons.has(reason))
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    },
    sample(time: number) {
      if (time > now + MAX_AHEAD_MS) {
        ahead += 1;
        furthest = Math.max(furthest, time - now);
      } else if (time < MIN_EPOCH_MS) {
        seconds += 1;
      }
    },
    told(): InvalidResponse[] {
      const texts = Array.from(reasons, ([reason, count]) => `${count} series dropped: ${reason}`);
      if (ahead > 0) {
        texts.push(
          `${ahead} samples dropped: the array's clock is ${inHours(furthest)} ahead of the agent's; ` +
            'set both by NTP',
        );
      }
      if (seconds > 0) texts.push(`${seconds} samples dropped: their times are no epoch ms`);
      return texts.map((text) => new InvalidResponse(text));
    },
  };
}

function inHours(ms: number): string {
  const hours = ms / 3_600_000;
  return hours < 72 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
}

function isSample(time: number, value: unknown, now: number): boolean {
  return (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= 0 &&
    time >= MIN_EPOCH_MS &&
    time <= now + MAX_AHEAD_MS
  );
}

function fillSum(
  measures: Map<MetricName, Building>,
  overall: MetricName,
  read: MetricName,
  write: MetricName,
): void {
  const reads = measures.get(read);
  const writes = measures.get(write);
  if (measures.has(overall) || !reads || !writes) return;
  const written = new Map(writes.times.map((time, index) => [time, writes.values[index]]));
  const sum: Building = { metric: reads.metric, times: [], values: [] };
  for (const [index, time] of reads.times.entries()) {
    const [one, other] = [reads.values[index], written.get(time)];
    if (one === undefined || other === undefined) continue;
    sum.times.push(time);
    sum.values.push(one + other);
  }
  if (sum.times.length > 0) measures.set(overall, sum);
}

function toSeries(name: MetricName, building: Building): PerfSeries {
  const { metric, times, values } = isAscending(building.times) ? building : sorted(building);
  const { resource_type, resource_id, resource_name } = metric.labels;
  return {
    name,
    resource_type,
    resource_id,
    ...(resource_name ? { resource_name } : {}),
    times,
    values,
  };
}

function isAscending(times: readonly number[]): boolean {
  return times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0));
}

/** In order of time, each time once: the first value holds. */
function sorted({ metric, times, values }: Building): Building {
  const order = [...times.keys()]
    .sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0))
    .filter((index, place, all) => place === 0 || times[index] !== times[all[place - 1] ?? index]);
  return {
    metric,
    times: order.map((index) => times[index] ?? 0),
    values: order.map((index) => values[index] ?? 0),
  };
}
