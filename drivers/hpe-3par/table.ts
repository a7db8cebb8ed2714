/**
 * Tables as the InForm OS command line prints them, read by their header. Columns move between
 * releases, headers are padded with dashes, values may be blank, rows may continue on the next line.
 *
 *      N:S:P -Node_WWN- Label        title line: the dashes are padding
 *      0:0:1 2FF7...    -            a row begins with what `rowStart` matches
 *                  more              a line that doesn't continues the row above
 *      ------------------------      ends the table; a summary may follow
 */

/** Values of one row by normalised title; a title that occurs again is `title#2`, `title#3` ... */
export interface Row {
  readonly cells: Readonly<Record<string, string>>;
  /** Lines below the row that belong to it, each as its words. */
  readonly more: readonly (readonly string[])[];
}

export interface Table {
  readonly titles: readonly string[];
  /** The line above the title line: names of groups of columns, if any. */
  readonly groups: string;
  readonly rows: readonly Row[];
  /** Words of the line below the closing dashes. */
  readonly summary: readonly string[];
  /** The last "Time: ..." line above the table. */
  readonly time: string | undefined;
}

export interface TableShape {
  /** Normalised titles that tell this table's title line from any other line. */
  readonly titles: readonly string[];
  /** What the first word of a row looks like. */
  readonly rowStart: RegExp;
  /** Columns whose values may hold blanks, in order of preference; else the last one. */
  readonly wordy?: readonly string[];
  /** The command may print nothing at all where there is nothing to list. */
  readonly silent?: boolean;
}

interface Title {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

const CLOSING = /^-{5,}$/;
const TIME_LINE = /^\s*Time:\s*(.*)$/;
/** The tail of a value like "2016-05-06 12:34:56 CEST". */
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const CLOCK = /^\d{2}:\d{2}(:\d{2})?$/;
const ZONE = /^([A-Z]{2,5}|[+-]\d{2}:?\d{0,2})$/;

/** Every table of this shape in the output. */
export function parseTables(output: string, shape: TableShape): Table[] {
  const tables: (Table & { readonly rows: Row[]; summary: readonly string[] })[] = [];
  const lines = output.split('\n').map((line) => line.replace(/\s+$/, ''));
  let titles: readonly Title[] | undefined;
  let time: string | undefined;
  let closed = false;
  let pending: string | undefined;
  const current = () => tables.at(-1);
  const flush = () => {
    if (pending !== undefined && titles) current()?.rows.push(toRow(pending, titles, shape));
    pending = undefined;
  };

  for (const [index, line] of lines.entries()) {
    const words = line.trim().split(/\s+/);
    const timeLine = TIME_LINE.exec(line);
    if (timeLine) time = timeLine[1]?.trim();
    const found = titlesOf(line, shape);
    if (found) {
      flush();
      titles = found;
      closed = false;
      const keys = found.map((title) => title.key);
      tables.push({ titles: keys, groups: lines[index - 1] ?? '', rows: [], summary: [], time });
    } else if (titles && !closed && CLOSING.test(line.trim())) {
      flush();
      closed = true;
      const table = current();
      if (table) table.summary = (lines[index + 1] ?? '').trim().split(/\s+/).filter(Boolean);
    } else if (titles && !closed && line.trim() !== '' && !timeLine) {
      if (shape.rowStart.test(words[0] ?? '')) {
        flush();
        pending = line;
      } else if (pending !== undefined && completes(pending, words, titles, shape)) {
        pending += ` ${words.join(' ')}`;
      } else {
        flush();
        addMore(current()?.rows, words);
      }
    }
  }
  flush();
  return tables;
}

/** The rows of the first table of this shape; undefined if the output has none. */
export function parseTable(output: string, shape: TableShape): readonly Row[] | undefined {
  const tables = parseTables(output, shape);
  return tables.length === 0 ? undefined : tables.flatMap((table) => table.rows);
}

function addMore(rows: Row[] | undefined, words: readonly string[]): void {
  const last = rows?.at(-1);
  if (rows && last) rows[rows.length - 1] = { cells: last.cells, more: [...last.more, words] };
}

/** A row that was wrapped: its words and those of the next line fill the table. */
function completes(
  pending: string,
  words: readonly string[],
  titles: readonly Title[],
  shape: TableShape,
): boolean {
  const have = pending.trim().split(/\s+/).length;
  const surplus = have + words.length - titles.length;
  const allowed = shape.wordy ? 2 : 0;
  return have < titles.length && words.length > 1 && surplus >= 0 && surplus <= allowed;
}

function titlesOf(line: string, shape: TableShape): readonly Title[] | undefined {
  const seen = new Map<string, number>();
  const titles = [...line.matchAll(/\S+/g)].map((match) => {
    const name = normalise(match[0]);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return {
      key: count === 1 ? name : `${name}#${count}`,
      start: match.index,
      end: match.index + match[0].length,
    };
  });
  if (titles[0]?.key !== shape.titles[0]) return undefined;
  return shape.titles.every((title) => seen.has(title)) ? titles : undefined;
}

/** `-Port_WWN/HW_Addr-` -> `port_wwn/hw_addr`. */
function normalise(title: string): string {
  return title.replace(/^-+|-+$/g, '').toLowerCase();
}

function toRow(line: string, titles: readonly Title[], shape: TableShape): Row {
  const words = [...line.matchAll(/\S+/g)];
  const values =
    words.length < titles.length
      ? byPosition(words, titles)
      : byOrder(
          words.map((word) => word[0]),
          titles.map((title) => title.key),
          shape.wordy ?? [],
        );
  const cells: Record<string, string> = {};
  for (const [index, title] of titles.entries()) {
    const value = values[index];
    if (value !== undefined) cells[title.key] = value;
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
    values[index === 0 ? 0 : best] = word[0];
    next = (index === 0 ? 0 : best) + 1;
  }
  return values;
}

/** Negative: characters that word and title have in common; positive: characters between them. */
function distance(word: RegExpExecArray, title: Title | undefined): number {
  if (!title) return Number.POSITIVE_INFINITY;
  const end = word.index + word[0].length;
  return Math.max(word.index, title.start) - Math.min(end, title.end);
}
