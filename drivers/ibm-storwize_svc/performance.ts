/** Samples: differences between a node's consecutive statistics files, summed over the nodes. */
import {
  BackendError,
  number,
  type DriverContext,
  type InvalidResponse,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import { isRefusal, type Cli } from './client.ts';
import { fcPorts, nodes } from './inventory.ts';
import {
  FILES,
  MEASURES,
  valueOf,
  type Counters,
  type Delta,
  type FileType,
  type MeasuredType,
} from './metrics.ts';
import {
  fileOf,
  parseStatistics,
  wwpnOf,
  type Reading,
  type StatisticsFile,
} from './statistics.ts';
import { firstOf, type Row } from './table.ts';

const FOLDER = '/dumps/iostats';
const DEFAULT_INTERVAL_MINUTES = 5;

export interface Window {
  readonly startTime: number;
  readonly endTime: number;
}

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

async function filesOf(cli: Cli, timezone: string): Promise<StatisticsFile[]> {
  const output = await cli.run(`lsdumps -prefix ${FOLDER}`);
  return output
    .split(/\r?\n/)
    .flatMap((line) => line.trim().split(/\s+/).slice(1))
    .flatMap((word) => fileOf(word, timezone) ?? [])
    .sort((a, b) => a.time - b.time);
}

/** Files of other nodes come to the configuration node only by an order to copy them. */
async function copyFiles(cli: Cli): Promise<void> {
  for (const node of await nodes(cli)) {
    if (node['config_node'] === 'yes' || node['status'] !== 'online') continue;
    await cli.run(`cpdumps -prefix ${FOLDER} ${node['id'] ?? ''}`);
  }
}

export async function latestTime(cli: Cli, context: DriverContext): Promise<number | undefined> {
  const { timezone, intervalMinutes } = await collectionOf(cli, context);
  const files = await filesOf(cli, timezone);
  const ends = completeEnds(files, intervalMinutes);
  return ends.size === 0 ? undefined : Math.min(...ends.values());
}

export async function collect(
  cli: Cli,
  wanted: ResourceMetrics,
  window: Window,
  context: DriverContext,
  options: { readonly copy: boolean },
): Promise<PerfMetric[]> {
  const collection = await collectionOf(cli, context);
  if (!collection.on) {
    throw new BackendError(
      'statistics_off',
      'the system collects no statistics; switch them on with "startstats -interval 5"',
    );
  }
  if (options.copy) await copyFiles(cli);
  const files = await filesOf(cli, collection.timezone);
  const ends = completeEnds(files, collection.intervalMinutes);
  const types = (Object.keys(MEASURES) as MeasuredType[]).filter((type) => wanted[type]);
  const fileTypes = new Set<FileType>(types.flatMap((type) => [...FILES[type]]));
  const intervalMs = (collection.intervalMinutes ?? DEFAULT_INTERVAL_MINUTES) * 60_000;
  const metrics: PerfMetric[] = [];
  const names = types.includes('port') ? await portsByWwpn(cli) : new Map<string, Named>();
  for (const fileType of fileTypes) {
    const own = files.filter((file) => file.type === fileType);
    const slots = slotsOf(own, intervalMs);
    const inWindow = (time: number) =>
      time >= window.startTime && time <= window.endTime && time <= (ends.get(fileType) ?? 0);
    const series = await readSeries(cli, own, slots, inWindow, context);
    metrics.push(...metricsOf(series, types, wanted, names, context.storageId));
  }
  return metrics;
}

/**
 * Per type of file, the newest time up to which every node that still writes has written: nodes end
 * an interval within seconds of each other, and a sum without one of them would be too small.
 */
function completeEnds(
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

/** The time that stands for a round of files: the latest of those less than half an interval apart. */
function slotsOf(files: readonly StatisticsFile[], intervalMs: number): Map<number, number> {
  const times = [...new Set(files.map((file) => file.time))].sort((a, b) => a - b);
  const slots = new Map<number, number>();
  let round: number[] = [];
  const close = () => {
    for (const time of round) slots.set(time, round.at(-1) ?? time);
    round = [];
  };
  for (const time of times) {
    if (round.length > 0 && time - (round[0] ?? time) >= intervalMs / 2) close();
    round.push(time);
  }
  close();
  return slots;
}

interface Series {
  readonly type: MeasuredType;
  readonly key: string;
  name: string | undefined;
  /** Slot -> the nodes' differences; undefined: a node's counters began anew, the sum is not known. */
  readonly slots: Map<number, Delta[] | undefined>;
}

async function readSeries(
  cli: Cli,
  files: readonly StatisticsFile[],
  slots: ReadonlyMap<number, number>,
  inWindow: (time: number) => boolean,
  context: DriverContext,
): Promise<Map<string, Series>> {
  const series = new Map<string, Series>();
  const failures: unknown[] = [];
  let read = 0;
  for (const panel of new Set(files.map((file) => file.panel))) {
    const own = files.filter((file) => file.panel === panel);
    let before: { time: number; counters: ReadonlyMap<string, Counters> } | undefined;
    for (const [index, file] of own.entries()) {
      const slot = slots.get(file.time) ?? file.time;
      const next = own[index + 1];
      const nextSlot = next && (slots.get(next.time) ?? next.time);
      // The file before the first of the window is where its interval begins.
      if (!inWindow(slot) && !(nextSlot !== undefined && inWindow(nextSlot))) continue;
      const readings = await readFile(cli, file, failures);
      if (!readings) continue;
      read += 1;
      if (before && inWindow(slot)) addDeltas(series, readings, before, file.time, slot);
      before = { time: file.time, counters: countersByKey(readings) };
    }
  }
  if (failures.length > 0) {
    if (read === 0) throw failures[0];
    context.log.warn({ files: failures.length, error: failures[0] }, 'statistics files not read');
  }
  return series;
}

/** A file that is overwritten or deleted while it is read costs its interval only. */
async function readFile(
  cli: Cli,
  file: StatisticsFile,
  failures: unknown[],
): Promise<readonly Reading[] | undefined> {
  try {
    return merged(await parseStatistics(await cli.readFile(`${FOLDER}/${file.name}`), file));
  } catch (error) {
    if (!isRefusal(error) && !isInvalid(error)) throw error;
    failures.push(error);
    return undefined;
  }
}

const isInvalid = (error: unknown): error is InvalidResponse =>
  error instanceof Error && error.name === 'InvalidResponse';

const keyOf = (reading: Reading) => `${reading.type} ${reading.key}`;

/** A node's processor and its messages are two elements of one object. */
function merged(readings: readonly Reading[]): Reading[] {
  const found = new Map<string, Reading>();
  for (const reading of readings) {
    const known = found.get(keyOf(reading));
    const counters = { ...known?.counters, ...reading.counters };
    found.set(keyOf(reading), { ...reading, name: reading.name ?? known?.name, counters });
  }
  return [...found.values()];
}

function countersByKey(readings: readonly Reading[]): Map<string, Counters> {
  return new Map(readings.map((reading) => [keyOf(reading), reading.counters]));
}

function addDeltas(
  series: Map<string, Series>,
  readings: readonly Reading[],
  before: { readonly time: number; readonly counters: ReadonlyMap<string, Counters> },
  time: number,
  slot: number,
): void {
  const seconds = (time - before.time) / 1000;
  if (seconds <= 0) return;
  for (const reading of readings) {
    const key = keyOf(reading);
    const earlier = before.counters.get(key);
    if (!earlier) continue;
    let one = series.get(key);
    if (!one) {
      one = { type: reading.type, key: reading.key, name: reading.name, slots: new Map() };
      series.set(key, one);
    }
    one.name = reading.name ?? one.name;
    const counters = differences(earlier, reading.counters);
    const known = one.slots.has(slot) ? one.slots.get(slot) : [];
    one.slots.set(slot, counters && known ? [...known, { seconds, counters }] : undefined);
  }
}

/** Undefined if a counter has become smaller: the node has started anew. */
function differences(earlier: Counters, now: Counters): Counters | undefined {
  const result: Record<string, number> = {};
  for (const [name, value] of Object.entries(now)) {
    const was = earlier[name];
    if (was === undefined) continue;
    if (value < was) return undefined;
    result[name] = value - was;
  }
  return result;
}

interface Named {
  readonly id: string;
  readonly name: string | undefined;
}

/** Statistics know ports by WWPN, the inventory by id. */
async function portsByWwpn(cli: Cli): Promise<Map<string, Named>> {
  const found = new Map<string, Named>();
  for (const port of await fcPorts(cli)) {
    const wwpn = wwpnOf(port.wwn);
    if (wwpn) found.set(wwpn, { id: port.native_port_id, name: port.name });
  }
  return found;
}

function metricsOf(
  series: ReadonlyMap<string, Series>,
  types: readonly MeasuredType[],
  wanted: ResourceMetrics,
  ports: ReadonlyMap<string, Named>,
  storageId: string,
): PerfMetric[] {
  const metrics: PerfMetric[] = [];
  for (const one of series.values()) {
    const named = one.type === 'port' ? ports.get(one.key) : { id: one.key, name: one.name };
    if (!named || !types.includes(one.type)) continue;
    const asked = wanted[one.type] ?? {};
    for (const [name, measure] of Object.entries(MEASURES[one.type])) {
      if (!Object.hasOwn(asked, name)) continue;
      const values: Record<number, number> = {};
      for (const [slot, deltas] of one.slots) {
        const value = deltas && valueOf(measure, deltas);
        if (value !== undefined) values[slot] = value;
      }
      if (Object.keys(values).length === 0) continue;
      metrics.push({
        name: name as MetricName,
        labels: {
          storage_id: storageId,
          resource_type: one.type,
          resource_id: named.id,
          ...(named.name ? { resource_name: named.name } : {}),
          type: 'RAW',
          unit: measure.unit,
        },
        values,
      });
    }
  }
  return metrics;
}
