/** Parts, wear and replication: what the fields of the interface come to, in numbers. */
import { NotSupported } from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/huawei-oceanstor/index.ts';
import { openDriver, type Fields } from '../../src/testing/open.ts';
import { data, failure, plainArray } from './huawei-oceanstor.plain.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

/** An array of these collections; it refuses all others in its own words. */
async function arrayOf(collections: Readonly<Record<string, readonly Fields[]>>) {
  const { served, access } = await plainArray((path) => {
    const objects = collections[path];
    return objects ? data(objects) : failure(1077948996, 'The object type does not exist.');
  });
  return { served, opened: openDriver(driver, access, { now: () => NOW }) };
}

const well = { HEALTHSTATUS: '1', RUNNINGSTATUS: '27' };

describe('components', () => {
  it.each<[string, Fields, string | undefined]>([
    ['well', well, 'ok'],
    ['faulty', { HEALTHSTATUS: '2', RUNNINGSTATUS: '27' }, 'failed'],
    ['offline', { HEALTHSTATUS: '1', RUNNINGSTATUS: '28' }, 'failed'],
    ['about to fail', { HEALTHSTATUS: '3', RUNNINGSTATUS: '27' }, 'predicted_failure'],
    ['of a health without a name', { HEALTHSTATUS: '77', RUNNINGSTATUS: '27' }, 'unknown'],
    ['of unknown health, but offline', { HEALTHSTATUS: '0', RUNNINGSTATUS: '28' }, 'failed'],
    ['at rest', { HEALTHSTATUS: '1', RUNNINGSTATUS: '8' }, 'ok'],
    ['powering on', { HEALTHSTATUS: '1', RUNNINGSTATUS: '12' }, 'unknown'],
    ['without a word', {}, undefined],
  ])('a fan that is %s', async (_, states, status) => {
    const { served, opened } = await arrayOf({ '/fan': [{ ID: '1', NAME: 'FAN1', ...states }] });
    await using _served = served;
    await using _opened = opened;
    const [fan] = (await opened.list('listComponents')) as readonly Fields[];
    expect(fan).toMatchObject({ native_component_id: 'fan:1', type: 'fan', name: 'FAN1' });
    expect(fan?.['status']).toBe(status);
  });

  it('have volts, degrees and the words of their label', async () => {
    const { served, opened } = await arrayOf({
      '/enclosure': [{ ID: '0', NAME: 'CTE0', MODEL: '23', TEMPERATURE: '61', ELABEL: 'BoardType=STL\nBarCode=21\nItem=02\nVendorName=Huawei', ...well }],
      '/power': [{ ID: '1', PARENTTYPE: 206, PARENTID: '0', OUTPUTVOLTAGE: '12130', TEMPERATURE: '0', ...well }],
      '/backup_power': [{ ID: '1', PARENTTYPE: 207, PARENTID: '0A', VOLTAGE: '158', ...well }],
      '/controller': [{ ID: '0A', LOCATION: 'CTE0.A', TEMPERATURE: '55' }, { ID: '0B', TEMPERATURE: '-1' }],
    }); // prettier-ignore
    await using _served = served;
    await using _opened = opened;
    const parts = (await opened.list('listComponents')) as readonly Fields[];
    expect(parts.map(({ storage_id: _storage, ...part }) => part)).toEqual([
      { native_component_id: 'enclosure:0', name: 'CTE0', type: 'enclosure', status: 'ok', vendor: 'Huawei', model: 'STL', serial_number: '21', part_number: '02', temperature: 61 },
      { native_component_id: 'power:1', type: 'power_supply', status: 'ok', native_parent_id: 'enclosure:0', voltage: 12.13 },
      { native_component_id: 'battery:1', type: 'battery', status: 'ok', native_parent_id: '0A', voltage: 15.8 },
      { native_component_id: 'temperature:0A', name: 'CTE0.A', type: 'temperature', native_parent_id: '0A', location: 'CTE0.A', temperature: 55 },
    ]); // prettier-ignore
  });

  it('are not supported where the array knows none of them', async () => {
    const { served, opened } = await arrayOf({});
    await using _served = served;
    await using _opened = opened;
    await expect(opened.list('listComponents')).rejects.toBeInstanceOf(NotSupported);
    await expect(opened.list('listReplications')).rejects.toBeInstanceOf(NotSupported);
  });
});

describe('disks', () => {
  it('wear out by what they have used up, if they are of flash', async () => {
    const disk = { ABRASIONRATE: '93', TEMPERATURE: '71', RUNTIME: '140' };
    const { served, opened } = await arrayOf({
      '/disk': [{ ID: '1', DISKTYPE: '16', ...disk }, { ID: '2', DISKTYPE: '1', ...disk, TEMPERATURE: '0' }, { ID: '3', DISKTYPE: '3', ABRASIONRATE: '-1' }, { ID: '4', DISKTYPE: '3', SPEEDRPM: '7200', ABRASIONRATE: '0' }],
    }); // prettier-ignore
    await using _served = served;
    await using _opened = opened;
    const disks = (await opened.list('listDisks')) as readonly Fields[];
    expect(disks[0]).toMatchObject({ endurance_remaining: 0.07, temperature: 71, power_on_time: 12_096_000 }); // prettier-ignore
    expect(disks[1]).toMatchObject({ power_on_time: 12_096_000 });
    for (const field of ['endurance_remaining', 'temperature']) {
      expect(disks[1]).not.toHaveProperty(field);
      expect(disks[2]).not.toHaveProperty(field);
      expect(disks[3]).not.toHaveProperty(field);
    }
  });
});

describe('replications', () => {
  const pair = {
    ID: '3400', LOCALRESTYPE: '11', LOCALRESID: '7', REMOTEDEVICENAME: 'B', REMOTERESNAME: 'far',
    ISPRIMARY: 'true', REPLICATIONMODEL: '2', HEALTHSTATUS: '1',
  }; // prettier-ignore

  it('an asynchronous pair that is interrupted is as old as its last synchronisation', async () => {
    const ended = String(NOW / 1000 - 7200);
    const { served, opened } = await arrayOf({
      '/REPLICATIONPAIR': [{ ...pair, RUNNINGSTATUS: '34', ENDTIME: ended, REPLICATIONPROGRESS: '40' }],
    }); // prettier-ignore
    await using _served = served;
    await using _opened = opened;
    expect(await opened.list('listReplications')).toEqual([
      { native_replication_id: '3400', type: 'async', role: 'source', status: 'failed', native_volume_id: '7', remote_system: 'B', remote_resource: 'far', lag: 7_200_000, storage_id: 'array-under-test' },
    ]); // prettier-ignore
  });

  it.each<[string, Fields, Fields]>([
    ['of a clock that is ahead', { RUNNINGSTATUS: '1', ENDTIME: String(NOW / 1000 + 60) }, { status: 'normal' }], // prettier-ignore
    ['that never synchronised', { RUNNINGSTATUS: '23', ENDTIME: '-1', REPLICATIONPROGRESS: '12' }, { status: 'syncing', progress: 0.12 }], // prettier-ignore
    ['that is synchronous', { RUNNINGSTATUS: '1', ENDTIME: '1700000000', REPLICATIONMODEL: '1' }, { status: 'normal', type: 'sync' }], // prettier-ignore
  ])('a pair %s has no lag', async (_, source, record) => {
    const { served, opened } = await arrayOf({ '/REPLICATIONPAIR': [{ ...pair, ...source }] });
    await using _served = served;
    await using _opened = opened;
    const [found] = (await opened.list('listReplications')) as readonly Fields[];
    expect(found).toMatchObject(record);
    expect(found).not.toHaveProperty('lag');
  });
});

describe('the array itself', () => {
  it('names its management addresses and its console', async () => {
    const { served, opened } = await arrayOf({
      '/eth_port': [
        { ID: '1', LOGICTYPE: '2', IPV4ADDR: '192.0.2.1', IPV6ADDR: '' },
        { ID: '2', LOGICTYPE: '0', IPV4ADDR: '192.0.2.2' },
      ],
      '/lif': [
        { ID: '1', ROLE: '1', IPV4ADDR: '192.0.2.3', IPV6ADDR: '2001:db8::3' },
        { ID: '2', ROLE: '2', IPV4ADDR: '192.0.2.4' },
        { ID: '3', ROLE: '1', IPV4ADDR: '192.0.2.1' },
      ],
    });
    await using _served = served;
    await using _opened = opened;
    const sources = await opened.session.call('listAlertSources', (session, signal) =>
      session.listAlertSources?.(signal),
    );
    expect(sources).toEqual(['192.0.2.1', '192.0.2.3', '2001:db8::3']);
    const url = await opened.session.call('getAccessUrl', (session, signal) =>
      session.getAccessUrl?.(signal),
    );
    expect(url).toBe(`https://127.0.0.1:${served.port}`);
  });
});

describe('ports', () => {
  it('have a mask with their address only', async () => {
    const masks = { IPV4MASK: '255.255.0.0', IPV6MASK: '0' };
    const { served, opened } = await arrayOf({
      '/eth_port': [
        { ID: '1', IPV4ADDR: '192.0.2.1', IPV6ADDR: '', ...masks },
        { ID: '2', IPV4ADDR: '', IPV6ADDR: '', ...masks },
      ],
    });
    await using _served = served;
    await using _opened = opened;
    const ports = (await opened.list('listPorts')) as readonly Fields[];
    expect(ports.map(({ storage_id: _storage, type: __, ...port }) => port)).toEqual([
      { native_port_id: '1', ipv4: '192.0.2.1', ipv4_mask: '255.255.0.0' },
      { native_port_id: '2' },
    ]);
  });
});

describe('states', () => {
  it.each<[string, Fields, string]>([
    ['of a health that is not known', { HEALTHSTATUS: '0', RUNNINGSTATUS: '27' }, 'unknown'],
    ['of a health without a name', { HEALTHSTATUS: '88', RUNNINGSTATUS: '27' }, 'unknown'],
    ['that is well and of which nothing else is said', { HEALTHSTATUS: '1' }, 'normal'],
    ['that is online and of which nothing else is said', { RUNNINGSTATUS: '27' }, 'normal'],
    ['of unknown health that rebuilds', { HEALTHSTATUS: '0', RUNNINGSTATUS: '16' }, 'degraded'],
  ])('a pool %s', async (_, states, status) => {
    const { served, opened } = await arrayOf({
      '/system/': [{}],
      '/storagepool': [{ ID: '0', ...states }],
    });
    await using _served = served;
    await using _opened = opened;
    expect(await opened.list('listStoragePools')).toMatchObject([{ status }]);
  });
});
