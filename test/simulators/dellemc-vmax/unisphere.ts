/** The REST server: authentication, versions, iterators, lists and details. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import { CANARY_PASSWORD } from '../../kit/simulator.ts';
import * as answers from './answers.ts';
import { ARRAY_ID, REMOTE_ID, type Model } from './data.ts';
import { bulk } from './bulk.ts';
import { replication } from './copies.ts';
import { performance } from './measuring.ts';
import {
  BULK_PREFIX,
  NOT_FOUND,
  PAGE_SIZE,
  type Answer,
  type Paged,
  type UnisphereOptions,
} from './protocol.ts';

const PREFIX = '/univmax/restapi';
export const USER = 'monitor';
const BUSY_EVERY = 40;

export function createUnisphere(options: UnisphereOptions) {
  const { model, scenario, stats, about, pageSize = PAGE_SIZE } = options;
  const iterators = new Map<string, readonly unknown[]>();
  /** Sessions of the server itself: one for each request that comes without the cookie of one. */
  const sessions = new Set<string>();
  let made = 0;
  const expired = new Set<string>();
  let count = 0;

  function paged(entries: readonly unknown[]): Answer {
    made += 1;
    const id = `${made}bdbf48-65f0-4271-999b-22412c457cd5_0`;
    // Those of one page are not worth keeping.
    if (entries.length > pageSize) iterators.set(id, entries);
    const result = entries.slice(0, pageSize);
    const resultList = { result, from: 1, to: result.length };
    const expirationTime = Date.now() + 300_000;
    return [200, { resultList, id, count: entries.length, expirationTime, maxPageSize: pageSize }];
  }

  function page(id: string, { method, query }: ServedRequest): Answer {
    if (method === 'DELETE')
      return iterators.delete(id)
        ? [204, undefined]
        : [404, { message: `Iterator ${id} not found.` }];
    const entries = iterators.get(id);
    if (scenario === 'expired' && !expired.has('iterator')) {
      expired.add('iterator');
      iterators.delete(id);
    }
    if (!entries || !iterators.has(id)) return [404, { message: `Iterator ${id} not found.` }];
    const from = Number(query.get('from'));
    const to = Number(query.get('to'));
    if (options.repeatsPages)
      return [200, { result: entries.slice(0, pageSize), from: 1, to: pageSize }];
    if (to - from + 1 > pageSize) return [400, { message: 'The page is too large.' }];
    return [200, { result: entries.slice(from - 1, to), from, to }];
  }

  function route(request: ServedRequest): Answer {
    const [path = ''] = request.url.slice(PREFIX.length + 1).split('?');
    const parts = path.replace(/\/$/, '').split('/').map(decodeURIComponent);
    if (path === 'version')
      return model.generation === '84' ? NOT_FOUND : [200, answers.versionOf(model)];
    if (path === 'system/version') return [200, answers.versionOf(model)];
    if (parts[0] === 'common') return page(parts[2] ?? '', request);
    if (parts[0] === 'performance') return performance(options, parts.slice(1), request, paged);
    if (parts[0] !== (model.generation === '101' ? '100' : model.generation)) return NOT_FOUND;
    return resource(options, parts.slice(1), request, paged);
  }

  function answer(request: ServedRequest): Answer {
    if (scenario === 'locked') return [401, { message: 'The user account is locked.' }];
    if (about && request.path === `${PREFIX}/version`) return [200, about];
    const wanted = `Basic ${Buffer.from(`${USER}:${CANARY_PASSWORD}`).toString('base64')}`;
    if (scenario === 'badpassword' || request.headers.authorization !== wanted) {
      stats.logins += 1;
      return [401, { message: 'Unauthorized' }];
    }
    if (scenario === 'busy' && count % BUSY_EVERY === 0) {
      return [503, { message: 'The server is busy, try again later.' }];
    }
    if (options.broken && request.path.endsWith(options.broken)) {
      const [status, message] = options.brokenSays ?? [500, 'Internal error.'];
      return [status, { message }];
    }
    const [once = ''] = /maskingview$|hostgroup$/.exec(request.path) ?? [];
    if (scenario === 'expired' && once !== '' && !expired.has(once)) {
      expired.add(once);
      return [401, { message: 'The session has expired.' }];
    }
    if (!request.path.startsWith(BULK_PREFIX)) return route(request);
    if (model.generation !== '101') return NOT_FOUND;
    return bulk(options, request);
  }

  /** Whoever brings no session gets a new one, which lives for half an hour. */
  function join(request: ServedRequest, response: ServerResponse): void {
    const id = /JSESSIONID=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
    if (id !== undefined && sessions.has(id)) return;
    const fresh = `s${sessions.size + 1}`;
    sessions.add(fresh);
    response.setHeader('set-cookie', `JSESSIONID=${fresh}; Path=/univmax; Secure; HttpOnly`);
  }

  return {
    handle(request: ServedRequest, response: ServerResponse): void {
      stats.requests += 1;
      count += 1;
      if (![`${PREFIX}/`, BULK_PREFIX].some((prefix) => request.path.startsWith(prefix))) {
        return sendJson(response, 404, {});
      }
      join(request, response);
      const isQuery =
        request.method === 'POST' && /\/performance\/\w+\/(keys|metrics)$/.test(request.path);
      // The end of an iterator changes nothing of the array.
      const isEnd = request.method === 'DELETE' && request.path.includes('/common/Iterator/');
      if (request.method !== 'GET' && !isQuery && !isEnd)
        stats.writes.push(`${request.method} ${request.path}`);
      if (count > 1 && scenario === 'hang') return;
      if (count > 1 && scenario === 'garbage') return garbage(response, count);
      const [status, body] = answer(request);
      if (status === 204) return void response.writeHead(204).end();
      sendJson(response, status, body);
    },
    expireSessions() {
      iterators.clear();
      sessions.clear();
    },
    /** What the server holds for its clients. */
    held: () => ({ sessions: sessions.size, iterators: iterators.size }),
  };
}

function garbage(response: ServerResponse, count: number): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(count % 2 ? '<html><body>Unisphere</body></html>' : '{"symmetrixId": ["0002979');
}

const found = (body: unknown): Answer =>
  body === undefined ? [404, { message: 'No such object.' }] : [200, body];

function resource(
  options: UnisphereOptions,
  [area = '', kind, array, ...rest]: readonly string[],
  request: ServedRequest,
  paged: Paged,
): Answer {
  const { model, scenario, deletesAlerts } = options;
  if (area === 'system' && kind === 'snmp') return trapReceivers(request);
  if (kind !== 'symmetrix') return NOT_FOUND;
  if (array === undefined) return [200, { symmetrixId: [REMOTE_ID, ARRAY_ID] }];
  const [type = '', id] = rest;
  if (area === 'system' && type === '') {
    return array === ARRAY_ID || array === REMOTE_ID
      ? [200, answers.systemOf(model, array)]
      : NOT_FOUND;
  }
  if (array !== ARRAY_ID) return NOT_FOUND;
  if (scenario === 'unlicensed' && (type === 'maskingview' || type === 'disk')) {
    return [type === 'disk' ? 403 : 500, { message: 'This feature is not licensed.' }];
  }
  if (type === 'director') {
    return (area === 'sloprovisioning') === (model.generation === '84')
      ? directors(model, rest.slice(1))
      : NOT_FOUND;
  }
  if (deletesAlerts && request.method === 'PUT') return [405, { message: 'Method Not Allowed' }];
  if (area === 'replication') return replication(model, rest);
  if (area === 'system') return systemObjects(options, rest, request);
  if (type === '') return [200, answers.provisioningOf(model)];
  if (type === 'volume' && id === undefined) {
    const volumes = volumesFor(model, request.query);
    const isFiltered = request.query.has('storageGroupId');
    // Old versions answer a filter that matches nothing so.
    if (isFiltered && volumes.length === 0 && ['84', '90'].includes(model.generation)) {
      return [404, { message: 'No volumes match the filter.' }];
    }
    return paged(volumes);
  }
  return provisioned(model, type, id);
}

function volumesFor(model: Model, query: URLSearchParams): readonly unknown[] {
  const group = query.get('storageGroupId');
  const hidden = query.get('data_volume') === 'false' ? [] : model.dataDevices;
  const volumes = model.volumes.filter(({ groups }) => group === null || groups.includes(group));
  const ids = [...volumes.map(({ id }) => id), ...(group === null ? hidden : [])];
  return ids.map((volumeId) => ({ volumeId }));
}

function provisioned(model: Model, type: string, id: string | undefined): Answer {
  const collection = <T>(
    field: string,
    objects: readonly T[],
    key: (one: T) => string,
    detail: (one: T) => unknown,
  ): Answer => {
    if (id === undefined) return [200, objects.length > 0 ? { [field]: objects.map(key) } : {}];
    const object = objects.find((one) => key(one) === id);
    return found(object === undefined ? undefined : detail(object));
  };
  switch (type) {
    case 'srp':
      return collection(
        'srpId',
        model.pools,
        ({ id: pool }) => pool,
        (pool) => answers.poolOf(model, pool),
      );
    case 'storagegroup':
      return collection(
        'storageGroupId',
        model.groups,
        (group) => group.id,
        (group) => answers.groupOf(model, group.id),
      );
    case 'volume': {
      const volume = model.volumes.find((candidate) => candidate.id === id);
      return found(volume && answers.volumeOf(volume));
    }
    case 'host':
      return collection(
        'hostId',
        model.hosts,
        (host) => host,
        (hostId) => ({ hostId, type: 'Fibre' }),
      );
    case 'hostgroup':
      return collection(
        'hostGroupId',
        model.hostGroups,
        (group) => group.id,
        (group) => ({
          hostGroupId: group.id,
          num_of_hosts: group.hosts.length,
          host: group.hosts.map((hostId) => ({ hostId })),
        }),
      );
    case 'portgroup':
      return collection(
        'portGroupId',
        model.portGroups,
        (group) => group.id,
        (group) => ({
          portGroupId: group.id,
          symmetrixPortKey: group.ports.map((port) => answers.memberPortOf(model, port)),
        }),
      );
    case 'initiator':
      return collection('initiatorId', model.initiators, (one) => one.id, answers.initiatorOf);
    case 'maskingview':
      return collection(
        'maskingViewId',
        model.views,
        (view) => view.id,
        (view) => ({
          maskingViewId: view.id,
          hostId: view.host,
          hostGroupId: view.hostGroup,
          storageGroupId: view.group,
          portGroupId: view.portGroup,
        }),
      );
    default:
      return NOT_FOUND;
  }
}

function directors(model: Model, [id, port, number]: readonly string[]): Answer {
  if (id === undefined)
    return [200, { directorId: model.directors.map((director) => director.id) }];
  const director = model.directors.find((candidate) => candidate.id === id);
  if (!director) return NOT_FOUND;
  if (port === undefined) return [200, answers.directorOf(director)];
  if (number === undefined) {
    if (director.ports.length === 0) return id.startsWith('IM') ? NOT_FOUND : [200, {}];
    return [200, { symmetrixPortKey: director.ports.map(answers.portKeyOf) }];
  }
  const one = director.ports.find((candidate) => candidate.id === number);
  return found(one && answers.portOf(one));
}

function systemObjects(
  { model, failedDisks }: UnisphereOptions,
  [type, id, checkId]: readonly string[],
  request: ServedRequest,
): Answer {
  if (type === 'disk') {
    if (model.generation === '84' || model.generation === '90') return NOT_FOUND;
    if (id === undefined) {
      const failed = request.query.get('failed') === 'true' && failedDisks !== 'all';
      if (failed && failedDisks) return [failedDisks[0], { message: failedDisks[1] }];
      const disks = model.disks.filter((disk) => !failed || disk.failed);
      return [200, { disk_ids: disks.map((disk) => disk.id) }];
    }
    const disk = model.disks.find((candidate) => candidate.id === id);
    return found(
      disk && { spindle_id: id, type: 'INCSTRM_0', vendor: disk.vendor, capacity: disk.gb },
    );
  }
  if (type === 'health') return healthChecks(model, checkId);
  if (type !== 'alert') return NOT_FOUND;
  if (id === undefined) {
    const wanted = request.query.get('acknowledged');
    const alerts = model.alerts.filter(
      ({ acknowledged }) => wanted === null || String(acknowledged) === wanted,
    );
    return [200, alerts.length > 0 ? { alertId: alerts.map((alert) => alert.id) } : {}];
  }
  const index = model.alerts.findIndex((candidate) => candidate.id === id);
  const alert = model.alerts[index];
  if (!alert) return [404, { message: `Alert ${id} not found.` }];
  if (request.method === 'PUT') {
    model.alerts[index] = { ...alert, acknowledged: true, state: 'ACKNOWLEDGED' };
    return [200, answers.alertOf(alert)];
  }
  if (request.method === 'DELETE') {
    model.alerts.splice(index, 1);
    return [204, undefined];
  }
  return [200, answers.alertOf(alert)];
}

function healthChecks({ generation, checks }: Model, id: string | undefined): Answer {
  if (generation === '84' || generation === '90') return NOT_FOUND;
  if (id === undefined) return [200, { health_check_id: checks.map((check) => check.id) }];
  const check = checks.find((one) => one.id === id);
  return found(
    check && {
      symmetrixId: ARRAY_ID,
      date: Number(check.id),
      execution_status: 'FAILED',
      testResult: check.results.map(([name, result]) => ({ item_name: `${name} Test `, result })),
    },
  );
}

function trapReceivers(request: ServedRequest): Answer {
  if (request.method === 'DELETE') return [204, undefined];
  if (request.method === 'POST') return [201, { id: 'b2' }];
  return [200, { snmp_traps: [{ id: 'a1', name: '192.0.2.50', port: 162, snmp_version: 'v1' }] }];
}
