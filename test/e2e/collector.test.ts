/** The agent as a process, and a real OpenTelemetry Collector that it exports to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { valueAt } from '../../drivers/fake_storage-fake_driver/metrics.ts';
import { CATALOG } from '../../src/telemetry/catalog.ts';
import { startAgent, workspace, type RunningAgent, type Workspace } from '../kit/agent.ts';
import {
  buildCollector,
  COLLECTOR_BUILD_MS,
  startCollector,
  type ReceivedPoint,
  type RunningCollector,
} from '../kit/collector.ts';
import { parseExposition, valueOf } from '../kit/exposition.ts';
import { eventually } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';

const SEED = 11;
const OUTAGE_MS = 60_000;

const configOf = (endpoint: string, more = '') => `
otlp: { endpoint: "${endpoint}", export_interval: 1s, timeout: 2s ${more} }
service_namespace: test
backends:
  - name: array-1
    vendor: fake_storage
    model: fake_driver
    labels: { site: lab }
    inventory: { interval: 1s }
    performance: { interval: 1s }
    alerts: { interval: 1s }
    fake: { seed: ${SEED}, volumes: 3, sample_interval: 1 }
`;

/** Prometheus name and labels of a point. */
function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const written = Object.entries(labels).map(([key, value]) => [key.replaceAll('.', '_'), value]);
  return `${name} ${JSON.stringify(written.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)))}`;
}

const PROMETHEUS_NAMES = new Map(CATALOG.map(({ instrument, name }) => [instrument, name]));

const latencyOf = (points: readonly ReceivedPoint[], volume: string) =>
  points.filter(
    ({ metric, attributes }) =>
      metric === 'storage.volume.latency' && attributes['storage.volume.id'] === volume,
  );

describe.skipIf(!hasProgram('go'))('the OpenTelemetry Collector', () => {
  let space: Workspace;
  let collector: RunningCollector;
  let agent: RunningAgent;

  beforeAll(async () => {
    await buildCollector();
    space = workspace();
    collector = await startCollector();
    agent = await startAgent(space.write('config.yaml', configOf(collector.endpoint)));
    await agent.ready();
  }, COLLECTOR_BUILD_MS);

  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await collector?.[Symbol.asyncDispose]();
    space?.[Symbol.dispose]();
  });

  it('receives every series of the page, with one Resource for the array', async () => {
    const page = parseExposition((await agent.get('/metrics?system=array-1')).text);
    const wanted = new Set(page.map(({ name, labels }) => keyOf(name, labels)));
    expect(wanted.size).toBeGreaterThan(500);
    const received = await eventually('all series', () => {
      const points = collector
        .points()
        .filter(({ resource }) => resource['service.instance.id'] === 'array-1');
      const keys = new Set(
        points.map(({ metric, attributes }) =>
          keyOf(PROMETHEUS_NAMES.get(metric) ?? metric, attributes),
        ),
      );
      return [...wanted].every((key) => keys.has(key)) ? points : undefined;
    });
    expect(received.at(-1)?.resource).toMatchObject({
      'service.name': 'delfin-agent',
      'service.namespace': 'test',
      'storage.system.name': 'array-1',
      'storage.system.serial_number': expect.any(String) as string,
      site: 'lab',
    });
    const units = new Map(CATALOG.map(({ instrument, unit }) => [instrument, unit]));
    expect(received.filter(({ metric, unit }) => units.get(metric) !== unit)).toEqual([]);
  });

  it("receives the driver's values at the driver's times, each once", async () => {
    const points = await eventually('five samples', () => {
      const found = latencyOf(collector.points(), 'volume_0');
      return found.length >= 5 ? found : undefined;
    });
    for (const { time, value } of points) {
      expect(time % 1_000).toBe(0);
      const truth = valueAt(SEED, 'volume', 'volume_0', 'responseTime', time) / 1_000;
      expect(value).toBeCloseTo(truth, 12);
    }
    const times = points.map(({ time }) => time);
    expect(new Set(times).size).toBe(times.length);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    // The page has the same number as one of the points.
    const page = parseExposition((await agent.get('/metrics')).text);
    const shown = valueOf(page, 'storage_volume_latency_seconds', {
      storage_volume_id: 'volume_0',
    });
    await eventually('the value of the page', () =>
      latencyOf(collector.points(), 'volume_0').some(({ value }) => value === shown)
        ? true
        : undefined,
    );
  });

  it("receives the agent's own metrics under its own Resource", async () => {
    const own = await eventually('own metrics', () => {
      const points = collector.points().filter(({ metric }) => metric === 'delfin.collection.runs');
      return points.length > 0 ? points : undefined;
    });
    expect(own[0]).toMatchObject({
      monotonic: true,
      resource: { 'service.name': 'delfin-agent', 'service.namespace': 'test' },
    });
    expect(own[0]?.resource['storage.system.name']).toBeUndefined();
    expect(own.map(({ attributes }) => attributes['storage.system.name'])).toContain('array-1');
  });

  it('misses nothing and gets nothing twice after an outage', { timeout: 240_000 }, async () => {
    await collector.stop();
    const began = Date.now();
    const errors = async () => {
      const page = parseExposition((await agent.get('/metrics')).text);
      return page
        .filter(
          ({ name, labels }) =>
            name === 'delfin_otlp_export_errors_total' && labels['delfin_signal'] === 'metrics',
        )
        .reduce((sum, { value }) => sum + value, 0);
    };
    await eventually(
      'failed attempts and a queue',
      async () => {
        const page = parseExposition((await agent.get('/metrics')).text);
        const queued = valueOf(page, 'delfin_otlp_queue_bytes', { delfin_signal: 'metrics' }) ?? 0;
        return queued > 0 && (await errors()) > 1 && Date.now() - began > OUTAGE_MS
          ? true
          : undefined;
      },
      OUTAGE_MS + 30_000,
    );
    await collector.start();
    const healed = Date.now();
    const points = await eventually(
      'samples from after the outage',
      () => {
        const found = latencyOf(collector.points(), 'volume_1');
        return found.some(({ time }) => time > healed + 1_000) ? found : undefined;
      },
      40_000,
    );
    const times = points.map(({ time }) => time);
    const first = times[0] ?? 0;
    expect(times).toEqual(times.map((_, at) => first + at * 1_000));
    const page = parseExposition((await agent.get('/metrics')).text);
    const dropped = page.filter(({ name }) => name === 'delfin_otlp_dropped_items_total');
    expect(dropped).toEqual([]);
    expect(agent.output()).toContain('the OTLP receiver answers again');
  });

  it('keeps batches below 8,000 points', () => {
    expect(Math.max(...collector.batchSizes())).toBeLessThanOrEqual(8_000);
  });

  it('gets what is queued when the agent stops', async () => {
    const page = parseExposition((await agent.get('/metrics')).text);
    const shown = valueOf(page, 'storage_volume_latency_seconds', {
      storage_volume_id: 'volume_2',
    });
    agent.process.kill('SIGTERM');
    expect(await agent.exited).toBe(0);
    expect(latencyOf(collector.points(), 'volume_2').map(({ value }) => value)).toContain(shown);
  });

  it('takes JSON without compression as well; when it is gone the agent still stops in time', async () => {
    const before = collector.points().length;
    const config = configOf(collector.endpoint, ', protocol: http/json, compression: none');
    await using other = await startAgent(space.write('json.yaml', config));
    await eventually('points as JSON', () =>
      latencyOf(collector.points().slice(before), 'volume_0').length > 1 ? true : undefined,
    );
    await collector.stop();
    await eventually('a failed attempt', () =>
      other.output().includes('the OTLP receiver does not take data') ? true : undefined,
    );
    other.process.kill('SIGTERM');
    expect(await other.exited).toBe(0);
  });
});
