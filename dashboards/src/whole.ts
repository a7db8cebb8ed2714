/** Figures of whole arrays: the array's own, and where it has none the sum of its volumes. */
import { one } from './kit.ts';

const VOLUME = 'storage_volume_id';

/** Operations or bytes per second. `measure`: the family's name after the type. */
export function whole(measure: string): string {
  return `(${one(`storage_system_${measure}`)} or sum by (storage_system_name) (${one(`storage_volume_${measure}`, VOLUME)}))`;
}

/** Latency; that of the volumes counts by their operations. `way`: '', 'read_' or 'write_'. */
export function wholeLatency(way = ''): string {
  const operations = one(`storage_volume_${way}operations_per_second`, VOLUME);
  const latency = one(`storage_volume_${way}latency_seconds`, VOLUME);
  const average = `sum by (storage_system_name) (${latency} * on (storage_system_name, ${VOLUME}) ${operations}) / (sum by (storage_system_name) (${operations}) > 0)`;
  return `(${one(`storage_system_${way}latency_seconds`)} or (${average}))`;
}
