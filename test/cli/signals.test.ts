import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { workspace } from '../kit/agent.ts';
import { sendJson, serve } from '../kit/http-server.ts';

const MAIN = new URL('../../src/main.js', import.meta.url).pathname;
/** Logs in, then reads a storage that never answers. */
const DRIVER = `
import { defineDriver, Type } from 'delfin-agent/driver';
export default defineDriver({
  vendor: 'test', model: 'slow', title: 'Slow', access: Type.Object({ port: Type.Integer() }),
  async open({ port }, context) {
    const http = await context.http({ host: '127.0.0.1', port, scheme: 'http' });
    const { token } = (await http.request({ method: 'POST', path: '/login' })).json();
    return {
      getStorage: async () => (await http.request({ path: '/system' })).json(),
      listStoragePools: async () => [],
      listVolumes: async () => [],
      async close() {
        await http.request({ method: 'DELETE', path: '/session/' + token });
        await http.close();
      },
    };
  },
});
`;

it.each(['a login', 'a list'])(
  'two signals during %s of inspect leave no session',
  async (during) => {
    using space = workspace();
    const open = new Set<string>();
    const reached = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    await using server = await serve(
      async ({ method, path }, response) => {
        if (method === 'DELETE') {
          open.delete(path.split('/')[2] ?? '');
          return sendJson(response, 200, {});
        }
        if (path === '/login') {
          open.add('t');
          if (during === 'a login') {
            reached.resolve();
            await answer.promise;
          }
          return sendJson(response, 200, { token: 't' });
        }
        reached.resolve();
        return await new Promise<never>(() => {});
      },
      { plain: true },
    );
    space.write('slow.ts', DRIVER);
    const config = space.write(
      'config.yaml',
      `drivers: [./slow.ts]\nbackends:\n  - { name: a, vendor: test, model: slow, port: ${server.port} }\n`,
    );
    const child = spawn(process.execPath, [MAIN, 'inspect', 'a', '--config.file', config]);
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    const ended = once(child, 'exit');
    await Promise.race([
      reached.promise,
      ended.then(() => Promise.reject(new Error(`ended early: ${output}`))),
    ]);
    expect(open.size).toBe(1);
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    answer.resolve();
    await ended;
    expect(open.size).toBe(0);
  },
);
