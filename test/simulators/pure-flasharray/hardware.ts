/** Controllers, drives, ports and the other parts of the simulated array. */
import type { Random } from '../../kit/data.ts';
import type { Controller, Drive, FlashArray, Interface, Part, Target } from './types.ts';

const GBIT = 1_000_000_000;
const IQN = 'iqn.2010-06.com.purestorage:flasharray.7b1b42b9580af8aa';
const NQN = 'nqn.2010-06.com.purestorage:flasharray.7b1b42b9580af8aa';

export function hardwareOf(
  random: Random,
): Pick<FlashArray, 'controllers' | 'hardware' | 'drives' | 'interfaces' | 'targets'> {
  const drives = makeDrives();
  return {
    controllers: CONTROLLERS,
    hardware: makeParts(random, drives),
    drives,
    interfaces: makeInterfaces(),
    targets: makeTargets(),
  };
}

const CONTROLLERS: readonly Controller[] = (
  [
    ['CT1', 'array_controller', 'secondary', 'not ready', 'FA-X50R3', '6.4.9'],
    ['CT0', 'array_controller', 'primary', 'ready', 'FA-X70R3', '6.4.10'],
    ['CT2', 'array_controller', 'offline', 'unknown', 'FA-X70R3', '6.4.10'],
    ['CT3', 'array_controller', 'not present', 'not ready', 'FA-X70R3', '6.4.10'],
    ['SH9.SC0', 'shelf_controller', 'primary', 'updating', 'DFSC1', '1.0'],
    ['SH9.SC1', 'shelf_controller', 'secondary', 'unknown', 'DFSC1', '1.0'],
    ['SH9.SC2', 'shelf_controller', 'secondary', 'sleepy', 'DFSC1', '1.0'],
  ] as const
).map(([name, type, mode, status, model, version]) => ({
  name,
  type,
  mode,
  status,
  model,
  version,
}));

const DRIVE_STATES = [
  'healthy', 'unhealthy', 'failed', 'missing', 'recovering', 'unadmitted', 'unrecognized',
  'updating', 'identifying', 'empty', 'dusty',
] as const; // prettier-ignore

function makeDrives(): Drive[] {
  const drives = DRIVE_STATES.map((status, index): Drive => ({
    name: `CH0.BAY${index}`,
    type: 'SSD',
    protocol: index % 2 === 0 ? 'NVMe' : 'SAS',
    status,
    capacity: status === 'empty' ? null : 1_920_383_410_176 + index,
  }));
  const more = (name: string, type: string, protocol: string | null): Drive => ({
    name,
    type,
    protocol,
    status: 'healthy',
    capacity: 16 * 2 ** 30,
  });
  return [
    ...drives,
    more('CH0.NVB0', 'NVRAM', 'NVMe'),
    more('SH9.BAY0', 'cache', 'NVMe'),
    more('SH9.BAY1', 'SSD', 'carrier pigeon'),
    more('VD0', 'virtual', null),
    ...Array.from({ length: 20 }, (_, index) => more(`SH9.BAY${index + 2}`, 'SSD', 'NVMe')),
  ];
}

const STATES = ['ok', 'critical', 'degraded', 'not_installed', 'unused', 'identifying', 'unknown', 'tired']; // prettier-ignore

function makeParts(random: Random, drives: readonly Drive[]): Part[] {
  const part = (name: string, type: string, more: Partial<Part> = {}): Part => ({
    name,
    type,
    status: 'ok',
    serial: null,
    model: null,
    slot: null,
    speed: null,
    temperature: null,
    voltage: null,
    ...more,
  });
  const port = (
    name: string,
    type: string,
    speed: number | null,
    status = 'ok',
    slot: number | null = null,
  ) => part(name, type, { speed, status, slot });
  return [
    part('CH0', 'chassis', { model: 'M_SERIES', serial: 'PCHFL20090047' }),
    part('SH9', 'storage_shelf', { model: 'DFS1', serial: 'PSHFL1' }),
    ...CONTROLLERS.map(({ name, model }) =>
      part(name, 'controller', { model, serial: `PCT-${name}` }),
    ),
    ...STATES.map((status, index) => part(`CT0.FAN${index}`, 'cooling', { status })),
    ...Array.from({ length: 24 }, (_, index) =>
      part(`CT1.TMP${index}`, 'temp_sensor', { temperature: random.integer(-5, 60) }),
    ),
    part('CH0.PWR0', 'power_supply', { model: 'DPS-1600AB-13 U', serial: 'JKND1', voltage: 239 }),
    part('CH0.PWR1', 'power_supply', { status: 'not_installed' }),
    part('SH9.IOM0', 'sas_module'),
    part('CT0.DCA', 'direct_compress_accelerator', { slot: 2 }),
    part('CT0.FLUX', 'flux_capacitor'),
    ...drives
      .filter(({ type }) => type !== 'virtual')
      .map(({ name, type, status }) =>
        part(name, type === 'NVRAM' ? 'nvram_bay' : 'drive_bay', {
          serial: status === 'empty' ? null : `PFM-${name}`,
          status: status === 'empty' ? 'not_installed' : 'ok',
        }),
      ),
    port('CT0.ETH0', 'eth_port', GBIT),
    port('CT0.ETH1', 'eth_port', 0),
    port('CT0.ETH4', 'eth_port', 10 * GBIT),
    port('CT0.ETH5', 'eth_port', 25 * GBIT, 'degraded'),
    port('CT0.ETH6', 'eth_port', 0, 'unused'),
    port('CT0.ETH7', 'eth_port', null, 'not_installed'),
    port('CT0.FC0', 'fc_port', 16 * GBIT, 'ok', 0),
    port('CT0.FC1', 'fc_port', 0, 'critical', 0),
    port('CT1.ETH0', 'eth_port', GBIT, 'identifying'),
    port('CT1.ETH14', 'eth_port', 25 * GBIT, 'ok', 1),
    port('CT1.FC0', 'fc_port', 32 * GBIT, 'unknown', 0),
    port('CT0.SAS0', 'sas_port', 12 * GBIT),
    port('CT0.IB0', 'ib_port', null, 'grumpy'),
  ];
}

function makeInterfaces(): Interface[] {
  const base: Interface = {
    name: '',
    kind: 'eth',
    isEnabled: true,
    services: [],
    speed: 25 * GBIT,
    address: null,
    mask: null,
    mac: null,
    vlan: null,
    subtype: 'physical',
    wwn: null,
  };
  const eth = (
    name: string,
    services: readonly string[],
    more: Partial<Interface> = {},
  ): Interface => ({
    ...base,
    name,
    services,
    mac: '24:a9:37:0d:e8:ba',
    ...more,
  });
  const fc = (name: string, wwn: string): Interface => ({
    ...base,
    name,
    kind: 'fc',
    services: ['scsi-fc'],
    speed: 32 * GBIT,
    subtype: null,
    wwn,
  });
  const v4 = (last: number) => ({ address: `192.0.2.${last}`, mask: '255.255.255.0' });
  return [
    eth('ct0.eth0', ['management'], { ...v4(11), speed: GBIT }),
    eth('ct1.eth0', ['management'], { address: '2001:db8::12', mask: '64', speed: GBIT }),
    eth('ct0.eth1', ['management'], { isEnabled: false, ...v4(13) }),
    eth('vir0', ['management'], { ...v4(10), subtype: 'vif' }),
    eth('ct0.eth4', ['iscsi'], v4(20)),
    eth('ct0.eth4.222', ['iscsi'], { vlan: 222, subtype: 'vif' }),
    eth('ct0.eth4.333', [], { vlan: 333, subtype: 'vif' }),
    eth('ct0.eth5', ['replication', 'file'], { address: '2001:db8::20/64' }),
    eth('ct0.eth6', []),
    eth('ct1.eth14', ['nvme-tcp'], v4(21)),
    eth('replbond', ['replication'], { subtype: 'lacp_bond', speed: 0 }),
    eth('sparebond', [], { subtype: 'failover_bond' }),
    eth('@offload.data0', ['app'], { subtype: 'vif' }),
    eth('filevip', ['file'], { ...v4(30), subtype: 'vif' }),
    eth('newvif', ['teleport'], { subtype: 'vif' }),
    fc('CT0.FC0', '52:4A:93:71:AF:4E:82:00'),
    fc('CT0.FC1', '52:4A:93:71:AF:4E:82:01'),
    fc('CT1.FC0', '52:4A:93:71:AF:4E:82:10'),
    ...Array.from({ length: 8 }, (_, index) => eth(`vif${index}`, ['file'], { subtype: 'vif' })),
  ];
}

/** One row for each portal. */
function makeTargets(): Target[] {
  const none = { wwn: null, iqn: null, nqn: null, portal: null };
  return [
    { ...none, name: 'CT0.FC0', wwn: '52:4A:93:71:AF:4E:82:00' },
    { ...none, name: 'CT0.FC1', wwn: '52:4A:93:71:AF:4E:82:01' },
    { ...none, name: 'CT1.FC0', wwn: '52:4A:93:71:AF:4E:82:10' },
    { ...none, name: 'CT0.ETH4', iqn: IQN, portal: '192.0.2.20:3260' },
    { ...none, name: 'CT0.ETH4', iqn: IQN, portal: '192.0.2.120:3260' },
    { ...none, name: 'CT1.ETH14', nqn: NQN, portal: '192.0.2.21:4420' },
  ];
}
