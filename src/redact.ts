/** Foreign text on its way out: no credential of a URL, nothing that a terminal obeys, no novel. */

/** Longer texts are cut: an array may answer with megabytes. */
const MAX_TEXT = 8_192;
const USER_OF_URL = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"'<>]+(?:@[^\s/?#@"'<>]*)*@/gi;
const QUERY_OF_URL = /([a-z][a-z0-9+.-]*:\/\/[^\s?#"'<>]*\?)([^\s#"'<>]*)/gi;
/** DEL, C1, line and paragraph separators, marks that turn the direction of writing. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** `https://user:password@host/?token=t` -> `https://***@host/?token=***`, wherever it is in the text. */
export function redactUrls(text: string): string {
  if (!text.includes('://')) return text;
  return text
    .replaceAll(USER_OF_URL, '$1***@')
    .replaceAll(
      QUERY_OF_URL,
      (_, before: string, query: string) =>
        before + query.replaceAll(/([^&;=]+)=[^&;]*/g, '$1=***'),
    );
}

/** For values of any shape: every text in it. */
export function redactAll(value: unknown): unknown {
  if (typeof value === 'string') return redactUrls(value);
  if (Array.isArray(value)) return value.map(redactAll);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactAll(inner)]));
}

/** Cut where it is too long, and says so. */
export function clip(text: string, max = MAX_TEXT): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max).toWellFormed()}... (${text.length - max} more characters)`;
}

/** What JSON leaves as it is and a terminal does not show: as JSON escapes it. */
export function escapeUnprintable(json: string): string {
  return json.replaceAll(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
