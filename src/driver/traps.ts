/** Reading varbinds of a trap: pure helpers for `parseAlert`. */
import { isAscii } from 'node:buffer';
import type { Trap, Varbind } from './alerts.ts';
import { signed } from './read.ts';
import { clockTime } from './time.ts';

/** Made once: making one costs more than a short text. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });
const LATIN1 = new TextDecoder('latin1');

/** The varbind with this OID, or of this column (`oid` is a prefix of it, any instance). */
export function varbind(trap: Trap, oid: string): Varbind | undefined {
  const column = `${oid}.`;
  return (
    trap.varbinds.find((candidate) => candidate.oid === oid) ??
    trap.varbinds.find((candidate) => candidate.oid.startsWith(column))
  );
}

/** Its value as text: octets as UTF-8 (Latin-1 where they are not), numbers in decimal. */
export function varbindText(trap: Trap, oid: string): string | undefined {
  const value = varbind(trap, oid)?.value;
  if (value === undefined || value === null) return undefined;
  const decoded = value instanceof Uint8Array ? octetText(value) : String(value);
  return decoded.trim() === '' ? undefined : decoded;
}

/** What a trap says, by the names that `oids` gives its variables. */
export function varbindTexts<F extends string>(
  trap: Trap,
  oids: Readonly<Record<F, string>>,
): Record<F, string | undefined> {
  const said = Object.entries<string>(oids).map(([name, oid]) => [name, varbindText(trap, oid)]);
  return Object.fromEntries(said) as Record<F, string | undefined>;
}

/**
 * The number of a trap below `enterprise`: `enterprise.N`, or `enterprise.0.N` as RFC 3584 makes it of a
 * v1 trap. Undefined: the trap is another's.
 */
export function trapNumber({ trap_oid: oid }: Trap, enterprise: string): string | undefined {
  if (!oid.startsWith(`${enterprise}.`)) return undefined;
  return /^(?:0\.)?(\d+)$/.exec(oid.slice(enterprise.length + 1))?.[1];
}

/** Its value as a number; text is read as decimal. */
export function varbindNumber(trap: Trap, oid: string): number | undefined {
  return signed(varbindText(trap, oid));
}

/**
 * Its value as a time, epoch ms: DateAndTime octets (RFC 2579, 8 or 11 bytes).
 * Eight bytes carry no zone; they are read in `timezone`.
 */
export function varbindTime(trap: Trap, oid: string, timezone: string): number | undefined {
  const value = varbind(trap, oid)?.value;
  return value instanceof Uint8Array ? dateAndTime(value, timezone) : undefined;
}

/** DateAndTime octets (RFC 2579) as epoch ms. */
export function dateAndTime(octets: Uint8Array, timezone: string): number | undefined {
  if (octets.length !== 8 && octets.length !== 11) return undefined;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const clock = {
    year: view.getUint16(0),
    month: view.getUint8(2),
    day: view.getUint8(3),
    hour: view.getUint8(4),
    minute: view.getUint8(5),
    second: view.getUint8(6),
    millisecond: view.getUint8(7) * 100,
  };
  if (octets.length === 8) return clockTime(clock, timezone);
  const sign = String.fromCodePoint(view.getUint8(8));
  if (sign !== '+' && sign !== '-') return undefined;
  const east = view.getUint8(9) * 60 + view.getUint8(10);
  return clockTime(clock, sign === '+' ? east : -east);
}

/** Octets as text: UTF-8, or Latin-1 where they are not valid UTF-8; a trailing NUL is cut. */
export function octetText(octets: Uint8Array): string {
  const end = octets.at(-1) === 0 ? octets.subarray(0, -1) : octets;
  if (isAscii(end)) return Buffer.from(end.buffer, end.byteOffset, end.length).toString('latin1');
  try {
    return UTF8.decode(end);
  } catch {
    return LATIN1.decode(end);
  }
}
