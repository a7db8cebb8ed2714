import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bitsPerSecond,
  byId,
  countBy,
  fraction,
  fractionLeft,
  idsOf,
  ipAddress,
  number,
  pick,
  positive,
  scaled,
  signed,
  sum,
  utcTime,
  withId,
  worldWideName,
  type Foreign,
} from '../../src/driver/read.ts';
import { isZone } from '../../src/driver/time.ts';

describe('numbers of an array', () => {
  it.each(['43e874', '12e3', '1E5', '0e12', '7e+', '1e+999', 'Infinity', 'NaN', '9'.repeat(400)])(
    'takes %s for no number',
    (written) => expect([number(written), signed(written)]).toEqual([undefined, undefined]),
  );

  it.each([
    ['1.5e+10', 1.5e10],
    ['2.5E-3', 0.0025],
    ['1.0E9', 1e9],
    ['+7', 7],
    ['.5', 0.5],
    ['12.', 12],
    [' 3 ', 3],
    [12n, 12],
  ])('reads %s', (written, value) => expect(number(written)).toBe(value));

  it('are finite, whatever is given', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.double(),
      fc.bigInt({ max: 10n ** 400n }),
      fc.stringMatching(/^[+-]?[0-9]{1,6}(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,4})?$/),
    );
    fc.assert(
      fc.property(anything, (value) => {
        for (const read of [number(value), signed(value), scaled(value, 2 ** 70)]) {
          expect(read === undefined || Number.isFinite(read)).toBe(true);
        }
      }),
    );
  });
});

describe('a percentage', () => {
  it.each([
    ['0', 0, 1],
    [25, 0.25, 0.75],
    [100, 1, 0],
    ['101', undefined, 0],
    [-1, undefined, undefined],
    ['--', undefined, undefined],
  ])('%s is the fraction %s and leaves %s', (percent, part, left) => {
    expect([fraction(percent), fractionLeft(percent)]).toEqual([part, left]);
  });
});

describe('a sum', () => {
  it.each([
    [[1, 2, 0], 3],
    [[0], 0],
    [[], undefined],
    [[1, undefined, 2], undefined],
    [[undefined, 1], undefined],
  ])('of %o is %s', (values, total) => expect(sum(values)).toBe(total));
});

describe('a time without a zone', () => {
  it.each([
    ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T10:00:00.250', '2026-03-01T10:00:00.250Z'],
    ['2026-03-01 10:00:00', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T10:00:00+02:00', '2026-03-01T08:00:00.000Z'],
    ['2026-03-01 10:00:00 +02:00', '2026-03-01T08:00:00.000Z'],
  ])('%s is %s', (written, time) => expect(utcTime(written)).toBe(Date.parse(time)));

  it.each(['soon', '7', 'June 5', '', null, undefined])('%s is none', (written) =>
    expect(utcTime(written)).toBeUndefined(),
  );
});

it('takes objects with their ids, and none without', () => {
  const objects = [{ id: 'a', name: 'x' }, { id: '' }, { name: 'y' }, { id: 7 }];
  expect(withId(objects, (_one, id) => id)).toEqual(['a', '7']);
  expect(withId(objects, (_one, id) => id, 'name')).toEqual(['x', 'y']);
  const both = ({ id, name }: Foreign) =>
    typeof id === 'string' && typeof name === 'string' ? `${id}/${name}` : undefined;
  expect(withId(objects, (_one, id) => id, both)).toEqual(['a/x']);
});

describe('the speed of a link', () => {
  it.each([
    ['16G', 16e9],
    ['10 Gb/s', 10e9],
    ['32_Gbps', 32e9],
    ['100Mbps', 100e6],
    ['2.5Gb', 2.5e9],
    ['1Tbit/s', 1e12],
    ['0Gbps', undefined],
    ['auto', undefined],
    ['16', undefined],
    ['16GB/s', undefined],
    [undefined, undefined],
  ])('%s is %s bit/s', (written, speed) => expect(bitsPerSecond(written)).toBe(speed));
});

describe('an IP address', () => {
  it.each(['192.0.2.1', '2001:db8::1', 'fe80::1'])('may be %s', (address) => {
    expect(ipAddress(` ${address} `)).toBe(address);
  });

  it.each(['0.0.0.0', '::', 'fe80::', 'sp.example', '-', '', undefined, 5])('is not %s', (none) => {
    expect(ipAddress(none)).toBeUndefined();
  });
});

describe('a World Wide Name', () => {
  it.each([
    ['5006016036e00e5a', '50:06:01:60:36:E0:0E:5A'],
    ['50:06:01:60:36:e0:0e:5a', '50:06:01:60:36:E0:0E:5A'],
    ['0x5006016036E00E5A', '50:06:01:60:36:E0:0E:5A'],
    ['50-06-01-60-36-E0-0E-5A', '50:06:01:60:36:E0:0E:5A'],
    ['iqn.1994-05.com.example:21000024ffdafffc', 'iqn.1994-05.com.example:21000024ffdafffc'],
    ['60060160a4d0aa00', '60:06:01:60:A4:D0:AA:00'],
    ['60060160a4d0aa0060060160a4d0aa00', '60060160a4d0aa0060060160a4d0aa00'],
  ])('%s is written %s', (written, name) => {
    expect(worldWideName(written)).toBe(name);
  });
});

describe('objects of an array', () => {
  it('have values at paths; a path that ends before has none', () => {
    const object = { space: { used: 0 }, list: [{ used: 1 }], none: null };
    expect(pick(object, 'space.used')).toBe(0);
    expect(pick(object, 'space')).toBe(object.space);
    for (const path of ['space.free', 'list.used', 'none.used', 'other', 'space.used.more']) {
      expect([path, pick(object, path)]).toEqual([path, undefined]);
    }
    expect(pick('text', 'length')).toBeUndefined();
  });

  it('are found by id, and counted by what they have in common', () => {
    const [a, b] = [
      { id: 1, of: 'x' },
      { id: 'b', of: 'x' },
    ];
    const find = byId([a, b, { of: 'x' }]);
    expect([find(1), find('1'), find('b'), find(undefined)]).toEqual([a, a, b, undefined]);
    expect(byId(undefined)('b')).toBeUndefined();
    expect(idsOf([a, b, {}])).toEqual(new Set(['1', 'b']));
    expect(byId([a, b], 'of')('x')).toBe(b);
    const count = countBy([a, b, { id: 3, of: undefined }], ({ of }) => of);
    expect([count('x'), count('y'), count(undefined)]).toEqual([2, 0, 1]);
    expect(countBy(undefined, String)('x')).toBeUndefined();
  });

  it('may write 0 for "none"', () => {
    expect([positive(0), positive('0'), positive(-1), positive('2')]).toEqual([
      undefined,
      undefined,
      undefined,
      2,
    ]);
  });
});

it.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['+05:30', true],
  ['Berlin', false],
  ['', false],
])('the zone "%s" is one: %s', (name, known) => expect(isZone(name)).toBe(known));
