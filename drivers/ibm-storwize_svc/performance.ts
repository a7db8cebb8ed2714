/** Samples: differences between a node's consecutive statistics files, summed over the nodes. */
import {
  BackendError,
  type DriverContext,
  type InvalidResponse,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import { isRefusal, type Cli } from './client.ts';
import { collectionOf, completeEnds, copyFiles, filesOf, intervalOf, FOLDER } from './dumps.ts';
import { extra, fcPorts } from './inventory.ts';
import {
  FILES,
  MEASURES,
  valueOf,
  type Counters,
  type Delta,
  type FileType,
  type MeasuredType,
} from './metrics.ts';
import { parseStatistics, wwpnOf, type Reading, type StatisticsFile } from './statistics.ts';

export interface Window {
  readonly startTime: number;
  readonly endTime: number;
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
  const files = await filesOf(cli, collection, context);
  const intervalMinutes = intervalOf(files, collection);
  const ends = completeEnds(files, intervalMinutes);
  const types = (Object.keys(MEASURES) as MeasuredType[]).filter((type) => wanted[type]);
  const fileTypes = new Set<FileType>(types.flatMap((type) => [...FILES[type]]));
  const metrics: PerfMetric[] = [];
  const names = types.includes('port') ? await portsByWwpn(cli) : new Map<string, Named>();
  for (const fileType of fileTypes) {
    const own = files.filter((file) => file.type === fileType);
    const slots = slotsOf(own, intervalMinutes * 60_000);
    const inWindow = (time: number) =>
      time >= window.startTime && time <= window.endTime && time <= (ends.get(fileType) ?? 0);
    const series = await readSeries(cli, own, slots, inWindow, context);
    for (const metric of metricsOf(series, types, wanted, names, context.storageId)) {
      metrics.push(metric);
    }
  }
  return metrics;
}

/**
 * The time that stands for a round of files: the latest of those less than half an interval apart.
 * No node has two files in a round.
 */
function slotsOf(files: readonly StatisticsFile[], intervalMs: number): Map<number, number> {
  const slots = new Map<number, number>();
  let round: StatisticsFile[] = [];
  const close = () => {
    for (const { time } of round) slots.set(time, round.at(-1)?.time ?? time);
    round = [];
  };
  for (const file of files.toSorted((a, b) => a.time - b.time)) {
    const isLate = file.time - (round[0]?.time ?? file.time) >= intervalMs / 2;
    if (isLate || round.some(({ panel }) => panel === file.panel)) close();
    round.push(file);
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
  const ends = [...new Set(slots.values())];
  const failures: unknown[] = [];
  let read = 0;
  for (const panel of new Set(files.map((file) => file.panel))) {
    const own = files.filter((file) => file.panel === panel);
    let before: Before | undefined;
    for (const [index, file] of own.entries()) {
      const slot = slots.get(file.time) ?? file.time;
      const next = own[index + 1];
      const nextSlot = next && (slots.get(next.time) ?? next.time);
      // The file before the first of the window is where its interval begins.
      if (!inWindow(slot) && !(nextSlot !== undefined && inWindow(nextSlot))) continue;
      const readings = await readFile(cli, file, failures);
      if (!readings) continue;
      read += 1;
      if (before && inWindow(slot)) {
        const { slot: last } = before;
        const missed = ends.filter((end) => end > last && end < slot);
        addDeltas(series, readings, before, { time: file.time, slot, missed });
      }
      before = { time: file.time, slot, counters: countersByKey(readings) };
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

/** A node's file before: where its interval begins. */
interface Before {
  readonly time: number;
  readonly slot: number;
  readonly counters: ReadonlyMap<string, Counters>;
}

interface End {
  readonly time: number;
  readonly slot: number;
  /** Rounds of which the node has no file: sums over the nodes lack its part. */
  readonly missed: readonly number[];
}

function addDeltas(
  series: Map<string, Series>,
  readings: readonly Reading[],
  before: Before,
  { time, slot, missed }: End,
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
    // A node that has started anew was away: what the others did meanwhile is all.
    if (counters) for (const round of missed) one.slots.set(round, undefined);
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
  for (const port of (await extra(() => fcPorts(cli))) ?? []) {
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
