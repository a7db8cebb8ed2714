/** Signals, pauses, threads that die, reloads under load: what the rest of the agent makes of them. */
import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  runAgent,
  spawnAgent,
  startAgent,
  workspace,
  type RunningAgent,
  type Workspace,
} from '../kit/agent.ts';
import { startNameServer } from '../kit/dns.ts';
import { parseExposition, valueOf } from '../kit/exposition.ts';
import { eventually, freePort, freeUdpPort } from '../kit/ports.ts';
import { handlesSignals } from '../kit/processes.ts';
import { startReceiver } from '../kit/receiver.ts';

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

let files = 0;
function configure(content: string): string {
  files += 1;
  return space.write(`config-${files}.yaml`, content);
}

const fake = (name: string, options = '', vendor = 'fake_storage', model = 'fake_driver') =>
  `  - { name: ${name}, vendor: ${vendor}, model: ${model}, inventory: { interval: 1s }, performance: { interval: 1s }, alerts: { interval: 1s }, fake: { volumes: 3, sample_interval: 1, serial_number: S-${name}, ${options} } }\n`;

const valueAt = async (agent: RunningAgent, name: string, labels: Record<string, string> = {}) =>
  valueOf(parseExposition((await agent.get('/metrics')).text), name, labels);
const inventoriesOf = async (agent: RunningAgent, name: string) =>
  (await valueAt(agent, 'delfin_collection_runs_total', {
    storage_system_name: name,
    delfin_collection_kind: 'inventory',
  })) ?? 0;
const isUp = async (agent: RunningAgent, name: string) =>
  (await valueAt(agent, 'storage_system_up', { storage_system_name: name })) === 1;

describe('a driver that takes its thread down', () => {
  /** More than threads: half of them share the culprit's. */
  const neighbours = ['a', 'b', 'c', 'd'];
  it.each([
    ['spins', 'spin: [volumes]'],
    ['fills its heap', 'exhaust_memory: [volumes]'],
    ['leaves a rejection unhandled', 'reject'],
  ])(
    'sits alone after the second time when it %s: its neighbours go on',
    async (_what, fault) => {
      space.write('rejects.ts', REJECTS);
      const bad =
        fault === 'reject'
          ? '  - { name: bad, vendor: test, model: rejects, inventory: { interval: 1s } }\n'
          : fake('bad', `fail: { ${fault} }`);
      await using agent = await startAgent(
        configure(
          `workers: 2\nworker_heap: 96MiB\ndrivers: [./rejects.ts]\nbackends:\n${bad}${neighbours.map((name) => fake(name)).join('')}`,
        ),
      );
      await eventually(
        'the culprit is found',
        () =>
          /worker of its own.*backends=.*bad.*known=true/.test(agent.output()) ? true : undefined,
        150_000,
      );
      const before = await Promise.all(neighbours.map((name) => inventoriesOf(agent, name)));
      // It fails again, twice: nobody else is touched.
      const lostSince = () => {
        const lines = agent.output().split('\n');
        const found = lines.findIndex((line) => line.includes('worker of its own'));
        return lines.slice(found).filter((line) => line.includes('a worker is gone'));
      };
      await eventually(
        'it fails alone',
        () => (lostSince().length >= 2 ? true : undefined),
        150_000,
      );
      for (const line of lostSince()) expect(line).toMatch(/backends="\[\\"bad\\"\]"/);
      for (const [index, name] of neighbours.entries()) {
        const goesOn = async () =>
          (await isUp(agent, name)) && (await inventoriesOf(agent, name)) > (before[index] ?? 0);
        await eventually(
          `${name} goes on`,
          async () => ((await goesOn()) ? true : undefined),
          90_000,
        );
      }
      expect(await isUp(agent, 'bad')).toBe(false);
    },
    400_000,
  );
});

const REJECTS = `import { defineDriver, Type } from 'delfin-agent/driver';
export default defineDriver({
  vendor: 'test', model: 'rejects', access: Type.Object({}), capabilities: () => ({}),
  async open() {
    return {
      async getStorage() {
        await new Promise((resolve) => setTimeout(resolve, 20));
        Promise.reject(new Error('nobody catches this'));
        await new Promise((resolve) => setTimeout(resolve, 1000));
        throw new Error('too late');
      },
      listStoragePools: async () => [], listVolumes: async () => [], close: async () => {},
    };
  },
});
`;

describe('a pause of the machine', () => {
  it('kills no worker', async () => {
    await using agent = await startAgent(
      configure(
        `workers: 2\nbackends:\n${['a', 'b', 'c', 'd'].map((name) => fake(name)).join('')}`,
      ),
    );
    await agent.ready();
    agent.process.kill('SIGSTOP');
    await sleep(12_000);
    agent.process.kill('SIGCONT');
    const before = await inventoriesOf(agent, 'a');
    await eventually('it goes on', async () =>
      (await inventoriesOf(agent, 'a')) > before + 2 ? true : undefined,
    );
    expect(await valueAt(agent, 'delfin_worker_restarts_total')).toBe(0);
    expect(agent.output()).not.toContain('a worker is gone');
  });
});

describe('signals', () => {
  it.each([0, 50, 100, 200, 400, 800])(
    'a stop %i ms after the first code of ours ends it in order; a reload does not end it',
    async (delayMs) => {
      const file = configure(`listen: 127.0.0.1:${await freePort()}\nbackends:\n${fake('a')}`);
      const child = spawnAgent(['run', '--config.file', file]);
      // Node has its own start before any handler can be there.
      await eventually('handlers', () => handlesSignals(child.process.pid ?? 0));
      await sleep(delayMs);
      child.process.kill('SIGHUP');
      child.process.kill('SIGTERM');
      expect(await child.exited).toBe(0);
    },
  );

  it('a reload asked for during the start comes after it', async () => {
    const file = configure(`listen: 127.0.0.1:${await freePort()}\nbackends:\n${fake('a')}`);
    const child = spawnAgent(['run', '--config.file', file]);
    await eventually('handlers', () => handlesSignals(child.process.pid ?? 0));
    const hangUp = setInterval(() => child.process.kill('SIGHUP'), 50);
    await child.says('the agent is running');
    clearInterval(hangUp);
    await child.says('reloaded: 1 backend');
    child.process.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  });

  it('a second stop ends it at once, whatever hangs', async () => {
    const agent = await startAgent(
      configure(`workers: 1\nbackends:\n${fake('a', 'fail: { spin: [volumes] }')}`),
    );
    await eventually('it spins', () =>
      agent.output().includes('a worker is gone') ? true : undefined,
    );
    agent.process.kill('SIGTERM');
    await eventually('it is stopping', () =>
      agent.output().includes('stopping') ? true : undefined,
    );
    agent.process.kill('SIGTERM');
    expect([0, 1]).toContain(await agent.exited);
  });

  describe('while an array hangs, the name server is dead and the Collector drips', () => {
    /** An agent in the midst of it. */
    async function start() {
      await using opened = new AsyncDisposableStack();
      const receiver = opened.use(await startReceiver());
      receiver.always({ kind: 'drip' });
      const names = opened.use(await startNameServer(() => 'silent'));
      const sockets = new Set<Socket>();
      const silent = createServer((socket) => void sockets.add(socket));
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()));
      opened.defer(() => {
        for (const socket of sockets) socket.destroy();
        silent.close();
      });
      const { port } = silent.address() as AddressInfo;
      const huawei = (name: string, access: string) =>
        `  - { name: ${name}, vendor: huawei, model: oceanstor, rest: { ${access}, username: u, password: p } }\n`;
      // The agent asks the name servers of the machine: in all its threads they are this one.
      const preload = space.write(
        'dead-dns.mjs',
        `import { Resolver } from 'node:dns/promises';
         for (const method of ['resolve4', 'resolve6']) {
           const real = Resolver.prototype[method];
           Resolver.prototype[method] = function (...rest) {
             this.setServers(['${names.address}']);
             return real.apply(this, rest);
           };
         }`,
      );
      const agent = await startAgent(
        configure(
          `workers: 2\notlp: { endpoint: "${receiver.endpoint}", protocol: http/json }\ntraps: { listen: "127.0.0.1:${await freeUdpPort()}", communities: [a] }\nbackends:\n${fake('a')}${huawei('hangs', `host: 127.0.0.1, port: ${port}`)}${huawei('nameless', 'host: array.example')}`,
        ),
        { nodeArgs: ['--import', preload] },
      );
      await eventually(
        'all three are met',
        () =>
          sockets.size > 0 && names.asked.length > 0 && receiver.requests.length > 0
            ? true
            : undefined,
        60_000,
      );
      const kept = opened.move();
      return { agent, [Symbol.asyncDispose]: () => kept.disposeAsync() };
    }

    it('a stop ends in order', async () => {
      await using running = await start();
      running.agent.process.kill('SIGTERM');
      expect(await running.agent.exited).toBe(0);
    }, 120_000);

    it('a second one ends it at once', async () => {
      await using running = await start();
      const { agent } = running;
      agent.process.kill('SIGTERM');
      await eventually('it is stopping', () =>
        agent.output().includes('msg=stopping') ? true : undefined,
      );
      agent.process.kill('SIGTERM');
      // 0 is that of the first, which would take its time: the receiver drips.
      expect(await agent.exited).toBe(1);
    }, 120_000);
  });

  it('a shard without arrays, with traps, ends', async () => {
    const agent = await startAgent(
      configure(
        `traps: { listen: "127.0.0.1:${await freeUdpPort()}", communities: [a] }\nbackends:\n${fake('a')}`,
      ),
      { args: ['--shard.total', '64', '--shard.index', await emptyShard()] },
    );
    await agent.ready();
    agent.process.kill('SIGTERM');
    expect(await agent.exited).toBe(0);
  });
});

/** A shard that does not own the array `a`. */
async function emptyShard(): Promise<string> {
  const { shardOf } = await import('../../src/agent/shard.ts');
  return String((shardOf('a', 64) + 1) % 64);
}

describe('what is there from the start', () => {
  it('every configured array, while none has answered', async () => {
    const port = await freePort();
    await using agent = await startAgent(
      configure(
        `listen: 127.0.0.1:${port}\nbackends:\n${fake('a', 'latency_ms: 60000')}${fake('b', 'latency_ms: 60000')}`,
      ),
    );
    expect(JSON.parse((await agent.get('/sd')).text)).toHaveLength(2);
    for (const name of ['a', 'b']) {
      expect(await valueAt(agent, 'storage_system_up', { storage_system_name: name })).toBe(0);
    }
    expect((await agent.get('/')).text).toContain('0 of 2 arrays up');
    expect((await agent.get('/')).text).toContain('starting');
    const { status, text } = await agent.get('/-/ready');
    expect([status, text]).toEqual([503, expect.stringContaining('a, b')]);
  });

  it('both addresses that the command line names', async () => {
    const second = await freePort();
    await using agent = await startAgent(configure(`backends:\n${fake('a')}`), {
      args: ['--web.listen-address', `127.0.0.1:${second}`],
    });
    const response = await fetch(`http://127.0.0.1:${second}/-/healthy`);
    expect(response.status).toBe(200);
    expect((await agent.get('/-/healthy')).status).toBe(200);
  });

  it('run --once fails if no array could be read', async () => {
    const { code, stderr } = await runAgent([
      'run',
      '--once',
      '--config.file',
      configure(`workers: 0\nbackends:\n${fake('a', 'fail: { unreachable: true }')}`),
    ]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('no array could be read')]);
  });
});

describe('reloads', () => {
  it('a hundred under load: unchanged arrays miss nothing, nothing piles up', async () => {
    const file = configure('');
    const name = `config-${files}.yaml`;
    const write = (round: number) =>
      space.write(
        name,
        `workers: 2\nbackends:\n${fake('keep')}${fake('change', `seed: ${round + 1}`)}${round % 2 ? fake('come') : fake('go')}`,
      );
    write(0);
    await using agent = await startAgent(file);
    await agent.ready();
    const pid = agent.process.pid ?? 0;
    const threads = () => readdirSync(`/proc/${pid}/task`).length;
    const handles = () => readdirSync(`/proc/${pid}/fd`).length;
    const reload = async (round: number) => {
      write(round);
      const { status, text } = await agent.get('/-/reload', { method: 'POST' });
      expect([status, text]).toEqual([200, expect.stringContaining('restarted change')]);
      expect(text).not.toContain('keep');
    };
    for (let round = 1; round <= 10; round += 1) await reload(round);
    const before = { threads: threads(), handles: handles() };
    for (let round = 11; round <= 100; round += 1) await reload(round);
    expect(threads()).toBeLessThanOrEqual(before.threads);
    expect(handles()).toBeLessThanOrEqual(before.handles + 2);
    const skipped = { storage_system_name: 'keep', delfin_collection_kind: 'performance' };
    expect(await valueAt(agent, 'delfin_collection_errors_total', skipped)).toBeUndefined();
    expect(await isUp(agent, 'keep')).toBe(true);
    expect(await valueAt(agent, 'delfin_worker_restarts_total')).toBe(0);
    expect(
      await valueAt(agent, 'storage_system_up', { storage_system_name: 'come' }),
    ).toBeUndefined();
  }, 180_000);

  it('reloads asked for at the same time are done one after the other, each answered', async () => {
    const file = configure(`backends:\n${fake('a')}${fake('b')}`);
    const name = `config-${files}.yaml`;
    await using agent = await startAgent(file);
    await agent.ready();
    space.write(name, `backends:\n${fake('a')}`);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => agent.get('/-/reload', { method: 'POST' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers.filter(({ text }) => text.includes('stopped b'))).toHaveLength(1);
    expect(await valueAt(agent, 'storage_system_up', { storage_system_name: 'b' })).toBeUndefined();
  });

  it('a secret in a file is taken over when the file changes, without a signal', async () => {
    space.write('password.txt', 'wrong');
    const file = configure(
      `backends:\n${fake('a', 'password: "${file:password.txt}"')}${fake('keep')}`,
    );
    await using agent = await startAgent(file);
    await agent.ready();
    expect(await isUp(agent, 'a')).toBe(false);
    space.write('password.txt', 'better');
    await eventually('it is up', async () => ((await isUp(agent, 'a')) ? true : undefined));
    expect(agent.output()).toMatch(/reloaded: 2 backends; restarted a(?!.*keep)/);
  });
});
