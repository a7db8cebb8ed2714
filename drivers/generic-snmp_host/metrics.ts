/** Counters of two polls as rates. Wraps of 32-bit counters are followed, restarts are not guessed at. */
import {
  measures,
  type Capabilities,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
  type Unit,
} from 'delfin-agent/driver';
import type { DiskRow, InterfaceRow, ProcessorRow } from './client.ts';
import { isNetworkPort } from './records.ts';
import type { Counter } from './values.ts';

export const capabilities: Capabilities = {
  is_historic: false,
  resource_metrics: {
    controller: measures({ cpuUsage: '%' }),
    disk: measures({
      iops: 'IOPS',
      readIops: 'IOPS',
      writeIops: 'IOPS',
      throughput: 'B/s',
      readThroughput: 'B/s',
      writeThroughput: 'B/s',
    }),
    port: measures({ throughput: 'B/s', readThroughput: 'B/s', writeThroughput: 'B/s' }),
  },
};

export interface Reading {
  /** sysUpTime, hundredths of a second; undefined: no rates. */
  readonly uptime: number | undefined;
  readonly processors: readonly ProcessorRow[];
  readonly interfaces: readonly InterfaceRow[];
  readonly disks: readonly DiskRow[];
}

export interface RateSample {
  readonly resource_type: 'controller' | 'disk' | 'port';
  readonly resource_id: string;
  readonly resource_name: string;
  readonly name: MetricName;
  readonly value: number;
}

/** Remembers the last reading; the first gives gauges only. */
export function createRates(): (reading: Reading) => RateSample[] {
  let previous:
    | { readonly uptime: number | undefined; readonly counters: ReadonlyMap<string, Counter> }
    | undefined;
  return (reading) => {
    const counters = new Map<string, Counter>();
    const seconds = elapsed(previous?.uptime, reading.uptime);
    const rate = (key: string, counter: Counter | undefined): number | undefined => {
      if (!counter) return undefined;
      counters.set(key, counter);
      const before = previous?.counters.get(key);
      // A smaller uptime is a restart of the agent: its counters began anew.
      if (!before || seconds <= 0) return undefined;
      const moved = distance(before, counter);
      return moved === undefined ? undefined : moved / seconds;
    };
    const samples = [
      ...diskSamples(reading, rate),
      ...portSamples(reading, rate),
      ...cpuSamples(reading),
    ];
    previous = { uptime: reading.uptime, counters };
    return samples;
  };
}

/** Seconds between two readings; sysUpTime begins anew after 497 days, and when the agent restarts: 0. */
function elapsed(before: number | undefined, after: number | undefined): number {
  return before === undefined || after === undefined ? 0 : (after - before) / 100;
}

/** How far a counter moved; undefined for a 64-bit counter that fell: it was reset. */
export function distance(before: Counter, after: Counter): number | undefined {
  if (before.bits !== after.bits) return undefined;
  if (after.value >= before.value) return Number(after.value - before.value);
  return after.bits === 32 ? Number(after.value + 2n ** 32n - before.value) : undefined;
}

type Rate = (key: string, counter: Counter | undefined) => number | undefined;

function diskSamples(reading: Reading, rate: Rate): RateSample[] {
  return reading.disks.flatMap((disk) =>
    both('disk', disk.name, disk.name, [
      [
        'iops',
        'readIops',
        'writeIops',
        rate(`disk ${disk.name} r`, disk.reads),
        rate(`disk ${disk.name} w`, disk.writes),
      ],
      [
        'throughput',
        'readThroughput',
        'writeThroughput',
        rate(`disk ${disk.name} rb`, disk.bytesRead),
        rate(`disk ${disk.name} wb`, disk.bytesWritten),
      ],
    ]),
  );
}

/** What hosts read from the server it sends, what they write it receives. */
function portSamples(reading: Reading, rate: Rate): RateSample[] {
  return reading.interfaces
    .filter(isNetworkPort)
    .flatMap((port) =>
      both('port', port.index, port.name, [
        [
          'throughput',
          'readThroughput',
          'writeThroughput',
          rate(`port ${port.index} out`, port.sent),
          rate(`port ${port.index} in`, port.received),
        ],
      ]),
    );
}

function cpuSamples(reading: Reading): RateSample[] {
  return reading.processors.flatMap((processor) =>
    processor.load === undefined || processor.load < 0 || processor.load > 100
      ? []
      : [
          {
            resource_type: 'controller' as const,
            resource_id: processor.index,
            resource_name: `cpu ${processor.index}`,
            name: 'cpuUsage' as const,
            value: processor.load,
          },
        ],
  );
}

type Pair = readonly [MetricName, MetricName, MetricName, number | undefined, number | undefined];

function both(
  resource_type: 'disk' | 'port',
  resource_id: string,
  resource_name: string,
  pairs: readonly Pair[],
): RateSample[] {
  const sample = (name: MetricName, value: number | undefined): RateSample[] =>
    value === undefined ? [] : [{ resource_type, resource_id, resource_name, name, value }];
  return pairs.flatMap(([overall, read, write, reads, writes]) => [
    ...sample(read, reads),
    ...sample(write, writes),
    ...sample(overall, reads === undefined || writes === undefined ? undefined : reads + writes),
  ]);
}

export function toMetrics(
  samples: readonly RateSample[],
  resourceMetrics: ResourceMetrics,
  storage_id: string,
  time: number,
): PerfMetric[] {
  return samples.flatMap(({ resource_type, resource_id, resource_name, name, value }) => {
    const unit: Unit | undefined = resourceMetrics[resource_type]?.[name]?.unit;
    if (!unit) return [];
    const labels = {
      storage_id,
      resource_type,
      resource_id,
      resource_name,
      type: 'RAW' as const,
      unit,
    };
    return [{ name, labels, values: { [time]: value } }];
  });
}
