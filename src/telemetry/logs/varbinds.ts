/** Varbinds as the structured attribute `snmp.varbinds`. */
import type { Trap, Varbind } from '../../driver/alerts.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

export interface VarbindAttribute {
  readonly oid: string;
  readonly type: string;
  /** Text where the octets are text; 64-bit numbers in decimal, for OTLP's integers are signed. */
  readonly value?: string | number | Uint8Array;
}

export function varbindAttributes({ varbinds }: Trap): VarbindAttribute[] {
  return varbinds.map((varbind) => {
    const { oid, type } = varbind;
    const value = toValue(varbind);
    return value === undefined ? { oid, type } : { oid, type, value };
  });
}

function toValue({ value, type }: Varbind): VarbindAttribute['value'] {
  if (value === null) return undefined;
  if (typeof value === 'bigint') return String(value);
  if (!(value instanceof Uint8Array)) return value;
  return (type === 'OctetString' ? printable(value) : undefined) ?? value;
}

function printable(octets: Uint8Array): string | undefined {
  try {
    const text = UTF8.decode(octets);
    return /^[\P{Cc}\t\n\r]*$/u.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
