import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import {
  BackendUnreachable,
  errorType,
  Secret,
  worldWideName,
  type DriverContext,
  type HttpRequest,
  type HttpResponse,
  type Session,
  type TrapConfig,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openWsapi } from '../../drivers/hpe-3par/client.ts';
import driver, { unistor } from '../../drivers/hpe-3par/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { openDriver, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import type { Simulator } from '../kit/simulator.ts';
import { simulator, start3par, type Trouble } from '../simulators/hpe-3par/index.ts';
import { metricsOf } from '../kit/samples.ts';

describeConformance({
  driver,
  simulator,
  maxSessions: 2,
  modelOf: (generation) =>
    generation === 'primera' || generation === 'alletra' ? generation : '3par',
});

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

/** What the WSAPI does not tell of disks, and the command line not of space. */
const OF_DISKS = ['temperature', 'endurance_remaining', 'media_errors'];
const OF_SPACE = ['data_reduction', 'snapshot_capacity', 'snapshot_count'];

const without = (record: Fields, fields: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(record).filter(([field]) => !fields.includes(field)));

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
    expect(await offered(opened)).toEqual([
      'listControllers',
      'listDisks',
      'listPorts',
      'listAlerts',
    ]);
    expect(opened.logged.filter((line) => line.includes('only rest'))).toHaveLength(1);

    expect(await opened.list('listControllers')).toMatchObject([
      { native_controller_id: '0', status: 'normal' },
      { native_controller_id: '1', status: 'normal' },
      { native_controller_id: '2', status: 'offline' },
      { native_controller_id: '3', status: 'normal' },
    ]);
    for (const method of [
      'listStoragePools',
      'listDisks',
      'listMaskingViews',
      'listStorageHosts',
      'listStorageHostInitiators',
    ] as const) {
      const records = (await opened.list(method)) as readonly Fields[];
      const truth = (array.truth.lists[method] as readonly Fields[]).map((record) =>
        // The core writes names of ports in one form.
        without(
          typeof record['wwn'] === 'string'
            ? { ...record, wwn: worldWideName(record['wwn']) }
            : record,
          OF_DISKS,
        ),
      );
      expect(new Set(records.map(({ storage_id: _id, ...fields }) => fields))).toEqual(
        new Set(truth),
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
    const alerts = await opened.alerts();
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
    expect(await opened.getStorage()).toMatchObject(without(array.truth.storage, OF_SPACE));
    expect(await offered(opened)).toHaveLength(5);
    expect(opened.logged.filter((line) => line.includes('only ssh'))).toHaveLength(1);

    const pools = byField(await opened.list('listStoragePools'), 'native_storage_pool_id');
    for (const { status: _, ...pool } of array.truth.lists.listStoragePools as readonly Fields[]) {
      expect(pools.get(pool['native_storage_pool_id'])).toMatchObject(without(pool, OF_SPACE));
    }
    const volumes = byField(await opened.list('listVolumes'), 'native_volume_id');
    const truth = array.truth.lists.listVolumes as readonly Fields[];
    expect(volumes.size).toBe(truth.length);
    for (const { description: _, ...volume } of truth) {
      expect(volumes.get(volume['native_volume_id'])).toMatchObject(without(volume, OF_SPACE));
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

describe('a resource of the WSAPI that fails', () => {
  const allWithout = (records: unknown, ...fields: string[]) =>
    (records as readonly Fields[]).map((record) => without(record, fields));

  it('is a fault of the lists that need it, told: the command line does not stand in', async () => {
    await using array = await start3par({ seed: 7 }, { broken: ['/hosts', '/volumes', '/system'] });
    await using opened = openDriver(driver, array.access);
    for (const call of [
      () => opened.getStorage(),
      () => opened.list('listVolumes'),
      () => opened.list('listStorageHosts'),
    ]) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect(errorType(error)).toBe('backend');
    }
    expect(await opened.list('listDisks')).toHaveLength(48);
  });

  it('costs what it adds to others: volumes their pool, pools what is promised', async () => {
    const truth = (array: Simulator, list: 'listVolumes' | 'listStoragePools', field: string) =>
      allWithout(array.truth.lists[list], field);
    await using withoutPools = await start3par({ seed: 7 }, { broken: ['/cpgs'] });
    await using first = openDriver(driver, withoutPools.access);
    const volumes = allWithout(await first.list('listVolumes'), 'storage_id');
    expect(volumes).toEqual(truth(withoutPools, 'listVolumes', 'native_storage_pool_id'));
    expect(first.told.map(({ error }) => errorType(error))).toEqual(['backend']);

    await using withoutVolumes = await start3par({ seed: 7 }, { broken: ['/volumes'] });
    await using second = openDriver(driver, withoutVolumes.access);
    const pools = allWithout(await second.list('listStoragePools'), 'storage_id');
    expect(pools).toEqual(truth(withoutVolumes, 'listStoragePools', 'subscribed_capacity'));
    expect(second.told.map(({ call }) => call)).toEqual(['listStoragePools']);
  });
});

describe('a resource that the WSAPI refuses in its own words', () => {
  it('is asked of the command line, and what it can not tell is told', async () => {
    await using array = await start3par(
      { seed: 7 },
      { refused: ['/cpgs', '/hosts', '/volumes', '/system'] },
    );
    await using opened = openDriver(driver, array.access);
    expect((await opened.getStorage()).serial_number).toBe(array.truth.storage['serial_number']);
    for (const method of ['listVolumes', 'listStoragePools', 'listMaskingViews'] as const) {
      opened.told.length = 0;
      const records = (await opened.list(method)) as readonly Fields[];
      expect(records).toHaveLength((array.truth.lists[method] as readonly Fields[]).length);
      expect(new Set(opened.told.map(({ error }) => errorType(error)))).toEqual(
        new Set(['not_supported']),
      );
    }
  });

  it('is not supported where there is no command line', async () => {
    await using array = await start3par({ seed: 7 }, { refused: ['/volumes'] });
    await using opened = openDriver(driver, { rest: array.access['rest'] });
    const error: unknown = await opened.list('listVolumes').catch((reason: unknown) => reason);
    expect(errorType(error)).toBe('not_supported');
  });
});

describe('an array that can not be reached by SSH', () => {
  it('keeps what the WSAPI tells', async () => {
    await using array = await start3par({ seed: 7 });
    const ssh = { ...(array.access['ssh'] as Fields), port: 1 };
    await using opened = openDriver(driver, { ...array.access, ssh });
    expect(await opened.list('listVolumes')).toHaveLength(130);
    const error: unknown = await opened.list('listDisks').catch((reason: unknown) => reason);
    expect(errorType(error)).toBe('invalid_response');
    const storage = await opened.getStorage();
    expect(storage.serial_number).toBe('1307327');
    expect(storage.status).toBeUndefined();
    expect(opened.told.map(({ call }) => call)).toEqual(['getStorage']);
  });
});

describe('the same array under other names', () => {
  it('Alletra and UniStor CF are keys of their own', () => {
    expect([driver.model].flat()).toContain('alletra');
    expect([unistor.vendor, unistor.model]).toEqual(['h3c', 'unistor_cf']);
  });

  it("is told as H3C's", async () => {
    await using array = await start3par({ seed: 7 });
    await using opened = openDriver(unistor, array.access);
    expect(await opened.getStorage()).toMatchObject({ ...array.truth.storage, vendor: 'H3C' });
  });
});

describe('a collection shorter than it says', () => {
  it('is told, its members are records, and nothing is summed up from it', async () => {
    const answers: Readonly<Record<string, unknown>> = {
      '/cpgs': { total: 1, members: [{ id: 0, name: 'SSD_r6', state: 1 }] },
      '/volumes': { total: 3, members: [{ id: 0, name: 'a', userCPG: 'SSD_r6', sizeMiB: 5 }] },
      '/hosts': {},
    };
    const told: string[] = [];
    const log = {
      debug() {},
      info() {},
      error() {},
      warn: ({ err }: Fields) => told.push(String(err)),
    };
    const session = await driver.open({ rest: { ...ACCESS, port: 8080 } }, {
      model: '3par',
      timezone: 'UTC',
      pause: async () => {},
      log,
      http: async () =>
        fakeHttp(({ method, path }) =>
          method === 'POST' ? reply(201, { key: 'k' }) : reply(200, answers[path] ?? {}),
        ),
    } as Partial<DriverContext> as DriverContext);
    const { signal } = new AbortController();
    expect(await session.listVolumes(signal)).toHaveLength(1);
    expect(told.filter((line) => line.includes('1 members of the 3'))).toHaveLength(1);
    const [pool] = await session.listStoragePools(signal);
    expect(pool).toMatchObject({ name: 'SSD_r6', status: 'normal' });
    expect(pool).not.toHaveProperty('subscribed_capacity');
    await expect(session.listStorageHosts?.(signal)).rejects.toThrow(/members: expected a list/);
    await session.close();
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

  it.each([
    ['3par', 8080, 443],
    ['unistor_cf', 8080, 443],
    ['primera', 443, 8080],
    ['alletra', 443, 8080],
  ])('%s: the WSAPI is looked for on port %i, then on %i', async (model, usual, other) => {
    const tried: (number | undefined)[] = [];
    const client = await openWsapi(ACCESS, {
      model,
      pause: async () => {},
      http: async (_access, options = {}) => {
        tried.push(options.port);
        return fakeHttp(() => {
          if (options.port === usual) throw new BackendUnreachable('refused');
          return reply(201, { key: 'k1' });
        });
      },
    } as Partial<DriverContext> as DriverContext);
    await client.close();
    expect(tried).toEqual([usual, other]);
  });

  it('gives a key back that stays in use, and takes another', async () => {
    const seen: string[] = [];
    let keys = 0;
    const client = await openWsapi({ ...ACCESS, port: 8080 }, {
      model: '3par',
      pause: async () => {},
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
      metricsOf(
        session.collectPerfMetrics?.(
          { disk: { iops: { unit: 'IOPS', description: '' } } },
          begin,
          end,
          signal,
        ),
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
});

describe('a type of performance', () => {
  const measured = async (trouble: Trouble) => {
    await using array = await start3par({ seed: 7 }, trouble);
    await using opened = openDriver(driver, array.access);
    const end = Date.now();
    const metrics = await opened.session.call('collectPerfMetrics', (session: Session, signal) =>
      metricsOf(
        session.collectPerfMetrics?.(
          driver.capabilities?.().resource_metrics ?? {},
          end - INTERVAL_MS,
          end,
          signal,
        ),
      ),
    );
    const types = new Set(metrics.map(({ labels }) => labels.resource_type));
    return { types, told: opened.told.map(({ error }) => errorType(error)) };
  };

  it('that no source supports, or that fails, is told and costs itself', async () => {
    const cpus = '/systemreporter/attime/cpustatistics/hires';
    const lacking = await measured({ refused: ['srstatcpu', cpus] });
    expect(lacking.told).toEqual(['not_supported']);
    const pools = '/systemreporter/attime/cpgstatistics/hires';
    const failing = await measured({ broken: [pools] });
    expect(failing.told).toEqual(['backend']);
    for (const { types } of [lacking, failing]) expect(types.size).toBe(5);
    expect(lacking.types).not.toContain('controller');
    expect(failing.types).not.toContain('storagePool');
  });

  it('comes from the next source by refusal, which tells what it lacks', async () => {
    const { types, told } = await measured({ refused: ['srstatvv', 'srstatvlun'] });
    expect(types).toContain('volume');
    expect(types).not.toContain('storage');
    expect(told).toEqual(['not_supported']);
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
