/** Samples by the batch: the same truth as series for each resource, and handed over while they are read. */
import {
  defineDriver,
  Type,
  type MetricBatch,
  type PerfMetric,
  type Session,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { collectPerformance, type Collector } from '../../src/backend/collect.ts';
import { seriesOf } from '../../src/backend/columns.ts';
import { openDriver } from '../../src/testing/open.ts';
import { checkedSeries, seriesOfBatch } from '../kit/samples.ts';

const NOW = 1_790_000_000_000;

const batch = (further: Partial<MetricBatch> = {}): MetricBatch => ({
  name: 'iops',
  resource_type: 'volume',
  unit: 'IOPS',
  ids: ['a', 'b'],
  names: ['one', undefined],
  times: [NOW, NOW],
  values: [1, 2],
  ...further,
});

describe('a batch', () => {
  it('says what a series for each resource says', () => {
    const mixed = batch({
      name: 'readThroughput',
      unit: 'MiB/s',
      ids: ['b', 'a', 'b', 'a'],
      names: ['two', 'one', 'two', 'one'],
      times: [NOW, NOW - 60_000, NOW - 60_000, NOW],
      values: [4, 1, 3, 2],
    });
    const all = [batch(), mixed, batch({ resource_type: 'disk', ids: ['0', '1'] })];
    const told = checkedSeries(all, NOW);
    expect(told).toEqual(checkedSeries(all.flatMap(seriesOfBatch), NOW));
    expect(told.series.find(({ name }) => name === 'readThroughput')).toEqual({
      name: 'readThroughput',
      resource_type: 'volume',
      resource_id: 'a',
      resource_name: 'one',
      times: [NOW - 60_000, NOW],
      values: [2 ** 20, 2 ** 21],
    });
    const [first, ...others] = all.flatMap(seriesOfBatch);
    expect(checkedSeries([...(first ? [first] : []), batch(), ...others], NOW)).toEqual(told);
  });

  it('has one value for a time: the first, wherever it comes from', () => {
    const twice = batch({ ids: ['a', 'a', 'a'], names: ['', '', ''], times: [NOW, NOW - 1, NOW], values: [1, 2, 3] }); // prettier-ignore
    const { series } = checkedSeries([twice, batch({ values: [9, 9] })], NOW);
    expect(series.map(({ resource_id, values }) => [resource_id, values])).toEqual([
      ['a', [2, 1]],
      ['b', [9]],
    ]);
  });

  it('is filled in with sums for those resources that have none', () => {
    const ids = ['a', 'b', 'c'];
    const of = (name: MetricBatch['name'], ...values: number[]) =>
      batch({ name, ids, names: ids, times: [NOW, NOW, NOW - 1], values });
    const writes = batch({ name: 'writeIops', ids: ['c', 'a', 'b'], names: ids, times: [NOW, NOW, NOW], values: [5, 6, 7] }); // prettier-ignore
    const own = batch({ ids: ['b'], names: ['b'], times: [NOW], values: [1] });
    const { series } = checkedSeries([own, writes, of('readIops', 10, 20, 30)], NOW);
    const overall = series.filter(({ name }) => name === 'iops');
    // Of c there is no time with both.
    expect(overall.map(({ resource_id, values }) => [resource_id, values]).sort()).toEqual([
      ['a', [16]],
      ['b', [1]],
    ]);
  });

  it('loses what is wrong with it and nothing else, told in words', () => {
    const { series, drops, faults } = checkedSeries(
      [
        batch({ ids: ['a', ''], times: [NOW, NOW] }),
        batch({ values: [1] }),
        batch({ unit: 'MB/s' }),
        batch({ ids: ['c', 'd', 'e'], names: [], times: [NOW, 1_790_000_000, NOW], values: [1, 1, -1] }), // prettier-ignore
        batch({ resource_type: 'disk', ids: ['f', 'g', 'h'], names: ['f', 'g', 'h'], times: [NOW, 1_790_000_000, NOW], values: [1, 1, Number.NaN] }), // prettier-ignore
        null as unknown as PerfMetric,
      ],
      NOW,
    );
    expect(series.map(({ resource_id }) => resource_id)).toEqual(['a', 'f']);
    expect(drops).toEqual({ invalidSeries: 1 + 2 + 2 + 3 + 1, invalidSamples: 2 });
    expect(faults.map(({ message }) => message)).toEqual([
      '1 series dropped: iops of a volume without an id',
      '2 series dropped: iops: the columns differ in length: 2 ids, 2, 1, 2 times, values, names',
      '2 series dropped: iops of volume is stated in "MB/s", it can only be in IOPS',
      '3 series dropped: iops: the columns differ in length: 3 ids, 3, 3, 0 times, values, names',
      '1 series dropped: no measure is called "undefined"',
      '1 samples dropped: their times are no epoch ms',
    ]);
  });
});

/** Reads performance of a driver as the core does. */
async function read(collectPerfMetrics: Session['collectPerfMetrics'], callTimeoutMs = 60_000) {
  const driver = defineDriver({
    vendor: 'acme',
    model: 'one',
    title: 'Acme',
    access: Type.Object({}),
    open: async () => ({
      getStorage: async () => ({ storage_id: 's' }),
      listStoragePools: async () => [],
      listVolumes: async () => [],
      ...(collectPerfMetrics ? { collectPerfMetrics } : {}),
      close: async () => {},
    }),
  });
  await using opened = openDriver(driver, {}, { callTimeoutMs });
  const { session } = opened;
  const collector: Collector = { session, driver, storageId: 's', incomplete: () => false, report: () => {} }; // prettier-ignore
  const { columns } = await collectPerformance(collector, {}, { start: 0, end: NOW }, NOW);
  return [...seriesOf(columns)].map(({ resource_id, values }) => [resource_id, ...values]);
}

describe('what a driver yields while it reads', () => {
  it('is taken as it comes, as what it returns at the end', async () => {
    const second = batch({ ids: ['c', 'a'], times: [NOW, NOW - 1], values: [3, 0] });
    async function* pages() {
      yield batch();
      await Promise.resolve();
      yield* seriesOfBatch(second);
    }
    const expected = [['a', 0, 1], ['b', 2], ['c', 3]]; // prettier-ignore
    expect(await read(pages)).toEqual(expected);
    expect(await read(async () => pages())).toEqual(expected);
    expect(await read(async () => [batch(), second])).toEqual(expected);
  });

  it('does not count if the call fails', async () => {
    await expect(
      read(async function* () {
        yield batch();
        throw new Error('the second page is gone');
      }),
    ).rejects.toThrow('the second page is gone');
    await expect(read(async () => 7 as never)).rejects.toThrow('returned no list');
  });

  it('ends with the deadline of the call', async () => {
    let ended = false;
    const endless = async function* () {
      try {
        for (;;) {
          yield batch();
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        ended = true;
      }
    };
    await expect(read(endless, 50)).rejects.toMatchObject({ type: 'timeout' });
    await expect.poll(() => ended).toBe(true);
  });
});
