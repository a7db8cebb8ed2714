/** net-snmp's sender with every pair of protocols and one thing wrong: refused by its reason, nothing told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from 'delfin-agent/driver';
import type { DropReason } from '../../src/traps/refused.ts';
import type { TrapStats } from '../../src/traps/service.ts';
import { notification, secure, sender } from './encode.ts';
import { createBench } from './in-process.ts';
import { describeWith, hasSnmptrap, run, runTraps, TRAP_OID, type RunningTraps } from './kit.ts';

const AUTH = { md5: 'MD5', sha: 'SHA', sha224: 'SHA-224', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const; // prettier-ignore
const PRIV = { des: 'DES', aes: 'AES', aes192b: 'AES-192', aes256b: 'AES-256' } as const;
type Auth = keyof typeof AUTH;
type Priv = keyof typeof PRIV;
const AUTHS = Object.keys(AUTH) as Auth[];
const PRIVS = Object.keys(PRIV) as Priv[];
const ENGINE = '8000000001020304';
const GOOD = { auth: 'canary-auth-key', priv: 'canary-priv-key' };

const users = [
  ...AUTHS.map((protocol) => ({
    name: `auth-${protocol}`,
    auth: { protocol, key: new Secret(GOOD.auth) },
  })),
  ...AUTHS.flatMap((auth) =>
    PRIVS.map((priv) => ({
      name: `priv-${auth}-${priv}`,
      auth: { protocol: auth, key: new Secret(GOOD.auth) },
      priv: { protocol: priv, key: new Secret(GOOD.priv) },
    })),
  ),
];

interface Wrong {
  readonly user?: string;
  readonly level?: 'noAuthNoPriv' | 'authNoPriv' | 'authPriv';
  readonly auth?: string;
  readonly priv?: string;
}

/** What is wrong -> why it is refused. */
const WRONGS: readonly (readonly [string, Wrong, DropReason])[] = [
  ['authentication key', { auth: 'another-auth-key' }, 'wrong_digest'],
  ['privacy key', { priv: 'another-priv-key' }, 'decryption'],
  ['user', { user: 'nobody' }, 'unknown_user'],
  ['level: no privacy', { level: 'authNoPriv' }, 'security_level'],
  ['level: nothing', { level: 'noAuthNoPriv' }, 'security_level'],
];

function argsOf(auth: Auth, priv: Priv, wrong: Wrong): string[] {
  const { user = `priv-${auth}-${priv}`, level = 'authPriv' } = wrong;
  return [
    '-v3', '-e', `0x${ENGINE}`, '-u', user, '-l', level,
    '-a', AUTH[auth], '-A', wrong.auth ?? GOOD.auth,
    '-x', PRIV[priv], '-X', wrong.priv ?? GOOD.priv,
  ]; // prettier-ignore
}

describe.each(AUTHS)('a v3 trap of %s without a user name', (auth) => {
  // net-snmp's sender refuses to make one.
  it.each(PRIVS)('and %s is refused', (priv) => {
    const plain = users.map(({ name }) => ({ name, auth: { protocol: auth, key: GOOD.auth } }));
    const { send, delivered } = createBench({ users: plain });
    const nobody = sender({
      user: '',
      engineId: ENGINE,
      auth: { protocol: auth, key: GOOD.auth },
      priv: { protocol: priv, key: GOOD.priv },
    });
    expect(send(secure(nobody, notification(TRAP_OID, [])))).toEqual(['empty_user']);
    expect(delivered).toEqual([]);
  });
});

const total = ({ received }: TrapStats) => received.v1 + received.v2c + received.v3;

describeWith(hasSnmptrap, 'snmptrap')('a v3 trap', () => {
  let running: RunningTraps;
  beforeAll(async () => {
    running = await runTraps({ users });
  });
  afterAll(() => running[Symbol.asyncDispose]());

  const send = (args: readonly string[]) =>
    run('snmptrap', [...args, `127.0.0.1:${running.port}`, '4711', TRAP_OID]);

  describe.each(WRONGS)('with a wrong %s', (_what, wrong, reason) => {
    it.each(AUTHS)(`and %s is refused, with any privacy protocol`, async (auth) => {
      const before = await running.service.currentStats();
      for (const priv of PRIVS) await send(argsOf(auth, priv, wrong));
      await expect
        .poll(async () => (await running.service.currentStats()).dropped[reason], {
          timeout: 20_000,
        })
        .toBe(before.dropped[reason] + PRIVS.length);
      const after = await running.service.currentStats();
      expect(total(after)).toBe(total(before));
      expect(after.datagrams).toBe(before.datagrams + PRIVS.length);
      expect(running.taken).toEqual([]);
    });
  });

  it.each(AUTHS)('more protected than its user of %s is refused', async (auth) => {
    const before = await running.service.currentStats();
    await send(argsOf(auth, 'aes', { user: `auth-${auth}` }));
    await expect
      .poll(async () => (await running.service.currentStats()).dropped.security_level)
      .toBe(before.dropped.security_level + 1);
  });

  it('that is refused leaves no key and no digest in the log', () => {
    const logged = running.logged.join('\n');
    expect(logged).toContain('wrong_digest');
    expect(logged).not.toMatch(/canary|another-|[0-9a-f]{24}/i);
  });
});
