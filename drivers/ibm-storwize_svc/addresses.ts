/** Where the system is met: its console, and the addresses from which its nodes send traps. */
import { isIP } from 'node:net';
import { text, urlHost } from 'delfin-agent/driver';
import { ifKnown, type Reader } from './inventory.ts';
import type { Row } from './table.ts';

/** The system's own addresses, which the configuration node has, and the service addresses of nodes. */
export async function listAddresses(
  reader: Reader,
  nodes: () => Promise<readonly Row[]>,
): Promise<readonly string[]> {
  const rows = await reader.parts.union([() => ifKnown(reader, 'lssystemip'), nodes]);
  const fields = ['IP_address', 'IP_address_6', 'service_IP_address', 'service_IP_address_6'];
  const found = rows.flatMap((row) => fields.flatMap((field) => text(row[field]) ?? []));
  return [...new Set(found.filter((address) => isIP(address) !== 0))];
}

/** `192.0.2.20:443`; where the system does not tell, the console is where the command line is. */
export function consoleOf(system: Row, host: string): string {
  const told = text(system['console_IP']);
  const [, v6, v4, port] = /^(?:\[([\da-f:]+)\]|([\w.-]+))(?::(\d+))?$/i.exec(told ?? '') ?? [];
  const known = v6 ?? (v4 === '0.0.0.0' ? undefined : v4);
  return `https://${urlHost(known ?? host)}${known !== undefined && port && port !== '443' ? `:${port}` : ''}/`;
}
