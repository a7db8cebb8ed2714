import { describe, expect, it } from 'vitest';
import { withinLimit } from '../../src/backend/ask.ts';
import { LISTS, type ListDefinition } from '../../src/backend/lists.ts';
import { inTurns } from '../../src/backend/turns.ts';
import { createInventoryStore } from '../../src/backend/inventory-store.ts';
import type { InventoryRound } from '../../src/backend/collect.ts';
import { checkingList, checkList, checkRecord, type Drop } from '../../src/backend/validate.ts';
import { createFollowed, nextWindow } from '../../src/backend/window.ts';
import { UNMAPPED } from '../../src/driver/enumeration.ts';
import { lookup, measures, VolumeSchema, type Volume } from 'delfin-agent/driver';

const NOW = 1_790_000_000_000;

describe('checking records', () => {
  const check = (record: unknown) => {
    const drops: Drop[] = [];
    const checked = checkRecord<Volume>(VolumeSchema, 'volumes', record, 's', (drop) =>
      drops.push(drop),
    );
    return { checked, drops };
  };

  it('keeps what fits and leaves out what is absent', () => {
    const { checked, drops } = check({
      native_volume_id: 'v',
      name: '',
      wwn: null,
      total_capacity: 5,
    });
    expect(checked).toEqual({ native_volume_id: 'v', total_capacity: 5, storage_id: 's' });
    expect(drops).toEqual([]);
  });

  it('costs a bad field that field only, a record without id itself', () => {
    const bad = {
      native_volume_id: 'v',
      total_capacity: Number.NaN,
      used_capacity: -1,
      name: 7,
      extra: 1,
    };
    const { checked, drops } = check(bad);
    expect(checked).toEqual({ native_volume_id: 'v', storage_id: 's' });
    expect(drops.map(({ reason, field }) => `${reason} ${field}`).sort()).toEqual([
      'invalid_field extra',
      'invalid_field name',
      'invalid_field total_capacity',
      'invalid_field used_capacity',
    ]);
    expect(bad.extra).toBe(1);
    for (const lost of [{ name: 'x' }, { native_volume_id: 5 }, 'text', null, []]) {
      expect(check(lost)).toMatchObject({
        checked: undefined,
        drops: [{ reason: 'invalid_record' }],
      });
    }
  });

  it('turns unknown values into unknown, or drops the field, and says the raw value', () => {
    const status = lookup({ 1: 'available' }, 27);
    expect(status).toBe(`${UNMAPPED}27`);
    const { checked, drops } = check({ native_volume_id: 'v', status, type: 'liquid' });
    expect(checked).toEqual({ native_volume_id: 'v', status: 'unknown', storage_id: 's' });
    expect(drops.map(({ field, raw }) => [field, raw])).toEqual(
      expect.arrayContaining([
        ['status', '27'],
        ['type', 'liquid'],
      ]),
    );
  });

  it('emits an id once, and a list that is none is an error', () => {
    const volumes = LISTS.find(({ name }) => name === 'volumes');
    if (!volumes) throw new Error('no list of volumes');
    const drops: Drop[] = [];
    const parts = checkList(
      volumes,
      [{ native_volume_id: 'a' }, { native_volume_id: 'a', name: 'again' }],
      's',
      (drop) => drops.push(drop),
    );
    expect(parts).toEqual({ volumes: [{ native_volume_id: 'a', storage_id: 's' }] });
    expect(drops).toEqual([
      { reason: 'duplicate', list: 'volumes', field: 'native_volume_id', raw: 'a', index: 1 },
    ]);
    expect(() => checkList(volumes, undefined, 's', () => {})).toThrow(
      /listVolumes returned no list/,
    );
  });
});

describe('what an array has too much of', () => {
  const volumes = LISTS.find(({ name }) => name === 'volumes') as ListDefinition;

  it('is checked in turns: the thread does other things in between', async () => {
    const list = Array.from({ length: 200_000 }, (_, index) => ({ native_volume_id: `v${index}` }));
    let turns = 0;
    let done = false;
    const count = () => {
      turns += 1;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    const checked = await inTurns(checkingList(volumes, list, 's', () => {}));
    done = true;
    expect(checked.volumes).toHaveLength(200_000);
    expect(turns).toBeGreaterThan(1);
  });

  it('is refused where no array can have so much', () => {
    const endless = Array.from({ length: 2_000_001 });
    expect(() => checkList(volumes, endless, 's', () => {})).toThrow(/at most 2000000 are taken/);
  });

  it('is not asked for where it could not be published: whole measures, counted', () => {
    const asked = withinLimit(
      {
        storage: measures({ iops: 'IOPS' }),
        volume: measures({ readIops: 'IOPS', iops: 'IOPS', responseTime: 'ms' }),
        disk: measures({ iops: 'IOPS' }),
      },
      {
        volumes: Array.from({ length: 60 }, (_, index) => ({ native_volume_id: `v${index}` })),
        disks: [{ native_disk_id: 'd' }],
      },
      100,
    );
    expect(asked).toMatchObject({
      left: 120,
      names: ['volume readIops', 'volume responseTime'],
      metrics: { storage: { iops: {} }, disk: { iops: {} } },
    });
    expect(Object.keys(asked.metrics.volume ?? {})).toEqual(['iops']);
  });
});

describe('the window', () => {
  const historic = {
    is_historic: true,
    collect_interval: 300,
    performance_metric_retention_window: 3_600,
    resource_metrics: {},
  };

  it('reaches the last sample at first, then continues with a minute of overlap', () => {
    expect(nextWindow(historic, { now: NOW, intervalMs: 300_000, lastGoodEnd: undefined })).toEqual(
      { start: NOW - 660_000, end: NOW },
    );
    const later = nextWindow(historic, {
      now: NOW,
      intervalMs: 300_000,
      lastGoodEnd: NOW - 1_200_000,
    });
    expect(later.start).toBe(NOW - 1_260_000);
  });

  it('reaches back over a gap, at most what the array keeps and two hours', () => {
    expect(
      nextWindow(historic, { now: NOW, intervalMs: 300_000, lastGoodEnd: NOW - 9_000_000 }).start,
    ).toBe(NOW - 3_600_000);
    const keeper = { ...historic, performance_metric_retention_window: 86_400 };
    expect(
      nextWindow(keeper, { now: NOW, intervalMs: 300_000, lastGoodEnd: NOW - 9_000_000 }).start,
    ).toBe(NOW - 7_200_000);
  });

  it('ends at the newest sample of an array whose clock is wrong', () => {
    const newest = NOW - 3_600_000;
    const window = nextWindow(historic, {
      now: NOW,
      newest,
      intervalMs: 300_000,
      lastGoodEnd: undefined,
    });
    expect(window).toEqual({ start: newest - 660_000, end: newest });
  });

  it('covers both clocks when ours was set while running, and ignores a machine that slept', () => {
    const state = { intervalMs: 300_000, lastGoodEnd: NOW };
    const hour = 3_600_000;
    const wide = { ...historic, performance_metric_retention_window: 86_400 };
    expect(nextWindow(wide, { ...state, now: NOW - hour, unset: NOW })).toEqual({
      start: NOW - hour - 660_000,
      end: NOW,
    });
    expect(nextWindow(wide, { ...state, now: NOW + hour, unset: NOW })).toEqual({
      start: NOW - 660_000,
      end: NOW + hour,
    });
    expect(nextWindow(wide, { ...state, now: NOW, unset: NOW - 10 * hour })).toEqual({
      start: NOW - 660_000,
      end: NOW,
    });
  });

  it('covers both only until the samples show which clock the array follows', () => {
    const hour = 3_600_000;
    const step = 300_000;
    const clockOf = createFollowed();
    const ask = (wall: number, steady: number, sample: number | undefined) =>
      clockOf({
        now: NOW + wall,
        unset: NOW + steady,
        sample,
        intervalMs: step,
        collectInterval: 300,
      });
    expect(ask(0, 0, undefined)).toBeUndefined();
    for (let round = 1; round < 4; round += 1) ask(round * step, round * step, NOW);
    // Ours goes back an hour: three rounds ask for both.
    for (let round = 4; round < 7; round += 1)
      expect(ask(round * step - hour, round * step, NOW + round * step)).toBeUndefined();
    expect(ask(7 * step - hour, 7 * step, NOW + 6 * step)).toBe(NOW + 7 * step);
    // The array is set as well: its samples are near neither for a while, then near ours.
    expect(ask(12 * step - hour, 12 * step, NOW + 6 * step)).toBeUndefined();
    expect(ask(13 * step - hour, 13 * step, NOW + 13 * step - hour)).toBe(NOW + 13 * step - hour);
  });

  it('is the interval for an array without history', () => {
    const window = nextWindow(
      { is_historic: false, resource_metrics: {} },
      { now: NOW, intervalMs: 60_000, lastGoodEnd: NOW - 9_000_000 },
    );
    expect(window).toEqual({ start: NOW - 60_000, end: NOW });
  });
});

describe('the inventory store', () => {
  const INTERVAL = 100_000;
  const at = (steady: number) => ({ wall: NOW, steady });
  const round = (
    inventory: Record<string, unknown>,
    incomplete: readonly string[] = [],
  ): InventoryRound => ({
    inventory,
    settled: new Set(Object.keys(inventory)),
    incomplete: new Set(incomplete),
    problems: [],
    reached: true,
    failure: undefined,
    ended: undefined,
    unanswered: new Set(),
  });
  const volumes = (...ids: string[]) => ({ volumes: ids.map((id) => ({ native_volume_id: id })) });
  const idsAt = (store: ReturnType<typeof createInventoryStore>, steady: number) =>
    store.current(steady, INTERVAL).volumes?.map((volume) => volume.native_volume_id);

  it('keeps a failed list for three intervals, and names what vanished', () => {
    const store = createInventoryStore();
    expect(store.add(round(volumes('a', 'b')), at(0))).toEqual([]);
    expect(store.add(round(volumes('b')), at(1))).toEqual([
      { type: 'volume', ids: new Set(['a']) },
    ]);
    store.add(round({ storage: {} }), at(2));
    expect(idsAt(store, 300_001)).toEqual(['b']);
    expect(idsAt(store, 300_002)).toBeUndefined();
  });

  it('tells age by the steady clock, whatever the wall clock does', () => {
    const store = createInventoryStore();
    store.add(round(volumes('a')), { wall: NOW, steady: 0 });
    store.add(round({ storage: {} }), { wall: NOW - 3_600_000, steady: 100_000 });
    expect(idsAt(store, 300_000)).toEqual(['a']);
    expect(idsAt(store, 300_001)).toBeUndefined();
  });

  it('keeps what an incomplete list lacks while the last whole one is fresh, and takes what is new', () => {
    const store = createInventoryStore();
    const whole = [
      { native_volume_id: 'a', name: 'A', total_capacity: 5 },
      { native_volume_id: 'b', total_capacity: 6 },
    ];
    store.add(round({ volumes: whole, storage: { serial_number: '1', model: 'M' } }), at(0));
    const half = [{ native_volume_id: 'a', name: 'A2' }, { native_volume_id: 'c' }];
    const partly = round({ volumes: half, storage: { model: 'N' } }, ['volumes', 'storage']);
    expect(store.add(partly, at(100_000))).toEqual([]);
    expect(store.current(100_000, INTERVAL)).toEqual({
      volumes: [
        { native_volume_id: 'a', name: 'A2', total_capacity: 5 },
        { native_volume_id: 'c' },
        { native_volume_id: 'b', total_capacity: 6 },
      ],
      storage: { serial_number: '1', model: 'N' },
    });
    expect(idsAt(store, 300_000)).toEqual(['a', 'c', 'b']);
    expect(store.current(300_001, INTERVAL)).toEqual({ volumes: half, storage: { model: 'N' } });
  });

  it('names what vanished from whole answers only, everything that was told since included', () => {
    const store = createInventoryStore();
    store.add(round(volumes('a', 'b')), at(0));
    expect(store.add(round(volumes('a', 'c'), ['volumes']), at(1))).toEqual([]);
    expect(store.add(round(volumes(), ['volumes']), at(2))).toEqual([]);
    expect(store.add(round(volumes('a')), at(3))).toEqual([
      { type: 'volume', ids: new Set(['b', 'c']) },
    ]);
    expect(idsAt(store, 3)).toEqual(['a']);
  });

  it('never takes an incomplete list for the last whole one', () => {
    const store = createInventoryStore();
    store.add(round(volumes('a'), ['volumes']), at(0));
    store.add(round(volumes('b'), ['volumes']), at(1));
    expect(idsAt(store, 1)).toEqual(['b']);
  });

  it('tells a view that lost a part of its identity by its whole form, once', () => {
    const store = createInventoryStore();
    const view = {
      native_masking_view_id: 'v',
      native_storage_host_group_id: 'g',
      native_volume_id: '1',
    };
    store.add(round({ masking_views: [view] }), at(0));
    const sparse = { native_masking_view_id: 'v', native_storage_host_group_id: 'g' };
    store.add(round({ masking_views: [sparse] }, ['masking_views']), at(1));
    expect(store.current(1, INTERVAL).masking_views).toEqual([view]);
  });
});
