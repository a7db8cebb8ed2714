/** Current performance data: one request for many objects where the array has it, else one each. */
import {
  BackendError,
  compact,
  identifier,
  isObject,
  list,
  mapConcurrent,
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
/** After so many refusals in a row a type of objects has no statistics. */
const REFUSALS = 5;

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
  /** Object types that accept the common measures only. */
  readonly common: Set<string>;
}

export function createPerformance(client: Client, context: DriverContext) {
  const learned: Learned = { common: new Set() };

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
  storage: [],
  storagePool: [{ path: '/storagepool', type: '216' }],
  volume: [{ path: '/lun', type: '11' }],
  controller: [{ path: '/controller', type: '207' }],
  port: PORT_KINDS,
  disk: [{ path: '/disk', type: '10' }],
  filesystem: [{ path: '/filesystem', type: '40' }],
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
  if (samples.size > 0) return samples;
  return await oneByOne(client, learned, query);
}

/** All objects of a type in one request; those it left out by name. Empty: not on this array. */
async function inBulk(client: Client, learned: Learned, query: Query): Promise<Samples> {
  const samples: Samples = new Map();
  if (learned.bulk === 'none') return samples;
  if (!(await askBulk(client, learned, query, [], samples))) return samples;
  if (samples.size === 0) return samples;
  const missing = query.group.filter(({ id }) => !samples.has(id)).map(({ id }) => id);
  for (let start = 0; start < missing.length; start += CHUNK) {
    const before = samples.size;
    if (!(await askBulk(client, learned, query, missing.slice(start, start + CHUNK), samples))) break; // prettier-ignore
    if (samples.size === before) break;
  }
  return samples;
}

/** False if the array refuses the request. */
async function askBulk(
  client: Client,
  learned: Learned,
  { group, wanted }: Query,
  ids: readonly string[],
  samples: Samples,
): Promise<boolean> {
  const type = group[0]?.type ?? '';
  for (const method of learned.bulk ? [learned.bulk] : (['GET', 'POST'] as const)) {
    if (method === 'POST' && !learned.bulk && !(await takesQueriesByPost(client))) break;
    try {
      const data = await requestBulk(client, method, type, wanted, ids);
      for (const entry of data) {
        const id =
          identifier(entry['object_id']) ?? (group.length === 1 ? group[0]?.id : undefined);
        if (id !== undefined && !samples.has(id)) samples.set(id, toBulkSample(entry));
      }
      aliasSystem(group, samples);
      if (samples.size > 0) learned.bulk ??= method === 'none' ? 'GET' : method;
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (learned.bulk) return false;
    }
  }
  learned.bulk = 'none';
  return false;
}

async function requestBulk(
  client: Client,
  method: string,
  type: string,
  wanted: readonly Measure[],
  ids: readonly string[],
): Promise<readonly Foreign[]> {
  const indicators = wanted.map(({ id }) => id);
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
  const release = text((await readSystem(client))['pointRelease']) ?? '';
  const [major = 0, minor = 0, patch = 0] = release.split('.').map(Number);
  return major > 6 || (major === 6 && (minor > 1 || (minor === 1 && patch >= 2)));
}

async function oneByOne(client: Client, learned: Learned, query: Query): Promise<Samples> {
  const samples: Samples = new Map();
  let refused = 0;
  await mapConcurrent(query.group, CONCURRENT, async (target) => {
    if (refused >= REFUSALS) return;
    const sample = await askOne(client, learned, query, target);
    if (sample) samples.set(target.id, sample);
    refused = sample ? 0 : refused + 1;
  });
  return samples;
}

/** An array that refuses the whole request for one unknown indicator is asked for the common ones. */
async function askOne(
  client: Client,
  learned: Learned,
  { type, wanted }: Query,
  target: Target,
): Promise<Sample | undefined> {
  const common = commonOf(type, wanted);
  const attempts = learned.common.has(target.type) ? [common] : [wanted, common];
  for (const measures of attempts) {
    if (measures.length === 0) continue;
    try {
      const [entry] = await requestOne(client, learned, target, measures);
      if (!entry) return undefined;
      if (measures !== wanted) learned.common.add(target.type);
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
