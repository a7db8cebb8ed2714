/** What is known about one backend, gathered from its collections and published as snapshot and status. */
import type { Log } from '../driver/driver.ts';
import type { Capabilities, ResourceType } from '../driver/metrics.ts';
import type { Traffic } from '../driver/transports.ts';
import type { AlertInlet } from './alerts/tracker.ts';
import { toProblem, type CallProblem, type InventoryRound } from './collect.ts';
import { countRows } from './columns.ts';
import { createInventoryStore, type Moment, type ReadList } from './inventory-store.ts';
import type { CheckedPerformance } from './performance.ts';
import { createSeriesStore } from './series-store.ts';
import type { BackendSettings } from './settings.ts';
import type { Inventory, PerfColumns, Snapshot } from './snapshot.ts';
import type { BackendStatus, CollectionKind, RunStatus } from './status.ts';
import type { Drop } from './validate.ts';

/** Raw values remembered so that each is logged once. */
const MAX_UNKNOWN_VALUES = 1_000;
/** Of them, those that the status shows. */
const MAX_SHOWN_VALUES = 20;

/** Problems of one round that are told. */
const MAX_PROBLEMS = 100;
/** Alert polls that may fail before the alerts are withdrawn. */
const STALE_POLLS = 3;

/** Where a backend's results go. */
export interface BackendOutput {
  /** Something changed. `fresh`: performance samples that are new since the last call. */
  snapshot(snapshot: Snapshot, fresh: readonly PerfColumns[]): void;
  status(status: BackendStatus): void;
  /** A collection ended; `problems` are the calls of it that failed. */
  run(kind: CollectionKind, run: RunStatus, problems: readonly CallProblem[]): void;
  drop(reason: string, count: number): void;
  skipped(kind: CollectionKind, count: number): void;
  /** Where the array's traps come from, as it says itself. */
  alertSources?(addresses: readonly string[]): void;
  /** A trap was about no array of ours. */
  trapDropped?(reason: string): void;
}

export interface Knowledge {
  /** A record or field was dropped or replaced. */
  report(drop: Drop): void;
  inventory(round: InventoryRound): void;
  /** The records that are not stale. */
  records(): Inventory;
  /** Series that were left out because they are too many; counted once for as long as it is so. */
  leftOut(series: number): void;
  /** Takes checked samples. Returns what was wrong with them. */
  performance(checked: CheckedPerformance): CallProblem[];
  /** Time of the newest sample so far, by the array's clock. */
  newestSample(): number | undefined;
  /** A collection ended. */
  run(kind: CollectionKind, run: RunStatus, problems: readonly CallProblem[]): void;
  lastRun(kind: CollectionKind): RunStatus | undefined;
  /** Those of the last run. */
  problems(kind: CollectionKind): readonly CallProblem[];
  /** When a list was read, epoch ms; undefined: it is not there. */
  readAt(list: string): ReadList | undefined;
  /** The newest samples that are not stale. */
  samples(): readonly PerfColumns[];
  /** Time of the newest sample of a type, stale or not, by the array's clock. */
  newestOf(resourceType: ResourceType): number | undefined;
  /** Whether the last run of any kind failed. */
  ailing(): boolean;
  /** Publishes what is known now. */
  publish(): void;
}

export interface KnowledgeOptions {
  readonly settings: BackendSettings;
  readonly tracker: AlertInlet;
  readonly output: BackendOutput;
  readonly log: Log;
  readonly traffic: Readonly<Traffic>;
  readonly now: () => number;
  /** No session, or nothing answers. */
  readonly lost: () => boolean;
  /** The interval performance is really read at. */
  readonly performanceIntervalMs: () => number;
  readonly turns?: () => Capabilities['turns'];
}

export function createKnowledge(options: KnowledgeOptions): Knowledge {
  const { settings, output, log, now } = options;
  const inventory = createInventoryStore();
  const series = createSeriesStore();
  const runs: { [K in CollectionKind]?: RunStatus } = {};
  const problems = new Map<CollectionKind, readonly CallProblem[]>();
  const drops: Record<string, number> = {};
  const unknownValues = new Set<string>();
  let fresh: readonly PerfColumns[] = [];
  let isKnown = false;
  let leftBefore = 0;
  /** Alert polls that failed in a row. */
  let failedPolls = 0;

  const moment = (): Moment => ({ wall: now(), steady: performance.now() });

  function count(reason: string, amount: number): void {
    if (amount === 0) return;
    // A value that nobody knows is not dropped: it is shown as unknown.
    if (reason !== 'unknown_value') drops[reason] = (drops[reason] ?? 0) + amount;
    output.drop(reason, amount);
  }

  /** Up: the last inventory reached the array, and it has not been lost since. */
  function isUp(): boolean | undefined {
    const ended = Object.values(runs);
    if (ended.length === 0) return undefined;
    if (options.lost()) return false;
    return runs.inventory ? runs.inventory.ok : ended.some(({ ok }) => ok);
  }

  const latest = (at = moment()) =>
    series.latest(at, options.performanceIntervalMs(), options.turns?.());

  function snapshot(): Snapshot {
    const at = moment();
    const inventoryTime = inventory.time();
    const activeAlerts = failedPolls < STALE_POLLS ? options.tracker.counts() : undefined;
    return {
      system: settings.name,
      vendor: settings.vendor,
      model: settings.model,
      labels: settings.labels,
      up: isUp() ?? false,
      inventory: inventory.current(at.steady, settings.inventoryIntervalMs),
      wholeLists: inventory.wholeLists(),
      performance: latest(at),
      ...(inventoryTime === undefined ? {} : { inventoryTime }),
      ...(activeAlerts ? { activeAlerts } : {}),
    };
  }

  function status({ inventory: records, performance, activeAlerts }: Snapshot): BackendStatus {
    const { storage, ...lists } = records;
    const up = isUp();
    return {
      name: settings.name,
      vendor: settings.vendor,
      model: settings.model,
      ...(up === undefined ? {} : { up }),
      ...(storage?.serial_number ? { serial_number: storage.serial_number } : {}),
      ...(storage?.firmware_version ? { firmware_version: storage.firmware_version } : {}),
      ...(storage?.model ? { product: storage.model } : {}),
      ...(storage?.access_url ? { access_url: storage.access_url } : {}),
      runs: { ...runs },
      counts: Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.length])),
      series: countRows(performance),
      problems: [...problems.values()].flat(),
      drops: { ...drops },
      ...(unknownValues.size > 0
        ? { unknown_values: [...unknownValues].slice(0, MAX_SHOWN_VALUES) }
        : {}),
      ...(activeAlerts ? { active_alerts: activeAlerts } : {}),
      traffic: { ...options.traffic },
    };
  }

  /** A problem is logged when it changes only, and one cause once, however many calls it failed. */
  function logChanges(kind: CollectionKind, found: readonly CallProblem[]): void {
    const before = new Map(
      problems.get(kind)?.map((problem) => [problem.call, problem.error_type]),
    );
    const elsewhere = new Set(
      Array.from(problems, ([other, list]) => (other === kind ? [] : list.map(causeOf))).flat(),
    );
    const changed = found.filter(({ call, error_type }) => before.get(call) !== error_type);
    for (const [cause, group] of Map.groupBy(changed, causeOf)) {
      const [problem] = group;
      if (!problem || elsewhere.has(cause)) continue;
      const calls = [...new Set(group.map(({ call }) => call))];
      log.warn({ kind, ...problem, call: calls.join(', ') }, 'a collection has a problem');
    }
    for (const { call } of found) before.delete(call);
    if (before.size > 0)
      log.info({ kind, call: [...before.keys()].join(', ') }, 'a problem is over');
  }

  /** What was found, in one line, when the array is read for the first time. */
  function logFirst({ inventory: read, reached }: InventoryRound): void {
    if (isKnown || !reached) return;
    isKnown = true;
    const { storage, ...lists } = read;
    const counts = Object.entries(lists).filter(([name]) => !name.endsWith('_rels'));
    log.info(
      {
        product: storage?.model,
        serial_number: storage?.serial_number,
        firmware_version: storage?.firmware_version,
        ...Object.fromEntries(counts.map(([name, list]) => [name, list.length])),
      },
      'the array is read',
    );
  }

  return {
    report(drop) {
      count(drop.reason, 1);
      if (drop.reason !== 'unknown_value') return;
      const key = `${drop.list}.${drop.field} ${drop.raw}`;
      if (unknownValues.has(key) || unknownValues.size >= MAX_UNKNOWN_VALUES) return;
      unknownValues.add(key);
      log.info(
        { list: drop.list, field: drop.field, value: drop.raw },
        'a value the driver does not know',
      );
    },
    inventory(round) {
      for (const { type, ids } of inventory.add(round, moment())) series.forget(type, ids);
      logFirst(round);
    },
    records: () => inventory.current(performance.now(), settings.inventoryIntervalMs),
    newestSample: series.newest,
    leftOut(left) {
      count('series_limit', Math.max(0, left - leftBefore));
      leftBefore = left;
    },
    performance({ columns, drops: dropped, faults }) {
      const taken = series.add(columns, moment());
      count('invalid_series', dropped.invalidSeries);
      count('invalid_sample', dropped.invalidSamples);
      count('late_sample', taken.late);
      fresh = [...fresh, ...taken.fresh];
      const { steppedBackMs } = taken;
      if (steppedBackMs !== undefined) {
        log.warn(
          { seconds: Math.round(steppedBackMs / 1_000) },
          'the clock of the samples went back',
        );
      }
      return faults.map((fault) => toProblem('collectPerfMetrics', fault));
    },
    run(kind, run, all) {
      const found = all.slice(0, MAX_PROBLEMS);
      logChanges(kind, found);
      problems.set(kind, found);
      runs[kind] = run;
      if (kind === 'alerts') failedPolls = run.ok ? 0 : failedPolls + 1;
      output.run(kind, run, found);
    },
    lastRun: (kind) => runs[kind],
    problems: (kind) => problems.get(kind) ?? [],
    readAt(list) {
      const read = inventory.read(list);
      return read && { ...read, at: now() - (performance.now() - read.at) };
    },
    samples: () => latest(),
    newestOf: series.newestOf,
    ailing: () => Object.values(runs).some(({ ok }) => !ok),
    publish() {
      const current = snapshot();
      const samples = fresh;
      fresh = [];
      output.snapshot(current, samples);
      output.status(status(current));
    },
  };
}

function causeOf({ error_type, message }: CallProblem): string {
  return `${error_type} ${message}`;
}
