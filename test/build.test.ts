/** The package as npm serves it, and a third party's package beside it: plain JavaScript below node_modules. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulator } from '../docs/sample-rest-simulator.ts';
import { workspace, type Workspace } from './kit/agent.ts';
import { parseExposition, valueOf } from './kit/exposition.ts';
import { runProgram } from './kit/programs.ts';

const ROOT = resolve(import.meta.dirname, '..');
const ENV = { PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };

let space: Workspace;

/** Packs a folder, and unpacks the archive as npm does. */
function install(folder: string, name: string): void {
  const to = join(space.folder, 'node_modules', name);
  mkdirSync(to, { recursive: true });
  const packed = execFileSync(
    'npm',
    ['pack', folder, '--json', '--pack-destination', space.folder],
    {
      cwd: folder,
      env: { ...process.env, ...ENV },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  // Scripts of the package print before it.
  const archive = /"filename": "([^"]+)"/.exec(packed)?.[1] ?? '';
  execFileSync('tar', ['-xzf', join(space.folder, archive), '--strip-components=1', '-C', to]);
}

const agent = (...args: string[]) =>
  runProgram(process.execPath, [join(space.folder, 'node_modules/delfin-agent/src/main.js'), ...args]); // prettier-ignore

beforeAll(async () => {
  space = workspace();
  const dist = join(space.folder, 'dist');
  const built = await runProgram(process.execPath, [join(ROOT, 'scripts/build.ts'), dist]);
  expect(built.code, built.stdout + built.stderr).toBe(0);
  install(dist, 'delfin-agent');
  const modules = join(space.folder, 'node_modules');
  symlinkSync(join(ROOT, 'node_modules'), join(modules, 'delfin-agent/node_modules'));
  // What npm installs beside it: the command, and what the compiler of an author needs.
  mkdirSync(join(modules, '.bin'));
  chmodSync(join(modules, 'delfin-agent/src/main.js'), 0o755);
  symlinkSync('../delfin-agent/src/main.js', join(modules, '.bin/delfin-agent'));
  symlinkSync(join(ROOT, 'node_modules/.bin/tsc'), join(modules, '.bin/tsc'));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(modules, '@types'));
});
afterAll(() => space[Symbol.dispose]());

it('runs from below node_modules, in threads, with a third-party file', async () => {
  cpSync(join(ROOT, 'docs/sample-driver.ts'), join(space.folder, 'mine.ts'));
  const config = space.write(
    'config.yaml',
    `drivers: [./mine.ts]
backends:
  - { name: a, vendor: sample_vendor, model: sample_model }
  - { name: b, vendor: fake_storage, model: fake_driver }
`,
  );
  const { code, stdout, stderr } = await agent('run', '--once', '--config.file', config);
  expect(code, stderr).toBe(0);
  const assets = join(space.folder, 'node_modules/delfin-agent/src/web/assets');
  expect(readdirSync(assets)).toEqual(expect.arrayContaining(['page.css', 'page.js', 'icon.svg']));
  const samples = parseExposition(stdout);
  for (const storage_system_name of ['a', 'b']) {
    expect(valueOf(samples, 'storage_system_up', { storage_system_name })).toBe(1);
  }
});

describe('drivers new', () => {
  it('makes a package that is green at once, with only the agent installed', async () => {
    const folder = join(space.folder, 'first');
    const made = await agent('drivers', 'new', 'acme', 'x1', folder, '--snmp');
    expect(made.code, made.stderr).toBe(0);
    const tested = await runProgram('npm', ['test'], { cwd: folder, env: ENV });
    expect(tested.code, tested.stdout + tested.stderr).toBe(0);
    expect(Number(/^# pass (\d+)$|^ℹ pass (\d+)$/m.exec(tested.stdout)?.[0].match(/\d+/)?.[0])).toBeGreaterThan(50); // prettier-ignore
  });

  it('makes a package that ships JavaScript and is loaded by vendor and model', async () => {
    const folder = join(space.folder, 'second');
    expect((await agent('drivers', 'new', 'acme', 'x2', folder)).code).toBe(0);
    install(folder, 'delfin-driver-acme-x2');
    const installed = join(space.folder, 'node_modules/delfin-driver-acme-x2');
    expect(readdirSync(join(installed, 'dist')).toSorted()).toEqual(
      ['driver.d.ts', 'driver.js', 'simulator.d.ts', 'simulator.js'],
    ); // prettier-ignore
    await using array = await simulator.start();
    const config = space.write(
      'packed.yaml',
      `drivers: [delfin-driver-acme-x2]
backends: [${JSON.stringify({ name: 'x2', vendor: 'acme', model: 'x2', ...array.access })}]
`,
    );
    const { code, stdout, stderr } = await agent('run', '--once', '--config.file', config);
    expect(code, stderr).toBe(0);
    const samples = parseExposition(stdout);
    expect(valueOf(samples, 'storage_system_up', { storage_system_name: 'x2' })).toBe(1);
    const volume = { storage_system_name: 'x2', storage_volume_id: '1' };
    expect(valueOf(samples, 'storage_volume_capacity_bytes', volume)).toBe(2 * 2 ** 30);
  });
});
