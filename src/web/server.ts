/**
 * The HTTP server: finished pages, strict limits. It never waits for a backend, and a slow or silent
 * client costs nothing to the others.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../driver/driver.ts';
import type { Admission, Authenticator } from './auth.ts';
import { watchConnections, type ConnectionLimits } from './connections.ts';
import type { Body } from '../telemetry/prometheus/page.ts';
import { isForeignHost, isLoopback } from './host.ts';
import {
  connectionOf,
  createHttpServer,
  endRequest,
  hangUp,
  isGone,
  tlsSocketOf,
  type HttpLimits,
} from './http-server.ts';
import type { RateLimit } from './rate-limit.ts';
import { answer, openHealth, type Answer } from './routes.ts';
import type { WebSource } from './source.ts';
import type { WebConfig } from './web-config.ts';

/** What a client may take, and how many there may be. */
export interface WebLimits extends ConnectionLimits, HttpLimits {
  /** A client that takes longer to read its answer is cut off. */
  readonly responseMs: number;
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
/** Bytes written before the client must have read some: a page for a client that never reads stays small. */
const CHUNK_BYTES = 256 * 1024;

export interface SiteOptions {
  /** File in the format of the Prometheus exporter toolkit. */
  readonly webConfigFile?: string | undefined;
  /** `open`: whether it is healthy and ready may be asked by anybody. Absent: `guarded`. */
  readonly health?: 'guarded' | 'open' | undefined;
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
  const { health = 'guarded', log, source } = options;
  const web = await webConfigOf(options.webConfigFile);
  for (const doubt of web.doubts) log.warn({ file: options.webConfigFile }, doubt);
  const limits = { ...LIMITS, ...options.limits };
  const guard = await guardOf(web, health);
  const { server, closeIdle } = await createHttpServer(web.tls, limits, health === 'guarded');
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
      void handle(request, response, { source, log, guard, limits, refusal, headers: web.headers });
    },
    take(socket, door) {
      doors.set(socket, door);
      server.emit('connection', socket);
    },
    retire(next) {
      successor = next;
      // Users can change under a connection, what its handshake has asked can't.
      if (site.secure || next.secure) closeIdle();
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
    const connection = connectionOf(request);
    response.on('close', () => {
      if (successor) hangUp(connection);
    });
    site.answer(request, response, doors.get(request.socket));
  });
  return site;
}

/** TLS and bcrypt cost memory: they are loaded where they are wanted. */
async function webConfigOf(file: string | undefined): Promise<WebConfig> {
  if (!file) return { headers: {}, users: {}, doubts: [] };
  const { loadWebConfig } = await import('./web-config.ts');
  return loadWebConfig(file);
}

/** What stands between a request and its page. */
interface Guard {
  readonly rateLimit: RateLimit | undefined;
  readonly authenticator: Authenticator;
  /** Whether the connection's certificate will do, where the connection was not cut off for it. */
  certified(request: IncomingMessage): boolean;
  /** Whether health may be asked without passing. */
  readonly openHealth: boolean;
}

async function guardOf({ tls, users, rateLimit }: WebConfig, health: string): Promise<Guard> {
  const open = health === 'open';
  return {
    rateLimit: rateLimit && (await import('./rate-limit.ts')).createRateLimit(rateLimit),
    authenticator: await authenticatorOf(users),
    certified: (request) => !open || !tls || tls.admits(tlsSocketOf(request)),
    openHealth: open,
  };
}

async function authenticatorOf(users: WebConfig['users']): Promise<Authenticator> {
  if (Object.keys(users).length === 0) return async () => 'passed';
  const { createAuthenticator } = await import('./auth.ts');
  return createAuthenticator(users);
}

const FOREIGN_HOST: Answer = {
  route: 'host',
  status: 403,
  headers: {},
  body: 'this agent listens on loopback: reach it by its address, localhost, or a name without dots\n',
};

const NO_CERTIFICATE: Answer = {
  route: 'auth',
  status: 403,
  headers: {},
  body: 'Show a client certificate that this agent admits\n',
};

const TOO_MANY: Answer = {
  route: 'rate_limit',
  status: 429,
  headers: { 'retry-after': '1' },
  body: 'Too Many Requests\n',
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
  readonly guard: Guard;
  readonly limits: WebLimits;
  /** The answer, whoever asks. */
  readonly refusal: Answer | undefined;
  /** Of every answer. */
  readonly headers: Readonly<Record<string, string>>;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { source, log, guard, limits, refusal, headers }: Handling,
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
    reply = refusal ?? (await guardedAnswer(request, source, guard));
  } catch (error) {
    log.error({ err: error }, 'a page could not be made');
    reply = {
      route: 'error',
      status: 500,
      headers: {},
      body: 'Internal error; see the log of the agent\n',
    };
  }
  send(request, response, reply, { log, headers, responseMs: limits.responseMs });
}

async function guardedAnswer(
  request: IncomingMessage,
  source: WebSource,
  guard: Guard,
): Promise<Answer> {
  const health = guard.openHealth ? openHealth(request, source) : undefined;
  if (health) return health;
  if (!guard.certified(request)) return NO_CERTIFICATE;
  if (guard.rateLimit?.allows() === false) return TOO_MANY;
  const address = request.socket.remoteAddress ?? '';
  const client = { connection: connectionOf(request), source: address };
  const admission = await guard.authenticator(request.headers.authorization, client);
  return admission === 'passed' ? await answer(request, source) : NOT_ADMITTED[admission];
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Answer,
  { log, headers, responseMs }: Pick<Handling, 'log' | 'headers'> & { readonly responseMs: number },
): void {
  const body = typeof reply.body === 'string' ? inOnePiece(reply.body) : reply.body;
  response.writeHead(reply.status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    ...reply.headers,
    ...headers,
    'content-length': body.bytes,
  });
  endRequest(request);
  const connection = connectionOf(request);
  const cutOff = setTimeout(() => connection.destroy(), responseMs);
  cutOff.unref();
  response.on('close', () => clearTimeout(cutOff));
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  writeSlowly(request, response, body).catch((error: unknown) => {
    log.error({ err: error }, 'a page could not be sent');
    connection.destroy();
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
async function writeSlowly(
  request: IncomingMessage,
  response: ServerResponse,
  { pieces }: Body,
): Promise<void> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
      if (isGone(request, response)) return;
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
