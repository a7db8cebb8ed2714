/** TLS: versions, and what each kind of client authentication lets in. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as dial } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspace, type Workspace } from '../kit/agent.ts';
import { hasProgram } from '../kit/programs.ts';
import { ask, serve, type TestServer } from './kit.ts';

const TLS = new URL('../kit/tls/', import.meta.url).pathname;
const CERT = readFileSync(`${TLS}cert.pem`);
const KEY = readFileSync(`${TLS}key.pem`);
/** The certificate signed itself: it is also the authority that clients are checked with. */
const KNOWN: ConnectionOptions = { cert: CERT, key: KEY };

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

function serveTls(more = '', limits = {}): Promise<TestServer> {
  const webConfigFile = space.write(
    'tls.yaml',
    `tls_server_config: { cert_file: ${TLS}cert.pem, key_file: ${TLS}key.pem, ${more} }\n`,
  );
  return serve({}, { webConfigFile, limits });
}

/** The status, or "refused". */
function askTls(server: TestServer, options: ConnectionOptions = {}): Promise<number | 'refused'> {
  return new Promise((resolve) => {
    const { host, port } = server;
    const sent = request(
      { host, port, path: '/metrics', agent: false, ca: CERT, ...options },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', () => resolve('refused'));
      },
    );
    sent.on('error', () => resolve('refused'));
    sent.end();
  });
}

describe('TLS', () => {
  it('serves its pages, and nothing in the clear', async () => {
    await using server = await serveTls();
    expect(await askTls(server)).toBe(200);
    await expect(ask(server, '/metrics')).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(await askTls(server)).toBe(200);
  });

  const OLD: ConnectionOptions = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' };
  it.each([
    ['', 'TLSv1.1', 'refused'],
    ['', 'TLSv1.2', 200],
    ['', 'TLSv1.3', 200],
    ['min_version: TLS13', 'TLSv1.2', 'refused'],
    ['min_version: TLS13', 'TLSv1.3', 200],
    ['max_version: TLS12', 'TLSv1.2', 200],
    ['min_version: TLS10', 'TLSv1.1', 200],
    ['min_version: TLS10', 'TLSv1', 200],
  ] as const)('with { %s } a client of %s: %s', async (config, maxVersion, result) => {
    await using server = await serveTls(config);
    expect(await askTls(server, { ...OLD, maxVersion })).toBe(result);
  });

  it('ends a handshake that does not go on', async () => {
    await using server = await serveTls('', { headersMs: 100 });
    const { host, port } = server;
    const socket = dial({ host, port });
    socket.resume().on('error', () => {});
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
    expect(await askTls(server)).toBe(200);
  });

  it('lets silent connections make room for new ones', async () => {
    await using server = await serveTls('', { connectionsPerSource: 5 });
    const { host, port } = server;
    const silent = [];
    for (let i = 0; i < 12; i += 1) {
      const socket = connect({ host, port, ca: CERT });
      socket.on('error', () => {});
      await new Promise<void>((resolve) => socket.once('secureConnect', resolve));
      silent.push(socket);
    }
    expect(await askTls(server)).toBe(200);
    expect(await askTls(server)).toBe(200);
    for (const socket of silent) socket.destroy();
  });
});

describe.skipIf(!hasProgram('openssl'))('client certificates (needs openssl)', () => {
  let foreign: ConnectionOptions;
  beforeAll(() => {
    const [key, cert] = [`${space.folder}/foreign.key`, `${space.folder}/foreign.pem`];
    const args = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=foreign', '-days', '30'];
    execFileSync('openssl', ['req', '-x509', ...args, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    foreign = { cert: readFileSync(cert), key: readFileSync(key) };
  });

  it.each([
    ['NoClientCert', 200, 200, 200],
    ['RequestClientCert', 200, 200, 200],
    ['RequireAnyClientCert', 'refused', 200, 200],
    ['VerifyClientCertIfGiven', 200, 'refused', 200],
    ['RequireAndVerifyClientCert', 'refused', 'refused', 200],
  ])('%s: none %s, a foreign one %s, a known one %s', async (type, none, other, known) => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await using server = await serveTls(
        // An authority without anybody to check is refused.
        `client_auth_type: ${type}${type === 'NoClientCert' ? '' : `, client_ca_file: ${TLS}cert.pem`}`,
      );
      const asked = (options: ConnectionOptions) =>
        askTls(server, { ...options, minVersion: version, maxVersion: version });
      expect([await asked({}), await asked(foreign), await asked(KNOWN)]).toEqual([
        none,
        other,
        known,
      ]);
      await expect.poll(() => server.served.every(({ status }) => status === 200)).toBe(true);
    }
  });
});
