/** Why samples are dropped, in words. */
import { InvalidResponse } from '../driver/errors.ts';

/** Different faults of one round that are told. */
const MAX_FAULTS = 5;

export interface TimeLimits {
  readonly maxAheadMs: number;
  readonly minEpochMs: number;
}

/** Gathers why things are dropped: each reason once. */
export function createFaults(now: number, { maxAheadMs, minEpochMs }: TimeLimits) {
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
      if (time > now + maxAheadMs) {
        ahead += 1;
        furthest = Math.max(furthest, time - now);
      } else if (time < minEpochMs) {
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
