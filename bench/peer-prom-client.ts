/** What the agent is compared with: gauges of prom-client, set before they are asked for. */
import { createServer } from 'node:http';
import { Gauge, Registry } from 'prom-client';
import { MEASURES, VOLUMES } from './kit/data.ts';

const registry = new Registry();
const labelNames = ['storage_system_name', 'storage_volume_id', 'storage_volume_name'] as const;
for (const measure of MEASURES) {
  const name = `storage_volume_${measure}`;
  const gauge = new Gauge({ name, help: name, labelNames, registers: [registry] });
  for (let index = 0; index < VOLUMES; index += 1) {
    gauge.set(
      {
        storage_system_name: 'large',
        storage_volume_id: `volume_${index}`,
        storage_volume_name: `volume ${index}`,
      },
      index + Math.random(),
    );
  }
}
createServer((_request, response) => {
  void registry.metrics().then((text) => response.end(text));
}).listen(Number(process.argv[2]), '127.0.0.1');
