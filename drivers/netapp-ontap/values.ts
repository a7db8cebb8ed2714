/** Reading the API's nested objects: paths, references, times and durations. */
import { identifier, isObject, text, type Foreign } from 'delfin-agent/driver';

/** The value at a path like `space.block_storage.size`. */
export function pick(value: unknown, path: string): unknown {
  let at = value;
  for (const name of path.split('.')) {
    if (!isObject(at)) return undefined;
    at = at[name];
  }
  return at;
}

/** The uuid of what a field like `node: { uuid, name }` refers to. */
export function uuidAt(record: Foreign, path: string): string | undefined {
  return identifier(pick(record, `${path}.uuid`));
}

/** A name or another free text: as it is, even if it reads "none" or "-". */
export function label(value: unknown): string | undefined {
  return identifier(value);
}

/** An id made of the keys of the object's URL; without one of them there is none. */
export function joined(...keys: readonly unknown[]): string | undefined {
  const parts = keys.map(identifier);
  return parts.includes(undefined) ? undefined : parts.join('/');
}

/** Those that have an id, as records. */
export function withId<T>(
  found: readonly Foreign[],
  idOf: (record: Foreign) => string | undefined,
  make: (record: Foreign, id: string) => T,
): T[] {
  return found.flatMap((record) => {
    const id = idOf(record);
    return id === undefined ? [] : [make(record, id)];
  });
}

export const byUuid = (record: Foreign) => identifier(record['uuid']);

/** Epoch ms; an ISO 8601 time with Z or an offset, by some answers with a blank before it. */
export function timeOf(value: unknown): number | undefined {
  const written = text(value);
  if (written === undefined || !ZONED.test(written)) return undefined;
  const time = Date.parse(written);
  return Number.isNaN(time) ? undefined : time;
}

const ZONED = /^\d{4}-\d\d-\d\d[T ][\d:.]+ ?(?:Z|[+-]\d\d:?\d\d)$/;

const DURATION =
  /^P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$/;
const UNITS_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** An ISO 8601 duration (`P1DT2H`, `PT8H35M42S`), ms. */
export function durationOf(value: unknown): number | undefined {
  const found = DURATION.exec(text(value) ?? '');
  if (!found || found.slice(1).every((part) => part === undefined)) return undefined;
  return UNITS_MS.reduce((sum, unit, index) => sum + Number(found[index + 1] ?? 0) * unit, 0);
}

/** `NetApp Release 9.14.1P3: Tue ...` -> `9.14.1P3`. */
export function releaseOf(full: unknown): string | undefined {
  const written = text(full);
  return /\b(\d+\.\d+(?:\.\d+)?\w*)/.exec(written ?? '')?.[1] ?? written;
}
