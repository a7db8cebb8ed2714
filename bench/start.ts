/** From the command to the first series of an array, with nothing compiled before, and later. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { workspace } from '../test/kit/agent.ts';
import { freePort } from '../test/kit/ports.ts';
import { cpuMsOf } from './kit/process.ts';
import { median, print } from './kit/report.ts';

const TRIES = 3;
const LOOK_MS = 20;
const LIMIT_MS = 60_000;
const MAIN = new URL('../src/main.js', import.meta.url).pathname;
const CONFIG = JSON.stringify({
  backends: [{ name: 'array', vendor: 'fake_storage', model: 'fake_driver' }],
});

interface Start {
  readonly ms: number;
  /** Of all threads until then: what does not depend on who else runs. */
  readonly cpuMs: number;
}

async function startOnce(cache: string): Promise<Start> {
  using space = workspace();
  const port = await freePort();
  const file = space.write('config.yaml', CONFIG);
  const started = performance.now();
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=2', MAIN, 'run', '--config.file', file, '--web.listen-address', `127.0.0.1:${port}`, '--log.level', 'error'], // prettier-ignore
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, XDG_CACHE_HOME: cache, CACHE_DIRECTORY: cache } }, // prettier-ignore
  );
  const exited = once(child, 'exit');
  try {
    while (performance.now() - started < LIMIT_MS) {
      const page = await fetch(`http://127.0.0.1:${port}/metrics`)
        .then((answer) => answer.text())
        .catch(() => '');
      if (page.includes('storage_volume_operations_per_second{')) {
        return { ms: performance.now() - started, cpuMs: cpuMsOf(child.pid ?? 0) };
      }
      await sleep(LOOK_MS);
    }
    throw new Error('no series came');
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

const cold: Start[] = [];
const warm: Start[] = [];
for (let tries = 0; tries < TRIES; tries += 1) {
  using space = workspace();
  cold.push(await startOnce(space.folder));
  warm.push(await startOnce(space.folder));
}
const middle = (starts: readonly Start[], of: keyof Start) =>
  median(starts.map((start) => start[of]));
print('Start to the first series', [
  { what: 'nothing compiled before', value: middle(cold, 'ms'), unit: 'ms' },
  { what: 'nothing compiled before: processor time', value: middle(cold, 'cpuMs'), unit: 'ms' },
  { what: 'again', value: middle(warm, 'ms'), unit: 'ms', goal: 1_500 },
  { what: 'again: processor time', value: middle(warm, 'cpuMs'), unit: 'ms' },
]);
