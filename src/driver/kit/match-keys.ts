/** Match keys: the same for one fault by trap and by poll, different for two faults in one poll. */
import { createHash } from 'node:crypto';
import type { Alert } from '../alerts.ts';

/** A key made of what a trap and a poll both tell of a fault. */
export function matchKey(...parts: readonly (string | undefined)[]): string {
  return createHash('md5').update(JSON.stringify(parts)).digest('hex');
}

/**
 * The alerts of a poll, each with a key of its own: of several whose `match_key` is the same the first
 * keeps it, the others have their `sequence_number`, else their place among these, in theirs. Begin with
 * the oldest (`oldestFirst`): its trap was the first.
 */
export function withUniqueKeys(alerts: readonly Alert[]): Alert[] {
  const taken = new Map<string, number>();
  return alerts.map((alert) => {
    const { match_key: key } = alert;
    if (key === undefined) return alert;
    const before = taken.get(key) ?? 0;
    taken.set(key, before + 1);
    const { sequence_number: own = `#${before}` } = alert;
    return before === 0 ? alert : { ...alert, match_key: matchKey(key, own) };
  });
}

/** In the order in which they occurred, those of one time as the array lists them; without a time at the end. */
export function oldestFirst(alerts: readonly Alert[]): Alert[] {
  const timeOf = ({ occur_time: time = Number.MAX_SAFE_INTEGER }: Alert) => time;
  return alerts.toSorted((a, b) => timeOf(a) - timeOf(b));
}
