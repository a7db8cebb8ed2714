/** The package as npm serves it: plain JavaScript below node_modules. */
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { workspace } from './kit/agent.ts';
import { parseExposition, valueOf } from './kit/exposition.ts';
import { runProgram } from './kit/programs.ts';

const ROOT = resolve(import.meta.dirname, '..');

it(
  'runs from below node_modules, in threads, with a third-party driver',
  { timeout: 120_000 },
  async () => {
    using space = workspace();
    const installed = join(space.folder, 'node_modules/delfin-agent');
    mkdirSync(join(space.folder, 'node_modules'));
    const built = await runProgram(process.execPath, [join(ROOT, 'scripts/build.ts'), installed]);
    expect(built.code, built.stdout + built.stderr).toBe(0);
    symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
    cpSync(join(ROOT, 'docs/sample-driver.ts'), join(space.folder, 'mine.ts'));
    const config = space.write(
      'config.yaml',
      `drivers: [./mine.ts]
backends:
  - { name: a, vendor: sample_vendor, model: sample_model }
  - { name: b, vendor: fake_storage, model: fake_driver }
`,
    );
    const { code, stdout, stderr } = await runProgram(process.execPath, [
      join(installed, 'src/main.js'),
      'run',
      '--once',
      '--config.file',
      config,
    ]);
    expect(code, stderr).toBe(0);
    for (const file of ['page.css', 'page.js', 'icon.svg'])
      expect(existsSync(join(installed, 'src/web/assets', file)), file).toBe(true);
    const samples = parseExposition(stdout);
    const made = await runProgram(process.execPath, [
      join(installed, 'src/main.js'),
      'drivers',
      'new',
      'acme',
      'x100',
      join(space.folder, 'x100'),
    ]);
    expect(made.code, made.stderr).toBe(0);
    // An editor finds the types as this does.
    symlinkSync(join(ROOT, 'node_modules/@types'), join(space.folder, 'node_modules/@types'));
    const options = {
      module: 'nodenext',
      types: ['node'],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    };
    space.write('package.json', '{ "type": "module" }');
    const project = space.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: options, files: ['mine.ts'] }),
    );
    const typed = await runProgram(join(ROOT, 'node_modules/.bin/tsc'), ['--project', project]);
    expect(typed.code, typed.stdout).toBe(0);
    for (const storage_system_name of ['a', 'b']) {
      expect(valueOf(samples, 'storage_system_up', { storage_system_name })).toBe(1);
    }
  },
);
