import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import {
  BackendError,
  IncompleteTrapInformation,
  InvalidResponse,
  NotSupported,
  Secret,
  type Session,
  type Trap,
  type TrapConfig,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseAlert } from '../../drivers/ibm-storwize_svc/alerts.ts';
import driver from '../../drivers/ibm-storwize_svc/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { openDriver, type Fields } from '../../src/testing/open.ts';
import { simulator } from '../simulators/ibm-storwize_svc/index.ts';
import { failure, openScripted } from './ibm-storwize_svc.script.ts';

describeConformance({ driver, simulator });

describe('traps', () => {
  const MIB = '1.3.6.1.4.1.2.6.190';
  const texts: Record<number, string> = {
    1: '# Machine Type = 2076124',
    3: '# Error ID = 073305 : FC ports = not operational: two',
    4: '# Error Code = 1060',
    9: '# Error Sequence Number = 100',
    10: '# Timestamp = Tue Nov 10 09:08:27 2020',
    11: '# Object Type = node',
    12: '# Object ID = 1',
    15: '# Copy ID =  ',
    17: '# Object Name = node1',
  };
  const trap = (trap_oid: string, values = texts): Trap => ({
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid,
    source: '192.0.2.5',
    received_at: 0,
    varbinds: Object.entries(values).map(([field, value]) => ({
      oid: `${MIB}.4.${field}`,
      type: 'OctetString',
      value: Buffer.from(value, 'utf8'),
    })),
  });
  const context = { storageId: 'a', timezone: 'Asia/Shanghai' };

  it.each([
    ['1', 'Major', 'Fault'],
    ['2', 'Warning', 'Fault'],
    ['3', 'Informational', 'Event'],
    ['0.1', 'Major', 'Fault'],
  ])('reads notification %s as %s %s', (kind, severity, category) => {
    expect(parseAlert(trap(`${MIB}.${kind}`), context)).toEqual({
      alert_id: '073305',
      alert_name: 'FC ports = not operational: two',
      severity,
      category,
      type: 'EquipmentAlarm',
      sequence_number: '100',
      occur_time: Date.UTC(2020, 10, 10, 1, 8, 27),
      description: 'FC ports = not operational: two',
      resource_type: 'node',
      location: 'node1',
      match_key: '1060|node|1|',
    });
  });

  it('leaves traps of others alone and asks for a poll where the event id is missing', () => {
    expect(parseAlert(trap('1.3.6.1.6.3.1.1.5.3'), context)).toBeUndefined();
    expect(parseAlert(trap(`${MIB}.4`), context)).toBeUndefined();
    expect(() =>
      parseAlert(trap(`${MIB}.1`, { 9: '# Error Sequence Number = 7' }), context),
    ).toThrow(IncompleteTrapInformation);
  });

  it('matches the event that a poll lists', async () => {
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(driver, array.access);
    const polled = (await opened.alerts()).find((alert) => alert.sequence_number === '100');
    const trapped = parseAlert(trap(`${MIB}.1`), context);
    expect(polled?.match_key).toBe(trapped?.match_key);
    expect(polled?.alert_id).toBe(trapped?.alert_id);
  });
});

describe('alerts', () => {
  it('lists those of a period, both ends included', async () => {
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(driver, array.access);
    const times = (await opened.alerts())
      .map((alert) => alert.occur_time ?? 0)
      .sort((a, b) => a - b);
    const [, begin_time = 0, , end_time = 0] = times;
    expect(await opened.alerts({ begin_time, end_time })).toHaveLength(3);
  });

  it('marks an event as fixed, and is content with one that is gone', async () => {
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(driver, array.access);
    const clear = (sequence: string) =>
      opened.session.call('clearAlert', (session: Session, signal) =>
        session.clearAlert?.(sequence, signal),
      );
    await clear('100');
    await clear('99999');
    expect((await opened.alerts()).map((alert) => alert.sequence_number)).not.toContain('100');
    expect(await failure(clear('100; rm'))).toBeInstanceOf(InvalidResponse);
    expect(array.stats.writes).toEqual(['cheventlog -fix 100', 'cheventlog -fix 99999']);
  });
});

describe('trap receivers', () => {
  const config: TrapConfig = {
    host: '192.0.2.200',
    port: 1162,
    version: 'v2c',
    community: new Secret("it's secret"),
  };

  it('adds one once, quoted, and removes it', async () => {
    await using array = await simulator.start({ seed: 3 });
    await using opened = openDriver(driver, array.access);
    const change = (method: 'addTrapConfig' | 'removeTrapConfig', changed = config) =>
      opened.session.call(method, (session: Session, signal) => session[method]?.(changed, signal));
    await change('addTrapConfig');
    await change('addTrapConfig');
    expect(array.stats.writes).toEqual([
      String.raw`mksnmpserver -ip 192.0.2.200 -port 1162 -error on -warning on -info on -community 'it'\''s secret'`,
    ]);
    await change('removeTrapConfig');
    await change('removeTrapConfig');
    expect(array.stats.writes.slice(1)).toEqual(['rmsnmpserver 1']);
  });

  it('says that v3 is not for it', async () => {
    await using opened = openScripted({ lssystem: 'id 1\nname a\n' });
    const adding = opened.session.addTrapConfig?.({ ...config, version: 'v3' }, opened.signal);
    expect(await failure(adding ?? Promise.resolve())).toBeInstanceOf(NotSupported);
  });

  it('tells no community in an error', async () => {
    await using opened = openScripted({
      lssystem: 'id 1\nname a\n',
      lssnmpserver: '',
      [String.raw`mksnmpserver -ip 192.0.2.200 -port 1162 -error on -warning on -info on -community 'it'\''s secret'`]:
        "CMMVC5717E No match was found for [it's secret].\n",
    });
    const error = await failure(
      opened.session.addTrapConfig?.(config, opened.signal) ?? Promise.resolve(),
    );
    expect(error).toBeInstanceOf(BackendError);
    expect(String(error)).not.toContain("it's secret");
  });
});

it('the configuration in the README fits the access schema', () => {
  const readme = readFileSync(
    new URL('../../drivers/ibm-storwize_svc/README.md', import.meta.url),
    'utf8',
  );
  const block = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const { backends } = parse(block) as { backends: Fields[] };
  const { name: _name, vendor, model, ...access } = backends[0] ?? {};
  expect([vendor, model]).toEqual(['ibm', 'storwize_svc']);
  expect(new Ajv({ strict: false, validateFormats: false }).validate(driver.access, access)).toBe(
    true,
  );
});
