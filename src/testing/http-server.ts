/** An HTTP or HTTPS server on loopback for simulators, whose answers can be damaged (`faults.ts`). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { damageResponse, faults, MARK_HEADER } from './faults.ts';

export interface ServedRequest {
  readonly method: string;
  /** Decoded path without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Path and query as received. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Served extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open now. */
  connections(): number;
}

export interface ServeOptions {
  /** Any free one if absent. */
  readonly port?: number;
  /** PEM texts; plain HTTP if absent. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
}

export type Handler = (request: ServedRequest, response: ServerResponse) => void | Promise<void>;

/** Starts a server; `handle` gets whole requests and writes the answer itself. */
export async function serveHttp(handle: Handler, options: ServeOptions = {}): Promise<Served> {
  const listener = (message: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const url = new URL(message.url ?? '/', 'https://simulator');
      const request: ServedRequest = {
        method: message.method ?? 'GET',
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        url: message.url ?? '/',
        headers: message.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      const mark = String(message.headers[MARK_HEADER] ?? '');
      const fault = faults.take(`${request.method} ${request.url}`, mark);
      if (fault && damageResponse(fault, response)) return;
      Promise.resolve()
        .then(() => handle(request, response))
        .catch((error: unknown) => {
          process.stderr.write(
            `the simulator failed: ${error instanceof Error ? error.stack : String(error)}\n`,
          );
          if (!response.headersSent) response.writeHead(500);
          response.end();
        });
    });
  };
  const server = options.tls ? createServer(options.tls, listener) : createPlainServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | string[]>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
