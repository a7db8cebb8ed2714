/**
 * The builders of schemas: TypeBox's types over plain JSON Schema objects. The library itself costs
 * every thread 20 MB; what it builds is small. Schemas made with the library work as well.
 */
import type { Static, TSchema, Type as TypeBox } from 'typebox';

type Options = Readonly<Record<string, unknown>>;

/** A schema; what TypeBox notes about it is hidden from JSON, as there. */
function schema(fields: Options, options: Options | undefined, notes: Options): TSchema {
  const made = { ...fields, ...options };
  for (const [note, value] of Object.entries(notes)) {
    Object.defineProperty(made, note, { value, configurable: true, writable: true });
  }
  return made;
}

const plain = (type: string, kind: string) => (options?: Options) =>
  schema({ type }, options, { '~kind': kind });

const isOptional = (value: TSchema) => '~optional' in value;

const builders = {
  Array: (items: TSchema, options?: Options) =>
    schema({ type: 'array', items }, options, { '~kind': 'Array' }),
  Boolean: plain('boolean', 'Boolean'),
  Integer: plain('integer', 'Integer'),
  Literal: (value: string | number | boolean, options?: Options) =>
    schema({ type: typeof value, const: value }, options, { '~kind': 'Literal' }),
  Number: plain('number', 'Number'),
  Object(properties: Readonly<Record<string, TSchema>>, options?: Options) {
    const required = Object.keys(properties).filter((key) => {
      const property = properties[key];
      return property !== undefined && !isOptional(property);
    });
    const fields = { type: 'object', ...(required.length > 0 ? { required } : {}), properties };
    return schema(fields, options, { '~kind': 'Object' });
  },
  Optional: (value: TSchema) =>
    schema(value as Options, undefined, { ...notesOf(value), '~optional': true }),
  Record: (key: TSchema & { pattern?: string }, value: TSchema, options?: Options) =>
    schema({ type: 'object', patternProperties: { [key.pattern ?? '^.*$']: value } }, options, {
      '~kind': 'Record',
    }),
  String: plain('string', 'String'),
  Union: (anyOf: readonly TSchema[], options?: Options) =>
    schema({ anyOf }, options, { '~kind': 'Union' }),
  Unsafe: (value: TSchema) => schema(value as Options, undefined, { '~unsafe': null }),
};

function notesOf(value: TSchema): Options {
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(value));
  return Object.fromEntries(
    descriptors
      .filter(([, { enumerable }]) => !enumerable)
      .map(([key, { value: note }]) => [key, note]),
  );
}

/** Builds schemas; each function is that of TypeBox's `Type`. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeBox computes the types, this the values
export const Type = builders as unknown as Pick<typeof TypeBox, keyof typeof builders>;
export type { Static };
