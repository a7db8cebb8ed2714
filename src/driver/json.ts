/** JSON of a foreign program: its depth and its number of values are known before a parser holds it. */
import { InvalidResponse } from './errors.ts';

const MAX_DEPTH = 64;
/** Objects and lists; each costs far more memory than its two characters. */
const MAX_CONTAINERS = 1_000_000;
const MAX_VALUES = 5_000_000;

/** JSON with bounds on nesting and on the number of values. @throws InvalidResponse */
export function parseJson(written: string, where: string): unknown {
  checkBounds(written, where);
  try {
    return JSON.parse(written) as unknown;
  } catch {
    const what = written.trim() === '' ? 'an empty body' : `"${written.trim().slice(0, 40)}"`;
    // The parser's own message quotes the text around the fault, which may be a secret.
    throw new InvalidResponse(`${where}: expected JSON, got ${what}`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** One pass over the text; what is not JSON at all is the parser's to refuse. */
function checkBounds(written: string, where: string): void {
  let depth = 0;
  let containers = 0;
  let values = 0;
  for (let at = 0; at < written.length; at += 1) {
    const code = written.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(written, at);
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      containers += 1;
      if (depth > MAX_DEPTH) {
        throw new InvalidResponse(`${where}: the JSON is nested deeper than ${MAX_DEPTH}`);
      }
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
    } else if (code === COMMA) {
      values += 1;
    }
  }
  if (containers > MAX_CONTAINERS || values > MAX_VALUES) {
    throw new InvalidResponse(
      `${where}: the JSON has more than ${MAX_CONTAINERS} objects or ${MAX_VALUES} values`,
    );
  }
}

/** The closing quote of the string that opens at `start`, or the end of the text. */
function endOfString(written: string, start: number): number {
  for (let at = start + 1; ; at += 1) {
    at = written.indexOf('"', at);
    if (at < 0) return written.length;
    let escapes = 0;
    while (written.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
}
