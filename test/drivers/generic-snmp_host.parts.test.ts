/** Parts of the hardware: vendors' tables and scalars, sensors of net-snmp, what disks say of themselves. */
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/generic-snmp_host/index.ts';
import { parseHostTrap } from '../../drivers/generic-snmp_host/traps.ts';
import type { Component, Trap } from '../../src/driver/index.ts';
import { openDriver, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import { startMibAgent, tableOf, type Mib, type MibAgent } from '../../src/testing/snmp-mib.ts';

const system = (objectId: string): Mib => ({
  '1.3.6.1.2.1.1.1.0': 'a box',
  '1.3.6.1.2.1.1.2.0': { oid: objectId },
  '1.3.6.1.2.1.1.3.0': 4_711,
});
const NET_SNMP = '1.3.6.1.4.1.8072.3.2.10';

async function withAgent<T>(
  mib: Mib,
  use: (opened: OpenedDriver, agent: MibAgent) => Promise<T>,
): Promise<T> {
  await using agent = await startMibAgent(mib);
  const access = { snmp: { host: '127.0.0.1', port: agent.port, community: 'c' } };
  await using opened = openDriver(driver, access);
  return await use(opened, agent);
}

const without = (records: readonly Fields[]) =>
  records.map(({ storage_id: _storage, ...record }) => record);
const partsOf = async (opened: OpenedDriver) =>
  without((await opened.list('listComponents')) as readonly Fields[]);
const part = (id: string, type: Component['type'], fields: Fields = {}) => ({
  native_component_id: `${type}/${id}`,
  name: id,
  type,
  ...fields,
});

const SYNOLOGY = '1.3.6.1.4.1.6574';
const synology: Mib = {
  ...system(NET_SNMP),
  [`${SYNOLOGY}.1.1.0`]: 1,
  [`${SYNOLOGY}.1.2.0`]: 44,
  [`${SYNOLOGY}.1.3.0`]: 1,
  [`${SYNOLOGY}.1.4.1.0`]: 2,
  [`${SYNOLOGY}.1.4.2.0`]: 1,
  [`${SYNOLOGY}.1.5.1.0`]: 'DS920+',
  ...tableOf(`${SYNOLOGY}.2.1`, {
    2: { 0: 'Disk 1', 1: 'Disk 2', 2: 'Disk 3' },
    5: { 0: 1, 1: 1, 2: 1 },
    6: { 0: 31, 1: 29, 2: 40 },
    9: { 0: 0, 1: 12, 2: 0 },
    // Rotating disks have no life to tell.
    11: { 0: 93, 1: -1, 2: 255 },
    13: { 0: 1, 1: 1, 2: 1 },
  }),
};

describe('Synology', () => {
  it('has fans, power supply, temperature; disks with temperature, bad sectors and life', async () => {
    await withAgent(synology, async (opened) => {
      expect(await partsOf(opened)).toEqual([
        {
          native_component_id: 'power supply',
          name: 'power supply',
          type: 'power_supply',
          status: 'ok',
        },
        { native_component_id: 'system fan', name: 'system fan', type: 'fan', status: 'degraded' },
        { native_component_id: 'processor fan', name: 'processor fan', type: 'fan', status: 'ok' },
        {
          native_component_id: 'temperature',
          name: 'temperature',
          type: 'temperature',
          temperature: 44,
        },
      ]);
      expect(await opened.list('listDisks')).toMatchObject([
        { name: 'Disk 1', temperature: 31, media_errors: 0, endurance_remaining: 0.93 },
        { name: 'Disk 2', temperature: 29, media_errors: 12 },
        { name: 'Disk 3', temperature: 40, media_errors: 0 },
      ]);
      const lives = (await opened.list('listDisks')) as readonly Fields[];
      expect(lives.filter((disk) => 'endurance_remaining' in disk)).toHaveLength(1);
      expect(opened.drops).toEqual([]);
    });
  });

  it('has a UPS where one is there: the words of its status, its charge', async () => {
    const charge = Buffer.from([0x9f, 0x78, 0x04, 0, 0, 0, 0]);
    charge.writeFloatBE(85, 3);
    const ups = (status: string): Mib => ({
      ...synology,
      [`${SYNOLOGY}.4.2.1.0`]: status,
      [`${SYNOLOGY}.4.3.1.1.0`]: charge,
    });
    for (const [status, state] of [
      ['OL', 'ok'],
      ['OB DISCHRG', 'degraded'],
      ['OB LB', 'failed'],
      ['BYPASS', 'unknown'],
    ] as const) {
      await withAgent(ups(status), async (opened) => {
        const found = (await partsOf(opened)).find(({ name }) => name === 'UPS');
        expect(found).toMatchObject({ type: 'battery', status: state, charge_ratio: 0.85 });
        // The fan, not the UPS.
        expect((await opened.getStorage()).status).toBe('degraded');
      });
    }
  });
});

it('a temperature that has no answer any more is told for the parts, and no alert depends on it', async () => {
  await withAgent(synology, async (opened, agent) => {
    const before = [await partsOf(opened), await opened.alerts()];
    agent.damage = ({ type, oids }) =>
      type === 'get' && oids.includes(`${SYNOLOGY}.1.2.0`) ? { status: 5 } : undefined;
    const after = [await partsOf(opened), await opened.alerts()];
    expect(after).toEqual([before[0]?.filter((one) => !('temperature' in one)), before[1]]);
    expect(opened.told.map(({ call }) => call)).toEqual(['listComponents']);
  });
});

describe('servers', () => {
  const IDRAC = '1.3.6.1.4.1.674.10892.5';
  const dell: Mib = {
    ...system('1.3.6.1.4.1.674.10892.5'),
    [`${IDRAC}.2.1.0`]: 3,
    ...tableOf(`${IDRAC}.4.700.12`, {
      5: { '1.1': 3, '1.2': 10 },
      6: { '1.1': 5_200, '1.2': 0 },
      8: { '1.1': 'Fan1A', '1.2': 'Fan1B' },
    }),
    ...tableOf(`${IDRAC}.4.700.20`, {
      5: { '1.1': 3, '1.2': 4 },
      6: { '1.1': 232, '1.2': 815 },
      8: { '1.1': 'Inlet Temp', '1.2': 'CPU1 Temp' },
    }),
    ...tableOf(`${IDRAC}.4.600.12`, { 5: { '1.1': 5 }, 8: { '1.1': 'PS1 Status' } }),
  };

  it('of Dell: fans in revolutions, tenths of degrees, power supplies; what is broken is an alert', async () => {
    await withAgent(dell, async (opened) => {
      expect(await partsOf(opened)).toEqual([
        { ...part('1.1', 'fan', { name: 'Fan1A', status: 'ok', fan_speed: 5_200 }) },
        { ...part('1.2', 'fan', { name: 'Fan1B', status: 'failed', fan_speed: 0 }) },
        { ...part('1.1', 'temperature', { name: 'Inlet Temp', status: 'ok', temperature: 23.2 }) },
        {
          ...part('1.2', 'temperature', {
            name: 'CPU1 Temp',
            status: 'degraded',
            temperature: 81.5,
          }),
        },
        { ...part('1.1', 'power_supply', { name: 'PS1 Status', status: 'failed' }) },
      ]);
      expect(
        (await opened.alerts())?.map(({ match_key: key, severity }) => [key, severity]),
      ).toEqual([
        ['health/fan/1.2', 'Critical'],
        ['health/temperature/1.2', 'Major'],
        ['health/power supply/1.1', 'Critical'],
      ]);
    });
  });

  it('of Dell: a table that fails costs its own parts, told; no state is made up', async () => {
    await withAgent(dell, async (opened, agent) => {
      const whole = await partsOf(opened);
      agent.damage = ({ oids }) =>
        oids.some((oid) => oid.startsWith(`${IDRAC}.4.700.12`)) ? { status: 5 } : undefined;
      expect(await partsOf(opened)).toEqual(whole.filter(({ type }) => type !== 'fan'));
      expect(opened.told.map(({ call }) => call)).toContain('listComponents');
      agent.damage = undefined;
      expect(await partsOf(opened)).toEqual(whole);
    });
  });

  it('of HPE: what is not fitted is no part', async () => {
    const ILO = '1.3.6.1.4.1.232';
    const hpe: Mib = {
      ...system('1.3.6.1.4.1.232.9.4.11'),
      [`${ILO}.3.1.3.0`]: 2,
      ...tableOf(`${ILO}.6.2.6.7`, { 4: { '0.1': 3, '0.2': 2 }, 9: { '0.1': 2, '0.2': 1 } }),
      ...tableOf(`${ILO}.6.2.6.8`, { 4: { '0.1': 21, '0.2': 0 }, 6: { '0.1': 2, '0.2': 1 } }),
      ...tableOf(`${ILO}.6.2.9.3`, {
        3: { '0.1': 3, '0.2': 3 },
        4: { '0.1': 2, '0.2': 4 },
        7: { '0.1': 110, '0.2': 0 },
      }),
      ...tableOf(`${ILO}.3.2.5.1`, { 6: { '0.1': 2 }, 37: { '0.1': 2 }, 70: { '0.1': -1 } }),
    };
    await withAgent(hpe, async (opened) => {
      expect(await partsOf(opened)).toEqual([
        part('0.1', 'fan', { status: 'ok' }),
        part('0.1', 'temperature', { status: 'ok', temperature: 21 }),
        part('0.1', 'power_supply', { status: 'ok', power: 110 }),
        part('0.2', 'power_supply', { status: 'failed', power: 0 }),
      ]);
      const [disk] = (await opened.list('listDisks')) as readonly Fields[];
      expect(disk).not.toHaveProperty('temperature');
    });
  });
});

describe('boxes', () => {
  it('of QNAP: temperatures and revolutions as numbers and as text', async () => {
    const NAS = '1.3.6.1.4.1.24681.1.2';
    const older: Mib = {
      ...system(NET_SNMP),
      [`${NAS}.12.0`]: 'TS-963X',
      [`${NAS}.5.0`]: '43 C/109 F',
      [`${NAS}.6.0`]: '--',
      ...tableOf(`${NAS}.15`, { 2: { 1: 'System FAN 1' }, 3: { 1: '1042 RPM' } }),
      ...tableOf(`${NAS}.11`, {
        2: { 1: 'HDD1' }, 3: { 1: '37 C/98 F' }, 4: { 1: 0 }, 7: { 1: 'GOOD' },
      }),
    }; // prettier-ignore
    await withAgent(older, async (opened) => {
      expect(await partsOf(opened)).toEqual([
        {
          native_component_id: 'processor temperature',
          name: 'processor temperature',
          type: 'temperature',
          temperature: 43,
        },
        part('1', 'fan', { name: 'System FAN 1', fan_speed: 1_042 }),
      ]);
      expect(await opened.list('listDisks')).toMatchObject([{ temperature: 37 }]);
    });
    const QTS = '1.3.6.1.4.1.55062.1';
    const newer: Mib = {
      ...system(NET_SNMP),
      [`${QTS}.12.3.0`]: 'TS-873A',
      [`${QTS}.12.11.0`]: 38,
      [`${QTS}.12.19.0`]: -1,
      ...tableOf(`${QTS}.12.9`, { 2: { 1: 'System Fan 1' }, 3: { 1: 777 } }),
      ...tableOf(`${QTS}.10.2`, { 2: { 1: 7 }, 7: { 1: 'Good' }, 8: { 1: 24 } }),
    };
    await withAgent(newer, async (opened) => {
      expect(await partsOf(opened)).toEqual([
        {
          native_component_id: 'power supply',
          name: 'power supply',
          type: 'power_supply',
          status: 'degraded',
        },
        {
          native_component_id: 'system temperature',
          name: 'system temperature',
          type: 'temperature',
          temperature: 38,
        },
        part('1', 'fan', { name: 'System Fan 1', fan_speed: 777 }),
      ]);
      expect(await opened.list('listDisks')).toMatchObject([{ temperature: 24 }]);
    });
  });

  it('of Western Digital: words with numbers in them', async () => {
    const WD = '1.3.6.1.4.1.5127.1.1.1.6.1';
    const mib: Mib = {
      ...system('1.3.6.1.4.1.5127.1.1.1.6'),
      [`${WD}.2.0`]: '5.26.300',
      [`${WD}.7.0`]: 'Centigrade:34 \tFahrenheit:93',
      [`${WD}.8.0`]: 'fan0: running    ',
      ...tableOf(`${WD}.10`, { 3: { 1: 'WD40' }, 5: { 1: 'Centigrade:37' } }),
    };
    await withAgent(mib, async (opened) => {
      expect(await partsOf(opened)).toEqual([
        {
          native_component_id: 'temperature',
          name: 'temperature',
          type: 'temperature',
          temperature: 34,
        },
        { native_component_id: 'fan', name: 'fan', type: 'fan', status: 'ok' },
      ]);
      // A fan that turns says nothing of the whole.
      expect((await opened.getStorage()).status).toBe('unknown');
      expect(await opened.list('listDisks')).toMatchObject([{ temperature: 37 }]);
    });
  });

  it('of TrueNAS: temperatures of the disks that the standard tables name', async () => {
    const TRUENAS = '1.3.6.1.4.1.50536';
    const mib: Mib = {
      ...system('1.3.6.1.4.1.50536'),
      [`${TRUENAS}.1.3.1.0`]: 1,
      ...tableOf(`${TRUENAS}.3`, { 2: { 1: 'sda', 2: 'sdz' }, 3: { 1: 31_000, 2: 30_000 } }),
      ...tableOf('1.3.6.1.4.1.2021.13.15.1', { 2: { 1: 'sda', 2: 'sdb' } }),
    };
    await withAgent(mib, async (opened) => {
      expect(await opened.list('listDisks')).toMatchObject([
        { native_disk_id: 'sda', temperature: 31 },
        { native_disk_id: 'sdb' },
      ]);
      expect(await partsOf(opened)).toEqual([]);
    });
  });
});

describe('any host', () => {
  it('has the sensors of LM-SENSORS-MIB, in degrees, revolutions and volts', async () => {
    const SENSORS = '1.3.6.1.4.1.2021.13.16';
    const mib: Mib = {
      ...system(NET_SNMP),
      ...tableOf(`${SENSORS}.2`, { 2: { 1: 'Core 0' }, 3: { 1: 41_500 } }),
      ...tableOf(`${SENSORS}.3`, { 2: { 1: 'fan1' }, 3: { 1: 1_200 } }),
      ...tableOf(`${SENSORS}.4`, { 2: { 1: 'in0' }, 3: { 1: 12_096 } }),
    };
    await withAgent(mib, async (opened) => {
      expect(await partsOf(opened)).toEqual([
        part('1', 'temperature', { name: 'Core 0', temperature: 41.5 }),
        part('1', 'fan', { name: 'fan1', fan_speed: 1_200 }),
        part('1', 'voltage', { name: 'in0', voltage: 12.096 }),
      ]);
      expect(await opened.alerts()).toEqual([]);
    });
  });
});

describe('NetApp E-Series', () => {
  it('says who it is and whether it needs attention', async () => {
    const ARRAY = '1.3.6.1.4.1.789.1123.2.500.1';
    const mib: Mib = {
      ...system('1.3.6.1.4.1.789.1123.2'),
      [`${ARRAY}.3.0`]: '122222A66666   ',
      [`${ARRAY}.6.0`]: '5700',
      [`${ARRAY}.7.0`]: 1,
    };
    await withAgent(mib, async (opened) => {
      expect(await opened.getStorage()).toMatchObject({
        vendor: 'NetApp',
        model: '5700',
        serial_number: '122222A66666',
        status: 'degraded',
      });
      expect(await opened.alerts()).toMatchObject([{ match_key: 'health/Storage/system' }]);
    });
  });

  it('sends alerts with a text and a priority', () => {
    const ARRAY = '1.3.6.1.4.1.789.1123.2.500';
    const text = (value: string) => ({ type: 'OctetString', value: Buffer.from(value) }) as const;
    const trap = {
      trap_oid: `${ARRAY}.0.2`,
      received_at: 1,
      varbinds: [
        { oid: `${ARRAY}.2.3`, ...text('Place controller offline') },
        { oid: `${ARRAY}.2.7`, ...text('Critical') },
      ],
    } as unknown as Trap;
    expect(parseHostTrap(trap)).toMatchObject({
      alert_id: 'ssStorageArrayAlert',
      severity: 'Critical',
      category: 'Event',
      description: 'Place controller offline',
    });
  });
});
