/** The DeviceManager REST API: one session, renewed when it is gone, and lists page by page. */
import {
  AuthenticationFailed,
  BackendError,
  identifier,
  InvalidResponse,
  isObject,
  list as listOf,
  NotSupported,
  pause,
  SessionExpired,
  type DriverContext,
  type Foreign,
  type HttpClient,
  type HttpRequest,
  type RestAccess,
} from 'delfin-agent/driver';
import {
  checkLogin,
  isBusy,
  isExpired,
  readAnswer,
  refusesRange,
  unusableAccount,
  vendorError,
  type Answer,
} from './answers.ts';

/**
 * Objects asked for at once: the most that lists bring, then less for lists that refuse so many;
 * 0 is a request without range, for collections that know none.
 */
const PAGE_SIZES = [100, 50, 20, 0] as const;
type PageSize = (typeof PAGE_SIZES)[number];
const BUSY_TRIES = 6;
const BUSY_DELAY_MS = 250;
const MOST_BUSY_DELAY_MS = 500;

export interface Client {
  /** The `data` of one answer. */
  get(path: string, query?: string): Promise<unknown>;
  /** The `data` of a request with a body: queries that are too long for a URL, and commands. */
  send(method: 'POST' | 'PUT' | 'DELETE', path: string, json?: unknown): Promise<unknown>;
  /** All objects of a collection, each once. */
  list(path: string, query?: string): Promise<readonly Foreign[]>;
  close(): Promise<void>;
}

interface Session {
  readonly deviceId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The array has answered in it. */
  proven: boolean;
}

export interface Login {
  readonly rest: RestAccess;
  /** Where the account lives. */
  readonly scope: 'local' | 'ldap';
}

/** @throws AuthenticationFailed at once if the account is refused or unusable. */
export async function connect(login: Login, context: DriverContext): Promise<Client> {
  const http = await context.http(login.rest, {
    port: 8088,
    basePath: '/deviceManager/rest',
    headers: { 'content-type': 'application/json' },
  });
  let session: Session;
  let renewing: Promise<Session> | undefined;
  /** What each collection takes: a fact of the firmware. */
  const pageSizes = new Map<string, PageSize>();
  const paging: Paging = { proven: 0 };
  try {
    session = await logIn(http, login);
  } catch (error) {
    await http.close();
    throw error;
  }

  /** One login at a time; whoever finds the session already replaced takes the new one. */
  async function renew(lost: Session): Promise<Session> {
    if (session !== lost) return session;
    renewing ??= logIn(http, login).finally(() => {
      renewing = undefined;
    });
    session = await renewing;
    return session;
  }

  async function exchange(request: HttpRequest): Promise<Answer> {
    let used = session;
    for (let renewed = false; ; renewed = true) {
      const answer = await patiently(http, inSession(request, used));
      if (!isExpired(answer)) {
        used.proven = true;
        return answer;
      }
      const told = `${nameOf(request)}: ${answer.description} (error ${answer.code})`;
      // A session that never worked isn't expired: more logins would not help.
      if (!used.proven && renewed) {
        throw new BackendError(
          answer.code,
          `${told}, also in a new session: the account may lack the right`,
        );
      }
      if (!used.proven) throw new SessionExpired(told);
      used = await renew(used);
    }
  }

  async function call(request: HttpRequest): Promise<unknown> {
    const answer = await exchange(request);
    if (answer.code !== 0) throw vendorError(answer, nameOf(request));
    return answer.data;
  }

  /** The end of a range is exclusive. */
  const ask = (path: string, query: string, start: number, size: PageSize) => {
    const range = size > 0 ? `range=[${start}-${start + size}]` : '';
    return exchange({ path: withQuery(path, [query, range].filter(Boolean).join('&')) });
  };

  async function list(path: string, query: string): Promise<readonly Foreign[]> {
    for (const size of PAGE_SIZES.slice(PAGE_SIZES.indexOf(pageSizes.get(path) ?? 100))) {
      const answer = await ask(path, query, 0, size);
      if (size > 0 && refusesRange(answer)) continue;
      if (answer.code !== 0) throw vendorError(answer, `GET ${path}`);
      pageSizes.set(path, size);
      const first = objectsOf(answer.data, path);
      return await allPages(first, { size, paging }, async (start) => {
        const next = await ask(path, query, start, size);
        if (next.code === 0) return objectsOf(next.data, path);
        const error = vendorError(next, `GET ${path}`);
        // There is nothing behind the end of the list.
        if (error instanceof NotSupported) return [];
        throw error;
      });
    }
    return [];
  }

  return {
    get: (path, query = '') => call({ path: withQuery(path, query) }),
    send: (method, path, json) => call({ method, path, json }),
    list: (path, query = '') => list(path, query),
    async close() {
      try {
        await http.request(inSession({ method: 'DELETE', path: '/sessions' }, session));
      } finally {
        await http.close();
      }
    },
  };
}

async function logIn(http: HttpClient, { rest, scope }: Login): Promise<Session> {
  const json = {
    username: rest.username,
    password: rest.password.reveal(),
    scope: scope === 'ldap' ? '1' : '0',
  };
  // Until the device id is known, any word stands for it; firmwares differ in which they take.
  let response = await http.request({ method: 'POST', path: '/xx/sessions', json });
  if (response.status === 404) {
    response = await http.request({ method: 'POST', path: '/xxxxx/sessions', json });
  }
  if (response.status === 401 || response.status === 403) {
    throw new AuthenticationFailed(`the array refused the login (HTTP ${response.status}); correct the account before the next try`); // prettier-ignore
  }
  const data = checkLogin(readAnswer(response, 'login'));
  const deviceId = identifier(data['deviceid']);
  const token = identifier(data['iBaseToken']);
  if (deviceId === undefined || token === undefined) {
    throw new InvalidResponse('login: the answer names no device or token');
  }
  const cookie = response.setCookies.map((line) => line.split(';', 1)[0] ?? '').join('; ');
  const session = {
    deviceId,
    headers: { iBaseToken: token, ...(cookie ? { cookie } : {}) },
    proven: false,
  };
  const fault = unusableAccount(data);
  if (fault === undefined) return session;
  await http.request(inSession({ method: 'DELETE', path: '/sessions' }, session));
  throw new AuthenticationFailed(
    `the account ${rest.username} can't be used: ${fault}; change the password in DeviceManager`,
  );
}

function inSession(request: HttpRequest, session: Session): HttpRequest {
  return {
    ...request,
    path: `/${encodeURIComponent(session.deviceId)}${request.path}`,
    headers: session.headers,
  };
}

/** Asks again while the array says that it is busy. */
async function patiently(http: HttpClient, request: HttpRequest): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = readAnswer(await http.request(request), nameOf(request));
    if (!isBusy(answer)) return answer;
    if (attempt === BUSY_TRIES) {
      throw new BackendError(answer.code, `${nameOf(request)}: the array stays busy (${answer.description})`); // prettier-ignore
    }
    await pause(Math.min(BUSY_DELAY_MS * 2 ** (attempt - 1), MOST_BUSY_DELAY_MS));
  }
}

interface Paging {
  /** The longest page that was the last one for certain. */
  proven: number;
}

/**
 * Pages until one is short or brings nothing new. A short first page may be that of a list whose own
 * limit is lower than asked for, if it is a round number or not shorter than one that was the last
 * for certain: then the next page follows where it ended.
 */
async function allPages(
  first: readonly Foreign[],
  { size, paging }: { size: PageSize; paging: Paging },
  next: (start: number) => Promise<readonly Foreign[]>,
): Promise<readonly Foreign[]> {
  const found = new Map<string, Foreign>();
  let objects = first;
  for (let start = 0; ;) {
    const before = found.size;
    for (const candidate of objects) {
      const key = keyOf(candidate);
      if (!found.has(key)) found.set(key, candidate);
    }
    const { length } = objects;
    if (found.size === before) {
      if (start === first.length) paging.proven = Math.max(paging.proven, first.length);
      break;
    }
    if (size === 0 || length > size + 1) break;
    const full = start > 0 ? Math.min(size, first.length) : Math.min(size, paging.proven);
    if (length < full && (start > 0 || !isRound(length))) break;
    start += Math.min(length, size);
    objects = await next(start);
  }
  return [...found.values()];
}

const isRound = (length: number): boolean =>
  length >= 8 && (length % 10 === 0 || (length & (length - 1)) === 0);

function keyOf(candidate: Foreign): string {
  const id = candidate['ID'] ?? candidate['sequence'];
  if (typeof id !== 'string' && typeof id !== 'number') return JSON.stringify(candidate);
  return `${String(candidate['TYPE'])}:${id}`;
}

/** A list that is empty has no data; a list of one is sometimes the object itself. */
function objectsOf(data: unknown, path: string): readonly Foreign[] {
  if (data === undefined || data === null || data === '') return [];
  if (isObject(data)) return Object.keys(data).length === 0 ? [] : [data];
  return listOf(data, path);
}

const withQuery = (path: string, query: string): string => (query ? `${path}?${query}` : path);

const nameOf = (request: HttpRequest): string =>
  `${request.method ?? 'GET'} ${request.path.split('?', 1)[0] ?? ''}`;

/** A value for a query; what ids and lists are made of stays readable to the array. */
export function queryValue(value: string): string {
  return encodeURIComponent(value).replaceAll('%40', '@').replaceAll('%3A', ':').replaceAll('%2C', ','); // prettier-ignore
}
