/** Collecting: which paths, how far back, and the names of the objects. */
import {
  BackendError,
  createSeries,
  flag,
  InvalidResponse,
  isPartial,
  isRefusal,
  isVendorsWord,
  NotSupported,
  text,
  type DriverContext,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { readNames } from './inventory.ts';
import {
  FAMILIES,
  needed,
  readUnit,
  TOTALS,
  unitOf,
  type Family,
  type StatedUnits,
} from './metrics.ts';
import { forEachMoment, joined, sampleKey, select, toSample, type Sample } from './samples.ts';

/** A guard against a server that pages for ever: a day of minutes, whatever its page size. */
const MAX_PAGES = 1_500;
const NEWEST_OF = 'sp.*.storage.lun.*.readsRate';
const NEWEST_WITHOUT_LUNS = 'sp.*.net.device.*.bytesInRate';

export interface Performance {
  units(): Promise<StatedUnits>;
  collect(asked: ResourceMetrics, start: number, end: number): Promise<readonly PerfMetric[]>;
  latest(): Promise<number | undefined>;
}

export function createPerformance(client: Client, context: DriverContext): Performance {
  const { parts } = client;
  let stated: StatedUnits | undefined;

  /** The array's own catalogue, read once. Undefined: it has one, which can't be read. */
  async function units(): Promise<StatedUnits | undefined> {
    try {
      stated ??= await statedUnits(client);
      return stated;
    } catch (error) {
      if (!isPartial(error)) throw error;
      parts.tell(error);
      return error instanceof NotSupported ? new Map() : undefined;
    }
  }

  /** Undefined: the array refuses this path in its own words, which is told. */
  async function history(path: string, start: number): Promise<readonly Sample[] | undefined> {
    try {
      return await readHistory(client, path, start);
    } catch (error) {
      if (!isVendorsWord(error)) throw error;
      parts.tell(new NotSupported(error.message, { cause: error }));
      return undefined;
    }
  }

  /** One family after the other: the samples of one are gone before those of the next come. */
  async function collectFamily(
    family: Family,
    asked: ResourceMetrics,
    { start, end }: { readonly start: number; readonly end: number },
  ): Promise<readonly PerfMetric[] | undefined> {
    const { resourceType: type, measures } = family;
    const read = await parts.children(measures, async ({ path }) => ({
      found: await history(path, start),
    }));
    if (read.every((one) => one && !one.found)) return undefined;
    const samples = new Map<MetricName, ReadonlyMap<number, Sample>>();
    for (const [index, { name }] of measures.entries()) {
      const found = read[index]?.found;
      if (found) samples.set(name, select(found, start, end));
    }
    const names = await readNames(client, type);
    const wanted = inUnits(asked, family, await units());
    const series = createSeries(context, wanted, { start, end });
    forEachMoment(family, samples, (time, id, values) => {
      series.add({ type, id, name: names.get(id) }, time, values);
    });
    return series.metrics();
  }

  return {
    units: async () => (await units()) ?? new Map(),
    async collect(asked, start, end) {
      const families = FAMILIES.flatMap((family) => {
        const measures = needed(family, asked);
        return measures.length > 0 ? [{ ...family, measures }] : [];
      });
      if (families.length === 0) return [];
      const metrics = await parts.union(
        families.map((family) => () => collectFamily(family, asked, { start, end })),
      );
      if (metrics.length === 0) await explainSilence(client);
      return metrics;
    },
    async latest() {
      for (const path of [NEWEST_OF, NEWEST_WITHOUT_LUNS]) {
        const newest = await newestOf(client, path);
        if (newest !== undefined) return newest;
      }
      return undefined;
    },
  };
}

/** What was asked for of a family, in the array's units. Without its word no amount has a unit. */
function inUnits(
  asked: ResourceMetrics,
  { resourceType, measures }: Family,
  units: StatedUnits | undefined,
): ResourceMetrics {
  const wanted = asked[resourceType] ?? {};
  const entries = measures.flatMap((measure) => {
    const { name } = measure;
    const total = TOTALS.find(({ parts }) => parts[0] === name)?.name;
    const unit =
      units || !STATED.test(measure.unit) ? unitOf(measure, units ?? new Map()) : undefined;
    return [name, total].flatMap((one) => {
      const known = one && wanted[one];
      return known && unit !== undefined ? [[one, { ...known, unit }] as const] : [];
    });
  });
  return { [resourceType]: Object.fromEntries(entries) };
}

/** Units of which arrays have several. */
const STATED = /B|us/;

async function readHistory(client: Client, path: string, start: number): Promise<Sample[]> {
  const told = (error: Error) => client.parts.tell(error, `the history of ${path} may be longer`);
  const contents = await client.pages('metricValue', {
    query: queryOf(path),
    key: sampleKey,
    tell: told,
    enough(page, count) {
      if (count >= MAX_PAGES) told(new InvalidResponse(`${path}: no end after ${count} pages`));
      return (
        count >= MAX_PAGES ||
        isPast(
          page.flatMap((one) => toSample(one) ?? []),
          start,
        )
      );
    },
  });
  return joined(contents.flatMap((content) => toSample(content) ?? []));
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

async function newestOf(client: Client, path: string): Promise<number | undefined> {
  const times: number[] = [];
  const find = (page: readonly Parameters<typeof toSample>[0][]) => {
    for (const content of page) {
      const sample = toSample(content);
      if (sample && Object.keys(sample.values).length > 0) times.push(sample.time);
    }
    return times.length > 0;
  };
  const tell = (error: Error) => client.parts.tell(error);
  const query = queryOf(path);
  try {
    await client.pages('metricValue', { query, key: sampleKey, tell, enough: find });
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  return times.length > 0 ? Math.max(...times) : undefined;
}

/** The array's own catalogue of metrics; without it the table's units hold. */
async function statedUnits(client: Client): Promise<StatedUnits> {
  const metrics = await client.all('metric', { filter: 'isHistoricalAvailable eq true' });
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
async function explainSilence(client: Client): Promise<void> {
  const [service] = (await client.parts.added(() => client.all('metricService'))) ?? [];
  if (service && flag(service['isHistoricalEnabled']) === false) {
    throw new BackendError(
      'history-disabled',
      'the array records no historical metrics; switch them on in Unisphere (or uemcli /metrics/service set -historyEnabled yes)',
    );
  }
}
