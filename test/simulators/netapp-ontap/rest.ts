/** ONTAP's REST API: who may ask, collections with fields, filters and pages, and their errors. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import { CANARY_PASSWORD, type Scenario, type SimulatorStats } from '../../kit/simulator.ts';
import { isNamed, namesOf, selection } from './fields.ts';
import { history, metric, statistics } from './history.ts';
import { privateCli, valueAt } from './private-cli.ts';
import { sparse } from './sparse.ts';
import type { Cluster, Json, Load } from './types.ts';

export const USERNAME = 'monitor';

export interface RestOptions {
  readonly array: Cluster;
  readonly scenario: Scenario;
  readonly stats: SimulatorStats;
  readonly clock: () => number;
  /** An account of one SVM: what is the cluster's it may not read. */
  readonly isSvmAccount: boolean;
}

export interface Rest {
  handle(request: ServedRequest, response: ServerResponse): void;
}

const ERRORS = {
  unauthorized: [401, '6691623', 'User is not authorized.'],
  denied: [403, '6', 'not authorized for that command'],
  unknownPath: [404, '3', 'API not found'],
  noEntry: [404, '4', "entry doesn't exist"],
  badValue: [400, '262197', 'The value is invalid for field "fields"'],
  badArgument: [400, '262179', 'Unexpected argument'],
} as const;

function fail(response: ServerResponse, error: keyof typeof ERRORS, target?: string): void {
  const [status, code, message] = ERRORS[error];
  const told = { code, message: target ? `${message} "${target}".` : message };
  sendJson(response, status, { error: target ? { ...told, target } : told });
}

/** The most on a page; in the small scenarios few, so that they cross its borders. */
const FULL_PAGE = 10_000;
const SMALL_PAGE = 9;
const CONTROLS = new Set(['fields', 'max_records', 'return_timeout', 'return_records', 'order_by']);
/** What an account of one SVM may not see. */
const OF_CLUSTER = /^\/api\/(?:cluster|storage\/(?:aggregates|disks|shelves|cluster|availability-zones)|network\/(?:fc|ethernet)\/ports|support)(?:\/|$)/; // prettier-ignore
const UNLICENSED: Readonly<Record<string, 'denied' | 'unknownPath'>> = {
  '/api/storage/quota/reports': 'unknownPath',
  '/api/protocols/cifs/shares': 'unknownPath',
  '/api/snapmirror/relationships': 'denied',
};

export function createRest(options: RestOptions): Rest {
  const { array, scenario, stats, clock, isSvmAccount } = options;
  const loads = new Map(array.loads.map((load) => [load.uuid, load]));
  const names = new Map<string, ReadonlySet<string>>();
  const hosts: Json[] = [{ host: 'old.example.com', ip_address: '198.51.100.99' }];
  let requests = 0;

  function recordsOf(path: string): readonly Json[] | undefined {
    if (path === '/api/support/ems/events') return array.events;
    if (path === '/api/support/snmp/traphosts') return hosts;
    return array.collections[path]?.map(({ record }) => record) ?? privateCli(array, path);
  }

  /** Objects that are measured say so where it is asked for. */
  function measured(record: Json, asked: readonly string[]): Json {
    const wants = (name: string) => asked.some((one) => one === name || one.startsWith(`${name}.`));
    const load = scenario === 'sparse' ? undefined : loads.get(String(record['uuid']));
    if (!load) return record;
    return {
      ...record,
      ...(wants('metric') ? { metric: metric(load, clock()) } : {}),
      ...(wants('statistics') ? { statistics: statistics(load, clock()) } : {}),
    };
  }

  function knownNames(path: string, records: readonly Json[]): ReadonlySet<string> {
    let found = names.get(path);
    if (!found) names.set(path, (found = namesOf(records)));
    return found;
  }

  function collection(path: string, request: ServedRequest, response: ServerResponse): void {
    const all = recordsOf(path);
    if (!all) return fail(response, 'unknownPath');
    const { query } = request;
    const asked = (query.get('fields') ?? '').split(',').filter((field) => field !== '');
    const known = knownNames(path, all);
    const ignores = query.get('ignore_unknown_fields');
    if (ignores !== null && array.generation === '9.8') {
      return fail(response, 'badArgument', 'ignore_unknown_fields');
    }
    const unknown = asked.find((field) => !isNamed(known, field));
    if (unknown !== undefined && ignores !== 'true') return fail(response, 'badValue', unknown);
    const filters = [...query].filter(
      ([name]) => !CONTROLS.has(name) && name !== 'ignore_unknown_fields' && name !== 'start.index',
    );
    const strange = filters.find(([name]) => !isNamed(known, name) && name !== 'is_constituent');
    if (strange) return fail(response, 'badArgument', strange[0]);
    const found = all.filter((record) => fits(path, record, filters));
    const select = selection(path, asked);
    page(request, response, found, (record) =>
      sparse(scenario, path, select(measured(record, asked))),
    );
  }

  /** A page may be short, or empty, and yet not the last: its time was over. */
  function page(
    request: ServedRequest,
    response: ServerResponse,
    found: readonly Json[],
    show: (record: Json) => Json,
  ): void {
    const start = Number.parseInt(request.query.get('start.index') ?? '0', 10);
    const limit = Number(request.query.get('max_records') ?? 500);
    const small = scenario !== 'huge' && found.length < 200;
    const size = Math.min(limit, small ? SMALL_PAGE : FULL_PAGE);
    // The second page comes empty, at the same place.
    const isEmpty = small && start === SMALL_PAGE && !request.url.includes('.again');
    const taken = isEmpty ? [] : found.slice(start, start + size);
    const next = start + taken.length;
    const records = taken.map(show);
    const more = next < found.length;
    const again = new URLSearchParams(request.query);
    again.set('start.index', isEmpty ? `${next}.again` : String(next));
    sendJson(response, 200, {
      records,
      num_records: records.length,
      ...(more ? { _links: { next: { href: `${request.path}?${again.toString()}` } } } : {}),
    });
  }

  function single(path: string, request: ServedRequest, response: ServerResponse): boolean {
    const asked = (request.query.get('fields') ?? '').split(',');
    const one = path === '/api/cluster' ? array.cluster : array.space;
    if (path !== '/api/cluster' && path !== '/api/storage/cluster') return false;
    const whole = path === '/api/cluster' ? measured(one, asked) : one;
    sendJson(response, 200, sparse(scenario, path, selection(path, asked)(whole)));
    return true;
  }

  function metrics(request: ServedRequest, response: ServerResponse): boolean {
    const found = /^(\/api\/.+?)(?:\/([0-9a-f-]{36}))?\/metrics$/.exec(request.path);
    if (!found) return false;
    const load: Load | undefined = found[2] ? loads.get(found[2]) : array.loads[0];
    if (!load || load.path !== found[1]) fail(response, 'noEntry');
    else if (request.query.get('interval') !== '1h') fail(response, 'badValue', 'interval');
    else {
      const records = history(load, clock());
      sendJson(response, 200, { records, num_records: records.length });
    }
    return true;
  }

  function command(request: ServedRequest, response: ServerResponse): void {
    stats.writes.push(`${request.method} ${request.path}`);
    const host = /^\/api\/support\/snmp\/traphosts\/(.+)$/.exec(request.path)?.[1];
    if (request.method === 'POST' && request.path === '/api/support/snmp/traphosts') {
      hosts.push(JSON.parse(request.body) as Json);
      sendJson(response, 201, { num_records: 1 });
    } else if (request.method === 'DELETE' && host !== undefined) {
      hosts.splice(0, hosts.length, ...hosts.filter((one) => one['host'] !== host));
      sendJson(response, 200, {});
    } else fail(response, 'unknownPath');
  }

  /** Somebody has locked the account for a moment, the server is busy, or broken. */
  function isHindered(request: ServedRequest, response: ServerResponse): boolean {
    const isWelcome = request.path === '/api/cluster' && request.query.get('fields') === 'version';
    if (scenario === 'busy' && requests % 6 === 5) {
      const error = { code: '8', message: 'The request queue is full.' };
      sendJson(response, requests % 12 === 5 ? 503 : 429, { error }, { 'retry-after': '0' });
      return true;
    }
    if (isWelcome) return false;
    if (scenario === 'expired' && requests % 29 === 3) {
      fail(response, 'unauthorized');
      return true;
    }
    return isBroken(scenario, response, requests);
  }

  return {
    handle(request, response) {
      stats.requests += 1;
      requests += 1;
      if (!isKnown(request, scenario)) {
        stats.logins += 1;
        return fail(response, 'unauthorized');
      }
      if (isHindered(request, response)) return;
      if (request.method !== 'GET') return command(request, response);
      const { path } = request;
      if (isSvmAccount && OF_CLUSTER.test(path)) return fail(response, 'denied');
      const refusal = scenario === 'unlicensed' ? UNLICENSED[path] : undefined;
      if (refusal) return fail(response, refusal);
      if (single(path, request, response) || metrics(request, response)) return;
      collection(path, request, response);
    },
  };
}

function isKnown(request: ServedRequest, scenario: Scenario): boolean {
  const basic = `Basic ${Buffer.from(`${USERNAME}:${CANARY_PASSWORD}`).toString('base64')}`;
  const isRefused = scenario === 'badpassword' || scenario === 'locked';
  return !isRefused && request.headers.authorization === basic;
}

/** `hang`: no answer; `garbage`: one of the broken ones. */
function isBroken(scenario: Scenario, response: ServerResponse, count: number): boolean {
  if (scenario === 'hang') return true;
  if (scenario !== 'garbage') return false;
  const answers = ['<html><body>ONTAP</body></html>', '{"records": [{"uuid": "5f', ''];
  response.writeHead(200, { 'content-type': 'application/hal+json' });
  response.end(answers[count % answers.length]);
  return true;
}

function fits(
  path: string,
  record: Json,
  filters: readonly (readonly [string, string])[],
): boolean {
  const constituents = filters.some(
    ([name, value]) => name === 'is_constituent' && value === 'true',
  );
  if (path === '/api/storage/volumes' && (record['is_constituent'] === true) !== constituents) {
    return false;
  }
  return filters.every(
    ([name, value]) =>
      name === 'is_constituent' ||
      name.startsWith('statistics') ||
      matches(valueAt(record, name), value),
  );
}

/** `a|b*`, `!a`, `>=time`; a record without the field fits nothing. */
function matches(value: unknown, filter: string): boolean {
  if (typeof value !== 'string' && typeof value !== 'boolean') return false;
  if (filter.startsWith('>=')) return Date.parse(String(value)) >= Date.parse(filter.slice(2));
  if (filter.startsWith('!')) return !matches(value, filter.slice(1));
  return filter.split('|').some((one) => {
    const pattern = one.replaceAll(/[.+?^${}()[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${pattern}$`).test(String(value));
  });
}
