/**
 * The System Reporter's at-time reports over a window: each is about one time, the newest not after
 * the end that is asked for, so the window is walked from its end to its beginning.
 */
import {
  createSeries,
  type PerfMetric,
  type ResourceMetrics,
  type Series,
  type Way,
} from 'delfin-agent/driver';
import { firstOf, idsByName, type ArrayData, type Ids, type Interfaces } from './array.ts';
import type { Wsapi } from './client.ts';
import { reportOf, reportsOf, type MeasuredType, type Report, type Sample } from './metrics.ts';
import type { Shell } from './shell.ts';

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

/** Reports of the period, usually one, about its newest time; without a period the newest of all. */
type Fetch = (period?: Period) => Promise<readonly Report[]>;

/** One report, how it is asked for, and what its samples are about. */
interface Source {
  readonly type: MeasuredType;
  /** The command, or the resource of the WSAPI. */
  readonly report: string;
  /** Columns that name the object. */
  readonly keys: readonly string[];
  /** The command is asked to group by them. */
  readonly grouped?: boolean;
  /** The key is a name: its id is known to this list. */
  readonly names?: 'cpgs' | 'volumes';
  /** The overall line is the array's. */
  readonly overall?: boolean;
  readonly lacks?: string;
}

/** By type the preferred one first: CPGs are complete in the WSAPI, everything else in the commands. */
const COMMANDS: readonly Source[] = [
  { type: 'volume', report: 'srstatvv', keys: ['vvid', 'vv_name'], grouped: true, overall: true },
  { type: 'volume', report: 'srstatvlun', keys: ['vv_name'], grouped: true, names: 'volumes', overall: true, lacks: 'the performance of volumes that are not exported' },
  { type: 'port', report: 'srstatport', keys: ['port_n', 'port_s', 'port_p'], grouped: true },
  { type: 'disk', report: 'srstatpd', keys: ['pdid'] },
  { type: 'storagePool', report: 'srstatcpg', keys: ['cpg_name'], grouped: true, names: 'cpgs' },
  { type: 'storagePool', report: 'srstatld', keys: ['cpg_name'], grouped: true, names: 'cpgs' },
  { type: 'controller', report: 'srstatcpu', keys: ['node'], grouped: true },
]; // prettier-ignore
const RESOURCES: readonly Source[] = [
  { type: 'storagePool', report: 'cpgstatistics/hires', keys: ['name'], names: 'cpgs' },
  { type: 'volume', report: 'vlunstatistics/hires;groupby:volumeName', keys: ['volumeName'], names: 'volumes', lacks: 'the performance of the array and of volumes that are not exported' },
  { type: 'port', report: 'portstatistics/hires', keys: ['node', 'slot', 'cardPort'] },
  { type: 'disk', report: 'physicaldiskstatistics/hires', keys: ['id'] },
  { type: 'controller', report: 'cpustatistics/hires;groupby:node', keys: ['node'] },
]; // prettier-ignore

interface Asked {
  readonly source: Source;
  readonly fetch: Fetch;
}

/** The sources of each type, the preferred one first. */
function sourcesOf(
  { rest, shell }: Interfaces,
  timezone: string | undefined,
): Map<MeasuredType, Asked[]> {
  const overRest = rest
    ? RESOURCES.map((source) => ({ source, fetch: fromRest(rest, source) }))
    : [];
  const overShell = shell
    ? COMMANDS.map((source) => ({ source, fetch: fromShell(shell, source, timezone) }))
    : [];
  const isPool = ({ source }: Asked) => source.type === 'storagePool';
  const preferred = [
    ...overRest.filter(isPool),
    ...overShell,
    ...overRest.filter((asked) => !isPool(asked)),
  ];
  return Map.groupBy(preferred, ({ source }) => source.type);
}

function fromShell(
  shell: Shell,
  { report, keys, grouped, type }: Source,
  timezone: string | undefined,
): Fetch {
  const by = grouped ? ` -groupby ${keys.join(',').toUpperCase()}` : '';
  const shape = { titles: keys, isCpu: type === 'controller' };
  return async (period) => {
    const limits = period ? ` -btsecs ${period.begin} -etsecs ${period.end}` : '';
    return await shell.run(`${report} -attime${by}${limits}`, {
      read: (output) => reportsOf(output, shape, timezone, `"${report}"`),
    });
  };
}

function fromRest(rest: Wsapi, { report, keys }: Source): Fetch {
  const path = `/systemreporter/attime/${report}`;
  return async (period) => {
    const query =
      period && `"sampleTime GE ${iso(period.begin)} AND sampleTime LE ${iso(period.end)}"`;
    return reportOf(await rest.get(path, query), keys, `GET ${path}`);
  };
}

function iso(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

export interface Window {
  readonly startTime: number;
  readonly endTime: number;
}

/** Each type by its first source that the array does not refuse; a type that fails costs itself. */
export async function collect(
  interfaces: Interfaces,
  array: ArrayData,
  asked: ResourceMetrics,
  window: Window,
): Promise<readonly PerfMetric[]> {
  const { context, parts } = interfaces;
  const series = createSeries(context, asked);
  const wanted = Array.from(sourcesOf(interfaces, await array.zone())).filter(
    ([type]) => asked[type] || (type === 'volume' && asked.storage),
  );
  const ids = namesOf(array);
  await parts.union(
    wanted.map(([type, candidates]) => async () => {
      const ways = candidates.map(({ source, fetch }): Way<readonly MeasuredType[]> => ({
        async ask() {
          for await (const report of reportsIn(fetch, window)) {
            await addReport(source, report, series, ids, context.storageId);
          }
          return [type];
        },
        ...(source.lacks === undefined ? {} : { lacks: source.lacks }),
      }));
      return await firstOf(parts, `performance of type ${type}`, ways);
    }),
  );
  return series.metrics();
}

type Names = (list: 'cpgs' | 'volumes') => Promise<Ids>;

/** Ids are asked for once per run. */
function namesOf(array: ArrayData): Names {
  const known: Partial<Record<'cpgs' | 'volumes', Promise<Ids>>> = {};
  return (list) => (known[list] ??= array[list]().then(idsByName));
}

async function addReport(
  source: Source,
  report: Report,
  series: Series,
  names: Names,
  storageId: string,
): Promise<void> {
  const { type, keys } = source;
  for (const { key, values } of averaged(report.samples)) {
    const words = keys.map((name) => key[name] ?? '');
    const [first = '', second] = words;
    // What is not listed has gone since.
    const id = source.names
      ? (await names(source.names)).get(first)
      : type === 'port'
        ? words.join(':')
        : first;
    if (!id) continue;
    const name = source.names ? first : type === 'port' ? id : second;
    series.add({ type, id, name }, report.time, values);
  }
  if (source.overall && report.overall) {
    series.add({ type: 'storage', id: storageId }, report.time, report.overall);
  }
}

/** A node whose processors are reported one by one has their average; anything else comes once. */
function averaged(samples: readonly Sample[]): readonly Sample[] {
  if (samples.every(({ values }) => values.cpuUsage === undefined)) return samples;
  const byNode = Map.groupBy(samples, ({ key }) => JSON.stringify(key));
  return Array.from(byNode.values(), (cpus) => {
    const total = cpus.reduce((sum, { values }) => sum + (values.cpuUsage ?? Number.NaN), 0);
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
export async function latestTime(
  interfaces: Interfaces,
  array: ArrayData,
): Promise<number | undefined> {
  const sources = sourcesOf(interfaces, await array.zone());
  const candidates = [...(sources.get('disk') ?? []), ...(sources.get('storagePool') ?? [])];
  return await firstOf(
    interfaces.parts,
    'the newest sample',
    candidates.map(({ fetch }) => ({
      async ask() {
        const times = (await fetch()).map(({ time }) => time);
        return times.length > 0 ? Math.max(...times) : undefined;
      },
    })),
  );
}
