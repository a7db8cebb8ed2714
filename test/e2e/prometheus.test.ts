/** A real Prometheus scrapes the agent: made-up arrays, and this machine through a real SNMP agent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOG, labelsOf, prometheusType } from '../../src/telemetry/catalog.ts';
import { startAgent, workspace, type RunningAgent } from '../kit/agent.ts';
import { fileSystems } from '../kit/df.ts';
import { eventually } from '../kit/ports.ts';
import { hasProgram, promtoolComplaints } from '../kit/programs.ts';
import { startPrometheus, type Prometheus } from '../kit/prometheus.ts';
import { startSnmpd } from '../kit/snmpd.ts';

const withPrometheus = hasProgram('prometheus') && hasProgram('promtool');
const withSnmpd = hasProgram('snmpd');
const ODD_VOLUMES = 300;

/** Families without data here: the arrays have no such measures, the agent has no such receivers. */
const ABSENT = [
  /^storage_share_(?!info)/,
  /^storage_disk_(read_|write_)?io_size_bytes$/,
  /^delfin_(trap|otlp|alert)_/,
];
/** Families that are there from the first event on. */
const ON_EVENT = /^delfin_(collection_(errors|skipped)|worker_restarts|series_dropped)_total$/;
const CATALOG_NAMES = CATALOG.map(({ name }) => name);
const isAbsent = (name: string) => ABSENT.some((pattern) => pattern.test(name));

function backend(name: string, fake: string): string {
  return `  - { name: ${name}, vendor: fake_storage, model: fake_driver, inventory: { interval: 1s }, performance: { interval: 1s }, alerts: { interval: 1s }, fake: { sample_interval: 1, serial_number: S-${name}, ${fake} } }\n`;
}

describe.skipIf(!withPrometheus)('Prometheus', () => {
  const resources = new AsyncDisposableStack();
  let agent: RunningAgent;
  let prometheus: Prometheus;
  /** Writes the configuration, with these options of the array that loses a volume. */
  let configure: (gone: string) => string;

  beforeAll(async () => {
    const space = resources.use(workspace());
    const snmpd = withSnmpd ? resources.use(await startSnmpd()) : undefined;
    const nas = snmpd
      ? `  - { name: nas, vendor: generic, model: snmp_host, inventory: { interval: 1s }, performance: { interval: 1s }, snmp: { host: 127.0.0.1, port: ${snmpd.port}, community: ${snmpd.community} } }\n`
      : '';
    configure = (gone) =>
      space.write(
        'config.yaml',
        [
          'backends:\n',
          backend('fake-1', 'volumes: 20'),
          backend('odd', `odd_names: true, volumes: ${ODD_VOLUMES}, metrics: [iops, responseTime]`),
          backend('gone', gone),
          nas,
        ].join(''),
      );
    agent = resources.use(await startAgent(configure('volumes: 3')));
    await agent.ready();
    prometheus = resources.use(
      await startPrometheus({
        jobs: [
          { name: 'all', url: agent.url },
          { name: 'one', url: agent.url, params: { system: ['fake-1'] } },
          { name: 'probe', url: agent.url, path: '/probe', params: { target: ['odd'] } },
          { name: 'discovered', url: agent.url, discovery: '/sd' },
        ],
      }),
    );
    await prometheus.up();
  });
  afterAll(() => resources.disposeAsync());

  it('scrapes every page of the agent, and those that it discovers', async () => {
    const discovered = await eventually('discovered targets', async () => {
      const found = await prometheus.query('up{job="discovered"} == 1');
      return found.length === (withSnmpd ? 4 : 3) ? found : undefined;
    });
    expect(discovered.map(({ metric }) => metric['instance']).sort()).toEqual([
      'fake-1',
      'gone',
      ...(withSnmpd ? ['nas'] : []),
      'odd',
    ]);
    await prometheus.up();
    // One array's page holds that array only.
    const systems = await prometheus.found(
      'count by (storage_system_name) ({job="one", __name__=~"(storage|hw)_.+"})',
    );
    expect(systems.map(({ metric }) => metric['storage_system_name'])).toEqual(['fake-1']);
  });

  it('finds every family of the catalog that the made-up array feeds', async () => {
    const expected = CATALOG_NAMES.filter((name) => !isAbsent(name) && !ON_EVENT.test(name));
    const found = await eventually('all families', async () => {
      const names = await familiesIn(prometheus, '{job="all", __name__=~"(storage|hw|delfin)_.+"}');
      const missing = expected.filter((name) => !names.has(name));
      if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}`);
      return names;
    });
    // Nothing that the catalog does not have, nothing that was said to be absent.
    expect([...found].filter((name) => !CATALOG_NAMES.includes(name))).toEqual([]);
    expect([...found].filter(isAbsent)).toEqual([]);
    expect(expected.length).toBeGreaterThan(170);
  });

  it('sees the types, help texts and labels of the catalog', async () => {
    const metadata = await prometheus.metadata();
    const series = await prometheus.found('{job="all", __name__=~"(storage|hw|delfin)_.+"}');
    const wrong: string[] = [];
    for (const family of CATALOG) {
      const declared = metadata[family.name];
      if (!declared) continue;
      for (const { type, help } of declared) {
        if (type !== prometheusType(family) || help !== family.help)
          wrong.push(`${family.name}: ${type} ${help}`);
      }
    }
    const allowed = new Map(
      CATALOG.map((family) => [
        family.name,
        new Set(['__name__', 'job', 'instance', ...labelsOf(family)]),
      ]),
    );
    for (const { metric } of series) {
      const known = allowed.get(metric['__name__'] ?? '');
      for (const label of Object.keys(metric))
        if (!known?.has(label)) wrong.push(`${metric['__name__']}: label ${label}`);
    }
    expect(series.length).toBeGreaterThan(2_000);
    expect([...new Set(wrong)]).toEqual([]);
  });

  it('reads values that anyone can compute again', async () => {
    const [used] = await prometheus.found(
      'sum(storage_pool_capacity_used_bytes{job="all", storage_system_name="fake-1"})',
    );
    const [system] = await prometheus.found(
      'storage_system_capacity_used_bytes{job="all", storage_system_name="fake-1"}',
    );
    expect(used?.value).toBeGreaterThan(0);
    expect(system?.value).toBe(used?.value);
    // A status family has exactly one state at 1.
    for (const { name } of CATALOG.filter(({ group }) => group === 'status')) {
      const counted = await prometheus.found(
        `sum without (storage_state, hw_state) (${name}{job="all"})`,
      );
      expect(new Set(counted.map(({ value }) => value)), name).toEqual(new Set([1]));
    }
    // The join of CATALOG: a volume's latency with the pool that it lies in.
    const joined = await prometheus.found(
      'storage_volume_latency_seconds{job="all", storage_system_name="fake-1"} * on (storage_system_name, storage_volume_id) group_left (storage_pool_name) storage_volume_info{job="all"}',
    );
    expect(joined).toHaveLength(20);
    expect(joined.every(({ metric }) => metric['storage_pool_name']?.startsWith('pool_'))).toBe(
      true,
    );
  });

  it('takes hundreds of odd names, each unchanged', async () => {
    const volumes = await prometheus.found(
      'storage_volume_info{job="all", storage_system_name="odd"}',
    );
    const names = volumes.map(({ metric }) => metric['storage_volume_name'] ?? '');
    expect(new Set(names).size).toBe(ODD_VOLUMES);
    for (const name of [
      'volume quo"te 2',
      'volume back\\slash 4',
      'volume line\nbreak 5',
      'volume 数据 7',
      'volume 💾 8',
      'volume {a="b"} 9',
    ])
      // prettier-ignore
      expect(names).toContain(name);
    const { text } = await agent.get('/metrics');
    expect(promtoolComplaints(text)).toEqual([]);
  });

  it('forgets a volume that is gone at the next scrape, not after five minutes', async () => {
    const gone = 'storage_volume_info{job="all", storage_system_name="gone"}';
    const volumes = async () =>
      (await prometheus.query(gone)).map(({ metric }) => metric['storage_volume_id']).sort();
    await eventually('three volumes', async () =>
      (await volumes()).length === 3 ? true : undefined,
    );
    configure(`volumes: 3, drop_last_volume_after: ${Date.now() + 3_000}`);
    expect((await agent.get('/-/reload', { method: 'POST' })).status).toBe(200);
    await eventually('two volumes', async () =>
      (await volumes()).join() === 'volume_0,volume_1' ? true : undefined,
    );
    const left = '{job="all", storage_system_name="gone", storage_volume_id="volume_2"}';
    expect(await prometheus.query(left)).toEqual([]);
    const history = await prometheus.range(left, 60);
    expect(history.length).toBeGreaterThan(15);
  });

  it.skipIf(!withSnmpd)('sees this machine through its SNMP agent', async () => {
    const up = await prometheus.found('storage_system_up{job="all", storage_system_name="nas"}');
    expect(up.map(({ value }) => value)).toEqual([1]);
    const sizes = await prometheus.found(
      'storage_filesystem_capacity_bytes{job="all", storage_system_name="nas"}',
    );
    const root = fileSystems().get('/');
    expect(sizes.find(({ metric }) => metric['storage_filesystem_id'] === '/')?.value).toBe(
      root?.total,
    );
    // Rates need two polls.
    await prometheus.found(
      'storage_disk_operations_per_second{job="all", storage_system_name="nas"}',
    );
  });
});

async function familiesIn(prometheus: Prometheus, selector: string): Promise<Set<string>> {
  const counted = await prometheus.query(`count by (__name__) (${selector})`);
  return new Set(counted.map(({ metric }) => metric['__name__'] ?? ''));
}
