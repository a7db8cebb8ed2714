/**
 * BER as SNMP uses it (RFC 3417 section 8): definite lengths, one tag byte. Every element must lie
 * inside the one that holds it. What arrays get wrong and net-snmp takes is taken: long forms that
 * are longer than needed, and sequences that claim more than their fields.
 */
import { Refused } from './refused.ts';

export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  sequence: 0x30,
  ipAddress: 0x40,
  counter32: 0x41,
  gauge32: 0x42,
  timeTicks: 0x43,
  opaque: 0x44,
  nsapAddress: 0x45,
  counter64: 0x46,
  unsigned32: 0x47,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfMibView: 0x82,
  response: 0xa2,
  trapV1: 0xa4,
  inform: 0xa6,
  trap: 0xa7,
  report: 0xa8,
} as const;

const MAX_SUBIDENTIFIER = 0xffff_ffff;
const MAX_SUBIDENTIFIERS = 128;
const MAX_INTEGER_BYTES = 8;
/** Tags whose contents are plain octets. */
const OCTETS: ReadonlySet<number> = new Set([
  TAG.octetString,
  TAG.ipAddress,
  TAG.opaque,
  TAG.nsapAddress,
]);

/** A position in the contents of one element. */
export interface Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
}

export function readerOf(bytes: Uint8Array): Reader {
  return { bytes, at: 0, end: bytes.length };
}

/** The next tag; undefined at the end. */
export function peekTag(reader: Reader): number | undefined {
  return reader.at < reader.end ? reader.bytes[reader.at] : undefined;
}

/** Reads the header of the next element and returns where its contents end; `at` is their start. */
function open(reader: Reader): number {
  const { bytes, end } = reader;
  if (reader.at + 2 > end) throw new Refused('malformed', 'cut short');
  let at = reader.at + 1;
  let length = bytes[at] ?? 0;
  at += 1;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 8) throw new Refused('malformed', 'form of a length');
    if (at + count > end) throw new Refused('malformed', 'cut short');
    length = 0;
    for (const last = at + count; at < last; at += 1) length = length * 256 + (bytes[at] ?? 0);
  }
  if (length > end - at) throw new Refused('malformed', 'longer than what holds it');
  reader.at = at;
  return at + length;
}

/** Enters the next element, which must have this tag, and passes it in the outer reader. */
export function enter(reader: Reader, tag: number): Reader {
  if (peekTag(reader) !== tag) throw new Refused('malformed', 'unexpected tag');
  const end = open(reader);
  const inner = { bytes: reader.bytes, at: reader.at, end };
  reader.at = end;
  return inner;
}

/** Passes the next element, whatever it is, and returns its contents. */
export function readAny(reader: Reader): Uint8Array {
  const end = open(reader);
  const contents = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return contents;
}

/** The next element with its header, unread. */
export function readWhole(reader: Reader): Uint8Array {
  const start = reader.at;
  const end = open(reader);
  reader.at = end;
  return reader.bytes.subarray(start, end);
}

/** Enters the next element, which must have this tag, without a reader of its own. */
export function descend(reader: Reader, tag: number): void {
  if (peekTag(reader) !== tag) throw new Refused('malformed', 'unexpected tag');
  open(reader);
}

/** An OCTET STRING: a view, not a copy. */
export function readOctets(reader: Reader): Uint8Array {
  if (peekTag(reader) !== TAG.octetString) throw new Refused('malformed', 'no octets');
  return readAny(reader);
}

/** Octets of any of the types that are nothing else. */
export function readAnyOctets(reader: Reader): Uint8Array {
  if (!OCTETS.has(peekTag(reader) ?? 0)) throw new Refused('malformed', 'no octets');
  return readAny(reader);
}

/** An INTEGER that is used as a number: it must be one exactly. */
export function readInteger(reader: Reader): number {
  if (peekTag(reader) !== TAG.integer) throw new Refused('malformed', 'no integer');
  const value = signed(readAny(reader));
  if (typeof value === 'bigint') throw new Refused('malformed', 'integer out of range');
  return value;
}

/** Contents of an INTEGER. */
export function signed(contents: Uint8Array): number | bigint {
  const { length } = contents;
  if (length === 0 || length > MAX_INTEGER_BYTES) throw new Refused('malformed', 'integer length');
  const first = contents[0] ?? 0;
  if (length <= 6) {
    let value = first >= 0x80 ? first - 256 : first;
    for (let index = 1; index < length; index += 1) value = value * 256 + (contents[index] ?? 0);
    return value;
  }
  return exact(BigInt.asIntN(length * 8, bigEndian(contents)));
}

/** Contents of Counter32, Gauge32, TimeTicks: some senders forget the leading zero. */
export function unsigned(contents: Uint8Array): number | bigint {
  const { length } = contents;
  const fits =
    length <= MAX_INTEGER_BYTES || (length === MAX_INTEGER_BYTES + 1 && contents[0] === 0);
  if (length === 0 || !fits) throw new Refused('malformed', 'integer length');
  if (length > 6) return exact(bigEndian(contents));
  let value = 0;
  for (const byte of contents) value = value * 256 + byte;
  return value;
}

/** Contents of Counter64. */
export function unsigned64(contents: Uint8Array): bigint {
  return BigInt(unsigned(contents));
}

/** Contents of an OBJECT IDENTIFIER as dotted text. */
export type IdentifierReader = (contents: Uint8Array) => string;

const MAX_KNOWN_IDENTIFIERS = 4_096;

/** Remembers what it has read: the traps of an array are made of the same few identifiers. */
export function createIdentifierReader(): IdentifierReader {
  const known = new Map<string, string>();
  return (contents) => {
    const key = Buffer.from(contents.buffer, contents.byteOffset, contents.length).toString(
      'latin1',
    );
    const found = known.get(key);
    if (found !== undefined) return found;
    const read = objectIdentifier(contents);
    if (known.size >= MAX_KNOWN_IDENTIFIERS) known.clear();
    known.set(key, read);
    return read;
  };
}

/** Contents of an OBJECT IDENTIFIER as dotted text. */
export function objectIdentifier(contents: Uint8Array): string {
  const { length } = contents;
  if (length === 0) return '0.0';
  if (((contents[length - 1] ?? 0) & 0x80) !== 0) throw new Refused('malformed', 'cut identifier');
  const arcs: number[] = [];
  let value = 0;
  for (let index = 0; index < length; index += 1) {
    const byte = contents[index] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (value > MAX_SUBIDENTIFIER) throw new Refused('malformed', 'subidentifier out of range');
    if ((byte & 0x80) !== 0) continue;
    arcs.push(value);
    value = 0;
  }
  // The first two are one number.
  if (arcs.length >= MAX_SUBIDENTIFIERS) throw new Refused('malformed', 'identifier too long');
  const [both = 0] = arcs;
  const first = Math.min(Math.floor(both / 40), 2);
  arcs[0] = both - first * 40;
  return `${first}.${arcs.join('.')}`;
}

function bigEndian(contents: Uint8Array): bigint {
  let value = 0n;
  for (const byte of contents) value = (value << 8n) | BigInt(byte);
  return value;
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** An element: the parts are its contents, already encoded. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([header(tag, length), ...parts]);
}

function header(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length]);
  if (length < 0x100) return Buffer.from([tag, 0x81, length]);
  return Buffer.from([tag, 0x82, length >> 8, length & 0xff]);
}

/** An INTEGER (or another tag of its form) in the shortest form. */
export function integer(value: number, tag: number = TAG.integer): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.unshift(((rest % 256) + 256) % 256);
    rest = Math.floor(rest / 256);
  } while (!(rest === 0 && (bytes[0] ?? 0) < 0x80) && !(rest === -1 && (bytes[0] ?? 0) >= 0x80));
  return element(tag, Buffer.from(bytes));
}

/** An OBJECT IDENTIFIER from dotted text. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((value) => {
    const groups = [value % 128];
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left % 128) | 0x80);
    }
    return groups;
  });
  return element(TAG.objectIdentifier, Buffer.from(bytes));
}
