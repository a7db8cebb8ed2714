/** What the array measures, where, and how its answers become samples. */
import {
  byMeasure,
  measuresOf,
  number,
  pick,
  utcTime,
  type Capabilities,
  type Foreign,
  type MetricName,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';
import type { Collection } from './fields.ts';

/** One kind of measured objects: a request gives the newest sample of all of them. */
export interface Measured {
  readonly type: ResourceType;
  readonly path: string;
  /** The cluster is one object, the others are collections. */
  readonly single?: boolean;
  /** Measure -> where it stands in a sample. */
  readonly measures: Readonly<Partial<Record<MetricName, string>>>;
}

const OPERATIONS = {
  iops: 'iops.total',
  readIops: 'iops.read',
  writeIops: 'iops.write',
} as const;
const THROUGHPUT = {
  throughput: 'throughput.total',
  readThroughput: 'throughput.read',
  writeThroughput: 'throughput.write',
} as const;
const LATENCY = {
  responseTime: 'latency.total',
  readResponseTime: 'latency.read',
  writeResponseTime: 'latency.write',
} as const;
const USUAL = { ...OPERATIONS, ...THROUGHPUT, ...LATENCY };

/** Those of which there are few come first: where requests are few, they count for more. */
export const MEASURED: readonly Measured[] = [
  { type: 'storage', path: '/api/cluster', single: true, measures: USUAL },
  {
    type: 'controller',
    path: '/api/cluster/nodes',
    measures: { cpuUsage: 'processor_utilization' },
  },
  { type: 'storagePool', path: '/api/storage/aggregates', measures: USUAL },
  { type: 'port', path: '/api/network/fc/ports', measures: USUAL },
  // What a port receives is not what hosts read: both directions together.
  {
    type: 'port',
    path: '/api/network/ethernet/ports',
    measures: { throughput: 'throughput.total' },
  },
  { type: 'filesystem', path: '/api/storage/volumes', measures: USUAL },
  { type: 'volume', path: '/api/storage/luns', measures: USUAL },
  { type: 'volume', path: '/api/storage/namespaces', measures: USUAL },
];

export function collectionOf({ path }: Measured): Collection {
  const fields = ['name', 'metric', 'statistics'];
  return { path, fields, costly: ['metric', 'statistics'] };
}

/** How long a sample is, and how long samples of this length are kept. */
const SAMPLE_SECONDS = 15;
const RETENTION_SECONDS = 3_600;
export const RECENT_HISTORY = '1h';

const UNITS: Partial<Record<MetricName, Unit>> = {
  iops: 'IOPS',
  readIops: 'IOPS',
  writeIops: 'IOPS',
  throughput: 'B/s',
  readThroughput: 'B/s',
  writeThroughput: 'B/s',
  responseTime: 'us',
  readResponseTime: 'us',
  writeResponseTime: 'us',
  cpuUsage: '%',
};

export function capabilities(): Capabilities {
  const kinds = MEASURED.map((kind) => ({
    type: kind.type,
    units: Object.fromEntries(
      Object.keys(kind.measures).map((name) => [name, UNITS[name as MetricName]]),
    ),
  }));
  return {
    is_historic: true,
    performance_metric_retention_window: RETENTION_SECONDS,
    collect_interval: SAMPLE_SECONDS,
    resource_metrics: measuresOf(kinds),
  };
}

export interface Sample {
  readonly time: number;
  readonly values: Readonly<Partial<Record<MetricName, number | undefined>>>;
}

/** `backfilled_data`: what a node could not say in time has been put in later. */
const GOOD = new Set(['ok', 'backfilled_data']);

/** A sample, or why it is none. Undefined: there is nothing of the kind, as of an offline volume. */
export function toSample({ measures }: Measured, metric: unknown): Sample | string | undefined {
  if (metric === undefined || metric === null) return undefined;
  const status = pick(metric, 'status');
  if (typeof status === 'string' && !GOOD.has(status)) return status;
  const time = utcTime(pick(metric, 'timestamp'));
  if (time === undefined) return 'no timestamp';
  return { time, values: byMeasure(measures, (path) => number(pick(metric, path))) };
}

/** Counters since the boot of a node, and when they were read. */
export interface Counters {
  readonly time: number;
  readonly values: Readonly<Record<string, number>>;
}

const CONTROLLER_COUNTERS = ['processor_utilization_raw', 'processor_utilization_base'];
const DIRECTIONS = ['total', 'read', 'write'];
const COUNTERS = [
  ...CONTROLLER_COUNTERS,
  ...['iops', 'throughput', 'latency'].flatMap((what) =>
    DIRECTIONS.map((direction) => `${what}_raw.${direction}`),
  ),
];

/** Undefined where they are not whole: from two that are, a sample can be made. */
export function toCounters(record: Foreign): Counters | undefined {
  const statistics = record['statistics'];
  const time = utcTime(pick(statistics, 'timestamp'));
  const status = pick(statistics, 'status');
  if (time === undefined || (typeof status === 'string' && !GOOD.has(status))) return undefined;
  const values: Record<string, number> = {};
  for (const path of COUNTERS) {
    const value = number(pick(statistics, path));
    if (value !== undefined) values[path] = value;
  }
  return { time, values };
}

/** Counters of times further apart than this say little of now. */
const LONGEST_MS = RETENTION_SECONDS * 1_000;

/** What happened between two readings. Undefined: they went back, as after a reboot, or are too far apart. */
export function between(measured: Measured, before: Counters, after: Counters): Sample | undefined {
  const seconds = (after.time - before.time) / 1_000;
  if (seconds < SAMPLE_SECONDS / 3 || seconds * 1_000 > LONGEST_MS) return undefined;
  const deltas = new Map<string, number>();
  for (const [path, value] of Object.entries(after.values)) {
    const delta = value - (before.values[path] ?? Number.NaN);
    if (delta < 0) return undefined;
    if (Number.isFinite(delta)) deltas.set(path, delta);
  }
  const values = byMeasure(measured.measures, (path) => {
    const [what, direction] = path.split('.');
    if (what === 'processor_utilization') {
      return ratio(
        deltas.get(CONTROLLER_COUNTERS[0] ?? ''),
        deltas.get(CONTROLLER_COUNTERS[1] ?? ''),
        100,
      );
    }
    const delta = deltas.get(`${what}_raw.${direction}`);
    if (what === 'latency') return ratio(delta, deltas.get(`iops_raw.${direction}`), 1);
    return delta === undefined ? undefined : delta / seconds;
  });
  return { time: after.time, values };
}

/** Of no operations at all there is no latency. */
function ratio(part: number | undefined, whole: number | undefined, times: number) {
  return part === undefined || !whole ? undefined : (times * part) / whole;
}
