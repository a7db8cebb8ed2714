/** What the array keeps of the past, and in which unit: stat paths of `metricValue` by measure. */
import {
  measures,
  measuresOf,
  text,
  type Capabilities,
  type MetricName,
  type ResourceMetrics,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';
import type { ResourceName } from './fields.ts';

/** What is measured, in the unit that arrays usually have it in. */
const UNITS = {
  readIops: 'IOPS',
  writeIops: 'IOPS',
  readThroughput: 'KiB/s',
  writeThroughput: 'KiB/s',
  responseTime: 'us',
  readIoSize: 'KiB',
  writeIoSize: 'KiB',
  cpuUsage: '%',
} as const;
export type Measure = keyof typeof UNITS;

/** Paths that share their objects. */
export interface Family {
  readonly type: ResourceType;
  /** Collections of the objects. */
  readonly objects: readonly ResourceName[];
  /** What its paths begin with. */
  readonly prefix: string;
  /** Measure -> the rest of its path. */
  readonly leaves: { readonly [M in Measure]?: string };
  /** Known by their totals: what a network port receives is not what it reads. */
  readonly inTotalOnly?: boolean;
}

/** Operations and bytes, as most families name them. */
const RATES = {
  readIops: 'readsRate',
  writeIops: 'writesRate',
  readThroughput: 'readBytesRate',
  writeThroughput: 'writeBytesRate',
} as const;
const PORTS = ['ethernetPort', 'fcPort', 'linkAggregation'] as const;

export const FAMILIES: readonly Family[] = [
  { type: 'volume', objects: ['lun'], prefix: 'sp.*.storage.lun.*', leaves: {
    ...RATES, responseTime: 'responseTime', readIoSize: 'avgReadSize', writeIoSize: 'avgWriteSize',
  } },
  { type: 'disk', objects: ['disk', 'virtualDisk'], prefix: 'sp.*.physical.disk.*', leaves: {
    ...RATES, responseTime: 'responseTime',
  } },
  { type: 'port', objects: PORTS, prefix: 'sp.*.net.device.*', inTotalOnly: true, leaves: {
    readThroughput: 'bytesInRate', writeThroughput: 'bytesOutRate',
  } },
  { type: 'port', objects: PORTS, prefix: 'sp.*.fibreChannel.fePort.*', leaves: RATES },
  { type: 'filesystem', objects: ['filesystem'], prefix: 'sp.*.storage.filesystem.*', leaves: {
    ...RATES, readIoSize: 'readSizeAvg', writeIoSize: 'writeSizeAvg',
  } },
  { type: 'controller', objects: ['storageProcessor'], prefix: 'sp.*.cpu.summary', leaves: { cpuUsage: 'utilization' } },
]; // prettier-ignore

/** Rates by which averages of the two storage processors are weighed; rates themselves are added. */
export const WEIGHTS: { readonly [M in Measure]?: readonly Measure[] } = {
  responseTime: ['readIops', 'writeIops'],
  readIoSize: ['readIops'],
  writeIoSize: ['writeIops'],
};

/** Overall = both directions. */
export const TOTALS = [
  { name: 'iops', parts: ['readIops', 'writeIops'] },
  { name: 'throughput', parts: ['readThroughput', 'writeThroughput'] },
] as const;

export const pathOf = ({ prefix, leaves }: Family, name: Measure) => `${prefix}.${leaves[name]}`;

const measuresIn = ({ leaves }: Family) => Object.keys(leaves) as Measure[];

/** The measures of a family that the ones asked for are made of. */
export function needed(family: Family, asked: ResourceMetrics): readonly Measure[] {
  const wanted = asked[family.type] ?? {};
  const own = measuresIn(family).filter((name) => wanted[name] && !family.inTotalOnly);
  const totals = TOTALS.filter(({ name }) => wanted[name]).flatMap(({ parts }) => parts);
  const names = new Set([...own, ...own.flatMap((name) => WEIGHTS[name] ?? []), ...totals]);
  return measuresIn(family).filter((name) => names.has(name));
}

/** `unitDisplayString` of the array's catalogue of metrics. Its kilobytes are 1,024 bytes. */
const DISPLAYED_UNITS: Readonly<Record<string, Unit>> = {
  'B/s': 'B/s',
  'Bytes/s': 'B/s',
  'KB/s': 'KiB/s',
  'MB/s': 'MiB/s',
  B: 'B',
  Bytes: 'B',
  KB: 'KiB',
  us: 'us',
  uSecs: 'us',
  microseconds: 'us',
  ms: 'ms',
  '%': '%',
};

/** Units by stat path, as the array states them: they win over the table. */
export type StatedUnits = ReadonlyMap<string, Unit>;

export const readUnit = (display: unknown) => DISPLAYED_UNITS[text(display) ?? ''];

/** Of what arrays measure in several units, bytes and times, there is none without the array's word. */
const STATED = /B|us/;

/** `stated` undefined: the catalogue could not be read. */
function unitOf(family: Family, name: Measure, stated: StatedUnits | undefined): Unit | undefined {
  if (stated) return stated.get(pathOf(family, name)) ?? UNITS[name];
  return STATED.test(UNITS[name]) ? undefined : UNITS[name];
}

/** The unit of each measure, and of each total that of its first part. */
function unitsIn(family: Family, stated: StatedUnits | undefined) {
  const units: { [N in MetricName]?: Unit } = {};
  for (const name of measuresIn(family)) {
    const unit = unitOf(family, name, stated);
    const total = TOTALS.find(({ parts }) => parts[0] === name)?.name;
    if (unit && !family.inTotalOnly) units[name] = unit;
    if (unit && total) units[total] = unit;
  }
  return units;
}

/** What was asked for of a family, in the array's units. */
export function inUnits(family: Family, asked: ResourceMetrics, stated: StatedUnits | undefined) {
  const wanted = asked[family.type] ?? {};
  const known = Object.entries(measures(unitsIn(family, stated)));
  return { [family.type]: Object.fromEntries(known.filter(([name]) => name in wanted)) };
}

const MINUTE_SECONDS = 60;
/** Samples of one minute are kept for three days, then thinned out. */
const RETENTION_SECONDS = 3 * 24 * 3_600;

export function capabilitiesOf(stated: StatedUnits): Capabilities {
  return {
    is_historic: true,
    performance_metric_retention_window: RETENTION_SECONDS,
    collect_interval: MINUTE_SECONDS,
    resource_metrics: measuresOf(
      FAMILIES.map((family) => ({ type: family.type, units: unitsIn(family, stated) })),
    ),
  };
}
