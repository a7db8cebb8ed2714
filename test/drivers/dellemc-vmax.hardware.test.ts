/** Disks, health checks, SRDF and data reduction: what Unisphere tells, and what must not be read into it. */
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/dellemc-vmax/index.ts';
import { readComponents } from '../../drivers/dellemc-vmax/inventory.ts';
import { toReplications, toVolumes } from '../../drivers/dellemc-vmax/records.ts';
import { faults } from '../kit/faults.ts';
import { openDriver, type Fields } from '../../src/testing/open.ts';
import { startUnisphere, type Special } from '../simulators/dellemc-vmax/index.ts';

type Unisphere = Parameters<typeof readComponents>[0];

const listed = async (method: 'listDisks' | 'listReplications', special: Special = {}) => {
  await using unisphere = await startUnisphere({}, { volumes: 1, ...special });
  await using opened = openDriver(driver, unisphere.access, { hurried: true });
  const records = (await opened.list(method)) as readonly Fields[];
  return { records, told: opened.told.map(({ error }) => error.message) };
};

describe('disks', () => {
  const states = (records: readonly Fields[]) => new Set(records.map(({ status }) => status));

  it('that the server lists among the failed are abnormal, the others normal', async () => {
    const { records } = await listed('listDisks');
    const failed = records.filter(({ status }) => status === 'abnormal');
    expect(failed.map(({ native_disk_id }) => native_disk_id)).toEqual(['3', '13']);
    expect(states(records)).toEqual(new Set(['abnormal', 'normal']));
  });

  it.each([
    ['knows no such list', [400, 'Unsupported query parameter: failed'], [undefined], 0],
    ['answers it with all disks', undefined, [undefined], 0],
    ['says that none is in it', [404, 'No failed disks were found.'], ['normal'], 0],
    ['fails over it', [500, 'Internal error.'], [undefined], 1],
  ] as const)('of a server that %s', async (_what, failedDisks, expected, problems) => {
    const { records, told } = await listed('listDisks', { failedDisks: failedDisks ?? 'all' });
    expect(records).toHaveLength(34);
    expect(states(records)).toEqual(new Set(expected));
    expect(told).toHaveLength(problems);
  });
});

describe('a health check', () => {
  const NOW = Date.UTC(2026, 10, 29);
  const server = (date: number, results: readonly Fields[]) =>
    ({
      system: '/system',
      ids: () => Promise.resolve(['5', String(date)]),
      get: () => Promise.resolve({ date, testResult: results }),
    }) as unknown as Unisphere;
  const results = [
    { item_name: 'Battery Test ', result: false },
    { item_name: 'Memory Test', result: true },
    { item_name: 'Locks Test', result: false },
  ];
  const statesAt = async (date: number) =>
    (await readComponents(server(date, results), NOW)).map(
      ({ native_component_id: id, status }) => [id, status],
    );

  it('of today says what has failed; what is no hardware is left out', async () => {
    expect(await statesAt(NOW - 3_600_000)).toEqual([
      ['Battery', 'failed'],
      ['Memory', 'ok'],
    ]);
  });

  it('of long ago says nothing about today', async () => {
    expect(await statesAt(NOW - 25 * 3_600_000)).toEqual([
      ['Battery', 'unknown'],
      ['Memory', 'unknown'],
    ]);
  });

  it('that nobody has run tells of no parts', async () => {
    const none = { ids: () => Promise.resolve([]) } as unknown as Unisphere;
    expect(await readComponents(none, NOW)).toEqual([]);
  });
});

describe('SRDF', () => {
  const replication = (info: Fields) =>
    toReplications([{ group: 'sg', local_rdf_group: { id: '007' }, ...info }])[0];

  it.each([
    [['Synchronized'], 'normal'],
    [['Consistent', 'SyncInProg'], 'syncing'],
    [['Synchronized', 'Suspended'], 'suspended'],
    [['Failed Over'], 'suspended'],
    [['TransIdle'], 'degraded'],
    [['Partitioned', 'Suspended'], 'failed'],
    [[], undefined],
  ])('%j is %s: the worst of what its volumes are in', (states, status) => {
    const found = replication({ states });
    expect(found?.status).toBe(status);
    expect(found?.native_replication_id).toBe('sg:7');
  });

  it('a state that nobody knows is unknown, whatever the others are', () => {
    expect(replication({ states: ['Synchronized', 'Odd'] })?.status).toMatch(/Odd$/);
  });

  it('a link that is down shows as failed; one that cannot be described leads to no known place', async () => {
    const stalled = ({ native_replication_id: id }: Fields) => id === 'sg_parent:73';
    const whole = await listed('listReplications');
    expect(whole.records.find(stalled)).toMatchObject({
      status: 'failed',
      remote_system: '000297900331',
    });
    const { records, told } = await listed('listReplications', { broken: '/rdf_group/73' });
    expect(records.filter((one) => !stalled(one))).toEqual(
      whole.records.filter((one) => !stalled(one)),
    );
    expect(told.join()).toContain('1 of');
  });

  it('is one request since 10.1, before some for each group', async () => {
    const asked = async (generation: string) => {
      await using unisphere = await startUnisphere({ generation }, { volumes: 1 });
      await using opened = openDriver(driver, unisphere.access);
      await opened.getStorage();
      const requests: string[] = [];
      faults.listen((request) => requests.push(request));
      expect(await opened.list('listReplications')).toHaveLength(6);
      faults.listen(undefined);
      return requests.length;
    };
    expect(await asked('101')).toBe(1);
    expect(await asked('92')).toBe(16);
  });
});

it('a reduction of 0 to 1 is none', () => {
  const reduced = (data_reduction_ratio_to_one: number) =>
    toVolumes([{ id: '1', data_reduction_ratio_to_one }])[0]?.data_reduction;
  expect(reduced(3.2)).toBe(3.2);
  expect(reduced(0)).toBeUndefined();
});
