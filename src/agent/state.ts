/** What the workers have said, and what it adds up to. */
import type { BackendStatus } from '../backend/status.ts';
import { settingsOf } from '../backend/settings.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { PageStore } from '../telemetry/prometheus/page.ts';
import { createRenderer } from '../telemetry/prometheus/render.ts';
import { countersOf, mergeCounts, type SelfCounts } from '../telemetry/self.ts';
import { VERSION } from '../version.ts';
import type { StatusDocument } from '../web/source.ts';

/** What the workers have said. */
export interface State {
  readonly statuses: Map<string, BackendStatus>;
  readonly counts: Map<number, SelfCounts>;
  readonly retired: SelfCounts[];
  readonly waiting: Set<string>;
  readonly firstRound: Promise<void>;
  settle(system: string): void;
  remove(system: string): void;
  /** A thread is gone: its counters stay, its gauges go. */
  retire(lane: number): void;
}

export function createState(loaded: LoadedConfig): State {
  const waiting = new Set(loaded.config.backends.map(({ name }) => name));
  const first = Promise.withResolvers<void>();
  const state: State = {
    statuses: new Map(),
    counts: new Map(),
    retired: [],
    waiting,
    firstRound: first.promise,
    settle(system) {
      waiting.delete(system);
      if (waiting.size === 0) first.resolve();
    },
    remove(system) {
      state.statuses.delete(system);
      state.settle(system);
    },
    retire(lane) {
      const counts = state.counts.get(lane);
      state.counts.delete(lane);
      if (!counts) return;
      const merged = mergeCounts([...state.retired.splice(0), countersOf(counts)]);
      state.retired.push(merged);
    },
  };
  if (waiting.size === 0) first.resolve();
  return state;
}

/** A system whose worker is gone: it is there, and down. */
export function showDown(
  pages: PageStore,
  loaded: LoadedConfig,
  system: string,
  reason: string,
  state: State,
): void {
  const config = loaded.config.backends.find(({ name }) => name === system);
  if (!config) return;
  const { vendor, model, labels } = settingsOf(config);
  pages.remove(system);
  const { exposition } = createRenderer(Infinity).render({
    system,
    vendor,
    model,
    labels,
    up: false,
    inventory: {},
    performance: [],
  });
  pages.apply(exposition);
  const run = {
    at: Date.now(),
    duration_ms: 0,
    ok: false,
    error_type: 'internal',
    message: `its worker is gone: ${reason}`,
  } as const;
  const known = state.statuses.get(system);
  state.statuses.set(system, {
    name: system,
    vendor,
    model,
    up: false,
    runs: { inventory: run },
    counts: {},
    series: exposition.series,
    problems: [],
    drops: known?.drops ?? {},
    traffic: known?.traffic ?? { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 },
  });
  state.settle(system);
}

export function statusOf(now: {
  readonly state: State;
  readonly startedAt: number;
  readonly lastReloadOk: boolean;
}): StatusDocument {
  const backends = [...now.state.statuses.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    version: VERSION,
    started_at: now.startedAt,
    now: Date.now(),
    ready: now.state.waiting.size === 0,
    waiting: [...now.state.waiting],
    backends,
    warnings: sameArray(backends).map(({ message }) => message),
    config_last_reload_successful: now.lastReloadOk,
  };
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
