/**
 * The HTTP server: finished pages, strict limits. It never waits for a backend, and a slow or silent
 * client costs nothing to the others.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { parseAddress } from '../config/quantities.ts';
import type { Log } from '../driver/driver.ts';
import { createAuthenticator, type Authenticator } from './auth.ts';
import type { Body } from '../telemetry/prometheus/page.ts';
import { answer, type Answer } from './routes.ts';
import type { WebSource } from './source.ts';
import { loadWebConfig, type WebConfig } from './web-config.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** A client that takes longer to read its answer is cut off. */
const RESPONSE_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 65_000;
const MAX_CONNECTIONS = 512;
const MAX_CONNECTIONS_PER_SOURCE = 256;
/** Bytes written before the client must have read some: a page for a client that never reads stays small. */
const CHUNK_BYTES = 256 * 1024;

export interface WebOptions {
  /** `host:port`. */
  readonly listen: string;
  /** File in the format of the Prometheus exporter toolkit. */
  readonly webConfigFile?: string;
  readonly source: WebSource;
  readonly log: Log;
}

export interface WebServer {
  /** `host:port` as it is bound. */
  readonly address: string;
  close(): Promise<void>;
}

/** @throws Error if the address can't be bound or the web configuration is wrong. */
export async function startWeb(options: WebOptions): Promise<WebServer> {
  const web: WebConfig = options.webConfigFile
    ? loadWebConfig(options.webConfigFile)
    : { users: {} };
  const authenticator = createAuthenticator(web.users);
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void handle(request, response, options, authenticator);
  const server: Server = web.tls ? createTlsServer(web.tls, listener) : createServer(listener);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = 10_000;
  const sockets = limitSources(server);
  const { host, port } = parseAddress(options.listen);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`cannot listen on ${options.listen}: ${error.code ?? error.message}`)),
    );
    server.listen({ port, ...(host ? { host } : {}) }, () => resolve());
  });
  const bound = server.address() as AddressInfo;
  return {
    address:
      bound.family === 'IPv6'
        ? `[${bound.address}]:${bound.port}`
        : `${bound.address}:${bound.port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** One source can't take all connections. */
function limitSources(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const perSource = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const source = socket.remoteAddress ?? '';
    const count = (perSource.get(source) ?? 0) + 1;
    if (count > MAX_CONNECTIONS_PER_SOURCE) {
      socket.destroy();
      return;
    }
    perSource.set(source, count);
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      const left = (perSource.get(source) ?? 1) - 1;
      if (left > 0) perSource.set(source, left);
      else perSource.delete(source);
    });
  });
  return sockets;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { source, log }: WebOptions,
  authenticator: Authenticator,
): Promise<void> {
  const started = performance.now();
  request.on('error', () => {});
  response.on('error', () => {});
  // What comes in the body is of no use; it must not pile up.
  request.resume();
  let reply: Answer;
  try {
    reply = (await authenticator(request.headers.authorization))
      ? await answer(request, source)
      : {
          route: 'auth',
          status: 401,
          headers: { 'www-authenticate': 'Basic' },
          body: 'Unauthorized\n',
        };
  } catch (error) {
    log.error({ err: error }, 'a page could not be made');
    reply = {
      route: 'error',
      status: 500,
      headers: {},
      body: 'Internal error; see the log of the agent\n',
    };
  }
  response.on('close', () => source.served(reply.route, reply.status, performance.now() - started));
  send(request, response, reply);
}

function send(request: IncomingMessage, response: ServerResponse, reply: Answer): void {
  const body = typeof reply.body === 'string' ? [Buffer.from(reply.body)] : reply.body;
  response.writeHead(reply.status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    ...reply.headers,
    'content-length': body.reduce((sum, piece) => sum + piece.length, 0),
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const { socket } = request;
  const cutOff = setTimeout(() => socket.destroy(), RESPONSE_TIMEOUT_MS);
  cutOff.unref();
  response.on('close', () => clearTimeout(cutOff));
  writeSlowly(response, body);
}

/** Hands the body over as fast as the client reads it; the pieces are views, nothing is copied. */
function writeSlowly(response: ServerResponse, body: Body): void {
  let index = 0;
  let at = 0;
  const next = () => {
    for (let piece = body[index]; piece !== undefined; piece = body[index]) {
      const part = piece.subarray(at, at + CHUNK_BYTES);
      at += part.length;
      if (at >= piece.length) {
        index += 1;
        at = 0;
      }
      if (!response.write(part)) {
        response.once('drain', next);
        return;
      }
    }
    response.end();
  };
  next();
}
