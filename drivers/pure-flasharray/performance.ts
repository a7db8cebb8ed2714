/** The array's history: one collection for each type of resource, one row for each object and time. */
import {
  byId,
  byMeasure,
  createSeries,
  identifier,
  isPartial,
  NotSupported,
  number,
  pick,
  sum,
  type DriverContext,
  type Foreign,
  type MeasuredResource,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
  type SampleWindow,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { isRoot } from './file-records.ts';
import { portId } from './hardware.ts';
import { COLLECTIONS, FIELDS, RESOLUTION_MS } from './metrics.ts';
import { label, refId, refName } from './records.ts';

/** A gap is read piece by piece: each has a row for every object and half minute. */
const PIECE_MS = 600_000;

type Measured = keyof typeof COLLECTIONS;
type Values = Partial<Record<MetricName, number | undefined>>;

/** A type that can't be read is told; the others are the answer. */
export async function* collect(
  client: Client,
  context: DriverContext,
  asked: ResourceMetrics,
  { start, end }: SampleWindow,
): AsyncGenerator<PerfMetric> {
  const series = createSeries(context, asked, { start, end });
  const failures: unknown[] = [];
  const types = (Object.keys(COLLECTIONS) as Measured[]).filter((type) => asked[type]);
  for (const type of types) {
    try {
      const whose = await resources(type, client, context);
      for (let from = start; from <= end; from += PIECE_MS) {
        const to = Math.min(from + PIECE_MS, end + 1);
        const piece = { start_time: from - RESOLUTION_MS, end_time: to, resolution: RESOLUTION_MS };
        await client.each(COLLECTIONS[type], piece, (row) => {
          const [resource, time] = [whose(row), number(row['time']) ?? -1];
          if (resource && time >= from && time < to) series.add(resource, time, valuesOf(row));
        });
        yield* series.metrics();
      }
    } catch (error) {
      if (!isPartial(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0 && failures.length === types.length) throw failures[0];
  for (const error of failures) if (!(error instanceof NotSupported)) client.parts.tell(error);
}

/** The array's own clock, which its samples go by. */
export async function latest(client: Client): Promise<number | undefined> {
  const [row] = await client.all('arrays/performance');
  return number(row?.['time']);
}

/** The object that a row is about; undefined: none of the lists. */
type Whose = (row: Foreign) => MeasuredResource | undefined;

async function resources(type: Measured, client: Client, context: DriverContext): Promise<Whose> {
  if (type === 'storage') return () => ({ type, id: context.storageId });
  if (type === 'filesystem') {
    const root = byId((await client.all('directories')).filter(isRoot));
    return (row) => {
      const own = root(row['id']) ?? {};
      const id = refId(own, 'file_system');
      return id === undefined ? undefined : { type, id, name: refName(own, 'file_system') };
    };
  }
  return (row) => {
    const id = IDS[type](row);
    return id === undefined ? undefined : { type, id, name: label(row['name']) };
  };
}

const idOf = (row: Foreign) => identifier(row['id']);
const IDS = {
  storagePool: idOf,
  volume: idOf,
  volumeGroup: idOf,
  host: (row: Foreign) => identifier(row['name']),
  port: (row: Foreign) => portId(row['name']),
} as const;

function valuesOf(row: Foreign): Values {
  const values: Values = byMeasure(FIELDS, (field) => number(row[field]));
  values.iops = sum([values.readIops, values.writeIops]);
  values.throughput = sum([values.readThroughput, values.writeThroughput]);
  // The array's average counts mirrored writes, which the operations above do not.
  if (!number(row['mirrored_writes_per_sec'])) values.ioSize = number(row['bytes_per_op']);
  // Of a port: what it receives is not what hosts read, so both directions together.
  for (const side of ['eth', 'fc']) {
    const directions = ['received', 'transmitted'].map((one) => `${side}.${one}_bytes_per_sec`);
    values.throughput ??= sum(directions.map((path) => number(pick(row, path))));
  }
  return values;
}
