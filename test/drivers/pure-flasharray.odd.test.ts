/** What a FlashArray does beside the usual: versions, tokens, pages, refusals, traps, commands. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  AccessDenied,
  AuthenticationFailed,
  ConfigurationError,
  IncompleteTrapInformation,
  NotSupported,
  type Alert,
  type MetricBatch,
  type ResourceMetrics,
  type Trap,
  type TrapConfig,
} from 'delfin-agent/driver';
import { Secret } from '../../src/driver/secret.ts';
import driver from '../../drivers/pure-flasharray/index.ts';
import { sendJson, serve, type ServedRequest } from '../kit/http-server.ts';
import { openDriver, TEST_SYSTEM, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import { gather } from '../kit/samples.ts';
import { start, type StartOptions } from '../simulators/pure-flasharray/index.ts';

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of cleanup.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function opened(options: StartOptions = {}) {
  const array = await start({ seed: 7, ...options });
  cleanup.push(array);
  const open = openDriver(driver, array.access, { hurried: true });
  cleanup.push(open);
  return { array, open };
}

type Body = Readonly<Record<string, unknown>>;
type Answer = Body | { readonly status: number; readonly message?: string };

/** A server that answers what it is told to; else with an empty list. */
async function bare(
  answer: (endpoint: string, request: ServedRequest) => Answer | undefined,
  versions: readonly string[] = ['2.2', '2.26'],
) {
  const requests: ServedRequest[] = [];
  const served = await serve((request, response) => {
    requests.push(request);
    const endpoint = request.path.split('/').slice(3).join('/');
    if (request.path === '/api/api_version') sendJson(response, 200, { version: versions });
    else if (endpoint === 'login') sendJson(response, 200, {}, { 'x-auth-token': 'session' });
    else {
      const body = answer(endpoint, request) ?? { items: [], more_items_remaining: false };
      if (!('status' in body)) sendJson(response, 200, body);
      else {
        const { status, message } = body;
        const errors = [{ context: null, message }];
        sendJson(response, Number(status), message === undefined ? {} : { errors });
      }
    }
  });
  cleanup.push(served);
  const rest = { host: '127.0.0.1', port: served.port, api_token: 't', insecure: true };
  const open = openDriver(driver, { rest }, { hurried: true });
  cleanup.push(open);
  const asked = (endpoint: string) => requests.filter(({ path }) => path.endsWith(`/${endpoint}`));
  return { open, requests, asked };
}

const volumes = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `v${from + index}`,
    name: `n${from + index}`,
  }));

const idsOf = (records: unknown) =>
  (records as readonly Fields[]).map((record) => record['native_volume_id']);

describe('version and session', () => {
  it('the highest version that both know is used, compared as numbers', async () => {
    const versions = ['1.19', '2.2', '2.9', '2.36', '2.10', '2.99', '2.1000', '3.0', 'nonsense'];
    const { array, open } = await opened({ versions });
    await open.getStorage();
    expect(array.stats.logins).toBe(1);
    const { open: older, requests } = await bare(() => undefined, ['2.9', '2.10', '2.8']);
    await older.list('listVolumes');
    expect(requests.map(({ path }) => path)).toContain('/api/2.10/volumes');
  });

  it('an array without REST 2 is a configuration error that says so', async () => {
    const { open } = await bare(() => undefined, ['1.0', '1.19', '2.0', '2.1']);
    await expect(open.getStorage()).rejects.toThrow(ConfigurationError);
    await expect(open.getStorage()).rejects.toThrow(/REST 1\.0.*2\.2 or later/);
  });

  it('a token that is revoked ends the array at once, without a second try', async () => {
    const { array, open } = await opened();
    await open.list('listVolumes');
    array.revokeToken();
    const lost = open.list('listVolumes');
    await expect(lost).rejects.toThrow(AuthenticationFailed);
    await expect(lost).rejects.toThrow(/token is wrong, has expired or was deleted/);
    expect(array.stats.logins).toBe(2);
  });

  it('a session that has ended is opened once more, for all that found out', async () => {
    const { array, open } = await opened();
    await open.list('listVolumes');
    array.expireSessions();
    await Promise.all([open.list('listVolumes'), open.list('listStorageHosts')]);
    expect(array.stats.logins).toBe(2);
    expect(open.told).toEqual([]);
  });

  it('403 costs the one list that the account may not read', async () => {
    const { open } = await bare((endpoint) =>
      endpoint === 'hosts' ? { status: 403, message: 'Operation not permitted.' } : undefined,
    );
    await expect(open.list('listStorageHosts')).rejects.toThrow(AccessDenied);
    expect(await open.list('listVolumes')).toEqual([]);
  });
});

describe('pages', () => {
  it('go on by token, each with the query of the first', async () => {
    const { open, asked } = await bare((endpoint, { query }) => {
      if (endpoint !== 'volumes') return undefined;
      const at = Number(query.get('continuation_token') ?? 0);
      return {
        items: volumes(at, 2),
        more_items_remaining: at < 4,
        continuation_token: at < 4 ? String(at + 2) : null,
      };
    });
    expect(idsOf(await open.list('listVolumes'))).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
    expect(
      asked('volumes').map(({ query }) => [query.get('limit'), query.get('destroyed')]),
    ).toEqual(Array.from({ length: 3 }, () => ['1000', 'false']));
  });

  it('go on by number where there is no token, from what was really there', async () => {
    const { open, asked } = await bare((endpoint, { query }) => {
      if (endpoint !== 'hardware') return undefined;
      const at = Number(query.get('offset') ?? 0);
      const items = Array.from({ length: Math.min(3, 7 - at) }, (_, index) => ({
        name: `CT0.FAN${at + index}`,
        type: 'cooling',
        status: 'ok',
      }));
      return { items, more_items_remaining: at + 3 < 7, continuation_token: null };
    });
    expect(await open.list('listComponents')).toHaveLength(7);
    expect(asked('hardware').map(({ query }) => query.get('offset'))).toEqual([null, '3', '6']);
  });

  it('go on until one is empty where nothing says whether there are more', async () => {
    const { open } = await bare((endpoint, { query }) => {
      if (endpoint !== 'volumes') return undefined;
      const at = Number(query.get('offset') ?? 0);
      return { items: at < 4 ? volumes(at, 2) : [], more_items_remaining: null };
    });
    expect(await open.list('listVolumes')).toHaveLength(4);
  });

  it('end where the array sends the same again', async () => {
    const { open, asked } = await bare((endpoint) =>
      endpoint === 'volumes' ? { items: volumes(0, 2), more_items_remaining: true } : undefined,
    );
    expect(await open.list('listVolumes')).toHaveLength(2);
    expect(asked('volumes')).toHaveLength(2);
  });

  it('bring an object once that stands on two of them', async () => {
    const { open } = await bare((endpoint, { query }) => {
      if (endpoint !== 'volumes') return undefined;
      const isFirst = !query.has('offset');
      return { items: volumes(isFirst ? 0 : 1, 2), more_items_remaining: isFirst };
    });
    expect(idsOf(await open.list('listVolumes'))).toEqual(['v0', 'v1', 'v2']);
    expect(open.drops).toEqual([]);
  });

  it('that hold less than the array announced are told', async () => {
    const { open } = await bare((endpoint) =>
      endpoint === 'volumes'
        ? { items: volumes(0, 2), more_items_remaining: false, total_item_count: 5 }
        : undefined,
    );
    expect(await open.list('listVolumes')).toHaveLength(2);
    expect(open.told.map(({ error }) => error.message)).toContainEqual(
      expect.stringContaining('2 objects of the 5'),
    );
  });
});

describe('records', () => {
  it('what is destroyed is left out even by an array that lists it all the same', async () => {
    const { open } = await bare((endpoint) =>
      endpoint === 'volumes'
        ? { items: [{ id: 'a' }, { id: 'b', destroyed: true }], more_items_remaining: false }
        : undefined,
    );
    expect(idsOf(await open.list('listVolumes'))).toEqual(['a']);
  });

  it('snapshots beyond 50,000 are counted by the array alone', async () => {
    const { open, asked } = await bare((endpoint) => {
      const more_items_remaining = false;
      if (endpoint === 'arrays') return { items: [{ id: 'array' }], more_items_remaining };
      if (endpoint === 'volumes') return { items: volumes(0, 1), more_items_remaining };
      if (endpoint !== 'volume-snapshots') return undefined;
      return { items: [{ id: 's' }], more_items_remaining: true, total_item_count: 60_000 };
    });
    expect((await open.getStorage()).snapshot_count).toBe(60_000);
    expect(await open.list('listVolumes')).not.toContainEqual(
      expect.objectContaining({ snapshot_count: expect.anything() }),
    );
    expect(asked('volume-snapshots').every(({ query }) => query.get('limit') === '1')).toBe(true);
    expect(open.told).toEqual([]);
  });

  it('a collection that this version lacks is not asked for', async () => {
    const { array, open } = await opened({ generation: '2.2' });
    await open.getStorage();
    const before = array.stats.requests;
    await expect(open.list('listFilesystems')).rejects.toThrow(NotSupported);
    expect(array.stats.requests).toBe(before);
  });

  it('file services that are off are no failure', async () => {
    const { open } = await opened({ scenario: 'unlicensed' });
    await expect(open.list('listFilesystems')).rejects.toThrow(NotSupported);
    await expect(open.list('listQuotas')).rejects.toThrow(NotSupported);
    expect(open.told).toEqual([]);
  });

  it('without its id the array claims no volume', async () => {
    const { open } = await bare((endpoint) => {
      if (endpoint === 'arrays') return { status: 500 };
      return endpoint === 'volumes'
        ? { items: volumes(0, 1), more_items_remaining: false }
        : undefined;
    });
    const [volume] = (await open.list('listVolumes')) as readonly Fields[];
    expect(volume).not.toHaveProperty('native_storage_pool_id');
    expect(open.told.length).toBeGreaterThan(0);
  });
});

describe('performance', () => {
  const collect = async (open: OpenedDriver, begin: number, end: number) => {
    const { session } = open;
    const capabilities = await session.call('getCapabilities', (one, signal) =>
      one.getCapabilities?.(signal),
    );
    const asked: ResourceMetrics = capabilities.resource_metrics;
    const metrics = await session.call('collectPerfMetrics', (one, signal) =>
      gather(one.collectPerfMetrics?.(asked, begin, end, signal)),
    );
    return { asked, metrics: metrics as readonly MetricBatch[] };
  };

  it('a gap of half an hour is filled from the history', async () => {
    const { open } = await opened({ volumes: 2, pageLimit: 200 });
    const end = Date.now();
    const { metrics } = await collect(open, end - 30 * 60_000, end);
    const reads = metrics.filter(
      ({ name, resource_type: type }) => name === 'readIops' && type === 'storage',
    );
    const times = reads.flatMap((batch) => Array.from(batch.times));
    expect(times).toHaveLength(60);
    expect(new Set(times).size).toBe(60);
  });

  it('latency is the time of the array alone; mirrored writes count nowhere', async () => {
    const row = {
      id: 'v', name: 'n', time: 1_700_000_010_000, reads_per_sec: 3, writes_per_sec: 2,
      mirrored_writes_per_sec: 900, usec_per_read_op: 100, san_usec_per_read_op: 7_000,
      queue_usec_per_read_op: 50, qos_rate_limit_usec_per_read_op: 9_000, service_usec_per_read_op: 60,
      usec_per_write_op: 200, usec_per_mirrored_write_op: 8_000, bytes_per_op: 1, bytes_per_read: 512,
    }; // prettier-ignore
    const { open } = await bare((endpoint) =>
      endpoint === 'volumes/performance'
        ? { items: [row], more_items_remaining: false }
        : undefined,
    );
    const { metrics } = await collect(open, 1_700_000_000_000, 1_700_000_060_000);
    const found = Object.fromEntries(
      metrics.map(({ name, unit, values }) => [name, [values[0], unit]]),
    );
    expect(found).toEqual({
      readIops: [3, 'IOPS'],
      writeIops: [2, 'IOPS'],
      iops: [5, 'IOPS'],
      readResponseTime: [100, 'us'],
      writeResponseTime: [200, 'us'],
      readIoSize: [512, 'B'],
    });
  });

  it('what a version does not measure is no capability, and not asked for', async () => {
    const { open, asked } = await bare(() => undefined, ['2.15']);
    const { asked: measured } = await collect(open, 0, 1);
    expect(Object.keys(measured).sort()).toEqual([
      'filesystem',
      'port',
      'storage',
      'storagePool',
      'volume',
      'volumeGroup',
    ]);
    expect(asked('hosts/performance')).toEqual([]);
  });

  it('a type that can not be read is told, and costs the others nothing', async () => {
    const row = { id: 'a', name: 'a', time: 1_700_000_010_000, reads_per_sec: 1 };
    const { open } = await bare((endpoint) => {
      if (endpoint === 'volumes/performance') return { status: 500 };
      return endpoint === 'arrays/performance'
        ? { items: [row], more_items_remaining: false }
        : undefined;
    });
    const { metrics } = await collect(open, 1_700_000_000_000, 1_700_000_060_000);
    expect(metrics.map(({ name }) => name)).toEqual(['readIops']);
    expect(open.told.map(({ error }) => error.message)).toContainEqual(
      expect.stringContaining('/volumes/performance'),
    );
  });

  it('the newest sample has the time of the array', async () => {
    const { open } = await bare((endpoint) =>
      endpoint === 'arrays/performance'
        ? { items: [{ id: 'a', time: 1_700_000_012_345 }], more_items_remaining: false }
        : undefined,
    );
    const time = await open.session.call('getLatestPerfTimestamp', (one, signal) =>
      one.getLatestPerfTimestamp?.(signal),
    );
    expect(time).toBe(1_700_000_012_345);
  });
});

const PURE = '1.3.6.1.4.1.40482';

function trap(notification: string, fields: Readonly<Record<string, string | number>>): Trap {
  return {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: `${PURE}.2.${notification}`,
    varbinds: Object.entries(fields).map(([column, value]) => ({
      oid: `${PURE}.3.${column}`,
      type: typeof value === 'number' ? 'Integer' : 'OctetString',
      value: typeof value === 'number' ? value : new TextEncoder().encode(value),
    })),
    source: '192.0.2.1',
    received_at: 1_700_000_000_000,
  };
}

const parse = (one: Trap) =>
  driver.parseAlert?.(one, { storageId: TEST_SYSTEM, timezone: 'UTC' }) as Alert;

describe('alerts', () => {
  const COMPONENT = 'Service: x, Filter: (&(gidNumber=1)(objectClass=group))';
  const alert = (more: Body = {}) => ({
    id: 'a', name: '17', code: 231, state: 'open', severity: 'warning', category: 'array', created: 5,
    component_type: 'directory_service', component_name: COMPONENT, issue: 'Lookup failed.', ...more,
  }); // prettier-ignore
  const listing =
    (...items: Body[]) =>
    (endpoint: string) =>
      endpoint === 'alerts' ? { items, more_items_remaining: false } : undefined;

  it('are the same by trap and by poll', async () => {
    const { open } = await bare(listing(alert()));
    const [polled] = await open.alerts();
    for (const fields of [
      { '4': 231, '5': `(directory_service:${COMPONENT}): Lookup failed.`, '7': 3 },
      {
        '4.0': 231,
        '5.0': 'fa: warning',
        '6.0': `x\n(directory_service:${COMPONENT}): Lookup failed. Expected: , Actual: `,
      },
    ]) {
      for (const notification of ['51', '0.51']) {
        const { match_key, severity, category, alert_id, location, alert_name } = parse(
          trap(notification, fields),
        );
        expect({ match_key, severity, category, alert_id, location, alert_name }).toEqual({
          match_key: polled?.match_key,
          severity: polled?.severity,
          category: polled?.category,
          alert_id: polled?.alert_id,
          location: polled?.location,
          alert_name: polled?.alert_name,
        });
      }
    }
  });

  it('have the severity of the notification; the reminder is a counter', () => {
    const fields = { '4': 7, '5': '(hardware:CT0.FC1): failure', '7': 2 };
    const severities = ['50', '51', '52'].map((one) => parse(trap(one, fields)).severity);
    expect(severities).toEqual(['Informational', 'Warning', 'Critical']);
    expect(parse(trap('53', fields))).toBeUndefined();
  });

  it('that a trap does not name are asked for', () => {
    const silent = [
      { '4': 7, '5': 'cto.server error' },
      { '5': '(hardware:CT0): bad' },
      { '4': 7, '5': '(broken:' },
      {},
    ];
    for (const fields of silent) {
      expect(() => parse(trap('52', fields))).toThrow(IncompleteTrapInformation);
    }
  });

  it('of the same code and component keep apart: the oldest has the key of the trap', async () => {
    const { open } = await bare(
      listing(alert({ id: 'b', name: '18', created: 9 }), alert(), alert()),
    );
    const alerts = await open.alerts();
    const keys = new Map(alerts.map((one) => [one.sequence_number, one.match_key]));
    expect(keys.size).toBe(2);
    const [trapped] = [parse(trap('51', { '4': 231, '5': `(directory_service:${COMPONENT}): x` }))];
    expect(keys.get('17')).toBe(trapped.match_key);
    expect(keys.get('18')).not.toBe(trapped.match_key);
  });

  it('are open or closing, also where the array refuses to filter', async () => {
    const all = ['open', 'closing', 'closed'].map((state, index) =>
      alert({ id: state, name: state, state, code: index }),
    );
    const { open, asked } = await bare((endpoint, { query }) => {
      if (endpoint !== 'alerts') return undefined;
      if (query.has('filter')) return { status: 400, message: 'Invalid filter.' };
      return { items: all, more_items_remaining: false };
    });
    expect((await open.alerts()).map((one) => one.sequence_number)).toEqual(['open', 'closing']);
    expect(asked('alerts')).toHaveLength(2);
  });

  it('are those of the period asked for', async () => {
    const { open } = await bare(
      listing(alert(), alert({ id: 'b', name: '18', code: 1, created: 50 })),
    );
    const found = await open.alerts({ begin_time: 10, end_time: 60 });
    expect(found.map((one) => one.sequence_number)).toEqual(['18']);
  });
});

describe('commands', () => {
  const target = (more: Partial<TrapConfig> = {}): TrapConfig => ({
    host: '192.0.2.50',
    port: 10_162,
    version: 'v2c',
    community: new Secret('public-ish'),
    ...more,
  });
  const clear = (open: OpenedDriver, name: string) =>
    open.session.call('clearAlert', async (one, signal) => {
      await one.clearAlert?.(name, signal);
      return true;
    });
  const change = (
    open: OpenedDriver,
    method: 'addTrapConfig' | 'removeTrapConfig',
    config: TrapConfig,
  ) =>
    open.session.call(method, async (one, signal) => {
      await one[method]?.(config, signal);
      return true;
    });

  it('clearing an alert takes its flag off', async () => {
    const { array, open } = await opened();
    await clear(open, '10911317');
    expect(array.stats.writes).toEqual(['PATCH /api/2.36/alerts']);
    await expect(clear(open, 'no such')).rejects.toThrow(/does not exist/);
  });

  it('trap targets are made once and removed again', async () => {
    const { array, open } = await opened();
    await change(open, 'addTrapConfig', target());
    await change(open, 'addTrapConfig', target());
    expect(array.stats.writes).toHaveLength(1);
    await change(open, 'removeTrapConfig', target());
    await change(open, 'removeTrapConfig', target());
    expect(array.stats.writes.map((line) => line.split(' ')[0])).toEqual(['POST', 'DELETE']);
  });

  it('a target has what its version of SNMP needs', async () => {
    const { open, asked } = await bare(() => undefined);
    const auth = { protocol: 'SHA', key: new Secret('auth-key') };
    const priv = { protocol: 'aes', key: new Secret('priv-key') };
    const user = { name: 'delfin', auth, priv };
    await change(
      open,
      'addTrapConfig',
      target({ version: 'v3', user, port: 162, host: '2001:db8::1' }),
    );
    const posted = asked('snmp-managers').find(({ method }) => method === 'POST');
    expect(JSON.parse(posted?.body ?? '')).toEqual({
      host: '2001:db8::1',
      notification: 'trap',
      version: 'v3',
      v3: {
        user: 'delfin',
        auth_protocol: 'SHA',
        auth_passphrase: 'auth-key',
        privacy_protocol: 'AES',
        privacy_passphrase: 'priv-key',
      },
    });
    const wrong: Partial<TrapConfig>[] = [
      { version: 'v1' },
      { version: 'v3' },
      { version: 'v3', user: { name: 'x', auth: { protocol: 'sha512', key: new Secret('k') } } },
    ];
    for (const more of wrong) {
      await expect(change(open, 'addTrapConfig', target(more))).rejects.toThrow(ConfigurationError);
    }
  });
});
