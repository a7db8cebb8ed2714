/**
 * The System Reporter's at-time reports over a window: each is about one time, the newest not after
 * the end that is asked for, so the window is walked from its end to its beginning.
 */
import {
  NotSupported,
  type DriverContext,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import { isRefusal } from './lookups.ts';
import { createStore, type Report, type Sample, type SeriesStore } from './metrics.ts';
import type { Fetch, Source, Sources } from './sources.ts';

/** Samples are five minutes apart; a window of two hours has 24. */
const MAX_REPORTS = 300;
const SAMPLE_INTERVAL_MS = 300_000;
/** No array samples more often than once a minute. */
const SHORTEST_INTERVAL_MS = 60_000;

export interface Window {
  readonly startTime: number;
  readonly endTime: number;
}

export async function collect(
  sources: Sources,
  asked: ResourceMetrics,
  window: Window,
  context: DriverContext,
): Promise<PerfMetric[]> {
  const store = createStore(context.storageId, asked);
  const failures: unknown[] = [];
  let succeeded = 0;
  for (const [type, candidates] of sources) {
    if (!asked[type] && !(type === 'volume' && asked.storage)) continue;
    try {
      await collectType(candidates, window, store, context);
      succeeded += 1;
    } catch (error) {
      // A lost connection or a busy array ends the run, so that the window is asked for again.
      if (!isFault(error)) throw error;
      context.log.warn({ type, err: error }, 'no performance data of this type');
      failures.push(error);
    }
  }
  if (failures.length > 0 && succeeded === 0) throw failures[0];
  return store.metrics();
}

/** The report itself is at fault: another one may be right. */
function isFault(error: unknown): boolean {
  return isRefusal(error) && !(error instanceof NotSupported);
}

/** The first source that works; if the array supports none, the type is missing. */
async function collectType(
  candidates: readonly Source[],
  window: Window,
  store: SeriesStore,
  context: DriverContext,
): Promise<void> {
  let fault: unknown;
  for (const source of candidates) {
    try {
      for await (const report of reportsIn(source.fetch, window)) {
        await addReport(source, report, store, context.storageId);
      }
      return;
    } catch (error) {
      if (!(error instanceof NotSupported) && !isFault(error)) throw error;
      if (!(error instanceof NotSupported)) fault ??= error;
      context.log.debug({ type: source.type, error }, 'report refused');
    }
  }
  if (fault !== undefined) throw fault;
}

async function addReport(
  source: Source,
  report: Report,
  store: SeriesStore,
  storageId: string,
): Promise<void> {
  for (const sample of averaged(report.samples)) {
    const resource = await source.resolve(sample);
    if (!resource?.id) continue;
    store.add(
      { type: source.type, id: resource.id, name: resource.name },
      report.time,
      sample.values,
    );
  }
  if (source.overall && report.overall) {
    store.add({ type: 'storage', id: storageId, name: undefined }, report.time, report.overall);
  }
}

/** A node whose processors are reported one by one has their average; anything else comes once. */
function averaged(samples: readonly Sample[]): readonly Sample[] {
  if (samples.every(({ values }) => values.cpuUsage === undefined)) return samples;
  const byNode = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = JSON.stringify(sample.key);
    byNode.set(key, [...(byNode.get(key) ?? []), sample]);
  }
  return Array.from(byNode.values(), (cpus) => {
    const total = cpus.reduce((sum, { values }) => sum + (values.cpuUsage ?? 0), 0);
    return { key: cpus[0]?.key ?? {}, values: { cpuUsage: total / cpus.length } };
  });
}

/** Every report of the window once, newest first. */
async function* reportsIn(fetch: Fetch, { startTime, endTime }: Window): AsyncGenerator<Report> {
  const begin = Math.ceil(startTime / 1000);
  const seen = new Set<number>();
  let end = Math.floor(endTime / 1000);
  let stuck = false;
  for (let count = 0; count < MAX_REPORTS && end >= begin; count += 1) {
    const reports = await fetch({ begin, end });
    const fresh = reports.filter(({ time }) => !seen.has(time));
    for (const report of fresh) {
      seen.add(report.time);
      if (report.time >= startTime && report.time <= endTime) yield report;
    }
    const oldest = Math.min(...fresh.map(({ time }) => time));
    if (reports.length === 0 || oldest - SHORTEST_INTERVAL_MS < startTime) return;
    // An array that answers with the nearest time repeats itself until it is asked for an earlier one.
    if (fresh.length === 0 && stuck) return;
    stuck = fresh.length === 0;
    end = stuck ? end - SAMPLE_INTERVAL_MS / 1000 : Math.min(end, Math.floor(oldest / 1000)) - 1;
  }
}

/** The time of the newest report: samples of all types are taken at the same time. */
export async function latestTime(sources: Sources): Promise<number | undefined> {
  for (const source of [...(sources.get('disk') ?? []), ...(sources.get('storagePool') ?? [])]) {
    try {
      const times = (await source.fetch()).map(({ time }) => time);
      if (times.length > 0) return Math.max(...times);
    } catch (error) {
      if (!(error instanceof NotSupported)) throw error;
    }
  }
  return undefined;
}
