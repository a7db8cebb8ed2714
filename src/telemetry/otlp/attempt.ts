/** One attempt to deliver a batch: one request, one deadline, one verdict. */
import { readFileSync } from 'node:fs';
import { Client, type Dispatcher } from 'undici';
import { resolver } from '../../driver/resolver.ts';
import { causeOf, causeOfStatus, type Cause } from './cause.ts';
import type { OtlpSettings, Signal } from './config.ts';
import type { Content } from './spool.ts';

/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_RETRY_AFTER_MS = 5 * 60_000;
/** What OTLP lets a client repeat. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const CONTENT_TYPES = {
  'http/json': 'application/json',
  'http/protobuf': 'application/x-protobuf',
} as const satisfies Record<OtlpSettings['protocol'], string>;

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
  const headers: Readonly<Record<string, string>> = {
    'user-agent': 'delfin-agent',
    ...credentialsOf(url),
    ...Object.fromEntries(
      Object.entries(otlp.headers[signal]).map(([key, value]) => [key, value.reveal()]),
    ),
  };
  const secrets = secretsOf(url, headers);
  return {
    async send({ body, compressed, protocol }) {
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
        return verdictOf(response, answer, secrets);
      } catch (error) {
        const cause = deadline.aborted
          ? { errorType: 'timeout', text: `no complete answer within ${otlp.timeoutMs} ms` }
          : causeOf(error);
        return { kind: 'retry', ...cause };
      }
    },
    async close() {
      closing.abort();
      await client.destroy();
    },
  };
}

/** Basic authentication from `http://user:password@host`. */
function credentialsOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** What an answer may echo and nobody may read: values of headers whole and by word, of the query. */
function secretsOf(
  { searchParams }: URL,
  headers: Readonly<Record<string, string>>,
): readonly string[] {
  const values = Object.values({ ...headers, 'user-agent': '' });
  return [...values, ...values.flatMap((value) => value.split(/\s+/)), ...searchParams.values()];
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
