/** `drivers test PATH` as an author runs it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAgent, workspace, type Workspace } from '../kit/agent.ts';

const SMALL = new URL('./small.ts', import.meta.url).href;
const COMMAND = new URL('../../src/cli/drivers-test.ts', import.meta.url).href;
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

it('breaks off a loop without end, and names the call and the line', async () => {
  const spinning = space.write(
    'spinning.ts',
    `import { smallDriver } from '${SMALL}';
const driver = smallDriver();
const open = async (access, context) => {
  const session = await driver.open(access, context);
  return { ...session, async listVolumes() { for (let page = 0; ; page += 1); } };
};
export default { ...driver, open };
`,
  );
  const script = space.write(
    'script.ts',
    `import { testDriver } from '${COMMAND}';
const options = { format: 'json', simulator: '${space.folder}/simulator.ts', configFile: [], maxRequests: 100 };
await testDriver('${spinning}', { ...options, patienceMs: 500 }).catch((error) => {
  console.error(error.message);
});
`,
  );
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script]);
  expect(stderr).toMatch(/^1 check failed$/m);
  const { checks } = JSON.parse(stdout) as { checks: object[] };
  expect(checks.at(-1)).toMatchObject({
    group: 'normal',
    name: 'listVolumes',
    state: 'wrong',
    findings: [
      {
        rule: 'blocks_thread',
        value: expect.stringContaining(`in a loop at listVolumes (${spinning}:5), called by `),
      },
    ],
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
