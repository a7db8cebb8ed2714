/**
 * Performance categories of Unisphere and their counters. "MB" is 2^20 bytes and "KB" 2^10: IOs times
 * AvgIOSize over 1024 is MBs. Response times are milliseconds, Percent... is 0 to 100.
 */
import type { MetricName, ResourceType, Unit } from 'delfin-agent/driver';

/** What a counter measures. It is the same in every category; no category has two of one measure. */
export const COUNTERS = {
  HostIOs: ['iops', 'IOPS'],
  IOs: ['iops', 'IOPS'],
  IoRate: ['iops', 'IOPS'],
  HostReads: ['readIops', 'IOPS'],
  Reads: ['readIops', 'IOPS'],
  DiskReads: ['readIops', 'IOPS'],
  HostWrites: ['writeIops', 'IOPS'],
  Writes: ['writeIops', 'IOPS'],
  DiskWrites: ['writeIops', 'IOPS'],
  HostMBs: ['throughput', 'MiB/s'],
  MBs: ['throughput', 'MiB/s'],
  MBSentAndReceived: ['throughput', 'MiB/s'],
  HostMBReads: ['readThroughput', 'MiB/s'],
  MBRead: ['readThroughput', 'MiB/s'],
  MBReads: ['readThroughput', 'MiB/s'],
  HostMBWritten: ['writeThroughput', 'MiB/s'],
  MBWritten: ['writeThroughput', 'MiB/s'],
  ResponseTime: ['responseTime', 'ms'],
  AvgResponseTime: ['responseTime', 'ms'],
  AvgIOServiceTime: ['responseTime', 'ms'],
  ReadResponseTime: ['readResponseTime', 'ms'],
  WriteResponseTime: ['writeResponseTime', 'ms'],
  AvgIOSize: ['ioSize', 'KiB'],
  PercentHit: ['cacheHitRatio', '%'],
  PercentHitReqs: ['cacheHitRatio', '%'],
  PercentReadReqHit: ['readCacheHitRatio', '%'],
  PercentWriteReqHit: ['writeCacheHitRatio', '%'],
  PercentBusy: ['cpuUsage', '%'],
} as const satisfies Readonly<Record<string, readonly [MetricName, Unit]>>;

export type Counter = keyof typeof COUNTERS;

export interface Category {
  /** In the path: /performance/<name>/keys and /metrics. */
  readonly name: string;
  readonly type: ResourceType;
  /** Container of the answer to `keys`; volumes have no keys, they are asked for by ranges of ids. */
  readonly info: string;
  /** Field with the id, in keys and in requests for metrics. */
  readonly id: string;
  /** The first API version that has it. */
  readonly since?: number;
  /** In every version: asked for alone where the server refuses the full list. */
  readonly basic: readonly Counter[];
  readonly more: readonly Counter[];
  /** Ports of each director of this category. */
  readonly ports?: Category;
  /** Asked for where the server has no objects of this category. */
  readonly otherwise?: Category;
  /** One request brings the samples of all its objects, where the server has such requests. */
  readonly bulk?: true;
  /** Put before ids, to tell them from the ids of another kind of object, or of another director. */
  readonly prefix?: string;
}

export const ARRAY: Category = {
  name: 'Array', type: 'storage', info: 'arrayInfo', id: 'symmetrixId',
  basic: ['HostIOs', 'HostReads', 'HostWrites', 'HostMBs', 'HostMBReads', 'HostMBWritten'],
  more: ['ReadResponseTime', 'WriteResponseTime', 'PercentHit'],
}; // prettier-ignore

export const VOLUME: Category = {
  name: 'Volume', type: 'volume', info: '', id: 'volumeId', since: 100,
  basic: [
    'IoRate', 'Reads', 'Writes', 'MBRead', 'MBWritten', 'ReadResponseTime', 'WriteResponseTime',
  ],
  more: [],
}; // prettier-ignore

/** Categories whose objects are listed by `keys`. */
export const CATEGORIES: readonly Category[] = [
  {
    name: 'SRP', type: 'storagePool', info: 'srpInfo', id: 'srpId',
    basic: [
      'HostIOs', 'HostReads', 'HostWrites', 'HostMBs', 'HostMBReads', 'HostMBWritten', 'ResponseTime',
    ],
    more: ['ReadResponseTime', 'WriteResponseTime'],
  },
  {
    name: 'FEDirector', type: 'controller', info: 'feDirectorInfo', id: 'directorId',
    basic: ['HostIOs', 'HostMBs'],
    more: [
      'ReadResponseTime', 'WriteResponseTime', 'PercentBusy',
      'PercentHitReqs', 'PercentReadReqHit', 'PercentWriteReqHit',
    ],
    ports: {
      name: 'FEPort', type: 'port', info: 'fePortInfo', id: 'portId',
      basic: ['IOs', 'MBs', 'MBRead', 'MBWritten', 'ResponseTime'],
      more: ['Reads', 'Writes', 'ReadResponseTime', 'WriteResponseTime', 'AvgIOSize'],
    },
  },
  {
    name: 'BEDirector', type: 'controller', info: 'beDirectorInfo', id: 'directorId',
    basic: ['IOs', 'MBs', 'MBRead', 'MBWritten'],
    more: ['PercentBusy'],
    ports: {
      name: 'BEPort', type: 'port', info: 'bePortInfo', id: 'portId',
      basic: ['IOs', 'MBs', 'MBRead', 'MBWritten'],
      more: ['Reads', 'Writes', 'AvgIOSize'],
    },
  },
  {
    name: 'RDFDirector', type: 'controller', info: 'rdfDirectorInfo', id: 'directorId',
    basic: ['IOs', 'MBSentAndReceived', 'MBRead', 'MBWritten'],
    more: ['AvgIOServiceTime', 'PercentBusy'],
    ports: {
      name: 'RDFPort', type: 'port', info: 'rdfPortInfo', id: 'portId',
      basic: ['IOs', 'MBs', 'MBRead', 'MBWritten'],
      more: ['Reads', 'Writes', 'AvgIOSize'],
    },
  },
  {
    name: 'Disk', type: 'disk', info: 'diskInfo', id: 'diskId',
    basic: ['IOs', 'MBs', 'MBReads', 'MBWritten', 'AvgResponseTime'],
    more: ['ReadResponseTime', 'WriteResponseTime'],
    // What newer servers measure instead of disks. Their ids are numbers, as disks' are.
    otherwise: {
      name: 'DiskGroup', type: 'disk', info: 'diskGroupInfo', id: 'diskGroupId', prefix: 'DiskGroup_',
      basic: ['IOs', 'MBs', 'MBReads', 'MBWritten', 'ResponseTime'],
      more: ['DiskReads', 'DiskWrites', 'ReadResponseTime', 'WriteResponseTime'],
    },
  },
  // There may be thousands.
  {
    name: 'StorageGroup', type: 'volumeGroup', info: 'storageGroupInfo', id: 'storageGroupId', bulk: true,
    basic: [
      'HostIOs', 'HostReads', 'HostWrites', 'HostMBs', 'HostMBReads', 'HostMBWritten', 'ResponseTime',
    ],
    more: ['ReadResponseTime', 'WriteResponseTime', 'PercentHit', 'AvgIOSize'],
  },
]; // prettier-ignore
