import { afterEach, describe, expect, it } from 'vitest';
import {
  AccessDenied,
  AuthenticationFailed,
  ConfigurationError,
  IncompleteTrapInformation,
  NotSupported,
  type Alert,
  type MetricSeries,
  type ResourceMetrics,
  type Trap,
  type TrapConfig,
} from 'delfin-agent/driver';
import { Secret } from '../../src/driver/secret.ts';
import driver from '../../drivers/dellemc-unity/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { sendJson, serve, type Served, type ServedRequest } from '../kit/http-server.ts';
import { openDriver, TEST_SYSTEM, type OpenedDriver } from '../../src/testing/open.ts';
import { CANARY_PASSWORD, type SimulatorOptions } from '../kit/simulator.ts';
import { simulator } from '../simulators/dellemc-unity/index.ts';
import { metricsOf } from '../kit/samples.ts';

describeConformance({ driver, simulator });

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of cleanup.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function opened(options: SimulatorOptions = {}) {
  const running = await simulator.start({ seed: 7, ...options });
  cleanup.push(running);
  const open = openDriver(driver, running.access);
  cleanup.push(open);
  return { running, open };
}

/** A server that knows less than the array: `answer` gives the contents of a type, by page. */
async function bare(
  answer: (type: string, request: ServedRequest) => unknown,
  login: Record<string, string> = {},
): Promise<{ open: OpenedDriver; requests: ServedRequest[]; served: Served }> {
  const requests: ServedRequest[] = [];
  const served = await serve((request, response) => {
    requests.push(request);
    const type = /\/types\/(\w+)\/instances/.exec(request.path)?.[1] ?? '';
    if (type === 'loginSessionInfo') {
      sendJson(response, 200, { entries: [] }, { 'EMC-CSRF-TOKEN': 'token', ...login });
      return;
    }
    const body = answer(type, request);
    if (body === undefined) sendJson(response, 404, { error: { httpStatusCode: 404 } });
    else sendJson(response, 200, body);
  });
  cleanup.push(served);
  const rest = {
    host: '127.0.0.1',
    port: served.port,
    username: 'u',
    password: CANARY_PASSWORD,
    insecure: true,
  };
  const open = openDriver(driver, { rest });
  cleanup.push(open);
  return { open, requests, served };
}

function opening(served: Served): OpenedDriver {
  const rest = { host: '127.0.0.1', port: served.port, username: 'u', password: 'p', insecure: true }; // prettier-ignore
  const open = openDriver(driver, { rest });
  cleanup.push(open);
  return open;
}

const entries = (contents: readonly unknown[]) => contents.map((content) => ({ content }));
const pools = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ id: `pool_${from + index}` }));

describe('paging', () => {
  it('stops where a server that knows no pages sends the same again', async () => {
    const { open, requests } = await bare(() => ({ entries: entries(pools(3)) }));
    expect(await open.list('listStoragePools')).toHaveLength(3);
    expect(requests.map(({ url }) => url).filter((url) => url.includes('pool'))).toHaveLength(2);
  });

  it('goes on without links until a page is empty', async () => {
    const { open } = await bare((_type, { query }) => {
      const page = Number(query.get('page') ?? 1);
      return { entries: page > 3 ? [] : entries(pools(4, page * 4)) };
    });
    expect(await open.list('listStoragePools')).toHaveLength(12);
  });

  it('asks on after a last page that is full and links to none', async () => {
    const { open } = await bare((_type, { query }) => {
      const page = Number(query.get('page') ?? 1);
      const links = [{ rel: 'self', href: `&page=${page}` }];
      return { links, entries: page > 2 ? [] : entries(pools(100, page * 100)) };
    });
    expect(await open.list('listStoragePools')).toHaveLength(200);
  });

  it('takes a refused page that nobody promised as the end', async () => {
    const { open } = await bare((_type, { query }) =>
      query.has('page') ? undefined : { entries: entries(pools(2)) },
    );
    expect(await open.list('listStoragePools')).toHaveLength(2);
  });

  it('does not take a refused page that was promised as the end', async () => {
    const { open } = await bare((_type, { query }) =>
      query.has('page')
        ? undefined
        : { links: [{ rel: 'next', href: '&page=2' }], entries: entries(pools(2)) },
    );
    await expect(open.list('listStoragePools')).rejects.toMatchObject({ type: 'backend' });
  });

  it('believes the count of entries', async () => {
    const { open, requests } = await bare((_type, { query }) => ({
      entryCount: 150,
      links: [],
      entries: query.has('page') ? entries(pools(50, 100)) : entries(pools(100)),
    }));
    expect(await open.list('listStoragePools')).toHaveLength(150);
    expect(requests.filter(({ path }) => path.includes('pool'))).toHaveLength(2);
  });
});

describe('session', () => {
  it('sends the credentials each time to an array that sets no cookie', async () => {
    const { open, requests } = await bare(() => ({ entries: [] }));
    await open.list('listStoragePools');
    expect(requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
    expect(requests.at(-1)?.headers['emc-csrf-token']).toBe('token');
  });

  it('sends cookies instead of credentials where it has them', async () => {
    const { open, requests } = await bare(() => ({ entries: [] }), {
      'set-cookie': 'mod_auth=abc; path=/; secure',
    });
    await open.list('listStoragePools');
    expect(requests.at(-1)?.headers.authorization).toBeUndefined();
    expect(requests.at(-1)?.headers.cookie).toBe('mod_auth=abc');
  });

  it('logs in once more after a reboot of the management', async () => {
    const { open, running } = await opened();
    await open.list('listStoragePools');
    running.expireSessions();
    expect(await open.list('listStoragePools')).toHaveLength(3);
    expect(running.stats.logins).toBe(2);
  });

  it('tries a password that is no longer right once only', async () => {
    let logins = 0;
    const served = await serve((request, response) => {
      const isLogin = request.path.includes('loginSessionInfo/instances');
      if (isLogin) logins += 1;
      if (isLogin && logins === 1) sendJson(response, 200, {}, { 'set-cookie': 'a=b' });
      else sendJson(response, 401, {});
    });
    cleanup.push(served);
    const open = openDriver(driver, {
      rest: { host: '127.0.0.1', port: served.port, username: 'u', password: 'p', insecure: true },
    });
    cleanup.push(open);
    const calls = [open.list('listStoragePools'), open.list('listPorts'), open.getStorage()];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: expect.any(AuthenticationFailed),
      });
    }
    expect(logins).toBe(2);
  });

  it('takes 403 of one resource as a missing privilege, after one renewal', async () => {
    let logins = 0;
    const served = await serve((request, response) => {
      if (request.path.includes('loginSessionInfo')) {
        if (request.method === 'GET') logins += 1;
        sendJson(response, 200, {}, { 'set-cookie': 'a=b' });
      } else sendJson(response, 403, {});
    });
    cleanup.push(served);
    const open = openDriver(driver, {
      rest: { host: '127.0.0.1', port: served.port, username: 'u', password: 'p', insecure: true },
    });
    cleanup.push(open);
    await expect(open.list('listStoragePools')).rejects.toThrow(AccessDenied);
    expect(logins).toBe(2);
  });
});

describe('attributes', () => {
  it('asks older software for what it knows, and remembers it', async () => {
    const { open, running } = await opened({ generation: 'oe4' });
    const count = async () => {
      const before = running.stats.requests;
      await open.list('listVolumes');
      return running.stats.requests - before;
    };
    await open.list('listStoragePools');
    const first = await count();
    // What is refused once may be a fault that looks like it.
    expect(await count()).toBe(first);
    expect(await count()).toBeLessThan(first - 1);
  });

  it('asks the same again of an array that fails, and never for less', async () => {
    const asked: string[] = [];
    const served = await serve((request, response) => {
      if (request.path.includes('loginSessionInfo')) {
        sendJson(response, 200, {}, { 'set-cookie': 'a=b' });
        return;
      }
      asked.push(request.url);
      const message = [{ 'en-US': 'The attribute description is not supported just now.' }];
      if (asked.length === 1) sendJson(response, 500, { error: { errorCode: 7, messages: message } });
      else sendJson(response, 200, { links: [], entries: entries([{ id: 'pool_1', description: 'd' }]) }); // prettier-ignore
    });
    cleanup.push(served);
    const open = opening(served);
    expect(await open.list('listStoragePools')).toMatchObject([{ description: 'd' }]);
    expect(new Set(asked.slice(0, 2)).size).toBe(1);
  });

  it('says what an array does not know that is asked for less', async () => {
    const { open } = await opened({ generation: 'oe4' });
    await open.list('listVolumes');
    expect(open.told.map(({ error }) => error.message)).toEqual([
      'lun: the array refuses to tell isAdvancedDedupEnabled, dataReductionRatio',
    ]);
  });

  it('loses only the addresses where their collection is broken', async () => {
    const { open } = await bare((type) => {
      if (type === 'ethernetPort') return { entries: entries([{ id: 'spa_eth0', name: 'eth 0' }]) };
      return type === 'ipInterface' ? { hello: 'world' } : undefined;
    });
    expect(await open.list('listPorts')).toMatchObject([{ native_port_id: 'spa_eth0' }]);
    expect(open.logged.some((line) => line.includes('ipInterface'))).toBe(true);
  });

  it('shows the shares of one protocol where the other has no licence', async () => {
    const { open } = await bare((type) =>
      type === 'nfsShare' ? { entries: entries([{ id: 'NFSShare_1', path: '/' }]) } : undefined,
    );
    expect(await open.list('listShares')).toHaveLength(1);
    await expect(open.list('listQuotas')).rejects.toThrow(NotSupported);
  });

  it('takes a fault of the array for no empty list', async () => {
    const served = await serve((request, response) => {
      if (request.path.includes('loginSessionInfo'))
        sendJson(response, 200, {}, { 'set-cookie': 'a=b' });
      else if (request.path.includes('fcPort')) sendJson(response, 500, {});
      else sendJson(response, 200, { entries: [] });
    });
    cleanup.push(served);
    const rest = {
      host: '127.0.0.1',
      port: served.port,
      username: 'u',
      password: 'p',
      insecure: true,
    };
    const open = openDriver(driver, { rest });
    cleanup.push(open);
    await expect(open.list('listPorts')).rejects.toMatchObject({ type: 'backend', code: '500' });
  });

  it('costs a field, not the record, what a record lacks', async () => {
    const { open } = await bare((type) =>
      type === 'lun' ? { entries: entries([{ id: 'sv_1' }, { name: 'no id' }]) } : undefined,
    );
    expect(await open.list('listVolumes')).toEqual([
      { native_volume_id: 'sv_1', storage_id: TEST_SYSTEM },
    ]);
  });
});

const VOLUMES: ResourceMetrics = driver.capabilities?.().resource_metrics ?? {};

function collect(open: OpenedDriver, asked: ResourceMetrics, start: number, end: number) {
  return open.session.call<readonly MetricSeries[]>('collectPerfMetrics', (session, signal) =>
    metricsOf(session.collectPerfMetrics?.(asked, start, end, signal)),
  );
}

describe('performance', () => {
  it('reads back over many pages of five', async () => {
    const { open, running } = await opened();
    const end = Date.now();
    const start = end - 60 * 60_000;
    const asked = { controller: VOLUMES.controller ?? {} };
    const metrics = await collect(open, asked, start, end);
    expect(metrics.map(({ labels }) => labels.resource_id).sort()).toEqual(['spa', 'spb']);
    const expected = running.truth
      .samples(start, end)
      .filter(({ name, resource_id }) => name === 'cpuUsage' && resource_id === 'spa');
    expect(expected).toHaveLength(60);
    const spa = metrics.find(({ labels }) => labels.resource_id === 'spa');
    expect(Object.keys(spa?.values ?? {})).toHaveLength(60);
    expect(spa?.labels.resource_name).toBe('SP A');
  });

  it('says when the newest sample was taken', async () => {
    const { open } = await opened();
    const before = Date.now();
    const latest = await open.session.call('getLatestPerfTimestamp', (session, signal) =>
      session.getLatestPerfTimestamp?.(signal),
    );
    expect(latest).toBeGreaterThan(before - 61_000);
    expect(latest).toBeLessThanOrEqual(Date.now());
  });

  const TIME = '2026-03-01T10:05:00.000Z';
  const AT = Date.parse(TIME);
  /** One LUN on both storage processors; values as text, as 4.x writes them. */
  const history = (leaf: string, spa: string, spb: string, interval?: number) => ({
    path: `sp.*.storage.lun.*.${leaf}`,
    timestamp: TIME,
    ...(interval ? { interval } : {}),
    values: { spa: { sv_1: spa }, spb: { sv_1: spb } },
  });

  function lunServer(values: Record<string, readonly unknown[]>, metrics?: readonly unknown[]) {
    return bare((type, { query }) => {
      if (type === 'metric') return metrics && { entries: entries(metrics) };
      if (type !== 'metricValue') return undefined;
      const leaf = /([a-zA-Z]+)"$/.exec(query.get('filter') ?? '')?.[1] ?? '';
      return query.get('page') === '1' && values[leaf]
        ? { entries: entries(values[leaf]) }
        : { entries: [] };
    });
  }

  const valueOf = (metrics: readonly MetricSeries[], name: string) =>
    metrics.find((metric) => metric.name === name)?.values[AT];

  it('adds rates, and weighs averages by the operations of each storage processor', async () => {
    const { open } = await lunServer({
      readsRate: [history('readsRate', '30', '10')],
      writesRate: [history('writesRate', '0', '0')],
      responseTime: [history('responseTime', '1000', '5000')],
      avgReadSize: [history('avgReadSize', '8', '0')],
    });
    const metrics = await collect(open, { volume: VOLUMES.volume ?? {} }, AT - 60_000, AT);
    expect(valueOf(metrics, 'readIops')).toBe(40);
    expect(valueOf(metrics, 'iops')).toBe(40);
    expect(valueOf(metrics, 'responseTime')).toBe(2_000);
    expect(valueOf(metrics, 'readIoSize')).toBe(8);
    expect(valueOf(metrics, 'readThroughput')).toBeUndefined();
  });

  it('prefers the finest sampling and keeps to the window', async () => {
    const { open } = await lunServer({
      readsRate: [
        { ...history('readsRate', '9', '0', 60), timestamp: '2026-03-01T10:06:00.000Z' },
        history('readsRate', '1', '0', 300),
        history('readsRate', '2', '0', 60),
        { ...history('readsRate', '9', '0', 60), timestamp: '2026-03-01T10:03:59.000Z' },
      ],
    });
    const asked = { volume: { readIops: VOLUMES.volume?.readIops } } as ResourceMetrics;
    const [metric, ...others] = await collect(open, asked, AT - 60_000, AT);
    expect(others).toEqual([]);
    expect(metric?.values).toEqual({ [AT]: 2 });
  });

  it('takes the unit that the array states', async () => {
    const path = 'sp.*.storage.lun.*.readBytesRate';
    const { open } = await lunServer({ readBytesRate: [history('readBytesRate', '5', '0')] }, [
      { id: 1, path, unitDisplayString: 'B/s', isHistoricalAvailable: true },
    ]);
    const asked = { volume: { readThroughput: VOLUMES.volume?.readThroughput } } as ResourceMetrics;
    const [metric] = await collect(open, asked, AT - 60_000, AT);
    expect(metric?.labels.unit).toBe('B/s');
  });

  it('says so where the array records nothing because it was told so', async () => {
    const { open } = await bare((type) => {
      if (type === 'metricService') return { entries: entries([{ isHistoricalEnabled: false }]) };
      return type === 'metricValue' ? { entries: [] } : undefined;
    });
    await expect(collect(open, VOLUMES, AT - 60_000, AT)).rejects.toThrow(/switch them on/);
  });
});

const ENTERPRISE = '1.3.6.1.4.1.1139.103.1.18';

function trap(oid: string, fields: Record<number, string | Uint8Array>): Trap {
  return {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: oid,
    varbinds: Object.entries(fields).map(([column, value]) => ({
      oid: `${ENTERPRISE}.1.${column}`,
      type: 'OctetString',
      value: typeof value === 'string' ? new TextEncoder().encode(value) : value,
    })),
    source: '192.0.2.1',
    received_at: 1_700_000_000_000,
  };
}

const CONTEXT = { storageId: TEST_SYSTEM, timezone: 'UTC' };
const parse = (one: Trap) => driver.parseAlert?.(one, CONTEXT) as Alert | undefined;

describe('traps', () => {
  const fields = { 1: 'spa', 2: 'Health', 3: '14:60bba', 4: 'Speicherpool Größe ist zu 85% voll' };

  it.each([
    [`${ENTERPRISE}.2.0`, 'Critical', 'Fault'],
    [`${ENTERPRISE}.2.1`, 'Critical', 'Fault'],
    [`${ENTERPRISE}.2.2`, 'Critical', 'Fault'],
    [`${ENTERPRISE}.2.3`, 'Major', 'Fault'],
    [`${ENTERPRISE}.2.4`, 'Warning', 'Fault'],
    [`${ENTERPRISE}.2.5`, 'Informational', 'Event'],
    [`${ENTERPRISE}.2.6`, 'Informational', 'Event'],
    [`${ENTERPRISE}.2.7`, 'NotSpecified', 'Event'],
    [`${ENTERPRISE}.2.0.3`, 'Major', 'Fault'],
  ])('%s is %s, %s', (oid, severity, category) => {
    expect(parse(trap(oid, fields))).toEqual({
      alert_id: '14:60bba',
      alert_name: fields[4],
      description: fields[4],
      severity,
      category,
      type: 'EquipmentAlarm',
      resource_type: 'Storage',
      location: 'spa',
      occur_time: 1_700_000_000_000,
      match_key: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('knows a recovery', () => {
    const recovered = { ...fields, 3: '14:608fc', 4: 'Host h1 is operating normally.' };
    expect(parse(trap(`${ENTERPRISE}.2.6`, recovered))?.category).toBe('Recovery');
  });

  it('reads Latin-1 where it is no UTF-8', () => {
    const latin = { ...fields, 4: Uint8Array.from([0x47, 0x72, 0xf6, 0xdf, 0x65]) };
    expect(parse(trap(`${ENTERPRISE}.2.4`, latin))?.description).toBe('Größe');
  });

  it('leaves traps of others alone and asks for a poll where the symptom is missing', () => {
    expect(parse(trap('1.3.6.1.6.3.1.1.5.3', fields))).toBeUndefined();
    expect(() => parse(trap(`${ENTERPRISE}.2.4`, { 1: 'spa' }))).toThrow(IncompleteTrapInformation);
  });

  it('has the match key of the polled alert', async () => {
    const { open, running } = await opened();
    const [known] = running.truth.alerts as readonly Alert[];
    const [polled] = await open.alerts();
    const sent = { 1: 'spa', 3: known?.alert_id ?? '', 4: known?.alert_name ?? '' };
    expect(parse(trap(`${ENTERPRISE}.2.2`, sent))?.match_key).toBe(polled?.match_key);
  });
});

async function alertsOf(open: OpenedDriver, begin?: number, end?: number) {
  return open.session.call('listAlerts', (session, signal) =>
    session.listAlerts?.(
      { ...(begin ? { begin_time: begin } : {}), ...(end ? { end_time: end } : {}) },
      signal,
    ),
  );
}

describe('alerts and commands', () => {
  it('lists the alerts of a period, both ends included', async () => {
    const { open, running } = await opened();
    const times = (running.truth.alerts as readonly Alert[]).flatMap((one) => one.occur_time ?? []);
    const [newest = 0, second = 0] = times.toSorted((a, b) => b - a);
    const found = await alertsOf(open, second, newest);
    expect(found.map((one) => one.occur_time)).toEqual([newest, second]);
  });

  it.each(['oe5', 'oe4'])('clears an alert on %s', async (generation) => {
    const { open, running } = await opened({ generation });
    const path = '/api/instances/alert/alert_100/action/modify';
    await open.session.call('clearAlert', async (session, signal) => {
      await session.clearAlert?.('alert_100', signal);
      return true;
    });
    expect(running.stats.writes).toEqual(
      generation === 'oe5' ? [`POST ${path}`] : [`POST ${path}`, `POST ${path}`],
    );
    const ids = (await alertsOf(open)).map((one) => one.sequence_number);
    expect(ids).not.toContain('alert_100');
    expect(ids).toContain('alert_101');
  });

  const V2C: TrapConfig = {
    host: '192.0.2.50',
    port: 1162,
    version: 'v2c',
    community: new Secret('c0mmunity'),
  };
  const V3: TrapConfig = {
    host: '192.0.2.51',
    port: 162,
    version: 'v3',
    user: { name: 'delfin', auth: { protocol: 'SHA', key: new Secret('authauth') } },
  };

  const change = (
    open: OpenedDriver,
    method: 'addTrapConfig' | 'removeTrapConfig',
    to: TrapConfig,
  ) =>
    open.session.call(method, async (session, signal) => {
      await session[method]?.(to, signal);
      return true;
    });

  it.each([
    ['oe5', V2C],
    ['oe5', V3],
    ['oe4', V3],
  ] as const)('adds a trap target on %s once and removes it', async (generation, config) => {
    const { open, running } = await opened({ generation });
    await change(open, 'addTrapConfig', config);
    await change(open, 'addTrapConfig', config);
    await change(open, 'removeTrapConfig', config);
    expect(running.stats.writes).toEqual([
      'POST /api/types/alertConfigSNMPTarget/instances',
      'DELETE /api/instances/alertConfigSNMPTarget/snmp_target_2',
    ]);
  });

  it('says what Unity cannot do before it writes', async () => {
    const { open, running } = await opened();
    const auth = { protocol: 'sha512', key: new Secret('authauth') };
    const wrong: TrapConfig[] = [
      { ...V2C, version: 'v1' },
      { ...V3, user: { name: 'delfin', auth } },
      { host: '192.0.2.50', port: 162, version: 'v2c' },
    ];
    for (const config of wrong) {
      await expect(change(open, 'addTrapConfig', config)).rejects.toThrow(ConfigurationError);
    }
    expect(running.stats.writes).toEqual([]);
  });
});
