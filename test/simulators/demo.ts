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

/** Their entries of the configuration; `stack` ends them. */
async function startSimulators(stack: AsyncDisposableStack): Promise<object[]> {
  const backends: object[] = [];
  for (const [at, name] of SIMULATORS.entries()) {
    const { vendor, model, start } = await loadSimulator(name);
    const { access } = stack.use(await start());
    backends.push({ name, vendor, model, labels: { site: SITES[at % SITES.length] }, ...access });
  }
  return backends;
}

function startAgent(configFile: string): ChildProcess {
  const main = join(ROOT, 'src/main.js');
  return spawn(process.execPath, [main, 'run', '--config.file', configFile], { stdio: 'inherit' });
}

async function demo(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const backends = await startSimulators(stack);
  const folder = mkdtempSync(join(tmpdir(), 'delfin-demo-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const listen = `127.0.0.1:${process.argv[2] ?? (await freePort())}`;
  const made = { name: 'made-up', vendor: 'fake_storage', model: 'fake_driver' };
  const down = { ...made, name: 'down', fake: { seed: 9, fail: { unreachable: true } } };
  const all = [...backends, made, down].map((backend) => ({
    performance: { interval: '15s' },
    ...backend,
  }));
  const configFile = join(folder, 'delfin.yaml');
  writeFileSync(configFile, stringify({ listen, backends: all }), { mode: 0o600 });
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

await demo();
