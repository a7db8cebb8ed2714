/** The InForm OS command line over SSH: one connection, made when first needed, one command at a time. */
import {
  AuthenticationFailed,
  BackendError,
  InvalidResponse,
  NotSupported,
  retry,
  SessionExpired,
  type DriverContext,
  type SshAccess,
  type SshClient,
  type SshResult,
} from 'delfin-agent/driver';
import { parseTable, parseTables, type Row, type Table, type TableShape } from './table.ts';

export interface CliClient {
  /** Logs in now instead of with the first command. */
  connect(): Promise<void>;
  /** The output of one command. @throws NotSupported if this release lacks it or the array its licence. */
  run(command: string): Promise<string>;
  /** The rows of a table; "No ... listed" is an empty one. @throws InvalidResponse if there is none. */
  rows(command: string, shape: TableShape): Promise<readonly Row[]>;
  /** The same as one table, with its titles. */
  table(command: string, shape: TableShape): Promise<Table>;
  /** The same for data that only adds to other data: no table, no rows. */
  extraRows(command: string, shape: TableShape): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** Code of an error that the command line reports in its own words. */
export const CLI_ERROR = 'cli';

/** What the command line says in its first line instead of a result. */
const UNSUPPORTED =
  /invalid command name|(invalid|unknown|illegal) option|not (a )?recogni[sz]ed|unknown command|command not found|no such command|not implemented|not supported|unsupported|not licen[sc]ed|requires? .*licen[sc]e|licen[sc]e .*(required|missing)/i;
const BUSY = /too many local cli connections|system is busy|try again later/i;
const REFUSED = /login failed|password (has )?expired|account (is )?locked/i;
const FAILED = /^error\b|permission denied|insufficient (privilege|right)/i;
const NOTHING = /^\s*(there (are|is) )?no\b[^\n]*$/im;

const EMPTY: Table = { titles: [], groups: '', rows: [], summary: [], time: undefined };

export function createCli(access: SshAccess, context: DriverContext): CliClient {
  let connection: Promise<SshClient> | undefined;
  let closed = false;

  const connected = () => {
    if (closed) throw new SessionExpired('ssh: closed');
    if (!connection) {
      const made = context.ssh(access);
      connection = made;
      // A failed attempt must not stand for all later ones.
      made.catch(() => {
        if (connection === made) connection = undefined;
      });
    }
    return connection;
  };

  async function exec(command: string): Promise<string> {
    const used = connected();
    const client = await used;
    try {
      return outputOf(await client.exec(command), command);
    } catch (error) {
      if (!(error instanceof SessionExpired) || closed) throw error;
      if (connection === used) connection = undefined;
      await client.close();
      return outputOf(await (await connected()).exec(command), command);
    }
  }

  const run = (command: string) =>
    retry({ attempts: 4, delayMs: 200, again: isBusy }, async () => {
      const output = await exec(command);
      throwError(output, command);
      return output;
    });

  async function table(command: string, shape: TableShape): Promise<Table> {
    const output = await run(command);
    const [first] = parseTables(output, shape);
    if (first) return first;
    if (NOTHING.test(output) || (shape.silent && output.trim() === '')) return EMPTY;
    throw new InvalidResponse(`"${command}": no table with the columns ${shape.titles.join(' ')}`);
  }

  return {
    async connect() {
      await connected();
    },
    run,
    table,
    rows: async (command, shape) => (await table(command, shape)).rows,
    async extraRows(command, shape) {
      try {
        return parseTable(await run(command), shape) ?? [];
      } catch (error) {
        if (!(error instanceof NotSupported) && !(error instanceof BackendError)) throw error;
        context.log.debug({ command, error }, 'the array gives no such details');
        return [];
      }
    },
    async close() {
      closed = true;
      const last = connection;
      connection = undefined;
      await last?.then((client) => client.close()).catch(() => undefined);
    },
  };
}

/** Errors come on either stream. */
function outputOf(result: SshResult, command: string): string {
  if (result.code && `${result.stdout}${result.stderr}`.trim() === '') {
    throw new BackendError(CLI_ERROR, `"${command}": exit status ${result.code} without output`);
  }
  return (result.stdout.trim() === '' ? result.stderr : result.stdout).replaceAll('\r', '');
}

function isBusy(error: unknown): boolean {
  return error instanceof BackendError && error.code === 'busy';
}

function throwError(output: string, command: string): void {
  const first = output.trim().split('\n', 1)[0] ?? '';
  const what = `"${command}": ${first.slice(0, 160)}`;
  if (BUSY.test(first)) throw new BackendError('busy', what);
  if (REFUSED.test(first)) throw new AuthenticationFailed(what);
  if (UNSUPPORTED.test(first)) throw new NotSupported(what);
  if (FAILED.test(first)) throw new BackendError(CLI_ERROR, what);
}
