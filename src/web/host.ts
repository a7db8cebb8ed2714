/** Who a request is meant for and which page sent it, where a browser does the asking. */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** `127.0.0.0/8`, `::1`. */
export function isLoopback(address: string | undefined): boolean {
  return /^(::ffff:)?127\.|^::1$/i.test(address ?? '');
}

/**
 * Whether a Host header names what only a foreign DNS can have led here: a page of `evil.example`
 * whose name then resolves to 127.0.0.1 would be one origin with us. An address, `localhost`, a name
 * without dots (nobody can register one) and the name in `listen` are fine.
 */
export function isForeignHost(header: string | undefined, listen: string | undefined): boolean {
  // Programs of HTTP/1.0 send none; browsers always do.
  if (header === undefined || header === '') return false;
  const host = hostnameOf(header);
  if (host === undefined) return true;
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return false;
  const name = host.replace(/\.$/, '');
  return name.includes('.') && !name.endsWith('.localhost') && name !== listen?.toLowerCase();
}

/** Whether a request that changes something comes from no page, or from one of this server. */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'none' && site !== 'same-origin') return false;
  // Browsers send no Sec-Fetch-Site to a plain http host, but the origin of every POST.
  const { origin, host } = headers;
  if (origin === undefined) return true;
  const from = URL.parse(origin);
  return from !== null && from.host !== '' && from.host === authorityOf(from.protocol, host);
}

/** As the URL of the origin spells it: lower case, without the default port. */
function authorityOf(protocol: string, host: string | undefined): string | undefined {
  return URL.parse(`${protocol}//${host ?? ''}`)?.host;
}

function hostnameOf(header: string): string | undefined {
  const url = URL.parse(`http://${header}`);
  return url && url.pathname === '/' && url.username === '' ? url.hostname : undefined;
}
