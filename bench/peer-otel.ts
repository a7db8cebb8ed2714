/** What the agent is compared with: observable gauges of the OpenTelemetry SDK and its exporter. */
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { observeVolumes } from './kit/gauges.ts';

const exporter = new PrometheusExporter({ host: '127.0.0.1', port: Number(process.argv[2]) });
observeVolumes(exporter);
// Its server alone would not keep the process.
setInterval(() => {}, 60_000);
