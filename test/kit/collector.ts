/**
 * A real OpenTelemetry Collector on loopback: OTLP over HTTP in, a file of JSON lines out. It is
 * built once from the Go modules in `collector/` and kept under `.cache/`.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectable, freePort } from './ports.ts';
import { findProgram, runProgram, startDaemon, type Daemon } from './programs.ts';

const SOURCE = resolve(import.meta.dirname, 'collector');
const CACHE = resolve(import.meta.dirname, '../../.cache');

export const GO = findProgram('go', ['/usr/local/go/bin']);

/** Building it takes minutes the first time: the time-out of the hook that does. */
export const COLLECTOR_BUILD_MS = 900_000;

/** The program, built if need be. */
export async function buildCollector(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(SOURCE, file)));
  const program = join(CACHE, `otelcol-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(program)) return program;
  if (!GO) throw new Error('go is not installed');
  mkdirSync(CACHE, { recursive: true });
  const made = `${program}.${process.pid}`;
  const { code, stderr } = await runProgram(GO, ['build', '-o', made, '.'], {
    cwd: SOURCE,
    env: { CGO_ENABLED: '0' },
  });
  if (code !== 0) throw new Error(`the collector does not build: ${stderr}`);
  renameSync(made, program);
  return program;
}

/** A data point of the file. */
export interface ReceivedPoint {
  readonly resource: Readonly<Record<string, string>>;
  readonly metric: string;
  readonly unit: string;
  readonly monotonic: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  /** Epoch ms. */
  readonly time: number;
  readonly value: number;
}

export interface RunningCollector extends AsyncDisposable {
  /** Base URL for OTLP over HTTP. */
  readonly endpoint: string;
  /** For OTLP over gRPC. */
  readonly grpcEndpoint: string;
  /** Everything received so far. */
  points(): readonly ReceivedPoint[];
  /** Log records as JSON, each with its resource's attributes. */
  logs(): readonly {
    readonly resource: Readonly<Record<string, string>>;
    readonly record: Record<string, unknown>;
  }[];
  /** Points of each request. */
  batchSizes(): readonly number[];
  /** Ends it; what it received stays. */
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
}

/** PEM files: its certificate, its key, and the authority whose client certificates alone it takes. */
export interface CollectorTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

export async function startCollector(tls?: CollectorTls): Promise<RunningCollector> {
  const program = await buildCollector();
  const folder = mkdtempSync(join(tmpdir(), 'delfin-otelcol-'));
  const port = await freePort();
  const grpcPort = await freePort();
  const file = join(folder, 'received.jsonl');
  const config = join(folder, 'config.yaml');
  writeFileSync(file, '');
  writeFileSync(config, configOf(port, grpcPort, file, tls));
  let daemon: Daemon | undefined;
  const start = async () => {
    daemon = startDaemon(program, ['--config', `file:${config}`]);
    try {
      await connectable(port, daemon.process);
    } catch (error) {
      throw new Error(`the collector does not start: ${daemon.output()}`, { cause: error });
    }
  };
  const stop = async () => {
    await daemon?.stop();
    daemon = undefined;
  };
  await start();
  const lines = () => readLines(file);
  return {
    endpoint: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    grpcEndpoint: `${tls ? 'https' : 'http'}://127.0.0.1:${grpcPort}`,
    points: () => lines().flatMap(pointsOf),
    logs: () => lines().flatMap(recordsOf),
    batchSizes: () =>
      lines().flatMap((line) => (line.resourceMetrics ? [pointsOf(line).length] : [])),
    stop,
    start,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configOf(port: number, grpcPort: number, file: string, tls?: CollectorTls): string {
  const secured = tls
    ? `, tls: { cert_file: "${tls.cert}", key_file: "${tls.key}", client_ca_file: "${tls.clientCa}" }`
    : '';
  return `receivers:
  otlp:
    protocols:
      http: { endpoint: "127.0.0.1:${port}", max_request_body_size: 100000000 ${secured} }
      grpc: { endpoint: "127.0.0.1:${grpcPort}" ${secured} }
exporters:
  file: { path: ${JSON.stringify(file)}, append: true, flush_interval: 100ms }
service:
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    metrics: { receivers: [otlp], exporters: [file] }
    logs: { receivers: [otlp], exporters: [file] }
`;
}

interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}

interface NumberPoint {
  readonly attributes?: readonly KeyValue[];
  readonly timeUnixNano?: string;
  readonly asDouble?: number;
  readonly asInt?: string;
}

interface Line {
  readonly resourceMetrics?: readonly {
    readonly resource: { readonly attributes?: readonly KeyValue[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly unit?: string;
        readonly gauge?: { readonly dataPoints: readonly NumberPoint[] };
        readonly sum?: {
          readonly dataPoints: readonly NumberPoint[];
          readonly isMonotonic?: boolean;
        };
      }[];
    }[];
  }[];
  readonly resourceLogs?: readonly {
    readonly resource: { readonly attributes?: readonly KeyValue[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly Record<string, unknown>[] }[];
  }[];
}

/** Whole lines only: the last one may still be written. */
function readLines(file: string): Line[] {
  const text = readFileSync(file, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

function plain(attributes: readonly KeyValue[] = []): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? '']),
  );
}

function pointsOf(line: Line): ReceivedPoint[] {
  return (line.resourceMetrics ?? []).flatMap(({ resource, scopeMetrics }) => {
    const resourceAttributes = plain(resource.attributes);
    return scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(
        ({ name, unit = '', gauge, sum }) =>
          (gauge ?? sum)?.dataPoints.map((point) => ({
            resource: resourceAttributes,
            metric: name,
            unit,
            monotonic: sum?.isMonotonic === true,
            attributes: plain(point.attributes),
            time: Number(BigInt(point.timeUnixNano ?? '0') / 1_000_000n),
            value: point.asDouble ?? Number(point.asInt ?? 0),
          })) ?? [],
      ),
    );
  });
}

function recordsOf(line: Line) {
  return (line.resourceLogs ?? []).flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map((record) => ({ resource: plain(resource.attributes), record })),
    ),
  );
}
