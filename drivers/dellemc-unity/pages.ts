/** Collections page by page. How a page says whether another follows differs between arrays and their stand-ins. */
import {
  allPages,
  BackendError,
  InvalidResponse,
  isObject,
  list,
  number,
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
  return allPages<Foreign, Cursor>({
    what: `GET ${path}`,
    key,
    short: tell,
    async page(cursor = { count: 1, outlook: 'promised' }) {
      const { count, outlook } = cursor;
      const end = { items: [], next: undefined };
      let body: unknown;
      try {
        body = await get(count === 1 ? query : { ...query, page: count });
      } catch (error) {
        if (count === 1) throw error;
        if (isEnd(error, outlook, tell)) {
          if (count === 2) sizes.ended(length);
          return end;
        }
        // Not the question: the array has answered it for the pages before.
        if (error instanceof Refused) throw new BackendError(error.code, error.message);
        throw error;
      }
      const items = contentsOf(body, path);
      if (items.length === 0) {
        // Only the first page shows how many fit.
        if (count === 2) sizes.ended(length);
        return end;
      }
      const before = seen.size;
      for (const item of items) seen.add(key(item));
      if (seen.size === before && (outlook === 'promised' || enough)) {
        tell(new InvalidResponse(`GET ${path}: page ${count} repeats what came before`));
      }
      length = items.length;
      listed += length;
      const { next, total } = outlookOf(body, listed, count);
      if (next === 'promised') sizes.linked();
      const isLast = next === 'none' || (next === 'unlikely' && sizes.isLast(length));
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

/** When a page without a link to the next is the last. */
export interface PageSizes {
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
export function createPageSizes(): PageSizes {
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

function contentsOf(body: unknown, path: string): readonly Foreign[] {
  if (!isObject(body)) throw new InvalidResponse(`${path}: the answer is no object`);
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
