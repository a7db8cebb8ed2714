import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { countRows, seriesOf, type PerfSeries } from '../../src/backend/columns.ts';
import type { Snapshot } from '../../src/backend/snapshot.ts';
import { familyOf } from '../../src/telemetry/catalog.ts';
import { otlpOf, type OtlpSettings } from '../../src/telemetry/otlp/config.ts';
import { createMetricExport } from '../../src/telemetry/otlp/metrics.ts';
import { createOutgoing } from '../../src/telemetry/otlp/outgoing.ts';
import { SnapshotProducer } from '../../src/telemetry/otlp/producer.ts';
import { createSelfMetrics } from '../../src/telemetry/self.ts';
import { eventually, freePort } from '../kit/ports.ts';
import { startReceiver, type Receiver } from '../kit/receiver.ts';
import { serve } from '../kit/http-server.ts';
import { fakeSnapshot, quietLog } from '../kit/snapshot.ts';
import { columnsOf } from '../kit/samples.ts';

const NOW = 1_790_000_000_000;
const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

const settingsOf = (endpoint: string, further: Partial<OtlpSettings> = {}): OtlpSettings => {
  const settings = otlpOf({ endpoint, protocol: 'http/json' }, {});
  if (!settings) throw new Error('no settings');
  return { ...settings, ...further };
};

async function exporting(further: Partial<OtlpSettings> = {}) {
  const server = await startReceiver();
  const otlp = settingsOf(server.endpoint, { intervalMs: 3_600_000, ...further });
  const metrics = createMetricExport({
    otlp,
    log: quietLog,
    self: createSelfMetrics(),
    agent: { version: '1' },
  });
  opened.push(server, { [Symbol.asyncDispose]: () => metrics.close() });
  return { server, metrics };
}

function pointsOf(server: Receiver, metric: string) {
  return server
    .bodies()
    .flatMap(({ resourceMetrics }) =>
      (resourceMetrics ?? []).flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) =>
          metrics
            .filter(({ name }) => name === metric)
            .flatMap(({ gauge, sum }) => (gauge ?? sum)?.dataPoints ?? []),
        ),
      ),
    );
}

const volume = (times: number[], values: number[], name = 'iops' as const): PerfSeries => ({
  name, resource_type: 'volume', resource_id: 'v', times, values,
}); // prettier-ignore

const empty: Snapshot = {
  system: 'a', vendor: 'v', model: 'm', labels: {}, up: true, inventoryTime: NOW, performance: [],
  inventory: { volumes: [{ native_volume_id: 'v', name: 'ora' }] },
}; // prettier-ignore

describe('the export of metrics', () => {
  it("sends each sample at the array's time, with the inventory's names", async () => {
    const { server, metrics } = await exporting();
    metrics.samples(empty, columnsOf([volume([NOW, NOW + 1], [1, 2])]));
    metrics.samples(empty, columnsOf([volume([NOW + 2.5], [3])]));
    expect(await metrics.flush(5_000)).toBe(true);
    const points = pointsOf(server, 'storage.volume.operations');
    expect(points.map(({ asDouble, timeUnixNano }) => [asDouble, timeUnixNano])).toEqual([
      [1, `${NOW}000000`],
      [2, `${NOW + 1}000000`],
      [3, `${NOW + 2}500000`],
    ]);
    expect(points[0]?.attributes.map(({ key, value }) => [key, value.stringValue])).toEqual([
      ['storage.system.name', 'a'],
      ['storage.volume.id', 'v'],
      ['storage.volume.name', 'ora'],
    ]);
  });

  it('sends the state of an array at once, and then at each interval', async () => {
    const { server, metrics } = await exporting({ intervalMs: 50, repeatLast: true });
    metrics.inventory({ ...empty, performance: columnsOf([volume([NOW], [7])]) });
    await eventually('three states', () =>
      pointsOf(server, 'storage.system.up').length >= 3 ? true : undefined,
    );
    const repeated = pointsOf(server, 'storage.volume.operations');
    expect(repeated.length).toBeGreaterThanOrEqual(2);
    expect(repeated.every(({ asDouble }) => asDouble === 7)).toBe(true);
    expect(new Set(repeated.map(({ timeUnixNano }) => timeUnixNano)).size).toBe(repeated.length);
    metrics.forget('a');
    await metrics.flush(5_000);
    const sent = server.requests.length;
    metrics.inventory({ ...empty, system: 'b' });
    await eventually('the other array', () =>
      server.requests.length > sent + 2 ? true : undefined,
    );
    expect(JSON.stringify(server.bodies().slice(sent))).not.toContain('"stringValue":"a"');
  });

  it('sends the last value once unless it is told to repeat', async () => {
    const { server, metrics } = await exporting({ intervalMs: 30 });
    metrics.inventory({ ...empty, performance: columnsOf([volume([NOW], [7])]) });
    await eventually('states', () =>
      pointsOf(server, 'storage.system.up').length >= 3 ? true : undefined,
    );
    expect(pointsOf(server, 'storage.volume.operations')).toEqual([]);
    expect(pointsOf(server, 'storage.system.performance.sample_timestamp')[0]?.asDouble).toBe(
      NOW / 1_000,
    );
  });

  it('leaves out what the series limit left out of the page', async () => {
    const { server, metrics } = await exporting();
    const left = new Set([
      familyOf('storage.volume.operations').index,
      familyOf('storage.volume.info').index,
    ]);
    metrics.inventory(empty, left);
    metrics.samples(empty, columnsOf([volume([NOW], [1])]), left);
    expect(await metrics.flush(5_000)).toBe(true);
    expect(pointsOf(server, 'storage.system.up')).toHaveLength(1);
    expect(pointsOf(server, 'storage.volume.info')).toEqual([]);
    expect(pointsOf(server, 'storage.volume.operations')).toEqual([]);
  });

  it('splits what is large into batches of 8,000 points, in order', async () => {
    const { server, metrics } = await exporting();
    const times = Array.from({ length: 20_001 }, (_, at) => NOW + at);
    metrics.samples(empty, columnsOf([volume(times, times)]));
    expect(await metrics.flush(20_000)).toBe(true);
    expect(
      server.bodies().map((body) => JSON.stringify(body).split('"asDouble"').length - 1),
    ).toEqual([8_000, 8_000, 4_001]);
    expect(server.values()).toEqual(times);
  });
});

describe('the producer', () => {
  it('gives any reader of the SDK what the snapshot says', async () => {
    const { snapshot } = await fakeSnapshot({ now: NOW });
    const { resourceMetrics, errors } = await new SnapshotProducer(() => snapshot, {
      version: '1',
    }).collect();
    expect(errors).toEqual([]);
    expect(resourceMetrics.resource.attributes).toMatchObject({
      'service.name': 'delfin-agent',
      'service.instance.id': 'fake-1',
    });
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const latency = metrics.find(({ descriptor }) => descriptor.name === 'storage.volume.latency');
    expect(latency?.dataPoints).toHaveLength(5);
    expect(latency?.dataPoints[0]?.endTime).toEqual([NOW / 1_000, 0]);
  });
});

describe('an outage of half an hour at 180,000 points a minute', () => {
  it('fits the queue, and nothing is lost', async () => {
    // One real batch stands for all of them: what they weigh is what counts.
    const { snapshot } = await fakeSnapshot({
      fake: {
        volumes: 900,
        metrics: [
          'iops',
          'readIops',
          'writeIops',
          'throughput',
          'readThroughput',
          'writeThroughput',
          'responseTime',
          'readResponseTime',
          'writeResponseTime',
        ],
      },
      windowMs: 15_000,
    });
    const { resourceMetrics } = await new SnapshotProducer(
      () => ({
        ...snapshot,
        inventory: {},
        performance: columnsOf([...seriesOf(snapshot.performance)].slice(0, 8_000)),
      }),
      { version: '1' },
    ).collect();
    const body = ProtobufMetricsSerializer.serializeRequest(resourceMetrics) ?? new Uint8Array();
    const port = await freePort();
    const self = createSelfMetrics();
    const otlp = settingsOf(`http://127.0.0.1:${port}`, {
      protocol: 'http/protobuf',
      timeoutMs: 5_000,
    });
    const outgoing = createOutgoing({
      signal: 'metrics',
      otlp,
      log: quietLog,
      self,
      firstRetryMs: 50,
    });
    opened.push({ [Symbol.asyncDispose]: () => outgoing.close() });
    const batches = (30 * 180_000) / 8_000;
    let exported = 0;
    const each = gzipSync(body, { level: 3 }).length;
    const counted = () =>
      eventually('compression', () =>
        outgoing.queuedBytes() === exported * each ? true : undefined,
      );
    for (let at = 0; at < batches; at += 1) {
      exported += 1;
      outgoing.add(body, 8_000);
      // The batches of a minute are compressed before those of the next come.
      if (at % 23 === 22) await counted();
    }
    await counted();
    expect(countRows(snapshot.performance)).toBeGreaterThan(8_000);
    expect(outgoing.queuedBytes()).toBeLessThan(96 * 2 ** 20);
    expect(self.counts().get('delfin_otlp_dropped_items_total')).toBeUndefined();
    const received: number[] = [];
    const healed = await serve(
      (request, response) => {
        received.push(request.body.length);
        response.end();
      },
      { port, plain: true },
    );
    opened.push(healed);
    expect(await outgoing.flush(50_000)).toBe(true);
    expect(received).toHaveLength(batches);
    expect(self.counts().get('delfin_otlp_exported_items_total')?.get('metrics')).toBe(
      batches * 8_000,
    );
  });
});
