/** Current performance data: one request for many objects where the array has it, else one each. */
import {
  BackendError,
  compact,
  identifier,
  isObject,
  list,
  mapConcurrent,
  pause,
  text,
  type DriverContext,
  type Foreign,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import { queryValue, type Client } from './client.ts';
import {
  commonOf,
  measuresOf,
  toBulkSample,
  toSingleSample,
  type MeasuredType,
  type Measure,
  type Sample,
} from './metrics.ts';
import { PORT_KINDS } from './ports.ts';
import { isRefusal, readSystem } from './sources.ts';

/** Object type of the whole array in statistics, and the id it has there. */
const SYSTEM = { type: '201', id: '0' } as const;
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

interface Target {
  /** Object type of the array, as statistics name it. */
  readonly type: string;
  readonly id: string;
  readonly resourceId: string;
  readonly name: string | undefined;
}

/** What a session has learned about the array; nothing of it changes while the session lives. */
interface Learned {
  bulk?: 'GET' | 'POST' | 'none';
  /** Which of the two spellings the array knows. */
  singlePath?: string;
  /** Object types that accept the common measures only, by way of asking. */
  readonly common: Set<string>;
  /** Object types that were refused while it was unknown whether the array has the query. */
  readonly refused: Set<string>;
}

export function createPerformance(client: Client, context: DriverContext) {
  const learned: Learned = { common: new Set(), refused: new Set() };

  async function collect(asked: ResourceMetrics): Promise<PerfMetric[]> {
    const metrics: PerfMetric[] = [];
    let targets = 0;
    for (const type of Object.keys(COLLECTIONS) as MeasuredType[]) {
      const wanted = measuresOf(type, asked);
      if (wanted.length === 0) continue;
      for (const group of await targetsOf(client, type, context)) {
        targets += group.length;
        const samples = await samplesOf(client, learned, { type, group, wanted });
        for (const target of group) {
          const sample = samples.get(target.id);
          if (sample) metrics.push(...toMetrics(type, target, sample, wanted, context));
        }
      }
    }
    if (metrics.length === 0 && targets > 0) await explainSilence(client);
    return metrics;
  }
  return { collect };
}

type Source = readonly { readonly path: string; readonly type: string }[];

/** Where the objects of each resource type are listed, and their object type. */
const COLLECTIONS = {
  storagePool: [{ path: '/storagepool', type: '216' }],
  volume: [{ path: '/lun', type: '11' }],
  controller: [{ path: '/controller', type: '207' }],
  port: PORT_KINDS,
  disk: [{ path: '/disk', type: '10' }],
  filesystem: [{ path: '/filesystem', type: '40' }],
  storage: [],
} as const satisfies Record<MeasuredType, Source>;

/** The objects to ask about, by object type. A collection that the array lacks has none. */
async function targetsOf(
  client: Client,
  type: MeasuredType,
  context: DriverContext,
): Promise<readonly (readonly Target[])[]> {
  if (type === 'storage') {
    return [[{ ...SYSTEM, resourceId: context.storageId, name: context.name }]];
  }
  const groups: Target[][] = [];
  for (const collection of COLLECTIONS[type]) {
    try {
      groups.push((await client.list(collection.path)).flatMap((one) => toTarget(one, collection.type))); // prettier-ignore
    } catch (error) {
      if (!isRefusal(error)) throw error;
      context.log.debug({ path: collection.path, err: error }, 'no statistics: the array refuses the list'); // prettier-ignore
    }
  }
  return groups;
}

function toTarget(source: Foreign, fallback: string): Target[] {
  const id = identifier(source['ID']);
  if (id === undefined) return [];
  const type = text(source['TYPE']) ?? fallback;
  return [{ type, id, resourceId: id, name: nameOf(source, type) }];
}

/** Disks have no name; their records are named by model and serial number. */
function nameOf(source: Foreign, type: string): string | undefined {
  if (type !== '10') return text(source['NAME']);
  const [model, serial] = [text(source['MODEL']), text(source['SERIALNUMBER'])];
  return model && serial ? `${model}:${serial}` : (serial ?? model);
}

interface Query {
  readonly type: MeasuredType;
  readonly group: readonly Target[];
  readonly wanted: readonly Measure[];
}

type Samples = Map<string, Sample>;

async function samplesOf(client: Client, learned: Learned, query: Query): Promise<Samples> {
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

/** False if the array refuses the request, also with the common indicators. */
async function askBulk(
  client: Client,
  learned: Learned,
  query: Query,
  ids: readonly string[],
  samples: Samples,
): Promise<boolean> {
  const { group } = query;
  const type = group[0]?.type ?? '';
  for (const method of learned.bulk ? [learned.bulk] : (['GET', 'POST'] as const)) {
    if (method === 'POST' && !learned.bulk && !(await takesQueriesByPost(client))) break;
    for (const measures of attemptsOf(learned, `bulk ${type}`, query)) {
      try {
        const entries = await requestBulk(client, method, { type, measures, ids });
        for (const entry of entries) {
          const id = identifier(entry['object_id']) ?? (group.length === 1 ? group[0]?.id : undefined); // prettier-ignore
          if (id !== undefined && !samples.has(id)) samples.set(id, toBulkSample(entry));
        }
        aliasSystem(group, samples);
        if (entries.length > 0) learned.bulk ??= method === 'POST' ? 'POST' : 'GET';
        if (measures !== query.wanted) learned.common.add(`bulk ${type}`);
        return true;
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
  }
  return false;
}

/** An array that refuses the whole request for one unknown indicator is asked for the common ones. */
function attemptsOf(
  learned: Learned,
  key: string,
  { type, wanted }: Query,
): readonly (readonly Measure[])[] {
  const common = commonOf(type, wanted);
  if (common.length === 0 || common.length === wanted.length) return [wanted];
  return learned.common.has(key) ? [common] : [wanted, common];
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
  await mapConcurrent(query.group, CONCURRENT, async (target) => {
    if (samples.size === 0 && refused >= REFUSALS) return;
    const sample = await askOne(client, learned, query, target);
    if (sample) samples.set(target.id, sample);
    else refused += 1;
  });
  return samples;
}

async function askOne(
  client: Client,
  learned: Learned,
  query: Query,
  target: Target,
): Promise<Sample | undefined> {
  for (const measures of attemptsOf(learned, target.type, query)) {
    try {
      const [entry] = await requestOne(client, learned, target, measures);
      if (!entry) return undefined;
      if (measures !== query.wanted) learned.common.add(target.type);
      return toSingleSample(entry, measures);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  return undefined;
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
      return entries;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

function entriesOf(data: unknown): readonly Foreign[] {
  if (data === undefined || data === null) return [];
  return isObject(data) ? [data] : list(data, 'performance data');
}

function toMetrics(
  type: MeasuredType,
  target: Target,
  sample: Sample,
  wanted: readonly Measure[],
  context: DriverContext,
): PerfMetric[] {
  const time = sample.time ?? context.now();
  return wanted.flatMap(({ id, name, unit }) => {
    const value = sample.values.get(id);
    if (value === undefined) return [];
    const labels = compact<PerfMetric['labels']>({
      storage_id: context.storageId,
      resource_type: type,
      resource_id: target.resourceId,
      resource_name: target.name,
      type: 'RAW',
      unit,
    });
    return [{ name, labels, values: { [time]: value } }];
  });
}

/** No sample at all: mostly because statistics are switched off, which only an operator changes. */
async function explainSilence(client: Client): Promise<void> {
  let data: unknown;
  try {
    data = await client.get('/performance_statistic_switch');
  } catch (error) {
    if (isRefusal(error)) return;
    throw error;
  }
  const state = text((isObject(data) ? data : entriesOf(data)[0])?.['CMO_PERFORMANCE_SWITCH']);
  if (state !== '0' && state !== 'false') return;
  throw new BackendError(
    'statistics_off',
    'performance monitoring is switched off on the array; switch it on in DeviceManager (Settings, Monitoring Settings)',
  );
}
