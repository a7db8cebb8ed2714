/**
 * What a round over an ONTAP cluster of 2,000 FlexVols and 2,000 LUNs costs the cluster (requests) and
 * us (processor time, memory), beside Harvest's poller.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Simulator } from '../test/kit/simulator.ts';
import { harvestFolder, startCluster, startHarvest } from './kit/harvest.ts';
import { cpuMsOf, residentMbOf } from './kit/process.ts';
import { costOfPolls, type PollCost } from './kit/polls.ts';
import { print, type Figure } from './kit/report.ts';

const VOLUMES = 2_000;
const LUNS = 2_000;
const WARM = 3;
const ROUNDS = 4;
const PEER_ROUND_SECONDS = 10;

/** The same objects, each collector once a round. */
async function peer(array: Simulator, folder: string): Promise<PollCost> {
  await using harvest = await startHarvest(folder, array, PEER_ROUND_SECONDS);
  const [before, cpuBefore] = [array.stats.requests, cpuMsOf(harvest.pid)];
  await sleep(ROUNDS * PEER_ROUND_SECONDS * 1_000);
  return {
    requests: (array.stats.requests - before) / ROUNDS,
    cpuMs: (cpuMsOf(harvest.pid) - cpuBefore) / ROUNDS,
    residentMb: residentMbOf(harvest.pid, true),
  };
}

const figuresOf = (who: string, { requests, cpuMs, residentMb }: PollCost): Figure[] => [
  { what: `${who}: requests a round`, value: requests, unit: '' },
  { what: `${who}: processor time a round`, value: cpuMs, unit: 'ms' },
  { what: `${who}: highest memory`, value: residentMb, unit: 'MB' },
];

await using array = await startCluster(VOLUMES, LUNS);
const mine = await costOfPolls('ontap-poll.ts', JSON.stringify(array.access), {
  warm: WARM,
  polls: ROUNDS,
  requests: () => array.stats.requests,
});
const harvest = harvestFolder();
const figures = figuresOf('agent', mine);
if (harvest !== undefined) {
  const theirs = await peer(array, harvest);
  figures.push(...figuresOf('Harvest', theirs));
  figures.push({ what: 'requests, times ours', value: theirs.requests / mine.requests, unit: 'x' });
  figures.push({ what: 'processor time, times ours', value: theirs.cpuMs / mine.cpuMs, unit: 'x' });
}
print(`ONTAP, ${VOLUMES} FlexVols and ${LUNS} LUNs, a round of inventory and performance`, figures);
