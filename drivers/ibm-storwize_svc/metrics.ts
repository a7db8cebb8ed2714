/**
 * Counters of the statistics files -> measures. Files: Nv volumes, Nm mdisks, Nd drives, Nn nodes
 * with their ports; every node writes its own. Volumes, mdisks and drives count data in sectors of
 * 512 bytes and times in ms ("u..." in us), nodes and ports in bytes.
 */
import {
  byMeasure,
  measuresOf,
  sum,
  type Capabilities,
  type MetricName,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';

export type FileType = 'Nv' | 'Nm' | 'Nd' | 'Nn';
export type Counters = Readonly<Record<string, number>>;

const SECTOR = 512;

export interface Measure {
  readonly unit: Unit;
  /** Counters that are added. */
  readonly of: readonly string[];
  /** Counters that they are divided by; else by the seconds of the interval. */
  readonly per?: readonly string[];
  readonly factor?: number;
}

type Table<T extends { readonly unit: Unit }> = Readonly<Partial<Record<MetricName, T>>>;
type Measures = Table<Measure>;

/** Operations, and sectors of 512 bytes. */
const TRANSFERS = {
  iops: { unit: 'IOPS', of: ['ro', 'wo'] },
  readIops: { unit: 'IOPS', of: ['ro'] },
  writeIops: { unit: 'IOPS', of: ['wo'] },
  throughput: { unit: 'B/s', of: ['rb', 'wb'], factor: SECTOR },
  readThroughput: { unit: 'B/s', of: ['rb'], factor: SECTOR },
  writeThroughput: { unit: 'B/s', of: ['wb'], factor: SECTOR },
} as const satisfies Measures;

const VOLUME = {
  ...TRANSFERS,
  responseTime: { unit: 'ms', of: ['rl', 'wl'], per: ['ro', 'wo'] },
  readResponseTime: { unit: 'ms', of: ['rl'], per: ['ro'] },
  writeResponseTime: { unit: 'ms', of: ['wl'], per: ['wo'] },
  ioSize: { unit: 'B', of: ['rb', 'wb'], per: ['ro', 'wo'], factor: SECTOR },
  readIoSize: { unit: 'B', of: ['rb'], per: ['ro'], factor: SECTOR },
  writeIoSize: { unit: 'B', of: ['wb'], per: ['wo'], factor: SECTOR },
  cacheHitRatio: { unit: '%', of: ['ctrhs', 'ctwhs'], per: ['ctrs', 'ctws'], factor: 100 },
  readCacheHitRatio: { unit: '%', of: ['ctrhs'], per: ['ctrs'], factor: 100 },
  writeCacheHitRatio: { unit: '%', of: ['ctwhs'], per: ['ctws'], factor: 100 },
} as const satisfies Measures;

/** Response time from joining the queue to completion. */
const DISK = {
  ...TRANSFERS,
  responseTime: { unit: 'us', of: ['urq', 'uwq'], per: ['ro', 'wo'] },
  readResponseTime: { unit: 'us', of: ['urq'], per: ['ro'] },
  writeResponseTime: { unit: 'us', of: ['uwq'], per: ['wo'] },
} as const satisfies Measures;

/** `busy` is processor time in ms. What a node did for volumes is not in its own file: see STATS. */
const CONTROLLER = {
  cpuUsage: { unit: '%', of: ['busy'], factor: 100 / 1000 },
} as const satisfies Measures;

/** To and from hosts, storage controllers, local and remote nodes: received is read, sent written. */
const PORT = {
  iops: { unit: 'IOPS', of: ['her', 'cer', 'lner', 'rmer', 'het', 'cet', 'lnet', 'rmet'] },
  readIops: { unit: 'IOPS', of: ['her', 'cer', 'lner', 'rmer'] },
  writeIops: { unit: 'IOPS', of: ['het', 'cet', 'lnet', 'rmet'] },
  throughput: { unit: 'B/s', of: ['hbr', 'cbr', 'lnbr', 'rmbr', 'hbt', 'cbt', 'lnbt', 'rmbt'] },
  readThroughput: { unit: 'B/s', of: ['hbr', 'cbr', 'lnbr', 'rmbr'] },
  writeThroughput: { unit: 'B/s', of: ['hbt', 'cbt', 'lnbt', 'rmbt'] },
} as const satisfies Measures;

export type MeasuredType = 'volume' | 'disk' | 'controller' | 'port';

export const MEASURES: Readonly<Record<MeasuredType, Measures>> = {
  volume: VOLUME,
  disk: DISK,
  controller: CONTROLLER,
  port: PORT,
};

/** What several nodes serve together: it is known only from the files of all of them. */
export const SHARED_BY_NODES: ReadonlySet<FileType> = new Set(['Nv', 'Nm', 'Nd']);

export const FILES = {
  volume: ['Nv'],
  disk: ['Nm', 'Nd'],
  controller: ['Nn'],
  port: ['Nn'],
} as const satisfies Record<MeasuredType, readonly FileType[]>;

interface Stat {
  readonly unit: Unit;
  readonly stat: string;
  /** The operations without which there is no time. */
  readonly of?: string;
}

/**
 * Current values of `lsnodestats` and `lssystemstats`, averages of the last five seconds: what nodes
 * and system do for volumes. MB are powers of two, as everywhere in the command line.
 */
const VOLUME_STATS = {
  iops: { unit: 'IOPS', stat: 'vdisk_io' },
  readIops: { unit: 'IOPS', stat: 'vdisk_r_io' },
  writeIops: { unit: 'IOPS', stat: 'vdisk_w_io' },
  throughput: { unit: 'MiB/s', stat: 'vdisk_mb' },
  readThroughput: { unit: 'MiB/s', stat: 'vdisk_r_mb' },
  writeThroughput: { unit: 'MiB/s', stat: 'vdisk_w_mb' },
  responseTime: { unit: 'ms', stat: 'vdisk_ms', of: 'vdisk_io' },
  readResponseTime: { unit: 'ms', stat: 'vdisk_r_ms', of: 'vdisk_r_io' },
  writeResponseTime: { unit: 'ms', stat: 'vdisk_w_ms', of: 'vdisk_w_io' },
} as const satisfies Partial<Record<MetricName, Stat>>;

export const STATS: Readonly<Record<'storage' | 'controller', Table<Stat>>> = {
  storage: VOLUME_STATS,
  controller: { ...VOLUME_STATS, cpuUsage: { unit: '%', stat: 'cpu_pc' } },
};

/** Files of each type that a node keeps. */
const FILES_KEPT = 16;

export function capabilitiesOf(intervalMinutes: number | undefined): Capabilities {
  const units = (table: Table<{ unit: Unit }>) => byMeasure(table, ({ unit }) => unit);
  const seconds = intervalMinutes === undefined ? undefined : intervalMinutes * 60;
  return {
    is_historic: true,
    ...(seconds !== undefined && {
      collect_interval: seconds,
      performance_metric_retention_window: seconds * (FILES_KEPT - 1),
    }),
    resource_metrics: measuresOf(
      [...Object.entries(MEASURES), ...Object.entries(STATS)].map(([type, table]) => ({
        type: type as ResourceType,
        units: units(table),
      })),
    ),
  };
}

/** Differences of counters over one interval, of one node's file. */
export interface Delta {
  readonly seconds: number;
  readonly counters: Counters;
}

/**
 * One measure over the nodes: rates are added, quotients are those of the sums. A node whose file
 * lacks the counters has no part in it: only a node itself counts its processor.
 */
export function valueOf(measure: Measure, deltas: readonly Delta[]): number | undefined {
  let above = 0;
  let below = 0;
  let known = false;
  for (const { counters, seconds } of deltas) {
    const of = sum(measure.of.map((name) => counters[name]));
    const per = measure.per ? sum(measure.per.map((name) => counters[name])) : 1;
    if (of === undefined || per === undefined) continue;
    known = true;
    above += measure.per ? of : of / seconds;
    below += per;
  }
  if (!known || below === 0) return undefined;
  return (measure.per ? above / below : above) * (measure.factor ?? 1);
}
