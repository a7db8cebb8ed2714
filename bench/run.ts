/**
 * Runs the benchmarks one after the other, each in a process of its own: all, or those named.
 * `--runs N` repeats all of them, `--write FILE` makes a document of the medians after each run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { workspace } from '../test/kit/agent.ts';
import { documentOf, type Table } from './kit/document.ts';

const FOLDER = import.meta.dirname;

/** Names of two words are programs that benchmarks start themselves. */
const isBenchmark = (file: string) => file !== 'run.ts' && /^[a-z]+\.ts$/.test(file);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '1' }, write: { type: 'string' } },
});
const names = readdirSync(FOLDER)
  .filter(isBenchmark)
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();
const wanted = positionals.length > 0 ? positionals : names;
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark "${unknown.join('", "')}"; there are ${names.join(', ')}\n`);
  process.exit(1);
}
using space = workspace();
const file = space.write('figures', '');
for (let run = 0; run < Number(values.runs); run += 1) {
  for (const name of wanted) {
    const env = { ...process.env, BENCH_FIGURES: file };
    const child = spawn(process.execPath, [join(FOLDER, `${name}.ts`)], { stdio: 'inherit', env });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code === 0) continue;
    process.stderr.write(`benchmark ${name} ended with ${code}\n`);
    process.exitCode = 1;
  }
  // After each run: what was measured stays if the rest is broken off.
  if (values.write) {
    const lines = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
    const tables = lines.map((line) => JSON.parse(line) as Table);
    const before = existsSync(values.write) ? readFileSync(values.write, 'utf8') : '';
    writeFileSync(values.write, documentOf(tables, before));
  }
}
