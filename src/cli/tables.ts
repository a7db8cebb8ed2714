/** The result of `inspect` for people. */
import type { Inspection } from './inspection.ts';

type Row = Readonly<Record<string, unknown>>;

const HIDDEN = new Set(['storage_id', 'description']);
const MAX_ROWS = 50;
const MAX_WIDTH = 40;
const LINE_WIDTH = 96;

export function printTables(document: Inspection): void {
  const {
    backend,
    vendor,
    model,
    problems,
    requests,
    capabilities: _,
    storage,
    ...rest
  } = document;
  print(`${backend} (${String(vendor)} ${String(model)}), ${requests} requests`);
  if (storage) printFields(storage as Row);
  for (const [name, value] of Object.entries(rest)) printPart(name, value);
  if (problems.length > 0) printProblems(problems);
}

function printPart(name: string, value: unknown): void {
  if (value === undefined) return;
  if (Array.isArray(value)) {
    printRows(
      name,
      (value as Row[]).map((row) => (name === 'performance' ? latest(row) : row)),
    );
    return;
  }
  for (const [part, rows] of Object.entries(value as Row)) printPart(part, rows);
}

function latest(series: Row): Row {
  const { values, ...fields } = series;
  const [time, value] = Object.entries(values as Row).at(-1) ?? [];
  return { ...fields, time: time && new Date(Number(time)).toISOString(), value };
}

function printFields(row: Row): void {
  for (const [field, value] of Object.entries(row)) {
    if (field !== 'storage_id') print(`  ${field.padEnd(20)} ${cell(field, value)}`);
  }
}

function printRows(name: string, rows: readonly Row[]): void {
  print(`\n${name}: ${rows.length}`);
  if (rows.length === 0) return;
  const shown = rows.slice(0, MAX_ROWS);
  const fields = [...new Set(shown.flatMap((row) => Object.keys(row)))].filter(
    (field) => !HIDDEN.has(field),
  );
  const cells = [
    fields.map((field) => field.replace(/^native_/, '')),
    ...shown.map((row) => fields.map((field) => cell(field, row[field]))),
  ];
  const widths = fields.map((_, column) =>
    Math.min(MAX_WIDTH, Math.max(...cells.map((line) => (line[column] ?? '').length))),
  );
  for (const line of cells) {
    print(
      `  ${line
        .map((text, column) => clip(text, widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
    );
  }
  if (rows.length > MAX_ROWS) print(`  ... and ${rows.length - MAX_ROWS} more`);
}

/** Whole: what a problem says last is what to do. */
function printProblems(problems: Inspection['problems']): void {
  print(`\nproblems: ${problems.length}`);
  for (const { call, error_type, message } of problems) {
    print(`  ${call}: ${error_type}`);
    for (const line of wrapped(cell('message', message), LINE_WIDTH)) print(`    ${line}`);
  }
}

/** Lines of whole words. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function clip(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

function cell(field: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') {
    if (/capacity|limit|memory_size/.test(field)) return bytes(value);
    return Number.isInteger(value) ? String(value) : value.toPrecision(5);
  }
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Control characters of an array must not reach a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, '?');
}

function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let index = 0;
  let scaled = value;
  while (scaled >= 1024 && index < units.length - 1) {
    scaled /= 1024;
    index += 1;
  }
  return `${scaled < 10 && index > 0 ? scaled.toFixed(2) : scaled.toFixed(index > 0 ? 1 : 0)} ${units[index]}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
