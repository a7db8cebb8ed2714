/** What the cluster measures: steps of 20 seconds, equal neighbours as one row with a count. */
import type { MetricName } from 'delfin-agent/driver';
import type { TruthSample } from '../../kit/simulator.ts';
import { hex } from './hardware.ts';
import { MEASURED_MS, PERIOD_MS, type PowerStoreArray, type Row, word } from './types.ts';

const GIB = 2 ** 30;
const IDLE = 1_000;

/** A number in [0, 1) that depends on these words alone. */
function share(...words: readonly (string | number)[]): number {
  return parseInt(hex(...words).slice(0, 8), 16) / 2 ** 32;
}

const seeds = new Map<string, number>();

/** The same of a step, which there are many of. */
function shareOfStep(column: string, id: string, step: number): number {
  const key = `${column} ${id}`;
  let seed = seeds.get(key);
  if (seed === undefined) seeds.set(key, (seed = share(column, id) * 2 ** 32));
  const mixed = Math.imul((seed ^ step) >>> 0, 0x9e3779b1);
  return (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 0) / 2 ** 32;
}

/** How long the values of an object stay as they are, in steps; idle ones for ever. */
function holdOf(id: string): number {
  return [1, 2, 3, 7, IDLE][Math.floor(shareOfStep('hold', id, 1) * 5)] ?? 1;
}

const BLOCK = [
  'read_iops', 'write_iops', 'total_iops', 'read_bandwidth', 'write_bandwidth', 'total_bandwidth',
  'avg_read_latency', 'avg_write_latency', 'avg_latency', 'avg_read_size', 'avg_write_size',
  'avg_io_size',
] as const; // prettier-ignore
const FILE = BLOCK.map((name) => (name === 'avg_io_size' ? 'avg_size' : name));
const NETWORK = ['bytes_rx_ps', 'bytes_tx_ps', 'pkt_rx_ps', 'pkt_tx_ps'];

const ENTITIES: Readonly<Record<string, readonly string[]>> = {
  cluster: BLOCK,
  appliance: BLOCK,
  node: [...BLOCK, 'io_workload_cpu_utilization'],
  volume: BLOCK,
  vg: BLOCK,
  host: BLOCK,
  fe_fc_port: BLOCK,
  fe_eth_port: NETWORK,
  file_system: FILE,
};

function valueOf(column: string, id: string, step: number): number {
  const hold = holdOf(id);
  if (hold === IDLE) return 0;
  const value = shareOfStep(column, id, Math.floor(step / hold)) * 1_000;
  return column.endsWith('utilization') ? value / 1_000 : Math.round(value * 100) / 100;
}

/** What an average is an average over. */
const WEIGHTS: Readonly<Record<string, string>> = {
  avg_read_latency: 'read_iops',
  avg_write_latency: 'write_iops',
  avg_latency: 'total_iops',
  avg_read_size: 'read_iops',
  avg_write_size: 'write_iops',
  avg_io_size: 'total_iops',
};

/** What several objects measure together: their sum, averages by their operations. */
function valueOfAll(column: string, ids: readonly string[], step: number): number {
  const weight = WEIGHTS[column];
  let [sum, operations] = [0, 0];
  for (const id of ids) {
    const own = weight === undefined ? 1 : valueOf(weight, id, step);
    sum += valueOf(column, id, step) * own;
    operations += own;
  }
  if (weight !== undefined && operations > 0) sum /= operations;
  return Math.round(sum * 100) / 100;
}

/** The volumes whose load the cluster or an appliance has; undefined: an object that has its own. */
function volumesBelow({ rows }: PowerStoreArray, entity: string, id: string) {
  if (entity !== 'cluster' && entity !== 'appliance') return undefined;
  return (rows['volume'] ?? [])
    .filter((row) => row['type'] !== 'Snapshot')
    .filter((row) => entity === 'cluster' || row['appliance_id'] === id)
    .map((row) => word(row['id']));
}

/** Reads the measures of one object. */
function readerOf(array: PowerStoreArray, entity: string, id: string) {
  const below = volumesBelow(array, entity, id);
  return (column: string, step: number) =>
    below ? valueOfAll(column, below, step) : valueOf(column, id, step);
}

/** Columns of five minutes and longer. */
const coarse = (column: string) => (/iops|bandwidth|_ps$/.test(column) ? `avg_${column}` : column);

/** The rows of an object, oldest first; undefined: there is no such entity. */
export function performanceRows(
  array: PowerStoreArray,
  entity: string,
  id: string,
  now: number,
  periodMs: number = PERIOD_MS,
  lengthMs = periodMs === PERIOD_MS ? MEASURED_MS : 6 * MEASURED_MS,
): Row[] | undefined {
  const columns = ENTITIES[entity];
  if (!columns) return undefined;
  const read = readerOf(array, entity, id);
  const last = Math.floor(now / periodMs);
  const rows: Record<string, unknown>[] = [];
  for (let step = last - lengthMs / periodMs + 1; step <= last; step += 1) {
    const values = Object.fromEntries(
      columns.map((column) => [
        periodMs === PERIOD_MS ? column : coarse(column),
        read(column, step),
      ]),
    );
    const before = rows.at(-1);
    if (before && Object.entries(values).every(([column, value]) => before[column] === value)) {
      before['repeat_count'] = Number(before['repeat_count']) + 1;
    } else {
      const timestamp = new Date(step * periodMs).toISOString().replace('.000Z', 'Z');
      rows.push({
        timestamp,
        ...values,
        repeat_count: 1,
        entity: `performance_metrics_by_${entity}`,
      });
    }
  }
  // Files leave a count of one out.
  if (entity === 'file_system')
    for (const row of rows) if (row['repeat_count'] === 1) delete row['repeat_count'];
  return rows;
}

export function spaceRow(entity: string, id: string): Row {
  const total = Math.floor((4 + share('total', id) * 4_092) * 1024 * GIB);
  const used = Math.floor(total * share('used', id));
  return {
    timestamp: '2026-01-01T00:00:00Z',
    logical_provisioned: total * 3,
    logical_used: used * 2,
    physical_total: total,
    physical_used: used,
    data_physical_used: used,
    efficiency_ratio: 6,
    data_reduction: id === 'A2' ? 0 : 3.5,
    snapshot_savings: 2,
    thin_savings: 1.5,
    repeat_count: 288,
    entity,
  };
}

export function wearOf(driveId: string): number {
  return 90 + Math.round(share('wear', driveId) * 100) / 10;
}

const COLUMNS: Readonly<Record<string, readonly [name: MetricName, factor: number]>> = {
  read_iops: ['readIops', 1],
  write_iops: ['writeIops', 1],
  total_iops: ['iops', 1],
  read_bandwidth: ['readThroughput', 1],
  write_bandwidth: ['writeThroughput', 1],
  total_bandwidth: ['throughput', 1],
  avg_read_latency: ['readResponseTime', 1e-6],
  avg_write_latency: ['writeResponseTime', 1e-6],
  avg_latency: ['responseTime', 1e-6],
  avg_read_size: ['readIoSize', 1],
  avg_write_size: ['writeIoSize', 1],
  avg_io_size: ['ioSize', 1],
  avg_size: ['ioSize', 1],
  io_workload_cpu_utilization: ['cpuUsage', 1],
};

type Measured = readonly [
  type: TruthSample['resource_type'],
  entity: string,
  id: string,
  resource: string,
];

export function samplesOf(array: PowerStoreArray, start: number, end: number): TruthSample[] {
  const samples: TruthSample[] = [];
  const first = Math.ceil(Math.max(start, Date.now() - MEASURED_MS + PERIOD_MS) / PERIOD_MS);
  for (const [resource_type, entity, id, resource_id] of measuredOf(array)) {
    const read = readerOf(array, entity, id);
    for (let step = first; step * PERIOD_MS <= end; step += 1) {
      const add = (name: MetricName, value: number) =>
        samples.push({ resource_type, resource_id, name, time: step * PERIOD_MS, value });
      if (entity === 'fe_eth_port') {
        add('throughput', read('bytes_rx_ps', step) + read('bytes_tx_ps', step));
      }
      for (const column of ENTITIES[entity] ?? []) {
        const known = COLUMNS[column];
        if (known) add(known[0], read(column, step) * known[1]);
      }
    }
  }
  return samples;
}

function measuredOf({ rows }: PowerStoreArray): Measured[] {
  const own = (type: Measured[0], entity: string, resource: string): Measured[] =>
    (rows[resource] ?? [])
      .filter((row) => row['type'] !== 'Snapshot' && row['filesystem_type'] !== 'Snapshot')
      .map(({ id }) => [type, entity, word(id), word(id)]);
  const nodes = (rows['node'] ?? []).map((node): Measured => {
    const hardware = rows['hardware']?.find(
      (one) =>
        one['type'] === 'Node' &&
        one['appliance_id'] === node['appliance_id'] &&
        one['slot'] === node['slot'],
    );
    return ['controller', 'node', word(node['id']), word(hardware?.['id'])];
  });
  return [
    ...own('storage', 'cluster', 'cluster'),
    ...own('storagePool', 'appliance', 'appliance'),
    ...nodes,
    ...own('port', 'fe_fc_port', 'fc_port'),
    ...own('port', 'fe_eth_port', 'eth_port'),
    ...own('volumeGroup', 'vg', 'volume_group'),
    ...own('filesystem', 'file_system', 'file_system'),
    ...own('host', 'host', 'host'),
    ...own('volume', 'volume', 'volume'),
  ];
}
