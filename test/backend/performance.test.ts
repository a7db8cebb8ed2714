/** Samples as the core checks and keeps them. */
import { measures, type PerfMetric } from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { seriesOf, type PerfSeries } from '../../src/backend/columns.ts';
import { createSeriesStore as createColumnStore } from '../../src/backend/series-store.ts';
import { checkedSeries, columnsOf } from '../kit/samples.ts';

const NOW = 1_790_000_000_000;

describe('checking performance', () => {
  const metric = (name: string, values: Record<string, unknown>, unit = 'MiB/s', id = 'v1') =>
    ({
      name,
      labels: { storage_id: 's', resource_type: 'volume', resource_id: id, type: 'RAW', unit },
      values,
    }) as PerfMetric;

  it('converts to base units and sorts by time', () => {
    const { series } = checkedSeries(
      [metric('readThroughput', { [NOW]: 2, [NOW - 60_000]: 1 })],
      NOW,
    );
    expect(series).toEqual([
      {
        name: 'readThroughput',
        resource_type: 'volume',
        resource_id: 'v1',
        times: [NOW - 60_000, NOW],
        values: [1_048_576, 2_097_152],
      },
    ]);
  });

  it('fills an overall from its two directions, and nothing else', () => {
    const { series } = checkedSeries(
      [
        metric('readIops', { [NOW]: 3 }, 'IOPS'),
        metric('writeIops', { [NOW]: 4 }, 'IOPS'),
        metric('readResponseTime', { [NOW]: 1 }, 'ms'),
        metric('writeResponseTime', { [NOW]: 1 }, 'ms'),
        metric('readThroughput', { [NOW]: 1 }),
      ],
      NOW,
    );
    expect(series.find(({ name }) => name === 'iops')?.values).toEqual([7]);
    expect(series.map(({ name }) => name)).not.toContain('responseTime');
    expect(series.map(({ name }) => name)).not.toContain('throughput');
  });

  it('drops and counts what is no sample', () => {
    const { series, drops } = checkedSeries(
      [
        metric(
          'iops',
          { [NOW]: Number.NaN, [NOW - 1_000]: -1, [NOW + 3 * 86_400_000]: 1, 1_790_000_000: 1 },
          'IOPS',
        ),
        metric('speed', { [NOW]: 1 }),
        metric('iops', { [NOW]: 1 }, 'furlongs'),
        metric('iops', { [NOW]: 1 }, 'IOPS', ''),
      ],
      NOW,
    );
    expect(series).toEqual([]);
    expect(drops).toEqual({ invalidSeries: 3, invalidSamples: 4 });
  });

  it('says in words why something was dropped, each reason once', () => {
    const { faults } = checkedSeries(
      [
        metric('readIops', { [NOW]: 1 }, 'MB/s'),
        metric('readIops', { [NOW]: 1 }, 'MB/s', 'v2'),
        metric('speed', { [NOW]: 1 }, 'IOPS'),
        metric('iops', { [NOW + 48 * 3_600_000]: 1, 1_790_000_000: 1 }, 'IOPS'),
      ],
      NOW,
    );
    expect(faults.map(({ message }) => message)).toEqual([
      '2 series dropped: readIops of volume is stated in "MB/s", it can only be in IOPS',
      '1 series dropped: no measure is called "speed"',
      "1 samples dropped: the array's clock is 48.0 hours ahead of the agent's; set both by NTP",
      '1 samples dropped: their times are no epoch ms',
    ]);
  });

  it('has no way to write a measure in a unit of another kind', () => {
    expect(measures({ readIops: 'IOPS', responseTime: 'us' })).toMatchObject({
      responseTime: { unit: 'us' },
    });
    // @ts-expect-error -- operations are no bytes
    measures({ readIops: 'MB/s' });
    // @ts-expect-error -- a time is no ratio
    measures({ iops: 'IOPS', responseTime: '%' });
  });
});

describe('the series store', () => {
  const series = (times: number[], id = 'v1'): PerfSeries => ({
    name: 'iops',
    resource_type: 'volume',
    resource_id: id,
    times,
    values: times.map((time) => time % 1_000),
  });

  /** The store, spoken to in single series. */
  function createSeriesStore() {
    const store = createColumnStore();
    return {
      ...store,
      add(all: readonly PerfSeries[], now: Parameters<typeof store.add>[1]) {
        const { fresh, ...taken } = store.add(columnsOf(all), now);
        return { fresh: [...seriesOf(fresh)], ...taken };
      },
      latest: (...when: Parameters<typeof store.latest>) => [...seriesOf(store.latest(...when))],
    };
  }

  /** The two clocks go together unless a test sets one. */
  const at = (wall: number, steady = wall) => ({ wall, steady });

  it('hands out every sample once and in order', () => {
    const store = createSeriesStore();
    const add = (...times: number[]) => store.add([series(times)], at(NOW)).fresh;
    expect(add(NOW - 20, NOW - 10)[0]?.times).toEqual([NOW - 20, NOW - 10]);
    expect(add(NOW - 20, NOW - 10, NOW)[0]?.times).toEqual([NOW]);
    expect(add(NOW - 5)).toEqual([]);
    expect(store.latest(at(NOW), 60_000)).toEqual([series([NOW])]);
    expect(store.newest()).toBe(NOW);
  });

  it('keeps the samples of objects that wait for their turn until it comes', () => {
    const store = createSeriesStore();
    store.add([series([NOW]), { ...series([NOW]), resource_type: 'port' as const }], at(NOW));
    const shown = (time: number) =>
      store.latest(at(time), 60_000, { volume: 600 }).map((one) => one.resource_type);
    expect(shown(NOW + 300_001)).toEqual(['volume']);
    expect(shown(NOW + 900_000)).toEqual(['volume']);
    expect(shown(NOW + 900_001)).toEqual([]);
  });

  it('withdraws what was not heard of for two intervals, and what is gone', () => {
    const store = createSeriesStore();
    store.add([series([NOW]), series([NOW], 'v2')], at(NOW));
    expect(store.latest(at(NOW + 600_000), 300_000)).toHaveLength(2);
    store.forget('volume', new Set(['v2']));
    expect(store.latest(at(NOW), 300_000).map(({ resource_id }) => resource_id)).toEqual(['v1']);
    expect(store.latest(at(NOW + 600_001), 300_000)).toEqual([]);
  });

  it('keeps the others when one sample comes from the future', () => {
    const store = createSeriesStore();
    store.add([series([NOW]), series([NOW + 7_200_000], 'v2')], at(NOW));
    expect(store.latest(at(NOW), 300_000)).toHaveLength(2);
  });

  it('compares the clock of the array with itself only', () => {
    const store = createSeriesStore();
    const behind = NOW - 3_600_000;
    store.add([series([behind]), series([behind - 600_001], 'v2')], at(NOW));
    expect(store.latest(at(NOW), 300_000).map(({ resource_id }) => resource_id)).toEqual(['v1']);
  });

  it('hides a series that stands still until its time advances, and sends nothing of it again', () => {
    const store = createSeriesStore();
    store.add([series([NOW]), series([NOW], 'frozen')], at(NOW));
    for (let minute = 1; minute <= 60; minute += 1) {
      const time = NOW + minute * 60_000;
      const { fresh } = store.add([series([time]), series([NOW], 'frozen')], at(time));
      expect(fresh.map(({ resource_id }) => resource_id)).toEqual(['v1']);
      const shown = store.latest(at(time), 60_000).map(({ resource_id }) => resource_id);
      expect(shown).toEqual(minute <= 5 ? ['v1', 'frozen'] : ['v1']);
    }
    const later = NOW + 61 * 60_000;
    expect(store.add([series([later], 'frozen')], at(later)).fresh).toHaveLength(1);
    expect(store.latest(at(later), 60_000)).toHaveLength(2);
  });

  it('tells age by the steady clock when the wall clock goes back an hour', () => {
    const store = createSeriesStore();
    store.add([series([NOW])], at(NOW, 0));
    expect(store.latest(at(NOW - 3_600_000, 300_000), 60_000)).toHaveLength(1);
    expect(store.latest(at(NOW - 3_600_000, 300_001), 60_000)).toEqual([]);
  });

  it('takes samples again after the clock of the array went back, but none that stands still', () => {
    const store = createSeriesStore();
    const round = (time: number, steady: number) =>
      store.add([series([time]), series([NOW], 'frozen')].slice(0, time === NOW ? 2 : 1), {
        wall: NOW + steady,
        steady,
      });
    round(NOW, 0);
    const back = NOW - 3_600_000;
    expect(round(back, 60_000)).toEqual({ fresh: [], late: 1 });
    const second = round(back + 60_000, 120_000);
    expect(second).toMatchObject({ late: 0, steppedBackMs: 3_540_000 });
    expect(second.fresh.map(({ times }) => times)).toEqual([[back + 60_000]]);
    expect(round(back + 120_000, 180_000)).toMatchObject({ late: 0, fresh: [{}] });
    const shown = store.latest({ wall: NOW, steady: 180_000 }, 60_000);
    expect(shown.find(({ resource_id }) => resource_id === 'v1')?.times).toEqual([back + 120_000]);
    // It comes back with its old sample.
    const again = store.add([series([NOW], 'frozen')], { wall: NOW, steady: 240_000 });
    expect(again.fresh).toEqual([]);
  });
});
