/** What the driver makes of small MIBs: space counted once, unknown absent, wholes and parts, identity. */
import { describe, expect, it } from 'vitest';
import { isWholeDisk } from '../../drivers/generic-snmp_host/disks.ts';
import driver from '../../drivers/generic-snmp_host/index.ts';
import { parseHostTrap } from '../../drivers/generic-snmp_host/traps.ts';
import type { Storage, Trap } from '../../src/driver/index.ts';
import { openDriver, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import type { AgentValue } from '../../src/testing/snmp-agent.ts';
import { startMibAgent, tableOf, type Mib, type MibAgent } from '../../src/testing/snmp-mib.ts';

const FIXED = { oid: '1.3.6.1.2.1.25.2.1.4' };
const NETWORK = { oid: '1.3.6.1.2.1.25.2.1.10' };
const GB = 1_000_000_000;
const TB = 1_000 * GB;

const system = (description: string, objectId = '1.3.6.1.4.1.8072.3.2.10'): Mib => ({
  '1.3.6.1.2.1.1.1.0': description,
  '1.3.6.1.2.1.1.2.0': { oid: objectId },
  '1.3.6.1.2.1.1.3.0': 4_711,
  '1.3.6.1.2.1.1.5.0': 'nas',
});

type StorageRow = readonly [path: string, unit: number, size: number, used: number, type?: { readonly oid: string }]; // prettier-ignore

function storages(rows: readonly StorageRow[]): Mib {
  const column = (of: (row: StorageRow) => AgentValue) =>
    Object.fromEntries(rows.map((row, index) => [String(index + 1), of(row)]));
  return tableOf('1.3.6.1.2.1.25.2.3', {
    2: column(([, , , , type = FIXED]) => type),
    3: column(([path]) => path),
    4: column(([, unit]) => unit),
    5: column(([, , size]) => size),
    6: column(([, , , used]) => used),
  });
}

const names = (...values: readonly AgentValue[]) =>
  Object.fromEntries(values.map((value, index) => [String(index + 1), value]));

async function withAgent<T>(
  mib: Mib,
  use: (opened: OpenedDriver, agent: MibAgent) => Promise<T>,
): Promise<T> {
  await using agent = await startMibAgent(mib);
  const access = { snmp: { host: '127.0.0.1', port: agent.port, community: 'c' } };
  await using opened = openDriver(driver, access);
  return await use(opened, agent);
}

const storageOf = (mib: Mib): Promise<Storage> => withAgent(mib, (opened) => opened.getStorage());
const listOf = (mib: Mib, method: 'listFilesystems' | 'listDisks' | 'listPorts' | 'listStoragePools' | 'listVolumes') =>
  withAgent(mib, async (opened) => (await opened.list(method)) as readonly Fields[]); // prettier-ignore

const LINUX = system('Linux nas 6.1.0-13-amd64 #1 SMP x86_64');

describe('total capacity', () => {
  it('counts a space once that is mounted several times', async () => {
    const copies = ['/data', '/srv/a', '/srv/b', '/srv/c'] as const;
    const rows = copies.map((path): StorageRow => [path, 65_536, 1_000_000, 250_000]);
    const mib = { ...LINUX, ...storages([...rows, ['/', 4_096, 1_000_000, 1]]) };
    expect(await storageOf(mib)).toMatchObject({
      total_capacity: 65_536 * 1_000_000 + 4_096_000_000,
      used_capacity: 65_536 * 250_000 + 4_096,
    });
    expect(await listOf(mib, 'listFilesystems')).toHaveLength(5);
  });

  it('counts two devices twice, whatever they hold', async () => {
    const rows: StorageRow[] = [
      ['/dev/redo1', 512, 8_388_608, 6_890_960],
      ['/dev/redo2', 512, 8_388_608, 6_890_960],
    ];
    const mounted = tableOf('1.3.6.1.2.1.25.3.8', { 2: names('/r1', '/r2'), 7: names(1, 2) });
    const mib = { ...LINUX, ...storages(rows), ...mounted };
    expect((await storageOf(mib)).total_capacity).toBe(2 * 512 * 8_388_608);
  });

  it('counts the free space of a pool of data sets once', async () => {
    const unit = 1_000_000;
    const set = (path: string, used: number): StorageRow => [path, unit, ((90 + used) * TB) / unit, (used * TB) / unit]; // prettier-ignore
    const pool = [set('/mnt/p', 0), set('/mnt/p/a', 4), set('/mnt/p/b', 6)];
    expect(await storageOf({ ...LINUX, ...storages(pool) })).toMatchObject({
      total_capacity: 100 * TB,
      used_capacity: 10 * TB,
      free_capacity: 90 * TB,
    });
    // A quota shows another free space; what it holds is the pool's all the same.
    const quota: StorageRow = ['/mnt/p/q', unit, (5 * TB) / unit, (2 * TB) / unit];
    expect((await storageOf({ ...LINUX, ...storages([...pool, quota]) })).total_capacity).toBe(
      102 * TB,
    );
  });

  it.each<[string, readonly StorageRow[]]>([
    ['there are no disks', []],
    ['there is memory only', [['Physical memory', 1_024, 1_000, 10, { oid: '1.3.6.1.2.1.25.2.1.2' }]]],
    ['there are kernel file systems only', [['/proc', 4_096, 10, 1], ['/dev/shm', 4_096, 10, 1], ['/run', 4_096, 10, 1]]],
    ['a size stands at its top', [['/', 4_096, 1_000, 10], ['/data', 4_096, 2 ** 31 - 1, 10]]],
    ['a size is -1', [['/', 4_096, 1_000, 10], ['/data', 4_096, -1, 10]]],
    ['all is on another system', [['/net', 4_096, 1_000, 10, NETWORK]]],
  ])('is absent where %s', async (_what, rows) => {
    const storage = await storageOf({ ...LINUX, ...storages(rows) });
    expect(storage).not.toHaveProperty('total_capacity');
    expect(storage).not.toHaveProperty('free_capacity');
  }); // prettier-ignore

  it('follows a size that ran over into the sign bit', async () => {
    const storage = await storageOf({ ...LINUX, ...storages([['/', 4_096, -2_000_000_000, 1]]) });
    expect(storage.total_capacity).toBe((2 ** 32 - 2_000_000_000) * 4_096);
  });
});

describe('file systems', () => {
  it('have the mount point of the hrFSTable where the storage table names devices', async () => {
    const mib = {
      ...system('Base Operating System Runtime AIX version: 07.03.0002.0003'),
      ...storages([['/dev/datalv1', 4_096, 1_000, 10], ['/dev/hd4', 4_096, 2_000, 20], ['/dev/proc', 1, 1, 1]]),
      ...tableOf('1.3.6.1.2.1.25.3.8', { 2: names('/data1', '/', '/proc'), 7: names(1, 2, 3) }),
    }; // prettier-ignore
    expect((await listOf(mib, 'listFilesystems')).map(({ name }) => name)).toEqual(['/data1', '/']);
    expect(await storageOf(mib)).toMatchObject({
      model: 'AIX',
      firmware_version: '07.03.0002.0003',
      total_capacity: 3_000 * 4_096,
    });
  });

  it('come from the dskTable where the agent has no other', async () => {
    const mib = {
      ...LINUX,
      ...tableOf('1.3.6.1.4.1.2021.9', {
        2: names('/', '/data'),
        3: names('/dev/sda1', '/dev/sdb1'),
        6: names(1_000, 2_000),
        7: names(600, 1_500),
        8: names(300, 400),
      }),
    };
    const listed = await listOf(mib, 'listFilesystems');
    expect(listed.map(({ name, total_capacity: total, free_capacity: free }) => [name, total, free])).toEqual([
      ['/', 1_024_000, 614_400],
      ['/data', 2_048_000, 1_536_000],
    ]); // prettier-ignore
    expect((await storageOf(mib)).total_capacity).toBe(3_072_000);
  });

  it('are named by path, not by what else an agent writes there', async () => {
    const rows: StorageRow[] = [
      ['/mnt/tank, type: zfs, dev: tank', 4_096, 1_000, 10],
      ['C:\\ Label:System  Serial Number 1a2b3c4d', 4_096, 2_000, 20],
    ];
    const listed = await listOf({ ...LINUX, ...storages(rows) }, 'listFilesystems');
    expect(listed.map(({ name }) => name)).toEqual(['/mnt/tank', 'C:\\']);
  });

  it('of unknown mount points are left out and told, not listed by their device', async () => {
    const mib = {
      ...LINUX,
      ...storages([['/dev/datalv1', 4_096, 1_000, 10], ['/home', 4_096, 2_000, 20]]),
      ...tableOf('1.3.6.1.2.1.25.3.8', { 2: names('/data1'), 7: names(1) }),
    }; // prettier-ignore
    await withAgent(mib, async (opened, agent) => {
      agent.damage = ({ oids }) =>
        oids[0]?.startsWith('1.3.6.1.2.1.25.3.8.1.7') ? { status: 5 } : undefined;
      const listed = (await opened.list('listFilesystems')) as readonly Fields[];
      expect(listed.map(({ name }) => name)).toEqual(['/home']);
      expect(opened.told.map(({ call }) => call)).toEqual(['listFilesystems']);
      expect(await opened.getStorage()).not.toHaveProperty('total_capacity');
    });
  });
});

describe('disks', () => {
  it('are whole ones, from both tables that know any', async () => {
    const mib = {
      ...LINUX,
      ...tableOf('1.3.6.1.4.1.2021.13.15.1', { 2: names('sda', 'sda1', 'sda2', 'sdb', 'sdb1', 'md0', 'dm-0', 'loop0') }),
      ...tableOf('1.3.6.1.2.1.25.3.6', { 4: { 1552: 1_000, 1553: 2_000, 1554: 3 } }),
      ...tableOf('1.3.6.1.2.1.25.3.2', { 3: { 1552: 'SCSI disk (/dev/sda)', 1553: 'SCSI disk (/dev/sdc)', 1554: 'RAID disk (/dev/md0)' } }),
    }; // prettier-ignore
    const disks = await listOf(mib, 'listDisks');
    expect(disks.map(({ name, capacity }) => [name, capacity])).toEqual([
      ['sda', 1_024_000],
      ['sdb', undefined],
      ['sdc', 2_048_000],
    ]);
  });

  it.each([
    ['Linux', ['sda', 'sdaa', 'hda', 'vda', 'xvdb', 'nvme0n1', 'mmcblk0', 'dasda', 'cciss/c0d0'], ['sda1', 'sdaa12', 'vda2', 'xvdb1', 'nvme0n1p1', 'mmcblk0p1', 'mmcblk0boot0', 'dasda1', 'cciss/c0d0p1', 'md0', 'dm-3', 'loop7', 'ram0', 'zram0', 'sr0', 'nbd0', 'drbd0', 'zd16', 'nvme0c0n1']],
    ['FreeBSD', ['ada0', 'da12', 'nvd0', 'nda0', 'vtbd0', 'mfid0'], ['ada0p2', 'da0s1', 'da0s1a', 'nvd0p1', 'cd0', 'md0', 'pass3', 'mirror/gm0', 'gpt/boot', 'ada0p2.eli']],
    ['OpenBSD', ['sd0', 'wd1'], ['sd0a', 'wd1b', 'fd0', 'vnd0']],
    ['Solaris', ['sd0', 'ssd3', 'c0t0d0', 'cmdk0'], ['c0t0d0s0', 'sd0,a', 'lofi1']],
    ['AIX', ['hdisk0', 'hdisk12'], []],
    ['macOS', ['disk0'], ['disk0s1']],
    ['Synology', ['sata1', 'sas2', 'sda'], ['sata1p1', 'sata1p5', 'md2', 'dm-1', 'zram0']],
  ])('of %s are told from their parts and from what is made of them', (_system, wholes, others) => {
    expect(wholes.filter((name) => !isWholeDisk(name))).toEqual([]);
    expect(others.filter(isWholeDisk)).toEqual([]);
  }); // prettier-ignore
});

describe('identity', () => {
  it.each([
    ['Hardware: AMD64 Family 25 Model 1 Stepping 1 AT/AT COMPATIBLE - Software: Windows Version 10.0 (Build 20348 Multiprocessor Free)', 'Windows', '10.0 (Build 20348)'],
    ['Hardware: x86 Family 6 - Software: Windows 2000 Version 5.0 (Build 2195 Uniprocessor Free)', 'Windows', '5.0 (Build 2195)'],
    ['Linux nas 6.1.0-13-amd64 #1 SMP PREEMPT_DYNAMIC x86_64', 'Linux', '6.1.0-13-amd64'],
    ['FreeBSD nas 13.1-RELEASE-p7 FreeBSD 13.1-RELEASE-p7 amd64', 'FreeBSD', '13.1-RELEASE-p7'],
    ['TrueNAS-13.0-U5.3. Hardware: amd64 Intel(R) Xeon(R) CPU @ 2.40GHz running at 2394. Software: FreeBSD 13.1', 'TrueNAS', '13.0-U5.3'],
    ['FreeNAS-11.3-U5 (d5...). Hardware: amd64 running at 3000 Software: FreeBSD 11.3-RELEASE-p14', 'FreeNAS', '11.3-U5'],
    ['IBM PowerPC CHRP Computer\r\nMachine Type: 0x0800004c\r\nBase Operating System Runtime AIX version: 07.02.0005.0001\r\nTCP/IP', 'AIX', '07.02.0005.0001'],
    ['Intel(R) Xeon(R) CPU 2.40 GHz appliance', undefined, undefined],
  ])('is what the agent says: %s', async (description, model, firmware) => {
    const storage = await storageOf(system(description));
    expect([storage.model, storage.firmware_version]).toEqual([model, firmware]);
    expect(storage.status).toBe('unknown');
    expect(storage.description).not.toMatch(/[\r\n]/);
  }); // prettier-ignore
});

const ports = (operStatus: number, received: number, adminStatus = 1): Mib => ({
  ...LINUX,
  ...tableOf('1.3.6.1.2.1.2.2', {
    2: { 3: 'eth1' },
    3: { 3: 6 },
    7: { 3: adminStatus },
    8: { 3: operStatus },
    10: { 3: received },
  }),
});

describe('a link', () => {
  it('that was up and is lost is a fault until it is up again', async () => {
    await withAgent(ports(1, 0), async (opened, agent) => {
      expect(await opened.alerts()).toEqual([]);
      agent.mib = ports(2, 0);
      expect(await opened.alerts()).toMatchObject([{ match_key: 'linkDown/3', category: 'Fault', severity: 'Major', location: 'eth1' }]); // prettier-ignore
      agent.mib = ports(1, 0);
      expect(await opened.alerts()).toEqual([]);
    });
  });

  it.each([
    ['was never up', ports(2, 0), 0],
    ['is shut on purpose', ports(2, 4_711, 2), 0],
    ['was up before anybody looked', ports(2, 4_711), 1],
  ])('that %s', async (_what, mib, faults) => {
    await withAgent(mib, async (opened) => expect(await opened.alerts()).toHaveLength(faults));
  });
});

const SYNOLOGY = '1.3.6.1.4.1.6574';
const synology = (status: readonly [disk: number, health: number, raid: number]): Mib => ({
  ...system('Linux DiskStation 4.4.302+ #42962 SMP x86_64'),
  [`${SYNOLOGY}.1.1.0`]: 1,
  [`${SYNOLOGY}.1.3.0`]: 1,
  [`${SYNOLOGY}.1.4.1.0`]: 1,
  [`${SYNOLOGY}.1.4.2.0`]: 1,
  [`${SYNOLOGY}.1.5.1.0`]: 'DS920+',
  [`${SYNOLOGY}.1.5.2.0`]: '2040SBRxxxxxx',
  [`${SYNOLOGY}.1.5.3.0`]: 'DSM 7.2-64570',
  ...tableOf(`${SYNOLOGY}.2`, {}),
  ...tableOf(`${SYNOLOGY}.2.1`, {
    2: { 0: 'Disk 1', 1: 'Disk 2' },
    3: { 0: 'WD40EFRX', 1: 'ST4000VN' },
    5: { 0: 1, 1: status[0] },
    13: { 0: 1, 1: status[1] },
  }),
  ...tableOf(`${SYNOLOGY}.3.1`, {
    2: { 0: 'Volume 1', 1: 'Storage Pool 1' },
    3: { 0: 1, 1: status[2] },
    4: { 0: 1_000_000_000_000n, 1: 5_000_000_000n },
    5: { 0: 4_000_000_000_000n, 1: 4_005_000_000_000n },
  }),
});

describe("a vendor's own tables", () => {
  it('of Synology: identity, health, disks, pools and volumes', async () => {
    await withAgent(synology([1, 1, 1]), async (opened) => {
      expect(await opened.getStorage()).toMatchObject({
        vendor: 'Synology',
        model: 'DS920+',
        serial_number: '2040SBRxxxxxx',
        firmware_version: 'DSM 7.2-64570',
        status: 'normal',
      });
      expect(await opened.list('listDisks')).toMatchObject([
        { native_disk_id: 'Disk 1', status: 'normal', model: 'WD40EFRX' },
        { native_disk_id: 'Disk 2', status: 'normal', model: 'ST4000VN' },
      ]);
      expect(await opened.list('listStoragePools')).toMatchObject([
        { name: 'Storage Pool 1', status: 'normal', total_capacity: 4_005_000_000_000, free_capacity: 5_000_000_000 },
      ]); // prettier-ignore
      expect(await opened.list('listVolumes')).toMatchObject([
        { name: 'Volume 1', status: 'available', total_capacity: 4 * TB, used_capacity: 3 * TB },
      ]);
      expect(await opened.alerts()).toEqual([]);
      expect(opened.logged.filter((line) => line.includes('SYNOLOGY-DISK-MIB'))).toHaveLength(1);
      expect([opened.told, opened.drops]).toEqual([[], []]);
    });
  });

  it.each([
    ['a critical disk', [1, 3, 1], [['health/Disk/Disk 2', 'Critical']]],
    ['a crashed disk', [5, 1, 1], [['health/Disk/Disk 2', 'Critical']]],
    ['a disk of worn health', [1, 2, 1], [['health/Disk/Disk 2', 'Major']]],
    ['a degraded pool', [1, 1, 11], [['health/StoragePool/Storage Pool 1', 'Major']]],
    ['a crashed pool', [1, 1, 12], [['health/StoragePool/Storage Pool 1', 'Critical']]],
    ['an unused disk', [3, 1, 1], []],
    ['a state that nobody knows', [1, 77, 77], []],
  ] as const)('of Synology raise %s', async (_what, status, expected) => {
    await withAgent(synology(status), async (opened) => {
      const alerts = (await opened.alerts()) ?? [];
      expect(alerts.map(({ match_key: key, severity }) => [key, severity])).toEqual(expected);
    });
  });

  it('claim no health of which a part could not be read', async () => {
    await withAgent(synology([1, 3, 1]), async (opened, agent) => {
      agent.damage = ({ oids }) =>
        oids[0]?.startsWith(`${SYNOLOGY}.2.1.1.13`) ? { status: 5 } : undefined;
      const disks = (await opened.list('listDisks')) as readonly Fields[];
      expect(disks.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
      expect(opened.told).toHaveLength(1);
    });
  });

  it('that say no more what they said before are told: no alert ends by that', async () => {
    const failed = { ...synology([1, 1, 1]), [`${SYNOLOGY}.1.3.0`]: 2 };
    await withAgent(failed, async (opened, agent) => {
      expect(await opened.alerts()).toMatchObject([{ match_key: 'health/Storage/power supply' }]);
      agent.damage = ({ type, oids }) =>
        type === 'get' && oids.includes(`${SYNOLOGY}.1.3.0`) ? { status: 5 } : undefined;
      expect(await opened.alerts()).toEqual([]);
      expect(opened.told.map(({ error }) => error.message)).toEqual([
        `${SYNOLOGY}.1.3.0 no longer has an answer`,
      ]);
    });
  });

  it('of which the agent has failed at one object from the start are told', async () => {
    await withAgent(synology([1, 1, 1]), async (opened, agent) => {
      agent.damage = ({ type, oids }) =>
        type === 'get' && oids.includes(`${SYNOLOGY}.1.3.0`) ? { status: 5 } : undefined;
      expect(await opened.alerts()).toEqual([]);
      expect(opened.told.map(({ call, error }) => [call, error.message])).toEqual([
        ['listAlerts', expect.stringContaining(`${SYNOLOGY}.1.3.0 can't be read`)],
      ]);
    });
  });

  it('of QNAP (QTS and QuTS hero)', async () => {
    for (const root of ['1.3.6.1.4.1.55062.1', '1.3.6.1.4.1.55062.2']) {
      const mib = {
        ...system('Linux TS-X53II 5.2.4.3079', '1.3.6.1.4.1.8072.3.2.10'),
        [`${root}.12.3.0`]: 'TS-653B',
        [`${root}.12.5.0`]: 'Q16BI0xxxx',
        [`${root}.12.6.0`]: '5.2.4',
        [`${root}.12.19.0`]: -1,
        ...tableOf(`${root}.10.2`, {
          1: names(1, 2), 2: names(7, 8), 3: names('WDC', 'Seagate'), 4: names('WD40', 'ST40'),
          5: names('S1', 'S2'), 7: names('Good', 'Warning'), 9: names(4_000_787_030_016n, 4_000_787_030_016n),
        }),
        ...tableOf(`${root}.10.5`, { 3: names('RAID 1'), 4: names('Degraded') }),
        ...tableOf(`${root}.10.7`, { 2: names(1), 3: names(15n * BigInt(TB)), 4: names(11n * BigInt(TB)), 5: names(0) }),
      }; // prettier-ignore
      await withAgent(mib, async (opened) => {
        expect(await opened.getStorage()).toMatchObject({ vendor: 'QNAP', model: 'TS-653B', serial_number: 'Q16BI0xxxx', firmware_version: '5.2.4', status: 'degraded', total_capacity: 15 * TB, free_capacity: 11 * TB }); // prettier-ignore
        expect(await opened.list('listDisks')).toMatchObject([
          { native_disk_id: '7', status: 'normal', capacity: 4_000_787_030_016, serial_number: 'S1' },
          { native_disk_id: '8', status: 'degraded', manufacturer: 'Seagate' },
        ]); // prettier-ignore
        expect(await opened.list('listStoragePools')).toMatchObject([{ status: 'normal', used_capacity: 4 * TB }]); // prettier-ignore
        expect((await opened.alerts())?.map(({ match_key: key }) => key).toSorted()).toEqual([
          'health/Disk/8',
          'health/RAID group/1',
          'health/Storage/power supply',
        ]);
      });
    }
  });

  it('of older QNAP: slots without a disk are no disks', async () => {
    const nas = '1.3.6.1.4.1.24681.1.2';
    const mib = {
      ...system('Linux TS-459 4.2.6', '1.3.6.1.4.1.24681'),
      [`${nas}.12.0`]: 'TS-459',
      ...tableOf(`${nas}.11`, {
        1: names(1, 2, 3), 2: names('HDD1', 'HDD2', 'HDD3'), 4: names(0, -5, -9), 5: names('WD10', '--', 'WD10'),
        6: names('931.51 GB', '--', '931.51 GB'), 7: names('GOOD', '--', 'GOOD'),
      }),
      ...tableOf(`${nas}.17`, { 2: names('[Volume Data, Pool 1]'), 4: names('1.50 TB'), 6: names('Ready') }),
    }; // prettier-ignore
    await withAgent(mib, async (opened) => {
      expect(await opened.list('listDisks')).toMatchObject([
        { native_disk_id: '1', name: 'HDD1', status: 'normal', capacity: Math.round(931.51 * 2 ** 30) },
        { native_disk_id: '3', status: 'abnormal' },
      ]); // prettier-ignore
      expect(await opened.list('listVolumes')).toMatchObject([{ status: 'available', total_capacity: 1.5 * 2 ** 40 }]); // prettier-ignore
    });
  });

  it('of TrueNAS and of FreeNAS, whose columns of one number differ', async () => {
    const root = '1.3.6.1.4.1.50536';
    const newer = {
      ...system('TrueNAS-13.0-U5.3. Hardware: amd64', root),
      [`${root}.1.3.1.0`]: 1,
      ...tableOf(`${root}.1.1.1`, { 2: names('tank', 'boot'), 3: names('DEGRADED', 'ONLINE') }),
    };
    expect(await listOf(newer, 'listStoragePools')).toMatchObject([
      { native_storage_pool_id: 'tank', status: 'degraded' },
      { native_storage_pool_id: 'boot', status: 'normal' },
    ]);
    const older = {
      ...system('FreeNAS-11.3-U5 Hardware: amd64', root),
      [`${root}.1.4.1.0`]: 1,
      ...tableOf(`${root}.1.1.1`, { 2: names('tank'), 3: names(65_536), 4: names(1_000), 5: names(400), 6: names(600), 7: names(2) }),
    }; // prettier-ignore
    expect(await listOf(older, 'listStoragePools')).toMatchObject([
      { status: 'abnormal', total_capacity: 65_536_000, used_capacity: 26_214_400, free_capacity: 39_321_600 },
    ]); // prettier-ignore
  });

  it('of Western Digital, Dell, HPE and NetApp', async () => {
    const wd = '1.3.6.1.4.1.5127.1.1.1.8';
    await withAgent(
      {
        ...system('Linux EX2 4.14', wd),
        [`${wd}.1.2.0`]: '5.26.300',
        ...tableOf(`${wd}.1.10`, { 3: names('WD40'), 4: names('S1'), 6: names('4000 GB.') }),
      },
      async (opened) => {
        expect(await opened.getStorage()).toMatchObject({ vendor: 'Western Digital', model: 'My Cloud EX2 Ultra', firmware_version: '5.26.300', status: 'unknown' }); // prettier-ignore
        expect(await opened.list('listDisks')).toMatchObject([{ capacity: 4 * TB, serial_number: 'S1', status: 'unknown' }]); // prettier-ignore
      },
    );
    const dell = '1.3.6.1.4.1.674.10892.5';
    await withAgent(
      {
        ...system('', dell),
        [`${dell}.2.1.0`]: 4,
        [`${dell}.2.3.0`]: 3,
        ...tableOf(`${dell}.5.1.20.130.4`, { 6: names('MZ7'), 7: names('S1'), 11: names(1_000), 24: names(5), 55: names('Disk 0') }), // prettier-ignore
        ...tableOf(`${dell}.5.1.20.140.1`, { 2: names('system'), 6: names(2_000), 20: names(4) }),
      },
      async (opened) => {
        expect(await opened.getStorage()).toMatchObject({ vendor: 'Dell', status: 'degraded' });
        expect(await opened.list('listDisks')).toMatchObject([{ status: 'abnormal', capacity: 1_000 * 2 ** 20 }]); // prettier-ignore
        expect(await opened.list('listVolumes')).toMatchObject([{ name: 'system', total_capacity: 2_000 * 2 ** 20 }]); // prettier-ignore
      },
    );
    const hpe = '1.3.6.1.4.1.232';
    await withAgent(
      {
        ...system('', `${hpe}.9.4.10`),
        [`${hpe}.3.1.3.0`]: 3,
        ...tableOf(`${hpe}.3.2.5.1`, { 3: { '0.1': 'EG0300' }, 6: { '0.1': 4 }, 37: { '0.1': 3 }, 45: { '0.1': 286_102 }, 51: { '0.1': 'S1' } }), // prettier-ignore
      },
      async (opened) => {
        expect(await opened.getStorage()).toMatchObject({ vendor: 'HPE', status: 'degraded' });
        expect(await opened.list('listDisks')).toMatchObject([{ native_disk_id: '0.1', status: 'degraded', capacity: 286_102 * 2 ** 20 }]); // prettier-ignore
      },
    );
    const ontap = '1.3.6.1.4.1.789.1';
    await withAgent(
      {
        ...system('NetApp Release 9.11.1P8: Fri Mar 10', '1.3.6.1.4.1.789.2.5'),
        [`${ontap}.1.5.0`]: 'AFF-A250',
        [`${ontap}.2.2.4.0`]: 3,
        ...tableOf(`${ontap}.5.4`, { 2: names('aggr1', '/vol/data', '/vol/data/.snapshot'), 23: names(3, 2, 2), 29: names(9_000n, 500n, 50n), 30: names(4_000n, 100n, 5n), 31: names(5_000n, 400n, 45n) }), // prettier-ignore
      },
      async (opened) => {
        expect(await opened.getStorage()).toMatchObject({ vendor: 'NetApp', model: 'AFF-A250', firmware_version: '9.11.1P8', status: 'normal', total_capacity: 9_216_000 }); // prettier-ignore
        expect(await opened.list('listFilesystems')).toMatchObject([{ name: '/vol/data', total_capacity: 512_000 }]); // prettier-ignore
      },
    );
  });

  it('are not asked for where the system is of another maker', async () => {
    await withAgent(system('Appliance', '1.3.6.1.4.1.99999.1'), async (opened, agent) => {
      await opened.getStorage();
      expect(await opened.list('listStoragePools')).toEqual([]);
      const foreign = agent.requests.flatMap(({ oids }) => oids).filter((oid) => oid.startsWith('1.3.6.1.4.1.') && !oid.startsWith('1.3.6.1.4.1.2021.')); // prettier-ignore
      expect(foreign).toEqual([]);
    });
  });
});

describe('traps of vendors and of net-snmp', () => {
  const trap = (trap_oid: string, varbinds: Readonly<Record<string, string | number>> = {}): Trap => ({
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid,
    varbinds: Object.entries(varbinds).map(([oid, value]) =>
      typeof value === 'number'
        ? { oid, type: 'Integer' as const, value }
        : { oid, type: 'OctetString' as const, value: Buffer.from(value) },
    ),
    source: '192.0.2.20',
    received_at: 1_700_000_000_000,
  }); // prettier-ignore

  it.each([
    ['1.3.6.1.4.1.24681.1.10.4', { '1.3.6.1.4.1.24681.1.1.103.0': '[RAID1] degraded' }, 'Major', '[RAID1] degraded'],
    ['1.3.6.1.4.1.24681.1.10.0.2', { '1.3.6.1.4.1.24681.1.1.102.0': 'Fan 1 slow' }, 'Warning', 'Fan 1 slow'],
    ['1.3.6.1.4.1.55062.2.12.2.1', { '1.3.6.1.4.1.55062.2.12.1.101.0': 'Started' }, 'Informational', 'Started'],
    ['1.3.6.1.4.1.50536.2.1.1', { '1.3.6.1.4.1.50536.2.2.1.0': 'id-1', '1.3.6.1.4.1.50536.2.2.2.0': 5, '1.3.6.1.4.1.50536.2.2.3.0': 'Pool tank is degraded' }, 'Critical', 'Pool tank is degraded'],
    ['1.3.6.1.2.1.88.2.0.1', { '1.3.6.1.2.1.88.2.1.1.0': 'dskTable', '1.3.6.1.4.1.2021.9.1.101.1': '/: less than 10% free' }, 'Warning', '/: less than 10% free'],
    ['1.3.6.1.4.1.8072.4.0.2', {}, 'Informational', 'The SNMP agent is being shut down'],
    ['1.3.6.1.4.1.2021.251.1', {}, 'Informational', 'The SNMP agent has started'],
  ])('%s', (oid, varbinds, severity, description) => {
    expect(parseHostTrap(trap(oid, varbinds))).toMatchObject({ severity, description, category: 'Event', resource_type: 'Storage', occur_time: 1_700_000_000_000 });
  }); // prettier-ignore

  it('of TrueNAS: a cancellation has the key of its alert', () => {
    const id = { '1.3.6.1.4.1.50536.2.2.1.0': 'id-1' };
    const raised = parseHostTrap(trap('1.3.6.1.4.1.50536.2.1.1', id));
    const cancelled = parseHostTrap(trap('1.3.6.1.4.1.50536.2.1.2', id));
    expect(cancelled).toMatchObject({ category: 'Recovery', match_key: raised?.match_key });
  });
});
