/**
 * Takes out of a recording what must not leave the house: what `originals.ts` has learned to be an
 * identifier is replaced wherever it stands, and what is one by its form as well.
 */
import { isExactNumber, SLASH } from './content.ts';
import { isGet, type Content, type Entry, type RecordedValue } from './exchange.ts';
import { leavesOf } from './leaves.ts';
import { createLiterals } from './literals.ts';
import { keyOfOid } from './oids.ts';
import { formOf, originalsIn, type Known } from './originals.ts';
import { replaceForms } from './patterns.ts';
import { createReplacements, type Replacements } from './replacements.ts';
import { meaningOf } from './words.ts';

export interface Redactor {
  entry<E extends Entry>(entry: E): E;
  /** Records, an access block: any value with keys. */
  value(value: unknown): unknown;
  readonly counts: Replacements['counts'];
}

const SHORTEST = 3;
const LONGEST_KEPT = 500;
const MOST_KEPT = 200_000;

export function createRedactor(entries: readonly Entry[], known: Known): Redactor {
  const taken = addressesIn(entries);
  const replacements = createReplacements((candidate) => taken.has(candidate));
  const { originals, states } = originalsIn(entries, known);
  const literals = createLiterals();
  for (const [original, form] of originals) {
    literals.add(original);
    // A driver may write them in capitals.
    if (form === 'name') literals.add(original.toUpperCase());
    // World wide names are made of them: first.
    if (form === 'serial') replacements.of(form, original);
  }
  for (const state of states) if (!originals.has(state)) literals.add(state);
  /** Most texts come again and again. */
  const done = new Map<string, string>();

  function text(written: string, version = false): string {
    if (written.length < SHORTEST) return written;
    const key = `${version ? 1 : 0}${written}`;
    let replaced = done.get(key);
    if (replaced === undefined) {
      replaced = literals.replace(
        written,
        (found) => {
          const form = originals.get(found) ?? (states.has(found) ? undefined : 'name');
          return form === undefined ? found : replacements.of(form, found);
        },
        (rest) => replaceForms(rest, replacements, version),
      );
      if (written.length < LONGEST_KEPT && done.size < MOST_KEPT) done.set(key, replaced);
    }
    return replaced;
  }

  function leaf(written: string, key: string): string {
    const form = formOf(key, written);
    if (form === 'wwn' || form === 'mac') return address(form, written);
    return text(written, meaningOf(key).version);
  }

  /** Zeros alone are none. */
  const address = (form: 'wwn' | 'mac', digits: string) =>
    /[1-9a-f]/i.test(digits) ? replacements.of(form, digits) : digits;

  function value(of: unknown, key = '', keyText = text): unknown {
    if (typeof of === 'string') return leaf(of, key);
    if (typeof of === 'number') return numberOf(of, key);
    if (Array.isArray(of)) return of.map((one) => value(one, key, keyText));
    if (typeof of !== 'object' || of === null || isExactNumber(of)) return of;
    return Object.fromEntries(
      Object.entries(of).map(([inner, child]) => [keyText(inner), value(child, inner, keyText)]),
    );
  }

  /** A serial number may be a number. */
  function numberOf(of: number, key: string): number {
    const original = String(of);
    const isSerial = originals.get(original) === 'serial' && formOf(key, original) === 'serial';
    return isSerial ? Number(replacements.of('serial', original)) : of;
  }

  function content(of: Content): Content {
    if (of.json !== undefined) return { json: value(of.json) };
    // What is no text can't be looked into.
    return of.text === undefined ? { base64: '' } : { text: text(of.text) };
  }

  return {
    counts: replacements.counts,
    // Fields of records have names of ours.
    value: (of) => value(of, '', (field) => field),
    entry: (entry) =>
      mapEntry(entry, {
        text,
        value,
        content,
        leaf,
        mac: (digits) => address('mac', digits),
        secret: (of) => replacements.of('secret', of),
      }),
  };
}

interface Mapping {
  text(written: string): string;
  value(of: unknown, key?: string): unknown;
  content(of: Content): Content;
  leaf(written: string, key: string): string;
  mac(digits: string): string;
  secret(of: string): string;
}

function mapEntry<E extends Entry>(
  entry: E,
  { text, value, content, leaf, mac, secret }: Mapping,
): E {
  const segment = (of: string) => text(of.replaceAll(SLASH, '/')).replaceAll('/', SLASH);
  // However short it is.
  const cookie = (line: string) =>
    text(line.replace(/^([^=;]*=)([^;]+)/, (_, name: string, of: string) => name + secret(of)));
  const variable = (of: RecordedValue | null, oid: string): RecordedValue | null => {
    if (of === null || typeof of === 'number' || 'counter' in of) return of;
    const key = keyOfOid(oid);
    if ('string' in of) return { string: leaf(of.string, key) };
    if ('text' in of) return { text: leaf(of.text, key) };
    return /^[0-9a-f]{12}$/.test(of.hex) ? { hex: mac(of.hex) } : of;
  };
  const mapped: Record<string, unknown> = { ...entry };
  if ('error' in entry && entry.error) {
    mapped['error'] = { ...entry.error, message: text(entry.error.message) };
  }
  if ('http' in entry) {
    const { method, path, query, body } = entry.http;
    mapped['http'] = {
      method,
      path: path.split('/').map(segment).join('/'),
      ...(query ? { query: query.map(([key, one]) => [text(key), leaf(one, key)]) } : {}),
      ...(body ? { body: content(body) } : {}),
    };
    if (entry.answer) {
      const { cookies } = entry.answer;
      mapped['answer'] = {
        status: entry.answer.status,
        headers: value(entry.answer.headers),
        ...(cookies ? { cookies: cookies.map(cookie) } : {}),
        body: content(entry.answer.body),
      };
    }
  } else if ('ssh' in entry) {
    mapped['ssh'] = value(entry.ssh);
    if (entry.answer) mapped['answer'] = value(entry.answer);
  } else if ('folder' in entry) {
    mapped['folder'] = text(entry.folder);
    mapped['answer'] = entry.answer?.map((one) => ({ ...one, name: text(one.name) }));
  } else if ('file' in entry) {
    mapped['file'] = text(entry.file);
    if (entry.answer) mapped['answer'] = content(entry.answer);
  } else if ('snmp' in entry && isGet(entry)) {
    const { get } = entry.snmp;
    mapped['answer'] = entry.answer?.map((one, at) => variable(one, get[at] ?? ''));
  } else if ('snmp' in entry) {
    const { table } = entry.snmp;
    const { rows, errors } = entry.answer ?? {};
    if (rows) {
      const row = (cells: (typeof rows)[string]) =>
        Object.fromEntries(
          Object.entries(cells).map(([column, one]) => [
            column,
            variable(one, `${table}.1.${column}`),
          ]),
        );
      mapped['answer'] = {
        rows: Object.fromEntries(
          Object.entries(rows).map(([index, cells]) => [text(index), row(cells)]),
        ),
        errors: value(errors),
      };
    }
  }
  return mapped as unknown as E;
}

const DOCUMENTED =
  /(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+|2001:db8:[0-9a-f:]*|00[:-]?00[:-]?5e[:-]?00[:-]?53[:-]?../gi;

/** Addresses of the ranges for documentation that are there already: none must stand for another. */
function addressesIn(entries: readonly Entry[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const entry of entries) {
    leavesOf(entry, ({ value }) => {
      for (const [address] of value.matchAll(DOCUMENTED)) found.add(address.toLowerCase());
    });
    if ('ssh' in entry) {
      for (const [address] of entry.answer?.stdout.matchAll(DOCUMENTED) ?? []) found.add(address.toLowerCase()); // prettier-ignore
    }
  }
  return found;
}
