/** What is pure: traps, the list of alerts, tables, reports, times. */
import { IncompleteTrapInformation, type Trap, type Varbind } from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { alertsOf } from '../../drivers/hpe-3par/alerts.ts';
import { systemOf } from '../../drivers/hpe-3par/cli-records.ts';
import { parseTime } from '../../drivers/hpe-3par/clock.ts';
import driver from '../../drivers/hpe-3par/index.ts';
import { SHAPES, toPaths } from '../../drivers/hpe-3par/mapping.ts';
import { reportsOf } from '../../drivers/hpe-3par/metrics.ts';
import { parseTable } from '../../drivers/hpe-3par/table.ts';
import type { Fields } from '../kit/open.ts';
import { simulator } from '../simulators/hpe-3par/index.ts';

describe('traps', () => {
  const COLUMN = '1.3.6.1.4.1.12925.1.7.1';
  const context = { storageId: 'array', timezone: 'Europe/Berlin' };
  const text = (column: number, value: string): Varbind => ({
    oid: `${COLUMN}.${column}.1`,
    type: 'OctetString',
    value: Buffer.from(value),
  });
  const integer = (column: number, value: number): Varbind => ({
    oid: `${COLUMN}.${column}.1`,
    type: 'Integer',
    value,
  });
  const trap = (...varbinds: Varbind[]): Trap => ({
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: '1.3.6.1.4.1.12925.1.8',
    varbinds,
    source: '192.0.2.5',
    received_at: 0,
  });
  const alert = (id: number, code: number, state: number, severity = 2) => [
    integer(2, severity),
    text(3, '2026-07-17 20:14:29 PDT'),
    integer(4, 0),
    text(5, 'hw_power_supply:0,1'),
    text(6, 'Netzteil defekt: größer'),
    integer(7, id),
    integer(8, code),
    integer(9, state),
    text(10, '1307327'),
  ];

  it('reads component, severity, state and message; poll and clear have its match key', async () => {
    await using array = await simulator.start({ seed: 7 });
    const raised = driver.parseAlert?.(trap(...alert(11, 0x02200de, 1)), context);
    expect(raised).toEqual({
      alert_id: '0x02200de',
      alert_name: 'Component state change',
      severity: 'Major',
      category: 'Fault',
      type: 'EquipmentAlarm',
      sequence_number: '11',
      occur_time: Date.UTC(2026, 6, 18, 3, 14, 29),
      description: 'Netzteil defekt: größer',
      resource_type: 'Storage',
      location: 'hw_power_supply:0,1',
      match_key: array.truth.alerts[0]?.['match_key'],
    });
    expect(driver.parseAlert?.(trap(...alert(11, 0x02200de, 5)), context)).toMatchObject({
      category: 'Recovery',
      clear_category: 'Automatic',
      match_key: (raised as { match_key?: string }).match_key,
    });
  });

  it('maps every severity and state, and lets unknown codes through', () => {
    const read = (state: number, severity: number) =>
      driver.parseAlert?.(trap(...alert(1, 0x7ff_fff0, state, severity)), context) as Fields;
    expect([0, 1, 2, 3, 4, 5, 6].map((severity) => read(1, severity)['severity'])).toEqual([
      'Fatal',
      'Critical',
      'Major',
      'Minor',
      'Warning',
      'Informational',
      'NotSpecified',
    ]);
    expect([0, 1, 2, 3, 4, 5].map((state) => read(state, 1)['category'])).toEqual([
      'NotSpecified',
      'Fault',
      'Fault',
      'Recovery',
      'Recovery',
      'Recovery',
    ]);
    expect(read(1, 1)).toMatchObject({ alert_id: '0x7fffff0' });
    expect(read(1, 1)).not.toHaveProperty('alert_name');
  });

  it('asks for a poll where code or id is missing, and leaves foreign traps alone', () => {
    expect(() => driver.parseAlert?.(trap(text(6, 'something')), context)).toThrow(
      IncompleteTrapInformation,
    );
    const foreign = { ...trap(), trap_oid: '1.3.6.1.6.3.1.1.5.1' };
    expect(driver.parseAlert?.(foreign, context)).toBeUndefined();
  });

  it('reads octets of DateAndTime', () => {
    const octets = Buffer.from([0x07, 0xea, 7, 17, 20, 14, 29, 0, 0x2b, 2, 0]);
    const varbinds = [
      integer(7, 3),
      integer(8, 1),
      { oid: `${COLUMN}.3.1`, type: 'OctetString', value: octets } as const,
    ];
    expect(driver.parseAlert?.(trap(...varbinds), context)).toMatchObject({
      occur_time: Date.UTC(2026, 6, 17, 18, 14, 29),
    });
  });
});

describe('the list of alerts', () => {
  it('is empty only if the array says so', () => {
    expect(alertsOf('There are no alerts.\n', 'UTC')).toEqual([]);
    expect(() => alertsOf('<html>', 'UTC')).toThrow(/neither/);
  });

  it('keeps messages of several lines together and leaves out what is fixed', () => {
    const block = (id: number, state: string) =>
      `Id : ${id}\nState : ${state}\nMessageCode : 0x00600de\nSeverity : Major\nMessage : Disk 5 degraded,\n  replace: now\nComponent: hw_disk:5\n`;
    const alerts = alertsOf(`${block(1, 'New')}\n${block(2, 'Fixed')}`, 'UTC');
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      sequence_number: '1',
      description: 'Disk 5 degraded, replace: now',
      location: 'hw_disk:5',
    });
  });
});

describe('tables', () => {
  const shape = { titles: ['n:s:p', 'mode', 'state'], rowStart: /^\d+:\d+:\d+$/ };

  it('are read by title: padded titles, blank columns, other order', () => {
    const rows = parseTable(
      [
        'N:S:P ---Mode--- -Label- -State-- -Port_WWN/HW_Addr-',
        '0:0:1 target             ready    20010002AC001C9F  ',
        '0:0:2 initiator  DP-1    offline                    ',
        '----------------------------------------------------',
        '    2',
      ].join('\n'),
      shape,
    );
    expect(rows?.map(({ cells }) => cells)).toEqual([
      { 'n:s:p': '0:0:1', mode: 'target', state: 'ready', 'port_wwn/hw_addr': '20010002AC001C9F' },
      { 'n:s:p': '0:0:2', mode: 'initiator', label: 'DP-1', state: 'offline' },
    ]);
  });

  it('join a wrapped row and keep lines below a row', () => {
    const rows = parseTable(
      [
        'N:S:P Mode State Rate',
        '0:0:1 target',
        '      ready 8Gbps',
        '0:0:2 peer ready 1Gbps',
        '   more',
      ].join('\n'),
      shape,
    );
    expect(rows?.[0]?.cells).toEqual({
      'n:s:p': '0:0:1',
      mode: 'target',
      state: 'ready',
      rate: '8Gbps',
    });
    expect(rows?.[1]?.more).toEqual([['more']]);
  });

  it('give every path of a host, whether its rows repeat the host or leave it blank', () => {
    const rows = parseTable(
      [
        ' Id Name  Persona -WWN/iSCSI_Name/NQN- Port  IP_addr',
        '  4 host1 Generic 10000000C9000001     0:1:1 n/a',
        '                  10000000C9000002     ---   n/a',
        ' -- --    --      10000000C9000003     1:1:1 n/a',
      ].join('\n'),
      SHAPES.hostPaths,
    );
    expect(rows?.flatMap(toPaths)).toEqual([
      { wwn: '10000000C9000001', hostId: '4', loggedIn: true },
      { wwn: '10000000C9000002', hostId: '4', loggedIn: false },
      { wwn: '10000000C9000003', hostId: undefined, loggedIn: true },
    ]);
  });

  it('join a wrapped row whose last column holds two words', () => {
    const rows = parseTable(
      [
        'Lun VVName HostName -Host_WWN/iSCSI_Name- Port Type',
        '  0 set:a_very_long_name',
        '           set:hosts ---------------- ---- host set',
      ].join('\n'),
      SHAPES.vluns,
    );
    expect(rows?.[0]?.cells).toMatchObject({ vvname: 'set:a_very_long_name', type: 'host set' });
  });

  it('are absent where the titles are', () => {
    expect(parseTable('No ports listed', shape)).toBeUndefined();
  });
});

describe('the array on the command line', () => {
  it('is named by showsys, or not at all', () => {
    expect(systemOf('System Name : s1\nFree Capacity : 12\n', '')).toEqual({
      name: 's1',
      freeCapacityMiB: '12',
    });
    expect(() => systemOf('<html>Lorem ipsum', '')).toThrow('nothing about the array');
  });
});

describe('times', () => {
  it.each([
    ['2015-07-17 20:14:29 PDT', 'UTC', '2015-07-18T03:14:29Z'],
    ['2021-07-14 14:10:00 CST', 'Asia/Shanghai', '2021-07-14T06:10:00Z'],
    ['2021-01-14 14:10:00 CST', 'America/Chicago', '2021-01-14T20:10:00Z'],
    ['2021-07-14 14:10:00 CST (1626243000)', 'UTC', '2021-07-14T06:10:00Z'],
    ['2021-01-14 14:10:00 +0530', 'UTC', '2021-01-14T08:40:00Z'],
    ['2021-01-14 14:10:00', 'Europe/Berlin', '2021-01-14T13:10:00Z'],
    ['2021-01-14T14:10:00+08:00', 'UTC', '2021-01-14T06:10:00Z'],
  ])('%s in %s', (written, zone, expected) => {
    expect(parseTime(written, zone)).toBe(Date.parse(expected));
  });

  it('are absent where nothing readable stands', () => {
    expect(parseTime('test time', 'UTC')).toBeUndefined();
    expect(parseTime(undefined, 'UTC')).toBeUndefined();
  });
});

describe('reports', () => {
  it('reads groups of columns in whatever order their titles stand', () => {
    const [report] = reportsOf(
      [
        'Time: 2021-07-14 15:35:00 CST (1626248100)',
        '     ---KBytes/s---- ----IO/s----- -IOSz KBytes- ----Svct ms-----',
        'PDID Rd Wr Tot Rd Wr Tot Rd Wr Tot Rd Wr Tot QLen AvgBusy%',
        '   7 1.0 2.0 3.0 4.0 5.0 9.0 6.0 7.0 8.0 0.10 0.20 0.30 0 0.1',
        '-----------------------------',
        '   1 1.0 2.0 3.0 4.0 5.0 9.0 6.0 7.0 8.0 0.10 0.20 0.30 0 0.1',
      ].join('\n'),
      ['pdid'],
      'UTC',
    );
    expect(report).toMatchObject({
      time: 1_626_248_100_000,
      samples: [
        { key: { pdid: '7' }, values: { iops: 9, throughput: 3, responseTime: 0.3, ioSize: 8 } },
      ],
      overall: { iops: 9, throughput: 3 },
    });
  });
});
