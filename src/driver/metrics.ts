/**
 * The metric vocabulary: names, resource types and units of performance data.
 * Names are the seed's; units are the vendor's exact ones, converted by the core in one table
 * (telemetry/units.ts). A driver never converts.
 */

/** What performance data is about. The values are the seed's. */
export const RESOURCE_TYPES = [
  'storage',
  'storagePool',
  'volume',
  'controller',
  'port',
  'disk',
  'filesystem',
  'share',
  'volumeGroup',
  'host',
] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

/** Measures, each an average over the array's sampling interval. */
export const METRIC_NAMES = [
  'iops',
  'readIops',
  'writeIops',
  'throughput',
  'readThroughput',
  'writeThroughput',
  'responseTime',
  'readResponseTime',
  'writeResponseTime',
  'ioSize',
  'readIoSize',
  'writeIoSize',
  'cacheHitRatio',
  'readCacheHitRatio',
  'writeCacheHitRatio',
  'cpuUsage',
] as const;
export type MetricName = (typeof METRIC_NAMES)[number];

/**
 * Units a driver may state. Powers of two (`KiB`, `MiB`) and of ten (`KB`, `MB`) are different
 * units: the vendor's reference says which one its "MB" is. `%` is 0 to 100, `1` is 0 to 1.
 */
export const UNITS = [
  'IOPS',
  'B/s',
  'KiB/s',
  'KB/s',
  'MiB/s',
  'MB/s',
  'us',
  'ms',
  's',
  'B',
  'KiB',
  'KB',
  '%',
  '1',
] as const;
export type Unit = (typeof UNITS)[number];

/** The units that a kind of quantity can be stated in. */
const UNITS_OF = {
  rate: ['IOPS'],
  throughput: ['B/s', 'KiB/s', 'KB/s', 'MiB/s', 'MB/s'],
  time: ['us', 'ms', 's'],
  size: ['B', 'KiB', 'KB'],
  ratio: ['%', '1'],
} as const satisfies Record<string, readonly Unit[]>;

const QUANTITIES = {
  iops: 'rate',
  readIops: 'rate',
  writeIops: 'rate',
  throughput: 'throughput',
  readThroughput: 'throughput',
  writeThroughput: 'throughput',
  responseTime: 'time',
  readResponseTime: 'time',
  writeResponseTime: 'time',
  ioSize: 'size',
  readIoSize: 'size',
  writeIoSize: 'size',
  cacheHitRatio: 'ratio',
  readCacheHitRatio: 'ratio',
  writeCacheHitRatio: 'ratio',
  cpuUsage: 'ratio',
} as const satisfies Record<MetricName, keyof typeof UNITS_OF>;

/** The units a measure can be stated in. */
export type UnitOf<N extends MetricName> = (typeof UNITS_OF)[(typeof QUANTITIES)[N]][number];

/** The units a measure can be stated in. */
export function unitsOf(name: MetricName): readonly Unit[] {
  return UNITS_OF[QUANTITIES[name]];
}

/**
 * Each measure in a unit of its own kind: `{ readIops: 'MB/s' }` is a type error. Of a table that is
 * made at run time the types know nothing; the core drops and tells what does not agree.
 */
export type Agreeing<U> = {
  readonly [N in keyof U]: Unit extends U[N] ? U[N] : N extends MetricName ? UnitOf<N> : never;
};

/** One measure that a resource type has. */
export interface MetricCapability {
  readonly unit: Unit;
  readonly description: string;
}

export type ResourceMetrics = {
  readonly [T in ResourceType]?: { readonly [N in MetricName]?: MetricCapability };
};

/** What an array can measure, as in the seed's `get_capabilities`. Times in seconds. */
export interface Capabilities {
  /** The array keeps samples: `collectPerfMetrics` can answer for the past. */
  readonly is_historic: boolean;
  /** How far back it keeps them, seconds. */
  readonly performance_metric_retention_window?: number;
  /** How often new samples appear, seconds. The operator's interval is never shorter. */
  readonly collect_interval?: number;
  /** How often a failed window is tried again, seconds. */
  readonly failed_job_collect_interval?: number;
  /**
   * Where an array tells its objects one by one, and they are asked about in turns: after how many
   * seconds the turn of one comes again. Each turn brings all samples since the last one; until the
   * next the newest sample stays.
   */
  readonly turns?: { readonly [T in ResourceType]?: number };
  readonly resource_metrics: ResourceMetrics;
}

/** One series of one resource over the window, as in the seed's `collect_perf_metrics`. */
export interface MetricSeries {
  readonly name: MetricName;
  readonly labels: {
    readonly storage_id: string;
    readonly resource_type: ResourceType;
    /** The native id of the resource, exactly as in its list. For `storage`: the storage id. */
    readonly resource_id: string;
    readonly resource_name?: string;
    readonly type: 'RAW';
    readonly unit: Unit;
  };
  /** Epoch ms of the array's own sample -> value in `labels.unit`. */
  readonly values: Readonly<Record<number, number>>;
}

/**
 * Samples of one measure of many resources, column by column: a row is one sample. It costs a tenth
 * of a series for each resource. Rows come in any order; of one resource and time the first holds.
 */
export interface MetricBatch {
  readonly name: MetricName;
  readonly resource_type: ResourceType;
  readonly unit: Unit;
  /** The native id of each row's resource, exactly as in its list. For `storage`: the storage id. */
  readonly ids: readonly string[];
  /** Names of the resources, where there are any. */
  readonly names?: readonly (string | undefined)[];
  /** Epoch ms of the array's own samples. */
  readonly times: ArrayLike<number>;
  /** In `unit`. */
  readonly values: ArrayLike<number>;
}

/** What `collectPerfMetrics` hands over, one after the other: the two forms may be mixed. */
export type PerfMetric = MetricSeries | MetricBatch;

/** All at the end, or while they are read. */
export type PerfMetrics = readonly PerfMetric[] | AsyncIterable<PerfMetric>;

const DESCRIPTIONS: Readonly<Record<MetricName, string>> = {
  iops: 'Read and write operations per second',
  readIops: 'Read operations per second',
  writeIops: 'Write operations per second',
  throughput: 'Data transferred per second',
  readThroughput: 'Data read per second',
  writeThroughput: 'Data written per second',
  responseTime: 'Average time an operation takes',
  readResponseTime: 'Average time a read takes',
  writeResponseTime: 'Average time a write takes',
  ioSize: 'Average size of an operation',
  readIoSize: 'Average size of a read',
  writeIoSize: 'Average size of a write',
  cacheHitRatio: 'Share of operations served from cache',
  readCacheHitRatio: 'Share of reads served from cache',
  writeCacheHitRatio: 'Share of writes served from cache',
  cpuUsage: 'Processor utilisation',
};

/** The capabilities of one resource type from a table of units, with the standard descriptions. */
export function measures<const U extends Readonly<Partial<Record<MetricName, Unit>>>>(
  units: U & Agreeing<U>,
): Partial<Record<MetricName, MetricCapability>> {
  return Object.fromEntries(
    Object.entries<Unit>(units).map(([name, unit]) => [
      name,
      { unit, description: DESCRIPTIONS[name as MetricName] },
    ]),
  );
}

/** One value for each measure of a table. */
export function byMeasure<T, R>(
  table: Readonly<Partial<Record<MetricName, T>>>,
  read: (of: T, name: MetricName) => R,
): Partial<Record<MetricName, R>> {
  return Object.fromEntries(
    Object.entries(table).map(([name, of]) => [name, read(of, name as MetricName)]),
  );
}

/** The capabilities of all kinds of objects that are measured; several kinds may be of one type. */
export function measuresOf(
  kinds: readonly {
    readonly type: ResourceType;
    readonly units: Readonly<Partial<Record<MetricName, Unit>>>;
  }[],
): ResourceMetrics {
  const units = new Map<ResourceType, Partial<Record<MetricName, Unit>>>();
  for (const { type, units: own } of kinds) units.set(type, { ...own, ...units.get(type) });
  return Object.fromEntries(Array.from(units, ([type, known]) => [type, measures(known)]));
}

/** The text that describes a measure, as in HELP lines and documentation. */
export function describeMetric(name: MetricName): string {
  return DESCRIPTIONS[name];
}
