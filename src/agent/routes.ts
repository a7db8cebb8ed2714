/** Whose traps come from where: as configured, and as the arrays themselves say. */
import { trapSourcesOf } from '../backend/settings.ts';
import type { BackendConfig } from '../config/schema.ts';
import type { TrapRoute } from '../traps/service.ts';
import type { AgentConfig } from './changes.ts';
import type { TrapTarget } from './trap-inlet.ts';

type Trapped = Pick<AgentConfig, 'loaded' | 'foreign'>;

export type Learned = ReadonlyMap<string, readonly string[]>;

export function trapsOf(target: Trapped, learned: Learned): TrapTarget {
  const { config, plain } = target.loaded;
  return {
    config: config.traps,
    key: JSON.stringify(plain.value['traps']),
    routes: routesOf(target, learned),
  };
}

/** What is configured goes before what an array says: none can take the traps of another. */
export function routesOf({ loaded: { config }, foreign }: Trapped, learned: Learned): TrapRoute[] {
  const routes = [
    ...config.backends.map((backend) => toRoute(backend, false)),
    ...foreign.map((backend) => toRoute(backend, true)),
  ];
  const taken = new Set(routes.flatMap(({ sources }) => sources));
  return routes.map((route) => {
    const own = learned.get(route.backend)?.filter((source) => !taken.has(source)) ?? [];
    return own.length === 0 ? route : { ...route, sources: [...route.sources, ...own] };
  });
}

function toRoute(backend: BackendConfig, foreign: boolean): TrapRoute {
  return { backend: backend.name, sources: trapSourcesOf(backend), foreign };
}
