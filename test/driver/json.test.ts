import { describe, expect, it } from 'vitest';
import { InvalidResponse } from '../../src/driver/errors.ts';
import { parseJson } from '../../src/driver/json.ts';

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('JSON of an array', () => {
  it('is read to a depth of 64 and no deeper, whatever its strings hold', () => {
    expect(parseJson(nested(64), 'x')).toEqual(JSON.parse(nested(64)));
    expect(() => parseJson(nested(65), 'GET /x')).toThrow(/GET \/x: .* nested deeper than 64/);
    expect(() => parseJson(`${'{"a":'.repeat(65)}1`, 'x')).toThrow(/nested deeper/);
    const strings = ['['.repeat(100), '"[[[', '\\', '\\"{{', '"\\\\'];
    expect(parseJson(JSON.stringify(strings), 'x')).toEqual(strings);
  });

  it('has a bound on its objects and values, before a parser holds them', () => {
    const many = (text: string, count: number) => `[${`${text},`.repeat(count)}0]`;
    expect(() => parseJson(many('{}', 1_000_001), 'x')).toThrow(/more than 1000000 objects/);
    expect(() => parseJson(many('1', 5_000_001), 'x')).toThrow(/5000000 values/);
  });

  it.each(['', '[', '"', '"\\', '{"secret":', ']]]', 'nul'])('refuses %j by class', (written) => {
    expect(() => parseJson(written, 'x')).toThrow(InvalidResponse);
  });
});
