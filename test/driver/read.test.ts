import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { number, scaled, signed } from '../../src/driver/read.ts';

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
