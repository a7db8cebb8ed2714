/** Current statistics: of all objects of a type where the array has such a query, else of each. */
import {
  createFacts,
  isPartial,
  isRefusal,
  Refused,
  type DriverContext,
  type Facts,
  type Foreign,
} from 'delfin-agent/driver';
import { createBulk } from './bulk.ts';
import { queryValue, type Client } from './client.ts';
import { createNegotiation, type Negotiation } from './indicators.ts';
import {
  entriesOf,
  namesItsValues,
  toSingleSample,
  type MeasuredType,
  type Measure,
  type Sample,
} from './metrics.ts';

/** After so many refusals and no answer a type of objects has no statistics. */
const REFUSALS = 5;

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

export function createStatistics(client: Client, context: DriverContext): Statistics {
  const facts = createFacts();
  const negotiation = createNegotiation(facts);
  const inBulk = createBulk(client, context, facts, negotiation);
  const oneByOne = createSingle(client, facts, negotiation);
  return {
    begin: () => negotiation.begin(),
    async samples(query) {
      if (query.group.length === 0) return new Map();
      const samples = await inBulk(query);
      return samples.size > 0 ? samples : await oneByOne(query);
    },
    explain() {
      const refusal = negotiation.refusal();
      if (refusal) throw refusal as Error;
    },
  };
}

/** `facts`: `path`, how the array spells it; `none ...`, types without statistics. */
function createSingle(client: Client, facts: Facts, { negotiate }: Negotiation) {
  async function request(target: Target, measures: readonly Measure[]) {
    const query = `CMO_STATISTIC_UUID=${target.type}:${queryValue(target.id)}&CMO_STATISTIC_DATA_ID_LIST=${measures.map(({ id }) => id).join(',')}&timeConversion=0`;
    const known = facts.get('path');
    let failure: unknown;
    for (const path of known === undefined ? SINGLE_PATHS : [String(known)]) {
      try {
        const entries: readonly Foreign[] = entriesOf(await client.get(path, query));
        facts.learn('path', path);
        if (entries.every((entry) => namesItsValues(entry, measures))) return entries;
        throw new Refused('unclear', `${path}: it is unclear which values are given`);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  async function askOne({ type, wanted }: Query, target: Target): Promise<Sample | undefined> {
    const ask = (measures: readonly Measure[]) => request(target, measures);
    const answer = await negotiate(`single ${target.type}`, type, wanted, { ask, probe: ask });
    const entry = answer?.value[0];
    return answer && entry ? toSingleSample(entry, answer.measures) : undefined;
  }

  return async (query: Query): Promise<Samples> => {
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
    await client.parts.children(await afterFirst(group, ask), ask);
    if (samples.size === 0 && refused >= REFUSALS) facts.learn(none, 1);
    return samples;
  };
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
