/**
 * Counters of the statistics files -> measures. Every node writes files of its own: Nv volumes, Nm
 * mdisks, Nd drives, Nn itself with its ports. Volumes, mdisks and drives count data in sectors of 512
 * bytes and times in ms ("u..." in us), nodes and ports in bytes.
 */
import {
  byMeasure,
  compact,
  measuresOf,
  sum,
  type Capabilities,
  type MetricName,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';

export type MeasuredType = 'volume' | 'disk' | 'controller' | 'port';
export type FileType = 'Nv' | 'Nm' | 'Nd' | 'Nn';

interface FileKind {
  /** What its elements are. */
  readonly elements: Readonly<Record<string, MeasuredType>>;
  /** Several nodes serve an object together: it is known only from the files of all of them. */
  readonly isShared: boolean;
}

export const FILES: Readonly<Record<FileType, FileKind>> = {
  Nv: { isShared: true, elements: { vdsk: 'volume' } },
  Nm: { isShared: true, elements: { mdsk: 'disk' } },
  Nd: { isShared: true, elements: { mdsk: 'disk', drv: 'disk', drive: 'disk', disk: 'disk' } },
  Nn: { isShared: false, elements: { port: 'port', cpu: 'controller' } },
};

interface Measure {
  readonly unit: Unit;
  /** Counters that are added. */
  readonly of: readonly string[];
  /** Counters that they are divided by; else by the seconds of the interval. */
  readonly per?: readonly string[];
  readonly factor?: number;
}

type Table<T> = Readonly<Partial<Record<MetricName, T>>>;

/** Operations and sectors, as volumes, mdisks and drives count them. */
const TRAFFIC: Table<Measure> = {
  iops: { unit: 'IOPS', of: ['ro', 'wo'] },
  readIops: { unit: 'IOPS', of: ['ro'] },
  writeIops: { unit: 'IOPS', of: ['wo'] },
  throughput: { unit: 'B/s', of: ['rb', 'wb'], factor: 512 },
  readThroughput: { unit: 'B/s', of: ['rb'], factor: 512 },
  writeThroughput: { unit: 'B/s', of: ['wb'], factor: 512 },
};

/**
 * Reads, writes and both. Response times of disks are from joining the queue to completion. What ports
 * exchange with hosts, storage controllers, local and remote nodes: received is read, sent written.
 * `busy` is processor time in ms; what a node did for volumes is not in its own file: see STATS.
 */
export const MEASURES: Readonly<Record<MeasuredType, Table<Measure>>> = {
  volume: {
    ...TRAFFIC,
    responseTime: { unit: 'ms', of: ['rl', 'wl'], per: ['ro', 'wo'] },
    readResponseTime: { unit: 'ms', of: ['rl'], per: ['ro'] },
    writeResponseTime: { unit: 'ms', of: ['wl'], per: ['wo'] },
    ioSize: { unit: 'B', of: ['rb', 'wb'], per: ['ro', 'wo'], factor: 512 },
    readIoSize: { unit: 'B', of: ['rb'], per: ['ro'], factor: 512 },
    writeIoSize: { unit: 'B', of: ['wb'], per: ['wo'], factor: 512 },
    cacheHitRatio: { unit: '%', of: ['ctrhs', 'ctwhs'], per: ['ctrs', 'ctws'], factor: 100 },
    readCacheHitRatio: { unit: '%', of: ['ctrhs'], per: ['ctrs'], factor: 100 },
    writeCacheHitRatio: { unit: '%', of: ['ctwhs'], per: ['ctws'], factor: 100 },
  },
  disk: {
    ...TRAFFIC,
    responseTime: { unit: 'us', of: ['urq', 'uwq'], per: ['ro', 'wo'] },
    readResponseTime: { unit: 'us', of: ['urq'], per: ['ro'] },
    writeResponseTime: { unit: 'us', of: ['uwq'], per: ['wo'] },
  },
  controller: { cpuUsage: { unit: '%', of: ['busy'], factor: 0.1 } },
  port: {
    iops: { unit: 'IOPS', of: ['her', 'cer', 'lner', 'rmer', 'het', 'cet', 'lnet', 'rmet'] },
    readIops: { unit: 'IOPS', of: ['her', 'cer', 'lner', 'rmer'] },
    writeIops: { unit: 'IOPS', of: ['het', 'cet', 'lnet', 'rmet'] },
    throughput: { unit: 'B/s', of: ['hbr', 'cbr', 'lnbr', 'rmbr', 'hbt', 'cbt', 'lnbt', 'rmbt'] },
    readThroughput: { unit: 'B/s', of: ['hbr', 'cbr', 'lnbr', 'rmbr'] },
    writeThroughput: { unit: 'B/s', of: ['hbt', 'cbt', 'lnbt', 'rmbt'] },
  },
};

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
const VOLUME_STATS: Table<Stat> = {
  iops: { unit: 'IOPS', stat: 'vdisk_io' },
  readIops: { unit: 'IOPS', stat: 'vdisk_r_io' },
  writeIops: { unit: 'IOPS', stat: 'vdisk_w_io' },
  throughput: { unit: 'MiB/s', stat: 'vdisk_mb' },
  readThroughput: { unit: 'MiB/s', stat: 'vdisk_r_mb' },
  writeThroughput: { unit: 'MiB/s', stat: 'vdisk_w_mb' },
  responseTime: { unit: 'ms', stat: 'vdisk_ms', of: 'vdisk_io' },
  readResponseTime: { unit: 'ms', stat: 'vdisk_r_ms', of: 'vdisk_r_io' },
  writeResponseTime: { unit: 'ms', stat: 'vdisk_w_ms', of: 'vdisk_w_io' },
};

export const STATS: Readonly<Record<'storage' | 'controller', Table<Stat>>> = {
  storage: VOLUME_STATS,
  controller: { ...VOLUME_STATS, cpuUsage: { unit: '%', stat: 'cpu_pc' } },
};

/** Files of each type that a node keeps. */
const FILES_KEPT = 16;

export function capabilitiesOf(intervalMinutes?: number): Capabilities {
  const seconds = intervalMinutes && intervalMinutes * 60;
  const tables = [...Object.entries(MEASURES), ...Object.entries(STATS)];
  return compact<Capabilities>({
    is_historic: true,
    collect_interval: seconds,
    performance_metric_retention_window: seconds && seconds * (FILES_KEPT - 1),
    resource_metrics: measuresOf(
      tables.map(([type, table]) => ({
        type: type as ResourceType,
        units: byMeasure<{ unit: Unit }, Unit>(table, ({ unit }) => unit),
      })),
    ),
  });
}

/** Differences of counters over one interval, of one node's file. */
export interface Delta {
  readonly seconds: number;
  readonly counters: Readonly<Record<string, number>>;
}

/**
 * One measure over the nodes: rates are added, quotients are those of the sums. A node whose file
 * lacks the counters has no part in it: only a node itself counts its processor.
 */
export function valueOf({ of, per, factor = 1 }: Measure, deltas: readonly Delta[]) {
  const parts = deltas.flatMap(({ counters, seconds }) => {
    const above = sum(of.map((name) => counters[name]));
    const below = per ? sum(per.map((name) => counters[name])) : seconds;
    return above === undefined || below === undefined ? [] : { above, below };
  });
  if (!per) return sum(parts.map(({ above, below }) => (above / below) * factor));
  const below = sum(parts.map((part) => part.below));
  return below ? ((sum(parts.map(({ above }) => above)) ?? 0) / below) * factor : undefined;
}
