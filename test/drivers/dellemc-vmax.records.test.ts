import { describe, expect, it } from 'vitest';
import { answers } from '../../drivers/dellemc-vmax/answers.ts';
import { ARRAY } from '../../drivers/dellemc-vmax/categories-table.ts';
import { valuesOf } from '../../drivers/dellemc-vmax/metrics.ts';
import { portKeysOf, toPorts } from '../../drivers/dellemc-vmax/ports.ts';
import { combined, spaceOf, toControllers, toPools } from '../../drivers/dellemc-vmax/records.ts';

const TIB = 2 ** 40;

describe('a field that is missing costs itself only', () => {
  it('the array states what is in use, the pools state the total', () => {
    const stated = spaceOf({ system_capacity: { usable_used_tb: 2, subscribed_total_tb: 9 } });
    const pools = { total: 5 * TIB, used: 3 * TIB, free: 2 * TIB, subscribed: 7 * TIB };
    expect(combined(stated, pools)).toEqual({
      total: 5 * TIB,
      used: 2 * TIB,
      free: 3 * TIB,
      subscribed: 9 * TIB,
    });
  });

  it('a port key without its director belongs to the director that was asked', () => {
    expect(portKeysOf([{ portId: '4' }], 'FA-1D')).toEqual([{ director: 'FA-1D', port: '4' }]);
  });

  it('a port of which nothing is said has no health', () => {
    const [port] = toPorts([{ director: 'FA-1D', key: 'FA-1D:4' }]);
    expect(port).not.toHaveProperty('health_status');
    expect(toPools([{ id: 'SRP_1' }])[0]).not.toHaveProperty('status');
  });

  it('a sentinel is no number of cores', () => {
    const [director] = toControllers([{ id: 'FA-1D', num_of_cores: -1 }]);
    expect(director).not.toHaveProperty('cpu_info');
  });
});

it('a complaint is one, even if it is called a success', () => {
  const meaning = (body: unknown) => {
    const response = { status: 200, headers: {}, setCookies: [], json: () => body };
    return answers(response as unknown as Parameters<typeof answers>[0]).meaning;
  };
  expect(meaning({ message: 'Internal error' })).toBe('fault');
  expect(meaning({ message: 'a field', id: 1 })).toBe('ok');
  expect(meaning({})).toBe('ok');
});

it('counters may come as text', () => {
  const values = valuesOf({ HostIOs: '12.5', HostReads: '-1' }, ARRAY);
  expect(values).toMatchObject({ iops: 12.5, readIops: undefined });
});
