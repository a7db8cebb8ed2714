/**
 * The worker threads: backends are spread over them, a worker that dies or stops answering is
 * replaced with back-off, and nothing else notices. With no workers the host runs right here.
 */
import { availableParallelism } from 'node:os';
import { Worker, type MessagePort } from 'node:worker_threads';
import { serverKey } from '../backend/settings.ts';
import { spread } from '../backend/schedule.ts';
import type { LoadedConfig } from '../config/load.ts';
import { parseSize } from '../config/quantities.ts';
import type { LogOptions, RootLog } from '../log.ts';
import { createHost, type Host } from './host.ts';
import type { Assignment, FromWorker, ToWorker, WorkerData } from './messages.ts';

const PING_MS = 1_000;
/** A driver that keeps its thread busy for this long is taken for hung. */
const HUNG_MS = 9_000;
const MAX_RESTART_DELAY_MS = 60_000;
/** A worker that ran this long is healthy again. */
const HEALTHY_MS = 120_000;
/** First collections start within this time for each backend, so that 500 don't start at once. */
const FIRST_SPREAD_MS = 100;

export interface SupervisorOptions {
  readonly log: RootLog;
  readonly logOptions: LogOptions;
  /** A message of a worker, in order. */
  onMessage(lane: number, message: FromWorker): void;
  /** The worker of these backends is gone; it will be replaced. */
  onLost(lane: number, systems: readonly string[], reason: string): void;
  /** A worker is there (again): its traps can be sent to the returned port's other end. */
  connectTraps(systems: readonly string[]): MessagePort | undefined;
}

export interface Supervisor {
  /** Spreads the backends over the workers; unchanged backends stay where they are. */
  apply(loaded: LoadedConfig): Promise<void>;
  /** Asks for the ports of all lanes again: there is a new trap receiver. */
  connectTraps(): void;
  /** Stops all; resolves when every session is logged out and every export flushed, or at the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

/** A small worker has a small young heap; a large parse needs room, or it is copied over and over. */
function youngMb(heapBytes: number): number {
  return Math.min(32, Math.max(4, Math.round(heapBytes / 2 ** 20 / 32)));
}

interface Lane {
  readonly id: number;
  systems: readonly string[];
  apply(assignment: Assignment): Promise<void>;
  connectTraps(): void;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const lanes = new Map<number, Lane>();
  const homes = new Map<string, number>();

  function place(loaded: LoadedConfig): Map<number, Readonly<Record<string, unknown>>[]> {
    const backends = loaded.plain.backends;
    const servers = new Map(
      backends.map((backend) => [
        String(backend['name']),
        serverKey(backend, String(backend['name'])),
      ]),
    );
    const count = laneCount(loaded, new Set(servers.values()).size);
    const placed = new Map<number, Readonly<Record<string, unknown>>[]>(
      Array.from({ length: count }, (_, index) => [index, []]),
    );
    const serverHomes = new Map<string, number>();
    for (const [name, server] of servers) {
      const home = homes.get(name);
      if (home !== undefined && home < count) serverHomes.set(server, home);
    }
    homes.clear();
    for (const backend of backends) {
      const name = String(backend['name']);
      const server = servers.get(name) ?? name;
      const home = serverHomes.get(server) ?? emptiest(placed);
      serverHomes.set(server, home);
      homes.set(name, home);
      placed.get(home)?.push(backend);
    }
    return placed;
  }

  return {
    async apply(loaded) {
      const inThread = loaded.config.workers !== 0;
      const placed = place(loaded);
      for (const [id, lane] of lanes) {
        if (placed.has(id)) continue;
        await lane.stop();
        lanes.delete(id);
      }
      const spreadMs =
        loaded.plain.backends.length > 1 ? loaded.plain.backends.length * FIRST_SPREAD_MS : 0;
      await Promise.all(
        Array.from(placed, async ([id, backends]) => {
          const lane =
            lanes.get(id) ??
            (inThread
              ? createThreadLane(id, options, parseSize(loaded.config.worker_heap ?? '512MiB'))
              : createLocalLane(id, options));
          lanes.set(id, lane);
          lane.systems = backends.map((backend) => String(backend['name']));
          const firstDelays = Object.fromEntries(
            lane.systems.map((name) => [name, spread(name) * spreadMs]),
          );
          await lane.apply({
            plain: { ...loaded.plain, backends },
            firstDelays,
            threads: placed.size,
          });
        }),
      );
    },
    connectTraps() {
      for (const lane of lanes.values()) lane.connectTraps();
    },
    async stop(deadlineMs) {
      const stopped = Promise.all(Array.from(lanes.values(), (lane) => lane.stop()));
      const deadline = Promise.withResolvers<'late'>();
      const timer = setTimeout(() => deadline.resolve('late'), deadlineMs);
      if ((await Promise.race([stopped, deadline.promise])) === 'late') {
        options.log.warn({}, 'stopping took too long: the workers were ended');
        await Promise.all(Array.from(lanes.values(), (lane) => lane.kill()));
      }
      clearTimeout(timer);
      lanes.clear();
    },
  };
}

function laneCount({ config }: LoadedConfig, servers: number): number {
  const wanted =
    config.workers === 'auto' || config.workers === undefined
      ? availableParallelism()
      : config.workers;
  return Math.max(1, Math.min(wanted, servers));
}

function emptiest(placed: ReadonlyMap<number, readonly unknown[]>): number {
  const [[home] = [0]] = [...placed].sort(([, a], [, b]) => a.length - b.length);
  return home;
}

function createLocalLane(id: number, options: SupervisorOptions): Lane {
  const host: Host = createHost(options.log, (message) => options.onMessage(id, message));
  const lane: Lane = {
    id,
    systems: [],
    async apply(assignment) {
      await host.apply(assignment);
      lane.connectTraps();
    },
    connectTraps() {
      const port = options.connectTraps(lane.systems);
      if (port) host.attachTraps(port);
    },
    stop: () => host.stop(),
    kill: async () => {},
  };
  return lane;
}

function createThreadLane(id: number, options: SupervisorOptions, heapBytes: number): Lane {
  let worker: Worker | undefined;
  let last: ToWorker | undefined;
  let applied = Promise.withResolvers<void>();
  let stopped: PromiseWithResolvers<void> | undefined;
  let failures = 0;
  let startedAt = 0;
  let answeredAt = 0;
  let restart: NodeJS.Timeout | undefined;

  function start(): void {
    startedAt = performance.now();
    answeredAt = startedAt;
    const data: WorkerData = { log: options.logOptions };
    const started = new Worker(
      new URL(`./thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
      {
        workerData: data,
        resourceLimits: {
          maxOldGenerationSizeMb: Math.round(heapBytes / 2 ** 20),
          maxYoungGenerationSizeMb: youngMb(heapBytes),
        },
      },
    );
    worker = started;
    let reason = 'it ended';
    started.on('message', (message: FromWorker) => {
      answeredAt = performance.now();
      if (message.type === 'applied') {
        applied.resolve();
        lane.connectTraps();
      }
      if (message.type === 'stopped') stopped?.resolve();
      else if (message.type !== 'pong' && message.type !== 'applied')
        options.onMessage(id, message);
    });
    started.on('error', (error: Error & { code?: string }) => {
      reason = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it ran out of memory' : error.message;
    });
    started.on('exit', () => {
      if (worker === started) lost(reason);
    });
    if (last) post(last);
  }

  function post(message: ToWorker): void {
    worker?.postMessage(message);
  }

  function lost(reason: string): void {
    worker = undefined;
    if (stopped) return stopped.resolve();
    failures = performance.now() - startedAt > HEALTHY_MS ? 1 : failures + 1;
    const delayMs = Math.min(1_000 * 2 ** (failures - 1), MAX_RESTART_DELAY_MS);
    options.log.error(
      { worker: id, reason, backends: lane.systems, restart_ms: delayMs },
      'a worker is gone and will be replaced',
    );
    options.onLost(id, lane.systems, reason);
    applied.resolve();
    restart = setTimeout(start, delayMs);
  }

  const heartbeat = setInterval(() => {
    if (!worker) return;
    if (performance.now() - answeredAt > HUNG_MS) {
      const hung = worker;
      worker = undefined;
      void hung.terminate();
      lost('it stopped answering');
      return;
    }
    post({ type: 'ping' });
  }, PING_MS);
  heartbeat.unref();

  const lane: Lane = {
    id,
    systems: [],
    async apply(assignment) {
      applied = Promise.withResolvers<void>();
      last = { type: 'apply', assignment };
      if (worker) post(last);
      else if (!restart) start();
      await applied.promise;
    },
    /** Called when the backends are there: until then their traps wait at the receiver. */
    connectTraps() {
      const port = worker && options.connectTraps(lane.systems);
      if (port) worker?.postMessage({ type: 'traps', port } satisfies ToWorker, [port]);
    },
    async stop() {
      clearInterval(heartbeat);
      clearTimeout(restart);
      if (!worker) return;
      stopped = Promise.withResolvers<void>();
      post({ type: 'stop' });
      await stopped.promise;
      await worker?.terminate();
    },
    async kill() {
      await worker?.terminate();
    },
  };
  return lane;
}
