/** Reading an SNMP agent with net-snmp: v2c and v3, bounded and counted. */
import snmp, { type Session, type User } from 'net-snmp';
import type { SnmpAccess } from './access.ts';
import {
  AuthenticationFailed,
  BackendError,
  BackendTimeout,
  BackendUnreachable,
  ConfigurationError,
} from './errors.ts';
import type { TransportScope } from './http.ts';
import { scopedSignal } from './scope.ts';
import type { SnmpClient, SnmpValue } from './transports.ts';

/** Per try; the agent may be busy walking its own tables. */
const TIMEOUT_MS = 5_000;
const RETRIES = 2;
const MAX_REPETITIONS = 40;
/** Get requests name this many instances, so that the answer fits one datagram. */
const GET_BATCH = 30;

export function createSnmp(access: SnmpAccess, scope: TransportScope): SnmpClient {
  const where = `snmp ${access.host}:${access.port ?? 161}`;
  const session = openSession(access);
  let closed = false;
  session.on('error', () => {
    // The request that met it reports it; without a listener it would end the process.
  });

  function ask<T>(request: (done: (error: Error | null, answer?: T) => void) => void): Promise<T> {
    const signal = scopedSignal(scope.signal);
    return scope.budget.run(
      signal,
      () =>
        new Promise<T>((resolve, reject) => {
          scope.traffic.requests += 1;
          const abort = () => reject(signal.reason as Error);
          signal.addEventListener('abort', abort, { once: true });
          request((error, answer) => {
            signal.removeEventListener('abort', abort);
            if (!error) return resolve(answer as T);
            scope.traffic.errors += 1;
            return reject(translate(error, where));
          });
        }),
    );
  }

  return {
    async get(oids) {
      const values: (SnmpValue | undefined)[] = [];
      for (let at = 0; at < oids.length; at += GET_BATCH) {
        const batch = oids.slice(at, at + GET_BATCH);
        const answer = await ask<{ value?: unknown; type?: number }[]>((done) =>
          session.get(batch, (error, varbinds) => done(error, varbinds)),
        );
        values.push(
          ...answer.map((varbind) =>
            snmp.isVarbindError(varbind as never) ? undefined : toValue(varbind),
          ),
        );
      }
      return values;
    },
    async table(oid, columns) {
      const rows = new Map<string, Map<number, SnmpValue>>();
      const answer = await ask<Record<string, Record<string, unknown>>>((done) =>
        session.tableColumns(oid, columns as never, MAX_REPETITIONS, (error, table) =>
          // An agent without the table ends the walk at once: no rows.
          done(error, table ?? {}),
        ),
      );
      for (const [index, row] of Object.entries(answer)) {
        const cells = new Map<number, SnmpValue>();
        for (const [column, value] of Object.entries(row)) {
          const read = toValue({ value });
          if (read !== undefined) cells.set(Number(column), read);
        }
        rows.set(index, cells);
      }
      return rows;
    },
    close: async () => {
      if (closed) return;
      closed = true;
      session.close();
    },
  };
}

function openSession(access: SnmpAccess): Session {
  const options = {
    port: access.port ?? 161,
    timeout: TIMEOUT_MS,
    retries: RETRIES,
    transport: access.host.includes(':') ? ('udp6' as const) : ('udp4' as const),
  };
  if ((access.version ?? 'v2c') === 'v2c') {
    if (!access.community) throw new ConfigurationError('snmp.version v2c needs snmp.community');
    return snmp.createSession(access.host, access.community.reveal(), {
      ...options,
      version: snmp.Version2c,
    });
  }
  return snmp.createV3Session(access.host, userOf(access), { ...options, version: snmp.Version3 });
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

/** Counter64 arrives as up to eight octets; net-snmp marks it by type only in `get`. */
function toValue(varbind: { value?: unknown; type?: number }): SnmpValue | undefined {
  const { value } = varbind;
  if (value instanceof Uint8Array) {
    if (varbind.type !== snmp.ObjectType.Counter64) return new Uint8Array(value);
    return value.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  return undefined;
}

function translate(error: Error, where: string): Error {
  if (error.name === 'RequestTimedOutError') {
    return new BackendTimeout(`${where}: no answer; check the address and the community or user`, {
      cause: error,
    });
  }
  if (/user|digest|decrypt|authenticat|authoriz/i.test(error.message)) {
    return new AuthenticationFailed(`${where}: ${error.message}`);
  }
  if (error.name === 'RequestFailedError')
    return new BackendError('snmp', `${where}: ${error.message}`);
  return new BackendUnreachable(`${where}: ${error.message}`, { cause: error });
}
