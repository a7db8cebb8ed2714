/** What the simulated cluster does not do each time: each oddity, and what it may cost. */
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AccessDenied,
  AuthenticationFailed,
  ConfigurationError,
  errorType,
  InvalidResponse,
  Secret,
  type ResourceMetrics,
  type Session,
} from 'delfin-agent/driver';
import driver from '../../drivers/netapp-ontap/index.ts';
import { CERTIFICATE_FILE, sendJson, serve, type ServedRequest } from '../kit/http-server.ts';
import { openDriver, type OpenedDriver } from '../../src/testing/open.ts';
import { gather } from '../kit/samples.ts';
import { start, type StartOptions } from '../simulators/netapp-ontap/index.ts';

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of cleanup.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

const V914 = { full: 'NetApp Release 9.14.1: Tue', generation: 9, major: 14, minor: 1 };
const V98 = { full: 'NetApp Release 9.8P1: Tue', generation: 9, major: 8, minor: 0 };

type Answer = (request: ServedRequest) => unknown;
const error = (code: string) => ({ error: { code, message: 'no' } });

/** Answers with what it gets: a list is a collection, a pair a status and a body. */
async function odd(answer: Answer, version: unknown = V914) {
  const asked: ServedRequest[] = [];
  const served = await serve((request, response) => {
    if (request.url.endsWith('/api/cluster?fields=version')) {
      return sendJson(response, 200, { version });
    }
    asked.push(request);
    const body = answer(request) ?? [404, error('3')];
    if (Array.isArray(body) && typeof body[0] === 'number') {
      return sendJson(response, body[0], body[1]);
    }
    const page = Array.isArray(body) ? { records: body, num_records: body.length } : body;
    return sendJson(response, 200, page);
  });
  const rest = { host: '127.0.0.1', port: served.port, username: 'u', password: 'p:w', insecure: true }; // prettier-ignore
  const open = openDriver(driver, { rest });
  cleanup.push(served, open);
  return { open, asked };
}

async function simulated(options: StartOptions) {
  const array = await start(options);
  const open = openDriver(driver, array.access);
  cleanup.push(array, open);
  return { array, open };
}

const failure = (work: Promise<unknown>) => work.then(String, (reason: unknown) => reason);
const told = ({ told: all }: OpenedDriver) => all.map(({ error: one }) => one.message).join('\n');

describe('pages', () => {
  const pool = (uuid: string) => ({ uuid, name: uuid });
  const linked = (records: readonly unknown[], href: string) => ({
    records,
    num_records: records.length,
    _links: { next: { href } },
  });

  it('end at a link that leads back', async () => {
    const next = '/api/storage/aggregates?start.uuid=a';
    const { open } = await odd(({ query }) =>
      linked([pool(query.has('start.uuid') ? 'b' : 'a')], next),
    );
    expect(await failure(open.list('listStoragePools'))).toBeInstanceOf(InvalidResponse);
  });

  it('are not whole with fewer records than they count', async () => {
    const { open } = await odd(() => ({ records: [pool('a')], num_records: 2 }));
    expect(String(await failure(open.list('listStoragePools')))).toMatch(/2 records has 1/);
  });

  it('may have an error beside their records: it is told', async () => {
    const { open } = await odd(() => ({ records: [pool('a')], ...error('4') }));
    expect(await open.list('listStoragePools')).toHaveLength(1);
    expect(told(open)).toMatch(/aggregates: no/);
  });

  it('end where only empty ones follow each other', async () => {
    let count = 0;
    const { open } = await odd(() => linked([], `/api/storage/aggregates?start.uuid=${++count}`));
    expect(String(await failure(open.list('listStoragePools')))).toMatch(/only empty pages/);
  });
});

describe('fields', () => {
  const svm = { uuid: 's', name: 'svm' };
  const volume = { uuid: 'v', name: 'vol', svm, nas: { path: '/v' }, space: { size: 4_096 } };

  it('are all named, and unknown ones ignored, from 9.11.1 on', async () => {
    const { open, asked } = await odd(() => [volume]);
    await open.list('listFilesystems');
    expect(asked[0]?.query.get('ignore_unknown_fields')).toBe('true');
    expect(asked[0]?.query.get('fields')).toContain('space.logical_space');
  });

  it('are asked for as 9.8 has them, and fewer where that is refused, which is told', async () => {
    const refusing: Answer = ({ query }) =>
      query.get('fields') === '*' ? [volume] : [400, error('262197')];
    const { open, asked } = await odd(refusing, V98);
    expect(await open.list('listFilesystems')).toMatchObject([{ total_capacity: 4_096 }]);
    expect(asked.map(({ query }) => query.has('ignore_unknown_fields'))).toEqual([false, false]);
    expect(told(open)).toMatch(/refuses to tell guarantee/);
  });

  it('are never asked for otherwise after a fault', async () => {
    const { open, asked } = await odd(() => [500, error('262197')]);
    await failure(open.list('listFilesystems'));
    expect(new Set(asked.map(({ url }) => url)).size).toBe(1);
  });
});

describe('accounts', () => {
  it('of one SVM see that SVM in the place of the cluster', async () => {
    const { array, open } = await simulated({ isSvmAccount: true });
    const error_ = await failure(open.getStorage());
    // Two SVMs are none.
    expect(error_).toBeInstanceOf(AccessDenied);
    expect(await failure(open.list('listStoragePools'))).toBeInstanceOf(AccessDenied);
    expect(await open.list('listVolumes')).toHaveLength(26);
    expect(array.stats.logins).toBe(0);
  });

  it('of one SVM have its name and uuid, and no model', async () => {
    const { open } = await odd(({ path }) =>
      path === '/api/svm/svms' ? [{ uuid: 's', name: 'svm1' }] : [403, error('6')],
    );
    expect(await open.getStorage()).toMatchObject({ name: 'svm1', serial_number: 's' });
    expect(told(open)).toMatch(/nodes/);
  });

  it('whose password was changed are tried once more, and no more', async () => {
    let changed = false;
    let tries = 0;
    const served = await serve((_request, response) => {
      if (changed) tries += 1;
      if (changed) sendJson(response, 401, error('6691623'));
      else sendJson(response, 200, { version: V914, records: [], num_records: 0 });
    });
    const rest = { host: '127.0.0.1', port: served.port, username: 'u', password: 'p', insecure: true }; // prettier-ignore
    const open = openDriver(driver, { rest });
    cleanup.push(served, open);
    await open.list('listQtrees');
    changed = true;
    expect(await failure(open.list('listQtrees'))).toBeInstanceOf(AuthenticationFailed);
    // The request, and the question whether the account is still good.
    expect(tries).toBe(2);
  });

  it('may be known by a client certificate, without a password', async () => {
    const file = (name: string) => new URL(`../kit/tls/${name}`, import.meta.url).pathname;
    const seen: unknown[] = [];
    const options = {
      key: readFileSync(file('key.pem')),
      cert: readFileSync(CERTIFICATE_FILE),
      requestCert: true,
      rejectUnauthorized: false,
    };
    const server = createServer(options, (request, response) => {
      const shown = (request.socket as TLSSocket).getPeerCertificate().fingerprint256;
      seen.push([shown !== undefined, request.headers.authorization]);
      sendJson(response, 200, { version: V914, records: [], num_records: 0 });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const certified = { cert: CERTIFICATE_FILE, key: file('key.pem') };
    const open = openDriver(driver, {
      rest: { host: '127.0.0.1', port, insecure: true, ...certified },
    });
    cleanup.push({ [Symbol.asyncDispose]: async () => void server.close() }, open);
    expect(await open.list('listQtrees')).toEqual([]);
    expect(seen).toEqual([
      [true, undefined],
      [true, undefined],
    ]);
  });
});

describe('capacities', () => {
  it('are those of all aggregates together, if all tell theirs', async () => {
    const { array, open } = await simulated({ whole: true });
    expect(await open.getStorage()).toMatchObject(array.truth.storage);
    expect(array.truth.storage).toHaveProperty('total_capacity');
  });
});

describe('samples', () => {
  const BEGIN = Date.UTC(2026, 5, 1);
  const at = (seconds: number) => new Date(BEGIN + seconds * 1_000).toISOString();
  const asked: ResourceMetrics = {
    volume: { iops: { unit: 'IOPS', description: '' }, responseTime: { unit: 'us', description: '' } },
    controller: { cpuUsage: { unit: '%', description: '' } },
  }; // prettier-ignore

  async function collect(open: OpenedDriver, seconds = 60) {
    const metrics = await open.session.call('collectPerfMetrics', (session: Session, signal) =>
      gather(session.collectPerfMetrics?.(asked, BEGIN, BEGIN + seconds * 1_000, signal)),
    );
    return metrics.flatMap(({ name, values }) => Object.values(values).map((v) => [name, v]));
  }

  const counters = (seconds: number, operations: number, micros: number) => ({
    timestamp: at(seconds),
    status: 'ok',
    iops_raw: { total: operations },
    latency_raw: { total: micros },
    processor_utilization_raw: operations,
    processor_utilization_base: operations * 4,
  });

  it('without the word of the array are made of its counters, or told', async () => {
    let round = 0;
    const bad = { timestamp: at(15), status: 'partial_no_data', iops: { total: 1 } };
    // The last is after a reboot.
    const readings = [counters(0, 1_000, 5_000), counters(30, 4_000, 20_000), counters(60, 5, 5)];
    const { open } = await odd(({ path }) => {
      if (path === '/api/cluster/nodes' || path === '/api/storage/luns') {
        return [{ uuid: 'a', name: 'a', metric: bad, statistics: readings[round] }];
      }
      return [];
    });
    expect(await collect(open)).toEqual([]);
    expect(told(open)).toMatch(/no sample of 1 objects: partial_no_data/);
    round = 1;
    expect(await collect(open)).toEqual([
      ['cpuUsage', 25],
      ['iops', 100],
      ['responseTime', 5],
    ]);
    open.told.length = 0;
    round = 2;
    expect(await collect(open)).toEqual([]);
    expect(told(open)).toMatch(/no sample of 1 objects: partial_no_data/);
  });

  it('without a time are dropped and told; what is not measured is not', async () => {
    const metric = { status: 'ok', iops: { total: 5 } };
    const { open } = await odd(({ path }) =>
      path === '/api/storage/luns' ? [{ uuid: 'a', metric }, { uuid: 'offline' }] : [],
    );
    expect(await collect(open)).toEqual([]);
    expect(told(open)).toMatch(/no sample of 1 objects: no timestamp/);
    // What the array says of itself is a lack of it, no failure of the round.
    expect(open.told.map(({ error: one }) => errorType(one))).toEqual(['not_supported']);
  });

  it('that were missed are asked for of a hundred objects, and that there are more is told', async () => {
    const metric = { timestamp: at(600), status: 'ok', iops: { total: 5 } };
    const luns = Array.from({ length: 130 }, (_, index) => ({ uuid: `lun-${index}`, metric }));
    const { open, asked: requests } = await odd(({ path }) => {
      if (path === '/api/storage/luns') return luns;
      if (path.endsWith('/metrics')) return [{ ...metric, timestamp: at(585) }];
      return [];
    });
    expect(await collect(open, 600)).toHaveLength(230);
    expect(requests.filter(({ path }) => path.endsWith('/metrics'))).toHaveLength(100);
    expect(told(open)).toMatch(/missed samples of 30 objects/);
  });
});

describe('trap hosts', () => {
  const config = { host: 'agent.example.com', port: 162, version: 'v2c', community: new Secret('c') } as const; // prettier-ignore
  const add = (open: OpenedDriver, more: object = {}) =>
    open.session.call('addTrapConfig', (session: Session, signal) =>
      session.addTrapConfig?.({ ...config, ...more }, signal),
    );

  it('are added once and removed', async () => {
    const { array, open } = await simulated({});
    await add(open);
    await add(open);
    await open.session.call('removeTrapConfig', (session: Session, signal) =>
      session.removeTrapConfig?.(config, signal),
    );
    expect(array.stats.writes).toEqual([
      'POST /api/support/snmp/traphosts',
      'DELETE /api/support/snmp/traphosts/agent.example.com',
    ]);
  });

  it('are sent to at port 162 only, and as a user in v3', async () => {
    const { array, open } = await simulated({});
    expect(await failure(add(open, { port: 1162 }))).toBeInstanceOf(ConfigurationError);
    expect(await failure(add(open, { version: 'v3' }))).toBeInstanceOf(ConfigurationError);
    await add(open, { version: 'v3', user: { name: 'snmpv3' } });
    expect(array.stats.writes).toEqual(['POST /api/support/snmp/traphosts']);
  });
});
