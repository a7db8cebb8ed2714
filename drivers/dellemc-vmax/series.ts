/** Samples of many objects, put together as series. */
import {
  number,
  type Foreign,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
  type ResourceType,
} from 'delfin-agent/driver';
import { valueOf, type Category } from './metrics.ts';

export interface Resource {
  readonly type: ResourceType;
  readonly id: string;
  readonly name: string;
}

export interface Series {
  /** Adds the samples that lie in the window and were asked for. */
  add(
    resource: Resource,
    category: Category,
    samples: readonly Foreign[],
    window: { readonly start: number; readonly end: number },
  ): void;
  metrics(): readonly PerfMetric[];
}

export function createSeries(storageId: string, asked: ResourceMetrics): Series {
  const found = new Map<string, { metric: PerfMetric; values: Record<number, number> }>();

  const valuesOf = (resource: Resource, name: MetricName, unit: PerfMetric['labels']['unit']) => {
    const key = `${resource.type} ${resource.id} ${name}`;
    let series = found.get(key);
    if (!series) {
      const values: Record<number, number> = {};
      const labels = {
        storage_id: storageId,
        resource_type: resource.type,
        resource_id: resource.id,
        resource_name: resource.name,
        type: 'RAW',
        unit,
      } as const;
      series = { metric: { name, labels, values }, values };
      found.set(key, series);
    }
    return series.values;
  };

  return {
    add(resource, category, samples, window) {
      const counters = category.counters.filter(({ name }) => asked[category.type]?.[name]);
      for (const sample of samples) {
        const time = number(sample['timestamp']);
        if (time === undefined || time < window.start || time > window.end) continue;
        for (const counter of counters) {
          const value = valueOf(sample, counter);
          if (value !== undefined) valuesOf(resource, counter.name, counter.unit)[time] = value;
        }
      }
    },
    metrics: () => Array.from(found.values(), ({ metric }) => metric),
  };
}
