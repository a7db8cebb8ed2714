/**
 * QNAP: QTS-MIB (QuTS hero below 55062.2, QTS 5 below 55062.1) and NAS-MIB (24681) of older systems.
 * States of pools beyond ready, warning, error and not ready mean different things to QTS and QuTS hero.
 */
import type { PartsSection, Section, States, Vendor, VendorTrap } from './shape.ts';

const WORDS: States = {
  good: 'normal', normal: 'normal', ok: 'normal', ready: 'normal', warning: 'degraded', degraded: 'degraded',
  'degraded mode': 'degraded', 'rebuilding...': 'degraded', rebuilding: 'degraded', abnormal: 'abnormal',
  error: 'abnormal', failed: 'abnormal',
}; // prettier-ignore
const POOL: States = { 0: 'normal', '-1': 'degraded', '-2': 'offline', '-3': 'abnormal' };
/** NAS-MIB hdStatus; -4 is unknown to the system itself. */
const SLOT: States = { 0: 'normal', '-4': 'unknown', '-6': 'abnormal', '-9': 'abnormal' };

const disks = (root: string): Section => ({
  table: `${root}.10.2`,
  id: 2,
  status: [{ column: 7, states: WORDS }],
  manufacturer: { column: 3 },
  model: { column: 4 },
  serial: { column: 5 },
  total: { column: 9, unit: 1 },
  measures: { temperature: { column: 8 } },
});

/** The same columns in both MIBs: 2 name, 3 speed ("1042 RPM" in the older one). */
const fans = (table: string): PartsSection => ({
  type: 'fan',
  table,
  name: { column: 2 },
  measures: { fan_speed: { column: 3 } },
});

const modern = (root: string, tables: string): Vendor => ({
  vendor: 'QNAP',
  tables,
  objectIds: [root],
  probes: [`${root}.12.3.0`, `${root}.10.2.1.1.1`],
  identity: { model: `${root}.12.3.0`, serial: `${root}.12.5.0`, firmware: `${root}.12.6.0` },
  health: [
    {
      oid: `${root}.12.19.0`,
      what: 'power supply',
      type: 'power_supply',
      states: { 0: 'normal', '-1': 'degraded' },
    },
    {
      what: 'system temperature',
      type: 'temperature',
      measures: { temperature: { oid: `${root}.12.11.0` } },
    },
  ],
  parts: [fans(`${root}.12.9`)],
  disks: disks(root),
  groups: {
    table: `${root}.10.5`,
    name: { column: 3 },
    status: [{ column: 4, states: WORDS }],
  },
  pools: {
    table: `${root}.10.7`,
    id: 2,
    status: [{ column: 5, states: POOL }],
    total: { column: 3, unit: 1 },
    free: { column: 4, unit: 1 },
  },
});

const NAS = '1.3.6.1.4.1.24681.1.2';

const legacy: Vendor = {
  vendor: 'QNAP',
  tables: 'NAS-MIB',
  objectIds: ['1.3.6.1.4.1.24681'],
  probes: [`${NAS}.12.0`, `${NAS}.11.1.1.1`],
  identity: { model: `${NAS}.12.0` },
  health: [
    {
      what: 'processor temperature',
      type: 'temperature',
      measures: { temperature: { oid: `${NAS}.5.0` } },
    },
    {
      what: 'system temperature',
      type: 'temperature',
      measures: { temperature: { oid: `${NAS}.6.0` } },
    },
  ],
  parts: [fans(`${NAS}.15`)],
  disks: {
    table: `${NAS}.11`,
    name: { column: 2 },
    without: { column: 4, values: ['-5'] },
    status: [
      { column: 4, states: SLOT },
      { column: 7, states: WORDS },
    ],
    model: { column: 5 },
    total: { column: 6, powersOf: 1_024 },
    measures: { temperature: { column: 3 } },
  },
  volumes: {
    table: `${NAS}.17`,
    name: { column: 2 },
    status: [{ column: 6, states: WORDS }],
    total: { column: 4, powersOf: 1_024 },
  },
};

export const qnap: readonly Vendor[] = [
  modern('1.3.6.1.4.1.55062.2', 'QTS-MIB (QuTS hero)'),
  modern('1.3.6.1.4.1.55062.1', 'QTS-MIB'),
  legacy,
];

/** Notifications, and as v1 traps map to them. */
const oids = (number: number) =>
  ['24681.1.10', '55062.1.12.2', '55062.2.12.2'].flatMap((root) => [
    `1.3.6.1.4.1.${root}.${number}`,
    `1.3.6.1.4.1.${root}.0.${number}`,
  ]);
const texts = (number: number) =>
  ['24681.1.1', '55062.1.12.1', '55062.2.12.1'].map((root) => `1.3.6.1.4.1.${root}.${number}`);

const event = (number: number, message: number, name: string) =>
  ({
    oids: oids(number),
    alert_id: name,
    category: 'Event',
    type: 'EquipmentAlarm',
    text: texts(message),
  }) as const;

export const qnapTraps: readonly VendorTrap[] = [
  { ...event(1, 101, 'eventInform'), alert_name: 'Information', severity: 'Informational' },
  { ...event(2, 102, 'eventWarning'), alert_name: 'Warning', severity: 'Warning' },
  { ...event(4, 103, 'eventError'), alert_name: 'Error', severity: 'Major' },
];
