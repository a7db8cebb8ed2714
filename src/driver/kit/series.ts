/** Samples of many objects, put together as what was asked for: a batch for each measure. */
import type { DriverContext } from '../driver.ts';
import type { MetricBatch, MetricName, ResourceMetrics, ResourceType, Unit } from '../metrics.ts';

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
  /**
   * What was added since the last call, to be returned or, in a generator, yielded: samples that are
   * handed over while others are read need not be kept.
   */
  metrics(): readonly MetricBatch[];
}

export interface SampleWindow {
  /** Epoch ms, both ends included. */
  readonly start: number;
  readonly end: number;
}

/** Plain arrays: of numbers they take eight bytes each. */
interface Columns extends MetricBatch {
  readonly ids: string[];
  readonly names: (string | undefined)[];
  readonly times: number[];
  readonly values: number[];
}

/** `_context`: a batch says nothing of the array it comes from; the core knows. */
export function createSeries(
  _context: Pick<DriverContext, 'storageId'>,
  asked: ResourceMetrics,
  window?: SampleWindow,
): Series {
  let found = new Map<ResourceType, Map<MetricName, Columns>>();

  function columnsOf(resource_type: ResourceType, name: MetricName, unit: Unit): Columns {
    let ofType = found.get(resource_type);
    if (!ofType) found.set(resource_type, (ofType = new Map()));
    let columns = ofType.get(name);
    if (!columns) {
      columns = { name, resource_type, unit, ids: [], names: [], times: [], values: [] };
      ofType.set(name, columns);
    }
    return columns;
  }

  return {
    add({ type, id, name: resourceName }, time, values) {
      if (!Number.isFinite(time)) return;
      if (window && (time < window.start || time > window.end)) return;
      const units = asked[type];
      if (!units) return;
      for (const [measure, value] of Object.entries(values)) {
        const name = measure as MetricName;
        const unit = units[name]?.unit;
        if (unit === undefined || value === undefined || !Number.isFinite(value)) continue;
        const columns = columnsOf(type, name, unit);
        columns.ids.push(id);
        columns.names.push(resourceName);
        columns.times.push(time);
        columns.values.push(value);
      }
    },
    metrics() {
      const batches = Array.from(found.values(), (ofType) => [...ofType.values()]).flat();
      found = new Map();
      return batches;
    },
  };
}
