/** Collections page by page. How a page says whether another follows differs between arrays and their stand-ins. */
import {
  allPages,
  BackendError,
  InvalidResponse,
  isObject,
  list,
  number,
  objects,
  Refused,
  type Foreign,
} from 'delfin-agent/driver';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A collection read page by page. */
export interface Reading {
  readonly query: Query;
  /** What tells its contents apart. */
  readonly key: (content: Foreign) => string;
  /** What follows this page is not wanted. */
  readonly enough?: (page: readonly Foreign[], count: number) => boolean;
  /** An end that came otherwise than it should. */
  readonly tell: (error: Error) => void;
}

/**
 * How long a last page has been for certain. Some servers end every page without a link, and whatever
 * their page size is: a page that is shorter is not full, and the last, too. Infinity: a page linked to
 * the next, as this server does wherever there is one.
 */
export interface PageSizes {
  proven: number;
}

interface Cursor {
  readonly count: number;
  /** How sure it is that there is such a page. */
  readonly outlook: Outlook;
}

/**
 * Pages until the last one. One that repeats what came before, or is not there although it was
 * promised, is told.
 */
export function readPages(
  path: string,
  get: (query: Query) => Promise<unknown>,
  { query, key, enough, tell }: Reading,
  sizes: PageSizes,
): Promise<readonly Foreign[]> {
  const seen = new Set<string>();
  let listed = 0;
  let length = 0;

  async function bodyOf({ count, outlook }: Cursor): Promise<unknown> {
    try {
      return await get(count === 1 ? query : { ...query, page: count });
    } catch (error) {
      if (count > 1 && isEnd(error, outlook, tell)) return {};
      // Not the question: the array has answered it for the pages before.
      if (count > 1 && error instanceof Refused) throw new BackendError(error.code, error.message);
      throw error;
    }
  }

  return allPages<Foreign, Cursor>({
    what: `GET ${path}`,
    key,
    short: tell,
    async page(cursor = { count: 1, outlook: 'promised' }) {
      const { count, outlook } = cursor;
      const body = await bodyOf(cursor);
      const items = contentsOf(body, path);
      if (items.length === 0) {
        // Only the first page shows how many fit.
        if (count === 2) sizes.proven = Math.max(sizes.proven, length);
        return { items, next: undefined };
      }
      const before = seen.size;
      for (const item of items) seen.add(key(item));
      if (seen.size === before && (outlook === 'promised' || enough)) {
        tell(new InvalidResponse(`GET ${path}: page ${count} repeats what came before`));
      }
      length = items.length;
      listed += length;
      const { next, total } = outlookOf(body, listed, count);
      if (next === 'promised') sizes.proven = Infinity;
      const isLast = next === 'none' || (next === 'unlikely' && length < sizes.proven);
      const done = isLast || enough?.(items, count) === true;
      return { items, total, next: done ? undefined : { count: count + 1, outlook: next } };
    },
  });
}

/** A page that nobody has promised is refused, or is not there. */
function isEnd(error: unknown, outlook: Outlook, tell: Reading['tell']): boolean {
  if (outlook === 'promised') return false;
  if (error instanceof Refused) return true;
  const isAbsent = error instanceof BackendError && error.code === '404';
  if (isAbsent) tell(error);
  return isAbsent;
}

/**
 * Whether another page follows: by its link or by the count. Without a link to it there may be one all
 * the same; without any links nothing is said.
 */
type Outlook = 'promised' | 'none' | 'unlikely' | 'unknown';

function outlookOf(
  body: unknown,
  listed: number,
  page: number,
): { readonly next: Outlook; readonly total: number | undefined } {
  const { links, entries, entryCount } = isObject(body) ? body : {};
  if (Array.isArray(links) && links.some((link) => isNext(link, page))) {
    return { next: 'promised', total: undefined };
  }
  const count = number(entryCount);
  // A count that is that of the page may be just that.
  if (count !== undefined && count !== (Array.isArray(entries) ? entries.length : 0)) {
    return { next: listed >= count ? 'none' : 'promised', total: count };
  }
  return { next: Array.isArray(links) ? 'unlikely' : 'unknown', total: undefined };
}

/** A link that names this page or one before leads nowhere. */
function isNext(link: unknown, page: number): boolean {
  if (!isObject(link) || link['rel'] !== 'next') return false;
  const named = /[?&]page=(\d{1,9})\b/.exec(String(link['href']))?.[1];
  return named === undefined || Number(named) > page;
}

function contentsOf(body: unknown, path: string): readonly Foreign[] {
  if (!isObject(body)) throw new InvalidResponse(`${path}: the answer is no object`);
  const { entries, content } = body;
  if (entries !== undefined && entries !== null) {
    return list(entries, path).flatMap((entry) => objects([entry['content']]));
  }
  // An empty collection may come without its container.
  const isEmpty = 'entries' in body || Array.isArray(body['links']) || '@base' in body;
  if (isEmpty || Object.keys(body).length === 0) return [];
  if (isObject(content)) return [content];
  throw new InvalidResponse(`${path}: the answer has no entries`);
}
