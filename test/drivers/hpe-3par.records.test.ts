/** Objects with parts missing, and odd names: what is said of them, and what is not. */
import { describe, expect, it } from 'vitest';
import { alertsOfLog } from '../../drivers/hpe-3par/alerts.ts';
import {
  setsOf,
  templatesOf,
  toHosts,
  toInitiators,
  toMaskingViews,
} from '../../drivers/hpe-3par/host-records.ts';
import {
  nodesOf,
  promisesOf,
  toControllers,
  toDisks,
  toPools,
  toPorts,
  toStorage,
  toVolumes,
} from '../../drivers/hpe-3par/records.ts';
import { READERS } from '../../drivers/hpe-3par/tables.ts';

const MIB = 2 ** 20;

describe('a sum of which a part is missing', () => {
  it('is no total of the array', () => {
    expect(toStorage({ freeCapacityMiB: 10 })).toEqual({ free_capacity: 10 * MIB });
    expect(toStorage({ allocatedCapacityMiB: 10 })).toEqual({ used_capacity: 10 * MIB });
  });

  it('is no size of a CPG, unless the whole kind of space is missing', () => {
    const usage = { totalMiB: 100, usedMiB: 40, rawTotalMiB: 200 };
    const whole = { id: 1, name: 'c', UsrUsage: usage, SAUsage: usage };
    expect(toPools([whole])).toMatchObject([
      { total_capacity: 200 * MIB, used_capacity: 80 * MIB },
    ]);
    const part = { ...whole, SAUsage: { totalMiB: 100, rawTotalMiB: 200 }, promised: 7 };
    const [pool] = toPools([part]);
    expect(pool).toMatchObject({ total_capacity: 200 * MIB, subscribed_capacity: 7 });
    expect(pool?.used_capacity).toBeUndefined();
  });

  it('is no promise of a CPG: its volumes promise what they all state', () => {
    const volume = { userCPG: 'c', sizeMiB: 3, provisioningType: 2 };
    const store = { userCPG: 'c', sizeMiB: 67_108_864, provisioningType: 7 };
    expect(promisesOf([volume, volume, store])('c')).toBe(6 * MIB);
    expect(promisesOf([volume, { userCPG: 'c' }, volume])('c')).toBeUndefined();
    expect(promisesOf([volume])('d')).toBe(0);
  });
});

describe('names that mean nothing elsewhere', () => {
  it.each(['none', 'n-a', '-x', 'NA'])('"%s" is a name', (name) => {
    const one = { id: 1, name };
    expect(toVolumes([one])[0]?.name).toBe(name);
    expect(toPools([one])[0]?.name).toBe(name);
    expect(toHosts([one])[0]?.name).toBe(name);
    const [initiator] = toInitiators([{ ...one, FCPaths: [{ wwn: '10' }] }]);
    expect(initiator?.native_storage_host_id).toBe('1');
    const named = (asked: unknown) => (asked === name ? { id: 7 } : undefined);
    const none = () => undefined;
    const vlun = { lun: 1, volumeName: name, hostname: name };
    expect(
      toMaskingViews([vlun], { hosts: named, volumes: named, hostSets: none, volumeSets: none }),
    ).toMatchObject([{ native_storage_host_id: '7', native_volume_id: '7' }]);
    const row = { cells: { id: '1', name, members: name }, more: [[name]] };
    const table = { titles: [], above: [], rows: [row], summary: [], closed: true };
    for (const set of [{ id: 1, name, setmembers: [name, name] }, ...READERS.hostSets(table)]) {
      expect(setsOf([set], named)).toMatchObject([{ id: '1', name, members: ['7', '7'] }]);
    }
  });
});

it('reads the spellings of the public mock server', () => {
  const port = { portPos: { node: 1, slot: 7, cardPort: 1 }, portWwn: '2C27D75375D5', type: 7 };
  expect(toPorts([port])).toMatchObject([{ mac_address: '2C27D75375D5', type: 'rcip' }]);
  const host = { id: 11, name: 'h', descriptors: null, iSCSINames: [{ name: 'iqn.a:b' }] };
  expect(toHosts([host])).toEqual([{ native_storage_host_id: '11', name: 'h' }]);
  expect(toInitiators([host])).toMatchObject([
    { wwn: 'iqn.a:b', native_storage_host_id: '11', status: 'offline' },
  ]);
});

it('templates are told from active exports, however "active" is written', () => {
  const template = { lun: 1, volumeName: 'v', hostname: 'h', active: 'false' };
  expect(templatesOf([template, { ...template, active: 'true' }])).toEqual([template]);
});

it('of several options the first that has an address, with its own mask, and the first rate hold', async () => {
  const port = { 'n:s:p': '0:1:1', type: 'rcip' };
  const said: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'showport -iscsi': { ipaddr: '0.0.0.0', 'netmask/prefixlen': '255.255.0.0', rate: 'auto' },
    'showport -rcip': { ipaddr: '192.0.2.7', rate: '10Gbps' },
    'showport -fs': { ipaddr: '192.0.2.8', netmask: '255.255.255.0', rate: '1Gbps' },
  };
  const tellsOf = async (row: Readonly<Record<string, string>>, options: readonly string[]) => {
    const rows = [{ cells: row, more: [] }];
    const table = { titles: ['n:s:p'], above: [], rows, summary: [], closed: true };
    const read = await READERS.ports(table, {
      extraRows: async ({ command }) =>
        options.includes(command) ? [{ 'n:s:p': '0:1:1', ...said[command] }] : [],
    });
    return toPorts(read)[0];
  };
  const first = await tellsOf(port, Object.keys(said));
  expect(first).toMatchObject({ ipv4: '192.0.2.7', speed: 10_000_000_000 });
  expect(first).not.toHaveProperty('ipv4_mask');
  // The list's own address has no mask.
  const own = await tellsOf({ ...port, 'node_wwn/ip': '192.0.2.9' }, ['showport -iscsi']);
  expect(own).toMatchObject({ ipv4: '192.0.2.9' });
  expect(own).not.toHaveProperty('ipv4_mask');
  expect(own).not.toHaveProperty('speed');
  expect(await tellsOf(port, ['showport -iscsi', 'showport -fs'])).toMatchObject({
    ipv4: '192.0.2.8',
    ipv4_mask: '255.255.255.0',
    speed: 1_000_000_000,
  });
});

it('an address of a port that is not set hides none that the WSAPI tells elsewhere', () => {
  const iSCSIPortInfo = { IPAddr: '192.0.2.7', netmask: '255.255.255.0' };
  expect(toPorts([{ portPos: '0:1:1', IPAddr: '0.0.0.0', iSCSIPortInfo }])).toMatchObject([
    { ipv4: '192.0.2.7', ipv4_mask: '255.255.255.0' },
  ]);
});

it('nothing is said of the health of a port without state', () => {
  const port = { portPos: { node: 0, slot: 1, cardPort: 2 }, protocol: 1 };
  const health = (linkState?: number) => toPorts([{ ...port, linkState }])[0]?.health_status;
  expect([health(), health(4), health(6)]).toEqual([undefined, 'normal', 'abnormal']);
});

it('an alert of the log without an id of its own has that of the entry', () => {
  const [alert] = alertsOfLog([{ id: 3, alertInfo: { alertId: '', messageCode: 0x6_00de } }]);
  expect(alert).toMatchObject({ sequence_number: '3', match_key: '3par:event:3' });
});

it('an alert of the log ends with its state, and a change of its state is not another', () => {
  const entry = (
    alertId: number,
    messageCode: number,
    alertState: number,
    description: string,
  ) => ({
    id: 900 + alertId,
    description,
    alertInfo: { alertId, messageCode, alertState },
  });
  const raised = [entry(1, 0x6_00de, 1, 'disk'), entry(2, 0x6_00de, 1, 'cage')];
  const again = entry(1, 0x13_0002, 1, 'Alert 1 changed from state Acknowledged to New');
  const fixed = entry(2, 0x13_0002, 3, 'Alert 2 changed from state New to Fixed');
  expect(alertsOfLog([...raised, again, fixed])).toMatchObject([
    { description: 'disk', match_key: '3par:1', alert_id: '0x00600de' },
  ]);
});

it('codes that are not known are no answer', () => {
  const volume = { id: 1, compressionState: 6, deduplicationState: 1 };
  expect(toVolumes([volume])).toEqual([{ native_volume_id: '1', deduplicated: true }]);
  expect(toVolumes([{ id: 1, provisioningType: 5 }])).toEqual([{ native_volume_id: '1' }]);
});

it('nodes and disks are told by the WSAPI, too', () => {
  expect(toControllers(nodesOf({ onlineNodes: [1], clusterNodes: [0, 1] }))).toEqual([
    { native_controller_id: '0', status: 'offline' },
    { native_controller_id: '1', status: 'normal' },
  ]);
  const disk = { id: 73, position: '7:5:0', type: 2, RPM: 7, state: 4, totalSizeMiB: 2 };
  expect(toDisks([disk])).toEqual([
    {
      native_disk_id: '73',
      name: '7:5:0',
      location: '7:5:0',
      physical_type: 'nl-sas',
      status: 'abnormal',
      speed: 7_200,
      capacity: 2 * MIB,
    },
  ]);
});

it('only what is an address is one', () => {
  const port = { portPos: { node: 0, slot: 1, cardPort: 2 }, portWWN: '202AC000103' };
  const [found] = toPorts([{ ...port, IPAddr: '2FF70002AC001C9F' }]);
  expect([found?.wwn, found?.ipv4]).toEqual([undefined, undefined]);
});
