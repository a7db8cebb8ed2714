/** Whatever stands in a file: it is loaded or refused, and nothing is thrown. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { withEveryOption } from './example.ts';

const EXAMPLE = withEveryOption(
  readFileSync(new URL('../../config.example.yaml', import.meta.url), 'utf8'),
);
const CANARY = 'c4nary-S3cret';
const ENV = { CREDENTIALS_DIRECTORY: '/none' };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'delfin-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function outcome(content: string | Buffer): Promise<string> {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, content);
  const { loaded, problems } = await loadConfig([file], ENV);
  return loaded ? 'loaded' : problems.map(({ message }) => message).join('\n');
}

type Path = readonly (string | number)[];

/** Every place in a value. */
function places(value: unknown, path: Path = []): Path[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, child]) => places(child, [...path, key]))
      : [];
  return [path, ...inner];
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[first] = replaced(copy[first], rest, by);
  return copy;
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null, '', ' ', 0, -1, 1.5, 1e300, true, [], {}, [[]], [null], { '': null }, { __proto__: 1 },
    '${', '${}', '${env:}', '${file:/}', '${file:/dev/zero}', '$X', 'a\nb', '\u0000', 'ü', '::', 'http://',
    'http://[', '0s', '999999999999d', '1B', '0x10:1', ':99999', { constructor: 1 }, 'x'.repeat(10_000),
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'grapheme' }),
); // prettier-ignore

describe('a file with anything in it', () => {
  it('of a wrong value at any place is refused or loaded', { timeout: 120_000 }, async () => {
    const value: unknown = parse(EXAMPLE);
    const everywhere = places(value);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...everywhere), odd, async (path, by) => {
        expect(await outcome(stringify(replaced(value, path, by)))).not.toBe('');
      }),
      { numRuns: 100 },
    );
  });

  it('of damaged text is refused or loaded', { timeout: 120_000 }, async () => {
    const piece = fc.oneof(
      fc.constantFrom('*', '&', '!', '<<: *x\n', '{', '}', '[', ': ', '- ', '\t', '"', '`', '\u0000', '---\n', '%', '|', '? '),
      fc.string({ maxLength: 8 }),
    ); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(fc.nat(EXAMPLE.length), fc.nat(20), piece, async (at, cut, by) => {
        const damaged = EXAMPLE.slice(0, at) + by + EXAMPLE.slice(at + cut);
        expect(await outcome(damaged)).not.toBe('');
      }),
      { numRuns: 100 },
    );
  });

  it('of bytes that are no text is refused', async () => {
    expect(await outcome(Buffer.from([0xff, 0xfe, 0x00, 0x80]))).toMatch(/no UTF-8 text/);
    expect(await outcome(Buffer.alloc(17 * 2 ** 20, 'a'))).toMatch(/larger than 16 MiB/);
  });

  it.each([
    'drivers: [ , ]\nbackends: []\n',
    'drivers: [ null, 5 ]\nbackends: []\n',
    'a: &a [*a]\nbackends: *a\n',
    'backends: [[], null, 5, { name: { } }]\n',
    'otlp: []\ntraps: 5\nlisten: {}\nbackends: {}\n',
    `x-a: ${'['.repeat(5_000)}\n`,
  ])('%j is refused', async (content) => {
    expect(await outcome(content)).not.toMatch(/^(loaded)?$/);
  });

  it('never repeats a secret, however its quotes are lacking', async () => {
    const block = (password: string) =>
      `backends:\n  - name: a\n    vendor: huawei\n    model: oceanstor\n    rest:\n      host: h\n      username: u\n      password: ${password}\n`;
    const flow = (password: string) =>
      `backends: [{ name: a, vendor: huawei, model: oceanstor, rest: { host: h, username: u, password:${password} } }]\n`;
    for (const first of '!*&%@`|>{}[],#?:-"\'$~=') {
      for (const text of [`${first}${CANARY}`, `x${first}${CANARY}`, `x ${first}${CANARY}`]) {
        for (const content of [block(text), flow(` ${text}`), flow(text)]) {
          expect(await outcome(content), content).not.toContain(CANARY);
        }
      }
    }
  });
});
