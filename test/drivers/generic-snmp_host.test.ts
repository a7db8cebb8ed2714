/** The driver against Debian's SNMP agent, which reports this very machine. */
import { createSocket } from 'node:dgram';
import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import {
  AuthenticationFailed,
  BackendTimeout,
  type MetricSeries,
  type SnmpAccess,
  type Trap,
} from 'delfin-agent/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLinks } from '../../drivers/generic-snmp_host/alerts.ts';
import { createClient, type InterfaceRow } from '../../drivers/generic-snmp_host/client.ts';
import { isWholeDisk } from '../../drivers/generic-snmp_host/disks.ts';
import driver from '../../drivers/generic-snmp_host/index.ts';
import { capabilities, createRates, distance, toMetrics, type Reading } from '../../drivers/generic-snmp_host/metrics.ts'; // prettier-ignore
import { toPorts } from '../../drivers/generic-snmp_host/records.ts';
import { parseHostTrap } from '../../drivers/generic-snmp_host/traps.ts';
import type { Counter } from '../../drivers/generic-snmp_host/values.ts';
import { wrapSecrets } from '../../src/config/secrets.ts';
import { createBudget } from '../../src/driver/budget.ts';
import { createSnmp } from '../../src/driver/snmp.ts';
import { fileSystems } from '../kit/df.ts';
import { openDriver, TEST_SYSTEM, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import { eventually, freeUdpPort } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';
import { startSnmpd, type Snmpd, type SnmpUser } from '../kit/snmpd.ts';
import { metricsOf } from '../kit/samples.ts';

const withSnmpd = hasProgram('snmpd');

const USERS: readonly (SnmpUser & { readonly written: Fields })[] = [
  ['md5aes', 'MD5', 'AES', 'md5', 'aes'],
  ['shaaes', 'SHA', 'AES', 'sha', 'aes'],
  ['sha256aes', 'SHA-256', 'AES', 'sha256', 'aes'],
  ['sha512aes256', 'SHA-512', 'AES-256', 'sha512', 'aes256b'],
].map(([name = '', auth = '', priv = '', authWritten = '', privWritten = '']) => {
  const [authKey, privKey] = [`auth-key-${name}`, `priv-key-${name}`];
  return {
    name, auth, authKey, priv, privKey,
    written: { name, auth: { protocol: authWritten, key: authKey }, priv: { protocol: privWritten, key: privKey } },
  }; // prettier-ignore
});

const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

const collect = (opened: OpenedDriver): Promise<readonly MetricSeries[] | undefined> =>
  opened.session.call('collectPerfMetrics', (session, signal) =>
    metricsOf(session.collectPerfMetrics?.(capabilities.resource_metrics, 0, Date.now(), signal)),
  );

const valueIn = ({ values }: MetricSeries) => Object.values(values)[0] ?? Number.NaN;

describe.skipIf(!withSnmpd)('this machine through snmpd', () => {
  let snmpd: Snmpd;
  beforeAll(async () => {
    snmpd = await startSnmpd(USERS);
  });
  afterAll(() => snmpd[Symbol.asyncDispose]());

  const v2c = () => ({
    snmp: { host: '127.0.0.1', port: snmpd.port, community: snmpd.community },
  });
  const v3 = (user: Fields) => ({
    snmp: { host: '127.0.0.1', port: snmpd.port, version: 'v3', user },
  });

  it('is the host that the agent says it is', async () => {
    await using opened = openDriver(driver, v2c());
    expect(await opened.getStorage()).toMatchObject({
      name: 'nas-under-test',
      location: 'rack 7',
      model: 'Linux',
      // Nobody asks an agent of this kind whether the host is well.
      status: 'unknown',
    });
    expect(await opened.list('listStoragePools')).toEqual([]);
    expect(await opened.list('listVolumes')).toEqual([]);
    expect(opened.drops).toEqual([]);
    expect(JSON.stringify(opened.logged)).not.toContain(snmpd.community);
  });

  it('has file systems of the sizes that df shows', async () => {
    await using opened = openDriver(driver, v2c());
    // Others write to the disk meanwhile, and the agent reads it every few seconds.
    const near = 512 * 2 ** 20;
    await eventually('sizes as in df', async () => {
      const listed = (await opened.list('listFilesystems')) as readonly Fields[];
      expect(listed.map(({ native_filesystem_id: path }) => path)).toContain('/');
      const expected = fileSystems();
      for (const record of listed) {
        const size = expected.get(String(record['native_filesystem_id']));
        expect(record['total_capacity']).toBe(size?.total);
        for (const [field, bytes] of [
          ['used_capacity', size?.used],
          ['free_capacity', size?.available],
        ] as const)
          // prettier-ignore
          expect(Math.abs(Number(record[field]) - Number(bytes)), field).toBeLessThan(near);
      }
      return true;
    });
  });

  it.each(['v1', 'v2c'])(
    'has the space of its block devices in all, each once, over %s',
    async (version) => {
      const { snmp } = v2c();
      await using opened = openDriver(driver, { snmp: { ...snmp, version } });
      const listed = new Set(((await opened.list('listFilesystems')) as readonly Fields[]).map(({ name }) => name)); // prettier-ignore
      const sizes = new Map<string, number>();
      for (const [path, { total, device }] of fileSystems()) {
        if (listed.has(path)) sizes.set(device.startsWith('/dev/') ? device : path, total);
      }
      const total = Array.from(sizes.values()).reduce((sum, bytes) => sum + bytes, 0);
      const storage = await opened.getStorage();
      expect(storage.total_capacity).toBe(total);
      expect(opened.told).toEqual([]);
    },
  );

  it('has the processors, ports and disks of this machine', async () => {
    await using opened = openDriver(driver, v2c());
    const processors = (await opened.list('listControllers')) as readonly Fields[];
    expect(processors.length).toBeGreaterThan(0);
    expect(processors[0]).toMatchObject({ name: expect.stringMatching(/^cpu /), cpu_count: 1 });
    const ports = (await opened.list('listPorts')) as readonly Fields[];
    for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
      const address = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
      if (!address) continue;
      expect(ports.find((port) => port['name'] === name)).toMatchObject({
        connection_status: 'connected',
        mac_address: address.mac,
        ipv4: address.address,
        ipv4_mask: address.netmask,
      });
    }
    expect(ports.map(({ name }) => name)).not.toContain('lo');
    const disks = (await opened.list('listDisks')) as readonly Fields[];
    const blocks = readdirSync('/sys/block').map((name) => name.replaceAll('!', '/'));
    expect(new Set(disks.map(({ name }) => name))).toEqual(new Set(blocks.filter(isWholeDisk)));
    expect(opened.drops).toEqual([]);
  });

  it('shows processors at once, and rates of disks and ports from the second poll on', async () => {
    await using opened = openDriver(driver, v2c());
    await opened.getStorage();
    const first = await collect(opened);
    expect(new Set(first?.map(({ labels }) => labels.resource_type))).not.toContain('disk');
    // The agent keeps its tables for some seconds; its clock has to move, too.
    const second = await eventually('rates', async () => {
      const metrics = await collect(opened);
      return metrics?.some(({ labels }) => labels.resource_type === 'disk') ? metrics : undefined;
    });
    const of = (type: string, name: string) =>
      second.filter((metric) => metric.labels.resource_type === type && metric.name === name);
    const disks = (await opened.list('listDisks')) as readonly Fields[];
    expect(of('disk', 'iops')).toHaveLength(disks.length);
    for (const name of ['iops', 'throughput'] as const) {
      const [read, write] = name === 'iops' ? ['readIops', 'writeIops'] : ['readThroughput', 'writeThroughput']; // prettier-ignore
      const [whole, part, other] = [name, read ?? '', write ?? ''].map((one) => of('disk', one)[0]);
      expect(whole && valueIn(whole)).toBeGreaterThanOrEqual(0);
      expect(whole && valueIn(whole)).toBe(
        (part ? valueIn(part) : 0) + (other ? valueIn(other) : 0),
      );
    }
    const ports = (await opened.list('listPorts')) as readonly Fields[];
    expect(of('port', 'throughput')).toHaveLength(ports.length);
    for (const { labels, values } of second) {
      expect(labels.storage_id).toBe(TEST_SYSTEM);
      expect(Math.abs(Number(Object.keys(values)[0]) - Date.now())).toBeLessThan(60_000);
    }
  });

  it('counts what goes over the interfaces', async () => {
    const access = wrapSecrets(driver.access, v2c()) as { snmp: SnmpAccess };
    const client = createClient(
      createSnmp(access.snmp, {
        budget: createBudget(1),
        signal: new AbortController().signal,
        traffic: { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 },
        maxInFlight: 1,
      }),
    );
    const loopback = async () => {
      const row = (await client.interfaces(() => {}, 'traffic')).find(({ name }) => name === 'lo');
      return row?.received?.value ?? 0n;
    };
    const before = await loopback();
    const sent = 200 * 1_000;
    await sendDatagrams(200, 1_000);
    const moved = await eventually('the counter of the loopback moved', async () => {
      const difference = (await loopback()) - before;
      return difference >= BigInt(sent) ? difference : undefined;
    });
    expect(moved).toBeGreaterThanOrEqual(BigInt(sent));
    await client.close();
  });

  it.each(USERS)('is read with SNMPv3 as $name', async ({ written }) => {
    await using opened = openDriver(driver, v3(written));
    expect((await opened.getStorage()).name).toBe('nas-under-test');
    expect(await opened.list('listFilesystems')).not.toEqual([]);
    for (const secret of ['auth-key', 'priv-key'])
      expect(JSON.stringify(opened.logged)).not.toContain(secret);
  });

  it.each([
    ['an unknown user', { ...USERS[2]?.written, name: 'nobody' }],
    ['a wrong key', { ...USERS[2]?.written, auth: { protocol: 'sha256', key: 'wrong-wrong' } }],
  ])('refuses %s as an authentication failure', async (_what, user) => {
    await using opened = openDriver(driver, v3(user));
    const error = await rejection(opened.getStorage());
    expect(error).toBeInstanceOf(AuthenticationFailed);
    expect(String(error)).not.toMatch(/wrong-wrong|auth-key|priv-key/);
  });
});

describe('a privacy protocol that the runtime lacks', () => {
  it('is a mistake in the configuration, not an unreachable host', () => {
    const priv = { protocol: 'des', key: 'priv-key-des' };
    const user = { name: 'u', auth: { protocol: 'md5', key: 'auth-key-md5' }, priv };
    const access = { snmp: { host: '127.0.0.1', version: 'v3', user } };
    expect(() => openDriver(driver, access)).toThrow(/protocol must be equal to one of/);
  });
});

describe('an address where nobody answers', () => {
  it('is a timeout that says what to check', async () => {
    const port = await freeUdpPort();
    await using opened = openDriver(
      driver,
      { snmp: { host: '127.0.0.1', port, community: 'public' } },
      { openTimeoutMs: 20_000 },
    );
    const error = await rejection(opened.getStorage());
    expect(error).toBeInstanceOf(BackendTimeout);
    expect(String(error)).toMatch(/check the address and the community or user/);
  });
});

/** Datagrams over the loopback, to a socket that takes them. */
async function sendDatagrams(count: number, size: number): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', () => resolve()));
  const { port } = socket.address();
  const body = Buffer.alloc(size);
  for (let sent = 0; sent < count; sent += 1) {
    await new Promise<void>((resolve, reject) =>
      socket.send(body, port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
    );
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

const counter = (value: bigint | number, bits: 32 | 64 = 32): Counter => ({ value: BigInt(value), bits }); // prettier-ignore

describe('counters', () => {
  it.each([
    ['that moved', counter(10), counter(25), 15],
    ['that stood still', counter(10), counter(10), 0],
    ['of 32 bits that wrapped', counter(2 ** 32 - 10), counter(5), 15],
    ['of 64 bits beyond exact floats', counter(2n ** 63n, 64), counter(2n ** 63n + 7n, 64), 7],
    ['of 64 bits that fell', counter(100, 64), counter(5, 64), undefined],
    ['that changed their width', counter(100), counter(200, 64), undefined],
  ])('%s', (_what, before, after, moved) => {
    expect(distance(before, after)).toBe(moved);
  });

  const reading = (uptime: number, sent: Counter | undefined, reads = counter(0)): Reading => ({
    uptime,
    processors: [],
    interfaces: [{ ...link('3', 'eth0'), received: counter(0, 64), sent }],
    disks: [{ name: 'sda', reads, writes: counter(0), bytesRead: counter(0, 64), bytesWritten: counter(0, 64) }], // prettier-ignore
  });
  const rateOf = (
    samples: ReturnType<ReturnType<typeof createRates>>,
    name: string,
    type: 'disk' | 'port' = 'disk',
  ) => samples.find((sample) => sample.name === name && sample.resource_type === type)?.value;

  it("become rates over the agent's own time", () => {
    const rates = createRates();
    expect(rates(reading(1_000, counter(500, 64)))).toEqual([]);
    // 500 hundredths of a second later.
    const samples = rates(reading(1_500, counter(1_500, 64), counter(20)));
    expect(rateOf(samples, 'readThroughput')).toBe(0);
    expect(samples.filter((sample) => sample.resource_type === 'port')).toEqual([
      { resource_type: 'port', resource_id: '3', resource_name: 'eth0', name: 'readThroughput', value: 200 },
      { resource_type: 'port', resource_id: '3', resource_name: 'eth0', name: 'writeThroughput', value: 0 },
      { resource_type: 'port', resource_id: '3', resource_name: 'eth0', name: 'throughput', value: 200 },
    ]); // prettier-ignore
    expect(rateOf(samples, 'readIops')).toBe(4);
    expect(rateOf(samples, 'iops')).toBe(4);
    const metrics = toMetrics(samples, { disk: { readIops: { unit: 'IOPS', description: '' } } }, 'x', 7); // prettier-ignore
    expect(metrics.map(({ name, values }) => [name, values])).toEqual([['readIops', { 7: 4 }]]);
  });

  it('give no rate over a restart of the agent, and go on after it', () => {
    const rates = createRates();
    rates(reading(100_000, counter(5_000_000, 64)));
    expect(rates(reading(200, counter(10, 64)))).toEqual([]);
    expect(rateOf(rates(reading(300, counter(110, 64))), 'readThroughput', 'port')).toBe(100);
  });

  it('that are missing leave their rates out, and the overall one with them', () => {
    const rates = createRates();
    rates(reading(0, undefined));
    const names = rates(reading(100, undefined))
      .filter((sample) => sample.resource_type === 'port')
      .map(({ name }) => name);
    expect(names).toEqual(['writeThroughput']);
  });
});

describe('rows of the MIBs', () => {
  it('are ports but for the loopback', () => {
    const ports = toPorts(
      [{ ...link('1', 'lo'), type: 24 }, { ...link('2', 'eth0'), mac: new Uint8Array([0, 1, 2, 0xab, 0xcd, 0xef]) }], // prettier-ignore
      new Map([['2', { address: '192.0.2.1', mask: '255.255.255.0' }]]),
    );
    expect(ports).toEqual([
      expect.objectContaining({ native_port_id: '2', type: 'eth', mac_address: '00:01:02:ab:cd:ef', ipv4: '192.0.2.1', speed: 1e9 }), // prettier-ignore
    ]);
  });
});

function link(index: string, name: string): InterfaceRow {
  return {
    index, name, alias: undefined, type: 6, mac: undefined, adminStatus: 1, operStatus: 1,
    speedBits: 1e9, received: undefined, sent: undefined,
  }; // prettier-ignore
}

describe('traps and links', () => {
  const trap = (last: number, varbinds: Trap['varbinds'] = []): Trap => ({
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: `1.3.6.1.6.3.1.1.5.${last}`,
    varbinds,
    source: '192.0.2.20',
    source_port: 1_162,
    received_at: 1_700_000_000_000,
  });
  const linkVarbinds = [
    { oid: '1.3.6.1.2.1.2.2.1.1.3', type: 'Integer' as const, value: 3 },
    { oid: '1.3.6.1.2.1.2.2.1.2.3', type: 'OctetString' as const, value: Buffer.from('eth1') },
  ];

  it('pair linkDown with linkUp and with the polled link', () => {
    const down = parseHostTrap(trap(3, linkVarbinds));
    const up = parseHostTrap(trap(4, linkVarbinds));
    const links = createLinks();
    const before = [link('3', 'eth1'), link('4', 'eth2'), link('5', 'eth3')];
    expect(links.lost(before)).toEqual([]);
    const polled = links.lost([
      { ...link('3', 'eth1'), operStatus: 2 },
      { ...link('4', 'eth2'), operStatus: 2, adminStatus: 2 },
      link('5', 'eth3'),
      // Never up.
      { ...link('6', 'eth4'), operStatus: 2, received: counter(0) },
    ]);
    expect(down).toMatchObject({ category: 'Fault', severity: 'Major', location: 'eth1', sequence_number: '3', occur_time: 1_700_000_000_000 }); // prettier-ignore
    expect(up).toMatchObject({ category: 'Recovery', location: 'eth1' });
    expect(polled).toHaveLength(1);
    expect(new Set([down, up, polled[0]].map((alert) => alert?.match_key))).toEqual(
      new Set(['linkDown/3']),
    );
  });

  it.each([
    [1, 'coldStart', 'Informational'],
    [2, 'warmStart', 'Informational'],
    [5, 'authenticationFailure', 'Warning'],
  ])('read standard trap %i as an event', (last, alert_id, severity) => {
    expect(parseHostTrap(trap(last))).toMatchObject({ alert_id, severity, category: 'Event' });
  });

  it('call no link lost that was shut on purpose', () => {
    const admin = (value: number) => ({ oid: '1.3.6.1.2.1.2.2.1.7.3', type: 'Integer' as const, value }); // prettier-ignore
    const shut = parseHostTrap(trap(3, [...linkVarbinds, admin(2)]));
    expect(shut).toMatchObject({ category: 'Event', severity: 'Informational', location: 'eth1' });
    expect(shut?.match_key).not.toBe('linkDown/3');
    expect(parseHostTrap(trap(3, [...linkVarbinds, admin(1)]))).toMatchObject({
      category: 'Fault',
    });
  });

  it('leave other traps, and links without an index, to the core', () => {
    expect(parseHostTrap(trap(6))).toBeUndefined();
    expect(parseHostTrap(trap(3))).toBeUndefined();
  });
});
