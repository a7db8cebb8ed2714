/** The whole agent under a wall clock that is set: what it says stays true, nothing comes twice. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startAgent, workspace, type RunningAgent, type Workspace } from '../kit/agent.ts';
import { parseExposition, valueOf } from '../kit/exposition.ts';
import { eventually as within } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';
import { startReceiver, type Receiver } from '../kit/receiver.ts';
import { simulator as oceanstor } from '../simulators/huawei-oceanstor/index.ts';

const withFaketime = hasProgram('faketime');
const [LIBRARY = ''] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
const HOUR = 3_600;
const PATIENCE_MS = 60_000;

const eventually: typeof within = (what, ask) => within(what, ask, PATIENCE_MS);

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

const system = (name: string) => ({ storage_system_name: name });
const runs = (name: string, kind: string) => ({ ...system(name), delfin_collection_kind: kind });

const pageOf = async (agent: RunningAgent) => parseExposition((await agent.get('/metrics')).text);
const valueAt = async (agent: RunningAgent, name: string, labels: Record<string, string> = {}) =>
  valueOf(await pageOf(agent), name, labels);

describe.skipIf(!withFaketime)('a clock that is set back an hour, and forward two', () => {
  it('no poll is doubled or left out, no sample comes twice, no alert ends, the dead are dead', async () => {
    const offset = space.write('offset', '+0');
    const setClock = (seconds: number) =>
      writeFileSync(offset, `${seconds < 0 ? '' : '+'}${seconds}`);
    await using receiver = await startReceiver();
    const array = await oceanstor.start();
    const fake = { vendor: 'fake_storage', model: 'fake_driver' };
    const often = {
      inventory: { interval: '1s' },
      performance: { interval: '1s', resources: ['volume'] },
    };
    const options = { volumes: 3, sample_interval: 2, metrics: ['iops'], alert_period: 10 ** 9 };
    await using agent = await startAgent(
      space.write(
        'config.yaml',
        stringify({
          workers: 2,
          otlp: { endpoint: receiver.endpoint, protocol: 'http/json', export_interval: '1s' },
          alert_output: { file: './alerts.jsonl' },
          backends: [
            { name: 'often', ...fake, ...often, alerts: { interval: '1s' }, fake: options },
            // An hour of the wall clock is not an hour.
            {
              name: 'hourly',
              ...fake,
              inventory: { interval: '1h' },
              performance: { enabled: false },
              fake: { ...options, seed: 2 },
            },
            {
              name: 'dies',
              vendor: oceanstor.vendor,
              model: oceanstor.model,
              ...often,
              ...array.access,
            },
          ],
        }),
      ),
      {
        env: {
          LD_PRELOAD: LIBRARY,
          FAKETIME_TIMESTAMP_FILE: offset,
          FAKETIME_NO_CACHE: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        },
      },
    );
    await agent.ready();
    const goesOn = async (what: string) => {
      const before =
        (await valueAt(agent, 'delfin_collection_runs_total', runs('often', 'performance'))) ?? 0;
      const points = samplesOf(receiver).length;
      await eventually(`rounds ${what}`, async () =>
        ((await valueAt(agent, 'delfin_collection_runs_total', runs('often', 'performance'))) ??
          0) >=
        before + 4
          ? true
          : undefined,
      );
      await eventually(`samples ${what}`, () =>
        samplesOf(receiver).length > points + 5 ? true : undefined,
      );
      for (const name of ['often', 'hourly'])
        expect([what, name, await valueAt(agent, 'storage_system_up', system(name))]).toEqual([
          what,
          name,
          1,
        ]);
    };
    await goesOn('before');
    expect(await valueAt(agent, 'storage_system_up', system('dies'))).toBe(1);
    setClock(-HOUR);
    await goesOn('an hour back');
    await array[Symbol.asyncDispose]();
    await eventually('the dead array is down', async () =>
      (await valueAt(agent, 'storage_system_up', system('dies'))) === 0 ? true : undefined,
    );
    await eventually('what it had said is gone', async () =>
      (await pageOf(agent)).some(
        ({ name, labels }) =>
          labels['storage_system_name'] === 'dies' && name === 'storage_volume_info',
      )
        ? undefined
        : true,
    );
    setClock(HOUR);
    await goesOn('an hour ahead');
    const page = await pageOf(agent);
    expect(valueOf(page, 'delfin_collection_runs_total', runs('hourly', 'inventory'))).toBe(1);
    for (const name of ['often', 'hourly']) {
      const volumes = page.filter(
        ({ name: family, labels }) =>
          family === 'storage_volume_info' && labels['storage_system_name'] === name,
      );
      expect([name, volumes.length]).toEqual([name, 3]);
    }
    expect(valueOf(page, 'delfin_worker_restarts_total')).toBe(0);
    const sent = samplesOf(receiver);
    expect(sent.filter((key, index) => sent.indexOf(key) !== index)).toEqual([]);
    expect(agesOf(await agent.get('/'))).toEqual([]);
    const records = readFileSync(join(space.folder, 'alerts.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean);
    const ended = records.filter((line) => line.includes('"often"') && line.includes('"cleared"'));
    expect([records.length > 0, ended]).toEqual([true, []]);
  }, 300_000);
});

/** Samples of volumes that were sent: of what, and when. */
function samplesOf(receiver: Receiver): string[] {
  return receiver.bodies().flatMap(({ resourceMetrics = [] }) =>
    resourceMetrics.flatMap((of) =>
      of.scopeMetrics
        .flatMap(({ metrics }) => metrics)
        .filter(({ name }) => name === 'storage.volume.operations')
        .flatMap(({ gauge }) => gauge?.dataPoints ?? [])
        .map(({ attributes, timeUnixNano }) =>
          JSON.stringify([(of as { resource?: unknown }).resource, attributes, timeUnixNano]),
        ),
    ),
  );
}

/** Ages on the status page that can not be. */
const agesOf = ({ text }: { readonly text: string }) =>
  text.match(/-\d+(\.\d+)? ?(s|min|h|ms)\b|\bin \d+ ?(s|min|h)\b/g) ?? [];
