/** Samples of many objects: of a category, of the ports of its directors, of all volumes. */
import { NotSupported, type MeasuredResource } from 'delfin-agent/driver';
import { listed } from './answers.ts';
import {
  addSamples,
  createAsking,
  type Asking,
  type PerformanceOptions,
  type Run,
  type VolumeRange,
} from './asking.ts';
import { bulkSamples, rangeFor } from './bulk.ts';
import { segment } from './ids.ts';
import { VOLUME_HOURS_MS, type Category } from './metrics.ts';
import { clip, type Key, type Window } from './registration.ts';
import { HOST_VOLUMES } from './volumes.ts';

/** Volumes asked for with one request. */
const VOLUMES_PER_REQUEST = 1_000;

export type Keys = () => Promise<readonly Key[]>;

export interface Requests extends Pick<Asking, 'keys' | 'samples' | 'tellLacking'> {
  /** Samples of all objects of a category. */
  objects(category: Category, keys: Keys, run: Run): Promise<void>;
  ports(directors: Category, ports: Category, keys: Keys, run: Run): Promise<void>;
  volumes(run: Run): Promise<void>;
}

export function createRequests(options: PerformanceOptions): Requests {
  const asking = createAsking(options);
  const { parts } = options.unisphere;
  return {
    ...asking,
    objects: (category, keys, run) => readObjects(options, asking, { category, keys, run }),
    async ports(directors, ports, ask, run) {
      await parts.children(await ask(), async (director) => {
        const selected = { [directors.id]: director.id };
        const own = await listed(() => asking.keys(ports, selected));
        await parts.children(own, async (port) => {
          const part = clip(run.window, port);
          if (!part) return;
          const resource = resourceOf(ports, `${director.id}:${port.id}`);
          const body = { ...selected, [ports.id]: port.id };
          await listed(() => asking.samples(ports, body, resource, { ...run, window: part }));
        });
      });
    },
    volumes: (run) => readVolumes(options, asking, run),
  };
}

interface Objects {
  readonly category: Category;
  readonly keys: Keys;
  readonly run: Run;
}

async function readObjects(
  { unisphere, arrayId, context }: PerformanceOptions,
  asking: Asking,
  { category, keys, run }: Objects,
): Promise<void> {
  const { parts } = unisphere;

  async function oneByOne(own: Category, known: readonly Key[]): Promise<void> {
    await parts.children(known, async (key) => {
      const part = clip(run.window, key);
      if (!part) return;
      const resource = resourceOf(own, key.id);
      const selected = { [own.id]: key.id };
      await listed(() => asking.samples(own, selected, resource, { ...run, window: part }));
    });
  }
  const single = async () => await oneByOne(category, await keys());

  async function inBulk(hours: number): Promise<void> {
    const found = await bulkSamples(unisphere, { arrayId, category }, { ...run, hours });
    for (const [id, told] of found)
      addSamples(run.series, category, resourceOf(category, id), told);
  }

  const hours = rangeFor(run.window, context.now());
  if (category.bulk && unisphere.hasBulk && hours !== undefined) {
    const ways = [{ ask: () => inBulk(hours) }, { ask: single }];
    return await parts.either(`${category.category} in bulk`, ways);
  }
  const { otherwise } = category;
  if (!otherwise) return await single();
  const known = await keysOrRefusal(keys);
  if (!(known instanceof NotSupported) && known.length > 0) return await oneByOne(category, known);
  try {
    await oneByOne(otherwise, await asking.keys(otherwise, {}));
    asking.tellLacking(otherwise);
  } catch (error) {
    // Neither: then the first refusal says more.
    throw error instanceof NotSupported && known instanceof NotSupported ? known : error;
  }
}

async function readVolumes(
  { unisphere, arrayId }: PerformanceOptions,
  asking: Asking,
  run: Run,
): Promise<void> {
  const path = `/${unisphere.version}/sloprovisioning/symmetrix/${segment(arrayId)}/volume`;
  const ids = (await unisphere.ids(path, 'volumeId', HOST_VOLUMES)).toSorted();
  const known = new Set(ids);
  const pieces = rangesOf(ids).flatMap((range) =>
    hoursOf(run.window).map((window) => ({ range, window })),
  );
  await unisphere.parts.children(pieces, ({ range, window }) =>
    asking.volumes(range, known, { ...run, window }),
  );
}

async function keysOrRefusal(ask: Keys): Promise<readonly Key[] | NotSupported> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NotSupported) return error;
    throw error;
  }
}

function resourceOf({ type, prefix = '' }: Category, own: string): MeasuredResource {
  const id = `${prefix}${own}`;
  return { type, id, name: id };
}

function rangesOf(ids: readonly string[]): VolumeRange[] {
  return Array.from({ length: Math.ceil(ids.length / VOLUMES_PER_REQUEST) }, (_, at) => {
    const range = ids.slice(at * VOLUMES_PER_REQUEST, (at + 1) * VOLUMES_PER_REQUEST);
    return { volumeStartRange: range[0], volumeEndRange: range.at(-1) };
  });
}

/** A request may be about one hour at most; a window that was missed is longer. */
function hoursOf({ start, end }: Window): Window[] {
  const count = Math.floor((end - start) / VOLUME_HOURS_MS) + 1;
  return Array.from({ length: count }, (_, at) => {
    const from = start + at * VOLUME_HOURS_MS;
    return { start: from, end: Math.min(end, from + VOLUME_HOURS_MS - 1) };
  });
}
