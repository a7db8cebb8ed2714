/**
 * Performance data of the array's diagnostic level: for each category the keys (which objects, from
 * when to when), then the samples of each object.
 */
import {
  createFacts,
  createSeries,
  isVendorsWord,
  NotSupported,
  number,
  type Capabilities,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import type { PerformanceOptions, Run } from './asking.ts';
import { createRequests, type Requests } from './measured.ts';
import {
  ARRAY,
  capabilitiesOf,
  CATEGORIES,
  DEFAULT_INTERVAL_S,
  VOLUME,
  VOLUME_METRICS_SINCE,
  type Category,
} from './metrics.ts';
import {
  arrayKey,
  clip,
  registeredArray,
  registration,
  type Key,
  type Window,
} from './registration.ts';

export interface Performance {
  capabilities(): Promise<Capabilities>;
  collect(asked: ResourceMetrics, window: Window): Promise<readonly PerfMetric[]>;
  latest(): Promise<number | undefined>;
}

type Job = readonly [category: Category, work: () => Promise<unknown>];

export function createPerformance(options: PerformanceOptions): Performance {
  const { unisphere, arrayId, context } = options;
  const { parts } = unisphere;
  const requests = createRequests(options);
  const facts = createFacts();
  const hasVolumes = unisphere.version >= VOLUME_METRICS_SINCE;

  /** What the server says that it lacks is not asked for again for an hour. */
  const ask =
    ([category, work]: Job) =>
    async () => {
      const key = `no ${category.category}`;
      if (facts.get(key) !== undefined) return undefined;
      try {
        await work();
        requests.tellLacking(category);
        return [category];
      } catch (error) {
        if (!isVendorsWord(error) || !(error instanceof NotSupported)) throw error;
        facts.learn(key, 1);
        context.log.info(
          { category: category.category },
          'the server does not measure this category',
        );
        return undefined;
      }
    };

  return {
    async capabilities() {
      const told = await parts.added(() => registration(unisphere, arrayId));
      const minutes = number(told?.['collectionintervalmins']);
      return capabilitiesOf(
        minutes ? minutes * 60 : DEFAULT_INTERVAL_S,
        (category) => category !== VOLUME || hasVolumes,
      );
    },
    latest: async () => (await arrayKey(unisphere, arrayId))?.last,
    async collect(asked, window) {
      const span = await registeredArray(unisphere, arrayId, window);
      const series = createSeries(context, asked, window);
      const jobs = jobsOf(requests, asked, { window, series });
      const part = clip(window, span);
      if (asked.storage && part) {
        const resource = { type: ARRAY.type, id: context.storageId, name: arrayId };
        jobs.unshift([
          ARRAY,
          () => requests.samples(ARRAY, {}, resource, { window: part, series }),
        ]);
      }
      if (asked.volume && hasVolumes && part) {
        jobs.push([VOLUME, () => requests.volumes({ window: part, series })]);
      }
      if (jobs.length > 0) await parts.union(jobs.map(ask));
      return series.metrics();
    },
  };
}

/** One job for each category, and one for the ports of its directors. */
function jobsOf(requests: Requests, asked: ResourceMetrics, run: Run): Job[] {
  return CATEGORIES.flatMap((category) => {
    const { ports } = category;
    let known: Promise<readonly Key[]> | undefined;
    const keys = () => (known ??= requests.keys(category, {}));
    const jobs: Job[] = [];
    if (asked[category.type]) jobs.push([category, () => requests.objects(category, keys, run)]);
    if (ports && asked[ports.type]) {
      jobs.push([ports, () => requests.ports(category, ports, keys, run)]);
    }
    return jobs;
  });
}
