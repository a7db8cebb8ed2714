/**
 * TrueNAS: TRUENAS-MIB (health of pools as text, no sizes), and FREENAS-MIB of FreeNAS 11 and before, whose
 * columns of the same numbers mean something else. Its alerts can't be listed over SNMP, so that a raised
 * one is an event; its cancellation names it.
 */
import type { States, Vendor, VendorTrap } from './shape.ts';

const ROOT = '1.3.6.1.4.1.50536';
const POOL: States = {
  online: 'normal', degraded: 'degraded', faulted: 'abnormal', offline: 'offline', unavail: 'abnormal',
  removed: 'offline', suspended: 'abnormal',
}; // prettier-ignore
const OLD_POOL: States = {
  0: 'normal', 1: 'degraded', 2: 'abnormal', 3: 'offline', 4: 'abnormal', 5: 'offline',
}; // prettier-ignore
const UNITS = { column: 3 };

export const truenas: readonly Vendor[] = [
  {
    vendor: 'TrueNAS',
    tables: 'TRUENAS-MIB',
    objectIds: [ROOT],
    probes: [`${ROOT}.1.3.1.0`],
    identity: {},
    health: [],
    pools: {
      table: `${ROOT}.1.1.1`,
      id: 2,
      name: { column: 2 },
      status: [{ column: 3, states: POOL }],
    },
    volumes: {
      table: `${ROOT}.1.2.1`,
      id: 2,
      name: { column: 2 },
      used: { column: 3, unit: 1 },
    },
    sensors: {
      table: `${ROOT}.3`,
      name: { column: 2 },
      measures: { temperature: { column: 3, per: 1_000 } },
    },
  },
  {
    vendor: 'FreeNAS',
    tables: 'FREENAS-MIB',
    objectIds: [ROOT],
    probes: [`${ROOT}.1.4.1.0`],
    identity: {},
    health: [],
    pools: {
      table: `${ROOT}.1.1.1`,
      id: 2,
      name: { column: 2 },
      status: [{ column: 7, states: OLD_POOL }],
      total: { column: 4, unit: UNITS },
      used: { column: 5, unit: UNITS },
      free: { column: 6, unit: UNITS },
    },
    volumes: {
      table: `${ROOT}.1.3.1`,
      id: 2,
      name: { column: 2 },
      total: { column: 4, unit: UNITS },
      used: { column: 5, unit: UNITS },
    },
  },
];

const ALERT_ID = `${ROOT}.2.2.1`;

export const truenasTraps: readonly VendorTrap[] = [
  {
    oids: [`${ROOT}.2.1.1`],
    alert_id: 'alert',
    alert_name: 'Alert',
    severity: {
      oid: `${ROOT}.2.2.2`,
      levels: {
        1: 'Informational',
        2: 'Informational',
        3: 'Warning',
        4: 'Major',
        5: 'Critical',
        6: 'Critical',
        7: 'Fatal',
      },
    },
    category: 'Event',
    type: 'EquipmentAlarm',
    text: [`${ROOT}.2.2.3`],
    key: ALERT_ID,
  },
  {
    oids: [`${ROOT}.2.1.2`],
    alert_id: 'alert',
    alert_name: 'Alert',
    severity: 'Informational',
    category: 'Recovery',
    type: 'EquipmentAlarm',
    key: ALERT_ID,
  },
];
