/** What the agent is compared with: observable gauges of the OpenTelemetry SDK and its exporter. */
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { MEASURES, VOLUMES } from './kit/data.ts';

const exporter = new PrometheusExporter({ host: '127.0.0.1', port: Number(process.argv[2]) });
const provider = new MeterProvider({
  readers: [exporter],
  // Its own limit would cut off nine tenths of the data.
  views: [{ instrumentName: '*', aggregationCardinalityLimit: VOLUMES + 1 }],
});
// Its server alone would not keep the process.
setInterval(() => {}, 60_000);
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
