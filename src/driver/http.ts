/** HTTPS to one array: verified TLS, total deadlines, size caps, counted and bounded requests. */
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Agent, type Dispatcher } from 'undici';
import { urlHost, type HttpsAccess } from './access.ts';
import type { Budget } from './budget.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import { ConfigurationError, DriverError, InvalidResponse, SessionExpired } from './errors.ts';
import { codeOf, cut } from './failures.ts';
import { createConnector } from './http-connect.ts';
import type { TellIdentity } from './identity.ts';
import { parseJson } from './json.ts';
import { scopedSignal } from './scope.ts';
import type { HttpClient, HttpOptions, HttpRequest, HttpResponse, Traffic } from './transports.ts';
import { messageOf } from './message.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
/** Beside those of the budget: alerts and the login have one, the logout another. */
const CONNECTIONS_KEPT = 2;
const MAX_HEADER_BYTES = 16 * 1024;
const DEFAULT_MAX_BYTES = 64 * 2 ** 20;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

export interface TransportScope {
  readonly signal: AbortSignal;
  readonly budget: Budget;
  readonly traffic: Traffic;
  readonly maxInFlight: number;
  /** How long one try over SNMP waits, ms; 5 s if absent. */
  readonly snmpTimeoutMs?: number | undefined;
  /** A part of the running call's answer can't be had, though what was asked goes on without it. */
  readonly onLost?: (error: Error) => void;
  /** A server has shown its certificate or host key. */
  readonly onIdentity?: TellIdentity;
}

export function createHttp(
  access: HttpsAccess,
  options: HttpOptions,
  scope: TransportScope,
): HttpClient {
  const origin = originOf(access, options);
  const agent = new Agent({
    connections: scope.maxInFlight + CONNECTIONS_KEPT,
    connect: createConnector(access, origin, scope.onIdentity),
    // The deadline of the request covers everything; these two start anew with each byte.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    maxHeaderSize: MAX_HEADER_BYTES,
    maxResponseSize: -1,
  });

  async function send(request: HttpRequest, outer: AbortSignal): Promise<HttpResponse> {
    outer.throwIfAborted();
    const method = request.method ?? 'GET';
    const path = pathOf(request, origin, options.basePath ?? '');
    const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const maxBytes = request.maxBytes ?? options.maxBytes ?? DEFAULT_MAX_BYTES;
    const body = request.json === undefined ? request.body : JSON.stringify(request.json);
    const where = `${method} ${origin}${withoutQuery(path)}`;
    const attempt: Attempt = { where, deadline: startDeadline(outer, timeoutMs) };
    scope.traffic.requests += 1;
    scope.traffic.bytesSent += body === undefined ? 0 : Buffer.byteLength(body);
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
        signal: attempt.deadline.signal,
      });
      attempt.answer = { bytes: 0, declared: declaredLength(response) };
      const raw = await readBody(response, maxBytes, where, attempt.answer);
      return toResponse(
        response,
        decode(raw, response.headers['content-encoding'], maxBytes, where),
        where,
      );
    } catch (error) {
      scope.traffic.errors += 1;
      throw translate(error, attempt);
    } finally {
      scope.traffic.bytesReceived += attempt.answer?.bytes ?? 0;
    }
  }

  /** When an exchange ended last: a connection that was used a moment ago has not been kept too long. */
  let usedAt = -Infinity;

  async function exchange(request: HttpRequest, outer: AbortSignal): Promise<HttpResponse> {
    const rested = performance.now() - usedAt >= RESTED_MS;
    try {
      return await send(request, outer);
    } catch (error) {
      if (!rested || !isStaleConnection(error, request)) throw error;
      return await send(request, outer);
    } finally {
      usedAt = performance.now();
    }
  }

  return {
    origin,
    request: (request) => {
      const outer = scopedSignal(scope.signal);
      return scope.budget.run(outer, () => exchange(request, outer));
    },
    // A second close would reject; the array may already have closed its side.
    close: async () => {
      if (!agent.destroyed) await agent.destroy();
    },
  };
}

function originOf(access: HttpsAccess, options: HttpOptions): string {
  const scheme = access.scheme ?? 'https';
  if (scheme === 'http' && !LOOPBACK.test(access.host)) {
    throw new ConfigurationError(
      `rest.scheme http sends the password unprotected to ${access.host}; use https`,
    );
  }
  const port = access.port ?? options.port ?? (scheme === 'https' ? 443 : 80);
  return new URL(`${scheme}://${urlHost(access.host)}:${port}`).origin;
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

/** What has arrived of an answer. */
interface Answer {
  bytes: number;
  readonly declared: number | undefined;
}

function declaredLength(response: Dispatcher.ResponseData): number | undefined {
  const written = response.headers['content-length'];
  return typeof written === 'string' && /^\d+$/.test(written) ? Number(written) : undefined;
}

async function readBody(
  response: Dispatcher.ResponseData,
  maxBytes: number,
  where: string,
  answer: Answer,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let tooLarge = (answer.declared ?? 0) > maxBytes;
  if (!tooLarge) {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      answer.bytes += chunk.length;
      tooLarge = answer.bytes > maxBytes;
      if (tooLarge) break;
      chunks.push(chunk);
    }
  }
  if (tooLarge) {
    response.body.on('error', () => {}).destroy();
    throw new InvalidResponse(`${where}: the body is larger than ${maxBytes} bytes`);
  }
  return Buffer.concat(chunks, answer.bytes);
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
    json: (mend = String) =>
      parseJson(mend(body.toString('utf8')), `${where} (HTTP ${response.statusCode})`),
  };
}

/** One request under way. */
interface Attempt {
  readonly where: string;
  readonly deadline: Deadline;
  /** Set when the headers are there. */
  answer?: Answer;
}

/** Of a connection that was there: one that could not be made is told by the connector. */
function translate(error: unknown, attempt: Attempt): unknown {
  if (error instanceof DriverError) return error;
  const { where, deadline, answer } = attempt;
  const late = deadline.failure(where, answer ? `; ${answer.bytes} bytes arrived` : '');
  if (late !== undefined) return late;
  const code = codeOf(error);
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return new SessionExpired(`${where}: the session was closed meanwhile`, { cause: error });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    return new InvalidResponse(`${where}: the headers are larger than ${MAX_HEADER_BYTES} bytes`);
  }
  if (code.startsWith('HPE_')) {
    return new InvalidResponse(`${where}: what answers does not speak HTTP (${code})`, {
      cause: error,
    });
  }
  if (answer) {
    const length = answer.declared === undefined ? '' : ` of ${answer.declared}`;
    return new InvalidResponse(
      `${where}: the answer ends early, after ${answer.bytes}${length} bytes`,
      { cause: error },
    );
  }
  const what = CLOSED.has(code)
    ? 'the array closed the connection without an answer'
    : `no answer: ${cut(messageOf(error))}`;
  return new InvalidResponse(`${where}: ${what}${code ? ` (${code})` : ''}`, { cause: error });
}

/** Servers keep an idle connection for longer than this. */
const RESTED_MS = 1_000;
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** A kept-alive connection that the array had closed: safe to send again if it reads only. */
function isStaleConnection(error: unknown, request: HttpRequest): boolean {
  if ((request.method ?? 'GET') !== 'GET' || !(error instanceof InvalidResponse)) return false;
  return CLOSED.has(codeOf(error.cause)) && error.message.includes('without an answer');
}
