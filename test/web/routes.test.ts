/** The pages: method, code, type, coding, and what happens when one fails. */
import { gunzipSync } from 'node:zlib';
import bcrypt from 'bcryptjs';
import { describe, expect, it } from 'vitest';
import { isForeignHost } from '../../src/web/host.ts';
import { acceptsGzip } from '../../src/web/routes.ts';
import type { WebSource } from '../../src/web/source.ts';
import { workspace } from '../kit/agent.ts';
import { eventually } from '../kit/ports.ts';
import { ask, basic, pageOf, rawClient, serve, statusDocument } from './kit.ts';

const TEXT = 'text/plain; charset=utf-8';
const METRICS = 'text/plain; version=0.0.4; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

describe('pages', () => {
  it.each([
    ['/', 200, 'text/html; charset=utf-8', 'status'],
    ['/metrics', 200, METRICS, 'metrics'],
    ['/metrics?system=a', 200, METRICS, 'metrics'],
    ['/metrics?system=b', 404, TEXT, 'metrics'],
    ['/probe?target=a', 200, METRICS, 'probe'],
    ['/probe?target=b', 404, TEXT, 'probe'],
    ['/probe', 400, TEXT, 'probe'],
    ['/-/healthy', 200, TEXT, 'healthy'],
    ['/-/ready', 200, TEXT, 'ready'],
    ['/sd', 200, JSON_TYPE, 'sd'],
    ['/config', 200, 'text/yaml; charset=utf-8', 'config'],
    ['/api/v1/status', 200, JSON_TYPE, 'status'],
    ['/api/v1/status/a', 200, JSON_TYPE, 'array'],
    ['/api/v1/status/b', 404, TEXT, 'array'],
    ['/arrays/a', 200, 'text/html; charset=utf-8', 'array'],
    ['/arrays/b', 404, TEXT, 'array'],
    ['/arrays', 404, TEXT, 'unknown'],
    ['/assets/page.css', 200, 'text/css; charset=utf-8', 'assets'],
    ['/assets/page.js', 200, 'text/javascript; charset=utf-8', 'assets'],
    ['/assets/icon.svg', 200, 'image/svg+xml', 'assets'],
    ['/assets/..%2Flayout.ts', 404, TEXT, 'assets'],
    ['/assets/constructor', 404, TEXT, 'assets'],
    ['/nothing', 404, TEXT, 'unknown'],
    ['/metrics/', 404, TEXT, 'unknown'],
    ['//', 400, TEXT, 'unknown'],
    ['/__proto__', 404, TEXT, 'unknown'],
    ['/-/reload', 405, TEXT, 'reload'],
  ])('%s answers %i as %s', async (path, status, type, route) => {
    await using server = await serve({
      metrics: async (system) => (system === 'b' ? undefined : await pageOf('up 1\n')),
    });
    const got = await ask(server, path);
    expect([got.status, got.headers['content-type']]).toEqual([status, type]);
    expect(got.headers['content-length']).toBe(String(got.body.length));
    expect(got.headers['x-content-type-options']).toBe('nosniff');
    await eventually('the count', () => server.served.length || undefined);
    expect(server.served).toEqual([{ route, status }]);

    const head = await ask(server, path, { method: 'HEAD' });
    expect([head.status, head.body.length]).toEqual([status, 0]);
    expect(head.headers['content-length']).toBe(got.headers['content-length']);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses %s', async (method) => {
    await using server = await serve();
    for (const path of ['/', '/metrics', '/-/healthy', '/config']) {
      const { status, headers } = await ask(server, path, { method });
      expect([path, status, headers['allow']]).toEqual([path, 405, 'GET, HEAD']);
    }
  });

  it('is not ready before the first collections, and says what it waits for', async () => {
    await using server = await serve({
      status: () => statusDocument({ ready: false, waiting: ['a', 'b'] }),
    });
    const { status, body } = await ask(server, '/-/ready');
    expect([status, body.toString()]).toEqual([503, expect.stringContaining('a, b')]);
    expect((await ask(server, '/-/healthy')).status).toBe(200);
  });

  it('lists its backends for Prometheus', async () => {
    await using server = await serve();
    const { body } = await ask(server, '/sd', { headers: { host: 'agent:10790' } });
    expect(JSON.parse(body.toString())).toEqual([
      {
        targets: ['agent:10790'],
        labels: {
          __metrics_path__: '/metrics',
          __param_system: 'a',
          instance: 'a',
          __meta_storage_system_name: 'a',
          __meta_storage_system_vendor: 'v',
          __meta_storage_system_model: 'm',
        },
      },
    ]);
  });

  it('reloads for POST alone, and says what is wrong', async () => {
    type Result = Awaited<ReturnType<WebSource['reload']>>;
    let result: Result = { ok: true, status: 200, message: 'reloaded: 1 backend' };
    let reloads = 0;
    await using server = await serve({
      reload: async () => {
        reloads += 1;
        return result;
      },
    });
    const post = async (headers = {}) => {
      const { status, body } = await ask(server, '/-/reload', { method: 'POST', headers });
      return [status, body.toString()];
    };
    expect(await post()).toEqual([200, 'reloaded: 1 backend\n']);
    result = { ok: false, status: 400, message: 'a.yaml:1:1: wrong' };
    expect(await post()).toEqual([400, 'a.yaml:1:1: wrong\n']);
    result = { ok: false, status: 500, message: 'cannot listen on :1: EACCES' };
    expect(await post()).toEqual([500, 'cannot listen on :1: EACCES\n']);
    expect((await ask(server, '/-/reload')).headers['allow']).toBe('POST');
    expect(reloads).toBe(3);
  });

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'http://127.0.0.1' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'nonsense' }, 403],
    [{ origin: 'https://agent', host: 'agent:10790' }, 403],
    [{ origin: 'http://agent:10790', host: 'Agent:10790' }, 200],
    // Behind a proxy that adds TLS and keeps the name.
    [{ origin: 'https://agent', host: 'agent' }, 200],
    [{ 'sec-fetch-site': 'same-origin', origin: 'http://localhost', host: 'localhost:80' }, 200],
    [{}, 200],
  ])('reload asked with %j is %i', async (headers, status) => {
    let reloads = 0;
    await using server = await serve({
      reload: async () => {
        reloads += 1;
        return { ok: true, status: 200, message: 'reloaded' };
      },
    });
    expect((await ask(server, '/-/reload', { method: 'POST', headers })).status).toBe(status);
    expect(reloads).toBe(status === 200 ? 1 : 0);
  });

  it.each([
    ['127.0.0.1:10790', 200],
    ['[::1]:10790', 200],
    ['192.0.2.1', 200],
    ['localhost:10790', 200],
    ['LOCALHOST', 200],
    ['agent.localhost', 200],
    ['agent:10790', 200],
    ['evil.example', 403],
    ['evil.example:10790', 403],
    ['evil.example.', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost@evil.example', 403],
  ])(
    'asked on loopback for %s answers %i, so that no name of a stranger leads here',
    async (host, status) => {
      await using server = await serve();
      for (const path of ['/config', '/metrics', '/api/v1/status', '/']) {
        expect([path, (await ask(server, path, { headers: { host } })).status]).toEqual([
          path,
          status,
        ]);
      }
    },
  );

  it('takes any name where a browser would need more than the name to get in', async () => {
    using space = workspace();
    const hash = bcrypt.hashSync('right', 4);
    const webConfigFile = space.write('web.yaml', `basic_auth_users: { prom: "${hash}" }\n`);
    await using server = await serve({}, { webConfigFile });
    const headers = { host: 'agent.example.com', ...basic('prom', 'right') };
    expect((await ask(server, '/config', { headers })).status).toBe(200);
  });

  it('takes the name it is told to listen on', async () => {
    expect(isForeignHost('agent.example.com:10790', 'Agent.example.com')).toBe(false);
    expect(isForeignHost('other.example.com:10790', 'agent.example.com')).toBe(true);
    expect(isForeignHost(undefined, '')).toBe(false);
  });

  it.each([
    ['/metrics', 'metrics'],
    ['/config', 'config'],
    ['/', 'status'],
    ['/-/reload', 'reload'],
  ] as const)('%s that fails is a 500, and the log has the reason', async (path, part) => {
    const broken = () => {
      throw new Error('s3cret detail');
    };
    await using server = await serve({ [part]: broken });
    const { status, body } = await ask(server, path, {
      method: path === '/-/reload' ? 'POST' : 'GET',
    });
    expect([status, body.toString()]).toEqual([500, 'Internal error; see the log of the agent\n']);
    expect(server.logged).toEqual(['a page could not be made']);
    expect((await ask(server, '/-/healthy')).status).toBe(200);
  });

  it('is a 500 when a page can be found and not be packed', async () => {
    const fail = () => {
      throw new Error('no memory');
    };
    await using server = await serve({ metrics: async () => ({ plain: fail, gzip: fail }) });
    expect((await ask(server, '/metrics')).status).toBe(500);
    const zipped = await ask(server, '/metrics', { headers: { 'accept-encoding': 'gzip' } });
    expect([zipped.status, zipped.headers['content-encoding']]).toEqual([500, undefined]);
  });

  it('does not show what a client sent as a page', async () => {
    await using server = await serve({ metrics: async () => undefined });
    const { headers, body } = await ask(server, '/metrics?system=%3Cscript%3E%0Ax');
    expect(headers['content-type']).toBe(TEXT);
    expect(body.toString().split('\n')).toHaveLength(2);
  });

  it('answers nonsense with 400 and goes on', async () => {
    await using server = await serve();
    for (const nonsense of [
      'hello\r\n\r\n',
      '\u0016\u0003\u0001\u0002\u0000',
      'GET / HTTP/9\r\n\r\n',
    ]) {
      const { socket, closed } = await rawClient(server, nonsense);
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      await closed;
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
    }
    const large = await ask(server, '/', { headers: { 'x-large': 'x'.repeat(20_000) } });
    expect(large.status).toBe(431);
    expect((await ask(server, '/-/healthy')).status).toBe(200);
  });
});

describe('gzip', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['x-gzip', true],
    ['GZip', true],
    ['deflate, br', false],
    ['deflate, gzip;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip; q=0.000', false],
    ['gzip;q=0, *', false],
    ['*', true],
    ['*;q=0', false],
    ['identity;q=1, *;q=0', false],
    ['gzip;q=nonsense', false],
  ])('%s: %s', (header, accepted) => expect(acceptsGzip(header)).toBe(accepted));

  it('gives the same text either way', async () => {
    await using server = await serve({ metrics: () => pageOf('a{b="ü"} 1\n') });
    const plain = await ask(server, '/metrics');
    const zipped = await ask(server, '/metrics', { headers: { 'accept-encoding': 'gzip' } });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.body)).toEqual(plain.body);
    for (const { headers } of [plain, zipped]) expect(headers['vary']).toBe('accept-encoding');
  });
});
