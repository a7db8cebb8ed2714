/**
 * Whose turn it is. The array tells the measures of one object a request: all objects at once would
 * flood it. Each round asks about as many as the rate allows, those first that have waited longest.
 */
import type { Family } from './metrics.ts';

export interface Target {
  readonly family: Family;
  /** As the API has it. */
  readonly entityId: string;
  /** As in its list. */
  readonly id: string;
  readonly name: string | undefined;
}

export interface Turn {
  readonly family: Family;
  /** Those whose turn it is. */
  readonly targets: readonly Target[];
  /** How long it takes until all of the family have had theirs, ms. */
  readonly cycleMs: number;
}

export interface Turns {
  /** Shares a round's requests between families: small ones get all they need. */
  next(targets: readonly Target[]): readonly Turn[];
  /** Asked about, with or without success. */
  asked(target: Target): void;
  /** The newest sample taken of an object, epoch ms. */
  readonly newest: Map<string, number>;
}

export const keyOf = ({ family, id }: Target) => `${family.entity} ${id}`;

const MINUTE_MS = 60_000;
/** A pause is not made up for at once. */
const MOST_MINUTES = 5;

/** `now`: a monotonic clock, ms. */
export function createTurns(perMinute: number, now: () => number = () => performance.now()): Turns {
  const askedAt = new Map<string, number>();
  const newest = new Map<string, number>();
  let last: number | undefined;

  return {
    newest,
    asked: (target) => void askedAt.set(keyOf(target), now()),
    next(targets) {
      const passed = last === undefined ? MINUTE_MS : now() - last;
      const minutes = Math.min(MOST_MINUTES, Math.max(1, passed / MINUTE_MS));
      last = now();
      forgetOthers([askedAt, newest], targets);
      const waited = (target: Target) => askedAt.get(keyOf(target)) ?? -Infinity;
      const groups = [...Map.groupBy(targets, ({ family }) => family)].toSorted(
        ([, a], [, b]) => a.length - b.length,
      );
      let left = Math.floor(perMinute * minutes);
      return groups.map(([family, all], index) => {
        const share = Math.min(all.length, Math.ceil(left / (groups.length - index)));
        left -= share;
        const cycleMs = (Math.ceil(all.length / Math.max(share, 1)) || 1) * minutes * MINUTE_MS;
        const chosen = all.toSorted((a, b) => waited(a) - waited(b)).slice(0, share);
        return { family, targets: chosen, cycleMs };
      });
    },
  };
}

function forgetOthers(maps: readonly Map<string, unknown>[], targets: readonly Target[]): void {
  const present = new Set(targets.map(keyOf));
  for (const map of maps) for (const key of map.keys()) if (!present.has(key)) map.delete(key);
}
