/** Whose trap is it: by engine id, by the address inside (behind a relay), by where it came from. */
import { isIP, isIPv6 } from 'node:net';
import { normaliseEngineId } from './users.ts';

/** A backend and where its traps come from; names are already addresses. */
export interface ResolvedRoute {
  readonly backend: string;
  readonly addresses: readonly string[];
  readonly engineIds: readonly string[];
}

export interface Routing {
  /** Backends that share a source all get the trap: only their drivers can tell whose it is. */
  find(from: {
    readonly source: string;
    readonly agentAddress?: string | undefined;
    readonly engineId?: string | undefined;
  }): readonly string[];
}

export function createRouting(routes: readonly ResolvedRoute[]): Routing {
  const byAddress = new Map<string, string[]>();
  const byEngine = new Map<string, string[]>();
  for (const { backend, addresses, engineIds } of routes) {
    for (const address of addresses) add(byAddress, normaliseAddress(address), backend);
    for (const engineId of engineIds) add(byEngine, normaliseEngineId(engineId), backend);
  }
  return {
    find({ source, agentAddress, engineId }) {
      return (
        (engineId !== undefined && byEngine.get(engineId)) ||
        (agentAddress !== undefined && byAddress.get(agentAddress)) ||
        byAddress.get(source) ||
        []
      );
    },
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
