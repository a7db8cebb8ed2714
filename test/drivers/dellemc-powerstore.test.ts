/** Dell PowerStore: conformance, its session, its pages, what older software does not know. */
import { afterEach, describe, expect, it } from 'vitest';
import { AuthenticationFailed } from 'delfin-agent/driver';
import driver from '../../drivers/dellemc-powerstore/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { sendJson, serve, type ServedRequest } from '../kit/http-server.ts';
import { openDriver, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import { simulator, start, type StartOptions } from '../simulators/dellemc-powerstore/index.ts';

describeConformance({ driver, simulator, windowMs: 3 * 60_000 });

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of cleanup.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function opened(options: StartOptions = {}) {
  const running = await start({ seed: 7, volumes: 6, snapshots: 4, ...options });
  cleanup.push(running);
  const open = openDriver(driver, running.access);
  cleanup.push(open);
  return { running, open };
}

interface Reply {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server of its own answers: rows, or a reply; undefined: it knows no such resource. */
async function bare(
  answer: (resource: string, request: ServedRequest) => readonly Fields[] | Reply | undefined,
  session: Fields = {},
): Promise<{ open: OpenedDriver; requests: ServedRequest[] }> {
  const requests: ServedRequest[] = [];
  const served = await serve((request, response) => {
    requests.push(request);
    const resource = request.path.replace('/api/rest/', '');
    if (resource === 'login_session') {
      const headers = { 'set-cookie': 'auth_cookie=a==b=; Path=/', 'DELL-EMC-TOKEN': 'token' };
      sendJson(response, 200, [{ id: '1', ...session }], headers);
      return;
    }
    const given = answer(resource, request);
    const messages = [{ code: '0xE04040010002', severity: 'Error', message_l10n: 'Not found.' }];
    if (given === undefined) sendJson(response, 404, { messages });
    else if ('body' in given) sendJson(response, given.status ?? 200, given.body, given.headers);
    else sendJson(response, 200, given);
  });
  cleanup.push(served);
  const { port } = served;
  const rest = { host: '127.0.0.1', port, username: 'u', password: 'p', insecure: true };
  const open = openDriver(driver, { rest });
  cleanup.push(open);
  return { open, requests };
}

const volumes = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ id: `v${from + index}`, logical_used: 1 }));

describe('session', () => {
  it('drops the credentials once it has a cookie, and sends its token with what is no GET', async () => {
    const { open, requests } = await bare((resource) =>
      resource === 'cluster' ? [{ id: '0' }] : [],
    );
    await open.getStorage();
    const [login, ...others] = requests;
    expect(login?.headers.authorization).toMatch(/^Basic /);
    expect(others.filter(({ headers }) => headers.authorization)).toEqual([]);
    expect(new Set(others.map(({ headers }) => headers.cookie))).toEqual(
      new Set(['auth_cookie=a==b=']),
    );
    const posts = others.filter(({ method }) => method === 'POST');
    expect(posts.map(({ headers }) => headers['dell-emc-token'])).toEqual(['token']);
  });

  it('is refused where the password must be changed, and logs out', async () => {
    const { open, requests } = await bare(() => [], { is_password_change_required: true });
    await expect(open.getStorage()).rejects.toThrow(AuthenticationFailed);
    expect(requests.at(-1)?.path).toBe('/api/rest/logout');
  });

  it('lives on after the array forgot it, as one', async () => {
    const { open, running } = await opened();
    await open.list('listVolumes');
    running.expireSessions();
    expect(await open.list('listVolumes')).toHaveLength(6);
    expect(running.stats).toMatchObject({ logins: 2, maxOpenSessions: 1 });
  });
});

describe('pages', () => {
  const page = (all: readonly Fields[], { query }: ServedRequest, size: number): Reply => {
    const offset = Number(query.get('offset') ?? 0);
    const body = all.slice(offset, offset + size);
    const range = `${offset}-${offset + body.length - 1}/${all.length}`;
    return { status: 206, body, headers: { 'content-range': range } };
  };

  it('reads as many as Content-Range announces, however the array cuts them', async () => {
    const all = volumes(7);
    const { open, requests } = await bare((resource, request) =>
      resource === 'volume' && !/type=eq/.test(request.url) ? page(all, request, 3) : [],
    );
    expect(await open.list('listStorageHosts')).toEqual([]);
    expect(await open.list('listVolumes')).toHaveLength(7);
    const asked = requests.filter(({ url }) => url.includes('neq.Snapshot'));
    expect(asked.map(({ query }) => query.get('offset'))).toEqual([null, '3', '6']);
    expect(new Set(asked.map(({ query }) => query.get('order')))).toEqual(new Set(['id']));
  });

  it('takes a page beyond the end for the end, and tells what has gone meanwhile', async () => {
    const { open } = await bare((resource, request) => {
      if (resource !== 'host') return [];
      if (request.query.has('offset')) {
        const messages = [
          { code: '0xE04040010005', message_l10n: 'The range is not satisfiable.' },
        ];
        return { status: 416, body: { messages } };
      }
      return page(volumes(5), request, 4);
    });
    expect(await open.list('listStorageHosts')).toHaveLength(4);
    expect(open.told.map(({ error }) => error.message)).toEqual([
      'GET /host: 4 objects of the 5 that the array announced',
    ]);
  });

  it('asks on after a full page that says nothing of the rest', async () => {
    const { open } = await bare((resource, { query }) => {
      if (resource !== 'host') return [];
      return Number(query.get('offset') ?? 0) > 0 ? volumes(1, 2_000) : volumes(2_000);
    });
    expect(await open.list('listStorageHosts')).toHaveLength(2_001);
  });
});

describe('older software', () => {
  it('is asked for all it has where it refuses an attribute, and not again within the hour', async () => {
    const { open, running } = await opened({ generation: 'v2' });
    const count = async () => {
      const before = running.stats.requests;
      await open.list('listFilesystems');
      return running.stats.requests - before;
    };
    await open.list('listStorageHosts');
    const counts = [await count(), await count(), await count()];
    // One question less for file systems, one for appliances.
    expect(counts[2]).toBe((counts[0] ?? 0) - 2);
    expect(open.told).toEqual([]);
  });

  it('is not asked about another attribute after a fault', async () => {
    const selects: (string | null)[] = [];
    const { open } = await bare((resource, { query }) => {
      if (resource !== 'host') return [];
      selects.push(query.get('select'));
      return selects.length === 1 ? { status: 500, body: {} } : [{ id: 'h' }];
    });
    expect(await open.list('listStorageHosts')).toHaveLength(1);
    expect(new Set(selects).size).toBe(1);
  });

  it('tells what volumes hold a request each, up to five hundred', async () => {
    const asked = async (count: number) => {
      const rows = volumes(count).map(({ id }) => ({ id, size: 100 }));
      const { open, requests } = await bare((resource, { url, body }) => {
        if (resource === 'volume') return url.includes('neq') ? rows : [];
        return body.includes('space_metrics_by_volume') ? [{ logical_used: 40 }] : [];
      });
      const [first] = (await open.list('listVolumes')) as readonly Fields[];
      const posts = requests.filter(({ path }) => path.endsWith('/metrics/generate')).length;
      return { posts, used: first?.['used_capacity'], free: first?.['free_capacity'] };
    };
    expect(await asked(500)).toEqual({ posts: 500, used: 40, free: 60 });
    expect(await asked(501)).toEqual({ posts: 0, used: undefined, free: undefined });
  });
});

describe('lists', () => {
  it('of several resources go on without one that fails, which is told', async () => {
    const { open } = await bare((resource) => {
      if (resource === 'fc_port') return { status: 500, body: {} };
      return resource === 'sas_port' ? [{ id: 's', speed: '12_Gbps' }] : [];
    });
    expect(await open.list('listPorts')).toMatchObject([{ native_port_id: 's', speed: 12e9 }]);
    expect(open.told.map(({ error }) => error.message)).toEqual(['GET /fc_port: HTTP 500']);
  });

  it('keep what an object lacks to its field', async () => {
    const { open } = await bare((resource) =>
      resource === 'hardware' ? [{ id: 'd', type: 'Drive' }, { type: 'Drive' }] : [],
    );
    expect(await open.list('listDisks')).toMatchObject([{ native_disk_id: 'd' }]);
    // What is no drive without an id is counted.
    const drop = { reason: 'invalid_record', list: 'disks', field: 'native_disk_id', index: 1 };
    expect(open.drops).toEqual([drop]);
  });

  it('ask about the wear of a drive once in six hours', async () => {
    const { open, requests } = await bare((resource) => {
      if (resource === 'hardware') return [{ id: 'd', type: 'Drive' }];
      return resource === 'metrics/generate' ? [{ percent_endurance_remaining: 97 }] : [];
    });
    for (let round = 0; round < 3; round += 1) {
      expect(await open.list('listDisks')).toMatchObject([{ endurance_remaining: 0.97 }]);
    }
    expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});
