/**
 * Performance data of the array's diagnostic level: for each category the keys (which objects, from
 * when to when), then the samples of each object.
 */
import {
  BackendError,
  ConfigurationError,
  flag,
  identifier,
  isObject,
  list,
  mapConcurrent,
  NotSupported,
  number,
  type DriverContext,
  type Foreign,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import { isAnswered, segment, type Unisphere } from './client.ts';
import type { Names } from './inventory.ts';
import {
  ARRAY,
  capabilitiesOf,
  CATEGORIES,
  DEFAULT_INTERVAL_S,
  VOLUME,
  VOLUME_METRICS_SINCE,
  type Category,
} from './metrics.ts';
import { createSeries, type Resource, type Series } from './series.ts';

const CONCURRENCY = 8;
/** Volumes asked for with one request. */
const VOLUMES_PER_REQUEST = 1_000;

export interface Window {
  readonly start: number;
  readonly end: number;
}

export interface Performance {
  capabilities(): Promise<ReturnType<typeof capabilitiesOf>>;
  collect(asked: ResourceMetrics, window: Window): Promise<readonly PerfMetric[]>;
  latest(): Promise<number | undefined>;
}

export interface PerformanceOptions {
  readonly unisphere: Unisphere;
  readonly arrayId: string;
  readonly names: Names;
  readonly context: DriverContext;
}

export function createPerformance(options: PerformanceOptions): Performance {
  const { unisphere, arrayId, context } = options;
  const requests = createRequests(options);
  const unsupported = new Set<string>();
  const hasVolumes = unisphere.version >= VOLUME_METRICS_SINCE;

  return {
    async capabilities() {
      const minutes = number((await registration(unisphere, arrayId))['collectionintervalmins']);
      return capabilitiesOf(
        minutes ? minutes * 60 : DEFAULT_INTERVAL_S,
        (category) => category !== VOLUME || hasVolumes,
      );
    },
    latest: async () => (await arrayKey(unisphere, arrayId))?.last,
    async collect(asked, window) {
      const array = await registeredArray(unisphere, arrayId, window);
      const series = createSeries(context.storageId, asked);
      const missed = (category: string, id: string, error: unknown) =>
        context.log.warn({ category, id, err: error }, 'no performance data of this object');
      const jobs = jobsOf(requests, asked, { window, series, missed });
      const part = clip(window, array);
      if (asked.storage && part) {
        const resource = { type: ARRAY.type, id: context.storageId, name: arrayId };
        jobs.unshift([
          'Array',
          () => requests.samples(ARRAY, {}, resource, { window: part, series }),
        ]);
      }
      if (asked.volume && hasVolumes && part) {
        jobs.push(['Volume', () => requests.volumes({ window: part, series })]);
      }
      await runAll(jobs, unsupported, context);
      return series.metrics();
    },
  };
}

type Job = readonly [category: string, work: () => Promise<void>];

/** One job for each category, and one for the ports of its directors. */
function jobsOf(requests: Requests, asked: ResourceMetrics, run: Run): Job[] {
  return CATEGORIES.flatMap((category) => {
    const { ports } = category;
    let listed: Promise<readonly Key[]> | undefined;
    const keys = () => (listed ??= requests.keys(category, {}));
    const jobs: Job[] = [];
    if (asked[category.type]) {
      jobs.push([category.category, () => collectKeys(requests, category, keys, run)]);
    }
    if (ports && asked[ports.type]) {
      jobs.push([ports.category, () => collectPorts(requests, category, ports, keys, run)]);
    }
    return jobs;
  });
}

/** What one category lacks does not cost the others; only if all fail, the run does. */
async function runAll(
  jobs: readonly Job[],
  unsupported: Set<string>,
  context: DriverContext,
): Promise<void> {
  const failures: unknown[] = [];
  const possible = jobs.filter(([category]) => !unsupported.has(category));
  for (const [category, work] of possible) {
    try {
      await work();
    } catch (error) {
      if (!isAnswered(error)) throw error;
      failures.push(error);
      // What the server doesn't have is not asked for again while the backend is open.
      if (error instanceof NotSupported) unsupported.add(category);
      context.log.warn({ category, err: error }, 'no performance data of this category');
    }
  }
  if (failures.length > 0 && failures.length === possible.length) throw failures[0];
}

interface Target {
  readonly window: Window;
  readonly series: Series;
}

interface Run extends Target {
  /** An object whose samples the server refused, while it has those of others. */
  readonly missed: (category: string, id: string, error: unknown) => void;
}

interface Key {
  readonly id: string;
  readonly first: number | undefined;
  readonly last: number | undefined;
}

type Keys = () => Promise<readonly Key[]>;

async function collectKeys(
  requests: Requests,
  category: Category,
  keys: Keys,
  { window, series, missed }: Run,
): Promise<void> {
  const listed = await keys().catch((error: unknown) => {
    if (isAnswered(error) && category.otherwise) return [];
    throw error;
  });
  const [measured, known] =
    listed.length === 0 && category.otherwise
      ? [category.otherwise, await requests.keys(category.otherwise, {})]
      : [category, listed];
  await eachOf(known, missed.bind(undefined, measured.category), async (key) => {
    const part = clip(window, key);
    if (!part) return;
    const id = `${measured.prefix ?? ''}${key.id}`;
    const resource = { type: measured.type, id, name: id };
    await requests.samples(measured, { [measured.id]: key.id }, resource, { window: part, series });
  });
}

async function collectPorts(
  requests: Requests,
  directors: Category,
  ports: Category,
  keys: Keys,
  { window, series, missed }: Run,
): Promise<void> {
  const failed = missed.bind(undefined, ports.category);
  await eachOf(await keys(), failed, async (director) => {
    const selected = { [directors.id]: director.id };
    await eachOf(await requests.keys(ports, selected), failed, async (port) => {
      const part = clip(window, port);
      if (!part) return;
      const id = `${director.id}:${port.id}`;
      const resource = { type: ports.type, id, name: id };
      const body = { ...selected, [ports.id]: port.id };
      await requests.samples(ports, body, resource, { window: part, series });
    });
  });
}

/** One object that the server has trouble with costs its own samples; if it has with all, that is an error. */
async function eachOf(
  keys: readonly Key[],
  missed: (id: string, error: unknown) => void,
  work: (key: Key) => Promise<void>,
): Promise<void> {
  const failures: (readonly [id: string, error: unknown])[] = [];
  await mapConcurrent(keys, CONCURRENCY, async (key) => {
    try {
      await work(key);
    } catch (error) {
      if (!isAnswered(error)) throw error;
      failures.push([key.id, error]);
    }
  });
  const [first] = failures;
  if (first && failures.length === keys.length) throw first[1];
  for (const [id, error] of failures) missed(id, error);
}

/** The part of the window for which there are samples. */
function clip(window: Window, { first, last }: Omit<Key, 'id'>): Window | undefined {
  const start = Math.max(window.start, first ?? window.start);
  const end = Math.min(window.end, last ?? window.end);
  return start <= end ? { start, end } : undefined;
}

interface Requests {
  keys(category: Category, selected: Foreign): Promise<readonly Key[]>;
  samples(category: Category, selected: Foreign, resource: Resource, target: Target): Promise<void>;
  volumes(target: Target): Promise<void>;
}

function createRequests({ unisphere, arrayId, names }: PerformanceOptions): Requests {
  /** Categories of which this server knows the basic counters only. */
  const basicOnly = new Set<string>();

  async function results(category: Category, body: Foreign, window: Window) {
    const ask = async (full: boolean) => {
      const path = `/performance/${category.category}/metrics`;
      const answer = await unisphere.query(path, {
        ...body,
        startDate: window.start,
        endDate: window.end,
        dataFormat: 'Average',
        metrics: fieldsOf(category, full),
      });
      return await unisphere.entries(answer, path);
    };
    if (basicOnly.has(category.category)) return await ask(false);
    try {
      return await ask(true);
    } catch (error) {
      if (!isRefusal(error) || category.counters.every(({ basic }) => basic)) throw error;
      const answer = await ask(false);
      basicOnly.add(category.category);
      return answer;
    }
  }

  return {
    async keys(category, selected) {
      const path = `/performance/${category.category}/keys`;
      const answer = await unisphere.query(path, { symmetrixId: arrayId, ...selected });
      return list(answer[category.info] ?? [], path).flatMap((key) => keyOf(key, category.id));
    },
    async samples(category, selected, resource, { window, series }) {
      const body = { symmetrixId: arrayId, ...selected };
      series.add(resource, category, await results(category, body, window), window);
    },
    async volumes({ window, series }) {
      const path = `/${unisphere.version}/sloprovisioning/symmetrix/${segment(arrayId)}/volume`;
      const ids = (await unisphere.ids(path, 'volumeId', { data_volume: false })).toSorted();
      const ranges = Array.from({ length: Math.ceil(ids.length / VOLUMES_PER_REQUEST) }, (_, at) =>
        ids.slice(at * VOLUMES_PER_REQUEST, (at + 1) * VOLUMES_PER_REQUEST),
      );
      const known = new Set(ids);
      await mapConcurrent(ranges, CONCURRENCY, async (range) => {
        const body = {
          systemId: arrayId,
          volumeStartRange: range[0],
          volumeEndRange: range.at(-1),
        };
        for (const volume of await results(VOLUME, body, window)) {
          const id = identifier(volume['volumeId']);
          if (id === undefined || !known.has(id)) continue;
          const resource = { type: VOLUME.type, id, name: names.volumes.get(id) ?? id };
          const samples = list(volume['volumeResult'] ?? [], 'volumeResult');
          series.add(resource, VOLUME, samples, window);
        }
      });
    },
  };
}

function fieldsOf({ counters }: Category, full: boolean): readonly string[] {
  return counters.filter(({ basic }) => basic || full).flatMap(({ fields }) => fields);
}

/** An unknown counter is refused in several ways, never as "busy". */
function isRefusal(error: unknown): boolean {
  if (error instanceof NotSupported) return true;
  return error instanceof BackendError && ['400', '422', '500'].includes(error.code);
}

function keyOf(key: Foreign, field: string): Key[] {
  const id = identifier(key[field]);
  if (id === undefined) return [];
  return [{ id, first: number(key['firstAvailableDate']), last: number(key['lastAvailableDate']) }];
}

async function arrayKey(unisphere: Unisphere, arrayId: string): Promise<Key | undefined> {
  const answer = await unisphere.get('/performance/Array/keys');
  const keys = list(answer[ARRAY.info] ?? [], 'arrayInfo').flatMap((key) => keyOf(key, ARRAY.id));
  return keys.find(({ id }) => id === arrayId);
}

/**
 * From when to when the array has samples.
 * @throws ConfigurationError with advice if nobody collects its performance data.
 */
async function registeredArray(
  unisphere: Unisphere,
  arrayId: string,
  window: Window,
): Promise<Omit<Key, 'id'>> {
  const key = await arrayKey(unisphere, arrayId).catch((error: unknown) => {
    if (isAnswered(error)) return undefined;
    throw error;
  });
  const stale = key?.last !== undefined && key.last < window.start;
  if (key && !stale) return key;
  const registered = flag((await registration(unisphere, arrayId))['diagnostic']);
  if (registered === true || (key && registered === undefined)) {
    return key ?? { first: undefined, last: undefined };
  }
  throw new ConfigurationError(
    `array ${arrayId} is not registered for performance collection at ${unisphere.origin}: register it in Unisphere (Performance, System Registrations, Diagnostic); nothing is switched on from here`,
  );
}

/** How performance data of this array is collected; nothing where the server doesn't say. */
async function registration(unisphere: Unisphere, arrayId: string): Promise<Foreign> {
  const path = `/performance/Array/registrationdetails/${segment(arrayId)}`;
  try {
    const details = (await unisphere.get(path))['registrationDetailsInfo'];
    const first: unknown = Array.isArray(details) ? details[0] : undefined;
    return isObject(first) ? first : {};
  } catch (error) {
    if (isAnswered(error)) return {};
    throw error;
  }
}
