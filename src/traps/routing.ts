/**
 * Whose trap is it: by engine id, by where it came from, and, if that is a relay, by the address
 * inside. Anybody can write an address into a trap: only relays are believed.
 */
import { isIP, isIPv6 } from 'node:net';
import { normaliseEngineId } from './users.ts';

/** A backend and where its traps come from; names are already addresses. */
export interface ResolvedRoute {
  readonly backend: string;
  readonly addresses: readonly string[];
  readonly engineIds: readonly string[];
  /** Another agent collects it: it gets what is nobody's here. */
  readonly foreign?: boolean;
}

export interface Routing {
  /** Backends that share a source all get the trap: only their drivers can tell whose it is. */
  find(from: {
    readonly source: string;
    /** As the trap itself says. */
    readonly agentAddress?: string | undefined;
    readonly engineId?: string | undefined;
  }): readonly string[];
  /** What comes from there may be of any backend. */
  isRelay(source: string): boolean;
}

export function createRouting(
  routes: readonly ResolvedRoute[],
  relays: readonly string[] = [],
): Routing {
  const byAddress = new Map<string, string[]>();
  const byEngine = new Map<string, string[]>();
  const trusted = new Set(relays.map(normaliseAddress));
  const foreign = new Set(routes.flatMap((route) => (route.foreign ? [route.backend] : [])));
  for (const { backend, addresses, engineIds } of routes) {
    for (const address of addresses) add(byAddress, normaliseAddress(address), backend);
    for (const engineId of engineIds) add(byEngine, normaliseEngineId(engineId), backend);
  }
  /** What is collected here goes first. */
  const ours = (found: readonly string[]) => {
    const own = found.filter((backend) => !foreign.has(backend));
    return own.length > 0 ? own : found;
  };
  return {
    find({ source, agentAddress, engineId }) {
      const engine = engineId === undefined ? undefined : byEngine.get(engineId);
      if (engine) return ours(engine);
      const sent = byAddress.get(source) ?? [];
      const named = (agentAddress === undefined ? undefined : byAddress.get(agentAddress)) ?? [];
      if (trusted.has(source)) return ours(named.length > 0 ? named : sent);
      // A sender may say which of the arrays behind it is meant, no other.
      const meant = sent.filter((backend) => named.includes(backend));
      return ours(meant.length > 0 ? meant : sent);
    },
    isRelay: (source) => trusted.has(source),
  };
}

function add(index: Map<string, string[]>, key: string, backend: string): void {
  const known = index.get(key) ?? [];
  if (!known.includes(backend)) index.set(key, [...known, backend]);
}

/** One spelling per address: IPv4 also where the socket shows it inside IPv6, no zone. */
export function normaliseAddress(written: string): string {
  const [address = written] = written.split('%');
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined && isIP(mapped) === 4) return mapped;
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
