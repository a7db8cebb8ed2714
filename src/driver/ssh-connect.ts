/** Connecting and logging in over SSH: the host proves itself first, every wait has an end. */
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Algorithms, Client, ServerHostKeyAlgorithm } from 'ssh2';
import type { SshAccess } from './access.ts';
import {
  AuthenticationFailed,
  BackendTimeout,
  BackendUnreachable,
  ConfigurationError,
} from './errors.ts';
import type { DriverError } from './errors.ts';
import { codeOf, connectionFailure, cut } from './failures.ts';
import type { TellIdentity } from './identity.ts';
import { resolver } from './resolver.ts';
import { boundGroupExchange, KEX, LEGACY_KEX } from './ssh-kex.ts';
import { authenticationOrder, hostTrust, keyFingerprint, keyLine } from './ssh-trust.ts';
import type { HostTrust } from './ssh-trust.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const LOGIN_TIMEOUT_MS = 20_000;

export const HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** @throws AuthenticationFailed, BackendUnreachable, BackendTimeout, ConfigurationError */
export async function connectSsh(
  access: SshAccess,
  where: string,
  signal: AbortSignal,
  tell: TellIdentity = () => {},
): Promise<Client> {
  const trust = hostTrust(access);
  const privateKey = access.private_key ? readKey(access.private_key) : undefined;
  const socket = await openSocket(access.host, access.port ?? 22, where, signal);
  return await logIn(access, { where, signal, trust, socket, privateKey, tell });
}

function readKey(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigurationError(`ssh.private_key: ${file} can't be read (${codeOf(cause)})`, {
      cause,
    });
  }
}

/** A TCP connection. @throws BackendUnreachable that says what to check. */
export function openSocket(
  host: string,
  port: number,
  where: string,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const socket = connectTcp({ host, port, lookup: resolver.lookup });
    const settle = (error?: Error) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners('connect').removeAllListeners('error');
      if (!error) return resolve(socket);
      socket.on('error', () => {}).destroy();
      reject(error);
    };
    const fail = (reason: string, cause?: Error) =>
      settle(new BackendUnreachable(`${where}: ${reason}`, { cause }));
    const abort = () => settle(signal.reason as Error);
    const timer = setTimeout(
      fail,
      CONNECT_TIMEOUT_MS,
      `no connection within ${CONNECT_TIMEOUT_MS / 1_000} s; check the address and the firewalls on the way`,
    );
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => settle());
    socket.once('error', (error) => fail(connectionFailure(error), error));
  });
}

interface Login {
  readonly where: string;
  readonly signal: AbortSignal;
  readonly trust: HostTrust;
  readonly socket: Socket;
  readonly privateKey: Buffer | undefined;
  readonly tell: TellIdentity;
}

function logIn(access: SshAccess, login: Login): Promise<Client> {
  const { where, signal, trust, socket } = login;
  const client = new ssh2.Client();
  return new Promise<Client>((resolve, reject) => {
    const shown: { refused?: Buffer } = {};
    const settle = (error?: Error) => {
      signal.removeEventListener('abort', abort);
      client.removeAllListeners('error').removeAllListeners('close');
      if (!error) return resolve(client);
      client.on('error', () => {});
      client.destroy();
      socket.destroy();
      reject(error);
    };
    const abort = () => settle(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    client.once('ready', () => {
      // A command is a few small packets each way: Nagle's algorithm would hold each until the last is acknowledged.
      client.setNoDelay(true);
      settle();
    });
    client.once('close', () =>
      settle(new BackendUnreachable(`${where}: the array closed the connection during the login`)),
    );
    client.once('error', (error) =>
      settle(failureOf(error, access, where, { trust, refused: shown.refused })),
    );
    // Old systems ask for the password interactively.
    client.on('keyboard-interactive', (_name, _text, _lang, prompts, finish) =>
      finish(prompts.map(() => access.password?.reveal() ?? '')),
    );
    try {
      client.connect({
        sock: socket,
        username: access.username,
        ...(access.password ? { password: access.password.reveal(), tryKeyboard: true } : {}),
        authHandler: authenticationOrder(access),
        ...(login.privateKey ? { privateKey: login.privateKey } : {}),
        ...(access.passphrase ? { passphrase: access.passphrase.reveal() } : {}),
        algorithms: algorithmsOf(access, trust),
        readyTimeout: LOGIN_TIMEOUT_MS,
        keepaliveInterval: 15_000,
        keepaliveCountMax: 3,
        hostVerifier: (key: Buffer) => {
          const accepted = trust.trusts(key);
          login.tell({ ...identityOf(key, access, trust), accepted });
          if (!accepted) shown.refused = key;
          return accepted;
        },
      });
      boundGroupExchange(client, access.legacy_algorithms === true);
    } catch (error) {
      // The library's word on a key that it can't read; it quotes nothing of it.
      const message = error instanceof Error ? cut(error.message) : String(error);
      settle(new ConfigurationError(`${where}: ssh.private_key: ${message}`));
    }
  });
}

/** Modern ones, old ones by opt-in; the type of the known host key first. */
function algorithmsOf(access: SshAccess, trust: HostTrust): Algorithms {
  const legacy = access.legacy_algorithms === true;
  const all: readonly ServerHostKeyAlgorithm[] = legacy ? [...HOST_KEYS, 'ssh-dss'] : HOST_KEYS;
  const known = all.filter((algorithm) =>
    trust.types.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm),
  );
  const algorithms: Algorithms = {
    kex: legacy ? [...KEX, ...LEGACY_KEX] : [...KEX],
    serverHostKey: [...new Set([...known, ...all])],
  };
  if (!legacy) return algorithms;
  return {
    ...algorithms,
    cipher: {
      append: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
      prepend: [],
      remove: [],
    },
    hmac: { append: ['hmac-sha1', 'hmac-sha1-96', 'hmac-md5'], prepend: [], remove: [] },
  };
}

function failureOf(
  error: Error & { level?: string },
  access: SshAccess,
  where: string,
  { trust, refused }: { readonly trust: HostTrust; readonly refused: Buffer | undefined },
): DriverError {
  if (refused) return untrusted(refused, access.host, where, trust);
  if (error.level === 'client-authentication') {
    return new AuthenticationFailed(`${where}: login refused for user ${access.username}`);
  }
  if (error.level === 'client-timeout') {
    return new BackendTimeout(
      `${where}: connected, but no login within ${LOGIN_TIMEOUT_MS / 1_000} s; check that the port is SSH and the array not overloaded`,
      { cause: error },
    );
  }
  const advice =
    /no matching|prime of \d+ bits/i.test(error.message) && !access.legacy_algorithms
      ? '; if this is an old system, set ssh.legacy_algorithms: true'
      : '';
  return new BackendUnreachable(`${where}: ${connectionFailure(error)}${advice}`, {
    cause: error,
  });
}

function identityOf(key: Buffer, access: SshAccess, { none }: HostTrust) {
  const by = (['insecure', 'host_key'] as const).find((name) => access[name]);
  return {
    server: `${access.host}:${access.port ?? 22}`,
    key: 'ssh.host_key',
    value: keyLine(key),
    by: by ?? (none ? 'none' : 'known_hosts'),
  } as const;
}

/** Nothing but the handshake has been sent. */
function untrusted(key: Buffer, host: string, where: string, trust: HostTrust): DriverError {
  const line = `ssh.host_key: "${keyLine(key)}"`;
  const shown = `SHA256:${keyFingerprint(key)}`;
  return trust.none
    ? new ConfigurationError(
        `${where}: no host key is known for ${host}; no password was sent. If ${shown} is the array's own, set ${line}`,
      )
    : new BackendUnreachable(
        `${where}: the host key ${shown} is not the configured one; no password was sent. If the array's key was changed on purpose, set ${line}`,
      );
}
