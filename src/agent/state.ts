/** What the workers have said, and what it adds up to. Every configured array is here from the start. */
import type { Snapshot } from '../backend/snapshot.ts';
import type { BackendStatus } from '../backend/status.ts';
import { settingsOf } from '../backend/settings.ts';
import type { BackendConfig } from '../config/schema.ts';
import type { Egress } from '../egress/egress.ts';
import type { PageStore } from '../telemetry/prometheus/page.ts';
import { createRenderer } from '../telemetry/prometheus/render.ts';
import type { ExportFailure } from '../telemetry/otlp/outgoing.ts';
import { countersOf, mergeCounts, type SelfCounts } from '../telemetry/self.ts';
import { VERSION } from '../version.ts';
import type { ArrayDocument, StatusDocument } from '../web/source.ts';
import type { Supervisor } from '../worker/supervisor.ts';

export interface State {
  readonly statuses: ReadonlyMap<string, BackendStatus>;
  /** Resolves when every backend's first round has ended. */
  readonly firstRound: Promise<void>;
  /** Every array has answered or failed once; or the wait for that is over. */
  readonly ready: boolean;
  readonly waiting: readonly string[];
  /** The arrays there are. What is new is shown as starting, what is gone is forgotten. */
  retain(backends: readonly BackendConfig[]): void;
  has(system: string): boolean;
  /** It begins anew: what it said before is void. */
  starting(system: string): void;
  /** Whether it is another array than before, or the first time that it is known. */
  status(status: BackendStatus): boolean;
  /** Its first round has ended. */
  settle(system: string): void;
  /** Its worker is gone. */
  lost(system: string, reason: string): void;
  /** Nobody waits any longer for arrays that have not answered. */
  stopWaiting(): void;
  /** Counts of a thread. */
  counts(lane: number, counts: SelfCounts): void;
  /** A thread is gone: its counters stay, its gauges go. */
  retire(lane: number): void;
  allCounts(): SelfCounts;
}

/** `alertsOf`: what is known of an array's alerts while it has no home. */
export function createState(
  pages: PageStore,
  alertsOf: (system: string) => Snapshot['activeAlerts'] = () => undefined,
): State {
  const configs = new Map<string, BackendConfig>();
  const statuses = new Map<string, BackendStatus>();
  const counts = new Map<number, SelfCounts>();
  /** Not answered yet, and first round not ended yet. */
  const silent = new Set<string>();
  const unsettled = new Set<string>();
  const first = Promise.withResolvers<void>();
  let retired: SelfCounts = new Map();
  let patient = true;

  function settle(system: string): void {
    silent.delete(system);
    unsettled.delete(system);
    if (unsettled.size === 0) first.resolve();
  }

  /** It is there and down; `reason`: why nothing is known of it. */
  function showDown(system: string, reason?: string): void {
    const config = configs.get(system);
    if (!config) return;
    const { vendor, model, labels } = settingsOf(config);
    const identity = { system, vendor, model, labels };
    const activeAlerts = alertsOf(system);
    const { exposition } = createRenderer(Infinity).render({
      ...identity,
      up: false,
      inventory: {},
      performance: [],
      ...(activeAlerts ? { activeAlerts } : {}),
    });
    pages.remove(system);
    pages.apply(exposition);
    const known = statuses.get(system);
    statuses.set(system, {
      name: system,
      vendor,
      model,
      ...(reason === undefined ? {} : { up: false }),
      runs: reason === undefined ? {} : { inventory: failedRun(reason) },
      counts: {},
      series: exposition.series,
      problems: [],
      drops: known?.drops ?? {},
      traffic: known?.traffic ?? { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 },
    });
  }

  return {
    statuses,
    firstRound: first.promise,
    get ready() {
      return !patient || silent.size === 0;
    },
    get waiting() {
      return [...silent];
    },
    retain(backends) {
      const names = new Set(backends.map(({ name }) => name));
      for (const system of configs.keys()) {
        if (names.has(system)) continue;
        configs.delete(system);
        statuses.delete(system);
        pages.remove(system);
        settle(system);
      }
      for (const backend of backends) {
        const isNew = !configs.has(backend.name);
        configs.set(backend.name, backend);
        if (!isNew) continue;
        showDown(backend.name);
        silent.add(backend.name);
        unsettled.add(backend.name);
      }
      if (unsettled.size === 0) first.resolve();
    },
    has: (system) => configs.has(system),
    starting: (system) => showDown(system),
    status(status) {
      if (!configs.has(status.name)) return false;
      const before = statuses.get(status.name)?.serial_number;
      statuses.set(status.name, status);
      if (status.runs.inventory) silent.delete(status.name);
      return status.serial_number !== before;
    },
    settle,
    lost: (system, reason) => showDown(system, `its worker is gone: ${reason}`),
    stopWaiting() {
      patient = false;
    },
    counts: (lane, told) => void counts.set(lane, told),
    retire(lane) {
      const gone = counts.get(lane);
      counts.delete(lane);
      if (gone) retired = mergeCounts([retired, countersOf(gone)]);
    },
    allCounts: () => mergeCounts([...counts.values(), retired]),
  };
}

function failedRun(message: string) {
  return { at: Date.now(), duration_ms: 0, ok: false, error_type: 'internal', message } as const;
}

export function statusOf(now: {
  readonly state: State;
  readonly startedAt: number;
  readonly lastReloadOk: boolean;
  readonly exportFailures: readonly ExportFailure[];
}): StatusDocument {
  const backends = [...now.state.statuses.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    version: VERSION,
    started_at: now.startedAt,
    now: Date.now(),
    ready: now.state.ready,
    waiting: now.state.waiting,
    backends,
    warnings: sameArray(backends).map(({ message }) => message),
    config_last_reload_successful: now.lastReloadOk,
    export_failures: now.exportFailures,
  };
}

/** undefined: there is no such array. What doesn't answer soon is left out. */
export async function documentOf(
  system: string,
  ask: {
    readonly state: State;
    readonly supervisor: Pick<Supervisor, 'details'>;
    readonly egress: Pick<Egress, 'active'>;
  },
): Promise<ArrayDocument | undefined> {
  const known = () => ask.state.statuses.get(system);
  if (!known()) return undefined;
  const [details, alerts] = await Promise.all([
    ask.supervisor.details(system),
    ask.egress.active(system),
  ]);
  const status = known();
  return (
    status && {
      ...status,
      now: Date.now(),
      ...(details ? { details } : {}),
      ...(alerts ? { alerts } : {}),
    }
  );
}

/** Two backends that are one array would be two sets of series of the same thing. */
export function sameArray(
  backends: readonly BackendStatus[],
): { names: readonly string[]; message: string }[] {
  const bySerial = new Map<string, string[]>();
  for (const { name, vendor, serial_number } of backends) {
    if (serial_number === undefined) continue;
    const key = `${vendor} ${serial_number}`;
    bySerial.set(key, [...(bySerial.get(key) ?? []), name].sort());
  }
  return [...bySerial].flatMap(([key, names]) =>
    names.length > 1
      ? [
          {
            names,
            message: `${names.join(' and ')} are the same array (${key}): remove one of them`,
          },
        ]
      : [],
  );
}
