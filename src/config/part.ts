/** One part of a file against its schema: form, meaning, defaults. */
import type { TSchema } from 'typebox';
import { checkValue } from './check.ts';
import type { ConfigDocument, Path } from './document.ts';
import { checkMeaning } from './meaning.ts';
import type { Report } from './report.ts';
import { walk, type SchemaNode } from './walk.ts';

/** A copy of the value with its defaults, its file names absolute; what is wrong is reported. */
export function checkPart(
  schema: TSchema,
  written: unknown,
  document: ConfigDocument,
  at: Path,
  report: Report,
): unknown {
  const place = report.place(document);
  const typed = walk(
    schema,
    written,
    (node, value, path) => (document.referred(path) ? asTyped(node, value) : value),
    at,
  );
  const value = checkMeaning(schema, typed, place, at);
  for (const { path, key, message, form } of checkValue(schema, value)) {
    const full = [...at, ...path];
    // The rules of meaning have said it better.
    if (form && place.faulty.has(JSON.stringify(full))) continue;
    report.fault(document, full, message, key);
  }
  return value;
}

/** `"${env:PORT}"` is a number where a number is wanted. */
function asTyped({ type }: SchemaNode, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  const isNumber = type === 'integer' || type === 'number';
  return isNumber && /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : value;
}
