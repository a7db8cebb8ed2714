/**
 * Performance: which columns of the System Reporter are which metric, and in which unit.
 * The command line's reference states 1 KB = 1000 bytes.
 */
import {
  byMeasure,
  identifier,
  InvalidResponse,
  list,
  measuresOf,
  number,
  pick,
  type Capabilities,
  type Foreign,
  type MetricName,
  type ResourceType,
  type TableShape,
  type Unit,
} from 'delfin-agent/driver';
import { parseTime } from './clock.ts';
import { readShaped } from './shell.ts';

/** High-resolution samples are five minutes apart and kept for more than a day. */
const COLLECT_INTERVAL_S = 300;
const RETENTION_S = 86_400;

const RATES = {
  iops: 'IOPS',
  readIops: 'IOPS',
  writeIops: 'IOPS',
  throughput: 'KB/s',
  readThroughput: 'KB/s',
  writeThroughput: 'KB/s',
  responseTime: 'ms',
  readResponseTime: 'ms',
  writeResponseTime: 'ms',
} as const satisfies Partial<Record<MetricName, Unit>>;
const SIZES = { ioSize: 'KB', readIoSize: 'KB', writeIoSize: 'KB' } as const;

const UNITS = {
  storage: { ...RATES, ...SIZES },
  storagePool: { ...RATES, ...SIZES },
  volume: { ...RATES, ...SIZES },
  port: { ...RATES, ...SIZES },
  disk: RATES,
  controller: { cpuUsage: '%' },
} as const satisfies Partial<Record<ResourceType, Partial<Record<MetricName, Unit>>>>;
export type MeasuredType = keyof typeof UNITS;

/** Where the WSAPI has each measure; the command's table has the group's columns below its heading. */
const FIELDS = {
  readIops: 'IO.read',
  writeIops: 'IO.write',
  iops: 'IO.total',
  readThroughput: 'KBytes.read',
  writeThroughput: 'KBytes.write',
  throughput: 'KBytes.total',
  readResponseTime: 'serviceTimeMS.read',
  writeResponseTime: 'serviceTimeMS.write',
  responseTime: 'serviceTimeMS.total',
  readIoSize: 'IOSizeKB.read',
  writeIoSize: 'IOSizeKB.write',
  ioSize: 'IOSizeKB.total',
  cpuUsage: 'idlePct',
} as const;
const HEADINGS = [
  ['IO', /io\/s/i],
  ['KBytes', /kbytes\/s/i],
  ['serviceTimeMS', /svct/i],
  ['IOSizeKB', /iosz/i],
] as const;
const COLUMNS: Readonly<Record<string, string>> = { read: 'rd', write: 'wr', total: 'tot' };

const IDLE = 'idle%';

type Columns = Readonly<Partial<Record<MetricName, string>>>;
type Values = Readonly<Partial<Record<MetricName, number | undefined>>>;

/** A report about one time. */
export interface Report {
  /** Epoch ms. */
  readonly time: number;
  /** Of each object; the key are the columns that name it, in their order. */
  readonly samples: readonly { readonly key: readonly string[]; readonly values: Values }[];
  /** The array's own line over all objects. */
  readonly overall?: Values | undefined;
}

export function capabilitiesOf(types: readonly MeasuredType[]): Capabilities {
  return {
    is_historic: true,
    performance_metric_retention_window: RETENTION_S,
    collect_interval: COLLECT_INTERVAL_S,
    failed_job_collect_interval: COLLECT_INTERVAL_S,
    resource_metrics: measuresOf(types.map((type) => ({ type, units: UNITS[type] }))),
  };
}

export const ALL_TYPES = Object.keys(UNITS) as readonly MeasuredType[];

/** What a report is about, and the columns or fields that name its objects. */
export interface Reported {
  readonly type: MeasuredType;
  readonly keys: readonly string[];
}

/**
 * `srstat...`: "Time: ... (epoch seconds)", titles in two lines, rows, dashes, the overall line; "No
 * data" says that there is no sample. @throws InvalidResponse for anything else.
 */
export function readReport(
  output: string,
  { keys, type }: Reported,
  timezone: string | undefined,
  what: string,
): Report | undefined {
  const shape: TableShape = {
    titles: [...keys, ...(type === 'controller' ? [IDLE] : Object.values(COLUMNS))],
    rowStart: /^\S+$/,
    closing: true,
    // The count stands in place of the columns that the report is grouped by.
    announced: ({ summary, titles }) =>
      summary.length === titles.length - keys.length + 1 ? number(summary[0]) : undefined,
  };
  const { titles, above, rows, summary } = readShaped(output, shape, what);
  if (titles.length === 0) return undefined;
  const line = above.findLast((one) => /^\s*time:/i.test(one));
  const time = parseTime(line?.slice(line.indexOf(':') + 1), timezone);
  if (time === undefined) throw new InvalidResponse(`${what}: a report without a time`);
  const columns = columnsOf(above.at(-1) ?? '');
  const samples = rows.map(({ cells }) => ({
    key: keys.map((title) => cells[title] ?? ''),
    values: valuesOf(columns, (title) => cells[title]),
  }));
  // The overall line has a count in place of the names, so its columns are told from the right.
  const shift = summary.length - titles.length;
  const hasOverall = titles.indexOf('rd') + shift >= 0;
  const last = (title: string) => summary[titles.indexOf(title) + shift];
  return { time, samples, overall: hasOverall ? valuesOf(columns, last) : {} };
}

/** The title of each measure's column: groups stand in the line above, in the order of their columns. */
function columnsOf(groupLine: string): Columns {
  const placed = HEADINGS.map(([group, heading]) => ({ group, at: groupLine.search(heading) }));
  if (placed.every(({ at }) => at >= 0)) placed.sort((a, b) => a.at - b.at);
  return byMeasure(FIELDS, (field) => {
    const [name, direction] = field.split('.');
    if (direction === undefined) return IDLE;
    const index = placed.findIndex(({ group }) => group === name);
    const title = COLUMNS[direction] ?? '';
    return index === 0 ? title : `${title}#${index + 1}`;
  });
}

/** Processors are told by the time that they idle. */
function valuesOf(columns: Columns, read: (column: string) => unknown): Values {
  return byMeasure(columns, (column, name) => {
    const value = number(read(column));
    if (name !== 'cpuUsage' || value === undefined) return value;
    // Binary fractions: 100 - 96.7 is not 3.2999999999999972.
    return value > 100 ? undefined : Math.round((100 - value) * 1e6) / 1e6;
  });
}

/** A report of the WSAPI. @throws InvalidResponse if it is not whole. */
export function reportOf(answer: Foreign, { keys }: Reported, what: string): Report | undefined {
  const seconds = number(answer['sampleTimeSec']);
  const members = list(answer['members'], `${what}: members`);
  const total = number(answer['total']) ?? 0;
  if (members.length < total) {
    throw new InvalidResponse(`${what}: ${members.length} members of ${total}`);
  }
  if (seconds === undefined && members.length > 0) {
    throw new InvalidResponse(`${what}: a report without a time`);
  }
  if (!seconds) return undefined;
  const samples = members.map((member) => ({
    key: keys.map((key) => identifier(member[key]) ?? ''),
    values: valuesOf(FIELDS, (path) => pick(member, path)),
  }));
  return { time: seconds * 1000, samples };
}
