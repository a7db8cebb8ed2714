/** A command line over SSH: one connection, made when first needed, commands by the vendor's own words. */
import type { SshAccess } from '../access.ts';
import type { DriverContext } from '../driver.ts';
import { InvalidResponse, SessionExpired } from '../errors.ts';
import type { SshClient, SshExecOptions, SshOptions, SshResult } from '../transports.ts';
import type { Answer } from './answers.ts';
import { createAllowance, persist } from './persist.ts';

export interface CliOptions extends SshOptions {
  /** What the output of a command means; `body` is the output. @throws InvalidResponse */
  readonly answers: (result: SshResult, command: string) => Answer<string>;
}

export interface CliRun extends SshExecOptions {
  /** The command changes the array: it is never repeated. */
  readonly writes?: boolean;
}

export interface CliClient {
  /** Logs in now instead of with the first command. */
  connect(): Promise<void>;
  /**
   * The whole output of one command. A busy array is asked again; a fault, a broken output or a lost
   * connection is asked for once more.
   */
  run(command: string, options?: CliRun): Promise<string>;
  /** Other work on the connection (files), repeated once if it is lost or the answer broken. */
  work<T>(what: string, task: (client: SshClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function openCli(context: DriverContext, access: SshAccess, options: CliOptions): CliClient {
  const allowance = createAllowance();
  let connection: Promise<SshClient> | undefined;
  let closed = false;

  function connected(): Promise<SshClient> {
    if (closed) throw new SessionExpired('ssh: closed');
    if (connection) return connection;
    const made = context.ssh(access, options);
    connection = made;
    // A failed attempt must not stand for all later ones.
    made.catch(() => {
      if (connection === made) connection = undefined;
    });
    return made;
  }

  /** A connection that the array closed under a command is that answer's fault. */
  async function on<T>(what: string, task: (client: SshClient) => Promise<T>): Promise<T> {
    const used = connected();
    const client = await used;
    try {
      return await task(client);
    } catch (error) {
      if (!(error instanceof SessionExpired) || closed) throw error;
      if (connection === used) {
        connection = undefined;
        await client.close();
      }
      throw new InvalidResponse(`${what}: ${error.message}`, { cause: error });
    }
  }

  return {
    async connect() {
      await connected();
    },
    run(command, { writes = false, ...exec } = {}) {
      const what = `"${command.slice(0, 80)}"`;
      return persist({
        what,
        ask: async () =>
          options.answers(await on(what, (client) => client.exec(command, exec)), command),
        repeatable: !writes,
        allowance,
      });
    },
    work: (what, task) =>
      persist({
        what,
        ask: async () => ({ meaning: 'ok', body: await on(what, task) }),
        repeatable: true,
        allowance,
      }),
    async close() {
      closed = true;
      const last = connection;
      connection = undefined;
      await last?.then((client) => client.close()).catch(() => undefined);
    },
  };
}

/**
 * Output that ends where the command ended: with an exit status and a whole last line.
 * @throws InvalidResponse for one that was cut.
 */
export function wholeOutput({ stdout, code }: SshResult, command: string): string {
  if (code === undefined) {
    throw new InvalidResponse(`"${command}": the output ends without an exit status`);
  }
  if (stdout !== '' && !stdout.endsWith('\n')) {
    throw new InvalidResponse(
      `"${command}": the output ends inside a line (${stdout.length} characters)`,
    );
  }
  return stdout;
}
