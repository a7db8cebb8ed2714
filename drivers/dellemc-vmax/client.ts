/**
 * Unisphere's REST API: basic authentication with every request, and the cookie of the server's own
 * session. Lists that may be long come as an iterator whose further pages are asked for one by one;
 * since 10.1 others come with a token for the next page.
 */
import {
  allPages,
  BackendError,
  basicCredentials,
  createParts,
  identifier,
  InvalidResponse,
  isObject,
  list,
  number,
  object,
  openRest,
  pick,
  Refused,
  type DriverContext,
  type Foreign,
  type HttpRequest,
  type Parts,
  type RestAccess,
  type RestClient,
  type RestRequest,
} from 'delfin-agent/driver';
import { answers, isMissing, listed, listedObject } from './answers.ts';
import { idsOf, segment } from './ids.ts';
import { findArray } from './server.ts';

const CLASSIC = '/restapi';
/** The interface for bulk requests, since 10.1. */
const BULK = '/rest/v1';
const ITERATOR = '/common/Iterator';
/** The most that a page of a bulk list brings, and how long its continuation is kept. */
const BULK_PAGE = { limit: 1_000, expiration_delay_secs: 30 } as const;

type Query = NonNullable<HttpRequest['query']>;

/** The server, and the array behind it that the backend is about. */
export type Unisphere = Awaited<ReturnType<typeof connect>>;

/** @throws AuthenticationFailed; ConfigurationError if `wanted` is the id of no local array. */
export async function connect(
  access: RestAccess,
  wanted: string | undefined,
  context: DriverContext,
) {
  const rest = await openRest(context, access, {
    port: 8443,
    basePath: '/univmax',
    headers: { ...basicCredentials(access), 'application-type': 'delfin-agent' },
    answers,
  });
  try {
    const parts = createParts(context);
    const requests = createRequests(rest, parts);
    const array = await findArray(requests, wanted, context.log);
    /** In bulk where the server can, else one by one. */
    const bulkFirst = <T>(what: string, inBulk: () => Promise<T>, oneByOne: () => Promise<T>) => {
      const ways = [{ ask: inBulk }, { ask: oneByOne }];
      return array.hasBulk ? parts.either(`${what} in bulk`, ways) : oneByOne();
    };
    const lists = createLists(requests);
    return { ...requests, ...lists, ...array, bulkFirst, close: () => rest.close() };
  } catch (error) {
    await rest.close();
    throw error;
  }
}

export type Requests = ReturnType<typeof createRequests>;

function createRequests(rest: RestClient, parts: Parts) {
  const ask = async (request: RestRequest): Promise<Foreign> => {
    const body = await rest.send(request);
    // An answer without content has no fields.
    return body === undefined ? {} : object(body, request.path);
  };
  return {
    origin: rest.origin,
    parts,
    /** `anyone`: the answer proves nothing about the credentials. */
    get: (path: string, query: Query = {}, anyone = false) =>
      ask({ path: `${CLASSIC}${path}`, query, anyone }),
    /** Asks for performance data: a POST that changes nothing. */
    query: (path: string, json: Foreign) =>
      ask({ method: 'POST', path: `${CLASSIC}${path}`, json, reads: true }),
    /** One answer of the interface for bulk requests. */
    bulk: (path: string, query: Query) => ask({ path: `${BULK}${path}`, query }),
    /** A writing request: only for commands of the operator, and to end an iterator. */
    async send(request: RestRequest) {
      await rest.send({ ...request, path: `${CLASSIC}${request.path}` });
    },
  };
}

function createLists(requests: Requests) {
  const { get, query, bulk, parts } = requests;
  /** All entries of an answer that may be the first page of an iterator; else what it has in `field`. */
  const entries = (what: string, read: () => Promise<Foreign>, field: string): Promise<unknown> =>
    anew(async () => {
      const answer = await read();
      const isPage = answer['resultList'] !== undefined && answer['resultList'] !== null;
      return isPage ? await iterated(requests, what, answer) : (answer[field] ?? []);
    });
  const ids = async (path: string, field: string, asked?: Query) =>
    idsOf(await entries(path, () => get(path, asked), field), field);
  /** One object each; those that could not be read, and those that have gone since, are left out. */
  const details = async (path: string, wanted: readonly string[]): Promise<Foreign[]> => {
    const read = (id: string) => listedObject(() => get(`${path}/${segment(id)}`));
    return (await parts.pairs(wanted, read)).map(([id, fields]) => ({ ...fields, id }));
  };
  return {
    ids,
    details,
    /** The objects of a collection, each with the id that it is listed by. */
    all: async (path: string, field: string, asked?: Query) =>
      await details(path, await ids(path, field, asked)),
    samples: async (path: string, asked: Foreign) =>
      list(await entries(path, () => query(path, asked), 'result'), path),
    /** All objects of a bulk list; they stand in `field` of each answer. */
    bulkList(path: string, field: string, asked: Query) {
      const what = `GET ${path}`;
      const page = async (resume_token?: string) => {
        const ask = () => bulk(path, { ...asked, ...BULK_PAGE, resume_token });
        const { paging, [field]: items } = await (resume_token === undefined
          ? ask()
          : further(ask));
        if (!isObject(paging) && items === undefined) {
          throw new InvalidResponse(`${what}: neither ${field} nor paging in the answer`);
        }
        const left = number(pick(paging, 'remaining_instances')) ?? 0;
        return {
          items: list(items ?? [], path),
          next: left > 0 ? identifier(pick(paging, 'resume_token')) : undefined,
          total: number(pick(paging, 'total_instances')),
        };
      };
      const key = (one: Foreign) => identifier(one['id']) ?? '';
      return anew(() => allPages({ what, page, key, short: (error) => parts.tell(error) }));
    },
  };
}

/** The server no longer knows how a list goes on. */
class Lapsed extends BackendError {}

/** How a list goes on is kept for some minutes: if that is gone, the list is read anew once. */
async function anew<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Lapsed)) throw error;
    return await listed(read);
  }
}

async function further<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isMissing(error) && !(error instanceof Refused)) throw error;
    throw new Lapsed('404', error.message, { cause: error });
  }
}

/** All entries of an iterator, which has come with its first page. */
async function iterated({ get, send, parts }: Requests, what: string, iterator: Foreign) {
  const first = object(iterator['resultList'], what);
  const items = list(first['result'] ?? [], what);
  const id = identifier(iterator['id']) ?? '';
  const path = `${ITERATOR}/${segment(id)}`;
  const total = number(iterator['count']) ?? items.length;
  const size = number(iterator['maxPageSize']) || items.length;
  const second = (number(first['to']) ?? items.length) + 1;
  const next = id !== '' && second <= total && size > 0 ? second : undefined;
  try {
    return await allPages<Foreign, number>({
      what,
      key: (entry) => JSON.stringify(entry),
      short: (error) => parts.tell(error),
      async page(from) {
        if (from === undefined) return { items, total, next };
        const to = Math.min(from + size - 1, total);
        const { result } = await further(() => get(`${path}/page`, { from, to }));
        return { items: list(result, what), next: to < total ? to + 1 : undefined };
      },
    });
  } finally {
    // It ends a cursor of the server, not more; those that are left it drops in a few minutes.
    if (next !== undefined) await send({ method: 'DELETE', path }).catch(() => undefined);
  }
}
