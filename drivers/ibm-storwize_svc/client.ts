/** The command line over SSH: one connection, few channels; every error of the system as one of ours. */
import {
  BackendError,
  InvalidResponse,
  mapConcurrent,
  NotSupported,
  retry,
  SessionExpired,
  type DriverContext,
  type SshAccess,
  type SshClient,
  type SshExecOptions,
  type SshResult,
} from 'delfin-agent/driver';
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

/** Commands at a time; the system bounds sessions and does the work on one core. */
export const CHANNELS = 2;
/** 10,000 volumes are about 10 MB in a statistics file. */
const MAX_BYTES = 128 * 2 ** 20;
/** Characters that names rarely hold; the next is tried when a line has too many cells. */
const DELIMITERS = ['!', '^', '%'] as const;

const UNKNOWN_COMMAND =
  /command not found|not a recognized command|no such (file|command)|unknown command|CMMVC7205E|not supported|licen[sc]e/i;
const CODE = /\b(CMMVC\d{4}[EW])\b/;
const BUSY = /CMMVC5786E|CMMVC6071E|not in a stable state|try again|temporarily|too many|is busy/i;
/** The object was deleted since the list was printed. */
const GONE = new Set(['CMMVC5753E', 'CMMVC5754E', 'CMMVC5804E']);

export function createCli(access: SshAccess, context: DriverContext): Cli {
  let connection: Promise<SshClient> | undefined;
  let closed = false;
  /** Which way of asking a command has answered before. */
  const forms = new Map<string, number>();
  const refused = new Map<string, Error>();
  let withoutSftp = false;

  const connected = (): Promise<SshClient> => {
    if (closed) throw new SessionExpired('ssh: closed');
    if (!connection) {
      const made = context.ssh(access, { channels: CHANNELS, maxBytes: MAX_BYTES });
      connection = made;
      made.catch(() => {
        if (connection === made) connection = undefined;
      });
    }
    return connection;
  };

  /** Works on the connection; one that the system has closed is made anew once. */
  async function connectedly<T>(work: (client: SshClient) => Promise<T>): Promise<T> {
    const used = connected();
    const client = await used;
    try {
      return await work(client);
    } catch (error) {
      if (!(error instanceof SessionExpired) || closed) throw error;
      if (connection === used) connection = undefined;
      await client.close();
      return await work(await connected());
    }
  }

  const run = (command: string, options?: SshExecOptions) =>
    retry({ attempts: 5, delayMs: 200, again: isBusy }, async () =>
      outputOf(await connectedly((client) => client.exec(command, options)), command),
    );

  /** The first of several ways to ask that is not refused; what worked is asked first next time. */
  async function firstAccepted<T>(
    key: string,
    ways: readonly (() => Promise<T>)[],
  ): Promise<{ value: T; way: number }> {
    const known = refused.get(key);
    if (known) throw known;
    let last: unknown;
    for (let way = forms.get(key) ?? 0; way < ways.length; way += 1) {
      try {
        const value = await (ways[way] as () => Promise<T>)();
        forms.set(key, way);
        return { value, way };
      } catch (error) {
        if (isGone(error) || isBusy(error) || !isRefusal(error)) throw error;
        last = error;
      }
    }
    if (last instanceof NotSupported) refused.set(key, last);
    throw last;
  }

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
      if (isRefusal(error) && (options.needed ?? []).length === 0) return [row];
      throw error;
    }
  }

  return {
    async connect() {
      await connected();
    },
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
    async readFile(path) {
      if (!withoutSftp) {
        try {
          return await connectedly((client) => client.readFile(path, { maxBytes: MAX_BYTES }));
        } catch (error) {
          if (!(error instanceof NotSupported)) throw error;
          withoutSftp = true;
        }
      }
      return contentOf(await run(`scp -f ${path}`, { input: REPLIES }), path);
    },
    async close() {
      closed = true;
      const open = await connection?.catch(() => undefined);
      await open?.close();
    },
  };
}

/** The object has gone between two commands. */
export function isGone(error: unknown): boolean {
  return error instanceof BackendError && GONE.has(error.code);
}

/** The system knows the command or the flag not, or not this way. */
export function isRefusal(error: unknown): boolean {
  return error instanceof NotSupported || error instanceof BackendError;
}

function isBusy(error: unknown): boolean {
  return error instanceof BackendError && BUSY.test(error.message);
}

function outputOf(result: SshResult, command: string): string {
  const { stdout, stderr, code } = result;
  const failed = code !== undefined && code !== 0;
  const said = stdout.trim() === '' ? stderr : stdout;
  const [line = ''] = said.trim().split(/\r?\n/, 1);
  const what = `"${command.slice(0, 60)}": ${line.trim().slice(0, 200) || `exit code ${code}`}`;
  const message = failed || stdout.trim() === '' || CODE.test(line.slice(0, 16));
  if (message && UNKNOWN_COMMAND.test(line)) throw new NotSupported(what);
  if (/^\S*(sh|bash): .*command not found|is not a recognized command/.test(line)) {
    throw new NotSupported(what);
  }
  const vendorCode = message ? CODE.exec(line)?.[1] : undefined;
  if (vendorCode?.endsWith('E')) throw new BackendError(vendorCode, what);
  if (failed && stdout.trim() === '') throw new BackendError(code, what);
  if (stdout.trim() === '' && stderr.trim() !== '' && vendorCode === undefined) {
    throw new BackendError('cli', what);
  }
  return stdout;
}
