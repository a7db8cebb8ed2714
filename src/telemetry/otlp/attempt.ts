/** One attempt to deliver a batch: one request, one deadline, one verdict. */
import { readFileSync } from 'node:fs';
import { Client } from 'undici';
import { resolver } from '../../driver/resolver.ts';
import type { OtlpSettings, Signal } from './config.ts';

/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_RETRY_AFTER_MS = 5 * 60_000;
/** What OTLP lets a client repeat. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const CONTENT_TYPES = {
  'http/json': 'application/json',
  'http/protobuf': 'application/x-protobuf',
} as const satisfies Record<OtlpSettings['protocol'], string>;

export type Verdict =
  | { readonly kind: 'delivered'; readonly answer: Uint8Array }
  | { readonly kind: 'retry'; readonly errorType: string; readonly afterMs?: number }
  /** The batch is too large. */
  | { readonly kind: 'split'; readonly errorType: string }
  /** It will never be taken. */
  | { readonly kind: 'refused'; readonly errorType: string };

export interface Sender {
  /** A batch that waits may be of the protocol of an earlier configuration. */
  send(body: Uint8Array, compressed: boolean, protocol: OtlpSettings['protocol']): Promise<Verdict>;
  close(): Promise<void>;
}

export function createSender(signal: Signal, otlp: OtlpSettings): Sender {
  const url = new URL(otlp.urls[signal]);
  const client = new Client(url.origin, {
    connect: {
      timeout: otlp.timeoutMs,
      lookup: resolver.lookup,
      ...(otlp.ca ? { ca: readFileSync(otlp.ca) } : {}),
      ...(otlp.cert && otlp.key
        ? { cert: readFileSync(otlp.cert), key: readFileSync(otlp.key) }
        : {}),
      ...(otlp.insecure ? { rejectUnauthorized: false } : {}),
    },
    // The deadline of the attempt covers everything; these two start anew with each byte.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 16 * 1024,
  });
  const closing = new AbortController();
  const headers = {
    'user-agent': 'delfin-agent',
    ...Object.fromEntries(
      Object.entries(otlp.headers[signal]).map(([key, value]) => [key, value.reveal()]),
    ),
  };
  return {
    async send(body, compressed, protocol) {
      const deadline = AbortSignal.timeout(otlp.timeoutMs);
      try {
        const response = await client.request({
          method: 'POST',
          path: `${url.pathname}${url.search}`,
          headers: {
            'content-type': CONTENT_TYPES[protocol],
            ...headers,
            ...(compressed ? { 'content-encoding': 'gzip' } : {}),
          },
          body,
          signal: AbortSignal.any([deadline, closing.signal]),
        });
        const answer = await readAnswer(response.body);
        return verdictOf(response.statusCode, response.headers['retry-after'], answer);
      } catch {
        return { kind: 'retry', errorType: deadline.aborted ? 'timeout' : 'connection' };
      }
    },
    async close() {
      closing.abort();
      await client.destroy();
    },
  };
}

function verdictOf(
  status: number,
  retryAfter: string | string[] | undefined,
  answer: Uint8Array,
): Verdict {
  const errorType = String(status);
  if (status >= 200 && status < 300) return { kind: 'delivered', answer };
  if (status === 413) return { kind: 'split', errorType };
  if (!RETRYABLE.has(status)) return { kind: 'refused', errorType };
  const afterMs = retryAfterMs(String(retryAfter ?? ''), Date.now());
  return { kind: 'retry', errorType, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** Seconds or a date; undefined if it is neither. */
export function retryAfterMs(header: string, now: number): number | undefined {
  if (header === '') return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
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
