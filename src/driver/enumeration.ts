/** Marks a vendor value that the driver's table lacks; the core logs what follows it once. */
export const UNMAPPED = 'unmapped:';

/**
 * Translates a vendor's value by a table.
 *
 * - `raw` absent (undefined, null, '') gives undefined: the field is absent.
 * - `raw` in the table gives the table's value.
 * - anything else is passed on marked, so that the core can put the field's `unknown` value in its
 *   place and log the raw value once. The static type hides the mark; only the core looks at it.
 *
 * Keys are compared as text: numeric and textual codes alike find their row.
 */
export function lookup<T extends string>(
  table: Readonly<Record<string, T>>,
  raw: unknown,
): T | undefined {
  if (raw === undefined || raw === null || raw === '') return undefined;
  const key = typeof raw === 'string' ? raw : JSON.stringify(raw);
  if (Object.hasOwn(table, key)) return table[key];
  return `${UNMAPPED}${key}` as T;
}
