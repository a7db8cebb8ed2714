/** Performance data of any form as single series, to be looked at. */
import type { PerfSeries } from '../../src/backend/columns.ts';
import type { PerfColumns, PerfResource } from '../../src/backend/snapshot.ts';
import type { MetricSeries, PerfMetric, Session } from 'delfin-agent/driver';
import { gather } from '../../src/testing/samples.ts';
import { TEST_SYSTEM } from '../../src/testing/open.ts';

export { checkedSeries, gather } from '../../src/testing/samples.ts';

type Answer = ReturnType<NonNullable<Session['collectPerfMetrics']>> | undefined;

/** The same as one series for each measure of each resource. */
export async function metricsOf(answer: Answer): Promise<readonly MetricSeries[]> {
  return (await gather(answer)).flatMap((metric) =>
    'labels' in metric ? metric : seriesOfBatch(metric),
  );
}

export function seriesOfBatch({
  name,
  resource_type,
  unit,
  ...columns
}: Exclude<PerfMetric, MetricSeries>): MetricSeries[] {
  const { ids, names, times, values } = columns;
  const found = new Map<string, MetricSeries & { values: Record<number, number> }>();
  for (const [row, id] of ids.entries()) {
    const resourceName = names?.[row];
    const labels = {
      storage_id: TEST_SYSTEM,
      resource_type,
      resource_id: id,
      ...(resourceName === undefined ? {} : { resource_name: resourceName }),
      type: 'RAW',
      unit,
    } as const;
    const series = found.get(id) ?? { name, labels, values: {} };
    found.set(id, series);
    series.values[times[row] ?? Number.NaN] ??= values[row] ?? Number.NaN;
  }
  return [...found.values()];
}

/** Single series as the core keeps them: those of one measure together. */
export function columnsOf(all: readonly PerfSeries[]): PerfColumns[] {
  const measures = Map.groupBy(all, ({ resource_type, name }) => `${resource_type} ${name}`);
  return Array.from(measures.values(), (own) => {
    const resources = own.flatMap(({ resource_id: id, resource_name: name, times }) => {
      const resource: PerfResource = name === undefined ? { id } : { id, name };
      return times.map(() => resource);
    });
    return {
      name: own[0]?.name ?? 'iops',
      resource_type: own[0]?.resource_type ?? 'volume',
      resources,
      times: Float64Array.from(own.flatMap(({ times }) => times)),
      values: Float64Array.from(own.flatMap(({ values }) => values)),
    };
  });
}
