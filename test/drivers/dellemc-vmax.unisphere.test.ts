/** What is special to a Unisphere server: what it holds, what it says of itself, what it lacks. */
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/dellemc-vmax/index.ts';
import {
  AccessDenied,
  ConfigurationError,
  errorType,
  InvalidResponse,
  type MetricSeries,
} from 'delfin-agent/driver';
import { faults } from '../kit/faults.ts';
import { openDriver, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import { REMOTE_ID } from '../simulators/dellemc-vmax/data.ts';
import { startUnisphere } from '../simulators/dellemc-vmax/index.ts';
import { metricsOf } from '../kit/samples.ts';

const MINUTES = 60_000;
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
const collect = (
  opened: OpenedDriver,
  lengthMs = 15 * MINUTES,
): Promise<readonly MetricSeries[]> => {
  const end = Date.now();
  return opened.session.call('collectPerfMetrics', (session, signal) =>
    metricsOf(
      session.collectPerfMetrics?.(
        driver.capabilities?.().resource_metrics ?? {},
        end - lengthMs,
        end,
        signal,
      ),
    ),
  );
};
const ofType = (metrics: readonly MetricSeries[], type: string) =>
  metrics.filter(({ labels }) => labels.resource_type === type);
const told = (opened: OpenedDriver) => opened.told.map(({ error }) => error.message).join('\n');
const asked = async (work: () => Promise<unknown>) => {
  const requests: string[] = [];
  faults.listen((request) => requests.push(request));
  await work();
  faults.listen(undefined);
  return requests;
};

describe('what the server holds', () => {
  it.each(['92', '101'])(
    '%s: one session for all requests, no iterator left',
    async (generation) => {
      await using unisphere = await startUnisphere({ generation }, { volumes: 25, pageSize: 10 });
      await using opened = openDriver(driver, unisphere.access);
      await opened.list('listVolumes');
      await opened.list('listVolumeGroups');
      await collect(opened);
      expect(unisphere.held()).toEqual({ sessions: 1, iterators: 0 });
      expect(unisphere.stats.writes).toEqual([]);
    },
  );

  it('a session that has gone is replaced, the password is not in doubt', async () => {
    await using unisphere = await startUnisphere({}, { volumes: 3 });
    await using opened = openDriver(driver, unisphere.access);
    await opened.getStorage();
    unisphere.expireSessions();
    expect((await opened.list('listVolumes')) as readonly Fields[]).toHaveLength(3);
    await opened.getStorage();
    expect(unisphere.held().sessions).toBe(1);
  });
});

describe('an iterator page that is missing', () => {
  it('twice in one round costs nothing later: the list is whole in the next', async () => {
    await using unisphere = await startUnisphere({}, { volumes: 25, pageSize: 10 });
    await using opened = openDriver(driver, unisphere.access, { hurried: true });
    expect(await opened.list('listVolumes')).toHaveLength(25);
    faults.plan({ fault: '404', matches: (one) => one.includes('/page'), times: 8 });
    const error = await refusal(opened.list('listVolumes'));
    faults.plan(undefined);
    expect(errorType(error)).toBe('backend');
    expect(await opened.list('listVolumes')).toHaveLength(25);
    expect(unisphere.held().iterators).toBe(0);
  });

  it('once: the list is read anew and is whole', async () => {
    await using unisphere = await startUnisphere({}, { volumes: 25, pageSize: 10 });
    await using opened = openDriver(driver, unisphere.access, { hurried: true });
    faults.plan({ fault: '404', matches: (one) => one.includes('/page'), times: 1 });
    const volumes = await opened.list('listVolumes');
    faults.plan(undefined);
    expect(volumes).toHaveLength(25);
    expect(opened.told).toEqual([]);
  });
});

it('array_id of a remote array is one error at open, which names the local ones', async () => {
  await using unisphere = await startUnisphere({}, { volumes: 1 });
  await using opened = openDriver(driver, { ...unisphere.access, array_id: REMOTE_ID });
  const error = await refusal(opened.getStorage());
  expect(error).toBeInstanceOf(ConfigurationError);
  expect((error as Error).message).toMatch(/is a remote array .* local arrays are 000297900330/);
});

describe('why there is no performance data', () => {
  const isKeys = (request: string) => request.includes('/performance/Array/keys');

  it.each([
    ['403', AccessDenied, /may not read/],
    ['busy', Error, /stays busy/],
    ['cut', InvalidResponse, /Array\/keys/],
    ['html', InvalidResponse, /Array\/keys/],
  ] as const)('%s is told as what it is', async (fault, type, message) => {
    await using unisphere = await startUnisphere({}, { volumes: 1 });
    await using opened = openDriver(driver, unisphere.access, { hurried: true });
    await opened.getStorage();
    faults.plan({ fault, matches: isKeys, times: Infinity });
    const error = await refusal(collect(opened));
    faults.plan(undefined);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('not registered');
    expect((await collect(opened)).length).toBeGreaterThan(0);
  });

  it('an array whose registration cannot be read is not called unregistered', async () => {
    await using unisphere = await startUnisphere({}, { volumes: 1, unregistered: true });
    await using opened = openDriver(driver, unisphere.access, { hurried: true });
    await opened.getStorage();
    const matches = (request: string) => request.includes('/registrationdetails/');
    faults.plan({ fault: '500', matches, times: Infinity });
    const error = await refusal(collect(opened));
    faults.plan(undefined);
    expect((error as Error).message).toContain('HTTP 500');
    expect(((await refusal(collect(opened))) as Error).message).toContain('not registered');
  });
});

describe('a counter that the server does not know', () => {
  const lacks = ['PercentReadReqHit'];
  const controllers = (metrics: readonly MetricSeries[]) =>
    new Set(ofType(metrics, 'controller').map(({ name }) => name));

  it.each([
    ['says which it has', false],
    ['names the unknown one', true],
  ])('costs that counter where the server %s', async (_what, helpless) => {
    await using unisphere = await startUnisphere({}, { volumes: 1, lacks, helpless });
    await using opened = openDriver(driver, unisphere.access);
    const names = controllers(await collect(opened));
    expect(names).not.toContain('readCacheHitRatio');
    for (const name of ['iops', 'readResponseTime', 'cpuUsage', 'cacheHitRatio'] as const) {
      expect(names).toContain(name);
    }
    expect(told(opened)).toContain('FEDirector: the server has no counters PercentReadReqHit');
    const again = await asked(() => collect(opened));
    expect(again.filter((one) => one.includes('/help/'))).toEqual([]);
  });
});

describe('volumes of an hour at most', () => {
  it('a longer window brings every sample of it', async () => {
    await using unisphere = await startUnisphere({ generation: '100' }, { volumes: 3 });
    await using opened = openDriver(driver, unisphere.access);
    const metrics = ofType(await collect(opened, 150 * MINUTES), 'volume');
    expect(metrics.length).toBe(3 * 7);
    for (const { values } of metrics) expect(Object.keys(values).length).toBe(30);
    expect(opened.told).toEqual([]);
  });
});

describe('Unisphere 10.1', () => {
  it('lists volumes by the page, not one by one', async () => {
    await using unisphere = await startUnisphere({ generation: '101' }, { volumes: 2_500 });
    await using opened = openDriver(driver, unisphere.access);
    await opened.getStorage();
    const requests = await asked(() => opened.list('listVolumes'));
    expect(requests.map((one) => one.split('?')[0])).toEqual(
      Array.from({ length: 3 }, () => 'GET /univmax/rest/v1/systems/000297900330/volumes'),
    );
  });

  const groups = async (generation: string, newestOnly = false) => {
    await using unisphere = await startUnisphere({ generation }, { volumes: 1, newestOnly });
    await using opened = openDriver(driver, unisphere.access);
    await opened.getStorage();
    let metrics: readonly MetricSeries[] = [];
    const requests = await asked(async () => {
      metrics = ofType(await collect(opened, 30 * MINUTES), 'volumeGroup');
    });
    const times = Math.max(...metrics.map(({ values }) => Object.keys(values).length));
    return { times, asked: requests.filter((one) => one.includes('StorageGroup')).length };
  };

  it('measures all storage groups with one request, older servers one by one', async () => {
    const [bulk, single] = [await groups('101'), await groups('100')];
    expect(bulk.asked).toBe(1);
    expect(single.asked).toBeGreaterThan(10);
    expect(bulk.times).toBe(single.times);
  });

  it('a server that tells the newest samples alone is asked one by one for the rest', async () => {
    const { times } = await groups('101', true);
    expect(times).toBe((await groups('100')).times);
  });
});
