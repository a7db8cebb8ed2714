import {
  AccessDenied,
  createParts,
  errorType,
  InvalidResponse,
  Secret,
  type HttpClient,
  type HttpResponse,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/hitachi-vsp/index.ts';
import { answers, connect, members, type Client } from '../../drivers/hitachi-vsp/client.ts';
import { chooseDevice } from '../../drivers/hitachi-vsp/device.ts';
import { createHostLists } from '../../drivers/hitachi-vsp/hosts.ts';
import { isDefined, toPorts, toStorage, toVolumes } from '../../drivers/hitachi-vsp/records.ts';
import { inRound } from '../../src/driver/scope.ts';
import { describeConformance } from '../kit/conformance.ts';
import { openDriver, type Fields } from '../../src/testing/open.ts';
import { simulator, startVsp } from '../simulators/hitachi-vsp/index.ts';

describeConformance({ driver, simulator });

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (reason: unknown) => reason,
  );

const ids = (records: unknown) =>
  (records as readonly Fields[]).map((record) => record['native_volume_id']);

describe('the array among those of the server', () => {
  it('is found by the address of its controller', async () => {
    await using array = await startVsp({ generation: 'g900' });
    await using opened = openDriver(driver, array.access);
    expect((await opened.getStorage()).serial_number).toBe('410123');
  });

  it('is found by the name of its address', async () => {
    await using array = await startVsp({ generation: 'f1500' });
    const rest = { ...(array.access['rest'] as Fields), host: 'localhost' };
    await using opened = openDriver(driver, { rest });
    expect((await opened.getStorage()).model).toBe('VSP F1500');
  });

  it('is never guessed: the error lists what can be chosen', async () => {
    await using array = await startVsp({ controllerAddress: '192.0.2.9' });
    await using opened = openDriver(driver, { rest: array.access['rest'] });
    const error = await failure(opened.getStorage());
    expect(errorType(error)).toBe('configuration');
    expect(String(error)).toMatch(/storage_device_id.*836000400001.*886000410123.*serial 410123/);
    expect(array.stats.logins).toBe(0);
  });

  it('is not guessed where another one is listed without its id', async () => {
    const systems = [
      { storageDeviceId: '886000410123', svpIp: '192.0.2.9' },
      { model: 'VSP G800' },
    ];
    const error = await failure(chooseDevice(systems, '192.0.2.1', undefined));
    expect(errorType(error)).toBe('configuration');
    expect(String(error)).toContain('886000410123');
  });

  it('is chosen by storage_device_id, as text or as a number', async () => {
    await using array = await startVsp({ controllerAddress: '192.0.2.9' });
    for (const id of ['886000410123', 886_000_410_123]) {
      await using opened = openDriver(driver, { ...array.access, storage_device_id: id });
      expect((await opened.getStorage()).model).toBe('VSP G900');
    }
  });

  it('is a configuration error if the server does not have it', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, { ...array.access, storage_device_id: '1' });
    const error = await failure(opened.getStorage());
    expect(errorType(error)).toBe('configuration');
    expect(String(error)).toContain('886000410123');
  });

  it('is found where the list asks for a login', async () => {
    await using array = await startVsp({ systems: 'authenticated' });
    await using opened = openDriver(driver, array.access);
    expect((await opened.getStorage()).serial_number).toBe('410123');
  });

  it('is the only one where the server has no list', async () => {
    await using array = await startVsp({ systems: 'absent' });
    await using opened = openDriver(driver, array.access);
    expect((await opened.getStorage()).serial_number).toBe('410123');
  });
});

describe('pages of LDEVs', () => {
  it.each([
    ['no LDEV', 0, undefined, 1],
    ['less than the default page', 99, undefined, 1],
    ['a full last page', 16_384, undefined, 2],
    ['one more than a page', 16_385, undefined, 2],
    ['a server with pages of 100', 300, 100, 4],
    ['a server with pages of 300', 301, 300, 2],
  ])('%s', async (_, volumes, ldevPage, requests) => {
    await using array = await startVsp({ volumes, ...(ldevPage ? { ldevPage } : {}) });
    await using opened = openDriver(driver, array.access);
    await opened.getStorage();
    const before = array.stats.requests;
    const listed = ids(await opened.list('listVolumes'));
    expect(listed.length).toBe(volumes);
    expect(new Set(listed).size).toBe(volumes);
    expect(array.stats.requests - before).toBe(requests);
  });

  it('leaves out numbers that no volume has', () => {
    expect(isDefined({ ldevId: 5, emulationType: 'NOT DEFINED' })).toBe(false);
    expect(isDefined({ ldevId: 5, emulationType: 'OPEN-V-CVS' })).toBe(true);
  });
});

describe('an array in trouble', () => {
  const groupOf = (view: Fields) => String(view['native_storage_host_group_id']);

  it('fails over one host group: it is left out and told, the others are there', async () => {
    await using whole = await startVsp();
    const views = whole.truth.lists.listMaskingViews as readonly Fields[];
    const id = groupOf(views.at(-1) ?? {});
    const [port, number] = id.split('_');
    const query = `?portId=${port}&hostGroupNumber=${number}`;
    const broken = ['/luns', '/host-wwns', '/host-iscsis'].map((path) => `${path}${query}`);
    await using array = await startVsp({ broken });
    await using opened = openDriver(driver, array.access);
    const listed = (await opened.list('listMaskingViews')) as readonly Fields[];
    const others = views.filter((view) => groupOf(view) !== id);
    expect(listed.map((view) => view['native_masking_view_id']).toSorted()).toEqual(
      others.map((view) => view['native_masking_view_id']).toSorted(),
    );
    const groups = (await opened.list('listStorageHostGroups')) as {
      storage_host_groups: Fields[];
    };
    expect(groups.storage_host_groups).toHaveLength(
      (whole.truth.lists.listStorageHostGroups as typeof groups).storage_host_groups.length - 1,
    );
    expect(((await opened.list('listStorageHosts')) as readonly Fields[]).length).toBeGreaterThan(
      0,
    );
    const lists = ['listMaskingViews', 'listStorageHostGroups', 'listStorageHosts'];
    expect(opened.told.map(({ call }) => call)).toEqual(lists);
    expect(opened.told[0]?.error.message).toMatch(/^1 of \d+ parts are missing/);
  });

  it('fails over the first host groups: the others are there', async () => {
    await using whole = await startVsp();
    const views = whole.truth.lists.listMaskingViews as readonly Fields[];
    const first = [...new Set(views.map(groupOf))].slice(0, 4);
    const broken = first.map((id) => {
      const [port, number] = id.split('_');
      return `/luns?portId=${port}&hostGroupNumber=${number}&`;
    });
    await using array = await startVsp({ broken });
    await using opened = openDriver(driver, array.access);
    expect(await opened.list('listMaskingViews')).toHaveLength(
      views.filter((view) => !first.includes(groupOf(view))).length,
    );
  });

  it('fails over all host groups: that is an error', async () => {
    await using array = await startVsp({ broken: ['/luns'] });
    await using opened = openDriver(driver, array.access);
    expect(errorType(await failure(opened.list('listMaskingViews')))).toBe('backend');
  });

  it('fails over its own description: that is an error, not an array of another name', async () => {
    await using array = await startVsp({ broken: [''] });
    await using opened = openDriver(driver, array.access);
    expect(errorType(await failure(opened.getStorage()))).toBe('backend');
  });

  it.each([
    ['/drives', 'raw_capacity'],
    ['/total-capacities', 'total_capacity'],
  ])('fails over %s: %s is absent and told, the rest is true', async (path, field) => {
    await using array = await startVsp({ broken: [path] });
    await using opened = openDriver(driver, array.access);
    const storage = await opened.getStorage();
    expect(storage).toMatchObject({ serial_number: '410123' });
    expect(storage).not.toHaveProperty(field);
    // The API has no word for the health of the whole.
    expect(storage).not.toHaveProperty('status');
    expect(opened.told).toHaveLength(1);
  });

  it('tells nothing of itself: that is an error', async () => {
    await using array = await startVsp({
      broken: ['', '/pools', '/drives', '/total-capacities'],
    });
    await using opened = openDriver(driver, array.access);
    expect(errorType(await failure(opened.getStorage()))).toBe('backend');
  });
});

describe('sessions', () => {
  it('are renewed once for all requests that find theirs gone', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access);
    await opened.getStorage();
    array.expireSessions();
    await Promise.all([
      opened.list('listStoragePools'),
      opened.list('listVolumes'),
      opened.list('listStorageHosts'),
    ]);
    expect(array.stats.logins).toBe(2);
    expect(array.stats.maxOpenSessions).toBe(1);
  });

  it('that stay in use are given back for a new one', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access);
    await opened.getStorage();
    array.jamSessions();
    expect(await opened.list('listStoragePools')).not.toEqual([]);
    expect(array.stats).toMatchObject({ logins: 2, logouts: 1, maxOpenSessions: 1 });
  });

  it('survive a refusal for want of a role', async () => {
    await using array = await startVsp({ scenario: 'unlicensed' });
    await using opened = openDriver(driver, array.access);
    // A 403 may also be a session that the server has forgotten: one login tells, for a while.
    for (const _ of [1, 2]) {
      expect(await failure(opened.alerts())).toBeInstanceOf(AccessDenied);
    }
    await opened.list('listStoragePools');
    expect(array.stats).toMatchObject({ logins: 2, logouts: 1, maxOpenSessions: 1 });
  });
});

describe('what an answer means', () => {
  const meaning = (status: number, messageId?: string, message = 'no') => {
    const body = messageId === undefined && message === 'no' ? undefined : { messageId, message };
    const response = {
      status,
      headers: {},
      setCookies: [],
      json: () => {
        if (body === undefined) throw new InvalidResponse('no JSON');
        return body;
      },
    };
    return answers(response as unknown as Parameters<typeof answers>[0]).meaning;
  };

  it.each([409, 502, 503, 504])('%i is busy: asked again', (status) => {
    expect(meaning(status)).toBe('busy');
  });

  it.each(['KART00003-E', 'KART40050-E', 'KART40051-E', 'KART40052-E'])('%s is busy', (code) => {
    expect(meaning(500, code)).toBe('busy');
  });

  it.each([401, 403])('%i may be a session that the server has forgotten', (status) => {
    expect(meaning(status)).toBe('expired');
  });

  it('what a model lacks it says in its own words, a bare status is none of them', () => {
    const lacks = 'The API is not supported for the specified storage system.';
    expect(meaning(400, 'KART20046-E', lacks)).toBe('unsupported');
    expect(meaning(404)).toBe('fault');
    expect(meaning(500)).toBe('fault');
  });

  it('an error object is one, even if it is called a success', () => {
    expect(meaning(200, 'KART20000-E', 'Internal error')).toBe('fault');
    expect(meaning(200, undefined, 'a field among others')).toBe('ok');
  });

  it('LDEVs of a large array take minutes: they are waited for', async () => {
    const waits = new Map<string, number | undefined>();
    const http: HttpClient = {
      origin: 'https://array',
      request({ path, timeoutMs }) {
        waits.set(path.split('/').at(-1) ?? '', timeoutMs);
        const system = { storageDeviceId: '886000410123', model: 'VSP G900' };
        const body = path.endsWith('/sessions') ? { token: 't', sessionId: 1 } : { data: [system] };
        return Promise.resolve({
          status: 200,
          headers: {},
          setCookies: [],
          json: () => body,
        } as unknown as HttpResponse);
      },
      close: () => Promise.resolve(),
    };
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const context = { log, http: () => Promise.resolve(http), pause: () => Promise.resolve() };
    const access = { host: 'array', username: 'u', password: new Secret('p') };
    const client = await connect(
      access,
      undefined,
      context as unknown as Parameters<typeof connect>[2],
    );
    await client.list('/ldevs');
    await client.list('/pools');
    expect(waits.get('ldevs')).toBe(300_000);
    expect(waits.get('pools')).toBeUndefined();
  });
});

describe('host groups', () => {
  it('are asked by port where the array insists on it', async () => {
    await using array = await startVsp({ groupsByPort: true });
    await using opened = openDriver(driver, array.access);
    const listed = await opened.list('listStorageHostGroups');
    const expected = array.truth.lists.listStorageHostGroups as Record<string, readonly Fields[]>;
    const listedIds = (listed as Record<string, readonly Fields[]>)['storage_host_groups']?.map(
      (group) => group['native_storage_host_group_id'],
    );
    expect(listedIds).toEqual(
      expected['storage_host_groups']?.map((group) => group['native_storage_host_group_id']),
    );
    expect(await opened.list('listStorageHosts')).toHaveLength(
      (array.truth.lists.listStorageHosts as readonly Fields[]).length,
    );
  });

  it('asked by port are none without the ports: that is an error', async () => {
    await using array = await startVsp({ groupsByPort: true, broken: ['/ports'] });
    await using opened = openDriver(driver, array.access);
    expect(errorType(await failure(opened.list('listStorageHostGroups')))).toBe('backend');
  });

  it.each([
    ['of a port that fails', { groupsByPort: true, broken: ['/host-groups?portId=CL1-A'] }],
    ['that fails', { broken: ['/host-wwns?portId=CL1-A&hostGroupNumber=0'] }],
  ])(
    'one %s may have other registrations of an initiator: no host is named',
    async (_, trouble) => {
      await using array = await startVsp(trouble);
      await using opened = openDriver(driver, array.access);
      const initiators = (await opened.list('listStorageHostInitiators')) as readonly Fields[];
      expect(initiators.length).toBeGreaterThan(0);
      for (const one of initiators) expect(one).not.toHaveProperty('native_storage_host_id');
      expect(opened.told.map(({ call }) => call)).toEqual(['listStorageHostInitiators']);
    },
  );

  it('without port or number are told, those that nobody uses are not', async () => {
    const groups = [
      { portId: 'CL1-A', hostGroupNumber: 0, hostMode: 'LINUX/IRIX', iscsiName: '-' },
      { portId: 'CL1-A', hostGroupNumber: 1, isDefined: false },
      { hostGroupNumber: 2, hostMode: 'AIX' },
    ];
    const told: unknown[] = [];
    const log = { debug() {}, info() {}, warn: (fields: unknown) => told.push(fields), error() {} };
    const client = {
      parts: createParts({ log }),
      list: (path: string, query?: unknown) =>
        Promise.resolve(path === '/host-groups' && !query ? groups : []),
    } as unknown as Client;
    const ports = () => Promise.resolve([{ portId: 'CL1-A', portType: 'FIBRE' }]);
    const lists = createHostLists(client, ports, () => Promise.resolve(new Map()));
    expect((await lists.listStorageHostGroups()).storage_host_groups).toHaveLength(1);
    expect(String((told[0] as Fields)['err'])).toMatch(/1 without port or number/);
    expect(told).toHaveLength(1);
  });

  it('and their members are read once for the three lists that need them', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access);
    await inRound(async () => {
      await opened.list('listStorageHosts');
      const before = array.stats.requests;
      await opened.list('listStorageHostGroups');
      await opened.list('listStorageHostInitiators');
      expect(array.stats.requests).toBe(before);
    });
  });

  it('are read again by the next run', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access);
    await inRound(() => opened.list('listStorageHosts'));
    const before = array.stats.requests;
    await opened.list('listStorageHosts');
    expect(array.stats.requests).toBeGreaterThan(before + 10);
  });
});

describe('records', () => {
  it('reads a volume of an array that leaves out almost everything', () => {
    expect(toVolumes([{ ldevId: 65_279 }])[0]).toEqual({
      native_volume_id: '00:fe:ff',
      name: '00:fe:ff',
      description: 'Hitachi VSP volume',
    });
    expect(toVolumes([{ ldevId: 0, poolId: 0, blockCapacity: 8 }])[0]).toMatchObject({
      type: 'thin',
      native_storage_pool_id: '0',
      total_capacity: 4096,
    });
  });

  it('prefers the link-local address that is in use, then the global one', () => {
    const valid = (address: string) => ({ status: 'VAL', address });
    const invalid = { status: 'INV', address: 'fe80::1' };
    const port = { portId: 'CL1-B', portType: 'ISCSI' };
    const of = (detail: Fields) => toPorts([{ ...port, ...detail }])[0]?.ipv6;
    expect(
      of({ ipv6LinkLocalAddress: valid('fe80::2'), ipv6GlobalAddress: valid('2001:db8::1') }),
    ).toBe('fe80::2');
    expect(of({ ipv6LinkLocalAddress: invalid, ipv6GlobalAddress: valid('2001:db8::1') })).toBe(
      '2001:db8::1',
    );
    expect(of({ ipv6LinkLocalAddress: invalid })).toBeUndefined();
  });

  it('takes model and serial number from the list of arrays first, as everything else does', () => {
    const detail = { model: 'VSP G350', serialNumber: 2 };
    const system = { model: 'VSP F1500', serialNumber: 1 };
    expect(toStorage({ host: 'h', system, detail })).toMatchObject({
      name: 'VSP F1500_h',
      model: 'VSP F1500',
      serial_number: '1',
    });
    expect(toStorage({ host: 'h', detail })).toMatchObject({
      name: 'VSP G350_h',
      serial_number: '2',
    });
  });

  it('keeps the WWN of a port whose type is missing or new', () => {
    const port = { portId: 'CL1-A', wwn: '50060e8012345600' };
    const wwnOf = (portType?: string) => toPorts([{ ...port, portType }])[0]?.wwn;
    expect(wwnOf()).toBe('50060E8012345600');
    expect(wwnOf('NVME')).toBe('50060E8012345600');
    expect(wwnOf('ISCSI')).toBeUndefined();
  });

  it('takes a list "data" for a collection, and an object without members for an empty one', () => {
    expect(members({ data: [{ a: 1 }] }, 'x')).toEqual([{ a: 1 }]);
    expect(() => members([], 'x')).toThrow(/expected an object/);
    expect(() => members([{ a: 1 }], 'x')).toThrow(/expected an object/);
    expect(members({}, 'x')).toEqual([]);
    expect(() => members({ error: 'no' }, 'x')).toThrow(/no list "data"/);
    expect(() => members('text', 'x')).toThrow(/expected an object/);
  });
});
