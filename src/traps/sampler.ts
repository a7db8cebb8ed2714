/** A sample of the refusals for the log: one per source and reason in a minute, 60 in a minute at most. */
import type { DropReason } from './refused.ts';

export interface Sampler {
  note(reason: DropReason, source: string, nowMs: number): void;
}

const MINUTE_MS = 60_000;
const MAX_PER_MINUTE = 60;

export function createSampler(
  report: (reason: DropReason, source: string, unreported: number) => void,
): Sampler {
  let minuteStartedMs = Number.NEGATIVE_INFINITY;
  let unreported = 0;
  const reported = new Set<string>();
  return {
    note(reason, source, nowMs) {
      if (nowMs - minuteStartedMs >= MINUTE_MS) {
        minuteStartedMs = nowMs;
        reported.clear();
      }
      const key = `${source} ${reason}`;
      if (reported.has(key) || reported.size >= MAX_PER_MINUTE) {
        unreported += 1;
        return;
      }
      reported.add(key);
      report(reason, source, unreported);
      unreported = 0;
    },
  };
}
