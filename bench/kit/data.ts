/** The data of the benchmarks: 20,000 volumes with nine measures each. */

export const VOLUMES = 20_000;
export const MEASURES = [
  'iops', 'readIops', 'writeIops', 'throughput', 'readThroughput', 'writeThroughput',
  'responseTime', 'readResponseTime', 'writeResponseTime',
] as const; // prettier-ignore

export interface ConfigOptions {
  readonly workers: number;
  /** Seconds between two polls; polls follow one another where one takes longer. */
  readonly interval: number;
  /** Also the records of the volumes: capacity, status, info. */
  readonly inventory?: boolean;
  readonly otlp?: string;
}

export function largeConfig({ workers, interval, inventory, otlp }: ConfigOptions): string {
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
        fake: { volumes: VOLUMES, sample_interval: interval, historic: false, metrics: MEASURES },
      },
    ],
  });
}
