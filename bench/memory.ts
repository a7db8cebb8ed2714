/** Resident memory of the agent: small, and with 180,000 series, after some collections. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { scrape } from './kit/client.ts';
import { largeConfig } from './kit/data.ts';
import { measureAgent } from './kit/process.ts';
import { print, type Figure } from './kit/report.ts';

const example = readFileSync(new URL('../config.example.yaml', import.meta.url), 'utf8');
const withWorkers = (count: number) =>
  example.replace(/^workers: .*$/m, `workers: ${count}`).replace(/^listen: .*$/m, '');

interface Case {
  readonly what: string;
  readonly config: string;
  readonly seconds: number;
  readonly goal: number;
}

const CASES: readonly Case[] = [
  { what: 'example, workers: 0', config: withWorkers(0), seconds: 5, goal: 110 },
  { what: 'example, workers: 1', config: withWorkers(1), seconds: 5, goal: 150 },
  {
    what: '180,000 series, workers: 1',
    config: largeConfig({ workers: 1, interval: 5 }),
    seconds: 15,
    goal: 450,
  },
  {
    what: '320,000 series: also capacity, status and info of the volumes',
    config: largeConfig({ workers: 1, interval: 5, inventory: true }),
    seconds: 15,
    goal: Infinity,
  },
];

/** Scraped each second in both forms, as two servers would. */
async function residentOf({ config, seconds }: Case): Promise<{ last: number; peak: number }> {
  await using agent = await measureAgent(config);
  for (let second = 0; second < seconds; second += 1) {
    await Promise.all([scrape(agent.port, { gzip: true }), scrape(agent.port)]);
    await sleep(1_000);
  }
  return { last: agent.residentMb(), peak: agent.residentMb(true) };
}

// What is compiled stays in the cache: an agent is started more than once.
for (const workers of [0, 1])
  await (await measureAgent(withWorkers(workers)))[Symbol.asyncDispose]();

const figures: Figure[] = [];
for (const one of CASES) {
  const { last, peak } = await residentOf(one);
  const goal = Number.isFinite(one.goal) ? { goal: one.goal } : {};
  figures.push({ what: one.what, value: last, unit: 'MB', ...goal });
  figures.push({ what: `${one.what}: highest`, value: peak, unit: 'MB' });
}
print('Resident memory', figures);
