/** What is an identifier by its form alone. */
import { isIP } from 'node:net';
import type { Form, Replacements } from './replacements.ts';

interface Pattern {
  readonly form: Form;
  readonly pattern: RegExp;
  /** Whether it really is one. */
  readonly is?: (found: string) => boolean;
}

const HEX = '[0-9a-f]';
const whole = (pattern: string) =>
  new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`, 'giu');

const PATTERNS: readonly Pattern[] = [
  { form: 'mail', pattern: whole(String.raw`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`) },
  { form: 'iqn', pattern: whole(String.raw`iqn\.\d{4}-\d\d\.[\w.:-]+`) },
  { form: 'nqn', pattern: whole(String.raw`nqn\.\d{4}-\d\d\.[\w.:-]+`) },
  { form: 'uuid', pattern: whole(`${HEX}{8}(?:-${HEX}{4}){3}-${HEX}{12}`) },
  { form: 'wwn', pattern: whole(`${HEX}{2}([:-])${HEX}{2}(?:\\1${HEX}{2}){6}`) },
  { form: 'wwn', pattern: whole(`(?:0x)?(?:${HEX}{32}|${HEX}{16})`), is: hasBoth },
  { form: 'mac', pattern: whole(`(?<!${HEX}[:-])${HEX}{2}([:-])${HEX}{2}(?:\\1${HEX}{2}){4}(?!\\1${HEX})`) },
  { form: 'ipv6', pattern: whole(`(?<![:.])(?:${HEX}{0,4}:){2,7}${HEX}{0,4}(?:\\.\\d+){0,3}(?![:.]${HEX})`), is: isIpv6 },
  { form: 'ipv4', pattern: whole(String.raw`(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.\d)`), is: isIpv4 },
]; // prettier-ignore

/** What a text is as a whole. */
export function formByLook(text: string): Form | undefined {
  return PATTERNS.find(({ pattern, is }) => {
    const [found] = text.match(pattern) ?? [];
    return found === text && (is === undefined || is(found));
  })?.form;
}

/** `version`: what looks like an IPv4 address is none. */
export function replaceForms(text: string, { of }: Replacements, version = false): string {
  let out = text;
  for (const { form, pattern, is } of PATTERNS) {
    if (version && form === 'ipv4') continue;
    out = out.replaceAll(pattern, (found: string) =>
      is === undefined || is(found) ? of(form, found) : found,
    );
  }
  return out;
}

/** The host of a URL. */
const URL_HOST = /\b[a-z][a-z0-9+.-]*:\/\/([^\s/:?#"'<>[\]\\@]+)/gi;

export function hostsOfUrls(text: string): string[] {
  if (!text.includes('://')) return [];
  return Array.from(text.matchAll(URL_HOST), ([, host = '']) => host).filter(
    (host) => isIP(host) === 0,
  );
}

/** Digits alone are a number, letters alone a word. */
function hasBoth(found: string): boolean {
  return /[a-f]/i.test(found) && /\d/.test(found.replace(/^0x/i, ''));
}

function isIpv6(found: string): boolean {
  // Eight pairs are a world wide name.
  return isIP(found) === 6 && !/^::1?$/.test(found) && !/^(..:){7}..$/.test(found);
}

/** Versions have small numbers in front, masks large ones; 127 is everybody's own. */
function isIpv4(found: string): boolean {
  const [first = 0, ...rest] = found.split('.').map(Number);
  return first >= 10 && first < 224 && first !== 127 && rest.every((part) => part <= 255);
}
