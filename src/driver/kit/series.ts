/** Samples of many objects, put together as the series that were asked for. */
import type { DriverContext } from '../driver.ts';
import type { MetricName, PerfMetric, ResourceMetrics, ResourceType } from '../metrics.ts';

export interface MeasuredResource {
  readonly type: ResourceType;
  /** As in its list; for `storage` the storage id. */
  readonly id: string;
  readonly name?: string | undefined;
}

export interface Series {
  /**
   * One sample: values by measure, in the unit that the capabilities state. What was not asked for,
   * lies outside the window or is no number is left out; of one time the first word holds.
   */
  add(
    resource: MeasuredResource,
    time: number,
    values: Readonly<Partial<Record<MetricName, number | undefined>>>,
  ): void;
  metrics(): readonly PerfMetric[];
}

export interface SampleWindow {
  /** Epoch ms, both ends included. */
  readonly start: number;
  readonly end: number;
}

export function createSeries(
  { storageId }: Pick<DriverContext, 'storageId'>,
  asked: ResourceMetrics,
  window?: SampleWindow,
): Series {
  const found = new Map<string, { metric: PerfMetric; values: Record<number, number> }>();

  function valuesOf(
    resource: MeasuredResource,
    name: MetricName,
  ): Record<number, number> | undefined {
    const unit = asked[resource.type]?.[name]?.unit;
    if (unit === undefined) return undefined;
    const key = `${resource.type} ${name} ${resource.id}`;
    let series = found.get(key);
    if (!series) {
      const values: Record<number, number> = {};
      const labels = {
        storage_id: storageId,
        resource_type: resource.type,
        resource_id: resource.id,
        ...(resource.name === undefined ? {} : { resource_name: resource.name }),
        type: 'RAW',
        unit,
      } as const;
      series = { metric: { name, labels, values }, values };
      found.set(key, series);
    }
    return series.values;
  }

  return {
    add(resource, time, values) {
      if (!Number.isFinite(time)) return;
      if (window && (time < window.start || time > window.end)) return;
      for (const [name, value] of Object.entries(values)) {
        if (value === undefined || !Number.isFinite(value)) continue;
        const series = valuesOf(resource, name as MetricName);
        if (series) series[time] ??= value;
      }
    },
    metrics: () => Array.from(found.values(), ({ metric }) => metric),
  };
}
