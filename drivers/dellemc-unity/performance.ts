/** Collecting: which paths, how far back, and the names of the objects. */
import {
  BackendError,
  createSeries,
  flag,
  identifier,
  InvalidResponse,
  isPartial,
  isRefusal,
  isVendorsWord,
  NotSupported,
  text,
  withId,
  type DriverContext,
  type ResourceMetrics,
  type SampleWindow,
  type Session,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import * as metrics from './metrics.ts';
import { forEachMoment, joined, sampleKey, select, toSample, type Sample } from './samples.ts';

/** A guard against a server that pages for ever: a day of minutes, whatever its page size. */
const MAX_PAGES = 1_500;
/** Whose newest sample is the newest of all; the second for arrays without LUNs. */
const NEWEST_OF = ['sp.*.storage.lun.*.readsRate', 'sp.*.net.device.*.bytesInRate'];

export function createPerformance(client: Client, context: DriverContext) {
  const { parts } = client;
  let stated: metrics.StatedUnits | undefined;

  /** The array's own catalogue, read once. Undefined: it has one, which can't be read. */
  async function units(): Promise<metrics.StatedUnits | undefined> {
    try {
      stated ??= await statedUnits(client);
      return stated;
    } catch (error) {
      if (!isPartial(error)) throw error;
      parts.tell(error);
      return error instanceof NotSupported ? new Map() : undefined;
    }
  }

  /** One family after the other: the samples of one are gone before those of the next come. */
  async function collectFamily(
    family: metrics.Family,
    asked: ResourceMetrics,
    window: SampleWindow,
  ) {
    const measures = metrics.needed(family, asked);
    const read = await parts.children(measures, async (name) => ({
      found: await readHistory(client, metrics.pathOf(family, name), window.start),
    }));
    if (read.every((one) => one && !one.found)) return undefined;
    const samples = new Map(
      measures.map((name, index) => [name, select(read[index]?.found ?? [], window)]),
    );
    const names = await readNames(client, family);
    const series = createSeries(context, metrics.inUnits(family, asked, await units()), window);
    forEachMoment(samples, (time, id, values) => {
      series.add({ type: family.type, id, name: names.get(id) }, time, values);
    });
    return series.metrics();
  }

  return {
    getCapabilities: async () => metrics.capabilitiesOf((await units()) ?? new Map()),
    async collectPerfMetrics(asked, start, end) {
      const families = metrics.FAMILIES.filter(
        (family) => metrics.needed(family, asked).length > 0,
      );
      if (families.length === 0) return [];
      const collects = families.map((one) => () => collectFamily(one, asked, { start, end }));
      const found = await parts.union(collects);
      if (found.length === 0) await explainSilence(client);
      return found;
    },
    async getLatestPerfTimestamp() {
      for (const path of NEWEST_OF) {
        const newest = await newestOf(client, path);
        if (newest !== undefined) return newest;
      }
      return undefined;
    },
  } satisfies Partial<Session>;
}

/** Newest first, until a page has enough. */
async function readSamples(
  client: Client,
  path: string,
  isEnough: (page: readonly Sample[]) => boolean,
) {
  const tell = (error: Error) => client.parts.tell(error, `the history of ${path} may be longer`);
  const contents = await client.pages('metricValue', {
    query: { filter: `path EQ "${path}"`, compact: true, page: 1 },
    key: sampleKey,
    tell,
    enough(page, count) {
      if (count >= MAX_PAGES) tell(new InvalidResponse(`${path}: no end after ${count} pages`));
      return count >= MAX_PAGES || isEnough(page.flatMap(toSample));
    },
  });
  return joined(contents.flatMap(toSample));
}

/** Undefined: the array refuses this path in its own words, which is told. */
async function readHistory(client: Client, path: string, start: number) {
  try {
    // Once a page reaches back behind the start, the rest is older still.
    return await readSamples(client, path, (page) => {
      const [first, last] = [page[0], page.at(-1)];
      return !!first && !!last && last.time < start && first.time >= last.time;
    });
  } catch (error) {
    if (!isVendorsWord(error)) throw error;
    client.parts.tell(new NotSupported(error.message, { cause: error }));
    return undefined;
  }
}

const isMeasured = ({ values }: Sample) => Object.keys(values).length > 0;

async function newestOf(client: Client, path: string): Promise<number | undefined> {
  try {
    const samples = await readSamples(client, path, (page) => page.some(isMeasured));
    const times = samples.filter(isMeasured).map(({ time }) => time);
    return times.length > 0 ? Math.max(...times) : undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}

/** The array's own catalogue of metrics; without it the table's units hold. */
async function statedUnits(client: Client): Promise<metrics.StatedUnits> {
  const all = await client.all('metric', { filter: 'isHistoricalAvailable eq true' });
  return new Map(
    all.flatMap((metric) => {
      const unit = metrics.readUnit(metric['unitDisplayString']);
      return unit ? [[text(metric['path']) ?? '', unit] as const] : [];
    }),
  );
}

/** Object id -> name. Only labels: without them the samples still count. */
async function readNames(client: Client, { objects }: metrics.Family) {
  const names = new Map<string, string>();
  for (const collection of objects) {
    const read = () => client.all(collection, { fields: 'id,name' });
    const found = (await client.parts.addedIfAny(read)) ?? [];
    withId(found, ({ name }, id) => names.set(id, identifier(name) ?? id));
  }
  return names;
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
