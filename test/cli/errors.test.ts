/** What an operator gets wrong is a sentence, in every command. */
import { createSocket } from 'node:dgram';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAgent, startAgent, workspace, type Workspace } from '../kit/agent.ts';
import { eventually } from '../kit/ports.ts';
import { runProgram } from '../kit/programs.ts';

const FAKE = 'vendor: fake_storage, model: fake_driver';
const MAIN = new URL('../../src/main.js', import.meta.url).pathname;
const STACK = /^\s+at /m;
let space: Workspace;
let config = '';

beforeAll(() => {
  space = workspace();
  config = space.write(
    'config.yaml',
    `drivers: [ ./thrower.ts ]
backends:
  - { name: gone, ${FAKE}, fake: { fail: { unreachable: true } } }
  - { name: broken, vendor: acme, model: thrower }
  - { name: ailing, ${FAKE}, fake: { volumes: 2, fail: { lists: [ports] } } }
`,
  );
  space.write(
    'thrower.ts',
    `import { defineDriver, Type } from 'delfin-agent/driver';
export default defineDriver({
  vendor: 'acme', model: 'thrower', title: 't', access: Type.Object({}),
  capabilities: () => { throw new Error('none without an array'); },
  open: async () => { throw new TypeError('x is undefined'); },
});`,
  );
});
afterAll(() => space[Symbol.dispose]());

const run = (...args: string[]) => runAgent([...args, '--config.file', config]);

describe('an operator reads a sentence, no stack', () => {
  it.each([
    ['alerts list gone', /^gone: /],
    ['alerts list broken', /^broken: the driver failed: x is undefined$/m],
    ['alerts clear gone 1', /^gone: /],
    ['traps add gone --target 192.0.2.1:162', /^gone: /],
    ['drivers test gone', /^gone: /],
    ['drivers test broken', /^broken: the driver failed/],
    ['inspect gone', /^gone: /],
    ['traps listen', /no "traps:" block/],
  ])('%s', async (line, words) => {
    const { code, stderr } = await run(...line.split(' '));
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(STACK);
  });

  it('when the port of traps is taken', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1');
    await once(other, 'listening');
    const file = space.write(
      'taken.yaml',
      `traps: { listen: "127.0.0.1:${other.address().port}" }\nbackends: [{ name: a, ${FAKE} }]\n`,
    );
    const { code, stderr } = await runAgent(['traps', 'listen', '--config.file', file]);
    other.close();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/traps\.listen 127\.0\.0\.1:\d+: /)]);
    expect(stderr).not.toMatch(STACK);
  });

  it('when a new driver has no place', async () => {
    const place = space.write('file', '');
    const { code, stderr } = await runAgent(['drivers', 'new', 'acme', 'x', place]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/it is there already|no folder/);
    expect(stderr).not.toMatch(STACK);
  });

  it.each(['check', 'run'])(
    '%s: when what its own options name can not be served',
    async (command) => {
      const broken = space.write('web.yaml', 'tls_server: {}\n');
      const { code, stderr } = await run(
        command,
        '--web.listen-address',
        '127.0.0.1',
        '--web.listen-address',
        '127.0.0.1:70000',
        '--web.config.file',
        broken,
      );
      expect(code).toBe(1);
      expect(stderr.trimEnd().split('\n')).toEqual([
        '--web.listen-address: 127.0.0.1 must be host:port, [v6]:port, :port or unix:///path',
        expect.stringMatching(/^--web\.listen-address: 127\.0\.0\.1:70000 has no such port/),
        expect.stringMatching(/^--web\.config\.file: .*web\.yaml: unknown key "tls_server"/),
      ]);
    },
  );

  it('when the command is misspelt', async () => {
    const { code, stderr } = await runAgent(['inspekt', 'a']);
    expect([code, stderr]).toEqual([1, 'unknown command "inspekt" (did you mean inspect?)\n']);
  });

  it('when there is no configuration', async () => {
    const empty = join(space.folder, 'empty');
    mkdirSync(empty);
    const { code, stderr } = await runAgent(['check', '--config.file', join(empty, 'config.yaml')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no such file.*--config\.file FILE/);
  });
});

describe('what is printed', () => {
  it('drivers list goes on beside a driver that says nothing of itself', async () => {
    const { code, stdout } = await run('drivers', 'list');
    expect([code, stdout]).toEqual([0, expect.stringContaining('acme thrower')]);
  });

  it('inspect shows problems whole', async () => {
    const { stdout } = await run('inspect', 'ailing');
    expect(stdout).toContain(
      'problems: 1\n  listPorts: backend\n    fake array: ports failed as configured',
    );
    expect(stdout).not.toMatch(/problems:[\s\S]*…/);
  });

  it('check warns of an open address, and says ok', async () => {
    const file = space.write(
      'open.yaml',
      `listen: 0.0.0.0:10790\nbackends: [{ name: a, ${FAKE} }]\n`,
    );
    const { code, stdout, stderr } = await runAgent(['check', '--config.file', file]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('ok, 1 backend')]);
    expect(stderr).toMatch(
      /open\.yaml:1:9: everybody who reaches 0\.0\.0\.0:10790 .*\(warning\)$/m,
    );
  });
});

it('an agent goes on when the reader of its output is gone', async () => {
  const file = space.write(
    'stdout.yaml',
    `alert_output: { stdout: true }\nbackends: [{ name: a, ${FAKE}, alerts: { interval: 1s } }]\n`,
  );
  await using agent = await startAgent(file);
  agent.process.stdout?.destroy();
  const polls = async () =>
    Number(
      /delfin_collection_runs_total\{[^}]*alerts[^}]*\} (\d+)/.exec(
        (await agent.get('/metrics')).text,
      )?.[1] ?? 0,
    );
  await eventually('three more polls', async () => ((await polls()) >= 3 ? true : undefined));
  expect(agent.process.exitCode).toBeNull();
});

it('a command ends quietly when its reader has enough', async () => {
  const child = spawn(process.execPath, [MAIN, 'schema'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
});

describe('an old Node', () => {
  const said =
    /^delfin-agent needs Node\.js 24\.\d+ or newer; \S+ is 2\d\.\S+\. Install one from https:\S+ .*npm run agent/;

  it('is told what is needed, before anything that it can not load', async () => {
    const pretend = space.write(
      'old.mjs',
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.11.1' } });`,
    );
    const { code, stderr } = await runProgram(process.execPath, ['--import', pretend, MAIN, 'run']);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(said)]);
    // A name that a module of an old Node lacks is an error before the first line runs.
    expect(readFileSync(MAIN, 'utf8')).toContain("import module from 'node:module';");
  });

  // The one of the system, where there is an old one: npm's scripts put theirs ahead of it.
  const olds = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((file) => existsSync(file) && isOld(file));
  it.each(olds)('as this machine has one is told so by itself: %s', async (file) => {
    const { code, stderr } = await runProgram(file, [MAIN, 'run']);
    expect([code, stderr.trim().split('\n')]).toEqual([1, [expect.stringMatching(said)]]);
  });
});

function isOld(node: string): boolean {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout;
  return Number(/^v(\d+)/.exec(version)?.[1]) < 24;
}
