/** What the array measures: fields of its performance rows by measure, collections by resource type. */
import {
  measures,
  type Capabilities,
  type MetricName,
  type ResourceMetrics,
  type ResourceType,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import type { Endpoint } from './endpoints-table.ts';

/**
 * Latency is the time the array takes for an operation, microseconds. What the SAN and limits of
 * service quality add, and writes mirrored from the other array of a pod, are fields of their own.
 */
export const FIELDS: Partial<Record<MetricName, string>> = {
  readIops: 'reads_per_sec',
  writeIops: 'writes_per_sec',
  readThroughput: 'read_bytes_per_sec',
  writeThroughput: 'write_bytes_per_sec',
  readResponseTime: 'usec_per_read_op',
  writeResponseTime: 'usec_per_write_op',
  readIoSize: 'bytes_per_read',
  writeIoSize: 'bytes_per_write',
  // REST 2.51 and later.
  readCacheHitRatio: 'read_cache_hit_ratio',
};

const OPERATIONS = {
  iops: 'IOPS',
  readIops: 'IOPS',
  writeIops: 'IOPS',
  throughput: 'B/s',
  readThroughput: 'B/s',
  writeThroughput: 'B/s',
  readResponseTime: 'us',
  writeResponseTime: 'us',
  ioSize: 'B',
  readIoSize: 'B',
  writeIoSize: 'B',
} as const;
const CACHED = { ...OPERATIONS, readCacheHitRatio: '1' } as const;

const RESOURCES = {
  storage: measures(CACHED),
  storagePool: measures(CACHED),
  volume: measures(CACHED),
  volumeGroup: measures(CACHED),
  host: measures(CACHED),
  filesystem: measures(OPERATIONS),
  port: measures({ throughput: 'B/s' }),
} as const satisfies ResourceMetrics;

export const COLLECTIONS = {
  storage: 'arrays/performance',
  storagePool: 'pods/performance',
  volume: 'volumes/performance',
  volumeGroup: 'volume-groups/performance',
  host: 'hosts/performance',
  filesystem: 'directories/performance',
  port: 'network-interfaces/performance',
} as const satisfies Partial<Record<ResourceType, Endpoint>>;

/** The finest history that objects have; the array as a whole has each second, too. */
export const RESOLUTION_MS = 30_000;

export const CAPABILITIES: Capabilities = {
  is_historic: true,
  performance_metric_retention_window: 2 * 3_600,
  collect_interval: RESOLUTION_MS / 1_000,
  resource_metrics: RESOURCES,
};

/** Those of the REST version in use. */
export async function capabilitiesOf(client: Client): Promise<Capabilities> {
  const resource_metrics: { -readonly [T in ResourceType]?: ResourceMetrics[T] } = {};
  for (const [type, endpoint] of Object.entries(COLLECTIONS)) {
    const known = type as keyof typeof COLLECTIONS;
    if (await client.knows(endpoint)) resource_metrics[known] = RESOURCES[known];
  }
  return { ...CAPABILITIES, resource_metrics };
}
