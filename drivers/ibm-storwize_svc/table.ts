/**
 * Output of the command line, which has no closing lines: list views are one header line, then one line
 * an object, with a delimiter of the caller's choice or aligned in columns; detailed views are lines
 * "name value". An empty list prints nothing, not even its header.
 */
import { InvalidResponse, linesOf } from 'delfin-agent/driver';

export type Row = Readonly<Record<string, string>>;

export interface Table {
  readonly rows: readonly Row[];
  /** Lines with more cells than the header: a name holds the delimiter. */
  readonly odd: readonly string[];
}

const TITLE = /^[A-Za-z][\w# ]*$/;
/** What a view begins with: words that are no table have other first words. */
const FIRST_TITLE = /^(\w*_)?(id|slot|number|name|timestamp)$/;

/** A list view printed with `-delim`. @throws InvalidResponse for anything else, or a row that is cut. */
export function parseDelimited(output: string, delimiter: string, what: string): Table {
  const [header, ...lines] = writtenLines(output, what);
  // A system that does not know the flag may print its columns all the same.
  if (!header?.includes(delimiter)) return { rows: parseAligned(output, what), odd: [] };
  const titles = titlesOf(header.split(delimiter), header, what);
  const rows: Row[] = [];
  const odd: string[] = [];
  for (const line of lines) {
    const cells = line.split(delimiter);
    if (cells.length < titles.length) {
      throw new InvalidResponse(
        `${what}: a row of ${cells.length} cells below ${titles.length} titles, "${line.slice(0, 60)}"`,
      );
    }
    if (cells.length === titles.length) rows.push(toRow(titles, cells));
    else odd.push(line);
  }
  return { rows, odd };
}

/**
 * A list view printed in columns. Where lines do not stand below their header, a line of as many
 * words as columns is read word by word; of any other only the first cell is certain.
 */
export function parseAligned(output: string, what: string): Row[] {
  const [header, ...lines] = writtenLines(output, what);
  if (header === undefined) return [];
  const columns = Array.from(header.matchAll(/\S+/g));
  const words = columns.map(([title]) => title);
  const titles = titlesOf(words, header, what);
  const starts = columns.map(({ index }) => index);
  const aligned = lines.every((line) => isBelow(line, starts));
  return lines.map((line) => {
    if (aligned) return toRow(titles, cut(line, starts));
    const cells = line.trim().split(/\s+/);
    return toRow(cells.length === titles.length ? titles : titles.slice(0, 1), cells);
  });
}

function titlesOf(titles: readonly string[], header: string, what: string): readonly string[] {
  const isHeader = titles.length > 1 && titles.every((title) => TITLE.test(title));
  if (isHeader && FIRST_TITLE.test(titles[0] ?? '')) return titles;
  throw new InvalidResponse(`${what}: no table, but "${header.slice(0, 60)}"`);
}

/** A block of "name value" lines, in order: names repeat within one object (copies, ports, tiers). */
export type Detail = readonly (readonly [name: string, value: string])[];

/** A detailed view; several objects are separated by blank lines. The separator is what follows the first name. */
export function parseDetails(output: string, what: string): Detail {
  const lines = writtenLines(output, what);
  const [first = ''] = lines;
  const separator = /^(?:id|name|sequence_number|first_timestamp)(\W)/.exec(first)?.[1];
  if (separator === undefined) {
    throw new InvalidResponse(`${what}: no details, but "${first.slice(0, 60)}"`);
  }
  return lines.map((line) => {
    const at = line.indexOf(separator);
    return at < 0 ? [line.trim(), ''] : [line.slice(0, at), line.slice(at + 1).trim()];
  });
}

/** The object's own values: of a name that repeats, the first. */
export function firstOf(detail: Detail): Row {
  return Object.fromEntries(detail.toReversed());
}

/** Parts of a detailed view that begin with one of the names: a volume's copies, a host's initiators. */
export function partsOf(detail: Detail, names: readonly string[]): readonly Row[] {
  const starts = detail.flatMap(([name], index) => (names.includes(name) ? index : []));
  return starts.map((start, index) => firstOf(detail.slice(start, starts[index + 1])));
}

const isRounded = (value: string | undefined) => /^\d+(\.\d+)?[KMGTPE]B$/.test(value ?? '');

/** Whether no row lacks one of these columns, or has it rounded. */
export const haveAll = (rows: readonly Row[], needed: readonly string[]) =>
  rows.every((row) => needed.every((column) => column in row && !isRounded(row[column])));

/** Where exact sizes belong, a rounded one is not told. */
export const withoutRounded = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).filter(([column, value]) => column === 'name' || !isRounded(value)),
  );

const writtenLines = (output: string, what: string) =>
  linesOf(output, what).filter((line) => line !== '');

function toRow(titles: readonly string[], cells: readonly string[]): Row {
  return Object.fromEntries(titles.map((title, index) => [title, cells[index] ?? '']));
}

/** Nothing crosses the beginning of a column, and the first cell, an id, is one word. */
function isBelow(line: string, starts: readonly number[]): boolean {
  if (/\s/.test(line.slice(0, starts[1]).trim())) return false;
  return starts.every((start) => start === 0 || start > line.length || line[start - 1] === ' ');
}

function cut(line: string, starts: readonly number[]): string[] {
  return starts.map((start, index) => line.slice(start, starts[index + 1]).trim());
}
