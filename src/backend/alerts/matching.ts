/**
 * Which alerts are the same fault. The match key decides where both have one, else the sequence
 * number where both have one, else type and location.
 */
import type { Alert } from '../../driver/alerts.ts';

export interface Matcher<Entry extends { readonly alert: Alert }> {
  find(alert: Alert): Entry | undefined;
  add(entry: Entry): void;
  remove(entry: Entry): void;
  /** An entry without keys of its own is known by those of `alert`, too, which is the same fault. */
  learn(entry: Entry, alert: Alert): void;
  entries(): IterableIterator<Entry>;
  readonly size: number;
}

type Field = 'match_key' | 'sequence_number';

export function createMatcher<Entry extends { readonly alert: Alert }>(): Matcher<Entry> {
  const entries = new Set<Entry>();
  const index = new Map<string, Entry>();
  const learned = new Map<Entry, Alert>();
  const keysIn = (entry: Entry) => learned.get(entry) ?? entry.alert;
  return {
    find(alert) {
      const byMatchKey = lookUp(index, matchKeyOf(alert));
      if (byMatchKey) return byMatchKey;
      const bySequence = lookUp(index, sequenceOf(alert));
      if (bySequence && !bothHave(alert, keysIn(bySequence), 'match_key')) return bySequence;
      const byPlace = lookUp(index, placeOf(alert));
      if (!byPlace) return undefined;
      const decided =
        bothHave(alert, keysIn(byPlace), 'match_key') ||
        bothHave(alert, keysIn(byPlace), 'sequence_number');
      return decided ? undefined : byPlace;
    },
    add(entry) {
      entries.add(entry);
      for (const key of keysOf(entry.alert)) index.set(key, entry);
    },
    remove(entry) {
      entries.delete(entry);
      for (const key of [...keysOf(entry.alert), ...keysOf(keysIn(entry))]) {
        if (index.get(key) === entry) index.delete(key);
      }
      learned.delete(entry);
    },
    learn(entry, alert) {
      const { match_key: key, sequence_number: sequence } = entry.alert;
      if (key !== undefined || sequence !== undefined || learned.has(entry)) return;
      if (alert.match_key === undefined && alert.sequence_number === undefined) return;
      learned.set(entry, alert);
      for (const own of keysOf(alert)) index.set(own, entry);
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
