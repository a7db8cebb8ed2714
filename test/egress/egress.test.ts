/** What workers hand over: kept, bounded as a whole, delivered in order, counted where it is lost. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Alert, Trap } from 'delfin-agent/driver';
import type { PerfSeries } from '../../src/backend/columns.ts';
import type { Snapshot } from '../../src/backend/snapshot.ts';
import { otlpOf } from '../../src/telemetry/otlp/config.ts';
import { createMetricExport } from '../../src/telemetry/otlp/metrics.ts';
import { createSelfMetrics } from '../../src/telemetry/self.ts';
import { eventually, freePort } from '../kit/ports.ts';
import { sinkInto, startReceiver } from '../kit/receiver.ts';
import { quietLog } from '../kit/snapshot.ts';
import { drained, startEgress, type TestEgress } from './kit.ts';
import { columnsOf } from '../kit/samples.ts';

const NOW = 1_790_000_000_000;
const opened: AsyncDisposable[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

function open(firstRetryMs?: number): TestEgress {
  const egress = startEgress(firstRetryMs);
  opened.push(egress);
  return egress;
}

async function receiver() {
  const server = await startReceiver();
  opened.push(server);
  return server;
}

const ARRAY = { name: 'a', vendor: 'v', model: 'm', labels: {} };
const inletOf = (egress: TestEgress, array = ARRAY) => {
  const worker = egress.worker();
  return { ...worker, inlet: worker.link.alertsOf(array, { varbinds: () => false }) };
};

const fault = (id: string, further: Partial<Alert> = {}): Alert => ({
  alert_id: id, match_key: id, severity: 'Major', category: 'Fault', ...further,
}); // prettier-ignore

const trapOf = (received: number): Trap => ({
  version: 'v2c', pdu_type: 'trap', trap_oid: '1.3.6.1.4.1.32473.1', varbinds: [],
  source: '192.0.2.1', source_port: 162, received_at: received,
}); // prettier-ignore

interface LogBody {
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly attributes: readonly {
          readonly key: string;
          readonly value: { stringValue?: string };
        }[];
      }[];
    }[];
  }[];
}

/** `state key` of each record, in the order they came. */
function statesOf(bodies: readonly unknown[]): string[] {
  return (bodies as readonly LogBody[]).flatMap(({ resourceLogs }) =>
    (resourceLogs ?? []).flatMap(({ scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) =>
        logRecords.map(({ attributes }) => {
          const text = (key: string) =>
            attributes.find((attribute) => attribute.key === `storage.alert.${key}`)?.value
              .stringValue;
          return `${text('state')} ${text('match_key')}`;
        }),
      ),
    ),
  );
}

const jsonOtlp = (endpoint: string, further = {}) => ({
  otlp: { endpoint, protocol: 'http/json', ...further },
});

describe('alerts handed over', () => {
  it('outlive the worker: no record anew from its successor, and its end is told', async () => {
    const server = await receiver();
    const egress = open();
    await egress.apply(jsonOtlp(server.endpoint));
    const first = inletOf(egress);
    await first.inlet.poll([fault('1'), fault('2')], NOW, true);
    expect(first.inlet.counts()?.Major).toBe(2);
    await first.die();
    const second = inletOf(egress);
    await eventually('its counts', () => second.inlet.counts());
    expect(second.inlet.counts()?.Major).toBe(2);
    await second.inlet.poll([fault('2')], Date.now(), true);
    expect(second.inlet.counts()?.Major).toBe(1);
    await eventually('all records', () =>
      statesOf(server.logBodies()).length >= 3 ? true : undefined,
    );
    await drained(egress);
    expect(statesOf(server.logBodies())).toEqual(['raised 1', 'raised 2', 'cleared 1']);
  });

  it('outlive another configuration of the exports', async () => {
    const [before, after] = [await receiver(), await receiver()];
    const egress = open();
    await egress.apply(jsonOtlp(before.endpoint));
    const { inlet } = inletOf(egress);
    await inlet.poll([fault('1')], NOW, true);
    await egress.apply({ ...jsonOtlp(after.endpoint), agent_id: 'other' });
    egress.retain(['a']);
    await inlet.poll([fault('1'), fault('2')], Date.now(), true);
    const all = () => [...statesOf(before.logBodies()), ...statesOf(after.logBodies())];
    await eventually('both records', () => (all().length >= 2 ? true : undefined));
    await drained(egress);
    expect(all()).toEqual(['raised 1', 'raised 2']);
    egress.retain([]);
    await inlet.poll([fault('3')], Date.now(), true);
    await eventually('a count', () =>
      egress.count('delfin_alert_dropped_total', 'backend_gone') === 1 ? true : undefined,
    );
  });

  it('are told again to an egress that replaces a dead one', async () => {
    const server = await receiver();
    const dead = open();
    const { inlet, link, die } = inletOf(dead);
    await die();
    const told = Promise.resolve(inlet.poll([fault('1')], NOW, true));
    inlet.trap(trapOf(NOW), [fault('2')]);
    const egress = open();
    await egress.apply(jsonOtlp(server.endpoint));
    egress.connect(link);
    await told;
    expect(inlet.counts()?.Major).toBe(2);
    await eventually('the records', () =>
      statesOf(server.logBodies()).length === 2 ? true : undefined,
    );
    expect(statesOf(server.logBodies())).toEqual(['raised 1', 'raised 2']);
  });

  it('of any length are bounded in bytes: 7,000 faults of 60 kB, counted', async () => {
    const egress = open();
    await egress.apply({});
    const { inlet } = inletOf(egress);
    const description = 'x'.repeat(60_000);
    for (let at = 0; at < 7_000; at += 1) {
      inlet.trap(trapOf(NOW + at), [fault(`f${at}`, { description, location: `slot ${at}` })]);
      if (at % 100 === 99) await inlet.told?.();
    }
    const active = inlet.counts()?.Major ?? 0;
    await eventually('the others to be counted', () =>
      egress.count('delfin_alert_dropped_total', 'tracker_full') === 7_000 - active
        ? true
        : undefined,
    );
    // 32 MiB of texts that were cut to 8,192 characters.
    expect(active).toBeGreaterThan(1_500);
    expect(active).toBeLessThan(2_200);
  });

  it('in a storm are all there: 65,536 records, with a Collector that takes its time', async () => {
    let records = 0;
    const slow = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = gunzipSync(Buffer.concat(chunks)).toString('utf8');
        records += statesOf([JSON.parse(body)]).length;
        setTimeout(() => response.end('{}'), 50);
      });
    });
    await once(slow.listen(0, '127.0.0.1'), 'listening');
    opened.push({ [Symbol.asyncDispose]: async () => void slow.close() });
    const egress = open();
    await egress.apply(jsonOtlp(`http://127.0.0.1:${(slow.address() as AddressInfo).port}`));
    const { inlet } = inletOf(egress);
    for (let at = 0; at < 65_536; at += 1) inlet.unparsed(trapOf(NOW + at), 'unknown_trap');
    await inlet.told?.();
    await eventually('all to be delivered', () => (records >= 65_536 ? true : undefined), 60_000);
    await drained(egress);
    expect(records).toBe(65_536);
    expect(egress.count('delfin_otlp_dropped_items_total', 'logs', 'queue_full')).toBe(0);
  }, 90_000);

  it('that were cut are still told apart', async () => {
    const egress = open();
    await egress.apply({});
    const { inlet } = inletOf(egress);
    const long = 'k'.repeat(5_000);
    await inlet.poll(
      ['1', '2'].map((end) => fault('f', { match_key: long + end })),
      NOW,
      true,
    );
    expect(inlet.counts()?.Major).toBe(2);
  });
});

const volumes = (count: number, time: number) =>
  columnsOf(
    Array.from({ length: count }, (_, at) => ({
      name: 'iops', resource_type: 'volume', resource_id: `volume-${at}`, times: [time], values: [at],
    })),
  ); // prettier-ignore

const snapshotOf = (system: string): Snapshot => ({
  system, vendor: 'v', model: 'm', labels: {}, up: true, inventory: {}, performance: [],
}); // prettier-ignore

function settingsOf(endpoint: string, protocol: 'http/json' | 'http/protobuf') {
  const otlp = otlpOf({ endpoint, protocol, export_interval: '1h' }, {});
  if (!otlp) throw new Error('no settings');
  return otlp;
}

/** A worker that exports as the ones of the agent do. */
function exporting(egress: TestEgress, endpoint: string, protocol: 'http/json' | 'http/protobuf') {
  const worker = egress.worker();
  const otlp = settingsOf(endpoint, protocol);
  const sink = worker.link.sinkOf(protocol);
  const metrics = createMetricExport({
    otlp, log: quietLog, self: createSelfMetrics(), agent: { version: '1' }, sink,
  }); // prettier-ignore
  return { ...worker, metrics };
}

describe('samples handed over', () => {
  it('outlive the worker, each once; those it still had are counted', async () => {
    const server = await receiver();
    server.always({ kind: 'status', status: 503 });
    const egress = open();
    await egress.apply(jsonOtlp(server.endpoint));
    const worker = exporting(egress, server.endpoint, 'http/json');
    worker.metrics.samples(snapshotOf('a'), volumes(20_000, NOW));
    await worker.metrics.settled();
    await worker.link.settled();
    // Announced, and not yet made into a batch when the worker dies.
    worker.metrics.samples(snapshotOf('a'), volumes(1_500, NOW + 1));
    await worker.die();
    await eventually('the count', () =>
      egress.count('delfin_otlp_dropped_items_total', 'metrics', 'worker_lost') > 0
        ? true
        : undefined,
    );
    server.always({ kind: 'take' });
    await drained(egress);
    expect(server.values().length).toBe(20_000);
    expect(new Set(server.values()).size).toBe(20_000);
    expect(egress.count('delfin_otlp_dropped_items_total', 'metrics', 'worker_lost')).toBe(1_500);
  });

  it('wait for the new receiver when the configuration changes, in the form they were made', async () => {
    const after = await receiver();
    const egress = open(60_000);
    const gone = `http://127.0.0.1:${await freePort()}`;
    await egress.apply(jsonOtlp(gone));
    const worker = exporting(egress, gone, 'http/json');
    worker.metrics.samples(snapshotOf('a'), volumes(10, NOW));
    await worker.metrics.settled();
    await worker.link.settled();
    await egress.apply(jsonOtlp(after.endpoint, { protocol: 'http/protobuf' }));
    await drained(egress);
    expect(after.values()).toHaveLength(10);
    expect(after.requests.at(-1)?.headers['content-type']).toBe('application/json');
  });

  it('an address that is none leaves the exports as they were', async () => {
    const server = await receiver();
    const egress = open();
    await egress.apply(jsonOtlp(server.endpoint));
    await expect(egress.apply(jsonOtlp('http://127.0.0.1:431800'))).rejects.toThrow(/URL/);
    await expect(egress.apply(jsonOtlp(server.endpoint, { ca: '/gone/ca.pem' }))).rejects.toThrow(
      /./,
    );
    const worker = exporting(egress, server.endpoint, 'http/json');
    worker.metrics.samples(snapshotOf('a'), volumes(10, NOW));
    await eventually('points', () => (server.values().length === 10 ? true : undefined));
  });

  it('in flight to an egress that dies are counted, those behind go to the next', async () => {
    const server = await receiver();
    const egress = open();
    await egress.apply(jsonOtlp(server.endpoint));
    const { link, metrics, die } = exporting(egress, server.endpoint, 'http/json');
    await die();
    const dying = new MessageChannel();
    link.attach(dying.port2);
    metrics.samples(snapshotOf('a'), volumes(8_000, NOW));
    await metrics.settled();
    const gone = once(dying.port2, 'close');
    dying.port1.close();
    await gone;
    metrics.samples(snapshotOf('a'), volumes(3, NOW + 1));
    egress.connect(link);
    await eventually('the second', () => (server.values().length > 0 ? true : undefined));
    await drained(egress);
    expect(server.values()).toEqual([0, 1, 2]);
    expect(egress.count('delfin_otlp_dropped_items_total', 'metrics', 'egress_lost')).toBe(8_000);
  });
});

describe('a Collector that is away for too long', () => {
  it('costs points, the oldest first, before any record; the records all come, in order', async () => {
    const server = await receiver();
    server.always({ kind: 'status', status: 503 });
    const egress = open(60_000);
    await egress.apply(jsonOtlp(server.endpoint, { queue: '1MiB' }));
    const worker = exporting(egress, server.endpoint, 'http/json');
    const inlet = worker.link.alertsOf(ARRAY, { varbinds: () => false });
    const lost = (signal: string) =>
      egress.count('delfin_otlp_dropped_items_total', signal, 'queue_full');
    let raised = 0;
    let minute = 0;
    // Points and records come together, until points must go, and on after that.
    for (let after = 0; after < 10; after += lost('metrics') > 0 ? 1 : 0) {
      minute += 1;
      expect(minute).toBeLessThan(200);
      worker.metrics.samples(snapshotOf('a'), volumes(10_000, NOW + minute));
      for (let end = raised + 20; raised < end; raised += 1)
        inlet.trap(trapOf(NOW + raised), [fault(`${raised}`)]);
      await worker.metrics.settled();
      await worker.link.settled();
      await eventually('it is counted', () => (lost('metrics') >= after ? true : undefined));
    }
    expect([lost('metrics') > 0, lost('logs')]).toEqual([true, 0]);
    expect(egress.queuedBytes()).toBeLessThanOrEqual(2 ** 20);
    server.always({ kind: 'take' });
    await egress.close(200_000);
    expect(statesOf(server.logBodies())).toEqual(
      Array.from({ length: raised }, (_, at) => `raised ${at}`),
    );
    // What is left of the points is the newest.
    expect(server.values().length + lost('metrics')).toBe(minute * 10_000);
    const points = server
      .bodies()
      .flatMap(({ resourceMetrics = [] }) => resourceMetrics)
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ gauge }) => gauge?.dataPoints ?? []);
    const minutes = new Set(
      points.map(({ timeUnixNano }) => Number(BigInt(timeUnixNano) / 1_000_000n) - NOW),
    );
    expect(Math.max(...minutes)).toBe(minute);
    expect(Math.min(...minutes)).toBeGreaterThan(1);
  });
});

describe('a Collector that is away for half an hour', () => {
  const WORKERS = 4;
  const VOLUMES = 20_000;
  const MEASURES = [
    'iops', 'readIops', 'writeIops', 'throughput', 'readThroughput', 'writeThroughput',
    'responseTime', 'readResponseTime', 'writeResponseTime',
  ] as const; // prettier-ignore
  const MINUTES = 30;
  const TRAPS_PER_MINUTE = 10 * 60;

  it('loses nothing: the whole bound is there for four workers, and all comes in order', async () => {
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    const egress = open(60_000);
    await egress.apply({ otlp: { endpoint } });
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, async (_, at) => {
        const system = `array-${at}`;
        const { link } = egress.worker();
        return {
          system,
          link,
          sink: link.sinkOf('http/protobuf'),
          inlet: link.alertsOf({ ...ARRAY, name: system }, { varbinds: () => false }),
          round: await roundOf(system),
        };
      }),
    );
    let raised = 0;
    for (let minute = 0; minute < MINUTES; minute += 1) {
      vi.setSystemTime(NOW + minute * 60_000);
      for (const { sink, round } of workers) {
        for (const batch of round) {
          await sink.ready?.();
          sink.add(laterBy(batch, minute), batch.items);
        }
      }
      for (; raised < (minute + 1) * TRAPS_PER_MINUTE; raised += 1) {
        const occurred = { category: 'Event', occur_time: NOW + raised } as const;
        workers[raised % WORKERS]?.inlet.trap(trapOf(Date.now()), [fault(`${raised}`, occurred)]);
        if (raised % 5 === 4) await new Promise((resolve) => void setImmediate(resolve));
      }
      await Promise.all(workers.map(({ link }) => link.settled()));
    }
    const points = MINUTES * VOLUMES * MEASURES.length;
    await eventually(
      'all to be queued',
      () => {
        const { metrics, logs } = egress.waiting();
        return metrics === points && logs === raised ? true : undefined;
      },
      200_000,
    );
    vi.useRealTimers();
    // More than each of the workers would have had of the bound.
    await eventually(
      'the size',
      () => (egress.queuedBytes() > (128 / WORKERS) * 2 ** 20 ? true : undefined),
      60_000,
    );
    expect(egress.queuedBytes()).toBeLessThanOrEqual(128 * 2 ** 20);
    const received: { path: string; body: Buffer }[] = [];
    const healed = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ path: request.url ?? '', body: Buffer.concat(chunks) });
        response.end();
      });
    }).listen(port, '127.0.0.1');
    opened.push({ [Symbol.asyncDispose]: async () => void healed.close() });
    await egress.close(200_000);
    expect(egress.count('delfin_otlp_exported_items_total', 'metrics')).toBe(points);
    expect(egress.count('delfin_otlp_exported_items_total', 'logs')).toBe(raised);
    for (const reason of ['queue_full', 'worker_lost', 'egress_lost', 'shutdown', 'refused']) {
      for (const signal of ['metrics', 'logs']) {
        expect(egress.count('delfin_otlp_dropped_items_total', signal, reason)).toBe(0);
      }
    }
    const minutes = new Map<string, number[]>();
    for (const { path, body } of received) {
      if (path !== '/v1/metrics') continue;
      const { system, minute } = read(gunzipSync(body));
      minutes.set(system, [...(minutes.get(system) ?? []), minute]);
    }
    expect([...minutes.keys()].sort()).toEqual(workers.map(({ system }) => system));
    for (const seen of minutes.values()) {
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(new Set(seen).size).toBe(MINUTES);
    }
  }, 480_000);

  interface Round {
    readonly body: Buffer;
    readonly items: number;
    /** Where the times of its points are. */
    readonly stamps: readonly number[];
  }

  const stampOf = (minute: number) => {
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64LE(BigInt(NOW + minute * 60_000) * 1_000_000n);
    return stamp;
  };

  /** The batches of a quarter of the volumes, as a worker makes them. */
  async function roundOf(system: string): Promise<Round[]> {
    const made: Round[] = [];
    const metrics = createMetricExport({
      otlp: settingsOf('http://127.0.0.1:9', 'http/protobuf'),
      log: quietLog,
      self: createSelfMetrics(),
      agent: { version: '1' },
      sink: sinkInto((bytes, items) => {
        const body = Buffer.from(bytes);
        const stamps: number[] = [];
        const stamp = stampOf(0);
        for (
          let place = body.indexOf(stamp);
          place !== -1;
          place = body.indexOf(stamp, place + 8)
        ) {
          stamps.push(place);
        }
        made.push({ body, items, stamps });
      }),
    });
    const series = Array.from({ length: VOLUMES / WORKERS }, (_, volume) =>
      MEASURES.map((name, measure): PerfSeries => {
        const value = ((volume * 7_919 + measure * 104_729) % 100_000) / 7;
        return {
          name, resource_type: 'volume', resource_id: `volume-${volume}`,
          times: [NOW], values: [Math.round(value * 100) / 100],
        }; // prettier-ignore
      }),
    ).flat();
    metrics.samples(snapshotOf(system), columnsOf(series));
    await metrics.close();
    return made;
  }

  /** The batch as it is some minutes later. */
  function laterBy({ body, stamps }: Round, minute: number): Uint8Array {
    const copy = new Uint8Array(body);
    const stamp = stampOf(minute);
    for (const place of stamps) copy.set(stamp, place);
    return copy;
  }

  function read(body: Buffer): { system: string; minute: number } {
    const [system = ''] = /array-\d/.exec(body.toString('latin1')) ?? [];
    const minute = Array.from({ length: MINUTES }, (_, at_) => at_).find((one) =>
      body.includes(stampOf(one)),
    );
    return { system, minute: minute ?? -1 };
  }
});
