/** net-snmp's own senders: every version and every pair of protocols arrives as it was sent. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret, varbindText } from 'delfin-agent/driver';
import type { AuthProtocol, PrivProtocol } from '../../src/traps/keys.ts';
import { describeWith, hasSnmptrap, run, runTraps, TRAP_OID, type RunningTraps } from './kit.ts';

const AUTH_NAMES: Readonly<Record<AuthProtocol, string>> = {
  md5: 'MD5',
  sha: 'SHA',
  sha224: 'SHA-224',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};
/** net-snmp calls Reeder's key extension Cisco's. */
const PRIV_NAMES: Readonly<Record<PrivProtocol, string>> = {
  des: 'DES',
  aes: 'AES',
  aes192b: 'AES-192',
  aes256b: 'AES-256',
  aes192r: 'AES-192-C',
  aes256r: 'AES-256-C',
};
const AUTH = Object.keys(AUTH_NAMES) as AuthProtocol[];
const PRIV = Object.keys(PRIV_NAMES) as PrivProtocol[];
const PAIRS = AUTH.flatMap((auth) => PRIV.map((priv) => ({ auth, priv })));
const ENGINE = '8000000001020304';
const FIELD = '1.3.6.1.4.1.32473.1.1';
const VARBINDS = [
  `${FIELD}.1`,
  's',
  'größer',
  `${FIELD}.2`,
  'i',
  '-7',
  `${FIELD}.3`,
  'a',
  '192.0.2.1',
];

const users = [
  { name: 'plain' },
  ...AUTH.map((protocol) => ({
    name: `auth-${protocol}`,
    auth: { protocol, key: new Secret('canary-auth-key') },
  })),
  ...PAIRS.map(({ auth, priv }) => ({
    name: `priv-${auth}-${priv}`,
    auth: { protocol: auth, key: new Secret('canary-auth-key') },
    priv: { protocol: priv, key: new Secret('canary-priv-key') },
  })),
];

describeWith(hasSnmptrap, 'snmptrap')('net-snmp', () => {
  let running: RunningTraps;
  let host = '';
  beforeAll(async () => {
    running = await runTraps({ communities: [new Secret('canary-community')], users });
    host = `127.0.0.1:${running.port}`;
  });
  afterAll(async () => {
    const stats = await running.service.currentStats();
    await running[Symbol.asyncDispose]();
    expect(Object.values(stats.dropped).every((count) => count === 0)).toBe(true);
  });

  async function expectArrival(version: string, pduType: string): Promise<void> {
    const { backend, trap } = await running.next();
    expect(backend).toBe('array');
    expect(trap).toMatchObject({
      version,
      pdu_type: pduType,
      trap_oid: TRAP_OID,
      uptime: 4_711,
      source: '127.0.0.1',
    });
    expect(trap.varbinds.map(({ oid, type }) => [oid, type])).toEqual([
      [`${FIELD}.1`, 'OctetString'],
      [`${FIELD}.2`, 'Integer'],
      [`${FIELD}.3`, 'IpAddress'],
    ]);
    expect(varbindText(trap, `${FIELD}.1`)).toBe('größer');
    expect(varbindText(trap, `${FIELD}.2`)).toBe('-7');
    expect(varbindText(trap, `${FIELD}.3`)).toBe('192.0.2.1');
    expect(JSON.stringify(trap.varbinds)).not.toContain('canary');
  }

  it('v1 enterprise specific: mapped to v2, agent address and enterprise kept', async () => {
    const args = ['-v1', '-c', 'canary-community', host, '1.3.6.1.4.1.32473.1', '198.51.100.9'];
    expect((await run('snmptrap', [...args, '6', '1', '4711', ...VARBINDS])).output).toBe('');
    await expectArrival('v1', 'trap');
    expect(running.taken.at(-1)?.trap).toMatchObject({
      agent_address: '198.51.100.9',
      enterprise: '1.3.6.1.4.1.32473.1',
    });
  });

  it.each([0, 1, 2, 3, 4, 5])('v1 generic %i is a trap of SNMPv2-MIB', async (generic) => {
    const args = ['-v1', '-c', 'canary-community', host, '1.3.6.1.4.1.32473.1', '198.51.100.9'];
    await run('snmptrap', [...args, String(generic), '99', '1']);
    expect((await running.next()).trap.trap_oid).toBe(`1.3.6.1.6.3.1.1.5.${generic + 1}`);
  });

  it('v2c', async () => {
    await run('snmptrap', ['-v2c', '-c', 'canary-community', host, '4711', TRAP_OID, ...VARBINDS]);
    await expectArrival('v2c', 'trap');
    const args = ['-v2c', '-c', 'canary-community', '-r', '0', host, '4711', TRAP_OID, ...VARBINDS];
    expect(await run('snmpinform', args)).toEqual({ code: 0, output: '' });
    await expectArrival('v2c', 'inform');
  });

  const levels = [
    { user: 'plain', args: ['-l', 'noAuthNoPriv'] },
    ...AUTH.map((auth) => ({
      user: `auth-${auth}`,
      args: ['-l', 'authNoPriv', '-a', AUTH_NAMES[auth], '-A', 'canary-auth-key'],
    })),
    ...PAIRS.map(({ auth, priv }) => ({
      user: `priv-${auth}-${priv}`,
      args: [
        '-l',
        'authPriv',
        '-a',
        AUTH_NAMES[auth],
        '-A',
        'canary-auth-key',
        '-x',
        PRIV_NAMES[priv],
        '-X',
        'canary-priv-key',
      ],
    })),
  ];
  it.each(levels)('v3 $user: trap, and inform with its answer', async ({ user, args }) => {
    const common = ['-v3', '-u', user, ...args];
    const rest = [host, '4711', TRAP_OID, ...VARBINDS];
    await run('snmptrap', [...common, '-e', `0x${ENGINE}`, ...rest]);
    await expectArrival('v3', 'trap');
    expect(running.taken.at(-1)?.trap.engine_id).toBe(ENGINE);
    expect(await run('snmpinform', [...common, '-r', '0', ...rest])).toEqual({
      code: 0,
      output: '',
    });
    await expectArrival('v3', 'inform');
  });
});
