/** Collecting: which paths, how far back, and the names of the objects. */
import {
  BackendError,
  flag,
  isObject,
  mapConcurrent,
  NotSupported,
  retry,
  text,
  type DriverContext,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
  type ResourceType,
  type Unit,
} from 'delfin-agent/driver';
import { isBusyError, isRefusal } from './answers.ts';
import type { UnityClient } from './client.ts';
import {
  FAMILIES,
  readUnit,
  TOTALS,
  unitOf,
  type Family,
  type Measure,
  type StatedUnits,
} from './metrics.ts';
import { createPaging, pages, type Reader } from './reader.ts';
import {
  addSample,
  addSeries,
  select,
  toSample,
  toSeries,
  type Sample,
  type Series,
} from './samples.ts';

/** A guard against a server that pages for ever: a day of minutes, whatever its page size. */
const MAX_PAGES = 1_500;
const PATHS_AT_ONCE = 4;
const AGAIN = { attempts: 2, delayMs: 200, again: isFault };
const NEWEST_OF = 'sp.*.storage.lun.*.readsRate';
const NEWEST_WITHOUT_LUNS = 'sp.*.net.device.*.pktsInRate';

export interface Performance {
  units(): Promise<StatedUnits>;
  collect(asked: ResourceMetrics, start: number, end: number): Promise<PerfMetric[]>;
  latest(): Promise<number | undefined>;
}

interface Window {
  readonly start: number;
  readonly end: number;
}

interface Parts {
  readonly client: UnityClient;
  readonly reader: Reader;
  readonly context: DriverContext;
  /** Names of the objects of a type, as far as known. */
  readonly names: (type: ResourceType) => Promise<ReadonlyMap<string, string>>;
}

export function createPerformance({ client, reader, context, names }: Parts): Performance {
  /** Paths that this array does not know: a static fact. */
  const unknown = new Set<string>();
  let stated: Promise<StatedUnits> | undefined;

  async function readSamples(path: string, start: number, failures: unknown[]) {
    if (unknown.has(path)) return undefined;
    try {
      return await retry(AGAIN, () => historyOf(client, path, start));
    } catch (error) {
      if (!isRefusal(error) && !isFault(error)) throw error;
      if (error instanceof NotSupported) unknown.add(path);
      if (isFault(error)) failures.push(error);
      context.log.warn({ err: error, path }, 'a metric is left out: the array refuses it');
      return undefined;
    }
  }

  /** One family after the other: the samples of one are gone before those of the next come. */
  async function collectFamily(
    family: Family,
    asked: ResourceMetrics,
    window: Window,
    failures: unknown[],
  ) {
    const read = await mapConcurrent(family.measures, PATHS_AT_ONCE, ({ path }) =>
      readSamples(path, window.start, failures),
    );
    const samples = new Map(family.measures.map(({ path }, index) => [path, read[index]]));
    const series = seriesOf(family, samples, window);
    const units = await performance.units();
    const labels = await names(family.resourceType);
    const metrics: PerfMetric[] = [];
    for (const [name, { unit, byId }] of withTotals(family, series, units)) {
      if (!asked[family.resourceType]?.[name]) continue;
      for (const [id, values] of byId) {
        metrics.push(toMetric({ name, unit, values, id, label: labels.get(id), family, context }));
      }
    }
    return { metrics, isSilent: read.every((found) => !found?.length) };
  }

  async function collect(asked: ResourceMetrics, start: number, end: number) {
    const collected: PerfMetric[][] = [];
    const failures: unknown[] = [];
    let isSilent = true;
    for (const family of FAMILIES) {
      const parts = needed(family, asked);
      const measures = family.measures.filter(({ name }) => parts.has(name));
      if (measures.length === 0) continue;
      const window = { start, end };
      const found = await collectFamily({ ...family, measures }, asked, window, failures);
      collected.push(found.metrics);
      isSilent &&= found.isSilent;
    }
    if (isSilent && failures.length > 0) throw failures[0];
    if (isSilent && collected.length > 0) await explainSilence(reader);
    return collected.flat();
  }

  const performance: Performance = {
    async units() {
      try {
        return await (stated ??= statedUnits(reader));
      } catch (error) {
        stated = undefined;
        throw error;
      }
    },
    collect,
    async latest() {
      for (const path of [NEWEST_OF, NEWEST_WITHOUT_LUNS]) {
        const newest = await newestOf(client, path);
        if (newest !== undefined) return newest;
      }
      return undefined;
    },
  };
  return performance;
}

/** The array fails over one path: a fault that stays costs that path only. */
function isFault(error: unknown): boolean {
  return error instanceof BackendError && !isBusyError(error) && !isRefusal(error);
}

/** The measures of a family that the ones asked for are made of. */
function needed(family: Family, asked: ResourceMetrics): Set<MetricName> {
  const names = new Set<MetricName>();
  const wanted = asked[family.resourceType] ?? {};
  for (const { name } of family.measures) if (wanted[name]) names.add(name);
  for (const { name, parts } of TOTALS) {
    if (!wanted[name] || !family.measures.some((measure) => measure.name === parts[0])) continue;
    for (const part of parts) names.add(part);
  }
  return names;
}

async function historyOf(client: UnityClient, path: string, start: number): Promise<Sample[]> {
  const found = new Map<string, Sample>();
  let read = 0;
  for await (const page of pages(client, 'metricValue', queryOf(path), createPaging())) {
    const samples = page.flatMap((content) => toSample(content) ?? []);
    const fresh = samples.filter((sample) => addSample(found, sample));
    read += 1;
    // A server that knows no paging sends the same again.
    if (fresh.length === 0) break;
    if (read >= MAX_PAGES || isPast(samples, start)) break;
  }
  return [...found.values()];
}

function queryOf(path: string) {
  return { filter: `path EQ "${path}"`, compact: true, page: 1 };
}

/** Newest first: once a page reaches back behind the start, the rest is older still. */
function isPast(samples: readonly Sample[], start: number): boolean {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) return false;
  return last.time < start && first.time >= last.time;
}

async function newestOf(client: UnityClient, path: string): Promise<number | undefined> {
  try {
    for await (const page of pages(client, 'metricValue', queryOf(path), createPaging())) {
      const times = page.flatMap((content) => {
        const sample = toSample(content);
        return sample && Object.keys(sample.values).length > 0 ? [sample.time] : [];
      });
      if (times.length > 0) return Math.max(...times);
    }
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  return undefined;
}

function seriesOf(
  family: Family,
  samples: ReadonlyMap<string, readonly Sample[] | undefined>,
  { start, end }: Window,
): Map<Measure, Series> {
  const inWindow = new Map(
    family.measures.map((measure) => [
      measure.name,
      select(samples.get(measure.path) ?? [], start, end),
    ]),
  );
  return new Map(
    family.measures.map((measure) => [
      measure,
      toSeries(measure, inWindow.get(measure.name) ?? [], inWindow),
    ]),
  );
}

interface Stated {
  readonly unit: Unit;
  readonly byId: Series;
}

function withTotals(
  family: Family,
  series: ReadonlyMap<Measure, Series>,
  units: StatedUnits,
): Map<MetricName, Stated> {
  const result = new Map<MetricName, Stated>();
  for (const [measure, byId] of series) {
    result.set(measure.name, { unit: unitOf(measure, units), byId });
  }
  for (const { name, parts } of TOTALS) {
    const [first, second] = [result.get(parts[0]), result.get(parts[1])];
    if (!first || !second || first.unit !== second.unit) continue;
    result.set(name, { unit: first.unit, byId: addSeries(first.byId, second.byId) });
  }
  return result;
}

interface Labelled {
  readonly name: MetricName;
  readonly unit: Unit;
  readonly id: string;
  readonly label: string | undefined;
  readonly values: Readonly<Record<number, number>>;
  readonly family: Family;
  readonly context: DriverContext;
}

function toMetric({ name, unit, id, label, values, family, context }: Labelled): PerfMetric {
  return {
    name,
    labels: {
      storage_id: context.storageId,
      resource_type: family.resourceType,
      resource_id: id,
      ...(label === undefined ? {} : { resource_name: label }),
      type: 'RAW',
      unit,
    },
    values,
  };
}

/** The array's own catalogue of metrics; without it the table's units hold. */
async function statedUnits(reader: Reader): Promise<StatedUnits> {
  const metrics = await reader.allIfAny('metric', { filter: 'isHistoricalAvailable eq true' });
  const paths = new Set(FAMILIES.flatMap(({ measures }) => measures.map(({ path }) => path)));
  return new Map(
    metrics.flatMap((metric) => {
      const path = text(metric['path']) ?? '';
      const unit = readUnit(text(metric['unitDisplayString']));
      return paths.has(path) && unit !== undefined ? [[path, unit] as const] : [];
    }),
  );
}

/** No sample at all: the service that keeps them may be switched off. @throws BackendError then. */
async function explainSilence(reader: Reader): Promise<void> {
  const [service] = await reader.allIfAny('metricService');
  if (isObject(service) && flag(service['isHistoricalEnabled']) === false) {
    throw new BackendError(
      'history-disabled',
      'the array records no historical metrics; switch them on in Unisphere (or uemcli /metrics/service set -historyEnabled yes)',
    );
  }
}
