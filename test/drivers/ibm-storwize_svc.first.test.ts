/** The first answers of a session, cut at the end of a line: nothing that came before shows it. */
import { afterEach, expect, it } from 'vitest';
import driver from '../../drivers/ibm-storwize_svc/index.ts';
import { faults } from '../kit/faults.ts';
import { openDriver, type Fields } from '../../src/testing/open.ts';
import { simulator } from '../simulators/ibm-storwize_svc/index.ts';

afterEach(() => faults.plan(undefined));

const cut = (command: RegExp) =>
  faults.plan({
    fault: 'cut_line',
    matches: (request) => command.test(request),
    times: Number.POSITIVE_INFINITY,
  });

it('no alert has lost its severity with the end of its details: it is left out and told', async () => {
  await using array = await simulator.start({ seed: 5 });
  await using opened = openDriver(driver, array.access, { hurried: true });
  const severities = new Map(array.truth.alerts.map((one) => [one['sequence_number'], one['severity']])); // prettier-ignore
  const first = [...severities.keys()][0];
  cut(new RegExp(`^lseventlog .*\\b${String(first)}$`));
  const alerts = await opened.alerts();
  for (const alert of alerts) {
    expect(alert.severity).toBe(severities.get(alert.sequence_number));
  }
  expect(alerts).toHaveLength(severities.size - 1);
  expect(opened.told.map(({ call }) => call)).toEqual(['listAlerts']);
});

it('no host has lost its initiators with the end of its details: they are told', async () => {
  await using array = await simulator.start({ seed: 5 });
  await using opened = openDriver(driver, array.access, { hurried: true });
  cut(/^lshost .*\b0$/);
  const found = (await opened.list('listStorageHostInitiators')) as readonly Fields[];
  const all = array.truth.lists.listStorageHostInitiators as readonly Fields[];
  const others = all.filter((one) => one['native_storage_host_id'] !== '0');
  expect(found).toHaveLength(others.length);
  expect(all.length).toBeGreaterThan(others.length);
  expect(opened.told).not.toEqual([]);
});

it('a list that is cut once, with nothing known of it yet, is whole all the same', async () => {
  await using array = await simulator.start({ seed: 5 });
  const lists = [
    ['listStorageHosts', /^lshost .*!$/],
    ['listMaskingViews', /^lshostvdiskmap/],
    ['listDisks', /^lsmdisk .*!$/],
    ['listDisks', /^lsdrive .*!$/],
    ['listControllers', /^lsnodecanister .*!$/],
    ['listComponents', /^lsenclosurepsu/],
    ['listReplications', /^lsfcmap/],
  ] as const;
  for (const [method, command] of lists) {
    await using opened = openDriver(driver, array.access, { hurried: true });
    faults.plan({ fault: 'cut_line', matches: (request) => command.test(request), times: 1 });
    const found = (await opened.list(method)) as readonly Fields[];
    expect(faults.hits(), String(command)).toBe(1);
    expect(found, String(command)).toHaveLength((array.truth.lists[method] as object[]).length);
    expect(opened.told).toEqual([]);
  }
});

it.each([
  ['drive_7', /^lsdrive .*\b7$/],
  ['drive_0', /^lsdrive .*\b0$/],
])('details of %s that end early are asked for once more', async (id, command) => {
  await using array = await simulator.start({ seed: 5 });
  await using opened = openDriver(driver, array.access, { hurried: true });
  faults.plan({ fault: 'cut_line', matches: (request) => command.test(request), times: 1 });
  const found = (await opened.list('listDisks')) as readonly Fields[];
  expect(faults.hits()).toBe(1);
  const own = (records: readonly Fields[]) => records.find((disk) => disk['native_disk_id'] === id);
  expect(own(found)).toMatchObject(own(array.truth.lists.listDisks as readonly Fields[]) ?? {});
  expect(opened.told).toEqual([]);
});
