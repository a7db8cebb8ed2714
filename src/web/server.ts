/**
 * The HTTP server: finished pages, strict limits. It never waits for a backend, and a slow or silent
 * client costs nothing to the others.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Log } from '../driver/driver.ts';
import type { Admission, Authenticator } from './auth.ts';
import { watchConnections, type ConnectionLimits } from './connections.ts';
import type { Body } from '../telemetry/prometheus/page.ts';
import { isForeignHost, isLoopback } from './host.ts';
import { answer, type Answer } from './routes.ts';
import type { WebSource } from './source.ts';
import type { WebConfig } from './web-config.ts';

/** What a client may take, and how many there may be. */
export interface WebLimits extends ConnectionLimits {
  /** Until the headers of a request, or a TLS handshake, are complete. */
  readonly headersMs: number;
  /** Until a request is complete. */
  readonly requestMs: number;
  /** A client that takes longer to read its answer is cut off. */
  readonly responseMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
}

const LIMITS: WebLimits = {
  headersMs: 10_000,
  requestMs: 15_000,
  responseMs: 30_000,
  keepAliveMs: 65_000,
  connections: 512,
  // One address may be many clients: fifty scrapers behind a proxy, or a Prometheus with a target, and
  // so a connection, for each array. Who is silent makes room, so that they keep nobody out.
  connectionsPerSource: 256,
};
/** How often Node looks for requests that are late. */
const CHECK_MS = 1_000;
/** Bytes written before the client must have read some: a page for a client that never reads stays small. */
const CHUNK_BYTES = 256 * 1024;

export interface SiteOptions {
  /** File in the format of the Prometheus exporter toolkit. */
  readonly webConfigFile?: string;
  readonly source: WebSource;
  readonly log: Log;
  readonly limits?: Partial<WebLimits>;
}

/** Where a connection came in. */
export interface Door {
  /** The host as configured; empty: every interface. */
  readonly host: string;
  /** The address it is bound to. */
  readonly bound: string;
}

/** What is served, with one set of certificates and users. It listens nowhere itself. */
export interface Site {
  readonly secure: boolean;
  /** Answers a request of a connection that came in elsewhere. */
  answer(request: IncomingMessage, response: ServerResponse, door: Door | undefined): void;
  take(socket: Socket, door: Door): void;
  /** Another one takes over: what is open ends with its next answer, which is the other's. */
  retire(successor: Site): void;
  close(): Promise<void>;
}

/** @throws Error if the web configuration is wrong. */
export async function createSite(options: SiteOptions): Promise<Site> {
  const web = await webConfigOf(options.webConfigFile);
  const limits = { ...LIMITS, ...options.limits };
  const authenticator = await authenticatorOf(web);
  const server = await createServerOf(web, limits);
  const connections = watchConnections(server, limits);
  /** TLS wraps the socket, but there nobody asks. */
  const doors = new WeakMap<object, Door>();
  let successor: Site | undefined;
  // Elsewhere a browser would need a password or a certificate, or could come by the address itself.
  const isOpen = !web.tls && Object.keys(web.users).length === 0;
  const site: Site = {
    secure: web.tls !== undefined,
    answer(request, response, door) {
      if (successor) return successor.answer(request, response, door);
      const isForeign =
        isOpen && isLoopback(door?.bound) && isForeignHost(request.headers.host, door?.host);
      const refusal = isForeign ? FOREIGN_HOST : undefined;
      void handle(request, response, { ...options, authenticator, limits, refusal });
    },
    take(socket, door) {
      doors.set(socket, door);
      server.emit('connection', socket);
    },
    retire(next) {
      successor = next;
      // Users can change under a connection, what its handshake has asked can't.
      if (site.secure || next.secure) server.closeIdleConnections();
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.closeAll();
      await closed;
    },
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    connections.serving(request, response);
    if (successor) response.shouldKeepAlive = false;
    response.on('close', () => {
      if (successor) request.socket.end();
    });
    site.answer(request, response, doors.get(request.socket));
  });
  // Connections are handed in: Node begins to watch for late requests when a server listens.
  server.emit('listening');
  return site;
}

/** TLS and bcrypt cost memory: they are loaded where they are wanted. */
async function webConfigOf(file: string | undefined): Promise<WebConfig> {
  if (!file) return { users: {} };
  const { loadWebConfig } = await import('./web-config.ts');
  return loadWebConfig(file);
}

async function authenticatorOf({ users }: WebConfig): Promise<Authenticator> {
  if (Object.keys(users).length === 0) return async () => 'passed';
  const { createAuthenticator } = await import('./auth.ts');
  return createAuthenticator(users);
}

async function createServerOf({ tls, admits }: WebConfig, limits: WebLimits): Promise<Server> {
  const common = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, limits.headersMs),
  };
  const server = tls
    ? (await import('node:https')).createServer({
        ...common,
        ...tls,
        handshakeTimeout: limits.headersMs,
      })
    : createServer(common);
  server.maxRequestsPerSocket = 10_000;
  server.on('secureConnection', (socket: TLSSocket) => {
    if (admits && !admits(socket)) socket.destroy();
  });
  return server;
}

const FOREIGN_HOST: Answer = {
  route: 'host',
  status: 403,
  headers: {},
  body: 'this agent listens on loopback: reach it by its address, localhost, or a name without dots\n',
};

/** What those get who may not pass. */
const NOT_ADMITTED: Readonly<Record<Exclude<Admission, 'passed'>, Answer>> = {
  refused: {
    route: 'auth',
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="delfin-agent", charset="UTF-8"' },
    body: 'Unauthorized\n',
  },
  busy: {
    route: 'auth',
    status: 429,
    headers: { 'retry-after': '1' },
    body: 'Too many passwords are being checked\n',
  },
};

interface Handling extends Pick<SiteOptions, 'source' | 'log'> {
  readonly authenticator: Authenticator;
  readonly limits: WebLimits;
  /** The answer, whoever asks. */
  readonly refusal: Answer | undefined;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { source, log, authenticator, limits, refusal }: Handling,
): Promise<void> {
  const started = performance.now();
  request.on('error', () => {});
  response.on('error', () => {});
  // What comes in the body is of no use; it must not pile up.
  request.resume();
  let reply: Answer | undefined;
  response.on('close', () => {
    if (reply) source.served(reply.route, reply.status, performance.now() - started);
  });
  try {
    reply = refusal ?? (await admittedAnswer(request, source, authenticator));
  } catch (error) {
    log.error({ err: error }, 'a page could not be made');
    reply = {
      route: 'error',
      status: 500,
      headers: {},
      body: 'Internal error; see the log of the agent\n',
    };
  }
  send(request, response, reply, { log, responseMs: limits.responseMs });
}

async function admittedAnswer(
  request: IncomingMessage,
  source: WebSource,
  authenticator: Authenticator,
): Promise<Answer> {
  const { socket } = request;
  const client = { connection: socket, source: socket.remoteAddress ?? '' };
  const admission = await authenticator(request.headers.authorization, client);
  return admission === 'passed' ? await answer(request, source) : NOT_ADMITTED[admission];
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Answer,
  { log, responseMs }: { readonly log: Log; readonly responseMs: number },
): void {
  const body = typeof reply.body === 'string' ? inOnePiece(reply.body) : reply.body;
  response.writeHead(reply.status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    ...reply.headers,
    'content-length': body.bytes,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const { socket } = request;
  const cutOff = setTimeout(() => socket.destroy(), responseMs);
  cutOff.unref();
  response.on('close', () => clearTimeout(cutOff));
  writeSlowly(response, body).catch((error: unknown) => {
    log.error({ err: error }, 'a page could not be sent');
    socket.destroy();
  });
}

function inOnePiece(text: string): Body {
  const bytes = Buffer.from(text);
  return { bytes: bytes.length, pieces: [bytes] };
}

/**
 * Hands the body over as fast as the client reads it; the pieces are views, nothing is copied.
 * A client that reads fast must not keep the thread either: each part is a turn of its own.
 */
async function writeSlowly(response: ServerResponse, { pieces }: Body): Promise<void> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
      if (response.destroyed) return;
      if (!response.write(piece.subarray(at, at + CHUNK_BYTES))) await drained(response);
    }
  }
  response.end();
}

/** Resolves when the client has read what was written, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      setImmediate(resolve);
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
