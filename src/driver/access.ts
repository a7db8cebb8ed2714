/**
 * Access blocks: the parts of a backend's configuration that say how to reach the array.
 * A driver composes its own access schema of them; the core validates it before anything is opened.
 */
import { Type, type Static } from './schema.ts';
import type { Secret } from './secret.ts';

/** A credential in the configuration: text in YAML, a `Secret` in the program. */
export const SecretText = (description: string, minLength = 1, meaning?: string) =>
  Type.Unsafe<Secret>({
    type: 'string',
    minLength,
    secret: true,
    ...(meaning ? { meaning } : {}),
    description,
  });

/** A host as URLs have it: IPv6 addresses stand in brackets. */
export function urlHost(written: string): string {
  return written.includes(':') && !written.startsWith('[') ? `[${written}]` : written;
}

const host = Type.String({
  minLength: 1,
  meaning: 'host',
  description: 'Host name or address of the array',
});
const port = (fallback: number | undefined, what: string) =>
  Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 65_535,
      description: `${what} port`,
      ...(fallback ? { default: fallback } : {}),
    }),
  );

const address = { host, port: port(undefined, 'HTTPS') };

const trust = {
  scheme: Type.Optional(
    Type.Unsafe<'https' | 'http'>({
      type: 'string',
      enum: ['https', 'http'],
      default: 'https',
      description: 'http only to a loopback address',
    }),
  ),
  ca: Type.Optional(
    Type.String({
      description: 'PEM file with the certificate authority',
      file: true,
      meaning: 'certificates',
    }),
  ),
  fingerprint: Type.Optional(
    Type.String({
      pattern: '^sha256:([0-9A-Fa-f]{2}:?){32}$',
      description: "SHA-256 of the array's certificate, sha256:hex; replaces the authority",
    }),
  ),
  insecure: Type.Optional(Type.Boolean({ description: 'Trust any certificate' })),
  legacy_tls: Type.Optional(Type.Boolean({ description: 'Allow TLS 1.0 and old ciphers' })),
};

const restBlock = {
  additionalProperties: false,
  meaning: 'rest',
  description: 'REST API of the array',
};

const username = Type.String({
  minLength: 1,
  meaning: 'text',
  description: 'Account, read only if the array has such a role',
});

/** HTTPS access. Without `ca`, `fingerprint` or `insecure` the system's authorities decide. */
export const RestAccess = Type.Object(
  {
    ...address,
    username,
    password: SecretText('Its password'),
    ...trust,
  },
  restBlock,
);
export type RestAccess = Static<typeof RestAccess>;

/** The same, of an array that knows its accounts by a token of theirs. */
export const TokenAccess = Type.Object(
  {
    ...address,
    api_token: SecretText('API token of an account, read only if the array has such a role'),
    ...trust,
  },
  restBlock,
);
export type TokenAccess = Static<typeof TokenAccess>;

const pemFile = (description: string, meaning: string) =>
  Type.Optional(Type.String({ description, file: true, meaning }));

/** The same, of an array that takes a client certificate in place of a password, or beside it. */
export const CertifiedRestAccess = Type.Object(
  {
    ...address,
    username: Type.Optional(username),
    password: Type.Optional(SecretText('Its password')),
    ...trust,
    cert: pemFile('PEM file with the client certificate', 'certificates'),
    key: pemFile('PEM file with its private key, without pass phrase', 'tls_key'),
  },
  { ...restBlock, meaning: 'certified_rest' },
);
export type CertifiedRestAccess = Static<typeof CertifiedRestAccess>;

/** What a connection needs of any of them: where to, whom to trust, and what to show. */
export type HttpsAccess = Omit<CertifiedRestAccess, 'username' | 'password'>;

/** SSH access. One of `host_key`, `known_hosts`, `insecure` is required. */
export const SshAccess = Type.Object(
  {
    host,
    port: port(22, 'SSH'),
    username: Type.String({
      minLength: 1,
      meaning: 'text',
      description: 'Account, read only if the array has such a role',
    }),
    password: Type.Optional(SecretText('Its password')),
    private_key: Type.Optional(
      Type.String({ description: 'File with the private key', file: true }),
    ),
    passphrase: Type.Optional(SecretText('Passphrase of the private key')),
    host_key: Type.Optional(
      Type.String({
        pattern: '^(SHA256:[A-Za-z0-9+/]{43}=?|[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( .*)?)$',
        description: "The array's host key, as in known_hosts, or its SHA256: fingerprint",
      }),
    ),
    known_hosts: Type.Optional(Type.String({ description: 'known_hosts file', file: true })),
    insecure: Type.Optional(Type.Boolean({ description: 'Trust any host key' })),
    legacy_algorithms: Type.Optional(
      Type.Boolean({ description: 'Also offer key exchanges, ciphers and MACs of old systems' }),
    ),
  },
  {
    additionalProperties: false,
    meaning: 'ssh',
    description: 'Command line of the array over SSH',
  },
);
export type SshAccess = Static<typeof SshAccess>;

const snmpKey = (description: string, protocols: readonly string[]) =>
  Type.Optional(
    Type.Object(
      {
        protocol: Type.Unsafe<string>({
          type: 'string',
          enum: protocols,
          description: 'Protocol of the key',
        }),
        key: SecretText('Pass phrase, at least 8 characters', 8),
      },
      { additionalProperties: false, description },
    ),
  );

/** SNMP access: `community` for v1 and v2c, `user` for v3. */
export const SnmpAccess = Type.Object(
  {
    host,
    port: port(161, 'SNMP'),
    version: Type.Optional(
      Type.Unsafe<'v1' | 'v2c' | 'v3'>({
        type: 'string',
        enum: ['v1', 'v2c', 'v3'],
        default: 'v2c',
        description: 'Protocol version',
      }),
    ),
    community: Type.Optional(SecretText('v2c: community', 1, 'community')),
    user: Type.Optional(
      Type.Object(
        {
          name: Type.String({ minLength: 1, meaning: 'user', description: 'User name' }),
          auth: snmpKey('Authentication', ['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512']),
          priv: snmpKey('Privacy', ['aes', 'aes256b', 'aes256r']),
        },
        { additionalProperties: false, description: 'v3: user' },
      ),
    ),
  },
  { additionalProperties: false, meaning: 'snmp', description: 'SNMP agent of the device' },
);
export type SnmpAccess = Static<typeof SnmpAccess>;
