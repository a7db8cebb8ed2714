/** Performance data of an array: what there is to ask about, and what the answers become. */
import {
  BackendError,
  createSeries,
  identifier,
  isObject,
  text,
  type DriverContext,
  type Foreign,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { measuresOf, SYSTEM, type MeasuredType, type Measure, type Sample } from './metrics.ts';
import { PORT_KINDS, portId, type PortKind } from './ports.ts';
import { written } from './records.ts';
import { createStatistics, type Target } from './statistics.ts';

export function createPerformance(client: Client, context: DriverContext) {
  const { parts } = client;
  const statistics = createStatistics(client, context);

  async function collect(asked: ResourceMetrics): Promise<readonly PerfMetric[]> {
    const series = createSeries(context, asked);
    let targets = 0;
    statistics.begin();
    const groups = (Object.keys(COLLECTIONS) as MeasuredType[]).flatMap((type) => {
      const wanted = measuresOf(type, asked);
      if (wanted.length === 0) return [];
      return COLLECTIONS[type].map((source) => async () => {
        const group = await parts.ifAny(() => targetsOf(client, source, context));
        if (!group) return undefined;
        targets += group.length;
        const samples = await statistics.samples({ type, group, wanted });
        for (const target of group) {
          const sample = samples.get(target.id);
          if (!sample) continue;
          const resource = { type, id: target.resourceId, name: target.name };
          series.add(resource, sample.time ?? context.now(), valuesOf(sample, wanted));
        }
        return group;
      });
    });
    if (groups.length > 0) await parts.union(groups);
    const metrics = series.metrics();
    if (metrics.length === 0 && targets > 0) {
      await explainSilence(client);
      statistics.explain();
    }
    return metrics;
  }
  return { collect };
}

interface Source {
  /** Where the objects are listed; absent: the array itself. */
  readonly path?: string;
  /** Their object type. */
  readonly type: string;
  readonly record?: PortKind['record'];
}

/** Where the objects of each resource type are listed. */
const COLLECTIONS: Readonly<Record<MeasuredType, readonly Source[]>> = {
  storagePool: [{ path: '/storagepool', type: '216' }],
  volume: [{ path: '/lun', type: '11' }],
  controller: [{ path: '/controller', type: '207' }],
  port: PORT_KINDS,
  disk: [{ path: '/disk', type: '10' }],
  filesystem: [{ path: '/filesystem', type: '40' }],
  storage: [{ type: SYSTEM.type }],
};

async function targetsOf(
  client: Client,
  { path, type, record }: Source,
  context: DriverContext,
): Promise<readonly Target[]> {
  if (path === undefined) {
    return [{ ...SYSTEM, resourceId: context.storageId, name: context.name }];
  }
  return (await client.list(path)).flatMap((source) => {
    const id = identifier(source['ID']);
    if (id === undefined) return [];
    const named = text(source['TYPE']) ?? type;
    const resourceId = record ? portId(source, { type, record }) : id;
    return [{ type: named, id, resourceId, name: nameOf(source, named) }];
  });
}

/** Disks have no name; their records are named by model and serial number. */
function nameOf(source: Foreign, type: string): string | undefined {
  if (type !== '10') return written(source['NAME']);
  const [model, serial] = [text(source['MODEL']), text(source['SERIALNUMBER'])];
  return model && serial ? `${model}:${serial}` : (serial ?? model);
}

function valuesOf(
  { values }: Sample,
  wanted: readonly Measure[],
): Partial<Record<MetricName, number | undefined>> {
  return Object.fromEntries(wanted.map(({ id, name }) => [name, values.get(id)]));
}

/** No sample at all: mostly because statistics are switched off, which only an operator changes. */
async function explainSilence(client: Client): Promise<void> {
  const data = await client.parts.ifAny(() => client.get('/performance_statistic_switch'));
  const state = isObject(data) ? text(data['CMO_PERFORMANCE_SWITCH']) : undefined;
  if (state !== '0' && state !== 'false') return;
  throw new BackendError(
    'statistics_off',
    'performance monitoring is switched off on the array; switch it on in DeviceManager (Settings, Monitoring Settings)',
  );
}
