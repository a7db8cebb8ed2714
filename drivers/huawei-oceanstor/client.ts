/** The DeviceManager REST API: its session, and lists page by page. */
import {
  allPages,
  AuthenticationFailed,
  createParts,
  granted,
  identifier,
  InvalidResponse,
  isObject,
  isRefusal,
  list as listOf,
  NotSupported,
  openRest,
  Refused,
  type DriverContext,
  type Exchange,
  type Foreign,
  type Parts,
  type RestAccess,
  type RestRequest,
} from 'delfin-agent/driver';
import { answers, LOGIN_REFUSALS, unusableAccount } from './answers.ts';

/**
 * Objects asked for at once: the most that lists bring, then less for lists that refuse so many;
 * 0 is a request without range, for collections that know none.
 */
const PAGE_SIZES = [100, 50, 20, 0] as const;

export interface Client {
  readonly parts: Parts;
  /** Address of the interface, which is the console's, too. */
  readonly origin: string;
  /** The `data` of one answer. */
  get(path: string, query?: string): Promise<unknown>;
  /** The `data` of a query that is too long for a URL. */
  query(path: string, json: unknown): Promise<unknown>;
  /** An operator's command: it changes the array. */
  send(method: 'POST' | 'PUT' | 'DELETE', path: string, json?: unknown): Promise<unknown>;
  /** All objects of a collection, each once. @throws NotSupported if the array has no such objects. */
  list(path: string, query?: string): Promise<readonly Foreign[]>;
  close(): Promise<void>;
}

interface Session {
  readonly deviceId: string;
  readonly token: string;
}

export interface Login {
  readonly rest: RestAccess;
  /** Where the account lives. */
  readonly scope: 'local' | 'ldap';
}

/** @throws AuthenticationFailed at once if the account is refused or unusable. */
export async function connect(login: Login, context: DriverContext): Promise<Client> {
  const rest = await openRest<Session>(context, login.rest, {
    port: 8088,
    basePath: '/deviceManager/rest',
    headers: { 'content-type': 'application/json' },
    answers,
    session: { open: (exchange) => logIn(exchange, login), close: logOut, sign },
  });
  const parts = createParts(context);
  /** The longest page that was the last one for certain. */
  let proven = 0;

  /** The end of a range is exclusive. */
  async function page(path: string, query: string, start: number, size: number) {
    const range = size > 0 ? `range=[${start}-${start + size}]` : '';
    const full = withQuery(path, [query, range].filter(Boolean).join('&'));
    try {
      return objectsOf(await rest.get(full), path);
    } catch (error) {
      // There is nothing behind the end of the list.
      if (start > 0 && isRefusal(error)) return [];
      throw error;
    }
  }

  /**
   * Pages until one is short or brings nothing new. A short first page may be that of a list whose own
   * limit is lower than asked for, if it is a round number or not shorter than one that was the last
   * for certain: then the next page follows where it ended.
   */
  function paged(path: string, query: string, size: number): Promise<readonly Foreign[]> {
    let first = 0;
    return allPages<Foreign, number>({
      what: `GET ${path}`,
      key: keyOf,
      async page(start = 0) {
        const items = await page(path, query, start, size);
        const { length } = items;
        if (start === 0) first = length;
        if (length === 0 && start === first) proven = Math.max(proven, first);
        const ignoresRange = size === 0 || length > size + 1;
        const full = Math.min(size, start > 0 ? first : proven);
        const short = length < full && (start > 0 || !isRound(length));
        const last = length === 0 || ignoresRange || short;
        return { items, next: last ? undefined : start + Math.min(length, size) };
      },
    });
  }

  return {
    parts,
    origin: rest.origin,
    get: (path, query = '') => rest.get(withQuery(path, query)),
    query: (path, json) => rest.send({ method: 'POST', path, json, reads: true }),
    send: (method, path, json) => rest.send({ method, path, json }),
    async list(path, query = '') {
      const ways = PAGE_SIZES.map((size) => ({ ask: () => paged(path, query, size) }));
      try {
        return await parts.either(`GET ${path}`, ways, (error) => error instanceof Refused);
      } catch (error) {
        // Refused with and without a range: it is the object type that this firmware doesn't know.
        if (error instanceof Refused) throw new NotSupported(error.message, { cause: error });
        throw error;
      }
    },
    close: () => rest.close(),
  };
}

async function logIn(exchange: Exchange, { rest, scope }: Login): Promise<Session> {
  const { username } = rest;
  const json = { username, password: rest.password.reveal(), scope: scope === 'ldap' ? '1' : '0' };
  // Until the device id is known, any word stands for it; firmwares differ in which they take.
  let exchanged = await exchange({ method: 'POST', path: '/xx/sessions', json });
  if (exchanged.response.status === 404) {
    exchanged = await exchange({ method: 'POST', path: '/xxxxx/sessions', json });
  }
  const data = granted(exchanged, 'the array', username, LOGIN_REFUSALS);
  if (!isObject(data)) throw new InvalidResponse('login: the answer has no session');
  const deviceId = identifier(data['deviceid']);
  const token = identifier(data['iBaseToken']);
  if (deviceId === undefined || token === undefined) {
    throw new InvalidResponse('login: the answer names no device or token');
  }
  const fault = unusableAccount(data);
  if (fault === undefined) return { deviceId, token };
  await logOut(exchange, { deviceId, token });
  throw new AuthenticationFailed(
    `the account ${username} can't be used: ${fault}; change the password in DeviceManager`,
  );
}

async function logOut(exchange: Exchange, session: Session): Promise<void> {
  await exchange(sign({ method: 'DELETE', path: '/sessions' }, session));
}

function sign(request: RestRequest, { deviceId, token }: Session): RestRequest {
  return {
    ...request,
    path: `/${encodeURIComponent(deviceId)}${request.path}`,
    headers: { ...request.headers, iBaseToken: token },
  };
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

export function idsOf(objects: readonly Foreign[]): string[] {
  return objects.map((one) => identifier(one['ID'])).filter((id) => id !== undefined);
}

/** A value for a query; what ids and lists are made of stays readable to the array. */
export function queryValue(value: string): string {
  return encodeURIComponent(value).replaceAll('%40', '@').replaceAll('%3A', ':').replaceAll('%2C', ','); // prettier-ignore
}
