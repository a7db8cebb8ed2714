/** What is published is true: of all nodes, at its time, in the array's own words, and told if not. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Alert, MetricSeries, Session, Trap } from 'delfin-agent/driver';
import { parseAlert } from '../../drivers/ibm-storwize_svc/alerts.ts';
import driver, { inspur } from '../../drivers/ibm-storwize_svc/index.ts';
import { fileOf, parseStatistics } from '../../drivers/ibm-storwize_svc/statistics.ts';
import { toControllers } from '../../drivers/ibm-storwize_svc/hardware.ts';
import { createRegistry } from '../../src/registry.ts';
import { faults } from '../kit/faults.ts';
import { openDriver, TEST_SYSTEM, type OpenedDriver } from '../../src/testing/open.ts';
import type { TruthSample } from '../kit/simulator.ts';
import { GENERATIONS } from '../simulators/ibm-storwize_svc/data.ts';
import {
  simulator,
  startWith,
  type StorwizeOptions,
} from '../simulators/ibm-storwize_svc/index.ts';
import { failure, openScripted } from './ibm-storwize_svc.script.ts';
import { metricsOf } from '../kit/samples.ts';

afterEach(() => faults.plan(undefined));

const asked = driver.capabilities?.().resource_metrics ?? {};
const MINUTE = 60_000;

async function samplesOf(opened: OpenedDriver, begin: number, end: number): Promise<Set<string>> {
  const metrics = await opened.session.call('collectPerfMetrics', (session: Session, signal) =>
    metricsOf(session.collectPerfMetrics?.(asked, begin, end, signal)),
  );
  return new Set(metrics.flatMap(keysOf));
}

const keysOf = ({ name, labels, values }: MetricSeries) =>
  Object.keys(values).map(
    (time) => `${labels.resource_type} ${labels.resource_id} ${name} ${time}`,
  );

const keyOf = ({ resource_type, resource_id, name, time }: TruthSample) =>
  `${resource_type} ${resource_type === 'storage' ? TEST_SYSTEM : resource_id} ${name} ${time}`;

const toldOf = (opened: OpenedDriver) => opened.told.map(({ error }) => error.message).join('\n');

async function withArray(
  options: StorwizeOptions,
  access: (nodes: readonly unknown[]) => object,
  use: (parts: {
    readonly array: Awaited<ReturnType<typeof startWith>>;
    readonly opened: OpenedDriver;
    readonly truth: Set<string>;
    readonly read: () => Promise<Set<string>>;
  }) => Promise<void>,
): Promise<void> {
  const end = options.clock?.() ?? Date.now();
  await using array = await startWith({ seed: 7, volumes: 12, ...options, clock: () => end });
  await using opened = openDriver(
    driver,
    { ...array.access, ...access(array.nodes) },
    { now: () => end },
  );
  const begin = end - 15 * MINUTE;
  const truth = new Set(array.truth.samples(begin, end).map(keyOf));
  await use({ array, opened, truth, read: () => samplesOf(opened, begin, end) });
}

describe('samples of several nodes', () => {
  it('are absent while a node keeps its files to itself: told in every round with the remedy; its own ports and processor stay', async () => {
    await withArray(
      { copied: false },
      () => ({}),
      async ({ opened, truth, read, array }) => {
        for (const round of [1, 2]) {
          opened.told.length = 0;
          const found = await read();
          expect(
            [...found].filter((key) => /^(volume|disk) /.test(key)),
            `round ${round}`,
          ).toEqual([]);
          expect(toldOf(opened)).toMatch(/node_165084.*copy_statistics: true.*nodes/);
          const own = new Set(
            array.model.fcPorts.filter((port) => port.node.config).map((port) => port.id),
          );
          // Alone, the configuration node ends its rounds two seconds earlier.
          const ports = [...found].filter((key) => key.startsWith('port '));
          expect(new Set(ports.map((key) => key.split(' ')[1]))).toEqual(own);
          expect([...found].some((key) => key.startsWith('controller 1 cpuUsage '))).toBe(true);
          // What nodes and system say of themselves needs no files.
          const current = [...truth].filter((key) =>
            /^(storage|controller \d readIops) ?/.test(key),
          );
          expect(current.length).toBeGreaterThan(3);
          expect(current.filter((key) => !found.has(key))).toEqual([]);
        }
        expect(array.stats.writes).toEqual([]);
      },
    );
  });

  it('are whole when the files of the other nodes are copied', async () => {
    const access = () => ({ copy_statistics: true });
    await withArray({ copied: false }, access, async ({ truth, read, array, opened }) => {
      expect(await read()).toEqual(truth);
      expect(toldOf(opened)).toBe('');
      expect(array.stats.writes).toEqual(['cpdumps -prefix /dumps/iostats 2']);
    });
  });

  it.each(GENERATIONS)(
    'are whole without a write when the nodes of a %s have addresses',
    async (generation) => {
      const access = (nodes: readonly unknown[]) => ({ nodes });
      await withArray(
        { copied: false, generation },
        access,
        async ({ truth, read, array, opened }) => {
          expect(await read()).toEqual(truth);
          expect(toldOf(opened)).toBe('');
          expect(array.stats.writes).toEqual([]);
        },
      );
    },
  );

  it('are absent, told, when the address of a node does not let the agent in, which is not tried again', async () => {
    const access = (nodes: readonly unknown[]) => ({
      nodes: nodes.map((node) => ({ ...(node as object), host_key: `SHA256:${'A'.repeat(43)}` })),
    });
    await withArray({ copied: false }, access, async ({ read, opened }) => {
      const found = await read();
      expect([...found].filter((key) => key.startsWith('volume '))).toEqual([]);
      expect([...found].filter((key) => key.startsWith('port '))).not.toEqual([]);
      expect(toldOf(opened)).toMatch(/node 127\.0\.0\.1: .*host key/);
    });
  });

  it('are absent for the interval of a file that can not be read, and only for it', async () => {
    await withArray(
      {},
      () => ({}),
      async ({ truth, read, opened }) => {
        const times = [
          ...new Set(
            [...truth]
              .filter((key) => key.startsWith('volume '))
              .map((key) => Number(key.split(' ')[3])),
          ),
        ].sort();
        const lost = times.at(-2) ?? 0;
        faults.plan({
          fault: 'error',
          matches: (request) =>
            /read .*Nv_stats_78N16G4-2_/.test(request) && request.includes(nameTime(lost)),
          times: Infinity,
        });
        const found = await read();
        const missing = [...truth].filter((key) => !found.has(key));
        expect(missing).not.toEqual([]);
        // The interval that ends with the file, and the one that begins with it.
        const costs = new Set(missing.map((key) => `${key.split(' ')[0]} ${key.split(' ')[3]}`));
        expect(costs).toEqual(new Set([`volume ${lost}`, `volume ${times.at(-1)}`]));
        expect(toldOf(opened)).toContain('were not read');
      },
    );
  });
});

/** As the simulated Storwize names files, in Asia/Shanghai. */
const nameTime = (time: number) =>
  new Date(time + 8 * 3_600_000)
    .toISOString()
    .replaceAll(/\D/g, '')
    .slice(2, 14)
    .replace(/^(\d{6})/, '$1_');

describe('the night in which summer time ends', () => {
  it('has every sample once, at its true time', async () => {
    const interval = 5 * MINUTE;
    const first = Date.UTC(2020, 9, 24, 23, 0);
    const two = (value: number) => String(value).padStart(2, '0');
    // Berlin: at 01:00 UTC the clock goes back from 03:00 to 02:00.
    const offset = (time: number) => (time < Date.UTC(2020, 9, 25, 1) ? 2 : 1) * 3_600_000;
    const nameOf = (time: number) => {
      const local = new Date(time + offset(time));
      const date = [local.getUTCFullYear() - 2000, local.getUTCMonth() + 1, local.getUTCDate()];
      const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()];
      return `Nv_stats_A-1_${date.map(two).join('')}_${clock.map(two).join('')}`;
    };
    const total = (index: number) => 1000 * index * index;
    const files: Record<string, string> = {};
    const script: Record<string, string> = {
      lssystem:
        'id 1\nname a\nstatistics_status on\nstatistics_frequency 5\ntime_zone 375 Europe/Berlin\n',
      lsnode: 'id name status\n1  n    online\n',
    };
    const got = new Map<number, number>();
    let now = first;
    await using opened = openScripted(script, files, { now: () => now });
    const wanted = { volume: { readIops: { unit: 'IOPS', description: '' } } } as const;
    const rounds = 44;
    for (let index = 0; index < rounds; index += 1) {
      const time = first + index * interval;
      const written = new Date(time + offset(time)).toISOString().replace('T', ' ').slice(0, 19);
      const zone = `GMT+${offset(time) / 3_600_000}:00`;
      files[`/dumps/iostats/${nameOf(time)}`] =
        `<stats node_id="0x1" id="n" timestamp="${written}" timezone="${zone}"><vdsk idx="3" id="v" ro="${total(index)}"/></stats>`;
      const there = new Set(
        Array.from({ length: 16 }, (_, back) => index - back)
          .filter((one) => one >= 0)
          .map((one) => nameOf(first + one * interval)),
      );
      script['lsdumps -prefix /dumps/iostats'] = `id filename\n${[...there]
        .sort()
        .map((name) => `1  ${name}\n`)
        .join('')}`;
      now = time + 20_000;
      const newest = await opened.session.getLatestPerfTimestamp?.(opened.signal);
      expect(newest, nameOf(time)).toBe(time);
      const begin = time - 2 * interval - MINUTE;
      const metrics = await metricsOf(
        opened.session.collectPerfMetrics?.(wanted, begin, time, opened.signal),
      );
      for (const { values } of metrics ?? []) {
        for (const [at, value] of Object.entries(values)) {
          if (got.has(Number(at))) expect(value).toBe(got.get(Number(at)));
          got.set(Number(at), value);
        }
      }
    }
    const expected = Array.from({ length: rounds - 1 }, (_, index): [number, number] => [
      first + (index + 1) * interval,
      (total(index + 1) - total(index)) / 300,
    ]);
    expect([...got].sort(([a], [b]) => a - b)).toEqual(expected);
  });

  it.each([50, 70, 110, 130])(
    'is right for an agent that starts %d minutes into it',
    async (minutes) => {
      // New York: at 06:00 UTC the clock goes back from 02:00 to 01:00.
      const nowMs = Date.UTC(2020, 10, 1, 5, minutes, 30);
      await withArray(
        { generation: 'svc-7.4', clock: () => nowMs },
        () => ({}),
        async ({ truth, read }) => {
          expect(truth.size).toBeGreaterThan(100);
          expect(await read()).toEqual(truth);
        },
      );
    },
  );
});

describe('one fault from trap and poll', () => {
  const MIB = '1.3.6.1.4.1.2.6.190';
  const trap = (kind: number, fields: Readonly<Record<number, string>>): Trap => ({
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: `${MIB}.${kind}`,
    source: '192.0.2.5',
    received_at: 0,
    varbinds: Object.entries(fields).map(([field, value]) => ({
      oid: `${MIB}.4.${field}`,
      type: 'OctetString',
      value: Buffer.from(`# X = ${value}`),
    })),
  });
  const read = (kind: number, fields: Readonly<Record<number, string>>) =>
    parseAlert(trap(kind, fields), { storageId: 'a', timezone: 'UTC' }) as Alert;

  async function polled(): Promise<readonly Alert[]> {
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(driver, array.access);
    return await opened.alerts();
  }

  it('has one key, severity, category and location, also where firmware writes the error code as the id', async () => {
    const alerts = await polled();
    const traps = [
      read(1, { 3: '073305 : FC', 4: '1060', 9: '100', 11: 'node', 12: '1', 17: 'node1' }),
      read(2, { 3: '010020 : x', 4: '1623', 9: '101', 11: 'mdisk', 12: '4', 17: 'mdisk4' }),
      read(3, { 3: '010019 : x', 4: ' ', 9: '102', 11: 'drive', 12: '3', 17: ' ' }),
      read(1, { 3: '1114 : battery', 4: ' ', 9: '104', 11: 'enclosure', 12: '1' }),
      read(1, { 3: '1114 : battery', 4: '045032', 9: '104', 11: 'enclosure', 12: '1' }),
    ];
    for (const one of traps) {
      const other = alerts.find(({ sequence_number: number }) => number === one.sequence_number);
      for (const field of ['match_key', 'severity', 'category', 'location'] as const) {
        expect(one[field], `${one.sequence_number} ${field}`).toBe(other?.[field]);
      }
    }
    expect(traps[3]?.location).toBe('enclosure 1');
    expect(traps[4]?.alert_id).toBe('045032');
  });

  it('what only informs is an event', async () => {
    const events = (await polled()).filter(({ category }) => category === 'Event');
    expect(events.map(({ sequence_number: number }) => number).sort()).toEqual(['102', '103']);
    expect(read(3, { 3: '981004 : FC discovery occurred' }).category).toBe('Event');
  });

  it('keys are unique within a poll', async () => {
    const line = (sequence: number, event: string) => `${sequence}!node!1!!${event}!1060`;
    const detail = (event: string) =>
      `sequence_number 1\nevent_id ${event}\nerror_code 1060\nobject_type node\nobject_id 1\nnotification_type error\nlast_timestamp_epoch 1600000000\n`;
    await using opened = openScripted({
      'lseventlog -monitoring yes -message no -delim !': `sequence_number!object_type!object_id!copy_id!event_id!error_code\n${line(1, '073003')}\n${line(2, '073006')}\n${line(3, '073006')}\n`,
      'lseventlog 1': detail('073003'),
      'lseventlog 2': detail('073006'),
      'lseventlog 3': detail('073006'),
    });
    const alerts = (await opened.session.listAlerts?.({}, opened.signal)) ?? [];
    expect(new Set(alerts.map(({ match_key: key }) => key)).size).toBe(3);
    // The newest has the key that a trap has.
    expect(alerts.find(({ match_key: key }) => key === '1060|node|1|')?.sequence_number).toBe('3');
  });

  it('details of an event are asked for once, until its line changes', async () => {
    const script: Record<string, string> = {
      'lseventlog -monitoring yes -message no -delim !':
        'sequence_number!event_count!event_id\n7!1!980221\n',
      'lseventlog 7':
        'sequence_number 7\nnotification_type error\nlast_timestamp_epoch 1600000000\n',
    };
    await using opened = openScripted(script);
    const asks = async () => {
      await opened.session.listAlerts?.({}, opened.signal);
      return opened.commands.filter((command) => command === 'lseventlog 7').length;
    };
    // The very first details have nothing to be compared with: they are asked for again.
    expect([await asks(), await asks()]).toEqual([2, 2]);
    script['lseventlog -monitoring yes -message no -delim !'] =
      'sequence_number!event_count!event_id\n7!2!980221\n';
    expect([await asks(), await asks()]).toEqual([3, 3]);
  });
});

describe('what is not in use', () => {
  it('is no fault: spare nodes are well', () => {
    const statusOf = (status: string) => toControllers([{ id: '1', status }])[0]?.status;
    expect(['online_spare', 'spare', 'offline'].map(statusOf)).toEqual([
      'normal',
      'normal',
      'offline',
    ]);
  });
});

describe('what the system does not tell', () => {
  it('IP ports that no command lists are a problem of the ports', async () => {
    await using opened = openScripted({
      'lsportfc -delim !':
        'id!type!port_speed!node_id!node_name!WWPN!status\n0!fc!16Gb!1!n1!500507680201!active\n',
    });
    const ports = await opened.session.listPorts?.(opened.signal);
    expect(ports).toMatchObject([{ native_port_id: '0' }]);
    expect(opened.logged.join()).toMatch(/NotSupported.*lsport/);
  });

  it('an output without exit status or cut inside a line is no empty list of alerts', async () => {
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(driver, array.access, { hurried: true });
    const alerts = () => opened.alerts();
    const before = await alerts();
    for (const fault of ['no_status', 'cut', 'html', 'error'] as const) {
      faults.plan({
        fault,
        matches: (request) => request.startsWith('lseventlog -m'),
        times: Infinity,
      });
      expect(await failure(alerts()), fault).toBeInstanceOf(Error);
      // Once: asked again.
      faults.plan({ fault, matches: (request) => request.startsWith('lseventlog -m'), times: 1 });
      expect(await alerts(), fault).toEqual(before);
    }
    faults.plan({
      fault: 'empty',
      matches: (request) => request.startsWith('lseventlog -m'),
      times: 1,
    });
    expect(await alerts()).toEqual(before);
  });

  it('a list that loses all or half of what it held is not believed at once', async () => {
    for (const fault of ['empty', 'cut_line'] as const) {
      await using array = await simulator.start({ seed: 3 });
      await using opened = openDriver(driver, array.access, { hurried: true });
      const whole = await opened.list('listMaskingViews');
      const matches = (request: string) => request.startsWith('lshostvdiskmap');
      faults.plan({ fault, matches, times: Infinity });
      const error = await failure(opened.list('listMaskingViews'));
      expect(String(error), fault).toContain('is it whole?');
      faults.plan(undefined);
      expect(await opened.list('listMaskingViews')).toEqual(whole);
    }
  });

  it('no pools and no mdisks are a broken answer of a system that has capacity', async () => {
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(driver, array.access, { hurried: true });
    faults.plan({
      fault: 'empty',
      matches: (request) => request.startsWith('lsmdisk'),
      times: Infinity,
    });
    expect(String(await failure(opened.list('listStoragePools')))).toContain('space_in_mdisk_grps');
    await opened.list('listDisks');
    expect(toldOf(opened)).toContain('total_mdisk_capacity');
  });

  it('a volume whose list was cut is told by the list of copies', async () => {
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(driver, array.access, { hurried: true });
    faults.plan({
      fault: 'cut_line',
      matches: (request) => request.startsWith('lsvdisk '),
      times: Infinity,
    });
    await opened.list('listVolumes');
    expect(toldOf(opened)).toMatch(/lsvdisk: \d+ volumes that lsvdiskcopy lists are missing/);
  });
});

describe('what a round costs', () => {
  it('a command that always ends the connection costs three logins, and no other list', async () => {
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(driver, array.access, { hurried: true });
    const lists = ['listVolumes', 'listStoragePools', 'listControllers'] as const;
    const whole = await Promise.all(lists.map((list) => opened.list(list)));
    const before = array.stats.logins;
    faults.plan({
      fault: 'closed',
      matches: (request) => request.startsWith('lshostvdiskmap'),
      times: Infinity,
    });
    const [views, ...others] = await Promise.allSettled([
      opened.list('listMaskingViews'),
      ...lists.map((list) => opened.list(list)),
    ]);
    expect(views.status).toBe('rejected');
    expect(others.map((one) => one.status === 'fulfilled' && one.value)).toEqual(whole);
    expect(array.stats.logins - before).toBeLessThanOrEqual(3);
  });

  it('canisters are asked for their hardware once each', async () => {
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(driver, array.access);
    const round = async () => {
      const before = opened.traffic.requests;
      await opened.list('listControllers');
      return opened.traffic.requests - before;
    };
    await round();
    await round();
    // The list, and for each of two canisters its details and its hardware.
    expect(await round()).toBe(5);
  });
});

describe('statistics of any size', () => {
  const file = fileOf('Nv_stats_A_211201_161110');

  async function parsed(text: string) {
    if (!file) throw new Error('no file');
    let pauses = 0;
    const statistics = await parseStatistics(Buffer.from(text), file, () => {
      pauses += 1;
      return Promise.resolve();
    });
    return { statistics, pauses };
  }

  it('are read in one pass that gives the thread back', async () => {
    const count = 100_000;
    const volumes = Array.from(
      { length: count },
      (_, index) =>
        `<vdsk idx="${index}" id="v${index}" ro="${index}" wo="1" rb="2" wb="3" rl="4" wl="5"/>`,
    );
    const text = `<stats node_id="0x1">${volumes.join('\n')}</stats>`;
    const { statistics, pauses } = await parsed(text);
    expect(statistics.readings.size).toBe(count);
    expect(pauses).toBe(Math.floor(text.length / 2 ** 20));
  });

  it('blanks, long texts and tags of a million attributes cost no more than their length', async () => {
    const blanks = ' '.repeat(4_000_000);
    const { statistics } = await parsed(
      `<stats node_id="0x1">${blanks}<vdsk${blanks} idx="1"/>x</stats>`,
    );
    expect(statistics.readings.size).toBe(1);
    const attributes = Array.from({ length: 1_000_000 }, (_, index) => `a${index}="1"`).join(' ');
    const error = await failure(parsed(`<stats node_id="0x1"><vdsk ${attributes}/></stats>`));
    expect(String(error)).toContain('too many attributes');
  });
});

describe('inspur as5500', () => {
  it('is the same driver under its own key', async () => {
    const { registry } = await createRegistry([], '.');
    const found = await registry.find('inspur', 'as5500');
    expect([found.vendor, found.model]).toEqual(['inspur', 'as5500']);
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(inspur, array.access, { model: 'as5500' });
    expect((await opened.list('listVolumes')).length).toBe(array.model.volumes.length);
  });
});
