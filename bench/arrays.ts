/** Many arrays in one agent, one of 50 that hangs, one with a million volumes: what the others notice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { workspace } from '../test/kit/agent.ts';
import { freePort } from '../test/kit/ports.ts';
import { scrape } from './kit/client.ts';
import { measure } from './kit/process.ts';
import { print } from './kit/report.ts';

const MANY = 500;
const NEIGHBOURS = 49;
const WATCH_MS = 30_000;
const HUGE_MS = 300_000;
const MAIN = new URL('../src/main.js', import.meta.url).pathname;
const LISTS = ['storage', 'storage_pools', 'volumes', 'controllers', 'ports', 'disks'];

const fake = (name: string, further: object, options: object) => ({
  name,
  vendor: 'fake_storage',
  model: 'fake_driver',
  ...further,
  fake: { serial_number: name, ...options },
});

interface Status {
  readonly backends: readonly {
    readonly name: string;
    readonly up?: boolean;
    readonly runs: Readonly<Record<string, { readonly at: number; readonly duration_ms: number }>>;
  }[];
}

/** The agent; `ready`: what is waited for. */
async function start(
  backends: readonly object[],
  ready: (status: Status) => boolean,
  more: object = {},
) {
  const space = workspace();
  const port = await freePort();
  const write = (all: readonly object[]) =>
    space.write('config.yaml', JSON.stringify({ workers: 2, ...more, backends: all }));
  const statusOf = async () =>
    (await (await fetch(`http://127.0.0.1:${port}/api/v1/status`)).json()) as Status;
  const file = write(backends);
  const started = performance.now();
  const agent = await measure({
    program: MAIN,
    args: [
      'run',
      '--config.file',
      file,
      '--web.listen-address',
      `127.0.0.1:${port}`,
      '--log.level',
      'error',
    ],
    port,
    nodeArgs: ['--max-semi-space-size=2'],
    ready: async () =>
      (await scrape(port, { path: '/-/healthy' })).status === 200 && ready(await statusOf()),
  });
  return {
    agent,
    seconds: (performance.now() - started) / 1_000,
    statusOf,
    async change(next: readonly object[]) {
      write(next);
      await fetch(`http://127.0.0.1:${port}/-/reload`, { method: 'POST' });
    },
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]();
      space[Symbol.dispose]();
    },
  };
}

const allUp = ({ backends }: Status) => backends.every(({ up }) => up);

async function many(): Promise<void> {
  const backends = Array.from({ length: MANY }, (_, at) =>
    fake(`array-${at}`, { alerts: { enabled: false } }, { seed: at, volumes: 20, latency_ms: 5 }),
  );
  await using running = await start(backends, allUp);
  const { agent, seconds } = running;
  const { stallMs } = await agent.read();
  print(`${MANY} arrays that are started together`, [
    { what: 'until all were read', value: seconds, unit: 's', goal: 60 },
    { what: 'processor time for each', value: agent.allThreadsMs() / MANY, unit: 'ms' },
    { what: 'longest stall of the main thread', value: stallMs, unit: 'ms', goal: 100 },
    { what: 'memory', value: agent.residentMb(true), unit: 'MB', goal: 512 },
  ]);
}

/** Durations of inventories of all but the one that hangs, while they are watched. */
async function durationsOf(statusOf: () => Promise<Status>): Promise<number[]> {
  const seen = new Map<string, number>();
  const end = performance.now() + WATCH_MS;
  while (performance.now() < end) {
    for (const { name, runs } of (await statusOf()).backends) {
      const run = runs['inventory'];
      if (run && name !== 'hangs') seen.set(`${name} ${run.at}`, run.duration_ms);
    }
    await sleep(250);
  }
  return [...seen.values()].sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], of: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] ?? 0;

async function beside(): Promise<void> {
  const often = {
    inventory: { interval: '1s' },
    alerts: { enabled: false },
    performance: { enabled: false },
  };
  const neighbours = Array.from({ length: NEIGHBOURS }, (_, at) =>
    fake(`array-${at}`, often, { seed: at, latency_ms: 20 }),
  );
  await using running = await start(neighbours, allUp);
  // The start is over.
  await sleep(5_000);
  const alone = await durationsOf(running.statusOf);
  await running.change([...neighbours, fake('hangs', often, { fail: { hang: LISTS } })]);
  const together = await durationsOf(running.statusOf);
  print(`${NEIGHBOURS} arrays beside one that hangs`, [
    { what: 'polls watched', value: alone.length + together.length, unit: '' },
    { what: 'p99 of a poll without it', value: quantile(alone, 0.99), unit: 'ms' },
    { what: 'p99 of a poll with it', value: quantile(together, 0.99), unit: 'ms' },
    {
      what: 'ratio of p99',
      value: quantile(together, 0.99) / quantile(alone, 0.99),
      unit: 'x',
      goal: 1.1,
    },
    {
      what: 'ratio of medians',
      value: quantile(together, 0.5) / quantile(alone, 0.5),
      unit: 'x',
      goal: 1.1,
    },
  ]);
}

async function million(): Promise<void> {
  const small = fake('small', { inventory: { interval: '1s' } }, { volumes: 20 });
  const huge = fake(
    'huge',
    {
      inventory: { interval: '1h', exclude: ['volume_groups', 'masking_views'] },
      performance: { enabled: false },
      alerts: { enabled: false },
      budget: { max_series: 100_000 },
    },
    { volumes: 1_000_000 },
  );
  const isUp = (name: string) => (status: Status) =>
    status.backends.some((one) => one.name === name && one.up === true);
  // Its records alone are more than a worker's heap is by default: there its worker would end, and sit alone.
  await using running = await start([small, huge], isUp('small'), { worker_heap: '2GiB' });
  const { agent } = running;
  const began = performance.now();
  while (!isUp('huge')(await running.statusOf()) && performance.now() - began < HUGE_MS)
    await sleep(500);
  print('An array of a million volumes beside a small one', [
    { what: 'until it was read', value: (performance.now() - began) / 1_000, unit: 's' },
    { what: 'memory', value: agent.residentMb(true), unit: 'MB', goal: 512 },
    {
      what: 'longest stall of the main thread',
      value: (await agent.read()).stallMs,
      unit: 'ms',
      goal: 100,
    },
  ]);
}

await many();
await beside();
await million();
