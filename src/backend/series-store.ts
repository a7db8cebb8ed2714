/** The newest sample of every series: what is new, what is stale, what is gone. */
import type { PerfSeries } from './snapshot.ts';

/** Withdrawal never comes earlier than this, however short the interval. */
const MIN_STALE_MS = 5 * 60_000;

export interface SeriesStore {
  /**
   * Takes the series of one round. Returns only samples that are newer than what was taken before,
   * so that each goes out once and in order.
   */
  add(series: readonly PerfSeries[], now: number): PerfSeries[];
  /**
   * The newest sample of each series, without those that are stale: nothing new was heard for two
   * intervals, or the array's other samples are that much newer. The array's clock is compared with
   * itself only: it may be wrong.
   */
  latest(now: number, intervalMs: number): PerfSeries[];
  /** Forgets the series of resources that the array no longer has. */
  forget(resourceType: string, ids: ReadonlySet<string>): void;
  /** Time of the newest sample, epoch ms. */
  newest(): number | undefined;
}

export function createSeriesStore(): SeriesStore {
  /** Type and id -> measure -> its newest sample. */
  const resources = new Map<string, Map<string, PerfSeries>>();
  /** When anything new was heard last, by the agent's clock. */
  let heardAt = 0;
  let newest: number | undefined;
  const keyOf = (type: string, id: string) => `${type}\u0000${id}`;

  function addOne(series: PerfSeries, now: number): PerfSeries | undefined {
    const key = keyOf(series.resource_type, series.resource_id);
    let measures = resources.get(key);
    if (!measures) resources.set(key, (measures = new Map()));
    const known = measures.get(series.name)?.times[0] ?? 0;
    const first = series.times.findIndex((time) => time > known);
    if (first === -1) return undefined;
    const fresh =
      first === 0
        ? series
        : { ...series, times: series.times.slice(first), values: series.values.slice(first) };
    const last = fresh.times.length - 1;
    const time = fresh.times[last] ?? known;
    const value = fresh.values[last] ?? 0;
    measures.set(series.name, last === 0 ? fresh : { ...fresh, times: [time], values: [value] });
    heardAt = now;
    newest = Math.max(newest ?? 0, time);
    return fresh;
  }

  return {
    add: (series, now) => series.flatMap((one) => addOne(one, now) ?? []),
    latest(now, intervalMs) {
      const limit = Math.max(2 * intervalMs, MIN_STALE_MS);
      // A sample from the future must not make all the others old.
      const oldest = heardAt < now - limit ? Infinity : Math.min(newest ?? 0, now) - limit;
      const current: PerfSeries[] = [];
      for (const [key, measures] of resources) {
        for (const [name, series] of measures) {
          if ((series.times[0] ?? 0) >= oldest) current.push(series);
          else measures.delete(name);
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
