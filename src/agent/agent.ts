/** The running agent: workers, traps, own telemetry and HTTP, put together. Nothing here is per vendor. */
import { setInterval } from 'node:timers';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { stringify } from 'yaml';
import { settingsOf } from '../backend/settings.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { LogOptions, RootLog } from '../log.ts';
import type { AlertOutput } from '../telemetry/logs/output.ts';
import { createOwnTelemetry } from '../telemetry/own.ts';
import { createPageStore } from '../telemetry/prometheus/page.ts';
import { createSelfMetrics, mergeCounts, ofSystems } from '../telemetry/self.ts';
import { redactAll } from '../redact.ts';
import { openAlertOutput, startOwnExport } from './own-export.ts';
import { createState, sameArray, showDown, statusOf } from './state.ts';
import { createTrapInlet, type TrapInlet } from './trap-inlet.ts';
import { VERSION } from '../version.ts';
import type { WebSource } from '../web/source.ts';
import { createSupervisor } from '../worker/supervisor.ts';
import type { FromWorker } from '../worker/messages.ts';

const OWN_INTERVAL_MS = 5_000;
/** Own numbers that changed are on the page after this time. */
const OWN_DELAY_MS = 200;
/** What stopping may take to deliver the agent's own numbers. */
const OWN_FLUSH_MS = 5_000;

export interface AgentOptions {
  readonly log: RootLog;
  readonly logOptions: LogOptions;
  /** Serve HTTP and receive traps; default true. */
  readonly serve?: boolean;
  /** Reads the configuration again. */
  reload(): Promise<{ readonly loaded: LoadedConfig } | { readonly message: string }>;
}

export interface Agent {
  /** `host:port` of the HTTP server; undefined if it doesn't serve. */
  readonly address: string | undefined;
  /** Resolves when every backend's first round has ended. */
  readonly firstRound: Promise<void>;
  /** The page of all systems. */
  text(): Promise<string>;
  reload(): Promise<{ ok: boolean; message: string }>;
  stop(deadlineMs: number): Promise<void>;
}

export async function createAgent(initial: LoadedConfig, options: AgentOptions): Promise<Agent> {
  const { log } = options;
  const startedAt = Date.now();
  const pages = createPageStore();
  const self = createSelfMetrics();
  self.add('delfin_worker_restarts_total', [], 0);
  const state = createState(initial);
  /** Counts by thread; `retired` keeps the counters of threads that are gone. */
  let loaded = initial;
  let lastReloadOk = true;
  const loopDelay = monitorEventLoopDelay({ resolution: 20 });
  loopDelay.enable();

  let inlet: TrapInlet | undefined;
  let unknown: AlertOutput | undefined;
  const supervisor = createSupervisor({
    log,
    logOptions: options.logOptions,
    onMessage: (lane, message) => onMessage(lane, message),
    onLost(lane, systems, reason) {
      self.add('delfin_worker_restarts_total', []);
      state.retire(lane);
      for (const system of systems) showDown(pages, loaded, system, reason, state);
    },
    connectTraps: (systems) => inlet?.connect(systems),
  });

  function onMessage(lane: number, message: FromWorker): void {
    switch (message.type) {
      case 'exposition':
        pages.apply(message.exposition);
        break;
      case 'status':
        state.statuses.set(message.status.name, message.status);
        reportSameArray();
        break;
      case 'first-round':
        state.settle(message.system);
        break;
      case 'self':
        state.counts.set(lane, message.counts);
        refreshSoon();
        break;
    }
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

  const own = createOwnTelemetry({
    version: VERSION,
    agentId: initial.config.agent_id ?? initial.config.listen ?? 'delfin-agent',
    ...(initial.config.service_namespace ? { namespace: initial.config.service_namespace } : {}),
    counts: () =>
      ofSystems(
        mergeCounts([
          ...state.counts.values(),
          ...state.retired,
          self.counts(),
          ...(inlet ? [inlet.counts()] : []),
        ]),
        loaded.config.backends.map(({ name }) => name),
      ),
  });
  async function refreshOwn(): Promise<void> {
    self.set('delfin_build_info', [VERSION, process.version], 1);
    self.set('delfin_config_last_reload_successful', [], lastReloadOk ? 1 : 0);
    self.set('delfin_memory_resident_bytes', [], process.memoryUsage.rss());
    self.set('delfin_event_loop_delay_seconds', [], loopDelay.max / 1e9);
    loopDelay.reset();
    pages.setOwn(await own.text());
  }
  const refreshQuietly = () => {
    refreshOwn().catch((error: unknown) => {
      log.error({ err: error }, 'own metrics could not be rendered');
    });
  };
  const ownTimer = setInterval(refreshQuietly, OWN_INTERVAL_MS);
  ownTimer.unref();
  let pending: NodeJS.Timeout | undefined;
  function refreshSoon(): void {
    pending ??= setTimeout(() => {
      pending = undefined;
      refreshQuietly();
    }, OWN_DELAY_MS).unref();
  }

  async function reload(): Promise<{ ok: boolean; message: string }> {
    const result = await options.reload();
    if ('message' in result) {
      lastReloadOk = false;
      log.error({ problems: result.message }, 'the configuration was not reloaded');
      return { ok: false, message: result.message };
    }
    const before = loaded.config.backends;
    const names = new Set(result.loaded.config.backends.map(({ name }) => name));
    loaded = result.loaded;
    await inlet?.setBackends(loaded.config.backends.map(settingsOf));
    await supervisor.apply(loaded);
    // Only now: until its worker had stopped it, a backend may still have published.
    for (const { name } of before) {
      if (names.has(name)) continue;
      pages.remove(name);
      state.remove(name);
    }
    lastReloadOk = true;
    self.set('delfin_config_last_reload_success_timestamp_seconds', [], Date.now() / 1_000);
    return { ok: true, message: `reloaded: ${names.size} backend${names.size === 1 ? '' : 's'}` };
  }

  const source: WebSource = {
    metrics: (system) => pages.page(system),
    status: () => statusOf({ state, startedAt, lastReloadOk }),
    config: () => redacted(loaded),
    reload,
    served: (route, status) => self.add('delfin_http_requests_total', [route, String(status)]),
  };

  const serves = options.serve !== false;
  // The socket first: an address that is taken ends the start before an array is asked.
  const web = serves ? await openWeb(initial, source, log) : undefined;
  if (serves && initial.config.traps) {
    unknown =
      initial.config.traps.unknown === 'log'
        ? await openAlertOutput(initial, log, self)
        : undefined;
    inlet = await createTrapInlet({
      config: initial.config.traps,
      log,
      onUnknown: (trap) => unknown?.unknown(trap),
      onRestart: () => supervisor.connectTraps(),
    });
    await inlet.setBackends(initial.config.backends.map(settingsOf));
  }
  self.set('delfin_config_last_reload_success_timestamp_seconds', [], Date.now() / 1_000);
  await refreshOwn();
  const ownExport = await startOwnExport(initial, own, log, self);
  await supervisor.apply(initial);

  return {
    address: web?.address,
    firstRound: state.firstRound,
    async text() {
      await refreshOwn();
      return Buffer.concat(pages.page()?.plain() ?? []).toString('utf8');
    },
    reload,
    async stop(deadlineMs) {
      clearInterval(ownTimer);
      clearTimeout(pending);
      await inlet?.close();
      // Both wait for receivers that may be gone: side by side, within the deadline.
      await Promise.all([
        supervisor.stop(deadlineMs),
        ownExport?.close(OWN_FLUSH_MS),
        unknown?.flush(OWN_FLUSH_MS).then(() => unknown?.close()),
      ]);
      await web?.close();
      await own.close();
      loopDelay.disable();
    },
  };
}

async function openWeb(loaded: LoadedConfig, source: WebSource, log: RootLog) {
  const { startWeb } = await import('../web/server.ts');
  return await startWeb({
    listen: loaded.config.listen ?? '127.0.0.1:10790',
    source,
    log,
    ...(loaded.config.web_config ? { webConfigFile: loaded.config.web_config } : {}),
  });
}

/** The configuration as it runs; secrets print as ***, also inside URLs. */
function redacted({ config }: LoadedConfig): string {
  return stringify(redactAll(JSON.parse(JSON.stringify(config))));
}
