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
  Refused,
  type DriverContext,
  type Foreign,
  type Page,
  type Parts,
  type RestAccess,
  type RestClient,
  type RestRequest,
} from 'delfin-agent/driver';
import { answers, isMissing, listed, listedObject } from './answers.ts';
import { idsOf, segment } from './ids.ts';
import { discover, type Discovered } from './versions.ts';

const PORT = 8443;
const CLASSIC = '/restapi';
const BULK = '/rest/v1';
const ITERATOR = '/common/Iterator';
/** The most that a page of a bulk list brings, and how long its continuation is kept. */
const BULK_PAGE = { limit: 1_000, expiration_delay_secs: 30 } as const;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Unisphere extends Discovered {
  readonly origin: string;
  readonly parts: Parts;
  get(path: string, query?: Query): Promise<Foreign>;
  /** Asks for performance data: a POST that changes nothing. */
  query(path: string, body: Foreign): Promise<Foreign>;
  /** A writing request. Only for commands of the operator. */
  send(request: RestRequest): Promise<void>;
  /** Ids of a collection, from a plain list or from all pages of an iterator. */
  ids(path: string, field: string, query?: Query): Promise<string[]>;
  /** All entries of an answer that may be the first page of an iterator. */
  entries(what: string, ask: () => Promise<Foreign>): Promise<readonly Foreign[]>;
  /** One object each; those that could not be read, and those that have gone since, are left out. */
  details(path: string, ids: readonly string[]): Promise<Detail[]>;
  /** One answer of the interface for bulk requests, since 10.1. */
  bulk(path: string, query?: Query): Promise<Foreign>;
  /** All objects of a bulk list. */
  bulkList(wanted: BulkList): Promise<readonly Foreign[]>;
  close(): Promise<void>;
}

export interface Detail {
  readonly id: string;
  readonly fields: Foreign;
}

export async function connect(access: RestAccess, context: DriverContext): Promise<Unisphere> {
  const rest = await openRest(context, access, {
    port: PORT,
    basePath: '/univmax',
    headers: { ...basicCredentials(access), 'application-type': 'delfin-agent' },
    answers,
  });
  const parts = createParts(context);
  const ask = async (request: RestRequest) => bodyOf(await rest.send(request), request.path);
  const get: Unisphere['get'] = (path, query = {}) => ask({ path: `${CLASSIC}${path}`, query });
  const bulk: Unisphere['bulk'] = (path, query = {}) => ask({ path: `${BULK}${path}`, query });
  const { ids, entries } = createIterators(rest, get, parts);

  try {
    const discovered = await discover((path, anyone) =>
      ask({ path: `${CLASSIC}${path}`, ...(anyone ? { anyone } : {}) }),
    );
    return {
      origin: rest.origin,
      parts,
      ...discovered,
      get,
      query: (path, json) => ask({ method: 'POST', path: `${CLASSIC}${path}`, json, reads: true }),
      async send(request) {
        await rest.send({ ...request, path: `${CLASSIC}${request.path}` });
      },
      ids,
      entries,
      async details(path, wanted) {
        const found = await parts.children(wanted, (id) =>
          listedObject(() => get(`${path}/${segment(id)}`)),
        );
        return wanted.flatMap((id, index) => {
          const fields = found[index];
          return fields ? [{ id, fields }] : [];
        });
      },
      bulk,
      bulkList: (wanted) => bulkList(bulk, parts, wanted),
      close: () => rest.close(),
    };
  } catch (error) {
    await rest.close();
    throw error;
  }
}

/** An answer without content has no fields. */
function bodyOf(body: unknown, path: string): Foreign {
  return body === undefined ? {} : object(body, path);
}

function createIterators(
  rest: RestClient,
  get: Unisphere['get'],
  parts: Parts,
): Pick<Unisphere, 'ids' | 'entries'> {
  /** It ends a cursor of the server, not more; the server drops those that are left in a few minutes. */
  async function drop(id: string): Promise<void> {
    const path = `${CLASSIC}${ITERATOR}/${segment(id)}`;
    await rest.send({ method: 'DELETE', path }).catch(() => undefined);
  }

  async function readOnce(what: string, first: Foreign): Promise<readonly Foreign[]> {
    const head = headOf(first, what);
    let asked = false;
    try {
      return await allPages<Foreign, number>({
        what,
        key: (entry) => JSON.stringify(entry),
        short: (error) => parts.tell(error),
        async page(from) {
          if (from === undefined) return head;
          asked = true;
          const to = Math.min(from + head.size - 1, head.total);
          const path = `${ITERATOR}/${segment(head.id)}/page`;
          const items = list((await get(path, { from, to }))['result'], what);
          return { items, next: to < head.total ? to + 1 : undefined };
        },
      });
    } finally {
      if (asked) await drop(head.id);
    }
  }

  /** An iterator lives a few minutes; if it is gone, the list is read anew once. */
  async function entries(what: string, ask: () => Promise<Foreign>): Promise<readonly Foreign[]> {
    const first = await ask();
    if (!isPaged(first)) return [];
    try {
      return await readOnce(what, first);
    } catch (error) {
      if (!isMissing(error)) throw error;
      return await listed(async () => await readOnce(what, await ask()));
    }
  }

  return {
    entries,
    async ids(path, field, query = {}) {
      let plain: unknown;
      const found = await entries(path, async () => {
        const answer = await get(path, query);
        plain = answer[field];
        return answer;
      });
      return idsOf(found.length > 0 ? found : (plain ?? []), field);
    },
  };
}

function isPaged(answer: Foreign): boolean {
  return answer['resultList'] !== undefined && answer['resultList'] !== null;
}

interface Head extends Page<Foreign, number> {
  readonly id: string;
  readonly size: number;
  readonly total: number;
}

/** The first page, which comes with the iterator. */
function headOf(first: Foreign, what: string): Head {
  const page = object(first['resultList'], what);
  const items = list(page['result'] ?? [], what);
  const id = identifier(first['id']) ?? '';
  const total = number(first['count']) ?? items.length;
  const size = number(first['maxPageSize']) || items.length;
  const from = (number(page['to']) ?? items.length) + 1;
  return {
    id,
    items,
    size,
    total,
    next: id !== '' && from <= total && size > 0 ? from : undefined,
  };
}

/** The token for the next page is no longer known: the list has to be read anew. */
class Lapsed extends BackendError {}

export interface BulkList {
  readonly path: string;
  /** Where the objects stand in the answer. */
  readonly field: string;
  readonly select: readonly string[];
  readonly filter?: string;
}

async function bulkList(
  bulk: Unisphere['bulk'],
  parts: Parts,
  wanted: BulkList,
): Promise<readonly Foreign[]> {
  const read = () =>
    allPages<Foreign, string>({
      what: `GET ${wanted.path}`,
      key: (item) => identifier(item['id']) ?? '',
      short: (error) => parts.tell(error),
      page: (token) => bulkPage(bulk, wanted, token),
    });
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Lapsed)) throw error;
    return await read();
  }
}

async function bulkPage(
  bulk: Unisphere['bulk'],
  { path, field, select, filter }: BulkList,
  token: string | undefined,
): Promise<Page<Foreign, string>> {
  const query = { select: select.join(','), filter, ...BULK_PAGE, resume_token: token };
  let answer: Foreign;
  try {
    answer = await bulk(path, query);
  } catch (error) {
    if (token === undefined || !(isMissing(error) || error instanceof Refused)) throw error;
    throw new Lapsed('404', error.message, { cause: error });
  }
  const paging = isObject(answer['paging']) ? answer['paging'] : undefined;
  if (!paging && answer[field] === undefined) {
    throw new InvalidResponse(`GET ${path}: neither ${field} nor paging in the answer`);
  }
  const left = number(paging?.['remaining_instances']) ?? 0;
  return {
    items: list(answer[field] ?? [], path),
    next: left > 0 ? identifier(paging?.['resume_token']) : undefined,
    total: number(paging?.['total_instances']),
  };
}
