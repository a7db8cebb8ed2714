/** Records said as data: where each field stands in the array's object. */
import type { Static, TObject } from 'typebox';
import { lookup } from '../enumeration.ts';
import {
  flag,
  identifier,
  number,
  pathOf,
  pick,
  remainder,
  signed,
  text,
  type Foreign,
} from '../read.ts';
import { StorageSchema, type Storage } from '../records.ts';

/**
 * Where the value of a field comes from:
 * - a path, `name` or `space.used`; of several, `unix_name|uid`, the first that has a value;
 * - of an enumeration the word itself, or a path with the array's words for it (`lookup`);
 * - a flag that is always so, or a path;
 * - a function of the object and of the fields above, for anything else; `null`: the object is no record.
 *
 * How a path is read follows from the record's schema: ids, references, names and texts of people are
 * taken as they are (`identifier`), other texts by `text`, numbers by `number` or, where they may be
 * negative, `signed`, flags by `flag`.
 */
type Source<R, V> =
  | ((one: Foreign, made: Partial<R>) => V | undefined | null)
  | ([V] extends [string]
      ? string extends V
        ? string
        : V | readonly [path: string, words: Readonly<Record<string, V>>]
      : [V] extends [boolean]
        ? boolean | string
        : string);

export type FieldSources<R> = { readonly [F in keyof R]?: Source<R, NonNullable<R[F]>> };

/** Fields of people's own words: "none" and "-" may be names. */
const WRITTEN: ReadonlySet<string> = new Set([
  'name', 'description', 'alias', 'path', 'user_group_name', 'remote_system', 'remote_resource',
]); // prettier-ignore

/** What of a field's schema says how it is read. */
interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly minimum?: number;
  readonly unknown?: string;
}

type Make = (one: Foreign, made: Readonly<Record<string, unknown>>) => unknown;

/** `beside`: what other requests told of the object; read like fields of its own, which it goes before. */
type MakeRecords<R> = (objects: readonly Foreign[], beside?: (one: Foreign) => Foreign) => R[];

/**
 * A maker of records. One without what it must have (an id) has '' for it: the core drops and counts it.
 * A kind that must be told and is not is the enumeration's `unknown`.
 */
export function recordsOf<S extends TObject>(
  schema: S,
  fields: FieldSources<Static<S>>,
): MakeRecords<Static<S>>;
export function recordsOf(
  schema: TObject,
  fields: Readonly<Record<string, unknown>>,
): MakeRecords<object> {
  const properties = schema.properties as Readonly<Record<string, Property>>;
  const required: readonly string[] = schema.required ?? [];
  const makers = Object.entries(fields).map(([name, source]) => {
    const property = properties[name] ?? {};
    const missing = required.includes(name) ? (property.unknown ?? '') : undefined;
    return { name, make: makerOf(name, property, source), missing };
  });
  return (objects, beside) =>
    objects.flatMap((own) => {
      const one = beside ? { ...own, ...beside(own) } : own;
      const made: Record<string, unknown> = {};
      for (const { name, make, missing } of makers) {
        const value = make(one, made);
        if (value === null) return [];
        const held = value ?? missing;
        if (held !== undefined) made[name] = held;
      }
      return [made];
    });
}

function makerOf(name: string, property: Property, source: unknown): Make {
  if (typeof source === 'function') return source as Make;
  if (Array.isArray(source)) {
    const [path, words] = source as [string, Readonly<Record<string, string>>];
    return byPath(path, (value) => lookup(words, value));
  }
  if (typeof source !== 'string' || property.enum) return () => source;
  return byPath(source, readerOf(name, property));
}

/** What `read` makes of the first of several paths, `space.used|space.older`, of which it makes something. */
export function byPath<T>(written: string, read: (value: unknown) => T | undefined) {
  const paths = written.split('|').map(pathOf);
  return (one: Foreign): T | undefined => {
    for (const path of paths) {
      const value = read(path(one));
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function readerOf(
  name: string,
  { type, minimum, minLength }: Property,
): (value: unknown) => unknown {
  if (type === 'boolean') return flag;
  if (type === 'number') return minimum === 0 ? number : signed;
  return minLength !== undefined || WRITTEN.has(name) ? identifier : text;
}

/** A maker of the array's own record, which has no id. */
export function storageOf(fields: FieldSources<Storage>): (array: Foreign) => Storage {
  const make = recordsOf(StorageSchema, fields);
  return (array) => make([array])[0] ?? {};
}

/** The reference at `path`, where what it names is in the list; `ids` undefined: it could not be read. */
export function within(ids: ReadonlySet<string> | undefined, path: string) {
  return (one: Foreign): string | undefined => {
    const id = identifier(pick(one, path));
    return id !== undefined && ids?.has(id) ? id : undefined;
  };
}

interface Space {
  readonly total_capacity?: number;
  readonly used_capacity?: number;
  readonly free_capacity?: number;
}

/** `free_capacity`, where it is what total and used above leave. */
export const remaining = (_one: Foreign, { total_capacity, used_capacity }: Space) =>
  remainder(total_capacity, used_capacity);

/** `used_capacity`, where it is what total and free above leave. */
export const inUse = (_one: Foreign, { total_capacity, free_capacity }: Space) =>
  remainder(total_capacity, free_capacity);
