/** Performance history: a value for every stat path, object, storage processor and minute. */
import type { MetricName, ResourceType } from 'delfin-agent/driver';
import type { TruthSample } from '../../kit/simulator.ts';
import type { UnityArray } from './types.ts';

const MINUTE_MS = 60_000;
/** What the array keeps here; the real one keeps three days. */
const KEPT_MINUTES = 200;
const PROCESSORS = ['spa', 'spb'] as const;

interface Stat {
  readonly type: ResourceType;
  readonly name: MetricName;
  readonly path: string;
  /** As the array's catalogue of metrics writes it. */
  readonly unit: string;
  /** Value in base units = value of the array * factor. */
  readonly factor: number;
  readonly kind: 'rate' | 'average' | 'processor';
  /** Paths whose rates weigh an average. */
  readonly weights: readonly string[];
  readonly objects: (array: UnityArray) => readonly StatObject[];
}

interface StatObject {
  readonly id: string;
  readonly owner: 'spa' | 'spb';
  /** Both storage processors serve it. */
  readonly isShared: boolean;
}

const luns = (array: UnityArray) =>
  array.luns.map(({ id, owner }, index) => ({ id, owner, isShared: index % 10 === 0 }));
const disks = (array: UnityArray) =>
  array.generation === 'vsa'
    ? []
    : array.disks
        .filter((disk) => !disk.isEmptySlot)
        .map(({ id }) => ({ id, owner: 'spa', isShared: true }) as const);
const ports = (kind: string) => (array: UnityArray) =>
  array.ports
    .filter((port) => port.kind === kind && !port.id.endsWith('mgmt'))
    .map(({ id, sp }) => ({ id, owner: sp, isShared: false }));
const filesystems = (array: UnityArray) =>
  array.filesystems.map(({ id }) => ({ id, owner: 'spb', isShared: false }) as const);
const processors = () => PROCESSORS.map((id) => ({ id, owner: id, isShared: false }));

type Names = readonly [reads: string, writes: string, readBytes: string, writeBytes: string];
const USUAL: Names = ['readsRate', 'writesRate', 'readBytesRate', 'writeBytesRate'];
const NETWORK_PATH = 'sp.*.net.device.*';
const NETWORK: Names = ['pktsInRate', 'pktsOutRate', 'bytesInRate', 'bytesOutRate'];

function rates(
  type: ResourceType,
  prefix: string,
  objects: Stat['objects'],
  names = USUAL,
): Stat[] {
  const rate = (name: MetricName, leaf: string, unit: string, factor: number): Stat => ({
    type,
    name,
    path: `${prefix}.${leaf}`,
    unit,
    factor,
    kind: 'rate',
    weights: [],
    objects,
  });
  return [
    rate('readIops', names[0], 'Counts/s', 1),
    rate('writeIops', names[1], 'Counts/s', 1),
    rate('readThroughput', names[2], 'KB/s', 1_024),
    rate('writeThroughput', names[3], 'KB/s', 1_024),
  ];
}

function average(
  of: Pick<Stat, 'type' | 'name' | 'path' | 'unit' | 'factor' | 'objects'>,
  weights: readonly string[],
): Stat {
  const prefix = of.path.slice(0, of.path.lastIndexOf('.'));
  return { ...of, kind: 'average', weights: weights.map((leaf) => `${prefix}.${leaf}`) };
}

const MICRO = 1e-6;
const LUN = 'sp.*.storage.lun.*';
const DISK = 'sp.*.physical.disk.*';
const FILESYSTEM = 'sp.*.storage.filesystem.*';
const lun = { type: 'volume', objects: luns } as const;
const disk = { type: 'disk', objects: disks } as const;
const filesystem = { type: 'filesystem', objects: filesystems } as const;
const READS = ['readsRate'];
const WRITES = ['writesRate'];

const STATS: readonly Stat[] = [
  ...rates('volume', LUN, luns),
  average({ ...lun, name: 'responseTime', path: `${LUN}.responseTime`, unit: 'uSecs', factor: MICRO }, [...READS, ...WRITES]),
  average({ ...lun, name: 'readIoSize', path: `${LUN}.avgReadSize`, unit: 'KB', factor: 1_024 }, READS),
  average({ ...lun, name: 'writeIoSize', path: `${LUN}.avgWriteSize`, unit: 'KB', factor: 1_024 }, WRITES),
  ...rates('disk', DISK, disks),
  average({ ...disk, name: 'responseTime', path: `${DISK}.responseTime`, unit: 'us', factor: MICRO }, [...READS, ...WRITES]),
  ...rates('port', NETWORK_PATH, ports('eth'), NETWORK),
  ...rates('port', 'sp.*.fibreChannel.fePort.*', ports('fc')),
  ...rates('filesystem', FILESYSTEM, filesystems),
  average({ ...filesystem, name: 'readIoSize', path: `${FILESYSTEM}.readSizeAvg`, unit: 'KB', factor: 1_024 }, READS),
  average({ ...filesystem, name: 'writeIoSize', path: `${FILESYSTEM}.writeSizeAvg`, unit: 'KB', factor: 1_024 }, WRITES),
  {
    type: 'controller',
    name: 'cpuUsage',
    path: 'sp.*.cpu.summary.utilization',
    unit: '%',
    factor: 0.01,
    kind: 'processor',
    weights: [],
    objects: processors,
  },
]; // prettier-ignore

const BY_PATH = new Map(STATS.map((stat) => [stat.path, stat]));

export interface HistoryEntry {
  readonly path: string;
  readonly timestamp: string;
  readonly interval: number;
  readonly values: Readonly<Record<string, unknown>>;
}

export function knowsPath(path: string): boolean {
  return BY_PATH.has(path);
}

/** The catalogue of metrics, as `types/metric` shows it. */
export function catalogue() {
  return STATS.map(({ path, unit }, index) => ({
    id: 10_000 + index,
    path,
    unitDisplayString: unit,
    isHistoricalAvailable: true,
    isRealtimeAvailable: false,
  }));
}

/** Times of the samples kept, newest first. */
export function historyTimes(now: number, intervalSeconds: number): number[] {
  const step = intervalSeconds * 1_000;
  const newest = Math.floor(now / step) * step;
  const count = Math.floor((KEPT_MINUTES * MINUTE_MS) / step);
  return Array.from({ length: count }, (_, index) => newest - index * step);
}

export function historyEntry(
  array: UnityArray,
  path: string,
  time: number,
  interval: number,
): HistoryEntry {
  const stat = BY_PATH.get(path);
  const values: Record<string, unknown> = {};
  for (const sp of stat ? PROCESSORS : []) {
    values[sp] = stat?.kind === 'processor' ? written(array, valueOf(stat, sp, sp, time)) : {};
  }
  if (stat && stat.kind !== 'processor') {
    for (const object of stat.objects(array)) {
      for (const sp of PROCESSORS) {
        const value =
          sp === object.owner || object.isShared ? valueOf(stat, object.id, sp, time) : 0;
        (values[sp] as Record<string, unknown>)[object.id] = written(array, value);
      }
    }
  }
  return { path, timestamp: new Date(time).toISOString(), interval, values };
}

/** 4.x writes numbers as text. */
function written(array: UnityArray, value: number): unknown {
  return array.generation === 'oe4' ? String(value) : value;
}

function valueOf(stat: Stat, id: string, sp: string, time: number): number {
  let hash = Math.floor(time / MINUTE_MS);
  for (const char of `${stat.path}/${id}/${sp}`) {
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x5bd1e995);
    hash = (hash ^ (hash >>> 15)) >>> 0;
  }
  // One in eleven is idle.
  return hash % 11 === 0 ? 0 : (hash % 1_000_003) / (stat.kind === 'processor' ? 20_000 : 100);
}

export function samplesOf(array: UnityArray, start: number, end: number): TruthSample[] {
  const first = Math.ceil(start / MINUTE_MS) * MINUTE_MS;
  const samples: TruthSample[] = [];
  for (let time = first; time <= end; time += MINUTE_MS) {
    samples.push(...trafficOf(array, time));
    for (const stat of STATS) {
      // Packets are no operations, and what a network port receives is not what it reads.
      if (stat.path.startsWith(NETWORK_PATH)) continue;
      for (const object of stat.objects(array)) {
        samples.push({
          resource_type: stat.type,
          resource_id: object.id,
          name: stat.name,
          time,
          value: combined(stat, object, time) * stat.factor,
        });
      }
    }
  }
  return samples;
}

function trafficOf(array: UnityArray, time: number): TruthSample[] {
  const [received, sent] = ['bytesInRate', 'bytesOutRate'].map((leaf) =>
    BY_PATH.get(`${NETWORK_PATH}.${leaf}`),
  );
  if (!received || !sent) return [];
  return received.objects(array).map((object) => ({
    resource_type: 'port',
    resource_id: object.id,
    name: 'throughput',
    time,
    value: (combined(received, object, time) + combined(sent, object, time)) * received.factor,
  }));
}

function combined(stat: Stat, { id, owner, isShared }: StatObject, time: number): number {
  if (!isShared) return valueOf(stat, id, owner, time);
  const parts = PROCESSORS.map((sp) => ({
    value: valueOf(stat, id, sp, time),
    weight: stat.weights.reduce((sum, path) => sum + rateOf(path, id, sp, time), 0),
  }));
  if (stat.kind === 'rate') return parts.reduce((sum, { value }) => sum + value, 0);
  const busy = parts.filter(({ value }) => value > 0);
  const total = busy.reduce((sum, { weight }) => sum + weight, 0);
  if (busy.length < 2 || total === 0) return Math.max(0, ...busy.map(({ value }) => value));
  return busy.reduce((sum, { value, weight }) => sum + value * weight, 0) / total;
}

function rateOf(path: string, id: string, sp: string, time: number): number {
  const stat = BY_PATH.get(path);
  return stat ? valueOf(stat, id, sp, time) : 0;
}
