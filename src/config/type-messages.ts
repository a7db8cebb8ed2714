/** "Must be a number": what was written instead, and how to write it. */
import type { SchemaNode } from './walk.ts';

/** What a value of the wrong type must be, with the spelling that would be right. */
export function typeMessage(schema: SchemaNode, data: unknown): string {
  if (schema.type === 'string') return textMessage(schema, data);
  if (schema.type === 'integer' || schema.type === 'number') return numberMessage(schema, data);
  if (schema.type === 'boolean') return booleanMessage(data);
  if (schema.type === 'array') return `must be a list${listAdvice(schema, data)}`;
  if (schema.type === 'object') {
    const nothing = data === null ? ': write its keys below it, or remove it' : '';
    return `must be a mapping${nothing}`;
  }
  return 'has the wrong type';
}

function textMessage({ secret, format }: SchemaNode, data: unknown): string {
  if (secret) {
    // A secret is never quoted, not even a wrong one.
    return data === null
      ? 'must be text: it is empty; put a text that begins with & ! or # in quotes'
      : 'must be text: put it in quotes';
  }
  if (typeof data === 'number') {
    if (format === 'duration') return `must have a unit: write ${data}s`;
    if (format === 'size') return `must have a unit: write ${data}MiB`;
    if (format === 'address' || format === 'http_address') {
      return `must be host:port: write 127.0.0.1:${data}`;
    }
  }
  if (data === null) return 'must be text: it is empty';
  if (typeof data === 'object') return 'must be text';
  return `must be text: write "${JSON.stringify(data)}", in quotes`;
}

function numberMessage(schema: SchemaNode, data: unknown): string {
  const { minimum, maximum } = schema;
  const whole = schema.type === 'integer' ? 'a whole number' : 'a number';
  const range =
    minimum === undefined || maximum === undefined ? '' : ` from ${minimum} to ${maximum}`;
  const written = typeof data === 'string' && /^-?\d+(\.\d+)?$/.test(data.trim());
  const advice = written ? `: write ${data.trim()} without quotes` : '';
  return `must be ${whole}${range}${advice}`;
}

const YES = new Set(['true', 'yes', 'on', '1', 'y']);
const NO = new Set(['false', 'no', 'off', '0', 'n']);

function booleanMessage(data: unknown): string {
  const word = String(data).toLowerCase();
  if (YES.has(word)) return 'must be true or false: write true, without quotes';
  if (NO.has(word)) return 'must be true or false: write false, without quotes';
  return 'must be true or false';
}

function listAdvice({ items }: SchemaNode, data: unknown): string {
  if (data === null) return ': write its entries below it, or remove it';
  if (typeof data === 'object') return '';
  return items?.secret ? ': write [ "..." ]' : `: write [ ${JSON.stringify(data)} ]`;
}

/** What a value that fits no branch of a union must be. */
export function describeUnion({ anyOf = [] }: SchemaNode, data: unknown): string {
  const [first] = anyOf;
  if (typeof data === 'number' && first && isAddress(first)) return typeMessage(first, data);
  const forms = anyOf.map((branch) => {
    if (branch.const !== undefined) return JSON.stringify(branch.const).replaceAll('"', '');
    if (branch.type === 'array') return 'a list of them';
    if (branch.type === 'string') return isAddress(branch) ? 'host:port' : 'text';
    return typeMessage(branch, undefined).replace(/^must be /, '');
  });
  return `must be ${forms.join(' or ')}`;
}

function isAddress({ format }: SchemaNode): boolean {
  return format === 'address' || format === 'http_address';
}
