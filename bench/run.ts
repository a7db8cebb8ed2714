/** Runs the benchmarks one after the other, each in a process of its own: all, or those named. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = import.meta.dirname;

/** Names of two words are programs that benchmarks start themselves. */
const isBenchmark = (file: string) => file !== 'run.ts' && /^[a-z]+\.ts$/.test(file);

const names = readdirSync(FOLDER)
  .filter(isBenchmark)
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();
const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : names) {
  if (!names.includes(name)) {
    process.stderr.write(`no benchmark "${name}"; there are ${names.join(', ')}\n`);
    process.exitCode = 1;
    continue;
  }
  const child = spawn(process.execPath, [join(FOLDER, `${name}.ts`)], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code === 0) continue;
  process.stderr.write(`benchmark ${name} ended with ${code}\n`);
  process.exitCode = 1;
}
