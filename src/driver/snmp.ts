/** Reading an SNMP agent with net-snmp: v1, v2c and v3, every datagram bounded and counted. */
import type { Socket } from 'node:dgram';
import snmp, { type Session, type User } from 'net-snmp';
import type { SnmpAccess } from './access.ts';
import {
  AuthenticationFailed,
  BackendError,
  BackendTimeout,
  BackendUnreachable,
  ConfigurationError,
  DriverError,
  InvalidResponse,
} from './errors.ts';
import { connectionFailure, cut } from './failures.ts';
import type { TransportScope } from './http.ts';
import { resolver } from './resolver.ts';
import { scopedSignal } from './scope.ts';
import { createWalker, type Ask, type Varbind } from './snmp-walk.ts';
import type { SnmpClient, SnmpValue } from './transports.ts';

/** Per try; the agent may be busy walking its own tables. */
const TIMEOUT_MS = 5_000;
const TRIES = 3;
/** Get requests name this many instances, so that the answer fits one datagram. */
const GET_BATCH = 30;
const SYSTEM_UPTIME = '1.3.6.1.2.1.1.3.0';

export function createSnmp(access: SnmpAccess, scope: TransportScope): SnmpClient {
  const where = `snmp ${access.host}:${access.port ?? 161}`;
  const authenticator = authenticatorOf(access);
  let session: Promise<Session> | undefined;
  let closed = false;

  async function connected(): Promise<Session> {
    if (closed) throw new BackendUnreachable(`${where}: closed`);
    session ??= openSession(access, authenticator, scope, where);
    session.catch(() => {
      session = undefined;
    });
    return await session;
  }

  const ask: Ask = async (request) => {
    const signal = scopedSignal(scope.signal);
    return await scope.budget.run(signal, async () => {
      const open = await connected();
      signal.throwIfAborted();
      return await new Promise((resolve, reject) => {
        const abort = () => reject(signal.reason as Error);
        signal.addEventListener('abort', abort, { once: true });
        request(open, (error, answer) => {
          signal.removeEventListener('abort', abort);
          if (!error) return resolve(answer as never);
          scope.traffic.errors += 1;
          reject(translate(error, where));
        });
      });
    });
  };

  type Failed = NonNullable<Parameters<SnmpClient['get']>[1]>;
  const told: Failed = (_, error) => scope.onLost?.(error);

  /** Instances that the agent can't read are undefined, and told; they cost no other. */
  async function getSome(
    oids: readonly string[],
    failed: Failed,
  ): Promise<readonly (SnmpValue | undefined)[]> {
    try {
      const answer = await retried(() =>
        ask<Varbind[]>((open, done) => open.get([...oids], (error, found) => done(error, found))),
      );
      const other = answer.find(({ oid }, at) => oid !== oids[at]);
      if (other) {
        throw new InvalidResponse(`${where}: the agent tells ${other.oid ?? 'nothing'} instead of what was asked for`); // prettier-ignore
      }
      return answer.map((varbind) =>
        snmp.isVarbindError(varbind as never) ? undefined : toValue(varbind),
      );
    } catch (error) {
      // Too big, no such name (v1: the whole request), or an instance that the agent fails at.
      if (!(error instanceof BackendError)) throw error;
      const [oid = ''] = oids;
      if (oids.length === 1) {
        if (error.code !== 'NoSuchName') failed(oid, failedAt(`${where}: ${oid}`, error));
        return [undefined];
      }
      const half = Math.ceil(oids.length / 2);
      return [
        ...(await getSome(oids.slice(0, half), failed)),
        ...(await getSome(oids.slice(half), failed)),
      ];
    }
  }

  const walker = createWalker({
    ask,
    bulk: access.version !== 'v1',
    where,
    answers: () =>
      getSome([SYSTEM_UPTIME], () => {}).then(
        () => true,
        () => false,
      ),
  });

  return {
    async get(oids, failed = told) {
      const values: (SnmpValue | undefined)[] = [];
      for (let at = 0; at < oids.length; at += GET_BATCH) {
        values.push(...(await getSome(oids.slice(at, at + GET_BATCH), failed)));
      }
      return values;
    },
    read: (oid, columns) => walker.table(oid, columns),
    async table(oid, columns) {
      const { rows, errors } = await walker.table(oid, columns);
      const [first] = errors.values();
      if (first && rows.size === 0) throw first;
      return rows;
    },
    async close() {
      if (closed) return;
      closed = true;
      await session?.then(
        (open) => open.close(),
        () => {},
      );
    },
  };
}

const failedAt = (what: string, cause: BackendError) =>
  new BackendError(cause.code, `${what} can't be read: ${cause.code}`, { cause });

async function retried<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || !(error instanceof NoAnswer)) throw error;
    }
  }
}

/** One try had no answer. */
export class NoAnswer extends BackendTimeout {}

async function openSession(
  access: SnmpAccess,
  authenticator: string | User,
  scope: TransportScope,
  where: string,
): Promise<Session> {
  const [address] = await resolver.resolve(access.host).catch((cause: unknown) => {
    throw new BackendUnreachable(`${where}: ${connectionFailure(cause)}`, { cause });
  });
  const target = address?.address ?? access.host;
  const options = {
    port: access.port ?? 161,
    timeout: scope.snmpTimeoutMs ?? TIMEOUT_MS,
    // Each try is ours, so that it has a place in the budget and ends with the call.
    retries: 0,
    transport: address?.family === 6 ? ('udp6' as const) : ('udp4' as const),
  };
  const session =
    typeof authenticator === 'string'
      ? snmp.createSession(target, authenticator, {
          ...options,
          version: access.version === 'v1' ? snmp.Version1 : snmp.Version2c,
        })
      : snmp.createV3Session(target, authenticator, { ...options, version: snmp.Version3 });
  session.on('error', () => {
    // The request that met it reports it; without a listener it would end the process.
  });
  countDatagrams(session, scope);
  return session;
}

/** The library tells only of whole requests; v3 also has datagrams of its own. */
function countDatagrams(session: Session, { traffic }: TransportScope): void {
  const { dgram } = session as unknown as { readonly dgram: Socket };
  const send = dgram.send.bind(dgram) as (...args: unknown[]) => void;
  dgram.send = (...args: unknown[]) => {
    // While the socket is being bound, its queue sends once more, as a list.
    if (args[0] instanceof Uint8Array) {
      traffic.requests += 1;
      traffic.bytesSent += args[0].length;
    }
    send(...args);
  };
  dgram.on('message', (datagram: Uint8Array) => {
    traffic.bytesReceived += datagram.length;
  });
}

function authenticatorOf(access: SnmpAccess): string | User {
  if (access.version === 'v3') return userOf(access);
  if (access.community) return access.community.reveal();
  throw new ConfigurationError(`snmp.version ${access.version ?? 'v2c'} needs snmp.community`);
}

function userOf({ user }: SnmpAccess): User {
  if (!user) throw new ConfigurationError('snmp.version v3 needs snmp.user');
  if (user.priv && !user.auth) throw new ConfigurationError('snmp.user.priv needs snmp.user.auth');
  // The runtime's OpenSSL has no single DES, and net-snmp has no other.
  if (user.priv?.protocol === 'des')
    throw new ConfigurationError('snmp.user.priv.protocol des is not supported: use aes');
  const auth = user.auth && known(snmp.AuthProtocols, user.auth.protocol, 'auth');
  const priv = user.priv && known(snmp.PrivProtocols, user.priv.protocol, 'priv');
  return {
    name: user.name,
    level: priv
      ? snmp.SecurityLevel.authPriv
      : auth
        ? snmp.SecurityLevel.authNoPriv
        : snmp.SecurityLevel.noAuthNoPriv,
    ...(user.auth ? { authProtocol: auth as never, authKey: user.auth.key.reveal() } : {}),
    ...(user.priv ? { privProtocol: priv as never, privKey: user.priv.key.reveal() } : {}),
  };
}

function known(protocols: object, name: string, what: string): number {
  const value = (protocols as Record<string, unknown>)[name];
  if (typeof value === 'number' && value > 1) return value;
  const names = Object.keys(protocols).filter((key) => !/^\d+$/.test(key) && key !== 'none');
  throw new ConfigurationError(`snmp.user.${what}.protocol must be one of ${names.join(', ')}`);
}

/** Counter64 arrives as up to eight octets; `get` makes a number of them. */
function toValue({ value, type }: Varbind): SnmpValue | undefined {
  if (value instanceof Uint8Array) {
    if (type !== snmp.ObjectType.Counter64) return new Uint8Array(value);
    return value.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  return undefined;
}

function translate(error: Error, where: string): Error {
  if (error instanceof DriverError) return error;
  if (error.name === 'RequestTimedOutError') {
    return new NoAnswer(`${where}: no answer; check the address and the community or user`, {
      cause: error,
    });
  }
  if (/user|digest|decrypt|authenticat|authoriz/i.test(error.message)) {
    return new AuthenticationFailed(`${where}: ${cut(error.message)}`);
  }
  if (error.name === 'RequestFailedError') {
    const { status } = error as { readonly status?: unknown };
    return new BackendError(
      snmp.ErrorStatus[Number(status)] ?? 'snmp',
      `${where}: ${cut(error.message)}`,
    );
  }
  if (error.name === 'ResponseInvalidError')
    return new InvalidResponse(`${where}: ${cut(error.message)}`, { cause: error });
  return new BackendUnreachable(`${where}: ${connectionFailure(error)}`, { cause: error });
}
