/** Performance indicators of DeviceManager: their numbers, units and the objects that have them. */
import {
  byMeasure,
  measuresOf,
  METRIC_NAMES,
  number,
  positive,
  text,
  type Capabilities,
  type Foreign,
  type MetricName,
  type ResourceMetrics,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';

type Indicators = Readonly<
  Partial<Record<MetricName, { readonly id: number; readonly unit: Unit }>>
>;

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

export function capabilities(): Capabilities {
  const kinds = Object.entries<Indicators>(INDICATORS).map(([type, indicators]) => ({
    type: type as MeasuredType,
    units: byMeasure(indicators, ({ unit }) => unit),
  }));
  return { is_historic: false, resource_metrics: measuresOf(kinds) };
}

export interface Measure {
  readonly name: MetricName;
  /** Number of the indicator. */
  readonly id: string;
  /** Older firmware has it, too. */
  readonly common: boolean;
}

/** The measures asked for of one type, in the order in which they are asked for. */
export function wantedOf(type: MeasuredType, asked: ResourceMetrics): readonly Measure[] {
  const common = type === 'volume' ? COMMON_VOLUME : COMMON;
  const indicators: Indicators = INDICATORS[type];
  return METRIC_NAMES.flatMap((name) => {
    const id = asked[type]?.[name] && indicators[name]?.id;
    return id === undefined ? [] : [{ name, id: String(id), common: common.has(name) }];
  });
}

export interface Sample {
  /** Epoch ms by the array's clock; absent if the answer has none. */
  readonly time: number | undefined;
  /** By the indicator's number; -1 of one that the object lacks is no value. */
  readonly values: ReadonlyMap<string | undefined, number | undefined>;
}

/** An object of `performance_data`: lists of numbers and values, time in seconds. */
export function toBulkSample(entry: Foreign): Sample {
  const { indicators, indicator_values: values, timestamp } = entry;
  const isWhole = Array.isArray(indicators) && Array.isArray(values);
  return isWhole ? toSample(indicators, values, timestamp) : toSample([], [], timestamp);
}

/**
 * An object of `cur_statistic_data`: texts with commas. Old firmware doesn't repeat the numbers: the
 * values are those asked for only if there are as many; else undefined.
 */
export function toSingleSample(entry: Foreign, asked: readonly Measure[]): Sample | undefined {
  const ids = split(entry['CMO_STATISTIC_DATA_ID_LIST']);
  const values = split(entry['CMO_STATISTIC_DATA_LIST']);
  if (values.length !== (ids.length || asked.length)) return undefined;
  const named = ids.length > 0 ? ids : asked.map(({ id }) => id);
  return toSample(named, values, entry['CMO_STATISTIC_TIMESTAMP']);
}

function toSample(ids: readonly unknown[], values: readonly unknown[], seconds: unknown): Sample {
  const time = positive(seconds);
  return {
    time: time && time * 1000,
    values: new Map(ids.map((id, index) => [text(id), number(values[index])])),
  };
}

function split(value: unknown): readonly string[] {
  return text(value)?.split(',') ?? [];
}
