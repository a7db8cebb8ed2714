/**
 * Walking tables column by column. Agents differ in what they take of GETBULK: each is asked for less
 * until it answers, what was learned is kept for a while, and a bad column costs itself.
 */
import snmp, { type Session } from 'net-snmp';
import { BackendError, BackendTimeout, InvalidResponse, type DriverError } from './errors.ts';
import type { SnmpTable, SnmpValue } from './transports.ts';

/** Rows of one request; 0: GETNEXT. */
const SIZES = [40, 10, 1, 0] as const;
/** A refusal is the agent's own word; a silence may have been the network. */
const LEARNED_MS = { refused: 3_600_000, silent: 600_000 } as const;
const MAX_ROWS = 50_000;
/** So many columns without an answer, or without a row of the table behind them, speak for the others. */
const CONVINCING = 2;
const MAX_BYTES = 64 * 2 ** 20;

export interface Varbind {
  readonly oid?: string;
  readonly value?: unknown;
  readonly type?: number;
}

export type Ask = <T>(
  request: (session: Session, done: (error: Error | null, answer?: T) => void) => void,
) => Promise<T>;

export interface WalkerOptions {
  /** One request, once. */
  readonly ask: Ask;
  /** v1 has no GETBULK. */
  readonly bulk: boolean;
  readonly where: string;
  /** Whether the agent answers anything at all. */
  answers(): Promise<boolean>;
}

export function createWalker(options: WalkerOptions) {
  const { where } = options;
  let learned: { readonly size: number; readonly until: number } | undefined;

  const startSize = () => {
    if (!options.bulk) return 0;
    return learned && performance.now() < learned.until ? learned.size : SIZES[0];
  };

  /** What follows an OID: as many rows as the agent gives. @throws what it said to the smallest request. */
  async function step(oid: string, at: number): Promise<readonly Varbind[]> {
    const first = Math.min(at, startSize());
    let silent = false;
    for (let size = first; ;) {
      try {
        const answer = await next(oid, size);
        if (size < first) {
          learned = { size, until: performance.now() + LEARNED_MS[silent ? 'silent' : 'refused'] };
        }
        return answer;
      } catch (error) {
        const refused = error instanceof BackendError && error.code !== 'NoSuchName';
        const unanswered = error instanceof BackendTimeout;
        const less = smaller(size, unanswered);
        if (less === undefined || !(refused || unanswered || error instanceof InvalidResponse)) {
          throw error;
        }
        silent ||= unanswered;
        size = less;
      }
    }
  }

  async function next(oid: string, size: number): Promise<readonly Varbind[]> {
    const found = await options.ask<(Varbind | Varbind[])[]>((session, done) => {
      if (size === 0) session.getNext([oid], (error, answer) => done(error, answer));
      else session.getBulk([oid], 0, size, (error, answer) => done(error, answer));
    });
    const varbinds = found.flat();
    // An end has a varbind that says so.
    if (varbinds.length === 0)
      throw new InvalidResponse(`${where}: nothing in the answer for ${oid}`);
    return varbinds;
  }

  /** What follows the column, if anything does. */
  async function column(base: string, at: number, take: (index: string, value: SnmpValue) => void) {
    let last = base;
    let rows = 0;
    for (;;) {
      const found = await following(last, at);
      if (found.length === 0) return undefined;
      for (const { oid = '', value, type } of found) {
        if (isEnd(type)) return undefined;
        if (compareOids(oid, last) <= 0) {
          throw new Circle(`${where}: the agent goes in a circle: ${oid} after ${last}`);
        }
        if (!oid.startsWith(`${base}.`)) return oid;
        last = oid;
        rows += 1;
        if (rows > MAX_ROWS) throw new Endless(`${where}: ${base} has over ${MAX_ROWS} rows`);
        if (isValue(value)) take(oid.slice(base.length + 1), value);
      }
    }
  }

  /** v1 says the end of everything by an error. */
  async function following(oid: string, at: number): Promise<readonly Varbind[]> {
    try {
      return await step(oid, at);
    } catch (error) {
      if (error instanceof BackendError && error.code === 'NoSuchName') return [];
      throw error;
    }
  }

  return {
    table: (oid: string, columns: readonly number[]) => readTable(options, column, oid, columns),
  };
}

type Column = (
  base: string,
  at: number,
  take: (index: string, value: SnmpValue) => void,
) => Promise<string | undefined>;

/** A bad column costs itself; what speaks for the others as well is not tried again. */
async function readTable(
  options: WalkerOptions,
  column: Column,
  oid: string,
  columns: readonly number[],
): Promise<SnmpTable> {
  const { where } = options;
  const rows = new Map<string, Map<number, SnmpValue>>();
  const errors = new Map<number, DriverError>();
  let bytes = 0;
  let silences = 0;
  let absences = 0;
  let hopeless: DriverError | undefined;
  for (const number of columns) {
    if (hopeless) {
      errors.set(number, hopeless);
      continue;
    }
    try {
      // Where one column had no answer, the next one is asked for once.
      const at = silences > 0 ? 0 : SIZES[0];
      const follower = await column(`${oid}.1.${number}`, at, (index, value) => {
        bytes += index.length + sizeOf(value);
        if (bytes > MAX_BYTES) {
          throw new Endless(`${where}: ${oid} is larger than ${MAX_BYTES} bytes`);
        }
        const row = rows.get(index) ?? new Map<number, SnmpValue>();
        rows.set(index, row.set(number, value));
      });
      absences += follower?.startsWith(`${oid}.`) ? 0 : 1;
      // Nothing of the table follows: it has none of the others.
      if (rows.size === 0 && errors.size === 0 && absences >= CONVINCING) break;
    } catch (error) {
      const silent = error instanceof BackendTimeout;
      const own = silent || error instanceof BackendError || error instanceof InvalidResponse;
      // Silent for this column only, or for good?
      if (!own || (silent && !(await options.answers()))) throw error;
      const cause = silent
        ? new BackendTimeout(`${where}: no answer for ${oid}.1.${number}, though for others`)
        : error;
      errors.set(number, cause);
      if (!(error instanceof Circle)) forget(rows, number);
      silences += silent ? 1 : 0;
      if (silences >= CONVINCING || error instanceof Endless) hopeless = cause;
    }
  }
  return { rows, errors };
}

/** Longer than any table is. */
class Endless extends InvalidResponse {}

/** The column was there, but not its end. */
class Circle extends InvalidResponse {}

/** A part of a column is no column. */
function forget(rows: Map<string, Map<number, SnmpValue>>, column: number): void {
  for (const [index, row] of rows) {
    row.delete(column);
    if (row.size === 0) rows.delete(index);
  }
}

/** The next smaller request. One that had no answer costs a wait: the smallest is tried soon. */
function smaller(size: number, unanswered: boolean): number | undefined {
  const at = SIZES.findIndex((each) => each < size);
  if (at < 0) return undefined;
  return unanswered && size < SIZES[0] ? 0 : SIZES[at];
}

function isEnd(type: number | undefined): boolean {
  const { EndOfMibView, NoSuchObject, NoSuchInstance } = snmp.ObjectType;
  return type === EndOfMibView || type === NoSuchObject || type === NoSuchInstance;
}

function isValue(value: unknown): value is SnmpValue {
  return (
    value instanceof Uint8Array ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint'
  );
}

function sizeOf(value: SnmpValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
}

/** Negative, 0, positive: as the agent must order them. */
export function compareOids(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const difference = Number(left[at]) - Number(right[at]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
