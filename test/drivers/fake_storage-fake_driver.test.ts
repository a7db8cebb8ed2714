/** The made-up array: everything is there, everything can be computed again, every fault is on demand. */
import {
  ALERT_TYPES,
  AuthenticationFailed,
  BackendError,
  BackendUnreachable,
  METRIC_NAMES,
  NotSupported,
  SEVERITIES,
  type Alert,
  type AlertQuery,
  type MetricSeries,
  type ResourceMetrics,
  type Trap,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import {
  FAKE_TRAP,
  parseFakeTrap,
  TRAP_FIELDS,
} from '../../drivers/fake_storage-fake_driver/alerts.ts';
import driver from '../../drivers/fake_storage-fake_driver/index.ts';
import { valueAt } from '../../drivers/fake_storage-fake_driver/metrics.ts';
import { LISTS } from '../../src/backend/lists.ts';
import { performanceFamily } from '../../src/telemetry/catalog.ts';
import {
  openDriver,
  TEST_SYSTEM,
  type Fields,
  type OpenedDriver,
  type OpenOptions,
} from '../../src/testing/open.ts';
import { metricsOf } from '../kit/samples.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
/** Enough of everything that each enumeration goes round. */
const ALL = { pools: 5, controllers: 5, disks: 18, ports: 16, alerts: 44 };

const open = (fake: Fields = {}, options: OpenOptions = {}) =>
  openDriver(driver, { fake }, { now: () => NOON, ...options });

const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Every list as the core sees it, by the name of its part. */
async function everything(opened: OpenedDriver): Promise<Record<string, readonly Fields[]>> {
  const parts: Record<string, readonly Fields[]> = {};
  for (const { method, parts: named } of LISTS) {
    const found = await opened.list(method);
    if (Array.isArray(found)) parts[named[0].name] = found as readonly Fields[];
    else Object.assign(parts, found);
  }
  return parts;
}

const alertsOf = (opened: OpenedDriver, query: AlertQuery = {}): Promise<readonly Alert[]> =>
  opened.session.call('listAlerts', async (session, signal) => (await session.listAlerts?.(query, signal)) ?? []); // prettier-ignore

const capabilitiesOf = (opened: OpenedDriver) =>
  opened.session.call('getCapabilities', (session, signal) => session.getCapabilities?.(signal));

const samplesOf = (
  opened: OpenedDriver,
  metrics: ResourceMetrics,
  window: readonly [number, number],
): Promise<readonly MetricSeries[]> =>
  opened.session.call('collectPerfMetrics', (session, signal) =>
    metricsOf(session.collectPerfMetrics?.(metrics, ...window, signal)),
  );

describe('the same seed', () => {
  it('gives the same array, and another seed another one', async () => {
    await using one = open({ seed: 7 });
    await using again = open({ seed: 7 });
    await using other = open({ seed: 8 });
    const [first, second, third] = [await everything(one), await everything(again), await everything(other)]; // prettier-ignore
    expect(second).toEqual(first);
    expect(await again.getStorage()).toEqual(await one.getStorage());
    expect((await other.getStorage()).serial_number).not.toBe((await one.getStorage()).serial_number); // prettier-ignore
    expect(third['volumes']).not.toEqual(first['volumes']);
    expect(await alertsOf(again)).toEqual(await alertsOf(one));
  });
});

describe('the records', () => {
  it('are of every type, complete, and none is dropped', async () => {
    await using opened = open(ALL);
    const parts = await everything(opened);
    for (const { parts: named } of LISTS)
      for (const { name, schema } of named) {
        const records = parts[name] ?? [];
        expect(records.length, name).toBeGreaterThan(1);
        const seen = new Set(records.flatMap((record) => Object.keys(record)));
        if (named.length > 1) continue;
        // A mapping is to a host, not to a group.
        const elsewhere = /^(description|native_\w+_group_id)$/;
        const absent = Object.keys(schema.properties).filter((field) => !seen.has(field));
        expect(absent.filter((field) => !elsewhere.test(field)), name).toEqual([]); // prettier-ignore
      }
    expect(opened.drops).toEqual([]);
  });

  it('take every value of every enumeration', async () => {
    await using opened = open(ALL);
    const parts = await everything(opened);
    let checked = 0;
    for (const { name, schema } of LISTS.flatMap(({ parts: named }) => named)) {
      for (const [field, property] of Object.entries(schema.properties)) {
        const { enum: values } = property as { enum?: readonly string[] };
        if (!values) continue;
        const seen = new Set((parts[name] ?? []).map((record) => record[field]));
        expect(seen, `${name}.${field}`).toEqual(new Set(values));
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(15);
  });

  it('refer to records that are there', async () => {
    await using opened = open(ALL);
    const parts = await everything(opened);
    const idsOf = (part: string, field: string) => new Set(parts[part]?.map((record) => record[field])); // prettier-ignore
    const ids: Readonly<Record<string, ReadonlySet<unknown>>> = {
      native_storage_pool_id: idsOf('storage_pools', 'native_storage_pool_id'),
      native_pool_id: idsOf('storage_pools', 'native_storage_pool_id'),
      native_parent_id: idsOf('controllers', 'native_controller_id').union(
        idsOf('components', 'native_component_id'),
      ),
      native_filesystem_id: idsOf('filesystems', 'native_filesystem_id'),
      native_qtree_id: idsOf('qtrees', 'native_qtree_id'),
      native_storage_host_id: idsOf('storage_hosts', 'native_storage_host_id'),
      native_storage_host_group_id: idsOf('storage_host_groups', 'native_storage_host_group_id'),
      native_port_id: idsOf('ports', 'native_port_id'),
      native_port_group_id: idsOf('port_groups', 'native_port_group_id'),
      native_volume_id: idsOf('volumes', 'native_volume_id'),
      native_volume_group_id: idsOf('volume_groups', 'native_volume_group_id'),
    };
    const dangling = Object.values(parts).flat().flatMap((record) =>
      Object.entries(ids).filter(([field, known]) => record[field] !== undefined && !known.has(record[field]))); // prettier-ignore
    expect(dangling).toEqual([]);
  });

  it('add up: used and free are the whole, the pools are the array', async () => {
    await using opened = open(ALL);
    const parts = await everything(opened);
    const storage = await opened.getStorage();
    for (const record of [storage, ...(parts['storage_pools'] ?? []), ...(parts['volumes'] ?? [])] as readonly Fields[]) // prettier-ignore
      expect(Number(record['used_capacity']) + Number(record['free_capacity'])).toBe(record['total_capacity']); // prettier-ignore
    const pools = parts['storage_pools']?.reduce((sum, pool) => sum + Number(pool['total_capacity']), 0); // prettier-ignore
    expect(storage.total_capacity).toBe(pools);
  });
});

describe('the knobs', () => {
  it('set how much there is, down to nothing', async () => {
    const counts = { pools: 2, volumes: 31, controllers: 3, ports: 4, disks: 5, filesystems: 6, hosts: 7, enclosures: 8, replications: 9 }; // prettier-ignore
    await using opened = open(counts);
    const sizes = async (from: OpenedDriver) =>
      Object.fromEntries(Object.entries(await everything(from)).map(([name, all]) => [name, all.length])); // prettier-ignore
    expect(await sizes(opened)).toMatchObject({
      storage_pools: 2, volumes: 31, controllers: 3, ports: 4, disks: 5, filesystems: 6, qtrees: 6,
      shares: 6, quotas: 6, storage_hosts: 7, storage_host_initiators: 14, vol_grp_vol_rels: 31,
      components: 8 * 13 + 3 * 4, replications: 9,
    }); // prettier-ignore
    await using empty = open(Object.fromEntries(Object.keys(counts).map((name) => [name, 0])));
    expect(Object.values(await sizes(empty)).filter((size) => size > 0)).toEqual([]);
    expect((await empty.getStorage()).total_capacity).toBe(0);
    expect(empty.drops).toEqual([]);
  });

  it('go up to a million volumes, and no further', async () => {
    await using opened = open({ volumes: 100_000 });
    expect(await opened.list('listVolumes')).toHaveLength(100_000);
    expect(() => open({ volumes: 1_000_001 })).toThrow(/access does not fit/);
    expect(() => open({ colour: 'red' })).toThrow(/access does not fit/);
  });

  it('make names odd, and each still its own', async () => {
    await using opened = open({ odd_names: true, volumes: 40 });
    const volumes = (await opened.list('listVolumes')) as readonly Fields[];
    const names = volumes.map(({ name }) => String(name));
    expect(new Set(names).size).toBe(40);
    expect(names.join('')).toMatch(/"[\s\S]*\\[\s\S]*\n[\s\S]*数据[\s\S]*💾/);
    expect(opened.drops).toEqual([]);
  });

  it('delete the last volume at its time, with its performance and its place in a group', async () => {
    let now = NOON;
    await using opened = open({ volumes: 3, drop_last_volume_after: NOON + 1_000 }, { now: () => now }); // prettier-ignore
    const ids = async () => {
      const { volumes = [], vol_grp_vol_rels = [] } = await everything(opened);
      const perf = await samplesOf(opened, { volume: { iops: { unit: 'IOPS', description: '' } } }, [now - 10_000, now]); // prettier-ignore
      return [volumes, vol_grp_vol_rels, perf.map(({ labels }) => ({ native_volume_id: labels.resource_id }))] // prettier-ignore
        .map((records) =>
          records
            .map((record) => (record as Fields)['native_volume_id'])
            .sort()
            .join(),
        );
    };
    expect(new Set(await ids())).toEqual(new Set(['volume_0,volume_1,volume_2']));
    now += 1_000;
    expect(new Set(await ids())).toEqual(new Set(['volume_0,volume_1']));
  });
});

describe('the samples', () => {
  const WINDOW = [NOON - 60_000, NOON] as const;

  it('are of every measure that is declared, and each can be computed again', async () => {
    await using opened = open({ seed: 5 });
    const capabilities = await capabilitiesOf(opened);
    const metrics = capabilities?.resource_metrics ?? {};
    const samples = await samplesOf(opened, metrics, WINDOW);
    const pairs = new Set(samples.map(({ name, labels }) => `${labels.resource_type} ${name}`));
    const declared = Object.entries(metrics).flatMap(([type, names]) => Object.keys(names).map((name) => `${type} ${name}`)); // prettier-ignore
    expect([...pairs].sort()).toEqual(declared.sort());
    expect(new Set(samples.map(({ name }) => name))).toEqual(new Set(METRIC_NAMES));
    const times = Array.from({ length: 7 }, (_, index) => NOON - 60_000 + index * 10_000);
    for (const { name, labels, values } of samples) {
      expect(Object.keys(values).map(Number)).toEqual(times);
      for (const [time, value] of Object.entries(values))
        expect(value).toBe(
          valueAt(5, labels.resource_type, labels.resource_id, name, Number(time)),
        );
      expect(labels).toMatchObject({ storage_id: TEST_SYSTEM, type: 'RAW', unit: metrics[labels.resource_type]?.[name]?.unit }); // prettier-ignore
      expect(performanceFamily(labels.resource_type, name)).toBeDefined();
    }
  });

  it('are the same in windows that overlap, and none is between them', async () => {
    await using opened = open();
    const metrics = { volume: { iops: { unit: 'IOPS', description: '' } } } as const;
    const whole = await samplesOf(opened, metrics, [NOON - 60_000, NOON]);
    const halves = [
      await samplesOf(opened, metrics, [NOON - 60_000, NOON - 25_000]),
      await samplesOf(opened, metrics, [NOON - 35_000, NOON]),
    ];
    const joined = whole.map((_, index) => ({ ...halves[0]?.[index]?.values, ...halves[1]?.[index]?.values })); // prettier-ignore
    expect(joined).toEqual(whole.map(({ values }) => values));
  });

  it('reach back one hour, or not at all', async () => {
    const metrics = { storage: { iops: { unit: 'IOPS', description: '' } } } as const;
    const day = [NOON - 86_400_000, NOON] as const;
    await using historic = open({ sample_interval: 60 });
    const [kept] = await samplesOf(historic, metrics, day);
    expect(Object.keys(kept?.values ?? {})).toHaveLength(61);
    await using current = open({ historic: false, sample_interval: 60 });
    const [last] = await samplesOf(current, metrics, day);
    expect(Object.keys(last?.values ?? {}).map(Number)).toEqual([NOON]);
    expect(await capabilitiesOf(current)).toMatchObject({ is_historic: false });
  });

  it('are those that were asked for', async () => {
    await using opened = open({ metrics: ['iops', 'cpuUsage'] });
    const metrics = (await capabilitiesOf(opened))?.resource_metrics ?? {};
    expect(metrics.volume).toEqual({ iops: expect.objectContaining({ unit: 'IOPS' }) });
    expect(Object.keys(metrics.controller ?? {})).toEqual(['iops', 'cpuUsage']);
    const samples = await samplesOf(opened, { port: metrics.port ?? {} }, WINDOW);
    expect(new Set(samples.map(({ labels }) => labels.resource_type))).toEqual(new Set(['port']));
  });
});

describe('the alerts', () => {
  const keys = (alerts: readonly Alert[]) => alerts.map(({ match_key }) => match_key);

  it('come and go: each is there for one period and away for the next', async () => {
    let now = NOON;
    await using opened = open({ alerts: 6, alert_period: 60 }, { now: () => now });
    const first = await alertsOf(opened);
    now += 59_000;
    expect(await alertsOf(opened)).toEqual(first);
    now += 1_000;
    const second = await alertsOf(opened);
    expect(keys(first).filter((key) => keys(second).includes(key))).toEqual([]);
    expect(new Set([...keys(first), ...keys(second)]).size).toBe(6);
    now += 60_000;
    const third = await alertsOf(opened);
    expect(keys(third)).toEqual(keys(first));
    expect([first[0]?.occur_time, third[0]?.occur_time]).toEqual([NOON, NOON + 120_000]);
  });

  it('are of every severity and type', async () => {
    let now = NOON;
    await using opened = open({ alerts: 77, alert_period: 60 }, { now: () => now });
    const first = await alertsOf(opened);
    now += 60_000;
    const all = [...first, ...(await alertsOf(opened))];
    expect(new Set(all.map(({ severity }) => severity))).toEqual(new Set(SEVERITIES));
    expect(new Set(all.map(({ type }) => type))).toEqual(new Set(ALERT_TYPES));
    expect(new Set(keys(all)).size).toBe(77);
  });

  it('are those of the time that is asked for', async () => {
    await using opened = open({ alert_period: 60 }, { now: () => NOON + 30_000 });
    expect(await alertsOf(opened, { begin_time: NOON, end_time: NOON })).not.toEqual([]);
    expect(await alertsOf(opened, { begin_time: NOON + 1 })).toEqual([]);
    expect(await alertsOf(opened, { end_time: NOON - 1 })).toEqual([]);
  });

  it('are gone once cleared', async () => {
    await using opened = open();
    const [first, ...others] = await alertsOf(opened);
    await opened.session.call('clearAlert', async (session, signal) => {
      await session.clearAlert?.(first?.sequence_number ?? '', signal);
    });
    expect(await alertsOf(opened)).toEqual(others);
  });

  const trapOf = (alert: Alert, category: Alert['category'] = 'Fault'): Trap => ({
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: FAKE_TRAP,
    varbinds: Object.entries({
      [TRAP_FIELDS.alertId]: alert.alert_id,
      [TRAP_FIELDS.alertName]: alert.alert_name,
      [TRAP_FIELDS.severity]: alert.severity,
      [TRAP_FIELDS.category]: category,
      [TRAP_FIELDS.sequenceNumber]: alert.sequence_number,
      [TRAP_FIELDS.occurTime]: String(alert.occur_time),
      [TRAP_FIELDS.description]: alert.description,
      [TRAP_FIELDS.location]: alert.location,
    }).map(([oid, text]) => ({ oid: `${oid}.0`, type: 'OctetString', value: Buffer.from(text ?? '') })),
    source: '192.0.2.1',
    received_at: NOON,
  }); // prettier-ignore

  it('are the same by trap and by poll', async () => {
    await using opened = open(ALL);
    const polled = await alertsOf(opened);
    expect(polled.length).toBeGreaterThan(10);
    for (const alert of polled) {
      const parsed = parseFakeTrap(trapOf(alert));
      const {
        type: _t,
        recovery_advice: _r,
        resource_type: _s,
        clear_category: _c,
        ...shared
      } = alert;
      expect(parsed).toEqual(shared);
      expect(parseFakeTrap(trapOf(alert, 'Recovery'))).toMatchObject({ category: 'Recovery', match_key: alert.match_key }); // prettier-ignore
    }
  });

  it('of another OID, or with nothing in them', () => {
    const trap: Trap = { ...trapOf({ alert_id: 'x', severity: 'Major', category: 'Fault' }), varbinds: [] }; // prettier-ignore
    expect(parseFakeTrap({ ...trap, trap_oid: '1.3.6.1.4.1.1' })).toBeUndefined();
    expect(parseFakeTrap(trap)).toMatchObject({ alert_id: 'unknown', severity: 'NotSpecified' });
  });
});

describe('the failures', () => {
  it.each([
    ['lists', BackendError, /volumes failed as configured/],
    ['unsupported', NotSupported, /no licence for volumes/],
  ])('%s: the list that is named fails, the others do not', async (knob, kind, message) => {
    await using opened = open({ fail: { [knob]: ['volumes'] } });
    const error = await rejection(opened.list('listVolumes'));
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toMatch(message);
    expect(await opened.list('listDisks')).toHaveLength(18);
  });

  it('malformed: what is broken is dropped with its reason, the rest stays', async () => {
    await using opened = open({ volumes: 5, fail: { malformed: ['volumes'] } });
    const volumes = (await opened.list('listVolumes')) as readonly Fields[];
    expect(volumes.map(({ native_volume_id: id }) => id)).toEqual([
      'volume_0', 'volume_1', 'volume_2', 'volume_3', 'volume_4',
      'volume_0-nan', 'volume_0-long', 'volume_0-odd',
    ]); // prettier-ignore
    expect(volumes.find(({ native_volume_id: id }) => id === 'volume_0-odd')?.['status']).toBe('unknown'); // prettier-ignore
    expect(new Set(opened.drops.map(({ reason }) => reason))).toEqual(
      new Set(['invalid_record', 'invalid_field', 'unknown_value', 'duplicate']),
    );
  });

  it('hang: the call ends with its time limit', async () => {
    await using opened = open({ fail: { hang: ['volumes'] } }, { callTimeoutMs: 200 });
    expect(String(await rejection(opened.list('listVolumes')))).toMatch(/listVolumes.*200|time/i);
    expect(await opened.list('listDisks')).toHaveLength(18);
  });

  it('session_expires_after: the core logs in again and nothing is missing', async () => {
    await using opened = open({ fail: { session_expires_after: 3 } });
    const parts = await everything(opened);
    expect(Object.values(parts).filter((records) => records.length === 0)).toEqual([]);
  });

  it('unreachable and a wrong password: nothing can be read', async () => {
    await using away = open({ fail: { unreachable: true } });
    expect(await rejection(away.getStorage())).toBeInstanceOf(BackendUnreachable);
    await using refused = open({ username: 'monitor', password: 'wrong' });
    const error = await rejection(refused.getStorage());
    expect(error).toBeInstanceOf(AuthenticationFailed);
    expect(String(error)).toMatch(/user monitor/);
    await using right = open({ password: 'c4nary-S3cret!pw' });
    expect(await right.getStorage()).toBeDefined();
    expect(JSON.stringify(right.logged)).not.toContain('c4nary');
  });
});
