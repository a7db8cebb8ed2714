/** Users and passwords: who passes, what it costs, what it gives away. */
import bcrypt from 'bcryptjs';
import { describe, expect, it } from 'vitest';
import { createAuthenticator, decoyFor } from '../../src/web/auth.ts';
import { workspace } from '../kit/agent.ts';
import { ask, basic, serve } from './kit.ts';

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
    expect(await counting().authenticator(written)).toBe(false);
  });

  it('takes a password with colons and other letters', async () => {
    const password = 'a:b:ü';
    const authenticator = createAuthenticator({ prom: bcrypt.hashSync(password, COST) });
    expect(await authenticator(header('prom', password))).toBe(true);
    expect(await authenticator(header('prom', 'a'))).toBe(false);
  });

  it('computes a hash once for credentials that pass, and each time for those that do not', async () => {
    const { hashes, authenticator } = counting();
    for (let i = 0; i < 3; i += 1) expect(await authenticator(header('prom', 'right'))).toBe(true);
    expect(hashes).toHaveLength(1);
    for (let i = 0; i < 3; i += 1) expect(await authenticator(header('prom', 'wrong'))).toBe(false);
    expect(hashes).toHaveLength(4);
    // Another user's password of the same text is another credential.
    expect(await authenticator(header('other', 'right'))).toBe(true);
    expect(hashes).toHaveLength(5);
  });

  it('computes a hash of the same cost for an unknown user', async () => {
    const { hashes, authenticator } = counting();
    expect(await authenticator(header('nobody', 'right'))).toBe(false);
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
    await Promise.all(Array.from({ length: 20 }, (_, i) => authenticator(header('prom', `${i}`))));
    expect(most).toBe(1);
  });

  it.each([[[4]], [[5, 4]], [[12, 10]]])('has a decoy for costs %j that bcrypt takes', (costs) => {
    const digest = HASH.slice(7);
    const decoy = decoyFor(costs.map((cost) => `$2y$${String(cost).padStart(2, '0')}$${digest}`));
    expect(decoy).toMatch(/^\$2b\$\d\d\$[./A-Za-z0-9]{53}$/);
    expect(bcrypt.getRounds(decoy)).toBe(Math.max(...costs));
    expect(bcrypt.getSalt(decoy)).toHaveLength(29);
  });
});
