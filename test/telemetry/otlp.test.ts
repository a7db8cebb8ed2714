import { connect, createServer } from 'node:net';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/driver/secret.ts';
import { familyOf } from '../../src/telemetry/catalog.ts';
import { retryAfterMs } from '../../src/telemetry/otlp/attempt.ts';
import { otlpOf, type OtlpSettings } from '../../src/telemetry/otlp/config.ts';
import { createMetricExporter } from '../../src/telemetry/otlp/exporters.ts';
import { createCollection, hrTimeOf } from '../../src/telemetry/otlp/points.ts';
import { splitRequest } from '../../src/telemetry/otlp/split.ts';
import { createSelfMetrics, type SelfName } from '../../src/telemetry/self.ts';
import { eventually, freePort } from '../kit/ports.ts';
import { startReceiver, type Receiver } from '../kit/receiver.ts';
import { quietLog } from '../kit/snapshot.ts';

/** For what must not end early on a busy machine. */
const PATIENT_MS = 50_000;

const FAMILIES = [
  'storage.volume.latency',
  'storage.volume.capacity',
  'storage.volume.throughput',
].map(familyOf);

/** A request with a point for each value, spread over several metrics. */
function requestOf(values: readonly number[]): ResourceMetrics {
  const collection = createCollection({
    resource: resourceFromAttributes({ 'service.name': 'ü"x' }),
    scope: { name: 's', version: '1' },
    start: [0, 0],
    attributes: new WeakMap(),
  });
  const size = Math.ceil(values.length / FAMILIES.length);
  for (const [at, value] of values.entries()) {
    const family = FAMILIES[Math.floor(at / size)];
    if (!family) throw new Error('more values than families take');
    const identity = { labels: [['storage.volume.id', String(at)] as const] };
    collection.add(family, identity, [], hrTimeOf(1_790_000_000_000 + at), value);
  }
  const [request] = collection.batches(Infinity);
  if (!request) throw new Error('no values');
  return request;
}

/** The same request with some of its points. */
function withPoints(
  { resource, scopeMetrics }: ResourceMetrics,
  keep: (value: number) => boolean,
): ResourceMetrics {
  return {
    resource,
    scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.flatMap((metric) => {
        const dataPoints = metric.dataPoints.filter(({ value }) => keep(Number(value)));
        return dataPoints.length > 0 ? [{ ...metric, dataPoints } as typeof metric] : [];
      }),
    })),
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function receiver(): Promise<Receiver> {
  const started = await startReceiver();
  opened.push(started);
  return started;
}

function exporting(endpoint: string, further: Partial<OtlpSettings> = {}, firstRetryMs = 20) {
  const settings = otlpOf({ endpoint, protocol: 'http/json' }, {});
  if (!settings) throw new Error('no settings');
  const self = createSelfMetrics();
  const otlp = { ...settings, timeoutMs: PATIENT_MS, ...further };
  const { exporter, delegate } = createMetricExporter({ otlp, log: quietLog, self, firstRetryMs });
  opened.push({ [Symbol.asyncDispose]: () => delegate.close() });
  const count = (name: SelfName, ...labels: string[]) =>
    self
      .counts()
      .get(name)
      ?.get(['metrics', ...labels].join('\u0000')) ?? 0;
  return {
    delegate,
    count,
    send(values: readonly number[]) {
      let code: number | undefined;
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- two builds of one package
      exporter.export(requestOf(values), (result) => {
        code = result.code;
      });
      return code;
    },
  };
}

/** A flush does not wait for who is away: it is asked for again. */
async function untilDelivered(delegate: { flush(ms: number): Promise<boolean> }): Promise<boolean> {
  for (let times = 0; times < 400; times += 1) if (await delegate.flush(50_000)) return true;
  return false;
}

describe('export to a receiver that', () => {
  it('works: in order, gzip, with the headers of the configuration', async () => {
    const server = await receiver();
    const headers = { authorization: new Secret('Bearer t0ken') };
    const { send, delegate, count } = exporting(server.endpoint, {
      headers: { metrics: headers, logs: {} },
    });
    for (const at of range(0, 10)) expect(send(range(at * 10, at * 10 + 10))).toBe(0);
    expect(await delegate.flush(PATIENT_MS)).toBe(true);
    expect(server.values()).toEqual(range(0, 100));
    expect(server.requests[0]).toMatchObject({
      path: '/v1/metrics',
      headers: {
        authorization: 'Bearer t0ken',
        'content-encoding': 'gzip',
        'content-type': 'application/json',
      },
    });
    expect(count('delfin_otlp_exported_items_total')).toBe(100);
    expect([count('delfin_otlp_queue_bytes'), delegate.queuedBytes()]).toEqual([0, 0]);
  });

  it('is not there and comes back: nothing is lost or doubled, in order', async () => {
    const port = await freePort();
    const { send, delegate, count } = exporting(`http://127.0.0.1:${port}`);
    for (const at of range(0, 5)) send(range(at * 3, at * 3 + 3));
    await eventually('refusals', () =>
      count('delfin_otlp_export_errors_total', 'connection') >= 3 ? true : undefined,
    );
    expect(count('delfin_otlp_queue_bytes')).toBeGreaterThan(0);
    const proxied = await receiver();
    const target = new URL(proxied.endpoint);
    const relay = createServer((socket) => {
      const other = connect(Number(target.port), '127.0.0.1');
      socket.pipe(other).pipe(socket);
      for (const one of [socket, other]) one.on('error', () => {});
    });
    await new Promise<void>((resolve) => relay.listen(port, '127.0.0.1', () => resolve()));
    expect(await delegate.flush(PATIENT_MS)).toBe(true);
    expect(proxied.values()).toEqual(range(0, 15));
    await delegate.close();
    relay.close();
  });

  it('is away is not waited for at the end; one that asks for a pause beyond it is not either', async () => {
    const away = exporting(`http://127.0.0.1:${await freePort()}`);
    away.send(range(0, 3));
    // An hour: it would be waited for if anything was.
    expect(await away.delegate.flush(3_600_000)).toBe(false);
    expect(away.count('delfin_otlp_export_errors_total', 'connection')).toBeLessThan(10);
    await away.delegate.close();
    expect(away.count('delfin_otlp_dropped_items_total', 'shutdown')).toBe(3);

    const server = await receiver();
    server.always({ kind: 'status', status: 503, headers: { 'retry-after': '300' } });
    const pausing = exporting(server.endpoint);
    pausing.send(range(0, 3));
    expect(await pausing.delegate.flush(60_000)).toBe(false);
    expect(server.requests.length).toBeLessThan(4);
  });

  it.each([
    ['resets connections', { kind: 'reset' }, 'connection'],
    ['drips its answer', { kind: 'drip' }, 'timeout'],
    ['never answers', { kind: 'hang' }, 'timeout'],
    ['says 503', { kind: 'status', status: 503 }, '503'],
    ['says 429', { kind: 'status', status: 429, headers: { 'retry-after': '0' } }, '429'],
    ['says 502', { kind: 'status', status: 502 }, '502'],
  ] as const)('%s: every batch is repeated until it is taken', async (_, behaviour, type) => {
    const server = await receiver();
    server.next(behaviour, behaviour, behaviour);
    const waits = type === 'timeout';
    const { send, delegate, count } = exporting(server.endpoint, waits ? { timeoutMs: 500 } : {});
    send([1, 2, 3]);
    send([4]);
    expect(await untilDelivered(delegate)).toBe(true);
    // On a busy machine one more attempt may be late, after the receiver has taken it.
    expect([...new Set(server.values())]).toEqual([1, 2, 3, 4]);
    const errors = count('delfin_otlp_export_errors_total', type);
    if (waits) expect(errors).toBeGreaterThanOrEqual(3);
    else expect(errors).toBe(3);
    expect(count('delfin_otlp_exported_items_total')).toBe(4);
  });

  it('drips a hundred times does not wedge the export', async () => {
    const server = await receiver();
    server.next(...Array.from({ length: 100 }, () => ({ kind: 'drip' }) as const));
    const { send, delegate, count } = exporting(server.endpoint, { timeoutMs: 100 }, 1);
    send([1]);
    send([2]);
    // In a hurry the waits between attempts are short: a hundred of them in this test's time.
    expect(await untilDelivered(delegate)).toBe(true);
    // More if the machine is so busy that an attempt is late for another reason.
    expect(count('delfin_otlp_export_errors_total', 'timeout')).toBeGreaterThanOrEqual(100);
    expect([...new Set(server.values())]).toEqual([1, 2]);
  }, 240_000);

  it('asks for a pause gets it', async () => {
    const server = await receiver();
    server.next({ kind: 'status', status: 429, headers: { 'retry-after': '1' } });
    const { send } = exporting(server.endpoint);
    send([1]);
    await eventually('taken', () => (server.values().length === 1 ? true : undefined));
    const [first, second] = server.requests.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('finds batches too large gets halves of halves', async () => {
    const server = await receiver();
    server.always({ kind: 'atMost', points: 7 });
    const { send, delegate, count } = exporting(server.endpoint);
    send(range(0, 40));
    send([40]);
    expect(await delegate.flush(PATIENT_MS)).toBe(true);
    expect(server.values()).toEqual(range(0, 41));
    expect(count('delfin_otlp_exported_items_total')).toBe(41);
    server.always({ kind: 'status', status: 413 });
    send([1, 2]);
    expect(await delegate.flush(PATIENT_MS)).toBe(true);
    expect(count('delfin_otlp_dropped_items_total', 'too_large')).toBe(2);
  });

  it('refuses a batch costs that batch, counted', async () => {
    const server = await receiver();
    server.next({ kind: 'status', status: 400 }, { kind: 'take', rejected: 1 });
    const { send, delegate, count } = exporting(server.endpoint);
    send([1, 2]);
    send([3, 4]);
    send([5]);
    expect(await delegate.flush(PATIENT_MS)).toBe(true);
    expect(server.values()).toEqual([4, 5]);
    expect(count('delfin_otlp_dropped_items_total', 'refused')).toBe(2);
    expect(count('delfin_otlp_dropped_items_total', 'partial')).toBe(1);
    expect(count('delfin_otlp_export_errors_total', '400')).toBe(1);
  });

  it('redirects is not followed', async () => {
    const [server, other] = [await receiver(), await receiver()];
    server.next({
      kind: 'status',
      status: 307,
      headers: { location: `${other.endpoint}/v1/metrics` },
    });
    const { send, delegate, count } = exporting(server.endpoint);
    send([1]);
    expect(await delegate.flush(PATIENT_MS)).toBe(true);
    expect(other.requests).toEqual([]);
    expect(count('delfin_otlp_dropped_items_total', 'refused')).toBe(1);
  });
});

describe('the queue', () => {
  it('drops the oldest beyond its bound, and counts it', async () => {
    const port = await freePort();
    const { send, delegate, count } = exporting(
      `http://127.0.0.1:${port}`,
      { queueBytes: 40_000, compression: 'none' },
      60_000,
    );
    for (const at of range(0, 60)) send(range(at * 10, at * 10 + 10));
    await eventually('the bound holds', () =>
      delegate.queuedBytes() <= 30_000 ? true : undefined,
    );
    const dropped = count('delfin_otlp_dropped_items_total', 'queue_full');
    expect(dropped).toBeGreaterThan(100);
    await delegate.close();
    expect(count('delfin_otlp_dropped_items_total', 'shutdown')).toBe(600 - dropped);
    expect(count('delfin_otlp_queue_bytes')).toBe(0);
    expect(send([1])).toBe(1);
  });

  it('ends with the agent, whatever the receiver does', async () => {
    const server = await receiver();
    server.always({ kind: 'drip' });
    const { send, delegate } = exporting(server.endpoint, { timeoutMs: 60_000 });
    send([1]);
    await eventually('dripping', () => (server.requests.length > 0 ? true : undefined));
    expect(await delegate.flush(50)).toBe(false);
    await delegate.close();
    expect(delegate.queuedBytes()).toBe(0);
  });
});

describe('halving a request', () => {
  const decode = (body: Uint8Array) =>
    JSON.parse(Buffer.from(body).toString('utf8')) as { resourceMetrics: unknown[] };

  it('keeps every point once and everything around them, as JSON and as protobuf', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), (size) => {
        const values = range(0, size);
        const middle = Math.ceil(size / 2);
        const whole = requestOf(values);
        const json = splitRequest(
          JsonMetricsSerializer.serializeRequest(whole) ?? new Uint8Array(),
          'metrics',
          'http/json',
        );
        const proto = splitRequest(
          ProtobufMetricsSerializer.serializeRequest(whole) ?? new Uint8Array(),
          'metrics',
          'http/protobuf',
        );
        const points = (half: Uint8Array | undefined) =>
          Array.from(
            JSON.stringify(decode(half ?? new Uint8Array())).matchAll(/"asDouble":(\d+)/g),
            ([, value]) => Number(value),
          );
        expect(points(json?.[0])).toEqual(values.slice(0, middle));
        expect(points(json?.[1])).toEqual(values.slice(middle));
        // What the protobuf halves hold is what a request of those points holds.
        const only = (keep: (value: number) => boolean) => {
          const part = withPoints(whole, keep);
          return Buffer.from(ProtobufMetricsSerializer.serializeRequest(part) ?? []);
        };
        expect(Buffer.from(proto?.[0] ?? []).equals(only((value) => value < middle))).toBe(true);
        expect(Buffer.from(proto?.[1] ?? []).equals(only((value) => value >= middle))).toBe(true);
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  it('does not halve one point', () => {
    const body = ProtobufMetricsSerializer.serializeRequest(requestOf([1])) ?? new Uint8Array();
    expect(splitRequest(body, 'metrics', 'http/protobuf')).toBeUndefined();
  });
});

describe('the settings', () => {
  it('come from the block, then from the variables, the signal before the common ones', () => {
    expect(otlpOf(undefined, {})).toBeUndefined();
    expect(otlpOf({}, { OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://other/metrics',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=x%20y',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'b=2',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1500',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=lab',
    };
    const settings = otlpOf(undefined, env);
    expect(settings).toMatchObject({
      urls: { metrics: 'http://other/metrics', logs: 'http://collector:4318/v1/logs' },
      protocol: 'http/json',
      timeoutMs: 1_500,
      intervalMs: 5_000,
      metrics: true,
      logs: false,
      resource: { 'deployment.environment.name': 'lab' },
    });
    const headers = settings?.headers;
    expect([
      headers?.metrics['a']?.reveal(),
      headers?.metrics['b']?.reveal(),
      headers?.logs['b']?.reveal(),
    ]).toEqual(['1', '2', 'x y']);
    expect(JSON.stringify(settings)).not.toContain('x y');
    const block = {
      endpoint: 'http://mine',
      protocol: 'http/protobuf',
      headers: { A: new Secret('3') },
    } as const;
    expect(otlpOf(block, env)).toMatchObject({
      urls: { metrics: 'http://mine/v1/metrics' },
      protocol: 'http/protobuf',
    });
    expect(otlpOf(block, env)?.headers.logs['a']?.reveal()).toBe('3');
  });

  it('read Retry-After as seconds or as a date, five minutes at most', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(retryAfterMs('7', now)).toBe(7_000);
    expect(retryAfterMs('3600', now)).toBe(300_000);
    expect(retryAfterMs('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30_000);
    expect(retryAfterMs('Wed, 31 Dec 2025 00:00:30 GMT', now)).toBe(0);
    expect([retryAfterMs('', now), retryAfterMs('soon', now)]).toEqual([undefined, undefined]);
  });
});
