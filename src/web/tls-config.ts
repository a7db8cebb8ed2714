/** `tls_server_config` of the exporter toolkit's file, in the words of Node and OpenSSL. */
import type { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import {
  createSecureContext,
  type SecureContextOptions,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls';
import { readBounded } from '../config/files.ts';
import { messageOf } from '../driver/message.ts';
import { Type, type Static } from '../driver/schema.ts';
import { subjectNames } from './subject-names.ts';

const CLIENT_AUTH = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
type ClientAuth = (typeof CLIENT_AUTH)[number];
/** Other spellings the toolkit takes. */
const ALSO: Readonly<Record<string, ClientAuth>> = {
  '': 'NoClientCert',
  RequireClientCert: 'RequireAnyClientCert',
};

const VERSIONS = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
} as const satisfies Readonly<Record<string, SecureVersion>>;

/** Go's names -> OpenSSL's. Those of TLS 1.3 are always on, in Go as here. */
const CIPHERS_13 = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
] as const;
const CIPHERS = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
} as const;
/** HTTP/2 needs one of them where TLS 1.2 is allowed (RFC 9113, 9.2.2). */
const HTTP2_CIPHERS = [
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
];

const CURVES = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
} as const;

const oneOf = <T extends string>(values: readonly T[]) =>
  Type.Unsafe<T>({ type: 'string', enum: values });
const text = Type.Optional(Type.String());
const version = Type.Optional(oneOf(Object.keys(VERSIONS) as (keyof typeof VERSIONS)[]));

export const TlsSchema = Type.Object(
  {
    cert: text,
    key: text,
    client_ca: text,
    cert_file: text,
    key_file: text,
    client_ca_file: text,
    client_auth_type: Type.Optional(oneOf([...CLIENT_AUTH, ...Object.keys(ALSO)])),
    client_allowed_sans: Type.Optional(Type.Array(Type.String())),
    cipher_suites: Type.Optional(
      Type.Array(oneOf([...(Object.keys(CIPHERS) as (keyof typeof CIPHERS)[]), ...CIPHERS_13])),
    ),
    curve_preferences: Type.Optional(
      Type.Array(oneOf(Object.keys(CURVES) as (keyof typeof CURVES)[])),
    ),
    min_version: version,
    max_version: version,
    prefer_server_cipher_suites: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
type TlsConfig = Static<typeof TlsSchema>;

export interface Tls {
  readonly context: SecureContextOptions;
  /** Whether clients are asked for a certificate. */
  readonly requestCert: boolean;
  /** Whether a connection without one that passes is of no use: readers are known. */
  readonly guarded: boolean;
  /** Asked after the handshake: whether this client's certificate, or none, will do. */
  admits(socket: TLSSocket): boolean;
  /** Offered beside HTTP/1.1. */
  readonly http2: boolean;
}

/** Nothing without a certificate, a key, an authority or a policy. @throws Error with what is wrong */
export function loadTls(
  config: TlsConfig,
  { folder, http2 }: { readonly folder: string; readonly http2: boolean },
): { readonly tls?: Tls; readonly doubts: readonly string[] } {
  const written = config.client_auth_type ?? '';
  if (!isEnabled(config)) {
    const isMeant = Object.keys(config).length > 0;
    return { doubts: isMeant ? ['tls_server_config has no certificate: TLS is off'] : [] };
  }
  const cert = contentOf(config, 'cert', folder);
  const key = contentOf(config, 'key', folder);
  if (!cert || !key) throw new Error(`missing one of ${cert ? 'key or key' : 'cert or cert'}_file`);
  const ca = contentOf(config, 'client_ca', folder);
  const clientAuth = ALSO[written] ?? (written as ClientAuth);
  checkPolicy(config, clientAuth, ca);
  const context = { cert, key, ...(ca ? { ca } : {}), ...handshakeOf(config, http2) };
  checkContext(context, config);
  const tls: Tls = {
    context,
    requestCert: clientAuth !== 'NoClientCert',
    guarded: clientAuth === 'RequireAndVerifyClientCert',
    admits: admissionOf(clientAuth, config.client_allowed_sans),
    http2,
  };
  return { tls, doubts: doubtsOf(config, clientAuth, ca) };
}

function isEnabled(config: TlsConfig): boolean {
  const files = CONTENTS.flatMap((name) => [config[name], config[`${name}_file`]]);
  return [...files, config.client_auth_type].some(Boolean);
}

const CONTENTS = ['cert', 'key', 'client_ca'] as const;

/** The file goes before what stands inline, as in the toolkit. */
function contentOf(
  config: TlsConfig,
  name: (typeof CONTENTS)[number],
  folder: string,
): string | Buffer | undefined {
  const file = config[`${name}_file`];
  if (!file) return config[name];
  const path = resolve(folder, file);
  try {
    return readBounded(path);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    throw new Error(`cannot read ${name}_file ${path} (${message})`, { cause: error });
  }
}

const WRITE = 'write client_auth_type: RequireAndVerifyClientCert';

/** What would ask nobody for anything, and looks as if it did. */
function checkPolicy(
  { client_allowed_sans: names }: TlsConfig,
  clientAuth: ClientAuth,
  ca: unknown,
): void {
  if (clientAuth !== 'NoClientCert' || !(ca || names)) return;
  const key = ca ? 'client_ca or client_ca_file' : 'client_allowed_sans';
  throw new Error(`${key} without a client_auth_type asks nobody for a certificate: ${WRITE}`);
}

function handshakeOf(config: TlsConfig, http2: boolean): SecureContextOptions {
  const { min_version: minimum = 'TLS12', max_version: maximum = 'TLS13' } = config;
  const { cipher_suites: suites, curve_preferences: curves = [] } = config;
  if (minimum > maximum) throw new Error(`min_version ${minimum} is above max_version ${maximum}`);
  if (http2 && minimum < 'TLS13' && suites && !suites.some((s) => HTTP2_CIPHERS.includes(s))) {
    throw new Error(
      `cipher_suites lack what HTTP/2 needs: add ${HTTP2_CIPHERS.join(' or ')}, or write http2: false below http_server_config`,
    );
  }
  // OpenSSL has no cipher for the old versions at its usual level.
  const level = minimum < 'TLS12' ? '@SECLEVEL=0' : '';
  const ciphers = ciphersOf(suites, level);
  return {
    minVersion: VERSIONS[minimum],
    maxVersion: VERSIONS[maximum],
    honorCipherOrder: config.prefer_server_cipher_suites ?? true,
    ...(ciphers ? { ciphers } : {}),
    ...(curves.length > 0 ? { ecdhCurve: curves.map((curve) => CURVES[curve]).join(':') } : {}),
  };
}

/** In OpenSSL's words; empty: its own choice. */
function ciphersOf(suites: readonly string[] = [], level: string): string {
  if (suites.length === 0) return level && `DEFAULT${level}`;
  const old = suites.flatMap((suite) =>
    suite in CIPHERS ? CIPHERS[suite as keyof typeof CIPHERS] : [],
  );
  return [...CIPHERS_13, ...old].join(':') + (old.length > 0 ? level : '');
}

/** A key that doesn't fit its certificate is found now, not at the first connection. */
function checkContext(context: SecureContextOptions, config: TlsConfig): void {
  try {
    createSecureContext(context);
  } catch (error) {
    const [cert, key] = [config.cert_file || 'cert', config.key_file || 'key'];
    const message = messageOf(error);
    throw new Error(`${cert} and ${key} are no pair: ${message}`, { cause: error });
  }
}

/** A session that is taken up again without a certificate counts as authorized in Node: ask for both. */
const isVerified = (socket: TLSSocket) =>
  socket.authorized && socket.getPeerX509Certificate() !== undefined;

const POLICIES: Readonly<Record<ClientAuth, (socket: TLSSocket) => boolean>> = {
  NoClientCert: () => true,
  RequestClientCert: () => true,
  RequireAnyClientCert: (socket) => socket.getPeerX509Certificate() !== undefined,
  VerifyClientCertIfGiven: (socket) =>
    socket.getPeerX509Certificate() === undefined || isVerified(socket),
  RequireAndVerifyClientCert: isVerified,
};

function admissionOf(
  clientAuth: ClientAuth,
  names: readonly string[] | undefined,
): (socket: TLSSocket) => boolean {
  const policy = POLICIES[clientAuth];
  if (!names) return policy;
  return (socket) => policy(socket) && hasName(socket.getPeerX509Certificate(), names);
}

function hasName(certificate: X509Certificate | undefined, allowed: readonly string[]): boolean {
  return subjectNames(certificate?.subjectAltName ?? '').some((name) => allowed.includes(name));
}

function doubtsOf(config: TlsConfig, clientAuth: ClientAuth, ca: unknown): string[] {
  const verifies = clientAuth.includes('Verify');
  return [
    ...CONTENTS.flatMap((name) =>
      config[name] && config[`${name}_file`]
        ? [`${name} and ${name}_file: the file is taken, remove one`]
        : [],
    ),
    ...(verifies && !ca
      ? [
          `client_auth_type ${clientAuth} without client_ca_file takes the certificates of every public authority: name yours`,
        ]
      : []),
    ...(config.client_allowed_sans && !verifies
      ? [
          `client_allowed_sans with ${clientAuth} believes names that anybody can write into a certificate: ${WRITE}`,
        ]
      : []),
  ];
}
