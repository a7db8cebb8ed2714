/** Labels of series: which resource a series is about, for text and OTLP alike. */
import { identityAttributes } from './catalog.ts';
import type { ResourceWord } from './tables.ts';

/** An OTel attribute; its Prometheus label is the key with underscores. */
export type Label = readonly [key: string, value: string];

/** Longest label value, UTF-8 bytes: an array's text of any length must not make a page useless. */
const MAX_VALUE_BYTES = 1_024;
/** What may break a terminal, a page or a parser. A line feed is left: the text format escapes it. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/** A value as it is exported: well-formed, control characters readable as \xNN, bounded. */
export function labelValue(value: string): string {
  // Most values are short and plain.
  if (/^[ -~]{0,300}$/.test(value)) return value;
  const wellFormed = value.slice(0, MAX_VALUE_BYTES).toWellFormed();
  return cut(
    wellFormed.replaceAll(
      CONTROL,
      (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    ),
  );
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_VALUE_BYTES) return text;
  let end = MAX_VALUE_BYTES;
  // Not within a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** The labels of one resource: the same object for all its series, from one snapshot to the next. */
export interface Identity {
  readonly labels: readonly Label[];
}

export interface Identities {
  readonly system: Identity;
  /** undefined: another resource of this type already has these labels. */
  of(word: ResourceWord, id: string, further: readonly string[]): Identity | undefined;
  /** What a resource is already known as in this round. */
  known(word: ResourceWord, id: string): Identity | undefined;
  /** A new round: what the last one did not ask for is forgotten. */
  next(): void;
}

interface Entry {
  readonly further: readonly string[];
  readonly identity: Identity | undefined;
  round: number;
}

export function createIdentities(systemName: string): Identities {
  const [systemKey = ''] = identityAttributes('system');
  const systemLabel: Label = [systemKey, labelValue(systemName)];
  const system: Identity = { labels: [systemLabel] };
  const entries = new Map<ResourceWord, Map<string, Entry>>();
  /** Exported id -> the id it stands for: two ids can be the same after they were cut. */
  const owners = new Map<ResourceWord, Map<string, string>>();
  let round = 0;

  function make(word: ResourceWord, id: string, further: readonly string[]): Identity | undefined {
    const exported = labelValue(id);
    const taken = within(owners, word);
    const owner = taken.get(exported);
    if (owner !== undefined && owner !== id) return undefined;
    taken.set(exported, id);
    const [, ...keys] = identityAttributes(word);
    const values = [exported, ...further.map(labelValue)];
    return { labels: [systemLabel, ...keys.map((key, at): Label => [key, values[at] ?? ''])] };
  }

  return {
    system,
    of(word, id, further) {
      const known = within(entries, word);
      const entry = known.get(id);
      if (entry && same(entry.further, further)) {
        entry.round = round;
        return entry.identity;
      }
      const identity = make(word, id, further);
      known.set(id, { further, identity, round });
      return identity;
    },
    known(word, id) {
      const entry = entries.get(word)?.get(id);
      return entry?.round === round ? entry.identity : undefined;
    },
    next() {
      for (const [word, known] of entries) {
        for (const [id, entry] of known) {
          if (entry.round === round) continue;
          known.delete(id);
          if (entry.identity) owners.get(word)?.delete(entry.identity.labels[1]?.[1] ?? '');
        }
      }
      round += 1;
    },
  };
}

function within<K, V>(outer: Map<ResourceWord, Map<K, V>>, word: ResourceWord): Map<K, V> {
  let inner = outer.get(word);
  if (!inner) outer.set(word, (inner = new Map<K, V>()));
  return inner;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}
