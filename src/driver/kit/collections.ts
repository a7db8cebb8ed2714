/** Lists made of an array's collections: what inventories of REST interfaces are put together from. */
import { InvalidResponse } from '../errors.ts';
import type { Foreign } from '../read.ts';
import type { Parts } from './parts.ts';

type Ask<T> = () => Promise<T>;
type Make<T> = (objects: readonly Foreign[]) => readonly T[];

export interface Collections<N extends string> {
  /** Every object of a collection, asked for at each call. */
  all(name: N): Ask<readonly Foreign[]>;
  /** The same, asked for once for the lists of a round. */
  shared(name: N): Ask<readonly Foreign[]>;
  /** The one object in a collection, shared. @throws InvalidResponse if there is none. */
  single(name: N): Ask<Foreign>;
  /** A list of one collection. */
  list<T>(of: N | Ask<readonly Foreign[]>, make: Make<T>): Ask<readonly T[]>;
  /** A collection of several that make a list (`union`): undefined where the array says that it lacks it. */
  kind<T>(of: N | Ask<readonly Foreign[]>, make: Make<T>): Ask<readonly T[] | undefined>;
}

/** `read`: all objects of a collection; what is missing of them is told to `told`. */
export function collectionsOf<N extends string>(
  parts: Parts,
  read: (name: N, told: Parts) => Promise<readonly Foreign[]>,
): Collections<N> {
  const all = (name: N) => () => read(name, parts);
  const list =
    <T>(of: N | Ask<readonly Foreign[]>, make: Make<T>): Ask<readonly T[]> =>
    async () =>
      make(await (typeof of === 'string' ? read(of, parts) : of()));
  return {
    all,
    list,
    single: (name) =>
      parts.shared(async (told) => {
        const [one] = await read(name, told);
        if (one) return one;
        throw new InvalidResponse(`the array says nothing of itself (${name})`);
      }),
    shared: (name) => parts.shared((told) => read(name, told)),
    kind: (of, make) => () => parts.ifAny(list(of, make)),
  };
}
