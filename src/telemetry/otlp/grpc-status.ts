/** What a gRPC receiver says of a call, and what follows of it. */
import type { Failure } from './attempt.ts';
import { boundedPause } from './backoff.ts';
import { excerptOf } from './cause.ts';
import { fieldsOf } from './wire.ts';

/** Headers and trailers of an answer. */
export type GrpcHeaders = Readonly<Record<string, unknown>>;

export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
  /** The receiver's wish, ms. */
  readonly retryMs?: number;
}

/** By number. */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;
type Name = (typeof NAMES)[number];

/** What OTLP lets a client repeat; RESOURCE_EXHAUSTED only where the receiver says when. */
const RETRYABLE: ReadonlySet<string> = new Set([
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNAVAILABLE',
  'DATA_LOSS',
] satisfies Name[]);

/** What gRPC makes of an answer that is none of gRPC. */
const OF_HTTP: Readonly<Record<number, Name>> = {
  400: 'INTERNAL',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  429: 'UNAVAILABLE',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
};

const ADVICE: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'the credentials are missing or wrong: check otlp.headers',
  PERMISSION_DENIED: 'the credentials do not allow this: check otlp.headers',
  UNIMPLEMENTED: 'there is no OTLP receiver for this: check otlp.endpoint and otlp.protocol',
  RESOURCE_EXHAUSTED: 'the receiver has no room, or the batch is larger than it takes',
  UNAVAILABLE: 'the receiver does not take data now',
} satisfies Partial<Record<Name, string>>;

export function statusOf(said: GrpcHeaders): GrpcStatus {
  const written = textOf(said['grpc-status']);
  if (!/^\d+$/.test(written)) {
    const http = Number(said[':status'] ?? 0);
    return { code: NAMES.indexOf(OF_HTTP[http] ?? 'UNKNOWN'), message: `HTTP ${http}` };
  }
  const message = decoded(textOf(said['grpc-message']));
  const retryMs = retryOf(textOf(said['grpc-status-details-bin']));
  return { code: Number(written), message, ...(retryMs === undefined ? {} : { retryMs }) };
}

export function verdictOfStatus(status: GrpcStatus, secrets: readonly string[]): Failure {
  const { code, message, retryMs } = status;
  const errorType = NAMES[code] ?? 'UNKNOWN';
  const said = excerptOf(Buffer.from(message), secrets);
  const advice = ADVICE[errorType] ?? 'the receiver refuses it';
  const cause = {
    errorType,
    text: `gRPC ${errorType}: ${advice}${said === '' ? '' : `; it says: ${said}`}`,
  };
  const after = retryMs === undefined ? {} : { afterMs: boundedPause(retryMs) };
  if (RETRYABLE.has(errorType)) return { kind: 'retry', ...cause, ...after };
  if (errorType !== 'RESOURCE_EXHAUSTED') return { kind: 'refused', ...cause };
  if (retryMs !== undefined) return { kind: 'retry', ...cause, ...after };
  return { kind: /larger than|too large|max/i.test(message) ? 'split' : 'refused', ...cause };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

/** google.rpc.RetryInfo of the details of a google.rpc.Status, ms. */
function retryOf(base64: string): number | undefined {
  try {
    for (const detail of fieldsIn(Buffer.from(base64, 'base64'), 3)) {
      const [type] = fieldsIn(detail, 1);
      if (
        !Buffer.from(type ?? [])
          .toString()
          .endsWith('/google.rpc.RetryInfo')
      )
        continue;
      const [info = new Uint8Array()] = fieldsIn(detail, 2);
      const [delay = new Uint8Array()] = fieldsIn(info, 1);
      const [seconds = 0, nanos = 0] = [1, 2].map(
        (wanted) => [...fieldsOf(delay)].find(({ number }) => number === wanted)?.value ?? 0,
      );
      return seconds * 1_000 + nanos / 1e6;
    }
  } catch {
    // Not what it should be: as if it said nothing.
  }
  return undefined;
}

function fieldsIn(message: Uint8Array, wanted: number): Uint8Array[] {
  return [...fieldsOf(message)].flatMap(({ number, content }) =>
    number === wanted && content ? [content] : [],
  );
}
