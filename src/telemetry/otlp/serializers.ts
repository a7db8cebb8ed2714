/** The official serializers by signal and protocol, and what an answer says was not taken. */
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import type { OtlpSettings, Signal } from './config.ts';

type Protocol = OtlpSettings['protocol'];

export const METRIC_SERIALIZERS = {
  'http/json': JsonMetricsSerializer,
  'http/protobuf': ProtobufMetricsSerializer,
} as const;

export const LOG_SERIALIZERS = {
  'http/json': JsonLogsSerializer,
  'http/protobuf': ProtobufLogsSerializer,
} as const;

/** Points or records that a receiver says it did not take, though it took the request. */
export function rejectedItems(signal: Signal, protocol: Protocol, answer: Uint8Array): number {
  if (answer.length === 0) return 0;
  try {
    if (signal === 'metrics') {
      const { partialSuccess } = METRIC_SERIALIZERS[protocol].deserializeResponse(answer);
      return countOf(partialSuccess?.rejectedDataPoints);
    }
    const { partialSuccess } = LOG_SERIALIZERS[protocol].deserializeResponse(answer);
    return countOf(partialSuccess?.rejectedLogRecords);
  } catch {
    // It took the batch: what else it said is not understood.
    return 0;
  }
}

/** JSON spells 64-bit numbers as text. */
function countOf(value: unknown): number {
  const count = Number(value ?? 0);
  return Number.isFinite(count) ? count : 0;
}
