/**
 * The worker threads: backends are spread over them, a worker that dies or stops answering is
 * replaced with back-off, and what took its thread down twice sits alone from then on. With no
 * workers the host runs right here.
 */
import { availableParallelism } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import type { BackendDetails } from '../backend/details.ts';
import { serverKey } from '../backend/settings.ts';
import type { LoadedConfig } from '../config/load.ts';
import { parseSize } from '../config/quantities.ts';
import type { LogOptions, RootLog } from '../log.ts';
import type { Prepared } from '../prepared.ts';
import { createLocalLane, createThreadLane, type Lane, type Loss, type Work } from './lane.ts';
import type { FromWorker } from './messages.ts';
import { isAlone, place, setApart, type Homes } from './placement.ts';

/** What a thread that is no longer wanted may take to log its arrays out. */
const RETIRE_MS = 15_000;

export interface SupervisorOptions {
  readonly log: RootLog;
  readonly logOptions: LogOptions;
  /** A message of a worker, in order. */
  onMessage(lane: number, message: FromWorker): void;
  /** The worker of these backends is gone; it will be replaced. */
  onLost(lane: number, systems: readonly string[], loss: Loss & { readonly alone: boolean }): void;
  /** A worker was ended because nothing is left for it. */
  onRetired(lane: number): void;
  /** A worker is there (again): its traps can be sent to the returned port's other end. */
  connectTraps(systems: readonly string[]): MessagePort | undefined;
  /** A port at which a worker hands over to the egress; undefined if there is none. */
  connectEgress(): MessagePort | undefined;
}

/** What the backends and the outputs depend on: what differs is started anew. */
export interface Fingerprints {
  readonly outputs: string;
  readonly backends: Readonly<Record<string, string>>;
}

export interface Supervisor {
  /** Spreads the backends over the workers; unchanged backends stay where they are. */
  prepare(loaded: LoadedConfig, fingerprints: Fingerprints): Promise<Prepared>;
  /** Asks for the ports of all lanes again: there is a new trap receiver. */
  connectTraps(): void;
  /** Connects all lanes anew: there is a new egress. */
  connectEgress(): void;
  /** Of one backend, now; undefined if its worker is gone, or does not answer soon. */
  details(system: string): Promise<BackendDetails | undefined>;
  /** Stops all; resolves when every session is logged out and every export flushed, or at the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

/** What runs, and where. */
interface Running {
  readonly loaded: LoadedConfig;
  readonly fingerprints: Fingerprints;
  readonly homes: Homes;
  readonly inThreads: boolean;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const lanes = new Map<number, Lane>();
  let running: Running | undefined;
  /** While a change is under way nothing is moved. */
  let preparing = false;
  let waiting: (() => void)[] = [];

  function createLane(id: number, { config }: LoadedConfig): Lane {
    if (config.workers === 0) return createLocalLane(id, options);
    const heapBytes = parseSize(config.worker_heap ?? '512MiB');
    return createThreadLane({ ...options, id, heapBytes, onLoss });
  }

  function onLoss(lane: Lane, loss: Loss): void {
    const alone = isAlone(lane.id) && hostedBy(lane).length < 2;
    options.onLost(lane.id, lane.systems, { ...loss, alone });
    if (loss.times < 2 || alone) return;
    if (preparing) waiting.push(() => isolate(lane, loss));
    else isolate(lane, loss);
  }

  /** Its servers. */
  function hostedBy(lane: Lane): string[] {
    return [...(running?.homes ?? [])].flatMap(([server, home]) =>
      home === lane.id ? [server] : [],
    );
  }

  /** Moves the culprit to a thread of its own; where it isn't known, half of those it can be. */
  function isolate(lane: Lane, { culprit }: Loss): void {
    if (!running) return;
    const { loaded, homes } = running;
    const hosted = hostedBy(lane);
    const named = culprit === undefined ? undefined : serversOf(loaded).get(culprit);
    const suspects = named !== undefined ? [named] : hosted.slice(0, Math.ceil(hosted.length / 2));
    if (hosted.length === 0 || !hosted.includes(suspects[0] ?? '')) return;
    const next = { ...running, homes: setApart(homes, new Set(suspects)) };
    running = next;
    const home = next.homes.get(suspects[0] ?? '') ?? lane.id;
    options.log.warn(
      { worker: home, backends: suspects, known: named !== undefined },
      'what took its worker down twice gets a worker of its own',
    );
    const works = worksOf(next);
    for (const id of [lane.id, home]) {
      const work = works.get(id);
      const target = lanes.get(id) ?? createLane(id, loaded);
      if (!work) {
        lanes.delete(id);
        void target.kill().then(() => options.onRetired(id));
        continue;
      }
      lanes.set(id, target);
      target.assign(work, id === lane.id && named !== undefined);
    }
  }

  function settle(): void {
    preparing = false;
    const moves = waiting;
    waiting = [];
    for (const move of moves) move();
  }

  async function retire(id: number, lane: Lane): Promise<void> {
    await within(RETIRE_MS, lane.stop(), () => lane.kill());
    options.onRetired(id);
  }

  return {
    async prepare(loaded, fingerprints) {
      preparing = true;
      const inThreads = loaded.config.workers !== 0;
      const kept = running?.inThreads === inThreads ? running.homes : new Map<string, number>();
      const servers = new Set(serversOf(loaded).values());
      const homes = place(forgetCured(kept, running, fingerprints), servers, laneCount(loaded));
      const next: Running = { loaded, fingerprints, homes, inThreads };
      const works = worksOf(next);
      const usable = (id: number) => (running?.inThreads === inThreads ? lanes.get(id) : undefined);
      const planned = new Map(
        Array.from(works, ([id, work]) => [
          id,
          { lane: usable(id) ?? createLane(id, loaded), work },
        ]),
      );
      let prepared: Prepared[];
      try {
        prepared = await prepareTogether(
          Array.from(planned.values(), ({ lane, work }) => lane.prepare(work)),
        );
      } catch (error) {
        settle();
        throw error;
      }
      return {
        async commit() {
          const surplus = [...lanes].filter(([id, lane]) => planned.get(id)?.lane !== lane);
          running = next;
          lanes.clear();
          for (const [id, { lane }] of planned) lanes.set(id, lane);
          // First out, then in: an array has one session.
          await Promise.all(surplus.map(([id, lane]) => retire(id, lane)));
          await Promise.all(prepared.map((part) => part.commit()));
          settle();
        },
        async abort() {
          await Promise.all(prepared.map((part) => part.abort()));
          settle();
        },
      };
    },
    connectTraps() {
      for (const lane of lanes.values()) lane.connectTraps();
    },
    connectEgress() {
      for (const lane of lanes.values()) lane.connectEgress();
    },
    async details(system) {
      const lane = [...lanes.values()].find(({ systems }) => systems.includes(system));
      return await lane?.details(system);
    },
    async stop(deadlineMs) {
      running = undefined;
      const all = [...lanes.values()];
      lanes.clear();
      await within(deadlineMs, Promise.all(all.map((lane) => lane.stop())), async () => {
        options.log.warn({}, 'stopping took too long: the workers were ended');
        await Promise.all(all.map((lane) => lane.kill()));
      });
    },
  };
}

/** Side by side; if one can't be, all are undone. */
async function prepareTogether(steps: readonly Promise<Prepared>[]): Promise<Prepared[]> {
  const results = await Promise.allSettled(steps);
  const prepared = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return prepared;
  await Promise.all(prepared.map((part) => part.abort()));
  throw failed.reason;
}

/** A backend whose configuration was changed gets a new chance among the others. */
function forgetCured(homes: Homes, running: Running | undefined, next: Fingerprints): Homes {
  if (!running) return homes;
  const changed = new Set<string>();
  for (const [name, server] of serversOf(running.loaded)) {
    if (running.fingerprints.backends[name] !== next.backends[name]) changed.add(server);
  }
  return new Map([...homes].filter(([server, home]) => !isAlone(home) || !changed.has(server)));
}

function worksOf({ loaded, fingerprints, homes }: Running): Map<number, Work> {
  const { plain } = loaded;
  const servers = serversOf(loaded);
  const byLane = Map.groupBy(
    plain.backends,
    ({ name }) => homes.get(servers.get(String(name)) ?? '') ?? 0,
  );
  return new Map(
    Array.from(byLane, ([id, backends]) => [
      id,
      {
        plain: { ...plain, backends },
        outputs: fingerprints.outputs,
        fingerprints: fingerprints.backends,
        threads: byLane.size,
      },
    ]),
  );
}

/** Backend -> server. */
function serversOf({ plain }: LoadedConfig): Map<string, string> {
  return new Map(
    plain.backends.map((backend) => [
      String(backend['name']),
      serverKey(backend, String(backend['name'])),
    ]),
  );
}

function laneCount({ config: { workers } }: LoadedConfig): number {
  if (workers === 0) return 1;
  return workers === 'auto' || workers === undefined ? availableParallelism() : workers;
}

async function within(
  deadlineMs: number,
  work: Promise<unknown>,
  late: () => Promise<unknown>,
): Promise<void> {
  const deadline = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => deadline.resolve('late'), deadlineMs);
  if ((await Promise.race([work, deadline.promise])) === 'late') await late();
  clearTimeout(timer);
}
