/** What ten of Harvest's pollers cost, each with one cluster of 200 FlexVols: five hundred arrays take fifty times that. */
import { setTimeout as sleep } from 'node:timers/promises';
import { harvestFolder, startCluster, startHarvest } from './kit/harvest.ts';
import { cpuMsOf, residentMbOf } from './kit/process.ts';
import { print } from './kit/report.ts';

const POLLERS = 10;
const ARRAYS = 500;
const VOLUMES = 200;
const INTERVAL_S = 30;
const ROUND_S = 5;

const folder = harvestFolder();
if (folder !== undefined) {
  await using all = new AsyncDisposableStack();
  const begin = async () => {
    const array = all.use(await startCluster(VOLUMES, 10));
    return all.use(await startHarvest(folder, array, ROUND_S)).pid;
  };
  const pids = await Promise.all(Array.from({ length: POLLERS }, begin));
  const sum = (of: (pid: number) => number) => pids.reduce((total, pid) => total + of(pid), 0);
  const before = sum(cpuMsOf);
  await sleep(INTERVAL_S * 1_000);
  const rounds = INTERVAL_S / ROUND_S;
  const times = ARRAYS / POLLERS;
  // Of so many rounds, brought to one a minute.
  const cpuMs = (sum(cpuMsOf) - before) / rounds;
  print(`${POLLERS} of Harvest's pollers, each with ${VOLUMES} FlexVols`, [
    { what: 'resident', value: sum((pid) => residentMbOf(pid)), unit: 'MB' },
    { what: `resident, brought to ${ARRAYS} arrays`, value: sum((pid) => residentMbOf(pid)) * times, unit: 'MB' }, // prettier-ignore
    { what: 'processor time of a round of all', value: cpuMs, unit: 'ms' },
    { what: `a round a minute, brought to ${ARRAYS} arrays`, value: (cpuMs * times) / 600, unit: '% of a core' }, // prettier-ignore
  ]);
}
