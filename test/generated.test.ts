/** What is generated is current, and says what it should. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generate } from '../scripts/generate.ts';
import { CATALOG } from '../src/telemetry/catalog.ts';

const ROOT = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const generated = await generate();

describe('generated documents', () => {
  it.each(Object.entries(generated))('%s is current (npm run generate)', (file, content) => {
    expect(read(file) === content).toBe(true);
  });

  it('docs/metrics.md has every family once', () => {
    const named = Array.from(
      read('docs/metrics.md').matchAll(/^\| `(\w+)` \| `/gm),
      ([, name]) => name,
    );
    expect(named.sort()).toEqual(CATALOG.map(({ name }) => name).sort());
  });

  it('config.schema.json takes the example and refuses mistakes', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(read('config.schema.json')) as object,
    );
    const example = parse(read('config.example.yaml')) as { backends: Record<string, unknown>[] };
    expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
    const [fake] = example.backends;
    for (const mistake of [
      { ...example, colour: 'red' },
      { ...example, backends: [{ ...fake, vendor: 'nobody' }] },
      { ...example, backends: [{ ...fake, fake: { volumes: 'many' } }] },
      { ...example, backends: [{ ...fake, interval: '5m' }] },
    ])
      expect(validate(mistake), JSON.stringify(mistake.backends)).toBe(false);
  });
});
