import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../src/telemetry/catalog.ts';
import { labelName } from '../../src/telemetry/names.ts';
import { createInstruments } from '../../src/telemetry/own-instruments.ts';
import { createOwnTelemetry } from '../../src/telemetry/own.ts';
import {
  countersOf,
  createSelfMetrics,
  mergeCounts,
  ofSystems,
  SELF,
  type SelfFamily,
  type SelfName,
} from '../../src/telemetry/self.ts';
import { parseExposition, valueOf } from '../kit/exposition.ts';
import { hasProgram, promtoolComplaints } from '../kit/programs.ts';

const promtool = hasProgram('promtool');
const entries = Object.entries(SELF) as [SelfName, SelfFamily][];

/** Every family with one value. */
function everything() {
  const self = createSelfMetrics();
  for (const [name, { attributes, kind }] of entries) {
    const labels = attributes.map((attribute) => `"${attribute}" \\ ü`);
    if (kind === 'counter') self.add(name, labels, 2);
    else self.set(name, labels, 0.5);
  }
  return self;
}

async function pageOf(self: ReturnType<typeof createSelfMetrics>) {
  const own = createOwnTelemetry({ version: '1.2.3', agentId: 'me', counts: () => self.counts() });
  const [text, otlp] = [[...own.families()].join(''), await own.collect()];
  await own.close();
  return { text, otlp };
}

describe("the agent's own metrics", () => {
  it.skipIf(!promtool)('are text that promtool has nothing against', async () => {
    expect(promtoolComplaints((await pageOf(everything())).text)).toEqual([]);
  });

  it('stand under the names and with the types of the catalog', async () => {
    const { text } = await pageOf(everything());
    const types = CATALOG.filter(({ group }) => group === 'self').map(
      ({ name, kind }) => `# TYPE ${name} ${kind === 'counter' ? 'counter' : 'gauge'}`,
    );
    const written = text.split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(written.filter((line) => !line.includes('target_info')).sort()).toEqual(types.sort());
    const [sample] = parseExposition(text).filter(
      ({ name }) => name === 'delfin_otlp_export_errors_total',
    );
    expect(sample).toEqual({
      name: 'delfin_otlp_export_errors_total',
      labels: { delfin_signal: '"delfin.signal" \\ ü', error_type: '"error.type" \\ ü' },
      value: 2,
    });
    expect(valueOf(parseExposition(text), 'target_info', { service_instance_id: 'me' })).toBe(1);
  });

  it('go out over OTLP under their instruments, with the Resource of the agent', async () => {
    const { otlp } = await pageOf(everything());
    expect(otlp.resource.attributes).toMatchObject({
      'service.name': 'delfin-agent',
      'service.instance.id': 'me',
      'service.version': '1.2.3',
    });
    const metrics = otlp.scopeMetrics.flatMap((scope) => scope.metrics);
    expect(metrics.map(({ descriptor }) => descriptor.name).sort()).toEqual(
      entries.map(([, { instrument }]) => instrument).sort(),
    );
    const runs = metrics.find(({ descriptor }) => descriptor.name === 'delfin.collection.runs');
    expect(Object.keys(runs?.dataPoints[0]?.attributes ?? {})).toEqual([
      'storage.system.name',
      'delfin.collection.kind',
    ]);
  });

  it("are written as the library's own serializer writes them", async () => {
    const self = everything();
    self.add('delfin_collection_runs_total', ['a\nb', 'inventory']);
    const instruments = createInstruments({
      version: '1.2.3',
      resource: {
        'service.name': 'delfin-agent',
        'service.instance.id': 'me',
        'service.version': '1.2.3',
      },
      counts: () => self.counts(),
      // It adds _total to counters, and no units.
      nameOf: (name) => name.replace(/_total$/, ''),
      keyOf: labelName,
    });
    const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
    const written = serializer.serialize(await instruments.collect());
    await instruments.close();
    const withoutUnits = written.split('\n').filter((line) => !line.startsWith('# UNIT '));
    expect((await pageOf(self)).text.split('\n')).toEqual(withoutUnits);
  });

  it('no longer show an array that is gone', async () => {
    const self = createSelfMetrics();
    self.set('delfin_series_active', ['a'], 5);
    self.set('delfin_collection_last_duration_seconds', ['a', 'inventory'], 5);
    const own = createOwnTelemetry({ version: '1', agentId: 'me', counts: () => self.counts() });
    expect([...own.families()].join('')).toContain('storage_system_name="a"');
    expect(JSON.stringify(await own.collect())).toContain('"storage.system.name":"a"');
    self.forget('a');
    expect([...own.families()].join('')).not.toContain('storage_system_name="a"');
    expect(JSON.stringify(await own.collect())).not.toContain('"storage.system.name":"a"');
    await own.close();
  });

  it('know no overflow', async () => {
    const self = createSelfMetrics();
    for (let at = 0; at < 5_000; at += 1)
      self.add('delfin_collection_runs_total', [`a${at}`, 'inventory']);
    const samples = parseExposition((await pageOf(self)).text);
    expect(samples.filter(({ name }) => name === 'delfin_collection_runs_total')).toHaveLength(
      5_000,
    );
  });
});

describe('counts of threads', () => {
  it('add up, and what a thread that is gone counted stays', () => {
    const [one, two] = [createSelfMetrics(), createSelfMetrics()];
    one.add('delfin_trap_received_total', ['v2c'], 3);
    one.set('delfin_otlp_queue_bytes', ['metrics'], 100);
    two.add('delfin_trap_received_total', ['v2c']);
    two.set('delfin_otlp_queue_bytes', ['metrics'], 10);
    const sum = mergeCounts([one.counts(), two.counts()]);
    expect(sum.get('delfin_trap_received_total')?.get('v2c')).toBe(4);
    expect(sum.get('delfin_otlp_queue_bytes')?.get('metrics')).toBe(110);
    const later = mergeCounts([countersOf(one.counts()), two.counts()]);
    expect(later.get('delfin_trap_received_total')?.get('v2c')).toBe(4);
    expect(later.get('delfin_otlp_queue_bytes')?.get('metrics')).toBe(10);
  });

  it('forget the gauges of an array that is gone, not its counters', () => {
    const self = createSelfMetrics();
    self.set('delfin_series_active', ['a'], 5);
    self.set('delfin_series_active', ['ab'], 6);
    self.set('delfin_collection_last_duration_seconds', ['a', 'inventory'], 1);
    self.add('delfin_collection_runs_total', ['a', 'inventory']);
    self.forget('a');
    expect([...(self.counts().get('delfin_series_active') ?? [])]).toEqual([['ab', 6]]);
    expect(self.counts().get('delfin_collection_last_duration_seconds')?.size).toBe(0);
    expect(self.counts().get('delfin_collection_runs_total')?.size).toBe(1);
  });
});

describe('the own series of an array', () => {
  const total = 'delfin_collection_runs_total';

  it('stay one series, whatever its name is', async () => {
    const self = createSelfMetrics();
    self.add(total, ['a\u0000b', 'inventory']);
    self.add(total, ['a\u0000b', 'inventory']);
    self.add(total, ['a', 'b']);
    const found = parseExposition((await pageOf(self)).text).filter(({ name }) => name === total);
    expect(found.map(({ labels, value }) => [labels['delfin_collection_kind'], value])).toEqual([
      ['inventory', 2],
      ['b', 1],
    ]);
    expect(found[0]?.labels['storage_system_name']).toContain(String.raw`a\x00b`);
    self.set('delfin_series_active', ['a\u0000b'], 1);
    self.forget('a\u0000b');
    expect(self.counts().get('delfin_series_active')?.size).toBe(0);
  });

  it('vanish with it, and its counters go on if it comes back', () => {
    const self = createSelfMetrics();
    for (const system of ['a', 'b', 'c\u0000']) self.add(total, [system, 'inventory'], 3);
    self.add('delfin_worker_restarts_total', []);
    const shown = (names: readonly string[]) => {
      const counts = ofSystems(self.counts(), names);
      expect(counts.get('delfin_worker_restarts_total')?.size).toBe(1);
      return [...(counts.get(total)?.values() ?? [])];
    };
    expect(shown(['a', 'b', 'c\u0000'])).toEqual([3, 3, 3]);
    expect(shown(['a', 'c\u0000'])).toEqual([3, 3]);
    expect(shown([])).toEqual([]);
    self.add(total, ['b', 'inventory']);
    expect(shown(['b'])).toEqual([4]);
  });
});
