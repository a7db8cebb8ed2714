/** An incomplete answer with what the last whole one knew beside it. */
import { identityOf, LISTS, type Fields } from './lists.ts';

const IDENTITIES: ReadonlyMap<string, readonly string[]> = new Map(
  LISTS.flatMap(({ parts }) => parts.map(({ name, identity }) => [name, identity] as const)),
);

/**
 * The records of `incomplete`, each with the fields that only its whole form has, and after them the
 * records that only `whole` has. `name`: the list, or `storage`, which is one record.
 */
export function withKept(name: string, incomplete: unknown, whole: unknown): unknown {
  const identity = IDENTITIES.get(name);
  if (!identity) return { ...(whole as Fields), ...(incomplete as Fields) };
  const known = new Map(
    (whole as Fields[]).map((record) => [identityOf(record, identity), record]),
  );
  const byFirst = Map.groupBy(known.values(), (record) => record[identity[0] ?? '']);
  const merged: Fields[] = [];
  for (const record of incomplete as Fields[]) {
    const key = identityOf(record, identity);
    const before = known.get(key);
    known.delete(key);
    // One that lost a part of its identity is told by the whole ones that it is a part of.
    const fuller = before ? [] : (byFirst.get(record[identity[0] ?? '']) ?? []);
    if (!fuller.some((other) => isPartOf(record, other, identity))) {
      merged.push({ ...before, ...record });
    }
  }
  return [...merged, ...known.values()];
}

function isPartOf(record: Fields, other: Fields, identity: readonly string[]): boolean {
  return identity.every((field) => record[field] === undefined || record[field] === other[field]);
}
