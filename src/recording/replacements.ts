/** What stands for what: the same original always becomes the same replacement, of the same form. */
import type { Kind } from './words.ts';

export type Form = Kind | 'ipv4' | 'ipv6' | 'mac' | 'wwn' | 'iqn' | 'nqn' | 'uuid' | 'mail';

export interface Replacements {
  /** The replacement of an original, as long and as it is written wherever it can be. */
  of(form: Form, original: string): string;
  /** How many originals of each form have one. */
  counts(): Readonly<Partial<Record<Form, number>>>;
}

/** `taken`: what is there already must stand for nothing else. */
export function createReplacements(taken: (candidate: string) => boolean): Replacements {
  const numbers = new Map<Form, Map<string, number>>();
  const next = new Map<Form, number>();

  function newNumber(form: Form, original: string): number {
    let number = (next.get(form) ?? 0) + 1;
    while (taken(WRITTEN[form](original, number).toLowerCase())) number += 1;
    next.set(form, number);
    return number;
  }

  /** Ends of world wide names that are serial numbers, as they are or letter by letter in hex. */
  const parts = new Map<string, string>();
  const lengths = new Set<number>();

  function learnParts(serial: string, replacement: string): void {
    const ascii = [serial, replacement].map((text) => Buffer.from(text, 'latin1').toString('hex'));
    for (const [part, other] of [[serial, replacement], ascii]) {
      if (!part || other === undefined || !HEX_SERIAL.test(part)) continue;
      parts.set(part.toLowerCase(), other.toLowerCase());
      lengths.add(part.length);
    }
  }

  /** A maker's number and a serial number make a world wide name: the serial number in it is replaced. */
  function withSerial(original: string): string | undefined {
    for (const length of lengths) {
      const part = parts.get(original.slice(-length).toLowerCase());
      if (part === undefined || length >= original.length) continue;
      const lower = /[a-f]/.test(original);
      return original.slice(0, -length) + (lower ? part : part.toUpperCase());
    }
    return undefined;
  }

  return {
    of(form, original) {
      const within = form === 'wwn' ? withSerial(original) : undefined;
      if (within !== undefined) return within;
      let known = numbers.get(form);
      if (!known) numbers.set(form, (known = new Map()));
      const key = canonical(form, original);
      let number = known.get(key);
      if (number === undefined) known.set(key, (number = newNumber(form, original)));
      if (form === 'serial') learnParts(original, inItsClasses(original, number));
      return WRITTEN[form](original, number);
    },
    counts: () => Object.fromEntries(Array.from(numbers, ([form, known]) => [form, known.size])),
  };
}

/** Two ways of writing the same are one original. */
function canonical(form: Form, original: string): string {
  switch (form) {
    case 'mac':
    case 'wwn':
    case 'uuid':
      return original.toLowerCase().replaceAll(/^0x|[^0-9a-f]/g, '');
    case 'iqn':
    case 'nqn':
    case 'ipv6':
    case 'mail':
      return original.toLowerCase();
    case 'name':
      // A driver may write them in capitals.
      return isUpper(original) ? original.toLowerCase() : original;
    default:
      return original;
  }
}

/** The ranges set apart for documentation; after them the one for benchmarks. */
const IPV4_RANGES = ['192.0.2', '198.51.100', '203.0.113'] as const;
const HOSTS_PER_RANGE = 254;

const WRITTEN: Readonly<Record<Form, (original: string, number: number) => string>> = {
  secret: (_, number) => `removed-${number}`,
  serial: inItsClasses,
  name: named,
  ipv4: (_, number) => {
    const range = IPV4_RANGES[Math.floor((number - 1) / HOSTS_PER_RANGE)];
    const host = ((number - 1) % HOSTS_PER_RANGE) + 1;
    if (range !== undefined) return `${range}.${host}`;
    const beyond = number - IPV4_RANGES.length * HOSTS_PER_RANGE;
    return `198.${18 + ((beyond >> 16) & 1)}.${(beyond >> 8) & 255}.${beyond & 255}`;
  },
  ipv6: (_, number) => `2001:db8::${number.toString(16)}`,
  // 00:00:5E:00:53:xx is for documentation; after it addresses that no vendor has.
  mac: (original, number) =>
    asHex(original, number < 256 ? '00005e005300' : '020000000000', number),
  wwn: (original, number) => {
    const [first = '0'] = original.replace(/^0x/i, '');
    const digits = original.replace(/^0x/i, '').replaceAll(/[^0-9a-f]/gi, '').length;
    return asHex(original, first + '0'.repeat(digits - 1), number);
  },
  uuid: (original, number) => asHex(original, '00000000000040008000000000000000', number),
  iqn: (_, number) => `iqn.2000-01.com.example:name-${number}`,
  nqn: (_, number) => `nqn.2000-01.com.example:name-${number}`,
  mail: (_, number) => `user-${number}@example.com`,
};

/** The number at the end of a template, in the original's separators and its case. */
function asHex(original: string, template: string, number: number): string {
  const end = number.toString(16);
  const digits = template.slice(0, template.length - end.length) + end;
  // The records have them in capitals; digits alone say nothing of the case.
  const cased = /[a-f]/.test(original) ? digits.toLowerCase() : digits.toUpperCase();
  const prefix = /^0x/i.exec(original)?.[0] ?? '';
  let at = 0;
  return prefix + original.slice(prefix.length).replaceAll(/[0-9a-f]/gi, () => cased[at++] ?? '0');
}

const HEX_SERIAL = /^[0-9a-f]{12,}$/i;

/** Digits stay digits, capitals capitals, small letters small letters, all else as it is. */
function inItsClasses(original: string, number: number): string {
  const letters = Array.from(original);
  const isHex = HEX_SERIAL.test(original);
  let left = number;
  for (let at = letters.length - 1; at >= 0; at -= 1) {
    const letter = letters[at] ?? '';
    const [first, count] = classOf(letter, isHex) ?? [];
    if (first === undefined || count === undefined) continue;
    letters[at] = String.fromCharCode(first.charCodeAt(0) + (left % count));
    left = Math.floor(left / count);
  }
  // A number keeps its digits only if it does not begin with 0.
  const lead = original.startsWith('0') ? '0' : '1';
  return letters.join('').replace(/^0/, lead);
}

function classOf(
  letter: string,
  isHex: boolean,
): readonly [first: string, count: number] | undefined {
  if (/\d/.test(letter)) return ['0', 10];
  if (/[A-Z]/.test(letter)) return ['A', isHex ? 6 : 26];
  return /[a-z]/.test(letter) ? ['a', isHex ? 6 : 26] : undefined;
}

/** Letters, digits and what joins them: the place for `name-1`. All else stays where it is. */
const PLAIN = /[\p{L}\p{M}\p{N}._-]/u;

const isUpper = (text: string): boolean => text === text.toUpperCase() && /[A-Z]{3}/.test(text);

/** `name-1`, filled up to the length of the original: tables of fixed width stay tables. */
function named(original: string, number: number): string {
  const letters = Array.from(original);
  const room = letters.filter((letter) => PLAIN.test(letter)).length;
  const digits = String(number);
  const word = (isUpper(original) ? 'NAME-' : 'name-').slice(
    0,
    Math.max(1, Math.min(5, room - digits.length)),
  );
  const filled = Array.from(word + digits.padStart(room - word.length, '0'));
  let at = 0;
  const written = letters.map((letter) => (PLAIN.test(letter) ? (filled[at++] ?? '') : letter));
  // The number is what tells it from others: longer rather than cut.
  return written.join('') + filled.slice(at).join('');
}
