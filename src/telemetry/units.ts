/** The only place where units are converted: a vendor's unit to the base unit that is exported. */
import type { MetricName, Unit } from '../driver/metrics.ts';

/** What one of the unit is in its base unit. Powers of two and of ten are different units. */
const FACTORS: Readonly<Record<Unit, number>> = {
  IOPS: 1,
  'B/s': 1,
  'KiB/s': 2 ** 10,
  'KB/s': 1e3,
  'MiB/s': 2 ** 20,
  'MB/s': 1e6,
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  B: 1,
  KiB: 2 ** 10,
  KB: 1e3,
  '%': 0.01,
  '1': 1,
};

/** A value in its base unit. */
export function toBase(unit: Unit, value: number): number {
  return value * FACTORS[unit];
}

/** UCUM units, as OTLP and the catalog name them. */
export type BaseUnit = '{operation}/s' | 'By/s' | 's' | 'By' | '1';

/** The base unit of a measure. */
export function baseUnit(name: MetricName): BaseUnit {
  if (name.endsWith('ops') || name.endsWith('Iops')) return '{operation}/s';
  if (/throughput$/i.test(name)) return 'By/s';
  if (/responseTime$/i.test(name)) return 's';
  if (/ioSize$/i.test(name)) return 'By';
  return '1';
}
