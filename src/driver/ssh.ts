/** SSH to one array: host key verified, one connection, bounded commands and output. */
import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import type { Algorithms, Client, ClientChannel, SFTPWrapper } from 'ssh2';
import type { SshAccess } from './access.ts';
import { createBudget } from './budget.ts';
import {
  AuthenticationFailed,
  BackendTimeout,
  BackendUnreachable,
  DriverError,
  InvalidResponse,
  NotSupported,
  SessionExpired,
} from './errors.ts';
import type { TransportScope } from './http.ts';
import { scopedSignal } from './scope.ts';
import { authenticationOrder, hostVerifier, keyFingerprint } from './ssh-trust.ts';
import type { SshClient, SshExecOptions, SshOptions, SshResult } from './transports.ts';

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_BYTES = 64 * 2 ** 20;

const LEGACY: Algorithms = {
  kex: {
    append: [
      'diffie-hellman-group14-sha1',
      'diffie-hellman-group-exchange-sha1',
      'diffie-hellman-group1-sha1',
    ],
    prepend: [],
    remove: [],
  },
  serverHostKey: { append: ['ssh-rsa', 'ssh-dss'], prepend: [], remove: [] },
  cipher: {
    append: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
    prepend: [],
    remove: [],
  },
  hmac: { append: ['hmac-sha1', 'hmac-sha1-96', 'hmac-md5'], prepend: [], remove: [] },
};

/** Connects and logs in. @throws AuthenticationFailed, BackendUnreachable, BackendTimeout, ConfigurationError */
export async function createSsh(
  access: SshAccess,
  options: SshOptions,
  scope: TransportScope,
): Promise<SshClient> {
  const where = `ssh ${access.host}:${access.port ?? 22}`;
  const client = await connect(access, where, scope);
  const channels = createBudget(options.channels ?? 1);
  let lost: Error | undefined;
  let sftp: Promise<SFTPWrapper> | undefined;
  let gone = false;
  client.on('close', () => {
    gone = true;
    lost ??= new SessionExpired(`${where}: the connection was closed by the array`);
  });
  client.on('error', (cause) => {
    lost ??= new SessionExpired(`${where}: the connection was lost`, { cause });
  });

  /** One channel at work: counted, bounded, ended by the deadline or the call's signal. */
  function bounded<T>(
    what: string,
    timeoutMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const outer = scopedSignal(scope.signal);
    return scope.budget.run(outer, () =>
      channels.run(outer, async () => {
        if (lost) throw lost;
        const signal = AbortSignal.any([outer, AbortSignal.timeout(timeoutMs)]);
        scope.traffic.requests += 1;
        try {
          return await untilAborted(signal, work(signal));
        } catch (error) {
          scope.traffic.errors += 1;
          if (error instanceof DriverError) throw error;
          if (lost) throw lost;
          if (isTimeout(error)) {
            throw new BackendTimeout(
              `${where}: ${what}: no complete answer within ${timeoutMs} ms`,
            );
          }
          if (isGone(error)) {
            throw new SessionExpired(`${where}: the connection is closed`, { cause: error });
          }
          throw error;
        }
      }),
    );
  }

  const openSftp = () =>
    (sftp ??= new Promise<SFTPWrapper>((resolve, reject) => {
      client.sftp((error, wrapper) =>
        error
          ? reject(new NotSupported(`${where}: no SFTP (${error.message})`, { cause: error }))
          : resolve(wrapper),
      );
    }));

  return {
    exec(command, execOptions = {}) {
      const what = `"${command.slice(0, 60)}"`;
      return bounded(
        what,
        execOptions.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        (signal) =>
          run(
            client,
            command,
            { maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES, ...execOptions },
            signal,
            scope,
            `${where}: ${what}`,
            () => lost,
          ),
      );
    },
    readdir(path) {
      return bounded(`readdir ${path}`, options.timeoutMs ?? DEFAULT_TIMEOUT_MS, async () => {
        const wrapper = await openSftp();
        return await new Promise((resolve, reject) => {
          wrapper.readdir(path, (error, entries) =>
            error
              ? reject(
                  new InvalidResponse(`${where}: cannot list ${path} (${error.message})`, {
                    cause: error,
                  }),
                )
              : resolve(
                  entries.map((entry) => ({
                    name: entry.filename,
                    size: entry.attrs.size,
                    mtimeMs: entry.attrs.mtime * 1000,
                  })),
                ),
          );
        });
      });
    },
    readFile(path, readOptions = {}) {
      const timeoutMs = readOptions.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const maxBytes = readOptions.maxBytes ?? options.maxBytes ?? DEFAULT_MAX_BYTES;
      return bounded(`read ${path}`, timeoutMs, async (signal) =>
        fetchFile(await openSftp(), path, maxBytes, signal, scope, where),
      );
    },
    close: async () => {
      if (gone) return;
      lost ??= new SessionExpired(`${where}: closed`);
      const closed = new Promise<void>((resolve) => {
        client.once('close', () => resolve());
        setTimeout(() => resolve(client.destroy() && undefined), 2000).unref();
      });
      client.end();
      await closed;
    },
  };
}

function connect(access: SshAccess, where: string, scope: TransportScope): Promise<Client> {
  const trusted = hostVerifier(access);
  const signal = scopedSignal(scope.signal);
  const client = new ssh2.Client();
  scope.traffic.requests += 1;
  return new Promise<Client>((resolve, reject) => {
    let rejectedKey: string | undefined;
    const fail = (error: Error) => {
      scope.traffic.errors += 1;
      client.removeAllListeners('close');
      client.on('error', () => {});
      client.destroy();
      reject(error);
    };
    const abort = () => fail(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    client.once('ready', () => {
      signal.removeEventListener('abort', abort);
      // A command is a few small packets each way: Nagle's algorithm would hold each until the last is acknowledged.
      client.setNoDelay(true);
      client.removeAllListeners('error');
      client.removeAllListeners('close');
      resolve(client);
    });
    client.once('close', () =>
      fail(new BackendUnreachable(`${where}: the array closed the connection during login`)),
    );
    client.once('error', (error: Error & { level?: string; code?: string }) => {
      signal.removeEventListener('abort', abort);
      if (rejectedKey) {
        return fail(
          new BackendUnreachable(
            `${where}: the host key SHA256:${rejectedKey} is not the configured one; no password was sent`,
          ),
        );
      }
      if (error.level === 'client-authentication') {
        return fail(
          new AuthenticationFailed(`${where}: login refused for user ${access.username}`),
        );
      }
      if (error.level === 'client-timeout') {
        return fail(new BackendTimeout(`${where}: no login within 20 s`, { cause: error }));
      }
      const advice = /no matching|handshake failed/i.test(error.message)
        ? '; if this is an old system, set ssh.legacy_algorithms: true'
        : '';
      return fail(
        new BackendUnreachable(`${where}: ${error.code ?? error.message}${advice}`, {
          cause: error,
        }),
      );
    });
    // Old systems ask for the password interactively.
    client.on('keyboard-interactive', (_name, _text, _lang, prompts, finish) =>
      finish(prompts.map(() => access.password?.reveal() ?? '')),
    );
    client.connect({
      host: access.host,
      port: access.port ?? 22,
      username: access.username,
      ...(access.password ? { password: access.password.reveal(), tryKeyboard: true } : {}),
      authHandler: authenticationOrder(access),
      ...(access.private_key ? { privateKey: readFileSync(access.private_key) } : {}),
      ...(access.passphrase ? { passphrase: access.passphrase.reveal() } : {}),
      ...(access.legacy_algorithms ? { algorithms: LEGACY } : {}),
      readyTimeout: 20_000,
      keepaliveInterval: 15_000,
      keepaliveCountMax: 3,
      hostVerifier: (key: Buffer) => {
        if (trusted(key)) return true;
        rejectedKey = keyFingerprint(key);
        return false;
      },
    });
  });
}

function run(
  client: Client,
  command: string,
  options: SshExecOptions & { maxBytes: number },
  signal: AbortSignal,
  scope: TransportScope,
  where: string,
  lost: () => Error | undefined,
): Promise<SshResult> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel: ClientChannel) => {
      if (error) {
        return reject(
          new SessionExpired(`${where}: no channel (${error.message})`, { cause: error }),
        );
      }
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      let length = 0;
      let code: number | undefined;
      const collect = (into: Buffer[]) => (chunk: Buffer) => {
        length += chunk.length;
        scope.traffic.bytesReceived += chunk.length;
        if (length <= options.maxBytes) return void into.push(chunk);
        channel.destroy();
        reject(new InvalidResponse(`${where}: more than ${options.maxBytes} bytes of output`));
      };
      signal.addEventListener('abort', () => channel.destroy(), { once: true });
      channel.on('data', collect(out));
      channel.stderr.on('data', collect(err));
      channel.on('exit', (status: number | null) => {
        code = status ?? undefined;
      });
      channel.on('error', reject);
      channel.on('close', () => {
        const result = {
          stdout: Buffer.concat(out).toString('utf8'),
          stderr: Buffer.concat(err).toString('utf8'),
          code,
        };
        if (code !== undefined) return resolve(result);
        // No exit status: the server sends none, or the connection broke and the output is cut off.
        setImmediate(() => {
          const broken = lost();
          if (broken) reject(broken);
          else resolve(result);
        });
      });
      if (options.input === undefined) return;
      const pieces = typeof options.input === 'string' ? [options.input] : options.input;
      for (const piece of pieces) channel.write(piece);
      channel.end();
    });
  });
}

function fetchFile(
  sftp: SFTPWrapper,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
  scope: TransportScope,
  where: string,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stream = sftp.createReadStream(path);
    const chunks: Buffer[] = [];
    let length = 0;
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      scope.traffic.bytesReceived += chunk.length;
      if (length <= maxBytes) return void chunks.push(chunk);
      stream.destroy();
      reject(new InvalidResponse(`${where}: ${path} is larger than ${maxBytes} bytes`));
    });
    stream.on('error', (error: Error) =>
      reject(
        new InvalidResponse(`${where}: cannot read ${path} (${error.message})`, { cause: error }),
      ),
    );
    stream.on('end', () => resolve(Buffer.concat(chunks, length)));
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

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
