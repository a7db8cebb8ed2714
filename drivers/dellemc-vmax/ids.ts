/** Ids in lists and in paths. */
import { identifier, InvalidResponse, isObject } from 'delfin-agent/driver';

/** Ids given as text, or as objects with the id in `field`. */
export function idsOf(value: unknown, field: string): string[] {
  if (!Array.isArray(value)) throw new InvalidResponse(`${field}: expected a list`);
  const read = value.map((entry: unknown) => identifier(isObject(entry) ? entry[field] : entry));
  return [...new Set(read.filter((id) => id !== undefined))];
}

/** One segment of a path. The colons of initiators and ports stay: some servers don't decode them. */
export function segment(id: string): string {
  return encodeURIComponent(id).replaceAll('%3A', ':').replaceAll('%2C', ',');
}
