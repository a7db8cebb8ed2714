/** The tables that know file systems. */
import type { ReadTable, Tell } from './tables.ts';
import { integer, size, words, type Row } from './values.ts';

/** HOST-RESOURCES-MIB hrStorageTable; sizes in units. */
export interface StorageRow {
  readonly index: string;
  readonly type: string | undefined;
  /** A path, or a device (AIX), or a path with type and device (bsnmpd). */
  readonly description: string | undefined;
  readonly unitBytes: number | undefined;
  readonly size: number | undefined;
  readonly used: number | undefined;
}

/** UCD-SNMP-MIB dskTable, bytes; `available`: what users other than root may still write. */
export interface MountRow {
  readonly path: string;
  readonly device: string | undefined;
  readonly total: number | undefined;
  readonly available: number | undefined;
  readonly used: number | undefined;
}

/** What the tables say of file systems. */
export interface FileSystemRows {
  readonly storages: readonly StorageRow[];
  /** hrFSTable: mount point by hrStorageIndex; undefined if it could not be read. */
  readonly mountPoints: ReadonlyMap<string, string> | undefined;
  readonly mounts: readonly MountRow[];
  /** Nothing is missing that sums need. */
  readonly whole: boolean;
}

const DISK_TABLE = '1.3.6.1.4.1.2021.9';
const KIB = 1_024;

/** @throws if there is nothing but errors: a fault is no empty list. */
export async function readFileSystems(table: ReadTable, tell: Tell): Promise<FileSystemRows> {
  let lost: unknown;
  const telling: Tell = (error, what) => {
    lost ??= error;
    tell(error, what);
  };
  const sized = await storages(table, telling);
  const points = await mountPoints(table, telling);
  const mounted = await mounts(table, telling);
  if (lost !== undefined && sized.rows.length + mounted.rows.length === 0) throw lost;
  const devices = sized.rows.some(({ description }) => description?.startsWith('/dev/'));
  return {
    storages: sized.rows,
    mountPoints: points,
    mounts: mounted.rows,
    whole: sized.whole && mounted.whole && (points !== undefined || !devices),
  };
}

async function storages(table: ReadTable, tell: Tell) {
  const required = [2, 3];
  const read = await table('1.3.6.1.2.1.25.2.3', [2, 3, 4, 5, 6], tell, { required });
  const rows = Array.from(read.rows, ([index, row]) => ({
    index,
    type: words(row.get(2)),
    description: words(row.get(3)),
    unitBytes: size(row.get(4)),
    size: size(row.get(5)),
    used: size(row.get(6)),
  }));
  return { rows, whole: read.lost.size === 0 };
}

async function mountPoints(
  table: ReadTable,
  tell: Tell,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { rows, lost } = await table('1.3.6.1.2.1.25.3.8', [2, 7], tell, { adds: true });
  if (lost.size > 0) return undefined;
  return new Map(
    Array.from(rows.values(), (row) => [String(integer(row.get(7))), words(row.get(2)) ?? '']),
  );
}

async function mounts(table: ReadTable, tell: Tell) {
  const wide = [11, 12, 13, 14, 15, 16];
  const read = await table(DISK_TABLE, [2, 3, ...wide], tell, { adds: true });
  const { rows } = read;
  // Agents before 5.4 have 32 bits only.
  const old = Array.from(rows.values()).some((row) => !row.has(11));
  const narrow = old ? await table(DISK_TABLE, [6, 7, 8], tell, { adds: true }) : undefined;
  const found = Array.from(rows, ([index, row]) => {
    const kib = (low: number, column: number) => {
      const value = row.has(low) ? wideSize(row, low) : size(narrow?.rows.get(index)?.get(column));
      return value === undefined ? undefined : value * KIB;
    };
    return {
      path: words(row.get(2)) ?? '',
      device: words(row.get(3)),
      total: kib(11, 6),
      available: kib(13, 7),
      used: kib(15, 8),
    };
  }).filter(({ path }) => path !== '');
  return { rows: found, whole: ![2, 11, 12, 15, 16].some((column) => read.lost.has(column)) };
}

/** Two columns, low and high 32 bits. */
function wideSize(row: Row, lowColumn: number): number | undefined {
  const low = integer(row.get(lowColumn));
  const high = integer(row.get(lowColumn + 1));
  return low === undefined || high === undefined ? undefined : (low >>> 0) + high * 2 ** 32;
}
