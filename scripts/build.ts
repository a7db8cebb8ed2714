/**
 * `npm run build [FOLDER]`: the package as npm serves it. Node runs TypeScript, but not below
 * node_modules: there it needs JavaScript. `npm pack ./dist` makes the archive.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const out = resolve(process.argv[2] ?? join(root, 'dist'));

rmSync(out, { recursive: true, force: true });
execFileSync(
  join(root, 'node_modules/.bin/tsc'),
  ['--project', join(root, 'tsconfig.build.json'), '--outDir', out],
  { stdio: 'inherit' },
);
for (const file of [
  'src/main.js',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'config.example.yaml',
  'config.schema.json',
]) {
  cpSync(join(root, file), join(out, file));
}
for (const folder of ['dashboards', 'deploy', 'docs', 'src/web/assets']) {
  cpSync(join(root, folder), join(out, folder), { recursive: true });
}

const { name, version, description, license, type, engines, dependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as Record<string, unknown>;
const manifest = {
  name,
  version,
  description,
  license,
  type,
  engines,
  bin: { 'delfin-agent': './src/main.js' },
  exports: {
    './driver': { types: './src/driver/index.d.ts', default: './src/driver/index.js' },
    './testing': { types: './src/testing/index.d.ts', default: './src/testing/index.js' },
    './package.json': './package.json',
  },
  dependencies,
};
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

// The entry loads TypeScript in a checkout, JavaScript here.
const entry = join(out, 'src/main.js');
writeFileSync(
  entry,
  readFileSync(entry, 'utf8').replace("'./cli/program.ts'", "'./cli/program.js'"),
  { mode: 0o755 },
);
