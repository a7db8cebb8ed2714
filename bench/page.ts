/** A page of the series of one large ONTAP cluster, beside Harvest's poller on the same simulator. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../test/kit/ports.ts';
import type { Simulator } from '../test/kit/simulator.ts';
import { scrape } from './kit/client.ts';
import { harvestFolder, startCluster, startHarvest } from './kit/harvest.ts';
import { cpuMsOf, measureAgent, residentMbOf } from './kit/process.ts';
import { print, type Figure } from './kit/report.ts';

const VOLUMES = 10_000;
const LUNS = 2_000;
const ROUND_S = 15;
const ROUNDS = 1;
const SCRAPES = 20;
const FIRST = ['storage_volume_operations_per_second', 'storage_volume_capacity_bytes'];

interface Cost {
  readonly startS: number;
  readonly series: number;
  readonly residentMb: number;
  /** Of all threads, for a scrape. */
  readonly scrapeMs: number;
}

interface Running {
  readonly port: number;
  cpuMs(): number;
  residentMb(): number;
}

async function costOf(running: Running, startedMs: number): Promise<Cost> {
  const startS = (performance.now() - startedMs) / 1_000;
  // As it is after some rounds, each with a scrape.
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(ROUND_S * 1_000);
    await scrape(running.port, { gzip: true });
  }
  const page = await fetch(`http://127.0.0.1:${running.port}/metrics`);
  const lines = (await page.text()).split('\n');
  const idle = running.cpuMs();
  await sleep(ROUND_S * 1_000);
  const before = running.cpuMs();
  const started = performance.now();
  for (let done = 0; done < SCRAPES; done += 1) await scrape(running.port, { gzip: true });
  const elapsed = performance.now() - started;
  // What rounds of the same time cost is not the scrapes'.
  const rounds = ((before - idle) * elapsed) / (ROUND_S * 1_000);
  return {
    startS,
    series: lines.filter((line) => line !== '' && !line.startsWith('#')).length,
    residentMb: running.residentMb(),
    scrapeMs: Math.max(0.01, running.cpuMs() - before - rounds) / SCRAPES,
  };
}

async function ours(array: Simulator): Promise<Cost> {
  const started = performance.now();
  const backend = {
    name: 'cluster',
    vendor: 'netapp',
    model: 'ontap',
    ...array.access,
    performance: { interval: `${ROUND_S}s` },
    inventory: { interval: `${ROUND_S}s` },
  };
  await using agent = await measureAgent(JSON.stringify({ workers: 1, backends: [backend] }));
  const { port, allThreadsMs, residentMb } = agent;
  // Performance and inventory, as Harvest is waited for.
  await eventually('both', async () => {
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return FIRST.every((name) => page.includes(`${name}{`)) || undefined;
  });
  return await costOf({ port, cpuMs: allThreadsMs, residentMb: () => residentMb() }, started);
}

async function peer(array: Simulator, folder: string): Promise<Cost> {
  const started = performance.now();
  await using harvest = await startHarvest(folder, array, ROUND_S);
  const { pid, port } = harvest;
  return await costOf(
    { port, cpuMs: () => cpuMsOf(pid), residentMb: () => residentMbOf(pid) },
    started,
  );
}

const perSeries = ({ scrapeMs, series }: Cost) => (scrapeMs * 100_000) / series;
const bytesOf = ({ residentMb, series }: Cost) => (residentMb * 1e6) / series;

const figuresOf = (who: string, cost: Cost): Figure[] => [
  { what: `${who}: start to the first series of a round`, value: cost.startS, unit: 's' },
  { what: `${who}: series`, value: cost.series, unit: '' },
  { what: `${who}: resident memory`, value: cost.residentMb, unit: 'MB' },
  { what: `${who}: resident memory for a series`, value: bytesOf(cost), unit: 'B' },
  { what: `${who}: processor time of a scrape`, value: cost.scrapeMs, unit: 'ms' },
  { what: `${who}: the same for 100,000 series`, value: perSeries(cost), unit: 'ms' },
];

await using array = await startCluster(VOLUMES, LUNS);
const mine = await ours(array);
const figures = figuresOf('agent', mine);
const harvest = harvestFolder();
if (harvest !== undefined) {
  const theirs = await peer(array, harvest);
  figures.push(
    ...figuresOf('Harvest', theirs),
    { what: 'memory for a series, times ours', value: bytesOf(theirs) / bytesOf(mine), unit: 'x', goal: 1, atLeast: true }, // prettier-ignore
    { what: 'processor time of a scrape for a series, times ours', value: perSeries(theirs) / perSeries(mine), unit: 'x', goal: 10, atLeast: true }, // prettier-ignore
  );
}
print(`A page of ONTAP: ${VOLUMES} FlexVols and ${LUNS} LUNs`, figures);
