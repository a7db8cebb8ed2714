/** Addresses, users and certificates that change while the server runs. */
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWeb, type Web, type WebTarget } from '../../src/web/listen.ts';
import { workspace, type Workspace } from '../kit/agent.ts';
import { freePort } from '../kit/ports.ts';
import { runProgram } from '../kit/programs.ts';
import { pageOf, statusDocument } from './kit.ts';

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

function create(limits = {}): Web & AsyncDisposable {
  const web = createWeb({
    log: quiet,
    limits,
    source: {
      metrics: () => pageOf('up 1\n'),
      status: () => statusDocument(),
      array: async () => undefined,
      config: () => '',
      reload: async () => ({ ok: true, status: 200, message: '' }),
      served: () => {},
    },
  });
  return Object.assign(web, { [Symbol.asyncDispose]: () => web.close() });
}

async function use(web: Web, target: WebTarget): Promise<void> {
  const prepared = await web.prepare(target);
  await prepared.commit();
}

async function status(address: string, password?: string): Promise<number> {
  const authorization = `Basic ${btoa(`admin:${password}`)}`;
  const response = await fetch(`http://${address}/-/healthy`, {
    headers: password === undefined ? {} : { authorization },
  });
  return response.status;
}

const isOpen = (address: string) =>
  new Promise<boolean>((resolve) => {
    const [host, port] = address.split(':');
    const socket = connect(Number(port), host, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

const address = async () => `127.0.0.1:${await freePort()}`;

/** The status over a Unix socket. */
function statusAt(socketPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/metrics', agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject).end();
  });
}

describe('a server at several addresses', () => {
  it('answers at each, a Unix socket among them, and takes the socket away at its end', async () => {
    const path = `${space.folder}/http.sock`;
    const [one, two] = [await address(), await address()];
    {
      await using web = create();
      await use(web, { listen: [one, `unix://${path}`, two] });
      expect([await status(one), await statusAt(path), await status(two)]).toEqual([200, 200, 200]);
      expect(web.addresses).toEqual([one, `unix://${path}`, two]);
      expect(web.urls[1]).toBe(`unix://${path}`);
      await use(web, { listen: [one] });
      await expect(statusAt(path)).rejects.toThrow('ENOENT');
      await use(web, { listen: [`unix://${path}`] });
      expect([await statusAt(path), await isOpen(one)]).toEqual([200, false]);
    }
    expect(existsSync(path)).toBe(false);
  });

  it('counts the clients of a Unix socket each for itself', async () => {
    await using web = create({ connections: 2 });
    const path = `${space.folder}/few.sock`;
    await use(web, { listen: [`unix://${path}`] });
    const silent = [];
    for (let i = 0; i < 4; i += 1) {
      const socket = connect({ path }).on('error', () => {});
      await new Promise<void>((resolve) => socket.once('connect', resolve));
      silent.push(socket);
    }
    expect([await statusAt(path), await statusAt(path)]).toEqual([200, 200]);
    for (const socket of silent) socket.destroy();
  });

  it('takes the place of a socket that nobody listens at, and of nothing else', async () => {
    const stale = `${space.folder}/stale.sock`;
    const left =
      'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, 9))';
    await runProgram(process.execPath, ['-e', left, stale]);
    expect(existsSync(stale)).toBe(true);
    await using web = create();
    await use(web, { listen: [`unix://${stale}`] });
    expect(await statusAt(stale)).toBe(200);
    await using other = create();
    const file = space.write('file.sock', 'mine');
    for (const taken of [stale, file]) {
      await expect(other.prepare({ listen: [`unix://${taken}`] })).rejects.toThrow(
        `cannot listen on unix://${taken}: EADDRINUSE`,
      );
    }
    expect(await statusAt(stale)).toBe(200);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});

describe('a server whose configuration changes', () => {
  it('answers nobody before it is taken into use, then those who waited', async () => {
    await using web = create();
    const here = await address();
    const prepared = await web.prepare({ listen: [here] });
    const early = status(here);
    let answered = false;
    void early.then(() => (answered = true));
    await isOpen(here);
    expect(answered).toBe(false);
    await prepared.commit();
    expect(await early).toBe(200);
  });

  it('opens the new address before it closes the old one', async () => {
    await using web = create();
    const [old, next] = [await address(), await address()];
    await use(web, { listen: [old] });
    const prepared = await web.prepare({ listen: [next] });
    expect(await status(old)).toBe(200);
    await prepared.commit();
    expect([await isOpen(old), await status(next)]).toEqual([false, 200]);
    expect(web.addresses).toEqual([next]);
  });

  it('keeps what it has when a new address is taken', async () => {
    await using other = create();
    await using web = create();
    const [taken, old, free] = [await address(), await address(), await address()];
    await use(other, { listen: [taken] });
    await use(web, { listen: [old] });
    await expect(web.prepare({ listen: [free, taken] })).rejects.toThrow(
      `cannot listen on ${taken}: EADDRINUSE`,
    );
    expect([await status(old), await isOpen(free)]).toEqual([200, false]);
  });

  it('changes from one interface to all at the same port, and back when that is not possible', async () => {
    await using web = create();
    const old = await address();
    const port = old.split(':')[1] ?? '';
    await use(web, { listen: [old] });
    await expect(web.prepare({ listen: [`0.0.0.0:${port}`, '192.0.2.1:1'] })).rejects.toThrow(
      'EADDRNOTAVAIL',
    );
    expect(await status(old)).toBe(200);
    await use(web, { listen: [`0.0.0.0:${port}`] });
    expect(await status(old)).toBe(200);
    expect(web.urls).toEqual([`http://127.0.0.1:${port}/`]);
  });

  it('takes new users when the file has them, also on connections that are open', async () => {
    await using web = create();
    const here = await address();
    const users = (password: string) =>
      space.write('web.yaml', `basic_auth_users: { admin: "${bcrypt.hashSync(password, 4)}" }\n`);
    const webConfigFile = users('one');
    await use(web, { listen: [here], webConfigFile, version: '1' });
    expect([await status(here, 'one'), await status(here, 'two')]).toEqual([200, 401]);
    users('two');
    await use(web, { listen: [here], webConfigFile, version: '2' });
    expect([await status(here, 'one'), await status(here, 'two')]).toEqual([401, 200]);
    space.write('web.yaml', 'basic_auth_users: { admin: plain }\n');
    await expect(web.prepare({ listen: [here], webConfigFile, version: '3' })).rejects.toThrow(
      'web.yaml',
    );
    expect(await status(here, 'two')).toBe(200);
  });
});
