/** The trap receiver as the main thread sees it: its thread, its routes, its numbers. */
import { isIP } from 'node:net';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { TrapsConfig } from '../config/schema.ts';
import type { Log } from '../driver/driver.ts';
import { resolver as names } from '../driver/resolver.ts';
import type { Trap } from '../driver/alerts.ts';
import type { Prepared } from '../prepared.ts';
import type {
  FromTraps,
  ListenAddress,
  ToTraps,
  TrapSettings,
  TrapStats,
  TrapThreadData,
} from './messages.ts';
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
  /** Another agent collects it: it gets what is nobody's here. */
  readonly foreign?: boolean;
}

export interface TrapServiceOptions {
  readonly config: TrapsConfig;
  readonly routes: readonly TrapRoute[];
  readonly log: Log;
  /** Traps of no backend; where `unknown: log` says so. */
  onUnknown?(trap: Trap): void;
  /** Its thread ended by itself: start a new service. */
  onLost?(): void;
  /** Resolves a name; for tests. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

export interface TrapService {
  readonly addresses: readonly ListenAddress[];
  /**
   * Replaces all routes; names follow when they are resolved. Traps that wait for a backend that is
   * gone are dropped.
   */
  setRoutes(routes: readonly TrapRoute[]): Promise<void>;
  /** Other addresses, communities, users. @throws Error as `startTraps` */
  prepare(config: TrapsConfig): Promise<Prepared>;
  /** Traps of these backends go straight to this port; `receiveTraps` is its other end. */
  attach(backends: readonly string[], port: MessagePort): void;
  /** As the thread last reported them, at most a second old. */
  stats(): TrapStats;
  /** As they are now. */
  currentStats(): Promise<TrapStats>;
  close(): Promise<void>;
}

const REFRESH_MS = 60_000;
/** Names that could not be resolved are asked for again sooner. */
const RETRY_MS = 5_000;
/** What the start waits for names at most: datagrams wait in nobody's hands meanwhile. */
const FIRST_NAMES_MS = 2_000;
/** What closing may take before the thread is ended as it is. */
const CLOSE_MS = 2_000;
/** What opening sockets and deriving keys may take. */
const PREPARE_MS = 30_000;
const DEFAULT_LISTEN = '127.0.0.1:1162';

/** @throws Error if an address can't be listened on or a user can't be used; it says which and why. */
export async function startTraps(options: TrapServiceOptions): Promise<TrapService> {
  const { log, onUnknown } = options;
  const resolver = createResolver(options.resolve ?? lookupAll, log);
  let routes = options.routes;
  const thread = startThread({
    ...settingsOf(options.config, onUnknown !== undefined),
    routes: await resolver.resolveAll(routes, FIRST_NAMES_MS),
  });
  const post = (message: ToTraps, transfer: MessagePort[] = []) =>
    thread.postMessage(message, transfer);
  let addresses = await listening(thread);
  const asked = new Map<number, (answer: FromTraps | undefined) => void>();
  let nextId = 1;
  let latest: TrapStats | undefined;
  let closing = false;
  const closed = Promise.withResolvers<void>();

  thread.on('message', (message: FromTraps) => {
    switch (message.type) {
      case 'stats':
        latest = message.stats;
        if (message.id !== undefined) asked.get(message.id)?.(message);
        break;
      case 'prepared':
      case 'refused_settings':
      case 'committed':
        asked.get(message.id)?.(message);
        break;
      case 'refused': {
        const { reason, source, unreported } = message;
        log.warn({ error_type: reason, source, unreported }, 'a trap was refused');
        break;
      }
      case 'closed':
        closed.resolve();
        break;
    }
  });
  thread.on('error', (error) => log.error({ err: error }, 'the trap receiver failed'));
  thread.on('exit', () => {
    closed.resolve();
    for (const answer of asked.values()) answer(undefined);
    if (closing) return;
    log.error({}, 'the trap receiver is gone: no trap is received until it is started again');
    options.onLost?.();
  });

  /** The thread's answer; undefined if it is gone or late. */
  function ask(message: (id: number) => ToTraps): Promise<FromTraps | undefined> {
    const id = nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => answer(undefined), PREPARE_MS);
      const answer = (given: FromTraps | undefined) => {
        clearTimeout(timer);
        asked.delete(id);
        resolve(given);
      };
      asked.set(id, answer);
      post(message(id));
    });
  }

  async function currentStats(): Promise<TrapStats> {
    const answer = await ask((id) => ({ type: 'stats', id }));
    if (answer?.type !== 'stats') throw new Error('the trap receiver is gone');
    return answer.stats;
  }

  /** Routes with the addresses that are known, and again when the others are. */
  async function sendRoutes(waitMs?: number): Promise<void> {
    const at = routes;
    const resolved = await resolver.resolveAll(at, waitMs);
    if (at === routes && !closing) post({ type: 'routes', routes: resolved });
  }

  const first = await currentStats();

  let refresh: NodeJS.Timeout;
  function refreshLater(): void {
    refresh = setTimeout(
      () => void sendRoutes().finally(refreshLater),
      resolver.incomplete() ? RETRY_MS : REFRESH_MS,
    ).unref();
  }
  refreshLater();

  const service: TrapService = {
    get addresses() {
      return addresses;
    },
    async setRoutes(next) {
      routes = next;
      await sendRoutes(0);
      if (resolver.incomplete()) await sendRoutes();
    },
    async prepare(config) {
      const settings = settingsOf(config, onUnknown !== undefined);
      const answer = await ask((id) => ({ type: 'prepare', id, settings }));
      if (answer?.type === 'refused_settings') throw new Error(answer.message);
      if (answer?.type !== 'prepared') throw new Error('the trap receiver does not answer');
      const { id } = answer;
      return {
        async commit() {
          const done = await ask((own) => ({ type: 'commit', id: own, prepared: id }));
          if (done?.type === 'committed') addresses = done.addresses;
        },
        abort: async () => post({ type: 'abort', id }),
      };
    },
    attach(backends, port) {
      // A port that nobody uses would keep the thread.
      if (backends.length === 0) port.close();
      else post({ type: 'attach', backends, port }, [port]);
    },
    stats: () => latest ?? first,
    currentStats,
    async close() {
      closing = true;
      clearTimeout(refresh);
      post({ type: 'close' });
      const late = setTimeout(closed.resolve, CLOSE_MS);
      await closed.promise;
      clearTimeout(late);
      await thread.terminate();
    },
  };

  if (onUnknown) {
    const { port1, port2 } = new MessageChannel();
    receiveTraps(port2, (_, trap) => onUnknown(trap));
    port2.unref();
    service.attach([UNKNOWN_BACKEND], port1);
  }
  return service;
}

/** The configuration with its secrets revealed: for the thread's eyes only. */
function settingsOf(config: TrapsConfig, canTakeUnknown: boolean): TrapSettings {
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
    takeUnknown: config.unknown === 'log' && canTakeUnknown,
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
  const pending = new Map<string, Promise<void>>();

  async function lookUp(source: string): Promise<void> {
    try {
      known.set(source, await resolve(source));
      failed.delete(source);
    } catch (error) {
      if (!failed.has(source)) {
        log.warn({ source, err: error }, 'a source of traps could not be resolved');
      }
      failed.add(source);
    }
    pending.delete(source);
  }

  function lookUpOnce(source: string): Promise<void> {
    let looking = pending.get(source);
    if (!looking) pending.set(source, (looking = lookUp(source)));
    return looking;
  }

  return {
    /** Some name has no answer yet. */
    incomplete: () => failed.size > 0 || pending.size > 0,
    /** With what is known after this time, or when every name has its answer. */
    async resolveAll(routes: readonly TrapRoute[], waitMs?: number): Promise<ResolvedRoute[]> {
      const wanted = new Set(routes.flatMap(({ sources }) => sources.filter(isName)));
      const all = Promise.all(Array.from(wanted, lookUpOnce));
      if (wanted.size > 0) await (waitMs === undefined ? all : Promise.race([all, after(waitMs)]));
      return routes.map(({ backend, sources, engineIds = [], foreign = false }) => ({
        backend,
        addresses: sources.flatMap((source) =>
          isName(source) ? (known.get(source) ?? []) : [source],
        ),
        engineIds: [...engineIds],
        foreign,
      }));
    },
  };
}

function isName(source: string): boolean {
  return isIP(source.split('%')[0] ?? '') === 0;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
