/**
 * Simulated arrays that live on, for demos: `node test/simulators/arrays.ts FILE NAME...` starts them
 * and writes their entries of the configuration to FILE. They listen on loopback.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { loadSimulator } from './all.ts';

const SITES = ['Berlin', 'Shenzhen'];

/** Their entries of the configuration; `stack` ends them. */
export async function startArrays(
  stack: AsyncDisposableStack,
  names: readonly string[],
): Promise<object[]> {
  const backends: object[] = [];
  for (const [at, name] of names.entries()) {
    const { vendor, model, start } = await loadSimulator(name);
    const { access } = stack.use(await start({ clock: Date.now }));
    backends.push({ name, vendor, model, labels: { site: SITES[at % SITES.length] }, ...access });
  }
  return backends;
}

/** Settles when the process is asked to end. */
export const interrupted = (): Promise<void> =>
  new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });

if (import.meta.main) {
  const [file = '', ...names] = process.argv.slice(2);
  await using stack = new AsyncDisposableStack();
  const ended = interrupted();
  const backends = await startArrays(stack, names);
  // Whoever waits for the file finds it whole.
  writeFileSync(`${file}.new`, stringify({ backends }), { mode: 0o644 });
  renameSync(`${file}.new`, file);
  console.log(`${names.length} arrays are simulated`);
  await ended;
}
