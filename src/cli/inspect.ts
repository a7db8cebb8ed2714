/** `inspect BACKEND`: everything one array can report, once. */
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
import { nextWindow } from '../backend/window.ts';
import { LIST_NAMES, type ListName } from '../config/schema.ts';
import { baseUnit } from '../telemetry/units.ts';
import { NotSupported } from '../driver/errors.ts';
import type { Capabilities } from '../driver/metrics.ts';
import { UsageError, withBackend, type CommonOptions, type OneBackend } from './context.ts';
import type { Inspection } from './inspection.ts';
import { printTables } from './tables.ts';

export interface InspectOptions extends CommonOptions {
  readonly format: 'table' | 'json';
  readonly only?: readonly string[];
  readonly start?: number;
  readonly end?: number;
}

/** Parts of the document that `--only` may name beside the lists. */
const OTHER_PARTS = ['storage', 'capabilities', 'alerts', 'performance'] as const;

export async function inspect(name: string, options: InspectOptions): Promise<void> {
  const known: readonly string[] = [...LIST_NAMES, ...OTHER_PARTS];
  const wrong = options.only?.find((part) => !known.includes(part));
  if (wrong) throw new UsageError(`--only: no part "${wrong}"; parts are ${known.join(', ')}`);
  const { document, failure } = await withBackend(name, options, (backend) =>
    read(backend, options),
  );
  if (options.format === 'json') process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else printTables(document);
  if (failure) throw new UsageError(`${name}: ${failure.message}`);
}

async function read(
  backend: OneBackend,
  options: InspectOptions,
): Promise<{ document: Inspection; failure: CallProblem | undefined }> {
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
    return { document, failure: problems[0] };
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
    ...(wants('performance') ? { performance } : {}),
    problems,
    requests: backend.traffic.requests,
  };
  const failure = problems.find(({ call }) => call === 'getStorage');
  return { document, failure: inventory['storage'] ? undefined : failure };
}

function head({ settings }: OneBackend): { backend: string; vendor: string; model: string } {
  return { backend: settings.name, vendor: settings.vendor, model: settings.model };
}

async function readPerformance(
  backend: OneBackend,
  capabilities: Capabilities | undefined,
  options: InspectOptions,
): Promise<unknown> {
  if (!capabilities) return undefined;
  const { collector, settings } = backend;
  const now = Date.now();
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
