/** `drivers test PATH` as an author runs it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAgent, workspace, type Workspace } from '../kit/agent.ts';

const SMALL = new URL('./small.ts', import.meta.url).href;
let space: Workspace;
let driver = '';

beforeAll(() => {
  space = workspace();
  driver = space.write(
    'driver.ts',
    `import { smallDriver } from '${SMALL}';\nexport default smallDriver('misspelt');\n`,
  );
  space.write('simulator.ts', `export { smallSimulator as simulator } from '${SMALL}';\n`);
  space.write('alone.mjs', 'export default {};\n');
});
afterAll(() => space[Symbol.dispose]());

it('names the fault, the record and the field, and exits 1', async () => {
  const { code, stdout, stderr } = await runAgent(['drivers', 'test', driver]);
  expect([code, stderr]).toEqual([1, '1 check failed\n']);
  expect(stdout).toContain('  WRONG   listVolumes\n');
  expect(stdout).toMatch(/unknown_field: listVolumes\[0\]\.total_capasity is "1024".*did you mean total_capacity/); // prettier-ignore
  expect(stdout).toMatch(/^not tested, the simulator has no such scenario: sparse, /m);
});

it('says the same to programs', async () => {
  const { code, stdout } = await runAgent(['drivers', 'test', driver, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    driver: ['acme small'],
    ok: false,
    counts: { wrong: 1 },
    checks: expect.arrayContaining([
      {
        group: 'normal',
        name: 'listVolumes',
        state: 'wrong',
        more: expect.any(Number),
        findings: expect.arrayContaining([
          expect.objectContaining({ rule: 'unknown_field', call: 'listVolumes', index: 0, field: 'total_capasity' }), // prettier-ignore
        ]),
      },
    ]),
  });
});

it.each([
  ['./nowhere', /^\.\/nowhere: no such file or folder; a backend is named as in the configuration/],
  ['alone.mjs', /simulator\.mjs: there is no simulator.*--simulator FILE/],
  ['', /package\.json: no such file; name the driver's own file/],
])('says what is missing: %s', async (name, words) => {
  const target = name.startsWith('.') ? name : `${space.folder}/${name}`;
  const { code, stderr } = await runAgent(['drivers', 'test', target]);
  expect(code).toBe(1);
  expect(stderr).toMatch(words);
});
