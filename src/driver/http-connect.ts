/** Connections to one array: whom to trust, and what to say when none can be made. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import type { HttpsAccess } from './access.ts';
import { BackendUnreachable, ConfigurationError } from './errors.ts';
import { codeOf, connectionFailure } from './failures.ts';
import type { TellIdentity } from './identity.ts';
import { resolver } from './resolver.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/;

/** Every error that it reports is a `BackendUnreachable`; nothing has been sent then. */
export function createConnector(
  access: HttpsAccess,
  origin: string,
  tell: TellIdentity = () => {},
): buildConnector.connector {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: resolver.lookup,
    rejectUnauthorized: !(access.insecure || access.fingerprint),
    ...(access.ca ? { ca: readPem('ca', access.ca) } : {}),
    ...(access.cert ? { cert: readPem('cert', access.cert) } : {}),
    ...(access.key ? { key: readPem('key', access.key) } : {}),
    ...(access.legacy_tls ? { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  });
  const expected = access.fingerprint && normalFingerprint(access.fingerprint);
  return (options, callback) => {
    let shown: Shown | undefined;
    const told = (accepted: boolean) => {
      if (shown) tell({ server: new URL(origin).host, ...identityOf(shown, access), accepted });
    };
    const fail = (reason: string, cause?: Error) => {
      told(false);
      callback(new BackendUnreachable(`${origin}: ${reason}`, { cause }), null);
    };
    const pass = (connected: Socket) => {
      told(true);
      callback(null, connected);
    };
    const socket = connect(options, (...[error, connected]) => {
      if (error) {
        const fingerprint = shown?.fingerprint;
        return fail(reasonOf(error, access, { fingerprint, socket: pending }), error);
      }
      if (expected === undefined) return pass(connected);
      const actual = fingerprintOf(connected as TLSSocket);
      if (actual === expected) return pass(connected);
      connected.destroy();
      return fail(
        `its certificate has the fingerprint ${actual ?? 'none'}, not the configured one; nothing was sent`,
      );
    }) as unknown as TLSSocket | undefined;
    const pending = socket;
    // Before the library judges the certificate: after that the connection, and what it showed, is gone.
    socket?.prependListener('secure', () => {
      const fingerprint = fingerprintOf(socket);
      const validTo = Date.parse(socket.getPeerCertificate().valid_to);
      shown = fingerprint === undefined ? undefined : { fingerprint, validTo };
    });
  };
}

function readPem(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigurationError(`rest.${name}: ${file} can't be read (${codeOf(cause)})`, {
      cause,
    });
  }
}

/** `sha256:` and hexadecimal digits, as the configuration takes it. */
export function fingerprintOf(socket: TLSSocket): string | undefined {
  const shown: Partial<PeerCertificate> | undefined = socket.getPeerCertificate?.();
  return shown?.fingerprint256 === undefined ? undefined : normalFingerprint(shown.fingerprint256);
}

function normalFingerprint(written: string): string {
  return `sha256:${written
    .replace(/^sha256:/i, '')
    .replaceAll(':', '')
    .toLowerCase()}`;
}

interface Shown {
  readonly fingerprint: string;
  /** NaN: it does not say. */
  readonly validTo: number;
}

function identityOf({ fingerprint, validTo }: Shown, access: HttpsAccess) {
  const by = (['fingerprint', 'insecure', 'ca'] as const).find((key) => access[key]) ?? 'system';
  const identity = { key: 'rest.fingerprint', value: fingerprint, by } as const;
  return Number.isNaN(validTo) ? identity : { ...identity, valid_to: validTo };
}

interface Failed {
  readonly fingerprint: string | undefined;
  readonly socket: TLSSocket | undefined;
}

function reasonOf(error: Error, access: HttpsAccess, { fingerprint, socket }: Failed): string {
  const code = codeOf(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    const seconds = CONNECT_TIMEOUT_MS / 1_000;
    return socket?.remoteAddress === undefined
      ? `no connection within ${seconds} s; check the address and the firewalls on the way`
      : `connected, but no TLS handshake within ${seconds} s; check the port, or whether the array is overloaded`;
  }
  if (!UNTRUSTED.test(code)) return connectionFailure(error);
  const pin = fingerprint
    ? `if ${fingerprint} is the array's own fingerprint, set rest.fingerprint: "${fingerprint}"`
    : 'set rest.fingerprint';
  if (code === 'CERT_HAS_EXPIRED') return `its certificate has expired; renew it, or ${pin}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another name than ${access.host} (${code}); write the name it is for, or ${pin}`;
  }
  return access.ca
    ? `its certificate is not signed by the authority in rest.ca, ${access.ca} (${code}); check that file, or ${pin}`
    : `its certificate is not trusted (${code}); ${pin}, or name its authority in rest.ca`;
}
