/** The running agent: workers, traps, own telemetry and HTTP, put together. Nothing here is per vendor. */
import { setInterval } from 'node:timers';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { stringify } from 'yaml';
import { settingsOf } from '../backend/settings.ts';
import { agentIdOf, namespaceOf } from '../config/listen.ts';
import type { BackendConfig } from '../config/schema.ts';
import { messageOf } from '../driver/message.ts';
import { createEgress } from '../egress/egress.ts';
import type { LogOptions, RootLog } from '../log.ts';
import { prepareAll, type Prepared } from '../prepared.ts';
import type { ArrayIdentity } from '../telemetry/logs/resource.ts';
import { resourceOf } from '../config/otlp-environment.ts';
import { createOwnTelemetry, type OwnTelemetry } from '../telemetry/own.ts';
import { createPageStore, textOfPage } from '../telemetry/prometheus/page.ts';
import { createSelfMetrics, mergeCounts, ofSystems, type SelfCounts } from '../telemetry/self.ts';
import { redactAll } from '../redact.ts';
import { VERSION } from '../version.ts';
import type { Web } from '../web/listen.ts';
import type { WebSource } from '../web/source.ts';
import type { FromWorker } from '../worker/messages.ts';
import { createSupervisor, type Fingerprints } from '../worker/supervisor.ts';
import {
  changesOf,
  describeChanges,
  fingerprintsOf,
  withoutRestart,
  type AgentConfig,
  type Changes,
} from './changes.ts';
import { fileContents, watchFiles, type FileContents } from './files.ts';
import { createQueue } from './queue.ts';
import { createState, documentOf, sameArray, statusOf } from './state.ts';
import { routesOf, trapsOf } from './routes.ts';
import { createTrapInlet } from './trap-inlet.ts';

const OWN_INTERVAL_MS = 5_000;
/** Own numbers on the page are at most so old when it is asked for. */
const OWN_AGE_MS = 200;
const READY_MS = 60_000;
/** The workers' time to log out and deliver, within that of the whole. */
const LAST_MS = 500;
/** Of it, what the egress has for delivering what the workers handed over last. */
const FLUSH_MS = 3_000;

export type ReloadAnswer = Awaited<ReturnType<WebSource['reload']>>;

export interface AgentOptions {
  readonly log: RootLog;
  readonly logOptions: LogOptions;
  /** Serve HTTP and receive traps; default true. */
  readonly serve?: boolean;
  /** How long arrays that have not answered keep it from being ready, ms; 60 s if absent. */
  readonly readyMs?: number;
  /** Reads the configuration again. `secretsOnly`: a file it refers to has changed, nobody asked. */
  reload(secretsOnly: boolean): Promise<
    | { readonly next: AgentConfig }
    /** What is wrong with it. */
    | { readonly message: string }
    /** Why it is left alone. */
    | { readonly skipped: string }
  >;
}

export interface Agent {
  /** Resolves when everything is open. @throws Error if something can't be; then nothing is. */
  start(): Promise<void>;
  /** Where to look at it. */
  readonly url: string | undefined;
  /** How many arrays there are. */
  readonly backends: number;
  /** Resolves when every backend's first round has ended. */
  readonly firstRound: Promise<void>;
  /** Some array could be read. */
  readonly anyUp: boolean;
  /** The page of all systems. */
  text(): Promise<string>;
  /** After the start and one after the other; whoever asks gets the answer of his own. */
  reload(): Promise<ReloadAnswer>;
  stop(deadlineMs: number): Promise<void>;
}

/** A configuration with what its parts depend on. */
interface Target extends AgentConfig {
  readonly files: FileContents;
  readonly fingerprints: Fingerprints;
}

export function createAgent(initial: AgentConfig, options: AgentOptions): Agent {
  const { log } = options;
  const serves = options.serve !== false;
  const startedAt = Date.now();
  const pages = createPageStore();
  const self = createSelfMetrics();
  self.add('delfin_worker_restarts_total', [], 0);
  const state = createState(pages, (system) => egress.alerts(system));
  const loopDelay = monitorEventLoopDelay({ resolution: 20 });
  const inTurn = createQueue();
  /** Where arrays say that their traps come from. */
  const learned = new Map<string, readonly string[]>();
  let running: Target | undefined;
  let web: Web | undefined;
  let own: OwnTelemetry | undefined;
  let lastReloadOk = true;
  let stopping = false;

  const supervisor = createSupervisor({
    log,
    logOptions: options.logOptions,
    onMessage,
    onLost(lane, systems, { reason, alone }) {
      self.add('delfin_worker_restarts_total', []);
      state.retire(lane);
      for (const system of systems) {
        state.lost(system, reason);
        // Nothing but its own driver can have done it: that was its first round.
        if (alone) state.settle(system);
      }
    },
    onRetired: (lane) => state.retire(lane),
    connectTraps: (systems) => inlet.connect(systems),
    connectEgress: () => egress.connect(),
  });
  const egress = createEgress({
    log,
    logOptions: options.logOptions,
    ownCounts: allCounts,
    onStart: () => supervisor.connectEgress(),
  });
  const inlet = createTrapInlet({
    log,
    onUnknown: egress.unknown,
    onForeign(system, trap) {
      const foreign = running?.foreign.find(({ name }) => name === system);
      egress.unknown(trap, foreign && arrayOf(foreign));
    },
    onNew: () => supervisor.connectTraps(),
  });

  function allCounts(): SelfCounts {
    return ofSystems(
      mergeCounts([state.allCounts(), self.counts(), inlet.counts(), egress.counts()]),
      state.statuses.keys(),
    );
  }

  function onMessage(lane: number, message: FromWorker): void {
    switch (message.type) {
      case 'started':
        state.starting(message.system);
        break;
      case 'exposition':
        if (state.has(message.exposition.system)) pages.apply(message.exposition);
        break;
      case 'status':
        if (state.status(message.status)) reportSameArray();
        break;
      case 'alert-sources':
        learn(message.system, message.addresses);
        break;
      case 'first-round':
        state.settle(message.system);
        break;
      case 'self':
        state.counts(lane, message.counts);
        break;
    }
  }

  function learn(system: string, addresses: readonly string[]): void {
    const before = learned.get(system) ?? [];
    learned.set(system, addresses);
    // Most arrays say none: all routes are not made anew for that.
    if (running && String(before) !== String(addresses))
      inlet.setRoutes(routesOf(running, learned));
  }

  /** Said once for each pair, in the log and as an error of the later one. */
  const reported = new Set<string>();
  function reportSameArray(): void {
    for (const { names, message } of sameArray([...state.statuses.values()])) {
      if (reported.has(message)) continue;
      reported.add(message);
      log.error({ backends: names }, message);
      for (const name of names.slice(1)) {
        self.add('delfin_collection_errors_total', [name, 'inventory', 'duplicate_array']);
      }
    }
  }

  /** What is not counted, but is so at a time. */
  function measure(): void {
    self.set('delfin_build_info', [VERSION, process.version], 1);
    self.set('delfin_config_last_reload_successful', [], lastReloadOk ? 1 : 0);
    self.set('delfin_memory_resident_bytes', [], process.memoryUsage.rss());
    self.set('delfin_event_loop_delay_seconds', [], loopDelay.max / 1e9);
    loopDelay.reset();
  }
  /** Made when it is shown: it has a line for each count of each array. */
  async function refreshOwn(olderThanMs = OWN_AGE_MS): Promise<void> {
    const now = performance.now();
    if (now - ownAt >= olderThanMs) {
      ownAt = now;
      refreshed = pages.setOwn(own?.families() ?? []);
    }
    await refreshed;
  }
  let refreshed = Promise.resolve();
  let ownAt = -Infinity;
  let ownTimer: NodeJS.Timeout | undefined;
  let readyTimer: NodeJS.Timeout | undefined;

  const source: WebSource = {
    async metrics(system) {
      if (system === undefined) await refreshOwn();
      return await pages.page(system);
    },
    status: () =>
      statusOf({ state, startedAt, lastReloadOk, exportFailures: egress.exportFailures() }),
    array: (system) => documentOf(system, { state, supervisor, egress }),
    config: () => redacted(running ?? initial),
    reload: () => reload(false),
    served: (route, status) => self.add('delfin_http_requests_total', [route, String(status)]),
  };

  async function targetOf(config: AgentConfig): Promise<Target> {
    const files = await fileContents(config.loaded);
    return { ...config, files, fingerprints: fingerprintsOf(config, files) };
  }

  /** Builds everything that the target needs and does not run yet. @throws the first error */
  function prepare(target: Target): Promise<Prepared> {
    const { config } = target.loaded;
    const agentId = agentIdOf(config);
    const before = running?.loaded.config.backends ?? [];
    return prepareAll([
      // What comes is known before it speaks, what goes until it is silent.
      () => toCommit(() => state.retain([...before, ...config.backends])),
      async () => (serves ? await prepareWeb(target) : undefined),
      () => egress.prepare({ loaded: target.loaded, agentId }),
      async () => (serves ? await inlet.prepare(trapsOf(target, learned)) : undefined),
      () => supervisor.prepare(target.loaded, target.fingerprints),
      () =>
        toCommit(() => {
          running = target;
          own = createOwnTelemetry({
            version: VERSION,
            agentId,
            common: resourceOf(process.env),
            counts: allCounts,
            ...namespaceOf(config),
          });
          state.retain(config.backends);
          egress.retain(config.backends.map(({ name }) => name));
          for (const system of learned.keys()) if (!state.has(system)) learned.delete(system);
        }),
    ]);
  }

  async function prepareWeb({ listen, loaded: { config }, files }: Target): Promise<Prepared> {
    const { createWeb } = await import('../web/listen.ts');
    web ??= createWeb({ source, log });
    return await web.prepare({
      listen,
      version: files.web,
      webConfigFile: config.web_config,
      health: config.web_health ?? 'guarded',
    });
  }

  async function start(): Promise<void> {
    const target = await targetOf(initial);
    const prepared = await prepare(target);
    if (stopping) return await prepared.abort();
    loopDelay.enable();
    await prepared.commit();
    self.set('delfin_config_last_reload_success_timestamp_seconds', [], Date.now() / 1_000);
    readyTimer = setTimeout(() => state.stopWaiting(), options.readyMs ?? READY_MS).unref();
    ownTimer = setInterval(measure, OWN_INTERVAL_MS).unref();
    measure();
    await watch.set(watchedBy(target));
  }

  const watch = watchFiles(log, async () => void (await reload(true)));

  function reload(secretsOnly: boolean): Promise<ReloadAnswer> {
    return inTurn(async () => {
      const answer = await reloadOnce(secretsOnly);
      lastReloadOk = answer.ok;
      if (answer.ok) {
        self.set('delfin_config_last_reload_success_timestamp_seconds', [], Date.now() / 1_000);
        log.info({ backends: state.statuses.size }, answer.message);
      } else {
        log.error({ problems: answer.message }, 'the configuration was not reloaded');
      }
      measure();
      return answer;
    });
  }

  async function reloadOnce(secretsOnly: boolean): Promise<ReloadAnswer> {
    const before = running;
    if (!before || stopping) return refused(503, 'the agent is not running');
    const read = await readAgain(secretsOnly);
    if ('message' in read) return refused(400, read.message);
    if ('skipped' in read) return { ok: lastReloadOk, status: 200, message: read.skipped };
    let next: Target;
    let changes: Changes;
    try {
      const wanted = await targetOf(read.next);
      changes = changesOf(before, wanted);
      next = { ...wanted, ...withoutRestart(before, wanted) };
      const prepared = await prepare(next);
      if (stopping) {
        await prepared.abort();
        return refused(503, 'the agent is stopping');
      }
      await prepared.commit();
    } catch (error) {
      return refused(500, messageOf(error));
    }
    await watch.set(watchedBy(next));
    const message = describeChanges(changes, next.loaded.config.backends.length);
    return { ok: true, status: 200, message };
  }

  async function readAgain(secretsOnly: boolean) {
    try {
      return await options.reload(secretsOnly);
    } catch (error) {
      return { message: messageOf(error) };
    }
  }

  return {
    start: () => inTurn(start),
    get url() {
      return web?.urls[0];
    },
    get backends() {
      return state.statuses.size;
    },
    firstRound: state.firstRound,
    get anyUp() {
      return [...state.statuses.values()].some(({ up }) => up);
    },
    async text() {
      measure();
      await refreshOwn(0);
      return await textOfPage(await pages.page());
    },
    reload: () => reload(false),
    async stop(deadlineMs) {
      stopping = true;
      clearInterval(ownTimer);
      clearTimeout(readyTimer);
      watch.close();
      const asked = performance.now();
      // Arrays may be gone, and the receiver as well: the egress has time of its own, at the end.
      await Promise.all([supervisor.stop(deadlineMs - FLUSH_MS), inlet.close()]);
      await egress.close(deadlineMs - LAST_MS - (performance.now() - asked));
      await web?.close();
      loopDelay.disable();
    },
  };
}

function refused(status: 400 | 500 | 503, message: string): ReloadAnswer {
  return { ok: false, status, message };
}

async function toCommit(commit: () => void): Promise<Prepared> {
  return { commit: async () => commit(), abort: async () => {} };
}

function arrayOf(backend: BackendConfig): ArrayIdentity {
  const { name, vendor, model, labels } = settingsOf(backend);
  return { name, vendor, model, labels };
}

function watchedBy({ files, secrets }: Target): readonly string[] {
  return [...files.paths, ...secrets];
}

/** The configuration as it runs; secrets print as ***, also inside URLs. */
function redacted({ loaded: { config } }: AgentConfig): string {
  return stringify(redactAll(JSON.parse(JSON.stringify(config))));
}
