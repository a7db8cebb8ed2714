/** Collections that come in pages: all of them, each object once, with an end whatever the array says. */
import { InvalidResponse } from '../errors.ts';

/** The most that one list may hold: beyond it an array has lost count, not found more volumes. */
const MOST_ITEMS = 2_000_000;
const MOST_PAGES = 100_000;

/** One page, and what the array says of the rest. */
export interface Page<T, C> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined: this is the last. */
  readonly next: C | undefined;
  /** How many objects there are in all, where the array says so. */
  readonly total?: number | undefined;
}

export interface Paging<T, C> {
  /** What is listed, for messages. */
  readonly what: string;
  /** Asks for a page; without a cursor for the first. */
  readonly page: (cursor: C | undefined) => Promise<Page<T, C>>;
  /** What tells objects apart. */
  readonly key: (item: T) => string;
  /** Fewer objects than the array announced: told, and the list goes on without them. */
  readonly short?: (error: InvalidResponse) => void;
}

/**
 * All objects of a collection. A page that brings nothing new ends it: a server that knows no paging
 * sends the same again.
 * @throws InvalidResponse if there is no end, or fewer objects than announced and nobody is told.
 */
export async function allPages<T, C>({ what, page, key, short }: Paging<T, C>): Promise<T[]> {
  const found = new Map<string, T>();
  let announced = 0;
  let cursor: C | undefined;
  for (let count = 1; ; count += 1) {
    const { items, next, total } = await page(cursor);
    const before = found.size;
    for (const item of items) {
      const id = key(item);
      if (!found.has(id)) found.set(id, item);
    }
    announced = Math.max(announced, total ?? 0);
    if (next === undefined || found.size === before) break;
    if (found.size > MOST_ITEMS || count >= MOST_PAGES) {
      throw new InvalidResponse(
        `${what}: the list has no end (${found.size} objects in ${count} pages)`,
      );
    }
    cursor = next;
  }
  if (found.size < announced) {
    const error = new InvalidResponse(
      `${what}: ${found.size} objects of the ${announced} that the array announced`,
    );
    if (!short) throw error;
    short(error);
  }
  return [...found.values()];
}

/** Pages by number of objects to skip: the next one begins where this one ended, until one is short. */
export function byOffset<T>(
  size: number,
  ask: (offset: number, size: number) => Promise<readonly T[]>,
): Paging<T, number>['page'] {
  return async (offset = 0) => {
    const items = await ask(offset, size);
    return { items, next: items.length < size ? undefined : offset + items.length };
  };
}
