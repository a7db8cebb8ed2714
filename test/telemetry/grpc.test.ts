/** OTLP over gRPC: what is sent, and what follows of each answer. */
import { ProtobufMetricsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/driver/secret.ts';
import { otlpOf, type OtlpSettings, type Signal } from '../../src/telemetry/otlp/config.ts';
import { createOutgoing } from '../../src/telemetry/otlp/outgoing.ts';
import { statusOf, verdictOfStatus } from '../../src/telemetry/otlp/grpc-status.ts';
import { varint } from '../../src/telemetry/otlp/wire.ts';
import { createSelfMetrics, type SelfName } from '../../src/telemetry/self.ts';
import { VERSION } from '../../src/version.ts';
import { startGrpcReceiver, type GrpcReceiver } from '../kit/grpc-receiver.ts';
import { eventually } from '../kit/ports.ts';

let receiver: GrpcReceiver;
const opened: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  receiver = await startGrpcReceiver();
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await receiver[Symbol.asyncDispose]();
});

const field = (number: number, content: Uint8Array) =>
  Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);

/** A request of metrics, or records, with so many items. */
function requestOf(signal: Signal, items: number): Buffer {
  const each = Array.from({ length: items }, () =>
    field(signal === 'metrics' ? 1 : 2, Buffer.from([0x19, 1, 0, 0, 0, 0, 0, 0, 0])),
  );
  const inner = Buffer.concat(each);
  return signal === 'metrics'
    ? field(1, field(2, field(2, Buffer.concat([field(1, Buffer.from('n')), field(5, inner)]))))
    : field(1, field(2, inner));
}

function sending(
  signal: Signal = 'metrics',
  further: Partial<OtlpSettings> = {},
  firstRetryMs = 10,
) {
  const otlp = otlpOf({ endpoint: receiver.endpoint, protocol: 'grpc' }, {});
  if (!otlp) throw new Error('no settings');
  const self = createSelfMetrics();
  const lines: string[] = [];
  const note = (fields: object, text: string) =>
    void lines.push(`${text} ${JSON.stringify(fields)}`);
  const log = { debug: note, info: note, warn: note, error: note };
  const outgoing = createOutgoing({
    signal,
    otlp: { ...otlp, ...further },
    log,
    self,
    firstRetryMs,
  });
  opened.push(outgoing);
  return {
    lines,
    count: (name: SelfName, ...labels: string[]) =>
      self.counts().get(name)?.get([signal, ...labels].join('\u0000')) ?? 0,
    async send(items: number) {
      outgoing.add(requestOf(signal, items), items);
      await outgoing.idle();
    },
  }; // prettier-ignore
}

describe('a call', () => {
  it('carries the batch, its compression, the headers and who sends it', async () => {
    const headers = { metrics: { authorization: new Secret('Bearer t0ken') }, logs: {} };
    const { send, count } = sending('metrics', { headers, timeoutMs: 7_000 });
    await send(3);
    await send(2);
    expect(receiver.calls.map(({ body }) => body)).toEqual([
      requestOf('metrics', 3),
      requestOf('metrics', 2),
    ]);
    expect(receiver.calls[0]?.headers).toMatchObject({
      ':path': '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
      'content-type': 'application/grpc',
      'grpc-encoding': 'gzip',
      'grpc-timeout': '7000m',
      authorization: 'Bearer t0ken',
      te: 'trailers',
      'user-agent': `delfin-agent/${VERSION} OTel-OTLP-Exporter-JavaScript/${VERSION}`,
    });
    expect(receiver.connections()).toBe(1);
    expect(count('delfin_otlp_exported_items_total')).toBe(5);
    const logs = sending('logs', { compression: 'none' });
    await logs.send(1);
    expect(receiver.calls.at(-1)).toMatchObject({ body: requestOf('logs', 1) });
    expect(receiver.calls.at(-1)?.headers['grpc-encoding']).toBeUndefined();
    expect(receiver.calls.at(-1)?.headers[':path']).toMatch(/logs\.v1\.LogsService\/Export$/);
  });

  it.each(['metrics', 'logs'] as const)('of %s that is taken in part is counted', async (signal) => {
    const body = Buffer.concat([field(1, Buffer.concat([Buffer.from([8, 2]), field(2, Buffer.from('too old'))]))]);
    const serializer = signal === 'metrics' ? ProtobufMetricsSerializer : ProtobufLogsSerializer;
    expect(JSON.stringify(serializer.deserializeResponse(body))).toContain('too old');
    receiver.next({ status: 0, body });
    const { send, count, lines } = sending(signal);
    await send(5);
    expect(count('delfin_otlp_dropped_items_total', 'partial')).toBe(2);
    expect(count('delfin_otlp_exported_items_total')).toBe(3);
    expect(lines.join()).toMatch(/takes data with a warning.*too old/);
  }); // prettier-ignore

  it('that fails is made again on a new connection, until it is taken', async () => {
    receiver.next({ cut: true }, { status: 14 }, { http: 503 }, { status: 4, trailersOnly: true });
    const { send, count } = sending();
    await send(3);
    expect(count('delfin_otlp_exported_items_total')).toBe(3);
    expect(receiver.connections()).toBe(2);
    expect(count('delfin_otlp_export_errors_total', 'UNAVAILABLE')).toBe(2);
    expect(count('delfin_otlp_export_errors_total', 'DEADLINE_EXCEEDED')).toBe(1);
  });

  it('that is refused costs its batch; one that is too large comes in halves', async () => {
    receiver.next({ status: 3, message: 'no ünit' });
    const { send, count, lines } = sending();
    await send(3);
    expect(count('delfin_otlp_dropped_items_total', 'refused')).toBe(3);
    expect(lines.join()).toMatch(/gRPC INVALID_ARGUMENT.*it says: no ünit/);
    receiver.next({ status: 8, message: 'grpc: received message larger than max (9 vs. 4)' });
    await send(4);
    expect(receiver.calls.slice(-2).map(({ body }) => body)).toEqual([
      requestOf('metrics', 2),
      requestOf('metrics', 2),
    ]);
    expect(count('delfin_otlp_exported_items_total')).toBe(4);
  });

  it('waits as long as the receiver asks', async () => {
    receiver.next({ status: 14, retrySeconds: 1 });
    const { send } = sending();
    await send(1);
    const [first, second] = receiver.calls.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('to what is no gRPC server says so', async () => {
    const { createServer } = await import('node:http');
    const server = createServer((_, response) => void response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as { port: number };
    const urls = { metrics: `http://127.0.0.1:${port}`, logs: '' };
    const { send, lines } = sending('metrics', { urls });
    void send(1);
    const line = await eventually('a failure', () => lines[0]);
    expect(line).toMatch(/"error_type":"(protocol|connection)".*HTTP port 4318.*4317/);
    server.close();
  });
});

describe('a status', () => {
  // The table of the specification: opentelemetry-proto, docs/specification.md, failures of gRPC.
  it.each([
    [1, 'CANCELLED', 'retry'],
    [2, 'UNKNOWN', 'refused'],
    [3, 'INVALID_ARGUMENT', 'refused'],
    [4, 'DEADLINE_EXCEEDED', 'retry'],
    [5, 'NOT_FOUND', 'refused'],
    [6, 'ALREADY_EXISTS', 'refused'],
    [7, 'PERMISSION_DENIED', 'refused'],
    [8, 'RESOURCE_EXHAUSTED', 'refused'],
    [9, 'FAILED_PRECONDITION', 'refused'],
    [10, 'ABORTED', 'retry'],
    [11, 'OUT_OF_RANGE', 'retry'],
    [12, 'UNIMPLEMENTED', 'refused'],
    [13, 'INTERNAL', 'refused'],
    [14, 'UNAVAILABLE', 'retry'],
    [15, 'DATA_LOSS', 'retry'],
    [16, 'UNAUTHENTICATED', 'refused'],
  ])('%i, %s: %s', (code, errorType, kind) => {
    const status = statusOf({ 'grpc-status': String(code) });
    expect(verdictOfStatus(status, [])).toMatchObject({ kind, errorType });
  });

  it('RESOURCE_EXHAUSTED is repeated only where the receiver says when, five minutes at most', () => {
    const status = { code: 8, message: 'a s3cret' };
    expect(verdictOfStatus({ ...status, retryMs: 0 }, [])).toMatchObject({ kind: 'retry', afterMs: 0 });
    expect(verdictOfStatus({ ...status, retryMs: 9e9 }, ['s3cret'])).toMatchObject({
      afterMs: 300_000,
      text: expect.stringMatching(/it says: a \*\*\*$/) as string,
    });
  }); // prettier-ignore
});
