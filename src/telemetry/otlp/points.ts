/** Series as the SDK's metric data, in batches of a bounded number of points. */
import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Family } from '../catalog.ts';
import type { Identity, Label } from '../labels.ts';

export interface Scope {
  readonly name: string;
  readonly version: string;
}

/** Scope of the arrays' metrics. */
export const METRICS_SCOPE = 'delfin.metrics';

/** Gathers points of one array, family by family. */
export interface Collection {
  add(
    family: Family,
    identity: Identity,
    extra: readonly Label[],
    time: HrTime,
    value: number,
  ): void;
  /** Points so far. */
  size(): number;
  /** What was gathered, in batches; each is made when it is asked for. */
  batches(maxPoints: number): Generator<ResourceMetrics>;
}

/** Gauges have no start. */
const NO_START: HrTime = [0, 0];

/** Attributes by resource: made once, used for all its points. */
export type AttributeCache = WeakMap<Identity, Attributes>;

export interface CollectionOptions {
  readonly resource: Resource;
  readonly scope: Scope;
  /** Start of sums. */
  readonly start: HrTime;
  readonly attributes: AttributeCache;
}

export function createCollection(options: CollectionOptions): Collection {
  const { resource, scope, start, attributes: cache } = options;
  const families = new Map<Family, DataPoint<number>[]>();
  let size = 0;
  return {
    size: () => size,
    add(family, identity, extra, endTime, value) {
      let points = families.get(family);
      if (!points) families.set(family, (points = []));
      let own = cache.get(identity);
      if (!own) cache.set(identity, (own = Object.fromEntries(identity.labels)));
      const attributes = extra.length === 0 ? own : withExtra(own, extra);
      const startTime = family.kind === 'gauge' ? NO_START : start;
      points.push({ startTime, endTime, attributes, value });
      size += 1;
    },
    batches(maxPoints) {
      const metrics = Array.from(families, ([family, points]) => metricOf(family, points));
      return inBatches({ resource, scopeMetrics: [{ scope, metrics }] }, maxPoints);
    },
  };
}

/** The same points in requests of at most so many. */
export function* inBatches(
  { resource, scopeMetrics }: ResourceMetrics,
  maxPoints: number,
): Generator<ResourceMetrics> {
  for (const { scope, metrics } of scopeMetrics) {
    let gathered: MetricData[] = [];
    let left = maxPoints;
    for (const metric of metrics) {
      for (let at = 0; at < metric.dataPoints.length;) {
        const dataPoints = metric.dataPoints.slice(at, at + left);
        gathered.push({ ...metric, dataPoints } as typeof metric);
        at += dataPoints.length;
        left -= dataPoints.length;
        if (left > 0) continue;
        yield { resource, scopeMetrics: [{ scope, metrics: gathered }] };
        gathered = [];
        left = maxPoints;
      }
    }
    if (gathered.length > 0) yield { resource, scopeMetrics: [{ scope, metrics: gathered }] };
  }
}

function metricOf(family: Family, dataPoints: DataPoint<number>[]): MetricData {
  const common = {
    descriptor: {
      name: family.instrument,
      description: family.help,
      unit: family.unit,
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints,
  };
  return family.kind === 'gauge'
    ? { ...common, dataPointType: DataPointType.GAUGE }
    : { ...common, dataPointType: DataPointType.SUM, isMonotonic: family.kind === 'counter' };
}

function withExtra(attributes: Attributes, extra: readonly Label[]): Attributes {
  const all = { ...attributes };
  for (const [key, value] of extra) all[key] = value;
  return all;
}

/** Epoch ms as the SDK's seconds and nanoseconds. */
export function hrTimeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
