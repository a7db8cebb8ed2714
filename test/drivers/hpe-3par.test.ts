import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import {
  BackendUnreachable,
  errorType,
  IncompleteTrapInformation,
  Secret,
  type DriverContext,
  type HttpRequest,
  type HttpResponse,
  type Session,
  type Trap,
  type TrapConfig,
  type Varbind,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { connectRest } from '../../drivers/hpe-3par/client.ts';
import { alertsOf } from '../../drivers/hpe-3par/alerts.ts';
import { parseTime } from '../../drivers/hpe-3par/clock.ts';
import driver from '../../drivers/hpe-3par/index.ts';
import { SHAPES, toPaths } from '../../drivers/hpe-3par/mapping.ts';
import { reportsOf } from '../../drivers/hpe-3par/metrics.ts';
import { parseTable } from '../../drivers/hpe-3par/table.ts';
import { describeConformance } from '../kit/conformance.ts';
import { openDriver, type Fields, type OpenedDriver } from '../kit/open.ts';
import { simulator } from '../simulators/hpe-3par/index.ts';

describeConformance({ driver, simulator, maxSessions: 2 });

const INTERVAL_MS = 300_000;

async function offered(opened: OpenedDriver): Promise<string[]> {
  const methods = [
    'listControllers',
    'listDisks',
    'listPorts',
    'listAlerts',
    'clearAlert',
  ] as const;
  const found: string[] = [];
  for (const method of methods) if (await opened.session.offers(method)) found.push(method);
  return found;
}

const byField = (records: unknown, field: string) =>
  new Map((records as readonly Fields[]).map((record) => [record[field], record]));

describe('one interface only', () => {
  it('needs at least one and says which', async () => {
    await using opened = openDriver(driver, {});
    const error: unknown = await opened.getStorage().catch((reason: unknown) => reason);
    expect(errorType(error)).toBe('configuration');
    expect(String(error)).toMatch(/"rest".*"ssh"/);
  });

  it('rest: lists what the WSAPI knows, warns once of the rest', async () => {
    await using array = await simulator.start({ seed: 7 });
    await using opened = openDriver(driver, { rest: array.access['rest'] });
    const { status: _, ...storage } = array.truth.storage;
    expect(await opened.getStorage()).toMatchObject(storage);
    expect(await offered(opened)).toEqual(['listPorts', 'listAlerts']);
    expect(opened.logged.filter((line) => line.includes('only rest'))).toHaveLength(1);

    for (const method of [
      'listMaskingViews',
      'listStorageHosts',
      'listStorageHostInitiators',
    ] as const) {
      const records = (await opened.list(method)) as readonly Fields[];
      expect(new Set(records.map(({ storage_id: _id, ...fields }) => fields))).toEqual(
        new Set(array.truth.lists[method] as readonly Fields[]),
      );
    }
    expect(await opened.list('listVolumeGroups')).toMatchObject(
      array.truth.lists.listVolumeGroups as object,
    );
    const ports = byField(await opened.list('listPorts'), 'native_port_id');
    expect(ports.get('0:1:1')).toMatchObject({ type: 'fc', connection_status: 'connected' });
    expect(ports.get('0:2:1')).toMatchObject({
      type: 'iscsi',
      mac_address: '2C27D7537400',
      ipv4: '10.99.1.3',
      speed: 10_000_000_000,
    });
    expect(array.stats.maxOpenSessions).toBe(1);
  });

  it('rest: alerts of the event log have the match keys of the traps', async () => {
    await using array = await simulator.start({ seed: 7 });
    await using opened = openDriver(driver, { rest: array.access['rest'] });
    const alerts = await opened.session.call('listAlerts', (session, signal) =>
      session.listAlerts?.({}, signal),
    );
    expect(alerts.map((alert) => [alert.match_key, alert.alert_id, alert.occur_time])).toEqual(
      array.truth.alerts.map((alert) => [
        alert['match_key'],
        alert['alert_id'],
        alert['occur_time'],
      ]),
    );
  });

  it('ssh: reads system, CPGs and volumes from the command line', async () => {
    await using array = await simulator.start({ seed: 7 });
    await using opened = openDriver(driver, { ssh: array.access['ssh'] });
    expect(await opened.getStorage()).toMatchObject(array.truth.storage);
    expect(await offered(opened)).toHaveLength(5);
    expect(opened.logged.filter((line) => line.includes('only ssh'))).toHaveLength(1);

    const pools = byField(await opened.list('listStoragePools'), 'native_storage_pool_id');
    for (const { status: _, subscribed_capacity: _raw, ...pool } of array.truth.lists
      .listStoragePools as readonly Fields[]) {
      expect(pools.get(pool['native_storage_pool_id'])).toMatchObject(pool);
    }
    const volumes = byField(await opened.list('listVolumes'), 'native_volume_id');
    const truth = array.truth.lists.listVolumes as readonly Fields[];
    expect(volumes.size).toBe(truth.length);
    for (const { description: _, ...volume } of truth) {
      expect(volumes.get(volume['native_volume_id'])).toMatchObject(volume);
    }
    const hosts = byField(await opened.list('listStorageHosts'), 'native_storage_host_id');
    expect(new Set(hosts.keys())).toEqual(
      new Set(
        (array.truth.lists.listStorageHosts as readonly Fields[]).map(
          (host) => host['native_storage_host_id'],
        ),
      ),
    );
  });
});

describe('sessions', () => {
  it('renews a key and a connection that the array has forgotten, once each', async () => {
    await using array = await simulator.start({ seed: 7 });
    await using opened = openDriver(driver, array.access);
    await opened.getStorage();
    const { logins } = array.stats;
    array.expireSessions();
    await Promise.all([
      opened.list('listVolumes'),
      opened.list('listStoragePools'),
      opened.list('listPorts'),
      opened.list('listDisks'),
    ]);
    expect(array.stats.logins - logins).toBe(2);
    expect(array.stats.maxOpenSessions).toBeLessThanOrEqual(2);
  });

  it('reaches the SSH server of an old release only if old algorithms are allowed', async () => {
    await using array = await simulator.start({ seed: 7, generation: 'inform-3.1' });
    const { legacy_algorithms: allowed, ...ssh } = array.access['ssh'] as Fields;
    expect(allowed).toBe(true);
    await using refused = openDriver(driver, { ssh });
    const error: unknown = await refused.getStorage().catch((reason: unknown) => reason);
    expect(errorType(error)).toBe('unreachable');
    expect(String(error)).toContain('ssh.legacy_algorithms');
    await using opened = openDriver(driver, { ssh: array.access['ssh'] });
    expect((await opened.getStorage()).serial_number).toBe('1307327');
  });

  it('finds the port: 8080 on 3PAR, 443 on Primera', async () => {
    const tried: (number | undefined)[] = [];
    const client = await connectRest(ACCESS, {
      http: async (_access, options = {}) => {
        tried.push(options.port);
        return fakeHttp(() => {
          if (options.port === 8080) throw new BackendUnreachable('refused');
          return reply(201, { key: 'k1' });
        });
      },
    } as Partial<DriverContext> as DriverContext);
    await client.close();
    expect(tried).toEqual([8080, 443]);
  });

  it('gives a key back that stays in use, and takes another', async () => {
    const seen: string[] = [];
    let keys = 0;
    const client = await connectRest({ ...ACCESS, port: 8080 }, {
      http: async () =>
        fakeHttp((request) => {
          const key = request.headers?.['x-hp3par-wsapi-sessionkey'] ?? '';
          seen.push(`${request.method ?? 'GET'} ${key}`);
          if (request.method === 'POST') return reply(201, { key: `k${(keys += 1)}` });
          if (request.method === 'DELETE') return reply(200, {});
          return key === 'k1'
            ? reply(409, { desc: 'session key is in use' })
            : reply(200, { a: 1 });
        }),
    } as Partial<DriverContext> as DriverContext);
    expect(await client.get('/system')).toEqual({ a: 1 });
    await client.close();
    expect(seen.filter((line) => line.startsWith('DELETE'))).toEqual(['DELETE k1', 'DELETE k2']);
    expect(keys).toBe(2);
  });
});

const ACCESS = { host: '192.0.2.1', username: 'monitor', password: new Secret('pw') };

function fakeHttp(answer: (request: HttpRequest) => HttpResponse) {
  return {
    origin: 'https://192.0.2.1',
    request: async (request: HttpRequest) => answer(request),
    close: async () => {},
  };
}

function reply(status: number, body: unknown): HttpResponse {
  const text = JSON.stringify(body);
  return {
    status,
    headers: {},
    setCookies: [],
    body: Buffer.from(text),
    text: () => text,
    json: () => body,
  };
}

describe('performance window', () => {
  it('takes every sample from border to border', async () => {
    await using array = await simulator.start({ seed: 7 });
    await using opened = openDriver(driver, array.access);
    const end = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS;
    const begin = end - 24 * INTERVAL_MS;
    const metrics = await opened.session.call('collectPerfMetrics', (session: Session, signal) =>
      session.collectPerfMetrics?.(
        { disk: { iops: { unit: 'IOPS', description: '' } } },
        begin,
        end,
        signal,
      ),
    );
    const times = Object.keys(metrics[0]?.values ?? {}).map(Number);
    expect(metrics).toHaveLength(48);
    expect(times.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 25 }, (_, index) => begin + index * INTERVAL_MS),
    );
    const latest = await opened.session.call('getLatestPerfTimestamp', (session, signal) =>
      session.getLatestPerfTimestamp?.(signal),
    );
    expect(latest).toBeGreaterThanOrEqual(end);
  });

  it('reads groups of columns in whatever order their titles stand', () => {
    const [report] = reportsOf(
      [
        'Time: 2021-07-14 15:35:00 CST (1626248100)',
        '     ---KBytes/s---- ----IO/s----- -IOSz KBytes- ----Svct ms-----',
        'PDID Rd Wr Tot Rd Wr Tot Rd Wr Tot Rd Wr Tot QLen AvgBusy%',
        '   7 1.0 2.0 3.0 4.0 5.0 9.0 6.0 7.0 8.0 0.10 0.20 0.30 0 0.1',
        '-----------------------------',
        '   1 1.0 2.0 3.0 4.0 5.0 9.0 6.0 7.0 8.0 0.10 0.20 0.30 0 0.1',
      ].join('\n'),
      ['pdid'],
      'UTC',
    );
    expect(report).toMatchObject({
      time: 1_626_248_100_000,
      samples: [
        { key: { pdid: '7' }, values: { iops: 9, throughput: 3, responseTime: 0.3, ioSize: 8 } },
      ],
      overall: { iops: 9, throughput: 3 },
    });
  });
});

describe('operator commands', () => {
  const config: TrapConfig = {
    host: '192.0.2.9',
    port: 1162,
    version: 'v2c',
    community: new Secret("it's"),
  };

  it('clears an alert, and only by its number', async () => {
    await using array = await simulator.start({ seed: 7 });
    await using opened = openDriver(driver, array.access);
    const clear = (id: string) =>
      opened.session.call('clearAlert', async (session, signal) => {
        await session.clearAlert?.(id, signal);
        return true;
      });
    await clear('11');
    await clear('5000');
    await expect(clear('11; removevv x')).rejects.toThrow(/no alert id/);
    expect(array.stats.writes).toEqual(['removealert -f 11', 'removealert -f 5000']);
  });

  it('adds and removes a trap receiver', async () => {
    await using array = await simulator.start({ seed: 7 });
    await using opened = openDriver(driver, array.access);
    const change = (method: 'addTrapConfig' | 'removeTrapConfig', wanted: TrapConfig) =>
      opened.session.call(method, async (session, signal) => {
        await session[method]?.(wanted, signal);
        return true;
      });
    await change('addTrapConfig', config);
    await change('addTrapConfig', { ...config, version: 'v3', user: { name: 'delfin' } });
    await change('removeTrapConfig', config);
    await expect(change('addTrapConfig', { ...config, version: 'v1' })).rejects.toThrow(/v2c/);
    await expect(change('addTrapConfig', { ...config, host: 'a b' })).rejects.toThrow(/no address/);
    expect(array.stats.writes).toEqual([
      `addsnmpmgr -p 1162 -version 2 -pw 'it'\\''s' 192.0.2.9`,
      `addsnmpmgr -p 1162 -version 3 -snmpuser 'delfin' 192.0.2.9`,
      'removesnmpmgr -f -p 1162 192.0.2.9',
    ]);
  });
});

describe('traps', () => {
  const COLUMN = '1.3.6.1.4.1.12925.1.7.1';
  const context = { storageId: 'array', timezone: 'Europe/Berlin' };
  const text = (column: number, value: string): Varbind => ({
    oid: `${COLUMN}.${column}.1`,
    type: 'OctetString',
    value: Buffer.from(value),
  });
  const integer = (column: number, value: number): Varbind => ({
    oid: `${COLUMN}.${column}.1`,
    type: 'Integer',
    value,
  });
  const trap = (...varbinds: Varbind[]): Trap => ({
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: '1.3.6.1.4.1.12925.1.8',
    varbinds,
    source: '192.0.2.5',
    received_at: 0,
  });
  const alert = (id: number, code: number, state: number, severity = 2) => [
    integer(2, severity),
    text(3, '2026-07-17 20:14:29 PDT'),
    integer(4, 0),
    text(5, 'hw_power_supply:0,1'),
    text(6, 'Netzteil defekt: größer'),
    integer(7, id),
    integer(8, code),
    integer(9, state),
    text(10, '1307327'),
  ];

  it('reads component, severity, state and message; poll and clear have its match key', async () => {
    await using array = await simulator.start({ seed: 7 });
    const raised = driver.parseAlert?.(trap(...alert(11, 0x02200de, 1)), context);
    expect(raised).toEqual({
      alert_id: '0x02200de',
      alert_name: 'Component state change',
      severity: 'Major',
      category: 'Fault',
      type: 'EquipmentAlarm',
      sequence_number: '11',
      occur_time: Date.UTC(2026, 6, 18, 3, 14, 29),
      description: 'Netzteil defekt: größer',
      resource_type: 'Storage',
      location: 'hw_power_supply:0,1',
      match_key: array.truth.alerts[0]?.['match_key'],
    });
    expect(driver.parseAlert?.(trap(...alert(11, 0x02200de, 5)), context)).toMatchObject({
      category: 'Recovery',
      clear_category: 'Automatic',
      match_key: (raised as { match_key?: string }).match_key,
    });
  });

  it('maps every severity and state, and lets unknown codes through', () => {
    const read = (state: number, severity: number) =>
      driver.parseAlert?.(trap(...alert(1, 0x7ff_fff0, state, severity)), context) as Fields;
    expect([0, 1, 2, 3, 4, 5, 6].map((severity) => read(1, severity)['severity'])).toEqual([
      'Fatal',
      'Critical',
      'Major',
      'Minor',
      'Warning',
      'Informational',
      'NotSpecified',
    ]);
    expect([0, 1, 2, 3, 4, 5].map((state) => read(state, 1)['category'])).toEqual([
      'NotSpecified',
      'Fault',
      'Fault',
      'Recovery',
      'Recovery',
      'Recovery',
    ]);
    expect(read(1, 1)).toMatchObject({ alert_id: '0x7fffff0' });
    expect(read(1, 1)).not.toHaveProperty('alert_name');
  });

  it('asks for a poll where code or id is missing, and leaves foreign traps alone', () => {
    expect(() => driver.parseAlert?.(trap(text(6, 'something')), context)).toThrow(
      IncompleteTrapInformation,
    );
    const foreign = { ...trap(), trap_oid: '1.3.6.1.6.3.1.1.5.1' };
    expect(driver.parseAlert?.(foreign, context)).toBeUndefined();
  });

  it('reads octets of DateAndTime', () => {
    const octets = Buffer.from([0x07, 0xea, 7, 17, 20, 14, 29, 0, 0x2b, 2, 0]);
    const varbinds = [
      integer(7, 3),
      integer(8, 1),
      { oid: `${COLUMN}.3.1`, type: 'OctetString', value: octets } as const,
    ];
    expect(driver.parseAlert?.(trap(...varbinds), context)).toMatchObject({
      occur_time: Date.UTC(2026, 6, 17, 18, 14, 29),
    });
  });
});

describe('the list of alerts', () => {
  it('is empty only if the array says so', () => {
    expect(alertsOf('There are no alerts.\n', 'UTC')).toEqual([]);
    expect(() => alertsOf('<html>', 'UTC')).toThrow(/neither/);
  });

  it('keeps messages of several lines together and leaves out what is fixed', () => {
    const block = (id: number, state: string) =>
      `Id : ${id}\nState : ${state}\nMessageCode : 0x00600de\nSeverity : Major\nMessage : Disk 5 degraded,\n  replace: now\nComponent: hw_disk:5\n`;
    const alerts = alertsOf(`${block(1, 'New')}\n${block(2, 'Fixed')}`, 'UTC');
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      sequence_number: '1',
      description: 'Disk 5 degraded, replace: now',
      location: 'hw_disk:5',
    });
  });
});

describe('tables', () => {
  const shape = { titles: ['n:s:p', 'mode', 'state'], rowStart: /^\d+:\d+:\d+$/ };

  it('are read by title: padded titles, blank columns, other order', () => {
    const rows = parseTable(
      [
        'N:S:P ---Mode--- -Label- -State-- -Port_WWN/HW_Addr-',
        '0:0:1 target             ready    20010002AC001C9F  ',
        '0:0:2 initiator  DP-1    offline                    ',
        '----------------------------------------------------',
        '    2',
      ].join('\n'),
      shape,
    );
    expect(rows?.map(({ cells }) => cells)).toEqual([
      { 'n:s:p': '0:0:1', mode: 'target', state: 'ready', 'port_wwn/hw_addr': '20010002AC001C9F' },
      { 'n:s:p': '0:0:2', mode: 'initiator', label: 'DP-1', state: 'offline' },
    ]);
  });

  it('join a wrapped row and keep lines below a row', () => {
    const rows = parseTable(
      [
        'N:S:P Mode State Rate',
        '0:0:1 target',
        '      ready 8Gbps',
        '0:0:2 peer ready 1Gbps',
        '   more',
      ].join('\n'),
      shape,
    );
    expect(rows?.[0]?.cells).toEqual({
      'n:s:p': '0:0:1',
      mode: 'target',
      state: 'ready',
      rate: '8Gbps',
    });
    expect(rows?.[1]?.more).toEqual([['more']]);
  });

  it('give every path of a host, whether its rows repeat the host or leave it blank', () => {
    const rows = parseTable(
      [
        ' Id Name  Persona -WWN/iSCSI_Name/NQN- Port  IP_addr',
        '  4 host1 Generic 10000000C9000001     0:1:1 n/a',
        '                  10000000C9000002     ---   n/a',
        ' -- --    --      10000000C9000003     1:1:1 n/a',
      ].join('\n'),
      SHAPES.hostPaths,
    );
    expect(rows?.flatMap(toPaths)).toEqual([
      { wwn: '10000000C9000001', hostId: '4', loggedIn: true },
      { wwn: '10000000C9000002', hostId: '4', loggedIn: false },
      { wwn: '10000000C9000003', hostId: undefined, loggedIn: true },
    ]);
  });

  it('join a wrapped row whose last column holds two words', () => {
    const rows = parseTable(
      [
        'Lun VVName HostName -Host_WWN/iSCSI_Name- Port Type',
        '  0 set:a_very_long_name',
        '           set:hosts ---------------- ---- host set',
      ].join('\n'),
      SHAPES.vluns,
    );
    expect(rows?.[0]?.cells).toMatchObject({ vvname: 'set:a_very_long_name', type: 'host set' });
  });

  it('are absent where the titles are', () => {
    expect(parseTable('No ports listed', shape)).toBeUndefined();
  });
});

describe('times', () => {
  it.each([
    ['2015-07-17 20:14:29 PDT', 'UTC', '2015-07-18T03:14:29Z'],
    ['2021-07-14 14:10:00 CST', 'Asia/Shanghai', '2021-07-14T06:10:00Z'],
    ['2021-01-14 14:10:00 CST', 'America/Chicago', '2021-01-14T20:10:00Z'],
    ['2021-07-14 14:10:00 CST (1626243000)', 'UTC', '2021-07-14T06:10:00Z'],
    ['2021-01-14 14:10:00 +0530', 'UTC', '2021-01-14T08:40:00Z'],
    ['2021-01-14 14:10:00', 'Europe/Berlin', '2021-01-14T13:10:00Z'],
    ['2021-01-14T14:10:00+08:00', 'UTC', '2021-01-14T06:10:00Z'],
  ])('%s in %s', (written, zone, expected) => {
    expect(parseTime(written, zone)).toBe(Date.parse(expected));
  });

  it('are absent where nothing readable stands', () => {
    expect(parseTime('test time', 'UTC')).toBeUndefined();
    expect(parseTime(undefined, 'UTC')).toBeUndefined();
  });
});

it('README: the configuration fits the access schema', () => {
  const readme = readFileSync(new URL('../../drivers/hpe-3par/README.md', import.meta.url), 'utf8');
  const block = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const { backends } = parse(block) as { backends: Fields[] };
  const [backend = {}] = backends;
  const { name: _name, vendor, model, ...access } = backend;
  expect([vendor, model]).toEqual(['hpe', '3par']);
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.validate(driver.access, access);
  expect(ajv.errors ?? []).toEqual([]);
});
