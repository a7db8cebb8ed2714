/** What the agent's export is compared with: observable gauges of the OpenTelemetry SDK and its exporter. */
import { OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from '@opentelemetry/otlp-exporter-base/node-http';
import {
  MetricsExporterMetricsHelper,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { createServer } from 'node:http';
import { observeVolumes } from './kit/gauges.ts';

const [port, endpoint = ''] = process.argv.slice(2);
// As the library's exporter for protobuf is made.
const config = { url: `${endpoint}/v1/metrics`, compression: 'gzip', timeoutMillis: 60_000 };
const headers = { 'Content-Type': 'application/x-protobuf' };
const delegate = createOtlpHttpExportDelegate(
  convertLegacyHttpOptions(config as never, 'METRICS', 'v1/metrics', headers),
  ProtobufMetricsSerializer,
  'otlp_http_metric_exporter',
  MetricsExporterMetricsHelper,
  undefined,
);
const reader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporterBase(delegate),
  exportIntervalMillis: 3_600_000,
  exportTimeoutMillis: 60_000,
});
observeVolumes(reader);
/** Each request is an export. */
createServer((request, response) => {
  const done = request.url === '/export' ? reader.forceFlush() : Promise.resolve();
  void done.then(() => response.end('done\n'));
}).listen(Number(port), '127.0.0.1');
