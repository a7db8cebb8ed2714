/** Resident memory of the agent: small, and with 300,000 series, after some collections. */
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
  readonly goal?: number;
  /** Scraped without gzip as well. */
  readonly plain?: boolean;
}

const large = largeConfig({ workers: 1, interval: 5 });
const CASES: readonly Case[] = [
  { what: 'example, workers: 0', config: withWorkers(0), seconds: 5, goal: 110 },
  { what: 'example, workers: 1', config: withWorkers(1), seconds: 5, goal: 150 },
  { what: '300,000 series, workers: 1', config: large, seconds: 10, goal: 300 },
  { what: 'the same, also scraped without gzip', config: large, seconds: 10, plain: true },
  {
    what: '440,000 series: also capacity, status and info of the volumes',
    config: largeConfig({ workers: 1, interval: 5, inventory: true }),
    seconds: 10,
  },
];

/** Scraped each second. */
async function residentOf({
  config,
  seconds,
  plain,
}: Case): Promise<{ last: number; peak: number }> {
  await using agent = await measureAgent(config);
  for (let second = 0; second < seconds; second += 1) {
    await scrape(agent.port, { gzip: true });
    if (plain) await scrape(agent.port);
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
  const goal = one.goal === undefined ? {} : { goal: one.goal };
  figures.push({ what: one.what, value: last, unit: 'MB', ...goal });
  figures.push({ what: `${one.what}: highest`, value: peak, unit: 'MB' });
}
print('Resident memory', figures);
