/** The array's history: one collection for each type of resource, one row for each object and time. */
import {
  createSeries,
  identifier,
  isObject,
  number,
  type DriverContext,
  type Foreign,
  type MeasuredResource,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
  type SampleWindow,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { fileSystemsOfRoots } from './file-records.ts';
import { COLLECTIONS, FIELDS, RESOLUTION_MS } from './metrics.ts';
import { portId } from './hardware.ts';
import { label } from './records.ts';

type Measured = keyof typeof COLLECTIONS;
type Values = Partial<Record<MetricName, number | undefined>>;
/** The object that a row is about; undefined: none of the lists. */
type Whose = (row: Foreign) => MeasuredResource | undefined;

/** A type that can't be read is told; the others are the answer. */
export async function collect(
  client: Client,
  context: DriverContext,
  asked: ResourceMetrics,
  window: SampleWindow,
): Promise<readonly PerfMetric[]> {
  const { parts } = client;
  const series = createSeries(context, asked, window);
  const history = {
    start_time: window.start - RESOLUTION_MS,
    end_time: window.end,
    resolution: RESOLUTION_MS,
  };
  const types = (Object.keys(COLLECTIONS) as Measured[]).filter((type) => asked[type]);
  if (types.length === 0) return [];
  await parts.union(
    types.map(
      (type) => () =>
        parts.ifAny(async () => {
          const whose = await resources(type, client, context);
          const valuesOf = type === 'port' ? portValues : operations;
          for (const row of await client.all(COLLECTIONS[type], history)) {
            const resource = whose(row);
            const time = number(row['time']);
            if (resource && time !== undefined) series.add(resource, time, valuesOf(row));
          }
          return [type];
        }),
    ),
  );
  return series.metrics();
}

/** The newest sample has the time of the array's own clock. */
export async function latest(client: Client): Promise<number | undefined> {
  const [row] = await client.all('arrays/performance');
  return number(row?.['time']);
}

async function resources(type: Measured, client: Client, context: DriverContext): Promise<Whose> {
  if (type === 'storage') return () => ({ type, id: context.storageId });
  if (type === 'filesystem') {
    const roots = fileSystemsOfRoots(await client.all('directories'));
    return (row) => {
      const { id, name } = roots.get(identifier(row['id']) ?? '') ?? {};
      return id === undefined ? undefined : { type, id, name };
    };
  }
  return (row) => {
    const name = label(row['name']);
    const id = IDS[type](row);
    return id === undefined ? undefined : { type, id, name };
  };
}

const byId = (row: Foreign) => identifier(row['id']);
const IDS = {
  storagePool: byId,
  volume: byId,
  volumeGroup: byId,
  host: (row: Foreign) => identifier(row['name']),
  port: (row: Foreign) => portId(row['name']),
} as const;

function operations(row: Foreign): Values {
  const values: Values = {};
  for (const [measure, field] of Object.entries(FIELDS))
    values[measure as MetricName] = number(row[field]);
  values.iops = sum(values.readIops, values.writeIops);
  values.throughput = sum(values.readThroughput, values.writeThroughput);
  // The array's average counts mirrored writes, which the operations above do not.
  if (!number(row['mirrored_writes_per_sec'])) values.ioSize = number(row['bytes_per_op']);
  return values;
}

/** What a port receives is not what hosts read: both directions together. */
function portValues(row: Foreign): Values {
  const { eth, fc } = row;
  for (const side of [eth, fc].filter(isObject)) {
    const throughput = sum(
      number(side['received_bytes_per_sec']),
      number(side['transmitted_bytes_per_sec']),
    );
    if (throughput !== undefined) return { throughput };
  }
  return {};
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}
