/** The texts of a recording with the keys they stand under, whatever form the array answers in. */
import { isExactNumber } from './content.ts';
import { isGet, type Content, type Entry, type SnmpGetEntry, type SnmpTableEntry } from './exchange.ts'; // prettier-ignore
import { keyOfOid } from './oids.ts';

/** A text, or a number as it is written. */
export interface Leaf {
  readonly key: string;
  readonly value: string;
  /** Keys of the same object. */
  readonly siblings: readonly string[];
}

type Take = (leaf: Leaf) => void;

const ALONE: readonly string[] = [];

export function leavesOf(entry: Entry, take: Take): void {
  if ('call' in entry && 'at' in entry) return;
  if ('http' in entry) {
    for (const [key, value] of entry.http.query ?? []) take({ key, value, siblings: ALONE });
    ofContent(entry.http.body, take);
    for (const cookie of entry.answer?.cookies ?? []) {
      const [, value = ''] = /^[^=]*=([^;]*)/.exec(cookie) ?? [];
      take({ key: 'cookie', value, siblings: ALONE });
    }
    ofValue(entry.answer?.headers, 'headers', ALONE, take);
    ofContent(entry.answer?.body, take);
  } else if ('ssh' in entry) {
    for (const text of [entry.answer?.stdout, entry.answer?.stderr]) ofText(text ?? '', take);
  } else if ('file' in entry) {
    ofContent(entry.answer, take);
  } else if ('snmp' in entry) {
    for (const [oid, value] of variablesOf(entry)) {
      ofValue(value, keyOfOid(oid), ALONE, ({ value: text }) => {
        take({ key: keyOfOid(oid), value: text, siblings: ALONE });
      });
    }
  }
}

function variablesOf(entry: SnmpGetEntry | SnmpTableEntry): [oid: string, value: unknown][] {
  if (isGet(entry))
    return (entry.answer ?? []).map((value, at) => [entry.snmp.get[at] ?? '', value]);
  const { table } = entry.snmp;
  return Object.values(entry.answer?.rows ?? {}).flatMap((row) =>
    Object.entries(row).map(([column, value]): [string, unknown] => [
      `${table}.1.${column}`,
      value,
    ]),
  );
}

function ofContent(content: Content | undefined, take: Take): void {
  if (content?.json !== undefined) ofValue(content.json, '', ALONE, take);
  if (content?.text !== undefined) ofText(content.text, take);
}

/** Elements of a list stand under its key. */
export function ofValue(
  value: unknown,
  key: string,
  siblings: readonly string[],
  take: Take,
): void {
  if (typeof value === 'string' && value.includes('\n')) ofText(value, take);
  else if (typeof value === 'string') take({ key, value, siblings });
  else if (typeof value === 'number') take({ key, value: String(value), siblings });
  else if (Array.isArray(value)) for (const one of value) ofValue(one, key, siblings, take);
  else if (typeof value === 'object' && value !== null && !isExactNumber(value)) {
    const keys = Object.keys(value);
    for (const [inner, child] of Object.entries(value)) {
      // The name of what: a volume's is somebody's, a counter's is not.
      ofValue(child, inner === 'name' ? `${key}.name` : inner, keys, take);
    }
  }
}

const DELIMITERS = ['!', ':', ';', ',', '|', '\t'] as const;
const XML_ATTRIBUTE = /\s([\w:.-]+)="([^"]*)"/g;
const XML_ELEMENT = /<([\w:.-]+)[^<>]*>([^<>]+)<\//g;
const LABELLED =
  /^\s*([A-Za-z][\w /()-]{0,40}?)(?:\s*[:=]\s+|\s+[:=]\s*|=(?=[^=]*$)|!(?=[^!]*$))(\S.*?)\s*$/;
/** `node_name node1`, as a detailed view has it. */
const SNAKE = /^([a-z]+(?:_[a-z]+)+|name) (\S.*)$/;

/** Output of a command line, a table or XML: what can be told of it without knowing its vendor. */
function ofText(text: string, take: Take): void {
  if (text.trimStart().startsWith('<')) {
    for (const pattern of [XML_ATTRIBUTE, XML_ELEMENT]) {
      for (const [, key = '', value = ''] of text.matchAll(pattern)) {
        take({ key, value, siblings: ALONE });
      }
    }
    return;
  }
  const lines = text.split('\n').map((line) => line.trimEnd());
  for (const line of lines) {
    const [, key, value] = LABELLED.exec(line) ?? SNAKE.exec(line) ?? [];
    if (key !== undefined && value !== undefined) take({ key, value, siblings: ALONE });
  }
  ofDelimited(lines, take);
  // A detailed view has no columns.
  if (!lines.some((line) => SNAKE.test(line))) ofColumns(lines, take);
}

/** A title line and rows with as many delimiters. */
function ofDelimited(lines: readonly string[], take: Take): void {
  const [first = ''] = lines;
  const delimiter = DELIMITERS.find((sign) => first.split(sign).length > 2);
  if (delimiter === undefined) return;
  let keys = first.split(delimiter).map((key) => key.trim());
  // `N:S:P Mode` is a title of a column, not three.
  if (delimiter === ':' && keys.some((key) => /\s/.test(key))) return;
  for (const line of lines.slice(1)) {
    const cells = line.split(delimiter).map((cell) => cell.trim());
    // Another table, or the next page of this one.
    if (cells[0] === keys[0]) keys = cells;
    else if (cells.length === keys.length) {
      for (const [at, key] of keys.entries()) take({ key, value: cells[at] ?? '', siblings: keys });
    }
  }
}

const MOST_TITLES = 200;

/** Titles over columns of words: a word stands under the title that it overlaps. */
function ofColumns(lines: readonly string[], take: Take): void {
  let titles: { readonly key: string; readonly start: number; readonly end: number }[] = [];
  for (const line of lines) {
    const words = Array.from(line.matchAll(/\S+/g)).slice(0, MOST_TITLES);
    if (words.length > 2 && isTitles(words.map(([word]) => word))) {
      titles = words.map(({ 0: word, index }) => ({
        key: word.replaceAll(/^-+|-+$/g, ''),
        start: index,
        end: index + word.length,
      }));
      continue;
    }
    for (const { 0: value, index } of words) {
      const end = index + value.length;
      const title = titles.find((each) => each.start < end && index < each.end);
      if (title) take({ key: title.key, value, siblings: ALONE });
    }
  }
}

/** A line that has one of these, or nothing but words with a capital. */
function isTitles(words: readonly string[]): boolean {
  return (
    words.some((word) => /^-*(name|id|host|label)-*$/i.test(word)) ||
    words.every((word) => /^-*[A-Z][A-Za-z_./%:()]*-*$/.test(word))
  );
}
