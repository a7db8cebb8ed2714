/** Ids in lists and in paths. */
import { identifier, InvalidResponse, isObject } from 'delfin-agent/driver';

/** Ids given as text, or as objects with the id in `field`; none where there is no list. */
export function idsIn(value: unknown, field: string): string[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  const read = entries.map((entry) => identifier(isObject(entry) ? entry[field] : entry));
  return [...new Set(read.filter((id) => id !== undefined))];
}

/** The same of a list that must be there. @throws InvalidResponse if it isn't. */
export function idsOf(value: unknown, field: string): string[] {
  if (!Array.isArray(value)) throw new InvalidResponse(`${field}: expected a list`);
  return idsIn(value, field);
}

/** One segment of a path. The colons of initiators and ports stay: some servers don't decode them. */
export function segment(id: string): string {
  return encodeURIComponent(id).replaceAll('%3A', ':').replaceAll('%2C', ',');
}
