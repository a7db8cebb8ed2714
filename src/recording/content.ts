/** Bodies and values as a recording holds them, and back. */
import type { SnmpValue } from '../driver/transports.ts';
import type { Content, RecordedValue } from './exchange.ts';

/** Parts of JSON that the language's types do not know yet: numbers keep the text they were written with. */
const json = JSON as typeof JSON & {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};

/** JSON whose numbers are written as they were: `1.0` and integers over 2^53 stay what they are. */
export function parseExactly(text: string): unknown {
  const exact = (_key: string, value: unknown, context: { readonly source?: string }): unknown =>
    typeof value === 'number' && context.source !== undefined && context.source !== String(value)
      ? json.rawJSON(context.source)
      : value;
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown) as unknown;
}

/** A number that `parseExactly` has kept as its text. */
export const isExactNumber = (value: unknown): boolean => json.isRawJSON(value);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function toContent(body: Uint8Array): Content {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return { base64: Buffer.from(body).toString('base64') };
  }
  if (!/^\s*[[{]/.test(text)) return { text };
  try {
    return { json: parseExactly(text) };
  } catch {
    return { text };
  }
}

export function fromContent({ json: value, text, base64 }: Content): Buffer {
  if (value !== undefined) return Buffer.from(JSON.stringify(value));
  return text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text);
}

// oxlint-disable-next-line no-control-regex -- what is no text
const PLAIN = /^[^\u0000-\u0008\u000E-\u001F\u007F]*$/;

export function toRecorded(value: SnmpValue): RecordedValue {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return { counter: String(value) };
  if (typeof value === 'string') return { string: value };
  try {
    const text = utf8.decode(value);
    if (PLAIN.test(text)) return { text };
  } catch {
    // Octets.
  }
  return { hex: Buffer.from(value).toString('hex') };
}

export function fromRecorded(value: RecordedValue): SnmpValue {
  if (typeof value === 'number') return value;
  if ('counter' in value) return BigInt(value.counter);
  if ('string' in value) return value.string;
  if ('text' in value) return new Uint8Array(Buffer.from(value.text));
  return new Uint8Array(Buffer.from(value.hex, 'hex'));
}

/** A slash within a segment of a path. */
export const SLASH = '%2F';

/** A path whose segments are decoded. */
export function decodedPath(path: string): string {
  return path
    .split('/')
    .map((segment) => {
      try {
        return decodeURIComponent(segment).replaceAll('/', SLASH);
      } catch {
        return segment;
      }
    })
    .join('/');
}
