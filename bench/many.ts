/** Five hundred arrays of two hundred volumes: how long they take to start, whether each is on time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { scrape } from './kit/client.ts';
import { manyConfig } from './kit/data.ts';
import { measureAgent } from './kit/process.ts';
import { print } from './kit/report.ts';
import { runsOf } from './kit/runs.ts';

const ARRAYS = 500;
const VOLUMES = 200;
const INTERVAL_S = 60;
const ROUNDS = 2;

const started = performance.now();
await using agent = await measureAgent(manyConfig(ARRAYS, VOLUMES, INTERVAL_S));
const startS = (performance.now() - started) / 1_000;
const before = await runsOf(agent.port);
const cpuBefore = agent.allThreadsMs();
await agent.read();
const scrapes: number[] = [];
for (let second = 0; second < ROUNDS * INTERVAL_S; second += 15) {
  scrapes.push((await scrape(agent.port, { gzip: true })).ms);
  await sleep(15_000);
}
const cpuMs = agent.allThreadsMs() - cpuBefore;
const { stallMs } = await agent.read();
const after = await runsOf(agent.port);
// The last one of an array may be under way.
const late = [...after.performance].filter(
  ([system, runs]) => runs - (before.performance.get(system) ?? 0) < ROUNDS - 1,
).length;
print(`${ARRAYS} arrays of ${VOLUMES} volumes, read each minute`, [
  { what: 'start: every array was read once', value: startS, unit: 's', goal: 60 },
  { what: 'series', value: after.series, unit: '' },
  { what: 'resident', value: agent.residentMb(), unit: 'MB', goal: 1_000 },
  { what: 'highest resident', value: agent.residentMb(true), unit: 'MB' },
  { what: 'arrays that are late', value: late, unit: '', goal: 0 },
  { what: 'collections left out', value: after.skipped - before.skipped, unit: '', goal: 0 },
  { what: 'processor time', value: cpuMs / (ROUNDS * INTERVAL_S * 10), unit: '% of a core' },
  { what: 'scrape of the whole page, gzip: slowest', value: Math.max(...scrapes), unit: 'ms' },
  { what: 'longest stall of the main thread', value: stallMs, unit: 'ms' },
]);
