/** A value against a schema, with messages for people: what is wrong and what to do. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { nearest } from './nearest.ts';
import { parseAddress, parseDuration } from './quantities.ts';

export interface Fault {
  readonly path: readonly (string | number)[];
  /** The key that is unknown: the fault is at the key, not at its value. */
  readonly key?: string;
  readonly message: string;
}

const ajv = new Ajv({
  allErrors: true,
  strict: false,
  useDefaults: true,
  verbose: true,
  formats: {
    duration: (written: string) => parseDuration(written) > 0,
    size: true,
    address: (written: string) => parseAddress(written).port <= 65_535,
    timezone: isTimezone,
  },
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
  const errors = validate.errors ?? [];
  // A failed union also reports each of its branches.
  const unions = new Set(
    errors.filter(({ keyword }) => keyword === 'anyOf').map((error) => error.instancePath),
  );
  const faults = errors
    .filter((error) => error.keyword === 'anyOf' || !unions.has(error.instancePath))
    .map((error) => toFault(error));
  // A text that fails both its pattern and its format is one mistake.
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
}

function toFault(error: ErrorObject): Fault {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const name = path.findLast((part) => typeof part === 'string') ?? 'the file';
  const params = error.params as Record<string, unknown>;
  const schema = error.parentSchema as { description?: string; properties?: object } | undefined;
  const meaning = schema?.description ? ` (${schema.description})` : '';
  switch (error.keyword) {
    case 'required':
      return {
        path,
        message: `missing key "${String(params['missingProperty'])}"${describe(schema, params['missingProperty'])}`,
      };
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const near = nearest(key, Object.keys(schema?.properties ?? {}));
      const advice = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'remove it';
      return { path, key, message: `unknown key "${key}" (${advice})` };
    }
    case 'enum':
      return {
        path,
        message: `${name} must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`,
      };
    case 'type':
      return { path, message: `${name} must be ${article(String(params['type']))}${meaning}` };
    case 'pattern':
    case 'format':
      return { path, message: `${name} has the wrong form${example(error)}${meaning}` };
    default:
      return { path, message: `${name} ${error.message ?? 'is invalid'}${meaning}` };
  }
}

function describe(schema: { properties?: object } | undefined, key: unknown): string {
  const properties = schema?.properties as Record<string, { description?: string }> | undefined;
  const description = properties?.[String(key)]?.description;
  return description ? ` (${description})` : '';
}

function article(type: string): string {
  const names: Record<string, string> = {
    object: 'a mapping',
    array: 'a list',
    string: 'text',
    boolean: 'true or false',
  };
  return names[type] ?? `a ${type}`;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  duration: '; write 30s, 5m or 1h',
  size: '; write 64MiB or 1GiB',
  address: '; write host:port',
  timezone: '; write an IANA zone such as Europe/Berlin',
};

function example(error: ErrorObject): string {
  const format = (error.parentSchema as { format?: string } | undefined)?.format ?? '';
  return EXAMPLES[format] ?? '';
}

function isTimezone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
