/** Requests for statistics: one for many objects where the array has it, else one each. */
import {
  createFacts,
  identifier,
  isObject,
  isPartial,
  isRefusal,
  list,
  Refused,
  text,
  type DriverContext,
  type Foreign,
} from 'delfin-agent/driver';
import { queryValue, type Client } from './client.ts';
import { readSystem } from './inventory.ts';
import {
  commonOf,
  namesItsValues,
  toBulkSample,
  toSingleSample,
  type MeasuredType,
  type Measure,
  type Sample,
} from './metrics.ts';

/** Object type of the whole array in statistics, and the id it has there. */
export const SYSTEM = { type: '201', id: '0' } as const;
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

export interface Query {
  readonly type: MeasuredType;
  readonly group: readonly Target[];
  readonly wanted: readonly Measure[];
}

export type Samples = Map<string, Sample>;

export interface Statistics {
  /** A run begins. */
  begin(): void;
  /** Current samples of a group of objects of one type, by their ids. */
  samples(query: Query): Promise<Samples>;
  /** @throws the last refusal of the run, if there was one: why there is nothing. */
  explain(): void;
}

type Method = 'GET' | 'POST';

export function createStatistics(client: Client, context: DriverContext): Statistics {
  const { parts } = client;
  /** `bulk`: method or none; `path`: spelling; `lacking ...`: indicators; `refused`, `none ...`. */
  const facts = createFacts();
  let refusal: unknown;

  /** All objects of a type in one request; those it left out by name. Empty: not on this array. */
  async function inBulk(query: Query): Promise<Samples> {
    const samples: Samples = new Map();
    if (facts.get('bulk') === 'none') return samples;
    const accepted = await askBulk(query, [], samples);
    if (accepted && samples.size === 0 && facts.get('bulk') !== undefined) {
      // Early V6 firmware answers nothing while it works on another query.
      await context.pause(AGAIN_MS);
      await askBulk(query, [], samples);
    }
    if (!accepted && facts.get('bulk') === undefined) refuseBulk(query.group[0]?.type ?? '');
    if (samples.size > 0) await askMissing(query, samples);
    return samples;
  }

  function refuseBulk(type: string): void {
    const types = new Set([
      ...String(facts.get('refused') ?? '')
        .split(' ')
        .filter(Boolean),
      type,
    ]);
    facts.learn('refused', [...types].join(' '));
    if (types.size >= REFUSED_TYPES) facts.learn('bulk', 'none');
  }

  /** An answer may hold so many objects only: the rest by name. */
  async function askMissing(query: Query, samples: Samples): Promise<void> {
    const missing = query.group.filter(({ id }) => !samples.has(id)).map(({ id }) => id);
    let barren = 0;
    for (let start = 0; start < missing.length && barren < BARREN; start += CHUNK) {
      const before = samples.size;
      if (!(await askBulk(query, missing.slice(start, start + CHUNK), samples))) return;
      barren = samples.size === before ? barren + 1 : 0;
    }
  }

  /** False if the array refuses the request. */
  async function askBulk(query: Query, ids: readonly string[], samples: Samples): Promise<boolean> {
    const { group } = query;
    const type = group[0]?.type ?? '';
    const one = group.slice(0, 1).map(({ id }) => id);
    const known = facts.get('bulk') as Method | undefined;
    for (const method of known ? [known] : (['GET', 'POST'] as const)) {
      if (method === 'POST' && !known && !(await takesQueriesByPost(client))) break;
      const answer = await negotiate(`bulk ${type}`, query, {
        ask: (measures) => requestBulk(client, method, { type, measures, ids }),
        probe: (measures) => requestBulk(client, method, { type, measures, ids: one }),
      });
      if (!answer) continue;
      for (const entry of answer.value) {
        const id = identifier(entry['object_id']) ?? (group.length === 1 ? one[0] : undefined);
        if (id !== undefined && !samples.has(id)) samples.set(id, toBulkSample(entry));
      }
      aliasSystem(group, samples);
      if (answer.value.length > 0) facts.learn('bulk', method);
      return true;
    }
    return false;
  }

  /**
   * Asks for all that is wanted. An array may refuse the whole request for one indicator that an
   * object type lacks: then the common ones tell whether it is that, and each other one is tried once.
   */
  async function negotiate<T>(
    key: string,
    { type, wanted }: Query,
    asking: Asking<T>,
  ): Promise<Accepted<T> | undefined> {
    const known = facts.get(`lacking ${key}`);
    const lacking = new Set(String(known ?? '').split(','));
    const usable = wanted.filter(({ id }) => !lacking.has(id));
    const first = await unlessRefused(usable, asking.ask);
    const common = commonOf(type, wanted);
    if (first || known !== undefined || common.length === wanted.length) return first;
    const basic = await unlessRefused(common, asking.ask);
    if (!basic) return undefined;
    for (const measure of wanted) {
      if (common.includes(measure)) continue;
      if (!(await unlessRefused([measure], asking.probe))) lacking.add(measure.id);
    }
    facts.learn(`lacking ${key}`, [...lacking].join(','));
    const accepted = wanted.filter(({ id }) => !lacking.has(id));
    if (accepted.length === common.length) return basic;
    return (await unlessRefused(accepted, asking.ask)) ?? basic;
  }

  async function unlessRefused<T>(
    measures: readonly Measure[],
    ask: (measures: readonly Measure[]) => Promise<T>,
  ): Promise<Accepted<T> | undefined> {
    if (measures.length === 0) return undefined;
    try {
      return { value: await ask(measures), measures };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal = error;
      return undefined;
    }
  }

  async function oneByOne(query: Query): Promise<Samples> {
    const { group } = query;
    const samples: Samples = new Map();
    const none = `none ${group[0]?.type ?? ''}`;
    let refused = facts.get(none) === undefined ? 0 : REFUSALS;
    const ask = async (target: Target) => {
      if (samples.size === 0 && refused >= REFUSALS) return;
      const sample = await askOne(query, target);
      if (sample) samples.set(target.id, sample);
      else refused += 1;
    };
    await parts.children(await afterFirst(group, ask), ask);
    if (samples.size === 0 && refused >= REFUSALS) facts.learn(none, 1);
    return samples;
  }

  /** What the first teaches about indicators and paths need not be found out by all. */
  async function afterFirst(
    group: readonly Target[],
    ask: (target: Target) => Promise<void>,
  ): Promise<readonly Target[]> {
    const [first, ...rest] = group;
    if (!first) return [];
    try {
      await ask(first);
      return rest;
    } catch (error) {
      if (!isPartial(error)) throw error;
      return [...rest, first];
    }
  }

  async function askOne(query: Query, target: Target): Promise<Sample | undefined> {
    const ask = (measures: readonly Measure[]) => requestOne(target, measures);
    const answer = await negotiate(`single ${target.type}`, query, { ask, probe: ask });
    const entry = answer?.value[0];
    return answer && entry ? toSingleSample(entry, answer.measures) : undefined;
  }

  async function requestOne(
    target: Target,
    measures: readonly Measure[],
  ): Promise<readonly Foreign[]> {
    const query = `CMO_STATISTIC_UUID=${target.type}:${queryValue(target.id)}&CMO_STATISTIC_DATA_ID_LIST=${measures.map(({ id }) => id).join(',')}&timeConversion=0`;
    const known = facts.get('path');
    let failure: unknown;
    for (const path of known === undefined ? SINGLE_PATHS : [String(known)]) {
      try {
        const entries = entriesOf(await client.get(path, query));
        facts.learn('path', path);
        if (!entries.every((entry) => namesItsValues(entry, measures))) {
          throw new Refused('unclear', `${path}: it is unclear which values are given`);
        }
        return entries;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  return {
    begin() {
      refusal = undefined;
    },
    async samples(query) {
      if (query.group.length === 0) return new Map();
      const samples = await inBulk(query);
      return samples.size > 0 ? samples : await oneByOne(query);
    },
    explain() {
      if (refusal) throw refusal as Error;
    },
  };
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

interface BulkRequest {
  readonly type: string;
  readonly measures: readonly Measure[];
  /** Empty: all objects of the type. */
  readonly ids: readonly string[];
}

async function requestBulk(
  client: Client,
  method: Method,
  { type, measures, ids }: BulkRequest,
): Promise<readonly Foreign[]> {
  const indicators = measures.map(({ id }) => id);
  if (method === 'POST') {
    const json = { object_type: Number(type), indicators: indicators.map(Number), ...(ids.length > 0 ? { object_list: ids } : {}) }; // prettier-ignore
    return entriesOf(await client.query('/performance_data', json));
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
  const system = await readSystem(client).catch((error: unknown): Foreign => {
    if (isRefusal(error)) return {};
    throw error;
  });
  const release = text(system['pointRelease']) ?? '';
  const [major = 0, minor = 0, patch = 0] = release.split('.').map(Number);
  return major > 6 || (major === 6 && (minor > 1 || (minor === 1 && patch >= 2)));
}

function entriesOf(data: unknown): readonly Foreign[] {
  if (data === undefined || data === null || data === '') return [];
  const entries = isObject(data) ? [data] : list(data, 'performance data');
  return entries.filter((entry) => Object.keys(entry).length > 0);
}
