import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RestAccess } from '../../src/driver/access.ts';
import { createBudget } from '../../src/driver/budget.ts';
import { errorType } from '../../src/driver/errors.ts';
import { createHttp } from '../../src/driver/http.ts';
import type { ServerIdentity } from '../../src/driver/identity.ts';
import { withSignal } from '../../src/driver/scope.ts';
import { Secret } from '../../src/driver/secret.ts';
import type { HttpOptions, HttpRequest } from '../../src/driver/transports.ts';
import { CERTIFICATE_FILE, serve, type Served, type ServedRequest } from '../kit/http-server.ts';

const OTHER_CERTIFICATE_FILE = new URL('../kit/tls/other.pem', import.meta.url).pathname;

let server: Served;
const seen: ServedRequest[] = [];
/** Requests being answered right now, and the most there were. */
let inFlight = 0;
let mostInFlight = 0;

beforeAll(async () => {
  server = await serve(async (request, response) => {
    seen.push(request);
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    response.on('close', () => {
      inFlight -= 1;
    });
    await answers[request.path]?.(response, request);
    if (!answers[request.path]) response.writeHead(404).end('{"error":"none"}');
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const answers: Record<
  string,
  (response: ServerResponse, request: ServedRequest) => void | Promise<void>
> = {
  '/json': (response) => {
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.end('{"ok":true}');
  },
  '/html': (response) => void response.end('<html>login</html>'),
  '/gzip': (response) =>
    void response.setHeader('content-encoding', 'gzip').end(gzipSync('{"zipped":1}')),
  '/bomb': (response) =>
    void response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(5_000_000))),
  '/huge': (response) => void response.end('x'.repeat(300_000)),
  '/endless': (response) => {
    const more = () => {
      while (response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  },
  '/drip': (response) => {
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/hang': () => {},
  '/close': (response) => void response.destroy(),
  '/chunked-cut': (response) => {
    response.writeHead(200);
    response.write('[1,2', () => response.destroy());
  },
  '/header': (response) => void response.setHeader('x', 'y'.repeat(20_000)).end('{}'),
  '/nested': (response) => void response.end('['.repeat(5_000_000)),
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"half":', () => response.destroy());
  },
  '/redirect': (response) => void response.writeHead(302, { location: '/json' }).end(),
  '/slow': (response) => {
    setTimeout(() => response.end('{}'), 30);
  },
};

function open(access: Partial<RestAccess> = {}, options: HttpOptions = {}, limit = 2) {
  const traffic = { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };
  const shown: ServerIdentity[] = [];
  const client = createHttp(
    {
      host: '127.0.0.1',
      port: server.port,
      username: 'u',
      password: new Secret('p'),
      ca: CERTIFICATE_FILE,
      ...access,
    },
    options,
    {
      signal: new AbortController().signal,
      budget: createBudget(limit),
      traffic,
      maxInFlight: limit,
      onIdentity: (identity) => void shown.push(identity),
    },
  );
  return { client, traffic, shown };
}

const plain: Server[] = [];
afterAll(() => plain.forEach((each) => each.close()));

/** A port whose server answers anything with the same bytes and closes. */
async function silentPort(answer: string): Promise<number> {
  const listener = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  plain.push(listener);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', () => resolve()));
  return (listener.address() as AddressInfo).port;
}

async function failure(
  request: HttpRequest,
  options: HttpOptions = {},
  access: Partial<RestAccess> = {},
) {
  const { client } = open(access, options);
  const error: unknown = await client.request(request).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await client.close();
  return { type: errorType(error), message: (error as Error).message };
}

describe('the HTTP transport', () => {
  it('gives status, headers, cookies and body, and counts', async () => {
    const { client, traffic } = open({}, { basePath: '', headers: { 'x-all': '1' } });
    const response = await client.request({
      method: 'POST',
      path: '/json?a=1',
      query: { b: 'x y', c: undefined },
      json: { hello: 'world' },
    });
    expect(response.json()).toEqual({ ok: true });
    expect(response.setCookies).toEqual(['a=1', 'b=2']);
    const request = seen.at(-1);
    expect([request?.url, request?.body, request?.headers['x-all']]).toEqual([
      '/json?a=1&b=x%20y',
      '{"hello":"world"}',
      '1',
    ]);
    expect((await client.request({ path: '/none' })).status).toBe(404);
    expect((await client.request({ path: '/redirect' })).status).toBe(302);
    expect((await client.request({ path: '/gzip' })).json()).toEqual({ zipped: 1 });
    expect(traffic).toMatchObject({ requests: 4, errors: 0 });
    await client.close();
  });

  it('trusts a CA or a fingerprint, and sends nothing to anyone else', async () => {
    const fingerprint = createHash('sha256')
      .update(new X509Certificate(readFileSync(CERTIFICATE_FILE)).raw)
      .digest('hex');
    const { client } = open({ ca: undefined as never, fingerprint: `sha256:${fingerprint}` });
    expect((await client.request({ path: '/json' })).status).toBe(200);
    await client.close();
    const before = seen.length;
    const wrong = await failure(
      { path: '/json' },
      {},
      { ca: undefined as never, fingerprint: `sha256:${'ab'.repeat(32)}` },
    );
    expect(wrong).toEqual({
      type: 'unreachable',
      message: expect.stringContaining(`fingerprint sha256:${fingerprint}`),
    });
    const unknown = await failure({ path: '/json' }, {}, { ca: undefined as never });
    expect(unknown).toEqual({
      type: 'unreachable',
      message: expect.stringMatching(
        new RegExp(`not trusted.*set rest.fingerprint: "sha256:${fingerprint}", or.*rest.ca$`),
      ),
    });
    const authority = await failure({ path: '/json' }, {}, { ca: OTHER_CERTIFICATE_FILE });
    expect(authority.message).toMatch(
      /not signed by the authority in rest\.ca, .*other\.pem .*check that file, or .*fingerprint/,
    );
    expect(seen.length).toBe(before);
  });

  it('tells what the server has shown, and what decided whether it was believed', async () => {
    const { fingerprint256, validTo } = new X509Certificate(readFileSync(CERTIFICATE_FILE));
    const value = `sha256:${fingerprint256.replaceAll(':', '').toLowerCase()}`;
    const pin = { key: 'rest.fingerprint', value, valid_to: Date.parse(validTo) };
    const none = { ca: undefined as never };
    for (const [access, by, accepted] of [
      [{}, 'ca', true],
      [{ ...none, fingerprint: value }, 'fingerprint', true],
      [{ ...none, insecure: true }, 'insecure', true],
      [none, 'system', false],
      [{ ...none, fingerprint: `sha256:${'ab'.repeat(32)}` }, 'fingerprint', false],
    ] as const) {
      const { client, shown } = open(access);
      await client.request({ path: '/json' }).catch(() => {});
      await client.close();
      expect(shown).toEqual([{ ...pin, server: `127.0.0.1:${server.port}`, accepted, by }]);
    }
  });

  it('has one total deadline, whatever the server does', async () => {
    for (const path of ['/hang', '/drip']) {
      expect((await failure({ path, timeoutMs: 300 })).type).toBe('timeout');
    }
    const { client } = open();
    const call = new AbortController();
    const running = withSignal(call.signal, () => client.request({ path: '/hang' }));
    call.abort(new Error('the call is over'));
    await expect(running).rejects.toThrow('the call is over');
    await client.close();
  });

  it('caps bodies as they arrive and as they unpack', async () => {
    for (const path of ['/huge', '/endless', '/bomb']) {
      expect((await failure({ path }, { maxBytes: 100_000 })).type).toBe('invalid_response');
    }
  });

  it('says whether the request or the whole call took too long', async () => {
    expect((await failure({ path: '/drip', timeoutMs: 200 })).message).toMatch(
      /no complete answer within 0\.2 s; \d+ bytes arrived$/,
    );
    const { client } = open();
    const running = withSignal(AbortSignal.timeout(200), () => client.request({ path: '/hang' }));
    await expect(running).rejects.toThrow(/the time of the whole call ended while .* \(0\.\d s\)$/);
    await client.close();
  });

  it('gives up no request of its own before 30 s', async () => {
    const asked = vi.spyOn(AbortSignal, 'timeout');
    const { client } = open();
    await client.request({ path: '/json' });
    await client.request({ path: '/json', timeoutMs: 120_000 });
    expect(asked.mock.calls).toEqual([[30_000], [120_000]]);
    asked.mockRestore();
    await client.close();
  });

  it('takes a connection that closes for the fault of that answer, and says how far it came', async () => {
    expect(await failure({ path: '/close' })).toEqual({
      type: 'invalid_response',
      message: expect.stringContaining('the array closed the connection without an answer'),
    });
    expect((await failure({ path: '/cut' })).message).toContain(
      'the answer ends early, after 8 of 1000 bytes',
    );
    expect((await failure({ path: '/chunked-cut' })).message).toContain('after 4 bytes');
    const { client, traffic } = open();
    await expect(client.request({ path: '/cut' })).rejects.toThrow(/ends early/);
    expect((await client.request({ path: '/json' })).status).toBe(200);
    expect(traffic).toMatchObject({ requests: 2, errors: 1, bytesReceived: 8 + 11 });
    await client.close();
  });

  it('refuses headers and JSON without bounds', async () => {
    expect(await failure({ path: '/header' })).toEqual({
      type: 'invalid_response',
      message: expect.stringContaining('the headers are larger than 16384 bytes'),
    });
    const { client } = open();
    const nested = await client.request({ path: '/nested' });
    expect(() => nested.json()).toThrow(/nested deeper than 64/);
    await client.close();
  });

  it('logs out on a connection of its own while the budget and its connections hang', async () => {
    const { client } = open({}, {}, 2);
    const call = new AbortController();
    const hanging = ['listVolumes', 'listPorts', 'listAlerts'].map((method) =>
      withSignal(call.signal, () => client.request({ path: '/hang' }), method),
    );
    const logout = await withSignal(
      new AbortController().signal,
      () => client.request({ method: 'DELETE', path: '/json' }),
      'close',
    );
    expect(logout.status).toBe(200);
    call.abort(new Error('over'));
    expect((await Promise.allSettled(hanging)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
    ]);
    await client.close();
  });

  it.each([
    ['a port where nothing listens', 'https' as const, () => 1, /port 1.*|nothing listens/],
    [
      'a port that speaks no TLS',
      'https' as const,
      () => silentPort('HTTP/1.1 400 no\r\n\r\n'),
      /does not speak TLS; is this the port of plain http\? \(ERR_SSL/,
    ],
    [
      'a server that ends the handshake',
      'https' as const,
      () => silentPort(''),
      /reset|closed|disconnected/,
    ],
  ])('explains %s', async (_, scheme, port, message) => {
    const found = await failure({ path: '/json' }, {}, { scheme, port: await port() });
    expect(found.type).toBe('unreachable');
    expect(found.message).toMatch(message);
  });

  it('calls a broken answer invalid and a missing server unreachable', async () => {
    expect((await failure({ path: '/cut' })).type).toBe('invalid_response');
    const { client } = open();
    const html = await client.request({ path: '/html' });
    expect(() => html.json()).toThrow(/expected JSON, got "<html>login<\/html>"/);
    await client.close();
    expect((await failure({ path: '/json' }, {}, { port: 1 })).type).toBe('unreachable');
  });

  it('speaks HTTP to nobody but loopback, and follows no link elsewhere', async () => {
    expect(() => open({ scheme: 'http', host: '192.0.2.1' })).toThrow(/use https/);
    expect(await failure({ path: 'https://192.0.2.1/next' })).toEqual({
      type: 'invalid_response',
      message: expect.stringContaining('another origin'),
    });
  });

  it('keeps within the budget', async () => {
    mostInFlight = 0;
    const { client } = open({}, {}, 3);
    await Promise.all(Array.from({ length: 20 }, () => client.request({ path: '/slow' })));
    expect(mostInFlight).toBe(3);
    await client.close();
  });

  it('repeats a read on a connection that the server had closed, never a write', async () => {
    let connections = 0;
    const flaky = createServer((socket) => {
      connections += 1;
      const mine = connections;
      socket.on('error', () => {});
      socket.once('data', () => {
        // The first connection is reset instead of answered.
        if (mine === 1) socket.resetAndDestroy();
        else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      });
    });
    await new Promise<void>((resolve) => flaky.listen(0, '127.0.0.1', () => resolve()));
    const { port } = flaky.address() as { port: number };
    const { client } = open({ scheme: 'http', port });
    expect((await client.request({ path: '/' })).status).toBe(200);
    connections = 0;
    await expect(client.request({ method: 'POST', path: '/', json: {} })).rejects.toThrow(
      /closed the connection without an answer/,
    );
    expect(connections).toBe(1);
    await client.close();
    flaky.close();
  });
});
