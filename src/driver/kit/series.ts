/** Samples of many objects, put together as the series that were asked for. */
import type { DriverContext } from '../driver.ts';
import type { MetricName, PerfMetric, ResourceMetrics, ResourceType, Unit } from '../metrics.ts';

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
  /** By object, then by measure: each sample looks its object up once. */
  const found = new Map<string, Map<MetricName, PerfMetric & { values: Record<number, number> }>>();

  function seriesOf(resource: MeasuredResource) {
    const key = `${resource.type} ${resource.id}`;
    let series = found.get(key);
    if (!series) found.set(key, (series = new Map()));
    return series;
  }

  function begin(resource: MeasuredResource, name: MetricName, unit: Unit) {
    const labels = {
      storage_id: storageId,
      resource_type: resource.type,
      resource_id: resource.id,
      ...(resource.name === undefined ? {} : { resource_name: resource.name }),
      type: 'RAW',
      unit,
    } as const;
    return { name, labels, values: {} as Record<number, number> };
  }

  return {
    add(resource, time, values) {
      if (!Number.isFinite(time)) return;
      if (window && (time < window.start || time > window.end)) return;
      const units = asked[resource.type];
      if (!units) return;
      const own = seriesOf(resource);
      for (const [measure, value] of Object.entries(values)) {
        const name = measure as MetricName;
        const unit = units[name]?.unit;
        if (unit === undefined || value === undefined || !Number.isFinite(value)) continue;
        let series = own.get(name);
        if (!series) own.set(name, (series = begin(resource, name, unit)));
        series.values[time] ??= value;
      }
    },
    metrics: () => Array.from(found.values(), (own) => [...own.values()]).flat(),
  };
}
