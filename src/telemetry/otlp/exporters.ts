/** The official exporters over our delegate, with the serializer of the configured protocol. */
import { OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Log } from '../../driver/driver.ts';
import type { SelfMetrics } from '../self.ts';
import { encodingOf, forSignal, type OtlpSettings } from './config.ts';
import { createExportDelegate, type BatchSink, type ExportDelegate } from './delegate.ts';
import { createOutgoing } from './outgoing.ts';
import { LOG_SERIALIZERS, METRIC_SERIALIZERS } from './serializers.ts';

export interface ExporterOptions {
  readonly otlp: OtlpSettings;
  readonly log: Log;
  readonly self: SelfMetrics;
  /** Takes the serialised batches; a queue of its own that delivers them if absent. */
  readonly sink?: BatchSink;
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
  const otlp = forSignal(options.otlp, 'metrics');
  const delegate = createExportDelegate({
    serializer: METRIC_SERIALIZERS[encodingOf(otlp.protocol)],
    count: countPoints,
    sink: options.sink ?? createOutgoing({ ...options, signal: 'metrics' }),
  });
  return { delegate, exporter: new OTLPMetricExporterBase(delegate) };
}

export function createLogExporter(
  options: ExporterOptions,
): Exporting<OTLPExporterBase<ReadableLogRecord[]>, ReadableLogRecord[]> {
  const otlp = forSignal(options.otlp, 'logs');
  const delegate = createExportDelegate({
    serializer: LOG_SERIALIZERS[encodingOf(otlp.protocol)],
    count: (records) => records.length,
    sink: options.sink ?? createOutgoing({ ...options, signal: 'logs' }),
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
