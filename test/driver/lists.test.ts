/** What inventories are put together from: collections, groups, keys of faults. */
import {
  byMeasure,
  collectionsOf,
  compact,
  createParts,
  groupsWith,
  InvalidResponse,
  matchKey,
  measuresOf,
  NotSupported,
  oldestFirst,
  toHostGroups,
  toPortGroups,
  toVolumeGroups,
  withUniqueKeys,
  type Alert,
  type DriverContext,
  type Foreign,
  type Parts,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { inRound, withSignal } from '../../src/driver/scope.ts';

const silent: DriverContext['log'] = { debug() {}, info() {}, warn() {}, error() {} };

describe('collections', () => {
  const asked: string[] = [];
  const lists = collectionsOf(createParts({ log: silent }), async (name: 'a' | 'b') => {
    asked.push(name);
    if (name === 'b') throw new NotSupported('no b');
    return await Promise.resolve([{ id: 1 }, { id: 2 }]);
  });
  const ids = (objects: readonly Foreign[]) => objects.map(({ id }) => id);

  it('become lists, by name or from what has been asked for', async () => {
    expect(await lists.list('a', ids)()).toEqual([1, 2]);
    expect(await lists.list(() => Promise.resolve([{ id: 3 }]), ids)()).toEqual([3]);
    expect(await lists.all('a')()).toHaveLength(2);
  });

  it('are undefined as one kind of several where the array lacks them, an error as a list', async () => {
    expect(await lists.kind('b', ids)()).toBeUndefined();
    await expect(lists.list('b', ids)()).rejects.toThrow(NotSupported);
  });

  it('are asked for once a round where they are shared', async () => {
    const shared = lists.shared('a');
    const round = <T>(calls: () => Promise<T>) =>
      inRound(() => withSignal(new AbortController().signal, calls));
    asked.length = 0;
    await round(async () => [await shared(), await shared()]);
    expect(asked).toEqual(['a']);
    await round(shared);
    expect(asked).toEqual(['a', 'a']);
  });

  it('of the array itself hold one object; without it the answer is broken', async () => {
    expect(await lists.single('a')()).toEqual({ id: 1 });
    const empty = collectionsOf<'system'>(createParts({ log: silent }), () => Promise.resolve([]));
    const asking = empty.single('system')();
    await expect(asking).rejects.toThrow(InvalidResponse);
    await expect(asking).rejects.toThrow(/system/);
  });

  it('tell what they lost to whom they are read for', async () => {
    const told: (Parts | undefined)[] = [];
    const parts = createParts({ log: silent });
    const read = async (_: 'a', by: Parts) => {
      told.push(by);
      return await Promise.resolve([]);
    };
    await collectionsOf(parts, read).all('a')();
    await collectionsOf(parts, read).shared('a')();
    expect(told[0]).toBe(parts);
    expect(told[1]).not.toBe(parts);
  });
});

describe('groups', () => {
  const groups = [
    { id: 'g', name: 'n', description: undefined, members: ['1', '2'] },
    { id: 'h', members: [] },
  ];

  it('are told with their members, and each membership as a relation', () => {
    expect(toHostGroups(groups)).toEqual({
      storage_host_groups: [
        { native_storage_host_group_id: 'g', name: 'n', storage_hosts: '1,2' },
        { native_storage_host_group_id: 'h', storage_hosts: '' },
      ],
      storage_host_grp_host_rels: [
        { native_storage_host_group_id: 'g', native_storage_host_id: '1' },
        { native_storage_host_group_id: 'g', native_storage_host_id: '2' },
      ],
    });
  });

  it('are read of objects that list their members as objects', () => {
    const members = [{ id: 1 }, { id: '2' }, { id: '2' }, { name: 'no id' }];
    const found = groupsWith([{ id: 'g', name: 'none', luns: members }, { luns: [] }], 'luns');
    // The core drops and counts the one without an id.
    expect(found).toEqual([
      { id: 'g', name: 'none', description: undefined, members: ['1', '2'] },
      { id: '', name: undefined, description: undefined, members: [] },
    ]);
    expect(groupsWith([{ id: 'h' }], 'luns')).toMatchObject([{ members: [] }]);
  });

  it('of volumes and ports have the same shape', () => {
    const [first] = toVolumeGroups(groups).vol_grp_vol_rels;
    expect(first).toEqual({ native_volume_group_id: 'g', native_volume_id: '1' });
    expect(toVolumeGroups(groups).volume_groups[0]?.volumes).toBe('1,2');
    const [port] = toPortGroups(groups).port_grp_port_rels;
    expect(port).toEqual({ native_port_group_id: 'g', native_port_id: '1' });
    expect(toPortGroups(groups).port_groups[0]?.ports).toBe('1,2');
  });
});

describe('keys of faults', () => {
  it('are the same for the same words and for no others', () => {
    expect(matchKey('a', undefined)).toBe(matchKey('a', undefined));
    const others = [matchKey('a', 'b'), matchKey('ab'), matchKey('a\0b'), matchKey('a', undefined)];
    expect(new Set(others).size).toBe(others.length);
  });

  it('belong to the first of several; the others have their number in theirs', () => {
    const alert = (match_key: string | undefined, sequence_number: string) =>
      compact<Alert>({ alert_id: 'a', severity: 'Major', category: 'Fault', match_key, sequence_number }); // prettier-ignore
    const alerts = [alert('x', '1'), alert('x', '2'), alert('y', '3'), alert('x', '4')];
    const keys = withUniqueKeys(alerts).map(({ match_key: key }) => key);
    expect(keys).toEqual(['x', matchKey('x', '2'), 'y', matchKey('x', '4')]);
    const unnumbered = withUniqueKeys(alerts.map((one) => compact<Alert>({ ...one, sequence_number: undefined }))); // prettier-ignore
    expect(new Set(unnumbered.map(({ match_key: key }) => key)).size).toBe(alerts.length);
    // Another fault that comes or goes between them changes none.
    const others = unnumbered.filter(({ match_key: key }) => key !== 'y');
    expect(withUniqueKeys(others.map((one) => ({ ...one, match_key: 'x' })))).toEqual(others);
    const without = [alert(undefined, '1'), alert(undefined, '2')];
    expect(withUniqueKeys(without)).toEqual(without);
  });

  it('are given from the oldest alert to the newest', () => {
    const at = (occur_time: number | undefined, sequence_number: string) =>
      compact<Alert>({ alert_id: 'a', severity: 'Major', category: 'Fault', occur_time, sequence_number }); // prettier-ignore
    const alerts = [at(undefined, '1'), at(20, '2'), at(10, '4'), at(10, '3')];
    expect(oldestFirst(alerts).map(({ sequence_number: own }) => own)).toEqual([
      '4',
      '3',
      '2',
      '1',
    ]);
  });
});

describe('measures', () => {
  it('are read by a table, one value each', () => {
    expect(byMeasure({ iops: 'total', readIops: 'reads' }, (field) => field.length)).toEqual({
      iops: 5,
      readIops: 5,
    });
  });

  it('of several kinds of one type are all that either has; of one the first unit holds', () => {
    const found = measuresOf([
      { type: 'port', units: { iops: 'IOPS', throughput: 'KB/s' } },
      { type: 'port', units: { throughput: 'B/s', responseTime: 'us' } },
      { type: 'volume', units: { iops: 'IOPS' } },
    ]);
    expect(Object.keys(found)).toEqual(['port', 'volume']);
    const units = Object.entries(found.port ?? {}).map(([name, { unit }]) => [name, unit]);
    expect(Object.fromEntries(units)).toEqual({
      iops: 'IOPS',
      throughput: 'KB/s',
      responseTime: 'us',
    });
  });
});
