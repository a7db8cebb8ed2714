/** Cages, sensors, supplies and remote copy, with output as arrays print it. */
import { afterEach, describe, expect, it } from 'vitest';
import { cagesOf } from '../../drivers/hpe-3par/cages.ts';
import { sensorsOf } from '../../drivers/hpe-3par/components.ts';
import driver from '../../drivers/hpe-3par/index.ts';
import {
  copiesOf,
  createReplications,
  groupsOf,
  toReplications,
} from '../../drivers/hpe-3par/replications.ts';
import { componentState } from '../../drivers/hpe-3par/states.ts';
import { BackendUnreachable } from '../../src/driver/errors.ts';
import { faults } from '../kit/faults.ts';
import { openDriver, type Fields } from '../../src/testing/open.ts';
import { withSteadyAges } from '../kit/simulator.ts';
import { simulator, start3par } from '../simulators/hpe-3par/index.ts';

const lines = (text: string) => text.split('\n').map((line) => line.trimEnd());

describe('showcage -d', () => {
  const TABLE = ` Id Name  LoopA Pos.A LoopB Pos.B Drives Temp  RevA RevB Model Side
  3 cage3 1:0:1     0 0:0:1     0      2 14-29 3211 3211 DCN1  n/a`;
  const DETAIL = `-----------Cage detail info for cage3 ---------

Position: Rack 7
Interface Board Info            Card0            Card1
 Firmware_status          Unknown          Current
 State(self,partner)            OK,OK            OK,Failed
 SAS_Addr 50050CC10230567E 50050CC10230567E
PS PSState ACState DCState Fan State Fan0_Speed Fan1_Speed
 ps0      OK      OK      OK        OK        Low        Low
 ps1      OK  Failed      OK    Failed        Low       High
-------------Drive Info--------------- --PortA-- --PortB--
 6:0 50011731007edaa4 Normal      23        OK        OK
 7:0 50011731007edaa5 Failed      --        OK        OK`;

  it('a failed fan, a supply without power, a card without its partner, temperatures of disks', () => {
    const [cage] = cagesOf(lines(`${TABLE}\n${DETAIL}\n`)).said;
    expect(cage).toMatchObject({ id: '3', name: 'cage3', model: 'DCN1', position: 'Rack 7' });
    expect(cage?.boards).toEqual([
      ['OK', 'OK'],
      ['OK', 'Failed'],
    ]);
    expect(cage?.supplies[1]).toEqual({
      name: 'ps1',
      state: 'OK',
      ac: 'Failed',
      dc: 'OK',
      fan: 'Failed',
    });
    expect(cage?.temperatures).toEqual(new Map([['6:0', 23]]));
  });

  it('the columns of older supplies are in another order', () => {
    const old = `${TABLE.replace('     2 14-29', '     0 14-29')}
-----------Cage detail info for cage3 ---------
Power Supply Info State Fan State    AC Model POS
              ps0    OK    Failed    OK Magnetek -`;
    expect(cagesOf(lines(old)).said[0]?.supplies).toEqual([
      { name: 'ps0', state: 'OK', fan: 'Failed', ac: 'OK' },
    ]);
  });

  it.each([
    [
      'before the details of the second',
      `${TABLE}\n${TABLE.split('\n')[1]?.replace(/3 cage3/, '4 cage4')}\n${DETAIL}`,
    ],
    ['before the last disk', `${TABLE}\n${DETAIL.slice(0, DETAIL.lastIndexOf('\n'))}`],
    ['with nothing', ''],
  ])('that ends %s is broken', (_, text) => {
    expect(() => cagesOf(lines(text))).toThrow(/not whole|no cages/);
  });
});

it('cages are known by their table alone, and by their details alone', () => {
  const table = ' Id Name  Drives Model\n  0 cage0      2 DCS8';
  expect(cagesOf(lines(table)).said).toMatchObject([{ id: '0', name: 'cage0', model: 'DCS8' }]);
  const detail = '---Cage detail info for cage12 ---\nOverallState: Normal\n';
  expect(cagesOf(lines(detail)).said).toMatchObject([{ id: '12', state: 'Normal' }]);
});

describe('shownodeenv', () => {
  const SENSORS = `Node 1
---------

------Measurement------ -Reading- -Lo_Limit- -Hi_Limit- -----Status-----
                Ambient      47 C        5 C       40 C Out of Tolerance
  SBB Canister 1 memory      42 C        5 C       82 C Within Tolerance
             PCM 0 (5V)    5.19 V        ---        --- Within Tolerance
        PCM 0 (40A Max)    2.77 A        ---        --- Within Tolerance
               PS0 Fan0   4380 RPM   1540 RPM   7140 RPM Within Tolerance
         Node Input PWR    87.6 W      0.0 W    264.0 W Strange
`;

  it('a hot sensor has failed; words that are not known are unknown; currents are left out', () => {
    const found = sensorsOf(lines(SENSORS)).said;
    expect(found.map(({ type, status }) => [type, status])).toEqual([
      ['temperature', 'failed'],
      ['temperature', 'ok'],
      ['voltage', 'ok'],
      ['fan', 'ok'],
      ['other', 'unknown'],
    ]);
    expect(found[0]).toEqual({
      native_component_id: 'node_1_Ambient',
      name: 'node 1 Ambient',
      type: 'temperature',
      status: 'failed',
      native_parent_id: '1',
      location: 'node 1',
      temperature: 47,
    });
    expect(found[3]).toMatchObject({ name: 'node 1 PS0 Fan0', fan_speed: 4380 });
  });
});

it.each([
  [['OK', 'OK', 'OK'], 'ok'],
  [['OK', 'Failed', 'OK'], 'degraded'],
  [['Failed', 'OK', 'OK'], 'failed'],
  [['Not_Present'], 'missing'],
  [['Normal'], 'ok'],
  [['Charging'], 'unknown'],
  [[undefined], 'unknown'],
])('the state of a part with the words %j is %s', ([own, ...others], state) => {
  expect(componentState(own, ...others)).toBe(state);
});

describe('remote copy', () => {
  const NOW = Date.UTC(2014, 2, 5, 10, 19, 42);
  const SHOWN = `
Remote Copy System Information
Status: Started, Normal

Group Information

Name         Target    Status   Role       Mode     Options
RCG.TEST1    pra       Started  Primary    Periodic "Last-Sync 2014-03-05 10:19:42 CET , Period 5m"
  LocalVV                         ID  RemoteVV                          ID SyncStatus    LastSyncTime
  LXC.DATA01                    2706  LXC.DATA01                      2718 Synced        2014-03-05 10:14:42 CET
  LXC.DATA02                    2707  LXC.DATA02                      2719 Syncing(42%)  NA

stalled      pra       Stopped  Primary-Rev Sync    auto_failover
  LocalVV                         ID  RemoteVV                          ID SyncStatus    LastSyncTime
  a                               11  b                                 12 Stopped       NA
`;

  it('each volume of a group: how far behind, how far copied, stopped', () => {
    const found = toReplications(groupsOf(lines(SHOWN), 'UTC').said, () => ({ now: NOW }));
    expect(found).toEqual([
      {
        native_replication_id: 'RCG.TEST1:LXC.DATA01:pra',
        name: 'RCG.TEST1',
        type: 'async',
        role: 'source',
        status: 'normal',
        native_volume_id: '2706',
        remote_system: 'pra',
        remote_resource: 'LXC.DATA01',
        lag: 65 * 60_000,
      },
      {
        native_replication_id: 'RCG.TEST1:LXC.DATA02:pra',
        name: 'RCG.TEST1',
        type: 'async',
        role: 'source',
        status: 'syncing',
        native_volume_id: '2707',
        remote_system: 'pra',
        remote_resource: 'LXC.DATA02',
        progress: 0.42,
      },
      {
        native_replication_id: 'stalled:a:pra',
        name: 'stalled',
        type: 'sync',
        role: 'source',
        status: 'suspended',
        native_volume_id: '11',
        remote_system: 'pra',
        remote_resource: 'b',
      },
    ]);
  });

  it('an array without it has no copies; output that ends before the groups is broken', () => {
    expect(groupsOf(['Remote Copy is not configured on this system.'], 'UTC').said).toEqual([]);
    expect(groupsOf(['Remote Copy System Information', 'Status: Not started'], 'UTC')).toEqual({
      said: [],
      size: 0,
      closed: true,
    });
    expect(() => groupsOf(lines(SHOWN.slice(0, 60)), 'UTC')).toThrow('before the groups');
  });

  it('the WSAPI’s numbers mean the same', () => {
    const copies = copiesOf(
      [
        {
          name: 'g', role: 2,
          targets: [{ targetName: 'pra', mode: 1, state: 3 }],
          volumes: [{ localVolumeName: 'v', remoteVolumes: [{ targetName: 'pra', remoteVolumeName: 'w', syncStatus: 2, volumeSyncOffset: 30, volumeSyncLength: 120 }] }],
        },
      ],
      (name) => (name === 'v' ? { id: 7 } : undefined),
    ); // prettier-ignore
    expect(toReplications(copies)).toEqual([
      {
        native_replication_id: 'g:v:pra',
        name: 'g',
        type: 'sync',
        role: 'target',
        status: 'syncing',
        native_volume_id: '7',
        remote_system: 'pra',
        remote_resource: 'w',
        progress: 0.25,
      },
    ]);
  });

  it('over the WSAPI alone the volumes and groups are those of the command line', async () => {
    await using array = await simulator.start({ seed: 7 });
    await using both = openDriver(driver, array.access);
    await using rest = openDriver(driver, { rest: array.access['rest'] });
    const steady = (records: unknown) => (records as readonly Fields[]).map(withSteadyAges);
    expect(steady(await rest.list('listReplications'))).toEqual(
      steady(await both.list('listReplications')),
    );
  });
});

it('wear, which is work for each disk, is asked for once in many rounds', async () => {
  await using array = await simulator.start({ seed: 7 });
  await using opened = openDriver(driver, array.access);
  const asked: string[] = [];
  faults.listen((request) => asked.push(request));
  for (let round = 0; round < 3; round += 1) {
    expect(await opened.list('listDisks')).toHaveLength(48);
  }
  faults.listen(undefined);
  expect(asked.filter((command) => command === 'showpd -e')).toHaveLength(1);
  expect(asked.filter((command) => command === 'showpd -i')).toHaveLength(3);
});

it('wear that was refused once is asked for again', async () => {
  const refused = ['showpd -e'];
  await using array = await start3par({ seed: 7 }, { refused });
  await using opened = openDriver(driver, array.access);
  const worn = async () => {
    const disks = (await opened.list('listDisks')) as readonly Fields[];
    return disks.filter((disk) => disk['endurance_remaining'] !== undefined).length;
  };
  expect(await worn()).toBe(0);
  refused.pop();
  expect(await worn()).toBeGreaterThan(0);
});

describe('the first answer', () => {
  afterEach(() => faults.plan(undefined));

  it.each([
    ['showhost -d', 'listStorageHostInitiators'],
    ['shownode -ps', 'listComponents'],
    ['showbattery', 'listComponents'],
    ['shownodeenv', 'listComponents'],
    ['showcage -d', 'listComponents'],
    ['showrcopy', 'listReplications'],
  ] as const)('of %s, cut once at the end of a line, is not believed', async (command, method) => {
    await using array = await simulator.start({ seed: 7 });
    await using opened = openDriver(driver, array.access, { hurried: true });
    faults.plan({ fault: 'cut_line', matches: (request) => request === command, times: 1 });
    const found = (await opened.list(method)) as readonly Fields[];
    expect(faults.hits()).toBe(1);
    expect(found).toHaveLength((array.truth.lists[method] as readonly Fields[]).length);
    expect(opened.told).toEqual([]);
  });

  it('of showrcopy is held against a WSAPI that is there again', async () => {
    let asked = 0;
    const rest = {
      async members() {
        asked += 1;
        if (asked === 1) throw new BackendUnreachable('refused');
        return [];
      },
    };
    const shell = { text: async (_: string, read: (said: string[]) => { said: unknown }) => read(['Remote Copy is not configured']).said }; // prettier-ignore
    const list = createReplications({
      rest,
      context: { now: () => 0 },
      parts: {},
      zone: async () => 'UTC',
      shellFirst: (_: string, over: (one: unknown) => unknown) => over(shell),
    } as never);
    await expect(list()).rejects.toThrow('refused');
    expect([await list(), await list(), asked]).toEqual([[], [], 2]);
  });

  it('of showhost -d, cut each time, is told: showhost knows more', async () => {
    await using array = await simulator.start({ seed: 7 });
    await using opened = openDriver(driver, array.access, { hurried: true });
    faults.plan({ fault: 'cut_line', matches: (line) => line === 'showhost -d', times: Infinity });
    await expect(opened.list('listStorageHostInitiators')).rejects.toThrow(/missing|closing line/);
  });

  it('of showrcopy, cut each time, is told: the WSAPI knows more', async () => {
    await using array = await simulator.start({ seed: 7 });
    await using opened = openDriver(driver, array.access, { hurried: true });
    faults.plan({ fault: 'cut_line', matches: (line) => line === 'showrcopy', times: Infinity });
    await expect(opened.list('listReplications')).rejects.toThrow(/no closing line/);
  });

  it.each(['shownode -ps', 'showbattery', 'shownodeenv', 'showcage -state'])(
    'of %s, cut each time, is told: there are more nodes or cages',
    async (command) => {
      await using array = await simulator.start({ seed: 7 });
      await using opened = openDriver(driver, array.access, { hurried: true });
      faults.plan({ fault: 'cut_line', matches: (line) => line === command, times: Infinity });
      await opened.list('listComponents');
      expect(opened.told.map(({ error }) => error.message)).toEqual([
        expect.stringContaining(command),
      ]);
    },
  );
});
