/** Unisphere Management REST API: its session, and collections with the attributes that the array knows. */
import {
  Absent,
  AuthenticationFailed,
  BackendError,
  basicCredentials,
  createParts,
  granted,
  identifier,
  objects,
  openRest,
  pick,
  Refused,
  withHeaders,
  type DriverContext,
  type Exchange,
  type Foreign,
  type Parts,
  type RestAccess,
  type Way,
} from 'delfin-agent/driver';
import { answers } from './answers.ts';
import { FIELDS, lackOf, type ResourceName } from './fields.ts';
import { createPageSizes, readPages, type PageSizes, type Query, type Reading } from './pages.ts';

/** Reading it logs in (basic authentication) and answers with cookies and the CSRF token. */
const LOGIN_PATH = '/api/types/loginSessionInfo/instances';
const LOGOUT_PATH = '/api/types/loginSessionInfo/action/logout';
const TOKEN_HEADER = 'emc-csrf-token';
/** The most that the array puts on a page, and what it puts there unasked. */
const PAGE_SIZE = 2_000;

export interface Asked {
  /** Only these attributes, which all arrays have. */
  readonly fields?: string;
  readonly filter?: string;
}

export interface Client {
  readonly parts: Parts;
  /** Address of the array's Unisphere, which has the interface, too. */
  readonly origin: string;
  /**
   * Every instance of a type; `parts` is told what an older array does not know of it.
   * @throws NotSupported if the array lacks the type.
   */
  all(type: ResourceName, asked?: Asked, parts?: Parts): Promise<readonly Foreign[]>;
  pages(type: string, reading: Reading): Promise<readonly Foreign[]>;
  /** An operator's command: it changes the array. */
  send(method: 'POST' | 'DELETE', path: string, json?: Foreign): Promise<unknown>;
  close(): Promise<void>;
}

/** @throws AuthenticationFailed at once if the account is refused or unusable. */
export async function connect(access: RestAccess, context: DriverContext): Promise<Client> {
  const rest = await openRest<Login>(context, access, {
    port: 443,
    headers: { 'x-emc-rest-client': 'true' },
    answers,
    session: { open: (exchange) => logIn(exchange, access), close: logOut, sign: withHeaders },
  });
  const parts = createParts(context);
  const sizes = createPageSizes();

  const pages = (type: string, reading: Reading, known: PageSizes) => {
    const path = `/api/types/${type}/instances`;
    return readPages(path, (query) => rest.get(path, query), reading, known);
  };

  return {
    parts,
    origin: rest.origin,
    pages: (type, reading) => pages(type, reading, createPageSizes()),
    async all(type, asked = {}, told = parts) {
      const sets: readonly (readonly string[])[] = asked.fields
        ? [asked.fields.split(',')]
        : FIELDS[type];
      const ask = (fields: readonly string[], paged: Query) => () =>
        pages(type, {
          query: { fields: fields.join(','), ...paged, filter: asked.filter },
          key: LOOSE.has(type) ? JSON.stringify : keyOf,
          tell: (error) => told.tell(error),
        }, sizes); // prettier-ignore
      const paged = { compact: true, per_page: PAGE_SIZE };
      const ways: Way<readonly Foreign[]>[] = sets.map((fields) => ({
        ask: ask(fields, paged),
        ...lackOf(sets, fields),
      }));
      const last = sets.at(-1) ?? [];
      ways.push({ ask: ask(last, {}), ...lackOf(sets, last) });
      const what = [type, asked.fields, asked.filter].filter(Boolean).join(' ');
      try {
        return await told.either(what, ways, (error) => error instanceof Refused);
      } catch (error) {
        // Refused in every way: it is the type that this software does not know.
        if (error instanceof Refused) throw new Absent(error.message, { cause: error });
        throw error;
      }
    },
    send: (method, path, json) => rest.send({ method, path, ...(json ? { json } : {}) }),
    close: () => rest.close(),
  };
}

/** Headers of the session's requests. */
type Login = Readonly<Record<string, string>>;

async function logIn(exchange: Exchange, access: RestAccess): Promise<Login> {
  const { username } = access;
  const credentials = basicCredentials(access);
  const exchanged = await exchange({ path: LOGIN_PATH, headers: credentials });
  const { status, headers, setCookies } = exchanged.response;
  if (status >= 300 && status < 400) {
    throw new BackendError(status, `the array sends the login elsewhere (${headers['location']})`);
  }
  const body = granted(exchanged, 'the array', username, REASONS);
  const token = headers[TOKEN_HEADER];
  const login: Login = {
    // An array that sets no cookie wants the credentials with every request.
    ...(setCookies.length > 0 ? {} : credentials),
    ...(token ? { [TOKEN_HEADER]: token } : {}),
  };
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

/** Collections of some arrays in which objects share their ids. */
const LOOSE: ReadonlySet<ResourceName> = new Set(['hostIPPort', 'ipInterface']);

function keyOf(content: Foreign): string {
  return identifier(content['id']) ?? JSON.stringify(content);
}
