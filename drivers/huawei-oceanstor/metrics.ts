/** Performance indicators of DeviceManager: their numbers, units and the objects that have them. */
import {
  byMeasure,
  isObject,
  list,
  measures,
  number,
  signed,
  text,
  type Capabilities,
  type Foreign,
  type MetricName,
  type ResourceMetrics,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';

interface Indicator {
  readonly id: number;
  readonly unit: Unit;
}
type Indicators = Readonly<Partial<Record<MetricName, Indicator>>>;

/** "MB" and "KB" of the interface are powers of two, as its sectors and its console are. */
const OPERATIONS = {
  iops: { id: 22, unit: 'IOPS' },
  readIops: { id: 25, unit: 'IOPS' },
  writeIops: { id: 28, unit: 'IOPS' },
} as const;
const BANDWIDTH = {
  throughput: { id: 21, unit: 'MiB/s' },
  readThroughput: { id: 23, unit: 'MiB/s' },
  writeThroughput: { id: 26, unit: 'MiB/s' },
} as const;
const LATENCY = {
  responseTime: { id: 370, unit: 'us' },
  readResponseTime: { id: 384, unit: 'us' },
  writeResponseTime: { id: 385, unit: 'us' },
} as const;
const SIZE = {
  ioSize: { id: 228, unit: 'KiB' },
  readIoSize: { id: 24, unit: 'KiB' },
  writeIoSize: { id: 27, unit: 'KiB' },
} as const;
const CACHE = {
  cacheHitRatio: { id: 303, unit: '%' },
  readCacheHitRatio: { id: 93, unit: '%' },
  writeCacheHitRatio: { id: 95, unit: '%' },
} as const;

const BLOCK = { ...OPERATIONS, ...BANDWIDTH, ...LATENCY } as const;

const INDICATORS = {
  storage: { ...BLOCK, ...SIZE, ...CACHE },
  storagePool: { ...BLOCK, ...SIZE },
  volume: { ...BLOCK, ...SIZE, ...CACHE },
  controller: { ...BLOCK, ...SIZE, ...CACHE, cpuUsage: { id: 68, unit: '%' } },
  port: { ...BLOCK, ...SIZE },
  disk: BLOCK,
  /** NAS operations have numbers of their own; the overall bandwidth is the core's sum. */
  filesystem: {
    iops: { id: 182, unit: 'IOPS' },
    readIops: { id: 232, unit: 'IOPS' },
    writeIops: { id: 233, unit: 'IOPS' },
    readThroughput: BANDWIDTH.readThroughput,
    writeThroughput: BANDWIDTH.writeThroughput,
    readResponseTime: { id: 524, unit: 'us' },
    writeResponseTime: { id: 525, unit: 'us' },
    ioSize: SIZE.ioSize,
  },
} as const satisfies Partial<Record<ResourceType, Indicators>>;

export type MeasuredType = keyof typeof INDICATORS;

/** What every firmware measures, for arrays that refuse a request with one number they don't know. */
const COMMON: ReadonlySet<MetricName> = new Set<MetricName>([
  ...(Object.keys({ ...OPERATIONS, ...BANDWIDTH }) as MetricName[]),
  'responseTime',
]);
const COMMON_VOLUME: ReadonlySet<MetricName> = new Set<MetricName>([
  ...COMMON,
  ...(Object.keys({ ...SIZE, ...CACHE }) as MetricName[]),
]);

export interface Measure {
  readonly name: MetricName;
  readonly id: string;
  readonly unit: Unit;
}

export function capabilities(): Capabilities {
  const resource_metrics: ResourceMetrics = Object.fromEntries(
    Object.entries(INDICATORS).map(([type, indicators]) => [
      type,
      measures(byMeasure<{ unit: Unit }, Unit>(indicators, ({ unit }) => unit)),
    ]),
  );
  return { is_historic: false, resource_metrics };
}

/** The measures asked for of one type, in the order in which they are asked for. */
export function measuresOf(type: MeasuredType, asked: ResourceMetrics): readonly Measure[] {
  const indicators: Indicators = INDICATORS[type];
  const wanted = asked[type] ?? {};
  return Object.entries(indicators).flatMap(([name, { id, unit }]) =>
    name in wanted ? [{ name: name as MetricName, id: String(id), unit }] : [],
  );
}

/** Those of them that older firmware has, too. */
export function commonOf(type: MeasuredType, all: readonly Measure[]): readonly Measure[] {
  const common = type === 'volume' ? COMMON_VOLUME : COMMON;
  return all.filter(({ name }) => common.has(name));
}

export interface Sample {
  /** Epoch ms by the array's clock; absent if the answer has none. */
  readonly time: number | undefined;
  /** Indicator number -> value; without the -1 of indicators that the object lacks. */
  readonly values: ReadonlyMap<string, number>;
}

/** An object of `performance_data`: lists of numbers and values, time in seconds. */
export function toBulkSample(entry: Foreign): Sample {
  return toSample(entry['indicators'], entry['indicator_values'], entry['timestamp']);
}

/** An object of `cur_statistic_data`: texts with commas. Old firmware doesn't repeat the numbers. */
export function toSingleSample(entry: Foreign, asked: readonly Measure[]): Sample {
  const ids = split(entry['CMO_STATISTIC_DATA_ID_LIST']);
  return toSample(
    ids.length > 0 ? ids : asked.map(({ id }) => id),
    split(entry['CMO_STATISTIC_DATA_LIST']),
    entry['CMO_STATISTIC_TIMESTAMP'],
  );
}

/** Without their numbers the values are those asked for only if there are as many. */
export function namesItsValues(entry: Foreign, asked: readonly Measure[]): boolean {
  const values = split(entry['CMO_STATISTIC_DATA_LIST']).length;
  const ids = split(entry['CMO_STATISTIC_DATA_ID_LIST']).length;
  return values === (ids || asked.length);
}

function toSample(ids: unknown, values: unknown, seconds: unknown): Sample {
  const found = new Map<string, number>();
  const read = Array.isArray(values) ? values : [];
  for (const [index, id] of (Array.isArray(ids) ? ids : []).entries()) {
    const value = signed(read[index]);
    const key = text(id);
    if (key !== undefined && value !== undefined && value >= 0) found.set(key, value);
  }
  const time = number(seconds);
  return { time: time ? time * 1000 : undefined, values: found };
}

function split(value: unknown): readonly string[] {
  const written = text(value);
  return written === undefined ? [] : written.split(',').map((part) => part.trim());
}

/** Object type of the whole array in statistics, and the id it has there. */
export const SYSTEM = { type: '201', id: '0' } as const;

/** The objects of an answer: none, one or a list. */
export function entriesOf(data: unknown): readonly Foreign[] {
  if (data === undefined || data === null || data === '') return [];
  const entries = isObject(data) ? [data] : list(data, 'performance data');
  return entries.filter((entry) => Object.keys(entry).length > 0);
}
