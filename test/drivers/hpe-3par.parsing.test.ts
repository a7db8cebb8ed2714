/** What is pure: traps, the list of alerts, tables, reports, times. */
import {
  IncompleteTrapInformation,
  InvalidResponse,
  Secret,
  type DriverContext,
  type TableShape,
  type Trap,
  type Varbind,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { averaged } from '../../drivers/hpe-3par/performance.ts';
import { alertBlocksOf, toAlerts } from '../../drivers/hpe-3par/alerts.ts';
import { parseTime } from '../../drivers/hpe-3par/clock.ts';
import { toInitiators } from '../../drivers/hpe-3par/host-records.ts';
import driver from '../../drivers/hpe-3par/index.ts';
import { readReport } from '../../drivers/hpe-3par/metrics.ts';
import { toControllers, toDisks, toPorts } from '../../drivers/hpe-3par/records.ts';
import { SHAPES } from '../../drivers/hpe-3par/shapes.ts';
import { cellsOf, openShell, readShaped } from '../../drivers/hpe-3par/shell.ts';
import { healthOf, hostsOf, READERS, systemOf, versionsOf } from '../../drivers/hpe-3par/tables.ts';
import type { Fields } from '../../src/testing/open.ts';
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

describe('the alert that a trap is about', () => {
  const COLUMN = '1.3.6.1.4.1.12925.1.7.1';
  const context = { storageId: 'array', timezone: 'UTC' };
  const read = (id: number, code: number, state: number, details: string) => {
    const values = { 2: 2, 5: 'hw_cage:3', 6: details, 7: id, 8: code, 9: state };
    const varbinds = Object.entries(values).map(([column, value]): Varbind => ({
      oid: `${COLUMN}.${column}.1`,
      ...(typeof value === 'number'
        ? { type: 'Integer', value }
        : { type: 'OctetString', value: Buffer.from(value) }),
    }));
    const trap: Trap = {
      version: 'v2c',
      pdu_type: 'trap',
      trap_oid: '1.3.6.1.4.1.12925.1.8',
      varbinds,
      source: '192.0.2.5',
      received_at: 0,
    };
    return driver.parseAlert?.(trap, context) as Fields;
  };
  const STATE_CHANGE = 1_245_186;

  it('is known by its id alone: a change of its state to resolved ends it', () => {
    const raised = read(912, 2_359_546, 1, 'Cage 3 Failed');
    const ended = read(912, STATE_CHANGE, 5, 'Alert 912 changed from state New to Resolved');
    expect(raised).toMatchObject({ category: 'Fault', match_key: '3par:912' });
    expect(ended).toMatchObject({ category: 'Recovery', match_key: '3par:912' });
    const told = read(912, STATE_CHANGE, 0, 'Alert 912 changed from state New to Resolved');
    expect(told['category']).toBe('Recovery');
  });

  it('is not raised again by a change of its state to acknowledged', () => {
    const change = read(912, STATE_CHANGE, 2, 'Alert 912 changed from state New to Acknowledged');
    expect(change['category']).toBe('Event');
  });
});

const ACCESS = { host: 'array', username: 'u', password: new Secret('p'), insecure: true };

describe('the list of alerts', () => {
  const alertsOf = (output: string) => toAlerts(alertBlocksOf(output.split('\n')).said, 'UTC');
  const block = (id: number, state = 'New') =>
    `Id : ${id}\nState : ${state}\nMessageCode : 0x00600de\nSeverity : Major\nMessage : Disk 5 degraded,\n  replace: now\nComponent: hw_disk:5\n`;

  it.each(['There are no alerts.\n', 'No alerts\n', '0 alerts\n'])(
    'is empty only if the array says so: %j',
    async (output) => {
      const client = { exec: async () => ({ stdout: output, stderr: '', code: 0 }) };
      const context = { ssh: async () => client } as unknown as DriverContext;
      const shell = openShell(context, ACCESS, false);
      expect(await shell.text('showalert -d', alertBlocksOf, undefined, [])).toEqual([]);
    },
  );

  it.each(['', '\n', '<html>', 'Error: no\n', 'No route to host\n'])(
    'is broken by %j: that is no word of there being none',
    (output) => {
      expect(() => alertsOf(output)).toThrow(InvalidResponse);
    },
  );

  it('is broken with fewer alerts than it counts, or with one that is cut', () => {
    expect(alertsOf(`${block(1)}\n${block(2)}\n2 alerts\n`)).toHaveLength(2);
    expect(alertsOf(`${block(1)}\n${block(2)}\n`)).toHaveLength(2);
    expect(() => alertsOf(`${block(1)}\n2 total\n`)).toThrow(/1 alerts of 2/);
    expect(() => alertsOf(`${block(1)}\nId : 2\nState : New\n`)).toThrow(/cut/);
  });

  it('keeps messages of several lines together and leaves out what is fixed', () => {
    const alerts = alertsOf(`${block(1)}\n${block(2, 'Fixed')}`);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      sequence_number: '1',
      description: 'Disk 5 degraded, replace: now',
      location: 'hw_disk:5',
      match_key: '3par:1',
    });
  });
});

const lines = (...written: string[]) => `${written.join('\n')}\n`;
const table = (shape: TableShape, ...written: string[]) =>
  readShaped(lines(...written), shape, '"show"');

describe('tables', () => {
  it('are read by title: padded titles, blank columns, other order', () => {
    const { rows } = table(
      SHAPES.ports,
      'N:S:P ---Mode--- -Label- -State-- -Port_WWN/HW_Addr-',
      '0:0:1 target             ready    20010002AC001C9F  ',
      '0:0:2 initiator  DP-1    offline                    ',
      '----------------------------------------------------',
      '    2',
    );
    expect(rows.map(({ cells }) => cells)).toEqual([
      { 'n:s:p': '0:0:1', mode: 'target', state: 'ready', 'port_wwn/hw_addr': '20010002AC001C9F' },
      { 'n:s:p': '0:0:2', mode: 'initiator', label: 'DP-1', state: 'offline' },
    ]);
  });

  it('join a wrapped row and keep lines below a row', () => {
    const { rows } = table(
      { ...SHAPES.ports, closing: false },
      'N:S:P Mode State Rate',
      '0:0:1 target',
      '      ready 8Gbps',
      '0:0:2 peer ready 1Gbps',
      '   more',
    );
    expect(rows[0]?.cells).toMatchObject({ mode: 'target', state: 'ready', rate: '8Gbps' });
    expect(rows[1]?.more).toEqual([['more']]);
  });

  it('give every path of a host, whether its rows repeat the host or leave it blank', () => {
    const { rows } = table(
      SHAPES.hostPaths,
      ' Id Name  Persona -WWN/iSCSI_Name/NQN- Port  IP_addr',
      '  4 host1 Generic 10000000C9000001     0:1:1 n/a',
      '                  10000000C9000002     ---   n/a',
      ' -- --    --      10000000C9000003     1:1:1 n/a',
    );
    expect(toInitiators(hostsOf({ rows }))).toMatchObject([
      { wwn: '10000000C9000001', native_storage_host_id: '4', status: 'online' },
      { wwn: '10000000C9000002', native_storage_host_id: '4', status: 'offline' },
      { wwn: '10000000C9000003', status: 'online' },
    ]);
  });

  it('join a wrapped row whose last column holds two words', () => {
    const found = table(
      { ...SHAPES.vluns, closing: false },
      'Lun VVName HostName -Host_WWN/iSCSI_Name- Port Type',
      '  0 set:a_very_long_name',
      '           set:hosts ---------------- ---- host set',
    );
    expect(READERS.vluns(found)).toMatchObject([
      { volumeName: 'set:a_very_long_name', hostname: 'set:hosts' },
    ]);
    expect(found.rows[0]?.cells['type']).toBe('host set');
  });

  it('are empty where the array says so in its own words', () => {
    expect(table(SHAPES.ports, 'No ports listed').rows).toEqual([]);
    expect(() => table(SHAPES.ports, 'No response from the array')).toThrow(InvalidResponse);
  });

  it('that lack a column cost its field: nodes without a state', () => {
    const nodes = table(
      SHAPES.nodes,
      'Node ----Name---- Encl:Bay Master InCluster Mem(MiB) -------Up_Since--------',
      '   0 4UW0004634-0      1:1 Yes    Yes         515539 2026-03-10 01:25:24 PDT',
      '   1 4UW0004634-1      1:2 No     No          515539 2026-03-10 01:25:27 PDT',
      '   2 4UW0004634-2      2:1 No     ?           515539 2026-03-10 01:25:27 PDT',
    );
    expect(toControllers(cellsOf(nodes))).toEqual([
      { native_controller_id: '0', name: '4UW0004634-0', status: 'normal', memory_size: 515_539 * 2 ** 20 },
      { native_controller_id: '1', name: '4UW0004634-1', status: 'offline', memory_size: 515_539 * 2 ** 20 },
      { native_controller_id: '2', name: '4UW0004634-2', memory_size: 515_539 * 2 ** 20 },
    ]); // prettier-ignore
  });
});

describe('the array on the command line', () => {
  it('is named by showsys, whether its titles state their unit or not', () => {
    expect(systemOf(['System Name : s1', 'Free Capacity (MB) :   12']).said).toEqual({
      name: 's1',
      freeCapacityMiB: '12',
    });
    const raw = ['Total Capacity     :   36608000', '', 'Total Capacity     :   25675204'];
    expect(systemOf(raw).said).toEqual({ totalCapacityMiB: '36608000' });
    expect(systemOf(['<html>Lorem ipsum']).size).toBe(0);
  });

  it('tells the version of each node', () => {
    const { said, size } = versionsOf(['Node: 0', ' OS version: 3.2.2.204', 'Node: 1', ' x: y']);
    expect([...said]).toEqual([['0', '3.2.2.204']]);
    expect(size).toBe(1);
  });
});

describe('states of ports and disks', () => {
  const state = (written: unknown) => {
    const [port] = toPorts([{ portPos: '0:1:1', linkState: written }]);
    return [port?.connection_status, port?.health_status];
  };

  it.each([
    ['error', 'abnormal'],
    ['error_state', 'abnormal'],
    ['taking_coredump', 'abnormal'],
    ['coredump', 'abnormal'],
    ['fw_dead', 'abnormal'],
    ['FWDEAD', 'abnormal'],
    ['non_participate', 'normal'],
    ['NONPARTICIPATE', 'normal'],
    ['link_idle_for_reset', 'normal'],
    [9, 'abnormal'],
    [11, 'abnormal'],
  ])('%s is no link, the port %s', (written, health) => {
    expect(state(written)).toEqual(['disconnected', health]);
  });

  it('that are not known say nothing of the health', () => {
    expect(state('teleporting')[1]).toBe('unknown');
    expect(state(undefined)).toEqual([undefined, undefined]);
    expect(state('ready')).toEqual(['connected', 'normal']);
  });

  it('near-line drives turn at 7,200 rpm, flash has no speed, a pulled disk no place', () => {
    const disks = [
      { id: 1, type: 'NL', RPM: '7', position: '0:1:0' },
      { id: 2, type: 1, RPM: 15 },
      { id: 3, type: 'SCM', RPM: '100', position: '---' },
    ];
    const [nearLine, fast, flash] = toDisks(disks);
    expect(nearLine).toMatchObject({
      physical_type: 'nl-sas',
      speed: 7_200,
      location: '0:1:0',
    });
    expect(fast).toMatchObject({ speed: 15_000 });
    expect(flash).toEqual({ native_disk_id: '3', physical_type: 'ssd' });
  });
});

describe('the health of the array', () => {
  const check = (...output: string[]) => healthOf(lines(...output));
  const healthy =
    'The following components are healthy: vv, vlun, snmp, port, pd, node, network, ld, dar, cage, cabling';
  const title = 'Component ---Summary Description--- Qty';
  const end = ['---------------', '  1 total  1'];

  it('is normal in its own words only', () => {
    expect(check('Checking vv', 'System is healthy')).toBe('normal');
    expect(() => check('Checking vv')).toThrow(InvalidResponse);
    expect(() => check('Traceback (most recent call last)')).toThrow(InvalidResponse);
  });

  it('is abnormal by a row about one of its parts', () => {
    expect(check(title, 'Node      Nodes that are not online     1', ...end)).toBe('abnormal');
    expect(check(title, 'PD        PDs that are degraded         2', ...end)).toBe('abnormal');
  });

  it('is not that of a task of last week, nor known from words that are not', () => {
    const task = 'Task      Failed Tasks                  1';
    expect(check(healthy, title, task, ...end)).toBe('normal');
    expect(check(title, task, ...end)).toBe('unknown');
    expect(check(healthy, title, 'Cage      Cages with odd colours  1', ...end)).toBe('unknown');
    expect(() => check(healthy, title, task)).toThrow(InvalidResponse);
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
    ['Wed Dec 15 16:58:20 PST 2004', 'UTC', '2004-12-16T00:58:20Z'],
    ['Mon, Jan 01 12:30:34 PST 2005', 'UTC', '2005-01-01T20:30:34Z'],
    ['Sat Jan  1 12:30:34 2005', 'Europe/Berlin', '2005-01-01T11:30:34Z'],
  ])('%s in %s', (written, zone, expected) => {
    expect(parseTime(written, zone)).toBe(Date.parse(expected));
  });

  it('are absent where nothing readable stands, or their zone is not known', () => {
    expect(parseTime('2021-01-14 14:10:00', undefined)).toBeUndefined();
    expect(parseTime('2021-07-14 14:10:00 CST', undefined)).toBeUndefined();
    expect(parseTime('2021-07-14 14:10:00 PDT', undefined)).toBe(Date.UTC(2021, 6, 14, 21, 10));
    expect(parseTime('test time', 'UTC')).toBeUndefined();
    expect(parseTime(undefined, 'UTC')).toBeUndefined();
  });
});

describe('reports', () => {
  const head = [
    'Time: 2021-07-14 15:35:00 CST (1626248100)',
    '     ---KBytes/s---- ----IO/s----- -IOSz KBytes- ----Svct ms-----',
    'PDID Rd Wr Tot Rd Wr Tot Rd Wr Tot Rd Wr Tot QLen AvgBusy%',
  ];
  const row = '   7 1.0 2.0 3.0 4.0 5.0 9.0 6.0 7.0 8.0 0.10 0.20 0.30 0 0.1';
  const end = ['-----------------------------', row.replace('7', '1')];
  const read = (...output: string[]) =>
    readReport(lines(...output), { keys: ['pdid'], type: 'disk' }, 'UTC', '"srstatpd"');

  it('are read by groups of columns in whatever order their titles stand', () => {
    expect(read(...head, row, ...end)).toMatchObject({
      time: 1_626_248_100_000,
      samples: [{ key: ['7'], values: { iops: 9, throughput: 3, responseTime: 0.3, ioSize: 8 } }],
      overall: { iops: 9, throughput: 3 },
    });
  });

  it('are none only where the array says that it has no data', () => {
    expect(read('No data found for the specified time range')).toBeUndefined();
    expect(() => read('')).toThrow(InvalidResponse);
    expect(() => read('Traceback (most recent call last)')).toThrow(InvalidResponse);
  });

  it('are broken without their end, with a row less than counted, or without a time', () => {
    expect(() => read(...head, row)).toThrow(/closing line/);
    expect(() => read(...head, ...end)).toThrow(/0 lines of the 1/);
    expect(() => read(...head.slice(1), row, ...end)).toThrow(/without a time/);
  });
});

it('processors that are reported one by one are their node, with their average', () => {
  const sample = (node: string, cpuUsage?: number) => ({ key: [node], values: { cpuUsage } });
  expect(averaged([sample('0', 10), sample('1', 7), sample('0', 20)])).toEqual([
    sample('0', 15),
    sample('1', 7),
  ]);
  // Of one that is not known the average is not known.
  expect(averaged([sample('0', 10), sample('0')])).toEqual([sample('0', Number.NaN)]);
});
