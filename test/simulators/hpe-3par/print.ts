/** Tables as the command line prints them. */

export interface PrintedColumn {
  readonly title: string;
  /** The title is padded with dashes to the column's width. */
  readonly dashes?: boolean;
  readonly right?: boolean;
}

/** Columns as wide as their widest value; a closing line of dashes and the count of rows. */
export function printTable(
  columns: readonly PrintedColumn[],
  rows: readonly (readonly string[])[],
  options: { readonly above?: string; readonly closing?: string | false } = {},
): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const title = columns.map((one, index) => {
    const width = widths[index] ?? 0;
    return one.dashes ? dashed(one.title, width) : pad(one.title, width, one.right);
  });
  const lines = rows.map((row) =>
    columns.map((one, index) => pad(row[index] ?? '', widths[index] ?? 0, one.right)).join(' '),
  );
  const width = widths.reduce((sum, one) => sum + one + 1, -1);
  const closing =
    options.closing === false
      ? []
      : ['-'.repeat(width), options.closing ?? `${String(rows.length).padStart(3)} total`];
  return [
    ...(options.above === undefined ? [] : [options.above]),
    title.join(' ').trimEnd(),
    ...lines.map((line) => line.trimEnd()),
    ...closing,
    '',
  ].join('\n');
}

function pad(text: string, width: number, right: boolean | undefined): string {
  return right ? text.padStart(width) : text.padEnd(width);
}

function dashed(title: string, width: number): string {
  const left = Math.floor((width - title.length) / 2);
  return '-'.repeat(left) + title + '-'.repeat(width - title.length - left);
}

/** "  Title : value" lines. */
export function printPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([title]) => title.length));
  return pairs.map(([title, value]) => `${title.padEnd(width)} : ${value}`).join('\n');
}

export const column = (title: string): PrintedColumn => ({ title });
export const number = (title: string): PrintedColumn => ({ title, right: true });
export const wide = (title: string): PrintedColumn => ({ title, dashes: true });
