/** ONTAP REST API: who is asked how, and collections with the fields that the array knows. */
import {
  allPages,
  answersOf,
  BackendError,
  basicCredentials,
  createParts,
  granted,
  identifier,
  InvalidResponse,
  isObject,
  jsonIn,
  list,
  number,
  object,
  openRest,
  pick,
  Refused,
  text,
  withHeaders,
  type CertifiedRestAccess,
  type Complaint,
  type DriverContext,
  type Exchange,
  type Foreign,
  type HttpResponse,
  type Parts,
  type RestRequest,
  type Way,
} from 'delfin-agent/driver';
import { COLLECTIONS, type Collection, type CollectionName } from './fields.ts';

/** Fewer than the array would give (10,000), so that a page of costly fields stays within its time. */
const PAGE_SIZE = 5_000;
/** After so long the array ends a page early; below the deadline of the request. */
const RETURN_TIMEOUT_S = 15;
/** Pages without a record in a row: the array has looked at much and found nothing yet. */
const MOST_EMPTY_PAGES = 1_000;
/** From this version on a field that the array does not know is no mistake. */
const IGNORES_UNKNOWN = 9_011_001;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Client {
  readonly parts: Parts;
  /** The array's console. */
  readonly origin: string;
  /**
   * Every object of a collection; `parts` is told what can't be had of it.
   * @throws NotSupported if this version lacks the collection.
   */
  all(name: CollectionName, told?: Parts): Promise<readonly Foreign[]>;
  /** The same with other fields. */
  select(collection: Collection, told?: Parts): Promise<readonly Foreign[]>;
  /** Every record that a query finds. */
  pages(path: string, query: Query, key: (record: Foreign) => string): Promise<readonly Foreign[]>;
  one(path: string, query: Query): Promise<Foreign>;
  /** An operator's command: it changes the array. */
  send(method: 'POST' | 'DELETE', path: string, json?: Foreign): Promise<unknown>;
  close(): Promise<void>;
}

/** @throws AuthenticationFailed at once if the account is refused. */
export async function connect(
  access: CertifiedRestAccess,
  context: DriverContext,
): Promise<Client> {
  const { username, password } = access;
  // With a client certificate the array may need no more.
  const headers = username && password ? basicCredentials({ username, password }) : {};
  const sign = (request: RestRequest) => withHeaders(request, headers);
  // Nothing is opened on the array: the credentials go with each request, and this one tries them.
  const rest = await openRest<Welcome>(context, access, {
    port: 443,
    answers,
    session: { open: (exchange) => welcome(exchange, sign, access), sign },
  });
  const parts = createParts(context);

  async function pages(path: string, query: Query, key: (record: Foreign) => string, told = parts) {
    const seen = new Set<string>();
    return await allPages<Foreign, string>({
      what: `GET ${path}`,
      key: (record) => key(record) || JSON.stringify(record),
      async page(cursor) {
        let at = cursor;
        // A page without a record: the time for it was over before one was found.
        for (let empty = 0; empty < MOST_EMPTY_PAGES; empty += 1) {
          const page = pageOf(await (at ? rest.get(at) : rest.get(path, query)), path, told);
          if (page.next !== undefined && seen.has(page.next)) {
            throw new InvalidResponse(`GET ${path}: the link to the next page leads back`);
          }
          if (page.next !== undefined) seen.add(page.next);
          if (page.items.length > 0 || page.next === undefined) return page;
          at = page.next;
        }
        throw new InvalidResponse(`GET ${path}: only empty pages`);
      },
    });
  }

  async function select(collection: Collection, told = parts): Promise<readonly Foreign[]> {
    const { path, fields, costly = [], key, filter } = collection;
    const { version } = await rest.login();
    const ask = (asked: readonly string[], more: Query = {}) => {
      const limits = { return_timeout: RETURN_TIMEOUT_S, max_records: PAGE_SIZE };
      const query = { fields: asked.join(','), ...filter, ...limits, ...more };
      return () => pages(path, query, key ?? ((record) => identifier(record['uuid']) ?? ''), told);
    };
    const ways: Way<readonly Foreign[]>[] = [
      ...(version === undefined || version >= IGNORES_UNKNOWN
        ? [{ ask: ask(fields, { ignore_unknown_fields: true }) }]
        : []),
      { ask: ask(['*', ...costly]) },
      ...(costly.length > 0 ? [{ ask: ask(['*']), lacks: costly.join(', ') }] : []),
    ];
    return await told.either(path, ways, (error) => error instanceof Refused);
  }

  return {
    parts,
    origin: rest.origin,
    pages,
    select,
    all: (name, told) => select(COLLECTIONS[name], told),
    one: async (path, query) => object(await rest.get(path, query), `GET ${path}`),
    send: (method, path, json) => rest.send({ method, path, ...(json ? { json } : {}) }),
    close: () => rest.close(),
  };
}

interface Welcome {
  /** 9.11.1 is 9,011,001. Undefined: the account may not see it. */
  readonly version: number | undefined;
}

async function welcome(
  exchange: Exchange,
  sign: (request: RestRequest) => RestRequest,
  { username = 'of the certificate' }: CertifiedRestAccess,
): Promise<Welcome> {
  const exchanged = await exchange(sign({ path: '/api/cluster', query: { fields: 'version' } }));
  const { answer } = exchanged;
  // An account of one SVM, or with few rights: it is known to the array.
  if (answer.meaning === 'denied' && answer.inWords === true) return { version: undefined };
  const body = granted(exchanged, 'the array', username, REASONS);
  return { version: versionOf(pick(body, 'version')) };
}

const CHECK =
  'check the password, whether the account is locked (security login show), and that it may use the application http';
const REASONS = { '401': CHECK, '403': CHECK, '6691623': CHECK };

function versionOf(value: unknown): number | undefined {
  const part = (name: string) => number(pick(value, name));
  const [generation, major, minor] = [part('generation'), part('major'), part('minor')];
  if (generation === undefined || major === undefined) return undefined;
  return generation * 1_000_000 + major * 1_000 + (minor ?? 0);
}

function pageOf(body: unknown, path: string, told: Parts) {
  const page = object(body, `GET ${path}`);
  const count = number(page['num_records']);
  const items = page['records'] === undefined && count === 0 ? [] : list(page['records'], path);
  if (count !== undefined && count > items.length) {
    throw new InvalidResponse(`GET ${path}: a page of ${count} records has ${items.length}`);
  }
  const failure = complaintOf(page);
  if (failure) told.tell(new BackendError(failure.code, `GET ${path}: ${failure.text}`));
  return { items, next: text(pick(page, '_links.next.href')) };
}

/** The array's own error codes: https://docs.netapp.com, and those that Harvest tells apart. */
const answers = answersOf({
  complaint,
  codes: {
    // "API not found", a counter table or MetroCluster that this array lacks.
    unsupported: [3, 8_585_320, 2_426_405],
    gone: [4],
    // An unknown value, for example a field; an argument that this version does not take.
    refused: [262_197, 262_179, 262_188],
    denied: [6],
  },
  body: bodyOf,
});

/** What the array says while it fails, or about rights, is no word about the object. */
function complaint(response: HttpResponse): Complaint | undefined {
  const { status } = response;
  const found = status < 400 ? undefined : complaintOf(jsonIn(response));
  return found && (status >= 500 || status === 403 || status === 401)
    ? { ...found, code: String(status) }
    : found;
}

function complaintOf(body: unknown): Complaint | undefined {
  const error = pick(body, 'error');
  if (!isObject(error)) return undefined;
  return { code: text(error['code']) ?? 'unknown', text: text(error['message']) ?? '' };
}

/** The index of a quota report has more digits than a number holds; as text it has them all. */
const LONG_INDEX = /("index"\s*:\s*)(\d{16,})/g;

function bodyOf(response: HttpResponse): unknown {
  if (response.status !== 200 && response.body.length === 0) return undefined;
  return response.json((written) => written.replace(LONG_INDEX, '$1"$2"'));
}
