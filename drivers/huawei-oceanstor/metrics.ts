/** Performance indicators of DeviceManager: their numbers, units and the objects that have them. */
import {
  byMeasure,
  measuresOf,
  METRIC_NAMES,
  type Capabilities,
  type MetricName,
  type ResourceMetrics,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';

/** "MB" and "KB" of the interface are powers of two, as its sectors and its console are. */
const UNITS: Readonly<Record<MetricName, Unit>> = {
  iops: 'IOPS',
  readIops: 'IOPS',
  writeIops: 'IOPS',
  throughput: 'MiB/s',
  readThroughput: 'MiB/s',
  writeThroughput: 'MiB/s',
  responseTime: 'us',
  readResponseTime: 'us',
  writeResponseTime: 'us',
  ioSize: 'KiB',
  readIoSize: 'KiB',
  writeIoSize: 'KiB',
  cacheHitRatio: '%',
  readCacheHitRatio: '%',
  writeCacheHitRatio: '%',
  cpuUsage: '%',
};

type Indicators = Readonly<Partial<Record<MetricName, number>>>;

const BLOCK = {
  iops: 22,
  readIops: 25,
  writeIops: 28,
  throughput: 21,
  readThroughput: 23,
  writeThroughput: 26,
  responseTime: 370,
  readResponseTime: 384,
  writeResponseTime: 385,
} as const;
const SIZE = { ioSize: 228, readIoSize: 24, writeIoSize: 27 } as const;
const CACHE = { cacheHitRatio: 303, readCacheHitRatio: 93, writeCacheHitRatio: 95 } as const;
/** NAS operations have numbers of their own; the overall bandwidth is the core's sum. */
const FILES = {
  iops: 182,
  readIops: 232,
  writeIops: 233,
  readThroughput: 23,
  writeThroughput: 26,
  readResponseTime: 524,
  writeResponseTime: 525,
  ioSize: 228,
} as const;

const INDICATORS = {
  storage: { ...BLOCK, ...SIZE, ...CACHE },
  storagePool: { ...BLOCK, ...SIZE },
  volume: { ...BLOCK, ...SIZE, ...CACHE },
  controller: { ...BLOCK, ...SIZE, ...CACHE, cpuUsage: 68 },
  port: { ...BLOCK, ...SIZE },
  disk: BLOCK,
  filesystem: FILES,
} as const satisfies Partial<Record<ResourceType, Indicators>>;

export type MeasuredType = keyof typeof INDICATORS;

/** What not every firmware measures: arrays refuse a request with one number they don't know. */
const NEWER: ReadonlySet<number> = new Set([68, 384, 385, 524, 525]);
/** The same of all objects but volumes. */
const FIRST_OF_VOLUMES: ReadonlySet<number> = new Set([24, 27, 93, 95, 228, 303]);

export function capabilities(): Capabilities {
  const kinds = Object.entries<Indicators>(INDICATORS).map(([type, indicators]) => ({
    type: type as MeasuredType,
    units: byMeasure(indicators, (_, name) => UNITS[name]),
  }));
  return { is_historic: false, resource_metrics: measuresOf(kinds) };
}

export interface Measure {
  readonly name: MetricName;
  /** Number of the indicator. */
  readonly id: number;
  /** Older firmware has it, too. */
  readonly common: boolean;
}

/** The measures asked for of one type, in the order in which they are asked for. */
export function wantedOf(type: MeasuredType, asked: ResourceMetrics): readonly Measure[] {
  const indicators: Indicators = INDICATORS[type];
  return METRIC_NAMES.flatMap((name) => {
    const id = asked[type]?.[name] && indicators[name];
    if (id === undefined) return [];
    return { name, id, common: !NEWER.has(id) && (type === 'volume' || !FIRST_OF_VOLUMES.has(id)) };
  });
}
