import { AccessDenied, bitsPerSecond, errorType, InvalidResponse } from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { contentOf } from '../../drivers/ibm-storwize_svc/dumps.ts';
import { sizeOf } from '../../drivers/ibm-storwize_svc/records.ts';
import { fileOf, parseStatistics, timesOf } from '../../drivers/ibm-storwize_svc/statistics.ts';
import { parseAligned, parseDelimited, partsOf } from '../../drivers/ibm-storwize_svc/table.ts';
import { failure, openScripted } from './ibm-storwize_svc.script.ts';
import { metricsOf } from '../kit/samples.ts';

describe('ids that an array made up', () => {
  const HOSTILE = [
    '-all',
    '-filtervalue',
    '../../etc',
    '$(reboot)',
    '`reboot`',
    "';reboot;'",
    'a b',
    '*',
    '~',
    '',
  ];

  it('become no part of a command, neither as ids nor as names: what is asked is what is always asked', async () => {
    const rows = HOSTILE.map((id) => `${id}!${id}!online!0`).join('\n');
    const list = `id!name!status!node_count\n${rows}\n0!good!online!1\n`;
    const lists = ['lsvdisk', 'lsmdiskgrp', 'lshost', 'lsmdisk', 'lsnode', 'lsdrive', 'lseventlog'];
    await using opened = openScripted(
      Object.fromEntries(
        lists.flatMap((name) =>
          ['', ' -bytes', ' -monitoring yes -message no'].map((flags) => [
            `${name}${flags} -delim !`,
            list,
          ]),
        ),
      ),
    );
    const { session, signal, commands } = opened;
    for (const read of [
      session.listVolumes(signal),
      session.listStoragePools(signal),
      session.listStorageHosts?.(signal),
      session.listControllers?.(signal),
      session.listDisks?.(signal),
      session.listAlerts?.({}, signal),
    ])
      await failure(Promise.resolve(read));
    expect(commands).toEqual(expect.arrayContaining(['lshost 0', 'lsvdisk 0', 'lsdrive 0']));
    // A name, known flags, and at the end an id that is one word and no option.
    const plain =
      /^ls\w+( -(bytes|nohdr|delim [!:^]|monitoring yes|message no|filtervalue \w+=\w+|prefix \S+))*( \w[\w.:-]*)?$/;
    expect(commands.filter((command) => !plain.test(command))).toEqual([]);
  });

  it('a sequence number to be fixed is a number', async () => {
    for (const id of HOSTILE) {
      await using opened = openScripted({});
      expect([
        id,
        await failure(opened.session.clearAlert?.(id, opened.signal) as Promise<void>),
      ]).toEqual([id, expect.any(InvalidResponse)]);
      expect(opened.commands.filter((command) => command.includes('-fix'))).toEqual([]);
    }
  });
});

/** A system that refuses every flag: rounded sizes, aligned columns, one object at a time. */
describe('a command line without flags', () => {
  const VOLUME = [
    'id:0',
    'name:with: colon',
    'status:online',
    'mdisk_grp_id:many',
    'capacity:50.00GB',
    'vdisk_UID:60050768028401F87C00000000000000',
    '',
    'copy_id:0',
    'status:online',
    'primary:no',
    'mdisk_grp_id:1',
    'used_capacity:50.00GB',
    'free_capacity:0.00MB',
    'se_copy:no',
    'compressed_copy:no',
    '',
    'copy_id:1',
    'primary:yes',
    'mdisk_grp_id:2',
    'used_capacity:1.50GB',
    'free_capacity:512.00MB',
    'se_copy:yes',
    'compressed_copy:no',
    '',
  ].join('\n');

  it('reads volumes from their details, the primary copy first', async () => {
    await using opened = openScripted({
      lsvdisk: 'id name          IO_group_id status\n0  with: colon   0           online\n',
      'lsvdisk -delim : 0': VOLUME,
    });
    expect(await opened.session.listVolumes(opened.signal)).toEqual([
      {
        native_volume_id: '0',
        name: 'with: colon',
        type: 'thin',
        status: 'available',
        native_storage_pool_id: '2',
        wwn: '60050768028401F87C00000000000000',
        total_capacity: 50 * 2 ** 30,
        used_capacity: 1.5 * 2 ** 30,
        free_capacity: 512 * 2 ** 20,
        compressed: false,
      },
    ]);
  });

  it('reads pools from their details, rounded as they are printed', async () => {
    await using opened = openScripted({
      lsmdiskgrp: 'id name status\n1  a b  online\n',
      'lsmdiskgrp 1':
        'id 1\nname a b\nstatus online\ncapacity 8.13TB\nfree_capacity 3.06TB\nused_capacity 0.00MB\nvirtual_capacity 1.00PB\n',
    });
    expect(await opened.session.listStoragePools(opened.signal)).toMatchObject([
      {
        name: 'a b',
        total_capacity: Math.floor(8.13 * 2 ** 40),
        used_capacity: 0,
        subscribed_capacity: 2 ** 50,
      },
    ]);
  });

  it('reads IP ports number by number until there are no more', async () => {
    const port = (node: number) =>
      `id 1\nnode_id ${node}\nnode_name n_${node}\nIP_address 192.0.2.${node}\nmask 255.255.255.0\nIP_address_6\nprefix_6\nMAC aa:bb\nstate configured\nspeed 10Gb/s\nfailover no\nlink_state active\n`;
    const failover = port(1).replace('failover no', 'failover yes');
    await using opened = openScripted({
      lsportfc: '',
      'lsportip 1': [port(1), failover, port(2)].join('\n'),
      'lsportip 2': '',
    });
    const ports = await opened.session.listPorts?.(opened.signal);
    expect(ports?.map(({ native_port_id, ipv4, speed }) => [native_port_id, ipv4, speed])).toEqual([
      ['n_1_1', '192.0.2.1', 10e9],
      ['n_2_1', '192.0.2.2', 10e9],
    ]);
  });

  it('reads ports and their addresses where releases list them apart', async () => {
    await using opened = openScripted({
      'lsportfc -delim !': '',
      'lsportethernet -delim !':
        'id!node_id!node_name!port_id!MAC!port_speed!link_state\n0!1!n1!5!aa!25Gb/s!active\n1!2!n2!5!bb!!inactive\n',
      'lsip -delim !': 'id!node_id!port_id!IP_address!prefix\n0!1!5!192.0.2.7!22\n',
    });
    expect(await opened.session.listPorts?.(opened.signal)).toMatchObject([
      {
        native_port_id: 'n1_5',
        ipv4: '192.0.2.7',
        ipv4_mask: '255.255.252.0',
        speed: 25e9,
        health_status: 'normal',
      },
      { native_port_id: 'n2_5', health_status: 'unknown', connection_status: 'disconnected' },
    ]);
  });

  it('an expired password is a refused login', async () => {
    await using opened = openScripted({ lsmdiskgrp: 'CMMVC9999E The password has expired.\n' });
    const error = await failure(opened.session.listStoragePools(opened.signal));
    expect(errorType(error)).toBe('authentication');
  });

  it('what the system denies of one object costs its details only', async () => {
    await using opened = openScripted({
      lsmdiskgrp: 'id name\n1 one\n2 two\n',
      'lsmdiskgrp 1': 'id 1\nname one\nstatus online\ncapacity 1.00TB\n',
      'lsmdiskgrp 2': 'CMMVC6010E The command failed.',
      // A name that looks like a size.
      lsvdisk: 'id name  status\n7  5.0GB online\n',
      'lsvdisk -delim : 7': 'CMMVC6010E The command failed.',
      lshost: 'id name status\n3 h online\n',
      'lshost 3': 'CMMVC6010E The command failed.',
      'lseventlog -monitoring yes -message no': 'sequence_number event_id\n9 980221\n',
      'lseventlog 9': 'CMMVC6010E The command failed.',
    });
    const { session, signal } = opened;
    expect(await session.listStoragePools(signal)).toMatchObject([
      { native_storage_pool_id: '1', total_capacity: 2 ** 40 },
      { native_storage_pool_id: '2', name: 'two' },
    ]);
    expect(await session.listVolumes(signal)).toEqual([
      { native_volume_id: '7', name: '5.0GB', status: 'available' },
    ]);
    expect(await session.listStorageHosts?.(signal)).toMatchObject([{ name: 'h' }]);
    // What stands in the details only is missing then, not empty.
    const rejected = async (work: Promise<unknown> | undefined) =>
      errorType(await failure(work ?? Promise.resolve()));
    expect(await rejected(session.listStorageHostInitiators?.(signal))).toBe('invalid_response');
    expect(await rejected(session.listAlerts?.({}, signal))).toBe('backend');
    expect(opened.logged.join()).toMatch(/CMMVC6010E/);
  });

  it('what the system denies of one kind costs that kind', async () => {
    await using opened = openScripted({
      lsportfc: 'CMMVC6010E The command failed.',
      'lsportip 1': 'id 1\nnode_id 5\nstate online\nlink_state active\n',
      lsmdisk: 'CMMVC6010E The command failed.',
      lsdrive: 'id name\n4 d\n',
      'lsdrive 4': 'id 4\nstatus online\n',
    });
    const { session, signal } = opened;
    // Without the name of its node a port has none; its id is unique all the same.
    expect(await session.listPorts?.(signal)).toMatchObject([{ native_port_id: '5_1' }]);
    expect(await session.listDisks?.(signal)).toMatchObject([{ native_disk_id: 'drive_4' }]);
  });

  it('a missing name or id of the system costs that field', async () => {
    for (const [system, known] of [
      ['id 0001\nlocation local\n', { serial_number: '0001' }],
      ['name here\nlocation local\n', { name: 'here' }],
    ] as const) {
      await using opened = openScripted({ lssystem: system });
      expect(await opened.session.getStorage(opened.signal)).toMatchObject(known);
    }
  });

  it('what the account may not read is no empty list', async () => {
    await using opened = openScripted({
      lsmdiskgrp: 'CMMVC6253E The task has failed because the user role is not sufficient.\n',
    });
    const error = await failure(opened.session.listStoragePools(opened.signal));
    expect(error).toBeInstanceOf(AccessDenied);
    expect(String(error)).toContain('CMMVC6253E');
  });
});

describe('statistics', () => {
  const SYSTEM = 'id 1\nname a\nstatistics_status on\nstatistics_frequency 5\ntime_zone 522 UTC\n';
  const xml = (counters: string) =>
    `<?xml version="1.0"?>\n<stats node_id="0x1" id="n"><vdsk idx="3" id="a&amp;b" ${counters}/></stats>`;
  const nodes = (...all: readonly string[]) =>
    `id name status config_node\n${all.map((name, index) => `${index + 1}  ${name}    online no\n`).join('')}`;
  const names = ['201201_100000', '201201_100500', '201201_101000', '201201_101500'];
  const listing = (panels: readonly string[]) =>
    `id filename\n${panels.flatMap((panel) => names.map((name) => `1  Nv_stats_${panel}_${name}\n`)).join('')}`;
  const wanted = { volume: { iops: { unit: 'IOPS', description: '' } } } as const;
  const window = [Date.UTC(2020, 11, 1, 10, 5), Date.UTC(2020, 11, 1, 10, 15)] as const;

  it('divides differences by the interval, from the file before the window on', async () => {
    await using opened = openScripted(
      { lssystem: SYSTEM, 'lsdumps -prefix /dumps/iostats': listing(['A-1']), lsnode: nodes('n') },
      Object.fromEntries(
        names.map((name, index) => [
          `/dumps/iostats/Nv_stats_A-1_${name}`,
          xml(`ro="${[100, 400, 1000, 10][index]}" wo="0"`),
        ]),
      ),
    );
    const metrics = await metricsOf(
      opened.session.collectPerfMetrics?.(wanted, ...window, opened.signal),
    );
    // The last file counts from zero again: its interval is not known.
    expect(metrics).toMatchObject([
      {
        labels: { resource_type: 'volume', resource_id: '3', resource_name: 'a&b', unit: 'IOPS' },
        values: { [window[0]]: 1, [Date.UTC(2020, 11, 1, 10, 10)]: 2 },
      },
    ]);
    expect(Object.keys(metrics?.[0]?.values ?? {})).toHaveLength(2);
  });

  it('adds no two files of one node, whatever interval the system states', async () => {
    const often = ['201201_101300', '201201_101400', '201201_101500'];
    const panels = ['A-1', 'A-2'];
    const lines = (unlisted: readonly string[]) =>
      panels
        .flatMap((panel) => often.map((time) => `Nv_stats_${panel}_${time}`))
        .filter((name) => !unlisted.includes(name))
        .map((name) => `1  ${name}\n`);
    const written = (panel: string, counters: string) =>
      xml(counters).replace('node_id="0x1"', `node_id="0x${panel.slice(-1)}"`);
    const files = (left: readonly string[]) =>
      Object.fromEntries(
        panels.flatMap((panel) =>
          often
            .map((time, index) => [`Nv_stats_${panel}_${time}`, index] as const)
            .filter(([name]) => !left.includes(name))
            .map(([name, index]) => [
              `/dumps/iostats/${name}`,
              written(panel, `ro="${index * 60}" wo="${index * 60}"`),
            ]),
        ),
      );
    const script = (unlisted: readonly string[]) => ({
      lssystem: SYSTEM,
      lsnode: nodes('n', 'm'),
      'lsdumps -prefix /dumps/iostats': `id filename\n${lines(unlisted).join('')}`,
    });
    const valuesOf = async (left: readonly string[], unlisted = left) => {
      await using opened = openScripted(script(unlisted), files(left));
      const { session, signal } = opened;
      const metrics = await metricsOf(
        session.collectPerfMetrics?.(wanted, window[0], window[1], signal),
      );
      return metrics?.find(({ name }) => name === 'iops')?.values;
    };
    const at = (minute: number) => Date.UTC(2020, 11, 1, 10, minute);
    expect(await valuesOf([])).toEqual({ [at(14)]: 4, [at(15)]: 4 });
    // A round that lacks the part of one node has no sum.
    const missed = ['Nv_stats_A-2_201201_101400'];
    expect(await valuesOf(missed)).toEqual({ [at(15)]: 4 });
    // Nor have the intervals of a file that is there and can't be read.
    expect(await valuesOf(missed, [])).toBeUndefined();
  });

  it('waits for the slower node, but not for one that is gone', async () => {
    const files = (panels: readonly string[], left: readonly string[]) => ({
      lssystem: SYSTEM,
      'lsdumps -prefix /dumps/iostats': listing(panels)
        .split('\n')
        .filter((line) => !left.some((name) => line.includes(name)))
        .join('\n'),
    });
    await using behind = openScripted(files(['A-1', 'A-2'], ['A-2_201201_101500']));
    expect(await behind.session.getLatestPerfTimestamp?.(behind.signal)).toBe(
      Date.UTC(2020, 11, 1, 10, 10),
    );
    await using gone = openScripted(
      files(['A-1', 'A-2'], ['A-2_201201_100500', 'A-2_201201_101000', 'A-2_201201_101500']),
    );
    expect(await gone.session.getLatestPerfTimestamp?.(gone.signal)).toBe(
      Date.UTC(2020, 11, 1, 10, 15),
    );
  });

  it('says how to switch them on', async () => {
    await using opened = openScripted({ lssystem: SYSTEM.replace('status on', 'status off') });
    const error = await failure(
      metricsOf(opened.session.collectPerfMetrics?.(wanted, ...window, opened.signal)),
    );
    expect(String(error)).toContain('startstats');
  });

  /** What is logged where only node 1 has files; `row`: the other node. */
  async function loggedWith(row: string): Promise<string> {
    await using opened = openScripted(
      {
        lssystem: SYSTEM,
        'lsdumps -prefix /dumps/iostats': listing(['A-1']),
        lsnode: `id name panel_name status\n1  n1   A-1        online\n${row}\n`,
      },
      Object.fromEntries(
        names.map((name) => [`/dumps/iostats/Nv_stats_A-1_${name}`, xml('ro="1"')]),
      ),
    );
    await failure(metricsOf(opened.session.collectPerfMetrics?.(wanted, ...window, opened.signal)));
    return opened.logged.join();
  }

  it('names the nodes whose files are missing', async () => {
    expect(await loggedWith('2  n2   A-2        online')).toMatch(
      /copy_statistics.*n2|n2.*copy_statistics/,
    );
  });

  it('takes no name of a node for the id of another', async () => {
    expect(await loggedWith('2  1    1          online')).toContain('no statistics files of 1 for');
  });

  it('copies the files of the other nodes only if told to', async () => {
    const script = {
      lssystem: SYSTEM,
      'lsdumps -prefix /dumps/iostats': '',
      lsnode:
        'id name status  config_node\n1  n1   online  yes\n2  n2   online  no\n3  n3   offline no\n',
      'cpdumps -prefix /dumps/iostats 2': '',
    };
    for (const copy_statistics of [true, false]) {
      await using opened = openScripted(script, {}, { copy_statistics });
      await metricsOf(opened.session.collectPerfMetrics?.(wanted, ...window, opened.signal));
      const copied = opened.commands.filter((command) => command.startsWith('cpdumps'));
      expect(copied).toEqual(copy_statistics ? ['cpdumps -prefix /dumps/iostats 2'] : []);
    }
  });

  it('asks for files of the expected names only', () => {
    const read = (name: string) => fileOf(name);
    const clock = read('Nv_stats_78N16G4-2_211201_161110')?.clock ?? 0;
    expect(timesOf(clock, 'Asia/Shanghai')).toEqual([Date.UTC(2021, 11, 1, 8, 11, 10)]);
    for (const name of [
      '../../etc/passwd',
      'Nv_stats_../x_211201_161110',
      'Nv_stats_a;b_211201_161110',
      'Nx_stats_a_211201_161110',
    ]) {
      expect(read(name), name).toBeUndefined();
    }
  });

  it('refuses document types and files that are cut off', async () => {
    const file = fileOf('Nv_stats_A_211201_161110');
    if (!file) throw new Error('no file');
    const bomb = '<!DOCTYPE s [<!ENTITY a "aa">]><s><vdsk idx="&a;"/></s>';
    for (const text of [bomb, '<s><vdsk idx="1" ro="5"', '', 'Permission denied']) {
      const error = await failure(
        parseStatistics(Buffer.from(text), file, () => Promise.resolve()),
      );
      expect(error, text).toBeInstanceOf(InvalidResponse);
    }
  });
});

describe('formats', () => {
  it.each([
    ['53687091200', 53_687_091_200],
    ['8.13TB', Math.floor(8.13 * 2 ** 40)],
    ['0.00MB', 0],
    ['', undefined],
    ['-1', undefined],
    ['many', undefined],
  ])('size %s', (written, bytes) => {
    expect(sizeOf(written)).toBe(bytes);
  });

  it.each([
    ['8Gb', 8e9],
    ['10Gb/s', 10e9],
    ['100Mb/s', 100e6],
    ['N/A', undefined],
  ])('speed %s', (written, bits) => {
    expect(bitsPerSecond(written)).toBe(bits);
  });

  it('keeps names with spaces in columns, and only the id where lines are shifted', () => {
    expect(parseAligned('id name  status\n0  a b   online\n', 'x')).toEqual([
      { id: '0', name: 'a b', status: 'online' },
    ]);
    expect(parseAligned('id name status\n0 a very long name online\n', 'x')).toEqual([{ id: '0' }]);
  });

  it('tells lines whose names hold the delimiter', () => {
    const table = parseDelimited('id!name\n0!a\n1!b!c\n', '!', 'x');
    expect([table.rows, table.odd]).toEqual([[{ id: '0', name: 'a' }], ['1!b!c']]);
    expect(parseDelimited('', '!', 'x').rows).toEqual([]);
    expect(() => parseDelimited('<html>\n', '!', 'x')).toThrow(InvalidResponse);
  });

  it('splits details into their parts', () => {
    const detail = [
      ['id', '1'],
      ['copy_id', '0'],
      ['a', 'x'],
      ['copy_id', '1'],
      ['a', 'y'],
    ] as const;
    expect(partsOf(detail, ['copy_id'])).toEqual([
      { copy_id: '0', a: 'x' },
      { copy_id: '1', a: 'y' },
    ]);
  });

  it('takes a file out of SCP, whole or not at all', () => {
    expect(Buffer.from(contentOf('C0644 6 f\nüber!\0', 'f')).toString()).toBe('über!');
    expect(() => contentOf('C0644 9 f\nshort\0', 'f')).toThrow(InvalidResponse);
    expect(() => contentOf('\u0001scp: f: No such file\n', 'f')).toThrow(InvalidResponse);
  });
});
