/**
 * The egress as the main thread sees it: its thread, which is replaced when it dies, the ports at
 * which workers hand over, its numbers. With no workers it runs right here, behind the same ports.
 */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { LoadedConfig, PlainConfig } from '../config/load.ts';
import type { Alert, Trap } from '../driver/alerts.ts';
import type { LogOptions, RootLog } from '../log.ts';
import type { Prepared } from '../prepared.ts';
import type { ArrayIdentity } from '../telemetry/logs/resource.ts';
import { otlpOf, type Signal } from '../telemetry/otlp/config.ts';
import type { ExportFailure } from '../telemetry/otlp/outgoing.ts';
import { countersOf, createSelfMetrics, mergeCounts, type SelfCounts } from '../telemetry/self.ts';
import {
  WAITING,
  type AlertCounts,
  type EgressThreadData,
  type FromService,
  type ToService,
} from './messages.ts';
import { serveEgress } from './service.ts';

/** What building or swapping the outputs may take: a machine on which all starts at once is slow, not broken. */
const ANSWER_MS = 60_000;
/** Who looks at an array's page waits no longer for its alerts. */
const ACTIVE_MS = 1_000;
const FIRST_RESTART_MS = 1_000;
const MAX_RESTART_MS = 60_000;
/** Our own code and bounded queues: this is for what nobody thought of. Bodies are not in it. */
const HEAP_MB = 512;
const YOUNG_MB = 4;
/** After a flush, for the last word. */
const CLOSING_MS = 500;

export interface EgressOptions {
  readonly log: RootLog;
  readonly logOptions: LogOptions;
  /** The agent's own numbers, when they are to be exported. */
  ownCounts(): SelfCounts;
  /** There is a new egress: the workers must be connected to it. */
  onStart(): void;
  /** The entry of its thread; for tests. */
  readonly entry?: URL;
}

export interface Egress {
  /**
   * Builds the outputs of another configuration beside what runs, and starts the egress if there is
   * something for it to do now. What waits is kept. @throws Error; then it works as before.
   */
  prepare(target: EgressTarget): Promise<Prepared>;
  /** The arrays there are from now on: the alerts of others are forgotten. */
  retain(systems: readonly string[]): void;
  /** A port for a thread that hands over; undefined as long as there is nothing to hand over. */
  connect(): MessagePort | undefined;
  /** A trap of no backend here; `array`: of one that another agent collects. */
  unknown(trap: Trap, array?: ArrayIdentity): void;
  /** Active alerts of an array, wherever it is hosted. */
  alerts(system: string): AlertCounts | undefined;
  /** The worst and newest of them; undefined where nothing is known, or no answer came soon. */
  active(system: string): Promise<readonly Alert[] | undefined>;
  /** Why exports fail, by signal; empty: they work. */
  exportFailures(): readonly ExportFailure[];
  counts(): SelfCounts;
  /** Delivers what is there, at most this long, and ends; what is left is counted. */
  close(deadlineMs: number): Promise<void>;
}

export interface EgressTarget {
  readonly loaded: LoadedConfig;
  readonly agentId: string;
}

/** One egress: a thread, or this one. */
interface Running {
  post(message: ToService, transfer?: readonly MessagePort[]): void;
  end(): void;
}

export function createEgress(options: EgressOptions): Egress {
  const { log } = options;
  const self = createSelfMetrics();
  const alerts = new Map<string, AlertCounts>();
  const failing = new Map<Signal, ExportFailure>();
  const answers = new Map<number, PromiseWithResolvers<readonly Alert[] | undefined>>();
  const closed = Promise.withResolvers<void>();
  let running: Running | undefined;
  let waiting = newWaiting();
  let counts: SelfCounts = new Map();
  let retired: SelfCounts = new Map();
  let value: PlainConfig['value'] = {};
  let inThread = true;
  let restart: NodeJS.Timeout | undefined;
  let failures = 0;
  let closing = false;
  let lastId = 0;

  function start(): void {
    waiting = newWaiting();
    running = inThread
      ? startThread(options, waiting, onMessage, lost)
      : startHere(log, waiting, onMessage);
  }

  function onMessage(message: FromService): void {
    switch (message.type) {
      case 'done': {
        const answer = answers.get(message.id);
        answers.delete(message.id);
        failures = 0;
        if (message.error === undefined) answer?.resolve(message.alerts);
        else answer?.reject(new Error(message.error));
        break;
      }
      case 'self':
        counts = message.counts;
        break;
      case 'counts':
        if (message.counts) alerts.set(message.system, message.counts);
        else alerts.delete(message.system);
        break;
      case 'export':
        if (message.failure) failing.set(message.signal, message.failure);
        else failing.delete(message.signal);
        break;
      case 'own':
        running?.post({ type: 'own', counts: options.ownCounts() });
        break;
      case 'closed':
        closed.resolve();
        break;
    }
  }

  /** What it had taken over is gone with it, and counted. */
  function lost(reason: string): void {
    running = undefined;
    if (closing) return closed.resolve();
    for (const [index, signal] of WAITING.entries()) {
      const items = Atomics.load(new Int32Array(waiting), index);
      self.add('delfin_otlp_dropped_items_total', [signal, 'egress_lost'], items);
    }
    retired = mergeCounts([retired, countersOf(counts)]);
    counts = new Map();
    failing.clear();
    self.add('delfin_egress_restarts_total', []);
    const delayMs = Math.min(FIRST_RESTART_MS * 2 ** failures, MAX_RESTART_MS);
    failures += 1;
    log.error({ reason, restart_ms: delayMs }, 'the egress is gone and will be replaced');
    for (const answer of answers.values())
      answer.reject(new Error(`the egress is gone: ${reason}`));
    answers.clear();
    restart = setTimeout(startAgain, delayMs);
  }

  function startAgain(): void {
    restart = undefined;
    start();
    const again = async () => {
      await ask((id) => ({ type: 'prepare', id, value }));
      await ask((id) => ({ type: 'commit', id }));
      options.onStart();
    };
    again().catch((error: unknown) => log.error({ err: error }, 'the egress could not be set up'));
  }

  async function ask(message: (id: number) => ToService, waitMs = ANSWER_MS) {
    const answer = Promise.withResolvers<readonly Alert[] | undefined>();
    const id = (lastId += 1);
    answers.set(id, answer);
    running?.post(message(id));
    const timer = setTimeout(
      () => answer.reject(new Error(`the egress did not answer within ${waitMs / 1_000} s`)),
      waitMs,
    );
    return await answer.promise.finally(() => {
      clearTimeout(timer);
      answers.delete(id);
    });
  }

  function end(): void {
    running?.end();
    running = undefined;
  }

  return {
    async prepare({ loaded, agentId }) {
      const first = !running && !restart;
      if (first && !isNeeded(loaded)) return NOTHING;
      const next = { ...loaded.plain.value, agent_id: agentId };
      if (first) {
        inThread = loaded.config.workers !== 0 && isBusy(loaded);
        start();
      }
      try {
        await ask((id) => ({ type: 'prepare', id, value: next }));
      } catch (error) {
        if (first) end();
        throw error;
      }
      return {
        async commit() {
          value = next;
          await ask((id) => ({ type: 'commit', id }));
          if (first) self.add('delfin_egress_restarts_total', [], 0);
          if (first) options.onStart();
        },
        async abort() {
          if (first) end();
          else await ask((id) => ({ type: 'abort', id }));
        },
      };
    },
    retain(systems) {
      for (const system of alerts.keys()) if (!systems.includes(system)) alerts.delete(system);
      running?.post({ type: 'retain', systems });
    },
    connect() {
      if (!running) return undefined;
      const { port1, port2 } = new MessageChannel();
      running.post({ type: 'attach', port: port1 }, [port1]);
      return port2;
    },
    unknown(trap, array) {
      if (running) running.post({ type: 'unknown', trap, ...(array ? { array } : {}) });
      else self.add('delfin_alert_dropped_total', ['egress_lost']);
    },
    alerts: (system) => alerts.get(system),
    async active(system) {
      if (!running) return undefined;
      return await ask((id) => ({ type: 'active', id, system }), ACTIVE_MS).catch(() => undefined);
    },
    exportFailures: () => [...failing.values()],
    counts: () => mergeCounts([retired, counts, self.counts()]),
    async close(deadlineMs) {
      closing = true;
      clearTimeout(restart);
      if (!running) return;
      const timer = setTimeout(closed.resolve, deadlineMs + CLOSING_MS);
      running.post({ type: 'own', counts: options.ownCounts() });
      running.post({ type: 'close', deadlineMs });
      await closed.promise;
      clearTimeout(timer);
      end();
    },
  };
}

const NOTHING: Prepared = { commit: async () => {}, abort: async () => {} };

/**
 * Something is exported, or traps may come in any number: that needs a thread. Only lists of alerts
 * to compare now and then do not, and a thread costs 17 MB. Where it began it stays: moving would
 * lose the state of the alerts.
 */
function isBusy({ config }: LoadedConfig): boolean {
  return (
    otlpOf(config.otlp, process.env) !== undefined ||
    config.alert_output !== undefined ||
    config.traps !== undefined
  );
}

/** There is something to export, or there are alerts to keep. */
function isNeeded(loaded: LoadedConfig): boolean {
  return isBusy(loaded) || loaded.config.backends.some(({ alerts }) => alerts?.enabled !== false);
}

function newWaiting(): SharedArrayBuffer {
  return new SharedArrayBuffer(WAITING.length * Int32Array.BYTES_PER_ELEMENT);
}

function startThread(
  { logOptions, entry }: EgressOptions,
  waiting: SharedArrayBuffer,
  onMessage: (message: FromService) => void,
  onLost: (reason: string) => void,
): Running {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const worker = new Worker(entry ?? new URL(`./thread${extension}`, import.meta.url), {
    workerData: { log: logOptions, waiting } satisfies EgressThreadData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
  });
  let reason = 'it ended';
  let ended = false;
  worker.on('message', onMessage);
  worker.on('error', (error: Error) => {
    reason = error.message;
  });
  worker.on('exit', () => {
    if (!ended) onLost(reason);
  });
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    end() {
      ended = true;
      void worker.terminate();
    },
  };
}

function startHere(
  log: RootLog,
  waiting: SharedArrayBuffer,
  onMessage: (message: FromService) => void,
): Running {
  const { port1, port2 } = new MessageChannel();
  serveEgress(port2, { log, waiting });
  port1.on('message', onMessage);
  port1.unref();
  port2.unref();
  return {
    post: (message, transfer = []) => port1.postMessage(message, [...transfer]),
    end: () => port1.close(),
  };
}
