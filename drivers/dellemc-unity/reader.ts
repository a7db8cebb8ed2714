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
  /** Several collections that make one list: those that the array shows. @throws if it has none, or for a fault nothing. */
  some(types: readonly ResourceName[]): Promise<readonly (readonly Foreign[])[]>;
}

export function createReader(client: UnityClient, log: Log): Reader {
  /** Which set of attributes the array's software knows: a static fact. */
  const known = new Map<ResourceName, number>();
  /** What was said already. */
  const paging = createPaging();

  async function all(type: ResourceName, query: Query = {}): Promise<readonly Foreign[]> {
    const asks = questions(type);
    let faulty = false;
    for (let index = known.get(type) ?? 0; ; index += 1) {
      try {
        const found = await instances(client, type, { ...asks[index], ...query }, paging);
        if (!faulty) known.set(type, index);
        return found;
      } catch (error) {
        if (!isWorthLess(error, asks.length - index - 1)) throw error;
        // Some software fails over an attribute it does not know; a fault may pass, too.
        faulty ||= !isRefusal(error);
      }
    }
  }

  function leaveOut(type: ResourceName, error: unknown): readonly Foreign[] {
    if (!(error instanceof NotSupported)) {
      log.warn({ err: error, type }, 'a collection is left out: the array fails to show it');
    }
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
    const faults: unknown[] = [];
    const collections = await Promise.all(
      types.map(async (type) => {
        try {
          return await all(type);
        } catch (error) {
          const isAnswer = error instanceof BackendError || error instanceof NotSupported;
          if (!isAnswer || isBusyError(error)) throw error;
          (isRefusal(error) ? refusals : faults).push(error);
          return leaveOut(type, error);
        }
      }),
    );
    if (refusals.length === types.length) throw refusals[0];
    // A fault is no empty list.
    if (faults.length > 0 && collections.every(({ length }) => length === 0)) throw faults[0];
    return collections;
  }

  return { all, allIfAny, some };
}

/** The attributes that each software knows, in order; at last without anything that is optional. */
function questions(type: ResourceName): readonly Query[] {
  const sets: readonly (readonly string[])[] = FIELDS[type];
  const plain = { fields: sets.at(-1)?.join(',') };
  return [
    ...sets.map((fields) => ({ fields: fields.join(','), compact: true, per_page: PAGE_SIZE })),
    plain,
  ];
}

/** Whether to ask again for less. What the array lacks altogether is not asked for once more. */
function isWorthLess(error: unknown, left: number): boolean {
  if (isBusyError(error) || left === 0) return false;
  return error instanceof BackendError || (error instanceof NotSupported && left > 1);
}

async function instances(
  client: UnityClient,
  type: string,
  query: Query,
  paging: Paging,
): Promise<Foreign[]> {
  const found: Foreign[] = [];
  const seen = new Set<string>();
  for await (const page of pages(client, type, query, paging)) {
    const keyed = page.map((content) => {
      return { content, key: identifier(content['id']) ?? JSON.stringify(content) };
    });
    const fresh = keyed.filter(({ key }) => !seen.has(key));
    // A server that knows no paging sends the same again.
    if (fresh.length === 0) break;
    for (const { content, key } of fresh) {
      found.push(content);
      seen.add(key);
    }
  }
  return found;
}

/** When a page without a link to the next is the last. */
export interface Paging {
  isLast(length: number): boolean;
  /** A page of this length had none after it. */
  ended(length: number): void;
  /** A page linked to the next: this server does so wherever there is one. */
  linked(): void;
}

/**
 * Some servers end every page without a link, and whatever their page size is. A page that is shorter
 * than another which was the last one for certain is not full: it is the last, too.
 */
export function createPaging(): Paging {
  let proven = 0;
  return {
    isLast: (length) => length < proven,
    ended(length) {
      proven = Math.max(proven, length);
    },
    linked() {
      proven = Infinity;
    },
  };
}

/** The contents of each page until the last one. The reader ends it where a page brings nothing new. */
export async function* pages(
  client: UnityClient,
  type: string,
  query: Query,
  paging: Paging,
): AsyncGenerator<readonly Foreign[]> {
  const path = `/api/types/${type}/instances`;
  let seen = 0;
  let length = 0;
  let next: Outlook = 'yes';
  for (let page = 1; ; page += 1) {
    let contents: readonly Foreign[] = [];
    let body: Foreign = {};
    try {
      body = await client.get(path, page === 1 ? query : { ...query, page });
      contents = contentsOf(body, path);
    } catch (error) {
      if (page === 1 || !isEnd(error, next)) throw error;
    }
    if (contents.length === 0) {
      // Only the first page shows how many fit.
      if (page === 2) paging.ended(length);
      return;
    }
    length = contents.length;
    seen += length;
    yield contents;
    next = outlookOf(body, seen);
    if (next === 'yes') paging.linked();
    if (next === 'no' || (next === 'unlikely' && paging.isLast(length))) return;
  }
}

/** Whether another page follows, by its link or by the count; without any links it is `unknown`. */
type Outlook = 'yes' | 'counted' | 'no' | 'unlikely' | 'unknown';

function outlookOf(body: Foreign, seen: number): Outlook {
  const links = body['links'];
  if (Array.isArray(links) && links.some((link) => isObject(link) && link['rel'] === 'next')) {
    return 'yes';
  }
  const total = number(body['entryCount']);
  const count = Array.isArray(body['entries']) ? body['entries'].length : 0;
  // A count that is that of the page may be just that.
  if (total !== undefined && total !== count) return seen >= total ? 'no' : 'counted';
  return Array.isArray(links) ? 'unlikely' : 'unknown';
}

/** A failure to show a page that nobody has promised. */
function isEnd(error: unknown, next: Outlook): boolean {
  if (next === 'yes' || next === 'counted' || isBusyError(error)) return false;
  if (next === 'unlikely') return error instanceof BackendError || isRefusal(error);
  return isRefusal(error);
}

function contentsOf(body: Foreign, path: string): readonly Foreign[] {
  const entries = body['entries'] ?? undefined;
  // An empty collection may come without its container.
  const isEmpty = 'entries' in body || Array.isArray(body['links']) || '@base' in body;
  if (entries === undefined && (isEmpty || Object.keys(body).length === 0)) return [];
  if (entries === undefined && isObject(body['content'])) return [body['content']];
  if (entries === undefined) throw new InvalidResponse(`${path}: the answer has no entries`);
  return list(entries, path).flatMap((entry) => {
    const content = entry['content'];
    return isObject(content) ? [content] : [];
  });
}
