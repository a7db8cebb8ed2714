/** Users and passwords: who passes, what it costs, what it gives away. */
import bcrypt from 'bcryptjs';
import { describe, expect, it } from 'vitest';
import { createAuthenticator, decoyFor, type Client, type Compare } from '../../src/web/auth.ts';
import { workspace } from '../kit/agent.ts';
import { ask, basic, rawClient, serve } from './kit.ts';

/** Cheap: what is tested here is not bcrypt. */
const COST = 4;
const HASH = bcrypt.hashSync('right', COST);

/** Counts the checks, and against which hash they are. */
function counting() {
  const hashes: string[] = [];
  const compare = (password: string, hash: string) => {
    hashes.push(hash);
    return bcrypt.compare(password, hash);
  };
  return { hashes, authenticator: createAuthenticator({ prom: HASH, other: HASH }, compare) };
}

const header = (user: string, password: string) => basic(user, password).authorization;

/** A client with a connection of its own. */
const from = (source = '192.0.2.1', connection = { destroyed: false }): Client => ({
  source,
  connection,
});

/** Checks that end when they are told to. */
function held() {
  const started: string[] = [];
  const ends: ((matches: boolean) => void)[] = [];
  const compare: Compare = (password) => {
    started.push(password);
    return new Promise((resolve) => void ends.push(resolve));
  };
  const authenticator = createAuthenticator({ prom: HASH }, compare);
  /** The check that runs now ends; the next one begins. */
  const endOne = async (matches = false) => {
    ends.at(-1)?.(matches);
    await new Promise((resolve) => void setImmediate(resolve));
  };
  return { started, endOne, authenticator };
}

describe('authentication', () => {
  it('guards every page', async () => {
    using space = workspace();
    const webConfigFile = space.write('web.yaml', `basic_auth_users: { prom: "${HASH}" }\n`);
    await using server = await serve({}, { webConfigFile });
    for (const path of ['/', '/metrics', '/-/healthy', '/-/ready', '/config', '/nothing']) {
      const { status, headers } = await ask(server, path);
      expect([path, status]).toEqual([path, 401]);
      expect(headers['www-authenticate']).toMatch(/^Basic realm=/);
    }
    expect((await ask(server, '/-/reload', { method: 'POST' })).status).toBe(401);
    expect((await ask(server, '/metrics', { headers: basic('prom', 'wrong') })).status).toBe(401);
    expect((await ask(server, '/metrics', { headers: basic('prom', 'right') })).status).toBe(200);
    expect((await ask(server, '/metrics', { headers: basic('nobody', 'right') })).status).toBe(401);
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Basic !!!',
    'Bearer cHJvbTpyaWdodA==',
    `Basic ${Buffer.from('prom').toString('base64')}`,
    `Basic ${Buffer.from(':right').toString('base64')}`,
    `Basic ${Buffer.from('__proto__:right').toString('base64')}`,
    `Basic ${Buffer.from('prom:').toString('base64')}`,
  ])('refuses %s', async (written) => {
    expect(await counting().authenticator(written, from())).toBe('refused');
  });

  it('takes a password with colons and other letters', async () => {
    const password = 'a:b:ü';
    const authenticator = createAuthenticator({ prom: bcrypt.hashSync(password, COST) });
    expect(await authenticator(header('prom', password), from())).toBe('passed');
    expect(await authenticator(header('prom', 'a'), from())).toBe('refused');
  });

  it('computes a hash once for credentials that pass, and each time for those that do not', async () => {
    const { hashes, authenticator } = counting();
    const tried = (user: string, password: string) => authenticator(header(user, password), from());
    for (let i = 0; i < 3; i += 1) expect(await tried('prom', 'right')).toBe('passed');
    expect(hashes).toHaveLength(1);
    for (let i = 0; i < 3; i += 1) expect(await tried('prom', 'wrong')).toBe('refused');
    expect(hashes).toHaveLength(4);
    // Another user's password of the same text is another credential.
    expect(await tried('other', 'right')).toBe('passed');
    expect(hashes).toHaveLength(5);
  });

  it('computes a hash of the same cost for an unknown user', async () => {
    const { hashes, authenticator } = counting();
    expect(await authenticator(header('nobody', 'right'), from())).toBe('refused');
    expect(hashes).toEqual([decoyFor([HASH])]);
    expect(bcrypt.getRounds(hashes[0] ?? '')).toBe(COST);
  });

  it('checks one at a time', async () => {
    let running = 0;
    let most = 0;
    const compare = async () => {
      most = Math.max(most, (running += 1));
      await Promise.resolve();
      running -= 1;
      return false;
    };
    const authenticator = createAuthenticator({ prom: HASH }, compare);
    const guesses = Array.from({ length: 20 }, (_, i) =>
      authenticator(header('prom', `${i}`), from(`192.0.2.${i}`)),
    );
    expect(await Promise.all(guesses)).toEqual(Array(20).fill('refused'));
    expect(most).toBe(1);
  });

  it('makes one check for all who send the same credentials at once', async () => {
    const { hashes, authenticator } = counting();
    const scrapers = Array.from({ length: 50 }, () =>
      authenticator(header('prom', 'right'), from()),
    );
    expect(await Promise.all(scrapers)).toEqual(Array(50).fill('passed'));
    expect(hashes).toHaveLength(1);
  });

  it('lets one check of a connection wait, some of a source and some more in all', async () => {
    const { started, endOne, authenticator } = held();
    const outcomes: string[] = [];
    let guess = 0;
    const tried = (client: Client) =>
      void authenticator(header('prom', `${(guess += 1)}`), client).then((outcome) =>
        outcomes.push(outcome),
      );
    const settled = () => new Promise((resolve) => void setImmediate(resolve));
    // 2,000 guesses that one client sends ahead of their answers.
    const ahead = from();
    for (let i = 0; i < 2_000; i += 1) tried(ahead);
    await settled();
    expect(outcomes).toEqual(Array(1_999).fill('busy'));
    for (let i = 0; i < 100; i += 1) tried(from());
    await settled();
    expect(outcomes).toHaveLength(1_999 + 93);
    for (let i = 0; i < 100; i += 1) tried(from(`198.51.100.${i}`));
    await settled();
    expect(outcomes).toHaveLength(1_999 + 93 + 76);
    for (let i = 0; i < 32; i += 1) await endOne();
    expect(started).toHaveLength(32);
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(32);
  });

  it('serves who has passed while guesses wait', async () => {
    const { started, endOne, authenticator } = held();
    const first = authenticator(header('prom', 'right'), from());
    await endOne(true);
    expect(await first).toBe('passed');
    const order: string[] = [];
    const guesses = Array.from({ length: 5 }, (_, i) =>
      authenticator(header('prom', `${i}`), from()).then(() => order.push('guess')),
    );
    await authenticator(header('prom', 'right'), from()).then(() => order.push('scrape'));
    expect(order).toEqual(['scrape']);
    for (let i = 0; i < 5; i += 1) await endOne();
    await Promise.all(guesses);
    expect(started).toHaveLength(6);
  });

  it('checks nothing for a client that is gone', async () => {
    const { started, endOne, authenticator } = held();
    const connections = Array.from({ length: 6 }, () => ({ destroyed: false }));
    const guesses = connections.map((connection, i) =>
      authenticator(header('prom', `${i}`), from('192.0.2.1', connection)),
    );
    for (const connection of connections.slice(1, 5)) connection.destroyed = true;
    await endOne();
    await endOne();
    expect(await Promise.all(guesses)).toEqual(Array(6).fill('refused'));
    expect(started).toEqual(['0', '5']);
  });

  it('goes on when a check fails', async () => {
    let calls = 0;
    const authenticator = createAuthenticator({ prom: HASH }, async () => {
      calls += 1;
      if (calls === 1) throw new Error('no thread');
      return true;
    });
    await expect(authenticator(header('prom', 'right'), from())).rejects.toThrow('no thread');
    expect(await authenticator(header('prom', 'right'), from())).toBe('passed');
  });

  it('answers guesses sent ahead of their answers with 429, and a scraper as ever', async () => {
    using space = workspace();
    const webConfigFile = space.write('web.yaml', `basic_auth_users: { prom: "${HASH}" }\n`);
    await using server = await serve({}, { webConfigFile });
    const scrape = () => ask(server, '/metrics', { headers: basic('prom', 'right') });
    expect((await scrape()).status).toBe(200);
    const guess = (i: number) =>
      `GET / HTTP/1.1\r\nhost: a\r\nauthorization: ${header('prom', `wrong ${i}`)}\r\n\r\n`;
    const { socket } = await rawClient(
      server,
      Array.from({ length: 200 }, (_, i) => guess(i)).join(''),
    );
    let answers = '';
    socket.on('data', (chunk: Buffer) => (answers += chunk.toString('latin1')));
    const statuses = () => Array.from(answers.matchAll(/^HTTP\/1\.1 (\d+)/gm), ([, code]) => code);
    await expect.poll(() => statuses().length).toBe(200);
    expect(new Set(statuses())).toEqual(new Set(['401', '429']));
    expect((await scrape()).status).toBe(200);
    socket.destroy();
  });

  it.each([[[4]], [[5, 4]], [[12, 10]]])('has a decoy for costs %j that bcrypt takes', (costs) => {
    const digest = HASH.slice(7);
    const decoy = decoyFor(costs.map((cost) => `$2y$${String(cost).padStart(2, '0')}$${digest}`));
    expect(decoy).toMatch(/^\$2b\$\d\d\$[./A-Za-z0-9]{53}$/);
    expect(bcrypt.getRounds(decoy)).toBe(Math.max(...costs));
    expect(bcrypt.getSalt(decoy)).toHaveLength(29);
  });
});
