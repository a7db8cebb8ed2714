/** What is measured: a sample every 15 seconds, and counters that agree with them. */
import type { MetricName } from 'delfin-agent/driver';
import type { TruthSample } from '../../kit/simulator.ts';
import { hashOf } from './hardware.ts';
import type { Json, Load } from './types.ts';

const STEP_MS = 15_000;
/** What the array keeps here; the real one keeps 240. */
const KEPT = 40;
/** Counters begin with the boot of the cluster. */
const BOOTED = Date.UTC(2026, 0, 1);

/** Operations and bytes a second, microseconds an operation, of each direction. */
interface Rates {
  readonly read: number;
  readonly write: number;
  readonly other: number;
}

const KINDS = ['iops', 'throughput', 'latency'] as const;
type Kind = (typeof KINDS)[number];
const DIRECTIONS = ['read', 'write', 'other'] as const;
type Direction = (typeof DIRECTIONS)[number];

/** The load changes from step to step, and is the same again after some. */
function rate(load: Load, kind: Kind, direction: Direction, slot: number): number {
  const base = hashOf(load.uuid, kind, direction) % (kind === 'throughput' ? 50_000_000 : 5_000);
  return kind === 'latency' ? base : base + (slot % load.period) * stepOf(kind);
}
const stepOf = (kind: Kind) => (kind === 'throughput' ? 10_000 : 10);

const ratesOf = (load: Load, kind: Kind, slot: number): Rates => ({
  read: rate(load, kind, 'read', slot),
  write: rate(load, kind, 'write', slot),
  other: rate(load, kind, 'other', slot),
});

const sum = ({ read, write, other }: Rates) => read + write + other;

function total(load: Load, kind: Kind, slot: number): number {
  if (kind !== 'latency') return sum(ratesOf(load, kind, slot));
  const operations = ratesOf(load, 'iops', slot);
  const times = ratesOf(load, 'latency', slot);
  const all = DIRECTIONS.reduce((so, one) => so + operations[one] * times[one], 0);
  return Math.round(all / Math.max(1, sum(operations)));
}

/** The last slot that has ended; its sample carries the time of its end. */
const slotAt = (time: number) => Math.floor(time / STEP_MS) - 1;
const timeOf = (slot: number) => (slot + 1) * STEP_MS;
const idle = (load: Load) => 5 + (hashOf(load.uuid) % 80);
const processor = (load: Load, slot: number) => idle(load) + (slot % load.period);

function sample(load: Load, slot: number, status: string): Json {
  const head = { timestamp: iso(timeOf(slot)), duration: 'PT15S', status };
  if (load.shape === 'processor') return { ...head, processor_utilization: processor(load, slot) };
  const kinds = load.shape === 'throughput' ? (['throughput'] as const) : KINDS;
  return {
    ...head,
    ...Object.fromEntries(
      kinds.map((kind) => {
        const { read, write, other } = ratesOf(load, kind, slot);
        return load.shape === 'throughput'
          ? [kind, { read, write, total: read + write }]
          : [kind, { read, write, other, total: total(load, kind, slot) }];
      }),
    ),
  };
}

const iso = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** The newest sample of an object, as `metric`. */
export function metric(load: Load, now: number): Json {
  return sample(load, slotAt(now), load.ailing ? 'partial_no_data' : 'ok');
}

/** Some samples of the past are bad, some are missing. */
const isBad = (slot: number) => slot % 11 === 5;
const isMissing = (slot: number) => slot % 13 === 7;
const isNewest = (slot: number, now: number) => slot === slotAt(now);

export function history(load: Load, now: number): Json[] {
  const newest = slotAt(now);
  return Array.from({ length: KEPT }, (_, back) => newest - back)
    .filter((slot) => !isMissing(slot))
    .map((slot) => sample(load, slot, isBad(slot) ? 'partial_other_error' : 'ok'));
}

/** The sum over all seconds since the boot of the place of each in its period. */
function swings({ period }: Load, time: number): number {
  const first = Math.floor(BOOTED / STEP_MS / period) * period;
  const last = Math.floor(time / STEP_MS);
  const rounds = Math.floor((last - first) / period);
  const whole = (rounds * period * (period - 1)) / 2;
  let part = 0;
  for (let slot = first + rounds * period; slot < last; slot += 1) part += slot % period;
  return (whole + part) * 15 + (last % period) * ((time % STEP_MS) / 1_000);
}

/** What has happened since the boot, as `statistics`. */
export function statistics(load: Load, now: number): Json {
  const time = Math.floor(now / 1_000) * 1_000;
  const seconds =
    (time - Math.floor(BOOTED / STEP_MS / load.period) * load.period * STEP_MS) / 1_000;
  const swung = swings(load, time);
  const head = { timestamp: iso(time), status: load.ailing ? 'partial_no_data' : 'ok' };
  if (load.shape === 'processor') {
    return {
      ...head,
      processor_utilization_base: seconds * 1_000_000,
      processor_utilization_raw: (idle(load) * seconds + swung) * 10_000,
    };
  }
  const counted = (kind: Kind, direction: Direction) =>
    rate(load, kind, direction, 0) * seconds + stepOf(kind) * swung;
  const raw = (kind: Kind) => {
    const of = (direction: Direction) =>
      kind === 'latency'
        ? counted('iops', direction) * rate(load, 'latency', direction, 0)
        : counted(kind, direction);
    const [read, write, other] = [of('read'), of('write'), of('other')];
    return { read, write, other, total: read + write + other };
  };
  return {
    ...head,
    throughput_raw: raw('throughput'),
    ...(load.shape === 'usual' ? { iops_raw: raw('iops'), latency_raw: raw('latency') } : {}),
  };
}

const NAMES: Readonly<Record<Kind, readonly [MetricName, MetricName, MetricName]>> = {
  iops: ['iops', 'readIops', 'writeIops'],
  throughput: ['throughput', 'readThroughput', 'writeThroughput'],
  latency: ['responseTime', 'readResponseTime', 'writeResponseTime'],
};

/** Every good sample of the window. `id`: of the cluster as a whole. */
export function samples(
  loads: readonly Load[],
  window: { readonly start: number; readonly end: number },
  id: string,
): TruthSample[] {
  const slots: number[] = [];
  for (let slot = slotAt(window.end); timeOf(slot) >= window.start; slot -= 1) slots.push(slot);
  return loads
    .filter(({ ailing }) => !ailing)
    .flatMap((load) =>
      slots
        .filter((slot) => isNewest(slot, window.end) || (!isMissing(slot) && !isBad(slot)))
        .flatMap((slot) => samplesOf(load, slot, id)),
    );
}

function samplesOf(load: Load, slot: number, id: string): TruthSample[] {
  const one = (name: MetricName, value: number): TruthSample => ({
    resource_type: load.type,
    resource_id: load.type === 'storage' ? id : load.uuid,
    name,
    time: timeOf(slot),
    value,
  });
  if (load.shape === 'processor') return [one('cpuUsage', processor(load, slot) / 100)];
  if (load.shape === 'throughput') {
    const { read, write } = ratesOf(load, 'throughput', slot);
    return [one('throughput', read + write)];
  }
  return KINDS.flatMap((kind) => {
    const { read, write } = ratesOf(load, kind, slot);
    const [whole, reads, writes] = NAMES[kind];
    const factor = kind === 'latency' ? 1e-6 : 1;
    return [
      one(whole, total(load, kind, slot) * factor),
      one(reads, read * factor),
      one(writes, write * factor),
    ];
  });
}
