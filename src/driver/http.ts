/** HTTPS to one array: verified TLS, total deadlines, size caps, counted and bounded requests. */
import { readFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { RestAccess } from './access.ts';
import type { Budget } from './budget.ts';
import {
  BackendTimeout,
  BackendUnreachable,
  ConfigurationError,
  DriverError,
  InvalidResponse,
} from './errors.ts';
import { scopedSignal } from './scope.ts';
import type { HttpClient, HttpOptions, HttpRequest, HttpResponse, Traffic } from './transports.ts';

const DEFAULT_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_BYTES = 64 * 2 ** 20;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

export interface TransportScope {
  readonly signal: AbortSignal;
  readonly budget: Budget;
  readonly traffic: Traffic;
  readonly maxInFlight: number;
}

export function createHttp(
  access: RestAccess,
  options: HttpOptions,
  scope: TransportScope,
): HttpClient {
  const origin = originOf(access, options);
  const agent = new Agent({
    connections: scope.maxInFlight,
    connect: connector(access),
    headersTimeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    bodyTimeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    keepAliveTimeout: 30_000,
    maxResponseSize: -1,
  });

  async function send(request: HttpRequest): Promise<HttpResponse> {
    const method = request.method ?? 'GET';
    const path = pathOf(request, origin, options.basePath ?? '');
    const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const maxBytes = request.maxBytes ?? options.maxBytes ?? DEFAULT_MAX_BYTES;
    const body = request.json === undefined ? request.body : JSON.stringify(request.json);
    const signal = scopedSignal(scope.signal, AbortSignal.timeout(timeoutMs));
    const where = `${method} ${origin}${withoutQuery(path)}`;
    scope.traffic.requests += 1;
    scope.traffic.bytesSent += body?.length ?? 0;
    let answered = false;
    try {
      const response = await agent.request({
        origin,
        path,
        method,
        headers: {
          accept: 'application/json',
          ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
          ...request.headers,
        },
        body: body ?? null,
        signal,
      });
      answered = true;
      const raw = await readBody(response, maxBytes, where);
      scope.traffic.bytesReceived += raw.length;
      return toResponse(
        response,
        decode(raw, response.headers['content-encoding'], maxBytes, where),
        where,
      );
    } catch (error) {
      scope.traffic.errors += 1;
      throw translate(error, where, { answered, timeoutMs });
    }
  }

  return {
    origin,
    request: (request) =>
      scope.budget.run(scopedSignal(scope.signal), async () => {
        try {
          return await send(request);
        } catch (error) {
          if (!isStaleConnection(error, request)) throw error;
          return await send(request);
        }
      }),
    // A second close would reject; the array may already have closed its side.
    close: async () => {
      if (!agent.destroyed) await agent.destroy();
    },
  };
}

function originOf(access: RestAccess, options: HttpOptions): string {
  const scheme = access.scheme ?? 'https';
  if (scheme === 'http' && !LOOPBACK.test(access.host)) {
    throw new ConfigurationError(
      `rest.scheme http sends the password unprotected to ${access.host}; use https`,
    );
  }
  const host =
    access.host.includes(':') && !access.host.startsWith('[') ? `[${access.host}]` : access.host;
  const port = access.port ?? options.port ?? (scheme === 'https' ? 443 : 80);
  return new URL(`${scheme}://${host}:${port}`).origin;
}

function pathOf(request: HttpRequest, origin: string, basePath: string): string {
  const absolute = /^https?:/i.test(request.path);
  const url = new URL(absolute ? request.path : `${origin}${basePath}${request.path}`);
  if (url.origin !== origin) {
    throw new InvalidResponse(
      `refused to follow a link to another origin (${url.origin}) from ${origin}`,
    );
  }
  const query = Object.entries(request.query ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`],
  );
  if (query.length === 0) return `${url.pathname}${url.search}`;
  return `${url.pathname}${url.search ? `${url.search}&` : '?'}${query.join('&')}`;
}

/** Queries may hold what an operator calls secret; errors name the path only. */
function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

function connector(access: RestAccess): buildConnector.connector {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    rejectUnauthorized: !(access.insecure || access.fingerprint),
    ...(access.ca ? { ca: readFileSync(access.ca) } : {}),
    ...(access.legacy_tls ? { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  });
  const expected = access.fingerprint?.slice('sha256:'.length).replaceAll(':', '').toUpperCase();
  if (!expected) return connect;
  return (options, callback) =>
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error) return callback(error, null);
      const actual = (socket as TLSSocket)
        .getPeerCertificate?.()
        .fingerprint256?.replaceAll(':', '');
      if (actual === expected) return callback(null, socket);
      socket.destroy();
      return callback(
        new BackendUnreachable(
          `the certificate of ${options.hostname} has fingerprint sha256:${actual?.toLowerCase()}, not the configured one; nothing was sent`,
        ),
        null,
      );
    });
}

async function readBody(
  response: Dispatcher.ResponseData,
  maxBytes: number,
  where: string,
): Promise<Buffer> {
  const declared = Number(response.headers['content-length']);
  const chunks: Buffer[] = [];
  let length = 0;
  if (declared > maxBytes) length = declared;
  else {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) break;
      chunks.push(chunk);
    }
  }
  if (length > maxBytes) {
    response.body.on('error', () => {}).destroy();
    throw new InvalidResponse(`${where}: the body is larger than ${maxBytes} bytes`);
  }
  return Buffer.concat(chunks, length);
}

function decode(
  raw: Buffer,
  encoding: string | string[] | undefined,
  maxBytes: number,
  where: string,
): Buffer {
  const unpack = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync }[
    String(encoding ?? '')
  ];
  if (!unpack) return raw;
  try {
    return unpack(raw, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new InvalidResponse(
      `${where}: the ${String(encoding)} body is broken or larger than ${maxBytes} bytes`,
      {
        cause,
      },
    );
  }
}

function toResponse(response: Dispatcher.ResponseData, body: Buffer, where: string): HttpResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const cookies = response.headers['set-cookie'];
  return {
    status: response.statusCode,
    headers,
    setCookies: cookies === undefined ? [] : [cookies].flat(),
    body,
    text: () => body.toString('utf8'),
    json: () => parseJson(body.toString('utf8'), `${where} (HTTP ${response.statusCode})`),
  };
}

/** JSON with a bound on nesting. @throws InvalidResponse */
export function parseJson(written: string, where: string): unknown {
  try {
    return JSON.parse(written) as unknown;
  } catch (cause) {
    const what = written.trim() === '' ? 'an empty body' : `"${written.trim().slice(0, 40)}"`;
    // The parser's own message quotes the text around the fault, which may be a secret.
    throw new InvalidResponse(`${where}: expected JSON, got ${what}`, {
      cause: cause instanceof RangeError ? cause : undefined,
    });
  }
}

const TIMEOUTS = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

function translate(
  error: unknown,
  where: string,
  state: { answered: boolean; timeoutMs: number },
): Error {
  if (error instanceof DriverError) return error;
  if (!(error instanceof Error)) return new BackendUnreachable(`${where}: ${String(error)}`);
  const code = 'code' in error ? String(error.code) : '';
  if (error.name === 'TimeoutError' || TIMEOUTS.has(code)) {
    return new BackendTimeout(`${where}: no complete answer within ${state.timeoutMs} ms`, {
      cause: error,
    });
  }
  if (error.name === 'AbortError') return error;
  if (UNTRUSTED.test(code)) {
    return new BackendUnreachable(
      `${where}: the certificate is not trusted (${code}); set rest.ca or rest.fingerprint`,
      { cause: error },
    );
  }
  if (state.answered || code.startsWith('HPE_') || code.startsWith('UND_ERR_RE')) {
    return new InvalidResponse(
      `${where}: the answer is broken or ended early (${code || error.message})`,
      {
        cause: error,
      },
    );
  }
  return new BackendUnreachable(`${where}: ${code || error.message}`, { cause: error });
}

/** A kept-alive connection that the array had closed: safe to send again if it reads only. */
function isStaleConnection(error: unknown, request: HttpRequest): boolean {
  if ((request.method ?? 'GET') !== 'GET' || !(error instanceof BackendUnreachable)) return false;
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET';
}
