/** How the command line prints: list views in columns or delimited, detailed views, sizes. */

/** A size prints as bytes or rounded. */
export type Cell = string | { readonly bytes: number };

/** One object: its columns of the list view, and all lines of its detailed view. */
export interface Entry {
  readonly id: string;
  readonly list: Readonly<Record<string, Cell>>;
  readonly detail: readonly (readonly [name: string, value: Cell])[];
}

export interface Style {
  readonly delimiter: string | undefined;
  readonly bytes: boolean;
}

/** The system prints nothing at all for an empty list. */
export function printList(entries: readonly Pick<Entry, 'list'>[], style: Style): string {
  const [first] = entries;
  if (!first) return '';
  const titles = Object.keys(first.list);
  const rows = entries.map((entry) =>
    titles.map((title) => printCell(entry.list[title] ?? '', style.bytes)),
  );
  const lines = [titles, ...rows];
  if (style.delimiter !== undefined) {
    return lines.map((cells) => `${cells.join(style.delimiter)}\n`).join('');
  }
  const widths = titles.map((_, column) =>
    Math.max(...lines.map((cells) => (cells[column] ?? '').length)),
  );
  return lines
    .map((cells) => `${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' ')}\n`)
    .join('');
}

export function printDetail(entry: Pick<Entry, 'detail'>, style: Style): string {
  const separator = style.delimiter ?? ' ';
  return entry.detail
    .map(([name, value]) => `${name}${separator}${printCell(value, style.bytes)}\n`)
    .join('');
}

const UNITS = ['MB', 'GB', 'TB', 'PB'] as const;

function printCell(cell: Cell, bytes: boolean): string {
  if (typeof cell === 'string') return cell;
  if (bytes) return String(cell.bytes);
  let value = cell.bytes / 2 ** 20;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(2)}${UNITS[unit]}`;
}

/** The clock of the system, for file names and event times. */
export function localTime(epochMs: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: '2-digit',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(epochMs);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return ['year', 'month', 'day', 'hour', 'minute', 'second'].map(part).join('');
}

/** How far the clock of a zone is from UTC, ms. */
export function offsetMs(epochMs: number, timeZone: string): number {
  const digits = localTime(epochMs, timeZone).match(/\d\d/g)?.map(Number) ?? [];
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = digits;
  const shown = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
  return shown - Math.floor(epochMs / 1000) * 1000;
}
