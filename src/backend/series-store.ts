/** The newest sample of every series: what is new, what is stale, what is gone. */
import type { Moment } from './inventory-store.ts';
import type { PerfSeries } from './snapshot.ts';

/** Withdrawal never comes earlier than this, however short the interval. */
const MIN_STALE_MS = 5 * 60_000;
/** Times of resources that are no longer answered are remembered this long. */
const FORGET_MS = 24 * 3_600_000;
/** Samples of different resources are not of the same second. */
const STEP_MS = 60_000;

export interface Taken {
  /** Samples that are newer than what was taken before: each goes out once and in order. */
  readonly fresh: readonly PerfSeries[];
  /** Samples dropped because the array's clock had gone back. */
  readonly late: number;
  /** The array's clock has gone back by this much, ms; told once, its samples are taken again. */
  readonly steppedBackMs?: number;
}

export interface SeriesStore {
  /** Takes the series of one round. */
  add(series: readonly PerfSeries[], now: Moment): Taken;
  /**
   * The newest sample of each series, without those that are stale: it has not advanced for two
   * intervals, or the array's other samples are that much newer. The array's clock is compared with
   * itself only: it may be wrong. What is hidden stays hidden until its time advances.
   */
  latest(now: Moment, intervalMs: number): PerfSeries[];
  /** Forgets the series of resources that the array no longer has. */
  forget(resourceType: string, ids: ReadonlySet<string>): void;
  /** Time of the newest sample, epoch ms. */
  newest(): number | undefined;
}

interface Entry {
  /** The newest sample. */
  readonly series: PerfSeries;
  readonly time: number;
  /** Samples are new above this: `time`, until the array's clock goes back. */
  mark: number;
  /** Newest time in the last answer, taken or not. */
  answered: number;
  /** When its time advanced, and when it was answered at all; monotonic. */
  readonly advancedAt: number;
  answeredAt: number;
}

export function createSeriesStore(): SeriesStore {
  /** Type and id -> measure -> its newest sample. */
  const resources = new Map<string, Map<string, Entry>>();
  let newest: number | undefined;
  /** Newest time of the last round, and when that was. */
  let lastRound = 0;
  let lastRoundAt = 0;
  const keyOf = (type: string, id: string) => `${type}\u0000${id}`;

  /** How far the clock went back: two rounds in a row are below what was known, and the second is later. */
  function stepOf(round: number): number {
    const known = newest ?? 0;
    const isBelow = round > lastRound && Math.max(round, lastRound) < known - STEP_MS;
    return isBelow && lastRound > 0 ? known - round : 0;
  }

  /** All series go on from their last answer; one that stood still at its old time goes on doing so. */
  function rewind(): void {
    for (const measures of resources.values()) {
      for (const entry of measures.values()) {
        if (entry.answered < entry.mark) entry.mark = entry.answered;
        else if (entry.answeredAt < lastRoundAt) entry.mark = 0;
      }
    }
  }

  /** The new samples of one series; `late`: it has only older ones. */
  function addOne(series: PerfSeries, steady: number): PerfSeries | 'late' | undefined {
    const key = keyOf(series.resource_type, series.resource_id);
    let measures = resources.get(key);
    if (!measures) resources.set(key, (measures = new Map()));
    const entry = measures.get(series.name);
    const mark = entry?.mark ?? 0;
    const last = series.times.at(-1) ?? 0;
    if (entry) {
      entry.answered = last;
      entry.answeredAt = steady;
    }
    const first = last === entry?.time ? -1 : series.times.findIndex((time) => time > mark);
    if (first === -1) return last > 0 && last < mark ? 'late' : undefined;
    const fresh =
      first === 0
        ? series
        : { ...series, times: series.times.slice(first), values: series.values.slice(first) };
    const values = [fresh.values.at(-1) ?? 0];
    measures.set(series.name, {
      series: fresh.times.length === 1 ? fresh : { ...fresh, times: [last], values },
      time: last,
      mark: last,
      answered: last,
      advancedAt: steady,
      answeredAt: steady,
    });
    newest = Math.max(newest ?? 0, last);
    return fresh;
  }

  return {
    add(series, { steady }) {
      let round = 0;
      for (const { times } of series) round = Math.max(round, times.at(-1) ?? 0);
      const step = stepOf(round);
      if (step > 0) {
        rewind();
        newest = round;
      }
      if (round > 0) [lastRound, lastRoundAt] = [round, steady];
      let late = 0;
      const fresh: PerfSeries[] = [];
      for (const one of series) {
        const taken = addOne(one, steady);
        if (taken === 'late') late += 1;
        else if (taken) fresh.push(taken);
      }
      return { fresh, late, ...(step > 0 ? { steppedBackMs: step } : {}) };
    },
    latest({ wall, steady }, intervalMs) {
      const limit = Math.max(2 * intervalMs, MIN_STALE_MS);
      // A sample from the future must not make all the others old.
      const oldest = Math.min(newest ?? 0, wall) - limit;
      const current: PerfSeries[] = [];
      for (const [key, measures] of resources) {
        for (const [name, { series, time, advancedAt, answeredAt }] of measures) {
          if (steady - advancedAt <= limit && time >= oldest) current.push(series);
          else if (steady - answeredAt > FORGET_MS) measures.delete(name);
        }
        if (measures.size === 0) resources.delete(key);
      }
      return current;
    },
    forget(resourceType, ids) {
      for (const id of ids) resources.delete(keyOf(resourceType, id));
    },
    newest: () => newest,
  };
}
