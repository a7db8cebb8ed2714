/** Real traps into the agent as a process, records out of a real Collector. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEVERITIES, type Alert } from 'delfin-agent/driver';
import { FAKE_TRAP, TRAP_FIELDS } from '../../drivers/fake_storage-fake_driver/alerts.ts';
import {
  runAgent,
  startAgent,
  workspace,
  type RunningAgent,
  type Workspace,
} from '../kit/agent.ts';
import {
  buildCollector,
  COLLECTOR_BUILD_MS,
  startCollector,
  type RunningCollector,
} from '../kit/collector.ts';
import { parseExposition } from '../kit/exposition.ts';
import { eventually, freeUdpPort } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';
import { run } from '../traps/kit.ts';

const MAIN = new URL('../../src/main.js', import.meta.url).pathname;
const AUTH = { md5: 'MD5', sha: 'SHA', sha224: 'SHA-224', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const; // prettier-ignore
const PRIV = { des: 'DES', aes: 'AES', aes192b: 'AES-192', aes256b: 'AES-256', aes192r: 'AES-192-C', aes256r: 'AES-256-C' } as const; // prettier-ignore
const AUTH_PROTOCOLS = Object.keys(AUTH) as (keyof typeof AUTH)[];
const PRIV_PROTOCOLS = Object.keys(PRIV) as (keyof typeof PRIV)[];
const PAIRS = AUTH_PROTOCOLS.flatMap((auth) => PRIV_PROTOCOLS.map((priv) => ({ auth, priv })));
const ENGINE = '0x8000000001020304';

/** Of every user: `{ name: ..., auth: ..., priv: ... }`. */
const users = [
  { name: 'plain' },
  ...AUTH_PROTOCOLS.map((protocol) => ({
    name: `auth-${protocol}`,
    auth: { protocol, key: 'canary-auth' },
  })),
  ...PAIRS.map(({ auth, priv }) => ({
    name: `priv-${auth}-${priv}`,
    auth: { protocol: auth, key: 'canary-auth' },
    priv: { protocol: priv, key: 'canary-priv' },
  })),
];

const configOf = (endpoint: string, port: number, file: string) => `
otlp: { endpoint: "${endpoint}", metrics: false, timeout: 2s }
alert_output: { file: ${JSON.stringify(file)} }
traps:
  listen: [ "127.0.0.1:${port}", "[::1]:${port}" ]
  communities: [ canary-community ]
  unknown: log
  users: ${JSON.stringify(users)}
backends:
  - name: array-1
    vendor: fake_storage
    model: fake_driver
    alerts: { interval: 1h, trap_sources: [ 127.0.0.1 ] }
    fake: { alerts: 7, alert_period: 86400 }
  - name: relayed
    vendor: fake_storage
    model: fake_driver
    alerts: { interval: 1s, trap_sources: [ 198.51.100.7 ] }
    fake: { alerts: 4, alert_period: 5 }
`;

interface Record_ {
  readonly resource: Readonly<Record<string, string>>;
  readonly record: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, string>>;
}

function attributesOf(record: Readonly<Record<string, unknown>>): Record<string, string> {
  const list = record['attributes'] as { key: string; value: { stringValue?: string } }[];
  return Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? '']));
}

/** The varbinds of the made-up trap, as snmptrap's arguments. */
function varbinds(fields: Partial<Record<keyof typeof TRAP_FIELDS, string>>): string[] {
  return Object.entries(fields).flatMap(([field, value]) => [
    `${TRAP_FIELDS[field as keyof typeof TRAP_FIELDS]}.0`,
    's',
    value,
  ]);
}

describe.skipIf(!hasProgram('go') || !hasProgram('snmptrap'))('alerts', () => {
  let space: Workspace;
  let collector: RunningCollector;
  let agent: RunningAgent;
  let config: string;
  let port: number;
  let host: string;

  beforeAll(async () => {
    await buildCollector();
    space = workspace();
    collector = await startCollector();
    port = await freeUdpPort();
    host = `127.0.0.1:${port}`;
    config = space.write(
      'config.yaml',
      configOf(collector.endpoint, port, `${space.folder}/alerts.jsonl`),
    );
    agent = await startAgent(config);
    await agent.ready();
  }, COLLECTOR_BUILD_MS);

  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await collector?.[Symbol.asyncDispose]();
    space?.[Symbol.dispose]();
  });

  const records = (): Record_[] =>
    collector.logs().map(({ resource, record }) => ({
      resource,
      record,
      attributes: attributesOf(record),
    }));
  const recordOf = (sequence: string) =>
    eventually(`record ${sequence}`, () =>
      records().find(({ attributes }) => attributes['storage.alert.sequence_number'] === sequence),
    );
  const samples = async (name: string) =>
    parseExposition((await agent.get('/metrics')).text).filter((sample) => sample.name === name);

  const senders = [
    { name: 'v1', version: 'v1', args: ['-v1', '-c', 'canary-community'] },
    { name: 'v2c', version: 'v2c', args: ['-v2c', '-c', 'canary-community'] },
    { name: 'plain', version: 'v3', args: ['-v3', '-l', 'noAuthNoPriv', '-u', 'plain'] },
    ...AUTH_PROTOCOLS.map((auth) => ({
      name: `auth-${auth}`,
      version: 'v3',
      args: [
        '-v3',
        '-l',
        'authNoPriv',
        '-u',
        `auth-${auth}`,
        '-a',
        AUTH[auth],
        '-A',
        'canary-auth',
      ],
    })),
    ...PAIRS.map(({ auth, priv }) => ({
      name: `priv-${auth}-${priv}`,
      version: 'v3',
      args: ['-v3', '-l', 'authPriv', '-u', `priv-${auth}-${priv}`, '-a', AUTH[auth], '-A', 'canary-auth', '-x', PRIV[priv], '-X', 'canary-priv'], // prettier-ignore
    })),
  ];

  it.each(senders)('a fault by $name becomes a record', async ({ name, version, args }) => {
    const fields = varbinds({
      alertId: '0x1002',
      alertName: 'Disk failed',
      severity: 'Critical',
      category: 'Fault',
      sequenceNumber: name,
      occurTime: '1795354372000',
      description: `größer: ${name}`,
      location: `disk of ${name}`,
    });
    const rest =
      version === 'v1'
        ? [host, '1.3.6.1.4.1.32473.1', '127.0.0.1', '6', '1', '7', ...fields]
        : [host, '7', FAKE_TRAP, ...fields];
    const engine = version === 'v3' ? ['-e', ENGINE] : [];
    expect(await run('snmptrap', [...args, ...engine, ...rest])).toEqual({ code: 0, output: '' });
    const { resource, record, attributes } = await recordOf(name);
    expect(record).toMatchObject({
      timeUnixNano: '1795354372000000000',
      severityNumber: 19,
      severityText: 'Critical',
      eventName: 'storage.alert',
      body: { stringValue: `größer: ${name}` },
    });
    expect(attributes).toMatchObject({
      'storage.alert.state': 'raised',
      'storage.alert.id': '0x1002',
      'storage.alert.name': 'Disk failed',
      'storage.alert.location': `disk of ${name}`,
      'storage.alert.match_key': `0x1002/disk of ${name}`,
      'storage.alert.source': 'trap',
      'snmp.version': version,
      'snmp.trap.oid': FAKE_TRAP,
      'network.peer.address': '127.0.0.1',
    });
    expect(resource['storage.system.name']).toBe('array-1');
  });

  it('an inform is answered, and its end is one record', async () => {
    const send = (category: string) =>
      run('snmpinform', [
        '-v2c',
        '-c',
        'canary-community',
        host,
        '7',
        FAKE_TRAP,
        ...varbinds({
          alertId: '0x1003',
          category,
          sequenceNumber: 'inform',
          location: 'port',
          severity: 'Minor',
        }),
      ]);
    expect(await send('Fault')).toEqual({ code: 0, output: '' });
    expect(await send('Fault')).toEqual({ code: 0, output: '' });
    expect(await send('Recovery')).toEqual({ code: 0, output: '' });
    const states = await eventually('both records', () => {
      const found = records().filter(
        ({ attributes }) => attributes['storage.alert.sequence_number'] === 'inform',
      );
      return found.length >= 2 ? found : undefined;
    });
    expect(states.map(({ attributes }) => attributes['storage.alert.state'])).toEqual([
      'raised',
      'cleared',
    ]);
    expect(states.map(({ record }) => record['severityNumber'])).toEqual([17, 10]);
  });

  it('a trap of an unknown kind, and one of no backend, become snmp.trap records', async () => {
    await run('snmptrap', [
      '-v2c',
      '-c',
      'canary-community',
      host,
      '7',
      '1.3.6.1.4.1.32473.77',
      '1.3.6.1.4.1.32473.1.1',
      's',
      'kept',
    ]);
    const own = await eventually('the unread trap', () =>
      records().find(({ attributes }) => attributes['snmp.trap.oid'] === '1.3.6.1.4.1.32473.77'),
    );
    expect(own.record).toMatchObject({ eventName: 'snmp.trap', severityNumber: 13 });
    expect(JSON.stringify(own.record)).toContain('kept');
    expect(own.resource['storage.system.name']).toBe('array-1');
    await run('snmptrap', [
      '-v2c',
      '-c',
      'canary-community',
      `udp6:[::1]:${port}`,
      '7',
      '1.3.6.1.4.1.32473.78',
    ]);
    const foreign = await eventually('the trap of no backend', () =>
      records().find(({ attributes }) => attributes['snmp.trap.oid'] === '1.3.6.1.4.1.32473.78'),
    );
    expect(foreign.resource['service.name']).toBe('delfin-agent');
    expect(foreign.resource).not.toHaveProperty('storage.system.name');
  });

  async function alertsListed(): Promise<readonly Alert[]> {
    const command = ['alerts', 'list', 'relayed', '--config.file', config, '--format', 'json'];
    return JSON.parse((await runAgent(command)).stdout) as Alert[];
  }

  it('the alerts of the list and of a trap are one, and the list is what counts', async () => {
    const listed = await eventually('alerts of the list', async () => {
      const alerts = await alertsListed();
      return alerts.length > 0 ? alerts : undefined;
    });
    const [alert] = listed;
    if (!alert) throw new Error('no alert');
    const begin = records().length;
    for (let round = 0; round < 3; round += 1) {
      await run('snmptrap', [
        '-v1', '-c', 'canary-community', host, '1.3.6.1.4.1.32473.1', '198.51.100.7', '6', '1', '7',
        ...varbinds({ alertId: alert.alert_id, severity: alert.severity, category: 'Fault', location: alert.location ?? '' }),
      ]); // prettier-ignore
    }
    await eventually('its end', () =>
      records()
        .slice(begin)
        .find(
          ({ attributes }) =>
            attributes['storage.alert.match_key'] === alert.match_key &&
            attributes['storage.alert.state'] === 'cleared',
        ),
    );
    const states = records()
      .filter(
        ({ resource, attributes }) =>
          resource['storage.system.name'] === 'relayed' &&
          attributes['storage.alert.match_key'] === alert.match_key,
      )
      .map(({ attributes }) => attributes['storage.alert.state']);
    for (const [index, state] of states.entries())
      expect(state).toBe(index % 2 === 0 ? 'raised' : 'cleared');
  });

  it('shows as many active alerts as the array lists', async () => {
    expect(Array.isArray(await alertsListed())).toBe(true);
    await eventually('equal counts', async () => {
      const alerts = await alertsListed();
      const active = (await samples('storage_alert_active')).filter(
        ({ labels }) => labels['storage_system_name'] === 'relayed',
      );
      const expected = SEVERITIES.map(
        (severity) => alerts.filter((alert) => alert.severity === severity).length,
      );
      const word = (severity: string) =>
        severity.replace('NotSpecified', 'not_specified').toLowerCase();
      const shown = SEVERITIES.map(
        (severity) =>
          active.find(({ labels }) => labels['storage_alert_severity'] === word(severity))?.value,
      );
      return JSON.stringify(shown) === JSON.stringify(expected) ? true : undefined;
    });
  });

  it('refusals are counted under their own reasons', async () => {
    const rest = [host, '7', FAKE_TRAP];
    const engine = ['-e', ENGINE];
    await run('snmptrap', ['-v2c', '-c', 'wrong', ...rest]);
    await run('snmptrap', ['-v3', '-l', 'noAuthNoPriv', '-u', 'nobody', ...engine, ...rest]);
    await run('snmptrap', ['-v3', '-l', 'noAuthNoPriv', '-u', 'auth-sha', ...engine, ...rest]);
    await run('snmptrap', [
      '-v3',
      '-l',
      'authNoPriv',
      '-u',
      'auth-sha',
      '-a',
      'SHA',
      '-A',
      'not the key',
      ...engine,
      ...rest,
    ]);
    // Another engine: its clock must not disturb the others.
    for (const clock of ['5,1000', '4,1000', '5,10']) {
      await run('snmptrap', [
        '-v3', '-l', 'authNoPriv', '-u', 'auth-sha', '-a', 'SHA', '-A', 'canary-auth', '-Z', clock,
        '-e', '0x8000000009090909', ...rest,
      ]); // prettier-ignore
    }
    await run('snmptrap', [
      '-v3', '-l', 'authPriv', '-u', 'priv-sha-aes', '-a', 'SHA', '-A', 'canary-auth', '-x', 'AES', '-X', 'not the key',
      ...engine, ...rest,
    ]); // prettier-ignore
    const wanted = [
      'wrong_community',
      'unknown_user',
      'security_level',
      'wrong_digest',
      'old_boots',
      'old_time',
      'decryption',
    ];
    await eventually('all reasons', async () => {
      const dropped = (await samples('delfin_trap_dropped_total')).filter(({ value }) => value > 0);
      const reasons = dropped.map(({ labels }) => labels['error_type']);
      return wanted.every((reason) => reasons.includes(reason)) ? true : undefined;
    });
    const received = await samples('delfin_trap_received_total');
    expect(
      Object.fromEntries(received.map(({ labels, value }) => [labels['snmp_version'], value > 0])),
    ).toEqual({
      v1: true,
      v2c: true,
      v3: true,
    });
  });

  it('traps listen prints what arrives, and no secret', async () => {
    const listenPort = await freeUdpPort();
    const own = space.write(
      'listen.yaml',
      `traps: { listen: "127.0.0.1:${listenPort}", communities: [ canary-community ] }\nbackends: [ { name: a, vendor: fake_storage, model: fake_driver } ]\n`,
    );
    const child = spawn(process.execPath, [MAIN, 'traps', 'listen', '--config.file', own]);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await eventually('it listens', () => (output.includes('listening') ? true : undefined));
    await run('snmptrap', [
      '-v2c',
      '-c',
      'canary-community',
      `127.0.0.1:${listenPort}`,
      '7',
      FAKE_TRAP,
      '1.3.6.1.4.1.1',
      's',
      'seen',
    ]);
    await eventually('the trap', () =>
      output.includes('1.3.6.1.4.1.1 = OctetString: "seen"') ? true : undefined,
    );
    expect(output).toContain(`v2c trap ${FAKE_TRAP} from 127.0.0.1`);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(output).not.toContain('canary');
  });

  it('no secret is told anywhere', async () => {
    const pages = await Promise.all(
      ['/', '/metrics', '/config', '/api/v1/status'].map((path) => agent.get(path)),
    );
    const told = [
      agent.output(),
      JSON.stringify(collector.logs()),
      ...pages.map(({ text }) => text),
    ];
    for (const text of told) expect(text).not.toContain('canary');
  });
});
