/** One place where backends run: a worker thread that is replaced when it is lost, or this thread. */
import { Worker } from 'node:worker_threads';
import type { BackendDetails } from '../backend/details.ts';
import type { Prepared } from '../prepared.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createHost } from './host.ts';
import type { Assignment, FromWorker, ToWorker, WorkerData } from './messages.ts';
import type { SupervisorOptions } from './supervisor.ts';
import { spentBy } from './task.ts';
import { createTrace, HEALTHY_MS, NOBODY } from './trace.ts';

const MAX_RESTART_DELAY_MS = 60_000;
/** What a new thread may take to load and to build what it needs. */
const PREPARE_MS = 60_000;
/** What logging out and in again may take before a reload is answered without it. */
const COMMIT_MS = 20_000;
/** Who looks at an array's page waits no longer for what is happening now. */
const DETAILS_MS = 1_000;

export type Work = Omit<Assignment, 'slots'>;

export interface Lane {
  readonly id: number;
  readonly systems: readonly string[];
  /** @throws Error if the thread can't build it. A thread that is lost takes it over when it is back. */
  prepare(work: Work): Promise<Prepared>;
  /** Takes the work over without a question: the thread is lost, or new. `cured`: what had lost it is gone. */
  assign(work: Work, cured: boolean): void;
  connectTraps(): void;
  connectEgress(): void;
  /** Of one backend, now; undefined if the thread is gone, or does not answer soon. */
  details(system: string): Promise<BackendDetails | undefined>;
  /** Stops the backends, flushes the exports, ends the thread. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface Loss {
  readonly reason: string;
  /** Whose code ran last; known where callbacks were followed. */
  readonly culprit: string | undefined;
  /** Losses in a row. */
  readonly times: number;
}

export interface LaneOptions extends SupervisorOptions {
  readonly id: number;
  readonly heapBytes: number;
  /** The worker is gone; a new one starts after its back-off. */
  onLoss(lane: Lane, loss: Loss): void;
}

export function createLocalLane(id: number, options: SupervisorOptions): Lane {
  const trace = createTrace(new Int32Array(1), false);
  const host = createHost(options.log, (message) => options.onMessage(id, message), trace);
  let systems: readonly string[] = [];
  async function prepare(work: Work): Promise<Prepared> {
    const prepared = await host.prepare({ ...work, slots: {} });
    return {
      ...prepared,
      async commit() {
        await prepared.commit();
        systems = namesOf(work);
        connectTraps();
      },
    };
  }
  function connectTraps(): void {
    const port = options.connectTraps(systems);
    if (port) host.attachTraps(port);
  }
  function connectEgress(): void {
    const port = options.connectEgress();
    if (port) host.attachEgress(port);
  }
  connectEgress();
  return {
    id,
    get systems() {
      return systems;
    },
    prepare,
    assign: (work) => void prepare(work).then((prepared) => prepared.commit()),
    connectTraps,
    connectEgress,
    details: async (system) => host.details(system),
    stop: () => host.stop(),
    kill: async () => {},
  };
}

export function createThreadLane(options: LaneOptions): Lane {
  const { id, log } = options;
  /** Backend by slot; a slot is never given twice. */
  const names: string[] = [];
  let thread: Thread | undefined;
  let work: Work | undefined;
  let restart: NodeJS.Timeout | undefined;
  let losses = 0;
  let startedAt = 0;
  let stopping = false;

  function start(): Thread {
    clearTimeout(restart);
    restart = undefined;
    startedAt = performance.now();
    // Alone it is known who did it.
    const started = startThread(options, losses > 0 && lane.systems.length > 1, {
      onMessage: (message) => options.onMessage(id, message),
      onEnd(reason, slot) {
        if (thread === started) lost(reason, names[slot]);
      },
    });
    thread = started;
    lane.connectEgress();
    return started;
  }

  /** Gives the thread the work it is to do; starts it if it is not there. */
  async function startAtWork(): Promise<void> {
    const on = thread ?? start();
    try {
      const prepared = work && (await build(on, work));
      await prepared?.commit();
      lane.connectTraps();
    } catch (error) {
      log.error({ worker: id, err: error }, 'a worker can not do its work');
      await on.end();
    }
  }

  async function build(on: Thread, next: Work): Promise<Prepared | undefined> {
    for (const name of namesOf(next)) if (!names.includes(name)) names.push(name);
    const slots = Object.fromEntries(namesOf(next).map((name) => [name, names.indexOf(name)]));
    return await on.prepare({ ...next, slots });
  }

  async function prepareNew(next: Work): Promise<Prepared> {
    try {
      const on = start();
      const prepared = await build(on, next);
      if (!prepared) throw new Error(`a worker thread could not be started: ${on.lost()}`);
      return {
        async commit() {
          work = next;
          if (thread !== on) return await startAtWork();
          await prepared.commit();
          lane.connectTraps();
        },
        abort: () => lane.kill(),
      };
    } catch (error) {
      await lane.kill();
      throw error;
    }
  }

  function lost(reason: string, culprit: string | undefined): void {
    thread = undefined;
    // New and without work: whoever is preparing it is told.
    if (stopping || !work) return;
    losses = performance.now() - startedAt > HEALTHY_MS ? 1 : losses + 1;
    const delayMs = Math.min(1_000 * 2 ** (losses - 1), MAX_RESTART_DELAY_MS);
    restart = setTimeout(() => void startAtWork(), delayMs);
    log.error(
      { worker: id, reason, backends: lane.systems, restart_ms: delayMs, culprit },
      'a worker is gone and will be replaced',
    );
    options.onLoss(lane, { reason, culprit, times: losses });
  }

  const lane: Lane = {
    id,
    get systems() {
      return work ? namesOf(work) : [];
    },
    async prepare(next) {
      if (!work) return await prepareNew(next);
      const on = thread;
      const prepared = on && (await build(on, next));
      return {
        async commit() {
          work = next;
          if (!prepared || thread !== on) return await startAtWork();
          await prepared.commit();
          lane.connectTraps();
        },
        abort: async () => void (await prepared?.abort()),
      };
    },
    assign(next, cured) {
      work = next;
      if (cured) losses = 0;
      if (!restart) void startAtWork();
    },
    /** Called when the backends are there: until then their traps wait at the receiver. */
    connectTraps() {
      const port = thread && options.connectTraps(lane.systems);
      if (port) thread?.post({ type: 'traps', port });
    },
    connectEgress() {
      const port = thread && options.connectEgress();
      if (port) thread?.post({ type: 'egress', port });
    },
    details: async (system) => await thread?.details(system),
    async stop() {
      stopping = true;
      clearTimeout(restart);
      await thread?.stop();
      await thread?.end();
    },
    async kill() {
      stopping = true;
      clearTimeout(restart);
      await thread?.end();
    },
  };
  return lane;
}

/** A worker, and what was asked of it. */
interface Thread {
  /** Why it can do nothing: it is gone, or was late. */
  lost(): string;
  post(message: ToWorker): void;
  /** undefined: it was lost meanwhile. @throws Error with its reason if it refuses. */
  prepare(assignment: Assignment): Promise<Prepared | undefined>;
  details(system: string): Promise<BackendDetails | undefined>;
  stop(): Promise<void>;
  end(): Promise<void>;
}

interface ThreadEvents {
  onMessage(message: FromWorker): void;
  /** It is gone; `slot` is the backend whose code ran last. */
  onEnd(reason: string, slot: number): void;
}

function startThread(options: LaneOptions, following: boolean, events: ThreadEvents): Thread {
  const { logOptions, heapBytes } = options;
  const running = shared(NOBODY);
  const task = shared(0);
  const worker = new Worker(
    new URL(`./thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
    {
      workerData: { log: logOptions, running, task, following } satisfies WorkerData,
      resourceLimits: {
        maxOldGenerationSizeMb: Math.round(heapBytes / 2 ** 20),
        maxYoungGenerationSizeMb: youngMb(heapBytes),
      },
    },
  );
  const asked = new Map<number, (answer: FromWorker | undefined) => void>();
  const stopped = Promise.withResolvers<void>();
  let nextId = 1;
  let reason = 'it ended';
  /** Why it is gone. */
  let gone: string | undefined;

  const post = (message: ToWorker) =>
    worker.postMessage(message, 'port' in message ? [message.port] : []);
  const heartbeat = createHeartbeat({
    ping: () => post({ type: 'ping' }),
    spent: () => spentBy(Atomics.load(task, 0)),
    onHung() {
      ended('it stopped answering');
      void worker.terminate();
    },
  });

  function ended(why: string): void {
    if (gone !== undefined) return;
    gone = why;
    heartbeat.stop();
    stopped.resolve();
    for (const answer of asked.values()) answer(undefined);
    asked.clear();
    events.onEnd(why, following ? Atomics.load(running, 0) : NOBODY);
  }

  /** The worker's answer; undefined if it is gone or late. */
  function ask(id: number, message: ToWorker, waitMs: number) {
    return new Promise<FromWorker | undefined>((resolve) => {
      if (gone !== undefined) return resolve(undefined);
      const timer = setTimeout(() => answer(undefined), waitMs);
      const answer = (given: FromWorker | undefined) => {
        clearTimeout(timer);
        asked.delete(id);
        resolve(given);
      };
      asked.set(id, answer);
      post(message);
    });
  }

  worker.on('message', (message: FromWorker) => {
    heartbeat.heard();
    switch (message.type) {
      case 'prepared':
      case 'refused':
      case 'committed':
      case 'details':
        asked.get(message.id)?.(message);
        break;
      case 'stopped':
        stopped.resolve();
        break;
      case 'pong':
        break;
      default:
        events.onMessage(message);
    }
  });
  worker.on('error', (error: Error & { code?: string }) => {
    reason =
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? 'it ran out of memory (worker_heap)'
        : error.message;
  });
  worker.on('exit', () => ended(reason));

  return {
    post,
    lost: () => gone ?? `it was not ready within ${PREPARE_MS / 1_000} s`,
    async prepare(assignment) {
      const id = nextId++;
      const answer = await ask(id, { type: 'prepare', id, assignment }, PREPARE_MS);
      if (answer?.type === 'refused') throw new Error(answer.message);
      if (answer?.type !== 'prepared') return undefined;
      return {
        commit: async () => void (await ask(id, { type: 'commit', id }, COMMIT_MS)),
        abort: async () => post({ type: 'abort', id }),
      };
    },
    async details(system) {
      const id = nextId++;
      const answer = await ask(id, { type: 'details', id, system }, DETAILS_MS);
      return answer?.type === 'details' ? answer.details : undefined;
    },
    async stop() {
      if (!gone) post({ type: 'stop' });
      await stopped.promise;
    },
    async end() {
      ended('it was ended');
      await worker.terminate();
    },
  };
}

function shared(value: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(value);
}

/** A small worker has a small young heap; a large parse needs room, or it is copied over and over. */
function youngMb(heapBytes: number): number {
  return Math.min(32, Math.max(4, Math.round(heapBytes / 2 ** 20 / 32)));
}

function namesOf({ plain }: Work): string[] {
  return plain.backends.map(({ name }) => String(name));
}
