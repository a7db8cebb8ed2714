/** Node's server for what the web configuration asks: HTTP, HTTPS, HTTPS with HTTP/2. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2Session, ServerHttp2Session } from 'node:http2';
import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Tls } from './tls-config.ts';

/** What a client may take. */
export interface HttpLimits {
  /** Until the headers of a request, or a TLS handshake, are complete. */
  readonly headersMs: number;
  /** Until a request is complete. */
  readonly requestMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
}

export interface HttpServer {
  readonly server: Server;
  /** Ends what nobody asks anything at the moment; HTTP/2 clients are told to come again. */
  closeIdle(): void;
}

/** How often Node looks for requests that are late. */
const CHECK_MS = 1_000;
/** An HTTP/2 request whose answer is complete has so long to end. */
const LINGER_MS = 1_000;
/** Requests of one HTTP/2 connection at the same time. */
const MAX_STREAMS = 32;
/** What one HTTP/2 connection may keep in memory, in MB, the pages that it reads slowly apart. */
const SESSION_MEGABYTES = 1;

/** `refuse`: connections whose certificate does not pass are cut off at once, or else answered. */
export async function createHttpServer(
  tls: Tls | undefined,
  limits: HttpLimits,
  refuse: boolean,
): Promise<HttpServer> {
  const timeouts = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, limits.headersMs),
    maxRequestsPerSocket: 10_000,
  };
  const sessions = new Set<ServerHttp2Session>();
  const server = await create(tls, limits, refuse);
  Object.assign(server, timeouts);
  server.on('secureConnection', (socket: TLSSocket) => {
    if (refuse && tls && !tls.admits(socket)) socket.destroy();
  });
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.setTimeout(limits.keepAliveMs, () => session.destroy());
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  // Connections are handed in: Node begins to watch for late requests when a server listens.
  server.emit('listening');
  return {
    server,
    closeIdle() {
      server.closeIdleConnections();
      for (const session of sessions) session.close();
    },
  };
}

async function create(tls: Tls | undefined, limits: HttpLimits, refuse: boolean): Promise<Server> {
  if (!tls) return createServer();
  const options = {
    ...tls.context,
    requestCert: tls.requestCert,
    // Node knows "required and verified" only, the rest is asked after the handshake.
    rejectUnauthorized: refuse && tls.guarded,
    handshakeTimeout: limits.headersMs,
  };
  if (!tls.http2) return (await import('node:https')).createServer(options);
  const { createSecureServer } = await import('node:http2');
  const server = createSecureServer({
    ...options,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: MAX_STREAMS, enablePush: false },
    maxSessionMemory: SESSION_MEGABYTES,
  });
  // Its requests and answers have the methods of node:http that are used here.
  return server as unknown as Server;
}

/** What all requests of a connection have in common. */
export type Connection = Socket | Http2Session;

export function connectionOf(request: IncomingMessage): Connection {
  return streamOf(request)?.session ?? request.socket;
}

/** The TLS connection that a request came over. */
export function tlsSocketOf(request: IncomingMessage): TLSSocket {
  return (streamOf(request)?.session?.socket ?? request.socket) as TLSSocket;
}

/** What has been said is still read. */
export function hangUp(connection: Connection): void {
  if (connection instanceof Socket) connection.end();
  else connection.close();
}

/** Nobody reads this answer any more. */
export function isGone(request: IncomingMessage, response: ServerResponse): boolean {
  return streamOf(request)?.destroyed ?? response.destroyed;
}

/** An HTTP/2 request that never ends does not stay open when its answer is complete. */
export function endRequest(request: IncomingMessage): void {
  const stream = streamOf(request);
  if (!stream || stream.endAfterHeaders) return;
  // A reset that overtakes the answer would be an error to the client.
  stream.on('finish', () => setTimeout(() => stream.close(), LINGER_MS).unref());
}

function streamOf(request: IncomingMessage): Http2ServerRequest['stream'] | undefined {
  return request.httpVersionMajor < 2
    ? undefined
    : (request as unknown as Http2ServerRequest).stream;
}
