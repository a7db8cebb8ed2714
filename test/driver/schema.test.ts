/** Our builders against TypeBox's own: the same schemas, and either may be put into the other. */
import { Type as TypeBox, type TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { Type } from '../../src/driver/schema.ts';

type Builders = typeof Type;

const CASES: Readonly<Record<string, (type: Builders) => TSchema>> = {
  string: (type) => type.String({ minLength: 1, description: 'a text' }),
  number: (type) => type.Number(),
  integer: (type) => type.Integer({ minimum: 0, default: 5 }),
  boolean: (type) => type.Boolean({ default: false }),
  'literal text': (type) => type.Literal('auto'),
  'literal number': (type) => type.Literal(5, { description: 'five' }),
  array: (type) => type.Array(type.String(), { minItems: 1 }),
  union: (type) => type.Union([type.Literal('auto'), type.Integer()], { default: 'auto' }),
  record: (type) => type.Record(type.String(), type.Number(), { description: 'numbers' }),
  'record of a pattern': (type) => type.Record(type.String({ pattern: '^a' }), type.Boolean()),
  unsafe: (type) => type.Unsafe<'x'>({ type: 'string', enum: ['x'] }),
  optional: (type) => type.Optional(type.Array(type.Number())),
  'optional unsafe': (type) => type.Optional(type.Unsafe<'x'>({ type: 'string', enum: ['x'] })),
  'empty object': (type) => type.Object({}),
  'object of options only': (type) => type.Object({ a: type.Optional(type.String()) }),
  object: (type) =>
    type.Object(
      {
        a: type.Optional(type.String()),
        b: type.Integer(),
        c: type.Object({ d: type.Optional(type.Boolean()), e: type.Number() }),
      },
      { additionalProperties: false, description: 'an object' },
    ),
};

/** All properties, hidden ones too. */
function everything(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(everything);
  if (typeof value !== 'object' || value === null) return value;
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(value));
  return Object.fromEntries(
    descriptors.map(([key, { value: inner, enumerable }]) => [
      `${key}${enumerable ? '' : ' (hidden)'}`,
      everything(inner),
    ]),
  );
}

describe('schema builders', () => {
  it.each(Object.entries(CASES))('make the %s that TypeBox makes', (_name, build) => {
    expect(everything(build(Type))).toEqual(everything(build(TypeBox)));
  });

  it('leave the schema that becomes optional as it is', () => {
    const required = Type.String();
    expect(Type.Object({ a: Type.Optional(required), b: required })).toMatchObject({
      required: ['b'],
    });
  });

  it('mix with those of TypeBox', () => {
    const ours = Type.Object({ a: TypeBox.Optional(TypeBox.String()), b: TypeBox.Number() });
    const theirs = TypeBox.Object({ a: Type.Optional(Type.String()), b: Type.Number() });
    expect(everything(ours)).toEqual(everything(theirs));
  });
});
