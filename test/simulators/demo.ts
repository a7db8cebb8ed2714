/**
 * `npm run demo`: every simulated array, the agent and, where it is installed, Prometheus with the
 * shipped rules. Prints where to look; ends with Ctrl-C. Everything is on loopback.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';
import { startPrometheus } from '../kit/prometheus.ts';
import { loadSimulator, SIMULATORS } from './all.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SITES = ['Berlin', 'Shenzhen'];

const MADE_UP = { vendor: 'fake_storage', model: 'fake_driver', performance: { interval: '15s' } };
/** One that nobody reaches. */
export const DOWN = { ...MADE_UP, name: 'down', fake: { seed: 9, fail: { unreachable: true } } };

/** Every simulated array and a made-up one, as entries of the configuration; `stack` ends them. */
export async function demoBackends(stack: AsyncDisposableStack): Promise<object[]> {
  const backends: object[] = [{ ...MADE_UP, name: 'made-up' }];
  for (const [at, name] of SIMULATORS.entries()) {
    const { vendor, model, start } = await loadSimulator(name);
    const { access } = stack.use(await start());
    const labels = { site: SITES[at % SITES.length] };
    backends.push({ name, vendor, model, labels, performance: { interval: '15s' }, ...access });
  }
  return backends;
}

function startAgent(configFile: string): ChildProcess {
  const main = join(ROOT, 'src/main.js');
  return spawn(process.execPath, [main, 'run', '--config.file', configFile], { stdio: 'inherit' });
}

async function demo(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const backends = [...(await demoBackends(stack)), DOWN];
  const folder = mkdtempSync(join(tmpdir(), 'delfin-demo-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const listen = `127.0.0.1:${process.argv[2] ?? (await freePort())}`;
  const configFile = join(folder, 'delfin.yaml');
  writeFileSync(configFile, stringify({ listen, backends }), { mode: 0o600 });
  const agent = startAgent(configFile);
  const ended = new Promise((done) => agent.once('exit', done));
  stack.defer(async () => {
    agent.kill('SIGTERM');
    await ended;
  });
  console.log(`agent       http://${listen}/`);
  if (hasProgram('prometheus')) {
    const rules = ['alerts', 'recording'].map((name) =>
      join(ROOT, `dashboards/${name}.rules.yaml`),
    );
    const jobs = [{ name: 'delfin', url: `http://${listen}` }];
    const prometheus = stack.use(await startPrometheus({ jobs, rules, interval: '15s' }));
    console.log(`prometheus  ${prometheus.url}/`);
    console.log('dashboards  import dashboards/*.json into a Grafana that has it as data source');
  } else console.log('prometheus  is not installed: the pages of the agent only');
  const interrupted = new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
  });
  await Promise.race([interrupted, ended]);
}

if (import.meta.main) await demo();
