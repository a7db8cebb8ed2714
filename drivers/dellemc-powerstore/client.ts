/** PowerStore REST API: its session, collections by page, the metrics of one object. */
import {
  allPages,
  answersOf,
  AuthenticationFailed,
  basicCredentials,
  createParts,
  flag,
  granted,
  identifier,
  InvalidResponse,
  isObject,
  list,
  number,
  objects,
  openRest,
  pick,
  Refused,
  sessionHeaders,
  text,
  withHeaders,
  type Complaint,
  type DriverContext,
  type Exchange,
  type Foreign,
  type HttpResponse,
  type Page,
  type Parts,
  type RestAccess,
  type RestRequest,
} from 'delfin-agent/driver';
import { FIELDS, type Asked, type ResourceName } from './fields.ts';

const TOKEN_HEADER = 'dell-emc-token';
/** The most that the array puts on a page. */
const PAGE_SIZE = 2_000;
/** A real array may take its time for metrics. */
const METRICS_TIMEOUT_MS = 60_000;

export type Interval = 'Twenty_Sec' | 'Five_Mins';

export interface Client {
  readonly origin: string;
  readonly parts: Parts;
  /** Every object of a resource. @throws NotSupported if the array lacks the resource. */
  all(resource: ResourceName, asked?: Asked, parts?: Parts): Promise<readonly Foreign[]>;
  /** What the array has measured of one object, oldest first; nothing is changed by it. */
  metrics(entity: string, id: string, interval?: Interval): Promise<readonly Foreign[]>;
  /** The newest five minutes of all objects, where somebody has switched that on (4.1). */
  archive(): Promise<Uint8Array>;
  /** An operator's command: it changes the array. */
  send(request: RestRequest): Promise<unknown>;
  close(): Promise<void>;
}

/** @throws AuthenticationFailed at once if the account is refused or unusable. */
export async function connect(access: RestAccess, context: DriverContext): Promise<Client> {
  const rest = await openRest<Login>(context, access, {
    port: 443,
    basePath: '/api/rest',
    answers,
    session: { open: (exchange) => logIn(exchange, access), close: logOut, sign: withHeaders },
  });
  const parts = createParts(context);

  async function page(resource: string, query: Query, offset = 0): Promise<Page<Foreign, number>> {
    const limits = { order: 'id', limit: PAGE_SIZE, ...(offset > 0 ? { offset } : {}) };
    try {
      const body = await rest.get(`/${resource}`, { ...query, ...limits });
      const { items, total, partial } = listed(body, resource);
      const end = offset + items.length;
      const more = total === undefined ? partial || items.length >= PAGE_SIZE : end < total;
      return { items, next: more ? end : undefined, total };
    } catch (error) {
      // Objects have gone while the pages were read: their count tells.
      const isPast = offset > 0 && error instanceof Refused && error.code === '416';
      if (!isPast) throw error;
      return { items: [], next: undefined };
    }
  }

  /** Reads measures, though it is a POST. */
  const read = (path: string, request: Partial<RestRequest>) =>
    rest.send({ method: 'POST', path, reads: true, timeoutMs: METRICS_TIMEOUT_MS, ...request });

  return {
    origin: rest.origin,
    parts,
    async all(resource, asked = {}, told = parts) {
      const ask = (select: string) => () =>
        allPages<Foreign, number>({
          what: `GET /${resource}`,
          key: (one) => identifier(one['id']) ?? JSON.stringify(one),
          page: (offset) => page(resource, { select, ...asked.filter }, offset),
          short: (error) => told.tell(error),
        });
      // An attribute that this software does not know makes the question a wrong one (HTTP 400).
      return await told.either(
        `${resource} ${asked.select ?? ''}`,
        [{ ask: ask(asked.select ?? FIELDS[resource]) }, { ask: ask('*') }],
        (error) => error instanceof Refused,
      );
    },
    async metrics(entity, id, interval) {
      const json = { entity, entity_id: id, ...(interval ? { interval } : {}) };
      const body = await read('/metrics/generate', { json });
      return body === undefined ? [] : listed(body, entity).items;
    },
    async archive() {
      const path = '/latest_five_min_metrics/download';
      // Without a condition it answers "nothing new".
      const headers = { 'dell-visibility': 'Partner', 'if-none-match': 'start' };
      const body = await read(path, { headers });
      if (body instanceof Uint8Array) return body;
      throw new InvalidResponse(`POST ${path}: expected an archive`);
    },
    send: (request) => rest.send(request),
    close: () => rest.close(),
  };
}

type Query = Readonly<Record<string, string | number>>;

/** Of `contentOf`: objects, how many there are in all where the array says so, and that these are not all. */
function listed(body: unknown, what: string) {
  if (!isObject(body)) throw new InvalidResponse(`${what}: expected a list`);
  const { items, total, partial } = body;
  return { items: list(items, what), total: number(total), partial: partial === true };
}

/** A list for `listed`, an archive as its bytes, undefined where the array has nothing to say. */
function contentOf(response: HttpResponse): unknown {
  const { status, body, headers } = response;
  if (status !== 200 && body.length === 0) return undefined;
  if (body[0] === 0x1f && body[1] === 0x8b) return body;
  const items = response.json();
  if (!Array.isArray(items)) return items;
  const total = /\/(\d{1,15})$/.exec(headers['content-range'] ?? '')?.[1];
  return { items, total, partial: status === 206 };
}

/** `messages` have the array's own words. */
const answers = answersOf({
  complaint,
  codes: { gone: [404], refused: [416] },
  // A stale token is a 403, a dead session may be sent to the login page.
  statuses: { 302: 'expired', 403: 'expired' },
  body: contentOf,
});

function complaint(response: HttpResponse): Complaint | undefined {
  const { status } = response;
  const [first] = status < 400 ? [] : messagesOf(response);
  if (!first) return undefined;
  // No such object, no such page: the status decides more than the code beside it.
  const code = status === 404 || status === 416 ? undefined : text(first['code']);
  return { code: code ?? String(status), text: text(first['message_l10n']) ?? '' };
}

/** The list of messages may be written as text inside the JSON. */
function messagesOf(response: HttpResponse): readonly Foreign[] {
  try {
    const written = pick(response.json(), 'messages');
    return objects(typeof written === 'string' ? JSON.parse(written) : written);
  } catch {
    return [];
  }
}

/** Headers of the session's requests. */
type Login = Readonly<Record<string, string>>;

const CHECK = 'check the password, and in PowerStore Manager whether the account is locked';
const REASONS = { '401': CHECK, '403': CHECK };

async function logIn(exchange: Exchange, access: RestAccess): Promise<Login> {
  const { username } = access;
  const headers = basicCredentials(access);
  const exchanged = await exchange({ path: '/login_session', query: { select: '*' }, headers });
  const body = granted(exchanged, 'the array', username, REASONS);
  const login: Login = sessionHeaders(exchanged, headers, TOKEN_HEADER);
  const [session] = listed(body, 'login_session').items;
  if (flag(session?.['is_password_change_required']) !== true) return login;
  await logOut(exchange, login);
  throw new AuthenticationFailed(
    `the password of user ${username} must be changed in PowerStore Manager first`,
  );
}

async function logOut(exchange: Exchange, login: Login): Promise<void> {
  await exchange(withHeaders({ method: 'POST', path: '/logout', timeoutMs: 5_000 }, login));
}
