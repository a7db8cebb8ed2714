/** Clients that don't read, don't speak or don't end: they are closed, and cost the others nothing. */
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, largePage, rawClient, serve } from './kit.ts';

const GET = 'GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n';
const LARGE = 24 * 2 ** 20;

describe('slow clients', () => {
  it('answers others while 200 clients never read', async () => {
    await using server = await serve({ metrics: async () => largePage(LARGE) });
    const silent = await Promise.all(Array.from({ length: 200 }, () => rawClient(server, GET)));
    for (const { socket } of silent) socket.pause();
    const others = await Promise.all(Array.from({ length: 5 }, () => ask(server, '/metrics')));
    expect(others.map(({ status, body }) => [status, body.length])).toEqual(
      others.map(() => [200, LARGE]),
    );
    expect((await ask(server, '/-/healthy')).status).toBe(200);
    for (const { socket } of silent) socket.destroy();
  });

  it('cuts off a client that takes too long to read', async () => {
    await using server = await serve(
      { metrics: async () => largePage(LARGE) },
      { limits: { responseMs: 200 } },
    );
    const silent = await Promise.all(Array.from({ length: 20 }, () => rawClient(server, GET)));
    // They read on when others see on the server's side that they are gone.
    await expect.poll(() => server.served.length).toBe(20);
    const lengths = await Promise.all(
      silent.map(async ({ socket, closed }) => {
        const text = textOf(socket);
        await closed;
        return text().length;
      }),
    );
    for (const length of lengths) expect(length).toBeLessThan(LARGE);
  });

  it('counts an answer that was cut off', async () => {
    await using server = await serve({ metrics: async () => largePage(LARGE) });
    const { socket } = await rawClient(server, GET);
    await new Promise<void>((resolve) => socket.once('data', () => resolve()));
    socket.destroy();
    await expect.poll(() => server.served).toEqual([{ route: 'metrics', status: 200 }]);
  });

  it.each([
    ['says nothing', ''],
    ['stops within its headers', 'GET /metrics HTTP/1.1\r\nhost: a\r\n'],
  ])('closes a connection that %s', async (_what, text) => {
    await using server = await serve({}, { limits: { headersMs: 150 } });
    const { socket, closed } = await rawClient(server, text);
    const answer = textOf(socket);
    await closed;
    expect(answer()).toMatch(/^HTTP\/1\.1 408 /);
    expect((await ask(server, '/-/healthy')).status).toBe(200);
  });

  it('closes a connection that has no more requests', async () => {
    await using server = await serve({}, { limits: { keepAliveMs: 50 } });
    const { socket, closed } = await rawClient(server, GET);
    const text = textOf(socket);
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('lets silent connections make room for new ones, the oldest first', async () => {
    await using server = await serve({}, { limits: { connectionsPerSource: 10 } });
    const silent = [];
    for (let i = 0; i < 30; i += 1) silent.push(await rawClient(server));
    await Promise.all(silent.slice(0, 20).map(({ closed }) => closed));
    expect((await ask(server, '/metrics')).status).toBe(200);
    expect(silent.slice(21).map(({ socket }) => socket.destroyed)).toEqual(Array(9).fill(false));
    for (const { socket } of silent) socket.destroy();
  });

  it('refuses a source that has too many requests going, and serves another', async () => {
    await using server = await serve(
      { metrics: async () => largePage(LARGE) },
      { limits: { connectionsPerSource: 4 } },
    );
    const busy = await Promise.all(Array.from({ length: 4 }, () => rawClient(server, GET)));
    await Promise.all(
      busy.map(({ socket }) => new Promise<void>((resolve) => socket.once('readable', resolve))),
    );
    const { closed } = await rawClient(server, GET);
    await closed;
    const other = await rawClient(server, 'GET /-/healthy HTTP/1.0\r\n\r\n', '127.0.0.2');
    const text = textOf(other.socket);
    await other.closed;
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK/);
    for (const { socket } of busy) socket.destroy();
  });

  it('refuses when all connections are busy', async () => {
    await using server = await serve(
      { metrics: async () => largePage(LARGE) },
      { limits: { connections: 2 } },
    );
    const busy = await Promise.all(Array.from({ length: 2 }, () => rawClient(server, GET)));
    await Promise.all(
      busy.map(({ socket }) => new Promise<void>((resolve) => socket.once('readable', resolve))),
    );
    const refused = await rawClient(server, GET, '127.0.0.2');
    await refused.closed;
    busy[0]?.socket.destroy();
    await expect
      .poll(() =>
        ask(server, '/-/healthy').then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
    busy[1]?.socket.destroy();
  });

  it('does not wait for a client when it closes', async () => {
    const server = await serve({ metrics: async () => largePage(LARGE) });
    const clients = await Promise.all(['', GET].map((text) => rawClient(server, text)));
    await server[Symbol.asyncDispose]();
    const lengths = await Promise.all(
      clients.map(async ({ socket, closed }) => {
        const text = textOf(socket);
        await closed;
        return text().length;
      }),
    );
    for (const length of lengths) expect(length).toBeLessThan(LARGE);
  });

  it('ignores a body, however long it is', async () => {
    await using server = await serve();
    const size = 8 * 2 ** 20;
    const { socket, closed } = await rawClient(
      server,
      `GET /metrics HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`,
    );
    const text = textOf(socket);
    socket.write(Buffer.alloc(size));
    // The next request begins where the body ends.
    socket.write('GET /-/healthy HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    await closed;
    expect(text().match(/^HTTP\/1\.1 200 OK/gm)).toHaveLength(2);
  });
});

/** Reads on; gives what has come. */
function textOf(socket: Socket): () => string {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  return () => text;
}
