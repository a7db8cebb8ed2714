/**
 * `npm run demo [-- PORT [INTERVAL]]`: every simulated array, the agent and, where it is installed,
 * Prometheus with the shipped rules. Prints where to look; ends with Ctrl-C. Everything is on
 * loopback. INTERVAL: of the scrapes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';
import { startPrometheus } from '../kit/prometheus.ts';
import { SIMULATORS } from './all.ts';
import { interrupted, startArrays } from './arrays.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const [port = '0', interval = '15s'] = import.meta.main ? process.argv.slice(2) : [];

const PERFORMANCE = { performance: { interval: '15s' } };
const MADE_UP = { vendor: 'fake_storage', model: 'fake_driver', ...PERFORMANCE };
/** One that nobody reaches. */
export const DOWN = { ...MADE_UP, name: 'down', fake: { seed: 9, fail: { unreachable: true } } };

/** Every simulated array and a made-up one, as entries of the configuration; `stack` ends them. */
export async function demoBackends(stack: AsyncDisposableStack): Promise<object[]> {
  const arrays = await startArrays(stack, SIMULATORS);
  return [
    { ...MADE_UP, name: 'made-up' },
    ...arrays.map((array) => ({ ...PERFORMANCE, ...array })),
  ];
}

function startAgent(configFile: string): ChildProcess {
  const main = join(ROOT, 'src/main.js');
  return spawn(process.execPath, [main, 'run', '--config.file', configFile], { stdio: 'inherit' });
}

async function demo(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const asked = interrupted();
  const backends = [...(await demoBackends(stack)), DOWN];
  const folder = mkdtempSync(join(tmpdir(), 'delfin-demo-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const listen = `127.0.0.1:${port === '0' ? await freePort() : port}`;
  const records = join(folder, 'alerts.jsonl');
  const config = {
    listen,
    alert_output: { file: records },
    traps: { listen: '127.0.0.1:0', communities: ['public'] },
    backends,
  };
  const configFile = join(folder, 'delfin.yaml');
  writeFileSync(configFile, stringify(config), { mode: 0o600 });
  const agent = startAgent(configFile);
  const ended = new Promise((done) => agent.once('exit', done));
  stack.defer(async () => {
    agent.kill('SIGTERM');
    await ended;
  });
  console.log(`agent       http://${listen}/`);
  console.log(`alerts      ${records}`);
  if (hasProgram('prometheus')) {
    const rules = ['alerts', 'recording'].map((name) =>
      join(ROOT, `dashboards/${name}.rules.yaml`),
    );
    const jobs = [{ name: 'delfin', url: `http://${listen}` }];
    const prometheus = stack.use(await startPrometheus({ jobs, rules, interval }));
    console.log(`prometheus  ${prometheus.url}/`);
    console.log('dashboards  import dashboards/*.json into a Grafana that has it as data source');
  } else console.log('prometheus  is not installed: the pages of the agent only');
  await Promise.race([asked, ended]);
}

if (import.meta.main) await demo();
