import {
  AuthenticationFailed,
  BackendError,
  errorType,
  IncompleteTrapInformation,
  NotSupported,
  Secret,
  type Alert,
  type AlertQuery,
  type Trap,
  type TrapConfig,
  type Varbind,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/huawei-oceanstor/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { CERTIFICATE_FILE, sendJson, serve, type ServedRequest } from '../kit/http-server.ts';
import { openDriver, type Fields, type OpenedDriver } from '../kit/open.ts';
import { simulator, start } from '../simulators/huawei-oceanstor/index.ts';

describeConformance({ driver, simulator });

const listAlerts = (opened: OpenedDriver, query: AlertQuery = {}) =>
  opened.session.call('listAlerts', (session, signal) => session.listAlerts?.(query, signal));

const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('account', () => {
  it.each([
    [3, /password has expired/],
    [4, /initial password/],
    [6, /next login/],
  ])('in state %i is refused, and its session given back', async (accountState, reason) => {
    await using array = await start({ accountState });
    await using opened = openDriver(driver, array.access);
    const error = await rejection(opened.getStorage());
    expect(error).toBeInstanceOf(AuthenticationFailed);
    expect(String(error)).toMatch(reason);
    expect(array.stats).toMatchObject({ logins: 1, logouts: 1, openSessions: 0 });
  });

  it('whose password expires soon may go on', async () => {
    await using array = await start({ accountState: 5 });
    await using opened = openDriver(driver, array.access);
    expect((await opened.getStorage()).serial_number).toBe('210235G7J20000000042');
  });

  it('logs in once for requests that lose their session together', async () => {
    await using array = await start();
    await using opened = openDriver(driver, array.access, { maxInFlight: 4 });
    await opened.getStorage();
    array.expireSessions();
    await Promise.all([opened.list('listVolumes'), opened.list('listDisks')]);
    expect(array.stats).toMatchObject({ logins: 2, openSessions: 1, maxOpenSessions: 1 });
  });
});

type Answer = Fields | { readonly status: number };

/** An array that knows nothing but what the test says. */
async function plainArray(
  answer: (path: string, request: ServedRequest) => Answer | undefined,
  options: { readonly loginPath?: string } = {},
) {
  const served = await serve((request, response) => {
    const path = request.path.replace('/deviceManager/rest', '');
    if (path.endsWith('/sessions')) {
      if (request.method === 'POST' && path !== (options.loginPath ?? '/xx/sessions')) {
        response.writeHead(404).end();
        return;
      }
      return sendJson(response, 200, { data: { deviceid: 'D1', iBaseToken: 'T1', accountstate: 1 }, error: { code: 0 } }); // prettier-ignore
    }
    const given = answer(path.replace('/D1', ''), request);
    if (given && typeof given['status'] === 'number') {
      response.writeHead(given['status']).end();
      return;
    }
    sendJson(response, 200, given ?? { error: { code: 0, description: '0' } });
  });
  const access = {
    rest: { host: '127.0.0.1', port: served.port, username: 'u', password: 'p', ca: CERTIFICATE_FILE }, // prettier-ignore
  };
  return { served, access };
}

const data = (objects: unknown): Fields => ({ data: objects, error: { code: '0', description: '' } }); // prettier-ignore
const failure = (code: number, description: string): Fields => ({ error: { code, description } });
const rangeOf = (request: ServedRequest) =>
  (/\d+-\d+/.exec(request.query.get('range') ?? '')?.[0] ?? '0-0').split('-').map(Number);

describe('paging', () => {
  const hosts = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ID: String(index), NAME: `h${index}` }));

  it.each<[string, number, (all: Fields[], start: number, end: number) => Fields[] | Fields]>([
    ['ends before the end', 250, (all, first, end) => all.slice(first, end)],
    ['includes the end', 250, (all, first, end) => all.slice(first, end + 1)],
    ['fills the last page', 200, (all, first, end) => all.slice(first, end)],
    ['ignores the range', 250, (all) => all],
    ['ignores the range of just one page', 100, (all) => all],
    ['brings fewer than asked for', 130, (all, first) => all.slice(first, first + 20)],
    ['prints a list of one as an object', 1, (all) => all[0] ?? {}],
    ['prints an empty list as an object', 0, () => ({})],
  ])('a list that %s is complete, each object once', async (_, count, cut) => {
    const all = hosts(count);
    let requests = 0;
    const { served, access } = await plainArray((path, request) => {
      if (path !== '/host') return undefined;
      requests += 1;
      const [first = 0, end = 0] = rangeOf(request);
      return data(cut(all, first, end));
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    const found = (await opened.list('listStorageHosts')) as Fields[];
    expect(found.map((host) => host['native_storage_host_id'])).toEqual(all.map(({ ID }) => ID));
    expect(opened.drops).toEqual([]);
    expect(requests).toBeLessThanOrEqual(8);
  });

  it('asks for less where the array refuses so many', async () => {
    const all = hosts(105);
    const { served, access } = await plainArray((path, request) => {
      const [first = 0, end = 0] = rangeOf(request);
      if (end - first > 25 || end === 0) return failure(50331651, 'The entered parameter is incorrect.'); // prettier-ignore
      return path === '/host' ? data(all.slice(first, end)) : undefined;
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(await opened.list('listStorageHosts')).toHaveLength(105);
    const before = opened.traffic.requests;
    expect(await opened.list('listStorageHosts')).toHaveLength(105);
    expect(opened.traffic.requests - before).toBe(6);
  });

  it('asks without a range where the array refuses ranges', async () => {
    const { served, access } = await plainArray((path, request) => {
      if (path !== '/host') return undefined;
      return request.query.has('range') ? failure(50331651, 'The entered parameter is incorrect.') : data(hosts(3)); // prettier-ignore
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(await opened.list('listStorageHosts')).toHaveLength(3);
  });
});

describe('answers', () => {
  it.each<[string, Answer, string]>([
    ['no licence', failure(1077950233, ''), 'not_supported'],
    ['an unsupported feature', failure(12345, 'The operation is not supported.'), 'not_supported'],
    ['no such interface', { status: 404 }, 'not_supported'],
    ['an error of its own', failure(1077949999, 'Internal error.'), 'backend'],
    ['always busy', failure(1077949006, 'The system is busy.'), 'backend'],
    ['HTTP 500', { status: 500 }, 'backend'],
    ['a redirect', { status: 302 }, 'invalid_response'],
    ['no error object', { data: [] }, 'invalid_response'],
    ['an error without a code', { error: {} }, 'invalid_response'],
    ['every session refused', failure(-401, 'Unauthorized'), 'session_expired'],
    ['every user offline', failure(1077949069, 'The user is offline.'), 'session_expired'],
  ])('%s is told apart', async (_, answer, type) => {
    const { served, access } = await plainArray(() => answer);
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(errorType(await rejection(opened.list('listVolumes')))).toBe(type);
  });

  it('a right that the account lacks costs one login, and its own list', async () => {
    const { served, access } = await plainArray((path) =>
      path === '/lun' ? failure(-401, 'Unauthorized') : data([{ ID: '1' }]),
    );
    await using _served = served;
    await using opened = openDriver(driver, access);
    await opened.list('listStorageHosts');
    const before = opened.traffic.requests;
    expect(errorType(await rejection(opened.list('listVolumes')))).toBe('backend');
    // Refused, logged in, refused again.
    expect(opened.traffic.requests - before).toBe(3);
  });

  it('logs in where the array wants the long placeholder', async () => {
    const { served, access } = await plainArray(() => data([{ ID: '1' }]), { loginPath: '/xxxxx/sessions' }); // prettier-ignore
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(await opened.list('listStorageHosts')).toHaveLength(1);
  });

  it('a missing kind of port costs that kind, all missing the list', async () => {
    const { served, access } = await plainArray((path) =>
      path === '/eth_port' ? data([{ ID: '7', TYPE: '213' }]) : { status: 404 },
    );
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(await opened.list('listPorts')).toEqual([expect.objectContaining({ native_port_id: '7', type: 'eth' })]); // prettier-ignore
    expect(await rejection(opened.list('listShares'))).toBeInstanceOf(NotSupported);
  });

  it('a fault of one kind of port is not an empty list', async () => {
    const { served, access } = await plainArray((path) =>
      path === '/eth_port' ? failure(1077949999, 'Internal error.') : data([]),
    );
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(await rejection(opened.list('listPorts'))).toBeInstanceOf(BackendError);
  });

  it('a file system whose quotas are refused costs its own quotas', async () => {
    const { served, access } = await plainArray((path, { query }) => {
      if (path === '/filesystem') return data([{ ID: '1' }, { ID: '2' }]);
      if (path !== '/FS_QUOTA') return undefined;
      return query.get('PARENTID') === '1' ? failure(1077949999, 'Internal error.') : data([{ ID: 'q' }]); // prettier-ignore
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(await opened.list('listQuotas')).toEqual([expect.objectContaining({ native_quota_id: 'q', native_filesystem_id: '2' })]); // prettier-ignore
    expect(opened.logged.join('\n')).toContain('children of some objects are missing');
  });
});

describe('performance', () => {
  const collect = (opened: OpenedDriver) =>
    opened.session.call(
      'collectPerfMetrics',
      (session, signal) =>
      session.collectPerfMetrics?.(driver.capabilities?.().resource_metrics ?? {}, 0, Date.now(), signal), // prettier-ignore
    );

  it.each(simulator.generations)(
    'switched off on %s is told with advice, and stays off',
    async (generation) => {
      await using array = await start({ generation, monitoring: false });
      await using opened = openDriver(driver, array.access);
      await expect(collect(opened)).rejects.toThrow(/switched off.*switch it on/);
      expect(array.stats.writes).toEqual([]);
    },
  );

  it('takes one request for all LUNs where the array can, and names what one answer leaves out', async () => {
    await using array = await start({ generation: 'dorado-v6', volumes: 5_150 });
    await using opened = openDriver(driver, array.access);
    const volumes = new Set((await collect(opened)).filter(({ labels }) => labels.resource_type === 'volume').map(({ labels }) => labels.resource_id)); // prettier-ignore
    expect(volumes.size).toBe(5_150);
    expect(opened.traffic.requests).toBeLessThan(150);
  });

  it('learns once which indicators an array refuses', async () => {
    const asked: string[] = [];
    const { served, access } = await plainArray((path, { query }) => {
      if (path === '/storagepool') return data([{ ID: '0', NAME: 'p', TYPE: '216' }]);
      if (!path.endsWith('/cur_statistic_data')) return { status: 404 };
      const ids = query.get('CMO_STATISTIC_DATA_ID_LIST') ?? '';
      if (query.get('CMO_STATISTIC_UUID') !== '216:0')
        return failure(1077948996, 'No such object.');
      asked.push(ids);
      if (/384|228/.test(ids)) return failure(1077949999, 'The indicator is incorrect.');
      const values = ids.split(',').map((id) => (id === '370' ? '-1' : id));
      return data([{ CMO_STATISTIC_DATA_LIST: values.join(','), CMO_STATISTIC_TIMESTAMP: 1_700_000_000 }]); // prettier-ignore
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    const values = (await collect(opened)).map(({ name, values: of }) => [name, Object.entries(of)[0]]); // prettier-ignore
    expect(Object.fromEntries(values)).toEqual({
      iops: ['1700000000000', 22],
      readIops: ['1700000000000', 25],
      writeIops: ['1700000000000', 28],
      throughput: ['1700000000000', 21],
      readThroughput: ['1700000000000', 23],
      writeThroughput: ['1700000000000', 26],
      writeResponseTime: ['1700000000000', 385],
      readIoSize: ['1700000000000', 24],
      writeIoSize: ['1700000000000', 27],
    });
    const before = asked.length;
    await collect(opened);
    expect(asked.slice(before)).toEqual(['22,25,28,21,23,26,370,385,24,27']);
  });
});

const ALARM = '1.3.6.1.4.1.2011.2.91.10.3.1.1';
const TIME = Uint8Array.of(0x07, 0xe4, 6, 25, 1, 42, 26, 0);

function trapOf(
  columns: Readonly<Record<number, string | number | Uint8Array>>,
  more: readonly Varbind[] = [],
): Trap {
  const varbinds = Object.entries(columns).map(([column, value]): Varbind => {
    const oid = `${ALARM}.${column}.0`;
    if (typeof value === 'number') return { oid, type: 'Integer', value };
    return { oid, type: 'OctetString', value: typeof value === 'string' ? Buffer.from(value) : value };
  });
  return {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: '1.3.6.1.4.1.2011.2.91.10.2.1.0.1',
    varbinds: [...varbinds, ...more],
    source: '192.0.2.5',
    received_at: Date.now(),
  };
} // prettier-ignore

const RAISED = {
  1: 'Array',
  2: 'location=CTE0.A',
  3: 'Sample advice',
  4: 'Controller &#40;CTE0.A&#41; Is Offline',
  5: 2,
  6: 1,
  7: '64437092386',
  8: TIME,
  9: 4711,
  10: 'Größe: 硬盘',
  11: 1,
} as const;

const context = { storageId: 'dc1', timezone: 'UTC' };
const parse = (trap: Trap): Alert => {
  const alert = driver.parseAlert?.(trap, context);
  if (!alert || Array.isArray(alert)) throw new Error('no alert');
  return alert as Alert;
};

describe('traps', () => {
  it('a raised alarm has all its fields', () => {
    expect(parse(trapOf(RAISED))).toEqual({
      alert_id: '64437092386',
      alert_name: 'Controller (CTE0.A) Is Offline',
      severity: 'Critical',
      category: 'Fault',
      type: 'EquipmentAlarm',
      sequence_number: '4711',
      occur_time: Date.UTC(2020, 5, 25, 1, 42, 26),
      description: 'Größe: 硬盘',
      recovery_advice: 'Sample advice',
      resource_type: 'Storage',
      location: 'Node code=Array,location=CTE0.A',
      match_key: 'sequence:4711',
    });
  });

  it('its clear and the polled alarm have the same match key', async () => {
    await using array = await start();
    await using opened = openDriver(driver, array.access);
    const polled = (await listAlerts(opened)).find((alert) => alert.sequence_number === '4711');
    const cleared = parse(trapOf({ ...RAISED, 8: 'later', 11: 2 }));
    expect(cleared.category).toBe('Recovery');
    expect(cleared.occur_time).toBeUndefined();
    expect(new Set([polled?.match_key, cleared.match_key, parse(trapOf(RAISED)).match_key]).size).toBe(1); // prettier-ignore
  });

  it.each<[string, string | Uint8Array, number]>([
    ['octets with a zone', Uint8Array.of(...TIME, 0x2b, 2, 0), Date.UTC(2020, 5, 24, 23, 42, 26)],
    ['printed', '2020-6-25,1:42:26.0', Date.UTC(2020, 5, 25, 1, 42, 26)],
    ['printed with a zone', '2020-6-25,1:42:26.5,+2:0', Date.UTC(2020, 5, 24, 23, 42, 26, 500)],
  ])('reads a time as %s', (_, time, expected) => {
    expect(parse(trapOf({ ...RAISED, 8: time })).occur_time).toBe(expected);
  });

  it('reads texts printed as hexadecimal octets, and ids in hexadecimal', () => {
    const alert = parse(trapOf({ ...RAISED, 7: '0xf00cf0022', 10: '0x4469736b20' }));
    expect(alert).toMatchObject({ alert_id: String(0xf00cf0022), description: 'Disk' });
  });

  it('knows every level, and passes unknown ones on', () => {
    const severities = [1, 2, 3, 4].map((level) => parse(trapOf({ ...RAISED, 6: level })).severity);
    expect(severities).toEqual(['Critical', 'Major', 'Minor', 'Warning']);
    expect(parse(trapOf({ ...RAISED, 6: 77 })).severity).toContain('77');
  });

  it('a missing optional field costs that field', () => {
    const { 2: _location, 3: _advice, ...rest } = RAISED;
    const alert = parse(trapOf(rest));
    expect(alert.location).toBe('Node code=Array');
    expect(alert).not.toHaveProperty('recovery_advice');
  });

  it('an alarm without category or id asks for a poll', () => {
    const { 11: _category, ...unclear } = RAISED;
    const { 7: _id, ...nameless } = RAISED;
    expect(() => parse(trapOf(unclear))).toThrow(IncompleteTrapInformation);
    expect(() => parse(trapOf(nameless))).toThrow(IncompleteTrapInformation);
  });

  it('a trap of another kind is not ours', () => {
    const other = { oid: '1.3.6.1.2.1.2.2.1.1.3', type: 'Integer', value: 3 } as const;
    expect(driver.parseAlert?.(trapOf({}, [other]), context)).toBeUndefined();
  });
});

describe('alarms', () => {
  it('are those of the period', async () => {
    await using array = await start();
    await using opened = openDriver(driver, array.access);
    const times = (await listAlerts(opened)).map((alert) => alert.occur_time ?? 0).sort((a, b) => a - b); // prettier-ignore
    const [begin_time = 0, end_time = 0] = [times[10], times[20]];
    expect(await listAlerts(opened, { begin_time, end_time })).toHaveLength(11);
    expect(await listAlerts(opened, { begin_time })).toHaveLength(times.length - 10);
    expect(await listAlerts(opened, { end_time: begin_time - 1 })).toHaveLength(10);
  });

  it('that are over are recoveries', async () => {
    const { served, access } = await plainArray(() => data([{ sequence: 1, eventID: 2, eventType: 1, level: 5, alarmStatus: 4, startTime: 1_700_000_000 }])); // prettier-ignore
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect((await listAlerts(opened)).map(({ category }) => category)).toEqual(['Recovery']);
  });

  it('clears one', async () => {
    await using array = await start();
    await using opened = openDriver(driver, array.access);
    await opened.session.call('clearAlert', async (session, signal) => {
      await session.clearAlert?.('4712', signal);
      return true;
    });
    const left = (await listAlerts(opened)).map((alert) => alert.sequence_number);
    expect(left).toHaveLength(array.truth.alerts.length - 1);
    expect(left).not.toContain('4712');
    expect(array.stats.writes).toEqual(['DELETE /alarm/currentalarm']);
  });
});

describe('trap receivers', () => {
  const config: TrapConfig = { host: '192.0.2.9', port: 1162, version: 'v2c', community: new Secret('s') }; // prettier-ignore

  it('are added once and removed', async () => {
    await using array = await start();
    await using opened = openDriver(driver, array.access);
    const change = (method: 'addTrapConfig' | 'removeTrapConfig', wanted: TrapConfig) =>
      opened.session.call(method, async (session, signal) => {
        await session[method]?.(wanted, signal);
        return true;
      });
    await change('addTrapConfig', config);
    await change('addTrapConfig', config);
    await change('addTrapConfig', { ...config, port: 162, version: 'v3', user: { name: 'nms' } });
    await change('removeTrapConfig', config);
    await expect(change('removeTrapConfig', config)).rejects.toThrow(/sends no traps to/);
    await expect(change('addTrapConfig', { ...config, version: 'v3' })).rejects.toThrow(/USM user/);
    expect(array.stats.writes).toEqual([
      'POST /snmp_trap_addr',
      'POST /snmp_trap_addr',
      'DELETE /snmp_trap_addr/0',
    ]);
  });
});
