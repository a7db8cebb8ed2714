/** Which period to ask the array for: the last good end with some overlap, gaps included. */
import type { Capabilities } from '../driver/metrics.ts';

/** Samples may become visible a little late. */
const OVERLAP_MS = 60_000;
/** The furthest a window reaches back to fill a gap. */
const MAX_GAP_MS = 2 * 3_600_000;

/** So far apart our clocks have been set apart, not drifted. */
const STEP_MS = 60_000;
/** Rounds in which it shows which clock the array's samples follow. */
const SETTLE_ROUNDS = 3;

export interface PerformanceWindow {
  readonly start: number;
  readonly end: number;
}

/**
 * Which of two clocks an array's samples follow since ours was set: its own goes on as ours would have,
 * or was set as ours. Undefined as long as both can be; then the window covers both, and the array is
 * asked for all between them, which must not be for ever.
 */
export function createFollowed() {
  let drift = 0;
  let rounds = 0;
  return (clocks: {
    readonly now: number;
    readonly unset: number;
    /** The newest sample so far. */
    readonly sample: number | undefined;
    readonly intervalMs: number;
    readonly collectInterval?: number | undefined;
  }): number | undefined => {
    const { now, unset, sample, intervalMs, collectInterval = 0 } = clocks;
    if (Math.abs(unset - now - drift) > STEP_MS) {
      drift = unset - now;
      rounds = 0;
    }
    rounds += 1;
    if (sample === undefined || rounds <= SETTLE_ROUNDS) return undefined;
    const reachMs = Math.max(2_000 * collectInterval, intervalMs) + 2 * OVERLAP_MS;
    return [now, unset].find((clock) => Math.abs(clock - sample) <= reachMs);
  };
}

export function nextWindow(
  capabilities: Capabilities,
  state: {
    readonly now: number;
    /** What the clock would say had nobody set it since the start: an array need not follow ours. */
    readonly unset?: number;
    readonly intervalMs: number;
    readonly lastGoodEnd: number | undefined;
    /** Time of the array's newest sample, by its own clock. */
    readonly newest?: number | undefined;
  },
): PerformanceWindow {
  const { intervalMs, lastGoodEnd } = state;
  if (!capabilities.is_historic) return { start: state.now - intervalMs, end: state.now };
  const drift = Math.abs((state.unset ?? state.now) - state.now);
  // More than a gap is no step of a clock but a machine that slept.
  const unset = state.unset === undefined || drift > MAX_GAP_MS ? state.now : state.unset;
  const now = state.newest ?? Math.min(state.now, unset);
  const end = state.newest ?? Math.max(state.now, unset);
  const sampleMs = (capabilities.collect_interval ?? 0) * 1_000;
  const retentionMs = (capabilities.performance_metric_retention_window ?? Infinity) * 1_000;
  // The first window must reach a sample, and the array publishes it some time after its end.
  const first = now - Math.max(2 * sampleMs, intervalMs) - OVERLAP_MS;
  const wanted = lastGoodEnd === undefined ? first : Math.min(lastGoodEnd - OVERLAP_MS, first);
  return { start: Math.max(wanted, now - Math.min(retentionMs, MAX_GAP_MS)), end };
}
