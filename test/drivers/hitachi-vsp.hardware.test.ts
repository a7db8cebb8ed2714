/** Parts, wear, data reduction, snapshots and replications of Hitachi VSP. */
import { AccessDenied } from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/hitachi-vsp/index.ts';
import {
  poolsCapacity,
  toComponents,
  toDisks,
  toPools,
  toStorage,
} from '../../drivers/hitachi-vsp/records.ts';
import { openDriver, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import { startVsp } from '../simulators/hitachi-vsp/index.ts';

describe('parts', () => {
  const part = async (id: string) => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access);
    const parts = (await opened.list('listComponents')) as readonly Fields[];
    return parts.find(({ native_component_id }) => native_component_id === id);
  };

  it.each([
    ['FAN-20', { type: 'fan', status: 'failed' }],
    ['DKCPS-01', { type: 'power_supply', status: 'failed' }],
    ['CTL2/temperature', { type: 'temperature', status: 'degraded', temperature: 51 }],
    ['LANB-1', { type: 'module', status: 'degraded' }],
    ['BKMF-10/BAT-0', { type: 'battery', status: 'degraded', native_parent_id: 'BKMF-10' }],
    ['DB-00/DBPS00-2', { type: 'power_supply', status: 'failed', native_parent_id: 'DB-00' }],
    ['CHB-1A/CL1-A', { type: 'sfp', status: 'ok', model: 'Short Wave' }],
    ['system', { type: 'other', power: 283 }],
  ])('%s is %o', async (id, expected) => {
    expect(await part(id)).toMatchObject(expected);
  });

  it('in a state that nobody knows are unknown; places without a state have none', () => {
    const [odd, silent] = toComponents({
      fans: [{ location: 'FAN-1', status: 'Odd' }, { location: 'FAN-2' }, { status: 'Normal' }],
    });
    expect(odd?.status).toMatch(/Odd$/);
    expect(silent).toEqual({
      native_component_id: 'FAN-2',
      name: 'FAN-2',
      type: 'fan',
      location: 'FAN-2',
    });
  });

  it('wear: a drive written beyond its endurance has none left, one of another kind no such figure', () => {
    const left = (used: number) =>
      toDisks([{ driveLocationId: '0-1', usedEnduranceIndicator: used }])[0]?.endurance_remaining;
    expect(left(97)).toBe(0.03);
    expect(left(104)).toBe(0);
    expect(left(-1)).toBeUndefined();
  });

  it('of an array that keeps no wear are listed all the same, with one request from then on', async () => {
    await using array = await startVsp({ generation: 'f1500' });
    await using opened = openDriver(driver, array.access);
    const before = async () => {
      const start = array.stats.requests;
      expect(await opened.list('listDisks')).toHaveLength(48);
      return array.stats.requests - start;
    };
    await opened.getStorage();
    await before();
    expect(await before()).toBe(1);
    expect(opened.told).toEqual([]);
  });
});

describe('reduction', () => {
  it('is that by compression and deduplication, and none before it was calculated', () => {
    const efficiency = { isCalculated: true, totalRatio: '651.49', compressionRatio: '1.35' };
    const earlier = { ...efficiency, isCalculated: false };
    const pools = toPools([
      { poolId: 1, efficiency },
      { poolId: 2, efficiency: earlier },
    ]);
    expect(pools.map((pool) => pool.data_reduction)).toEqual([1.35, undefined]);
  });

  it('snapshots of an array are those of its pools, unknown where one does not tell', () => {
    const total = (...counts: readonly (number | undefined)[]) =>
      toStorage({ host: 'h', pools: counts.map((snapshotCount) => ({ snapshotCount })) });
    expect(total(3, 4).snapshot_count).toBe(7);
    expect(total(3, undefined).snapshot_count).toBeUndefined();
  });
});

it('capacity of the array that one pool or drive does not tell is not the sum of the others', () => {
  const pools = [{ totalPoolCapacity: 5, availableVolumeCapacity: 2 }, { totalPoolCapacity: 7 }];
  expect(poolsCapacity(pools)).toEqual({ total: 12 * 2 ** 20, free: undefined });
  expect(toStorage({ host: 'h', drives: [{ totalCapacity: 3 }, {}] }).raw_capacity).toBe(undefined);
});

describe('replications', () => {
  const listed = async (opened: OpenedDriver) =>
    (await opened.list('listReplications')) as readonly Fields[];

  it('of more than one page are all there, several of one volume, too', async () => {
    await using array = await startVsp({ generation: 'one-b28' });
    await using opened = openDriver(driver, array.access);
    const journaled = (await listed(opened)).filter(({ type }) => type === 'async');
    expect(journaled).toHaveLength(501);
  });

  it('a stalled pair is suspended or failed, a clone that is copied says how far', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access);
    const pairs = await listed(opened);
    const of = (id: string) => pairs.find((pair) => pair['native_replication_id'] === id);
    expect(of('TC 00:00:06 0')).toMatchObject({ status: 'suspended', role: 'target' });
    expect(of('TC 00:00:09 0')).toMatchObject({ status: 'failed', role: 'source' });
    expect(of('GAD 00:00:00 2')).toMatchObject({ type: 'active_active', status: 'normal' });
    expect(of('SI 00:00:03 1')).toMatchObject({ status: 'syncing', progress: 0.41 });
  });

  it('that only administrators may read: the list that the server keeps stands in, told', async () => {
    const access = async (generation: string, reader: boolean) => {
      await using array = await startVsp({ generation, reader });
      await using opened = openDriver(driver, array.access);
      const pairs = await listed(opened);
      return { pairs, told: opened.told.map(({ error }) => error) };
    };
    const [kept, own] = [await access('5500', true), await access('5500', false)];
    expect(kept.pairs.toSorted(byId)).toEqual(own.pairs.toSorted(byId));
    expect(own.told).toEqual([]);
    expect(kept.told).toEqual([expect.any(AccessDenied)]);
    // Older servers keep none: what may be read is there.
    const old = await access('g900', true);
    expect(old.pairs.map(({ type }) => type)).toEqual(Array.from({ length: 5 }, () => 'snapshot'));
    expect(old.told).toEqual([expect.any(AccessDenied)]);
  });
});

const byId = (a: Fields, b: Fields) =>
  String(a['native_replication_id']).localeCompare(String(b['native_replication_id']));
