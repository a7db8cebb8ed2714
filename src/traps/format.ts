/** A trap as text, for `traps listen`. */
import type { Trap, Varbind } from '../driver/alerts.ts';
import { octetText } from '../driver/traps.ts';

/** One header line, one line per fact and varbind. No community, no key. */
export function formatTrap(trap: Trap): string {
  const from =
    trap.source_port === undefined ? trap.source : `${trap.source} port ${trap.source_port}`;
  const facts = [
    ['agent address', trap.agent_address],
    ['enterprise', trap.enterprise],
    ['engine id', trap.engine_id],
    ['uptime', trap.uptime === undefined ? undefined : `${trap.uptime / 100} s`],
  ].filter(([, value]) => value !== undefined);
  return [
    `${new Date(trap.received_at).toISOString()} ${trap.version} ${trap.pdu_type} ${trap.trap_oid} from ${from}`,
    ...facts.map(([name, value]) => `  ${name}: ${value}`),
    ...trap.varbinds.map(
      (varbind) => `  ${varbind.oid} = ${varbind.type}: ${formatValue(varbind)}`,
    ),
  ].join('\n');
}

/** Octets as quoted text where they are text, as hex elsewhere. */
export function formatValue({ value }: Varbind): string {
  if (value === null) return '-';
  if (!(value instanceof Uint8Array)) return String(value);
  return printable(value) ?? Buffer.from(value).toString('hex');
}

function printable(octets: Uint8Array): string | undefined {
  const text = octetText(octets);
  // Control characters of a trap must not reach a terminal; JSON keeps those of C1.
  return /^[^\p{Cc}]*$/u.test(text.replaceAll(/[\n\r\t]/g, '')) ? JSON.stringify(text) : undefined;
}
