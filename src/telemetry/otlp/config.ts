/** Where and how to export: the `otlp` block, and the OTEL_ variables where it is silent. */
import { resolve } from 'node:path';
import {
  COMPRESSIONS,
  exportsOtlp,
  otlpVariable,
  parsePairs,
  withScheme,
  PROTOCOLS,
  resourceOf,
  type Env,
  type Signal,
} from '../../config/otlp-environment.ts';
import type { OtlpConfig } from '../../config/schema.ts';
import { proxyFor } from '../../config/proxy.ts';
import { parseDuration, parseSize } from '../../config/quantities.ts';
import { Secret } from '../../driver/secret.ts';

export type { Signal };

/** How a request is written; the other protocols are ways to send it. */
export type Encoding = Exclude<(typeof PROTOCOLS)[number], 'grpc'>;

export function encodingOf(protocol: OtlpSettings['protocol']): Encoding {
  return protocol === 'http/json' ? protocol : 'http/protobuf';
}

/** How one signal is sent. */
interface Sending {
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly compression: (typeof COMPRESSIONS)[number];
  readonly timeoutMs: number;
  readonly ca?: string;
  /** Client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
}

export interface OtlpSettings extends Sending {
  /** Of gRPC: without a path. */
  readonly urls: Readonly<Record<Signal, string>>;
  readonly headers: Readonly<Record<Signal, Readonly<Record<string, Secret>>>>;
  /** URLs of proxies on the way. */
  readonly proxies: Readonly<Record<Signal, string | undefined>>;
  /** Where a signal's own variables say something else. */
  readonly own: Readonly<Record<Signal, Partial<Sending>>>;
  readonly insecure: boolean;
  readonly metrics: boolean;
  readonly logs: boolean;
  readonly entities: boolean;
  readonly intervalMs: number;
  readonly queueBytes: number;
  /** Where batches are kept on disk. */
  readonly queueDir?: string;
  readonly repeatLast: boolean;
  /** OTEL_RESOURCE_ATTRIBUTES, and OTEL_SERVICE_NAME as `service.name`. */
  readonly resource: Readonly<Record<string, string>>;
}

const DEFAULT_ENDPOINT = 'http://localhost:4318';
const DEFAULT_GRPC_ENDPOINT = 'http://localhost:4317';

/** undefined: nothing is exported. */
export function otlpOf(block: OtlpConfig | undefined, env: Env): OtlpSettings | undefined {
  if (!exportsOtlp(block, env)) return undefined;
  const each = <T>(of: (signal: Signal) => T) => ({ metrics: of('metrics'), logs: of('logs') });
  const common = sendingOf(block, env, undefined);
  const own = each((signal) => sendingOf(block, env, signal));
  const urls = each((signal) => urlOf(block, env, signal, own[signal].protocol ?? common.protocol));
  return {
    ...common,
    own,
    urls,
    proxies: each((signal) => block?.proxy ?? proxyFor(new URL(urls[signal]), env)),
    headers: each((signal) => headersOf(block, env, signal)),
    insecure: block?.insecure ?? false,
    metrics: (block?.metrics ?? true) && env['OTEL_METRICS_EXPORTER']?.trim() !== 'none',
    logs: (block?.logs ?? true) && env['OTEL_LOGS_EXPORTER']?.trim() !== 'none',
    entities: block?.entities ?? false,
    intervalMs: block?.export_interval
      ? parseDuration(block.export_interval)
      : numberOf(env['OTEL_METRIC_EXPORT_INTERVAL'], 60_000),
    queueBytes: parseSize(block?.queue ?? '128MiB'),
    ...(block?.queue_dir === undefined ? {} : { queueDir: block.queue_dir }),
    repeatLast: block?.repeat_last ?? false,
    resource: resourceOf(env),
  };
}

/** The settings of one signal: its own variables go before the common ones. */
export function forSignal(otlp: OtlpSettings, signal: Signal): OtlpSettings {
  return { ...otlp, ...otlp.own[signal] };
}

/** What all signals share; for one signal, what its own variables say. The block goes before both. */
function sendingOf(block: OtlpConfig | undefined, env: Env, signal: undefined): Sending;
function sendingOf(block: OtlpConfig | undefined, env: Env, signal: Signal): Partial<Sending>;
function sendingOf(
  block: OtlpConfig | undefined,
  env: Env,
  signal: Signal | undefined,
): Partial<Sending> {
  const said = (name: string) =>
    signal
      ? env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`]?.trim() || undefined
      : otlpVariable(env, name, undefined)?.value;
  const file = (name: string) => {
    const written = said(name);
    return written === undefined ? undefined : resolve(written);
  };
  const fallback = signal === undefined;
  const pair = block?.cert ?? block?.key;
  const timeout = said('TIMEOUT');
  const sending = {
    protocol:
      block?.protocol ??
      choiceOf(said('PROTOCOL'), PROTOCOLS) ??
      (fallback ? PROTOCOLS[0] : undefined),
    compression:
      block?.compression ??
      choiceOf(said('COMPRESSION'), COMPRESSIONS) ??
      (fallback ? COMPRESSIONS[0] : undefined),
    timeoutMs: block?.timeout
      ? parseDuration(block.timeout)
      : timeout || fallback
        ? numberOf(timeout, 10_000)
        : undefined,
    ca: block?.ca ?? file('CERTIFICATE'),
    cert: pair ? block?.cert : file('CLIENT_CERTIFICATE'),
    key: pair ? block?.key : file('CLIENT_KEY'),
  };
  return Object.fromEntries(
    Object.entries(sending).filter(([, value]) => value !== undefined),
  ) as Partial<Sending>;
}

/** A signal's own variable is a whole URL, the common one and the block's endpoint are a base. */
function urlOf(
  block: OtlpConfig | undefined,
  env: Env,
  signal: Signal,
  protocol: Sending['protocol'],
): string {
  const set = otlpVariable(env, 'ENDPOINT', signal);
  if (protocol === 'grpc') {
    return block?.endpoint ?? (set ? withScheme(set.value, env, signal) : DEFAULT_GRPC_ENDPOINT);
  }
  const isWhole = set !== undefined && set.variable !== 'OTEL_EXPORTER_OTLP_ENDPOINT';
  if (!block?.endpoint && isWhole) return set.value;
  const base = block?.endpoint ?? set?.value ?? DEFAULT_ENDPOINT;
  return `${base.replace(/\/+$/, '')}/v1/${signal}`;
}

function headersOf(
  block: OtlpConfig | undefined,
  env: Env,
  signal: Signal,
): Readonly<Record<string, Secret>> {
  const variables = {
    ...parsePairs(otlpVariable(env, 'HEADERS', undefined)?.value),
    ...parsePairs(otlpVariable(env, 'HEADERS', signal)?.value),
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

function choiceOf<T extends string>(written: string | undefined, of: readonly T[]): T | undefined {
  return of.find((choice) => choice === written);
}

function numberOf(written: string | undefined, fallback: number): number {
  const value = Number(written);
  return Number.isFinite(value) && value > 0 ? value : fallback;
}
