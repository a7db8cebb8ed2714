/** The only place where units are converted: a vendor's unit to the base unit that is exported. */
import type { MetricName, Unit } from '../driver/metrics.ts';

/** What one of the unit is in its base unit. Powers of two and of ten are different units. */
const FACTORS: Readonly<Partial<Record<Unit, number>>> = {
  'KiB/s': 2 ** 10,
  'KB/s': 1e3,
  'MiB/s': 2 ** 20,
  'MB/s': 1e6,
  KiB: 2 ** 10,
  KB: 1e3,
};

/** How many of the unit make one base unit: dividing by 1,000 is exact where 0.001 is not. */
const DIVISORS: Readonly<Partial<Record<Unit, number>>> = { us: 1e6, ms: 1e3, '%': 100 };

/** A value in its base unit. */
export function toBase(unit: Unit, value: number): number {
  const divisor = DIVISORS[unit];
  return divisor === undefined ? value * (FACTORS[unit] ?? 1) : value / divisor;
}

/** Units of records that are not those of the catalog, and how many of them make one of its own. */
const RECORD_UNITS = { 'bit/s': 8, ms: 1_000 } as const;
export type RecordUnit = keyof typeof RECORD_UNITS;

/** A record's value in the unit of its family. */
export function fromRecord(value: number, unit: RecordUnit | undefined): number {
  return unit === undefined ? value : value / RECORD_UNITS[unit];
}

/** Times: epoch ms as seconds. */
export function msToSeconds(value: number): number {
  return value / 1_000;
}

/** UCUM units of performance data, as OTLP and the catalog name them. */
export type BaseUnit = '{operation}/s' | 'By/s' | 's' | 'By' | '1';

const BASE_UNITS: Readonly<Record<MetricName, BaseUnit>> = {
  iops: '{operation}/s',
  readIops: '{operation}/s',
  writeIops: '{operation}/s',
  throughput: 'By/s',
  readThroughput: 'By/s',
  writeThroughput: 'By/s',
  responseTime: 's',
  readResponseTime: 's',
  writeResponseTime: 's',
  ioSize: 'By',
  readIoSize: 'By',
  writeIoSize: 'By',
  cacheHitRatio: '1',
  readCacheHitRatio: '1',
  writeCacheHitRatio: '1',
  cpuUsage: '1',
};

/** The base unit of a measure. */
export function baseUnit(name: MetricName): BaseUnit {
  return BASE_UNITS[name];
}
