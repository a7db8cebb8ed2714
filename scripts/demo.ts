/**
 * `npm run demo`: every simulated array, the agent and, where it is installed, Prometheus with the
 * shipped rules. Prints where to look; ends with Ctrl-C. Everything is on loopback.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { Simulator, SimulatorDefinition } from '../test/kit/simulator.ts';
import { freePort } from '../test/kit/ports.ts';
import { hasProgram } from '../test/kit/programs.ts';
import { startPrometheus } from '../test/kit/prometheus.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SIMULATORS = join(ROOT, 'test/simulators');
const SITES = ['Berlin', 'Shenzhen'];

async function startSimulators(): Promise<{ running: Simulator[]; backends: object[] }> {
  const running: Simulator[] = [];
  const backends: object[] = [];
  const names = readdirSync(SIMULATORS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  for (const [at, name] of names.entries()) {
    const { simulator } = (await import(join(SIMULATORS, name, 'index.ts'))) as {
      simulator: SimulatorDefinition;
    };
    const started = await simulator.start({ scenario: 'normal' });
    running.push(started);
    const { vendor, model } = simulator;
    const labels = { site: SITES[at % SITES.length] };
    backends.push({ name, vendor, model, labels, ...started.access });
  }
  return { running, backends };
}

function startAgent(configFile: string): ChildProcess {
  const main = join(ROOT, 'src/main.js');
  return spawn(process.execPath, [main, 'run', '--config.file', configFile], { stdio: 'inherit' });
}

async function demo(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const { running, backends } = await startSimulators();
  for (const simulator of running) stack.use(simulator);
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
