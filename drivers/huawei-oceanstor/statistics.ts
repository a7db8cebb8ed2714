/** Current statistics: of all objects of a type where the array has such a query, else of each. */
import {
  Absent,
  byPath,
  identifier,
  isPartial,
  isRefusal,
  number,
  positive,
  Refused,
  text,
  type DriverContext,
  type Facts,
  type Foreign,
} from 'delfin-agent/driver';
import { objectsOf, queryValue, type Client } from './client.ts';
import type { Measure } from './metrics.ts';

/** The whole array in statistics. */
export const SYSTEM = { object: '201', id: '0' } as const;

export interface Target {
  /** Object type of the array, as statistics name it. */
  readonly object: string;
  readonly id: string;
}

/** Objects of one type. */
type Group = readonly Target[];
type Ids = readonly string[];
type Measures = readonly Measure[];

interface Sample {
  /** Epoch ms by the array's clock; absent if the answer has none. */
  readonly time: number | undefined;
  /** By the indicator's number; -1 of one that the object lacks is no value. */
  readonly values: ReadonlyMap<number | undefined, number | undefined>;
}
/** By the id of the object. */
type Samples = Map<string, Sample>;

/** One run. */
export interface Run {
  readonly client: Client;
  readonly context: Pick<DriverContext, 'pause'>;
  /** What the session has learned of how the array wants to be asked. */
  readonly facts: Facts;
  /** The last refusal: why there is nothing. */
  refusal?: unknown;
}

export async function readSamples(run: Run, group: Group, wanted: Measures): Promise<Samples> {
  const samples = await inBulk(run, group, wanted);
  return samples.size > 0 ? samples : await oneByOne(run, group, wanted);
}

async function unlessRefused<T>(run: Run, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The array's own words say more than that there is no such path.
    if (run.refusal === undefined || !(error instanceof Absent)) run.refusal = error;
    return undefined;
  }
}

/** The way that the array is known to answer, else one after the other until it does. */
async function byWay<W extends string>(
  { facts }: Run,
  fact: string,
  ways: readonly W[],
  ask: (way: W) => Promise<Samples | undefined>,
): Promise<Samples | undefined> {
  const known = facts.get(fact) as W | undefined;
  for (const way of known === undefined ? ways : [known]) {
    const samples = await ask(way);
    if (samples && samples.size > 0) facts.learn(fact, way);
    if (samples) return samples;
  }
  return undefined;
}

type Ask = (measures: Measures) => Promise<Samples>;

/**
 * Asks for all that is wanted. An array may refuse a whole request for one indicator that an object
 * type lacks: the common ones tell whether it is that, and each of the others is tried once.
 * `key`: what is learned is learned of; `probe`: the cheapest request that tells whether an indicator
 * is known.
 * @returns undefined if the array refuses the request itself.
 */
async function negotiate(run: Run, key: string, wanted: Measures, ask: Ask, probe = ask) {
  const fact = `lacking ${key}`;
  const known = run.facts.get(fact);
  const lacking = new Set(String(known ?? '').split(','));
  const usable = () => wanted.filter(({ id }) => !lacking.has(String(id)));
  const accepted = (measures: Measures, by = ask) =>
    measures.length > 0 ? unlessRefused(run, () => by(measures)) : undefined;
  const first = await accepted(usable());
  const common = wanted.filter((measure) => measure.common);
  if (first || known !== undefined || common.length === wanted.length) return first;
  const basic = await accepted(common);
  if (!basic) return undefined;
  for (const measure of wanted) {
    if (measure.common || (await accepted([measure], probe))) continue;
    lacking.add(String(measure.id));
  }
  run.facts.learn(fact, [...lacking].join(','));
  return usable().length > common.length ? ((await accepted(usable())) ?? basic) : basic;
}

/** Objects in one request by name. */
const CHUNK = 100;
/** Requests by name without a single sample, one after the other, until the rest is let go. */
const BARREN = 3;
const AGAIN_MS = 1_000;

/**
 * Statistics of all objects of a type in one request, as V6 has them; none where the array has no such
 * query. Facts: `bulk`, the method of the query or none; `refused`, a type that it refused.
 */
async function inBulk(run: Run, group: Group, wanted: Measures): Promise<Samples> {
  const { facts, context } = run;
  const samples: Samples = new Map();
  const [first] = group;
  if (!first || facts.get('bulk') === 'none') return samples;
  const read = async (ids: Ids = []) => {
    const found = await askInBulk(run, first, group.length === 1, wanted, ids);
    for (const [id, sample] of found ?? []) if (!samples.has(id)) samples.set(id, sample);
    return found !== undefined;
  };
  const isAccepted = await read();
  const isKnown = facts.get('bulk') !== undefined;
  if (!isAccepted && !isKnown) refuse(facts, first.object);
  if (isAccepted && isKnown && samples.size === 0) {
    // Early V6 firmware answers nothing while it works on another query.
    await context.pause(AGAIN_MS);
    await read();
  }
  if (samples.size > 0) await readRest(samples, group, read);
  return samples;
}

/** A type may have no statistics; if another has none, either, it is the query that is not there. */
function refuse(facts: Facts, object: string): void {
  const known = facts.get('refused') ?? object;
  if (known === object) facts.learn('refused', object);
  else facts.learn('bulk', 'none');
}

/** An answer may hold so many objects only: the rest by name. */
async function readRest(samples: Samples, group: Group, read: (ids: Ids) => Promise<boolean>) {
  const missing = group.filter(({ id }) => !samples.has(id)).map(({ id }) => id);
  let barren = 0;
  for (let start = 0; start < missing.length && barren < BARREN; start += CHUNK) {
    const before = samples.size;
    if (!(await read(missing.slice(start, start + CHUNK)))) break;
    barren = samples.size === before ? barren + 1 : 0;
  }
}

/** Undefined if the array refuses the request. Without `ids` all objects are asked for. */
function askInBulk(run: Run, first: Target, isOnly: boolean, wanted: Measures, ids: Ids) {
  const { object, id } = first;
  // The array names itself in statistics as it likes.
  const idOf = ({ object_id: named }: Foreign) =>
    object === SYSTEM.object ? id : (identifier(named) ?? (isOnly ? id : undefined));
  return byWay(run, 'bulk', ['GET', 'POST'], async (method) => {
    const isNew = method === 'POST' && run.facts.get('bulk') === undefined;
    if (isNew && !(await takesPost(run))) return undefined;
    const ask = (some: Ids) => async (measures: Measures) => {
      const indicators = measures.map((measure) => measure.id);
      const named = some.length > 0 ? { object_list: some } : {};
      const query = { object_type: Number(object), indicators, ...named };
      return toSamples(await requestBulk(run.client, method, query), measures, idOf);
    };
    return await negotiate(run, `bulk ${object}`, wanted, ask(ids), ask([id]));
  });
}

type Query = Readonly<Record<string, number | readonly (number | string)[]>>;

function requestBulk(client: Client, method: 'GET' | 'POST', query: Query): Promise<unknown> {
  const path = '/performance_data';
  if (method === 'POST') return client.query(path, query);
  const written = Object.entries(query).map(([name, value]) => {
    if (typeof value === 'number') return `${name}=${value}`;
    return `${name}=[${value.map(String).map(queryValue).join(',')}]`;
  });
  return client.get(path, written.join('&'));
}

/** From 6.1.2 on the query may be sent as a body; older arrays have no such request. */
async function takesPost(run: Run): Promise<boolean> {
  const system = await unlessRefused(run, run.client.system);
  const release = text(system?.['pointRelease']) ?? '';
  const [major = 0, minor = 0, patch = 0] = release.split('.').map(Number);
  return major * 10_000 + minor * 100 + patch >= 6_01_02;
}

/** After so many refusals and no answer a type of objects has no statistics. */
const REFUSALS = 5;

/** The interface's own spelling, and the one that later firmware has. */
const SINGLE_PATHS = [
  '/performace_statistic/cur_statistic_data',
  '/performance_statistic/cur_statistic_data',
] as const;

/**
 * Statistics of one object a request. Facts: `path`, how the array spells it; `none ...`, types
 * without statistics.
 */
async function oneByOne(run: Run, group: Group, wanted: Measures): Promise<Samples> {
  const samples: Samples = new Map();
  const [first, ...others] = group;
  const none = `none ${first?.object}`;
  if (!first || run.facts.get(none) !== undefined) return samples;
  let refused = 0;
  const isHopeless = () => samples.size === 0 && refused >= REFUSALS;
  const ask = async (target: Target) => {
    if (isHopeless()) return;
    const sample = (await askSingle(run, target, wanted))?.get(target.id);
    if (sample) samples.set(target.id, sample);
    else refused += 1;
  };
  let left = others;
  try {
    // What the first teaches about indicators and paths need not be found out by all.
    await ask(first);
  } catch (error) {
    if (!isPartial(error)) throw error;
    left = [...others, first];
  }
  await run.client.parts.children(left, ask);
  if (isHopeless()) run.facts.learn(none, 1);
  return samples;
}

function askSingle(run: Run, { object, id }: Target, wanted: Measures) {
  return byWay(run, 'path', SINGLE_PATHS, (path) =>
    negotiate(run, `single ${object}`, wanted, async (measures) => {
      const indicators = measures.map((measure) => measure.id).join(',');
      const query = `CMO_STATISTIC_UUID=${object}:${queryValue(id)}&CMO_STATISTIC_DATA_ID_LIST=${indicators}&timeConversion=0`;
      return toSamples(await run.client.get(path, query), measures, () => id);
    }),
  );
}

/** @throws Refused where there are values, and none of which it is clear what they are of. */
function toSamples(
  data: unknown,
  asked: Measures,
  idOf: (entry: Foreign) => string | undefined,
): Samples {
  const samples: Samples = new Map();
  // Objects without a field are none.
  const entries = objectsOf(data, 'performance data').filter((one) => Object.keys(one).length > 0);
  for (const entry of entries) {
    const [id, sample] = [idOf(entry), toSample(entry, asked)];
    if (sample && id !== undefined && !samples.has(id)) samples.set(id, sample);
  }
  if (samples.size > 0 || entries.length === 0) return samples;
  throw new Refused('unclear', 'performance data: it is unclear which values are given');
}

/** Lists, or texts with commas. */
const listed = (value: unknown): readonly unknown[] | undefined =>
  Array.isArray(value) && value.length > 0 ? value : text(value)?.split(',');
const idsIn = byPath('indicators|CMO_STATISTIC_DATA_ID_LIST', listed);
const valuesIn = byPath('indicator_values|CMO_STATISTIC_DATA_LIST', listed);
const secondsIn = byPath('timestamp|CMO_STATISTIC_TIMESTAMP', positive);

/** Old firmware doesn't repeat the numbers: the values are those asked for only if there are as many. */
function toSample(entry: Foreign, asked: Measures): Sample | undefined {
  const ids = idsIn(entry) ?? asked.map(({ id }) => id);
  const values = valuesIn(entry) ?? [];
  if (values.length !== ids.length) return undefined;
  const seconds = secondsIn(entry);
  return {
    time: seconds && seconds * 1000,
    values: new Map(ids.map((id, index) => [number(id), number(values[index])])),
  };
}
