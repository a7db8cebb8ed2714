/** The command line: list views and detailed views in the most exact form the system accepts. */
import {
  BackendError,
  InvalidResponse,
  mapConcurrent,
  NotSupported,
  retry,
  type DriverContext,
  type SshAccess,
} from 'delfin-agent/driver';
import { CHANNELS, createConnection, isBusy, MAX_BYTES, type Connection } from './connection.ts';
import { contentOf, REPLIES } from './scp.ts';
import { firstOf, parseAligned, parseDelimited, parseDetails } from './table.ts';
import type { Detail, Row } from './table.ts';

export interface Cli {
  connect(): Promise<void>;
  /** One command's output. @throws NotSupported for an unknown command, BackendError for CMMVC errors. */
  run(command: string): Promise<string>;
  /** The rows of a list view. `exact`: its sizes can be had in bytes. */
  rows(command: string, options?: ListOptions): Promise<readonly Row[]>;
  /** The rows of a list view, each completed from its object's detailed view. */
  details(command: string, options?: ListOptions): Promise<readonly Row[]>;
  /** The detailed view of one object, or of the system. */
  detail(command: string, id?: string, options?: ListOptions): Promise<Detail>;
  /** A file of the system, by SFTP or, where it has none, by SCP. */
  readFile(path: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface ListOptions {
  readonly exact?: boolean;
  /** Columns without which a row has to be completed from the detailed view. */
  readonly needed?: readonly string[];
}

/** Characters that names rarely hold; the next is tried when a line has too many cells. */
const DELIMITERS = ['!', '^', '%'] as const;

/** The object was deleted since the list was printed. */
const GONE = new Set(['CMMVC5753E', 'CMMVC5754E', 'CMMVC5804E']);

export function createCli(access: SshAccess, context: DriverContext): Cli {
  const { connect, run, work, close } = createConnection(access, context);
  const firstAccepted = createForms();

  async function delimited(command: string): Promise<readonly Row[]> {
    let best: { rows: readonly Row[]; odd: readonly string[] } | undefined;
    for (const delimiter of DELIMITERS) {
      const table = parseDelimited(await run(`${command} -delim ${delimiter}`), delimiter, command);
      if (!best || table.odd.length < best.odd.length) best = table;
      if (table.odd.length === 0) break;
    }
    if (best && best.odd.length > 0) {
      context.log.warn(
        { command, lines: best.odd.length },
        'lines whose names hold every delimiter are left out',
      );
    }
    return best?.rows ?? [];
  }

  async function listed(command: string, options: ListOptions) {
    const { value, way } = await firstAccepted(`${command} ${options.exact ?? false}`, [
      ...(options.exact ? [() => delimited(`${command} -bytes`)] : []),
      () => delimited(command),
      async () => parseAligned(await run(command), command).rows,
    ]);
    const inexact = options.exact === true && way > 0;
    return { rows: value, inexact };
  }

  async function detail(command: string, id?: string, options: ListOptions = {}): Promise<Detail> {
    if (id !== undefined && !/^[\w.:-]+$/.test(id)) {
      throw new InvalidResponse(`${command}: "${id.slice(0, 40)}" is no id`);
    }
    const target = id === undefined ? '' : ` ${id}`;
    const ask = async (flags: string) =>
      parseDetails(await run(`${command}${flags}${target}`), `${command}${target}`);
    const { value } = await firstAccepted(`${command} ID ${options.exact ?? false}`, [
      ...(options.exact ? [() => ask(' -bytes -delim :'), () => ask(' -bytes')] : []),
      () => ask(''),
      () => ask(' -delim :'),
    ]);
    return value;
  }

  async function completed(command: string, row: Row, options: ListOptions): Promise<Row[]> {
    const id = row['id'];
    if (id === undefined || id === '') return [];
    try {
      return [{ ...row, ...firstOf(await detail(command, id, options)) }];
    } catch (error) {
      if (isGone(error)) return [];
      // What the list says of it is still true.
      if (isDenial(error)) return [row];
      throw error;
    }
  }

  return {
    connect,
    run: (command) => run(command),
    async rows(command, options = {}) {
      const { rows, inexact } = await listed(command, options);
      const needed = ['id', ...(options.needed ?? [])];
      const whole = (row: Row) => needed.every((title) => title in row);
      if (!options.needed || (!inexact && rows.every(whole))) return rows;
      const found = await mapConcurrent(rows, CHANNELS, (row) => completed(command, row, options));
      return found.flat();
    },
    async details(command, options = {}) {
      const { rows } = await listed(command, options);
      const found = await mapConcurrent(rows, CHANNELS, (row) => completed(command, row, options));
      return found.flat();
    },
    detail,
    readFile: createFileReader({ run, work }),
    close,
  };
}

/** Remembers for each command which way of asking the system has accepted. */
function createForms() {
  const forms = new Map<string, number>();
  const refused = new Map<string, Error>();

  /** The first of several ways to ask that is not refused; what worked is asked first next time. */
  return async function firstAccepted<T>(
    key: string,
    ways: readonly (() => Promise<T>)[],
  ): Promise<{ value: T; way: number }> {
    const known = refused.get(key);
    if (known) throw known;
    let last: unknown;
    for (let way = forms.get(key) ?? 0; way < ways.length; way += 1) {
      try {
        const value = await (ways[way] as () => Promise<T>)();
        // A passing error is no reason to ask in a coarser way for ever.
        if (!(last instanceof BackendError)) forms.set(key, way);
        return { value, way };
      } catch (error) {
        if (isGone(error) || !isDenial(error)) throw error;
        // An error of the system says more than that it does not know a coarser way.
        if (!(last instanceof BackendError && error instanceof NotSupported)) last = error;
      }
    }
    if (last instanceof NotSupported) refused.set(key, last);
    throw last;
  };
}

/** A connection that ends within a file shows as a file that can't be read. */
const isBroken = (error: unknown) => error instanceof InvalidResponse;

function createFileReader({ run, work }: Pick<Connection, 'run' | 'work'>) {
  let withoutSftp = false;
  return async (path: string): Promise<Uint8Array> => {
    if (!withoutSftp) {
      try {
        return await retry({ attempts: 2, delayMs: 50, again: isBroken }, () =>
          work((client) => client.readFile(path, { maxBytes: MAX_BYTES })),
        );
      } catch (error) {
        if (!(error instanceof NotSupported)) throw error;
        withoutSftp = true;
      }
    }
    return contentOf(await run(`scp -f ${path}`, { input: REPLIES }), path);
  };
}

/** The object has gone between two commands. */
export function isGone(error: unknown): boolean {
  return error instanceof BackendError && GONE.has(error.code);
}

/** A refusal that is not for the moment only. */
export const isDenial = (error: unknown): boolean => isRefusal(error) && !isBusy(error);

/** The system knows the command or the flag not, or not this way. */
export function isRefusal(error: unknown): boolean {
  return error instanceof NotSupported || error instanceof BackendError;
}
