/** Records said as data: where each field stands, and how it is read. */
import {
  byPath,
  ComponentSchema,
  inUse,
  QuotaSchema,
  recordsOf,
  remaining,
  storageOf,
  StoragePoolSchema,
  VolumeSchema,
  within,
  type Foreign,
  type Volume,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { checkRecord, type Drop } from '../../src/backend/validate.ts';

const WORDS = { Ready: 'available', Offline: 'error' } as const;

const toVolumes = recordsOf(VolumeSchema, {
  native_volume_id: 'id',
  name: 'name',
  type: 'thin',
  status: ['state', WORDS],
  native_storage_pool_id: 'pool.id',
  wwn: 'wwn',
  total_capacity: 'size',
  used_capacity: 'space.used|space.older',
  free_capacity: remaining,
  compressed: true,
  deduplicated: 'dedup',
  data_reduction: ({ ratio }) => (ratio === 0 ? undefined : Number(ratio)),
});

const one = (object: Foreign) => toVolumes([object])[0];

it('a value is what is made of the first of several paths that has one', () => {
  const size = byPath('space.used|older', (value) => (value === 0 ? undefined : value));
  expect(size({ space: { used: 7 }, older: 8 })).toBe(7);
  expect(size({ space: { used: 0 }, older: 8 })).toBe(8);
  expect(size({ space: 'none' })).toBeUndefined();
});

it('what is used or free is what the other leaves of the total, where both are known', () => {
  const pool = { native_storage_pool_id: 'id', total_capacity: 'total' } as const;
  const byFree = recordsOf(StoragePoolSchema, { ...pool, free_capacity: 'free', used_capacity: inUse }); // prettier-ignore
  expect(byFree([{ id: 1, total: 10, free: 4 }])[0]?.used_capacity).toBe(6);
  expect(byFree([{ id: 1, total: 10, free: 14 }])[0]?.used_capacity).toBeUndefined();
  expect(byFree([{ id: 1, total: 10 }])[0]?.used_capacity).toBeUndefined();
});

describe('a record said as data', () => {
  it('has each field from its path, as the schema says it is read', () => {
    const object = {
      id: 7,
      name: 'none',
      state: 'Ready',
      pool: { id: 'p-1' },
      wwn: ' 60a9 ',
      size: '100',
      space: { used: 40 },
      dedup: 'yes',
      ratio: 2,
    };
    expect(one(object)).toEqual({
      native_volume_id: '7',
      name: 'none',
      type: 'thin',
      status: 'available',
      native_storage_pool_id: 'p-1',
      wwn: '60a9',
      total_capacity: 100,
      used_capacity: 40,
      free_capacity: 60,
      compressed: true,
      deduplicated: true,
      data_reduction: 2,
    });
  });

  it('lacks what the object lacks or has only a sentinel for', () => {
    const object = { id: 'v', name: '', wwn: '--', size: -1, pool: null, space: [], ratio: 0 };
    expect(one(object)).toEqual({
      native_volume_id: 'v',
      type: 'thin',
      compressed: true,
    });
  });

  it('takes the first of several paths that has a value', () => {
    expect(one({ id: 'v', space: { used: -1, older: 3 } })?.used_capacity).toBe(3);
    expect(one({ id: 'v', space: { used: 0, older: 3 } })?.used_capacity).toBe(0);
    const [quota] = recordsOf(QuotaSchema, {
      native_quota_id: 'id',
      user_group_name: 'unix|windows|uid',
    })([{ id: 'q', unix: '', uid: 0 }]);
    expect(quota?.user_group_name).toBe('0');
  });

  it('has what other requests told beside it', () => {
    const beside = ({ id }: Foreign) => ({ space: { used: 5 }, name: `n${String(id)}` });
    const [volume] = toVolumes([{ id: 'v', name: 'old', size: 6 }], beside);
    expect([volume?.name, volume?.used_capacity, volume?.free_capacity]).toEqual(['nv', 5, 1]);
  });

  it('passes on a word that the table lacks, marked for the core', () => {
    expect(one({ id: 'v', state: 'Odd' })?.status).toMatch(/Odd$/);
    expect(one({ id: 'v', state: 'Odd' })?.status).not.toBe('Odd');
  });

  it('has no id where nothing names it, which the core drops and counts', () => {
    const volumes = toVolumes([
      { name: 'a', ratio: 0 },
      { id: '', ratio: 0 },
      { id: 'b', ratio: 0 },
    ]);
    expect(volumes.map(({ native_volume_id: id }) => id)).toEqual(['', '', 'b']);
    const drops: Drop[] = [];
    const report = (drop: Drop) => void drops.push(drop);
    const kept = volumes.flatMap(
      (volume) => checkRecord<Volume>(VolumeSchema, 'volumes', volume, 'a', report) ?? [],
    );
    expect(kept.map(({ native_volume_id: id }) => id)).toEqual(['b']);
    const drop = { reason: 'invalid_record', list: 'volumes', field: 'native_volume_id' };
    expect(drops).toEqual([drop, drop]);
  });

  it('is none where the driver says that the object is none', () => {
    const toReal = recordsOf(VolumeSchema, {
      native_volume_id: ({ id, isSnapshot }) => (isSnapshot === true ? null : String(id)),
    });
    expect(toReal([{ id: 1 }, { id: 2, isSnapshot: true }])).toEqual([{ native_volume_id: '1' }]);
  });

  it('of the array itself needs no id', () => {
    const toStorage = storageOf({ name: 'name', vendor: () => 'ACME', location: 'at.place' });
    expect(toStorage({ name: 'a' })).toEqual({ name: 'a', vendor: 'ACME' });
    expect(storageOf({ name: 'name' })({})).toEqual({});
  });

  it('refers to what is in the list only', () => {
    const parent = within(new Set(['1']), 'of.id');
    expect([parent({ of: { id: 1 } }), parent({ of: { id: 2 } }), parent({})]).toEqual([
      '1',
      undefined,
      undefined,
    ]);
    expect(within(undefined, 'id')({ id: '1' })).toBeUndefined();
  });

  it('is of the unknown kind where its kind must be told and is not', () => {
    const toParts = recordsOf(ComponentSchema, {
      native_component_id: 'id',
      type: ['kind', { fan: 'fan' }],
      temperature: 'heat',
    });
    expect(toParts([{ id: 'a', kind: 'fan', heat: -5 }, { id: 'b' }])).toEqual([
      { native_component_id: 'a', type: 'fan', temperature: -5 },
      { native_component_id: 'b', type: 'other' },
    ]);
  });
});
