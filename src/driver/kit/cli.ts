/** A command line over SSH: one connection, made when first needed, commands by the vendor's own words. */
import type { SshAccess } from '../access.ts';
import type { DriverContext } from '../driver.ts';
import {
  AuthenticationFailed,
  BackendUnreachable,
  InvalidResponse,
  LoginRefused,
  SessionExpired,
} from '../errors.ts';
import type { SshClient, SshExecOptions, SshOptions, SshResult } from '../transports.ts';
import { MEANINGS, type Answer, type Meaning } from './answers.ts';
import { createAllowance, persist } from './persist.ts';

/** A connection that can't be made is not tried again by each list of the round. */
const FAILED_MS = 15_000;

export interface CliOptions extends SshOptions {
  /** What the output of a command means; `body` is the output. @throws InvalidResponse */
  readonly answers: (result: SshResult, command: string) => Answer<string>;
  /** The array is known by another interface: without a connection these commands fail, not the array. */
  readonly second?: boolean;
}

export interface CliRun<T = string> extends SshExecOptions {
  /** The command changes the array: it is never repeated. */
  readonly writes?: boolean;
  /** What the output says; a table that is broken is asked for once more. @throws InvalidResponse */
  readonly read?: (output: string) => T;
}

export interface CliClient {
  /** Logs in now instead of with the first command. */
  connect(): Promise<void>;
  /**
   * The whole output of one command. A busy array is asked again; a fault, a broken output or a lost
   * connection is asked for once more.
   */
  run(command: string, options?: CliRun): Promise<string>;
  /** The same, as `read` takes it. */
  run<T>(
    command: string,
    options: CliRun<T> & { readonly read: (output: string) => T },
  ): Promise<T>;
  /** Other work on the connection (files), repeated once if it is lost or the answer broken. */
  work<T>(what: string, task: (client: SshClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function openCli(context: DriverContext, access: SshAccess, options: CliOptions): CliClient {
  const allowance = createAllowance();
  const turns = createTurns();
  const { connected, on, close } = createConnection(context, access, options);

  /** Asks until there is an answer. What may have cost the connection is repeated alone. */
  async function asking<T>(
    what: string,
    repeatable: boolean,
    ask: () => Promise<Answer<T>>,
  ): Promise<T> {
    let suspect = false;
    const attempt = async (): Promise<Answer<T>> => {
      for (;;) {
        try {
          return await (suspect ? turns.alone(ask) : turns.together(ask));
        } catch (error) {
          if (!(error instanceof ConnectionLost) || !repeatable) throw error;
          // Alone on a new connection: it is this command, and no other would help.
          const proven = suspect && error.isFirst;
          if (proven || !allowance.take()) throw new Culprit(error);
          suspect = true;
        }
      }
    };
    try {
      return await persist({ what, ask: attempt, repeatable, allowance, pause: context.pause });
    } catch (error) {
      throw error instanceof Culprit ? error.lost : error;
    }
  }

  return {
    async connect() {
      await connected();
    },
    run<T>(
      command: string,
      { writes = false, read = (output) => output as T, ...exec }: CliRun<T> = {},
    ) {
      const what = nameOf(command);
      return asking(what, !writes, async (): Promise<Answer<T>> => {
        const result = await on(what, (client) => client.exec(command, exec));
        const answer = options.answers(result, command);
        return answer.meaning === 'ok' ? { meaning: 'ok', body: read(answer.body) } : answer;
      });
    },
    work: (what, task) =>
      asking(what, true, async () => ({ meaning: 'ok', body: await on(what, task) })),
    close,
  };
}

/** One connection, made when first needed and again after it was lost. */
function createConnection(context: DriverContext, access: SshAccess, options: CliOptions) {
  /** Connections on which something has been asked. */
  const worked = new WeakSet<SshClient>();
  let connection: Promise<SshClient> | undefined;
  let failed: { readonly error: unknown; readonly until: number } | undefined;
  let closed = false;

  function connected(): Promise<SshClient> {
    if (closed) throw new SessionExpired('ssh: closed');
    if (failed && performance.now() < failed.until) throw failed.error;
    if (connection) return connection;
    const made = context.ssh(access, options);
    connection = made;
    made.catch((error: unknown) => {
      if (connection === made) connection = undefined;
      // A refused login is never tried again; anything else not by all lists of a round.
      const lasts = error instanceof AuthenticationFailed ? Infinity : FAILED_MS;
      failed = { error, until: performance.now() + lasts };
    });
    return made;
  }

  async function reach(what: string) {
    try {
      const used = connected();
      return { used, client: await used };
    } catch (error) {
      if (error instanceof AuthenticationFailed) {
        throw new LoginRefused(error.message, { cause: error });
      }
      if (!options.second || !(error instanceof BackendUnreachable)) throw error;
      throw new InvalidResponse(`${what}: ${error.message}`, { cause: error });
    }
  }

  /** A connection that the array closed under a command is that answer's fault. */
  async function on<T>(what: string, task: (client: SshClient) => Promise<T>): Promise<T> {
    const { used, client } = await reach(what);
    const isFirst = !worked.has(client);
    worked.add(client);
    try {
      return await task(client);
    } catch (error) {
      if (!(error instanceof SessionExpired) || closed) throw error;
      if (connection === used) {
        connection = undefined;
        await client.close();
      }
      throw new ConnectionLost(`${what}: ${error.message}`, isFirst, error);
    }
  }

  return {
    connected,
    on,
    async close() {
      closed = true;
      const last = connection;
      connection = undefined;
      await last?.then((client) => client.close()).catch(() => undefined);
    },
  };
}

/** Ended by the array together with everything else on the connection. */
class ConnectionLost extends InvalidResponse {
  /** Nothing else had run on the connection. */
  readonly isFirst: boolean;

  constructor(message: string, isFirst: boolean, cause: unknown) {
    super(message, { cause });
    this.isFirst = isFirst;
  }
}

/** Not to be repeated any more. */
class Culprit extends Error {
  readonly lost: ConnectionLost;

  constructor(lost: ConnectionLost) {
    super(lost.message);
    this.lost = lost;
  }
}

/**
 * Commands share a connection and are lost with it. Each may be the one that costs it: repeated alone,
 * it costs its own answer and no other's.
 */
function createTurns() {
  const sharing = new Set<Promise<unknown>>();
  const alone = new Set<Promise<unknown>>();

  async function counted<T>(work: Promise<T>, among: Set<Promise<unknown>>): Promise<T> {
    among.add(work);
    try {
      return await work;
    } finally {
      among.delete(work);
    }
  }

  return {
    async together<T>(task: () => Promise<T>): Promise<T> {
      while (alone.size > 0) await Promise.allSettled(alone);
      return await counted(task(), sharing);
    },
    alone<T>(task: () => Promise<T>): Promise<T> {
      const before = [...alone];
      const work = async () => {
        await Promise.allSettled(before);
        await Promise.allSettled(sharing);
        return await task();
      };
      return counted(work(), alone);
    },
  };
}

/** A command as messages name it. */
export function nameOf(command: string): string {
  return `"${command.slice(0, 80)}"`;
}

export interface CommandWords {
  /** What the first line says instead of a result, by meaning. */
  readonly texts: { readonly [M in Meaning]?: RegExp };
  /** The code in that line, as the first group. */
  readonly code?: RegExp;
}

/** How a vendor's command line complains: whole output whose first line says something else than data. */
export function commandAnswers({ texts, code }: CommandWords): CliOptions['answers'] {
  const patterns = MEANINGS.flatMap((meaning) => {
    const pattern = texts[meaning];
    return pattern ? [{ meaning, pattern }] : [];
  });
  return (result, command) => {
    const stdout = wholeOutput(result, command);
    // Complaints come on either stream.
    const output = (stdout.trim() === '' ? result.stderr : stdout).replaceAll('\r', '');
    const first = output.trim().split('\n', 1)[0]?.slice(0, 500) ?? '';
    const said = patterns.find(({ pattern }) => pattern.test(first));
    const told = { code: code?.exec(first)?.[1] ?? 'cli', text: first };
    if (said) return { meaning: said.meaning, ...told };
    if (result.code !== 0 && first === '') {
      return { meaning: 'fault', code: String(result.code), text: `exit status ${result.code} without output` }; // prettier-ignore
    }
    return { meaning: 'ok', body: output };
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
