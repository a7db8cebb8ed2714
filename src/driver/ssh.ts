/** SSH to one array: host key verified, one connection, bounded commands and output. */
import type { Client, SFTPWrapper } from 'ssh2';
import type { SshAccess } from './access.ts';
import { createBudget } from './budget.ts';
import { startDeadline } from './deadline.ts';
import { DriverError, InvalidResponse, NotSupported, SessionExpired } from './errors.ts';
import type { TransportScope } from './http.ts';
import { scopedSignal } from './scope.ts';
import { readRemoteFile, runCommand } from './ssh-channel.ts';
import { connectSsh } from './ssh-connect.ts';
import type { SshClient, SshOptions } from './transports.ts';

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_BYTES = 64 * 2 ** 20;
const CLOSE_MS = 2_000;

/** Connects and logs in. @throws AuthenticationFailed, BackendUnreachable, BackendTimeout, ConfigurationError */
export async function createSsh(
  access: SshAccess,
  options: SshOptions,
  scope: TransportScope,
): Promise<SshClient> {
  const where = `ssh ${access.host}:${access.port ?? 22}`;
  const connection = watch(await connectCounted(access, where, scope), where);
  const bounded = createBounds(connection, options, scope, where);
  const timeoutOf = (own?: number) => own ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const maxBytesOf = (own?: number) => own ?? options.maxBytes ?? DEFAULT_MAX_BYTES;
  const openSftp = sftpOpener(connection.client, where);
  return {
    exec(command, execOptions = {}) {
      const what = `${where}: "${command.slice(0, 60)}"`;
      return bounded(what, timeoutOf(execOptions.timeoutMs), (signal) =>
        runCommand(connection, command, {
          ...execOptions,
          maxBytes: maxBytesOf(execOptions.maxBytes),
          what,
          signal,
          traffic: scope.traffic,
        }),
      );
    },
    readdir(path) {
      return bounded(`${where}: readdir ${path}`, timeoutOf(), async () =>
        listFolder(await openSftp(), path, where),
      );
    },
    readFile(path, readOptions = {}) {
      const what = `${where}: ${path}`;
      return bounded(what, timeoutOf(readOptions.timeoutMs), async (signal) =>
        readRemoteFile(await openSftp(), path, {
          maxBytes: maxBytesOf(readOptions.maxBytes),
          what,
          signal,
          traffic: scope.traffic,
        }),
      );
    },
    close: () => connection.close(),
  };
}

async function connectCounted(
  access: SshAccess,
  where: string,
  scope: TransportScope,
): Promise<Client> {
  const signal = scopedSignal(scope.signal);
  return await scope.budget.run(signal, async () => {
    scope.traffic.requests += 1;
    try {
      return await connectSsh(access, where, signal, scope.onIdentity);
    } catch (error) {
      scope.traffic.errors += 1;
      throw error;
    }
  });
}

/** A connection that knows why it is gone. */
export interface Connection {
  readonly client: Client;
  lost(): SessionExpired | undefined;
  close(): Promise<void>;
}

function watch(client: Client, where: string): Connection {
  let lost: SessionExpired | undefined;
  const gone = Promise.withResolvers<void>();
  let closed = false;
  client.on('close', () => {
    closed = true;
    lost ??= new SessionExpired(`${where}: the connection was closed by the array`);
    gone.resolve();
  });
  client.on('error', (cause) => {
    lost ??= new SessionExpired(`${where}: the connection was lost`, { cause });
  });
  return {
    client,
    lost: () => lost,
    async close() {
      if (closed) return;
      lost ??= new SessionExpired(`${where}: closed`);
      const timer = setTimeout(() => {
        client.destroy();
        gone.resolve();
      }, CLOSE_MS);
      client.end();
      await gone.promise;
      clearTimeout(timer);
    },
  };
}

type Bounded = <T>(
  what: string,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

/** One channel at work: counted, bounded, ended by its deadline or the call's. */
function createBounds(
  connection: Connection,
  options: SshOptions,
  scope: TransportScope,
  where: string,
): Bounded {
  const channels = createBudget(options.channels ?? 1);
  return (what, timeoutMs, work) => {
    const call = scopedSignal(scope.signal);
    // A place among the channels first: whoever waits for one must hold no request of the array.
    return channels.run(call, () =>
      scope.budget.run(call, async () => {
        const lost = connection.lost();
        if (lost) throw lost;
        const deadline = startDeadline(call, timeoutMs);
        scope.traffic.requests += 1;
        try {
          return await untilAborted(deadline.signal, work(deadline.signal));
        } catch (error) {
          scope.traffic.errors += 1;
          if (error instanceof DriverError) throw error;
          const reason = connection.lost() ?? deadline.failure(what);
          if (reason !== undefined) throw reason;
          if (isGone(error)) {
            throw new SessionExpired(`${where}: the connection is closed`, { cause: error });
          }
          throw new InvalidResponse(`${what}: ${String(error)}`, { cause: error });
        }
      }),
    );
  };
}

function sftpOpener(client: Client, where: string): () => Promise<SFTPWrapper> {
  let sftp: Promise<SFTPWrapper> | undefined;
  return () =>
    (sftp ??= new Promise<SFTPWrapper>((resolve, reject) => {
      client.sftp((error, wrapper) => {
        if (!error) return resolve(wrapper);
        sftp = undefined;
        if (isGone(error)) return reject(error);
        reject(new NotSupported(`${where}: no SFTP (${error.message})`, { cause: error }));
      });
    }));
}

async function listFolder(sftp: SFTPWrapper, path: string, where: string) {
  return await new Promise<{ name: string; size: number; mtimeMs: number }[]>((resolve, reject) => {
    sftp.readdir(path, (cause, entries) => {
      if (cause) {
        const reason = `${where}: cannot list ${path} (${cause.message})`;
        return reject(new InvalidResponse(reason, { cause }));
      }
      resolve(
        entries.map(({ filename, attrs }) => ({
          name: filename,
          size: attrs.size,
          mtimeMs: attrs.mtime * 1_000,
        })),
      );
    });
  });
}

function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The other side has closed the connection, and ssh2 has not yet told so with an event. */
function isGone(error: unknown): boolean {
  return error instanceof Error && error.message === 'Not connected';
}
