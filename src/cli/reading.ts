/** Everything one array can report, once: what `inspect`, `plan` and `explain` start from. */
import {
  collectAlerts,
  collectInventory,
  collectPerformance,
  readCapabilities,
  readNewestSampleTime,
  toProblem,
  type CallProblem,
} from '../backend/collect.ts';
import { seriesOf, type PerfSeries } from '../backend/columns.ts';
import { LISTS } from '../backend/lists.ts';
import type { Inventory, PerfColumns } from '../backend/snapshot.ts';
import { nextWindow } from '../backend/window.ts';
import { LIST_NAMES, type ListName } from '../config/schema.ts';
import { baseUnit } from '../telemetry/units.ts';
import { NotSupported } from '../driver/errors.ts';
import type { Alert } from '../driver/alerts.ts';
import type { Capabilities } from '../driver/metrics.ts';
import type { OneBackend } from './context.ts';
import type { Inspection } from './inspection.ts';

export interface ReadOptions {
  readonly only?: readonly string[];
  readonly start?: number;
  readonly end?: number;
}

/** Parts of the document beside the lists. */
const OTHER_PARTS = ['storage', 'capabilities', 'alerts', 'performance'] as const;
export const PARTS: readonly string[] = [...LIST_NAMES, ...OTHER_PARTS];

export interface Reading {
  readonly document: Inspection;
  /** Why there is nothing to show. */
  readonly failure: CallProblem | undefined;
  readonly inventory: Inventory;
  readonly capabilities: Capabilities | undefined;
  readonly performance: readonly PerfColumns[];
  readonly alerts: readonly Alert[] | undefined;
}

export async function readBackend(backend: OneBackend, options: ReadOptions): Promise<Reading> {
  const { collector, settings } = backend;
  const wants = (part: string) => !options.only || options.only.includes(part);
  const progress = createProgress(settings.name);
  const problems: CallProblem[] = [];
  const attempt = async <T>(call: string, work: () => Promise<T | undefined>) => {
    progress(call);
    try {
      return await work();
    } catch (error) {
      problems.push(toProblem(call, error));
      if (error instanceof NotSupported) backend.log.debug({ err: error }, 'not supported');
      return undefined;
    }
  };

  // Nothing else can work if the array can't be opened: one message, not twenty.
  const opened = await attempt('open', () => collector.session.offers('getStorage'));
  if (opened === undefined) {
    const document = { ...head(backend), problems, requests: backend.traffic.requests };
    return { ...NOTHING, document, failure: problems[0] };
  }
  const capabilities = await attempt('getCapabilities', () =>
    readCapabilities(collector, settings.resources),
  );
  progress('inventory');
  const round = await collectInventory(collector, (list: ListName) => wants(list));
  problems.push(...round.problems);
  const tell = (problem: CallProblem) => void problems.push(problem);
  const alerts = wants('alerts')
    ? await attempt('listAlerts', () => collectAlerts(collector, {}, tell))
    : undefined;
  const performance = wants('performance')
    ? await attempt('collectPerfMetrics', () => readPerformance(backend, capabilities, options))
    : undefined;
  problems.push(...backend.partial.take());
  progress(undefined);

  const inventory: Record<string, unknown> = { ...round.inventory };
  const lists = LISTS.filter(({ name }) => wants(name)).map((list) => {
    if (list.parts.length === 1) return [list.name, inventory[list.name]];
    const parts = list.parts.map((part) => [part.name, inventory[part.name]] as const);
    return [
      list.name,
      parts.some(([, records]) => records) ? Object.fromEntries(parts) : undefined,
    ];
  });
  const document: Inspection = {
    ...head(backend),
    ...(wants('capabilities') ? { capabilities: capabilities ?? {} } : {}),
    ...(wants('storage') ? { storage: inventory['storage'] } : {}),
    ...(Object.fromEntries(lists) as Record<string, unknown>),
    ...(wants('alerts') ? { alerts } : {}),
    ...(wants('performance') ? { performance: performance && toDocuments(performance) } : {}),
    problems,
    requests: backend.traffic.requests,
  };
  const failure = problems.find(({ call }) => call === 'getStorage');
  return {
    document,
    failure: inventory['storage'] ? undefined : failure,
    inventory: round.inventory,
    capabilities,
    performance: performance ?? [],
    alerts,
  };
}

const NOTHING = { inventory: {}, capabilities: undefined, performance: [], alerts: undefined };

function head({ settings }: OneBackend): { backend: string; vendor: string; model: string } {
  return { backend: settings.name, vendor: settings.vendor, model: settings.model };
}

async function readPerformance(
  backend: OneBackend,
  capabilities: Capabilities | undefined,
  options: ReadOptions,
): Promise<readonly PerfColumns[] | undefined> {
  if (!capabilities) return undefined;
  const { collector, settings } = backend;
  // A call of ours: a recording knows when it was.
  const now = backend.begin('performance');
  const newest =
    options.end === undefined ? await readNewestSampleTime(collector, capabilities) : undefined;
  const window = nextWindow(capabilities, {
    newest,
    now: options.end ?? now,
    intervalMs: settings.performanceIntervalMs,
    lastGoodEnd: undefined,
  });
  const start = options.start ?? window.start;
  const end = options.end ?? window.end;
  const { columns, faults } = await collectPerformance(
    collector,
    capabilities.resource_metrics,
    { start, end },
    now,
  );
  for (const fault of faults) backend.partial.add('collectPerfMetrics', fault);
  return columns;
}

function toDocuments(columns: readonly PerfColumns[]): unknown[] {
  return Array.from(seriesOf(columns), toDocument);
}

function toDocument(series: PerfSeries): unknown {
  return {
    name: series.name,
    resource_type: series.resource_type,
    resource_id: series.resource_id,
    resource_name: series.resource_name,
    unit: baseUnit(series.name),
    values: Object.fromEntries(series.times.map((time, index) => [time, series.values[index]])),
  };
}

/** What is being read, on a terminal only; gone when the result is printed. */
function createProgress(name: string): (call: string | undefined) => void {
  if (!process.stderr.isTTY) return () => {};
  return (call) => {
    process.stderr.write(call === undefined ? '\r\u001B[K' : `\r\u001B[K${name}: ${call} ...`);
  };
}
