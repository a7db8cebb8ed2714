/**
 * Which alerts are the same fault. The match key decides where both have one, else the sequence
 * number where both have one, else type and location.
 */
import type { Alert } from '../../driver/alerts.ts';

export interface Matcher<Entry extends { readonly alert: Alert }> {
  find(alert: Alert): Entry | undefined;
  add(entry: Entry): void;
  remove(entry: Entry): void;
  entries(): IterableIterator<Entry>;
  readonly size: number;
}

type Field = 'match_key' | 'sequence_number';

export function createMatcher<Entry extends { readonly alert: Alert }>(): Matcher<Entry> {
  const entries = new Set<Entry>();
  const index = new Map<string, Entry>();
  return {
    find(alert) {
      const byMatchKey = lookUp(index, matchKeyOf(alert));
      if (byMatchKey) return byMatchKey;
      const bySequence = lookUp(index, sequenceOf(alert));
      if (bySequence && !bothHave(alert, bySequence.alert, 'match_key')) return bySequence;
      const byPlace = lookUp(index, placeOf(alert));
      if (!byPlace) return undefined;
      const decided =
        bothHave(alert, byPlace.alert, 'match_key') ||
        bothHave(alert, byPlace.alert, 'sequence_number');
      return decided ? undefined : byPlace;
    },
    add(entry) {
      entries.add(entry);
      for (const key of keysOf(entry.alert)) index.set(key, entry);
    },
    remove(entry) {
      entries.delete(entry);
      for (const key of keysOf(entry.alert)) {
        if (index.get(key) === entry) index.delete(key);
      }
    },
    entries: () => entries.values(),
    get size() {
      return entries.size;
    },
  };
}

function lookUp<Entry>(index: ReadonlyMap<string, Entry>, key: string | undefined) {
  return key === undefined ? undefined : index.get(key);
}

function bothHave(a: Alert, b: Alert, field: Field): boolean {
  return a[field] !== undefined && b[field] !== undefined;
}

function keysOf(alert: Alert): string[] {
  return [matchKeyOf(alert), sequenceOf(alert), placeOf(alert)].filter((key) => key !== undefined);
}

function matchKeyOf({ match_key: key }: Alert): string | undefined {
  return key === undefined ? undefined : `match ${key}`;
}

function sequenceOf({ sequence_number: sequence }: Alert): string | undefined {
  return sequence === undefined ? undefined : `sequence ${sequence}`;
}

function placeOf({ alert_id: id, location = '' }: Alert): string {
  return `place ${id}\u0000${location}`;
}
