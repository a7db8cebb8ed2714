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
import { createBulk, createNegotiation, createSingle, SYSTEM, type Target } from './statistics.ts';

export function createPerformance(client: Client, context: DriverContext) {
  const { parts } = client;
  const facts = createFacts();

  return async (asked: ResourceMetrics): Promise<readonly PerfMetric[]> => {
    const series = createSeries(context, asked);
    const { negotiate, refusal } = createNegotiation(facts);
    const inBulk = createBulk(client, context, facts, negotiate);
    const oneByOne = createSingle(client, facts, negotiate);
    let targets = 0;
    const collect = async (source: Source) => {
      const group = await parts.ifAny(() => targetsOf(client, source, context));
      if (!group) return undefined;
      targets += group.length;
      const wanted = wantedOf(source.type, asked);
      const all = await inBulk(group, wanted);
      const samples = all.size > 0 ? all : await oneByOne(group, wanted);
      for (const { id, resource } of group) {
        const sample = samples.get(id);
        if (!sample) continue;
        const values = wanted.map(({ name, id: number }) => [name, sample.values.get(number)]);
        series.add(resource, sample.time ?? context.now(), Object.fromEntries(values));
      }
      return group;
    };
    const sources = MEASURED.filter(({ type }) => wantedOf(type, asked).length > 0);
    if (sources.length > 0) await parts.union(sources.map((source) => () => collect(source)));
    const metrics = series.metrics();
    if (metrics.length > 0 || targets === 0) return metrics;
    const reason = (await switchedOff(client)) ?? refusal();
    if (reason !== undefined) throw reason;
    return metrics;
  };
}

interface Source {
  readonly type: MeasuredType;
  /** Where the objects are listed; absent: the array itself. */
  readonly path?: string;
  /** Their object type. */
  readonly object: string;
  /** In front of their ids, as in their list. */
  readonly prefix?: string;
  readonly name?: (one: Foreign) => string | undefined;
}

const MEASURED: readonly Source[] = [
  { type: 'storagePool', path: '/storagepool', object: '216' },
  { type: 'volume', path: '/lun', object: '11' },
  { type: 'controller', path: '/controller', object: '207' },
  ...PORT_KINDS.map(({ type, ...kind }) => ({ ...kind, type: 'port', object: type }) as const),
  { type: 'disk', path: '/disk', object: '10', name: diskName },
  { type: 'filesystem', path: '/filesystem', object: '40' },
  { type: 'storage', object: SYSTEM.object },
];

async function targetsOf(
  client: Client,
  { type, path, object, prefix = '', name }: Source,
  context: DriverContext,
): Promise<readonly Target[]> {
  if (path === undefined) {
    return [{ ...SYSTEM, resource: { type, id: context.storageId, name: context.name } }];
  }
  return withId(
    await client.list(path),
    (one, id) => ({
      object: text(one['TYPE']) ?? object,
      id,
      resource: { type, id: `${prefix}${id}`, name: name ? name(one) : identifier(one['NAME']) },
    }),
    'ID',
  );
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
