/**
 * Synology DSM: SYNOLOGY-SYSTEM-MIB, SYNOLOGY-DISK-MIB, SYNOLOGY-RAID-MIB, SYNOLOGY-UPS-MIB (Synology's MIB guide). DSM
 * says no more than net-snmp in sysObjectID, and sends no traps of its own.
 */
import type { Section, States, Vendor } from './shape.ts';

const PART: States = { 1: 'normal', 2: 'degraded' };
/** Initialized and not initialized disks are unused, not broken. */
const DISK: States = { 1: 'normal', 2: 'normal', 3: 'normal', 4: 'degraded', 5: 'abnormal' };
const DISK_HEALTH: States = { 1: 'normal', 2: 'degraded', 3: 'abnormal', 4: 'abnormal' };
/** 2 repairing, 3 migrating, 4 expanding, 7 syncing, 8 parity check, 11 degraded, 12 crashed, 13 scrubbing. */
const RAID: States = {
  1: 'normal', 2: 'degraded', 3: 'normal', 4: 'normal', 7: 'normal', 8: 'normal', 11: 'degraded',
  12: 'abnormal', 13: 'normal',
}; // prettier-ignore

/** Words of Network UPS Tools: on line, on battery, low battery, replace battery, charging. */
const UPS: States = {
  ol: 'normal', 'ol chrg': 'normal', ob: 'degraded', 'ob dischrg': 'degraded', 'ob lb': 'abnormal',
  'ob dischrg lb': 'abnormal', 'ol rb': 'degraded', 'ol chrg lb': 'degraded',
}; // prettier-ignore

/** Volumes and the storage pools that they are in stand in one table. */
const raid: Section = {
  table: '1.3.6.1.4.1.6574.3.1',
  id: 2,
  name: { column: 2 },
  status: [{ column: 3, states: RAID }],
  free: { column: 4, unit: 1 },
  total: { column: 5, unit: 1 },
};

export const synology: Vendor = {
  vendor: 'Synology',
  tables: 'SYNOLOGY-SYSTEM-MIB, SYNOLOGY-DISK-MIB, SYNOLOGY-RAID-MIB, SYNOLOGY-UPS-MIB',
  objectIds: ['1.3.6.1.4.1.6574'],
  probes: ['1.3.6.1.4.1.6574.1.1.0'],
  identity: {
    model: '1.3.6.1.4.1.6574.1.5.1.0',
    serial: '1.3.6.1.4.1.6574.1.5.2.0',
    firmware: '1.3.6.1.4.1.6574.1.5.3.0',
  },
  health: [
    { oid: '1.3.6.1.4.1.6574.1.1.0', what: 'system', states: { 1: 'normal', 2: 'abnormal' } },
    { oid: '1.3.6.1.4.1.6574.1.3.0', what: 'power supply', type: 'power_supply', states: PART },
    { oid: '1.3.6.1.4.1.6574.1.4.1.0', what: 'system fan', type: 'fan', states: PART },
    { oid: '1.3.6.1.4.1.6574.1.4.2.0', what: 'processor fan', type: 'fan', states: PART },
    {
      what: 'temperature',
      type: 'temperature',
      measures: { temperature: { oid: '1.3.6.1.4.1.6574.1.2.0' } },
    },
    {
      what: 'UPS',
      type: 'battery',
      oid: '1.3.6.1.4.1.6574.4.2.1.0',
      states: UPS,
      measures: { charge_ratio: { oid: '1.3.6.1.4.1.6574.4.3.1.1.0', per: 100 } },
    },
  ],
  disks: {
    table: '1.3.6.1.4.1.6574.2.1',
    id: 2,
    name: { column: 2 },
    model: { column: 3 },
    status: [
      { column: 5, states: DISK },
      { column: 13, states: DISK_HEALTH },
    ],
    measures: {
      temperature: { column: 6 },
      media_errors: { column: 9 },
      endurance_remaining: { column: 11, per: 100 },
    },
  },
  pools: { ...raid, only: [{ column: 2, pattern: /^volume\b/i, not: true }] },
  volumes: { ...raid, only: [{ column: 2, pattern: /^volume\b/i }] },
};
