/** Where performance reports come from: commands and WSAPI resources of the System Reporter. */
import { InvalidResponse } from 'delfin-agent/driver';
import type { CliClient } from './cli.ts';
import type { RestClient } from './client.ts';
import type { Ids } from './mapping.ts';
import { reportOf, reportsOf, type MeasuredType, type Report, type Sample } from './metrics.ts';

/** Seconds, both ends included. */
export interface Period {
  readonly begin: number;
  readonly end: number;
}

/** Reports of the period, usually one, about its newest time; without a period the newest of all. */
export type Fetch = (period?: Period) => Promise<readonly Report[]>;

export interface Source {
  readonly type: MeasuredType;
  readonly fetch: Fetch;
  /** Resource id and name of a sample; undefined if it is about nothing that is listed. */
  resolve(sample: Sample): Promise<{ id: string; name?: string } | undefined>;
  /** The overall line is the array's. */
  readonly overall?: boolean;
}

/** The sources of each type, the preferred one first. */
export type Sources = ReadonlyMap<MeasuredType, readonly Source[]>;

export interface SourceOptions {
  readonly rest: RestClient | undefined;
  readonly cli: CliClient | undefined;
  readonly timezone: string;
  /** CPG ids by name. */
  readonly pools: () => Promise<Ids>;
  /** Volume ids by name. */
  readonly volumes: () => Promise<Ids>;
}

/** Made anew for each run: ids are asked for once per run. */
export function sourcesOf(options: SourceOptions): Sources {
  const { rest, cli } = options;
  const sources = new Map<MeasuredType, Source[]>();
  const add = (source: Source) => {
    sources.set(source.type, [...(sources.get(source.type) ?? []), source]);
  };
  const overRest = rest ? restSources(rest, options) : [];
  const overCli = cli ? cliSources(cli, options) : [];
  // CPGs are complete in the WSAPI; everything else on the command line.
  for (const source of overRest) if (source.type === 'storagePool') add(source);
  for (const source of overCli) add(source);
  for (const source of overRest) if (source.type !== 'storagePool') add(source);
  return sources;
}

function cliSources(cli: CliClient, { timezone, pools, volumes }: SourceOptions): Source[] {
  const report = (command: string, groupBy: readonly string[], titles = groupBy): Fetch => {
    const grouped = groupBy.length > 0 ? ` -groupby ${groupBy.join(',').toUpperCase()}` : '';
    return async (period) => {
      const limits = period ? ` -btsecs ${period.begin} -etsecs ${period.end}` : '';
      const output = await cli.run(`${command} -attime${grouped}${limits}`);
      const reports = reportsOf(output, titles, timezone);
      if (reports.length === 0 && /^\s*</.test(output)) {
        throw new InvalidResponse(`"${command}": no report`);
      }
      return reports;
    };
  };
  return [
    {
      type: 'volume',
      fetch: report('srstatvv', ['vvid', 'vv_name']),
      resolve: async ({ key }) => ({ id: key['vvid'] ?? '', name: key['vv_name'] ?? '' }),
      overall: true,
    },
    {
      type: 'volume',
      fetch: report('srstatvlun', ['vv_name']),
      resolve: byName(volumes, 'vv_name'),
      overall: true,
    },
    {
      type: 'port',
      fetch: report('srstatport', ['port_n', 'port_s', 'port_p']),
      resolve: byPosition('port_n', 'port_s', 'port_p'),
    },
    { type: 'disk', fetch: report('srstatpd', [], ['pdid']), resolve: byId('pdid') },
    {
      type: 'storagePool',
      fetch: report('srstatcpg', ['cpg_name']),
      resolve: byName(pools, 'cpg_name'),
    },
    {
      type: 'storagePool',
      fetch: report('srstatld', ['cpg_name']),
      resolve: byName(pools, 'cpg_name'),
    },
    { type: 'controller', fetch: report('srstatcpu', ['node']), resolve: byId('node') },
  ];
}

function restSources(rest: RestClient, { pools, volumes }: SourceOptions): Source[] {
  const report = (path: string, keys: readonly string[]): Fetch => {
    return async (period) => {
      const query =
        period && `"sampleTime GE ${iso(period.begin)} AND sampleTime LE ${iso(period.end)}"`;
      const found = reportOf(await rest.get(`/systemreporter/attime/${path}`, query), keys);
      return found ? [found] : [];
    };
  };
  return [
    {
      type: 'storagePool',
      fetch: report('cpgstatistics/hires', ['name']),
      resolve: byName(pools, 'name'),
    },
    {
      type: 'volume',
      fetch: report('vlunstatistics/hires;groupby:volumeName', ['volumeName']),
      resolve: byName(volumes, 'volumeName'),
    },
    {
      type: 'port',
      fetch: report('portstatistics/hires', ['node', 'slot', 'cardPort']),
      resolve: byPosition('node', 'slot', 'cardPort'),
    },
    { type: 'disk', fetch: report('physicaldiskstatistics/hires', ['id']), resolve: byId('id') },
    {
      type: 'controller',
      fetch: report('cpustatistics/hires;groupby:node', ['node']),
      resolve: byId('node'),
    },
  ];
}

function byId(field: string): Source['resolve'] {
  return async ({ key }) => ({ id: key[field] ?? '' });
}

function byPosition(...fields: readonly string[]): Source['resolve'] {
  return async ({ key }) => {
    const id = fields.map((field) => key[field]).join(':');
    return { id, name: id };
  };
}

function byName(ids: () => Promise<Ids>, field: string): Source['resolve'] {
  let known: Promise<Ids> | undefined;
  return async ({ key }) => {
    const name = key[field] ?? '';
    const id = (await (known ??= ids())).get(name);
    return id === undefined ? undefined : { id, name };
  };
}

function iso(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
