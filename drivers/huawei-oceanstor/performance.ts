/** Performance data of an array: what there is to ask about, and what the answers become. */
import {
  BackendError,
  createFacts,
  createSeries,
  identifier,
  pick,
  text,
  withId,
  type DriverContext,
  type Foreign,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { diskName, PORT_KINDS } from './hardware.ts';
import { wantedOf, type MeasuredType } from './metrics.ts';
import { readSamples, SYSTEM, type Run } from './statistics.ts';

export function createPerformance(client: Client, context: DriverContext) {
  const facts = createFacts();

  return async (asked: ResourceMetrics): Promise<readonly PerfMetric[]> => {
    const series = createSeries(context, asked);
    const run: Run = { client, context, facts };
    let targets = 0;
    const collect = async (source: Source) => {
      const group = await client.parts.ifAny(() => targetsOf(client, source, context));
      if (!group) return undefined;
      targets += group.length;
      const wanted = wantedOf(source.type, asked);
      const samples = await readSamples(run, group, wanted);
      for (const { id, resource } of group) {
        const sample = samples.get(id);
        if (!sample) continue;
        const values = wanted.map(({ name, id: number }) => [name, sample.values.get(number)]);
        series.add(resource, sample.time ?? context.now(), Object.fromEntries(values));
      }
      return group;
    };
    const sources = MEASURED.filter(({ type }) => wantedOf(type, asked).length > 0);
    await client.parts.union(sources.map((source) => () => collect(source)));
    const metrics = series.metrics();
    if (metrics.length > 0 || targets === 0) return metrics;
    const reason = (await switchedOff(client)) ?? run.refusal;
    if (reason !== undefined) throw reason;
    return metrics;
  };
}

interface Source {
  readonly type: MeasuredType;
  /** Where the objects are listed; '': the array itself. */
  readonly path: string;
  /** Their object type. */
  readonly object: string;
  /** In front of their ids, as in their list. */
  readonly prefix?: string;
}

const MEASURED: readonly Source[] = [
  { type: 'storagePool', path: '/storagepool', object: '216' },
  { type: 'volume', path: '/lun', object: '11' },
  { type: 'controller', path: '/controller', object: '207' },
  ...PORT_KINDS.map(({ type, ...kind }) => ({ ...kind, type: 'port', object: type }) as const),
  { type: 'disk', path: '/disk', object: '10' },
  { type: 'filesystem', path: '/filesystem', object: '40' },
  { type: 'storage', path: '', object: SYSTEM.object },
];

async function targetsOf(
  { list }: Client,
  { type, path, object, prefix = '' }: Source,
  { storageId, name }: DriverContext,
) {
  if (path === '') return [{ ...SYSTEM, resource: { type, id: storageId, name } }];
  const nameOf = type === 'disk' ? diskName : ({ NAME }: Foreign) => identifier(NAME);
  const toTarget = (one: Foreign, id: string) => ({
    object: text(one['TYPE']) ?? object,
    id,
    resource: { type, id: `${prefix}${id}`, name: nameOf(one) },
  });
  return withId(await list(path), toTarget, 'ID');
}

/** Why there is mostly no sample at all; only an operator changes it. */
async function switchedOff(client: Client): Promise<BackendError | undefined> {
  const data = await client.parts.ifAny(() => client.get('/performance_statistic_switch'));
  const state = text(pick(data, 'CMO_PERFORMANCE_SWITCH')) ?? '';
  if (!['0', 'false'].includes(state)) return undefined;
  return new BackendError(
    'statistics_off',
    'performance monitoring is switched off on the array; switch it on in DeviceManager (Settings, Monitoring Settings)',
  );
}
