import { describe, expect, it } from 'vitest';
import { answers } from '../../drivers/dellemc-vmax/answers.ts';
import { valueOf } from '../../drivers/dellemc-vmax/metrics.ts';
import { portKeysOf, portOf } from '../../drivers/dellemc-vmax/ports.ts';
import { capacityOf, combined, controllerOf, poolOf } from '../../drivers/dellemc-vmax/records.ts';

const TIB = 2 ** 40;

describe('a field that is missing costs itself only', () => {
  it('the array states what is in use, the pools state the total', () => {
    const stated = capacityOf({ system_capacity: { usable_used_tb: 2, subscribed_total_tb: 9 } });
    const pools = { total: 5 * TIB, used: 3 * TIB, free: 2 * TIB, subscribed: 7 * TIB };
    expect(combined(stated, pools)).toEqual({
      total: 5 * TIB,
      used: 2 * TIB,
      free: 3 * TIB,
      subscribed: 9 * TIB,
    });
  });

  it('a port key without its director belongs to the director that was asked', () => {
    expect(portKeysOf([{ portId: '4' }], 'keys', 'FA-1D')).toEqual([
      { director: 'FA-1D', port: '4' },
    ]);
  });

  it('a port of which nothing is said has no health', () => {
    expect(portOf({ director: 'FA-1D', port: '4' }, {}).health_status).toBeUndefined();
    expect(poolOf({ id: 'SRP_1', fields: {} }).status).toBeUndefined();
  });

  it('a sentinel is no number of cores', () => {
    expect(controllerOf({ id: 'FA-1D', fields: { num_of_cores: -1 } }).cpu_info).toBeUndefined();
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
  const counter = { name: 'iops', fields: ['HostIOs'], unit: 'IOPS', basic: true } as const;
  expect(valueOf({ HostIOs: '12.5' }, counter)).toBe(12.5);
  expect(valueOf({ HostIOs: '-1' }, counter)).toBeUndefined();
});
