/** The DeviceManager REST API: its session, what it answers, and lists page by page. */
import {
  allPages,
  answersOf,
  AuthenticationFailed,
  createParts,
  granted,
  identifier,
  InvalidResponse,
  isObject,
  isRefusal,
  jsonIn,
  list as listOf,
  NotSupported,
  object,
  openRest,
  pick,
  Refused,
  signed,
  text,
  withHeaders,
  type Complaint,
  type DriverContext,
  type Exchange,
  type Foreign,
  type HttpResponse,
  type RestAccess,
  type RestRequest,
} from 'delfin-agent/driver';

/**
 * Objects asked for at once: the most that lists bring, then less for lists that refuse so many;
 * 0 is a request without range, for collections that know none.
 */
const PAGE_SIZES = [100, 50, 20, 0] as const;

export type Client = Awaited<ReturnType<typeof connect>>;

/** Where the account lives. */
type Scope = 'local' | 'ldap';

/** @throws AuthenticationFailed at once if the account is refused or unusable. */
export async function connect(access: RestAccess, scope: Scope, context: DriverContext) {
  const rest = await openRest<Session>(context, access, {
    port: 8088,
    basePath: '/deviceManager/rest',
    headers: { 'content-type': 'application/json' },
    answers,
    session: { open: (exchange) => logIn(exchange, access, scope), close: logOut, sign },
  });
  const parts = createParts(context);
  const get = (path: string, query = '') => rest.get(query ? `${path}?${query}` : path);
  const paged = createPaging(get);

  return {
    parts,
    /** Address of the interface, which is the console's, too. */
    origin: rest.origin,
    /** The `data` of one answer. */
    get,
    /** The array itself. */
    async system(): Promise<Foreign> {
      const data = await get('/system/');
      return object(Array.isArray(data) ? data[0] : data, '/system');
    },
    /** The `data` of a query that is too long for a URL. */
    query: (path: string, json: unknown) => rest.send({ method: 'POST', path, json, reads: true }),
    /** An operator's command: it changes the array. */
    send: (method: 'POST' | 'DELETE', path: string, json?: unknown) =>
      rest.send({ method, path, json }),
    /** All objects of a collection, each once. @throws NotSupported if the array has no such objects. */
    async list(path: string, query = ''): Promise<readonly Foreign[]> {
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

/**
 * Pages until one is short or brings nothing new. A short first page may be that of a list whose own
 * limit is lower than asked for, if it is a round number or not shorter than one that was the last
 * for certain: then the next page follows where it ended.
 */
function createPaging(get: (path: string, query: string) => Promise<unknown>) {
  /** The longest page that was the last one for certain. */
  let proven = 0;

  return (path: string, query: string, size: number) => {
    let first = 0;
    return allPages<Foreign, number>({
      what: `GET ${path}`,
      key: keyOf,
      async page(start = 0) {
        // The end of a range is exclusive.
        const range = size > 0 ? `range=[${start}-${start + size}]` : '';
        const asked = get(path, [query, range].filter(Boolean).join('&'));
        const items = objectsOf(await asked.catch(orEnd(start)), path);
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
  };
}

/** Behind the end of a list there is nothing. */
const orEnd = (start: number) => (error: unknown) => {
  if (start > 0 && isRefusal(error)) return [];
  throw error;
};

const isRound = (length: number): boolean =>
  length >= 8 && (length % 10 === 0 || (length & (length - 1)) === 0);

function keyOf(one: Foreign): string {
  const id = identifier(one['ID'] ?? one['sequence']);
  return id === undefined ? JSON.stringify(one) : `${String(one['TYPE'])}:${id}`;
}

/** A list that is empty has no data, or an object without fields; one of one may be the object itself. */
export function objectsOf(data: unknown, what: string): readonly Foreign[] {
  if (data === undefined || data === null || data === '') return [];
  if (isObject(data)) return Object.keys(data).length === 0 ? [] : [data];
  return listOf(data, what);
}

type Session = Readonly<Record<'deviceId' | 'token', string>>;

async function logIn(exchange: Exchange, access: RestAccess, scope: Scope): Promise<Session> {
  const { username, password } = access;
  const json = { username, password: password.reveal(), scope: scope === 'ldap' ? '1' : '0' };
  // Until the device id is known, any word stands for it; firmwares differ in which they take.
  let exchanged = await exchange({ method: 'POST', path: '/xx/sessions', json });
  if (exchanged.response.status === 404) {
    exchanged = await exchange({ method: 'POST', path: '/xxxxx/sessions', json });
  }
  const data = granted(exchanged, 'the array', username, LOGIN_REFUSALS);
  const deviceId = identifier(pick(data, 'deviceid'));
  const token = identifier(pick(data, 'iBaseToken'));
  if (deviceId === undefined || token === undefined) {
    throw new InvalidResponse('login: the answer names no device or token');
  }
  const fault = UNUSABLE_ACCOUNT[text(pick(data, 'accountstate')) ?? ''];
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
  const path = `/${encodeURIComponent(deviceId)}${request.path}`;
  return withHeaders({ ...request, path }, { iBaseToken: token });
}

/** Why a login is refused, where the code says more than the text. */
const LOGIN_REFUSALS: Readonly<Record<string, string>> = {
  '1077949061': 'the user name or password is wrong',
  '1077949081': 'the user name or password is wrong',
  '1077987870': 'the user name or password is wrong',
  '1077949070': 'the account is locked',
  '1077987871': 'the account is locked',
  '1077949071': "this agent's address is locked after too many failed logins",
};

/** States in which a login succeeds but the account may do nothing else. */
const UNUSABLE_ACCOUNT: Readonly<Record<string, string>> = {
  '3': 'its password has expired',
  '4': 'its initial password must be changed',
  '6': 'its password must be changed at the next login',
  '8': 'it needs a one-time password by e-mail',
  '9': 'its password must be initialised',
  '10': 'it needs a RADIUS one-time password',
  '11': 'it needs a RADIUS challenge response',
};

const CODES = {
  // Unauthorised, connection of the session lost, user offline.
  expired: [-401, -403, 1077949069],
  // System busy, another operation is running, message timed out.
  busy: [1077949006, 1077948995, 1077949001],
  denied: [1077949061, 1077949081, 1077987870, 1077949070, 1077987871, 1077949071],
  // The object or its type doesn't exist; no licence for the feature.
  unsupported: [1077948996, 1077950233, 1073806606],
  // Wrong parameter: also what a firmware answers for an object type or a range it doesn't know.
  refused: [50331651],
} as const;

const TEXTS = {
  unsupported:
    /not\s+supported|unsupported|does\s?n[o']t\s+support|licen[cs]e|no such (url|interface)|(url|interface|resource) (does not exist|not found)/i,
  busy: /busy|try again|later/i,
  fault: /internal|system (error|fault)|time[sd]?\s?out/i,
  // Understood, and said no to.
  refused: /./,
} as const;

/** Nearly all answers are HTTP 200; the `error` object tells. */
const answers = answersOf({ complaint, codes: CODES, texts: TEXTS, body: dataOf });

/** The error object, of whatever status; undefined for success and for what is no DeviceManager answer. */
function complaint(response: HttpResponse): Complaint | undefined {
  const error = pick(jsonIn(response), 'error');
  const code = signed(pick(error, 'code'));
  if (!code) return undefined;
  return { code: String(code), text: text(pick(error, 'description')) ?? 'no description' };
}

/** `data` is absent where a list is empty or a command has nothing to say. */
function dataOf(response: HttpResponse): unknown {
  const body = object(response.json(), 'answer');
  const error = object(body['error'], 'answer: error');
  if (signed(error['code']) === undefined) {
    throw new InvalidResponse('the error object of the answer has no code');
  }
  const { data } = body;
  return Array.isArray(data) ? data.map(withoutNothing) : withoutNothing(data);
}

/** Fields without a value read `--`, whatever they are of. */
function withoutNothing(one: unknown): unknown {
  if (!isObject(one) || !Object.values(one).includes('--')) return one;
  return Object.fromEntries(Object.entries(one).filter(([, value]) => value !== '--'));
}

/** A value for a query; what ids and lists are made of stays readable to the array. */
export function queryValue(value: string): string {
  return encodeURIComponent(value).replaceAll('%40', '@').replaceAll('%3A', ':').replaceAll('%2C', ','); // prettier-ignore
}
