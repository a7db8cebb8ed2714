/** The file of the exporter toolkit: what it allows, and how it says what is wrong. */
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

const load = (content: string) => loadWebConfig(space.write('web.yaml', content));

describe('the web configuration', () => {
  it('may be empty', () => expect(load('')).toEqual({ users: {} }));

  it('takes what the toolkit takes', () => {
    const { users, tls } = load(
      `tls_server_config: { ${PAIR}, min_version: TLS13, max_version: TLS13, client_auth_type: NoClientCert }
http_server_config: { http2: true }
basic_auth_users: { a: "${HASH}", b: "${HASH.replace('$2b$', '$2y$')}" }
`,
    );
    expect(Object.keys(users)).toEqual(['a', 'b']);
    expect(tls).toMatchObject({ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' });
  });

  it.each([
    ['an unknown key', 'tls_server: {}', /unknown key "tls_server"/],
    ['a missing key file', `tls_server_config: { cert_file: ${TLS}cert.pem }`, /"key_file"/],
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
      'verification without an authority',
      `tls_server_config: { ${PAIR}, client_auth_type: RequireAndVerifyClientCert }`,
      /needs client_ca_file/,
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
    [
      'verification of some without an authority',
      `tls_server_config: { ${PAIR}, client_auth_type: VerifyClientCertIfGiven }`,
      /needs client_ca_file/,
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
      /gone\.yaml: .*ENOENT|no such/,
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
