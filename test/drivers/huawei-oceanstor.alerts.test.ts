/** Traps, current alarms, and the operator's commands. */
import {
  IncompleteTrapInformation,
  Secret,
  type Alert,
  type Trap,
  type TrapConfig,
  type Varbind,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { toAlerts } from '../../drivers/huawei-oceanstor/alerts.ts';
import driver from '../../drivers/huawei-oceanstor/index.ts';
import { openDriver } from '../../src/testing/open.ts';
import { start } from '../simulators/huawei-oceanstor/index.ts';
import { describeWith, hasSnmptrap, run, runTraps } from '../traps/kit.ts';

const ALARM = '1.3.6.1.4.1.2011.2.91.10.3.1.1';
const TIME = Uint8Array.of(0x07, 0xe4, 6, 25, 1, 42, 26, 0);

function trapOf(
  columns: Readonly<Record<number, string | number | Uint8Array>>,
  more: readonly Varbind[] = [],
): Trap {
  const varbinds = Object.entries(columns).map(([column, value]): Varbind => {
    const oid = `${ALARM}.${column}.0`;
    if (typeof value === 'number') return { oid, type: 'Integer', value };
    return { oid, type: 'OctetString', value: typeof value === 'string' ? Buffer.from(value) : value };
  });
  return {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: '1.3.6.1.4.1.2011.2.91.10.2.1.0.1',
    varbinds: [...varbinds, ...more],
    source: '192.0.2.5',
    received_at: Date.now(),
  };
} // prettier-ignore

const RAISED = {
  1: 'Array',
  2: 'location=CTE0.A',
  3: 'Sample advice',
  4: 'Controller &#40;CTE0.A&#41; Is Offline',
  5: 2,
  6: 1,
  7: '64437092386',
  8: TIME,
  9: 4711,
  10: 'Größe: 硬盘',
  11: 1,
} as const;

const context = { storageId: 'dc1', timezone: 'UTC' };
const parse = (trap: Trap): Alert => {
  const alert = driver.parseAlert?.(trap, context);
  if (!alert || Array.isArray(alert)) throw new Error('no alert');
  return alert as Alert;
};

describe('traps', () => {
  it('a raised alarm has all its fields', () => {
    expect(parse(trapOf(RAISED))).toEqual({
      alert_id: '64437092386',
      alert_name: 'Controller (CTE0.A) Is Offline',
      severity: 'Critical',
      category: 'Fault',
      type: 'EquipmentAlarm',
      sequence_number: '4711',
      occur_time: Date.UTC(2020, 5, 25, 1, 42, 26),
      description: 'Größe: 硬盘',
      recovery_advice: 'Sample advice',
      resource_type: 'Storage',
      location: 'Node code=Array,location=CTE0.A',
      match_key: 'sequence:4711',
    });
  });

  it('its clear and the polled alarm have the same match key', async () => {
    await using array = await start();
    await using opened = openDriver(driver, array.access);
    const polled = (await opened.alerts()).find((alert) => alert.sequence_number === '4711');
    const cleared = parse(trapOf({ ...RAISED, 8: 'later', 11: 2 }));
    expect(cleared.category).toBe('Recovery');
    expect(cleared.occur_time).toBeUndefined();
    expect(new Set([polled?.match_key, cleared.match_key, parse(trapOf(RAISED)).match_key]).size).toBe(1); // prettier-ignore
  });

  it.each<[string, string | Uint8Array, number]>([
    ['octets with a zone', Uint8Array.of(...TIME, 0x2b, 2, 0), Date.UTC(2020, 5, 24, 23, 42, 26)],
    ['printed', '2020-6-25,1:42:26.0', Date.UTC(2020, 5, 25, 1, 42, 26)],
    ['printed with a zone', '2020-6-25,1:42:26.5,+2:0', Date.UTC(2020, 5, 24, 23, 42, 26, 500)],
  ])('reads a time as %s', (_, time, expected) => {
    expect(parse(trapOf({ ...RAISED, 8: time })).occur_time).toBe(expected);
  });

  it('reads texts printed as hexadecimal octets, and ids in hexadecimal', () => {
    const alert = parse(trapOf({ ...RAISED, 7: '0xf00cf0022', 10: '0x4469736b20' }));
    expect(alert).toMatchObject({ alert_id: String(0xf00cf0022), description: 'Disk' });
  });

  it('knows every level, and passes unknown ones on', () => {
    const severities = [1, 2, 3, 4].map((level) => parse(trapOf({ ...RAISED, 6: level })).severity);
    expect(severities).toEqual(['Critical', 'Major', 'Minor', 'Warning']);
    expect(parse(trapOf({ ...RAISED, 6: 77 })).severity).toContain('77');
  });

  it('a missing optional field costs that field', () => {
    const { 2: _location, 3: _advice, ...rest } = RAISED;
    const alert = parse(trapOf(rest));
    expect(alert.location).toBe('Node code=Array');
    expect(alert).not.toHaveProperty('recovery_advice');
  });

  it('an alarm without category or id asks for a poll', () => {
    const { 11: _category, ...unclear } = RAISED;
    const { 7: _id, ...nameless } = RAISED;
    expect(() => parse(trapOf(unclear))).toThrow(IncompleteTrapInformation);
    expect(() => parse(trapOf(nameless))).toThrow(IncompleteTrapInformation);
  });

  it('a trap of another kind is not ours', () => {
    const other = { oid: '1.3.6.1.2.1.2.2.1.1.3', type: 'Integer', value: 3 } as const;
    expect(driver.parseAlert?.(trapOf({}, [other]), context)).toBeUndefined();
  });
});

describe('alarms', () => {
  it('are those of the period', async () => {
    await using array = await start();
    await using opened = openDriver(driver, array.access);
    const times = (await opened.alerts()).map((alert) => alert.occur_time ?? 0).sort((a, b) => a - b); // prettier-ignore
    const [begin_time = 0, end_time = 0] = [times[10], times[20]];
    expect(await opened.alerts({ begin_time, end_time })).toHaveLength(11);
    expect(await opened.alerts({ begin_time })).toHaveLength(times.length - 10);
    expect(await opened.alerts({ end_time: begin_time - 1 })).toHaveLength(10);
  });

  it('that are over are recoveries', () => {
    const alarm = { sequence: 1, eventID: 2, eventType: 1, level: 5, startTime: 1_700_000_000 };
    const states = [1, '2', 4].map((alarmStatus) => ({ ...alarm, alarmStatus }));
    const categories = toAlerts(states).map(({ category }) => category);
    expect(categories).toEqual(['Fault', 'Recovery', 'Recovery']);
  });

  it('clears one', async () => {
    await using array = await start();
    await using opened = openDriver(driver, array.access);
    await opened.session.call('clearAlert', async (session, signal) => {
      await session.clearAlert?.('4712', signal);
      return true;
    });
    const left = (await opened.alerts()).map((alert) => alert.sequence_number);
    expect(left).toHaveLength(array.truth.alerts.length - 1);
    expect(left).not.toContain('4712');
    expect(array.stats.writes).toEqual(['DELETE /alarm/currentalarm']);
  });
});

describe('trap receivers', () => {
  const config: TrapConfig = { host: '192.0.2.9', port: 1162, version: 'v2c', community: new Secret('s') }; // prettier-ignore

  it('are added once and removed', async () => {
    await using array = await start();
    await using opened = openDriver(driver, array.access);
    const change = (method: 'addTrapConfig' | 'removeTrapConfig', wanted: TrapConfig) =>
      opened.session.call(method, async (session, signal) => {
        await session[method]?.(wanted, signal);
        return true;
      });
    await change('addTrapConfig', config);
    await change('addTrapConfig', config);
    await change('addTrapConfig', { ...config, port: 162, version: 'v3', user: { name: 'nms' } });
    await change('removeTrapConfig', config);
    await expect(change('removeTrapConfig', config)).rejects.toThrow(/sends no traps to/);
    await expect(change('addTrapConfig', { ...config, version: 'v3' })).rejects.toThrow(/USM user/);
    expect(array.stats.writes).toEqual([
      'POST /snmp_trap_addr',
      'POST /snmp_trap_addr',
      'DELETE /snmp_trap_addr/0',
    ]);
  });
});

describeWith(hasSnmptrap, 'snmptrap')('a trap that net-snmp sends', () => {
  it.each(['1', '2c'])('arrives as v%s and is read', async (version) => {
    await using traps = await runTraps({ communities: [new Secret('canary')] });
    const bindings = [
      [1, 's', 'Array'],
      [4, 's', 'Disk failed'],
      [6, 'i', '2'],
      [7, 'u', '4294967294'],
      [8, 'x', '07E40619012A1A002B0800'],
      [9, 'u', '4711'],
      [10, 's', 'Größe: 硬盘'],
      [11, 'i', '1'],
    ].flatMap(([column, type, value]) => [`${ALARM}.${column}.0`, `${type}`, `${value}`]);
    const enterprise = '1.3.6.1.4.1.2011.2.91.10.2.1';
    const head =
      version === '1' ? [enterprise, '192.0.2.5', '6', '1', '0'] : ['0', `${enterprise}.0.1`];
    await run('snmptrap', [
      '-v',
      version,
      '-c',
      'canary',
      `127.0.0.1:${traps.port}`,
      ...head,
      ...bindings,
    ]);
    const { trap } = await traps.next();
    expect(parse(trap)).toMatchObject({
      alert_id: '4294967294',
      alert_name: 'Disk failed',
      severity: 'Major',
      category: 'Fault',
      sequence_number: '4711',
      occur_time: Date.UTC(2020, 5, 24, 17, 42, 26),
      description: 'Größe: 硬盘',
      match_key: 'sequence:4711',
    });
  });
});
