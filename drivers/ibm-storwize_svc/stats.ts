/** Current values of the nodes and of the system, for which nothing has to be copied. */
import {
  createSeries,
  signed,
  type DriverContext,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import type { Reader } from './inventory.ts';
import { STATS } from './metrics.ts';
import { timesOf } from './statistics.ts';
import type { Row } from './table.ts';

const NODE_COMMANDS = ['lsnodestats', 'lsnodecanisterstats'] as const;

/** Each node's values, its processor only where no file tells of it. */
export async function samplesOfNodes(
  { cli, parts }: Reader,
  asked: ResourceMetrics,
  clock: StatClock,
  context: DriverContext,
  measured: ReadonlySet<string>,
): Promise<readonly PerfMetric[]> {
  if (!asked.controller) return [];
  const rows = await parts.either(
    'current values of the nodes',
    NODE_COMMANDS.map((command) => ({ ask: () => cli.rows(command) })),
  );
  const series = createSeries(context, asked);
  const time = timeOf(rows, clock);
  for (const [id, own] of Map.groupBy(rows, (row) => row['node_id'] ?? '')) {
    if (id === '') continue;
    const { cpuUsage, ...values } = valuesOf('controller', own);
    const name = own[0]?.['node_name'];
    series.add({ type: 'controller', id, name }, time, {
      ...values,
      ...(measured.has(id) ? {} : { cpuUsage }),
    });
  }
  return series.metrics();
}

export async function samplesOfSystem(
  { cli }: Reader,
  asked: ResourceMetrics,
  clock: StatClock,
  context: DriverContext,
): Promise<readonly PerfMetric[]> {
  if (!asked.storage) return [];
  const rows = await cli.rows('lssystemstats');
  const series = createSeries(context, asked);
  series.add(
    { type: 'storage', id: context.storageId },
    timeOf(rows, clock),
    valuesOf('storage', rows),
  );
  return series.metrics();
}

type Values = Partial<Record<MetricName, number | undefined>>;

function valuesOf(type: keyof typeof STATS, rows: readonly Row[]): Values {
  const stats = new Map(rows.map((row) => [row['stat_name'], signed(row['stat_current'])]));
  const values: Values = {};
  for (const [name, { stat, of }] of Object.entries(STATS[type])) {
    // Without operations there is no time that they took.
    const idle = of !== undefined && stats.get(of) === 0;
    values[name as MetricName] = idle ? undefined : stats.get(stat);
  }
  return values;
}

export interface StatClock {
  /** Undefined: not known yet; the values are of this moment. */
  readonly timezone: string | undefined;
  readonly now: number;
}

/** The system takes all values every five seconds; the newest peak is of the last time it did. */
function timeOf(rows: readonly Row[], { timezone, now }: StatClock): number {
  const written = rows.flatMap((row) => {
    const [, ...digits] =
      /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(row['stat_peak_time'] ?? '') ?? [];
    const [year, month, day, hour, minute, second] = digits.map(Number);
    if (year === undefined || month === undefined) return [];
    return [Date.UTC(2000 + year, month - 1, day, hour, minute, second)];
  });
  if (written.length === 0 || timezone === undefined) return now;
  const newest = written.reduce((a, b) => Math.max(a, b));
  const times = timesOf(newest, timezone);
  return times.reduce((a, b) => (Math.abs(b - now) < Math.abs(a - now) ? b : a));
}
