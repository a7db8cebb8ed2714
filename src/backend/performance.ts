/** What `collectPerfMetrics` returned, checked, in base units, one ascending series per measure and resource. */
import {
  METRIC_NAMES,
  RESOURCE_TYPES,
  UNITS,
  type MetricName,
  type PerfMetric,
} from '../driver/metrics.ts';
import { toBase } from '../telemetry/units.ts';
import type { PerfSeries } from './snapshot.ts';

const NAMES: ReadonlySet<string> = new Set(METRIC_NAMES);
const TYPES: ReadonlySet<string> = new Set(RESOURCE_TYPES);
const KNOWN_UNITS: ReadonlySet<string> = new Set(UNITS);
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
}

/** Overall operations and throughput may be filled in from their two directions, nothing else. */
const SUMS: readonly (readonly [MetricName, MetricName, MetricName])[] = [
  ['iops', 'readIops', 'writeIops'],
  ['throughput', 'readThroughput', 'writeThroughput'],
];

/** Arrays, because there are hundreds of thousands of these, most of them with one sample. */
interface Building {
  readonly metric: PerfMetric;
  readonly times: number[];
  readonly values: number[];
}

export function checkPerformance(metrics: readonly PerfMetric[], now: number): CheckedPerformance {
  const drops: SampleDrops = { invalidSeries: 0, invalidSamples: 0 };
  const byResource = new Map<string, Map<MetricName, Building>>();
  for (const metric of metrics) {
    if (!isSeries(metric)) {
      drops.invalidSeries += 1;
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
      if (!isSample(time, value, now)) drops.invalidSamples += 1;
      else if (!building) {
        // With its first sample: an empty array that grows takes room for seventeen.
        building = { metric, times: [time], values: [toBase(unit, value)] };
        measures.set(metric.name, building);
      } else if (!before?.has(time)) {
        building.times.push(time);
        building.values.push(toBase(unit, value));
      }
    }
  }
  const series = [...byResource.values()].flatMap((measures) => {
    for (const sum of SUMS) fillSum(measures, ...sum);
    return Array.from(measures, ([name, building]) => toSeries(name, building));
  });
  return { series, drops };
}

function isSeries(metric: PerfMetric): boolean {
  const labels = metric?.labels;
  return (
    NAMES.has(metric?.name) &&
    TYPES.has(labels?.resource_type) &&
    KNOWN_UNITS.has(labels?.unit) &&
    typeof labels.resource_id === 'string' &&
    labels.resource_id !== '' &&
    typeof metric.values === 'object'
  );
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
