/**
 * Performance categories of Unisphere and their counters. "MB" is 2^20 bytes and "KB" 2^10: IOs times
 * AvgIOSize over 1024 is MBs. Response times are milliseconds, Percent... is 0 to 100.
 */
import {
  measuresOf,
  number,
  type Capabilities,
  type Foreign,
  type MetricName,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';

export interface Counter {
  readonly name: MetricName;
  /** Names in the answer; the first one there counts. All are asked for. */
  readonly fields: readonly string[];
  readonly unit: Unit;
  /** In every version: asked for alone where the server refuses the full list. */
  readonly basic: boolean;
}

export interface Category {
  /** In the path: /performance/<category>/keys and /metrics. */
  readonly category: string;
  readonly type: ResourceType;
  /** Container of the answer to `keys`. */
  readonly info: string;
  /** Field with the id, in keys and in requests for metrics. */
  readonly id: string;
  readonly counters: readonly Counter[];
  /** Ports of each director of this category. */
  readonly ports?: Category;
  /** Asked for where the server has no objects of this category. */
  readonly otherwise?: Category;
  /** One request brings the samples of all its objects, where the server has such requests. */
  readonly bulk?: true;
  /** Put before ids, to tell them from the ids of another kind of object. */
  readonly prefix?: string;
}

const UNITS: Readonly<Partial<Record<MetricName, Unit>>> = {
  iops: 'IOPS',
  readIops: 'IOPS',
  writeIops: 'IOPS',
  throughput: 'MiB/s',
  readThroughput: 'MiB/s',
  writeThroughput: 'MiB/s',
  responseTime: 'ms',
  readResponseTime: 'ms',
  writeResponseTime: 'ms',
  ioSize: 'KiB',
  cacheHitRatio: '%',
  readCacheHitRatio: '%',
  writeCacheHitRatio: '%',
  cpuUsage: '%',
};

/** Rows of `[name, field, further fields]`. */
type Rows = readonly (readonly [MetricName, ...string[]])[];

function counters(basic: Rows, more: Rows = []): readonly Counter[] {
  const read = (rows: Rows, isBasic: boolean): Counter[] =>
    rows.map(([name, ...fields]) => ({
      name,
      fields,
      unit: UNITS[name] ?? '1',
      basic: isBasic,
    }));
  return [...read(basic, true), ...read(more, false)];
}

const HOST_TRAFFIC: Rows = [
  ['iops', 'HostIOs'],
  ['readIops', 'HostReads'],
  ['writeIops', 'HostWrites'],
  ['throughput', 'HostMBs'],
  ['readThroughput', 'HostMBReads'],
  ['writeThroughput', 'HostMBWritten'],
];
const TRAFFIC: Rows = [
  ['iops', 'IOs'],
  ['throughput', 'MBs'],
  ['readThroughput', 'MBRead'],
  ['writeThroughput', 'MBWritten'],
];
const DIRECTIONS: Rows = [
  ['readIops', 'Reads'],
  ['writeIops', 'Writes'],
];
const RESPONSE_TIMES: Rows = [
  ['readResponseTime', 'ReadResponseTime'],
  ['writeResponseTime', 'WriteResponseTime'],
];

export const ARRAY: Category = {
  category: 'Array',
  type: 'storage',
  info: 'arrayInfo',
  id: 'symmetrixId',
  counters: counters(HOST_TRAFFIC, [...RESPONSE_TIMES, ['cacheHitRatio', 'PercentHit']]),
};

function ports(category: string, info: string, measured: readonly Counter[]): Category {
  return { category, type: 'port', info, id: 'portId', counters: measured };
}

function directors(
  category: string,
  info: string,
  measured: readonly Counter[],
  ofPorts: Category,
): Category {
  const id = 'directorId';
  return { category, type: 'controller', info, id, counters: measured, ports: ofPorts };
}

/** Disk groups are what newer servers measure instead of disks. Their ids are numbers, as disks' are. */
const DISK_GROUP: Category = {
  category: 'DiskGroup',
  type: 'disk',
  info: 'diskGroupInfo',
  id: 'diskGroupId',
  prefix: 'DiskGroup_',
  counters: counters(
    [
      ['iops', 'IOs'],
      ['throughput', 'MBs'],
      ['readThroughput', 'MBReads'],
      ['writeThroughput', 'MBWritten'],
      ['responseTime', 'ResponseTime'],
    ],
    [['readIops', 'DiskReads'], ['writeIops', 'DiskWrites'], ...RESPONSE_TIMES],
  ),
};

/** Storage groups may be thousands. */
const STORAGE_GROUP: Category = {
  category: 'StorageGroup',
  type: 'volumeGroup',
  info: 'storageGroupInfo',
  id: 'storageGroupId',
  bulk: true,
  counters: counters(
    [...HOST_TRAFFIC, ['responseTime', 'ResponseTime']],
    [...RESPONSE_TIMES, ['cacheHitRatio', 'PercentHit'], ['ioSize', 'AvgIOSize']],
  ),
};

/** Categories whose objects are listed by `keys`. */
export const CATEGORIES: readonly Category[] = [
  {
    category: 'SRP',
    type: 'storagePool',
    info: 'srpInfo',
    id: 'srpId',
    counters: counters([...HOST_TRAFFIC, ['responseTime', 'ResponseTime']], RESPONSE_TIMES),
  },
  directors(
    'FEDirector',
    'feDirectorInfo',
    counters(
      [
        ['iops', 'HostIOs'],
        ['throughput', 'HostMBs'],
      ],
      [
        ...RESPONSE_TIMES,
        ['cpuUsage', 'PercentBusy'],
        ['cacheHitRatio', 'PercentHitReqs'],
        ['readCacheHitRatio', 'PercentReadReqHit'],
        ['writeCacheHitRatio', 'PercentWriteReqHit'],
      ],
    ),
    ports(
      'FEPort',
      'fePortInfo',
      counters(
        [...TRAFFIC, ['responseTime', 'ResponseTime']],
        [...DIRECTIONS, ...RESPONSE_TIMES, ['ioSize', 'AvgIOSize']],
      ),
    ),
  ),
  directors(
    'BEDirector',
    'beDirectorInfo',
    counters(TRAFFIC, [['cpuUsage', 'PercentBusy']]),
    ports('BEPort', 'bePortInfo', counters(TRAFFIC, [...DIRECTIONS, ['ioSize', 'AvgIOSize']])),
  ),
  directors(
    'RDFDirector',
    'rdfDirectorInfo',
    counters(
      [
        ['iops', 'IOs'],
        ['throughput', 'MBSentAndReceived'],
        ['readThroughput', 'MBRead'],
        ['writeThroughput', 'MBWritten'],
      ],
      [
        ['responseTime', 'AvgIOServiceTime'],
        ['cpuUsage', 'PercentBusy'],
      ],
    ),
    ports('RDFPort', 'rdfPortInfo', counters(TRAFFIC, [...DIRECTIONS, ['ioSize', 'AvgIOSize']])),
  ),
  {
    category: 'Disk',
    type: 'disk',
    info: 'diskInfo',
    id: 'diskId',
    counters: counters(
      [
        ['iops', 'IOs'],
        ['throughput', 'MBs'],
        ['readThroughput', 'MBReads'],
        ['writeThroughput', 'MBWritten'],
        ['responseTime', 'AvgResponseTime'],
      ],
      RESPONSE_TIMES,
    ),
    otherwise: DISK_GROUP,
  },
  STORAGE_GROUP,
];

/** Volumes have no keys: they are asked for by ranges of ids. */
export const VOLUME: Category = {
  category: 'Volume',
  type: 'volume',
  info: '',
  id: 'volumeId',
  counters: counters([
    ['iops', 'IoRate'],
    ['readIops', 'Reads'],
    ['writeIops', 'Writes'],
    ['readThroughput', 'MBRead'],
    ['writeThroughput', 'MBWritten'],
    ...RESPONSE_TIMES,
  ]),
};
/** The first API version with performance data of volumes, and the longest time one request may be about. */
export const VOLUME_METRICS_SINCE = 100;
export const VOLUME_HOURS_MS = 3_600_000;

const ALL: readonly Category[] = [
  ARRAY,
  ...CATEGORIES.flatMap((category) =>
    [category, category.ports ?? [], category.otherwise ?? []].flat(),
  ),
  VOLUME,
];

/** Diagnostic data is kept for seven days, one sample every five minutes unless set otherwise. */
const RETENTION_S = 7 * 86_400;
export const DEFAULT_INTERVAL_S = 300;

export function capabilitiesOf(
  intervalS: number = DEFAULT_INTERVAL_S,
  offers: (category: Category) => boolean = () => true,
): Capabilities {
  return {
    is_historic: true,
    performance_metric_retention_window: RETENTION_S,
    collect_interval: intervalS,
    resource_metrics: measuresOf(
      ALL.filter(offers).map(({ type, counters: measured }) => ({
        type,
        units: Object.fromEntries(measured.map(({ name, unit }) => [name, unit])),
      })),
    ),
  };
}

/** The measures of one sample. */
export function valuesOf(
  sample: Foreign,
  { counters: measured }: Category,
): Partial<Record<MetricName, number | undefined>> {
  return Object.fromEntries(measured.map((counter) => [counter.name, valueOf(sample, counter)]));
}

/** The value of a counter in one sample; negative values are none. */
export function valueOf(sample: Foreign, { fields }: Counter): number | undefined {
  for (const field of fields) {
    const value = number(sample[field]);
    if (value !== undefined) return value;
  }
  return undefined;
}
