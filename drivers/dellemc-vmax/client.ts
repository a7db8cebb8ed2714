/**
 * Unisphere's REST API: basic authentication with every request, no session. Lists that may be long
 * come as an iterator whose further pages are asked for one by one.
 */
import {
  AuthenticationFailed,
  BackendError,
  identifier,
  InvalidResponse,
  isObject,
  list,
  mapConcurrent,
  NotSupported,
  number,
  object,
  retry,
  SessionExpired,
  text,
  type DriverContext,
  type Foreign,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type RestAccess,
} from 'delfin-agent/driver';

const PORT = 8443;
const BASE_PATH = '/univmax/restapi';
/** API versions whose resources this driver knows, newest first. */
const KNOWN_VERSIONS = [100, 92, 91, 90, 84] as const;
/** A busy server is asked again after 0.2, 0.4, 0.8 and 1.6 s. */
const PATIENCE = { attempts: 5, delayMs: 200, again: isBusy };
/** Requests prepared at a time; the backend's budget decides how many are under way. */
const CONCURRENCY = 16;

const ITERATOR = '/common/Iterator';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Unisphere {
  readonly origin: string;
  /** API version that stands in the paths, for example 92. */
  readonly version: number;
  /** Serial numbers of all arrays the server knows, remote ones included. */
  readonly arrays: readonly string[];
  /** @throws NotSupported if there is no such resource. */
  get(path: string, query?: Query): Promise<Foreign>;
  /** Asks for performance data: a POST that changes nothing. */
  query(path: string, body: Foreign): Promise<Foreign>;
  /** A writing request. Only for commands of the operator. */
  send(request: HttpRequest): Promise<void>;
  /** Ids of a collection, from a plain list or from all pages of an iterator. */
  ids(path: string, field: string, query?: Query): Promise<string[]>;
  /** All entries of an answer that may be the first page of an iterator. */
  entries(first: Foreign, what: string): Promise<readonly Foreign[]>;
  /**
   * One object each. Those that have vanished since the list was read are left out; one that the
   * server can't describe keeps its id. @throws what went wrong if it did so with all.
   */
  details(path: string, ids: readonly string[]): Promise<Detail[]>;
  /**
   * What belongs to each parent; undefined for one that the server fails over.
   * @throws what went wrong if it did so with all.
   */
  each<P, T>(
    what: string,
    parents: readonly P[],
    ask: (parent: P) => Promise<T>,
  ): Promise<(T | undefined)[]>;
  close(): Promise<void>;
}

export interface Detail {
  readonly id: string;
  /** Empty if the server failed over this one object. */
  readonly fields: Foreign;
  readonly failed?: true;
}

export async function connect(access: RestAccess, context: DriverContext): Promise<Unisphere> {
  const credentials = `${access.username}:${access.password.reveal()}`;
  const http = await context.http(access, {
    port: PORT,
    basePath: BASE_PATH,
    headers: {
      authorization: `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`,
      'application-type': 'delfin-agent',
    },
  });
  const state = { accepted: false, user: access.username };
  const request = requester(http, state);
  const get = async (path: string, query: Query = {}) =>
    bodyOf(await request({ path, query }), path);

  try {
    const { version, arrays } = await discover(get);
    // The version is told to anybody; who may list arrays has logged in.
    state.accepted = true;
    return {
      origin: http.origin,
      version,
      arrays,
      get,
      query: async (path, body) =>
        bodyOf(await request({ method: 'POST', path, json: body }), path),
      send: async (what) => void (await request(what)),
      ...createLists(get, context),
      close: () => http.close(),
    };
  } catch (error) {
    await http.close();
    throw error;
  }
}

type Get = Unisphere['get'];

/** An answer without content has no fields. */
function bodyOf(response: HttpResponse, path: string): Foreign {
  return response.status === 204 ? {} : object(response.json(), path);
}

interface Login {
  readonly user: string;
  /** The credentials have been good: a refusal from now on is something else. */
  accepted: boolean;
}

/** Sends; what is not a success is an error of the contract; a busy server is asked again. */
function requester(
  http: HttpClient,
  login: Readonly<Login>,
): (what: HttpRequest) => Promise<HttpResponse> {
  return (what) =>
    retry(PATIENCE, async () => {
      const response = await http.request(what);
      if (response.status >= 200 && response.status < 300) return response;
      throw toError(response, what.path, login);
    });
}

function createLists(
  get: Get,
  context: DriverContext,
): Pick<Unisphere, 'ids' | 'entries' | 'details' | 'each'> {
  const pages = async (first: Foreign, what: string) => {
    const { entries, announced } = await allPages(get, first, what);
    if (entries.length < announced) {
      context.log.warn(
        { list: what, announced, received: entries.length },
        'a list has fewer entries than the server announced',
      );
    }
    return entries;
  };
  const readIds = async (path: string, field: string, query: Query) => {
    const answer = await get(path, query);
    if (!isPaged(answer)) return plainIds(answer[field] ?? [], field);
    return plainIds(await pages(answer, path), field);
  };
  const each: Unisphere['each'] = async (what, parents, ask) => {
    const failures: unknown[] = [];
    const answers = await mapConcurrent(parents, CONCURRENCY, async (parent) => {
      try {
        return await ask(parent);
      } catch (error) {
        if (!isAnswered(error)) throw error;
        failures.push(error);
        return undefined;
      }
    });
    const [error] = failures;
    if (failures.length > 0 && failures.length === parents.length) throw error;
    if (failures.length > 0) {
      context.log.warn(
        { list: what, objects: failures.length, err: error },
        'some objects of a list have no details',
      );
    }
    return answers;
  };

  return {
    async ids(path, field, query = {}) {
      try {
        return await readIds(path, field, query);
      } catch (error) {
        // An iterator lives a few minutes; if it is gone, the list is read anew once.
        if (!(error instanceof NotSupported) || !error.message.includes(ITERATOR)) throw error;
        return await readIds(path, field, query);
      }
    },
    entries: async (first, what) => (isPaged(first) ? await pages(first, what) : []),
    async details(path, wanted) {
      const gone = new Set<string>();
      const found = await each(path, wanted, async (id) => {
        try {
          return await get(`${path}/${segment(id)}`);
        } catch (error) {
          if (error instanceof NotSupported) gone.add(id);
          throw error;
        }
      });
      return wanted.flatMap((id, index): Detail[] => {
        const fields = found[index];
        if (fields) return [{ id, fields }];
        return gone.has(id) ? [] : [{ id, fields: {}, failed: true }];
      });
    },
    each,
  };
}

function isPaged(answer: Foreign): boolean {
  return answer['resultList'] !== undefined && answer['resultList'] !== null;
}

/** The server answered this request, so it may answer others. */
export function isAnswered(error: unknown): boolean {
  return (
    error instanceof BackendError ||
    error instanceof InvalidResponse ||
    error instanceof NotSupported
  );
}

/** The entries of an iterator: those in the answer itself, then page by page until none are new. */
async function allPages(
  get: Get,
  first: Foreign,
  what: string,
): Promise<{ entries: readonly Foreign[]; announced: number }> {
  const head = object(first['resultList'], what);
  const found = new Map<string, Foreign>();
  const add = (entries: readonly Foreign[]) => {
    for (const entry of entries) found.set(JSON.stringify(entry), entry);
  };
  const firstPage = list(head['result'] ?? [], what);
  add(firstPage);
  const announced = number(first['count']) ?? firstPage.length;
  const id = identifier(first['id']);
  const size = number(first['maxPageSize']) || firstPage.length;
  const isIncomplete = (before: number) => found.size > before && found.size < announced;
  if (id !== undefined && size > 0) {
    let from = (number(head['to']) ?? firstPage.length) + 1;
    for (let before = -1; isIncomplete(before) && from <= announced; from += size) {
      before = found.size;
      const to = Math.min(from + size - 1, announced);
      const page = await get(`${ITERATOR}/${segment(id)}/page`, { from, to });
      add(list(page['result'] ?? [], what));
    }
  }
  return { entries: [...found.values()], announced };
}

/** The newest API version that the server serves and this driver knows, and the arrays behind it. */
async function discover(get: Get): Promise<{ version: number; arrays: string[] }> {
  let missing: unknown;
  for (const version of candidates(await stated(get))) {
    try {
      const answer = await get(`/${version}/system/symmetrix`);
      return { version, arrays: plainIds(answer['symmetrixId'], 'symmetrixId') };
    } catch (error) {
      if (!(error instanceof NotSupported)) throw error;
      missing = error;
    }
  }
  throw missing;
}

/** What the server says of itself: since 9.0 at /version, before at /system/version. */
async function stated(get: Get): Promise<Foreign> {
  for (const path of ['/version', '/system/version']) {
    try {
      return await get(path);
    } catch (error) {
      if (!isAnswered(error)) throw error;
    }
  }
  return {};
}

function candidates(about: Foreign): readonly number[] {
  const offered = Array.isArray(about['supported_api_versions'])
    ? about['supported_api_versions'].map(number).filter((version) => version !== undefined)
    : [];
  const own = number(about['api_version']) ?? versionOf(text(about['version']));
  const known = KNOWN_VERSIONS.filter((version) => version <= (own ?? Infinity));
  const common = KNOWN_VERSIONS.filter((version) => offered.includes(version));
  return [...new Set([...common, ...(own ? [own] : []), ...offered, ...known])];
}

/** V9.2.1.5 is API version 92, V10.0.1.3 is 100. */
function versionOf(release: string | undefined): number | undefined {
  const match = /^\D*(\d+)\.(\d)/.exec(release ?? '');
  return match ? Number(`${match[1]}${match[2]}`) : undefined;
}

/** Ids given as text, or as objects with the id in `field`. */
function plainIds(value: unknown, field: string): string[] {
  if (!Array.isArray(value)) throw new InvalidResponse(`${field}: expected a list`);
  const read = value.map((entry: unknown) => identifier(isObject(entry) ? entry[field] : entry));
  return [...new Set(read.filter((id) => id !== undefined))];
}

/** One segment of a path. The colons of initiators and ports stay: some servers don't decode them. */
export function segment(id: string): string {
  return encodeURIComponent(id).replaceAll('%3A', ':').replaceAll('%2C', ',');
}

const BUSY = new Set(['429', '502', '503']);

function isBusy(error: unknown): boolean {
  return error instanceof BackendError && BUSY.has(error.code);
}

function toError(response: HttpResponse, path: string, { accepted, user }: Readonly<Login>): Error {
  const { status } = response;
  const said = messageOf(response);
  const what = `${path}: HTTP ${status}${said ? ` (${said})` : ''}`;
  if (status === 401) {
    return accepted
      ? new SessionExpired(what)
      : new AuthenticationFailed(`Unisphere refuses user ${user}: ${what}`);
  }
  if (status === 403) {
    return accepted
      ? new NotSupported(`${what}; user ${user} needs the role Monitor on this array`)
      : new AuthenticationFailed(`user ${user} may not use Unisphere's REST API: ${what}`);
  }
  if (BUSY.has(String(status))) return new BackendError(status, what);
  if (status === 500 && /busy|try again/i.test(said)) return new BackendError(503, what);
  const absent = status === 404 || status === 405 || status === 501;
  if (absent || /not supported|unsupported|licen[sc]e/i.test(said)) return new NotSupported(what);
  return new BackendError(status, what);
}

function messageOf(response: HttpResponse): string {
  let body: unknown;
  try {
    body = response.json();
  } catch {
    return '';
  }
  if (!isObject(body)) return '';
  const said = Array.isArray(body['message']) ? body['message'].join('; ') : body['message'];
  return (text(said) ?? '').replace(/\s+/g, ' ').slice(0, 200);
}
