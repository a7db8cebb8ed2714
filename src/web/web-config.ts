/** TLS and users from a file in the format of the Prometheus exporter toolkit. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createSecureContext, type SecureVersion, type TLSSocket } from 'node:tls';
import type { ServerOptions } from 'node:https';
import { Type, type Static } from '../driver/schema.ts';
import { parse } from 'yaml';
import { checkValue } from '../config/check.ts';

const CLIENT_AUTH = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
const VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

const closed = { additionalProperties: false } as const;
const version = Type.Optional(
  Type.Unsafe<keyof typeof VERSIONS>({ type: 'string', enum: Object.keys(VERSIONS) }),
);

const WebConfigSchema = Type.Object(
  {
    tls_server_config: Type.Optional(
      Type.Object(
        {
          cert_file: Type.String({ minLength: 1 }),
          key_file: Type.String({ minLength: 1 }),
          client_auth_type: Type.Optional(
            Type.Unsafe<(typeof CLIENT_AUTH)[number]>({ type: 'string', enum: CLIENT_AUTH }),
          ),
          client_ca_file: Type.Optional(Type.String({ minLength: 1 })),
          min_version: version,
          max_version: version,
        },
        closed,
      ),
    ),
    http_server_config: Type.Optional(
      Type.Object({ http2: Type.Optional(Type.Boolean()) }, closed),
    ),
    basic_auth_users: Type.Optional(
      Type.Record(
        Type.String(),
        Type.String({
          pattern: '^\\$2[aby]\\$\\d\\d\\$[./A-Za-z0-9]{53}$',
          description: "The bcrypt hash of the user's password, of `htpasswd -nB USER`",
        }),
      ),
    ),
  },
  closed,
);

export interface WebConfig {
  readonly tls?: ServerOptions;
  /** Whether a client's certificate, or none, will do; where Node itself can't tell. */
  readonly admits?: (socket: TLSSocket) => boolean;
  /** User -> bcrypt hash. */
  readonly users: Readonly<Record<string, string>>;
}

/** What is wrong with the file, as `loadWebConfig` would say it; nothing if all is well. */
export function checkWebConfig(file: string): readonly string[] {
  try {
    loadWebConfig(file);
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

/** @throws Error naming the file and everything that is wrong with it; hashes are not quoted. */
export function loadWebConfig(file: string): WebConfig {
  const fail = (message: string) => new Error(`${file}: ${message}`);
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    // The first line only: the others quote the file, and in it there are hashes.
    throw fail(messageOf(error).split('\n')[0]?.replace(/:$/, '') ?? '');
  }
  const faults = checkValue(WebConfigSchema, value);
  if (faults.length > 0) throw fail(faults.map(({ message }) => message).join('; '));
  const config = value as Static<typeof WebConfigSchema>;
  const users = config.basic_auth_users ?? {};
  if (!config.tls_server_config) return { users };
  try {
    return { users, ...tlsOf(config.tls_server_config, dirname(file)) };
  } catch (error) {
    throw fail(messageOf(error));
  }
}

type TlsServerConfig = NonNullable<Static<typeof WebConfigSchema>['tls_server_config']>;
type ClientAuth = (typeof CLIENT_AUTH)[number];

/** Asked after the handshake: Node knows "required and verified" only. */
const ADMITS: Readonly<Partial<Record<ClientAuth, (socket: TLSSocket) => boolean>>> = {
  RequireAnyClientCert: hasCertificate,
  VerifyClientCertIfGiven: (socket) => socket.authorized || !hasCertificate(socket),
};

function hasCertificate(socket: TLSSocket): boolean {
  return Object.keys(socket.getPeerCertificate()).length > 0;
}

function tlsOf(config: TlsServerConfig, folder: string): Pick<WebConfig, 'tls' | 'admits'> {
  const read = (name: string) => readFileSync(resolve(folder, name));
  const clientAuth = config.client_auth_type ?? 'NoClientCert';
  // An authority means that somebody is to be checked: the toolkit does not guess either.
  if (config.client_ca_file && clientAuth === 'NoClientCert') {
    throw new Error(
      'client_ca_file without a client_auth_type asks nobody for a certificate: write client_auth_type: RequireAndVerifyClientCert',
    );
  }
  const verifies =
    clientAuth === 'RequireAndVerifyClientCert' || clientAuth === 'VerifyClientCertIfGiven';
  if (verifies && !config.client_ca_file) {
    throw new Error(`client_auth_type ${clientAuth} needs client_ca_file`);
  }
  const { min_version: minimum = 'TLS12', max_version: maximum = 'TLS13' } = config;
  if (minimum > maximum) throw new Error(`min_version ${minimum} is above max_version ${maximum}`);
  const tls: ServerOptions = {
    cert: read(config.cert_file),
    key: read(config.key_file),
    minVersion: VERSIONS[minimum] satisfies SecureVersion,
    maxVersion: VERSIONS[maximum] satisfies SecureVersion,
    // OpenSSL has no cipher for the old versions at its usual level.
    ...(minimum < 'TLS12' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
    ...(config.client_ca_file ? { ca: read(config.client_ca_file) } : {}),
    requestCert: clientAuth !== 'NoClientCert',
    rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
  };
  // A key that doesn't fit its certificate is found now, not at the first connection.
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new Error(`${config.cert_file} and ${config.key_file} are no pair: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const admits = ADMITS[clientAuth];
  return { tls, ...(admits ? { admits } : {}) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
