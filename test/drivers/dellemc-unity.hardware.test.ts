/** Parts, space and replication: what the attributes of the API come to, in numbers. */
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/dellemc-unity/index.ts';
import { sendJson, serve } from '../kit/http-server.ts';
import { openDriver, TEST_SYSTEM, type Fields } from '../../src/testing/open.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

/** An array with these objects; of other types it has none. `asked`: the types asked for. */
async function arrayOf(contents: Readonly<Record<string, readonly Fields[]>>) {
  const asked: string[] = [];
  const served = await serve((request, response) => {
    const type = /\/types\/(\w+)\/instances/.exec(request.path)?.[1] ?? '';
    if (type !== 'loginSessionInfo') asked.push(type);
    const entries = (contents[type] ?? []).map((content) => ({ content }));
    const links = [{ rel: 'self', href: '&page=1' }];
    const isFirst = (request.query.get('page') ?? '1') === '1';
    sendJson(response, 200, { links, entries: isFirst ? entries : [] }, { 'set-cookie': 'a=b' });
  });
  const rest = { host: '127.0.0.1', port: served.port, username: 'u', password: 'p', insecure: true }; // prettier-ignore
  return { served, asked, opened: openDriver(driver, { rest }, { now: () => NOW }) };
}

const healthy = (value: number, ...descriptionIds: string[]) => ({ health: { value, descriptionIds } }); // prettier-ignore

describe('components', () => {
  it.each<[string, Fields, string | undefined]>([
    ['well', healthy(5, 'ALRT_COMPONENT_OK'), 'ok'],
    ['failed', healthy(20, 'ALRT_FAN_FAULT'), 'failed'],
    ['degraded', healthy(10), 'degraded'],
    ['not there', healthy(20, 'ALRT_FAN_MISSING'), 'missing'],
    ['to be replaced', { ...healthy(5), needsReplacement: true }, 'predicted_failure'],
    ['failed and to be replaced', { ...healthy(25), needsReplacement: true }, 'failed'],
    ['of a health without a name', healthy(12), 'unknown'],
    ['without a word', {}, undefined],
  ])('a fan that is %s', async (_, content, status) => {
    const { served, opened } = await arrayOf({
      fan: [{ id: 'dpe_fan_a0', name: 'Fan', ...content }],
    });
    await using _served = served;
    await using _opened = opened;
    const [fan] = (await opened.list('listComponents')) as readonly Fields[];
    expect(fan).toMatchObject({ native_component_id: 'dpe_fan_a0', type: 'fan' });
    expect(fan?.['status']).toBe(status);
  });

  it('an enclosure has temperature and power, and is nobody’s part', async () => {
    const { served, opened, asked } = await arrayOf({
      dae: [{ id: 'dae_0_1', ...healthy(5), parent: { id: '0', resource: 'system' }, currentTemperature: 61, currentPower: 110 }],
      powerSupply: [{ id: 'dae_0_1_ps_a0', ...healthy(5), parent: { id: 'dae_0_1' }, emcSerialNumber: '', vendorSerialNumber: 'V1', firmwareVersion: '0421' }],
    }); // prettier-ignore
    await using _served = served;
    await using _opened = opened;
    expect(await opened.list('listComponents')).toEqual([
      { native_component_id: 'dae_0_1', type: 'enclosure', status: 'ok', temperature: 61, power: 110, storage_id: TEST_SYSTEM },
      { native_component_id: 'dae_0_1_ps_a0', type: 'power_supply', status: 'ok', native_parent_id: 'dae_0_1', serial_number: 'V1', firmware: '0421', storage_id: TEST_SYSTEM },
    ]); // prettier-ignore
    // Each type once, and once more where a page does not say that it is the last.
    expect(asked.length).toBeLessThanOrEqual(12);
  });
});

describe('replications', () => {
  const session = {
    id: 's1', name: 'nightly', ...healthy(5), replicationResourceType: 8, status: 33_797, syncState: 2,
    localRole: 0, maxTimeOutOfSync: 60, srcResourceId: 'sv_1', dstResourceId: 'sv_9',
    remoteSystem: { id: 'RS_1' }, lastSyncTime: '2026-03-01T10:00:00.000Z',
  }; // prettier-ignore
  const remoteSystem = [{ id: 'RS_1', name: 'FNM1' }];

  it('a session that has lost its other end is as old as its last synchronisation', async () => {
    const { served, opened } = await arrayOf({
      replicationSession: [{ ...session, status: 13 }],
      remoteSystem,
    });
    await using _served = served;
    await using _opened = opened;
    expect(await opened.list('listReplications')).toEqual([
      { native_replication_id: 's1', name: 'nightly', type: 'async', role: 'source', status: 'failed', native_volume_id: 'sv_1', remote_system: 'FNM1', remote_resource: 'sv_9', lag: 7_200_000, storage_id: TEST_SYSTEM },
    ]); // prettier-ignore
  });

  it('a target of a file system is known by its storage resource', async () => {
    const { served, opened } = await arrayOf({
      replicationSession: [{ ...session, replicationResourceType: 1, localRole: 1, dstResourceId: 'res_5', syncState: 1, syncProgress: 30 }],
      filesystem: [{ id: 'fs_2', storageResource: { id: 'res_5' } }],
      remoteSystem,
    }); // prettier-ignore
    await using _served = served;
    await using _opened = opened;
    expect(await opened.list('listReplications')).toMatchObject([
      { role: 'target', status: 'syncing', progress: 0.3, native_filesystem_id: 'fs_2', remote_resource: 'sv_1' },
    ]); // prettier-ignore
  });

  it.each<[string, Fields, Fields]>([
    ['in sync', { status: 33_805, syncState: 102 }, { type: 'sync', status: 'normal' }],
    ['out of sync', { status: 2, syncState: 101 }, { type: 'sync', status: 'degraded' }],
    ['of a clock that is ahead', { lastSyncTime: '2026-03-01T12:00:01Z' }, { type: 'async', status: 'normal' }], // prettier-ignore
  ])('a session %s has no lag', async (_, content, record) => {
    const { served, opened } = await arrayOf({ replicationSession: [{ ...session, ...content }] });
    await using _served = served;
    await using _opened = opened;
    const [found] = (await opened.list('listReplications')) as readonly Fields[];
    expect(found).toMatchObject(record);
    expect(found).not.toHaveProperty('lag');
  });

  it('costs one request where there is none', async () => {
    const { served, opened, asked } = await arrayOf({});
    await using _served = served;
    await using _opened = opened;
    expect(await opened.list('listReplications')).toEqual([]);
    expect(asked).toEqual(['replicationSession']);
  });
});
