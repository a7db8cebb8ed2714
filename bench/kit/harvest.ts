/** A simulated cluster and Harvest's poller on it: HARVEST names its folder, with `bin/poller` built and `conf`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { workspace } from '../../test/kit/agent.ts';
import { eventually, freePort } from '../../test/kit/ports.ts';
import type { Simulator } from '../../test/kit/simulator.ts';
import { start } from '../../test/simulators/netapp-ontap/index.ts';

const FIRST_MS = 240_000;
const OBJECTS = {
  rest: { Aggregate: 'aggr', Cluster: 'cluster', Lun: 'lun', Node: 'node', Volume: 'volume' },
  keyperf: { Aggregate: 'aggr', Cluster: 'cluster', Lun: 'lun', SystemNode: 'system_node', Volume: 'volume' },
} as const; // prettier-ignore

export interface Harvest extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

/** With everything healthy and a clock that goes. */
export const startCluster = (volumes: number, luns: number): Promise<Simulator> =>
  start({ volumes, luns, ailing: false, whole: true, clock: Date.now });

/** Harvest's folder; undefined, and told: it can't be had. */
export function harvestFolder(): string | undefined {
  const folder = process.env['HARVEST'];
  if (folder !== undefined && existsSync(join(folder, 'bin/poller'))) return folder;
  process.stdout.write(
    'Harvest is left out: HARVEST names no folder with bin/poller (https://github.com/NetApp/harvest)\n',
  );
  return undefined;
}

/** The objects that we read, each collector once in so many seconds; after the first series of all. */
export async function startHarvest(
  folder: string,
  array: Simulator,
  roundSeconds: number,
): Promise<Harvest> {
  const space = workspace();
  for (const [collector, objects] of Object.entries(OBJECTS)) {
    const files = Object.entries(objects).map(([name, file]) => [name, `${file}.yaml`]);
    const template = {
      collector: collector === 'rest' ? 'Rest' : 'KeyPerf',
      schedule: [{ counter: '24h' }, { data: `${roundSeconds}s` }],
      objects: Object.fromEntries(files) as Record<string, string>,
    };
    mkdirSync(join(space.folder, 'conf', collector), { recursive: true });
    space.write(`conf/${collector}/default.yaml`, JSON.stringify(template));
  }
  const port = await freePort();
  const config = space.write('harvest.yml', JSON.stringify(configOf(array, port)));
  const confs = `${join(space.folder, 'conf')}:${join(folder, 'conf')}`;
  const child = spawn(
    join(folder, 'bin/poller'),
    ['-p', 'bench', '--config', config, '--confpath', confs, '--promPort', String(port), '-l', '4'],
    { stdio: 'ignore', cwd: folder },
  ); // prettier-ignore
  const exited = once(child, 'exit');
  const first = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    const text = (await answer?.text()) ?? '';
    // Counters have been read twice, sizes once.
    return (text.includes('lun_total_ops{') && text.includes('volume_size{')) || undefined;
  };
  await eventually('Harvest', first, FIRST_MS);
  return {
    pid: child.pid ?? 0,
    port,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
      space[Symbol.dispose]();
    },
  };
}

/** JSON is YAML. */
function configOf({ access }: Simulator, port: number): unknown {
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
