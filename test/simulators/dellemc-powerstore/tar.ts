/** A gzipped tar of tables, as the array packs its newest five minutes. */
import { gzipSync } from 'node:zlib';
import { word, type Row } from './types.ts';

const BLOCK = 512;

export function archiveOf(tables: Readonly<Record<string, readonly Row[]>>): Buffer {
  const parts = Object.entries(tables).flatMap(([name, rows]) => {
    const content = Buffer.from(csvOf(rows));
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [headerOf(`latest/${name}`, content.length), content, padding];
  });
  return gzipSync(Buffer.concat([headerOf('latest/', 0), ...parts, Buffer.alloc(2 * BLOCK)]));
}

function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(name.endsWith('/') ? '5' : '0', 156);
  header.write('ustar\0', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function csvOf(rows: readonly Row[]): string {
  const titles = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown) => {
    const written = value === null || value === undefined ? '' : word(value);
    return /[",]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written;
  };
  const lines = rows.map((row) => titles.map((title) => cell(row[title])).join(','));
  return [titles.join(','), ...lines, ''].join('\n');
}
