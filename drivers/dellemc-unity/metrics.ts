/** What the array keeps of the past, and in which unit: stat paths of `metricValue` by measure. */
import {
  measuresOf,
  type Capabilities,
  type MetricName,
  type ResourceMetrics,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';

/** How the values of the two storage processors for one object become one. */
export type Combine =
  /** Rates: added. */
  | 'sum'
  /** Averages: weighted by the operations of each storage processor. */
  | 'average'
  /** Measures of the storage processor itself. */
  | 'processor';

export interface Measure {
  readonly name: MetricName;
  readonly path: string;
  readonly unit: Unit;
  readonly combine: Combine;
  /** `average`: rates of the same family that weigh it. */
  readonly weights?: readonly MetricName[];
  /** Known by its total only: what a network port receives is not what it reads. */
  readonly inTotalOnly?: boolean;
}

/** Paths that share their objects. */
export interface Family {
  readonly resourceType: ResourceType;
  readonly measures: readonly Measure[];
}

const READS: readonly MetricName[] = ['readIops'];
const WRITES: readonly MetricName[] = ['writeIops'];
const BOTH: readonly MetricName[] = ['readIops', 'writeIops'];

const rate = (name: MetricName, path: string, unit: Unit): Measure => ({
  name,
  path,
  unit,
  combine: 'sum',
});
const average = (
  name: MetricName,
  path: string,
  unit: Unit,
  weights: readonly MetricName[],
): Measure => ({ name, path, unit, combine: 'average', weights });

/** Operations and bytes, as most families name them. The array's catalogue says KB/s of the bytes. */
const rates = (prefix: string): Measure[] => [
  rate('readIops', `${prefix}.readsRate`, 'IOPS'),
  rate('writeIops', `${prefix}.writesRate`, 'IOPS'),
  rate('readThroughput', `${prefix}.readBytesRate`, 'KiB/s'),
  rate('writeThroughput', `${prefix}.writeBytesRate`, 'KiB/s'),
];

export const FAMILIES: readonly Family[] = [
  {
    resourceType: 'volume',
    measures: [
      ...rates('sp.*.storage.lun.*'),
      average('responseTime', 'sp.*.storage.lun.*.responseTime', 'us', BOTH),
      average('readIoSize', 'sp.*.storage.lun.*.avgReadSize', 'KiB', READS),
      average('writeIoSize', 'sp.*.storage.lun.*.avgWriteSize', 'KiB', WRITES),
    ],
  },
  {
    resourceType: 'disk',
    measures: [
      ...rates('sp.*.physical.disk.*'),
      average('responseTime', 'sp.*.physical.disk.*.responseTime', 'us', BOTH),
    ],
  },
  {
    resourceType: 'port',
    measures: [
      {
        ...rate('readThroughput', 'sp.*.net.device.*.bytesInRate', 'KiB/s'),
        inTotalOnly: true,
      },
      {
        ...rate('writeThroughput', 'sp.*.net.device.*.bytesOutRate', 'KiB/s'),
        inTotalOnly: true,
      },
    ],
  },
  { resourceType: 'port', measures: rates('sp.*.fibreChannel.fePort.*') },
  {
    resourceType: 'filesystem',
    measures: [
      ...rates('sp.*.storage.filesystem.*'),
      average('readIoSize', 'sp.*.storage.filesystem.*.readSizeAvg', 'KiB', READS),
      average('writeIoSize', 'sp.*.storage.filesystem.*.writeSizeAvg', 'KiB', WRITES),
    ],
  },
  {
    resourceType: 'controller',
    measures: [
      {
        name: 'cpuUsage',
        path: 'sp.*.cpu.summary.utilization',
        unit: '%',
        combine: 'processor',
      },
    ],
  },
];

/** Overall = both directions. */
export const TOTALS: readonly {
  readonly name: MetricName;
  readonly parts: readonly [MetricName, MetricName];
}[] = [
  { name: 'iops', parts: ['readIops', 'writeIops'] },
  { name: 'throughput', parts: ['readThroughput', 'writeThroughput'] },
];

/** The measures of a family that the ones asked for are made of. */
export function needed(family: Family, asked: ResourceMetrics): readonly Measure[] {
  const wanted = asked[family.resourceType] ?? {};
  const names = new Set<MetricName>();
  for (const { name, weights, inTotalOnly } of family.measures) {
    if (!wanted[name] || inTotalOnly) continue;
    for (const part of [name, ...(weights ?? [])]) names.add(part);
  }
  for (const { name, parts } of TOTALS) if (wanted[name]) for (const part of parts) names.add(part);
  return family.measures.filter(({ name }) => names.has(name));
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

export function readUnit(display: string | undefined): Unit | undefined {
  return display === undefined ? undefined : DISPLAYED_UNITS[display];
}

export function unitOf(measure: Measure, stated: StatedUnits): Unit {
  return stated.get(measure.path) ?? measure.unit;
}

const MINUTE_SECONDS = 60;
/** Samples of one minute are kept for three days, then thinned out. */
const RETENTION_SECONDS = 3 * 24 * 3_600;

export function capabilitiesOf(stated: StatedUnits): Capabilities {
  const kinds = FAMILIES.map(({ resourceType: type, measures: family }) => {
    const units: Partial<Record<MetricName, Unit>> = {};
    for (const measure of family) {
      if (!measure.inTotalOnly) units[measure.name] ??= unitOf(measure, stated);
    }
    for (const { name, parts } of TOTALS) {
      const part = family.find((measure) => measure.name === parts[0]);
      if (part) units[name] ??= unitOf(part, stated);
    }
    return { type, units };
  });
  return {
    is_historic: true,
    performance_metric_retention_window: RETENTION_SECONDS,
    collect_interval: MINUTE_SECONDS,
    resource_metrics: measuresOf(kinds),
  };
}
