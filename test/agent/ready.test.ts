import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createAgent } from '../../src/agent/agent.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { RootLog } from '../../src/log.ts';
import { workspace, type Workspace } from '../kit/agent.ts';
import { eventually } from '../kit/ports.ts';

const quiet: RootLog = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

let space: Workspace;
let silent: Server;
const sockets = new Set<Socket>();
beforeAll(async () => {
  space = workspace();
  silent = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()));
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
  space[Symbol.dispose]();
});

/** An agent in this process, beside an array that takes connections and never answers. */
async function start(readyMs: number) {
  const { port } = silent.address() as AddressInfo;
  const file = space.write(
    'agent.yaml',
    `workers: 0
backends:
  - { name: answers, vendor: fake_storage, model: fake_driver, fake: { volumes: 3 } }
  - { name: hangs, vendor: huawei, model: oceanstor, rest: { host: 127.0.0.1, port: ${port}, username: u, password: p, legacy_tls: true } }
`,
  );
  const { loaded, problems } = await loadConfig([file]);
  if (!loaded) throw new Error(JSON.stringify(problems));
  const agent = createAgent(
    { loaded, listen: ['127.0.0.1:0'], foreign: [], secrets: [] },
    {
      log: quiet,
      logOptions: { level: 'error', format: 'logfmt' },
      readyMs,
      reload: async () => ({ message: 'not here' }),
    },
  );
  await agent.start();
  const ask = async (path: string) => await fetch(new URL(path, agent.url));
  const waiting = async () =>
    ((await (await ask('/api/v1/status')).json()) as { waiting: readonly string[] }).waiting;
  return {
    ask,
    waiting,
    [Symbol.asyncDispose]: () => agent.stop(5_000),
  };
}

describe('beside an array that hangs', () => {
  it('the agent is not ready as long as it has patience', async () => {
    await using agent = await start(3_600_000);
    await eventually('one answers', async () =>
      (await agent.waiting()).length === 1 ? true : undefined,
    );
    const ready = await agent.ask('/-/ready');
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('hangs')]);
  });

  it('it is ready when its patience ends, and says for whom it does not wait', async () => {
    await using agent = await start(1);
    await eventually('it is ready', async () =>
      (await agent.ask('/-/ready')).status === 200 ? true : undefined,
    );
    expect(await agent.waiting()).toContain('hangs');
  });

  it('says of which array it may meet old algorithms', async () => {
    await using agent = await start(1);
    const legacy = await eventually('the gauge', async () => {
      const page = await (await agent.ask('/metrics')).text();
      return page.match(/^delfin_backend_legacy_crypto.*/gm)?.sort();
    });
    expect(legacy).toEqual([
      'delfin_backend_legacy_crypto{storage_system_name="answers"} 0',
      'delfin_backend_legacy_crypto{storage_system_name="hangs"} 1',
    ]);
  });
});
