/** What `collectPerfMetrics` returned, checked, in base units, a column of samples for each measure. */
import {
  METRIC_NAMES,
  RESOURCE_TYPES,
  unitsOf,
  type MetricBatch,
  type MetricName,
  type MetricSeries,
  type PerfMetric,
  type ResourceType,
  type Unit,
} from '../driver/metrics.ts';
import type { InvalidResponse } from '../driver/errors.ts';
import { toBase } from '../telemetry/units.ts';
import {
  addRow,
  createGathering,
  createTypeGathering,
  numberOf,
  ordered,
  toColumns,
  withSums,
  type TypeGathering,
} from './columns.ts';
import { createFaults, isSample } from './sample-faults.ts';
import type { PerfColumns } from './snapshot.ts';
import { atOnce, type Steps } from './turns.ts';

const NAMES: ReadonlySet<string> = new Set(METRIC_NAMES);
const TYPES: ReadonlySet<string> = new Set(RESOURCE_TYPES);

export interface SampleDrops {
  /** Series that name no known metric, resource type, unit or resource. */
  invalidSeries: number;
  /** Values that are no finite number, negative, or at an impossible time. */
  invalidSamples: number;
}

export interface CheckedPerformance {
  readonly columns: readonly PerfColumns[];
  readonly drops: SampleDrops;
  /** Why something was dropped, in words. */
  readonly faults: readonly InvalidResponse[];
}

/** Overall operations and throughput may be filled in from their two directions, nothing else. */
const SUMS: readonly (readonly [MetricName, MetricName, MetricName])[] = [
  ['iops', 'readIops', 'writeIops'],
  ['throughput', 'readThroughput', 'writeThroughput'],
];

const ROWS_PER_STEP = 2_000;

/** Takes what a driver hands over, one after the other. */
export interface PerformanceCheck {
  take(metric: PerfMetric): Steps<void>;
  result(): Steps<CheckedPerformance>;
}

export function checkPerformance(metrics: readonly PerfMetric[], now: number): CheckedPerformance {
  return atOnce(checkingPerformance(metrics, now));
}

export function* checkingPerformance(
  metrics: readonly PerfMetric[],
  now: number,
): Steps<CheckedPerformance> {
  const check = createPerformanceCheck(now);
  for (const metric of metrics) yield* check.take(metric);
  return yield* check.result();
}

export function createPerformanceCheck(now: number): PerformanceCheck {
  const drops: SampleDrops = { invalidSeries: 0, invalidSamples: 0 };
  const faults = createFaults(now);
  const types = new Map<ResourceType, TypeGathering>();
  let steps = 0;

  function drop(fault: string, series: number): void {
    drops.invalidSeries += series;
    faults.series(fault, series);
  }

  function gatheringOf(type: ResourceType, name: MetricName) {
    let ofType = types.get(type);
    if (!ofType) types.set(type, (ofType = createTypeGathering()));
    let gathering = ofType.measures.get(name);
    if (!gathering) ofType.measures.set(name, (gathering = createGathering()));
    return { ofType, gathering };
  }

  function* takeRows({ name, resource_type, unit, ...columns }: MetricBatch): Steps<void> {
    const { ids, names, times, values } = columns;
    const { ofType, gathering } = gatheringOf(resource_type, name);
    for (const [row, id] of ids.entries()) {
      if ((steps += 1) % ROWS_PER_STEP === 0) yield undefined;
      if (typeof id !== 'string' || id === '') {
        drop(`${name} of a ${resource_type} without an id`, 1);
        continue;
      }
      const time = times[row] ?? Number.NaN;
      const value = values[row];
      if (isSample(time, value, now)) {
        addRow(gathering, numberOf(ofType, id, names?.[row]), time, toBase(unit, value));
        continue;
      }
      drops.invalidSamples += 1;
      faults.sample(time);
    }
  }

  return {
    *take(metric) {
      const fault = faultOf(metric);
      if (fault !== undefined) drop(fault, seriesIn(metric));
      else yield* takeRows('labels' in metric ? toBatch(metric) : metric);
    },
    *result() {
      const columns: PerfColumns[] = [];
      for (const [type, { measures, resources }] of types) {
        for (const [name, gathering] of measures) measures.set(name, ordered(gathering));
        yield undefined;
        for (const [overall, read, write] of SUMS) fillSum(measures, overall, read, write);
        for (const [name, gathering] of measures) {
          yield undefined;
          if (gathering.of.length > 0) columns.push(toColumns(type, name, gathering, resources));
        }
      }
      return { columns, drops, faults: faults.told() };
    },
  };
}

function fillSum(
  measures: TypeGathering['measures'],
  overall: MetricName,
  read: MetricName,
  write: MetricName,
): void {
  const [reads, writes] = [measures.get(read), measures.get(write)];
  const sums = reads && writes && withSums(measures.get(overall), reads, writes);
  if (sums) measures.set(overall, sums);
}

/** One series as a batch of one resource. */
function toBatch({ name, labels, values }: MetricSeries): MetricBatch {
  const { resource_type, resource_id, resource_name, unit } = labels;
  const times = Object.keys(values);
  return {
    name,
    resource_type,
    unit,
    ids: times.map(() => resource_id),
    names: times.map(() => resource_name),
    times: times.map(Number),
    values: Object.values(values),
  };
}

/** What is wrong with a series or a batch as a whole; undefined: nothing. */
function faultOf(metric: PerfMetric): string | undefined {
  if (!NAMES.has(metric?.name)) return `no measure is called ${quoted(metric?.name)}`;
  const { name } = metric;
  const isBatch = 'ids' in metric;
  const type: ResourceType | undefined = isBatch
    ? metric.resource_type
    : metric.labels?.resource_type;
  if (type === undefined || !TYPES.has(type)) {
    return `${name} of an unknown resource type ${quoted(type)}`;
  }
  const unit: Unit = isBatch ? metric.unit : metric.labels.unit;
  const units = unitsOf(name);
  if (!units.includes(unit)) {
    const of = `${name} of ${type}`;
    return `${of} is stated in ${quoted(unit)}, it can only be in ${units.join(', ')}`;
  }
  if (isBatch) return faultOfColumns(metric);
  const { labels, values } = metric;
  if (typeof labels.resource_id !== 'string' || labels.resource_id === '') {
    return `${name} of a ${type} without an id`;
  }
  if (typeof values !== 'object' || values === null) return `${name} without values`;
  return undefined;
}

function faultOfColumns({ name, ids, names, times, values }: MetricBatch): string | undefined {
  if (!Array.isArray(ids)) return `${name} without ids`;
  const lengths = [times, values, names ?? ids].map((column) => column?.length);
  if (lengths.every((length) => length === ids.length)) return undefined;
  return `${name}: the columns differ in length: ${ids.length} ids, ${lengths.join(', ')} times, values, names`;
}

function seriesIn(metric: PerfMetric): number {
  return typeof metric === 'object' && metric !== null && 'ids' in metric
    ? Math.max(1, new Set(metric.ids).size)
    : 1;
}

function quoted(foreign: unknown): string {
  return JSON.stringify(String(foreign).slice(0, 64));
}
