/**
 * Tables of command output, read by their titles: bounded, linear, and believed only if they are whole.
 *
 *      N:S:P -Node_WWN- Label        title line: the dashes are padding
 *      0:0:1 2FF7...    -            a row begins with what `rowStart` matches
 *                  more              an indented line that doesn't continues the row above
 *      ------------------------      ends the table
 *          2 total                   and how many rows there were
 */
import { InvalidResponse } from '../errors.ts';

/** Values of one row by normalised title; a title that occurs again is `title#2`, `title#3` ... */
export interface TableRow {
  readonly cells: Readonly<Record<string, string>>;
  /** Lines below the row that belong to it, each as its words. */
  readonly more: readonly (readonly string[])[];
}

export interface Table {
  readonly titles: readonly string[];
  /** The lines above the title line: names of groups of columns, a time. */
  readonly above: readonly string[];
  readonly rows: readonly TableRow[];
  /** Words of the line below the closing dashes. */
  readonly summary: readonly string[];
  /** A closing line ended it. */
  readonly closed: boolean;
}

export interface TableShape {
  /** Normalised titles that tell this table's title line from any other line; the first one leads it. */
  readonly titles: readonly string[];
  /** What the first word of a row looks like; a number if absent. */
  readonly rowStart?: RegExp;
  /** A line of dashes and a count always follow the rows: without them the table is cut. */
  readonly closing?: boolean;
  /** How many lines the summary announces; the first or, after "total", the last number if absent. */
  readonly announced?: (table: Table) => number | undefined;
  /** Columns whose values may hold blanks, in order of preference; else the last one. */
  readonly wordy?: readonly string[];
  /** What is no part of a title: `(MB)`. */
  readonly unit?: RegExp;
  /** The vendor's words for "there is nothing": the only output that is an empty list. */
  readonly nothing?: RegExp;
}

const NUMBER = /^\d+$/;

const MOST_LINES = 5_000_000;
const LONGEST_LINE = 2 ** 20;
const MOST_COLUMNS = 1_000;
const LINES_ABOVE = 4;

/** Lines without what is blank at their ends. @throws InvalidResponse beyond the bounds. */
export function linesOf(output: string, what: string): string[] {
  const lines = output.split('\n', MOST_LINES + 1).map((line) => line.trimEnd());
  if (lines.length > MOST_LINES)
    throw new InvalidResponse(`${what}: more than ${MOST_LINES} lines`);
  if (lines.some((line) => line.length > LONGEST_LINE)) {
    throw new InvalidResponse(`${what}: a line of more than ${LONGEST_LINE} characters`);
  }
  return lines;
}

/** The first table of this shape. @throws InvalidResponse if there is none or it is not whole. */
export function readTable(output: string, shape: TableShape, what: string): Table {
  const [first = NONE] = readTables(output, shape, what);
  return first;
}

const NONE: Table = { titles: [], above: [], rows: [], summary: [], closed: true };

/**
 * Every table of this shape; none if the array says in its own words that there is nothing.
 * @throws InvalidResponse if there is neither, or a table is not whole.
 */
export function readTables(output: string, shape: TableShape, what: string): readonly Table[] {
  const lines = linesOf(output, what);
  const written = lines.filter((line) => line !== '');
  if (written.length === 1 && shape.nothing?.test(written[0] ?? '')) return [];
  const tables = parse(lines, shape, what);
  if (tables.length === 0) {
    const begun = (written[0] ?? '').trim().slice(0, 80);
    throw new InvalidResponse(
      `${what}: no table with the columns ${shape.titles.join(' ')}, but "${begun}"`,
    );
  }
  for (const table of tables) prove(table, shape, what);
  return tables;
}

function prove(
  table: Table,
  { closing = false, announced = announcedBy }: TableShape,
  what: string,
) {
  if (closing && (!table.closed || table.summary.length === 0)) {
    throw new InvalidResponse(
      `${what}: the table ends before its closing line, after ${table.rows.length} rows`,
    );
  }
  const wanted = announced(table);
  const found = sizeOf(table);
  if (wanted !== undefined && found < wanted) {
    throw new InvalidResponse(`${what}: ${found} lines of the ${wanted} that the array announced`);
  }
}

/** Rows and the lines that continue them: arrays count either. */
export function sizeOf({ rows }: Table): number {
  return rows.reduce((sum, { more }) => sum + 1 + more.length, 0);
}

/** `16 total 9150464 912896`, `16`, `total 16`. */
function announcedBy({ summary }: Table): number | undefined {
  const [first = ''] = summary;
  const written = first.toLowerCase() === 'total' ? summary.at(-1) : first;
  return /^\d{1,9}$/.test(written ?? '') ? Number(written) : undefined;
}

interface Title {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

interface OpenTable {
  readonly titles: readonly Title[];
  readonly keys: readonly string[];
  readonly above: readonly string[];
  readonly rows: TableRow[];
  summary: readonly string[];
  closed: boolean;
  /** A row that may go on in the next line. */
  pending: string | undefined;
}

function parse(lines: readonly string[], shape: TableShape, what: string): Table[] {
  const tables: OpenTable[] = [];
  let above: string[] = [];
  for (const line of lines) {
    const current = tables.at(-1);
    const titles = titlesOf(line, shape, what);
    if (titles) {
      flush(current, shape);
      tables.push({ titles, keys: titles.map(({ key }) => key), above, rows: [], summary: [], closed: false, pending: undefined }); // prettier-ignore
      above = [];
    } else if (!current || current.closed) {
      if (current?.closed && current.summary.length === 0 && above.length === 0) {
        current.summary = wordsOf(line);
      } else {
        above = [...above.slice(1 - LINES_ABOVE), line];
      }
    } else {
      takeLine(current, line, shape, what);
    }
  }
  flush(tables.at(-1), shape);
  return tables.map(({ keys, above: over, rows, summary, closed }) => ({
    titles: keys,
    above: over,
    rows,
    summary,
    closed,
  }));
}

function takeLine(table: OpenTable, line: string, shape: TableShape, what: string): void {
  const words = wordsOf(line);
  const [first] = words;
  if (first === undefined) return;
  if (words.length === 1 && /^-{5,}$/.test(first)) {
    flush(table, shape);
    table.closed = true;
  } else if ((shape.rowStart ?? NUMBER).test(first)) {
    flush(table, shape);
    table.pending = line;
  } else if (!/^\s/.test(line)) {
    throw new InvalidResponse(`${what}: a line that is no row: "${line.slice(0, 80)}"`);
  } else if (table.pending !== undefined && completes(table.pending, words, table.titles, shape)) {
    table.pending += ` ${words.join(' ')}`;
  } else {
    flush(table, shape);
    addMore(table.rows, words);
  }
}

function flush(table: OpenTable | undefined, shape: TableShape): void {
  if (table?.pending === undefined) return;
  table.rows.push(toRow(table.pending, table.titles, table.keys, shape));
  table.pending = undefined;
}

function addMore(rows: TableRow[], words: readonly string[]): void {
  const last = rows.at(-1);
  if (last) (last.more as (readonly string[])[]).push(words);
}

function wordsOf(line: string): readonly string[] {
  return line.match(/\S+/g) ?? [];
}

/** A row that was wrapped: its words and those of the next line fill the table. */
function completes(
  pending: string,
  words: readonly string[],
  titles: readonly Title[],
  shape: TableShape,
): boolean {
  const have = wordsOf(pending).length;
  const surplus = have + words.length - titles.length;
  const allowed = shape.wordy ? 2 : 0;
  return have < titles.length && words.length > 1 && surplus >= 0 && surplus <= allowed;
}

function titlesOf(line: string, shape: TableShape, what: string): readonly Title[] | undefined {
  const [lead = ''] = shape.titles;
  const first = /\S+/.exec(line)?.[0];
  if (first === undefined || normalise(first, shape) !== lead) return undefined;
  const seen = new Map<string, number>();
  const titles = Array.from(line.matchAll(/\S+/g), (match) => {
    const name = normalise(match[0], shape);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const key = count === 1 ? name : `${name}#${count}`;
    return { key, start: match.index, end: match.index + match[0].length };
  });
  if (!shape.titles.every((title) => seen.has(title))) return undefined;
  if (titles.length > MOST_COLUMNS) {
    throw new InvalidResponse(`${what}: more than ${MOST_COLUMNS} columns`);
  }
  return titles;
}

/** `-Port_WWN/HW_Addr-` -> `port_wwn/hw_addr`. */
function normalise(title: string, { unit }: TableShape): string {
  let [start, end] = [0, title.length];
  while (start < end && title[start] === '-') start += 1;
  while (end > start && title[end - 1] === '-') end -= 1;
  const name = title.slice(start, end).toLowerCase();
  return unit ? name.replace(unit, '') : name;
}

function toRow(
  line: string,
  titles: readonly Title[],
  keys: readonly string[],
  shape: TableShape,
): TableRow {
  const words = Array.from(line.matchAll(/\S+/g));
  const values =
    words.length < titles.length
      ? byPosition(words, titles)
      : byOrder(
          words.map((word) => word[0]),
          keys,
          shape.wordy ?? [],
        );
  const cells: Record<string, string> = {};
  for (const [index, key] of keys.entries()) {
    const value = values[index];
    // Dashes alone stand for "no value".
    if (value !== undefined && !/^-+$/.test(value)) cells[key] = value;
  }
  return { cells, more: [] };
}

/** One word per column; surplus words belong to a trailing date, then to a wordy column. */
function byOrder(
  words: readonly string[],
  titles: readonly string[],
  wordy: readonly string[],
): string[] {
  const values = [...words];
  joinTrailingTime(values, titles.length);
  const surplus = values.length - titles.length;
  if (surplus <= 0) return values;
  const named = wordy.map((title) => titles.indexOf(title)).find((index) => index >= 0);
  const at = named ?? titles.length - 1;
  values.splice(at, surplus + 1, values.slice(at, at + surplus + 1).join(' '));
  return values;
}

/** The tail of a value like "2016-05-06 12:34:56 CEST". */
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const CLOCK = /^\d{2}:\d{2}(:\d{2})?$/;
const ZONE = /^([A-Z]{2,5}|[+-]\d{2}:?\d{0,2})$/;

function joinTrailingTime(values: string[], columns: number): void {
  const zone = ZONE.test(values.at(-1) ?? '') && CLOCK.test(values.at(-2) ?? '') ? 1 : 0;
  const clock = values.length - 1 - zone;
  const isTime = CLOCK.test(values[clock] ?? '') && DATE.test(values[clock - 1] ?? '');
  if (values.length <= columns || !isTime) return;
  values.splice(clock - 1, 2 + zone, values.slice(clock - 1).join(' '));
}

/** Fewer words than columns: some are blank. Each word goes to the title it stands under. */
function byPosition(
  words: readonly RegExpExecArray[],
  titles: readonly Title[],
): (string | undefined)[] {
  const values: (string | undefined)[] = titles.map(() => undefined);
  let next = 0;
  for (const [index, word] of words.entries()) {
    const last = titles.length - (words.length - index);
    let best = next;
    for (let column = next; column <= last; column += 1) {
      if (distance(word, titles[column]) < distance(word, titles[best])) best = column;
    }
    const at = index === 0 ? 0 : best;
    values[at] = word[0];
    next = at + 1;
  }
  return values;
}

/** Negative: characters that word and title have in common; positive: characters between them. */
function distance(word: RegExpExecArray, title: Title | undefined): number {
  if (!title) return Number.POSITIVE_INFINITY;
  const end = word.index + word[0].length;
  return Math.max(word.index, title.start) - Math.min(end, title.end);
}

/** So long a shorter answer is doubted: until the next round at least. */
const DOUBT_MS = 20_000;
const MOST_WITNESSED = 1_000;

export interface WitnessOptions {
  /** Whether so much less is to be doubted; any less is, if absent. */
  readonly isDoubtful?: (size: number, before: number) => boolean;
  /** Outputs that it knows at most, 1,000 if absent. */
  readonly most?: number;
}

/**
 * For output that does not say where it ends: an answer with less in it than the last one, or than
 * must be expected of the first, is believed when it stays so.
 * @returns a function that throws InvalidResponse while it is in doubt.
 */
export function createWitness(
  now: () => number = () => performance.now(),
  { isDoubtful = (size, before) => size < before, most = MOST_WITNESSED }: WitnessOptions = {},
): (what: string, size: number, expected?: number) => void {
  const known = new Map<string, { readonly size: number; readonly doubted?: number }>();
  return (what, size, expected = size) => {
    const last = known.get(what) ?? { size: expected };
    const doubted = isDoubtful(size, last.size) ? (last.doubted ?? now()) : undefined;
    const isDoubted = doubted !== undefined && now() - doubted < DOUBT_MS;
    if (known.has(what) || known.size < most) {
      known.set(what, isDoubted ? { size: last.size, doubted } : { size });
    }
    if (!isDoubted) return;
    throw new InvalidResponse(
      `${what}: ${size} lines of ${last.size}, and no closing line: is it whole?`,
    );
  };
}
