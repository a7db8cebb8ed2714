/**
 * Performance categories of Unisphere and their counters. "MB" is 2^20 bytes and "KB" 2^10: IOs times
 * AvgIOSize over 1024 is MBs. Response times are milliseconds, Percent... is 0 to 100.
 */
import {
  byMeasure,
  measuresOf,
  number,
  type Capabilities,
  type Foreign,
  type MetricName,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';

/** The counter that has a measure. */
type Counters = Readonly<Partial<Record<MetricName, string>>>;

export interface Category {
  /** In the path: /performance/<name>/keys and /metrics. */
  readonly name: string;
  readonly type: ResourceType;
  /** Container of the answer to `keys`. */
  readonly info: string;
  /** Field with the id, in keys and in requests for metrics. */
  readonly id: string;
  /** In every version: asked for alone where the server refuses the full list. */
  readonly basic: Counters;
  readonly more?: Counters;
  /** Ports of each director of this category. */
  readonly ports?: Category;
  /** Asked for where the server has no objects of this category. */
  readonly otherwise?: Category;
  /** One request brings the samples of all its objects, where the server has such requests. */
  readonly bulk?: true;
  /** Put before ids, to tell them from the ids of another kind of object, or of another director. */
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

const HOST_TRAFFIC: Counters = {
  iops: 'HostIOs',
  readIops: 'HostReads',
  writeIops: 'HostWrites',
  throughput: 'HostMBs',
  readThroughput: 'HostMBReads',
  writeThroughput: 'HostMBWritten',
};
const TRAFFIC: Counters = {
  iops: 'IOs',
  throughput: 'MBs',
  readThroughput: 'MBRead',
  writeThroughput: 'MBWritten',
};
const DIRECTIONS: Counters = { readIops: 'Reads', writeIops: 'Writes' };
const RESPONSE_TIMES: Counters = {
  readResponseTime: 'ReadResponseTime',
  writeResponseTime: 'WriteResponseTime',
};

export const ARRAY: Category = {
  name: 'Array',
  type: 'storage',
  info: 'arrayInfo',
  id: 'symmetrixId',
  basic: HOST_TRAFFIC,
  more: { ...RESPONSE_TIMES, cacheHitRatio: 'PercentHit' },
};

const PORT = { type: 'port', id: 'portId' } as const;
const DIRECTOR = { type: 'controller', id: 'directorId' } as const;
/** Categories whose objects are listed by `keys`. */
export const CATEGORIES: readonly Category[] = [
  {
    name: 'SRP',
    type: 'storagePool',
    info: 'srpInfo',
    id: 'srpId',
    basic: { ...HOST_TRAFFIC, responseTime: 'ResponseTime' },
    more: RESPONSE_TIMES,
  },
  {
    ...DIRECTOR,
    name: 'FEDirector',
    info: 'feDirectorInfo',
    basic: { iops: 'HostIOs', throughput: 'HostMBs' },
    more: {
      ...RESPONSE_TIMES,
      cpuUsage: 'PercentBusy',
      cacheHitRatio: 'PercentHitReqs',
      readCacheHitRatio: 'PercentReadReqHit',
      writeCacheHitRatio: 'PercentWriteReqHit',
    },
    ports: {
      ...PORT,
      name: 'FEPort',
      info: 'fePortInfo',
      basic: { ...TRAFFIC, responseTime: 'ResponseTime' },
      more: { ...DIRECTIONS, ...RESPONSE_TIMES, ioSize: 'AvgIOSize' },
    },
  },
  {
    ...DIRECTOR,
    name: 'BEDirector',
    info: 'beDirectorInfo',
    basic: TRAFFIC,
    more: { cpuUsage: 'PercentBusy' },
    ports: {
      ...PORT,
      name: 'BEPort',
      info: 'bePortInfo',
      basic: TRAFFIC,
      more: { ...DIRECTIONS, ioSize: 'AvgIOSize' },
    },
  },
  {
    ...DIRECTOR,
    name: 'RDFDirector',
    info: 'rdfDirectorInfo',
    basic: {
      iops: 'IOs',
      throughput: 'MBSentAndReceived',
      readThroughput: 'MBRead',
      writeThroughput: 'MBWritten',
    },
    more: { responseTime: 'AvgIOServiceTime', cpuUsage: 'PercentBusy' },
    ports: {
      ...PORT,
      name: 'RDFPort',
      info: 'rdfPortInfo',
      basic: TRAFFIC,
      more: { ...DIRECTIONS, ioSize: 'AvgIOSize' },
    },
  },
  {
    name: 'Disk',
    type: 'disk',
    info: 'diskInfo',
    id: 'diskId',
    basic: {
      iops: 'IOs',
      throughput: 'MBs',
      readThroughput: 'MBReads',
      writeThroughput: 'MBWritten',
      responseTime: 'AvgResponseTime',
    },
    more: RESPONSE_TIMES,
    // What newer servers measure instead of disks. Their ids are numbers, as disks' are.
    otherwise: {
      name: 'DiskGroup',
      type: 'disk',
      info: 'diskGroupInfo',
      id: 'diskGroupId',
      prefix: 'DiskGroup_',
      basic: {
        iops: 'IOs',
        throughput: 'MBs',
        readThroughput: 'MBReads',
        writeThroughput: 'MBWritten',
        responseTime: 'ResponseTime',
      },
      more: { readIops: 'DiskReads', writeIops: 'DiskWrites', ...RESPONSE_TIMES },
    },
  },
  // There may be thousands.
  {
    name: 'StorageGroup',
    type: 'volumeGroup',
    info: 'storageGroupInfo',
    id: 'storageGroupId',
    bulk: true,
    basic: { ...HOST_TRAFFIC, responseTime: 'ResponseTime' },
    more: { ...RESPONSE_TIMES, cacheHitRatio: 'PercentHit', ioSize: 'AvgIOSize' },
  },
];

/** Volumes have no keys: they are asked for by ranges of ids. */
export const VOLUME: Category = {
  name: 'Volume',
  type: 'volume',
  info: '',
  id: 'volumeId',
  basic: {
    iops: 'IoRate',
    readIops: 'Reads',
    writeIops: 'Writes',
    readThroughput: 'MBRead',
    writeThroughput: 'MBWritten',
    ...RESPONSE_TIMES,
  },
};
/** The first API version with performance data of volumes. */
export const VOLUME_METRICS_SINCE = 100;

/** Diagnostic data is kept for seven days, one sample every five minutes unless set otherwise. */
const RETENTION_S = 7 * 86_400;
export const DEFAULT_INTERVAL_S = 300;

export function countersOf({ basic, more }: Category): Counters {
  return { ...basic, ...more };
}

export function capabilitiesOf(
  intervalS: number = DEFAULT_INTERVAL_S,
  hasVolumes = true,
): Capabilities {
  const categories = CATEGORIES.flatMap((one) =>
    [one, one.ports ?? [], one.otherwise ?? []].flat(),
  );
  const offered = [ARRAY, ...categories, ...(hasVolumes ? [VOLUME] : [])];
  const kinds = offered.map((category) => {
    const names = Object.keys(countersOf(category)) as MetricName[];
    return {
      type: category.type,
      units: Object.fromEntries(names.map((name) => [name, UNITS[name]])),
    };
  });
  return {
    is_historic: true,
    performance_metric_retention_window: RETENTION_S,
    collect_interval: intervalS,
    resource_metrics: measuresOf(kinds),
  };
}

/** The measures of one sample; negative values are none. */
export function valuesOf(sample: Foreign, category: Category) {
  return byMeasure(countersOf(category), (counter) => number(sample[counter]));
}
