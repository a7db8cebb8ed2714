/** The statistics files of a system: whether it writes them, which there are, how far they reach. */
import { number, type DriverContext } from 'delfin-agent/driver';
import type { Cli } from './client.ts';
import { extra, nodes } from './inventory.ts';
import type { FileType } from './metrics.ts';
import { fileOf, type StatisticsFile } from './statistics.ts';
import { firstOf, type Row } from './table.ts';

export const FOLDER = '/dumps/iostats';
export const DEFAULT_INTERVAL_MINUTES = 5;

/** What the system says of its statistics: interval, clock. */
export interface Collection {
  readonly on: boolean;
  readonly intervalMinutes: number | undefined;
  readonly timezone: string;
}

export async function collectionOf(cli: Cli, context: DriverContext): Promise<Collection> {
  const system = firstOf(await cli.detail('lssystem', undefined, { exact: true }));
  return {
    on: system['statistics_status'] !== 'off',
    intervalMinutes: number(system['statistics_frequency']),
    timezone: zoneOf(system, context),
  };
}

/** "246 Asia/Shanghai"; a zone that the runtime does not know is the configured one. */
export function zoneOf(system: Row, context: Pick<DriverContext, 'timezone'>): string {
  const zone = system['time_zone']?.replace(/^\d+\s+/, '').trim();
  if (!zone) return context.timezone;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return context.timezone;
  }
}

/**
 * The statistics files of the configuration node, oldest first. Their names carry the system's local
 * time. Where that puts the newest far from now and another zone puts it right here, the zone that
 * the system states is not the one it writes.
 */
export async function filesOf(
  cli: Cli,
  { timezone, intervalMinutes = DEFAULT_INTERVAL_MINUTES }: Collection,
  context: DriverContext,
): Promise<StatisticsFile[]> {
  const output = await cli.run(`lsdumps -prefix ${FOLDER}`);
  const names = output.split(/\r?\n/).flatMap((line) => line.trim().split(/\s+/).slice(1));
  const inZone = (zone: string) =>
    names.flatMap((name) => fileOf(name, zone) ?? []).sort((a, b) => a.time - b.time);
  const isRecent = (files: readonly StatisticsFile[]) => {
    const age = context.now() - (files.at(-1)?.time ?? 0);
    return age > -intervalMinutes * 60_000 && age < 3 * intervalMinutes * 60_000;
  };
  const stated = inZone(timezone);
  if (stated.length === 0 || isRecent(stated)) return stated;
  for (const zone of [context.timezone, 'UTC']) {
    const files = inZone(zone);
    if (!isRecent(files)) continue;
    context.log.warn(
      { stated: timezone, used: zone },
      'statistics are not named in the stated zone',
    );
    return files;
  }
  return stated;
}

/** Files of other nodes come to the configuration node only by an order to copy them. */
export async function copyFiles(cli: Cli): Promise<void> {
  for (const node of await nodes(cli)) {
    if (node['config_node'] === 'yes' || node['status'] !== 'online') continue;
    await cli.run(`cpdumps -prefix ${FOLDER} ${node['id'] ?? ''}`);
  }
}

/** The interval, minutes: as stated, unless the nodes mostly write their files closer together. */
export function intervalOf(
  files: readonly StatisticsFile[],
  { intervalMinutes }: Collection,
): number {
  const last = new Map<string, number>();
  const gaps: number[] = [];
  for (const { type, panel, time } of files) {
    const before = last.get(`${type} ${panel}`);
    if (before !== undefined && time > before) gaps.push((time - before) / 60_000);
    last.set(`${type} ${panel}`, time);
  }
  const median = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  return Math.min(intervalMinutes ?? DEFAULT_INTERVAL_MINUTES, median ?? Infinity);
}

export async function latestTime(cli: Cli, context: DriverContext): Promise<number | undefined> {
  const collection = await collectionOf(cli, context);
  const files = await filesOf(cli, collection, context);
  const intervalMinutes = intervalOf(files, collection);
  const ends = [...completeEnds(files, intervalMinutes).values()];
  const intervalMs = intervalMinutes * 60_000;
  // A type that is no longer written does not hold up the others.
  const current = ends.filter((end) => end > Math.max(...ends) - 2 * intervalMs);
  return current.length === 0 ? undefined : Math.min(...current);
}

/** Says once which nodes have no files here: sums over the nodes lack their part. */
export async function warnOfAbsentNodes(cli: Cli, context: DriverContext): Promise<void> {
  const collection = await collectionOf(cli, context);
  const panels = new Set((await filesOf(cli, collection, context)).map((file) => file.panel));
  if (panels.size === 0) return;
  const absent = ((await extra(() => nodes(cli))) ?? []).filter(
    (node) => node['status'] === 'online' && node['panel_name'] && !panels.has(node['panel_name']),
  );
  if (absent.length === 0) return;
  context.log.warn(
    { nodes: absent.map((node) => node['name']) },
    'no statistics of these nodes on the configuration node: set copy_statistics: true',
  );
}

/**
 * Per type of file, the newest time up to which every node that still writes has written: nodes end
 * an interval within seconds of each other, and a sum without one of them would be too small.
 */
export function completeEnds(
  files: readonly StatisticsFile[],
  intervalMinutes = DEFAULT_INTERVAL_MINUTES,
): Map<FileType, number> {
  const ends = new Map<FileType, number>();
  for (const type of new Set(files.map((file) => file.type))) {
    const newest = new Map<string, number>();
    for (const file of files) {
      if (file.type === type)
        newest.set(file.panel, Math.max(file.time, newest.get(file.panel) ?? 0));
    }
    const last = Math.max(...newest.values());
    const alive = [...newest.values()].filter((time) => time > last - 2 * intervalMinutes * 60_000);
    // Within half an interval of the slowest is the same round.
    const slowest = Math.min(...alive);
    const round = alive.filter((time) => time < slowest + intervalMinutes * 30_000);
    ends.set(type, Math.max(...round));
  }
  return ends;
}
