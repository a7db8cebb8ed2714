import { crc32, gunzipSync } from 'node:zlib';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { seriesOf, type PerfSeries } from '../../src/backend/columns.ts';
import type { Snapshot } from '../../src/backend/snapshot.ts';
import { familyOf } from '../../src/telemetry/catalog.ts';
import { labelValue } from '../../src/telemetry/labels.ts';
import { SnapshotProducer } from '../../src/telemetry/otlp/producer.ts';
import { combineCrc, shiftOf } from '../../src/telemetry/prometheus/deflate.ts';
import { createPageStore, textOfPage, type Page } from '../../src/telemetry/prometheus/page.ts';
import { createRenderer } from '../../src/telemetry/prometheus/render.ts';
import { hasProgram, promtoolComplaints } from '../kit/programs.ts';
import { fakeSnapshot } from '../kit/snapshot.ts';
import { columnsOf } from '../kit/samples.ts';

const promtool = hasProgram('promtool');
const NOW = 1_790_000_000_000;
const plainOf = (page: Page | undefined) =>
  gunzipSync(Buffer.concat(page?.gzip().pieces ?? [])).toString('utf8');
const samplesOf = (text: string) =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const empty = (system = 'a'): Snapshot => ({
  system, vendor: 'v', model: 'm', labels: {}, up: true, inventory: {}, performance: [],
}); // prettier-ignore

async function textOf(snapshot: Snapshot, maxSeries = 1e7) {
  const store = createPageStore();
  const { exposition, drops, left } = createRenderer(maxSeries).render(snapshot);
  store.apply(exposition);
  return { text: plainOf(await store.page()), drops, left, series: exposition.series };
}

function point(id: string, value = 1, further: Partial<PerfSeries> = {}): PerfSeries {
  return {
    name: 'iops', resource_type: 'volume', resource_id: id, times: [NOW], values: [value], ...further,
  }; // prettier-ignore
}

describe('the exposition', () => {
  it.skipIf(!promtool)('is a page that promtool has nothing against', async () => {
    const { snapshot } = await fakeSnapshot({ labels: { site: 'lab' } });
    expect(promtoolComplaints((await textOf(snapshot)).text)).toEqual([]);
  });

  it("says the same as the OTel library's serializer", async () => {
    const { snapshot } = await fakeSnapshot({ labels: { site: 'lab' } });
    const { resourceMetrics } = await new SnapshotProducer(() => snapshot, {
      version: '1',
    }).collect();
    const renamed = {
      ...resourceMetrics,
      scopeMetrics: resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
        scope,
        metrics: metrics.map((metric) => ({
          ...metric,
          descriptor: {
            ...metric.descriptor,
            name: familyOf(metric.descriptor.name).name,
            unit: '',
          },
        })),
      })),
    };
    const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- two builds of one package
    const library = serializer.serialize(renamed);
    const { text } = await textOf(snapshot);
    expect(samplesOf(text).length).toBeGreaterThan(1_000);
    expect(samplesOf(text).sort()).toEqual(samplesOf(library).sort());
    const comments = (page: string) => page.split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(comments(text).sort()).toEqual(comments(library).sort());
  });

  it('states each status as a set of which one is 1', async () => {
    const { snapshot } = await fakeSnapshot();
    const lines = samplesOf((await textOf(snapshot)).text).filter((line) =>
      line.includes('storage_state='),
    );
    const sums = new Map<string, number>();
    for (const line of lines) {
      const key = line.replace(/,storage_state="[^"]*"} \d$/, '');
      sums.set(key, (sums.get(key) ?? 0) + Number(line.at(-1)));
    }
    expect(sums.size).toBeGreaterThan(20);
    expect([...sums.values()].every((sum) => sum === 1)).toBe(true);
  });

  it('has base units, names of the inventory, and nothing for what is absent', async () => {
    const snapshot: Snapshot = {
      ...empty('dc1'),
      inventoryTime: NOW,
      inventory: {
        storage: { vendor: 'Acme', serial_number: 'S1', total_capacity: 10 },
        ports: [{ native_port_id: 'p', name: 'FC0', speed: 32e9, health_status: 'normal' }],
        quotas: [{ native_quota_id: 'q', type: 'user', user_group_name: 'ann', file_count: 3 }],
        storage_pools: [{ native_storage_pool_id: '0', name: 'gold' }],
        volumes: [
          { native_volume_id: 'v', name: 'ora', native_storage_pool_id: '0', compressed: false },
        ],
      },
      performance: columnsOf([point('v', 5, { resource_name: 'other name' }), point('w', 6)]),
    };
    const lines = samplesOf((await textOf(snapshot)).text);
    const q = (text: string) => `storage_system_name="dc1",${text}`;
    expect(lines).toEqual(
      expect.arrayContaining([
        'storage_system_up{storage_system_name="dc1"} 1',
        `storage_system_inventory_sample_timestamp_seconds{storage_system_name="dc1"} ${NOW / 1000}`,
        `storage_system_info{${q('storage_system_id="dc1",storage_system_vendor="Acme",storage_system_model="m",storage_system_serial_number="S1"')}} 1`,
        `storage_port_speed_bytes_per_second{${q('storage_port_id="p",storage_port_name="FC0"')}} 4000000000`,
        `storage_quota_file_used{${q('storage_quota_id="q",storage_quota_type="user",storage_quota_subject="ann"')}} 3`,
        `storage_volume_info{${q('storage_volume_id="v",storage_volume_name="ora",storage_volume_compressed="false",storage_pool_id="0",storage_pool_name="gold"')}} 1`,
        `storage_volume_operations_per_second{${q('storage_volume_id="v",storage_volume_name="ora"')}} 5`,
        `storage_volume_operations_per_second{${q('storage_volume_id="w",storage_volume_name="w"')}} 6`,
      ]),
    );
    expect(lines.some((line) => line.startsWith('storage_system_capacity_used'))).toBe(false);
    expect(lines.some((line) => line.startsWith('storage_volume_status'))).toBe(false);
  });

  it('withdraws what is gone and sends only what changed', async () => {
    const { snapshot } = await fakeSnapshot({ fake: { volumes: 3 } });
    const renderer = createRenderer(1e6);
    const store = createPageStore();
    store.apply(renderer.render(snapshot).exposition);
    expect(renderer.render(snapshot).exposition.changed.size).toBe(0);
    const gone: Snapshot = {
      ...snapshot,
      inventory: { ...snapshot.inventory, volumes: snapshot.inventory.volumes?.slice(1) ?? [] },
      performance: columnsOf(
        [...seriesOf(snapshot.performance)].filter(
          (series) => series.resource_id !== 'volume_0' && series.resource_type !== 'disk',
        ),
      ),
    };
    const { changed } = renderer.render(gone).exposition;
    const names = new Set([...changed.keys()].map((index) => index));
    expect(names.has(familyOf('storage.controller.cpu.utilization').index)).toBe(false);
    store.apply({ system: snapshot.system, changed, series: 0 });
    const text = plainOf(await store.page());
    expect(text).toContain('storage_volume_id="volume_1"');
    expect(samplesOf(text).filter((line) => /^storage_volume_\w+{.*"volume_0"/.test(line))).toEqual(
      [expect.stringContaining('storage_volume_group_member_info')],
    );
    expect(text).not.toContain('storage_disk_latency_seconds');
    store.apply(renderer.render({ ...empty(snapshot.system), up: false }).exposition);
    expect(samplesOf(plainOf(await store.page()))).toEqual([
      'storage_system_up{storage_system_name="fake-1"} 0',
    ]);
  });

  it('knows no overflow', async () => {
    const performance = Array.from({ length: 100_000 }, (_, at) => point(`v${at}`, at));
    const { text, series } = await textOf({ ...empty(), performance: columnsOf(performance) });
    expect(series).toBe(100_002);
    expect(samplesOf(text)).toHaveLength(100_002);
    expect(text).not.toContain('overflow');
  });

  it('leaves out whole families beyond the limit, and counts', async () => {
    const performance = [1, 2, 3].flatMap((at) => [
      point(`v${at}`),
      point(`v${at}`, 1, { name: 'responseTime' }),
    ]);
    const { text, drops, left, series } = await textOf(
      { ...empty(), performance: columnsOf(performance) },
      5,
    );
    expect([series, drops.limit]).toEqual([5, 3]);
    expect(text).toContain('storage_volume_operations_per_second{');
    expect(text).not.toContain('storage_volume_latency_seconds');
    expect([...left]).toEqual([familyOf('storage.volume.latency').index]);
  });

  it('emits a repeated id once, a masking view once for each mapping', async () => {
    const volume = { native_volume_id: 'x'.repeat(2_000) };
    const view = { native_masking_view_id: 'm', native_volume_id: '1' };
    const { text, drops } = await textOf({
      ...empty(),
      inventory: {
        volumes: [volume, { native_volume_id: `${'x'.repeat(2_000)}y` }],
        masking_views: [view, { ...view, native_volume_id: '2' }, view],
      },
      performance: columnsOf([point('z', 1, { name: 'cpuUsage' })]),
    });
    expect(drops).toEqual({ limit: 0, duplicate: 2, unnamed: 1 });
    expect(samplesOf(text).filter((line) => line.startsWith('storage_volume_info'))).toHaveLength(
      1,
    );
    expect(
      samplesOf(text).filter((line) => line.startsWith('storage_masking_view_info')),
    ).toHaveLength(2);
  });

  it('does not let a label of the operator hide one of ours', async () => {
    const labels = { storage_system_vendor: 'x', storage_system_name: 'y', site: 'dc1' };
    const { text } = await textOf({ ...empty(), labels, inventory: { storage: {} } });
    const [line] = samplesOf(text).filter((sample) => sample.startsWith('storage_system_info'));
    expect(line).toBe(
      'storage_system_info{storage_system_name="a",storage_system_id="a",storage_system_vendor="v",storage_system_model="m",site="dc1"} 1',
    );
  });
});

describe('label values', () => {
  it('are well-formed, readable and short whatever the array says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (value) => {
        const exported = labelValue(value);
        expect(exported.isWellFormed()).toBe(true);
        expect(Buffer.byteLength(exported)).toBeLessThanOrEqual(1_024);
        // oxlint-disable-next-line no-control-regex -- they are what must not be there
        expect(exported).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F]/);
      }),
      { seed: 1, numRuns: 500 },
    );
    expect(labelValue('a\0b\rc')).toBe(String.raw`a\x00b\x0dc`);
    expect(labelValue('\uD800')).toBe('\uFFFD');
    expect(labelValue('ü'.repeat(600))).toBe('ü'.repeat(512));
  });

  it.skipIf(!promtool)('never make the page invalid', async () => {
    const names = fc.sample(fc.string({ unit: 'binary', maxLength: 60 }), {
      seed: 7,
      numRuns: 5_000,
    });
    const nasty = [
      '"',
      '\\',
      '\n',
      '\r',
      '\0',
      '\u2028',
      '{}',
      ' ',
      'a"} 1\nb{c="',
      'x'.repeat(1_000_000),
    ];
    const volumes = [...names, ...nasty].map((name, at) => ({
      native_volume_id: String(at),
      name,
    }));
    const { text, series } = await textOf({ ...empty(), inventory: { volumes } });
    expect(series).toBe(volumes.length + 1);
    expect(promtoolComplaints(text)).toEqual([]);
    expect(text.length).toBeLessThan(2_000_000);
  });
});

describe('gzip from parts', () => {
  it('combines checksums', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
        const whole = crc32(Buffer.concat([a, b]));
        expect(combineCrc(crc32(a), crc32(b), shiftOf(b.length))).toBe(whole);
      }),
      { seed: 1 },
    );
    const large = Buffer.alloc(5_000_000, 'abc');
    expect(combineCrc(crc32('x'), crc32(large), shiftOf(large.length))).toBe(
      crc32(Buffer.concat([Buffer.from('x'), large])),
    );
  });

  it('is the plain page, for all systems and for one, through changes', async () => {
    const store = createPageStore();
    for (const [system, volumes] of [
      ['a', 1],
      ['b', 300],
      ['c', 0],
    ] as const) {
      const { snapshot } = await fakeSnapshot({ system, fake: { volumes } });
      store.apply(createRenderer(1e6).render(snapshot).exposition);
    }
    const same = async (system?: string) => {
      const page = await store.page(system);
      const plain = await textOfPage(page);
      expect(plainOf(page)).toBe(plain);
      expect(page?.plain().bytes).toBe(Buffer.byteLength(plain));
      return plain;
    };
    await store.setOwn(['# own\n']);
    const all = await same();
    expect(all.endsWith('# own\n')).toBe(true);
    expect(all.match(/# TYPE storage_system_up /g)).toHaveLength(1);
    expect(await same('b')).not.toContain('storage_system_name="a"');
    expect(await same('b')).not.toContain('# own');
    await store.setOwn(['# ', 'changed\n']);
    store.remove('a');
    expect(await same()).not.toContain('storage_system_name="a"');
    expect(await store.page('a')).toBeUndefined();
    expect(await createPageStore().page()).toBeDefined();
  });

  it('is as it was when it was asked for, though others have their turn while it is made', async () => {
    const store = createPageStore();
    const renderers = new Map(['a', 'b'].map((system) => [system, createRenderer(1e6)]));
    const { snapshot } = await fakeSnapshot({ fake: { volumes: 1 } });
    const show = (value: number) => {
      for (const [system, { render }] of renderers) {
        const performance = columnsOf([point('volume_0', value)]);
        store.apply(render({ ...snapshot, system, performance, up: value > 0 }).exposition);
      }
    };
    show(1);
    // Every step is a turn.
    let now = 0;
    using _ = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1_000));
    const asked = store.page();
    show(0);
    store.remove('a');
    const shown = async (page: Promise<Page | undefined>) =>
      samplesOf(await textOfPage(await page)).flatMap((line) => {
        const [, name, system, value] =
          /^(storage_system_up|storage_volume_operations_per_second)\{storage_system_name="(.)".*\} (\d)$/.exec(line) ?? []; // prettier-ignore
        return name ? [`${name} ${system} ${value}`] : [];
      });
    const [up, operations] = ['storage_system_up', 'storage_volume_operations_per_second'];
    expect(await shown(asked)).toEqual([
      `${up} a 1`, `${up} b 1`, `${operations} a 1`, `${operations} b 1`,
    ]); // prettier-ignore
    expect(await shown(store.page())).toEqual([`${up} b 0`, `${operations} b 0`]);
  });
});

it('leaves out whole families of an array that is too large, without making a line of them', async () => {
  const volumes = Array.from({ length: 1_000_000 }, (_, index) => ({
    native_volume_id: `v${index}`,
    total_capacity: index,
  }));
  const pools = [{ native_storage_pool_id: 'p', name: 'p', total_capacity: 7 }];
  const snapshot: Snapshot = {
    system: 'huge',
    vendor: 'v',
    model: 'm',
    labels: {},
    up: true,
    inventory: { storage_pools: pools, volumes },
    performance: [],
  };
  const { text, drops, left, series } = await textOf(snapshot, 100_000);
  expect(drops).toEqual({ limit: 2_000_000, duplicate: 0, unnamed: 0 });
  for (const name of ['info', 'capacity'])
    expect(left).toContain(familyOf(`storage.volume.${name}`).index);
  expect(samplesOf(text)).toHaveLength(series);
  expect(series).toBeLessThan(20);
  expect(text).toContain('storage_pool_capacity');
  expect(text).not.toContain('storage_volume');
});

it('names what volume groups and hosts are measured at, and takes their names of the inventory', async () => {
  const { text, drops } = await textOf({
    ...empty(),
    inventory: { storage_hosts: [{ native_storage_host_id: 'h', name: 'web' }] },
    performance: columnsOf([
      point('h', 3, { resource_type: 'host', name: 'readIops' }),
      point('g', 4, { resource_type: 'volumeGroup', name: 'responseTime' }),
    ]),
  });
  expect(drops.unnamed).toBe(0);
  expect(samplesOf(text)).toEqual(
    expect.arrayContaining([
      'storage_host_read_operations_per_second{storage_system_name="a",storage_host_id="h",storage_host_name="web"} 3',
      'storage_volume_group_latency_seconds{storage_system_name="a",storage_volume_group_id="g",storage_volume_group_name="g"} 4',
    ]),
  );
});

it('names parts by the hardware conventions, and says in what state each is', async () => {
  const snapshot: Snapshot = {
    ...empty(),
    inventory: {
      storage: { access_url: 'https://array.example/', data_reduction: 4.2, snapshot_count: 3 },
      components: [
        {
          native_component_id: 'f1',
          name: 'Fan 1',
          type: 'fan',
          status: 'failed',
          native_parent_id: 'enc0',
          vendor: 'Acme',
          location: 'left',
          fan_speed: 5_400,
          fan_speed_ratio: 0.5,
        },
        {
          native_component_id: 'b',
          type: 'battery',
          charge_ratio: 0.9,
          temperature: 31,
          voltage: 12.1,
          power: 5,
        },
      ],
      disks: [
        {
          native_disk_id: 'd',
          endurance_remaining: 0.1,
          temperature: 40,
          power_on_time: 60,
          media_errors: 2,
        },
      ],
    },
  };
  const lines = samplesOf((await textOf(snapshot)).text);
  const fan = 'storage_system_name="a",hw_id="f1",hw_name="Fan 1",hw_type="fan"';
  const battery = 'storage_system_name="a",hw_id="b",hw_name="b",hw_type="battery"';
  const disk = 'storage_system_name="a",storage_disk_id="d",storage_disk_name="d"';
  expect(lines).toEqual(
    expect.arrayContaining([
      `storage_component_info{${fan},storage_component_location="left",hw_parent="enc0",hw_vendor="Acme"} 1`,
      `hw_status{${fan},hw_state="failed"} 1`,
      `hw_status{${fan},hw_state="ok"} 0`,
      `hw_fan_speed_rpm{${fan}} 5400`,
      `hw_fan_speed_ratio{${fan}} 0.5`,
      `hw_battery_charge_ratio{${battery}} 0.9`,
      `hw_temperature_celsius{${battery}} 31`,
      `hw_voltage_volts{${battery}} 12.1`,
      `hw_power_watts{${battery}} 5`,
      `storage_disk_endurance_remaining_ratio{${disk}} 0.1`,
      `storage_disk_temperature_celsius{${disk}} 40`,
      `storage_disk_power_on_time_seconds{${disk}} 60`,
      `storage_disk_media_errors_total{${disk}} 2`,
      'storage_system_data_reduction_ratio{storage_system_name="a"} 4.2',
      'storage_system_snapshots{storage_system_name="a"} 3',
      'storage_system_info{storage_system_name="a",storage_system_id="a",storage_system_vendor="v",storage_system_model="m",storage_system_url="https://array.example/"} 1',
    ]),
  );
  expect(lines.some((line) => line.startsWith(`hw_status{${battery}`))).toBe(false);
});

it('tells replications: what, in which state, and how old the copy is in seconds', async () => {
  const { text } = await textOf({
    ...empty(),
    inventory: {
      replications: [
        {
          native_replication_id: 'r',
          name: 'to B',
          type: 'async',
          role: 'source',
          status: 'suspended',
          native_volume_id: 'v',
          remote_system: 'B',
          lag: 90_000,
          progress: 0.25,
          throughput: 1_000,
        },
      ],
    },
  });
  const labels =
    'storage_system_name="a",storage_replication_id="r",storage_replication_name="to B"';
  expect(samplesOf(text)).toEqual(
    expect.arrayContaining([
      `storage_replication_info{${labels},storage_replication_type="async",storage_replication_role="source",storage_replication_remote_system="B",storage_volume_id="v"} 1`,
      `storage_replication_status{${labels},storage_state="suspended"} 1`,
      `storage_replication_lag_seconds{${labels}} 90`,
      `storage_replication_progress_ratio{${labels}} 0.25`,
      `storage_replication_throughput_bytes_per_second{${labels}} 1000`,
    ]),
  );
});

it('has as many series of parts as there are parts, states and values: an array of 1,000 disks', async () => {
  const { snapshot } = await fakeSnapshot({
    fake: { disks: 1_000, enclosures: 42, controllers: 2 },
  });
  const parts = snapshot.inventory.components ?? [];
  expect(parts).toHaveLength(42 * 13 + 2 * 4);
  const lines = samplesOf((await textOf(snapshot)).text).filter((line) => line.includes('hw_id='));
  // Facts and seven states each; a fan has two measures, the other five kinds that have any one each.
  expect(lines).toHaveLength(parts.length * 8 + 42 * (4 * 2 + 2 + 1 + 2 + 1));
  const { components: _, ...inventory } = snapshot.inventory;
  expect((await textOf({ ...snapshot, inventory })).text).not.toContain('hw_');
});
