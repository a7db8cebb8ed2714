/**
 * Output of the command line. List views are tables: one header line, then one line an object, with
 * a delimiter of the caller's choice or aligned in columns. Detailed views are lines "name value".
 * An empty list prints nothing, not even its header.
 */
import { InvalidResponse, linesOf } from 'delfin-agent/driver';

export type Row = Readonly<Record<string, string>>;

export interface Table {
  readonly titles: readonly string[];
  readonly rows: readonly Row[];
  /** Lines with more cells than the header: a name holds the delimiter. */
  readonly odd: readonly string[];
}

const NO_ROWS: Table = { titles: [], rows: [], odd: [] };
const TITLE = /^[A-Za-z][\w# ]*$/;
/** What a view begins with: words that are no table have other first words. */
const FIRST_TITLE = /^(\w*_)?(id|slot|number|name|timestamp)$/;

/** A list view printed with `-delim`. @throws InvalidResponse for anything else, or a row that is cut. */
export function parseDelimited(output: string, delimiter: string, what: string): Table {
  const [header, ...lines] = writtenLines(output, what);
  if (header === undefined) return NO_ROWS;
  // A system that does not know the flag may print its columns all the same.
  if (!header.includes(delimiter)) return parseAligned(output, what);
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
  return { titles, rows, odd };
}

/**
 * A list view printed in columns. Where lines do not stand below their header, a line of as many
 * words as columns is read word by word; of any other only the first cell is certain.
 */
export function parseAligned(output: string, what: string): Table {
  const [header, ...lines] = writtenLines(output, what);
  if (header === undefined) return NO_ROWS;
  const columns = Array.from(header.matchAll(/\S+/g), (match) => ({
    title: match[0],
    start: match.index,
  }));
  const titles = titlesOf(
    columns.map((column) => column.title),
    header,
    what,
  );
  const starts = columns.map((column) => column.start);
  const aligned = lines.every((line) => isBelow(line, starts));
  const rows = lines.map((line) => {
    if (aligned) return toRow(titles, cut(line, starts));
    const words = line.trim().split(/\s+/);
    return toRow(words.length === titles.length ? titles : titles.slice(0, 1), words);
  });
  return { titles, rows, odd: [] };
}

function titlesOf(titles: readonly string[], header: string, what: string): readonly string[] {
  const [first = ''] = titles;
  const isHeader = titles.length > 1 && titles.every((title) => TITLE.test(title));
  if (isHeader && FIRST_TITLE.test(first)) return titles;
  throw new InvalidResponse(`${what}: no table, but "${header.slice(0, 60)}"`);
}

/** A block of "name value" lines, in order: names repeat within one object (copies, ports, tiers). */
export type Detail = readonly (readonly [name: string, value: string])[];

/** A detailed view; several objects are separated by blank lines. The separator is what follows the first name. */
export function parseDetails(output: string, what: string): Detail {
  const lines = writtenLines(output, what);
  const [first] = lines;
  const separator = first && /^(?:id|name|sequence_number|first_timestamp)(\W)/.exec(first)?.[1];
  if (first === undefined || separator === undefined) {
    throw new InvalidResponse(`${what}: no details, but "${(first ?? '').slice(0, 60)}"`);
  }
  return lines.map((line) => {
    const at = line.indexOf(separator);
    return at < 0 ? [line.trim(), ''] : [line.slice(0, at), line.slice(at + 1).trim()];
  });
}

/** The object's own values: of a name that repeats, the first. */
export function firstOf(detail: Detail): Row {
  const row: Record<string, string> = {};
  for (const [name, value] of detail) row[name] ??= value;
  return row;
}

/** Parts of a detailed view that begin with `name`: a volume's copies, a host's initiators. */
export function partsOf(detail: Detail, names: readonly string[]): readonly Row[] {
  const parts: Record<string, string>[] = [];
  for (const [name, value] of detail) {
    if (names.includes(name)) parts.push({ [name]: value });
    else {
      const part = parts.at(-1);
      if (part) part[name] ??= value;
    }
  }
  return parts;
}

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
