/** Builders of the records' fields: optional unless they name the record, each with what it means. */
import type { TSchema } from 'typebox';
import { Type } from './schema.ts';

export const text = (description: string) => Type.Optional(Type.String({ description }));
export const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
export const bytes = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, description: `${description}, bytes` }));
export const count = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, description }));
export const id = (description: string) => Type.String({ minLength: 1, description });
export const ref = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, description }));

/**
 * An enumeration. `unknown` is the value that stands for one not in the list;
 * without it the field of such a record is dropped.
 */
export function oneOf<const T extends string>(
  values: readonly T[],
  description: string,
  options: { unknown?: NoInfer<T> } = {},
) {
  return Type.Optional(Type.Unsafe<T>({ type: 'string', enum: values, description, ...options }));
}

export function record<T extends Record<string, TSchema>>(title: string, fields: T) {
  return Type.Object(
    { ...fields, storage_id: text("The backend's name; filled in by the core") },
    { title, additionalProperties: false },
  );
}

export const ratio = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: `${description}, 0 to 1` }));

/** From absolute zero to what no electronics survives. */
export const celsius = (description: string) =>
  Type.Optional(
    Type.Number({
      minimum: -273.15,
      maximum: 1_000,
      description: `${description}, degrees Celsius`,
    }),
  );
