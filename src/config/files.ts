/** Reading files that an operator names: bounded, and with a sentence where it fails. */
import { accessSync, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** No configuration, certificate or secret is larger; a device never ends. */
const MAX_BYTES = 16 * 2 ** 20;
const CHUNK_BYTES = 64 * 1024;

/** @throws Error whose message says what is wrong and what to do. */
export function readBounded(path: string): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new Error(reason(error), { cause: error });
  }
  try {
    if (fstatSync(file).isDirectory()) throw new Error('it is a folder: name a file');
    const chunks: Buffer[] = [];
    let bytes = 0;
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const read = readSync(file, chunk);
      if (read === 0) return Buffer.concat(chunks);
      bytes += read;
      if (bytes > MAX_BYTES) throw new Error('it is larger than 16 MiB: name another file');
      chunks.push(chunk.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
}

/** @throws Error if it is no UTF-8. */
export function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readBounded(path));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error('it is no UTF-8 text: save it as UTF-8', { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file: create it, or correct the name',
  ENOTDIR: 'a part of its path is no folder: correct the name',
  EACCES: 'it may not be read: give the user of the agent the permission',
  ENAMETOOLONG: 'its name is too long: correct the name',
};

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return REASONS[code] ?? `it can't be opened (${code || 'unknown reason'}): correct the name`;
}

/** Whether it is a file, and may be read. */
export function isReadable(file: string): boolean {
  return isAccessible(file, constants.R_OK) && !statSync(file).isDirectory();
}

export function isWritable(path: string): boolean {
  return isAccessible(path, constants.W_OK);
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
