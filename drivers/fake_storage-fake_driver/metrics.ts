/** Performance of the made-up array: a value for every measure at every multiple of the interval. */
import {
  measures,
  METRIC_NAMES,
  type Capabilities,
  type DriverContext,
  type MetricBatch,
  type MetricName,
  type ResourceMetrics,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';
import type { Fake } from './options.ts';
import { noise } from './random.ts';
import type { FakeArray } from './records.ts';

const RETENTION_SECONDS = 3_600;

/** Unit and range of each measure. */
const MEASURES: Readonly<Record<MetricName, { unit: Unit; low: number; high: number }>> = {
  iops: { unit: 'IOPS', low: 200, high: 20_000 },
  readIops: { unit: 'IOPS', low: 100, high: 10_000 },
  writeIops: { unit: 'IOPS', low: 100, high: 10_000 },
  throughput: { unit: 'MiB/s', low: 2, high: 800 },
  readThroughput: { unit: 'MiB/s', low: 1, high: 400 },
  writeThroughput: { unit: 'MiB/s', low: 1, high: 400 },
  responseTime: { unit: 'ms', low: 0.2, high: 8 },
  readResponseTime: { unit: 'ms', low: 0.2, high: 8 },
  writeResponseTime: { unit: 'ms', low: 0.2, high: 8 },
  ioSize: { unit: 'KiB', low: 4, high: 128 },
  readIoSize: { unit: 'KiB', low: 4, high: 128 },
  writeIoSize: { unit: 'KiB', low: 4, high: 128 },
  cacheHitRatio: { unit: '%', low: 10, high: 99 },
  readCacheHitRatio: { unit: '%', low: 10, high: 99 },
  writeCacheHitRatio: { unit: '%', low: 10, high: 99 },
  cpuUsage: { unit: '%', low: 1, high: 90 },
};

const TYPES = [
  'storage',
  'storagePool',
  'volume',
  'controller',
  'port',
  'disk',
  'filesystem',
  'volumeGroup',
  'host',
] as const;
const SIZES: readonly MetricName[] = ['ioSize', 'readIoSize', 'writeIoSize'];

/** What the catalog has for a resource type. */
function namesOf(type: ResourceType, options: Fake): MetricName[] {
  return METRIC_NAMES.filter((name) => {
    if (options.metrics && !options.metrics.includes(name)) return false;
    if (name === 'cpuUsage') return type === 'controller';
    return !(type === 'disk' && SIZES.includes(name));
  });
}

export function capabilitiesOf(options: Fake): Capabilities {
  const resource_metrics = Object.fromEntries(
    TYPES.map((type) => [
      type,
      measures(
        Object.fromEntries(namesOf(type, options).map((name) => [name, MEASURES[name].unit])),
      ),
    ]),
  );
  return {
    is_historic: options.historic,
    ...(options.historic ? { performance_metric_retention_window: RETENTION_SECONDS } : {}),
    collect_interval: options.sample_interval,
    resource_metrics,
  };
}

export interface SampleRequest {
  readonly options: Fake;
  readonly array: FakeArray;
  readonly context: DriverContext;
  readonly resourceMetrics: ResourceMetrics;
  readonly startTime: number;
  readonly endTime: number;
}

/** A batch for each measure, made when its turn comes. */
export function* samples(request: SampleRequest): Generator<MetricBatch> {
  const { array, context, resourceMetrics } = request;
  const times = sampleTimes(request);
  for (const type of TYPES) {
    const names = Object.keys(resourceMetrics[type] ?? {}) as MetricName[];
    const resources = names.length === 0 ? [] : resourcesOf(type, array, context);
    for (const name of names) yield batchOf(request.options.seed, type, name, resources, times);
  }
}

function sampleTimes({ options, startTime, endTime }: SampleRequest): number[] {
  const step = options.sample_interval * 1_000;
  const last = Math.floor(endTime / step) * step;
  if (!options.historic) return [last];
  const times: number[] = [];
  const oldest = Math.max(startTime, endTime - RETENTION_SECONDS * 1_000);
  for (let time = Math.ceil(oldest / step) * step; time <= last; time += step) times.push(time);
  return times;
}

function batchOf(
  seed: number,
  resource_type: ResourceType,
  name: MetricName,
  resources: readonly Named[],
  times: readonly number[],
): MetricBatch {
  const rows = resources.flatMap((resource) => times.map((time) => ({ ...resource, time })));
  return {
    name,
    resource_type,
    unit: MEASURES[name].unit,
    ids: rows.map(({ id }) => id),
    names: rows.map((row) => row.name),
    times: rows.map(({ time }) => time),
    values: rows.map(({ id, time }) => valueAt(seed, resource_type, id, name, time)),
  };
}

/** The value of a measure at a time, in the measure's unit: anyone can compute it again. */
export function valueAt(
  seed: number,
  type: ResourceType,
  id: string,
  name: MetricName,
  time: number,
): number {
  const { low, high } = MEASURES[name];
  return low + (high - low) * noise(seed, type, id, name, time);
}

interface Named {
  readonly id: string;
  readonly name: string;
}

function resourcesOf(type: ResourceType, array: FakeArray, context: DriverContext): Named[] {
  const named = (id: string, name: string | undefined) => ({ id, name: name ?? id });
  switch (type) {
    case 'storage':
      return [named(context.storageId, array.storage().name)];
    case 'storagePool':
      return array.pools().map((pool) => named(pool.native_storage_pool_id, pool.name));
    case 'volume':
      return array
        .volumes(context.now())
        .map((volume) => named(volume.native_volume_id, volume.name));
    case 'controller':
      return array
        .controllers()
        .map((controller) => named(controller.native_controller_id, controller.name));
    case 'port':
      return array.ports().map((port) => named(port.native_port_id, port.name));
    case 'disk':
      return array.disks().map((disk) => named(disk.native_disk_id, disk.name));
    case 'filesystem':
      return array
        .filesystems()
        .map((filesystem) => named(filesystem.native_filesystem_id, filesystem.name));
    case 'volumeGroup':
      return array
        .volumeGroups(context.now())
        .volume_groups.map((group) => named(group.native_volume_group_id, group.name));
    case 'host':
      return array.hosts().map((host) => named(host.native_storage_host_id, host.name));
    case 'share':
      return [];
  }
}
