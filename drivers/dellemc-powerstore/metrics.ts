/** What the array measures of which objects: entities of `metrics/generate`, columns, units, times. */
import {
  byMeasure,
  measuresOf,
  number,
  sum,
  utcTime,
  type Capabilities,
  type Foreign,
  type MetricName,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';
import { VOLUMES, type Asked, type ResourceName } from './fields.ts';

/** The unit, and columns that are added up. */
type Measure = readonly [unit: Unit, ...columns: string[]];
type Measures = Readonly<Partial<Record<MetricName, Measure>>>;

/** Objects of one resource and the entity that measures them. */
export interface Family {
  readonly type: ResourceType;
  /** `performance_metrics_by_...`; its file in the archive has the same name. */
  readonly by: string;
  /** Where its objects are listed; nodes are named by their hardware. */
  readonly resource: ResourceName;
  readonly asked?: Asked;
  readonly measures: Measures;
  /** Column of ids in the archive of the newest five minutes, where that has the family. */
  readonly archived?: string;
}

const RATES = {
  iops: ['IOPS', 'total_iops'],
  readIops: ['IOPS', 'read_iops'],
  writeIops: ['IOPS', 'write_iops'],
  throughput: ['B/s', 'total_bandwidth'],
  readThroughput: ['B/s', 'read_bandwidth'],
  writeThroughput: ['B/s', 'write_bandwidth'],
  responseTime: ['us', 'avg_latency'],
  readResponseTime: ['us', 'avg_read_latency'],
  writeResponseTime: ['us', 'avg_write_latency'],
  readIoSize: ['B', 'avg_read_size'],
  writeIoSize: ['B', 'avg_write_size'],
} as const satisfies Measures;
const BLOCK = { ...RATES, ioSize: ['B', 'avg_io_size'] } as const satisfies Measures;
const FILE = { ...RATES, ioSize: ['B', 'avg_size'] } as const satisfies Measures;
/** The schema calls it a percentage, the array sends a fraction. */
const NODE = { ...BLOCK, cpuUsage: ['1', 'io_workload_cpu_utilization'] } as const;
/** What a port receives is not what it reads; packets are no operations. */
const NETWORK = { throughput: ['B/s', 'bytes_rx_ps', 'bytes_tx_ps'] } as const satisfies Measures;

const NAMES = { select: 'id,name' } as const;
const GROUPS = { select: 'id,name,type' } as const;
const FILES = { select: 'id,name,filesystem_type' } as const;
const VOLUME_NAMES = { ...VOLUMES, ...GROUPS } as const;

export const FAMILIES: readonly Family[] = [
  { type: 'storage', by: 'cluster', resource: 'cluster', asked: NAMES, measures: BLOCK },
  { type: 'storagePool', by: 'appliance', resource: 'appliance', asked: NAMES, measures: BLOCK },
  { type: 'controller', by: 'node', resource: 'node', measures: NODE },
  { type: 'port', by: 'fe_fc_port', resource: 'fc_port', asked: NAMES, measures: BLOCK },
  { type: 'port', by: 'fe_eth_port', resource: 'eth_port', asked: NAMES, measures: NETWORK },
  { type: 'volumeGroup', by: 'vg', resource: 'volume_group', asked: GROUPS, measures: BLOCK, archived: 'vg_id' },
  { type: 'filesystem', by: 'file_system', resource: 'file_system', asked: FILES, measures: FILE, archived: 'file_system_id' },
  { type: 'host', by: 'host', resource: 'host', asked: NAMES, measures: BLOCK },
  { type: 'volume', by: 'volume', resource: 'volume', asked: VOLUME_NAMES, measures: BLOCK, archived: 'volume_id' },
]; // prettier-ignore

export const entityOf = ({ by }: Family) => `performance_metrics_by_${by}`;

/** Samples of 20 seconds are kept for an hour, those of five minutes for a day. */
export const PERIODS_MS = { Twenty_Sec: 20_000, Five_Mins: 300_000 } as const;
/** Objects that are asked about less often than this have coarser samples. */
export const FINE_LASTS_MS = 50 * 60_000;

/** The values of one row. Of coarser samples operations and bytes are called `avg_...`. */
export function valuesOf({ measures }: Family, row: Foreign) {
  return byMeasure(measures, ([unit, ...columns]) => {
    const value = sum(columns.map((column) => number(row[column] ?? row[`avg_${column}`])));
    return unit === '1' && value !== undefined && value > 1 ? undefined : value;
  });
}

/**
 * The times in [from, to] that a row holds for. Equal neighbours come as one row with a count: it holds
 * for its own time and for the periods after it.
 */
export function* timesOf(
  row: Foreign,
  periodMs: number,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<number> {
  const first = utcTime(row['timestamp']);
  if (first === undefined) return;
  const count = Math.max(1, number(row['repeat_count']) ?? 1);
  const last = Math.min(to, first + (count - 1) * periodMs);
  const skipped = Math.max(0, Math.ceil((from - first) / periodMs));
  for (let time = first + skipped * periodMs; time <= last; time += periodMs) yield time;
}

export function capabilitiesOf(): Capabilities {
  return {
    is_historic: true,
    performance_metric_retention_window: 3_600,
    // New samples come every 20 s; asking more often than this is not worth its cost.
    collect_interval: 60,
    resource_metrics: measuresOf(
      FAMILIES.map(({ type, measures }) => ({
        type,
        units: byMeasure(measures, ([unit]) => unit),
      })),
    ),
  };
}
