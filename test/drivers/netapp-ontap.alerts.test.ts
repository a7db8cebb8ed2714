/** Traps of NETWORK-APPLIANCE-MIB, and how they meet the events of the array. */
import { describe, expect, it } from 'vitest';
import { IncompleteTrapInformation, type Alert, type Trap } from 'delfin-agent/driver';
import driver from '../../drivers/netapp-ontap/index.ts';
import { createAlertTracker } from '../../src/backend/alerts/tracker.ts';
import { openDriver } from '../../src/testing/open.ts';
import { start } from '../simulators/netapp-ontap/index.ts';

const ENTERPRISE = '1.3.6.1.4.1.789';

function trap(number: number, words?: string): Trap {
  const octets = (value: string) => Buffer.from(value, 'utf8');
  return {
    version: 'v1',
    pdu_type: 'trap',
    trap_oid: `${ENTERPRISE}.0.${number}`,
    varbinds: [
      ...(words === undefined
        ? []
        : [{ oid: `${ENTERPRISE}.1.1.12.0`, type: 'OctetString' as const, value: octets(words) }]),
      { oid: `${ENTERPRISE}.1.1.9.0`, type: 'OctetString', value: octets('721809000001') },
    ],
    source: '192.0.2.11',
    received_at: 1_700_000_000_000,
  };
}

const parse = (one: Trap) =>
  driver.parseAlert?.(one, { storageId: 's', timezone: 'UTC' }) as Alert | undefined;

async function polled(): Promise<readonly Alert[]> {
  await using array = await start({});
  await using opened = openDriver(driver, array.access);
  return await opened.alerts();
}

const RESOURCE = 'aggr1: 1.0, left';
const RAISED = `A Health Monitor has created an alert. [Alert Id = RaidLeftBehindAggrAlert , Alerting Resource = ${RESOURCE}].`;
const CLEARED = `A Health Monitor has clear an alert. [Alert Id = RaidLeftBehindAggrAlert , Alerting Resource = ${RESOURCE}].`;

describe('traps', () => {
  it('of the health monitor are the same fault as its event, and its end', async () => {
    const raised = parse(trap(862, RAISED));
    const event = (await polled()).find((one) => one.alert_id === 'RaidLeftBehindAggrAlert');
    expect(raised).toMatchObject({
      alert_id: 'RaidLeftBehindAggrAlert',
      category: 'Fault',
      severity: 'Critical',
      location: RESOURCE,
      match_key: event?.match_key,
    });
    expect(event).toMatchObject({ category: 'Fault', severity: 'Critical', location: RESOURCE });
    expect(parse(trap(867, CLEARED))).toMatchObject({
      category: 'Recovery',
      match_key: event?.match_key,
    });
  });

  it('with a resource that has brackets in it keep them', () => {
    const words = 'x [Alert Id = A , Alerting Resource = shelf[1]:bay[2], upper].';
    expect(parse(trap(862, words))?.location).toBe('shelf[1]:bay[2], upper');
  });

  it.each([
    [33, 36, 'fanFailed', 'Major'],
    [43, 46, 'powerSupplyFailed', 'Major'],
    [72, 76, 'clusterNodeFailed', 'Critical'],
    [82, 86, 'volumeFull', 'Critical'],
    [85, 86, 'volumeNearlyFull', 'Warning'],
    [95, 96, 'overTemp', 'Warning'],
    [103, 106, 'shelfFault', 'Major'],
    [113, 116, 'globalStatusCritical', 'Major'],
    [176, 177, 'quotaExceeded', 'Informational'],
    [1055, 1057, 'shelfPowerSupplyWarning', 'Warning'],
  ])('%i is a fault that %i ends', (begin, end, name, severity) => {
    const [raised, ended] = [parse(trap(begin, 'text')), parse(trap(end, 'text'))];
    expect(raised).toMatchObject({ alert_id: name, category: 'Fault', severity });
    expect(ended).toMatchObject({ category: 'Recovery', match_key: raised?.match_key });
  });

  it('of a failed fan are the fault that the events tell of first', async () => {
    const fault = (await polled()).find((one) => one.alert_id === 'monitor.fan.failed');
    expect(parse(trap(33, 'Fan 1 failed'))?.match_key).toBe(fault?.match_key);
  });

  it('made of an event have its name and severity', () => {
    expect(parse(trap(14, 'callhome.spares.low: Call home for SPARES LOW'))).toMatchObject({
      alert_id: 'callhome.spares.low',
      category: 'Event',
      severity: 'Minor',
    });
    expect(parse(trap(11, 'größe ohne Namen'))).toMatchObject({
      alert_id: 'trap 11',
      severity: 'Fatal',
      description: 'größe ohne Namen',
    });
  });

  it('made of an event that begins or ends a fault ask for a poll', () => {
    const words = 'LUN.offline: LUN /vol/v/l, vol v (DSID 3) was brought offline (UUID: 4).';
    expect(() => parse(trap(16, words))).toThrow(IncompleteTrapInformation);
    expect(() => parse(trap(862))).toThrow(IncompleteTrapInformation);
  });

  it('that nobody knows are events, those of others none of ours', () => {
    expect(parse(trap(9994))).toMatchObject({ alert_id: 'trap 9994', category: 'Event' });
    expect(parse({ ...trap(33), trap_oid: '1.3.6.1.4.1.9.0.33' })).toBeUndefined();
  });
});

describe('events', () => {
  it('are counted once and silent while nothing changes', async () => {
    const alerts = await polled();
    const states: string[] = [];
    const tracker = createAlertTracker({
      system: 's',
      onTransition: (one) => states.push(one.kind === 'alert' ? one.state : 'trap'),
    });
    tracker.poll(alerts);
    tracker.poll(alerts.toReversed());
    expect(states.toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'event'),
      ...Array.from({ length: 5 }, () => 'raised'),
    ]);
  });

  it('of a period are those of that period', async () => {
    await using array = await start({});
    await using opened = openDriver(driver, array.access);
    const begin = Date.now() - 6.5 * 3_600_000;
    const found = await opened.alerts({ begin_time: begin, end_time: Date.now() });
    expect(found.map((one) => one.alert_id).sort()).toEqual([
      'Nblade.nfsV4PoolExhaust',
      'callhome.spares.low',
    ]);
  });
});
