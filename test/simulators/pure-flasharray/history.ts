/** What the simulated array has measured: the same number whenever the same time is asked for. */
import type { TruthSample } from '../../kit/simulator.ts';
import type { Item } from './contents-files.ts';
import type { FlashArray, Volume } from './types.ts';

const STEP_MS = 30_000;
/** Kept at the finest step. */
const KEPT_MS = 3 * 3_600_000;

/** An object that is measured. */
interface Measured {
  readonly identity: Item;
  /** As the contract calls it; undefined: no list has it. */
  readonly resource:
    | { readonly type: TruthSample['resource_type']; readonly id: string }
    | undefined;
  readonly key: string;
  readonly isDestroyed: boolean;
  readonly mirrored: boolean;
  readonly kind: 'block' | 'file' | 'eth' | 'fc';
}

/** Collection -> first minor version, first one with a history, objects. */
const COLLECTIONS: Readonly<
  Record<string, readonly [since: number, history: number, make: (array: FlashArray) => Measured[]]>
> = {
  arrays: [0, 0, (array) => [block('storage', array, { mirrored: true })]],
  volumes: [0, 0, ({ volumes }) => volumes.map((one: Volume) => block('volume', one, one))],
  pods: [1, 1, ({ pods }) => pods.map((one) => block('storagePool', one, { isDestroyed: one.isDestroyed, mirrored: true }))],
  'volume-groups': [1, 1, ({ volumeGroups }) => volumeGroups.map((one) => block('volumeGroup', one, one))],
  hosts: [0, 16, ({ hosts }) => hosts.map(({ name }) => block('host', { id: name, name }, {}, { name }))],
  directories: [3, 3, ({ directories }) => directories.map((one) => ({
    identity: { id: one.id, name: one.name },
    resource: one.path === '/' ? { type: 'filesystem', id: one.fileSystem.id } : undefined,
    key: one.id,
    isDestroyed: false,
    mirrored: false,
    kind: 'file',
  }))],
  'network-interfaces': [4, 4, ({ interfaces }) => interfaces.map(({ name, kind }) => ({
    identity: { name, interface_type: kind },
    resource: { type: 'port', id: name.toUpperCase() },
    key: name,
    isDestroyed: false,
    mirrored: false,
    kind,
  }))],
}; // prettier-ignore

function block(
  type: TruthSample['resource_type'],
  { id, name }: { readonly id: string; readonly name: string },
  {
    isDestroyed = false,
    mirrored = false,
  }: { readonly isDestroyed?: boolean; readonly mirrored?: boolean },
  identity: Item = { id, name },
): Measured {
  return { identity, resource: { type, id }, key: id, isDestroyed, mirrored, kind: 'block' };
}

/** Each collection's name without `/performance`; undefined: this version has none. */
export function measuredIn(array: FlashArray, name: string): readonly Measured[] | undefined {
  const entry = Object.hasOwn(COLLECTIONS, name) ? COLLECTIONS[name] : undefined;
  return entry && array.minor >= entry[0] ? entry[2](array) : undefined;
}

export function hasHistory(array: FlashArray, name: string): boolean {
  return array.minor >= (COLLECTIONS[name]?.[1] ?? Infinity);
}

/** Times of samples in a window, oldest first. */
export function timesIn(start: number, end: number, now: number): number[] {
  const first = Math.ceil(Math.max(start, now - KEPT_MS) / STEP_MS) * STEP_MS;
  const times: number[] = [];
  for (let time = first; time <= Math.min(end, now); time += STEP_MS) times.push(time);
  return times;
}

export function rowOf(measured: Measured, time: number, minor: number): Item {
  return { ...measured.identity, time, ...valuesOf(measured, time, minor) };
}

/** What was measured last, with the time of the question. */
export function presentRowOf(measured: Measured, now: number, minor: number): Item {
  const last = now - (now % STEP_MS);
  return { ...measured.identity, time: now, ...valuesOf(measured, last, minor) };
}

/** A number that depends on object, time and field only. */
function value(key: string, time: number, field: number, most: number): number {
  let mixed = (time / 1000 + field * 7919) >>> 0;
  for (let at = 0; at < key.length; at += 1)
    mixed = (Math.imul(mixed, 31) + key.charCodeAt(at)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0;
  return mixed % most;
}

const SIDES = {
  eth: { packets: 'packets', other: 'fc' },
  fc: { packets: 'frames', other: 'eth' },
} as const;

function valuesOf({ key, kind, mirrored }: Measured, time: number, minor: number): Item {
  const at = (field: number, most: number) => value(key, time, field, most);
  if (kind === 'eth' || kind === 'fc') {
    const { packets, other } = SIDES[kind];
    const counts = (empty: boolean) => ({
      received_bytes_per_sec: empty ? null : at(1, 1e9),
      transmitted_bytes_per_sec: empty ? null : at(2, 1e9),
      [`received_${packets}_per_sec`]: empty ? null : at(3, 1e6),
      total_errors_per_sec: empty ? null : 0,
    });
    return { [kind]: counts(false), [other]: counts(true) };
  }
  const reads = at(1, 5) === 0 ? 0 : at(2, 50_000);
  const writes = at(3, 20_000);
  const bytesRead = reads * 8192;
  const bytesWritten = writes * 4096;
  const mirroredWrites = mirrored ? at(4, 3) * 100 : 0;
  const operations = reads + writes + mirroredWrites;
  const common = {
    reads_per_sec: reads,
    writes_per_sec: writes,
    read_bytes_per_sec: bytesRead,
    write_bytes_per_sec: bytesWritten,
    usec_per_read_op: reads === 0 ? 0 : at(5, 3000),
    usec_per_write_op: writes === 0 ? 0 : at(6, 3000),
    bytes_per_read: reads === 0 ? 0 : 8192,
    bytes_per_write: writes === 0 ? 0 : 4096,
    bytes_per_op:
      operations === 0
        ? 0
        : Math.floor((bytesRead + bytesWritten + mirroredWrites * 512) / operations),
  };
  if (kind === 'file')
    return { ...common, others_per_sec: at(8, 10), usec_per_other_op: at(9, 99) };
  return {
    ...common,
    mirrored_writes_per_sec: mirroredWrites,
    mirrored_write_bytes_per_sec: mirroredWrites * 512,
    usec_per_mirrored_write_op: 500,
    bytes_per_mirrored_write: mirroredWrites === 0 ? 0 : 512,
    san_usec_per_mirrored_write_op: 33,
    queue_usec_per_mirrored_write_op: 3,
    service_usec_per_mirrored_write_op: 460,
    qos_rate_limit_usec_per_mirrored_write_op: 0,
    others_per_sec: 0,
    usec_per_other_op: 0,
    local_queue_usec_per_op: 0,
    queue_depth: null,
    queue_usec_per_read_op: 3,
    queue_usec_per_write_op: 3,
    san_usec_per_read_op: 77,
    san_usec_per_write_op: 88,
    service_usec_per_read_op: 40,
    service_usec_per_write_op: 41,
    qos_rate_limit_usec_per_read_op: 0,
    qos_rate_limit_usec_per_write_op: 0,
    service_usec_per_read_op_cache_reduction: null,
    ...(minor >= 51 ? { read_cache_hit_ratio: at(7, 101) / 100 } : {}),
  };
}

/** The same in base units of the contract. */
export function samplesOf(
  array: FlashArray,
  start: number,
  end: number,
  now: number,
): TruthSample[] {
  return Object.keys(COLLECTIONS).flatMap((name) => {
    if (!hasHistory(array, name)) return [];
    return (measuredIn(array, name) ?? [])
      .filter(({ isDestroyed }) => !isDestroyed)
      .flatMap((measured) =>
        timesIn(start, end, now).flatMap((time) => {
          const { resource } = measured;
          if (!resource) return [];
          const found = baseValues(valuesOf(measured, time, array.minor), measured.kind);
          return found.map(([metric, value_]) => ({
            resource_type: resource.type,
            resource_id: resource.id,
            name: metric,
            time,
            value: value_,
          }));
        }),
      );
  });
}

function baseValues(row: Item, kind: Measured['kind']): [TruthSample['name'], number][] {
  const at = (field: string) => Number(row[field]);
  if (kind === 'eth' || kind === 'fc') {
    const { received_bytes_per_sec: received, transmitted_bytes_per_sec: sent } = row[
      kind
    ] as Record<string, number>;
    return [['throughput', (received ?? 0) + (sent ?? 0)]];
  }
  return [
    ['readIops', at('reads_per_sec')],
    ['writeIops', at('writes_per_sec')],
    ['iops', at('reads_per_sec') + at('writes_per_sec')],
    ['readThroughput', at('read_bytes_per_sec')],
    ['writeThroughput', at('write_bytes_per_sec')],
    ['throughput', at('read_bytes_per_sec') + at('write_bytes_per_sec')],
    ['readResponseTime', at('usec_per_read_op') / 1e6],
    ['writeResponseTime', at('usec_per_write_op') / 1e6],
    ['readIoSize', at('bytes_per_read')],
    ['writeIoSize', at('bytes_per_write')],
    // With mirrored writes the array's average is one over other operations than the others.
    ...(Number(row['mirrored_writes_per_sec'] ?? 0) === 0
      ? [['ioSize', at('bytes_per_op')] as [TruthSample['name'], number]]
      : []),
    ...(row['read_cache_hit_ratio'] === undefined
      ? []
      : [['readCacheHitRatio', at('read_cache_hit_ratio')] as [TruthSample['name'], number]]),
  ];
}
