/** Which samples are dropped, and why, in words. */
import { InvalidResponse } from '../driver/errors.ts';

/** Different faults of one round that are told. */
const MAX_FAULTS = 5;

/** A sample from further in the future is a wrong clock or seconds taken for milliseconds. */
const MAX_AHEAD_MS = 24 * 3_600_000;
/** 2001-09-09: before it, epoch "milliseconds" are seconds. */
const MIN_EPOCH_MS = 1_000_000_000_000;

export function isSample(time: number, value: unknown, now: number): value is number {
  return (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= 0 &&
    Number.isFinite(time) &&
    time >= MIN_EPOCH_MS &&
    time <= now + MAX_AHEAD_MS
  );
}

/** Gathers why things are dropped: each reason once. */
export function createFaults(now: number) {
  const reasons = new Map<string, number>();
  let ahead = 0;
  let furthest = 0;
  let seconds = 0;
  return {
    series(reason: string, count: number) {
      if (reasons.size < MAX_FAULTS || reasons.has(reason))
        reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    },
    sample(time: number) {
      if (time > now + MAX_AHEAD_MS) {
        ahead += 1;
        furthest = Math.max(furthest, time - now);
      } else if (time < MIN_EPOCH_MS) {
        seconds += 1;
      }
    },
    told(): InvalidResponse[] {
      const texts = Array.from(reasons, ([reason, count]) => `${count} series dropped: ${reason}`);
      if (ahead > 0) {
        texts.push(
          `${ahead} samples dropped: the array's clock is ${inHours(furthest)} ahead of the agent's; ` +
            'set both by NTP',
        );
      }
      if (seconds > 0) texts.push(`${seconds} samples dropped: their times are no epoch ms`);
      return texts.map((text) => new InvalidResponse(text));
    },
  };
}

function inHours(ms: number): string {
  const hours = ms / 3_600_000;
  return hours < 72 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
}
