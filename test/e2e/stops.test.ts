/** Stops at any moment: no session stays on an array of any kind, also where the agent is process 1. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startAgent, workspace, type Workspace } from '../kit/agent.ts';
import { eventually, freePort } from '../kit/ports.ts';
import { childOf, handlesSignals } from '../kit/processes.ts';
import { hasProgram } from '../kit/programs.ts';
import type { Simulator, SimulatorDefinition } from '../kit/simulator.ts';

const MAIN = new URL('../../src/main.js', import.meta.url).pathname;
const SIMULATORS = join(import.meta.dirname, '../simulators');
const FOLDERS = readdirSync(SIMULATORS, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const withUnshare = hasProgram('unshare');

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

describe('a stop in the middle of collections', () => {
  const MOMENTS = 20;
  /** Of the requests of all arrays: of the first logins, of inventories, of samples. */
  const LATEST = 201;

  it('leaves no session on an array of any driver, at 20 moments, also with the Collector away', async () => {
    await using arrays = await startAll();
    const write = (name: string, more: object) =>
      space.write(
        name,
        stringify({
          workers: 2,
          ...more,
          backends: arrays.all.map(({ folder, vendor, model, simulator }) => ({
            name: folder,
            vendor,
            model,
            inventory: { interval: '1s' },
            performance: { interval: '1s' },
            alerts: { interval: '1s' },
            ...simulator.access,
          })),
        }),
      );
    const plain = write('plain.yaml', {});
    const exporting = write('exporting.yaml', { otlp: { endpoint: 'http://127.0.0.1:1' } });
    const asked = () =>
      arrays.all.reduce((sum, { simulator }) => sum + simulator.stats.requests, 0);
    for (let round = 0; round < MOMENTS; round += 1) {
      const before = asked();
      const moment = (round * 7_919) % LATEST;
      const agent = await startAgent(round % 2 === 0 ? exporting : plain);
      await eventually(`moment ${moment}`, () => (asked() >= before + moment ? true : undefined));
      agent.process.kill('SIGTERM');
      expect([moment, await agent.exited]).toEqual([moment, 0]);
      const left = arrays.all.filter(({ simulator }) => simulator.stats.openSessions > 0);
      expect([moment, left.map(({ folder }) => folder)]).toEqual([moment, []]);
    }
    for (const { folder, simulator } of arrays.all) {
      expect([folder, simulator.stats.requests > 0, simulator.stats.writes]).toEqual([
        folder,
        true,
        [],
      ]);
    }
  }, 600_000);
});

interface SimulatedArray {
  readonly folder: string;
  readonly vendor: string;
  readonly model: string;
  readonly simulator: Simulator;
}

async function startAll() {
  await using opened = new AsyncDisposableStack();
  const all: SimulatedArray[] = [];
  for (const folder of FOLDERS) {
    const { simulator } = (await import(`../simulators/${folder}/index.ts`)) as {
      simulator: SimulatorDefinition;
    };
    const { vendor, model } = simulator;
    all.push({ folder, vendor, model, simulator: opened.use(await simulator.start({ seed: 3 })) });
  }
  const kept = opened.move();
  return { all, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe.skipIf(!withUnshare)('as process 1 of a container', () => {
  /** Nothing else there may send it what it would not notice: the kernel drops signals without a handler. */
  async function startAsFirst() {
    const file = space.write(
      'first.yaml',
      stringify({
        listen: `127.0.0.1:${await freePort()}`,
        backends: [{ name: 'a', vendor: 'fake_storage', model: 'fake_driver' }],
      }),
    );
    const child = spawn(
      'unshare',
      [
        '--user',
        '--map-root-user',
        '--pid',
        '--fork',
        '--kill-child',
        process.execPath,
        MAIN,
        'run',
        '--config.file',
        file,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const pid = await eventually('the process', () => childOf(child.pid ?? 0));
    await eventually('handlers', () => handlesSignals(pid));
    return { pid, output: () => output, exited };
  }

  it.each([0, 100, 400])('it ends in order %i ms after its first code', async (delayMs) => {
    const { pid, exited } = await startAsFirst();
    await sleep(delayMs);
    process.kill(pid, 'SIGTERM');
    expect((await exited)[0]).toBe(0);
  });

  it('it reloads, and ends in order, when it runs', async () => {
    const { pid, output, exited } = await startAsFirst();
    const says = (text: string) =>
      eventually(text, () => (output().includes(text) ? true : undefined));
    await says('the agent is running');
    process.kill(pid, 'SIGHUP');
    await says('reloaded: 1 backend');
    process.kill(pid, 'SIGTERM');
    expect((await exited)[0]).toBe(0);
  });
});
