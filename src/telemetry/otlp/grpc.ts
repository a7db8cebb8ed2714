/**
 * OTLP over gRPC: unary calls on one HTTP/2 connection, no more of gRPC than that. The message is
 * the protobuf that the queue holds, and its gzip is the call's.
 */
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { resolver } from '../../driver/resolver.ts';
import type { Sender, Verdict } from './attempt.ts';
import { causeOf } from './cause.ts';
import type { OtlpSettings, Signal } from './config.ts';
import { addressOf, headersOf, MAX_ANSWER_BYTES, tlsOf, tunnel } from './connection.ts';
import { statusOf, verdictOfStatus, type GrpcHeaders } from './grpc-status.ts';
import type { Content } from './spool.ts';

/** Flag of compression and length. */
const FRAME_BYTES = 5;

const PATHS: Readonly<Record<Signal, string>> = {
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};

export function createGrpcSender(signal: Signal, otlp: OtlpSettings): Sender {
  const url = new URL(otlp.urls[signal]);
  const proxy = otlp.proxies[signal] === undefined ? undefined : new URL(otlp.proxies[signal]);
  const tls = tlsOf(otlp);
  const { headers, secrets } = headersOf(url, otlp, signal);
  const closing = new AbortController();
  let session: ClientHttp2Session | undefined;

  async function connected(abort: AbortSignal): Promise<ClientHttp2Session> {
    if (session && !session.closed && !session.destroyed) return session;
    const socket = await dial(url, proxy, otlp, tls, abort);
    const opened = connectHttp2(url.origin, { createConnection: () => socket });
    // Calls tell what is wrong with their connection.
    opened.on('error', () => {});
    opened.on('goaway', () => opened.close());
    session = opened;
    return opened;
  }

  function disconnect(): void {
    session?.destroy();
    session = undefined;
  }

  async function call({ body, compressed }: Content, abort: AbortSignal) {
    const stream = (await connected(abort)).request({
      ':method': 'POST',
      ':path': PATHS[signal],
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${otlp.timeoutMs}m`,
      'grpc-accept-encoding': 'identity',
      ...(compressed ? { 'grpc-encoding': 'gzip' } : {}),
      ...headers,
    });
    // An error after the end of the call has nobody to tell.
    stream.on('error', () => {});
    const stop = () => void stream.destroy(new Error('aborted'));
    abort.addEventListener('abort', stop);
    let said: GrpcHeaders = {};
    stream.on('response', (response) => void (said = { ...said, ...response }));
    stream.on('trailers', (trailers) => void (said = { ...said, ...trailers }));
    const frame = Buffer.alloc(FRAME_BYTES);
    frame.writeUInt8(compressed ? 1 : 0);
    frame.writeUInt32BE(body.length, 1);
    stream.write(frame);
    stream.end(body);
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
      }
    } finally {
      abort.removeEventListener('abort', stop);
    }
    if (isCut(said)) throw Object.assign(new Error('no status'), { code: 'ECONNRESET' });
    return { said, answer: Buffer.concat(chunks).subarray(FRAME_BYTES) };
  }

  return {
    async send(content) {
      if (content.protocol === 'http/json') return JSON_REFUSED;
      const deadline = AbortSignal.timeout(otlp.timeoutMs);
      try {
        const { said, answer } = await call(content, AbortSignal.any([deadline, closing.signal]));
        const status = statusOf(said);
        return status.code === 0 ? { kind: 'delivered', answer } : verdictOfStatus(status, secrets);
      } catch (error) {
        // What is open may be open at one end only.
        disconnect();
        return { kind: 'retry', ...causeOf(error, otlp, deadline) };
      }
    },
    async close() {
      closing.abort();
      disconnect();
    },
  };
}

/** The answer ended before it said how the call went. */
function isCut(said: GrpcHeaders): boolean {
  return said['grpc-status'] === undefined && (said[':status'] ?? 200) === 200;
}

const JSON_REFUSED: Verdict = {
  kind: 'refused',
  errorType: 'configuration',
  text: 'it was queued as JSON, which gRPC does not carry: otlp.protocol was http/json before',
};

/** @throws Error as the network or TLS has it */
async function dial(
  url: URL,
  proxy: URL | undefined,
  otlp: OtlpSettings,
  tls: ReturnType<typeof tlsOf>,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port, secure } = addressOf(url);
  const way = { host, port, lookup: resolver.lookup };
  const through = proxy ? await tunnel(proxy, url, otlp, signal) : undefined;
  if (!secure) {
    if (through) return through;
    return await ready(connectTcp(way), 'connect', signal);
  }
  const socket = connectTls({
    ...(through ? { socket: through } : way),
    ...tls,
    // An address is no name that a server could be asked for.
    ...(/[a-z]/i.test(host) && !host.includes(':') ? { servername: host } : { host }),
    ALPNProtocols: ['h2'],
  });
  await ready(socket, 'secureConnect', signal);
  if (socket.alpnProtocol === 'h2') return socket;
  socket.destroy();
  throw Object.assign(new Error('no HTTP/2'), { code: 'ERR_HTTP2_ERROR' });
}

async function ready<S extends Socket>(socket: S, event: string, signal: AbortSignal): Promise<S> {
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
