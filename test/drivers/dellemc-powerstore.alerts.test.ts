/** Dell PowerStore: alerts of polls and of traps, and what an operator's commands change. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  IncompleteTrapInformation,
  type Alert,
  type Trap,
  type TrapConfig,
} from 'delfin-agent/driver';
import { Secret } from '../../src/driver/secret.ts';
import { toAlerts } from '../../drivers/dellemc-powerstore/alerts.ts';
import driver from '../../drivers/dellemc-powerstore/index.ts';
import { openDriver, TEST_SYSTEM, type OpenedDriver } from '../../src/testing/open.ts';
import { start } from '../simulators/dellemc-powerstore/index.ts';

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of cleanup.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function opened() {
  const running = await start({ seed: 7, volumes: 6, snapshots: 4 });
  cleanup.push(running);
  const open = openDriver(driver, running.access);
  cleanup.push(open);
  return { running, open };
}

const ENTERPRISE = '1.3.6.1.4.1.1139.205.1';

function trap(oid: string, fields: Readonly<Record<number, string>>): Trap {
  return {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: oid,
    varbinds: Object.entries(fields).map(([column, value]) => ({
      oid: `${ENTERPRISE}.1.${column}`,
      type: 'OctetString',
      value: new TextEncoder().encode(value),
    })),
    source: '192.0.2.1',
    received_at: 1_700_000_000_000,
  };
}

const parse = (one: Trap) =>
  driver.parseAlert?.(one, { storageId: TEST_SYSTEM, timezone: 'Europe/Berlin' }) as Alert;

const FIELDS = {
  1: '0x01800103',
  2: 'Größe: all configured DNS servers are unavailable.',
  3: 'DNS servers availability status. (fully_unavailable)',
  4: 'appliance',
  5: 'A1',
  6: 'PS-appliance-1',
  7: 'ACTIVE',
  8: 'A1',
  9: '2022-11-25T10:36:16.822Z',
  10: '2022-11-06T04:23:29.278Z',
  11: '',
};

describe('traps', () => {
  it.each([
    ['2.1', 'Critical', 'Fault'],
    ['2.2', 'Major', 'Fault'],
    ['2.3', 'Minor', 'Fault'],
    ['2.4', 'Informational', 'Event'],
    ['2.0.2', 'Major', 'Fault'],
  ])('%s is %s, %s', (oid, severity, category) => {
    expect(parse(trap(`${ENTERPRISE}.${oid}`, FIELDS))).toEqual({
      alert_id: '0x01800103',
      alert_name: FIELDS[2],
      description: FIELDS[2],
      severity,
      category,
      type: 'EquipmentAlarm',
      resource_type: 'appliance',
      location: 'appliance:PS-appliance-1',
      occur_time: Date.UTC(2022, 10, 6, 4, 23, 29, 278),
      match_key: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('end with CLEARED, by the key of the fault', () => {
    const [raised, cleared] = [FIELDS, { ...FIELDS, 7: 'CLEARED' }].map((fields) =>
      parse(trap(`${ENTERPRISE}.2.2`, fields)),
    );
    expect(cleared?.category).toBe('Recovery');
    expect(cleared?.match_key).toBe(raised?.match_key);
  });

  it('of others are left alone, and one that says nothing asks for a poll', () => {
    expect(parse(trap('1.3.6.1.6.3.1.1.5.3', FIELDS))).toBeUndefined();
    expect(parse(trap(`${ENTERPRISE}.1.2`, FIELDS))).toBeUndefined();
    expect(() => parse(trap(`${ENTERPRISE}.2.2`, { 5: 'A1' }))).toThrow(IncompleteTrapInformation);
  });

  it('have the key of the polled alert, whatever its text and times', () => {
    const row = {
      id: 'a',
      event_code: '0x01800103',
      severity: 'Major',
      resource_type: 'appliance',
      resource_id: 'A1',
      description_l10n: 'in other words',
      state: 'ACTIVE',
    };
    const [polled] = toAlerts([row]);
    expect(polled?.match_key).toBe(parse(trap(`${ENTERPRISE}.2.2`, FIELDS)).match_key);
  });
});

describe('polled alerts', () => {
  const row = (id: string, minute: number, state = 'ACTIVE') => ({
    id,
    event_code: '0x1',
    severity: 'Major',
    resource_type: 'volume',
    resource_id: 'v',
    description_l10n: 'It fails.',
    raised_timestamp: `2026-01-01T10:0${minute}:00+00:00`,
    state,
  });

  it('that say the same keep keys of their own, whichever comes first in the list', () => {
    const keys = (rows: readonly ReturnType<typeof row>[]) =>
      new Map(toAlerts(rows).map((alert) => [alert.sequence_number, alert.match_key]));
    const [first, second] = [row('b', 1), row('a', 2)];
    const both = keys([first, second]);
    expect(new Set(both.values()).size).toBe(2);
    expect(keys([second, first])).toEqual(both);
    expect(keys([first]).get('b')).toBe(both.get('b'));
  });

  it('are over when cleared, not when acknowledged', () => {
    const acknowledged = { ...row('b', 2), is_acknowledged: true };
    expect(toAlerts([row('a', 1, 'CLEARED'), acknowledged])).toHaveLength(1);
  });
});

describe('commands', () => {
  const change = (
    open: OpenedDriver,
    method: 'addTrapConfig' | 'removeTrapConfig',
    to: TrapConfig,
  ) =>
    open.session.call(method, async (session, signal) => {
      await session[method]?.(to, signal);
      return true;
    });
  const V2C: TrapConfig = { host: '192.0.2.50', port: 1162, version: 'v2c', community: new Secret('c0mmunity') }; // prettier-ignore
  const key = new Secret('passphrase');
  const V3: TrapConfig = {
    host: '192.0.2.51',
    port: 162,
    version: 'v3',
    user: {
      name: 'delfin',
      auth: { protocol: 'sha256', key },
      priv: { protocol: 'aes256r', key },
    },
  };

  it.each([V2C, V3])('adds a trap target once and removes it: $version', async (config) => {
    const { open, running } = await opened();
    await change(open, 'addTrapConfig', config);
    await change(open, 'addTrapConfig', config);
    await change(open, 'removeTrapConfig', config);
    expect(running.stats.writes.map((write) => write.replace(/[0-9a-f-]{36}/, 'ID'))).toEqual([
      'POST /api/rest/snmp_server',
      'DELETE /api/rest/snmp_server/ID',
    ]);
  });

  it('says what the array cannot do before it writes', async () => {
    const { open, running } = await opened();
    const user = V3.user ?? { name: '' };
    const wrong: TrapConfig[] = [
      { ...V2C, version: 'v1' },
      { ...V2C, port: 1_023 },
      { host: '192.0.2.50', port: 162, version: 'v2c' },
      { ...V3, user: { ...user, auth: { protocol: 'sha512', key } } },
      { ...V3, user: { ...user, priv: { protocol: 'aes256', key: new Secret('another one') } } },
    ];
    for (const config of wrong) {
      await expect(change(open, 'addTrapConfig', config)).rejects.toThrow(ConfigurationError);
    }
    expect(running.stats.writes).toEqual([]);
  });

  it('acknowledges an alert', async () => {
    const { open, running } = await opened();
    const [alert] = running.truth.alerts as readonly Alert[];
    const id = alert?.sequence_number ?? '';
    const done = await open.session.call('clearAlert', (session, signal) =>
      session.clearAlert?.(id, signal),
    );
    expect(done).toMatch(/acknowledged/);
    expect(running.stats.writes).toEqual([`PATCH /api/rest/alert/${id}`]);
  });
});
