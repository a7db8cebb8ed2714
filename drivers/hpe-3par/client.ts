/** The Web Services API (WSAPI): one session key, renewed when the array has forgotten it. */
import {
  AuthenticationFailed,
  BackendError,
  BackendUnreachable,
  InvalidResponse,
  isObject,
  list,
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

const KEY_HEADER = 'x-hp3par-wsapi-sessionkey';
/** 3PAR serves the API on 8080, Primera on 443; the other one is tried, too. */
const PORTS = { '3par': [8080, 443], primera: [443, 8080] } as const;
/** 20,000 volumes are about 30 MB. */
const MAX_BYTES = 256 * 2 ** 20;

/** WSAPI error codes that decide what an error means; others pass through with their text. */
const CODES = {
  invalidCredentials: 5,
  invalidKey: 6,
  unsupported: 9,
} as const;

/** A busy array is asked again after 0.2, 0.4 and 0.8 s. */
const PATIENCE = { attempts: 4, delayMs: 200, again: isBusy };

export interface RestClient {
  /** The answer to a GET below `/api/v1`. @throws NotSupported if this array has no such resource. */
  get(path: string, query?: string): Promise<Foreign>;
  /** The members of a collection. */
  members(path: string, query?: string): Promise<readonly Foreign[]>;
  close(): Promise<void>;
}

export async function connectRest(access: RestAccess, context: DriverContext): Promise<RestClient> {
  const { http, key: firstKey } = await firstLogin(access, context);
  let key: string | undefined = firstKey;
  let renewing: Promise<string> | undefined;

  /** One login at a time; everybody who found `dead` gone waits for it. */
  const renew = (dead: string | undefined): Promise<string> => {
    if (key !== undefined && key !== dead) return Promise.resolve(key);
    key = undefined;
    renewing ??= login(http, access)
      .then((fresh) => (key = fresh))
      .finally(() => (renewing = undefined));
    return renewing;
  };

  async function send(request: HttpRequest): Promise<HttpResponse> {
    const used = key ?? (await renew(undefined));
    const response = await http.request({ ...request, headers: { [KEY_HEADER]: used } });
    if (!isExpired(response)) return response;
    const again = await http.request({ ...request, headers: { [KEY_HEADER]: await renew(used) } });
    if (!isExpired(again)) return again;
    throw new SessionExpired(`${request.path}: ${describe(again)}`);
  }

  const read = async (path: string, query?: string) => {
    const response = await send({ path, query: { query } });
    if (response.status === 200) return object(response.json(), path);
    throw toError(response, path);
  };

  async function get(path: string, query?: string): Promise<Foreign> {
    try {
      return await retry(PATIENCE, () => read(path, query));
    } catch (error) {
      if (!isInUse(error)) throw error;
      // A key that stays in use is as good as lost: give it back and take another.
      const stuck = key;
      if (stuck !== undefined) await logout(http, stuck);
      await renew(stuck);
      return await read(path, query);
    }
  }

  return {
    get,
    async members(path, query) {
      const answer = await get(path, query);
      // A collection without members may come without the list.
      if ((answer['members'] ?? undefined) === undefined && !number(answer['total'])) return [];
      return list(answer['members'], `${path}: members`);
    },
    async close() {
      const last = key;
      key = undefined;
      if (last !== undefined) await logout(http, last);
      await http.close();
    },
  };
}

async function firstLogin(access: RestAccess, context: DriverContext) {
  const usual = context.model === 'primera' ? PORTS.primera : PORTS['3par'];
  const ports = access.port === undefined ? usual : [access.port];
  let unreachable: unknown;
  for (const port of ports) {
    const http = await context.http(access, { port, basePath: '/api/v1', maxBytes: MAX_BYTES });
    try {
      return { http, key: await login(http, access) };
    } catch (error) {
      await http.close();
      if (!(error instanceof BackendUnreachable)) throw error;
      unreachable ??= error;
    }
  }
  throw unreachable;
}

/** However the status, these words mean that another attempt would be as vain. */
const REFUSED = /invalid username or password|account.* locked|password.* expired/i;

/** A key that is already gone is as good. */
async function logout(http: HttpClient, key: string): Promise<void> {
  await http
    .request({
      method: 'DELETE',
      path: `/credentials/${encodeURIComponent(key)}`,
      headers: { [KEY_HEADER]: key },
      timeoutMs: 5_000,
    })
    .catch(() => undefined);
}

/** One attempt, but for a busy array: a refused password is never sent again. */
function login(http: HttpClient, access: RestAccess): Promise<string> {
  return retry(PATIENCE, async () => {
    const response = await http.request({
      method: 'POST',
      path: '/credentials',
      json: { user: access.username, password: access.password.reveal() },
    });
    if (response.status === 401 || response.status === 403 || REFUSED.test(describe(response))) {
      throw new AuthenticationFailed(
        `${http.origin}: login refused for user ${access.username}: ${describe(response)}`,
      );
    }
    if (response.status !== 200 && response.status !== 201) throw toError(response, '/credentials');
    const granted = text(object(response.json(), '/credentials')['key']);
    if (granted === undefined) {
      throw new InvalidResponse(`${http.origin}: the login was answered without a session key`);
    }
    return granted;
  });
}

/** 401, or 403 for a key that is unknown, timed out or was issued to another address. */
function isExpired(response: HttpResponse): boolean {
  if (response.status === 401) return true;
  if (response.status !== 403) return false;
  const { code, desc } = errorOf(response);
  return code === undefined || code === CODES.invalidKey || /session|different ip/i.test(desc);
}

const BUSY = new Set(['503', '429', '409']);

function isBusy(error: unknown): boolean {
  return error instanceof BackendError && BUSY.has(error.code);
}

function isInUse(error: unknown): boolean {
  return error instanceof BackendError && error.code === '409';
}

function toError(response: HttpResponse, path: string): Error {
  const { code, desc } = errorOf(response);
  const what = `${path}: ${describe(response)}`;
  if (BUSY.has(String(response.status))) {
    return new BackendError(response.status, what);
  }
  const absent = response.status === 404 || response.status === 405 || response.status === 501;
  if (absent || code === CODES.unsupported || /unsupported|not supported|licen[sc]e/i.test(desc)) {
    return new NotSupported(what);
  }
  return new BackendError(code ?? response.status, what);
}

function errorOf(response: HttpResponse): { code: number | undefined; desc: string } {
  let body: unknown;
  try {
    body = response.json();
  } catch {
    return { code: undefined, desc: response.text().slice(0, 200) };
  }
  if (!isObject(body)) return { code: undefined, desc: '' };
  const code = Number(body['code'] ?? Number.NaN);
  return {
    code: Number.isFinite(code) ? code : undefined,
    desc: text(body['desc']) ?? text(body['message']) ?? '',
  };
}

function describe(response: HttpResponse): string {
  const { code, desc } = errorOf(response);
  const written = code === undefined ? '' : `, error ${code}`;
  return `HTTP ${response.status}${written}${desc ? ` (${desc.replace(/\s+/g, ' ').slice(0, 160)})` : ''}`;
}
