/** Statistics of all objects of a type in one request, as V6 has them. */
import {
  identifier,
  isRefusal,
  text,
  type DriverContext,
  type Facts,
  type Foreign,
} from 'delfin-agent/driver';
import { queryValue, type Client } from './client.ts';
import type { Negotiation } from './indicators.ts';
import { readSystem } from './inventory.ts';
import { entriesOf, SYSTEM, toBulkSample, type Measure } from './metrics.ts';
import type { Query, Samples, Target } from './statistics.ts';

/** Objects in one request by name. */
const CHUNK = 100;
/** After so many object types refused the array has no query for many objects. */
const REFUSED_TYPES = 2;
/** Requests by name without a single sample, one after the other, until the rest is let go. */
const BARREN = 3;
const AGAIN_MS = 1_000;

type Method = 'GET' | 'POST';

/**
 * `facts`: `bulk`, the method that the array takes, or none; `refused`, types that it refused.
 * @returns a function whose answer is empty where the array has no such query.
 */
export function createBulk(
  client: Client,
  context: Pick<DriverContext, 'pause'>,
  facts: Facts,
  { negotiate }: Negotiation,
): (query: Query) => Promise<Samples> {
  function refuse(type: string): void {
    const types = new Set(String(facts.get('refused') ?? '').split(' ').filter(Boolean)).add(type); // prettier-ignore
    facts.learn('refused', [...types].join(' '));
    if (types.size >= REFUSED_TYPES) facts.learn('bulk', 'none');
  }

  /** An answer may hold so many objects only: the rest by name. */
  async function askMissing(query: Query, samples: Samples): Promise<void> {
    const missing = query.group.filter(({ id }) => !samples.has(id)).map(({ id }) => id);
    let barren = 0;
    for (let start = 0; start < missing.length && barren < BARREN; start += CHUNK) {
      const before = samples.size;
      if (!(await ask(query, missing.slice(start, start + CHUNK), samples))) return;
      barren = samples.size === before ? barren + 1 : 0;
    }
  }

  /** False if the array refuses the request. Without `ids` all objects are asked for. */
  async function ask(query: Query, ids: readonly string[], samples: Samples): Promise<boolean> {
    const { group, type, wanted } = query;
    const object = group[0]?.type ?? '';
    const one = group.slice(0, 1).map(({ id }) => id);
    const known = facts.get('bulk') as Method | undefined;
    for (const method of known ? [known] : (['GET', 'POST'] as const)) {
      if (method === 'POST' && !known && !(await takesQueriesByPost(client))) break;
      const request = (some: readonly string[]) => (measures: readonly Measure[]) =>
        requestBulk(client, method, { object, measures, ids: some });
      const asking = { ask: request(ids), probe: request(one) };
      const answer = await negotiate(`bulk ${object}`, type, wanted, asking);
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

  return async (query) => {
    const samples: Samples = new Map();
    if (facts.get('bulk') === 'none') return samples;
    const accepted = await ask(query, [], samples);
    if (accepted && samples.size === 0 && facts.get('bulk') !== undefined) {
      // Early V6 firmware answers nothing while it works on another query.
      await context.pause(AGAIN_MS);
      await ask(query, [], samples);
    }
    if (!accepted && facts.get('bulk') === undefined) refuse(query.group[0]?.type ?? '');
    if (samples.size > 0) await askMissing(query, samples);
    return samples;
  };
}

interface BulkRequest {
  readonly object: string;
  readonly measures: readonly Measure[];
  readonly ids: readonly string[];
}

async function requestBulk(
  client: Client,
  method: Method,
  { object, measures, ids }: BulkRequest,
): Promise<readonly Foreign[]> {
  const indicators = measures.map(({ id }) => id);
  if (method === 'POST') {
    const json = { object_type: Number(object), indicators: indicators.map(Number), ...(ids.length > 0 ? { object_list: ids } : {}) }; // prettier-ignore
    return entriesOf(await client.query('/performance_data', json));
  }
  const objects = ids.length > 0 ? `&object_list=[${ids.map(queryValue).join(',')}]` : '';
  const query = `object_type=${object}&indicators=[${indicators.join(',')}]${objects}`;
  return entriesOf(await client.get('/performance_data', query));
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
