/** Sockets that systemd has opened: the agent serves at them, and nowhere else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkServing, systemdSockets } from '../../src/cli/serving.ts';
import { workspace, type Workspace } from '../kit/agent.ts';
import { eventually, freePort } from '../kit/ports.ts';
import { hasProgram, startDaemon } from '../kit/programs.ts';

const MAIN = new URL('../../src/main.js', import.meta.url).pathname;

let space: Workspace;
let config = '';
beforeAll(() => {
  space = workspace();
  config = space.write(
    'config.yaml',
    'workers: 0\nbackends:\n  - { name: a, vendor: fake_storage, model: fake_driver }\n',
  );
});
afterAll(() => space[Symbol.dispose]());

describe('--web.systemd-socket', () => {
  it.skipIf(!hasProgram('systemd-socket-activate'))(
    'serves at every socket that it is handed, and goes on after a reload (needs systemd-socket-activate)',
    async () => {
      const [one, two, unused] = [await freePort(), await freePort(), await freePort()];
      const sockets = ['-l', `127.0.0.1:${one}`, '-l', `127.0.0.1:${two}`];
      const command = [process.execPath, MAIN, 'run', '--config.file', config];
      const flags = ['--web.systemd-socket', '--web.listen-address', `127.0.0.1:${unused}`];
      const daemon = startDaemon('systemd-socket-activate', [...sockets, ...command, ...flags]);
      const ask = (port: number, path = '/-/healthy', init: RequestInit = {}) =>
        fetch(`http://127.0.0.1:${port}${path}`, init).then(({ status }) => status);
      try {
        await eventually('the first answer', () => ask(one));
        expect([await ask(one), await ask(two)]).toEqual([200, 200]);
        await expect(ask(unused)).rejects.toThrow('fetch failed');
        expect(await ask(two, '/-/reload', { method: 'POST' })).toBe(200);
        expect([await ask(one), await ask(two)]).toEqual([200, 200]);
      } finally {
        await daemon.stop();
      }
    },
    60_000,
  );

  it.each([
    ['without any', {}],
    ['with those of another process', { LISTEN_PID: '1', LISTEN_FDS: '1' }],
    ['with none', { LISTEN_PID: String(process.pid), LISTEN_FDS: '0' }],
  ])('%s it does not start', (_what, env: NodeJS.ProcessEnv) => {
    expect(() => systemdSockets(env)).toThrow(
      /^--web\.systemd-socket: systemd has handed over no socket/,
    );
    expect(env).toEqual({});
  });
});

describe('an address that is none is refused', () => {
  it.each([
    ['unix:http.sock', /must name the socket by its absolute path/],
    ['unix:///run/', /must name the socket by its absolute path/],
    [`unix:///${'x'.repeat(108)}`, /path of more than 107 bytes/],
    ['vsock://:9100', /vsock address, which Node\.js cannot listen at/],
    ['127.0.0.1', /must be host:port/],
  ])('%s', async (address, message) => {
    const listen = ['127.0.0.1:0', address];
    const checked = checkServing({ listen, webConfig: undefined, systemdSocket: false });
    await expect(checked).rejects.toThrow(message);
  });
});
