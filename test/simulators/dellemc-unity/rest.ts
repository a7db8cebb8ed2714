/** The Unisphere Management REST API: collections with fields and pages, metric values, commands. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import type { Scenario, SimulatorStats } from '../../kit/simulator.ts';
import { attributesOf, contentsOf, type Content } from './contents.ts';
import { catalogue, historyEntry, historyTimes, knowsPath } from './history.ts';
import { createSessions, errorBody, USERNAME } from './sessions.ts';
import type { Sessions } from '../../kit/cookie-sessions.ts';
import type { UnityArray } from './types.ts';

const NO_SUCH_RESOURCE = 131_149_829;
const BAD_REQUEST = 131_149_826;
const UNLICENSED = 131_149_890;
/** Types that need a licence which the array of the scenario `unlicensed` lacks. */
const LICENSED = new Set([
  'filesystem', 'treeQuota', 'userQuota', 'cifsShare', 'nfsShare', 'fcPort', 'metricValue',
]); // prettier-ignore
/** Optional collections that the array of the scenario `sparse` does not have. */
const OPTIONAL = new Set(['ipInterface', 'hostIPPort', 'hostGroup', 'metric', 'metricService']);
const OPTIONAL_ATTRIBUTES = new Set([
  'description', 'wwn', 'manufacturer', 'model', 'diskGroup',
]); // prettier-ignore

/** The array's limits. */
const METRIC_PAGE = 5;
const FULL_PAGE = 2_000;
/** In the small scenarios the array pages so that a few objects cross its borders. */
const SMALL_PAGE = 20;

export interface RestOptions {
  readonly array: UnityArray;
  readonly scenario: Scenario;
  readonly stats: SimulatorStats;
  readonly now: () => number;
}

export interface Rest {
  handle(request: ServedRequest, response: ServerResponse): void;
  readonly sessions: Sessions;
}

interface Target {
  readonly id: string;
  readonly address: string;
}

export function createRest({ array, scenario, stats, now }: RestOptions): Rest {
  const sessions = createSessions(scenario, stats);
  const targets: Target[] = [{ id: 'snmp_target_1', address: '192.0.2.99:162' }];
  const pageLimit = scenario === 'huge' ? FULL_PAGE : SMALL_PAGE;
  const all = contentsOf(array);
  let requests = 0;

  function contents(type: string): readonly Content[] | undefined {
    if (scenario === 'sparse' && OPTIONAL.has(type)) return undefined;
    if (type === 'metric') return catalogue();
    if (type === 'metricService') return [{ id: '0', isHistoricalEnabled: true }];
    if (type === 'alertConfigSNMPTarget') return targets.map((target) => ({ ...target }));
    if (type === 'alert') return contentsOf(array)['alert'];
    if (type === 'loginSessionInfo') return [session()];
    return all[type];
  }

  function collection(type: string, request: ServedRequest, response: ServerResponse): void {
    if (scenario === 'unlicensed' && LICENSED.has(type)) {
      const text = 'The license for this feature is not installed.';
      sendJson(response, 422, errorBody(422, UNLICENSED, text));
      return;
    }
    if (type === 'metricValue') {
      metricValues(request, response);
      return;
    }
    const found = contents(type);
    if (!found) {
      notFound(response);
      return;
    }
    const fields = (request.query.get('fields') ?? 'id').split(',');
    const known = attributesOf(found);
    const unknown = fields.find((field) => found.length > 0 && !known.has(field) && !isLoose(type));
    if (unknown !== undefined) {
      const text = `The query parameter fields has an unknown attribute ${unknown}.`;
      sendJson(response, 400, errorBody(400, BAD_REQUEST, text));
      return;
    }
    const wanted = new Set(['id', ...fields]);
    const selected = found.map((content) => select(content, wanted, scenario));
    const size = Math.min(Number(request.query.get('per_page') ?? pageLimit), pageLimit);
    page(request, response, selected, size);
  }

  function metricValues(request: ServedRequest, response: ServerResponse): void {
    const filter = request.query.get('filter') ?? '';
    const path = /path eq "([^"]+)"/i.exec(filter)?.[1];
    if (path === undefined) {
      const text = 'The query must be filtered by path.';
      sendJson(response, 400, errorBody(400, BAD_REQUEST, text));
      return;
    }
    const interval = Number(/interval eq (\d+)/i.exec(filter)?.[1] ?? 60);
    const isEmpty = scenario === 'sparse' || !knowsPath(path);
    const entries = isEmpty
      ? []
      : historyTimes(now(), interval).map(
          (time) => () => historyEntry(array, path, time, interval),
        );
    page(request, response, entries, METRIC_PAGE);
  }

  function command(request: ServedRequest, response: ServerResponse): void {
    if (request.path === '/api/types/loginSessionInfo/action/logout') {
      sessions.logOut(request, response);
      return;
    }
    stats.writes.push(`${request.method} ${request.path}`);
    const body = JSON.parse(request.body || '{}') as Record<string, unknown>;
    const alert = /^\/api\/instances\/alert\/([^/]+)\/action\/modify$/.exec(request.path)?.[1];
    const target = /^\/api\/instances\/alertConfigSNMPTarget\/([^/]+)$/.exec(request.path)?.[1];
    if (alert !== undefined) modifyAlert(alert, body, response);
    else if (request.path === '/api/types/alertConfigSNMPTarget/instances')
      addTarget(body, response);
    else if (target !== undefined && request.method === 'DELETE') {
      targets.splice(0, targets.length, ...targets.filter(({ id }) => id !== target));
      response.writeHead(204).end();
    } else notFound(response);
  }

  function modifyAlert(id: string, body: Record<string, unknown>, response: ServerResponse): void {
    if (!array.alerts.some((alert) => alert.id === id)) {
      notFound(response);
      return;
    }
    const isOld = array.generation === 'oe4';
    if (isOld && 'state' in body) {
      sendJson(response, 400, errorBody(400, BAD_REQUEST, 'Unknown argument state.'));
      return;
    }
    const change = {
      ...(body['state'] === 2 ? { state: 2 } : {}),
      ...(body['isAcknowledged'] === true ? { isAcknowledged: true } : {}),
    };
    array.alerts = array.alerts.map((alert) => (alert.id === id ? { ...alert, ...change } : alert));
    response.writeHead(204).end();
  }

  function addTarget(body: Record<string, unknown>, response: ServerResponse): void {
    const isOld = array.generation === 'oe4';
    if (isOld && 'community' in body) {
      sendJson(response, 400, errorBody(400, BAD_REQUEST, 'Unknown argument community.'));
      return;
    }
    const target = {
      ...body,
      id: `snmp_target_${targets.length + 1}`,
      address: String(body['targetAddress']),
    };
    targets.push(target);
    sendJson(response, 201, { content: { id: target.id } });
  }

  return {
    sessions,
    handle(request, response) {
      stats.requests += 1;
      requests += 1;
      if (scenario === 'busy' && requests % 6 === 5) {
        const text = 'The system is busy. Try again later.';
        sendJson(response, 503, errorBody(503, 131_149_830, text));
        return;
      }
      if (!sessions.admit(request, response)) return;
      const type = /^\/api\/types\/(\w+)\/instances$/.exec(request.path)?.[1];
      if (type !== 'loginSessionInfo' && isFaulty(scenario, request, response, requests)) return;
      if (request.method !== 'GET') command(request, response);
      else if (type === undefined) notFound(response);
      else collection(type, request, response);
    },
  };
}

function session(): Content {
  return {
    id: USERNAME,
    user: { id: `user_${USERNAME}` },
    roles: [{ id: 'operator' }],
    idleTimeout: 3_600,
    isPasswordChangeRequired: false,
  };
}

/** Types whose objects show only a part of their attributes. */
function isLoose(type: string): boolean {
  return [
    'ipInterface',
    'userQuota',
    'hostInitiator',
    'storageResource',
    'loginSessionInfo',
  ].includes(type);
}

function select(content: Content, wanted: ReadonlySet<string>, scenario: Scenario): Content {
  return Object.fromEntries(
    Object.entries(content).filter(
      ([name]) =>
        wanted.has(name) &&
        !(scenario === 'sparse' && OPTIONAL_ATTRIBUTES.has(name) && name !== 'id'),
    ),
  );
}

function page(
  request: ServedRequest,
  response: ServerResponse,
  all: readonly (Content | (() => object))[],
  size: number,
): void {
  const number = Number(request.query.get('page') ?? 1);
  const entries = all
    .slice((number - 1) * size, number * size)
    .map((entry) => ({ content: typeof entry === 'function' ? entry() : entry }));
  sendJson(response, 200, {
    '@base': `https://simulator${request.path}?per_page=${size}`,
    updated: new Date().toISOString(),
    links: [
      { rel: 'self', href: `&page=${number}` },
      ...(number > 1 ? [{ rel: 'prev', href: `&page=${number - 1}` }] : []),
      ...(all.length > number * size ? [{ rel: 'next', href: `&page=${number + 1}` }] : []),
    ],
    entries,
  });
}

function notFound(response: ServerResponse): void {
  const text = 'The requested resource does not exist.';
  sendJson(response, 404, errorBody(404, NO_SUCH_RESOURCE, text));
}

/** `hang`: no answer; `garbage`: one of the broken ones. */
function isFaulty(
  scenario: Scenario,
  request: ServedRequest,
  response: ServerResponse,
  count: number,
): boolean {
  if (request.path.endsWith('/logout')) return false;
  if (scenario === 'hang') return true;
  if (scenario !== 'garbage') return false;
  const answers = [
    '<html><body>Unisphere</body></html>',
    '{"entries": [{"content": {"id": "po',
    '',
  ];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(answers[count % answers.length]);
  return true;
}
