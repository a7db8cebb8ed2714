/** The proxy for a request, as the usual variables say it: HTTP_PROXY, HTTPS_PROXY, NO_PROXY. */
import { BlockList, isIP } from 'node:net';
import { hostFault, isLoopback, withoutBrackets } from './hosts.ts';
import type { Env } from './otlp-environment.ts';

/** The proxy's URL; undefined: there is none, or not for this one. Never for this machine. */
export function proxyFor({ protocol, hostname, port }: URL, env: Env): string | undefined {
  const [variable, defaultPort] =
    protocol === 'https:' ? (['HTTPS_PROXY', '443'] as const) : (['HTTP_PROXY', '80'] as const);
  const proxy = proxyVariable(env, variable);
  const host = withoutBrackets(hostname).toLowerCase();
  if (!proxy || isLoopback(host)) return undefined;
  const excepted = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/);
  if (excepted.some((entry) => fits(entry.toLowerCase(), host, port || defaultPort))) {
    return undefined;
  }
  return proxy.value;
}

/** The lower-case name goes first, as with curl; a value without scheme is a proxy over http. */
export function proxyVariable(
  env: Env,
  name: 'HTTP_PROXY' | 'HTTPS_PROXY',
): { readonly variable: string; readonly value: string } | undefined {
  for (const variable of [name.toLowerCase(), name]) {
    const value = env[variable]?.trim();
    if (value) return { variable, value: value.includes('://') ? value : `http://${value}` };
  }
  return undefined;
}

/** `*`, a name with those below it, `host:port`, an address, a network. */
function fits(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const [address = '', prefix] = entry.split('/');
  if (prefix !== undefined) return isInside(host, withoutBrackets(address), Number(prefix));
  const [, name = '', only] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (only !== undefined && only !== port) return false;
  const bare = withoutBrackets(name).replace(/^\*?\./, '');
  return host === bare || host.endsWith(`.${bare}`);
}

function isInside(host: string, network: string, prefix: number): boolean {
  const family = isIP(host);
  if (family === 0 || family !== isIP(network)) return false;
  if (!(prefix >= 0 && prefix <= (family === 4 ? 32 : 128))) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** What is wrong with the URL of a proxy. Nothing of it is quoted: it may hold a password. */
export function proxyFault(written: string): string | undefined {
  const form = 'write http://HOST:3128, with an account as http://USER:PASSWORD@HOST:3128';
  if (/\s/.test(written) || !URL.canParse(written)) return `is no URL: ${form}`;
  const { protocol, hostname } = new URL(written);
  if (protocol !== 'http:' && protocol !== 'https:') {
    return `must begin http:// or https://, other proxies are not spoken to: ${form}`;
  }
  const host = hostFault(hostname);
  return host === undefined ? undefined : `has a host that ${host}`;
}
