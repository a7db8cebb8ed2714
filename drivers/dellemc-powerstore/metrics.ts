/** What the array measures of which objects: entities of `metrics/generate`, columns, units. */
import {
  measures,
  number,
  sum,
  type Capabilities,
  type Foreign,
  type MetricName,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';
import type { ResourceName } from './fields.ts';

export interface Measure {
  readonly unit: Unit;
  /** Added up. */
  readonly columns: readonly string[];
}
type Measures = Readonly<Partial<Record<MetricName, Measure>>>;

/** Objects of one resource and the entity that measures them. */
export interface Family {
  readonly type: ResourceType;
  readonly entity: string;
  /** Where its objects are listed; nodes are named by their hardware. */
  readonly resource: ResourceName;
  readonly measures: Measures;
  /** Its file and column of ids in the archive of the newest five minutes. */
  readonly archive?: { readonly file: string; readonly id: string };
}

const of = (unit: Unit, ...columns: string[]): Measure => ({ unit, columns });

const RATES: Measures = {
  iops: of('IOPS', 'total_iops'),
  readIops: of('IOPS', 'read_iops'),
  writeIops: of('IOPS', 'write_iops'),
  throughput: of('B/s', 'total_bandwidth'),
  readThroughput: of('B/s', 'read_bandwidth'),
  writeThroughput: of('B/s', 'write_bandwidth'),
  responseTime: of('us', 'avg_latency'),
  readResponseTime: of('us', 'avg_read_latency'),
  writeResponseTime: of('us', 'avg_write_latency'),
  readIoSize: of('B', 'avg_read_size'),
  writeIoSize: of('B', 'avg_write_size'),
};
const BLOCK: Measures = { ...RATES, ioSize: of('B', 'avg_io_size') };
const FILE: Measures = { ...RATES, ioSize: of('B', 'avg_size') };
/** The schema calls it a percentage, the array sends a fraction. */
const NODE: Measures = { ...BLOCK, cpuUsage: of('1', 'io_workload_cpu_utilization') };
/** What a port receives is not what it reads; packets are no operations. */
const NETWORK: Measures = { throughput: of('B/s', 'bytes_rx_ps', 'bytes_tx_ps') };

const family = (
  type: ResourceType,
  by: string,
  resource: ResourceName,
  its: Measures,
  archived?: string,
): Family => ({
  type,
  entity: `performance_metrics_by_${by}`,
  resource,
  measures: its,
  ...(archived && { archive: { file: `performance_metrics_by_${by}.csv`, id: archived } }),
});

export const FAMILIES: readonly Family[] = [
  family('storage', 'cluster', 'cluster', BLOCK),
  family('storagePool', 'appliance', 'appliance', BLOCK),
  family('controller', 'node', 'node', NODE),
  family('port', 'fe_fc_port', 'fc_port', BLOCK),
  family('port', 'fe_eth_port', 'eth_port', NETWORK),
  family('volumeGroup', 'vg', 'volume_group', BLOCK, 'vg_id'),
  family('filesystem', 'file_system', 'file_system', FILE, 'file_system_id'),
  family('host', 'host', 'host', BLOCK),
  family('volume', 'volume', 'volume', BLOCK, 'volume_id'),
];

/** Samples of 20 seconds are kept for an hour, those of five minutes for a day. */
export const PERIODS_MS = { Twenty_Sec: 20_000, Five_Mins: 300_000 } as const;
/** Objects that are asked about less often than this have coarser samples. */
export const FINE_LASTS_MS = 50 * 60_000;

/** The values of one row. Of coarser samples operations and bytes are called `avg_...`. */
export function valuesOf(measured: Measures, row: Foreign) {
  return Object.fromEntries(
    Object.entries(measured).map(([name, { unit, columns }]) => [
      name,
      valueOf(row, columns, unit),
    ]),
  );
}

function valueOf(row: Foreign, columns: readonly string[], unit: Unit): number | undefined {
  const value = sum(columns.map((column) => number(row[column] ?? row[`avg_${column}`])));
  return unit === '1' && value !== undefined && value > 1 ? undefined : value;
}

export function capabilitiesOf(): Capabilities {
  const units = new Map<ResourceType, Partial<Record<MetricName, Unit>>>();
  for (const { type, measures: its } of FAMILIES) {
    const known = units.get(type) ?? {};
    for (const [name, { unit }] of Object.entries(its)) known[name as MetricName] ??= unit;
    units.set(type, known);
  }
  return {
    is_historic: true,
    performance_metric_retention_window: 3_600,
    // New samples come every 20 s; asking more often than this is not worth its cost.
    collect_interval: 60,
    resource_metrics: Object.fromEntries(
      Array.from(units, ([type, known]) => [type, measures(known)]),
    ),
  };
}
