/**
 * The System Reporter's at-time reports over a window: each is about one time, the newest not after
 * the end that is asked for, so the window is walked from its end to its beginning.
 */
import {
  byId,
  createSeries,
  identifier,
  type PerfMetric,
  type ResourceMetrics,
  type SampleWindow,
} from 'delfin-agent/driver';
import type { ArrayData } from './array.ts';
import { readReport, reportOf, type MeasuredType, type Report, type Reported } from './metrics.ts';

/** Samples are five minutes apart; a window of two hours has 24. */
const MAX_REPORTS = 300;
const SAMPLE_INTERVAL_MS = 300_000;
/** No array samples more often than once a minute. */
const SHORTEST_INTERVAL_MS = 60_000;

/** Seconds, both ends included. */
interface Period {
  readonly begin: number;
  readonly end: number;
}

/** One report, how it is asked for, and what its samples are about. */
interface Source extends Reported {
  readonly over: 'rest' | 'shell';
  /** The command, or the resource of the WSAPI. */
  readonly report: string;
  /** The command is asked to group by them. */
  readonly grouped?: boolean;
  /** The key is a name: its id is known to this list. */
  readonly names?: Listed;
  /** The overall line is the array's. */
  readonly overall?: boolean;
  readonly lacks?: string;
}

/** Of a type the preferred one first: CPGs are complete in the WSAPI, everything else in the commands. */
const SOURCES: readonly Source[] = [
  { over: 'rest', type: 'storagePool', report: 'cpgstatistics/hires', keys: ['name'], names: 'cpgs' },
  { over: 'shell', type: 'storagePool', report: 'srstatcpg', keys: ['cpg_name'], grouped: true, names: 'cpgs' },
  { over: 'shell', type: 'storagePool', report: 'srstatld', keys: ['cpg_name'], grouped: true, names: 'cpgs' },
  { over: 'shell', type: 'volume', report: 'srstatvv', keys: ['vvid', 'vv_name'], grouped: true, overall: true },
  { over: 'shell', type: 'volume', report: 'srstatvlun', keys: ['vv_name'], grouped: true, names: 'volumes', overall: true, lacks: 'the performance of volumes that are not exported' },
  { over: 'rest', type: 'volume', report: 'vlunstatistics/hires;groupby:volumeName', keys: ['volumeName'], names: 'volumes', lacks: 'the performance of the array and of volumes that are not exported' },
  { over: 'shell', type: 'port', report: 'srstatport', keys: ['port_n', 'port_s', 'port_p'], grouped: true },
  { over: 'rest', type: 'port', report: 'portstatistics/hires', keys: ['node', 'slot', 'cardPort'] },
  { over: 'shell', type: 'disk', report: 'srstatpd', keys: ['pdid'] },
  { over: 'rest', type: 'disk', report: 'physicaldiskstatistics/hires', keys: ['id'] },
  { over: 'shell', type: 'controller', report: 'srstatcpu', keys: ['node'], grouped: true },
  { over: 'rest', type: 'controller', report: 'cpustatistics/hires;groupby:node', keys: ['node'] },
]; // prettier-ignore

const sourcesOf = (array: ArrayData, type: MeasuredType) =>
  SOURCES.filter((source) => source.type === type && array[source.over]);

/** The report about the newest time of the period; without a period the newest of all. */
async function fetchReport(
  { rest, shell }: ArrayData,
  source: Source,
  timezone: string | undefined,
  period?: Period,
): Promise<Report | undefined> {
  const { report, keys, grouped, over } = source;
  if (over === 'rest') {
    const path = `/systemreporter/attime/${report}`;
    const iso = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
    const query =
      period && `"sampleTime GE ${iso(period.begin)} AND sampleTime LE ${iso(period.end)}"`;
    return rest && reportOf(await rest.get(path, query), source, `GET ${path}`);
  }
  const by = grouped ? ` -groupby ${keys.join(',').toUpperCase()}` : '';
  const limits = period ? ` -btsecs ${period.begin} -etsecs ${period.end}` : '';
  const read = (output: string) => readReport(output, source, timezone, `"${report}"`);
  return await shell?.run<Report | undefined>(`${report} -attime${by}${limits}`, { read });
}

const TYPES = ['storagePool', 'volume', 'port', 'disk', 'controller'] as const;

/** Each type by its first source that the array does not refuse; a type that fails costs itself. */
export async function collect(
  array: ArrayData,
  asked: ResourceMetrics,
  window: SampleWindow,
): Promise<readonly PerfMetric[]> {
  const { context, parts, firstOf } = array;
  const series = createSeries(context, asked);
  const timezone = await array.zone();
  /** Lists are asked for once per run. */
  const known: { [L in Listed]?: Promise<Finder> } = {};
  const finderOf = (list: Listed) =>
    (known[list] ??= array[list]().then((members) => byId(members, 'name')));
  const add = async (source: Source) => {
    const { type, names, overall: isOfArray } = source;
    const fetch = (period: Period) => fetchReport(array, source, timezone, period);
    for await (const { time, samples, overall } of reportsIn(fetch, window)) {
      const find = names && samples.length > 0 ? await finderOf(names) : undefined;
      for (const { id, name, values } of resourcesOf(type, samples, find)) {
        if (id) series.add({ type, id, name }, time, values);
      }
      if (isOfArray) series.add({ type: 'storage', id: context.storageId }, time, overall ?? {});
    }
    return [type];
  };
  const wanted = TYPES.filter((type) => asked[type] || (type === 'volume' && asked.storage));
  await parts.union(
    wanted.map((type) => () => {
      const ways = sourcesOf(array, type).map((one) => ({ ask: () => add(one), lacks: one.lacks }));
      return firstOf(`performance of type ${type}`, ways);
    }),
  );
  return series.metrics();
}

type Listed = 'cpgs' | 'volumes';
type Finder = ReturnType<typeof byId>;

/** What the samples are about. `find`: the key is a name; what is not listed has gone since. */
function resourcesOf(type: MeasuredType, samples: Report['samples'], find: Finder | undefined) {
  if (type === 'controller') return averaged(samples);
  return samples.map(({ key, values }) => {
    const [first = '', second] = type === 'port' ? [key.join(':'), key.join(':')] : key;
    if (!find) return { id: first, name: second, values };
    return { id: identifier(find(first)?.['id']), name: first, values };
  });
}

/** A node whose processors are reported one by one has their average. */
function averaged(samples: Report['samples']) {
  const byNode = Map.groupBy(samples, ({ key }) => key.join());
  return Array.from(byNode, ([id, cpus]) => {
    const total = cpus.reduce((sum, { values }) => sum + (values.cpuUsage ?? Number.NaN), 0);
    return { id, name: undefined, values: { cpuUsage: total / cpus.length } };
  });
}

/** Every report of the window once, newest first. */
async function* reportsIn(
  fetch: (period: Period) => Promise<Report | undefined>,
  window: SampleWindow,
): AsyncGenerator<Report> {
  const begin = Math.ceil(window.start / 1000);
  const seen = new Set<number>();
  let end = Math.floor(window.end / 1000);
  let stuck = false;
  for (let count = 0; count < MAX_REPORTS && end >= begin; count += 1) {
    const report = await fetch({ begin, end });
    if (!report) return;
    const { time } = report;
    if (seen.has(time)) {
      // An array that answers with the nearest time repeats itself until it is asked for an earlier one.
      if (stuck) return;
      stuck = true;
      end -= SAMPLE_INTERVAL_MS / 1000;
      continue;
    }
    seen.add(time);
    stuck = false;
    if (time >= window.start && time <= window.end) yield report;
    if (time - SHORTEST_INTERVAL_MS < window.start) return;
    end = Math.min(end, Math.floor(time / 1000)) - 1;
  }
}

/** The time of the newest report: samples of all types are taken at the same time. */
export async function latestTime(array: ArrayData): Promise<number | undefined> {
  const timezone = await array.zone();
  const sources = [...sourcesOf(array, 'disk'), ...sourcesOf(array, 'storagePool')];
  return await array.firstOf(
    'the newest sample',
    sources.map((source) => ({
      ask: async () => (await fetchReport(array, source, timezone))?.time,
    })),
  );
}
