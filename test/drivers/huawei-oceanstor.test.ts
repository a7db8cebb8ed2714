import { AuthenticationFailed, BackendError, errorType, NotSupported } from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/huawei-oceanstor/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import type { ServedRequest } from '../kit/http-server.ts';
import { openDriver, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import { simulator, start } from '../simulators/huawei-oceanstor/index.ts';
import { metricsOf } from '../kit/samples.ts';
import { data, failure, NOTHING, plainArray, type Answer } from './huawei-oceanstor.plain.ts';

describeConformance({ driver, simulator });

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
    ['brings few, and no round number', 30, (all, first) => all.slice(first, first + 7)],
    ['refuses what is behind its end', 200, (all, first, end) => first < 200 ? all.slice(first, end) : NOTHING], // prettier-ignore
    ['prints a list of one as an object', 1, (all) => all[0] ?? {}],
    ['prints an empty list as an object', 0, () => ({})],
  ])('a list that %s is complete, each object once', async (_, count, cut) => {
    const all = hosts(count);
    let requests = 0;
    const { served, access } = await plainArray((path, request) => {
      if (path !== '/host') return undefined;
      requests += 1;
      const [first = 0, end = 0] = rangeOf(request);
      const part = cut(all, first, end);
      return part === NOTHING ? NOTHING : data(part);
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
    // Refused twice: believed for an hour.
    for (const _ of [1, 2]) expect(await opened.list('listStorageHosts')).toHaveLength(105);
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
    [
      'HTTP 500 with an error object',
      { status: 500, ...failure(1077949999, 'Internal error.') },
      'backend',
    ],
    [
      'HTTP 400 for a feature',
      { status: 400, ...failure(1, 'The operation is not supported.') },
      'not_supported',
    ],
    [
      'HTTP 403 for a lost session',
      { status: 403, ...failure(-401, 'Unauthorized') },
      'authentication',
    ],
    ['a redirect', { status: 302 }, 'backend'],
    ['no error object', { data: [] }, 'invalid_response'],
    ['an error without a code', { error: {} }, 'invalid_response'],
    ['every session refused', failure(-401, 'Unauthorized'), 'authentication'],
    ['every user offline', failure(1077949069, 'The user is offline.'), 'authentication'],
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
    expect(errorType(await rejection(opened.list('listVolumes')))).toBe('authentication');
    // Refused, the session given back, logged in, refused again.
    expect(opened.traffic.requests - before).toBe(4);
    expect(errorType(await rejection(opened.list('listVolumes')))).toBe('authentication');
    expect(opened.traffic.requests - before).toBe(5);
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

  it('a fault of one kind of port costs that kind, and is told', async () => {
    const { served, access } = await plainArray((path) => {
      if (path === '/eth_port') return { status: 500 };
      return path === '/fc_port' ? data([{ ID: '7' }]) : data([]);
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(await opened.list('listPorts')).toHaveLength(1);
    expect(opened.told).toMatchObject([{ call: 'listPorts', error: { code: '500' } }]);
  });

  it('what the array denies costs that part only, whatever its code', async () => {
    const denied = failure(1077949002, 'The operation is not allowed.');
    const { served, access } = await plainArray((path) => {
      if (path === '/eth_port/associate') return data([{ ID: '7' }]);
      if (path === '/mappingview/associate') return denied;
      if (['/fcoe_port', '/fcoe_port/associate', '/quotatree'].includes(path)) return denied;
      if (path === '/eth_port') return data([{ ID: '7' }]);
      if (path === '/FS_QUOTA') return data([{ ID: 'q' }]);
      const collections = ['/portgroup', '/hostgroup', '/mappingview', '/filesystem'];
      return collections.includes(path) ? data([{ ID: '1' }]) : data([]);
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(await opened.list('listPorts')).toHaveLength(1);
    expect(await opened.list('listPortGroups')).toMatchObject({ port_groups: [{ ports: '7' }] });
    // Whose view it is, is not known: it is not mapped to nobody.
    expect(await opened.list('listMaskingViews')).toEqual([]);
    expect(opened.told.map(({ call }) => call)).toContain('listMaskingViews');
    expect(await opened.list('listQuotas')).toMatchObject([{ native_filesystem_id: '1' }]);
  });

  it('a group without an id is told, and no view is of nobody for it', async () => {
    const { served, access } = await plainArray((path) => {
      if (path === '/hostgroup') return data([{ ID: '1' }, { NAME: 'nameless' }]);
      if (path === '/lungroup') return data([{ ID: '2' }]);
      if (path === '/mappingview') return data([{ ID: '7' }, { ID: '8' }]);
      if (path === '/mappingview/associate') return data([{ ID: '7' }]);
      return data([]);
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(await opened.list('listStorageHostGroups')).toMatchObject({
      storage_host_groups: [{ native_storage_host_group_id: '1' }],
    });
    expect(opened.told).toMatchObject([{ call: 'listStorageHostGroups' }]);
    expect(await opened.list('listMaskingViews')).toMatchObject([
      { native_masking_view_id: '7', native_storage_host_group_id: '1' },
    ]);
    expect(opened.told).toMatchObject([{}, { call: 'listMaskingViews' }]);
  });

  it('codes and lists that are no value are absent, and what is said beside them holds', async () => {
    const { served, access } = await plainArray((path) => {
      if (path === '/system/' || path === '/disk') return data('');
      if (path === '/filesystem') return data([{ ID: '1', AVAILABLECAPCITY: '--', AVAILABLECAPACITY: '2' }]); // prettier-ignore
      if (path === '/quotatree') return data([{ ID: '1@1', securityStyle: '--', PARENTID: '--' }]);
      return data([{ ID: '1', RUNNINGSTATUS: '--', HEALTHSTATUS: '--', NEWUSAGETYPE: 0, USAGETYPE: '2' }]); // prettier-ignore
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    expect(await opened.list('listDisks')).toEqual([]);
    const [pool] = (await opened.list('listStoragePools')) as Fields[];
    expect(pool).not.toHaveProperty('status');
    expect(pool).toHaveProperty('storage_type', 'unified');
    expect(await opened.list('listFilesystems')).toMatchObject([{ free_capacity: 1024 }]);
    expect(await opened.list('listQtrees')).toMatchObject([{ native_filesystem_id: '1' }]);
    expect(opened.drops).toEqual([]);
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
    expect(opened.told).toMatchObject([
      { call: 'listQuotas', error: { message: expect.stringMatching(/^1 of \d parts/) } },
    ]);
  });
});

describe('performance', () => {
  const collect = (opened: OpenedDriver) =>
    opened.session.call(
      'collectPerfMetrics',
      (session, signal) =>
      metricsOf(session.collectPerfMetrics?.(driver.capabilities?.().resource_metrics ?? {}, 0, Date.now(), signal)), // prettier-ignore
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

  it('takes no value for that of another indicator', async () => {
    const known = ['22', '25', '28', '21', '23', '26', '370'];
    const { served, access } = await plainArray((path, { query }) => {
      if (path === '/storagepool') return data([{ ID: '0' }, { ID: '1' }]);
      if (!path.endsWith('/cur_statistic_data')) return { status: 404 };
      const ids = (query.get('CMO_STATISTIC_DATA_ID_LIST') ?? '').split(',');
      const values = ids.filter((id) => known.includes(id)).join(',');
      return data([{ CMO_STATISTIC_DATA_LIST: values, CMO_STATISTIC_TIMESTAMP: '1600000000' }]);
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    const metrics = await collect(opened);
    expect(metrics.filter(({ labels }) => labels.resource_type === 'storagePool')).toHaveLength(14);
    const latencies = metrics.filter(({ name }) => name === 'responseTime');
    expect(latencies.map(({ values }) => Object.values(values)[0])).toContain(370);
    expect(latencies.every(({ values }) => Object.values(values)[0] === 370)).toBe(true);
  });

  it('a broken answer costs its object, only broken ones the run', async () => {
    let broken = ['11:1'];
    const { served, access } = await plainArray((path, { query }) => {
      if (path === '/lun') return data([{ ID: '1' }, { ID: '2' }]);
      if (!path.endsWith('/cur_statistic_data')) return { status: 404 };
      const uuid = query.get('CMO_STATISTIC_UUID') ?? '';
      if (broken.includes(uuid) || !uuid.startsWith('11:')) return { status: 500 };
      const ids = query.get('CMO_STATISTIC_DATA_ID_LIST') ?? '';
      return data([{ CMO_STATISTIC_DATA_LIST: ids, CMO_STATISTIC_TIMESTAMP: '1600000000' }]);
    });
    await using _served = served;
    await using opened = openDriver(driver, access);
    const ids = (await collect(opened)).map(({ labels }) => labels.resource_id);
    expect(new Set(ids)).toEqual(new Set(['2']));
    broken = ['11:1', '11:2'];
    await expect(collect(opened)).rejects.toBeInstanceOf(BackendError);
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
