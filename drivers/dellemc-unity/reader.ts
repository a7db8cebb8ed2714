/** Collections of the API: every page, with the attributes that the array's software knows. */
import {
  BackendError,
  identifier,
  InvalidResponse,
  isObject,
  list,
  NotSupported,
  number,
  type Foreign,
  type Log,
} from 'delfin-agent/driver';
import { isBusyError, isRefusal } from './answers.ts';
import type { Query, UnityClient } from './client.ts';
import { FIELDS, type ResourceName } from './fields.ts';

/** The most that the array puts on a page, and what it puts there unasked. */
const PAGE_SIZE = 2_000;

export interface Reader {
  /** Every instance of a type. @throws NotSupported if the array lacks the type. */
  all(type: ResourceName, query?: Query): Promise<readonly Foreign[]>;
  /** The same for data that others can do without: empty if the array lacks the type or fails to show it. */
  allIfAny(type: ResourceName, query?: Query): Promise<readonly Foreign[]>;
  /** Several collections that make one list: those that the array has. @throws if it has none, or a fault. */
  some(types: readonly ResourceName[]): Promise<readonly (readonly Foreign[])[]>;
}

export function createReader(client: UnityClient, log: Log): Reader {
  /** Which set of attributes the array's software knows: a static fact. */
  const known = new Map<ResourceName, number>();
  /** What was said already. */
  const missing = new Set<ResourceName>();

  async function all(type: ResourceName, query: Query = {}): Promise<readonly Foreign[]> {
    const sets: readonly (readonly string[])[] = FIELDS[type];
    let faulty = false;
    for (let index = known.get(type) ?? 0; ; index += 1) {
      const fields = sets[index] ?? [];
      try {
        const found = await instances(client, type, {
          fields: fields.join(','),
          compact: true,
          per_page: PAGE_SIZE,
          ...query,
        });
        if (!faulty) known.set(type, index);
        return found;
      } catch (error) {
        const isAnswer = error instanceof BackendError || error instanceof NotSupported;
        if (index + 1 >= sets.length || !isAnswer || isBusyError(error)) throw error;
        // Some software fails over an attribute it does not know; a fault may pass, too.
        faulty ||= !isRefusal(error);
      }
    }
  }

  function leaveOut(type: ResourceName, error: unknown): readonly Foreign[] {
    if (!missing.has(type) && !(error instanceof NotSupported)) {
      log.warn({ err: error, type }, 'a collection is left out: the array fails to show it');
    }
    missing.add(type);
    return [];
  }

  async function allIfAny(type: ResourceName, query?: Query): Promise<readonly Foreign[]> {
    try {
      return await all(type, query);
    } catch (error) {
      const isAnswer = error instanceof BackendError || error instanceof InvalidResponse;
      if (!isAnswer && !(error instanceof NotSupported)) throw error;
      return leaveOut(type, error);
    }
  }

  async function some(types: readonly ResourceName[]): Promise<readonly (readonly Foreign[])[]> {
    const refusals: unknown[] = [];
    const collections = await Promise.all(
      types.map(async (type) => {
        try {
          return await all(type);
        } catch (error) {
          if (!isRefusal(error)) throw error;
          refusals.push(error);
          return leaveOut(type, error);
        }
      }),
    );
    if (refusals.length === types.length) throw refusals[0];
    return collections;
  }

  return { all, allIfAny, some };
}

async function instances(client: UnityClient, type: string, query: Query): Promise<Foreign[]> {
  const found = new Map<string, Foreign>();
  for await (const page of pages(client, type, query)) {
    const before = found.size;
    for (const content of page) {
      const key = identifier(content['id']) ?? JSON.stringify(content);
      if (!found.has(key)) found.set(key, content);
    }
    // A server that knows no paging sends the same again.
    if (found.size === before) break;
  }
  return [...found.values()];
}

/** The contents of each page until the last one. The reader ends it where a page brings nothing new. */
export async function* pages(
  client: UnityClient,
  type: string,
  query: Query,
  pageSize: number = PAGE_SIZE,
): AsyncGenerator<readonly Foreign[]> {
  const path = `/api/types/${type}/instances`;
  let seen = 0;
  let promised = true;
  for (let page = 1; ; page += 1) {
    let body: Foreign;
    try {
      body = await client.get(path, page === 1 ? query : { ...query, page });
    } catch (error) {
      // Nobody had promised this page.
      if (page > 1 && !promised && isRefusal(error)) return;
      throw error;
    }
    const contents = contentsOf(body, path);
    if (contents.length === 0) return;
    seen += contents.length;
    yield contents;
    promised = linksTo(body, 'next');
    if (!promised && isLast(body, { length: contents.length, seen, pageSize })) return;
  }
}

function contentsOf(body: Foreign, path: string): readonly Foreign[] {
  const entries = body['entries'];
  // An empty collection may come without its container.
  if (entries === undefined && (Array.isArray(body['links']) || '@base' in body)) return [];
  if (entries === undefined && isObject(body['content'])) return [body['content']];
  if (entries === undefined) throw new InvalidResponse(`${path}: the answer has no entries`);
  return list(entries, path).flatMap((entry) => {
    const content = entry['content'];
    return isObject(content) ? [content] : [];
  });
}

function linksTo(body: Foreign, relation: string): boolean {
  const links = Array.isArray(body['links']) ? body['links'] : [];
  return links.some((link) => isObject(link) && link['rel'] === relation);
}

/**
 * Without a link to a next page: the count tells, where the array gives one. Otherwise a page that
 * looks full (page sizes are round numbers), or an answer without any links, is asked on.
 */
function isLast(
  body: Foreign,
  { length, seen, pageSize }: { length: number; seen: number; pageSize: number },
): boolean {
  const total = number(body['entryCount']);
  if (total !== undefined) return seen >= total;
  if (!Array.isArray(body['links'])) return false;
  return length < pageSize && (length < 10 || length % 5 !== 0);
}
