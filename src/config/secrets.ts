/** Wraps the texts that a schema marks `secret: true`, so that they can't be printed. */
import type { TSchema } from 'typebox';
import { Secret } from '../driver/secret.ts';
import { walk } from './walk.ts';

/** A copy of a valid value with its secrets wrapped. */
export function wrapSecrets(schema: TSchema, value: unknown): unknown {
  return walk(schema, value, (node, part) =>
    node.secret && typeof part === 'string' ? new Secret(part) : part,
  );
}
