/** Objects with parts missing, and odd names: what is said of them, and what is not. */
import { describe, expect, it } from 'vitest';
import { alertsOfLog } from '../../drivers/hpe-3par/alerts.ts';
import { toMaskingView, toSet } from '../../drivers/hpe-3par/mapping.ts';
import { toHost, toPaths, toPool, toStorage, toVolume } from '../../drivers/hpe-3par/records.ts';
import { toPort, toSet as toRestSet, toVluns } from '../../drivers/hpe-3par/rest-records.ts';

const MIB = 2 ** 20;

describe('a sum of which a part is missing', () => {
  it('is no total of the array', () => {
    expect(toStorage({ freeCapacityMiB: 10 }, undefined)).toMatchObject({
      free_capacity: 10 * MIB,
    });
    expect(toStorage({ freeCapacityMiB: 10 }, undefined).total_capacity).toBeUndefined();
    expect(toStorage({ allocatedCapacityMiB: 10 }, undefined).total_capacity).toBeUndefined();
  });

  it('is no size of a CPG, unless the whole kind of space is missing', () => {
    const usage = { totalMiB: 100, usedMiB: 40, rawTotalMiB: 200 };
    const whole = { id: 1, name: 'c', UsrUsage: usage, SAUsage: usage };
    expect(toPool(whole)).toMatchObject({ total_capacity: 200 * MIB, used_capacity: 80 * MIB });
    const part = toPool({ ...whole, SAUsage: { totalMiB: 100, rawTotalMiB: 200 } });
    expect(part).toMatchObject({ total_capacity: 200 * MIB, subscribed_capacity: 400 * MIB });
    expect(part.used_capacity).toBeUndefined();
  });
});

describe('names that mean nothing elsewhere', () => {
  it.each(['none', 'n-a', '-x', 'NA'])('"%s" is a name', (name) => {
    expect(toVolume({ id: 1, name }, new Map()).name).toBe(name);
    expect(toPool({ id: 1, name }).name).toBe(name);
    expect(toHost({ id: 1, name })?.name).toBe(name);
    expect(toPaths({ id: 1, name, FCPaths: [{ wwn: '10' }] })[0]?.hostId).toBe('1');
    expect(toRestSet({ id: 1, name, setmembers: [name] })).toMatchObject({ name, members: [name] });
    const [vlun] = toVluns([{ lun: 1, volumeName: name, hostname: name }]);
    const ids = new Map([[name, '7']]);
    const none = new Map<string, string>();
    expect(
      vlun && toMaskingView(vlun, { hosts: ids, volumes: ids, hostSets: none, volumeSets: none }),
    ).toMatchObject({ native_storage_host_id: '7', native_volume_id: '7' });
    const row = { cells: { id: '1', name, members: name, comment: '--' }, more: [[name]] };
    expect(toSet(row)).toMatchObject({ name, members: [name, name], comment: undefined });
  });
});

it('reads the spellings of the public mock server', () => {
  const port = { portPos: { node: 1, slot: 7, cardPort: 1 }, portWwn: '2C27D75375D5', type: 7 };
  expect(toPort(port)).toMatchObject({ mac_address: '2C27D75375D5', type: 'rcip' });
  const host = { id: 11, name: 'h', descriptors: null, iSCSINames: [{ name: 'iqn.a:b' }] };
  expect(toHost(host)).toMatchObject({ native_storage_host_id: '11', name: 'h' });
  expect(toPaths(host)).toEqual([{ wwn: 'iqn.a:b', hostId: '11', loggedIn: false }]);
});

it('templates are told from active exports, however "active" is written', () => {
  const template = { lun: 1, volumeName: 'v', hostname: 'h', active: 'false' };
  expect(toVluns([template, { ...template, active: 'true' }])).toHaveLength(1);
});

it('nothing is said of the health of a port without state', () => {
  const port = { portPos: { node: 0, slot: 1, cardPort: 2 }, protocol: 1 };
  expect(toPort(port).health_status).toBeUndefined();
  expect(toPort({ ...port, linkState: 4 }).health_status).toBe('normal');
  expect(toPort({ ...port, linkState: 6 }).health_status).toBe('abnormal');
});

it('an alert of the log without an id of its own has that of the entry', () => {
  const [alert] = alertsOfLog([{ id: 3, alertInfo: { alertId: '', messageCode: 0x6_00de } }]);
  expect(alert).toMatchObject({ sequence_number: '3', match_key: '3par:393438:3' });
});
