/** The large array as observable gauges of the OpenTelemetry SDK. */
import { MeterProvider, type IMetricReader } from '@opentelemetry/sdk-metrics';
import { MEASURES, VOLUMES } from './data.ts';

export function observeVolumes(reader: IMetricReader): void {
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
}
