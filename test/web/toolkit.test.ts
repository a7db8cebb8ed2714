/** What the exporter toolkit's keys do to real clients: curl, openssl. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type TLSSocket } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRateLimit } from '../../src/web/rate-limit.ts';
import { subjectNames } from '../../src/web/subject-names.ts';
import { workspace, type Workspace } from '../kit/agent.ts';
import { hasProgram, runProgram } from '../kit/programs.ts';
import { startPrometheus } from '../kit/prometheus.ts';
import { largePage, serve, statusDocument, type TestServer } from './kit.ts';

const TLS = new URL('../kit/tls/', import.meta.url).pathname;
const PAIR = `cert_file: ${TLS}cert.pem, key_file: ${TLS}key.pem`;
const withCurl = hasProgram('curl');
const withOpenssl = hasProgram('openssl');

let space: Workspace;
let known = '';
let stranger = '';

beforeAll(() => {
  space = workspace();
  if (!withOpenssl) return;
  known = createClient(
    'known',
    'DNS:probe.example,IP:2001:db8::7,URI:spiffe://x/y,email:a@b.example',
  );
  stranger = createClient('stranger', 'DNS:other.example');
});
afterAll(() => space[Symbol.dispose]());

/** A certificate that is its own authority; the path without its ending. */
function createClient(name: string, names: string): string {
  const path = `${space.folder}/${name}`;
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  const to = ['-subj', `/CN=${name}`, '-keyout', `${path}.key`, '-out', `${path}.pem`];
  const args = ['req', '-x509', ...ec, ...to, '-addext', `subjectAltName=${names}`];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return path;
}

function serveWith(content: string, options: Parameters<typeof serve>[1] = {}) {
  return serve({}, { webConfigFile: space.write('web.yaml', content), ...options });
}

const MARK = '\n%{http_code} %{http_version} %{exitcode}';

/** What curl says of a page: its status, the version of HTTP, its answer's head and body. */
async function curl(server: TestServer, path = '/metrics', args: readonly string[] = []) {
  const scheme = server.secure ? 'https' : 'http';
  const common = ['-sS', '-i', '--max-time', '20', '--cacert', `${TLS}cert.pem`, '-w', MARK];
  const { stdout } = await runProgram('curl', [
    ...common,
    '--connect-to',
    `localhost:443:127.0.0.1:${server.port}`,
    ...args,
    scheme === 'https' ? `https://localhost${path}` : `http://127.0.0.1:${server.port}${path}`,
  ]);
  const [, body = '', code = '', version = '', exit = ''] =
    /^([\s\S]*)\n(\d+) (\S+) (\d+)$/.exec(stdout) ?? [];
  return { body, status: Number(code), version, exit: Number(exit) };
}

const shows = (client: string) => ['--cert', `${client}.pem`, '--key', `${client}.key`];

describe.skipIf(!withCurl)('to curl', () => {
  it.each([
    ['', ['--http2'], '2'],
    ['', ['--http1.1'], '1.1'],
    ['http_server_config: { http2: false }', ['--http2'], '1.1'],
  ])('with { %s }, asked with %s, it speaks HTTP/%s', async (more, args, version) => {
    await using server = await serveWith(`tls_server_config: { ${PAIR} }\n${more}\n`);
    expect(await curl(server, '/metrics', args)).toMatchObject({ status: 200, version });
  });

  it('sends a large page whole over HTTP/2', async () => {
    const webConfigFile = space.write('web.yaml', `tls_server_config: { ${PAIR} }\n`);
    await using server = await serve(
      { metrics: async () => largePage(20 * 2 ** 20) },
      { webConfigFile },
    );
    const args = ['-sS', '-k', '--http2', '-o', '/dev/null', '-w', '%{size_download}'];
    const { stdout } = await runProgram('curl', [
      ...args,
      `https://127.0.0.1:${server.port}/metrics`,
    ]);
    expect(Number(stdout)).toBe(20 * 2 ** 20);
  });

  it('has the configured headers on every answer', async () => {
    await using server = await serveWith(`http_server_config:
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: max-age=31536000; includeSubDomains
    X-Content-Type-Options: nosniff
    X-XSS-Protection: 1
    Content-Security-Policy: "default-src 'self'"
basic_auth_users: { me: "${hashSync('pw', 4)}" }
`);
    for (const [args, status] of [
      [['-u', 'me:pw'], 200],
      [[], 401],
    ] as const) {
      const answer = await curl(server, '/', args);
      expect(answer.status).toBe(status);
      expect(answer.body.toLowerCase()).toContain('x-frame-options: deny');
      expect(answer.body.toLowerCase()).toContain('max-age=31536000; includesubdomains');
      expect(answer.body.toLowerCase().match(/^content-security-policy: .*$/gm)).toEqual([
        "content-security-policy: default-src 'self'",
      ]);
    }
  });

  it('answers so many requests and no more', async () => {
    await using server = await serveWith('rate_limit: { interval: 1h, burst: 2 }\n');
    const asked = [];
    for (let i = 0; i < 4; i += 1) asked.push((await curl(server)).status);
    expect(asked).toEqual([200, 200, 429, 429]);
    await expect.poll(() => server.served.at(-1)).toEqual({ route: 'rate_limit', status: 429 });
  });

  it.each([
    ['TLS12', 'ECDHE-ECDSA-AES256-GCM-SHA384', 200],
    ['TLS12', 'ECDHE-ECDSA-AES128-GCM-SHA256', 0],
  ])('with one suite, %s and %s: %s', async (version, cipher, status) => {
    await using server = await serveWith(
      `tls_server_config: { ${PAIR}, max_version: ${version}, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384] }
http_server_config: { http2: no }
`,
    );
    const answer = await curl(server, '/metrics', ['--tls-max', '1.2', '--ciphers', cipher]);
    expect(answer.status).toBe(status);
  });

  it.each([
    ['P-521', 200],
    ['P-384', 0],
  ])('with curve P-521 only, a client of %s: %s', async (curve, status) => {
    await using server = await serveWith(
      `tls_server_config: { ${PAIR}, min_version: TLS13, curve_preferences: [CurveP521] }\n`,
    );
    expect((await curl(server, '/metrics', ['--curves', curve])).status).toBe(status);
  });

  it.skipIf(!withOpenssl).each([
    ['probe.example', 200],
    ['2001:db8::7', 200],
    ['spiffe://x/y', 200],
    ['a@b.example', 200],
    ['PROBE.example', 0],
    ['other.example', 0],
  ])('lets in who has the name %s: %s', async (name, status) => {
    await using server = await serveWith(
      `tls_server_config: { ${PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ${known}.pem, client_allowed_sans: [ "x", "${name}" ] }\n`,
    );
    expect((await curl(server, '/metrics', shows(known))).status).toBe(status);
    expect((await curl(server)).status).toBe(0);
  });
});

describe.skipIf(!withCurl || !withOpenssl)('health that anybody may ask', () => {
  const guarded =
    () => `tls_server_config: { ${PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ${known}.pem }
basic_auth_users: { me: "${hashSync('pw', 4)}" }
rate_limit: { interval: 1h, burst: 2 }
`;

  it('needs no certificate, no password and no turn; everything else does', async () => {
    await using server = await serveWith(guarded(), { health: 'open' });
    for (const path of ['/-/healthy', '/-/ready', '/-/healthy']) {
      expect((await curl(server, path)).status).toBe(200);
    }
    for (const path of ['/metrics', '/', '/config', '/-/healthy/../../config', '/-/reload']) {
      expect((await curl(server, path, ['-u', 'me:pw', '--path-as-is'])).status).toBe(403);
    }
    expect((await curl(server, '/-/healthy', ['-X', 'POST'])).status).toBe(403);
    expect((await curl(server, '/metrics', [...shows(stranger), '-u', 'me:pw'])).status).toBe(403);
    expect((await curl(server, '/metrics', shows(known))).status).toBe(401);
    expect((await curl(server, '/metrics', [...shows(known), '-u', 'me:pw'])).status).toBe(200);
  });

  it('is guarded unless it is opened', async () => {
    await using server = await serveWith(guarded());
    expect((await curl(server, '/-/healthy')).status).toBe(0);
    expect((await curl(server, '/-/healthy', shows(known))).status).toBe(401);
  });

  it('names no array', async () => {
    const waiting = { ready: false, waiting: ['dc1-secret'] };
    await using server = await serve(
      { status: () => statusDocument(waiting) },
      { webConfigFile: space.write('web.yaml', guarded()), health: 'open' },
    );
    const answer = await curl(server, '/-/ready');
    expect(answer.status).toBe(503);
    expect(answer.body).not.toContain('dc1-secret');
  });

  it('a session that is taken up again does not replace a certificate', async () => {
    const content = guarded().replace(/rate_limit.*\n|basic_auth_users.*\n/g, '');
    await using server = await serveWith(content, { health: 'open' });
    const first = await talk(server, '/-/healthy');
    expect(first.answer).toMatch(/^HTTP\/1\.1 200/);
    const again = await talk(server, '/metrics', first.session);
    expect(again.reused).toBe(true);
    expect(again.answer).toMatch(/^HTTP\/1\.1 403/);
  });
});

/** One request over TLS 1.3, its answer, and a session to go on with. */
function talk(server: TestServer, path: string, session?: Buffer) {
  return new Promise<{ answer: string; reused: boolean; session: Buffer }>((resolve, reject) => {
    const socket: TLSSocket = connect({
      host: server.host,
      port: server.port,
      ca: readFileSync(`${TLS}cert.pem`),
      ...(session ? { session } : {}),
    });
    let answer = '';
    let latest: Buffer = Buffer.alloc(0);
    socket.on('session', (ticket: Buffer) => (latest = ticket));
    socket.on('secureConnect', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`),
    );
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('end', () => resolve({ answer, reused: socket.isSessionReused(), session: latest }));
    socket.on('error', reject);
  });
}

describe.skipIf(!hasProgram('prometheus') || !withOpenssl)('to Prometheus', () => {
  it('is up over TLS, with its certificate, name and password; not without one of them', async () => {
    await using server =
      await serveWith(`tls_server_config: { ${PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ${known}.pem, client_allowed_sans: [probe.example] }
basic_auth_users: { prom: "${hashSync('pw', 4)}" }
`);
    const url = `https://127.0.0.1:${server.port}`;
    const ca = { ca_file: `${TLS}cert.pem`, server_name: 'localhost' };
    const certificate = { cert_file: `${known}.pem`, key_file: `${known}.key` };
    const user = { username: 'prom', password: 'pw' };
    await using prometheus = await startPrometheus({
      interval: '500ms',
      jobs: [
        { name: 'good', url, more: { tls_config: { ...ca, ...certificate }, basic_auth: user } },
        { name: 'no-user', url, more: { tls_config: { ...ca, ...certificate } } },
        { name: 'no-certificate', url, more: { tls_config: ca, basic_auth: user } },
      ],
    });
    await expect
      .poll(
        async () =>
          (await prometheus.targets())
            .map(({ scrapePool, health }) => `${scrapePool} ${health}`)
            .toSorted(),
        { timeout: 30_000 },
      )
      .toEqual(['good up', 'no-certificate down', 'no-user down']);
    // A client that is handed many pages over one connection finds what one page does not show.
    await expect
      .poll(() => server.served.filter(({ status }) => status === 200).length, { timeout: 30_000 })
      .toBeGreaterThan(6);
    await expect.poll(async () => (await prometheus.query('up{job="good"}'))[0]?.value).toBe(1);
    const errors = (await prometheus.targets()).map(({ lastError }) => lastError);
    expect(errors.some((error) => error.includes('401'))).toBe(true);
  }, 60_000);
});

describe('HTTP/2', () => {
  it('a request that never ends does not stay open when it is answered', async () => {
    await using server = await serveWith(`tls_server_config: { ${PAIR} }\n`);
    const client = connectHttp2(`https://127.0.0.1:${server.port}`, {
      ca: readFileSync(`${TLS}cert.pem`),
      checkServerIdentity: () => undefined,
    });
    const endless = client.request({ ':path': '/metrics' }, { endStream: false });
    endless.resume();
    await new Promise<void>((resolve) => endless.on('close', () => resolve()));
    await expect.poll(() => server.served).toEqual([{ route: 'metrics', status: 200 }]);
    client.close();
  });

  it('many guesses of one connection are one at a time', async () => {
    await using server = await serveWith(
      `tls_server_config: { ${PAIR} }\nbasic_auth_users: { me: "${hashSync('pw', 4)}" }\n`,
    );
    const client = connectHttp2(`https://127.0.0.1:${server.port}`, {
      ca: readFileSync(`${TLS}cert.pem`),
      checkServerIdentity: () => undefined,
    });
    const guess = (password: string) =>
      new Promise<number>((resolve) => {
        const authorization = `Basic ${btoa(`me:${password}`)}`;
        const sent = client.request({ ':path': '/metrics', authorization });
        sent.on('response', (headers) => resolve(headers[':status'] ?? 0)).resume();
      });
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(guess));
    expect(answers.toSorted()).toEqual([401, 429, 429, 429]);
    expect(await guess('pw')).toBe(200);
    client.close();
  });
});

describe('a bucket of requests', () => {
  it('holds so many, and one more comes in each interval', () => {
    let now = 0;
    const limit = createRateLimit({ intervalMs: 100, burst: 2 }, () => now);
    const ask = (times: number) => Array.from({ length: times }, () => limit.allows());
    expect(ask(3)).toEqual([true, true, false]);
    now = 100;
    expect(ask(2)).toEqual([true, false]);
    now = 10_000;
    expect(ask(3)).toEqual([true, true, false]);
  });

  it('of no size lets nobody through', () => {
    expect(createRateLimit({ intervalMs: 1, burst: 0 }, () => 5).allows()).toBe(false);
  });
});

describe('names of a certificate', () => {
  it.each([
    ['', []],
    ['DNS:a.example, IP Address:192.0.2.1', ['a.example', '192.0.2.1']],
    ['IP Address:2001:DB8:0:0:0:0:0:1', ['2001:db8::1']],
    ['DNS:"x, DNS:admin"', ['x, DNS:admin']],
    ['DirName:"CN = x, DNS:admin, y", DNS:b', ['b']],
    ['othername:<unsupported>, URI:urn:a', ['urn:a']],
    ['DNS:a"b, DNS:c', []],
    ['nonsense', []],
  ])('%s', (printed, names) => expect(subjectNames(printed)).toEqual(names));
});
