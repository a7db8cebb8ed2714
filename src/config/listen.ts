/** Where HTTP is served: TCP addresses, Unix sockets, sockets that systemd has opened. */
import type { Config } from './schema.ts';
import { addressFault } from './hosts.ts';
import { ADDRESS_PATTERN } from './patterns.ts';
import { parseAddress } from './quantities.ts';

export const DEFAULT_LISTEN = '127.0.0.1:10790';

/** One place to listen at. `fd` comes from systemd only, never from a configuration. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'fd'; readonly fd: number };

/** What fits into a socket's address, without its final zero. */
const MAX_PATH_BYTES = 107;

/** `host:port`, `[v6]:port`, `:port`, `unix:///path`, `fd:3`. The form has been checked. */
export function parseListen(written: string): ListenAddress {
  if (written.startsWith('unix://')) return { kind: 'unix', path: written.slice('unix://'.length) };
  if (/^fd:\d+$/.test(written)) return { kind: 'fd', fd: Number(written.slice('fd:'.length)) };
  return { kind: 'tcp', ...parseAddress(written) };
}

/** What is wrong with an address as an operator writes it; follows its name. */
export function listenFault(written: string): string | undefined {
  if (/^vsock:/i.test(written)) {
    return 'is a vsock address, which Node.js cannot listen at: write host:port or unix:///path';
  }
  if (!written.startsWith('unix:')) {
    if (new RegExp(ADDRESS_PATTERN).test(written)) return addressFault(parseAddress(written));
    return 'must be host:port, [v6]:port, :port or unix:///path';
  }
  const path = written.slice('unix://'.length);
  if (!/^unix:\/\/\/[^\u0000]*[^/\u0000]$/.test(written)) {
    return 'must name the socket by its absolute path: write unix:///run/delfin-agent/http.sock';
  }
  return Buffer.byteLength(path) > MAX_PATH_BYTES
    ? `has a path of more than ${MAX_PATH_BYTES} bytes: choose a shorter one`
    : undefined;
}

/** All of them, the default if none is configured. */
export function listenOf({ listen }: Pick<Config, 'listen'>): readonly string[] {
  return typeof listen === 'string' ? [listen] : (listen ?? [DEFAULT_LISTEN]);
}

/** The service.instance.id of the agent. */
export function agentIdOf(config: Pick<Config, 'listen' | 'agent_id'>): string {
  return config.agent_id ?? listenOf(config)[0] ?? DEFAULT_LISTEN;
}

/** The service.namespace of the agent, where it has one. */
export function namespaceOf({ service_namespace: namespace }: Config): { namespace?: string } {
  return namespace ? { namespace } : {};
}
