/** Servers that answer as the real array does not always: what each oddity may cost, and no more. */
import { afterEach, describe, expect, it } from 'vitest';
import type { MetricSeries, ResourceMetrics } from 'delfin-agent/driver';
import driver from '../../drivers/dellemc-unity/index.ts';
import { sendJson, serve, type ServedRequest } from '../kit/http-server.ts';
import { openDriver, type OpenedDriver } from '../../src/testing/open.ts';
import { metricsOf } from '../kit/samples.ts';

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of cleanup.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

type Answer = (type: string, request: ServedRequest) => unknown;

/** Answers with what it gets; a number is an HTTP status, undefined a type that it does not have. */
async function odd(answer: Answer): Promise<{ open: OpenedDriver; asked: ServedRequest[] }> {
  const asked: ServedRequest[] = [];
  const served = await serve((request, response) => {
    const type = /\/types\/(\w+)\/instances/.exec(request.path)?.[1] ?? '';
    if (type === 'loginSessionInfo') {
      sendJson(response, 200, { entries: [] }, { 'set-cookie': 'mod_auth=abc' });
      return;
    }
    asked.push(request);
    const body = answer(type, request) ?? 404;
    const status = typeof body === 'number' ? body : 200;
    const error = { error: { errorCode: 1, httpStatusCode: status, messages: [{ 'en-US': '?' }] } };
    sendJson(response, status, status === 200 ? body : error);
  });
  const rest = {
    host: '127.0.0.1',
    port: served.port,
    username: 'u',
    password: 'p',
    insecure: true,
  };
  const open = openDriver(driver, { rest });
  cleanup.push(served, open);
  return { open, asked };
}

const entries = (contents: readonly unknown[]) => contents.map((content) => ({ content }));
const pageOf = ({ query }: ServedRequest) => Number(query.get('page') ?? 1);
const SELF = { links: [{ rel: 'self', href: '&page=1' }] };

describe('pages', () => {
  const pools = Array.from({ length: 20 }, (_, index) => ({ id: `pool_${index}` }));
  const sevens = (request: ServedRequest) =>
    entries(pools.slice((pageOf(request) - 1) * 7, pageOf(request) * 7));

  it('asks on where pages are small and link to no other', async () => {
    const { open } = await odd((_type, request) => ({ ...SELF, entries: sevens(request) }));
    expect(await open.list('listStoragePools')).toHaveLength(20);
  });

  it('asks on where the count of entries is that of the page', async () => {
    const { open } = await odd((_type, request) => {
      const page = sevens(request);
      return { ...SELF, entryCount: page.length, entries: page };
    });
    expect(await open.list('listStoragePools')).toHaveLength(20);
  });

  it('asks on no more once a longer page was the last', async () => {
    const sizes: Readonly<Record<string, number>> = { pool: 9, storageProcessor: 2 };
    const { open, asked } = await odd((type, request) => ({
      ...SELF,
      entries: pageOf(request) === 1 ? entries(pools.slice(0, sizes[type])) : [],
    }));
    await open.list('listStoragePools');
    expect(asked).toHaveLength(2);
    await open.list('listControllers');
    expect(asked).toHaveLength(3);
  });

  const ENDS: readonly (readonly [string, unknown])[] = [
    ['{}', {}],
    ['no list', { entries: null }],
    ['an error', 422],
    ['nothing', 404],
  ];
  it.each(ENDS)('takes %s after the last page as the end', async (_what, end) => {
    const { open } = await odd((_type, request) =>
      pageOf(request) > 1 ? end : { entries: entries(pools) },
    );
    expect(await open.list('listStoragePools')).toHaveLength(20);
  });

  it.each([{}, { entries: null }, { '@base': 'x' }])('takes %o as an empty list', async (body) => {
    const { open } = await odd(() => body);
    expect(await open.list('listVolumes')).toEqual([]);
  });

  it('ends where the link to the next page repeats, and says so', async () => {
    const { open, asked } = await odd(() => ({
      links: [{ rel: 'next', href: '&page=9' }],
      entries: entries(pools),
    }));
    expect(await open.list('listStoragePools')).toHaveLength(20);
    expect(asked).toHaveLength(2);
    expect(open.told.map(({ error }) => error.message).join()).toMatch(/page 2 repeats/);
  });

  it('takes a link that leads back for none', async () => {
    const { open } = await odd((_type, request) => ({
      links: [{ rel: 'next', href: '&page=2' }],
      entries: pageOf(request) < 3 ? sevens(request) : [],
    }));
    expect(await open.list('listStoragePools')).toHaveLength(14);
    expect(open.told).toEqual([]);
  });

  it('asks plainly where the server refuses its page size', async () => {
    const { open } = await odd((_type, { query }) =>
      query.has('per_page') ? 400 : { ...SELF, entries: entries(pools) },
    );
    expect(await open.list('listStoragePools')).toHaveLength(20);
  });
});

describe('records', () => {
  it('reads addresses of hosts that share an id', async () => {
    const { open } = await odd((type) => {
      if (type === 'host') return { entries: entries([{ id: 'Host_1' }, { id: 'Host_2' }]) };
      const port = (host: string, address: string) => ({ id: 'ip', host: { id: host }, address });
      return type === 'hostIPPort'
        ? { entries: entries([port('Host_1', '192.0.2.1'), port('Host_2', '192.0.2.2')]) }
        : undefined;
    });
    expect(await open.list('listStorageHosts')).toMatchObject([
      { native_storage_host_id: 'Host_1', ip_address: '192.0.2.1' },
      { native_storage_host_id: 'Host_2', ip_address: '192.0.2.2' },
    ]);
  });

  it('reads addresses of interfaces without id or version, each once', async () => {
    const on = (ipAddress: string) => ({ ipPort: { id: 'spa_la_2' }, ipAddress });
    const { open } = await odd((type) => {
      if (type === 'linkAggregation') {
        const parentStorageProcessor = { id: 'spa' };
        return { entries: entries([{ id: 'spa_la_2', name: 7, parentStorageProcessor }]) };
      }
      const all = [on('192.0.2.1'), on('2001:db8::1'), on('192.0.2.1')];
      if (type === 'ipInterface') return { entries: entries(all) };
      return type === 'ethernetPort' ? { entries: [] } : undefined;
    });
    expect(await open.list('listPorts')).toMatchObject([
      { name: '7', native_parent_id: 'spa', ipv4: '192.0.2.1', ipv6: '2001:db8::1' },
    ]);
  });

  it('shows the ports of one kind where the array fails over the other', async () => {
    const { open } = await odd((type) => {
      if (type === 'ethernetPort') return { entries: entries([{ id: 'spa_eth0' }]) };
      return type === 'fcPort' ? 500 : undefined;
    });
    expect(await open.list('listPorts')).toMatchObject([{ native_port_id: 'spa_eth0' }]);
    expect(open.logged.some((line) => line.includes('fcPort'))).toBe(true);
  });

  it('names Fibre Channel ports and initiators by their port, not by node and port in one', async () => {
    const both = '50:06:01:60:aa:bb:cc:dd:50:06:01:65:2a:bb:cc:dd';
    const { open } = await odd((type) => {
      if (type === 'fcPort') return { entries: entries([{ id: 'spa_fc0', wwn: both }]) };
      const one = { id: 'HostInitiator_1', type: 1, initiatorId: both };
      const other = { ...one, id: 'HostInitiator_2', portWWN: '100000109b1c2d3e' };
      const iscsi = { id: 'HostInitiator_3', type: 2, initiatorId: 'iqn.1993-08.org.debian:01:a' };
      return type === 'hostInitiator' ? { entries: entries([one, other, iscsi]) } : { entries: [] };
    });
    const port = '50:06:01:65:2A:BB:CC:DD';
    expect(await open.list('listPorts')).toMatchObject([{ wwn: port }]);
    expect(await open.list('listStorageHostInitiators')).toMatchObject([
      { wwn: port },
      { wwn: '10:00:00:10:9B:1C:2D:3E' },
      { wwn: 'iqn.1993-08.org.debian:01:a' },
    ]);
  });

  it('never takes the mapping of a snapshot for one of its LUN, whatever the array knows', async () => {
    const mapping = { id: 'm', host: { id: 'Host_1' }, lun: { id: 'sv_1' } };
    const known: Readonly<Record<string, unknown>> = { snap: { id: '9' }, type: 2 };
    for (const knows of [['snap'], ['type'], []]) {
      const { open } = await odd((_type, { query }) => {
        const fields = query.get('fields')?.split(',') ?? [];
        const extra = fields.filter((field) => field in known);
        if (extra.some((field) => !knows.includes(field))) return 400;
        const asked = Object.entries({ ...mapping, ...known });
        return { entries: entries([Object.fromEntries(asked.filter(([name]) => fields.includes(name)))]) }; // prettier-ignore
      });
      const [view] = (await open.list('listMaskingViews')) as readonly object[];
      expect(view).toMatchObject({ native_storage_host_id: 'Host_1' });
      expect(view).not.toHaveProperty('native_volume_id');
    }
  });

  it('leaves out the path of a share and the raw capacity where a part of them is not known', async () => {
    const { open } = await odd((type) => {
      const share = { id: 'NFSShare_1', path: '/home', filesystem: { id: 'fs_1' } };
      if (type === 'nfsShare') return { entries: entries([share]) };
      if (type === 'filesystem') return 500;
      if (type === 'disk') return { entries: entries([{ id: 'd1', size: 5 }, { id: 'd2' }]) };
      return { entries: type === 'system' ? entries([{ id: '0', name: 'a' }]) : [] };
    });
    const [share] = (await open.list('listShares')) as readonly object[];
    expect(share).toMatchObject({ native_filesystem_id: 'fs_1' });
    expect(share).not.toHaveProperty('path');
    expect(open.told.some(({ error }) => error.message.includes('filesystem'))).toBe(true);
    expect(await open.getStorage()).not.toHaveProperty('raw_capacity');
  });

  it('makes no alert of nothing', async () => {
    const { open } = await odd(() => ({ entries: entries([{}, { message: 'a disk failed' }]) }));
    const alerts = await open.alerts();
    expect(alerts).toMatchObject([{ alert_name: 'a disk failed' }]);
  });
});

describe('performance', () => {
  const METRICS: ResourceMetrics = driver.capabilities?.().resource_metrics ?? {};
  const asked: ResourceMetrics = { volume: METRICS.volume ?? {} };
  const AT = Date.parse('2026-03-01T10:00:00.000Z');
  const sample = (minutes: number, interval: number, value: number) => ({
    timestamp: new Date(AT + minutes * 60_000).toISOString(),
    interval,
    values: { spa: { sv_1: value } },
  });
  const collect = (open: OpenedDriver) =>
    open.session.call<readonly MetricSeries[]>('collectPerfMetrics', (session, signal) =>
      metricsOf(session.collectPerfMetrics?.(asked, AT, AT + 3_600_000, signal)),
    );
  const leafOf = ({ query }: ServedRequest) => /(\w+)"$/.exec(query.get('filter') ?? '')?.[1];

  it('loses one measure to a fault that stays, and none to one that passes', async () => {
    let faults = 0;
    const { open } = await odd((type, request) => {
      if (type !== 'metricValue') return undefined;
      if (leafOf(request) === 'writesRate') return 500;
      if (leafOf(request) === 'responseTime' && ++faults === 1) return 500;
      return { entries: pageOf(request) === 1 ? entries([sample(1, 60, 5)]) : [] };
    });
    const names = (await collect(open)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['readIops', 'responseTime', 'throughput']));
    expect(names).not.toContain('writeIops');
    expect(names).not.toContain('iops');
  });

  it('puts together the storage processors of one time, which need not name their zone', async () => {
    const timestamp = '2026-03-01T10:05:00.000';
    const parts = [
      { timestamp, interval: 60, values: { spa: { sv_1: 2 } } },
      { timestamp, interval: 60, values: { spb: { sv_1: 3 } } },
    ];
    const { open } = await odd((type, request) => {
      const isPart = type === 'metricValue' && pageOf(request) <= parts.length;
      return { entries: isPart ? entries(parts.slice(pageOf(request) - 1, pageOf(request))) : [] };
    });
    const reads = (await collect(open)).find(({ name }) => name === 'readIops');
    expect(reads?.values).toEqual({ [AT + 300_000]: 5 });
  });

  it('loses one measure to a broken body, and says so', async () => {
    const { open } = await odd((type, request) => {
      if (type !== 'metricValue') return { entries: [] };
      if (leafOf(request) === 'writesRate') return 'no object';
      return { entries: pageOf(request) === 1 ? entries([sample(1, 60, 5)]) : [] };
    });
    const names = (await collect(open)).map(({ name }) => name);
    expect(names.toSorted()).toEqual(
      ['readIoSize', 'readIops', 'readThroughput', 'responseTime', 'throughput', 'writeIoSize', 'writeThroughput'], // prettier-ignore
    );
    expect(open.told.map(({ error }) => error.message).join()).toMatch(/1 of 7 parts are missing/);
  });

  it('has no average of both storage processors without the operations to weigh it by', async () => {
    const both = { ...sample(1, 60, 0), values: { spa: { sv_1: 4, sv_2: 4 }, spb: { sv_1: 8, sv_2: 0 } } }; // prettier-ignore
    const { open } = await odd((type, request) => {
      if (type !== 'metricValue') return { entries: [] };
      if (leafOf(request) === 'readsRate') return 500;
      return { entries: pageOf(request) === 1 ? entries([both]) : [] };
    });
    const times = (await collect(open)).filter(({ name }) => name === 'responseTime');
    expect(times.map(({ labels, values }) => [labels.resource_id, Object.values(values)])).toEqual([
      ['sv_2', [4]],
    ]);
  });

  it('ends a history whose pages repeat, and says so', async () => {
    const { open, asked: requests } = await odd((type) => ({
      ...(type === 'metricValue' ? { links: [{ rel: 'next', href: '&page=2' }] } : {}),
      entries: type === 'metricValue' ? entries([sample(9, 60, 5)]) : [],
    }));
    await collect(open);
    expect(requests.filter(({ path }) => path.includes('metricValue'))).toHaveLength(14);
    expect(open.told.map(({ error }) => error.message).join()).toMatch(/page 2 repeats/);
  });

  it('calls packets no operations and received bytes no reads: network ports have a sum', async () => {
    const traffic = { ...sample(1, 60, 0), values: { spa: { spa_eth0: 5 } } };
    const { open, asked: requests } = await odd((type, request) => {
      const isTraffic = request.query.get('filter')?.includes('net.device') ?? false;
      const found = type === 'metricValue' && isTraffic && pageOf(request) === 1;
      return { entries: found ? entries([traffic]) : [] };
    });
    const ports = await open.session.call<readonly MetricSeries[]>(
      'collectPerfMetrics',
      (session, signal) =>
        metricsOf(
          session.collectPerfMetrics?.({ port: METRICS.port ?? {} }, AT, AT + 3_600_000, signal),
        ),
    );
    expect(ports.map(({ name, values }) => [name, Object.values(values)])).toEqual([
      ['throughput', [10]],
    ]);
    expect(requests.some(({ url }) => url.includes('pkts'))).toBe(false);
  });

  it('fails where every path does', async () => {
    const { open } = await odd((type) => (type === 'metricValue' ? 500 : undefined));
    await expect(collect(open)).rejects.toMatchObject({ type: 'backend', code: '500' });
  });

  it('takes the coarser samples of times that have no finer ones left', async () => {
    const kept = [sample(50, 60, 1), sample(49, 60, 2), sample(50, 300, 8), sample(45, 300, 3)];
    const { open } = await odd((type, request) => {
      const isFirst = type === 'metricValue' && pageOf(request) === 1;
      return { entries: isFirst ? entries(kept) : [] };
    });
    const reads = (await collect(open)).find(({ name }) => name === 'readIops');
    const at = (minutes: number) => AT + minutes * 60_000;
    expect(reads?.values).toEqual({ [at(50)]: 1, [at(49)]: 2, [at(45)]: 3 });
  });
});
