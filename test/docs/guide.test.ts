/** The developer guide: its code is that of the samples and tests, its configuration fits its first file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it, vi } from 'vitest';
import { OPTIONAL_METHODS } from 'delfin-agent/driver';
import { loadConfig } from '../../src/config/load.ts';
import { newDriver } from '../../src/cli/drivers-new.ts';
import { workspace } from '../kit/agent.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const guide = readFileSync(join(ROOT, 'docs/driver-developer-guide.md'), 'utf8');

function blocks(language: string): string[] {
  return Array.from(
    guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm')),
    ([, block = '']) => block,
  );
}

const samples = ['docs', 'test/docs'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith('.ts') && file !== 'guide.test.ts')
    .map((file) => readFileSync(join(ROOT, folder, file), 'utf8')),
);

it('shows code of compiled files only, as it stands there', () => {
  const shown = blocks('ts');
  expect(shown.length).toBeGreaterThan(10);
  expect(shown.filter((block) => !samples.some((sample) => sample.includes(block)))).toEqual([]);
});

it('names in code what delfin-agent/driver exports or the samples have', async () => {
  const exported = Object.keys(await import('../../src/driver/index.ts'));
  const known = new Set([...exported, ...samples.join(' ').match(/[A-Za-z_]\w*/g) ?? []]); // prettier-ignore
  const called = Array.from(guide.matchAll(/`(?:parts\.|context\.|rest\.)?([a-zA-Z]+)\(/g), ([, name = '']) => name); // prettier-ignore
  const kit = readdirSync(join(ROOT, 'src/driver/kit')).map((file) => `driver/kit/${file}`);
  const contract =
    ['driver/driver.ts', 'driver/transports.ts', 'driver/secret.ts', ...kit, 'testing/index.ts', 'testing/simulator.ts'] // prettier-ignore
      .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
      .join(' ');
  expect(called.length).toBeGreaterThan(20);
  expect(
    called.filter((name) => !known.has(name) && !new RegExp(`\\b${name}\\b`).test(contract)),
  ).toEqual([]);
});

it('has every method of the contract in its table, once', () => {
  const [, table = ''] = /### Every method\n([\s\S]*?)\n###/.exec(guide) ?? [];
  const named = Array.from(table.matchAll(/^\| `(\w+)` \|/gm), ([, name = '']) => name);
  const required = ['open', 'getStorage', 'listStoragePools', 'listVolumes', 'close'];
  const wanted = [...required, ...OPTIONAL_METHODS, 'capabilities', 'parseAlert'];
  expect(named.toSorted()).toEqual(wanted.toSorted());
});

it("section 1's configuration is that of section 1's file", async () => {
  using space = workspace();
  await newDriver('acme', 'x100', join(space.folder, 'acme-x100'), ['rest']);
  const [yaml = ''] = blocks('yaml');
  const file = space.write('config.yaml', yaml);
  vi.stubEnv('X100_PASSWORD', 'secret');
  const { loaded, problems } = await loadConfig([file]);
  vi.unstubAllEnvs();
  expect(problems).toEqual([]);
  expect(loaded?.config.backends.map(({ name }) => name)).toEqual(['x100-1']);
});
