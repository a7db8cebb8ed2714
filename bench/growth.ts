/** Processor time and memory at ten and a hundred times the series, and the arrays. */
import { largeConfig, manyConfig, MEASURES } from './kit/data.ts';
import { measureAgent } from './kit/process.ts';
import { print, type Figure } from './kit/report.ts';
import { pollsAfter } from './kit/runs.ts';

const INTERVAL_S = 5;
const POLLS = 2;

interface Cost {
  readonly residentMb: number;
  /** Of all threads, for one collection of performance and what comes of it. */
  readonly cpuMs: number;
}

/** From the end of a poll to the end of a later one. */
async function costOf(config: string, arrays = 1): Promise<Cost> {
  await using agent = await measureAgent(config);
  const before = await pollsAfter(agent.port, (await pollsAfter(agent.port, 0)) + arrays);
  const cpuBefore = agent.allThreadsMs();
  const polls = (await pollsAfter(agent.port, before + POLLS * arrays)) - before;
  const cpuMs = agent.allThreadsMs() - cpuBefore;
  return { residentMb: agent.residentMb(), cpuMs: cpuMs / polls };
}

const empty = await costOf(largeConfig({ workers: 1, interval: INTERVAL_S, volumes: 1 }));
const bySeries: Figure[] = [];
for (const volumes of [200, 2_000, 20_000]) {
  const { residentMb, cpuMs } = await costOf(
    largeConfig({ workers: 1, interval: INTERVAL_S, volumes }),
  );
  const series = volumes * MEASURES.length;
  const what = `${series.toLocaleString('en')} series`;
  bySeries.push(
    { what: `${what}: processor time of a poll`, value: cpuMs, unit: 'ms' },
    {
      what: `${what}: above one volume's, for a series`,
      value: ((cpuMs - empty.cpuMs) * 1_000) / series,
      unit: 'us',
    },
    { what: `${what}: resident`, value: residentMb, unit: 'MB' },
    { what: `${what}: resident above one volume's, for a series`, value: ((residentMb - empty.residentMb) * 1e6) / series, unit: 'B' }, // prettier-ignore
  );
}
print('Growth with the series of one array, one worker', bySeries);

const one = await costOf(manyConfig(1, 20, INTERVAL_S));
const byArrays: Figure[] = [];
for (const arrays of [5, 50, 500]) {
  const { residentMb, cpuMs } = await costOf(manyConfig(arrays, 20, INTERVAL_S), arrays);
  const what = `${arrays} arrays`;
  byArrays.push(
    { what: `${what}: processor time of a poll of one`, value: cpuMs, unit: 'ms' },
    { what: `${what}: resident`, value: residentMb, unit: 'MB' },
    { what: `${what}: above one array's, for an array`, value: ((residentMb - one.residentMb) * 1e3) / arrays, unit: 'kB' }, // prettier-ignore
  );
}
print('Growth with the arrays, 20 volumes each, a worker for each core', byArrays);
