/** The trap receiver as the main thread sees it: its thread, its routes, its numbers. */
import { isIP } from 'node:net';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { TrapsConfig } from '../config/schema.ts';
import type { Log } from '../driver/driver.ts';
import { resolver as names } from '../driver/resolver.ts';
import type { Trap } from '../driver/alerts.ts';
import type { FromTraps, ListenAddress, ToTraps, TrapStats, TrapThreadData } from './messages.ts';
import { UNKNOWN_BACKEND } from './receiver.ts';
import type { ResolvedRoute } from './routing.ts';
import { normaliseEngineId, type PlainUser } from './users.ts';
import { receiveTraps } from './worker.ts';

export type { ListenAddress, TrapStats } from './messages.ts';

/** Where the traps of one backend come from. */
export interface TrapRoute {
  readonly backend: string;
  /** Addresses, or names that the service resolves and keeps up to date. */
  readonly sources: readonly string[];
  /** v3 engine ids of the array, hex. */
  readonly engineIds?: readonly string[];
}

export interface TrapServiceOptions {
  readonly config: TrapsConfig;
  readonly routes: readonly TrapRoute[];
  readonly log: Log;
  /** Traps of no backend; with `unknown: log` only. */
  onUnknown?(trap: Trap): void;
  /** Its thread ended by itself: start a new service. */
  onLost?(): void;
  /** Resolves a name; for tests. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

export interface TrapService {
  readonly addresses: readonly ListenAddress[];
  /** Replaces all routes. Traps that wait for a backend that is gone are dropped. */
  setRoutes(routes: readonly TrapRoute[]): Promise<void>;
  /** Traps of these backends go straight to this port; `receiveTraps` is its other end. */
  attach(backends: readonly string[], port: MessagePort): void;
  /** As the thread last reported them, at most a second old. */
  stats(): TrapStats;
  /** As they are now. */
  currentStats(): Promise<TrapStats>;
  close(): Promise<void>;
}

const REFRESH_MS = 60_000;
const DEFAULT_LISTEN = '127.0.0.1:1162';

/** @throws Error if an address can't be listened on or a user can't be used; it says which and why. */
export async function startTraps(options: TrapServiceOptions): Promise<TrapService> {
  const { config, log } = options;
  const resolver = createResolver(options.resolve ?? lookupAll, log);
  let routes = options.routes;
  const takeUnknown = config.unknown === 'log' && options.onUnknown !== undefined;
  const thread = startThread({
    ...threadConfig(config),
    takeUnknown,
    routes: await resolver.resolveAll(routes),
  });
  const post = (message: ToTraps, transfer: MessagePort[] = []) =>
    thread.postMessage(message, transfer);
  const addresses = await listening(thread);
  const asked = new Map<number, (stats: TrapStats) => void>();
  let nextId = 1;
  let latest: TrapStats | undefined;
  let closing = false;
  const closed = Promise.withResolvers<void>();

  thread.on('message', (message: FromTraps) => {
    if (message.type === 'stats') {
      const { id, stats } = message;
      latest = stats;
      if (id === undefined) return;
      asked.get(id)?.(stats);
      asked.delete(id);
    } else if (message.type === 'refused') {
      const { reason, source, unreported } = message;
      log.warn({ error_type: reason, source, unreported }, 'a trap was refused');
    }
  });
  thread.on('error', (error) => log.error({ err: error }, 'the trap receiver failed'));
  thread.on('exit', () => {
    closed.resolve();
    if (closing) return;
    log.error({}, 'the trap receiver is gone: no trap is received until it is started again');
    options.onLost?.();
  });

  const currentStats = () =>
    new Promise<TrapStats>((resolve) => {
      asked.set(nextId, resolve);
      post({ type: 'stats', id: nextId });
      nextId += 1;
    });

  const first = await currentStats();

  const refresh = setInterval(() => {
    void resolver.resolveAll(routes).then((resolved) => post({ type: 'routes', routes: resolved }));
  }, REFRESH_MS);
  refresh.unref();

  const service: TrapService = {
    addresses,
    async setRoutes(next) {
      routes = next;
      const resolved = await resolver.resolveAll(next);
      if (routes === next) post({ type: 'routes', routes: resolved });
    },
    attach: (backends, port) => post({ type: 'attach', backends, port }, [port]),
    stats: () => latest ?? first,
    currentStats,
    async close() {
      closing = true;
      clearInterval(refresh);
      post({ type: 'close' });
      await closed.promise;
      await thread.terminate();
    },
  };
  if (takeUnknown) {
    const { port1, port2 } = new MessageChannel();
    receiveTraps(port2, (_, trap) => options.onUnknown?.(trap));
    port2.unref();
    service.attach([UNKNOWN_BACKEND], port1);
  }
  return service;
}

/** The configuration with its secrets revealed: for the thread's eyes only. */
function threadConfig(config: TrapsConfig): Omit<TrapThreadData, 'takeUnknown' | 'routes'> {
  const listen = config.listen ?? DEFAULT_LISTEN;
  const users = (config.users ?? []).map(({ name, auth, priv, engine_id }): PlainUser => ({
    name,
    ...(auth && { auth: { protocol: auth.protocol ?? 'sha', key: auth.key.reveal() } }),
    ...(priv && { priv: { protocol: priv.protocol ?? 'aes', key: priv.key.reveal() } }),
    ...(engine_id !== undefined && { engineId: engine_id }),
  }));
  return {
    listen: typeof listen === 'string' ? [listen] : listen,
    communities: (config.communities ?? []).map((community) => community.reveal()),
    users,
    relays: config.relays ?? [],
    ...(config.engine_id === undefined ? {} : { engineId: normaliseEngineId(config.engine_id) }),
  };
}

function startThread(data: TrapThreadData): Worker {
  const file = `./thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
  return new Worker(new URL(file, import.meta.url), { workerData: data });
}

async function listening(thread: Worker): Promise<readonly ListenAddress[]> {
  const started = Promise.withResolvers<readonly ListenAddress[]>();
  const onMessage = (message: FromTraps) => {
    if (message.type === 'listening') started.resolve(message.addresses);
    if (message.type === 'failed') started.reject(new Error(message.message));
  };
  thread.on('message', onMessage);
  thread.once('error', started.reject);
  try {
    return await started.promise;
  } catch (error) {
    await thread.terminate();
    throw error;
  } finally {
    thread.off('message', onMessage);
    thread.off('error', started.reject);
  }
}

async function lookupAll(name: string): Promise<readonly string[]> {
  const found = await names.resolve(name);
  return found.map(({ address }) => address);
}

/** Names to addresses. A name that can't be resolved keeps the addresses it had. */
function createResolver(resolve: (name: string) => Promise<readonly string[]>, log: Log) {
  const known = new Map<string, readonly string[]>();
  const failed = new Set<string>();

  async function resolveOne(source: string): Promise<readonly string[]> {
    if (isIP(source.split('%')[0] ?? '') !== 0) return [source];
    try {
      known.set(source, await resolve(source));
      failed.delete(source);
    } catch (error) {
      if (!failed.has(source)) {
        log.warn({ source, err: error }, 'a source of traps could not be resolved');
      }
      failed.add(source);
    }
    return known.get(source) ?? [];
  }

  return {
    resolveAll: (routes: readonly TrapRoute[]): Promise<ResolvedRoute[]> =>
      Promise.all(
        routes.map(async ({ backend, sources, engineIds = [] }) => ({
          backend,
          addresses: (await Promise.all(sources.map(resolveOne))).flat(),
          engineIds: [...engineIds],
        })),
      ),
  };
}
