/** One attempt to deliver a batch: one request, one deadline, one verdict. */
import { buildConnector, Client, type Dispatcher } from 'undici';
import { resolver } from '../../driver/resolver.ts';
import { boundedPause } from './backoff.ts';
import { causeOf, causeOfStatus, type Cause } from './cause.ts';
import type { Encoding, OtlpSettings, Signal } from './config.ts';
import { basicOf, headersOf, MAX_ANSWER_BYTES, tlsOf, tunnel } from './connection.ts';
import { createGrpcSender } from './grpc.ts';
import type { Content } from './spool.ts';

/** What OTLP lets a client repeat. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const CONTENT_TYPES = {
  'http/json': 'application/json',
  'http/protobuf': 'application/x-protobuf',
} as const satisfies Record<Encoding, string>;

export type Verdict = { readonly kind: 'delivered'; readonly answer: Uint8Array } | Failure;

export interface Failure extends Cause {
  /** Repeat it; halve it, for it is too large; or it will never be taken. */
  readonly kind: 'retry' | 'split' | 'refused';
  /** The receiver's own wish, ms. */
  readonly afterMs?: number;
}

export interface Sender {
  /** A batch that waits may be of the protocol of an earlier configuration. */
  send(content: Content): Promise<Verdict>;
  close(): Promise<void>;
}

/** @throws Error if there is no way to send as configured. */
export function createSender(signal: Signal, otlp: OtlpSettings): Sender {
  return otlp.protocol === 'grpc' ? createGrpcSender(signal, otlp) : createHttpSender(signal, otlp);
}

function createHttpSender(signal: Signal, otlp: OtlpSettings): Sender {
  const url = new URL(otlp.urls[signal]);
  const closing = new AbortController();
  const way = wayTo(url, signal, otlp, closing.signal);
  const { headers, secrets } = headersOf(url, otlp, signal);
  return {
    async send({ body, compressed, protocol }) {
      const deadline = AbortSignal.timeout(otlp.timeoutMs);
      try {
        const response = await way.client.request({
          method: 'POST',
          path: way.path,
          headers: {
            'content-type': CONTENT_TYPES[protocol],
            ...headers,
            ...way.headers,
            ...(compressed ? { 'content-encoding': 'gzip' } : {}),
          },
          body,
          signal: AbortSignal.any([deadline, closing.signal]),
        });
        const answer = await readAnswer(response.body);
        return verdictOf(response, answer, secrets);
      } catch (error) {
        return { kind: 'retry', ...causeOf(error, otlp, deadline) };
      }
    },
    async close() {
      closing.abort();
      await way.client.destroy();
    },
  };
}

/** To the receiver itself; a proxy is asked to forward, or for a tunnel where there is TLS. */
function wayTo(url: URL, signal: Signal, otlp: OtlpSettings, abort: AbortSignal) {
  const path = `${url.pathname}${url.search}`;
  const tls = { timeout: otlp.timeoutMs, lookup: resolver.lookup, ...tlsOf(otlp) };
  // The deadline of the attempt covers everything; these two start anew with each byte.
  const options = { headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: 16 * 1024 };
  const proxy = otlp.proxies[signal] === undefined ? undefined : new URL(otlp.proxies[signal]);
  if (!proxy) {
    return { client: new Client(url.origin, { ...options, connect: tls }), path, headers: {} };
  }
  if (url.protocol === 'http:') {
    return {
      client: new Client(proxy.origin, { ...options, connect: tls }),
      path: `${url.origin}${path}`,
      headers: { host: url.host, ...basicOf(proxy, 'proxy-authorization') },
    };
  }
  const secured = buildConnector(tls);
  const connect: buildConnector.connector = (to, callback) => {
    const open = async () => {
      const late = AbortSignal.any([abort, AbortSignal.timeout(otlp.timeoutMs)]);
      try {
        const httpSocket = await tunnel(proxy, url, otlp, late);
        secured({ ...to, httpSocket }, callback);
      } catch (error) {
        callback(error as Error, null);
      }
    };
    void open();
  };
  return { client: new Client(url.origin, { ...options, connect }), path, headers: {} };
}

function verdictOf(
  { statusCode: status, headers }: Dispatcher.ResponseData,
  answer: Uint8Array,
  secrets: readonly string[],
): Verdict {
  if (status >= 200 && status < 300) return { kind: 'delivered', answer };
  const cause = causeOfStatus(status, String(headers['location'] ?? ''), answer, secrets);
  if (status === 413) return { kind: 'split', ...cause };
  if (!RETRYABLE.has(status)) return { kind: 'refused', ...cause };
  // A date is of the receiver's clock, as is the one it states.
  const now = Date.parse(String(headers['date'])) || Date.now();
  const afterMs = retryAfterMs(String(headers['retry-after'] ?? ''), now);
  return { kind: 'retry', ...cause, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** Seconds or a date; undefined if it is neither. */
export function retryAfterMs(header: string, now: number): number | undefined {
  if (header === '') return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : boundedPause(ms);
}

async function readAnswer(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
