import {
  IncompleteTrapInformation,
  type Alert,
  type Trap,
  type Varbind,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { parseAlert } from '../../drivers/hitachi-vsp/alerts.ts';
import driver from '../../drivers/hitachi-vsp/index.ts';
import { faults } from '../kit/faults.ts';
import { openDriver } from '../../src/testing/open.ts';
import { startVsp } from '../simulators/hitachi-vsp/index.ts';

const VARBINDS = '1.3.6.1.4.1.116.5.11.4.2';
const octets = (column: number, value: string): Varbind => ({
  oid: `${VARBINDS}.${column}.0`,
  type: 'OctetString',
  value: new TextEncoder().encode(value),
});

function trapOf(specific: number, varbinds: readonly Varbind[]): Trap {
  return {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: `1.3.6.1.4.1.116.3.11.4.1.1.0.${specific}`,
    varbinds,
    source: '192.0.2.10',
    received_at: 0,
  };
}

const REPORT = [
  { oid: `${VARBINDS}.1.0`, type: 'Integer', value: 410_123 } satisfies Varbind,
  octets(2, 'VSP-Größe'),
  octets(3, '7D1700'),
  octets(5, '2026/07/01'),
  octets(6, '14:10:10'),
  octets(7, 'Drive blockade'),
];

describe('traps', () => {
  const context = { storageId: 's', timezone: 'Europe/Berlin' };

  it.each([
    [1, 'Critical'],
    [2, 'Major'],
    [3, 'Warning'],
    [4, 'Informational'],
    [9, 'NotSpecified'],
  ])('severity of raidEventUser %i is %s', (specific, severity) => {
    expect((parseAlert(trapOf(specific, REPORT), context) as Alert).severity).toBe(severity);
  });

  it("reads date and time in the array's zone", () => {
    expect(parseAlert(trapOf(2, REPORT), context)).toEqual({
      alert_id: '7D1700',
      alert_name: 'Drive blockade',
      severity: 'Major',
      category: 'Fault',
      type: 'EquipmentAlarm',
      resource_type: 'Storage',
      occur_time: Date.UTC(2026, 6, 1, 12, 10, 10),
      description: 'Drive blockade',
      location: 'VSP-Größe',
      match_key: 'vsp:7d1700',
    });
  });

  it('matches the same fault in the log, where the code is decimal', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access);
    const [polled] = await opened.alerts();
    const code = polled?.match_key?.replace('vsp:', '') ?? '';
    expect(code).toMatch(/^7d[0-9a-f]{4}$/);
    const trap = trapOf(2, [octets(3, code.toUpperCase())]);
    expect((parseAlert(trap, context) as Alert).match_key).toBe(polled?.match_key);
  });

  it('without reference code asks for a poll; traps of others are not its own', () => {
    expect(() => parseAlert(trapOf(1, []), context)).toThrow(IncompleteTrapInformation);
    expect(parseAlert(trapOf(100, []), context)).toBeUndefined();
    // A command that has finished is no failure, whatever code it carries.
    expect(parseAlert(trapOf(100, REPORT), context)).toBeUndefined();
    expect(
      parseAlert({ ...trapOf(1, REPORT), trap_oid: '1.3.6.1.6.3.1.1.5.1' }, context),
    ).toBeUndefined();
  });

  it('without reference code is told with its severity and text, as an event', () => {
    const report = [octets(7, 'Drive blockade')];
    expect(parseAlert(trapOf(2, report), context)).toMatchObject({
      severity: 'Major',
      category: 'Event',
      description: 'Drive blockade',
    });
  });

  it('survives a date that is none', () => {
    const trap = trapOf(1, [octets(3, '388000'), octets(5, 'yesterday')]);
    expect((parseAlert(trap, context) as Alert).occur_time).toBeUndefined();
  });
});

describe('alerts', () => {
  it('are those of the period, in the zone of the array', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access, { timezone: 'Asia/Tokyo' });
    const all = await opened.alerts();
    const times = all.map((alert) => alert.occur_time ?? 0).sort((a, b) => a - b);
    const newest = times.at(-1) ?? 0;
    expect(newest).toBe(Date.UTC(2026, 10, 20, 3, 0, 0));
    const hour = await opened.alerts({ begin_time: newest - 3_661_000, end_time: newest });
    // Two entries of each log; those of the second controller are SIMs of the first.
    expect(hour).toHaveLength(4);
  });

  it('are in the zone that the array states, whatever is configured', async () => {
    await using array = await startVsp({ generation: 'one-b28' });
    await using opened = openDriver(driver, array.access, { timezone: 'America/New_York' });
    const times = (await opened.alerts()).map((alert) => alert.occur_time ?? 0);
    expect(Math.max(...times)).toBe(Date.UTC(2026, 10, 20, 3, 0, 0));
  });

  it('of a log that cannot be read at first: none of another log stands in for one of its own', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access, { hurried: true });
    const matches = (request: string) => request.includes('type=CTL1');
    faults.plan({ fault: '500', matches, times: Infinity });
    const first = await opened.alerts();
    faults.plan(undefined);
    expect(opened.told.map(({ error }) => error.message)).toEqual([
      expect.stringContaining('1 of 3 parts are missing'),
    ]);
    expect(first).toEqual([]);
    const whole = await opened.alerts();
    const truth = new Map(whole.map((alert) => [alert.match_key, alert]));
    faults.plan({ fault: '500', matches, times: Infinity });
    const later = await opened.alerts();
    faults.plan(undefined);
    // Both controllers log five SIMs: what was known of them stays, as bad as it was.
    expect(later.length).toBeGreaterThan(first.length);
    for (const alert of later) expect(alert).toEqual(truth.get(alert.match_key));
  });

  it('of a log that stays broken are told by the others after three polls', async () => {
    await using array = await startVsp({ broken: ['/alerts?type=CTL1'] });
    await using opened = openDriver(driver, array.access, { hurried: true });
    const counts: number[] = [];
    for (const _ of [1, 2, 3, 4]) counts.push((await opened.alerts()).length);
    expect(counts).toEqual([0, 0, 0, expect.toSatisfy((count: number) => count > 300)]);
    expect(opened.told).toHaveLength(4);
  });

  it('of a model with one log are that log', async () => {
    await using array = await startVsp({ generation: '5500' });
    await using opened = openDriver(driver, array.access);
    expect(await opened.alerts()).toHaveLength(300);
  });

  it('are not offered by models that keep them in the SVP', async () => {
    await using array = await startVsp({ generation: 'f1500' });
    await using opened = openDriver(driver, array.access);
    expect(await opened.session.offers('listAlerts')).toBe(false);
  });
});
