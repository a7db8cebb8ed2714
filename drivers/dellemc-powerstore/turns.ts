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

export type Turns = ReturnType<typeof createTurns>;

/** What is known of an object. */
interface Seen {
  /** Asked about, with or without success, by the clock of the turns. */
  readonly askedAt: number;
  /** The newest sample taken, epoch ms. */
  newest: number | undefined;
}

const keyOf = ({ family, id }: Target) => `${family.by} ${id}`;

const MINUTE_MS = 60_000;
/** A pause is not made up for at once. */
const MOST_MINUTES = 5;

/** `now`: a monotonic clock, ms. */
export function createTurns(perMinute: number, now: () => number = () => performance.now()) {
  const known = new Map<string, Seen>();
  let last: number | undefined;

  return {
    /** The target has its turn. */
    begin(target: Target): Seen {
      const seen = { askedAt: now(), newest: known.get(keyOf(target))?.newest };
      known.set(keyOf(target), seen);
      return seen;
    },
    /** Shares a round's requests between families: small ones get all they need. */
    next(targets: readonly Target[]): readonly Turn[] {
      const passed = last === undefined ? MINUTE_MS : now() - last;
      const minutes = Math.min(MOST_MINUTES, Math.max(1, passed / MINUTE_MS));
      last = now();
      const present = new Set(targets.map(keyOf));
      for (const key of known.keys()) if (!present.has(key)) known.delete(key);
      const waited = (target: Target) => known.get(keyOf(target))?.askedAt ?? -Infinity;
      const families = Map.groupBy(targets, ({ family }) => family);
      const groups = [...families].toSorted(([, a], [, b]) => a.length - b.length);
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
