/**
 * What in a recording is an identifier: learned from the configuration, from the driver's records and
 * from the keys that values stand under.
 */
import { isIP } from 'node:net';
import type { Entry } from './exchange.ts';
import { leavesOf, ofValue, type Leaf } from './leaves.ts';
import { formByLook, hostsOfUrls } from './patterns.ts';
import type { Form } from './replacements.ts';
import {
  isNothing,
  isPlace,
  isShipped,
  isSomewhere,
  isSurelyPlace,
  kindOfKey,
  meaningOf,
} from './words.ts';

export interface Known {
  /** Passwords, tokens, communities of the configuration. */
  readonly secrets: readonly string[];
  /** Where the array is. */
  readonly hosts: readonly string[];
  /** The array's name in the configuration. */
  readonly name: string;
  /** The driver's own keys of the configuration. */
  readonly access: unknown;
  /** What the driver has made of the answers, by list. */
  readonly records: Readonly<Record<string, unknown>>;
}

/** Shorter ones are found in too many places where they are none. */
const LEAST: Readonly<Partial<Record<Form, number>>> = { secret: 3, serial: 5 };

export interface Originals {
  readonly originals: ReadonlyMap<string, Form>;
  /** Values of states and types, none of which is touched. */
  readonly states: ReadonlySet<string>;
}

/** Every text that is replaced as a whole word, and what it is. */
export function originalsIn(entries: readonly Entry[], known: Known): Originals {
  const originals = new Map<string, Form>();
  const { words, states } = wordsIn(entries);
  const { made, chosen } = namesIn(known.records);
  /** Says nothing of whose array it is. */
  const isPlain = (name: string) =>
    isNothing(name) || (!chosen.has(name) && (made.has(name) || isSurelyPlace(name)));

  function learn(form: Form, written: string): void {
    const original = written.trim();
    if (form === 'name' && isPlain(original)) return;
    if (original.length < (LEAST[form] ?? 1) || originals.has(original)) return;
    originals.set(original, form);
  }

  function learnLeaf({ key, value, siblings }: Leaf): void {
    if (words.has(value)) return;
    const form = formOf(key, value, siblings);
    if (form === 'secret' && (isNothing(value) || !HARD.test(value))) return;
    if (form === 'path') for (const part of value.split(/[/\\]+/)) learn('name', part);
    else if (form !== undefined) learn(form, value);
    for (const host of hostsOfUrls(value)) learn('name', host);
  }

  for (const secret of known.secrets) learn('secret', secret);
  for (const host of known.hosts)
    learn(formByLook(host) ?? (isIP(host) === 4 ? 'ipv4' : 'name'), host);
  learn('name', known.name);
  ofValue(known.access, '', [], ({ key, value, siblings }) => {
    const form = formOf(key, value, siblings);
    if (form !== undefined && form !== 'path') learn(form, value);
  });
  for (const entry of entries) leavesOf(entry, learnLeaf);
  const heard = heardIn(entries);
  ofValue(known.records, '', [], (leaf) => {
    // What a driver has put together is replaced in its parts.
    if (heard(leaf.value)) learnLeaf(leaf);
  });

  // The same where the array has put names together: `svm1:vol1`.
  for (const [original, form] of originals) {
    const parts = form === 'name' ? original.split(JOINTS) : [];
    if (parts.length < 2) continue;
    const isJoined = parts.some((part) => originals.has(part));
    if (!isJoined && !parts.every(isPlain)) continue;
    originals.delete(original);
    for (const part of parts) learn('name', part);
  }
  return { originals, states };
}

/** A token is no number of a few digits. */
const HARD = /[a-z]|.{12}/i;

const JOINTS = /[:/,@|\\]/;

/** `siblings`: the keys of the same object. */
export function formOf(
  key: string,
  value: string,
  siblings: readonly string[] = [],
): Form | 'path' | undefined {
  const meaning = meaningOf(key);
  const original = value.trim();
  if (meaning.mac && /^(0x)?[0-9a-f]{12}$/i.test(original)) return 'mac';
  if (meaning.wwn && /^(0x)?[0-9a-f]{12,40}$/i.test(original)) return 'wwn';
  const kind = kindOfKey(meaning, siblings);
  if (meaning.policy && isShipped(original)) return undefined;
  if (kind !== undefined) return formByLook(original) ?? kind;
  if (meaning.path && /^[/\\]/.test(original)) return 'path';
  if (meaning.address && HOST.test(original)) return 'name';
  return meaning.location && isSomewhere(original) ? 'name' : undefined;
}

const HOST = /^[a-z][\w-]*(\.[\w-]+)+$/i;

/** Lists of what a maker names, and of what an administrator may name anew. */
const MADE: ReadonlySet<string> = new Set(['disks', 'components']);
const ARRANGED: ReadonlySet<string> = new Set(['controllers', 'ports']);

/** Names that a maker has given: drivers read them, and they tell nothing. And those that somebody chose. */
function namesIn(records: Known['records']) {
  const made = new Set<string>();
  const chosen = new Set<string>();
  for (const [list, found] of Object.entries(records)) {
    for (const { name } of (Array.isArray(found) ? found : []) as { name?: unknown }[]) {
      if (typeof name !== 'string') continue;
      if (MADE.has(list) || (ARRANGED.has(list) && isPlace(name))) made.add(name);
      else chosen.add(name);
    }
  }
  return { made, chosen };
}

const TOKEN = /[\p{L}\p{N}_.*][\p{L}\p{N}_.*-]*/gu;

const STATE = /^[a-z][\w ./+-]{0,60}$/i;

/** A command and its options. */
const OPTION = /(?:^|\s-+)([A-Za-z][\w-]*)/g;

/**
 * Words of the interface: what a driver brings in before the array has said it, and the values of
 * states and types. Whoever calls a volume so is not known by it.
 */
function wordsIn(entries: readonly Entry[]) {
  const words = new Set<string>();
  const states = new Set<string>();
  const heard = new Set<string>();
  for (const entry of entries) {
    for (const word of requestTextOf(entry).match(TOKEN) ?? []) {
      if (!heard.has(word)) words.add(word);
    }
    if ('ssh' in entry) for (const [, option = ''] of entry.ssh.command.matchAll(OPTION)) words.add(option); // prettier-ignore
    leavesOf(entry, ({ key, value }) => {
      if (meaningOf(key).enumeration && STATE.test(value) && !formByLook(value)) states.add(value);
      heard.add(value);
      for (const word of value.match(TOKEN) ?? []) heard.add(word);
    });
  }
  return { words: words.union(states), states };
}

function requestTextOf(entry: Entry): string {
  if ('http' in entry) return JSON.stringify(entry.http);
  return 'ssh' in entry ? entry.ssh.command : '';
}

/** Whether a text stands somewhere in the answers; a driver may have changed its case. */
function heardIn(entries: readonly Entry[]): (value: string) => boolean {
  const leaves = new Set<string>();
  const texts: string[] = [];
  for (const entry of entries) {
    leavesOf(entry, ({ value }) => leaves.add(value.trim().toLowerCase()));
    if ('ssh' in entry) texts.push(entry.answer?.stdout ?? '');
  }
  const all = texts.join('\n');
  return (value) => leaves.has(value.toLowerCase()) || all.includes(value);
}
