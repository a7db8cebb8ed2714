/** A value against a schema, with messages for people: what is wrong and what to do. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { isZone } from '../driver/time.ts';
import { nearest } from './nearest.ts';
import { describeUnion, typeMessage } from './type-messages.ts';
import type { SchemaNode } from './walk.ts';

export interface Fault {
  readonly path: readonly (string | number)[];
  /** The key that is unknown: the fault is at the key, not at its value. */
  readonly key?: string;
  readonly message: string;
  /** It is about the form of a text. */
  readonly form?: boolean;
}

const ajv = new Ajv({
  allErrors: true,
  strict: false,
  useDefaults: true,
  verbose: true,
  logger: false,
  // What a duration, a size or an address must be beyond its pattern is a matter of meaning.
  formats: { duration: true, size: true, address: true, http_address: true, timezone: isZone },
});
const compiled = new WeakMap<TSchema, ValidateFunction>();

/** Everything that is wrong; fills the schema's defaults into `value`. */
export function checkValue(schema: TSchema, value: unknown): Fault[] {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  const faults = meantBranches(validate.errors ?? []).map((error) => toFault(error));
  // A text that fails both its pattern and its format is one mistake.
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
}

/** A failed union also reports each of its branches: only the one that was meant is of use. */
function meantBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  const left = new Set(errors);
  for (const union of errors) {
    if (union.keyword !== 'anyOf') continue;
    const branches = new Map<string, ErrorObject[]>();
    for (const error of errors) {
      if (!error.schemaPath.startsWith(`${union.schemaPath}/`)) continue;
      const [branch = ''] = error.schemaPath.slice(union.schemaPath.length + 1).split('/');
      branches.set(branch, [...(branches.get(branch) ?? []), error]);
    }
    const meant = [...branches.values()].filter(
      (branch) =>
        !branch.some(
          ({ keyword, instancePath }) =>
            instancePath === union.instancePath && (keyword === 'type' || keyword === 'const'),
        ),
    );
    for (const error of branches.values()) for (const one of error) left.delete(one);
    if (meant.length !== 1) continue;
    left.delete(union);
    for (const error of meant[0] ?? []) left.add(error);
  }
  return [...left];
}

function toFault(error: ErrorObject): Fault {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const name = path.findLast((part) => typeof part === 'string') ?? 'the file';
  const params = error.params as Record<string, unknown>;
  const schema = (error.parentSchema ?? {}) as SchemaNode;
  const meaning = schema.description ? ` (${schema.description})` : '';
  switch (error.keyword) {
    case 'required': {
      const missing = String(params['missingProperty']);
      const about = schema.properties?.[missing]?.description;
      return { path, message: `missing key "${missing}"${about ? ` (${about})` : ''}` };
    }
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      return { path, key, message: unknownKey(key, schema, error.data) };
    }
    case 'enum': {
      const allowed = (params['allowedValues'] as unknown[]).map(String);
      const [near] = typeof error.data === 'string' ? nearest(error.data, allowed) : [];
      const advice = near ? `; did you mean ${near}?` : '';
      return { path, message: `${name} must be one of ${allowed.join(', ')}${advice}` };
    }
    case 'type':
      return { path, message: `${name} ${typeMessage(schema, error.data)}${meaning}` };
    case 'anyOf':
      return { path, message: `${name} ${describeUnion(schema, error.data)}${meaning}` };
    case 'pattern':
    case 'format':
      return {
        path,
        message: `${name} has the wrong form${example(schema)}${meaning}`,
        form: true,
      };
    default: {
      const form = typeof error.data === 'string';
      return { path, message: `${name} ${limit(error, schema)}${meaning}`, form };
    }
  }
}

/**
 * Texts that lack their quotes end up as keys: `{ password: a,b }` has a key `b`, `{password:a}` has
 * one that is all of it. What may be a part of a secret isn't quoted.
 */
function unknownKey(key: string, schema: SchemaNode, parent: unknown): string {
  const holdsSecret = Object.values(schema.properties ?? {}).some(({ secret }) => secret);
  const value = (parent as Record<string, unknown>)[key];
  if (holdsSecret && value === null) {
    return 'a word that is no key (put a text that holds a comma in quotes, and a blank behind a colon)';
  }
  const [shown = ''] = /^[\w.-]{0,64}/.exec(key) ?? [];
  const word = shown === key ? `"${key}"` : `that begins "${shown}"`;
  const near = nearest(shown, Object.keys(schema.properties ?? {}));
  const inner = Object.entries(schema.properties ?? {}).filter(
    ([, child]) => child.properties && Object.hasOwn(child.properties, key),
  );
  if (inner.length > 0) {
    return `unknown key ${word} (write it below ${inner.map(([name]) => name).join(' or ')})`;
  }
  const advice = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'remove it';
  return `unknown key ${word} (${advice})`;
}

function limit({ keyword, params, message }: ErrorObject, schema: SchemaNode): string {
  const bound = String((params as { limit?: unknown }).limit);
  const { minimum, maximum } = schema;
  switch (keyword) {
    case 'minimum':
    case 'maximum':
      if (minimum !== undefined && maximum !== undefined) {
        return `must be from ${minimum} to ${maximum}`;
      }
      return `must be ${keyword === 'minimum' ? 'at least' : 'at most'} ${bound}`;
    case 'minLength':
      return bound === '1' ? 'must not be empty' : `must NOT have fewer than ${bound} characters`;
    case 'maxLength':
      return `must not have more than ${bound} characters`;
    case 'minItems':
      return `must have at least ${bound} ${bound === '1' ? 'entry' : 'entries'}`;
    case 'maxItems':
      return `must not have more than ${bound} entries`;
    default:
      return message ?? 'is invalid';
  }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  duration: '; write 30s, 5m or 1h',
  size: '; write 64MiB or 1GiB',
  address: '; write host:port, such as 127.0.0.1:10790',
  http_address: '; write host:port, such as 127.0.0.1:10790, or unix:///path',
  timezone: '; write an IANA zone such as Europe/Berlin',
};

function example({ format = '' }: SchemaNode): string {
  return EXAMPLES[format] ?? '';
}
