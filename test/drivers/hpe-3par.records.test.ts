/** Objects with parts missing, and odd names: what is said of them, and what is not. */
import { describe, expect, it } from 'vitest';
import { alertsOfLog } from '../../drivers/hpe-3par/alerts.ts';
import { setsOf } from '../../drivers/hpe-3par/cli-records.ts';
import { setsOf as withMembers, toMaskingView, toVlun } from '../../drivers/hpe-3par/mapping.ts';
import {
  nodesOf,
  portOf,
  promisesOf,
  templatesOf,
  toDisk,
  toHost,
  toPaths,
  toPool,
  toPort,
  toStorage,
  toVolume,
} from '../../drivers/hpe-3par/records.ts';

const MIB = 2 ** 20;

describe('a sum of which a part is missing', () => {
  it('is no total of the array', () => {
    expect(toStorage({ freeCapacityMiB: 10 }, 'HPE', undefined)).toMatchObject({
      free_capacity: 10 * MIB,
    });
    expect(toStorage({ freeCapacityMiB: 10 }, 'HPE', undefined).total_capacity).toBeUndefined();
    expect(
      toStorage({ allocatedCapacityMiB: 10 }, 'HPE', undefined).total_capacity,
    ).toBeUndefined();
  });

  it('is no size of a CPG, unless the whole kind of space is missing', () => {
    const usage = { totalMiB: 100, usedMiB: 40, rawTotalMiB: 200 };
    const whole = { id: 1, name: 'c', UsrUsage: usage, SAUsage: usage };
    expect(toPool(whole, undefined)).toMatchObject({
      total_capacity: 200 * MIB,
      used_capacity: 80 * MIB,
    });
    const part = toPool({ ...whole, SAUsage: { totalMiB: 100, rawTotalMiB: 200 } }, 7);
    expect(part).toMatchObject({ total_capacity: 200 * MIB, subscribed_capacity: 7 });
    expect(part.used_capacity).toBeUndefined();
  });

  it('is no promise of a CPG: its volumes promise what they all state', () => {
    const volume = { userCPG: 'c', sizeMiB: 3, provisioningType: 2 };
    const store = { userCPG: 'c', sizeMiB: 67_108_864, provisioningType: 7 };
    expect(promisesOf([volume, volume, store]).get('c')).toBe(6 * MIB);
    expect(promisesOf([volume, { userCPG: 'c' }, volume]).get('c')).toBeUndefined();
    expect(promisesOf([volume, { userCPG: 'c' }]).has('c')).toBe(true);
  });
});

describe('names that mean nothing elsewhere', () => {
  it.each(['none', 'n-a', '-x', 'NA'])('"%s" is a name', (name) => {
    expect(toVolume({ id: 1, name }, new Map()).name).toBe(name);
    expect(toPool({ id: 1, name }, 0).name).toBe(name);
    expect(toHost({ id: 1, name })?.name).toBe(name);
    expect(toPaths({ id: 1, name, FCPaths: [{ wwn: '10' }] })[0]?.hostId).toBe('1');
    const vlun = toVlun({ lun: 1, volumeName: name, hostname: name });
    const ids = new Map([[name, '7']]);
    const none = new Map<string, string>();
    expect(
      toMaskingView(vlun, { hosts: ids, volumes: ids, hostSets: none, volumeSets: none }),
    ).toMatchObject({ native_storage_host_id: '7', native_volume_id: '7' });
    const row = { cells: { id: '1', name, members: name }, more: [[name]] };
    for (const set of [{ id: 1, name, setmembers: [name, name] }, ...setsOf([row])]) {
      expect(withMembers([set], ids)).toMatchObject([{ id: '1', name, members: ['7', '7'] }]);
    }
  });
});

it('reads the spellings of the public mock server', () => {
  const port = { portPos: { node: 1, slot: 7, cardPort: 1 }, portWwn: '2C27D75375D5', type: 7 };
  expect(toPort(portOf(port))).toMatchObject({ mac_address: '2C27D75375D5', type: 'rcip' });
  const host = { id: 11, name: 'h', descriptors: null, iSCSINames: [{ name: 'iqn.a:b' }] };
  expect(toHost(host)).toMatchObject({ native_storage_host_id: '11', name: 'h' });
  expect(toPaths(host)).toEqual([{ wwn: 'iqn.a:b', hostId: '11', loggedIn: false }]);
});

it('templates are told from active exports, however "active" is written', () => {
  const template = { lun: 1, volumeName: 'v', hostname: 'h', active: 'false' };
  expect(templatesOf([template, { ...template, active: 'true' }])).toEqual([template]);
});

it('nothing is said of the health of a port without state', () => {
  const port = { portPos: { node: 0, slot: 1, cardPort: 2 }, protocol: 1 };
  expect(toPort(portOf(port)).health_status).toBeUndefined();
  expect(toPort(portOf({ ...port, linkState: 4 })).health_status).toBe('normal');
  expect(toPort(portOf({ ...port, linkState: 6 })).health_status).toBe('abnormal');
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
  expect(toVolume(volume, new Map())).toEqual({ native_volume_id: '1', deduplicated: true });
  expect(toVolume({ id: 1, provisioningType: 5 }, new Map())).toEqual({ native_volume_id: '1' });
});

it('nodes and disks are told by the WSAPI, too', () => {
  expect(nodesOf({ onlineNodes: [1], clusterNodes: [0, 1] })).toEqual([
    { native_controller_id: '0', status: 'offline' },
    { native_controller_id: '1', status: 'normal' },
  ]);
  const disk = { id: 73, position: '7:5:0', type: 2, RPM: 7, state: 4, totalSizeMiB: 2 };
  expect(toDisk(disk)).toEqual({
    native_disk_id: '73',
    name: '7:5:0',
    location: '7:5:0',
    physical_type: 'nl-sas',
    status: 'abnormal',
    speed: 7_200,
    capacity: 2 * MIB,
  });
});

it('only what is an address is one', () => {
  const port = { portPos: { node: 0, slot: 1, cardPort: 2 }, portWWN: '202AC000103' };
  expect(toPort(portOf(port)).wwn).toBeUndefined();
  expect(toPort(portOf({ ...port, IPAddr: '2FF70002AC001C9F' })).ipv4).toBeUndefined();
});
