/** Requests for statistics: one for many objects where the array has it, else one each. */
import {
  identifier,
  InvalidResponse,
  isObject,
  list,
  mapConcurrent,
  NotSupported,
  pause,
  text,
  type Foreign,
} from 'delfin-agent/driver';
import { queryValue, type Client } from './client.ts';
import {
  commonOf,
  namesItsValues,
  toBulkSample,
  toSingleSample,
  type MeasuredType,
  type Measure,
  type Sample,
} from './metrics.ts';
import { isRefusal, readSystem } from './sources.ts';

/** Object type of the whole array in statistics, and the id it has there. */
export const SYSTEM = { type: '201', id: '0' } as const;
const CONCURRENT = 4;
/** Objects in one request by name. */
const CHUNK = 100;
/** After so many refusals and no answer a type of objects has no statistics. */
const REFUSALS = 5;
/** After so many object types refused the array has no query for many objects. */
const REFUSED_TYPES = 2;
/** Requests by name without a single sample, one after the other, until the rest is let go. */
const BARREN = 3;
const AGAIN_MS = 1_000;

/** The interface's own spelling, and the one that later firmware has. */
const SINGLE_PATHS = [
  '/performace_statistic/cur_statistic_data',
  '/performance_statistic/cur_statistic_data',
] as const;

export interface Target {
  /** Object type of the array, as statistics name it. */
  readonly type: string;
  readonly id: string;
  readonly resourceId: string;
  readonly name: string | undefined;
}

/** What a session has learned about the array; nothing of it changes while the session lives. */
export interface Learned {
  bulk?: 'GET' | 'POST' | 'none';
  /** Which of the two spellings the array knows. */
  singlePath?: string;
  /** Indicators that an object type lacks, by way of asking and type. */
  readonly lacking: Map<string, ReadonlySet<string>>;
  /** Object types that were refused while it was unknown whether the array has the query. */
  readonly refused: Set<string>;
  /** The last refusal: why there is nothing, if there is nothing. */
  refusal?: unknown;
}

export const createLearned = (): Learned => ({ lacking: new Map(), refused: new Set() });

export interface Query {
  readonly type: MeasuredType;
  readonly group: readonly Target[];
  readonly wanted: readonly Measure[];
}

export type Samples = Map<string, Sample>;

/** Current samples of a group of objects of one type, by their ids. */
export async function samplesOf(client: Client, learned: Learned, query: Query): Promise<Samples> {
  if (query.group.length === 0) return new Map();
  const samples = await inBulk(client, learned, query);
  return samples.size > 0 ? samples : await oneByOne(client, learned, query);
}

/** All objects of a type in one request; those it left out by name. Empty: not on this array. */
async function inBulk(client: Client, learned: Learned, query: Query): Promise<Samples> {
  const samples: Samples = new Map();
  const type = query.group[0]?.type ?? '';
  if (learned.bulk === 'none') return samples;
  const accepted = await askBulk(client, learned, query, [], samples);
  if (accepted && samples.size === 0 && learned.bulk) {
    // Early V6 firmware answers nothing while it works on another query.
    await pause(AGAIN_MS);
    await askBulk(client, learned, query, [], samples);
  }
  if (!accepted && !learned.bulk) {
    learned.refused.add(type);
    if (learned.refused.size >= REFUSED_TYPES) learned.bulk = 'none';
  }
  if (samples.size > 0) await askMissing(client, learned, query, samples);
  return samples;
}

/** An answer may hold so many objects only: the rest by name. */
async function askMissing(
  client: Client,
  learned: Learned,
  query: Query,
  samples: Samples,
): Promise<void> {
  const missing = query.group.filter(({ id }) => !samples.has(id)).map(({ id }) => id);
  let barren = 0;
  for (let start = 0; start < missing.length && barren < BARREN; start += CHUNK) {
    const before = samples.size;
    const ids = missing.slice(start, start + CHUNK);
    if (!(await askBulk(client, learned, query, ids, samples))) return;
    barren = samples.size === before ? barren + 1 : 0;
  }
}

/** False if the array refuses the request. */
async function askBulk(
  client: Client,
  learned: Learned,
  query: Query,
  ids: readonly string[],
  samples: Samples,
): Promise<boolean> {
  const { group } = query;
  const type = group[0]?.type ?? '';
  const one = group.slice(0, 1).map(({ id }) => id);
  for (const method of learned.bulk ? [learned.bulk] : (['GET', 'POST'] as const)) {
    if (method === 'POST' && !learned.bulk && !(await takesQueriesByPost(client))) break;
    const answer = await negotiate(learned, `bulk ${type}`, query, {
      ask: (measures) => requestBulk(client, method, { type, measures, ids }),
      probe: (measures) => requestBulk(client, method, { type, measures, ids: one }),
    });
    if (!answer) continue;
    for (const entry of answer.value) {
      const id = identifier(entry['object_id']) ?? (group.length === 1 ? one[0] : undefined);
      if (id !== undefined && !samples.has(id)) samples.set(id, toBulkSample(entry));
    }
    aliasSystem(group, samples);
    if (answer.value.length > 0) learned.bulk ??= method === 'POST' ? 'POST' : 'GET';
    return true;
  }
  return false;
}

interface Asking<T> {
  ask(measures: readonly Measure[]): Promise<T>;
  /** The cheapest request that tells whether an indicator is known. */
  probe(measures: readonly Measure[]): Promise<unknown>;
}

interface Accepted<T> {
  readonly value: T;
  readonly measures: readonly Measure[];
}

/**
 * Asks for all that is wanted. An array may refuse the whole request for one indicator that an
 * object type lacks: then the common ones tell whether it is that, and each other one is tried once.
 */
async function negotiate<T>(
  learned: Learned,
  key: string,
  { type, wanted }: Query,
  asking: Asking<T>,
): Promise<Accepted<T> | undefined> {
  const known = learned.lacking.get(key);
  const usable = wanted.filter(({ id }) => !known?.has(id));
  const first = await unlessRefused(learned, usable, asking.ask);
  const common = commonOf(type, wanted);
  if (first || known || common.length === wanted.length) return first;
  const basic = await unlessRefused(learned, common, asking.ask);
  if (!basic) return undefined;
  const lacking = new Set<string>();
  for (const measure of wanted) {
    if (common.includes(measure)) continue;
    if (!(await unlessRefused(learned, [measure], asking.probe))) lacking.add(measure.id);
  }
  learned.lacking.set(key, lacking);
  const accepted = wanted.filter(({ id }) => !lacking.has(id));
  if (accepted.length === common.length) return basic;
  return (await unlessRefused(learned, accepted, asking.ask)) ?? basic;
}

async function unlessRefused<T>(
  learned: Learned,
  measures: readonly Measure[],
  ask: (measures: readonly Measure[]) => Promise<T>,
): Promise<Accepted<T> | undefined> {
  if (measures.length === 0) return undefined;
  try {
    return { value: await ask(measures), measures };
  } catch (error) {
    if (!isRefusal(error) && !(error instanceof InvalidResponse)) throw error;
    learned.refusal = error;
    return undefined;
  }
}

interface BulkRequest {
  readonly type: string;
  readonly measures: readonly Measure[];
  /** Empty: all objects of the type. */
  readonly ids: readonly string[];
}

async function requestBulk(
  client: Client,
  method: string,
  { type, measures, ids }: BulkRequest,
): Promise<readonly Foreign[]> {
  const indicators = measures.map(({ id }) => id);
  if (method === 'POST') {
    const json = { object_type: Number(type), indicators: indicators.map(Number), ...(ids.length > 0 ? { object_list: ids } : {}) }; // prettier-ignore
    return entriesOf(await client.send('POST', '/performance_data', json));
  }
  const objects = ids.length > 0 ? `&object_list=[${ids.map(queryValue).join(',')}]` : '';
  return entriesOf(
    await client.get(
      '/performance_data',
      `object_type=${type}&indicators=[${indicators.join(',')}]${objects}`,
    ),
  );
}

/** The array names itself in statistics as it likes; it is the only object of its type. */
function aliasSystem(group: readonly Target[], samples: Samples): void {
  const [only] = group;
  if (only?.type !== SYSTEM.type || samples.has(only.id)) return;
  const [first] = samples.values();
  if (first) samples.set(only.id, first);
}

/** From 6.1.2 on the query may be sent as a body; older arrays have no such request. */
async function takesQueriesByPost(client: Client): Promise<boolean> {
  try {
    const release = text((await readSystem(client))['pointRelease']) ?? '';
    const [major = 0, minor = 0, patch = 0] = release.split('.').map(Number);
    return major > 6 || (major === 6 && (minor > 1 || (minor === 1 && patch >= 2)));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return false;
  }
}

async function oneByOne(client: Client, learned: Learned, query: Query): Promise<Samples> {
  const samples: Samples = new Map();
  let refused = 0;
  const ask = async (target: Target) => {
    if (samples.size === 0 && refused >= REFUSALS) return;
    const sample = await askOne(client, learned, query, target);
    if (sample) samples.set(target.id, sample);
    else refused += 1;
  };
  // What the first teaches about indicators and paths need not be found out by all.
  const [first, ...rest] = query.group;
  if (first) await ask(first);
  await mapConcurrent(rest, CONCURRENT, ask);
  return samples;
}

async function askOne(
  client: Client,
  learned: Learned,
  query: Query,
  target: Target,
): Promise<Sample | undefined> {
  const ask = (measures: readonly Measure[]) => requestOne(client, learned, target, measures);
  const answer = await negotiate(learned, `single ${target.type}`, query, { ask, probe: ask });
  const entry = answer?.value[0];
  return answer && entry ? toSingleSample(entry, answer.measures) : undefined;
}

async function requestOne(
  client: Client,
  learned: Learned,
  target: Target,
  measures: readonly Measure[],
): Promise<readonly Foreign[]> {
  const query = `CMO_STATISTIC_UUID=${target.type}:${queryValue(target.id)}&CMO_STATISTIC_DATA_ID_LIST=${measures.map(({ id }) => id).join(',')}&timeConversion=0`;
  let failure: unknown;
  for (const path of learned.singlePath ? [learned.singlePath] : SINGLE_PATHS) {
    try {
      const entries = entriesOf(await client.get(path, query));
      learned.singlePath = path;
      if (!entries.every((entry) => namesItsValues(entry, measures))) {
        throw new NotSupported(`${path}: it is unclear which values are given`);
      }
      return entries;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

function entriesOf(data: unknown): readonly Foreign[] {
  if (data === undefined || data === null || data === '') return [];
  const entries = isObject(data) ? [data] : list(data, 'performance data');
  return entries.filter((entry) => Object.keys(entry).length > 0);
}
