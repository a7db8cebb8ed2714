/**
 * The archive of the newest five minutes (4.1): a gzipped tar of tables, one row an object. Nothing is
 * unpacked but into memory, and everything is bounded before it is.
 */
import { gunzipSync } from 'node:zlib';
import { InvalidResponse, linesOf, type Foreign } from 'delfin-agent/driver';

const BLOCK = 512;
const MOST_BYTES = 256 * 2 ** 20;
const MOST_FILES = 1_000;
const MOST_COLUMNS = 1_000;
const WHAT = 'the archive of metrics';

/** The rows of each table by its file's name. @throws InvalidResponse */
export function readArchive(packed: Uint8Array): ReadonlyMap<string, readonly Foreign[]> {
  const unpacked = unpack(packed);
  const tables = new Map<string, readonly Foreign[]>();
  for (let at = 0; ;) {
    const header = unpacked.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw new InvalidResponse(`${WHAT} ends in the middle`);
    if (header.every((byte) => byte === 0)) return tables;
    if (tables.size >= MOST_FILES) throw new InvalidResponse(`${WHAT} has too many files`);
    const [name, size] = [textIn(header, 0, 100), parseInt(textIn(header, 124, 12).trim(), 8)];
    const content = unpacked.subarray(at + BLOCK, at + BLOCK + size);
    if (!(size >= 0) || content.length < size) throw new InvalidResponse(`${WHAT} is cut`);
    if (name.endsWith('.csv')) tables.set(name.split('/').at(-1) ?? '', rowsOf(content, name));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function unpack(packed: Uint8Array): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw new InvalidResponse(`${WHAT} can't be unpacked`, { cause: error });
  }
}

function textIn(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function rowsOf(content: Buffer, name: string): Foreign[] {
  const lines = linesOf(content.toString('utf8'), `${WHAT}: ${name}`);
  if (lines.pop() !== '') throw new InvalidResponse(`${WHAT}: ${name} ends inside a line`);
  const [titles = [], ...rows] = lines.map(cellsOf);
  return rows.map((cells) =>
    // An empty cell is no value.
    Object.fromEntries(titles.flatMap((title, at) => (cells[at] ? [[title, cells[at]]] : []))),
  );
}

const CELL = /"((?:[^"]|"")*)"|[^,]*/y;

function cellsOf(line: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at <= line.length && cells.length < MOST_COLUMNS;) {
    CELL.lastIndex = at;
    const [whole = '', quoted] = CELL.exec(line) ?? [];
    cells.push(quoted === undefined ? whole : quoted.replaceAll('""', '"'));
    at += whole.length + 1;
  }
  return cells;
}
