/** The REST server: authentication, versions, iterators, lists and details. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import { CANARY_PASSWORD, type Scenario, type SimulatorStats } from '../../kit/simulator.ts';
import * as answers from './answers.ts';
import { ARRAY_ID, REMOTE_ID, type Model } from './data.ts';
import {
  available,
  countersOf,
  isOffered,
  measuredOf,
  sampleOf,
  timesIn,
  type Measured,
} from './performance.ts';

const PREFIX = '/univmax/restapi';
const BULK_PREFIX = '/univmax/rest/v1/systems/';
export const USER = 'monitor';
const PAGE_SIZE = 1_000;
const BUSY_EVERY = 40;

export interface UnisphereOptions {
  readonly model: Model;
  readonly scenario: Scenario;
  readonly stats: SimulatorStats;
  /** Iterators of this and smaller page sizes, for borders. */
  readonly pageSize?: number;
  /** Not registered for performance collection. */
  readonly unregistered?: boolean;
  /** What the server says of its version, and that it says so to anybody. */
  readonly about?: Readonly<Record<string, unknown>>;
  /** Pages of an iterator are all the same. */
  readonly repeatsPages?: boolean;
  /** A resource, at the end of its path, over which the server fails. */
  readonly broken?: string;
  /** What the server answers for it instead of failing: status and message. */
  readonly brokenSays?: readonly [status: number, message: string];
  /** Counters that this server does not know, and whether it can tell which it knows. */
  readonly lacks?: readonly string[];
  readonly helpless?: boolean;
  /** Bulk requests for samples bring the newest one of each object alone. */
  readonly newestOnly?: boolean;
  /** Alerts can be deleted, not acknowledged. */
  readonly deletesAlerts?: boolean;
}

type Answer = readonly [status: number, body: unknown];
const VOLUME_HOURS_MS = 3_600_000;
const NOT_FOUND: Answer = [
  404,
  { message: 'RESTEASY003210: Could not find resource for full path' },
];

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

/** The interface for bulk requests: lists by token, and the samples of a whole category. */
function bulk(options: UnisphereOptions, request: ServedRequest): Answer {
  const { model, pageSize = PAGE_SIZE } = options;
  const [array, kind, category] = request.path.slice(BULK_PREFIX.length).split('/');
  if (array !== ARRAY_ID) return [404, { message: `System ${array} not found.` }];
  if (kind === 'performance-categories') return bulkSamples(options, category ?? '', request);
  if (kind !== 'volumes') return NOT_FOUND;
  const size = Math.min(Number(request.query.get('limit') ?? pageSize), pageSize);
  const from = Number(request.query.get('resume_token')?.replace('after-', '') ?? 0);
  const select = request.query.get('select')?.split(',') ?? ['id'];
  const data = model.dataDevices.map((id) => ({ id, type: 'TDAT' }));
  const all = [...model.volumes.map((volume) => answers.bulkVolumeOf(model, volume)), ...data];
  const volumes = all.slice(from, from + size).map((volume) => selected(volume, select));
  const left = Math.max(all.length - from - size, 0);
  const paging = { total_instances: all.length, remaining_instances: left };
  const token = left > 0 ? { resume_token: `after-${from + size}` } : {};
  return [200, { volumes, paging: { ...paging, ...token } }];
}

/** The id always, else what was asked for; `srp.id` is an object with the id alone. */
function selected(volume: Readonly<Record<string, unknown>>, select: readonly string[]): unknown {
  const names = new Set(['id', ...select.map((name) => name.split('.')[0])]);
  return Object.fromEntries(Object.entries(volume).filter(([name]) => names.has(name)));
}

function bulkSamples(
  { model, newestOnly }: UnisphereOptions,
  category: string,
  request: ServedRequest,
): Answer {
  if (category !== 'StorageGroup') return NOT_FOUND;
  const now = Date.now();
  const { first, last } = available(now);
  const hours = /^time_range eq (1|2|4|8|12|24)$/.exec(request.query.get('filter') ?? '')?.[1];
  const start = newestOnly || hours === undefined ? last : now - Number(hours) * VOLUME_HOURS_MS;
  const times = timesIn(start, now, { first, last });
  const metric_instances = measuredOf(model, category).map((one) => ({
    id: one.selection['storageGroupId'],
    metrics: times.map((timestamp) => ({
      ...Object.fromEntries(
        countersOf(model, category).map((name) => [name, sampleOf(model, one, name, timestamp)]),
      ),
      timestamp,
    })),
  }));
  return [
    200,
    { id: category, resource_type: 'performance-categories', system: ARRAY_ID, metric_instances },
  ];
}

type Paged = (entries: readonly unknown[]) => Answer;

const found = (body: unknown): Answer =>
  body === undefined ? [404, { message: 'No such object.' }] : [200, body];

function resource(
  { model, scenario, deletesAlerts }: UnisphereOptions,
  [area = '', kind, array, ...rest]: readonly string[],
  request: ServedRequest,
  paged: Paged,
): Answer {
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
  if (area === 'system') return systemObjects(model, rest, request);
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
  model: Model,
  [type, id]: readonly string[],
  request: ServedRequest,
): Answer {
  if (type === 'disk') {
    if (model.generation === '84' || model.generation === '90') return NOT_FOUND;
    if (id === undefined) return [200, { disk_ids: model.disks.map((disk) => disk.id) }];
    const disk = model.disks.find((candidate) => candidate.id === id);
    return found(
      disk && { spindle_id: id, type: 'INCSTRM_0', vendor: disk.vendor, capacity: disk.gb },
    );
  }
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

function trapReceivers(request: ServedRequest): Answer {
  if (request.method === 'DELETE') return [204, undefined];
  if (request.method === 'POST') return [201, { id: 'b2' }];
  return [200, { snmp_traps: [{ id: 'a1', name: '192.0.2.50', port: 162, snmp_version: 'v1' }] }];
}

function performance(
  { model, unregistered, lacks = [], helpless }: UnisphereOptions,
  [category = '', action = '', array, ...more]: readonly string[],
  request: ServedRequest,
  paged: Paged,
): Answer {
  const { first, last } = available(Date.now());
  const dates = { firstAvailableDate: first, lastAvailableDate: last };
  if (action === 'registrationdetails') {
    const details = {
      symmetrixId: array,
      realtime: false,
      collectionintervalmins: unregistered ? 0 : 5,
      diagnostic: !unregistered,
    };
    return [200, { registrationDetailsInfo: [details] }];
  }
  if (category === 'Array' && action === 'keys') {
    const known = unregistered ? [REMOTE_ID] : [REMOTE_ID, ARRAY_ID];
    return [200, { arrayInfo: known.map((symmetrixId) => ({ symmetrixId, ...dates })) }];
  }
  const counters = (of: string) =>
    countersOf(model, of).filter((counter) => !lacks.includes(counter));
  if (category === 'Array' && action === 'help') {
    const [of = ''] = more;
    return helpless || !isOffered(model, of) ? NOT_FOUND : [200, { metricName: counters(of) }];
  }
  if (!isOffered(model, category) || request.method !== 'POST') return NOT_FOUND;
  const body = JSON.parse(request.body) as Record<string, string | number | readonly string[]>;
  if ((body['symmetrixId'] ?? body['systemId']) !== ARRAY_ID)
    return [404, { message: 'SymmetrixId not found.' }];
  const measured = measuredOf(model, category);
  if (action === 'keys') {
    const own = measured.filter(
      ({ selection }) =>
        body['directorId'] === undefined || selection['directorId'] === body['directorId'],
    );
    const field = `${category.replace(/^(FE|BE|RDF|SRP)|^[A-Z]/, (start) => start.toLowerCase())}Info`;
    const keys = own.map(({ selection }) => ({
      ...(selection['portId'] ? { portId: selection['portId'] } : selection),
      ...dates,
    }));
    return [200, keys.length > 0 ? { [field]: keys } : {}];
  }
  const asked = body['metrics'] as readonly string[];
  const unknown = asked.find((counter) => !counters(category).includes(counter));
  if (unknown !== undefined) {
    return [400, { message: `Invalid metric for ${category}: ${unknown}` }];
  }
  const length = Number(body['endDate']) - Number(body['startDate']);
  if (category === 'Volume' && length > VOLUME_HOURS_MS) {
    return [400, { message: 'The time range can not exceed 1 hour.' }];
  }
  const times = timesIn(Number(body['startDate']), Number(body['endDate']), { first, last });
  const samples = (one: Measured) =>
    times.map((timestamp) => ({
      ...Object.fromEntries(
        asked.map((counter) => [counter, sampleOf(model, one, counter, timestamp)]),
      ),
      timestamp,
    }));
  if (category === 'Volume') {
    const [low, high] = [String(body['volumeStartRange']), String(body['volumeEndRange'])];
    const ranged = measured.filter(
      ({ selection: { volumeId = '' } }) => volumeId >= low && volumeId <= high,
    );
    return paged(
      ranged.map((one) => ({ volumeId: one.selection['volumeId'], volumeResult: samples(one) })),
    );
  }
  const one = measured.find(({ selection }) =>
    Object.entries(selection).every(([field, id]) => body[field] === id),
  );
  return one ? paged(samples(one)) : [404, { message: 'No such object.' }];
}
