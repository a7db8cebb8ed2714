/** Unisphere Management REST API: its session, and collections with the attributes that the array knows. */
import {
  Absent,
  answersOf,
  AuthenticationFailed,
  BackendError,
  basicCredentials,
  createParts,
  granted,
  identifier,
  isObject,
  jsonIn,
  number,
  object,
  objects,
  openRest,
  pick,
  Refused,
  sessionHeaders,
  text,
  withHeaders,
  type Answer,
  type Complaint,
  type DriverContext,
  type Exchange,
  type Foreign,
  type HttpResponse,
  type RestAccess,
} from 'delfin-agent/driver';
import { lackOf, setsOf, type ResourceName } from './fields.ts';
import { readPages, type PageSizes, type Query, type Reading } from './pages.ts';

/** Reading it logs in (basic authentication) and answers with cookies and the CSRF token. */
const LOGIN_PATH = '/api/types/loginSessionInfo/instances';
const LOGOUT_PATH = '/api/types/loginSessionInfo/action/logout';
const TOKEN_HEADER = 'emc-csrf-token';
/** The most that the array puts on a page, and what it puts there unasked. */
const PAGE_SIZE = 2_000;

interface Asked {
  /** Only these attributes, which all arrays have. */
  readonly fields?: string;
  readonly filter?: string;
}

export type Client = Awaited<ReturnType<typeof connect>>;

/** @throws AuthenticationFailed at once if the account is refused or unusable. */
export async function connect(access: RestAccess, context: DriverContext) {
  const rest = await openRest<Login>(context, access, {
    port: 443,
    headers: { 'x-emc-rest-client': 'true' },
    answers,
    session: { open: (exchange) => logIn(exchange, access), close: logOut, sign: withHeaders },
  });
  const parts = createParts(context);
  const sizes: PageSizes = { proven: 0 };
  const pages = (type: string, reading: Reading, known: PageSizes) => {
    const path = `/api/types/${type}/instances`;
    return readPages(path, (query) => rest.get(path, query), reading, known);
  };

  return {
    parts,
    /** Address of the array's Unisphere, which has the interface, too. */
    origin: rest.origin,
    pages: (type: string, reading: Reading) => pages(type, reading, { proven: 0 }),
    /**
     * Every instance of a type; `told` is told what an older array does not know of it.
     * @throws NotSupported if the array lacks the type.
     */
    async all(type: ResourceName, { fields: only, filter }: Asked = {}, told = parts) {
      const sets = only ? [only] : setsOf(type);
      const key = LOOSE.has(type) ? JSON.stringify : keyOf;
      const tell = (error: Error) => told.tell(error);
      const way = (fields: string, paged: Query) => ({
        ask: () => pages(type, { query: { fields, ...paged, filter }, key, tell }, sizes),
        lacks: lackOf(sets, fields),
      });
      const ways = sets.map((fields) => way(fields, { compact: true, per_page: PAGE_SIZE }));
      ways.push(way(sets.at(-1) ?? '', {}));
      const what = [type, only, filter].filter(Boolean).join(' ');
      try {
        return await told.either(what, ways, (error) => error instanceof Refused);
      } catch (error) {
        // Refused in every way: it is the type that this software does not know.
        if (error instanceof Refused) throw new Absent(error.message, { cause: error });
        throw error;
      }
    },
    /** An operator's command: it changes the array. */
    send: (method: 'POST' | 'DELETE', path: string, json?: Foreign) =>
      rest.send({ method, path, ...(json ? { json } : {}) }),
    close: () => rest.close(),
  };
}

/** Collections of some arrays in which objects share their ids. */
const LOOSE: ReadonlySet<ResourceName> = new Set(['hostIPPort', 'ipInterface']);

const keyOf = (content: Foreign) => identifier(content['id']) ?? JSON.stringify(content);

/** Headers of the session's requests. */
type Login = Readonly<Record<string, string>>;

async function logIn(exchange: Exchange, access: RestAccess): Promise<Login> {
  const { username } = access;
  const credentials = basicCredentials(access);
  const exchanged = await exchange({ path: LOGIN_PATH, headers: credentials });
  const { status, headers } = exchanged.response;
  if (status >= 300 && status < 400) {
    throw new BackendError(status, `the array sends the login elsewhere (${headers['location']})`);
  }
  const body = granted(exchanged, 'the array', username, REASONS);
  const login: Login = sessionHeaders(exchanged, credentials, TOKEN_HEADER);
  const [entry] = objects(pick(body, 'entries'));
  if (pick(entry, 'content.isPasswordChangeRequired') !== true) return login;
  await logOut(exchange, login);
  throw new AuthenticationFailed(
    `the password of user ${username} must be changed in Unisphere first`,
  );
}

/** Without a word of the array's own. */
const CHECK = 'check the password, and in Unisphere whether the account is locked or has expired';
const REASONS = { '401': CHECK, '403': CHECK };

async function logOut(exchange: Exchange, login: Login): Promise<void> {
  const request = { method: 'POST', path: LOGOUT_PATH, json: {}, timeoutMs: 5_000 } as const;
  await exchange(withHeaders(request, login));
}

/** The login page in place of the API; 403 is also said of a stale CSRF token. */
const statuses = { 301: 'expired', 302: 'expired', 303: 'expired', 307: 'expired', 403: 'expired' } as const; // prettier-ignore

const refusing = answersOf({
  complaint,
  statuses,
  // Of 400 and 422 all else is a refusal of this very question: an attribute it does not know.
  texts: { unsupported: /licen[cs]e|not supported|unsupported/i },
  body: contentOf,
});
const failing = answersOf({ complaint, statuses });

/** What the array says while it fails is no refusal, whatever its words. */
function answers(response: HttpResponse): Answer {
  return response.status >= 500 ? failing(response) : refusing(response);
}

/** The `error` object has the array's own word. */
function complaint(response: HttpResponse): Complaint | undefined {
  const error = pick(jsonIn(response), 'error');
  if (!isObject(error)) return undefined;
  const { status } = response;
  const code = number(error['errorCode']);
  // "Does not exist" (0x7d13005) says the same of a type, an object and a page; a fault is a fault.
  const byStatus = code === undefined || status === 404 || status >= 500;
  const [first = {}] = objects(error['messages']);
  return {
    code: byStatus ? String(status) : `0x${code.toString(16)}`,
    text: text(first['en-US'] ?? Object.values(first)[0]) ?? '',
  };
}

/** Commands may have nothing to say; a question is answered with an object. */
function contentOf(response: HttpResponse): unknown {
  if (response.status !== 200 && response.body.length === 0) return undefined;
  return object(response.json(), 'answer');
}
