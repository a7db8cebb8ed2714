/** The names in a certificate's subject alternative name, as Node prints it. */
import { isIPv6, SocketAddress } from 'node:net';

/** What the exporter toolkit compares. */
const KINDS = new Set(['DNS', 'IP Address', 'email', 'URI']);
/** One entry; a name that could be taken for more than one stands in quotes, as JSON. */
const ENTRY = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/** The names alone; none if it is printed otherwise than expected. */
export function subjectNames(printed: string): string[] {
  const entry = new RegExp(ENTRY);
  const names: string[] = [];
  while (entry.lastIndex < printed.length) {
    const [, kind = '', written = ''] = entry.exec(printed) ?? [];
    if (kind === '') return [];
    if (!KINDS.has(kind)) continue;
    const name = written.startsWith('"') ? unquoted(written) : written;
    names.push(kind === 'IP Address' && isIPv6(name) ? shortened(name) : name);
  }
  return names;
}

function unquoted(written: string): string {
  try {
    return String(JSON.parse(written));
  } catch {
    return '';
  }
}

/** `2001:DB8:0:0:0:0:0:1` -> `2001:db8::1`, as people write it. */
function shortened(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address;
}
