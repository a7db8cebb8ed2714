/** Figures that arrays give in several ways: of the whole, or of volumes; of all operations, or of each way. */
import { named, of, one } from './kit.ts';

const VOLUME = 'storage_volume_id';

/** Operations or bytes per second: the array's own, and where it has none the sum of its volumes. */
export function whole(measure: string): string {
  return `(${one(`storage_system_${measure}`)} or sum by (storage_system_name) (${one(`storage_volume_${measure}`, VOLUME)}))`;
}

/** Latency of arrays; that of the volumes counts by their operations. `way`: '', 'read_' or 'write_'. */
export function wholeLatency(way = ''): string {
  const operations = one(`storage_volume_${way}operations_per_second`, VOLUME);
  const ofVolumes = way === '' ? latency('volume', VOLUME) : one(`storage_volume_${way}latency_seconds`, VOLUME); // prettier-ignore
  const average = `sum by (storage_system_name) (${ofVolumes} * on (storage_system_name, ${VOLUME}) ${operations}) / (sum by (storage_system_name) (${operations}) > 0)`;
  const own = way === '' ? latency('system') : one(`storage_system_${way}latency_seconds`);
  return `(${own} or (${average}))`;
}

/** Of objects that have no latency of all operations that of reads and writes, by their number. */
export function latency(word: string, by = '', pick = one): string {
  const get = (measure: string) => pick(`storage_${word}_${measure}`, by);
  const operations = ['read', 'write'].map((way) => get(`${way}_operations_per_second`));
  const times = ['read', 'write'].map((way, at) => `${get(`${way}_latency_seconds`)} * ${operations[at]}`); // prettier-ignore
  return `(${get('latency_seconds')} or (${times.join(' + ')}) / (${operations.join(' + ')} > 0))`;
}

/** Latency over time of the objects that are slowest on average over the time shown. */
export function slowest(word: string): string {
  const average = (family: string, by = '') =>
    `max by (storage_system_name, ${by}) (avg_over_time(${of(family)}[$__range] @ end()))`;
  return `${latency(word, named(word))} and topk($top, ${latency(word, named(word), average)})`;
}

/** What is not told for each way: `all` of what has no `read`. `by`: what joins them. */
export const unsplit = (all: string, read: string, by = ''): string =>
  `${all} unless on (storage_system_name${by && `, ${by}`}) ${read}`;
