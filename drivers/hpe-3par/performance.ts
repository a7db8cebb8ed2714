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

const SECOND_MS = 1_000;

/** One report, how it is asked for, and what its samples are about. */
interface Source extends Reported {
  readonly over: 'rest' | 'shell';
  /** The command, or the resource of the WSAPI. */
  readonly report: string;
  /** The command is asked to group by them. */
  readonly grouped?: boolean;
  /** The key is a name: its id is known to this list. */
  readonly names?: 'cpgs' | 'volumes';
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
  period?: SampleWindow,
): Promise<Report | undefined> {
  const { report, keys, grouped, over } = source;
  if (over === 'rest') {
    const path = `/systemreporter/attime/${report}`;
    const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
    const query =
      period && `"sampleTime GE ${iso(period.start)} AND sampleTime LE ${iso(period.end)}"`;
    return rest && reportOf(await rest.get(path, query), source, `GET ${path}`);
  }
  const by = grouped ? ` -groupby ${keys.join(',').toUpperCase()}` : '';
  const [begin, end] = [period?.start, period?.end].map((ms = 0) => ms / SECOND_MS);
  const limits = period ? ` -btsecs ${begin} -etsecs ${end}` : '';
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
  const add = async (source: Source) => {
    const { type, names, overall: isOfArray } = source;
    const fetch = (period: SampleWindow) => fetchReport(array, source, timezone, period);
    let find: Finder | undefined;
    for await (const { time, samples, overall } of reportsIn(fetch, window)) {
      if (names && samples.length > 0) find ??= byId(await array[names](), 'name');
      for (const { key, values } of type === 'controller' ? averaged(samples) : samples) {
        const { id, name } = resourceOf(type, key, find);
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

type Finder = ReturnType<typeof byId>;

/** A node whose processors are reported one by one, though grouped, has their average. */
export function averaged(samples: Report['samples']): Report['samples'] {
  const byNode = Map.groupBy(samples, ({ key }) => key.join());
  return Array.from(byNode.values(), (cpus) => {
    const total = cpus.reduce((sum, { values }) => sum + (values.cpuUsage ?? Number.NaN), 0);
    return { key: cpus[0]?.key ?? [], values: { cpuUsage: total / cpus.length } };
  });
}

/** What a sample is about. `find`: the key is a name; what is not listed has gone since. */
function resourceOf(type: MeasuredType, key: readonly string[], find: Finder | undefined) {
  const [first = '', second] = type === 'port' ? [key.join(':'), key.join(':')] : key;
  return find ? { id: identifier(find(first)?.['id']), name: first } : { id: first, name: second };
}

/** Every report of the window once, newest first. */
async function* reportsIn(
  fetch: (period: SampleWindow) => Promise<Report | undefined>,
  window: SampleWindow,
): AsyncGenerator<Report> {
  const start = Math.ceil(window.start / SECOND_MS) * SECOND_MS;
  const seen = new Set<number>();
  let end = Math.floor(window.end / SECOND_MS) * SECOND_MS;
  let stuck = false;
  for (let count = 0; count < MAX_REPORTS && end >= start; count += 1) {
    const report = await fetch({ start, end });
    if (!report) return;
    const { time } = report;
    if (seen.has(time)) {
      // An array that answers with the nearest time repeats itself until it is asked for an earlier one.
      if (stuck) return;
      stuck = true;
      end -= SAMPLE_INTERVAL_MS;
      continue;
    }
    seen.add(time);
    stuck = false;
    if (time >= window.start && time <= window.end) yield report;
    if (time - SHORTEST_INTERVAL_MS < window.start) return;
    end = Math.min(end, time) - SECOND_MS;
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
