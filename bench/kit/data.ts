/** The data of the benchmarks: 300,000 series, 20,000 volumes with fifteen measures each. */

export const VOLUMES = 20_000;
export const MEASURES = [
  'iops', 'readIops', 'writeIops', 'throughput', 'readThroughput', 'writeThroughput',
  'responseTime', 'readResponseTime', 'writeResponseTime', 'ioSize', 'readIoSize', 'writeIoSize',
  'cacheHitRatio', 'readCacheHitRatio', 'writeCacheHitRatio',
] as const; // prettier-ignore
export const SERIES = VOLUMES * MEASURES.length;

export interface ConfigOptions {
  readonly workers: number;
  /** Seconds between two polls; polls follow one another where one takes longer. */
  readonly interval: number;
  readonly volumes?: number;
  /** Also the records of the volumes: capacity, status, info. */
  readonly inventory?: boolean;
  readonly otlp?: string;
}

export function largeConfig(options: ConfigOptions): string {
  const { workers, interval, inventory, otlp, volumes = VOLUMES } = options;
  return JSON.stringify({
    workers,
    ...(otlp ? { otlp: { endpoint: otlp, export_interval: '1h' } } : {}),
    backends: [
      {
        name: 'large',
        vendor: 'fake_storage',
        model: 'fake_driver',
        inventory: { interval: '10m', exclude: inventory ? [] : ['volumes', 'volume_groups'] },
        performance: { interval: `${interval}s`, resources: ['volume'] },
        alerts: { enabled: false },
        fake: { volumes, sample_interval: interval, historic: false, metrics: MEASURES },
      },
    ],
  });
}

/** Many arrays with everything that they have. */
export function manyConfig(arrays: number, volumes: number, interval: number): string {
  return JSON.stringify({
    workers: 'auto',
    backends: Array.from({ length: arrays }, (_, at) => ({
      name: `array-${at}`,
      vendor: 'fake_storage',
      model: 'fake_driver',
      inventory: { interval: '5m' },
      performance: { interval: `${interval}s` },
      alerts: { interval: `${interval}s` },
      fake: { seed: at, volumes, sample_interval: interval, historic: false, metrics: MEASURES },
    })),
  });
}
