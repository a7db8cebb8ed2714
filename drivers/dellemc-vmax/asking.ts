/** What is asked about one object or one range of them, and where the answers go. */
import {
  identifier,
  list,
  number,
  type DriverContext,
  type Foreign,
  type MeasuredResource,
  type Series,
} from 'delfin-agent/driver';
import type { Unisphere } from './client.ts';
import { createCounters } from './counters.ts';
import type { Names } from './inventory.ts';
import { valuesOf, VOLUME, type Category } from './metrics.ts';
import { keyOf, type Key, type Window } from './registration.ts';

export interface PerformanceOptions {
  readonly unisphere: Unisphere;
  readonly arrayId: string;
  readonly names: Names;
  readonly context: DriverContext;
}

export interface Run {
  readonly window: Window;
  readonly series: Series;
}

/** Volumes from one id to another, both included. */
export interface VolumeRange {
  readonly volumeStartRange: string | undefined;
  readonly volumeEndRange: string | undefined;
}

export interface Asking {
  keys(category: Category, selected: Foreign): Promise<readonly Key[]>;
  samples(
    category: Category,
    selected: Foreign,
    resource: MeasuredResource,
    run: Run,
  ): Promise<void>;
  volumes(range: VolumeRange, known: ReadonlySet<string>, run: Run): Promise<void>;
  tellLacking(category: Category): void;
}

export function createAsking({ unisphere, arrayId, names }: PerformanceOptions): Asking {
  const counters = createCounters(unisphere, arrayId);

  function results(category: Category, body: Foreign, window: Window) {
    const path = `/performance/${category.category}/metrics`;
    return counters.ask(category, (metrics) =>
      unisphere.entries(path, () =>
        unisphere.query(path, {
          ...body,
          startDate: window.start,
          endDate: window.end,
          dataFormat: 'Average',
          metrics,
        }),
      ),
    );
  }

  return {
    async keys(category, selected) {
      const path = `/performance/${category.category}/keys`;
      const answer = await unisphere.query(path, { symmetrixId: arrayId, ...selected });
      return list(answer[category.info] ?? [], path).flatMap((key) => keyOf(key, category.id));
    },
    async samples(category, selected, resource, { window, series }) {
      const body = { symmetrixId: arrayId, ...selected };
      addSamples(series, category, resource, await results(category, body, window));
    },
    async volumes(range, known, { window, series }) {
      for (const volume of await results(VOLUME, { systemId: arrayId, ...range }, window)) {
        const id = identifier(volume['volumeId']);
        if (id === undefined || !known.has(id)) continue;
        const resource = { type: VOLUME.type, id, name: names.volumes.get(id) ?? id };
        const samples = list(volume['volumeResult'] ?? [], 'volumeResult');
        addSamples(series, VOLUME, resource, samples);
      }
    },
    tellLacking: (category) => counters.tellLacking(category),
  };
}

export function addSamples(
  series: Series,
  category: Category,
  resource: MeasuredResource,
  samples: readonly Foreign[],
): void {
  for (const sample of samples) {
    const time = number(sample['timestamp']);
    if (time !== undefined) series.add(resource, time, valuesOf(sample, category));
  }
}
