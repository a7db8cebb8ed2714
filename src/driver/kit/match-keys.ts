/** Match keys: the same for one fault by trap and by poll, different for two faults in one poll. */
import { createHash } from 'node:crypto';
import type { Alert } from '../alerts.ts';

/** A key made of what a trap and a poll both tell of a fault. */
export function matchKey(...parts: readonly (string | undefined)[]): string {
  return createHash('md5').update(JSON.stringify(parts)).digest('hex');
}

/**
 * The alerts of a poll, each with a key of its own: of several whose `match_key` is the same the first
 * keeps it, the others have their `sequence_number`, else their place, in theirs. Begin with the oldest:
 * its trap was the first.
 */
export function withUniqueKeys(alerts: readonly Alert[]): Alert[] {
  const taken = new Set<string | undefined>();
  return alerts.map((alert, index) => {
    const { match_key: key, sequence_number: own = `#${index}` } = alert;
    if (key === undefined || !taken.has(key)) {
      taken.add(key);
      return alert;
    }
    return { ...alert, match_key: matchKey(key, own) };
  });
}
