/** Performance data of an array: what there is to ask about, and what the answers become. */
import {
  BackendError,
  compact,
  identifier,
  isObject,
  text,
  type DriverContext,
  type Foreign,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { measuresOf, type MeasuredType, type Measure, type Sample } from './metrics.ts';
import { PORT_KINDS } from './ports.ts';
import { written } from './records.ts';
import { isRefusal } from './sources.ts';
import { createLearned, samplesOf, SYSTEM, type Target } from './statistics.ts';

export function createPerformance(client: Client, context: DriverContext) {
  const learned = createLearned();

  async function collect(asked: ResourceMetrics): Promise<PerfMetric[]> {
    const metrics: PerfMetric[] = [];
    let targets = 0;
    learned.refusal = undefined;
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
    if (metrics.length === 0 && targets > 0) {
      await explainSilence(client);
      if (learned.refusal) throw learned.refusal;
    }
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
  if (type !== '10') return written(source['NAME']);
  const [model, serial] = [text(source['MODEL']), text(source['SERIALNUMBER'])];
  return model && serial ? `${model}:${serial}` : (serial ?? model);
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
  const state = isObject(data) ? text(data['CMO_PERFORMANCE_SWITCH']) : undefined;
  if (state !== '0' && state !== 'false') return;
  throw new BackendError(
    'statistics_off',
    'performance monitoring is switched off on the array; switch it on in DeviceManager (Settings, Monitoring Settings)',
  );
}
