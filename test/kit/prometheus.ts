/** A real Prometheus server on loopback, in a folder of its own, that scrapes every two seconds. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eventually, freePort } from './ports.ts';

export interface ScrapeJob {
  readonly name: string;
  /** `http://host:port`, or https. */
  readonly url: string;
  readonly path?: string;
  readonly params?: Readonly<Record<string, readonly string[]>>;
  /** Path of an http_sd page that lists the targets; without it the URL itself is the target. */
  readonly discovery?: string;
  /** Further keys of the scrape configuration: TLS, users. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface PrometheusOptions {
  readonly jobs: readonly ScrapeJob[];
  /** Rule files, absolute paths. */
  readonly rules?: readonly string[];
  readonly interval?: string;
}

export interface InstantSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly time: number;
}

export interface RangeSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

export interface ScrapeTarget {
  readonly scrapePool: string;
  readonly health: string;
  readonly lastError: string;
  readonly lastScrapeDuration: number;
}

export interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** What a Prometheus is asked. */
export interface PrometheusClient {
  /** An instant query. @throws with the server's message if it does not parse. */
  query(expression: string): Promise<InstantSample[]>;
  /** An instant query, asked until it has a result: a scrape may fail while the machine is busy. */
  found(expression: string): Promise<InstantSample[]>;
  /** A range query over the last seconds. */
  range(expression: string, seconds: number, step?: number): Promise<RangeSeries[]>;
  targets(): Promise<ScrapeTarget[]>;
  /** Family -> its type and help, as the scrape declared them. */
  metadata(): Promise<Readonly<Record<string, readonly { type: string; help: string }[]>>>;
  rules(): Promise<RuleState[]>;
  /** Values of a label of the series that a selector takes. */
  labelValues(label: string, selector: string): Promise<string[]>;
}

export interface Prometheus extends PrometheusClient, AsyncDisposable {
  readonly url: string;
  /** Waits until every job has been scraped, and all of them are up. */
  up(): Promise<void>;
}

export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'delfin-prometheus-'));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, stringify(configuration(options)));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const ended = new Promise((resolve) => {
    server.once('exit', resolve);
  });
  await eventually('Prometheus', async () => {
    if (server.exitCode !== null) throw new Error(`Prometheus ended: ${output}`);
    return (await fetch(`${url}/-/ready`)).ok ? true : undefined;
  });
  const client = prometheusAt(url);
  return {
    url,
    ...client,
    async up() {
      await eventually('all targets up', async () => {
        const targets = await client.targets();
        const done = targets.filter(({ health }) => health !== 'unknown');
        const down = done.find(({ health }) => health !== 'up');
        if (down) throw new Error(`${down.scrapePool}: ${down.lastError}`);
        return done.length >= options.jobs.length ? true : undefined;
      });
    },
    async [Symbol.asyncDispose]() {
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration({ jobs, rules = [], interval = '2s' }: PrometheusOptions): unknown {
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: rules,
    scrape_configs: jobs.map(scrapeConfig),
  };
}

function scrapeConfig({
  name,
  url,
  path = '/metrics',
  params = {},
  discovery,
  more = {},
}: ScrapeJob): unknown {
  return {
    job_name: name,
    scheme: new URL(url).protocol.slice(0, -1),
    ...more,
    metrics_path: path,
    params,
    // A discovered target carries the name of its array, as the page does.
    ...(discovery
      ? {
          http_sd_configs: [{ url: `${url}${discovery}`, refresh_interval: '1s' }],
        }
      : { static_configs: [{ targets: [new URL(url).host] }] }),
  };
}

type Vector = { metric: Record<string, string>; value: [number, string] }[];

/** Asks the Prometheus at this address. */
export function prometheusAt(url: string): PrometheusClient {
  async function ask<T>(path: string, parameters: Readonly<Record<string, string>> = {}) {
    const response = await fetch(
      `${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`,
    );
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success')
      throw new Error(`${answer.error}: ${JSON.stringify(parameters)}`);
    return answer.data;
  }
  async function query(expression: string): Promise<InstantSample[]> {
    const { resultType, result } = await ask<{ resultType: string; result: unknown }>('query', {
      query: expression,
    });
    if (resultType === 'scalar') {
      const [time, value] = result as [number, string];
      return [{ metric: {}, time, value: Number(value) }];
    }
    return (result as Vector).map(({ metric, value: [time, value] }) => ({
      metric,
      time,
      value: Number(value),
    }));
  }
  return {
    query,
    found: (expression) =>
      eventually(expression, async () => {
        const result = await query(expression);
        return result.length > 0 ? result : undefined;
      }),
    labelValues: (label, selector) => ask(`label/${label}/values`, { 'match[]': selector }),
    async range(expression: string, seconds: number, step = 1): Promise<RangeSeries[]> {
      const end = Date.now() / 1_000;
      const { result } = await ask<{ result: RangeSeries[] }>('query_range', {
        query: expression,
        start: String(end - seconds),
        end: String(end),
        step: String(step),
      });
      return result;
    },
    targets: async () =>
      (await ask<{ activeTargets: ScrapeTarget[] }>('targets', { state: 'active' })).activeTargets,
    rules: async () =>
      (await ask<{ groups: { rules: RuleState[] }[] }>('rules')).groups.flatMap(
        ({ rules }) => rules,
      ),
    metadata: () =>
      ask<Record<string, { type: string; help: string }[]>>('metadata', { limit: '10000' }),
  };
}
