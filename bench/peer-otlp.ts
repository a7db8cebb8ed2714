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
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { createServer } from 'node:http';
import { MEASURES, VOLUMES } from './kit/data.ts';

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
const provider = new MeterProvider({
  readers: [reader],
  // Its own limit would cut off nine tenths of the data.
  views: [{ instrumentName: '*', aggregationCardinalityLimit: VOLUMES + 1 }],
});
const meter = provider.getMeter('bench');
const attributes = Array.from({ length: VOLUMES }, (_, index) => ({
  'storage.system.name': 'large',
  'storage.volume.id': `volume_${index}`,
  'storage.volume.name': `volume ${index}`,
}));
for (const measure of MEASURES) {
  meter.createObservableGauge(`storage.volume.${measure}`).addCallback((result) => {
    for (const [index, identity] of attributes.entries()) {
      result.observe(index + Math.random(), identity);
    }
  });
}
/** Each request is an export. */
createServer((request, response) => {
  const done = request.url === '/export' ? reader.forceFlush() : Promise.resolve();
  void done.then(() => response.end('done\n'));
}).listen(Number(port), '127.0.0.1');
