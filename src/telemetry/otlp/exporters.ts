/** The official exporters over our delegate, with the serializer of the configured protocol. */
import { OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Log } from '../../driver/driver.ts';
import type { SelfMetrics } from '../self.ts';
import type { OtlpSettings } from './config.ts';
import { createExportDelegate, type ExportDelegate } from './delegate.ts';

export interface ExporterOptions {
  readonly otlp: OtlpSettings;
  readonly log: Log;
  readonly self: SelfMetrics;
  /** First wait after a failure; tests shorten it. */
  readonly firstRetryMs?: number;
}

export interface Exporting<Exporter, Request> {
  readonly exporter: Exporter;
  readonly delegate: ExportDelegate<Request>;
}

export function createMetricExporter(
  options: ExporterOptions,
): Exporting<OTLPMetricExporterBase, ResourceMetrics> {
  const delegate = createExportDelegate({
    ...options,
    signal: 'metrics',
    serializer:
      options.otlp.protocol === 'http/json' ? JsonMetricsSerializer : ProtobufMetricsSerializer,
    count: countPoints,
    rejected: ({ partialSuccess }) => countOf(partialSuccess?.rejectedDataPoints),
  });
  return { delegate, exporter: new OTLPMetricExporterBase(delegate) };
}

export function createLogExporter(
  options: ExporterOptions,
): Exporting<OTLPExporterBase<ReadableLogRecord[]>, ReadableLogRecord[]> {
  const delegate = createExportDelegate({
    ...options,
    signal: 'logs',
    serializer: options.otlp.protocol === 'http/json' ? JsonLogsSerializer : ProtobufLogsSerializer,
    count: (records) => records.length,
    rejected: ({ partialSuccess }) => countOf(partialSuccess?.rejectedLogRecords),
  });
  return { delegate, exporter: new OTLPExporterBase(delegate) };
}

export function countPoints({ scopeMetrics }: ResourceMetrics): number {
  let points = 0;
  for (const { metrics } of scopeMetrics) {
    for (const { dataPoints } of metrics) points += dataPoints.length;
  }
  return points;
}

/** JSON spells 64-bit numbers as text. */
function countOf(value: unknown): number {
  const count = Number(value ?? 0);
  return Number.isFinite(count) ? count : 0;
}
