/**
 * What a round over an ONTAP cluster of 2,000 FlexVols and 2,000 LUNs costs the cluster (requests) and
 * us (processor time, memory), beside Harvest's poller: HARVEST names its folder, with `bin/poller`
 * built and `conf`.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, freePort } from '../test/kit/ports.ts';
import type { Simulator } from '../test/kit/simulator.ts';
import { start } from '../test/simulators/netapp-ontap/index.ts';
import { cpuMsOf, residentMbOf } from './kit/process.ts';
import { median, print, type Figure } from './kit/report.ts';

const VOLUMES = 2_000;
const LUNS = 2_000;
const WARM = 3;
const ROUNDS = 6;
const PEER_ROUND_SECONDS = 10;
const OBJECTS = {
  rest: { Aggregate: 'aggr', Cluster: 'cluster', Lun: 'lun', Node: 'node', Volume: 'volume' },
  keyperf: { Aggregate: 'aggr', Cluster: 'cluster', Lun: 'lun', SystemNode: 'system_node', Volume: 'volume' },
} as const; // prettier-ignore

interface Cost {
  readonly requests: number;
  readonly cpuMs: number;
  readonly residentMb: number;
}

async function ours(array: Simulator): Promise<Cost> {
  const child = fork(join(import.meta.dirname, 'ontap-poll.ts'), [JSON.stringify(array.access)]);
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`the poller ended with ${String(code)}`);
  });
  const poll = async (): Promise<number> => {
    const answered = once(child, 'message');
    child.send('poll');
    const [ms] = (await Promise.race([answered, exited])) as [number];
    return ms;
  };
  for (let done = 0; done < WARM; done += 1) await poll();
  const before = array.stats.requests;
  const times: number[] = [];
  for (let done = 0; done < ROUNDS; done += 1) times.push(await poll());
  const residentMb = residentMbOf(child.pid ?? 0, true);
  exited.catch(() => {});
  child.disconnect();
  const requests = (array.stats.requests - before) / ROUNDS;
  return { requests, cpuMs: median(times), residentMb };
}

/** The same objects, each collector once a round. */
async function peer(array: Simulator, harvest: string): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'delfin-bench-ontap-'));
  for (const [collector, objects] of Object.entries(OBJECTS)) {
    mkdirSync(join(folder, 'conf', collector), { recursive: true });
    const files = Object.entries(objects).map(([name, file]) => [name, `${file}.yaml`]);
    const template = {
      collector: collector === 'rest' ? 'Rest' : 'KeyPerf',
      schedule: [{ counter: '24h' }, { data: `${PEER_ROUND_SECONDS}s` }],
      objects: Object.fromEntries(files) as Record<string, string>,
    };
    writeFileSync(join(folder, 'conf', collector, 'default.yaml'), JSON.stringify(template));
  }
  const port = await freePort();
  writeFileSync(join(folder, 'harvest.yml'), JSON.stringify(peerConfig(array, port)));
  const confs = `${join(folder, 'conf')}:${join(harvest, 'conf')}`;
  const child = spawn(
    join(harvest, 'bin/poller'),
    ['-p', 'bench', '--config', join(folder, 'harvest.yml'), '--confpath', confs, '--promPort', String(port), '-l', '4'],
    { stdio: 'ignore', cwd: harvest },
  ); // prettier-ignore
  const exited = once(child, 'exit');
  const page = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    const text = (await answer?.text()) ?? '';
    // Counters have been read twice, sizes once.
    return text.includes('lun_total_ops{') && text.includes('volume_size{') ? text : undefined;
  };
  await eventually('Harvest', page, 120_000);
  const [before, cpuBefore] = [array.stats.requests, cpuMsOf(child.pid ?? 0)];
  await sleep(ROUNDS * PEER_ROUND_SECONDS * 1_000);
  const cost = {
    requests: (array.stats.requests - before) / ROUNDS,
    cpuMs: (cpuMsOf(child.pid ?? 0) - cpuBefore) / ROUNDS,
    residentMb: residentMbOf(child.pid ?? 0, true),
  };
  child.kill();
  await exited;
  rmSync(folder, { recursive: true });
  return cost;
}

/** JSON is YAML. */
function peerConfig({ access }: Simulator, port: number): unknown {
  const { host, port: target, username, password } = access['rest'] as Record<string, unknown>;
  const poller = {
    datacenter: 'bench',
    addr: `${String(host)}:${String(target)}`,
    auth_style: 'basic_auth',
    username,
    password,
    use_insecure_tls: true,
    collectors: ['Rest', 'KeyPerf'],
    exporters: ['prometheus'],
  };
  return {
    Tools: { autosupport_disabled: true },
    Exporters: { prometheus: { exporter: 'Prometheus', local_http_addr: '127.0.0.1', port } },
    Pollers: { bench: poller },
  };
}

const figuresOf = (who: string, { requests, cpuMs, residentMb }: Cost): Figure[] => [
  { what: `${who}: requests a round`, value: requests, unit: '' },
  { what: `${who}: processor time a round`, value: cpuMs, unit: 'ms' },
  { what: `${who}: highest memory`, value: residentMb, unit: 'MB' },
];

await using array = await start({
  volumes: VOLUMES,
  luns: LUNS,
  ailing: false,
  whole: true,
  clock: Date.now,
});
const mine = await ours(array);
const harvest = process.env['HARVEST'];
const figures = figuresOf('agent', mine);
if (harvest !== undefined && existsSync(join(harvest, 'bin/poller'))) {
  const theirs = await peer(array, harvest);
  figures.push(...figuresOf('Harvest', theirs));
  figures.push({ what: 'requests, times ours', value: theirs.requests / mine.requests, unit: 'x' });
  figures.push({ what: 'processor time, times ours', value: theirs.cpuMs / mine.cpuMs, unit: 'x' });
} else {
  process.stdout.write(
    'Harvest is left out: HARVEST names no folder with bin/poller (https://github.com/NetApp/harvest)\n',
  );
}
print(`ONTAP, ${VOLUMES} FlexVols and ${LUNS} LUNs, a round of inventory and performance`, figures);
