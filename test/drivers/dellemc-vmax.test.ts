import { describe, expect, it } from 'vitest';
import driver from '../../drivers/dellemc-vmax/index.ts';
import {
  AuthenticationFailed,
  ConfigurationError,
  IncompleteTrapInformation,
  Secret,
  type Trap,
  type Varbind,
} from 'delfin-agent/driver';
import { createAlertTracker } from '../../src/backend/alerts/tracker.ts';
import { describeConformance } from '../kit/conformance.ts';
import { openDriver, TEST_SYSTEM, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import { simulator, startUnisphere } from '../simulators/dellemc-vmax/index.ts';
import { metricsOf } from '../kit/samples.ts';

describeConformance({ driver, simulator });

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the array behind the server', () => {
  it.each([
    ['missing', undefined],
    ['unknown', '000297900999'],
  ])('array_id %s: an error lists the local arrays', async (_case, arrayId) => {
    await using unisphere = await startUnisphere();
    const { array_id: _, ...rest } = unisphere.access;
    await using opened = openDriver(driver, arrayId ? { ...rest, array_id: arrayId } : rest);
    const error = await refusal(opened.getStorage());
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain('000297900330');
    expect((error as Error).message).not.toContain('000297900331');
  });
});

describe('API versions', () => {
  const newest = {
    version: 'V10.2.0.9',
    api_version: '102',
    supported_api_versions: ['102', '101', '100'],
  };

  it('of those that a newer server offers, the newest known one is used', async () => {
    await using unisphere = await startUnisphere({ generation: '100' }, { about: newest });
    await using opened = openDriver(driver, unisphere.access);
    expect((await opened.getStorage()).model).toBe('PowerMax_2500');
    expect(opened.traffic.requests).toBeLessThanOrEqual(7);
  });

  it('a server that hides what it offers is asked for one after the other', async () => {
    await using unisphere = await startUnisphere({ generation: '90' }, { about: {} });
    await using opened = openDriver(driver, unisphere.access);
    expect((await opened.getStorage()).model).toBe('PowerMax_2000');
  });

  it('a wrong password is one, even where the version is told to anybody', async () => {
    await using unisphere = await startUnisphere(
      { scenario: 'badpassword', generation: '100' },
      { about: newest },
    );
    await using opened = openDriver(driver, unisphere.access);
    expect(await refusal(opened.getStorage())).toBeInstanceOf(AuthenticationFailed);
    expect(unisphere.stats.logins).toBe(1);
  });
});

describe('iterators', () => {
  const count = async (opened: OpenedDriver) =>
    ((await opened.list('listVolumes')) as readonly Fields[]).length;

  it.each([0, 1, 9, 10, 11, 20, 25])('%i volumes in pages of 10', async (volumes) => {
    await using unisphere = await startUnisphere({}, { volumes, pageSize: 10 });
    await using opened = openDriver(driver, unisphere.access);
    expect(await count(opened)).toBe(volumes);
  });

  it('ends where a page brings nothing new', async () => {
    await using unisphere = await startUnisphere(
      {},
      { volumes: 25, pageSize: 10, repeatsPages: true },
    );
    await using opened = openDriver(driver, unisphere.access);
    expect(await count(opened)).toBe(10);
    expect(opened.logged.join('\n')).toContain('10 objects of the 25');
  });
});

describe('a server in trouble', () => {
  it('fails over one volume: the others are complete, that one is left out and told', async () => {
    await using unisphere = await startUnisphere({}, { volumes: 9, broken: '/volume/00003' });
    await using opened = openDriver(driver, unisphere.access);
    const volumes = (await opened.list('listVolumes')) as readonly Fields[];
    const known = unisphere.truth.lists.listVolumes as readonly Fields[];
    const others = volumes.filter(({ native_volume_id }) => native_volume_id !== '00003');
    const expected = known.filter(({ native_volume_id }) => native_volume_id !== '00003');
    expect(others).toEqual(expected.map((volume) => ({ ...volume, storage_id: TEST_SYSTEM })));
    expect(volumes.length).toBe(known.length - 1);
    expect(opened.told.map(({ error }) => error.message)).toEqual([
      expect.stringContaining('1 of 9 parts are missing'),
    ]);
  });

  const started = (broken: string) => startUnisphere({}, { volumes: 9, broken });

  it('fails over the ports of one director: those of the others stay', async () => {
    await using whole = await startUnisphere({}, { volumes: 9 });
    const known = whole.truth.lists.listPorts as readonly Fields[];
    const director = String(known[0]?.['native_parent_id']);
    await using unisphere = await started(`/director/${director}/port`);
    await using opened = openDriver(driver, unisphere.access);
    const ports = (await opened.list('listPorts')) as readonly Fields[];
    const others = known.filter(({ native_parent_id }) => native_parent_id !== director);
    expect(others.length).toBeGreaterThan(0);
    expect(ports.map(({ native_port_id }) => native_port_id)).toEqual(
      others.map(({ native_port_id }) => native_port_id),
    );
    expect(opened.told.map(({ error }) => error.message)).toEqual([
      expect.stringContaining(`/director/${director}/port`),
    ]);
  });

  it('fails over what only adds to volumes and array: that alone is missing', async () => {
    await using unisphere = await started('/sloprovisioning/symmetrix/000297900330');
    await using opened = openDriver(driver, unisphere.access);
    const pools = (await opened.list('listStoragePools')) as readonly Fields[];
    const total = pools.reduce((sum, pool) => sum + Number(pool['total_capacity']), 0);
    expect(await opened.getStorage()).toMatchObject({ total_capacity: total });
    expect(((await opened.list('listVolumes')) as readonly Fields[]).length).toBe(9);
  });

  it('fails over the array itself: nothing is said about its state', async () => {
    await using unisphere = await started('/system/symmetrix/000297900330');
    await using opened = openDriver(driver, unisphere.access);
    const storage = await opened.getStorage();
    expect(storage.status).toBeUndefined();
    expect(storage.total_capacity).toBe(unisphere.truth.storage.total_capacity);
  });

  it('fails over a whole list: that is an error', async () => {
    await using unisphere = await startUnisphere({}, { volumes: 1, broken: '/volume/00001' });
    await using opened = openDriver(driver, unisphere.access);
    expect(((await refusal(opened.list('listVolumes'))) as Error).message).toContain('500');
  });
});

describe('performance', () => {
  const window = (now: number) => [now - 900_000, now] as const;
  const collect = (opened: OpenedDriver) =>
    opened.session.call('collectPerfMetrics', (session, signal) =>
      metricsOf(
        session.collectPerfMetrics?.(
          driver.capabilities?.().resource_metrics ?? {},
          ...window(Date.now()),
          signal,
        ),
      ),
    );

  it('of an array that is not registered is a problem with advice, and nothing is switched on', async () => {
    await using unisphere = await startUnisphere({}, { unregistered: true, volumes: 3 });
    await using opened = openDriver(driver, unisphere.access);
    const error = await refusal(collect(opened));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toMatch(/not registered .* register it in Unisphere/);
    expect(unisphere.stats.writes).toEqual([]);
    expect((await opened.getStorage()).serial_number).toBe('000297900330');
  });

  it('knows the time of the newest sample and the interval', async () => {
    await using unisphere = await startUnisphere({}, { volumes: 3 });
    await using opened = openDriver(driver, unisphere.access);
    const latest = await opened.session.call('getLatestPerfTimestamp', (session, signal) =>
      session.getLatestPerfTimestamp?.(signal),
    );
    expect(latest).toBeGreaterThan(Date.now() - 700_000);
    expect((latest ?? 0) % 300_000).toBe(0);
    const capabilities = await opened.session.call('getCapabilities', (session, signal) =>
      session.getCapabilities?.(signal),
    );
    expect(capabilities.collect_interval).toBe(300);
    expect(capabilities.resource_metrics.volume).toBeUndefined();
  });

  it('asks once for a category that the server does not have, and says so once', async () => {
    await using unisphere = await startUnisphere({ generation: '90' }, { volumes: 3 });
    await using opened = openDriver(driver, unisphere.access);
    await collect(opened);
    const first = opened.traffic.requests;
    await collect(opened);
    expect(opened.traffic.requests - first).toBe(first - 5);
    expect(opened.logged.filter((line) => line.includes('"category":"Disk"')).length).toBe(1);
  });

  it('asks an old server, which refuses unknown counters, once for each category', async () => {
    await using unisphere = await startUnisphere({ generation: '84' }, { volumes: 3 });
    await using opened = openDriver(driver, unisphere.access);
    const series = await collect(opened);
    expect(series.length).toBeGreaterThan(100);
    const first = opened.traffic.requests;
    await collect(opened);
    expect(opened.traffic.requests - first).toBeLessThan(first);
  });
});

describe('commands of the operator', () => {
  const clear = (opened: OpenedDriver, id: string) =>
    opened.session.call('clearAlert', (session, signal) => session.clearAlert?.(id, signal));

  it.each([
    ['acknowledges', false, 'PUT'],
    ['deletes, where acknowledging is impossible,', true, 'DELETE'],
  ])('%s one alert', async (_what, deletesAlerts, method) => {
    await using unisphere = await startUnisphere({}, { deletesAlerts, volumes: 1 });
    await using opened = openDriver(driver, unisphere.access);
    const [first] = await opened.alerts();
    const id = first?.sequence_number ?? '';
    await clear(opened, id);
    expect((await opened.alerts()).map((alert) => alert.sequence_number)).not.toContain(id);
    expect(unisphere.stats.writes.at(-1)).toBe(
      `${method} /univmax/restapi/92/system/symmetrix/000297900330/alert/${id}`,
    );
  });

  it('an unknown alert is an error', async () => {
    await using unisphere = await startUnisphere({}, { volumes: 1 });
    await using opened = openDriver(driver, unisphere.access);
    expect(((await refusal(clear(opened, 'nonsense'))) as Error).message).toContain('nonsense');
  });

  it('lists the alerts of a period', async () => {
    await using unisphere = await startUnisphere({}, { volumes: 1 });
    await using opened = openDriver(driver, unisphere.access);
    const times = (await opened.alerts())
      .map(({ occur_time = 0 }) => occur_time)
      .sort((a, b) => a - b);
    const [begin_time = 0, end_time = 0] = [times[2], times[5]];
    const some = await opened.alerts({ begin_time, end_time });
    expect(some.length).toBe(4);
  });

  it('adds and removes a trap receiver', async () => {
    await using unisphere = await startUnisphere({ generation: '100' }, { volumes: 1 });
    await using opened = openDriver(driver, unisphere.access);
    const config = {
      host: '192.0.2.50',
      port: 162,
      version: 'v2c',
      community: new Secret('x'),
    } as const;
    await opened.session.call('addTrapConfig', (session, signal) =>
      session.addTrapConfig?.(config, signal),
    );
    const remove = (host: string) =>
      opened.session.call('removeTrapConfig', (session, signal) =>
        session.removeTrapConfig?.({ ...config, host }, signal),
      );
    await remove('192.0.2.50');
    expect(unisphere.stats.writes).toEqual([
      'POST /univmax/restapi/100/system/snmp',
      'DELETE /univmax/restapi/100/system/snmp/a1',
    ]);
    expect(((await refusal(remove('192.0.2.51'))) as Error).message).toContain('192.0.2.51');
  });
});

const octets = (value: string, encoding: BufferEncoding = 'utf8') => Buffer.from(value, encoding);
const UNIT = '1.3.6.1.3.94.1';
const INDEX = '0.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15';

function trapOf(values: Readonly<Record<string, Varbind['value']>>): Trap {
  const oids: Readonly<Record<string, string>> = {
    id: `${UNIT}.11.1.3.${INDEX}.79`,
    severity: `${UNIT}.11.1.6.${INDEX}.79`,
    type: `${UNIT}.11.1.7.${INDEX}.79`,
    description: `${UNIT}.11.1.9.${INDEX}.79`,
    name: `${UNIT}.6.1.20.${INDEX}`,
    unit: `${UNIT}.6.1.3.${INDEX}`,
    source: '1.3.6.1.4.1.1139.3.8888.1.0',
    code: '1.3.6.1.4.1.1139.3.8888.2.0',
    componentType: '1.3.6.1.4.1.1139.3.8888.3.0',
    component: '1.3.6.1.4.1.1139.3.8888.4.0',
  };
  return {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: '1.3.6.1.3.94.0.4',
    varbinds: Object.entries(values).map(([name, value]) => ({
      oid: oids[name] ?? '',
      type: typeof value === 'number' ? 'Integer' : 'OctetString',
      value,
    })),
    source: '192.0.2.9',
    received_at: 1_800_000_000_000,
  };
}

const parse = (trap: Trap) => driver.parseAlert?.(trap, { storageId: 'a', timezone: 'UTC' });

const TRACE = {
  id: 79,
  severity: 6,
  type: 5,
  description: octets(
    'Symmetrix 000192601409 FastSRP SRP_1 : Remote (SRDF) diagnostic event trace triggered.',
  ),
  name: octets('000192601409'),
  unit: 11,
  source: octets('symmetrix'),
  code: octets('1050'),
  componentType: octets('1051'),
  component: octets('SRP_1'),
};

const portTrap = (state: string) =>
  trapOf({
    ...TRACE,
    name: octets('000297900330'),
    code: 1234,
    componentType: 1029,
    component: octets('RF-1F:1'),
    description: octets(
      `Symmetrix 000297900330 Port RF-1F:1 : Port state has changed to ${state}.`,
    ),
  });

describe('traps', () => {
  it('reads the event daemon’s trap', () => {
    expect(parse(trapOf(TRACE))).toEqual({
      alert_id: '1050',
      alert_name: 'SYMAPI_AEVENT2_UID_MOD_DIAG_TRACE_TRIG',
      severity: 'Warning',
      category: 'NotSpecified',
      type: 'EquipmentAlarm',
      sequence_number: '79',
      occur_time: 1_800_000_000_000,
      description:
        'Symmetrix 000192601409 FastSRP SRP_1 : Remote (SRDF) diagnostic event trace triggered.',
      resource_type: 'storage-subsystem',
      location:
        'Array id=000192601409,Component type=Symmetrix Disk Group,Component name=SRP_1,Event source=symmetrix',
      match_key: '000192601409|SRP_1|remote (srdf) diagnostic event trace triggered',
    });
  });

  const polledOf = async (port: string) => {
    await using unisphere = await startUnisphere({}, { volumes: 1 });
    await using opened = openDriver(driver, unisphere.access);
    const all = await opened.alerts();
    return { all, own: all.filter(({ description }) => description?.endsWith(port)) };
  };

  it('every alert of Unisphere has a key of its own; a change by trap is known by its place', async () => {
    const { all, own } = await polledOf('RF-1F:1');
    expect(new Set(all.map(({ match_key }) => match_key)).size).toBe(all.length);
    expect(own.length).toBeGreaterThan(1);
    const place = own[0]?.location;
    expect(place).toBe('Array id=000297900330,Component type=Port,Component name=RF-1F:1');
    const [fault, recovery] = ['Offline', 'Online'].map((state) => parse(portTrap(state)));
    const same = { alert_name: '1234', location: place };
    expect(fault).toMatchObject({ ...same, alert_id: own[0]?.alert_id, category: 'Fault' });
    expect(fault).not.toHaveProperty('match_key');
    expect(recovery).toMatchObject({ ...same, alert_id: '1234', category: 'Recovery' });
    expect(recovery).not.toHaveProperty('match_key');
  });

  it('a trap and the poll that follows are one alert; a recovery ends all of its place', async () => {
    const { own } = await polledOf('RF-1F:1');
    const transitions: string[] = [];
    const tracker = createAlertTracker({
      system: 's',
      onTransition: (one) =>
        void transitions.push(one.kind === 'alert' ? `${one.source} ${one.state}` : one.kind),
    });
    const tell = (state: string) => {
      const trap = portTrap(state);
      tracker.trap(trap, [parse(trap) ?? []].flat());
    };
    tell('Offline');
    tracker.poll(own.slice(0, 1));
    // The trap had another severity.
    expect(transitions).toEqual(['trap raised', 'poll updated']);
    tracker.poll(own);
    expect(tracker.active().length).toBe(own.length);
    transitions.length = 0;
    tracker.poll(own);
    expect(transitions).toEqual([]);
    tell('Online');
    expect(transitions).toEqual(own.map(() => 'trap cleared'));
    expect(tracker.active()).toEqual([]);
  });

  it('passes on unknown codes and text that is not UTF-8', () => {
    const description = octets('Symmetrix 1 Fan F1 : L\u00fcfter ausgefallen.', 'latin1');
    expect(parse(trapOf({ ...TRACE, code: 4711, description, componentType: 9999 }))).toMatchObject(
      {
        alert_id: '4711',
        alert_name: '4711',
        description: 'Symmetrix 1 Fan F1 : Lüfter ausgefallen.',
        location: 'Array id=000192601409,Component name=SRP_1,Event source=symmetrix',
      },
    );
  });

  it.each(['severity', 'code', 'description'] as const)('asks for a poll without %s', (field) => {
    expect(() => parse(trapOf({ ...TRACE, [field]: octets('') }))).toThrow(
      IncompleteTrapInformation,
    );
  });

  it('leaves other traps alone', () => {
    expect(parse({ ...trapOf({}), trap_oid: '1.3.6.1.6.3.1.1.5.1' })).toBeUndefined();
  });
});

describe('a Unisphere that several backends share', () => {
  it('gives each backend its own traps only', () => {
    const trap = {
      version: 'v2c',
      pdu_type: 'trap',
      trap_oid: '1.3.6.1.3.94.0.4',
      varbinds: [
        { oid: '1.3.6.1.3.94.1.6.1.20.1', type: 'OctetString', value: 'Symmetrix 000297900330' },
        { oid: '1.3.6.1.3.94.1.11.1.3.1', type: 'OctetString', value: '7' },
        { oid: '1.3.6.1.3.94.1.11.1.6.1', type: 'Integer', value: 5 },
        { oid: '1.3.6.1.3.94.1.11.1.9.1', type: 'OctetString', value: 'Disk is now Offline' },
        { oid: '1.3.6.1.4.1.1139.3.8888.2.1', type: 'Integer', value: 1204 },
      ],
      source: '192.0.2.7',
      received_at: 1_790_000_000_000,
    } as const;
    const read = (array_id: string) =>
      driver.parseAlert?.(trap, {
        storageId: 's',
        timezone: 'UTC',
        options: { array_id },
      });
    expect(read('000297900330')).toMatchObject({ alert_id: '1204' });
    expect(read('000297900331')).toEqual([]);
  });
});
