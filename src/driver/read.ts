/**
 * Reading foreign objects at the border: JSON of unknown shape into the few fields a driver uses.
 * A field that is missing, of the wrong kind or a sentinel is `undefined`; nothing throws but `list`
 * and `object`, whose absence means that the answer itself is broken.
 */
import { isIP } from 'node:net';
import { InvalidResponse } from './errors.ts';

/** A JSON object whose fields are not yet known. */
export type Foreign = Readonly<Record<string, unknown>>;

/** Texts that arrays print where they have no value. */
const NOTHING = new Set(['', '--', '-', 'n/a', 'na', 'null', 'none', 'undefined']);

export function isObject(value: unknown): value is Foreign {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws InvalidResponse naming `what` if the value isn't an object. */
export function object(value: unknown, what: string): Foreign {
  if (!isObject(value))
    throw new InvalidResponse(`${what}: expected an object, got ${kind(value)}`);
  return value;
}

/** The objects in a list; elements of another kind are left out. @throws InvalidResponse if it isn't a list. */
export function list(value: unknown, what: string): readonly Foreign[] {
  if (!Array.isArray(value))
    throw new InvalidResponse(`${what}: expected a list, got ${kind(value)}`);
  return value.filter(isObject);
}

/** The same where a list may be absent: none if it isn't one. */
export function objects(value: unknown): readonly Foreign[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Text, trimmed; numbers and booleans in decimal; '' and "no value" texts are undefined. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value);
  }
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return NOTHING.has(trimmed.toLowerCase()) ? undefined : trimmed;
}

/** An id: text of any non-empty content ("none" and "-" may be ids), never trimmed. */
export function identifier(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const SENTINELS = new Set([-1, 0xffffffff, 2 ** 63 - 1, 2 ** 64 - 1, 2 ** 63, 2 ** 64]);

/**
 * A number, also from text; negative values, 2^32-1, 2^63-1 and 2^64-1 mean "unknown" to most arrays
 * and are undefined. For signed values use `signed`.
 */
export function number(value: unknown): number | undefined {
  const read = signed(value);
  return read === undefined || read < 0 || SENTINELS.has(read) ? undefined : read;
}

/** A number that is more than 0, where 0 means that there is none: no limit, no link, no ratio. */
export function positive(value: unknown): number | undefined {
  return number(value) || undefined;
}

/** As arrays write numbers. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
/** With an exponent only as programs print it: "43e874" and "12e3" are hexadecimal ids. */
const SCIENTIFIC = /^[+-]?\d(?:\.\d+e[+-]?|e[+-])\d{1,3}$/i;
const LONGEST_NUMBER = 400;

/** A finite number, also from text, without sentinels. */
export function signed(value: unknown): number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return finite(Number(value));
  const written = text(value);
  if (written === undefined || written.length > LONGEST_NUMBER) return undefined;
  if (!DECIMAL.test(written) && !SCIENTIFIC.test(written)) return undefined;
  return finite(Number(written));
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** A number times a factor, rounded to an integer: sectors, KiB, MiB and so on to bytes. */
export function scaled(value: unknown, factor: number): number | undefined {
  const read = number(value);
  return read === undefined ? undefined : finite(Math.round(read * factor));
}

const MULTIPLES: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** The speed of a link as arrays write it: `16G`, `10 Gb/s`, `32_Gbps`. None of `auto` and of 0. */
export function bitsPerSecond(written: unknown): number | undefined {
  const found = /^(\d{1,6}(?:\.\d{1,6})?)[\s_]*([KMGTkmgt])(?:b(?:its?)?(?:\/s|ps)?)?$/.exec(
    text(written) ?? '',
  );
  return scaled(found?.[1], MULTIPLES[found?.[2]?.toUpperCase() ?? ''] ?? 0) || undefined;
}

/** Addresses that stand for none. */
const UNSPECIFIED = new Set(['0.0.0.0', '::', 'fe80::']);

/** An IP address; none of one that is not set, and of names. */
export function ipAddress(written: unknown): string | undefined {
  const address = text(written) ?? '';
  return isIP(address) === 0 || UNSPECIFIED.has(address) ? undefined : address;
}

/**
 * The one written form of a 64-bit World Wide Name: `50:06:01:60:AA:BB:CC:DD`. Vendors write it with or
 * without colons, dashes or `0x`, in either case; anything else (IQN, NQN) stays as it is.
 */
export function worldWideName(written: string): string {
  const digits = /^(?:0x)?((?:[0-9a-f]{2}[:-]?){8})$/i.exec(written.trim())?.[1];
  if (digits === undefined) return written;
  return (digits.toUpperCase().match(/[0-9A-F]{2}/g) ?? []).join(':');
}

const TRUE = new Set(['true', 'yes', '1', 'on', 'enabled']);
const FALSE = new Set(['false', 'no', '0', 'off', 'disabled']);

/** A boolean, also from true/false, yes/no, on/off, 1/0, enabled/disabled. */
export function flag(value: unknown): boolean | undefined {
  const written = text(value)?.toLowerCase();
  if (written === undefined) return undefined;
  if (TRUE.has(written)) return true;
  return FALSE.has(written) ? false : undefined;
}

/** A percentage as a ratio, 0 to 1; more than 100 is none. */
export function fraction(percent: unknown): number | undefined {
  const read = number(percent);
  return read === undefined || read > 100 ? undefined : read / 100;
}

/** What a percentage that is used up leaves, 0 to 1: more than all of it leaves nothing. */
export function fractionLeft(percentUsed: unknown): number | undefined {
  const used = number(percentUsed);
  return used === undefined ? undefined : Math.max(0, 100 - used) / 100;
}

/** Epoch ms of an ISO 8601 time; one that names no zone is UTC. */
export function utcTime(value: unknown): number | undefined {
  const written = text(value) ?? '';
  if (!/^\d{4}-\d\d-\d\d[T ]\d/.test(written)) return undefined;
  return finite(Date.parse(/[T ][\d:.]+$/.test(written) ? `${written}Z` : written));
}

/** All together; undefined if there is none, or one is not known: the sum of some is not the sum. */
export function sum(values: readonly (number | undefined)[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((total, value) =>
    total === undefined || value === undefined ? undefined : total + value,
  );
}

/** What `make` makes of each object with its id, a field or made of several; without it it is no record. */
export function withId<T>(
  items: readonly Foreign[],
  make: (one: Foreign, id: string) => T,
  of: string | ((one: Foreign) => string | undefined) = 'id',
): T[] {
  return items.flatMap((one) => {
    const id = typeof of === 'string' ? identifier(one[of]) : of(one);
    return id === undefined ? [] : [make(one, id)];
  });
}

/** A reader of the value at a path like `space.used`; undefined where the path ends before. */
export function pathOf(path: string): (value: unknown) => unknown {
  const names = path.split('.');
  return (value) => {
    let at = value;
    for (const name of names) {
      if (!isObject(at)) return undefined;
      at = at[name];
    }
    return at;
  };
}

/** The value at a path like `space.used`. */
export function pick(value: unknown, path: string): unknown {
  return pathOf(path)(value);
}

/** Ids of objects. */
export function idsOf(items: readonly Foreign[], field = 'id'): Set<string> {
  return new Set(withId(items, (_, id) => id, field));
}

/** Finds objects by their id in `field`. Undefined, and finds none: they could not be read. */
export function byId(
  items: readonly Foreign[] | undefined,
  field = 'id',
): (id: unknown) => Foreign | undefined {
  const known = new Map(withId(items ?? [], (one, id) => [id, one], field));
  return (id) => known.get(identifier(id) ?? '');
}

/** How many there are by key, 0 of a key that none has. Undefined: they could not be read. */
export function countBy<T>(
  items: readonly T[] | undefined,
  keyOf: (item: T) => unknown,
): (key: unknown) => number | undefined {
  const counts = new Map<unknown, number>();
  for (const item of items ?? []) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return (key) => items && (counts.get(key) ?? 0);
}

/** Total minus used, where both are known and make sense. */
export function remainder(total: number | undefined, used: number | undefined): number | undefined {
  if (total === undefined || used === undefined || used > total) return undefined;
  return total - used;
}

/** The record without fields that are undefined. */
export function compact<T extends object>(fields: {
  readonly [K in keyof T]: T[K] | undefined;
}): T {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as T;
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
