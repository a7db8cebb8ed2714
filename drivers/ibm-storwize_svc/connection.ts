/** One SSH connection, made anew when the system has closed it; errors of the system as ours. */
import {
  AuthenticationFailed,
  BackendError,
  NotSupported,
  retry,
  SessionExpired,
  type DriverContext,
  type SshAccess,
  type SshClient,
  type SshExecOptions,
  type SshResult,
} from 'delfin-agent/driver';

/** Commands at a time; the system bounds sessions. One that refuses a second channel gets one. */
export const CHANNELS = 2;
/** 10,000 volumes are about 10 MB in a statistics file. */
export const MAX_BYTES = 128 * 2 ** 20;
const UNKNOWN_COMMAND =
  /command not found|not a recognized command|no such (file|command)|unknown command|CMMVC5709E|CMMVC7205E|not supported|licen[sc]e/i;
const CODE = /\b(CMMVC\d{4}[EW])\b/;
const REFUSED = /password (has |is )?expired|change (your|the) password|account (is )?locked/i;
const BUSY = /CMMVC5786E|CMMVC6071E|not in a stable state|try again|temporarily|too many|is busy/i;

export interface Connection {
  connect(): Promise<void>;
  /** The output of a command. @throws NotSupported for an unknown one, BackendError for CMMVC errors. */
  run(command: string, options?: SshExecOptions): Promise<string>;
  work<T>(task: (client: SshClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createConnection(access: SshAccess, context: DriverContext): Connection {
  let connection: Promise<SshClient> | undefined;
  let closed = false;
  let channels = CHANNELS;

  const connected = (): Promise<SshClient> => {
    if (closed) throw new SessionExpired('ssh: closed');
    if (!connection) {
      const made = context.ssh(access, { channels, maxBytes: MAX_BYTES });
      connection = made;
      made.catch(() => {
        if (connection === made) connection = undefined;
      });
    }
    return connection;
  };

  /** Works on the connection; one that the system has closed is made anew once. */
  async function work<T>(task: (client: SshClient) => Promise<T>): Promise<T> {
    const used = connected();
    const client = await used;
    try {
      return await task(client);
    } catch (error) {
      if (!(error instanceof SessionExpired) || closed) throw error;
      if (/no channel/.test(error.message)) channels = 1;
      if (connection === used) connection = undefined;
      await client.close();
      return await task(await connected());
    }
  }

  const run = (command: string, options?: SshExecOptions) =>
    retry({ attempts: 5, delayMs: 200, again: isBusy }, async () =>
      outputOf(await work((client) => client.exec(command, options)), command),
    );

  return {
    async connect() {
      await connected();
    },
    run,
    work,
    async close() {
      closed = true;
      const open = await connection?.catch(() => undefined);
      await open?.close();
    },
  };
}

export function isBusy(error: unknown): boolean {
  return error instanceof BackendError && BUSY.test(error.message);
}

function outputOf(result: SshResult, command: string): string {
  const { stdout, stderr, code } = result;
  const failed = code !== undefined && code !== 0;
  const said = stdout.trim() === '' ? stderr : stdout;
  const [line = ''] = said.trim().split(/\r?\n/, 1);
  const what = `"${command.slice(0, 60)}": ${line.trim().slice(0, 200) || `exit code ${code}`}`;
  const message = failed || stdout.trim() === '' || CODE.test(line.slice(0, 16));
  if (message && REFUSED.test(line)) throw new AuthenticationFailed(what);
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
