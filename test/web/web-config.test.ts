/** The file of the exporter toolkit: what it allows, and how it says what is wrong. */
import { readFileSync } from 'node:fs';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkWebConfig, loadWebConfig } from '../../src/web/web-config.ts';
import { workspace, type Workspace } from '../kit/agent.ts';
import { serve } from './kit.ts';

const TLS = new URL('../kit/tls/', import.meta.url).pathname;
const PAIR = `cert_file: ${TLS}cert.pem, key_file: ${TLS}key.pem`;
const HASH = hashSync('right', 4);

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

/** A file's text inside YAML. */
const inline = (file: string) => JSON.stringify(readFileSync(`${TLS}${file}`, 'utf8'));

const load = (content: string) => loadWebConfig(space.write('web.yaml', content));

describe('the web configuration', () => {
  it('may be empty', () => expect(load('')).toEqual({ headers: {}, users: {}, doubts: [] }));

  it('takes what the toolkit takes', () => {
    const { users, tls } = load(
      `tls_server_config: { ${PAIR}, min_version: TLS13, max_version: TLS13, client_auth_type: NoClientCert }
http_server_config: { http2: true }
basic_auth_users: { a: "${HASH}", b: "${HASH.replace('$2b$', '$2y$')}" }
`,
    );
    expect(Object.keys(users)).toEqual(['a', 'b']);
    expect(tls?.context).toMatchObject({ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' });
  });

  it.each([
    [
      'certificate and key inline',
      `{ cert: ${inline('cert.pem')}, key: ${inline('key.pem')} }`,
      [],
    ],
    [
      'a certificate inline, its key in a file',
      `{ cert: ${inline('cert.pem')}, key_file: ${TLS}key.pem }`,
      [],
    ],
    [
      'an authority inline',
      `{ ${PAIR}, client_ca: ${inline('cert.pem')}, client_auth_type: RequireAndVerifyClientCert }`,
      [],
    ],
    ['the old name of a policy', `{ ${PAIR}, client_auth_type: RequireClientCert }`, []],
    ['no policy', `{ ${PAIR}, client_auth_type: "" }`, []],
    ['all curves', `{ ${PAIR}, curve_preferences: [CurveP256, CurveP384, CurveP521, X25519] }`, []],
    ['switches of YAML 1.1', `{ ${PAIR}, prefer_server_cipher_suites: no }`, []],
    ['keys without a value', `{ ${PAIR}, min_version: , cipher_suites: ~, client_ca_file: }`, []],
    [
      'both, and the file is taken',
      `{ ${PAIR}, cert: nonsense }`,
      [/cert and cert_file: the file is taken/],
    ],
    [
      'a policy without an authority',
      `{ ${PAIR}, client_auth_type: RequireAndVerifyClientCert }`,
      [/takes the certificates of every public authority/],
    ],
    [
      'another without one',
      `{ ${PAIR}, client_auth_type: VerifyClientCertIfGiven }`,
      [/takes the certificates of every public authority/],
    ],
    [
      'names that nobody has verified',
      `{ ${PAIR}, client_auth_type: RequireAnyClientCert, client_allowed_sans: [a] }`,
      [/believes names that anybody can write/],
    ],
    ['nothing but a version, without TLS', '{ min_version: TLS12 }', [/TLS is off/]],
    ['empty names, without TLS', '{ cert_file: "", key_file: "" }', [/TLS is off/]],
  ])('takes %s', (_what, tls, doubts) => {
    expect(load(`tls_server_config: ${tls}\n`).doubts).toEqual(
      doubts.map((doubt) => expect.stringMatching(doubt)),
    );
  });

  it('takes every cipher suite of the toolkit, and passes on those of TLS 1.2', () => {
    const { tls } = load(
      `tls_server_config: { ${PAIR}, cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256] }\n`,
    );
    expect(tls?.context.ciphers).toMatch(/:ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES128-GCM-SHA256$/);
  });

  it.each([
    ['interval: 0, burst: 0', undefined],
    ['interval: 1s', { intervalMs: 1_000, burst: 0 }],
    ['interval: 1m30.5s, burst: 20', { intervalMs: 90_500, burst: 20 }],
    ['interval: 200us, burst: 1', { intervalMs: 0.2, burst: 1 }],
    ['interval: 5000000, burst: 1', { intervalMs: 5, burst: 1 }],
    ['interval: -1s, burst: 1', undefined],
    ['burst: 5', undefined],
  ])('a limit of { %s }', (limit, expected) => {
    expect(load(`rate_limit: { ${limit} }\n`).rateLimit).toEqual(expected);
  });

  it('has the headers that the toolkit allows, blank ones left out', () => {
    const { headers } = load(`http_server_config:
  headers: { X-XSS-Protection: 1, Strict-Transport-Security: max-age=60, Content-Security-Policy: "" }
`);
    expect(headers).toEqual({ 'x-xss-protection': '1', 'strict-transport-security': 'max-age=60' });
  });

  it.each([
    ['an unknown key', 'tls_server: {}', /unknown key "tls_server"/],
    [
      'a missing key file',
      `tls_server_config: { cert_file: ${TLS}cert.pem }`,
      /missing one of key or key_file/,
    ],
    [
      'a missing certificate',
      `tls_server_config: { key_file: ${TLS}key.pem }`,
      /missing one of cert or cert_file/,
    ],
    [
      'a policy alone',
      'tls_server_config: { client_auth_type: NoClientCert }',
      /missing one of cert or cert_file/,
    ],
    [
      'an unknown cipher suite',
      `tls_server_config: { ${PAIR}, cipher_suites: [TLS_NEW] }`,
      /cipher_suites must be one of/,
    ],
    [
      'an unknown curve',
      `tls_server_config: { ${PAIR}, curve_preferences: [P-1] }`,
      /curve_preferences must be one of/,
    ],
    [
      'cipher suites without HTTP/2',
      `tls_server_config: { ${PAIR}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384] }`,
      /lack what HTTP\/2 needs.*http2: false/,
    ],
    [
      'names to compare and nobody to ask',
      `tls_server_config: { ${PAIR}, client_allowed_sans: [a] }`,
      /client_allowed_sans without a client_auth_type/,
    ],
    ['a header of its own', 'http_server_config: { headers: { X-My: a } }', /unknown key "X-My"/],
    [
      'a header with another value',
      'http_server_config: { headers: { X-Frame-Options: maybe } }',
      /deny, sameorigin/,
    ],
    [
      'a header of two lines',
      'http_server_config: { headers: { X-XSS-Protection: "a\\nb" } }',
      /X-XSS-Protection has characters/,
    ],
    ['a limit without unit', 'rate_limit: { interval: "5" }', /interval has the wrong form/],
    ['a burst that is a word', 'rate_limit: { burst: many }', /burst must be a whole number/],
    ['a user without a hash', 'basic_auth_users: { a: }', /a has the wrong form/],
    [
      'a hash that would take hours',
      `basic_auth_users: { a: "${HASH.replace('$04$', '$40$')}" }`,
      /a has the wrong form/,
    ],
    [
      'a missing certificate file',
      `tls_server_config: { ${PAIR.replace('cert.pem', 'gone.pem')} }`,
      /gone\.pem/,
    ],
    [
      'a key that is none',
      `tls_server_config: { cert_file: ${TLS}cert.pem, key_file: ${TLS}cert.pem }`,
      /cert\.pem and .*cert\.pem are no pair/,
    ],
    ['an unknown version', `tls_server_config: { ${PAIR}, min_version: TLS9 }`, /min_version/],
    [
      'versions upside down',
      `tls_server_config: { ${PAIR}, min_version: TLS13, max_version: TLS12 }`,
      /min_version TLS13 is above max_version TLS12/,
    ],
    [
      'an unknown client_auth_type',
      `tls_server_config: { ${PAIR}, client_auth_type: Maybe }`,
      /client_auth_type/,
    ],
    [
      'an authority that nobody is checked against',
      `tls_server_config: { ${PAIR}, client_ca_file: ${TLS}cert.pem }`,
      /client_ca_file without a client_auth_type.*RequireAndVerifyClientCert/,
    ],
    [
      'an authority and nobody to check',
      `tls_server_config: { ${PAIR}, client_ca_file: ${TLS}cert.pem, client_auth_type: NoClientCert }`,
      /client_ca_file without a client_auth_type/,
    ],
    ['a list', '[]', /web\.yaml/],
    ['a plain password', 'basic_auth_users: { a: secret }', /a has the wrong form.*bcrypt/],
    ['no YAML', 'basic_auth_users: { a: "', /at line 1, column \d+$/],
  ])('names the file and %s', (_what, content, message) => {
    expect(() => load(content)).toThrow(message);
    expect(() => load(content)).toThrow(/web\.yaml: /);
    expect(checkWebConfig(space.write('web.yaml', content))).toEqual([
      expect.stringMatching(message),
    ]);
  });

  it('has nothing to say of a good file', () => {
    expect(checkWebConfig(space.write('good.yaml', `tls_server_config: { ${PAIR} }\n`))).toEqual(
      [],
    );
  });

  it('names a file that is not there', () => {
    expect(() => loadWebConfig(`${space.folder}/gone.yaml`)).toThrow(
      /gone\.yaml: there is no such file/,
    );
  });

  it.each([
    ['too long', `basic_auth_users: { a: "${HASH}x" }`],
    ['in a broken file', `basic_auth_users: { a: "${HASH}", ]`],
    ['twice', `basic_auth_users:\n  a: "${HASH}"\n  a: "${HASH}"\n`],
  ])('never quotes a hash: %s', (_what, content) => {
    expect(() => load(content)).toThrow(/web\.yaml/);
    expect(() => load(content)).not.toThrow(HASH.slice(0, 20));
  });

  it('stops the start when it is wrong', async () => {
    const webConfigFile = space.write('wrong.yaml', 'nonsense: 1\n');
    await expect(serve({}, { webConfigFile })).rejects.toThrow(/wrong\.yaml: unknown key/);
  });

  it('says when the address is taken', async () => {
    await using server = await serve();
    const listen = `${server.host}:${server.port}`;
    await expect(serve({}, { listen })).rejects.toThrow(`cannot listen on ${listen}: EADDRINUSE`);
  });
});
