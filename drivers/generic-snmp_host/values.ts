/** Values of SNMP as what they mean: text of one line, numbers without sentinels, counters. */
import { octetText, type SnmpValue } from 'delfin-agent/driver';

export type Row = ReadonlyMap<number, SnmpValue>;

/** A counter and its width. */
export interface Counter {
  readonly value: bigint;
  readonly bits: 32 | 64;
}

const LONGEST_TEXT = 1_024;
// oxlint-disable-next-line no-control-regex -- agents write line breaks and NULs into names
const BREAKS = /[\u0000-\u0020\u007f-\u00a0]+/g;

/** Text of one line, cut. */
export function words(value: SnmpValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  const read =
    value instanceof Uint8Array ? octetText(value.subarray(0, 4 * LONGEST_TEXT)) : String(value);
  const line = read.slice(0, LONGEST_TEXT).replaceAll(BREAKS, ' ').trim();
  return line === '' ? undefined : line;
}

export function integer(value: SnmpValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/**
 * A size in units. Agents let one beyond 2^31 run over into the sign bit; those that stop at 2^31-1,
 * and -1, do not know it.
 */
export function size(value: SnmpValue | undefined): number | undefined {
  const read = integer(value);
  return read === undefined || read === -1 || read === 0x7fff_ffff ? undefined : read >>> 0;
}

/** Counter64 arrives as its octets. */
export function counter(value: SnmpValue | undefined, bits: 32 | 64): Counter | undefined {
  if (typeof value === 'bigint') return { value, bits };
  if (typeof value === 'number') return value < 0 ? undefined : { value: BigInt(value), bits };
  if (!(value instanceof Uint8Array) || value.length === 0 || value.length > 9) return undefined;
  return { value: value.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n), bits };
}

/** net-snmp's wrapping of a float in an Opaque. */
const OPAQUE_FLOAT = [0x9f, 0x78, 0x04] as const;

/** The first number of what an agent says: `37`, "37 C/98 F", "Centigrade:37". */
export function firstNumber(value: SnmpValue | undefined): number | undefined {
  if (value instanceof Uint8Array && OPAQUE_FLOAT.every((octet, at) => value[at] === octet)) {
    return value.length === 7 ? Buffer.from(value).readFloatBE(3) : undefined;
  }
  const found = /(?:^|[^\w.])(-?\d{1,12}(?:\.\d{1,6})?)/.exec(words(value) ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}
