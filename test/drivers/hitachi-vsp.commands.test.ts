/** Where a Hitachi VSP sends its traps, set and undone. */
import { errorType, Secret, type TrapConfig } from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/hitachi-vsp/index.ts';
import { openDriver, type OpenedDriver } from '../../src/testing/open.ts';
import { startVsp } from '../simulators/hitachi-vsp/index.ts';

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (reason: unknown) => reason,
  );

describe('trap receivers', () => {
  const receiver: TrapConfig = {
    host: '192.0.2.60',
    port: 162,
    version: 'v2c',
    community: new Secret('traps'),
  };
  const add = (opened: OpenedDriver, config: TrapConfig) =>
    opened.session.call('addTrapConfig', (session, signal) =>
      session.addTrapConfig?.(config, signal),
    );

  it('are added to the others and removed again', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access);
    const before = structuredClone(array.snmp);
    await add(opened, receiver);
    await add(opened, receiver);
    expect(array.snmp).toEqual({
      ...before,
      sendingTrapSetting: {
        snmpv1v2cSettings: [
          { community: 'public', sendTrapTo: ['192.0.2.50'] },
          { community: 'traps', sendTrapTo: ['192.0.2.60'] },
        ],
      },
    });
    expect(array.stats.writes).toHaveLength(1);
    await opened.session.call('removeTrapConfig', (session, signal) =>
      session.removeTrapConfig?.(receiver, signal),
    );
    expect(array.snmp).toEqual(before);
  });

  it('leave communities without receivers as they are', async () => {
    await using array = await startVsp();
    const { snmpv1v2cSettings } = array.snmp.sendingTrapSetting;
    snmpv1v2cSettings.push({ community: 'spare', sendTrapTo: [] });
    await using opened = openDriver(driver, array.access);
    const before = structuredClone(array.snmp);
    await add(opened, receiver);
    expect(array.snmp.sendingTrapSetting.snmpv1v2cSettings).toEqual([
      ...before.sendingTrapSetting.snmpv1v2cSettings,
      { community: 'traps', sendTrapTo: ['192.0.2.60'] },
    ]);
    await opened.session.call('removeTrapConfig', (session, signal) =>
      session.removeTrapConfig?.(receiver, signal),
    );
    expect(array.snmp).toEqual(before);
  });

  it.each([
    [{ version: 'v3' } as const, /v3 receivers/],
    [{ port: 1162 }, /port 162/],
    [{ version: 'v1' } as const, /one version at a time/],
  ])('%o is refused before anything is written', async (change, message) => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access);
    const error = await failure(add(opened, { ...receiver, ...change }));
    expect(errorType(error)).toBe('configuration');
    expect(String(error)).toMatch(message);
    expect(array.stats.writes).toEqual([]);
  });

  it('fail as the job that sets them', async () => {
    await using array = await startVsp();
    await using opened = openDriver(driver, array.access);
    const error = await failure(add(opened, { ...receiver, host: '0.0.0.0' }));
    expect(errorType(error)).toBe('backend');
    expect(String(error)).toMatch(/Failed.*ended abnormally/);
  });
});
