/** Current statistics: of all objects of a type where the array has such a query, else of each. */
import {
  identifier,
  isPartial,
  isRefusal,
  Refused,
  text,
  type DriverContext,
  type Facts,
  type Foreign,
  type MeasuredResource,
} from 'delfin-agent/driver';
import { objectsOf, queryValue, type Client } from './client.ts';
import { readSystem } from './inventory.ts';
import { toBulkSample, toSingleSample, type Measure, type Sample } from './metrics.ts';

/** The whole array in statistics. */
export const SYSTEM = { object: '201', id: '0' } as const;

export interface Target {
  /** Object type of the array, as statistics name it. */
  readonly object: string;
  readonly id: string;
  readonly resource: MeasuredResource;
}

/** Objects of one type. */
type Group = readonly Target[];
type Samples = Map<string, Sample>;
type Ids = readonly string[];

type Ask<T> = (measures: readonly Measure[]) => Promise<T>;
type Negotiate = ReturnType<typeof createNegotiation>['negotiate'];

/** For one run: which indicators an array takes: it may refuse a whole request for one that an object type lacks. */
export function createNegotiation(facts: Facts) {
  let refusal: unknown;

  async function unlessRefused<T>(
    measures: readonly Measure[],
    ask: Ask<T>,
  ): Promise<T | undefined> {
    if (measures.length === 0) return undefined;
    try {
      return await ask(measures);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal = error;
      return undefined;
    }
  }

  return {
    /** The last refusal: why there is nothing. */
    refusal: () => refusal,
    /**
     * Asks for all that is wanted. If that is refused, the common indicators tell whether it is for one
     * of the others, and each of these is tried once. `key`: what is learned is learned of; `probe`: the
     * cheapest request that tells whether an indicator is known.
     * @returns undefined if the array refuses the request itself.
     */
    async negotiate<T extends object>(
      key: string,
      wanted: readonly Measure[],
      ask: Ask<T>,
      probe: Ask<object> = ask,
    ): Promise<T | undefined> {
      const known = facts.get(`lacking ${key}`);
      const lacking = new Set(String(known ?? '').split(','));
      const usable = () => wanted.filter(({ id }) => !lacking.has(id));
      const first = await unlessRefused(usable(), ask);
      const common = wanted.filter((measure) => measure.common);
      if (first || known !== undefined || common.length === wanted.length) return first;
      const basic = await unlessRefused(common, ask);
      if (!basic) return undefined;
      for (const measure of wanted) {
        if (measure.common) continue;
        if (!(await unlessRefused([measure], probe))) lacking.add(measure.id);
      }
      facts.learn(`lacking ${key}`, [...lacking].join(','));
      const accepted = usable();
      if (accepted.length === common.length) return basic;
      return (await unlessRefused(accepted, ask)) ?? basic;
    },
  };
}

/** Objects in one request by name. */
const CHUNK = 100;
/** After so many object types refused the array has no query for many objects. */
const REFUSED_TYPES = 2;
/** Requests by name without a single sample, one after the other, until the rest is let go. */
const BARREN = 3;
const AGAIN_MS = 1_000;

const METHODS = ['GET', 'POST'] as const;
type Method = (typeof METHODS)[number];

/**
 * Statistics of all objects of a type in one request, as V6 has them; none where the array has no such
 * query. `facts`: `bulk`, the method of the query or none; `refused`, types that it refused.
 */
export function createBulk(
  client: Client,
  context: Pick<DriverContext, 'pause'>,
  facts: Facts,
  negotiate: Negotiate,
) {
  function refuse(object: string): void {
    const known = String(facts.get('refused') ?? '').split(' ').filter(Boolean); // prettier-ignore
    const types = new Set([...known, object]);
    facts.learn('refused', [...types].join(' '));
    if (types.size >= REFUSED_TYPES) facts.learn('bulk', 'none');
  }

  /** Undefined if the array refuses the request. Without `ids` all objects are asked for. */
  async function ask({ object, id: some }: Target, wanted: readonly Measure[], ids: Ids = []) {
    const known = facts.get('bulk') as Method | undefined;
    for (const method of known ? [known] : METHODS) {
      if (method === 'POST' && !known && !(await takesQueriesByPost(client))) break;
      const request = (named: Ids) => (measures: readonly Measure[]) =>
        requestBulk(client, method, {
          object,
          indicators: measures.map(({ id }) => id),
          ids: named,
        });
      const entries = await negotiate(`bulk ${object}`, wanted, request(ids), request([some]));
      if (entries && entries.length > 0) facts.learn('bulk', method);
      if (entries) return entries;
    }
    return undefined;
  }

  return async (group: Group, wanted: readonly Measure[]): Promise<Samples> => {
    const samples: Samples = new Map();
    const [first] = group;
    if (!first || facts.get('bulk') === 'none') return samples;
    const read = async (ids?: Ids) => {
      const entries = await ask(first, wanted, ids);
      take(entries ?? [], group, samples);
      return entries !== undefined;
    };
    const accepted = await read();
    if (accepted && samples.size === 0 && facts.get('bulk') !== undefined) {
      // Early V6 firmware answers nothing while it works on another query.
      await context.pause(AGAIN_MS);
      await read();
    }
    if (!accepted && facts.get('bulk') === undefined) refuse(first.object);
    if (samples.size === 0) return samples;
    // An answer may hold so many objects only: the rest by name.
    const missing = group.filter(({ id }) => !samples.has(id)).map(({ id }) => id);
    let barren = 0;
    for (let start = 0; start < missing.length && barren < BARREN; start += CHUNK) {
      const before = samples.size;
      if (!(await read(missing.slice(start, start + CHUNK)))) break;
      barren = samples.size === before ? barren + 1 : 0;
    }
    return samples;
  };
}

function take(entries: readonly Foreign[], group: Group, samples: Samples): void {
  const only = group.length === 1 ? group[0] : undefined;
  for (const entry of entries) {
    const id = identifier(entry['object_id']) ?? only?.id;
    if (id !== undefined && !samples.has(id)) samples.set(id, toBulkSample(entry));
  }
  // The array names itself in statistics as it likes.
  const [own] = samples.values();
  if (own && only?.object === SYSTEM.object && !samples.has(only.id)) samples.set(only.id, own);
}

/** From 6.1.2 on the query may be sent as a body; older arrays have no such request. */
async function takesQueriesByPost(client: Client): Promise<boolean> {
  const system = await readSystem(client).catch((error: unknown): Foreign => {
    if (isRefusal(error)) return {};
    throw error;
  });
  const release = text(system['pointRelease']) ?? '';
  const [major = 0, minor = 0, patch = 0] = release.split('.').map(Number);
  return major * 10_000 + minor * 100 + patch >= 6_01_02;
}

interface BulkQuery {
  readonly object: string;
  readonly indicators: Ids;
  readonly ids: Ids;
}

async function requestBulk(client: Client, method: Method, { object, indicators, ids }: BulkQuery) {
  const path = '/performance_data';
  if (method === 'POST') {
    const json = { object_type: Number(object), indicators: indicators.map(Number) };
    const named = ids.length > 0 ? { ...json, object_list: ids } : json;
    return entriesOf(await client.query(path, named));
  }
  const objects = ids.length > 0 ? `&object_list=[${ids.map(queryValue).join(',')}]` : '';
  const query = `object_type=${object}&indicators=[${indicators.join(',')}]${objects}`;
  return entriesOf(await client.get(path, query));
}

/** After so many refusals and no answer a type of objects has no statistics. */
const REFUSALS = 5;

/** The interface's own spelling, and the one that later firmware has. */
const SINGLE_PATHS = [
  '/performace_statistic/cur_statistic_data',
  '/performance_statistic/cur_statistic_data',
] as const;

/**
 * Statistics of one object a request. `facts`: `path`, how the array spells it; `none ...`, types
 * without statistics.
 */
export function createSingle(client: Client, facts: Facts, negotiate: Negotiate) {
  /** None or one. */
  async function request({ object, id }: Target, measures: readonly Measure[]) {
    const indicators = measures.map((measure) => measure.id).join(',');
    const query = `CMO_STATISTIC_UUID=${object}:${queryValue(id)}&CMO_STATISTIC_DATA_ID_LIST=${indicators}&timeConversion=0`;
    const known = facts.get('path');
    let failure: unknown;
    for (const path of known === undefined ? SINGLE_PATHS : [String(known)]) {
      try {
        const [entry] = entriesOf(await client.get(path, query));
        facts.learn('path', path);
        if (!entry) return [];
        const sample = toSingleSample(entry, measures);
        if (sample) return [sample];
        throw new Refused('unclear', `${path}: it is unclear which values are given`);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  return async (group: Group, wanted: readonly Measure[]): Promise<Samples> => {
    const samples: Samples = new Map();
    const [first, ...rest] = group;
    if (!first) return samples;
    const none = `none ${first.object}`;
    let refused = facts.get(none) === undefined ? 0 : REFUSALS;
    const ask = async (target: Target) => {
      if (samples.size === 0 && refused >= REFUSALS) return;
      const key = `single ${target.object}`;
      const answer = await negotiate(key, wanted, (measures) => request(target, measures));
      const sample = answer?.[0];
      if (sample) samples.set(target.id, sample);
      else refused += 1;
    };
    // What the first teaches about indicators and paths need not be found out by all.
    const again = await ask(first).then(
      () => [],
      (error: unknown) => {
        if (isPartial(error)) return [first];
        throw error;
      },
    );
    await client.parts.children([...rest, ...again], ask);
    if (samples.size === 0 && refused >= REFUSALS) facts.learn(none, 1);
    return samples;
  };
}

/** Objects without a field are none. */
function entriesOf(data: unknown): readonly Foreign[] {
  return objectsOf(data, 'performance data').filter((entry) => Object.keys(entry).length > 0);
}
