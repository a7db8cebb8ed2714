/**
 * Performance: which columns of the System Reporter are which metric, and in which unit.
 * The command line's reference states 1 KB = 1000 bytes.
 */
import {
  identifier,
  InvalidResponse,
  isObject,
  list,
  measuresOf,
  number,
  signed,
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

/** Group of three columns (read, write, total) -> metrics; the WSAPI's name beside the table's. */
const GROUPS = [
  { title: /io\/s/i, field: 'IO', metrics: ['readIops', 'writeIops', 'iops'] },
  {
    title: /kbytes\/s/i,
    field: 'KBytes',
    metrics: ['readThroughput', 'writeThroughput', 'throughput'],
  },
  {
    title: /svct/i,
    field: 'serviceTimeMS',
    metrics: ['readResponseTime', 'writeResponseTime', 'responseTime'],
  },
  { title: /iosz/i, field: 'IOSizeKB', metrics: ['readIoSize', 'writeIoSize', 'ioSize'] },
] as const satisfies readonly {
  title: RegExp;
  field: string;
  metrics: readonly [MetricName, MetricName, MetricName];
}[];
const COLUMNS = ['rd', 'wr', 'tot'] as const;
const FIELDS = ['read', 'write', 'total'] as const;

export type Values = Readonly<Partial<Record<MetricName, number>>>;

/** One object at one time, as the array names it. */
export interface Sample {
  /** Values of the columns the report is grouped by, lower-case titles. */
  readonly key: Readonly<Record<string, string>>;
  readonly values: Values;
}

/** A report about one time. */
export interface Report {
  /** Epoch ms. */
  readonly time: number;
  readonly samples: readonly Sample[];
  /** The array's own line over all objects. */
  readonly overall: Values | undefined;
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

/** A group of the command's report: its titles, and whether it is about processors. */
export interface ReportShape {
  readonly titles: readonly string[];
  readonly isCpu?: boolean;
}

/**
 * `srstat...`: "Time: ... (epoch seconds)", titles in two lines, rows, dashes, the overall line; "No
 * data" says that there is no sample. @throws InvalidResponse for anything else.
 */
export function reportsOf(
  output: string,
  { titles: keys, isCpu = false }: ReportShape,
  timezone: string | undefined,
  what: string,
): Report[] {
  const shape: TableShape = {
    titles: [...keys, ...(isCpu ? ['idle%'] : COLUMNS)],
    rowStart: /^\S+$/,
    closing: true,
    // The count stands in place of the columns that the report is grouped by.
    announced: ({ summary, titles }) =>
      summary.length === titles.length - keys.length + 1 ? number(summary[0]) : undefined,
  };
  const table = readShaped(output, shape, what);
  if (table.titles.length === 0) return [];
  const line = table.above.findLast((above) => /^\s*time:/i.test(above));
  const time = parseTime(line?.slice(line.indexOf(':') + 1), timezone);
  if (time === undefined) throw new InvalidResponse(`${what}: a report without a time`);
  const columns = isCpu ? [] : columnsOf(table.above.at(-1) ?? '');
  const samples = table.rows.map(({ cells }) => ({
    key: Object.fromEntries(keys.map((title) => [title, cells[title] ?? ''])),
    values: isCpu ? cpuValues(cells['idle%']) : read(columns, (title) => cells[title]),
  }));
  return [{ time, samples, overall: overallOf(table.titles, table.summary, columns) }];
}

interface Column {
  readonly title: string;
  readonly metric: MetricName;
}

/** The groups stand in the line above the titles, in the order of their columns. */
function columnsOf(groupLine: string): Column[] {
  const placed = GROUPS.map((group) => ({ group, at: groupLine.search(group.title) }));
  const ordered = placed.every(({ at }) => at >= 0)
    ? placed.toSorted((a, b) => a.at - b.at)
    : placed;
  return ordered.flatMap(({ group }, index) =>
    COLUMNS.map((title, direction) => ({
      title: index === 0 ? title : `${title}#${index + 1}`,
      metric: group.metrics[direction] ?? group.metrics[2],
    })),
  );
}

function read(columns: readonly Column[], cell: (title: string) => unknown): Values {
  const values: Partial<Record<MetricName, number>> = {};
  for (const { title, metric } of columns) {
    const value = number(cell(title));
    if (value !== undefined) values[metric] = value;
  }
  return values;
}

/** The overall line has a count in place of the names, so its columns are told from the right. */
function overallOf(
  titles: readonly string[],
  summary: readonly string[],
  columns: readonly Column[],
): Values | undefined {
  const first = titles.indexOf('rd');
  const shift = summary.length - titles.length;
  if (columns.length === 0 || first < 0 || first + shift < 0) return undefined;
  return read(columns, (title) => summary[titles.indexOf(title) + shift]);
}

function cpuValues(idle: unknown): Values {
  const percent = number(idle);
  return percent === undefined || percent > 100 ? {} : { cpuUsage: round(100 - percent) };
}

/** Binary fractions: 100 - 96.7 is not 3.2999999999999972. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** A WSAPI report; `keys` are the fields it is grouped by. @throws InvalidResponse if it is not whole. */
export function reportOf(answer: Foreign, keys: readonly string[], what: string): Report[] {
  const seconds = number(answer['sampleTimeSec']);
  const members = list(answer['members'], `${what}: members`);
  const total = number(answer['total']) ?? 0;
  if (members.length < total) {
    throw new InvalidResponse(`${what}: ${members.length} members of ${total}`);
  }
  if (!seconds) {
    if (seconds === undefined && members.length > 0) {
      throw new InvalidResponse(`${what}: a report without a time`);
    }
    return [];
  }
  const samples = members.map((member) => ({
    key: Object.fromEntries(keys.map((key) => [key, identifier(member[key]) ?? ''])),
    values: memberValues(member),
  }));
  return [{ time: seconds * 1000, samples, overall: undefined }];
}

function memberValues(member: Foreign): Values {
  if ('idlePct' in member) return cpuValues(member['idlePct']);
  const values: Partial<Record<MetricName, number>> = {};
  for (const { field, metrics } of GROUPS) {
    const group = member[field];
    for (const [direction, name] of FIELDS.entries()) {
      const value = isObject(group) ? signed(group[name]) : undefined;
      const metric = metrics[direction];
      if (value !== undefined && value >= 0 && metric) values[metric] = value;
    }
  }
  return values;
}
