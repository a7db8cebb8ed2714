/**
 * Performance data of the array's diagnostic level: for each category the keys (which objects, from
 * when to when), then the samples of each object; of volumes by ranges of ids; since Unisphere 10.1 of
 * all objects of a category with one request.
 */
import {
  BackendError,
  ConfigurationError,
  createSeries,
  flag,
  identifier,
  InvalidResponse,
  isObject,
  list,
  NotSupported,
  number,
  Refused,
  withId,
  type DriverContext,
  type Foreign,
  type SampleWindow,
  type Series,
  type Session,
} from 'delfin-agent/driver';
import { listed } from './answers.ts';
import { ARRAY, CATEGORIES, VOLUME, type Category } from './categories-table.ts';
import type { Unisphere } from './client.ts';
import { createCounters, type Counters } from './counters.ts';
import { HOST_VOLUMES } from './inventory.ts';
import { segment } from './ids.ts';
import { capabilitiesOf, DEFAULT_INTERVAL_S, valuesOf } from './metrics.ts';

/** What is asked in one call, and where the answers go. */
interface Run {
  readonly client: Unisphere;
  readonly context: DriverContext;
  readonly counters: Counters;
  readonly series: Series;
  readonly window: SampleWindow;
  /** What inventory has seen. */
  readonly volumeNames: ReadonlyMap<string, string>;
}

/** An object, and from when to when there are samples of it, as far as that is told. */
interface Key extends SampleWindow {
  readonly id: string;
}

type Keys = () => Promise<readonly Key[]>;
type Job = readonly [category: Category, read: () => Promise<void>];

export function createPerformance(
  client: Unisphere,
  context: DriverContext,
  volumeNames: Run['volumeNames'],
) {
  const { parts, version } = client;
  const counters = createCounters(client, context.log);
  return {
    async getCapabilities() {
      const told = await parts.added(() => registration(client));
      const minutes = number(told?.['collectionintervalmins']);
      return capabilitiesOf(version, minutes ? minutes * 60 : undefined);
    },
    async getLatestPerfTimestamp() {
      const key = await arrayKey(client);
      return key && Number.isFinite(key.end) ? key.end : undefined;
    },
    async collectPerfMetrics(asked, start, end) {
      const window = { start, end };
      const key = await registeredKey(client, window);
      const series = createSeries(context, asked, window);
      const run: Run = { client, context, counters, series, window, volumeNames };
      const jobs = jobsOf(run, key)
        .filter(([{ type, since = 0 }]) => asked[type] && version >= since)
        .map((job) => () => counters.unlessLacking(...job));
      await parts.union(jobs);
      return series.metrics();
    },
  } satisfies Partial<Session>;
}

/** One job for each category, and one for the ports of its directors. `array`: its own key. */
function jobsOf(run: Run, array: Key): Job[] {
  const listedByKeys = CATEGORIES.flatMap((category): Job[] => {
    const { ports } = category;
    let known: ReturnType<Keys> | undefined;
    const keys = () => (known ??= keysOf(run, category));
    const objects: Job = [category, () => readObjects(run, category, keys)];
    return ports ? [objects, [ports, () => readPorts(run, category, ports, keys)]] : [objects];
  });
  const window = clip(run.window, array);
  if (!window) return listedByKeys;
  return [
    [ARRAY, () => readEach(run, ARRAY, [array])],
    ...listedByKeys,
    [VOLUME, () => readVolumes({ ...run, window })],
  ];
}

/** Which objects are measured; `owner`: those of one director. */
async function keysOf({ client }: Run, category: Category, owner: Foreign = {}): Promise<Key[]> {
  const path = `/performance/${category.name}/keys`;
  return keysIn(await client.query(path, { symmetrixId: client.arrayId, ...owner }), category);
}

async function readObjects(run: Run, category: Category, keys: Keys): Promise<void> {
  const { client, context, counters, window } = run;
  const { otherwise } = category;
  const oneByOne = async () => await readEach(run, category, await keys());
  const hours = BULK_HOURS.find((range) => range > (context.now() - window.start) / HOUR_MS);
  if (category.bulk && hours !== undefined) {
    return await client.bulkFirst(category.name, () => readBulk(run, category, hours), oneByOne);
  }
  if (!otherwise) return await oneByOne();
  const [measured, found] = await client.parts.either<readonly [Category, readonly Key[]]>(
    category.name,
    [
      { ask: async () => [category, someOf(await keys(), category)] },
      { ask: async () => [otherwise, await keysOf(run, otherwise)] },
    ],
    (error) => error instanceof NotSupported,
  );
  await readEach(run, measured, found);
  if (measured !== category) counters.tellLacking(measured);
}

/** @throws NotSupported if there are none. */
function someOf(keys: readonly Key[], { name }: Category): readonly Key[] {
  if (keys.length > 0) return keys;
  throw new NotSupported(`${name}: the server measures no objects of this category`);
}

async function readPorts(run: Run, directors: Category, ports: Category, keys: Keys) {
  await run.client.parts.children(await keys(), async ({ id }) => {
    const owner = { [directors.id]: id };
    const own = await listed(() => keysOf(run, ports, owner));
    await readEach(run, { ...ports, prefix: `${id}:` }, own, owner);
  });
}

/** The samples of each object, for the time of which it has any. */
async function readEach(run: Run, category: Category, keys: readonly Key[], owner: Foreign = {}) {
  const { client, counters } = run;
  await client.parts.children(keys, async (key) => {
    const window = clip(run.window, key);
    if (!window) return;
    const selected = { symmetrixId: client.arrayId, ...owner, [category.id]: key.id };
    const samples = await listed(() => counters.samples(category, selected, window));
    addSamples(run, category, key.id, samples);
  });
}

function addSamples(run: Run, category: Category, own: string, samples: readonly Foreign[]): void {
  const { series, context, volumeNames } = run;
  const { type, prefix = '' } = category;
  const name = `${prefix}${own}`;
  const label = type === 'volume' ? volumeNames.get(own) : undefined;
  const resource = { type, id: type === 'storage' ? context.storageId : name, name: label ?? name };
  for (const sample of samples) {
    const time = number(sample['timestamp']);
    if (time !== undefined) series.add(resource, time, valuesOf(sample, category));
  }
}

/** Ranges that can be asked for in bulk, for whole hours back. */
const BULK_HOURS = [1, 2, 4, 8, 12, 24] as const;
const HOUR_MS = 3_600_000;

/** @throws Refused if the answer does not reach back to the start of the window. */
async function readBulk(run: Run, category: Category, hours: number): Promise<void> {
  const { client, window } = run;
  const path = `${client.bulkRoot}/performance-categories/${category.name}`;
  const answer = await client.bulk(path, { filter: `time_range eq ${hours}` });
  const instances = withId(list(answer['metric_instances'], path), (instance, id) => ({
    id,
    samples: list(instance['metrics'] ?? [], path),
  }));
  const ends = instances.flatMap(({ samples }) => [samples[0], samples.at(-1)]);
  const times = ends.flatMap((sample) => number(sample?.['timestamp']) ?? []);
  const oldest = times.reduce((one, other) => Math.min(one, other), Infinity);
  if (times.length > 0 && oldest - window.start >= DEFAULT_INTERVAL_S * 1_000) {
    throw new Refused('newest', `GET ${path}: the server tells the newest samples alone`);
  }
  for (const { id, samples } of instances) addSamples(run, category, id, samples);
}

/** Volumes asked for with one request, by ranges of ids, both ends included. */
const VOLUMES_PER_REQUEST = 1_000;

async function readVolumes(run: Run): Promise<void> {
  const { client, counters, window } = run;
  const ids = (await client.ids(`${client.slo}/volume`, 'volumeId', HOST_VOLUMES)).toSorted();
  const known = new Set(ids);
  const pieces = startsOf(0, ids.length - 1, VOLUMES_PER_REQUEST).flatMap((at) =>
    // A request may be about one hour at most; a window that was missed is longer.
    startsOf(window.start, window.end, HOUR_MS).map((start) => ({
      range: ids.slice(at, at + VOLUMES_PER_REQUEST),
      hour: { start, end: Math.min(window.end, start + HOUR_MS - 1) },
    })),
  );
  await client.parts.children(pieces, async ({ range, hour }) => {
    const ends = { volumeStartRange: range[0], volumeEndRange: range.at(-1) };
    const selected = { systemId: client.arrayId, ...ends };
    for (const volume of await counters.samples(VOLUME, selected, hour)) {
      const id = identifier(volume[VOLUME.id]);
      if (id === undefined || !known.has(id)) continue;
      addSamples(run, VOLUME, id, list(volume['volumeResult'] ?? [], 'volumeResult'));
    }
  });
}

/** Where pieces of a length begin. */
function startsOf(from: number, to: number, length: number): number[] {
  const count = Math.floor((to - from) / length) + 1;
  return Array.from({ length: count }, (_, at) => from + at * length);
}

function keysIn(answer: Foreign, { name, info, id: field }: Category): Key[] {
  const found = list(answer[info] ?? [], `/performance/${name}/keys`);
  const toKey = (key: Foreign, id: string): Key => ({
    id,
    start: number(key['firstAvailableDate']) ?? -Infinity,
    end: number(key['lastAvailableDate']) ?? Infinity,
  });
  return withId(found, toKey, field);
}

/** The part of the window for which there are samples. */
function clip(window: SampleWindow, key: SampleWindow): SampleWindow | undefined {
  const start = Math.max(window.start, key.start);
  const end = Math.min(window.end, key.end);
  return start <= end ? { start, end } : undefined;
}

async function arrayKey({ get, arrayId }: Unisphere): Promise<Key | undefined> {
  const path = '/performance/Array/keys';
  const answer = await get(path);
  if (answer[ARRAY.info] === undefined) {
    throw new InvalidResponse(`GET ${path}: no ${ARRAY.info}`);
  }
  return keysIn(answer, ARRAY).find(({ id }) => id === arrayId);
}

/**
 * From when to when the array has samples.
 * @throws ConfigurationError with advice if the server says that nobody collects them.
 */
async function registeredKey(client: Unisphere, window: SampleWindow): Promise<Key> {
  const { arrayId, origin } = client;
  const key = await arrayKey(client);
  if (key && key.end >= window.start) return key;
  const registered = flag((await registration(client))['diagnostic']);
  if (registered === false) {
    throw new ConfigurationError(
      `array ${arrayId} is not registered for performance collection at ${origin}: register it in Unisphere (Performance, System Registrations, Diagnostic); nothing is switched on from here`,
    );
  }
  if (key) return key;
  const said = registered ? 'although it is registered' : 'and does not say if it is registered';
  const message = `Unisphere at ${origin} has no performance data of array ${arrayId}, ${said}`;
  throw new BackendError('no_samples', message);
}

/** How performance data of this array is collected. */
async function registration({ get, arrayId }: Unisphere): Promise<Foreign> {
  const answer = await get(`/performance/Array/registrationdetails/${segment(arrayId)}`);
  const [first] = [answer['registrationDetailsInfo']].flat();
  return isObject(first) ? first : {};
}
