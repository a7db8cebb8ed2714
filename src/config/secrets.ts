/** Wraps the texts that a schema marks `secret: true`, so that they can't be printed. */
import type { TSchema } from 'typebox';
import { Secret } from '../driver/secret.ts';

interface SchemaNode {
  readonly secret?: boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** A copy of a valid value with its secrets wrapped. */
export function wrapSecrets(schema: TSchema, value: unknown): unknown {
  return wrap(schema, value);
}

function wrap(schema: SchemaNode | undefined, value: unknown): unknown {
  if (!schema) return value;
  if (schema.secret && typeof value === 'string') return new Secret(value);
  if (Array.isArray(value)) return value.map((element) => wrap(schema.items, element));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, element]) => [key, wrap(childSchema(schema, key), element)]),
  );
}

function childSchema(schema: SchemaNode, key: string): SchemaNode | undefined {
  const named = schema.properties?.[key];
  if (named) return named;
  for (const [pattern, child] of Object.entries(schema.patternProperties ?? {})) {
    if (new RegExp(pattern).test(key)) return child;
  }
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}
