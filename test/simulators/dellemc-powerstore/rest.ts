/** The REST API: collections with select, filters and pages; metrics; commands. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import type { Scenario, SimulatorStats } from '../../kit/simulator.ts';
import { uuid } from './hardware.ts';
import { performanceRows, spaceRow, wearOf } from './measured.ts';
import { createSessions, errorBody, USERNAME } from './sessions.ts';
import type { Sessions } from '../../kit/cookie-sessions.ts';
import { archiveOf } from './tar.ts';
import { PERIOD_MS, RELATIONS, UNKNOWN, type PowerStoreArray, type Row, word } from './types.ts';

const FULL_PAGE = 2_000;
/** In the small scenarios the array cuts pages shorter, so that a few objects cross their borders. */
const SMALL_PAGE = 20;
/** A model without file services does not know their resources. */
const FILE_RESOURCES = new Set(['nas_server', 'file_system', 'file_tree_quota', 'file_user_quota', 'nfs_export', 'smb_share']); // prettier-ignore
/** What the array of the scenario `sparse` has no value for, and what it has none of. */
export const SPARSE_ATTRIBUTES = new Set(['description', 'wwn', 'mac_address', 'part_number', 'serial_number', 'extra_details', 'sfp_id', 'logical_used', 'flr_attributes', 'mode']); // prettier-ignore
export const SPARSE_RESOURCES = new Set(['bond', 'network', 'ip_port', 'ip_pool_address', 'remote_system', 'volume_group', 'replication_session', 'nas_server']); // prettier-ignore

const FIVE_MINUTES_MS = 300_000;

export interface RestOptions {
  readonly array: PowerStoreArray;
  readonly scenario: Scenario;
  readonly stats: SimulatorStats;
  /** Somebody has switched on the archive of the newest five minutes. */
  readonly archive: boolean;
}

export interface Rest {
  handle(request: ServedRequest, response: ServerResponse): void;
  readonly sessions: Sessions;
}

export function createRest({ array, scenario, stats, archive }: RestOptions): Rest {
  const sessions = createSessions(scenario, stats);
  const pageLimit = scenario === 'huge' ? FULL_PAGE : SMALL_PAGE;
  const unknown = UNKNOWN[array.generation];
  let requests = 0;
  const waiting = new Set<string>();

  function rowsOf(resource: string): readonly Row[] | undefined {
    if (scenario === 'unlicensed' && FILE_RESOURCES.has(resource)) return undefined;
    if (unknown[resource] === '*') return undefined;
    if (resource === 'login_session') return [session()];
    if (scenario === 'sparse' && SPARSE_RESOURCES.has(resource)) return [];
    const rows = array.rows[resource];
    if (resource !== 'cluster') return rows;
    return rows?.map((row) => ({ ...row, system_time: new Date(array.clock()).toISOString() }));
  }

  function collection(resource: string, request: ServedRequest, response: ServerResponse): void {
    const rows = rowsOf(resource);
    if (!rows) {
      notFound(response, `The resource ${resource} is not found.`);
      return;
    }
    const hidden = unknown[resource];
    const known = new Set(rows.flatMap((row) => Object.keys(row)));
    for (const name of hidden ?? []) known.delete(name);
    const select = (request.query.get('select') ?? 'id').split(',');
    const wrong = select.find((name) => name !== '*' && rows.length > 0 && !known.has(name));
    if (wrong !== undefined) {
      const text = `The REST property [${resource}.${wrong}] was not found.`;
      sendJson(response, 400, errorBody('0xE0404003000A', text));
      return;
    }
    const relations = RELATIONS[resource] ?? [];
    const wanted = select.includes('*')
      ? [...known].filter((name) => !relations.includes(name) || select.includes(name))
      : select;
    const filtered = rows.filter((row) => passes(row, request.query));
    page(
      request,
      response,
      filtered.map((row) => pick(row, wanted)),
    );
  }

  function pick(row: Row, wanted: readonly string[]): Row {
    return Object.fromEntries(
      wanted.map((name) => {
        const isMissing = scenario === 'sparse' && SPARSE_ATTRIBUTES.has(name);
        return [name, isMissing ? null : (row[name] ?? null)];
      }),
    );
  }

  function page(request: ServedRequest, response: ServerResponse, rows: readonly Row[]): void {
    const offset = Number(request.query.get('offset') ?? 0);
    const limit = Math.min(Number(request.query.get('limit') ?? 100), pageLimit);
    if (!(limit > 0) || offset < 0 || (offset > 0 && offset >= rows.length)) {
      sendJson(response, 416, errorBody('0xE04040010005', 'The range is not satisfiable.'));
      return;
    }
    const shown = rows.slice(offset, offset + limit);
    const whole = shown.length === rows.length;
    const range = `${offset}-${offset + shown.length - 1}/${rows.length}`;
    sendJson(response, whole ? 200 : 206, shown, whole ? {} : { 'content-range': range });
  }

  function metrics(request: ServedRequest, response: ServerResponse): void {
    const {
      entity = '',
      entity_id: id = '',
      interval,
    } = JSON.parse(request.body) as Record<string, string>;
    const space = /^space_metrics_by_(cluster|appliance|volume)$/.exec(entity)?.[1];
    const measured = /^performance_metrics_by_(\w+)$/.exec(entity)?.[1] ?? '';
    const isEmpty = scenario === 'sparse';
    if (space !== undefined) {
      sendJson(response, 200, isEmpty ? [] : spaceOf(space, id));
    } else if (entity === 'wear_metrics_by_drive_daily') {
      const row = {
        timestamp: '2026-01-01T00:00:00Z',
        drive_id: id,
        percent_endurance_remaining: wearOf(id),
        repeat_count: 1,
      };
      sendJson(response, 200, isEmpty ? [] : [{ ...row, percent_endurance_remaining: 100 }, row]);
    } else {
      const period = interval === 'Five_Mins' ? FIVE_MINUTES_MS : PERIOD_MS;
      const rows = performanceRows(array, measured, id, Date.now(), period);
      const isRefused = !rows || (scenario === 'unlicensed' && measured === 'file_system');
      if (isRefused)
        sendJson(response, 400, errorBody('0xE04040020009', `entity ${entity} is not valid.`));
      else sendJson(response, 200, isEmpty ? [] : rows);
    }
  }

  function spaceOf(by: string, id: string): readonly Row[] {
    if (by !== 'volume') return [spaceRow(`space_metrics_by_${by}`, id)];
    const volume = array.rows['volume']?.find((row) => row['id'] === id);
    const used = volume?.['logical_used'] ?? null;
    // A new one has no row yet.
    if (used === null) return [];
    return [{ timestamp: '2026-01-01T00:00:00Z', logical_used: used, repeat_count: 288 }];
  }

  /** Whoever has not switched it on is refused; so is one who does not ask as a partner. */
  function download(request: ServedRequest, response: ServerResponse): void {
    if (array.generation !== 'v4') {
      notFound(response, 'The resource latest_five_min_metrics is not found.');
      return;
    }
    if (!archive || request.headers['dell-visibility'] !== 'Partner') {
      sendJson(response, 422, errorBody('0xE0202001000F', 'The collection is not enabled.'));
      return;
    }
    const table = (by: string, column: string, resource: string) => ({
      [`performance_metrics_by_${by}.csv`]: (array.rows[resource] ?? []).map((row) => ({
        [column]: row['id'],
        ...performanceRows(
          array,
          by,
          word(row['id']),
          Date.now(),
          FIVE_MINUTES_MS,
          FIVE_MINUTES_MS,
        )?.at(-1),
        timestamp: new Date(
          Math.floor(Date.now() / FIVE_MINUTES_MS) * FIVE_MINUTES_MS,
        ).toISOString(),
        repeat_count: 1,
      })),
    });
    const packed = archiveOf({
      ...table('volume', 'volume_id', 'volume'),
      ...table('vg', 'vg_id', 'volume_group'),
      ...table('file_system', 'file_system_id', 'file_system'),
    });
    response.writeHead(200, { 'content-type': 'application/gzip', etag: '"1"' }).end(packed);
  }

  function command(request: ServedRequest, response: ServerResponse): void {
    stats.writes.push(`${request.method} ${request.path}`);
    const [, resource = '', id] = /^\/api\/rest\/(\w+)(?:\/([^/]+))?$/.exec(request.path) ?? [];
    const rows = array.rows[resource] ?? [];
    const body = JSON.parse(request.body || '{}') as Row;
    if (resource === 'snmp_server' && request.method === 'POST') {
      const added = { id: uuid('snmp', rows.length), ...body };
      array.rows[resource] = [...rows, added];
      sendJson(response, 201, { id: added.id });
    } else if (id === undefined || !rows.some((row) => row['id'] === id)) {
      notFound(response, `There is no ${resource} ${id}.`);
    } else if (resource === 'snmp_server' && request.method === 'DELETE') {
      array.rows[resource] = rows.filter((row) => row['id'] !== id);
      response.writeHead(204).end();
    } else if (resource === 'alert' && request.method === 'PATCH') {
      array.rows[resource] = rows.map((row) => (row['id'] === id ? { ...row, ...body } : row));
      response.writeHead(204).end();
    } else {
      sendJson(response, 405, errorBody('0xE04040010001', 'The method is not allowed.'));
    }
  }

  /** Nobody is told to wait twice in a row. */
  function isFirst({ url, body }: ServedRequest): boolean {
    const key = `${url} ${body}`;
    if (waiting.delete(key)) return false;
    waiting.add(key);
    return true;
  }

  return {
    sessions,
    handle(request, response) {
      stats.requests += 1;
      requests += 1;
      if (scenario === 'busy' && requests % 6 === 5 && isFirst(request)) {
        sendJson(response, 503, errorBody('0xE04040010003', 'Temporarily unavailable.'));
        return;
      }
      if (!sessions.admit(request, response)) return;
      const resource = /^\/api\/rest\/(\w+)$/.exec(request.path)?.[1] ?? '';
      if (resource === 'logout') sessions.logOut(request, response);
      else if (resource !== 'login_session' && isFaulty(scenario, response, requests)) return;
      else if (request.method === 'GET') collection(resource, request, response);
      else if (request.path === '/api/rest/metrics/generate') metrics(request, response);
      else if (request.path === '/api/rest/latest_five_min_metrics/download')
        download(request, response); // prettier-ignore
      else command(request, response);
    },
  };
}

function session(): Row {
  return {
    id: 'b6a1',
    user: USERNAME,
    role_ids: ['2'],
    idle_timeout: 3_600,
    is_password_change_required: false,
    is_built_in_user: false,
  };
}

/** `attribute=eq.value` and `neq`, as far as they are asked here. */
function passes(row: Row, query: URLSearchParams): boolean {
  for (const [name, condition] of query) {
    if (['select', 'order', 'limit', 'offset'].includes(name)) continue;
    const [, operator, value] = /^(eq|neq)\.(.*)$/.exec(condition) ?? [];
    if (operator === undefined) throw new Error(`unknown filter ${name}=${condition}`);
    if ((word(row[name]) === value) !== (operator === 'eq')) return false;
  }
  return true;
}

function notFound(response: ServerResponse, text: string): void {
  sendJson(response, 404, errorBody('0xE04040010002', text));
}

/** `hang`: no answer; `garbage`: one of the broken ones. */
function isFaulty(scenario: Scenario, response: ServerResponse, count: number): boolean {
  if (scenario === 'hang') return true;
  if (scenario !== 'garbage') return false;
  const ways = [
    () => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>It works</html>'),
    () => response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id": "A1", '),
    () => sendJson(response, 200, { unexpected: true }),
  ];
  ways[count % ways.length]?.();
  return true;
}
