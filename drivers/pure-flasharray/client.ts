/** Purity's REST 2.x: its version, its session, and collections with all their pages. */
import {
  allPages,
  answersOf,
  ConfigurationError,
  createParts,
  granted,
  identifier,
  InvalidResponse,
  jsonIn,
  list,
  NotSupported,
  number,
  object,
  objects,
  openRest,
  pick,
  text,
  toError,
  type Complaint,
  type DriverContext,
  type Exchange,
  type Exchanged,
  type Foreign,
  type HttpRequest,
  type HttpResponse,
  type Page,
  type Parts,
  type RestRequest,
  type TokenAccess,
} from 'delfin-agent/driver';
import { DESTROYABLE, SINCE, type Endpoint } from './endpoints-table.ts';

/** Minor versions of REST 2 whose fields the driver knows. */
const OLDEST = 2;
const NEWEST = 58;
/** The most that the array puts on a page. */
const PAGE_SIZE = 1_000;
const LOGOUT_TIMEOUT_MS = 5_000;
const TOKEN_HEADER = 'x-auth-token';

type Query = NonNullable<HttpRequest['query']>;

export interface Client {
  readonly parts: Parts;
  /** The array's own console has the address of its interface. */
  readonly origin: string;
  /** Whether the REST version in use has this collection. */
  knows(endpoint: Endpoint): Promise<boolean>;
  /**
   * Every item of a collection but the destroyed ones; `told` is told if the array announced more.
   * @throws NotSupported if the array's REST version lacks it.
   */
  all(endpoint: Endpoint, query?: Query, told?: Parts): Promise<readonly Foreign[]>;
  /** The same, one by one: what is not kept is gone. */
  each(endpoint: Endpoint, query: Query, use: (item: Foreign) => void, told?: Parts): Promise<void>;
  /** How many items there are; undefined if the array does not say. */
  count(endpoint: Endpoint): Promise<number | undefined>;
  /** An operator's command: it changes the array. */
  send(request: RestRequest): Promise<unknown>;
  close(): Promise<void>;
}

interface Login {
  readonly token: string;
  readonly minor: number;
}

/** @throws AuthenticationFailed at once if the token is refused; ConfigurationError for REST 1.x alone. */
export async function connect(access: TokenAccess, context: DriverContext): Promise<Client> {
  const rest = await openRest<Login>(context, access, {
    port: 443,
    answers,
    session: {
      open: (exchange) => logIn(exchange, access.api_token.reveal()),
      close: logOut,
      sign,
    },
  });
  const parts = createParts(context);
  const knows = async (endpoint: Endpoint) => (await rest.login()).minor >= SINCE[endpoint];
  const ask = async (endpoint: Endpoint, query: Query) => {
    const living = DESTROYABLE.has(endpoint) ? { destroyed: false } : {};
    return object(await rest.get(`/${endpoint}`, { ...living, ...query }), endpoint);
  };

  async function each(
    endpoint: Endpoint,
    query: Query,
    use: (item: Foreign) => void,
    told = parts,
  ): Promise<void> {
    if (!(await knows(endpoint))) {
      throw new NotSupported(`${endpoint}: REST 2.${SINCE[endpoint]} and later`);
    }
    const seen = new Set<string>();
    await allPages<string, Cursor>({
      what: `GET /${endpoint}`,
      key: (key) => key,
      async page(cursor) {
        const body = await ask(endpoint, { ...query, limit: PAGE_SIZE, ...cursor?.query });
        const { items, ...page } = pageOf(body, endpoint, cursor);
        const keys = items.map(endpoint === 'ports' ? (item) => JSON.stringify(item) : keyOf);
        for (const [index, item] of items.entries()) {
          const key = keys[index] ?? '';
          if (!seen.has(key) && item['destroyed'] !== true) use(item);
          seen.add(key);
        }
        return { ...page, items: keys };
      },
      short: (error) => told.tell(error),
    });
  }

  return {
    parts,
    origin: rest.origin,
    knows,
    each,
    async all(endpoint, query = {}, told = parts) {
      const items: Foreign[] = [];
      await each(endpoint, query, (item) => items.push(item), told);
      return items;
    },
    async count(endpoint) {
      const body = await ask(endpoint, { limit: 1, total_item_count: true });
      return number(body['total_item_count']);
    },
    send: (request) => rest.send(request),
    close: () => rest.close(),
  };
}

/** Where the next page begins. */
interface Cursor {
  readonly query: Query;
  readonly seen: number;
}

/** With a token where the array gives one, else by number: only `false` says that this was the last. */
function pageOf(body: Foreign, what: string, cursor: Cursor | undefined): Page<Foreign, Cursor> {
  const items = list(body['items'], what);
  const seen = (cursor?.seen ?? 0) + items.length;
  const total = number(body['total_item_count']);
  if (body['more_items_remaining'] === false || items.length === 0) {
    return { items, next: undefined, total };
  }
  const token = text(body['continuation_token']);
  const query = token === undefined ? { offset: seen } : { continuation_token: token };
  return { items, next: { query, seen }, total };
}

/** Hosts, hardware and their like have no id, connections and their like not even a name. */
function keyOf(item: Foreign): string {
  const id = identifier(item['id']) ?? identifier(item['name']);
  if (id === undefined) return JSON.stringify(item);
  const time = number(item['time']);
  return time === undefined ? id : `${id} ${time}`;
}

const answers = answersOf({
  complaint,
  texts: {
    busy: /^server is busy/i,
    unsupported: /\bnot (supported|licensed|enabled|activated|installed)\b/i,
  },
});

/** `{ "errors": [{ "context": "NAME", "message": "..." }] }` */
function complaint(response: HttpResponse): Complaint | undefined {
  if (response.status < 400) return undefined;
  const [first] = objects(pick(jsonIn(response), 'errors'));
  const message = text(first?.['message']);
  if (first === undefined || message === undefined) return undefined;
  const context = text(first['context']);
  return {
    code: String(response.status),
    text: context === undefined ? message : `${message} (${context})`,
  };
}

async function logIn(exchange: Exchange, apiToken: string): Promise<Login> {
  const minor = await negotiate(exchange);
  const request = { method: 'POST', path: `/api/2.${minor}/login` } as const;
  const exchanged = await exchange({ ...request, headers: { 'api-token': apiToken } });
  granted(refusal(exchanged), 'the array', '(API token)', REASONS);
  const token = text(exchanged.response.headers[TOKEN_HEADER]);
  if (token === undefined) throw new InvalidResponse(`login: the answer has no ${TOKEN_HEADER}`);
  return { token, minor };
}

const REASONS = {
  '400': 'the API token is wrong, has expired or was deleted',
  '401': 'the API token is wrong, has expired or was deleted',
};

/** A wrong token is a bad request to the array. */
function refusal(exchanged: Exchanged): Exchanged {
  const { answer } = exchanged;
  if (answer.meaning !== 'refused') return exchanged;
  return { ...exchanged, answer: { ...answer, meaning: 'denied' } };
}

/** The highest version of REST 2 that both sides know. */
async function negotiate(exchange: Exchange): Promise<number> {
  const { answer } = await exchange({ path: '/api/api_version' });
  if (answer.meaning !== 'ok') throw toError(answer, 'GET /api/api_version');
  const versions = object(answer.body, 'api_version')['version'];
  if (!Array.isArray(versions)) throw new InvalidResponse('api_version: expected a list');
  const minors = versions.flatMap((version) => {
    const minor = Number(/^2\.(\d{1,4})$/.exec(String(version))?.[1] ?? Number.NaN);
    return minor >= OLDEST && minor <= NEWEST ? [minor] : [];
  });
  if (minors.length > 0) return Math.max(...minors);
  throw new ConfigurationError(
    `the array speaks REST ${versions.map(String).join(', ').slice(0, 200)}; the driver needs 2.${OLDEST} or later`,
  );
}

async function logOut(exchange: Exchange, login: Login): Promise<void> {
  await exchange(sign({ method: 'POST', path: '/logout', timeoutMs: LOGOUT_TIMEOUT_MS }, login));
}

function sign(request: RestRequest, { token, minor }: Login): RestRequest {
  return {
    ...request,
    path: `/api/2.${minor}${request.path}`,
    headers: { ...request.headers, [TOKEN_HEADER]: token },
  };
}
