/** One configured array at work: its session, its three jobs, its traps. */
import { AlertSchema, type Alert, type Trap } from '../driver/alerts.ts';
import type { Budget } from '../driver/budget.ts';
import type { Driver, Log } from '../driver/driver.ts';
import {
  AuthenticationFailed,
  BackendError,
  BackendUnreachable,
  errorType,
  IncompleteTrapInformation,
  NotSupported,
} from '../driver/errors.ts';
import type { Capabilities } from '../driver/metrics.ts';
import type { ForeignTraps } from './alerts/foreign.ts';
import type { AlertInlet } from './alerts/tracker.ts';
import { steadyMs } from './clock.ts';
import {
  collectAlerts,
  collectInventory,
  collectPerformance,
  readCapabilities,
  readNewestSampleTime,
  toProblem,
  type CallProblem,
  type Collector,
} from './collect.ts';
import { withinLimit } from './ask.ts';
import { createConnection } from './connection.ts';
import { detailsOf, type BackendDetails } from './details.ts';
import type { Gate } from './gate.ts';
import { createPartialAnswers } from './partial.ts';
import { createSources } from './sources.ts';
import { createKnowledge, type BackendOutput, type Knowledge } from './knowledge.ts';
import { spread, startJob, type Job, type Outcome } from './schedule.ts';
import type { ManagedSession } from './session.ts';
import type { BackendSettings } from './settings.ts';
import type { CollectionKind } from './status.ts';
import { checkRecord } from './validate.ts';
import { createFollowed, nextWindow } from './window.ts';

/** An account must never be locked by us. */
const AUTHENTICATION_PAUSE_MS = 15 * 60_000;
const RECOVERED_MS = 1_000;
const CONFIRMATIONS = 2;
const INCOMPLETE_TRAP_POLL_MS = 10_000;
/** While collections fail and back off, what grows stale is still withdrawn in time. */
const WITHDRAWAL_MS = 30_000;
/** A storm of traps publishes this often at most. */
const TRAP_PUBLISH_MS = 1_000;

export interface BackendOptions {
  readonly settings: BackendSettings;
  readonly driver: Driver;
  readonly budget: Budget;
  readonly log: Log;
  readonly output: BackendOutput;
  readonly tracker: AlertInlet;
  /** Shared by the backends of a thread: which of them a trap is about. */
  readonly foreign?: ForeignTraps;
  /** Shared as well: how many of them log in at the same time. */
  readonly gate?: Gate;
  /** When its first collection starts. */
  readonly firstDelayMs: number;
  readonly now?: () => number;
}

export interface Backend {
  readonly name: string;
  /** A trap that was routed here; resolves when its alerts are taken. */
  trap(trap: Trap): void | Promise<void>;
  /** Resolves when every kind of collection has ended once. */
  readonly firstRound: Promise<void>;
  /** What there is to say of it right now; asks the array nothing. */
  details(): BackendDetails;
  /** Cancels what is running, logs out. */
  stop(): Promise<void>;
}

export function startBackend(options: BackendOptions): Backend {
  const now = options.now ?? Date.now;
  const { settings } = options;
  const partial = createPartialAnswers();
  const connection = createConnection({
    ...options,
    onPartial: partial.add,
    onAttempt: partial.begin,
    onAnswer: partial.answered,
  });
  const { session, traffic } = connection;
  let capabilities: Capabilities | undefined;
  const performanceIntervalMs = () =>
    Math.max(settings.performanceIntervalMs, (capabilities?.collect_interval ?? 0) * 1_000);
  const knowledge = createKnowledge({
    ...options,
    now,
    traffic,
    lost: session.lost,
    performanceIntervalMs,
    turns: () => capabilities?.turns,
  });
  const collector: Collector = {
    session,
    driver: options.driver,
    storageId: settings.name,
    incomplete: partial.incomplete,
    report: knowledge.report,
  };
  const kinds = enabledKinds(settings);
  const waitingFor = new Set(kinds);
  const first = Promise.withResolvers<void>();
  const identity = createIdentityCheck();
  const sources = createSources(settings.trapSources, options);
  /** The wall clock at the monotonic clock's zero. */
  const steadyZero = now() - performance.now();
  const followed = createFollowed();
  let lastGoodEnd: number | undefined;
  let unanswered: ReadonlySet<string> = new Set();
  let wasLost = false;

  /** Problems of a round; undefined: this array has nothing to be asked for. */
  const collections: Readonly<Record<CollectionKind, () => Promise<CallProblem[] | undefined>>> = {
    async inventory() {
      const round = await collectInventory(
        collector,
        (list) => !settings.exclude.has(list),
        unanswered,
      );
      if (connection.stopping.aborted) throw round.failure;
      unanswered = round.unanswered;
      knowledge.inventory(round);
      if (round.alertSources) sources.learned(round.alertSources);
      if (!round.reached) throw round.failure;
      if (session.openFailed(round.ended)) throw round.ended;
      const problems = [...round.problems, ...identity(round.inventory.storage?.serial_number)];
      if (round.ended !== undefined) return problems;
      try {
        capabilities = await readCapabilities(collector, settings.resources);
      } catch (error) {
        problems.push(toProblem('getCapabilities', error));
      }
      return problems;
    },
    async performance() {
      capabilities ??= await readCapabilities(collector, settings.resources);
      if (!capabilities || Object.keys(capabilities.resource_metrics).length === 0)
        return undefined;
      const intervalMs = performanceIntervalMs();
      const newest = await readNewestSampleTime(collector, capabilities);
      const unset = steadyZero + performance.now();
      const clock = followed({
        now: now(),
        unset,
        sample: knowledge.newestSample(),
        intervalMs,
        collectInterval: capabilities.collect_interval,
      });
      const window = nextWindow(capabilities, {
        now: clock ?? now(),
        unset: clock ?? unset,
        newest,
        intervalMs,
        lastGoodEnd,
      });
      const { metrics, left, names } = withinLimit(
        capabilities.resource_metrics,
        knowledge.records(),
        settings.maxSeries,
      );
      knowledge.leftOut(left);
      const problems = knowledge.performance(
        await collectPerformance(collector, metrics, window, now()),
      );
      if (left > 0) problems.push(toProblem('collectPerfMetrics', tooMany(left, names)));
      lastGoodEnd = window.end;
      return problems;
    },
    async alerts() {
      const startedAt = steadyMs();
      const problems: CallProblem[] = [];
      const alerts = await collectAlerts(collector, {}, (problem) => problems.push(problem));
      if (!alerts) return undefined;
      await options.tracker.poll(alerts, startedAt, !partial.incomplete('listAlerts'));
      return problems;
    },
  };

  const jobs = new Map<CollectionKind, Job>();
  const intervals: Record<CollectionKind, () => number> = {
    inventory: () => settings.inventoryIntervalMs,
    performance: performanceIntervalMs,
    alerts: () => settings.alertsIntervalMs,
  };
  for (const kind of kinds) {
    const run = async (): Promise<Outcome> => {
      const life = { knowledge, session, now, stopping: connection.stopping };
      const outcome = await runOnce(kind, collections[kind], () => partial.take(kind), life);
      waitingFor.delete(kind);
      if (waitingFor.size === 0) first.resolve();
      const isBack = wasLost && !session.lost();
      wasLost = session.lost();
      if (isBack) {
        // What failed meanwhile need not wait for its back-off to end.
        for (const [other, job] of jobs) {
          if (knowledge.lastRun(other)?.ok === false) job.trigger(RECOVERED_MS);
        }
      }
      if (outcome === 'idle') return 'ok';
      if (outcome !== 'refused') return outcome;
      for (const job of jobs.values()) job.hold(AUTHENTICATION_PAUSE_MS);
      return AUTHENTICATION_PAUSE_MS;
    };
    jobs.set(
      kind,
      startJob({
        name: kind,
        intervalMs: intervals[kind],
        firstDelayMs: options.firstDelayMs,
        phase: spread(settings.name),
        log: options.log,
        run,
        onSkipped: (count) => options.output.skipped(kind, count),
      }),
    );
  }

  const withdrawal = setInterval(() => {
    if (knowledge.ailing()) knowledge.publish();
  }, WITHDRAWAL_MS);
  withdrawal.unref();

  let publishTimer: NodeJS.Timeout | undefined;
  const publishSoon = () => {
    publishTimer ??= setTimeout(() => {
      publishTimer = undefined;
      knowledge.publish();
    }, TRAP_PUBLISH_MS);
  };

  return {
    name: settings.name,
    firstRound: first.promise,
    details: () =>
      detailsOf({
        ...options,
        connection,
        knowledge,
        capabilities,
        intervals: Object.fromEntries(kinds.map((kind) => [kind, intervals[kind]()])),
      }),
    trap(trap) {
      const outcome = takeTrap(trap, options, knowledge);
      if (outcome === 'incomplete') jobs.get('alerts')?.trigger(INCOMPLETE_TRAP_POLL_MS);
      publishSoon();
      return options.tracker.told?.();
    },
    async stop() {
      sources.leave();
      connection.cancel();
      first.resolve();
      clearTimeout(publishTimer);
      clearInterval(withdrawal);
      await Promise.all(Array.from(jobs.values(), (job) => job.stop()));
      await connection.close();
    },
  };
}

function enabledKinds(settings: BackendSettings): CollectionKind[] {
  return [
    'inventory',
    ...(settings.resources?.size === 0 ? [] : ['performance' as const]),
    ...(settings.alertsEnabled ? ['alerts' as const] : []),
  ];
}

/** One collection: timed, recorded, published; its failure says how the job goes on. */
async function runOnce(
  kind: CollectionKind,
  collect: () => Promise<CallProblem[] | undefined>,
  missing: () => CallProblem[],
  life: {
    readonly knowledge: Knowledge;
    readonly session: ManagedSession;
    readonly now: () => number;
    readonly stopping: AbortSignal;
  },
): Promise<'ok' | 'failed' | 'refused' | 'idle'> {
  const { knowledge, now } = life;
  const started = performance.now();
  let failure: unknown;
  let problems: CallProblem[];
  try {
    const found = await collect();
    if (!found) return 'idle';
    problems = [...found, ...missing()];
  } catch (error) {
    if (life.stopping.aborted) return 'failed';
    // What the array lacks is a problem to show, not a failure to repeat.
    failure = error instanceof NotSupported ? undefined : error;
    if (kind !== 'inventory' && error instanceof BackendUnreachable) await confirm(life.session);
    problems = [toProblem(kind, error)];
  }
  const at = now();
  const [problem] = problems;
  const lastSuccess = failure === undefined ? at : knowledge.lastRun(kind)?.last_success_at;
  knowledge.run(
    kind,
    {
      at,
      duration_ms: Math.round(performance.now() - started),
      ok: failure === undefined,
      ...(failure !== undefined && problem
        ? { error_type: problem.error_type, message: problem.message }
        : {}),
      ...(lastSuccess === undefined ? {} : { last_success_at: lastSuccess }),
    },
    problems,
  );
  knowledge.publish();
  if (failure === undefined) return 'ok';
  const isRefused = failure instanceof AuthenticationFailed && life.session.openFailed(failure);
  return isRefused ? 'refused' : 'failed';
}

function tooMany(series: number, names: readonly string[]): BackendError {
  const text = `${series} series are more than budget.max_series and not asked for: ${names.join(', ')}`;
  return new BackendError('series_limit', text);
}

/** One failed connect is one call's problem; when the array is gone, `up` need not wait for more. */
async function confirm(session: ManagedSession): Promise<void> {
  for (let tries = 0; tries < CONFIRMATIONS && !session.lost(); tries += 1) {
    try {
      await session.call('getStorage', (open, signal) => open.getStorage(signal));
      return;
    } catch {
      // The session counts them.
    }
  }
}

/** Says when another array answers behind the same address. */
function createIdentityCheck(): (serial: string | undefined) => CallProblem[] {
  let known: string | undefined;
  return (serial) => {
    known ??= serial;
    if (serial === undefined || serial === known) return [];
    const error = new BackendError(
      'identity',
      `another array answers: serial number ${serial} instead of ${known}; check the address`,
    );
    return [toProblem('getStorage', error)];
  };
}

/** A trap through the driver into the tracker; nothing it throws goes further. */
function takeTrap(
  trap: Trap,
  options: BackendOptions,
  { report }: Knowledge,
): 'taken' | 'incomplete' {
  const { driver, settings, tracker, log, output } = options;
  const { name: storageId, timezone, access } = settings;
  const { foreign } = options;
  try {
    const parsed = driver.parseAlert?.(trap, { storageId, timezone, options: access });
    if (parsed === undefined) {
      tracker.unparsed(trap, 'unknown_trap');
      return 'taken';
    }
    const alerts = [parsed]
      .flat()
      .flatMap(
        (alert) => checkRecord<Alert>(AlertSchema, 'alerts', alert, storageId, report) ?? [],
      );
    if (Array.isArray(parsed) && parsed.length === 0) {
      const tell = () => {
        tracker.unparsed(trap, 'other_array');
        output.trapDropped?.('other_array');
      };
      if (foreign) foreign.foreign(trap, tell);
      else tell();
      return 'taken';
    }
    foreign?.taken(trap);
    if (alerts.length > 0) tracker.trap(trap, alerts);
    // What was wrong with its alerts is counted as drops of records; the trap itself must not be lost.
    else tracker.unparsed(trap, 'invalid_alert');
    return 'taken';
  } catch (error) {
    tracker.unparsed(trap, errorType(error));
    if (error instanceof IncompleteTrapInformation) return 'incomplete';
    log.warn({ err: error, trap_oid: trap.trap_oid }, 'a trap could not be parsed');
    return 'taken';
  }
}
