/** `plan BACKEND`: what the rounds of an array will ask for and publish, measured by one of each. */
import { createRecorder } from '../recording/recorder.ts';
import { isExchange } from '../recording/exchange.ts';
import type { BackendSettings } from '../backend/settings.ts';
import { UsageError, withBackend, type CommonOptions } from './context.ts';
import { readBackend } from './reading.ts';
import { seriesOfReading } from './series.ts';
import { printable } from './tables.ts';

interface Cost {
  readonly requests: number;
  /** Time that the answers took, one after the other. */
  readonly seconds: number;
}

const KINDS = ['inventory', 'performance', 'alerts', 'session'] as const;
type Kind = (typeof KINDS)[number];

/** Calls of the contract that are not of the inventory. */
const KIND_OF: Readonly<Record<string, Kind>> = {
  collectPerfMetrics: 'performance',
  getLatestPerfTimestamp: 'performance',
  listAlerts: 'alerts',
  open: 'session',
  close: 'session',
};

export async function plan(
  name: string,
  options: CommonOptions & { readonly format: 'table' | 'json' },
): Promise<void> {
  const recorder = createRecorder();
  const { settings, reading, series } = await withBackend(
    name,
    options,
    async (backend) => {
      const found = await readBackend(backend, {});
      const all = seriesOfReading(backend, found, Date.now());
      return { settings: backend.settings, reading: found, series: all };
    },
    { reach: recorder },
  );
  if (reading.failure) throw new UsageError(`${name}: ${reading.failure.message}`);
  const calls = new Map<string, Cost>();
  for (const entry of recorder.entries) {
    if (!isExchange(entry)) continue;
    const call = entry.call ?? 'open';
    const { requests, seconds } = calls.get(call) ?? { requests: 0, seconds: 0 };
    calls.set(call, { requests: requests + 1, seconds: seconds + entry.ms / 1_000 });
  }
  const rounds = roundsOf(calls, settings);
  const document = {
    backend: name,
    vendor: settings.vendor,
    model: settings.model,
    rounds,
    ...loadOf(rounds, settings),
    calls: Array.from(calls, ([call, cost]) => ({ call, ...rounded(cost) })),
    series: series.length,
    families: countFamilies(series),
    problems: reading.document.problems,
  };
  if (options.format === 'json') process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else print(document);
}

function roundsOf(calls: ReadonlyMap<string, Cost>, settings: BackendSettings) {
  const every: Readonly<Record<Kind, number | undefined>> = {
    inventory: settings.inventoryIntervalMs / 1_000,
    performance: settings.performanceIntervalMs / 1_000,
    alerts: settings.alertsIntervalMs / 1_000,
    session: undefined,
  };
  return KINDS.map((kind) => {
    const costs = Array.from(calls).filter(([call]) => (KIND_OF[call] ?? 'inventory') === kind);
    return { kind, ...rounded(sum(costs.map(([, cost]) => cost))), interval_seconds: every[kind] };
  });
}

/** Against the budget: so many requests may be under way at the same time. */
function loadOf(rounds: ReturnType<typeof roundsOf>, { maxInFlight }: BackendSettings) {
  const perMinute = (of: 'requests' | 'seconds') =>
    rounds.reduce((all, one) => all + (one[of] * 60) / (one.interval_seconds ?? Infinity), 0);
  return {
    requests_per_minute: round(perMinute('requests')),
    max_in_flight: maxInFlight,
    /** Part of the time that the places of the budget are taken. */
    budget_used: round(perMinute('seconds') / (60 * maxInFlight)),
  };
}

function sum(costs: readonly Cost[]): Cost {
  return costs.reduce(
    (all, { requests, seconds }) => ({ requests: all.requests + requests, seconds: all.seconds + seconds }),
    { requests: 0, seconds: 0 },
  ); // prettier-ignore
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
const rounded = ({ requests, seconds }: Cost): Cost => ({ requests, seconds: round(seconds) });

function countFamilies(series: readonly { family: { name: string } }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { family } of series) counts[family.name] = (counts[family.name] ?? 0) + 1;
  return counts;
}

interface Plan {
  readonly backend: string;
  readonly rounds: ReturnType<typeof roundsOf>;
  readonly requests_per_minute: number;
  readonly max_in_flight: number;
  readonly budget_used: number;
  readonly calls: readonly (Cost & { readonly call: string })[];
  readonly series: number;
  readonly families: Readonly<Record<string, number>>;
  readonly problems: readonly { readonly call: string; readonly message: string }[];
}

function print(document: Plan): void {
  const lines = [
    `${document.backend}: ${document.requests_per_minute} requests a minute, ${document.max_in_flight} at the same time; they take ${round(100 * document.budget_used)} % of the budget`,
    '',
    ...document.rounds.map(
      ({ kind, requests, seconds, interval_seconds: every }) =>
        `${kind.padEnd(12)} ${String(requests).padStart(6)} requests ${seconds.toFixed(1).padStart(8)} s${every === undefined ? '' : `  every ${every} s`}`,
    ),
    '',
    ...document.calls.map(
      ({ call, requests, seconds }) =>
        `${call.padEnd(28)} ${String(requests).padStart(6)} requests ${seconds.toFixed(1).padStart(8)} s`,
    ),
    '',
    `series: ${document.series}`,
    ...Object.entries(document.families).map(
      ([name, count]) => `${String(count).padStart(8)} ${name}`,
    ),
    ...document.problems.map(({ call, message }) => `problem: ${call}: ${printable(message)}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
