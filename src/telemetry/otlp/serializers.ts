/** The official serializers by signal and protocol, and what an answer says was not taken. */
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import type { Encoding, Signal } from './config.ts';

export const METRIC_SERIALIZERS = {
  'http/json': JsonMetricsSerializer,
  'http/protobuf': ProtobufMetricsSerializer,
} as const;

export const LOG_SERIALIZERS = {
  'http/json': JsonLogsSerializer,
  'http/protobuf': ProtobufLogsSerializer,
} as const;

export interface PartialSuccess {
  /** Points or records that the receiver did not take, though it took the request. */
  readonly rejected: number;
  /** Why not; of a request that it took whole, a warning. */
  readonly message: string;
}

export function partialSuccessOf(
  signal: Signal,
  protocol: Encoding,
  answer: Uint8Array,
): PartialSuccess {
  if (answer.length === 0) return { rejected: 0, message: '' };
  try {
    if (signal === 'metrics') {
      const { partialSuccess } = METRIC_SERIALIZERS[protocol].deserializeResponse(answer);
      const rejected = countOf(partialSuccess?.rejectedDataPoints);
      return { rejected, message: partialSuccess?.errorMessage ?? '' };
    }
    const { partialSuccess } = LOG_SERIALIZERS[protocol].deserializeResponse(answer);
    const rejected = countOf(partialSuccess?.rejectedLogRecords);
    return { rejected, message: partialSuccess?.errorMessage ?? '' };
  } catch {
    // It took the batch: what else it said is not understood.
    return { rejected: 0, message: '' };
  }
}

/** JSON spells 64-bit numbers as text. */
function countOf(value: unknown): number {
  const count = Number(value ?? 0);
  return Number.isFinite(count) ? count : 0;
}
