/** Current values of nodes and system: what the last five seconds were. */
import type { MetricName } from 'delfin-agent/driver';
import { growth, writers } from './counters.ts';
import type { Model } from './data.ts';
import { localTime, type Entry } from './print.ts';

const STATS = [
  'compression_cpu_pc', 'cpu_pc', 'fc_mb', 'fc_io', 'write_cache_pc', 'total_cache_pc',
  'vdisk_mb', 'vdisk_io', 'vdisk_ms', 'mdisk_mb', 'mdisk_io', 'mdisk_ms',
  'vdisk_r_mb', 'vdisk_r_io', 'vdisk_r_ms', 'vdisk_w_mb', 'vdisk_w_io', 'vdisk_w_ms',
] as const; // prettier-ignore
type Stat = (typeof STATS)[number];

const STEP_MS = 5000;
/** When the values were taken. */
export const statTime = (model: Model) => Math.floor(model.clock() / STEP_MS) * STEP_MS - STEP_MS;

/** Of a node, or of the whole system. The last node only reads. */
export function statOf(model: Model, owner: string, stat: Stat): number {
  const value = (name: string) => growth('stat', owner, name, 0, 0) % 5000;
  const idle = owner === writers(model).at(-1)?.node.id;
  switch (stat) {
    case 'cpu_pc':
    case 'write_cache_pc':
      return 1 + (value(stat) % 99);
    case 'vdisk_w_io':
    case 'vdisk_w_mb':
    case 'vdisk_w_ms':
      return idle ? 0 : 1 + value(stat);
    case 'vdisk_r_io':
    case 'vdisk_r_mb':
    case 'vdisk_r_ms':
      return 1 + value(stat);
    case 'vdisk_io':
      return statOf(model, owner, 'vdisk_r_io') + statOf(model, owner, 'vdisk_w_io');
    case 'vdisk_mb':
      return statOf(model, owner, 'vdisk_r_mb') + statOf(model, owner, 'vdisk_w_mb');
    case 'vdisk_ms':
      return 1 + value(stat);
    default:
      return 0;
  }
}

export function statViews(model: Model): [string, () => readonly Entry[]][] {
  if (model.sparse) return [];
  const rows = (owner: string, head: Readonly<Record<string, string>>): Entry[] => {
    const now = localTime(statTime(model), model.system.zone);
    const earlier = localTime(statTime(model) - 45_000, model.system.zone);
    return STATS.map((stat, index) => {
      const current = statOf(model, owner, stat);
      // What is not at its peak had it before.
      const peak = index % 3 === 1 ? current + 7 : current;
      const list = {
        ...head,
        stat_name: stat,
        stat_current: String(current),
        stat_peak: String(peak),
        stat_peak_time: peak === current ? now : earlier,
      };
      return { id: owner, list, detail: [] };
    });
  };
  const nodes = () =>
    writers(model).flatMap(({ node }) => rows(node.id, { node_id: node.id, node_name: node.name }));
  const command = model.generation === 'storwize-7.8' ? 'lsnodecanisterstats' : 'lsnodestats';
  return [
    [command, nodes],
    ['lssystemstats', () => rows('system', {})],
  ];
}

/** The same in base units. */
export function statTruth(
  model: Model,
  owner: string,
): Partial<Record<MetricName, number | undefined>> {
  const of = (stat: Stat) => statOf(model, owner, stat);
  const seconds = (ms: Stat, operations: Stat) =>
    of(operations) === 0 ? undefined : of(ms) / 1000;
  return {
    iops: of('vdisk_io'),
    readIops: of('vdisk_r_io'),
    writeIops: of('vdisk_w_io'),
    throughput: of('vdisk_mb') * 2 ** 20,
    readThroughput: of('vdisk_r_mb') * 2 ** 20,
    writeThroughput: of('vdisk_w_mb') * 2 ** 20,
    responseTime: seconds('vdisk_ms', 'vdisk_io'),
    readResponseTime: seconds('vdisk_r_ms', 'vdisk_r_io'),
    writeResponseTime: seconds('vdisk_w_ms', 'vdisk_w_io'),
  };
}
