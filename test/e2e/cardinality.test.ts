/** An array of a million volumes in a whole agent: its neighbour lives as before, the counters tell. */
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startAgent, workspace, type RunningAgent } from '../kit/agent.ts';
import { parseExposition, valueOf, type Sample } from '../kit/exposition.ts';
import { eventually } from '../kit/ports.ts';

const PATIENCE_MS = 240_000;
const ROUNDS = 5;

const fake = (name: string, more: object) => ({
  name,
  vendor: 'fake_storage',
  model: 'fake_driver',
  alerts: { enabled: false },
  ...more,
});
const pageOf = async (agent: RunningAgent) => parseExposition((await agent.get('/metrics')).text);
const of = (name: string) => ({ storage_system_name: name });
const roundsOf = (page: readonly Sample[]) =>
  valueOf(page, 'delfin_collection_runs_total', {
    ...of('small'),
    delfin_collection_kind: 'inventory',
  }) ?? 0;
/** The neighbour's series, without their values. */
const seriesOf = (page: readonly Sample[]) =>
  page
    .filter(
      ({ name, labels }) =>
        name.startsWith('storage_') && labels['storage_system_name'] === 'small',
    )
    .map(({ name, labels }) => JSON.stringify([name, labels]))
    .sort();

it('a million volumes are left out whole and counted; the neighbour is complete and goes on', async () => {
  using space = workspace();
  await using agent = await startAgent(
    space.write(
      'config.yaml',
      stringify({
        workers: 2,
        backends: [
          fake('huge', {
            inventory: { interval: '1h', exclude: ['volume_groups', 'masking_views'] },
            performance: { enabled: false },
            budget: { max_series: 100_000 },
            fake: { volumes: 1_000_000, seed: 2 },
          }),
          fake('small', {
            inventory: { interval: '1s' },
            performance: { interval: '1s' },
            fake: { volumes: 5, sample_interval: 1 },
          }),
        ],
      }),
    ),
  );
  let series: readonly string[] = [];
  // Its second round knows what to ask for.
  await eventually(
    'the neighbour',
    async () => {
      const page = await pageOf(agent);
      series = seriesOf(page);
      return roundsOf(page) >= 2 ? true : undefined;
    },
    PATIENCE_MS,
  );
  const start = roundsOf(await pageOf(agent));
  const huge = await eventually(
    'it is read',
    async () => {
      const page = await pageOf(agent);
      expect(seriesOf(page)).toEqual(series);
      expect(valueOf(page, 'storage_system_up', of('small'))).toBe(1);
      // A machine that is too busy for it: its thread is taken for hung, and it sits alone.
      const lost = valueOf(page, 'delfin_worker_restarts_total') ?? 0;
      const up = valueOf(page, 'storage_system_up', of('huge')) === 1;
      return up || lost >= 2 ? { up, lost, page } : undefined;
    },
    PATIENCE_MS,
  );
  if (huge.up) {
    const dropped = await eventually(
      'what is left out is counted',
      async () =>
        valueOf(await pageOf(agent), 'delfin_series_dropped_total', {
          ...of('huge'),
          delfin_reason: 'series_limit',
        }) || undefined,
    );
    expect(dropped).toBeGreaterThan(1_000_000);
    const shown = huge.page.filter(({ labels }) => labels['storage_system_name'] === 'huge');
    expect(shown.length).toBeLessThanOrEqual(100_100);
    // Whole families: not some of the volumes.
    expect(shown.filter(({ name }) => name === 'storage_volume_info')).toEqual([]);
    expect(shown.some(({ name }) => name === 'storage_pool_capacity_bytes')).toBe(true);
  }
  await eventually(
    'the neighbour goes on',
    async () => (roundsOf(await pageOf(agent)) >= start + ROUNDS ? true : undefined),
    PATIENCE_MS,
  );
  expect(seriesOf(await pageOf(agent))).toEqual(series);
}, 900_000);
