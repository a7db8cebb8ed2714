/** REST 2.x of the simulated array: versions, collections by pages, what it refuses, commands. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import type { Scenario, SimulatorStats } from '../../kit/simulator.ts';
import type { Item } from './contents-files.ts';
import { contentsOf } from './contents.ts';
import { hasHistory, measuredIn, presentRowOf, rowOf, timesIn } from './history.ts';
import { createSessions, errors, type Sessions } from './sessions.ts';
import type { FlashArray } from './types.ts';

/** They know no continuation token before 2.40: pages by number. */
const BY_OFFSET = new Set(['arrays', 'hardware', 'ports', 'ports/initiators', 'pod-replica-links']);
const DESTROYABLE = new Set([
  'directories', 'directory-exports', 'file-systems', 'pods', 'protection-groups',
  'protection-group-snapshots', 'protection-group-snapshots/transfer', 'volume-groups', 'volume-snapshots', 'volumes',
]); // prettier-ignore
/** What an array without file services has not. */
const FILE = /^(directories|directory-|file-systems)/;
const RESOLUTIONS = new Set([30_000, 300_000, 1_800_000, 7_200_000, 28_800_000, 86_400_000]);
const COMMON = ['limit', 'offset', 'filter', 'sort', 'names', 'ids', 'total_item_count'];

export interface RestOptions {
  readonly array: FlashArray;
  readonly scenario: Scenario;
  readonly stats: SimulatorStats;
  /** The most on a page, and what is there unasked. */
  readonly pageLimit: number;
  readonly versions: readonly string[];
  readonly now: () => number;
}

export interface Rest {
  handle(request: ServedRequest, response: ServerResponse): void;
  readonly sessions: Sessions;
}

export function createRest(options: RestOptions): Rest {
  const { array, scenario, stats, now, versions } = options;
  const sessions = createSessions(scenario, stats);
  const managers: Item[] = [
    { name: 'other', host: '192.0.2.99', notification: 'trap', version: 'v2c' },
  ];
  let requests = 0;
  /** Made once, however many pages: all but what commands change, and one answer of the history. */
  const made = new Map<string, readonly Item[] | undefined>();
  let rows = { of: '', items: [] as readonly Item[] };

  function contents(endpoint: string): readonly Item[] | undefined {
    if (endpoint === 'snmp-managers') return array.minor >= 4 ? managers : undefined;
    if (endpoint === 'alerts') return contentsOf(array, endpoint);
    if (!made.has(endpoint)) made.set(endpoint, contentsOf(array, endpoint));
    return made.get(endpoint);
  }

  function collection(endpoint: string, request: ServedRequest, response: ServerResponse): void {
    const refuse = (status: number, message: string, context: string | null = null) =>
      sendJson(response, status, errors(message, context, array.minor));
    const found = endpoint.endsWith('/performance')
      ? performanceOf(endpoint.slice(0, -'/performance'.length), request)
      : { items: contents(endpoint) };
    if (found.items === undefined) {
      refuse(404, 'Endpoint does not exist.');
      return;
    }
    if (scenario === 'unlicensed' && FILE.test(endpoint)) {
      refuse(400, 'File services are not enabled on this array.');
      return;
    }
    const unknown = [...request.query.keys()].find((key) => !knows(endpoint, key, array));
    if (unknown !== undefined || found.refusal !== undefined) {
      refuse(400, found.refusal ?? 'Unknown parameter.', unknown ?? null);
      return;
    }
    const items = filtered(selected(found.items, request), request.query.get('filter'));
    if (typeof items === 'string') refuse(400, items);
    else page(endpoint, scenario === 'sparse' ? items.map(sparse) : items, request, response);
  }

  function performanceOf(
    name: string,
    { query }: ServedRequest,
  ): { items: readonly Item[] | undefined; refusal?: string } {
    const measured = measuredIn(array, name);
    if (!measured) return { items: undefined };
    if (scenario === 'sparse') return { items: [] };
    const living = measured.filter(
      ({ isDestroyed }) => !isDestroyed || query.get('destroyed') !== 'false',
    );
    const asks = ['start_time', 'end_time', 'resolution'].some((key) => query.has(key));
    if (!asks) return { items: living.map((one) => presentRowOf(one, now(), array.minor)) };
    if (!hasHistory(array, name)) return { items: [], refusal: 'Unknown parameter.' };
    const resolution = Number(query.get('resolution') ?? 30_000);
    if (!RESOLUTIONS.has(resolution) && !(name === 'arrays' && resolution === 1_000)) {
      return { items: [], refusal: 'Invalid resolution.' };
    }
    const end = Number(query.get('end_time') ?? now());
    const start = Number(query.get('start_time') ?? end - resolution);
    const of = `${name} ${start} ${end} ${query.get('destroyed')}`;
    if (rows.of !== of) {
      const times = timesIn(start, end, now());
      const items = living.flatMap((one) => times.map((time) => rowOf(one, time, array.minor)));
      rows = { of, items };
    }
    return { items: rows.items };
  }

  function page(
    endpoint: string,
    all: readonly Item[],
    { query }: ServedRequest,
    response: ServerResponse,
  ): void {
    const isTokenless =
      query.has('sort') ||
      (array.minor < 40 && (BY_OFFSET.has(endpoint) || endpoint.includes('/performance')));
    const token = query.get('continuation_token');
    const from = token === null ? Number(query.get('offset') ?? 0) : positionOf(token);
    if (from === undefined || (token !== null && (isTokenless || !query.has('limit')))) {
      sendJson(response, 400, errors('Invalid continuation token.', null, array.minor));
      return;
    }
    // Rows of the history are many.
    const most = endpoint.endsWith('/performance') ? 5 * options.pageLimit : options.pageLimit;
    const size = Math.min(Number(query.get('limit') ?? most), most, 1_000);
    const items = all.slice(from, from + size);
    const isMore = from + size < all.length;
    const next = isMore && !isTokenless ? tokenOf(from + size) : null;
    sendJson(
      response,
      200,
      {
        items,
        continuation_token: next,
        // Some versions leave it open here.
        more_items_remaining: isTokenless && array.minor < 10 && !isMore ? null : isMore,
        total_item_count: query.get('total_item_count') === 'true' ? all.length : null,
      },
      next === null ? {} : { 'x-next-token': next },
    );
  }

  function command(endpoint: string, request: ServedRequest, response: ServerResponse): void {
    stats.writes.push(`${request.method} ${request.path}`);
    const body = JSON.parse(request.body || '{}') as Item;
    const name = request.query.get('names') ?? '';
    const missing = () =>
      sendJson(response, 400, errors('Object does not exist.', name, array.minor));
    if (endpoint === 'alerts' && request.method === 'PATCH') {
      if (!array.alerts.some((alert) => alert.name === name)) return missing();
      array.alerts = array.alerts.map((alert) =>
        alert.name === name ? { ...alert, isFlagged: body['flagged'] === true } : alert,
      );
      return sendJson(response, 200, { items: [] });
    }
    const known = managers.findIndex((manager) => manager['name'] === name);
    if (endpoint !== 'snmp-managers' || array.minor < 4) {
      return sendJson(response, 404, errors('Endpoint does not exist.', null, array.minor));
    }
    if (request.method === 'POST') {
      if (known >= 0 || !/^[A-Za-z0-9-]{1,63}$/.test(name)) {
        return sendJson(response, 400, errors('Invalid name.', name, array.minor));
      }
      managers.push({ name, ...body });
      return sendJson(response, 200, { items: [{ name }] });
    }
    if (known < 0) return missing();
    managers.splice(known, 1);
    response.writeHead(200).end();
  }

  return {
    sessions,
    handle(request, response) {
      stats.requests += 1;
      requests += 1;
      if (scenario === 'busy' && isBusy(requests, response)) return;
      if (request.path === '/api/api_version') {
        sendJson(response, 200, { version: versions });
        return;
      }
      const [, version = '', endpoint = ''] = /^\/api\/([\d.]+)\/(.+)$/.exec(request.path) ?? [];
      if (version !== `2.${array.minor}`) {
        sendJson(response, 404, errors('Version is not supported.'));
      } else if (endpoint === 'login' && request.method === 'POST') {
        sessions.logIn(request, response);
      } else if (endpoint === 'logout' && request.method === 'POST') {
        sessions.logOut(request, response);
      } else if (sessions.admit(request, response) && !isFaulty(scenario, response, requests)) {
        if (request.method === 'GET') collection(endpoint, request, response);
        else command(endpoint, request, response);
      }
    },
  };
}

function knows(endpoint: string, key: string, { minor }: FlashArray): boolean {
  if (COMMON.includes(key)) return true;
  const name = endpoint.replace(/\/performance$/, '');
  const isHistory = name !== endpoint;
  if (key === 'destroyed') return DESTROYABLE.has(name);
  if (['start_time', 'end_time', 'resolution'].includes(key)) return isHistory;
  return key === 'continuation_token' && (minor >= 40 || (!isHistory && !BY_OFFSET.has(name)));
}

/** Without `destroyed` what awaits eradication is listed, too. */
function selected(items: readonly Item[], { query }: ServedRequest): readonly Item[] {
  const wanted = query.get('destroyed');
  const names = query.get('names')?.split(',');
  return items.filter(
    (item) =>
      (wanted === null ||
        item['destroyed'] === undefined ||
        item['destroyed'] === (wanted === 'true')) &&
      (!names || names.includes(String(item['name']))),
  );
}

/** `field='a'` and `field=('a','b')`; a text: why it is refused. */
function filtered(items: readonly Item[], filter: string | null): readonly Item[] | string {
  if (filter === null) return items;
  const [, field = '', values = ''] = /^([\w.]+)=\(?((?:'[^']*',?)+)\)?$/.exec(filter) ?? [];
  if (field === '') return 'Invalid filter.';
  const wanted = new Set(Array.from(values.matchAll(/'([^']*)'/g), ([, value]) => value));
  return items.filter((item) => wanted.has(String(item[field])));
}

function tokenOf(position: number): string {
  return Buffer.from(`{"at": ${position}}`).toString('base64');
}

function positionOf(token: string): number | undefined {
  const [, position] = /^\{"at": (\d+)\}$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  return position === undefined ? undefined : Number(position);
}

const SPARSE = new Set([
  'space', 'model', 'serial', 'personality', 'eth', 'fc', 'lag', 'issue', 'knowledge_base_url', 'usage', 'slot',
]); // prettier-ignore

/** An account without rights, or an array that has nothing to say: the fields are null. */
function sparse(item: Item): Item {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, SPARSE.has(name) ? null : value]),
  );
}

/** Each way in which the array asks to come again. */
function isBusy(count: number, response: ServerResponse): boolean {
  if (count % 12 !== 11) return false;
  const ways = [
    () => sendJson(response, 429, errors('Too many requests.'), { 'retry-after': '0' }),
    () => sendJson(response, 503, errors('Service unavailable.'), { 'ratelimit-reset': '0' }),
    () => sendJson(response, 500, errors('Server is busy')),
  ];
  ways[Math.floor(count / 12) % ways.length]?.();
  return true;
}

/** `hang`: no answer; `garbage`: one of the broken ones. */
function isFaulty(scenario: Scenario, response: ServerResponse, count: number): boolean {
  if (scenario === 'hang') return true;
  if (scenario !== 'garbage') return false;
  const answers = ['<html><body>Purity</body></html>', '{"items": [{"id": "6c', ''];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(answers[count % answers.length]);
  return true;
}
