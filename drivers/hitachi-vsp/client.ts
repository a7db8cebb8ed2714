/** The Configuration Manager REST API: one session, renewed when the server no longer knows it. */
import {
  BackendError,
  ConfigurationError,
  identifier,
  InvalidResponse,
  isObject,
  object,
  pause,
  SessionExpired,
  text,
  type DriverContext,
  type Foreign,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type RestAccess,
} from 'delfin-agent/driver';
import { findDevice, type Device } from './device.ts';
import {
  basic,
  isBusy,
  isSessionLost,
  jobError,
  members,
  retryAfterMs,
  toError,
  toLoginError,
} from './protocol.ts';

const BASE_PATH = '/ConfigurationManager/v1/objects';
/** 16,384 LDEVs are about 20 MB. */
const MAX_BYTES = 256 * 2 ** 20;
/** A controller's own server takes minutes for the LDEVs of a large array. */
const TIMEOUT_MS = 300_000;
const ATTEMPTS = 5;
const JOB_INTERVAL_MS = 500;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;

export type Query = HttpRequest['query'];

export interface ArrayClient {
  /** The array this client is for, as the list of storage systems describes it. */
  readonly device: Device;
  /** An object below the array; `path` '' is the array itself. @throws NotSupported, BackendError */
  get(path: string, query?: Query): Promise<Foreign>;
  /** The members of a collection below the array. */
  list(path: string, query?: Query): Promise<readonly Foreign[]>;
  /** Changes an object for an operator's command, and waits for the job that does it. */
  change(path: string, body: unknown): Promise<void>;
  close(): Promise<void>;
}

interface Token {
  readonly token: string;
  readonly sessionId: string | undefined;
}

export async function connect(
  access: RestAccess,
  deviceId: string | undefined,
  context: DriverContext,
): Promise<ArrayClient> {
  const http = await context.http(access, {
    port: 443,
    basePath: BASE_PATH,
    maxBytes: MAX_BYTES,
    timeoutMs: TIMEOUT_MS,
  });
  const device = await findDevice(http, access, deviceId);
  const root = `/storages/${encodeURIComponent(device.id)}`;
  let current: Token | undefined = await login(http, root, access);
  let renewing: Promise<Token> | undefined;

  /** One login at a time; everybody who found `dead` gone waits for it. */
  function renew(dead: Token | undefined, alive: boolean): Promise<Token> {
    if (current && current !== dead) return Promise.resolve(current);
    renewing ??= (async () => {
      current = undefined;
      // Sessions are few: one that may still live is given back before another is taken.
      if (alive && dead) await logout(http, root, dead);
      return (current = await login(http, root, access));
    })().finally(() => {
      renewing = undefined;
    });
    return renewing;
  }

  /** Sends once; a second time with a new session if the first is no longer known. */
  async function send(request: HttpRequest): Promise<{ response: HttpResponse; used: Token }> {
    const used = current ?? (await renew(undefined, false));
    const response = await http.request({ ...request, headers: authorization(used) });
    if (!(await isLost(response, used))) return { response, used };
    const fresh = await renew(used, response.status !== 401);
    const again = await http.request({ ...request, headers: authorization(fresh) });
    if (isSessionLost(again))
      throw new SessionExpired(`${request.path}: the new session is unknown`);
    return { response: again, used: fresh };
  }

  /** 403 is a missing role, but some servers also answer so to a session they have forgotten. */
  async function isLost(response: HttpResponse, used: Token): Promise<boolean> {
    if (response.status !== 403 || used.sessionId === undefined) return isSessionLost(response);
    const session = await http.request({
      path: `${root}/sessions/${encodeURIComponent(used.sessionId)}`,
      headers: authorization(used),
    });
    return session.status !== 200;
  }

  async function read(path: string, query?: Query): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const { response, used } = await send({ path: `${root}${path}`, query: query ?? {} });
      if (response.status === 200) return response.json();
      if (!isBusy(response) || attempt >= ATTEMPTS) throw toError(response, path || root);
      await pause(delay(attempt, response));
      // A session that stays in use is as good as lost.
      if (response.status === 409 && attempt > 1) await renew(used, true);
    }
  }

  async function change(path: string, body: unknown): Promise<void> {
    const { response } = await send({ method: 'PATCH', path: `${root}${path}`, json: body });
    if (response.status !== 200 && response.status !== 202) throw toError(response, path);
    let job = object(response.json(), path);
    const id = identifier(job['jobId']);
    if (id === undefined) return;
    while (job['status'] !== 'Completed') {
      await pause(JOB_INTERVAL_MS);
      job = object(await read(`/jobs/${encodeURIComponent(id)}`), path);
    }
    if (job['state'] !== 'Succeeded') throw jobError(job, path);
  }

  return {
    device,
    change,
    get: async (path, query) => object(await read(path, query), path || root),
    list: async (path, query) => members(await read(path, query), path),
    async close() {
      const last = current ?? (await renewing?.catch(() => undefined));
      current = undefined;
      if (last) await logout(http, root, last);
      await http.close();
    },
  };
}

const authorization = ({ token }: Token) => ({ authorization: `Session ${token}` });

/** One attempt, but for a busy server: a refused password is never sent again. */
async function login(http: HttpClient, root: string, access: RestAccess): Promise<Token> {
  const path = `${root}/sessions`;
  for (let attempt = 1; ; attempt += 1) {
    const response = await http.request({ method: 'POST', path, headers: basic(access), json: {} });
    if (response.status === 200 || response.status === 201) return granted(response, http.origin);
    if (response.status === 404) {
      throw new ConfigurationError(
        `${http.origin}${root}: the server does not know this storage system; check storage_device_id`,
      );
    }
    if (!isBusy(response)) throw toLoginError(response, http.origin, access.username);
    if (attempt >= ATTEMPTS) {
      throw new BackendError(
        response.status,
        `${toError(response, path).message}; the server allows 64 sessions per array, end unused ones`,
      );
    }
    await pause(delay(attempt, response));
  }
}

function granted(response: HttpResponse, origin: string): Token {
  const body = response.json();
  const token = isObject(body) ? text(body['token']) : undefined;
  if (!isObject(body) || token === undefined) {
    throw new InvalidResponse(`${origin}: the login was answered without a token`);
  }
  return { token, sessionId: identifier(body['sessionId']) };
}

/** A session that is already gone is as good. */
async function logout(http: HttpClient, root: string, session: Token): Promise<void> {
  if (session.sessionId === undefined) return;
  await http
    .request({
      method: 'DELETE',
      path: `${root}/sessions/${encodeURIComponent(session.sessionId)}`,
      headers: authorization(session),
      timeoutMs: 5_000,
    })
    .catch(() => undefined);
}

function delay(attempt: number, response: HttpResponse): number {
  const wanted = retryAfterMs(response) ?? FIRST_DELAY_MS * 2 ** (attempt - 1);
  return Math.min(wanted, LONGEST_DELAY_MS);
}
