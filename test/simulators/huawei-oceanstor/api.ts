/** The DeviceManager interface: collections with ranges, children, statistics, commands. */
import type { ServerResponse } from 'node:http';
import type { ServedRequest } from '../../kit/http-server.ts';
import type { Scenario, SimulatorStats } from '../../kit/simulator.ts';
import { SERIAL } from './block.ts';
import type { Entity, Fields } from './entity.ts';
import type { Model } from './model.ts';
import { fail, succeed, type Sessions } from './sessions.ts';
import type { Statistics } from './statistics.ts';

const WRONG_PARAMETER = 50331651;
const BUSY = 1077949006;
const NOT_FOUND = 1077948996;
const PREFIX = '/deviceManager/rest/';

/** Objects that one request may ask for; lists whose objects are large bring fewer. */
const PAGE_LIMIT = 100;
const LIST_LIMITS: Readonly<Record<string, number>> = { '/FS_QUOTA': 50 };

/** Collections that know no range: all of it, whatever is asked for. */
const HARDWARE = /^\/(enclosure|fan|power|backup_power|expboard|intf_module|sfp)$/;

/** Features under licence, refused in the scenario `unlicensed`. */
const LICENSED =
  /^\/(filesystem|quotatree|FS_QUOTA|CIFSHARE|NFSHARE|FTP_SHARE_AUTH_CLIENT|ib_|fcoe_|mappingview|perf|REPLICATIONPAIR|HyperMetro)/;

export interface Api {
  handle(request: ServedRequest, response: ServerResponse): void;
}

export interface ApiParts {
  readonly model: Model;
  readonly statistics: Statistics;
  readonly sessions: Sessions;
  readonly stats: SimulatorStats;
  readonly scenario: Scenario;
  /** Statistics are switched on. */
  readonly monitoring: boolean;
}

export function createApi(parts: ApiParts): Api {
  const { model, sessions, stats, scenario } = parts;
  const receivers = new Map<string, Fields>();
  const cleared = new Set<string>();
  /** How often a request was answered with busy. */
  const refused = new Map<string, number>();

  function handle(request: ServedRequest, response: ServerResponse): void {
    stats.requests += 1;
    const [device, ...rest] = request.path.slice(PREFIX.length).split('/');
    const path = `/${rest.join('/')}`;
    const { method } = request;
    if (method === 'POST' && path === '/sessions') return sessions.logIn(request, response);
    if (device !== SERIAL) return fail(response, -401, 'Unauthorized.');
    if (scenario === 'hang') return;
    if (scenario === 'garbage') return garble(response, stats.requests);
    if (method === 'DELETE' && path === '/sessions') return sessions.logOut(request, response);
    if (!sessions.check(request, response)) return;
    if (scenario === 'busy' && isBusy(request, response)) return;
    if (scenario === 'unlicensed' && LICENSED.test(path)) {
      return fail(response, 1077950233, 'The license for the feature is unavailable.');
    }
    if (path === '/performance_data') return bulk(parts, request, response);
    if (method !== 'GET') return command(request, path, response);
    read(request, path, response);
  }

  /** Busy now and then, but not for ever with the same request. */
  function isBusy({ url }: ServedRequest, response: ServerResponse): boolean {
    const way = [17, 41].find((each) => stats.requests % each === 0);
    const before = refused.get(url) ?? 0;
    if (way === undefined || before > 1) return false;
    refused.set(url, before + 1);
    if (way === 17) fail(response, BUSY, 'The system is busy.');
    else response.writeHead(503).end('Service Unavailable');
    return true;
  }

  function read(request: ServedRequest, path: string, response: ServerResponse): void {
    if (path === '/system/') return succeed(response, model.system.source);
    if (path === '/performance_statistic_switch') {
      return succeed(response, { CMO_PERFORMANCE_SWITCH: parts.monitoring ? '1' : '0' });
    }
    if (path.endsWith('/cur_statistic_data')) return single(parts, path, request, response);
    const objects = objectsOf(request, path);
    if (!objects) return fail(response, WRONG_PARAMETER, 'The entered parameter is incorrect.');
    if (HARDWARE.test(path)) return succeed(response, objects);
    sendPage(request, response, objects, LIST_LIMITS[path] ?? PAGE_LIMIT);
  }

  function objectsOf(request: ServedRequest, path: string): readonly Fields[] | undefined {
    if (path === '/snmp_trap_addr') return [...receivers.values()];
    const { query } = request;
    const owner = path.endsWith('/associate')
      ? `${query.get('ASSOCIATEOBJTYPE')}:${query.get('ASSOCIATEOBJID')}`
      : `${query.get('PARENTTYPE')}:${query.get('PARENTID')}`;
    const child = path.endsWith('/associate') || path === '/quotatree' || path === '/FS_QUOTA';
    const collection = path.replace('/associate', '');
    if (!child) return sourcesOf(model.collections.get(collection), cleared);
    if (path.endsWith('/associate') && !model.collections.has(collection)) return undefined;
    return sourcesOf(model.children.get(`${path}?${owner}`) ?? [], cleared);
  }

  function command(request: ServedRequest, path: string, response: ServerResponse): void {
    stats.writes.push(`${request.method} ${path}`);
    const id = path.split('/')[2] ?? '';
    if (request.method === 'DELETE' && path === '/alarm/currentalarm') {
      cleared.add(request.query.get('sequence') ?? '');
      return succeed(response, {});
    }
    if (request.method === 'PUT' && path.startsWith('/performance_statistic_')) {
      return succeed(response, {});
    }
    if (request.method === 'POST' && path === '/snmp_trap_addr') {
      const receiver = { ID: String(receivers.size), ...(JSON.parse(request.body) as Fields) };
      receivers.set(receiver.ID, receiver);
      return succeed(response, receiver);
    }
    if (request.method === 'DELETE' && receivers.delete(id)) return succeed(response, {});
    fail(response, NOT_FOUND, 'The specified object does not exist.');
  }

  return { handle };
}

function sourcesOf(
  entities: readonly Entity[] | undefined,
  cleared: ReadonlySet<string>,
): readonly Fields[] | undefined {
  return entities
    ?.map(({ source }) => source)
    .filter((source) => !cleared.has(String(source['sequence'])));
}

/** `range=[first-end]`, the end exclusive. Without it the first page; nothing found: no `data`. */
function sendPage(
  request: ServedRequest,
  response: ServerResponse,
  objects: readonly Fields[],
  limit: number,
): void {
  const asked = /^\[(\d+)-(\d+)\]$/.exec(request.query.get('range') ?? '[0-100]');
  if (!asked) return fail(response, WRONG_PARAMETER, 'The entered parameter is incorrect.');
  const [start, end] = [Number(asked[1]), Number(asked[2])];
  if (end - start > PAGE_LIMIT) return fail(response, WRONG_PARAMETER, 'The entered parameter is incorrect.'); // prettier-ignore
  const page = objects.slice(start, Math.min(end, start + limit));
  succeed(response, page.length === 0 ? undefined : page);
}

/** Statistics of one object. V3 spells the path its own way. */
function single(
  { model, statistics, monitoring }: ApiParts,
  path: string,
  { query }: ServedRequest,
  response: ServerResponse,
): void {
  const spelling = model.generation.name === 'v3' ? '/performace_statistic/' : '/performance_statistic/'; // prettier-ignore
  if (model.generation.dorado || !path.startsWith(spelling)) {
    response.writeHead(404).end('Not Found');
    return;
  }
  const [type = '', ...rest] = (query.get('CMO_STATISTIC_UUID') ?? '').split(':');
  const id = rest.join(':');
  const indicators = (query.get('CMO_STATISTIC_DATA_ID_LIST') ?? '').split(',');
  if (!monitoring) return succeed(response);
  if (!statistics.objects(type).includes(id)) {
    return fail(response, NOT_FOUND, 'The object does not exist.');
  }
  if (!statistics.accepts(type, indicators)) {
    return fail(response, WRONG_PARAMETER, 'The entered parameter is incorrect.');
  }
  succeed(response, [
    {
      CMO_STATISTIC_UUID: `${type}:${id}`,
      // The oldest firmware leaves the reader to know what was asked for.
      ...(model.generation.name === 'v3' ? {} : { CMO_STATISTIC_DATA_ID_LIST: indicators.join(',') }), // prettier-ignore
      CMO_STATISTIC_DATA_LIST: indicators.map((one) => statistics.value(type, id, one)).join(','),
      CMO_STATISTIC_TIMESTAMP: String(statistics.time()),
    },
  ]);
}

/** Statistics of many objects, on Dorado V6 only: all of a type, or those named. */
function bulk(
  { model, statistics, monitoring, stats }: ApiParts,
  request: ServedRequest,
  response: ServerResponse,
): void {
  if (!model.generation.dorado) {
    if (request.method !== 'GET') stats.writes.push(`${request.method} /performance_data`);
    return fail(response, WRONG_PARAMETER, 'The entered parameter is incorrect.');
  }
  const listed = (text: string | null) => text?.replaceAll(/[[\]"]/g, '').split(',') ?? [];
  const type = request.query.get('object_type') ?? '';
  const indicators = listed(request.query.get('indicators'));
  const named = listed(request.query.get('object_list'));
  if (!monitoring) return succeed(response);
  if (!statistics.accepts(type, indicators)) {
    return fail(response, WRONG_PARAMETER, 'The entered parameter is incorrect.');
  }
  const ids = statistics.objects(type).filter((id) => named.length === 0 || named.includes(id));
  succeed(
    response,
    // Not more than so many in one answer: the rest must be asked for by name.
    (named.length === 0 ? ids.slice(0, 5_000) : ids).map((id) => ({
      object_id: id,
      indicators: indicators.map(Number),
      indicator_values: indicators.map((one) => statistics.value(type, id, one)),
      timestamp: statistics.time(),
    })),
  );
}

function garble(response: ServerResponse, turn: number): void {
  const body = [
    '<html><body>Loading DeviceManager</body></html>',
    '{"data":[{"ID":"0","NAME":',
    '[]',
    '{"data":[]}',
  ][turn % 4];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(body);
}
