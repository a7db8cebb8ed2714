/**
 * The OTEL_ variables, where the `otlp` block is silent. They are checked as the file is: a variable
 * in place of the file's name, nothing of a value quoted that may be a secret.
 */
import { plaintextFault } from './blocks.ts';
import { endpointFault } from './hosts.ts';
import { headerFaults } from './names.ts';
import { proxyFault, proxyVariable } from './proxy.ts';
import { checkKeyPair, readCertificates, readTlsKey } from './pem.ts';

export type Signal = 'metrics' | 'logs';
export type Env = Readonly<Record<string, string | undefined>>;

/** The keys of the block that a variable can stand in for; secrets in them are no matter here. */
export interface OtlpBlock {
  readonly endpoint?: unknown;
  readonly protocol?: unknown;
  readonly compression?: unknown;
  readonly ca?: unknown;
  readonly cert?: unknown;
  readonly key?: unknown;
  readonly insecure?: unknown;
  readonly headers?: unknown;
  readonly export_interval?: unknown;
  readonly timeout?: unknown;
  readonly proxy?: unknown;
}

export interface VariableFault {
  readonly variable: string;
  readonly message: string;
}

export const SIGNALS = ['metrics', 'logs'] as const satisfies readonly Signal[];
export const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
export const COMPRESSIONS = ['gzip', 'none'] as const;

/** A variable of OTLP: the signal's own before the common one; undefined if neither says anything. */
export function otlpVariable(
  env: Env,
  name: string,
  signal: Signal | undefined,
): { readonly variable: string; readonly value: string } | undefined {
  const own = signal ? [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`] : [];
  for (const variable of [...own, `OTEL_EXPORTER_OTLP_${name}`]) {
    const value = env[variable]?.trim();
    if (value) return { variable, value };
  }
  return undefined;
}

/** An endpoint of gRPC may lack its scheme: then `..._INSECURE` says which. */
export function withScheme(written: string, env: Env, signal: Signal): string {
  if (written.includes('://')) return written;
  return `${isInsecure(env, signal) ? 'http' : 'https'}://${written}`;
}

function isInsecure(env: Env, signal: Signal): boolean {
  return otlpVariable(env, 'INSECURE', signal)?.value.toLowerCase() === 'true';
}

/** Whether anything is exported: a block, or an endpoint of the environment. */
export function exportsOtlp(block: object | undefined, env: Env): boolean {
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return false;
  return (
    block !== undefined ||
    SIGNALS.some((signal) => otlpVariable(env, 'ENDPOINT', signal) !== undefined)
  );
}

/** The variables that are in force and can't be right. */
export function environmentFaults(block: OtlpBlock | undefined, env: Env): VariableFault[] {
  if (!exportsOtlp(block, env)) return [];
  const found = new Map<string, string>();
  const check = (
    name: string,
    silent: boolean,
    fault: (value: string, variable: string, signal: Signal) => string | undefined,
  ) => {
    if (!silent) return;
    for (const signal of SIGNALS) {
      const set = otlpVariable(env, name, signal);
      const message = set && fault(set.value, set.variable, signal);
      if (message) found.set(set.variable, message);
    }
  };
  check('ENDPOINT', block?.endpoint === undefined, (value, variable, signal) => {
    const kind = variable === 'OTEL_EXPORTER_OTLP_ENDPOINT' ? 'base' : 'whole';
    const protocol = block?.protocol ?? otlpVariable(env, 'PROTOCOL', signal)?.value;
    const written = protocol === 'grpc' ? withScheme(value, env, signal) : value;
    const fault = endpointFault(written, kind);
    return fault && `the endpoint ${fault}`;
  });
  check('PROTOCOL', block?.protocol === undefined, (value) => choiceFault(value, PROTOCOLS));
  check('INSECURE', true, (value) => choiceFault(value.toLowerCase(), ['true', 'false']));
  check('COMPRESSION', block?.compression === undefined, (value) =>
    choiceFault(value, COMPRESSIONS),
  );
  check('TIMEOUT', block?.timeout === undefined, (value) => msFault(value, 100, 600_000));
  check('CERTIFICATE', block?.ca === undefined, (value) => fileFault(value, readCertificates));
  if (block?.cert === undefined && block?.key === undefined) clientFaults(env, found);
  headersFaults(block, env, found);
  const plain = (variable: string, fault: (value: string) => string | undefined) => {
    const value = env[variable]?.trim();
    const message = value && fault(value);
    if (message) found.set(variable, message);
  };
  if (block?.export_interval === undefined) {
    plain('OTEL_METRIC_EXPORT_INTERVAL', (value) => msFault(value, 1_000, 86_400_000));
  }
  for (const signal of SIGNALS) {
    plain(`OTEL_${signal.toUpperCase()}_EXPORTER`, (value) => choiceFault(value, ['otlp', 'none']));
  }
  plain('OTEL_RESOURCE_ATTRIBUTES', pairsFault);
  if (block?.proxy === undefined) {
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY'] as const) {
      const set = proxyVariable(env, name);
      const message = set && proxyFault(set.value);
      if (message) found.set(set.variable, message);
    }
  }
  return Array.from(found, ([variable, message]) => ({ variable, message }));
}

function choiceFault(value: string, choices: readonly string[]): string | undefined {
  return choices.includes(value) ? undefined : `must be one of ${choices.join(', ')}`;
}

function msFault(value: string, min: number, max: number): string | undefined {
  if (!/^\d+$/.test(value)) return `must be a whole number of milliseconds: write ${min * 10}`;
  const ms = Number(value);
  return ms < min || ms > max ? `must be from ${min} to ${max} milliseconds` : undefined;
}

function fileFault(file: string, read: (file: string) => unknown): string | undefined {
  try {
    read(file);
    return undefined;
  } catch (error) {
    return `${file}: ${(error as Error).message}`;
  }
}

/** Certificate and key of the client are a pair. */
function clientFaults(env: Env, found: Map<string, string>): void {
  for (const signal of SIGNALS) {
    const cert = otlpVariable(env, 'CLIENT_CERTIFICATE', signal);
    const key = otlpVariable(env, 'CLIENT_KEY', signal);
    if (cert && !key) found.set(cert.variable, 'needs OTEL_EXPORTER_OTLP_CLIENT_KEY: set both');
    if (key && !cert)
      found.set(key.variable, 'needs OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: set both');
    if (!cert || !key) continue;
    const broken =
      fileFault(cert.value, readCertificates) ??
      fileFault(key.value, readTlsKey) ??
      fileFault(key.value, () => checkKeyPair(cert.value, key.value));
    if (broken)
      found.set(broken.startsWith(`${cert.value}:`) ? cert.variable : key.variable, broken);
  }
}

function headersFaults(block: OtlpBlock | undefined, env: Env, found: Map<string, string>): void {
  for (const signal of SIGNALS) {
    const target = otlpVariable(env, 'ENDPOINT', signal);
    const endpoint = typeof block?.endpoint === 'string' ? block.endpoint : target?.value;
    const accepted = block?.insecure === true || isInsecure(env, signal);
    const readable = (names: readonly string[]) =>
      accepted || endpoint === undefined ? undefined : plaintextFault(endpoint, names);
    if (target && block?.endpoint === undefined) {
      const fault = readable(Object.keys(block?.headers ?? {}));
      if (fault)
        found.set(target.variable, `${fault}: write https, or insecure: true in the block`);
    }
    for (const set of [
      otlpVariable(env, 'HEADERS', signal),
      otlpVariable(env, 'HEADERS', undefined),
    ]) {
      if (!set) continue;
      const pairs = parsePairs(set.value);
      const [bad] = headerFaults(pairs);
      const plain = readable(Object.keys(pairs));
      const message =
        pairsFault(set.value) ??
        bad?.message ??
        (plain && `${plain}: use https, or OTEL_EXPORTER_OTLP_INSECURE=true to accept that`);
      if (message) found.set(set.variable, message);
    }
  }
}

function pairsFault(written: string): string | undefined {
  for (const pair of split(written)) {
    if (pair.indexOf('=') <= 0) {
      return 'must be pairs, key=value,key=value: a comma in a value is written %2C';
    }
    if (decode(pair) === undefined) return 'has a % that begins no code: write %25';
  }
  return undefined;
}

/** `a=1,b=2`, values percent-encoded. */
export function parsePairs(written: string | undefined): Record<string, string> {
  return Object.fromEntries(
    split(written ?? '').flatMap((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) return [];
      const value = pair.slice(at + 1).trim();
      return [[pair.slice(0, at).trim(), decode(value) ?? value]];
    }),
  );
}

/** Attributes of every Resource. */
export function resourceOf(env: Env): Readonly<Record<string, string>> {
  const serviceName = env['OTEL_SERVICE_NAME']?.trim();
  return {
    ...parsePairs(env['OTEL_RESOURCE_ATTRIBUTES']),
    ...(serviceName ? { 'service.name': serviceName } : {}),
  };
}

function split(written: string): string[] {
  return written.split(',').filter((pair) => pair.trim() !== '');
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
