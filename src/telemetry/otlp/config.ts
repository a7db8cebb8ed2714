/** Where and how to export: the `otlp` block, and the OTEL_ variables where it is silent. */
import type { OtlpConfig } from '../../config/schema.ts';
import { parseDuration, parseSize } from '../../config/quantities.ts';
import { Secret } from '../../driver/secret.ts';

export type Signal = 'metrics' | 'logs';

export interface OtlpSettings {
  readonly urls: Readonly<Record<Signal, string>>;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly compression: 'gzip' | 'none';
  readonly headers: Readonly<Record<Signal, Readonly<Record<string, Secret>>>>;
  readonly ca?: string;
  readonly insecure: boolean;
  readonly metrics: boolean;
  readonly logs: boolean;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly queueBytes: number;
  readonly repeatLast: boolean;
  /** OTEL_RESOURCE_ATTRIBUTES. */
  readonly resource: Readonly<Record<string, string>>;
}

type Env = Readonly<Record<string, string | undefined>>;

const DEFAULT_ENDPOINT = 'http://localhost:4318';

/** undefined: nothing is exported. */
export function otlpOf(block: OtlpConfig | undefined, env: Env): OtlpSettings | undefined {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  const named = ['', 'METRICS_', 'LOGS_'].some((signal) => variable(env, `${signal}ENDPOINT`));
  if (!block && !named) return undefined;
  const ca = block?.ca ?? variable(env, 'CERTIFICATE');
  return {
    urls: { metrics: urlOf(block, env, 'metrics'), logs: urlOf(block, env, 'logs') },
    protocol: block?.protocol ?? protocolOf(env),
    compression: block?.compression ?? (variable(env, 'COMPRESSION') === 'none' ? 'none' : 'gzip'),
    headers: { metrics: headersOf(block, env, 'metrics'), logs: headersOf(block, env, 'logs') },
    ...(ca === undefined ? {} : { ca }),
    insecure: block?.insecure ?? false,
    metrics: (block?.metrics ?? true) && env['OTEL_METRICS_EXPORTER'] !== 'none',
    logs: (block?.logs ?? true) && env['OTEL_LOGS_EXPORTER'] !== 'none',
    intervalMs: block?.export_interval
      ? parseDuration(block.export_interval)
      : numberOf(env['OTEL_METRIC_EXPORT_INTERVAL'], 60_000),
    timeoutMs: block?.timeout
      ? parseDuration(block.timeout)
      : numberOf(variable(env, 'TIMEOUT'), 10_000),
    queueBytes: parseSize(block?.queue ?? '128MiB'),
    repeatLast: block?.repeat_last ?? false,
    resource: pairsOf(env['OTEL_RESOURCE_ATTRIBUTES']),
  };
}

function variable(env: Env, name: string): string | undefined {
  return env[`OTEL_EXPORTER_OTLP_${name}`]?.trim() || undefined;
}

/** A signal's own variable is a whole URL, the common one and the block's endpoint are a base. */
function urlOf(block: OtlpConfig | undefined, env: Env, signal: Signal): string {
  const own = variable(env, `${signal.toUpperCase()}_ENDPOINT`);
  if (!block?.endpoint && own) return own;
  const base = block?.endpoint ?? variable(env, 'ENDPOINT') ?? DEFAULT_ENDPOINT;
  return `${base.replace(/\/+$/, '')}/v1/${signal}`;
}

function protocolOf(env: Env): OtlpSettings['protocol'] {
  return variable(env, 'PROTOCOL') === 'http/json' ? 'http/json' : 'http/protobuf';
}

function headersOf(
  block: OtlpConfig | undefined,
  env: Env,
  signal: Signal,
): Readonly<Record<string, Secret>> {
  const variables = {
    ...pairsOf(variable(env, 'HEADERS')),
    ...pairsOf(variable(env, `${signal.toUpperCase()}_HEADERS`)),
  };
  const headers = Object.entries(variables).map(([key, value]) => [
    key.toLowerCase(),
    new Secret(value),
  ]);
  const own = Object.entries(block?.headers ?? {}).map(([key, value]) => [
    key.toLowerCase(),
    value,
  ]);
  return Object.fromEntries([...headers, ...own]) as Readonly<Record<string, Secret>>;
}

/** `a=1,b=2`, values percent-encoded. */
function pairsOf(written: string | undefined): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const pair of written?.split(',') ?? []) {
    const at = pair.indexOf('=');
    if (at <= 0) continue;
    pairs[pair.slice(0, at).trim()] = decode(pair.slice(at + 1).trim());
  }
  return pairs;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function numberOf(written: string | undefined, fallback: number): number {
  const value = Number(written);
  return Number.isFinite(value) && value > 0 ? value : fallback;
}
