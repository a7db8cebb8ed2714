/** Match keys: the same for one fault by trap and by poll, different for two faults in one poll. */
import { createHash } from 'node:crypto';

/** A key made of what a trap and a poll both tell of a fault. */
export function matchKey(...parts: readonly (string | undefined)[]): string {
  return createHash('md5').update(JSON.stringify(parts)).digest('hex');
}

export interface Keyed {
  /** Of the fault: what a trap tells of it, too. */
  readonly key: string;
  /** What tells it from others with the same key: its number. */
  readonly own: string | undefined;
}

/**
 * Key of each of the faults in order: of several that have theirs in common the first keeps it, the
 * others have their own number in it. Begin with the oldest: its trap was the first.
 */
export function uniqueKeys(faults: readonly Keyed[]): string[] {
  const taken = new Set<string>();
  return faults.map(({ key, own }) => {
    if (taken.has(key)) return matchKey(key, own);
    taken.add(key);
    return key;
  });
}
