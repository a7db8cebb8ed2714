/** Collecting: the newest sample of every object, and what was missed of a few. */
import {
  createSeries,
  identifier,
  NotSupported,
  type DriverContext,
  type Foreign,
  type PerfMetric,
  type ResourceMetrics,
  type Series,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import {
  between,
  collectionOf,
  MEASURED,
  RECENT_HISTORY,
  toCounters,
  toSample,
  type Counters,
  type Measured,
  type Sample,
} from './metrics.ts';

/** A window longer than this is no usual one: samples have been missed. */
const GAP_MS = 5 * 60_000;
/** Histories are asked for object by object. */
const MOST_HISTORIES = 100;

export interface Performance {
  collect(asked: ResourceMetrics, start: number, end: number): Promise<readonly PerfMetric[]>;
}

interface Round {
  readonly series: Series;
  readonly isGap: boolean;
  /** Histories that may still be asked for. */
  histories: number;
  /** Objects of which samples are missing. */
  unasked: number;
}

export function createPerformance(client: Client, context: DriverContext): Performance {
  const { parts } = client;
  /** The last good counters by path, then by object. */
  const counted = new Map<string, ReadonlyMap<string, Counters>>();

  async function read(measured: Measured): Promise<readonly Foreign[]> {
    if (!measured.single) return await client.select(collectionOf(measured));
    const { fields } = collectionOf(measured);
    return [await client.one(measured.path, { fields: fields.join(',') })];
  }

  async function collectKind(measured: Measured, round: Round): Promise<readonly Foreign[]> {
    const records = await read(measured);
    const before = counted.get(measured.path);
    const now = new Map<string, Counters>();
    const refused = new Map<string, number>();
    const found: { readonly resource: Resource; readonly record: Foreign }[] = [];
    for (const record of records) {
      const resource = resourceOf(measured, record, context.storageId);
      if (!resource) continue;
      const counters = toCounters(record);
      if (counters) now.set(resource.id, counters);
      const sample = newest(measured, record, before?.get(resource.id), counters);
      if (typeof sample === 'string') refused.set(sample, (refused.get(sample) ?? 0) + 1);
      else if (sample) {
        round.series.add(resource, sample.time, sample.values);
        found.push({ resource, record });
      }
    }
    counted.set(measured.path, now);
    tellRefused(measured, refused);
    if (round.isGap) await fillGap(measured, found, round);
    return records;
  }

  /**
   * No sample is made of one that the array does not vouch for. It says so itself and may go on to: a lack,
   * in one text for each reason, which is no failure of each round.
   */
  function tellRefused({ path }: Measured, refused: ReadonlyMap<string, number>): void {
    for (const [reason, count] of refused) {
      parts.tell(
        new NotSupported(
          `GET ${path}: the array vouches for no sample of ${count} objects: ${reason}`,
        ),
      );
    }
  }

  async function fillGap(
    measured: Measured,
    found: readonly { readonly resource: Resource; readonly record: Foreign }[],
    round: Round,
  ): Promise<void> {
    const asked = found.slice(0, round.histories);
    round.histories -= asked.length;
    round.unasked += found.length - asked.length;
    const histories = await parts.children(asked, ({ record }) =>
      client.pages(historyOf(measured, record), { interval: RECENT_HISTORY, fields: '*' }, keyOf),
    );
    for (const [index, history] of histories.entries()) {
      const resource = asked[index]?.resource;
      if (!resource || !history) continue;
      for (const one of history) {
        const sample = toSample(measured, one);
        if (typeof sample === 'object') round.series.add(resource, sample.time, sample.values);
      }
    }
  }

  return {
    async collect(asked, start, end) {
      const kinds = MEASURED.filter(({ type, measures }) => {
        const wanted = asked[type] ?? {};
        return Object.keys(measures).some((name) => name in wanted);
      });
      const round: Round = {
        series: createSeries(context, asked, { start, end }),
        isGap: end - start > GAP_MS,
        histories: MOST_HISTORIES,
        unasked: 0,
      };
      await parts.union(kinds.map((kind) => () => parts.ifAny(() => collectKind(kind, round))));
      if (round.unasked > 0) {
        parts.tell(
          new NotSupported(
            `missed samples of ${round.unasked} objects are not asked for: each would take a request`,
          ),
        );
      }
      return round.series.metrics();
    },
  };
}

interface Resource {
  readonly type: Measured['type'];
  readonly id: string;
  readonly name: string | undefined;
}

function resourceOf(
  { type, single }: Measured,
  record: Foreign,
  storageId: string,
): Resource | undefined {
  const id = single ? storageId : identifier(record['uuid']);
  return id === undefined ? undefined : { type, id, name: identifier(record['name']) };
}

/** The array's own sample; where it has none to vouch for, what its counters say since the last round. */
function newest(
  measured: Measured,
  record: Foreign,
  before: Counters | undefined,
  after: Counters | undefined,
): Sample | string | undefined {
  const sample = toSample(measured, record['metric']);
  if (typeof sample !== 'string') return sample;
  return (before && after && between(measured, before, after)) ?? sample;
}

function historyOf({ path, single }: Measured, record: Foreign): string {
  return single
    ? `${path}/metrics`
    : `${path}/${encodeURIComponent(identifier(record['uuid']) ?? '')}/metrics`;
}

function keyOf(sample: Foreign): string {
  return identifier(sample['timestamp']) ?? '';
}
