/**
 * NetApp ONTAP, the basics of NETAPP-MIB: identity, the global status, and aggregates and volumes of its
 * df. E-Series: who it is and whether it needs attention; the rest it tells by notifications only.
 */
import type { Section, Vendor, VendorTrap } from './shape.ts';

const ROOT = '1.3.6.1.4.1.789.1';
const KIB = 1_024;
/**
 * Rows of what snapshots reserve are left out; names repeat between virtual servers, the index does not.
 * dfType: 1 traditional volume, 2 flexible volume, 3 aggregate, 4 striped aggregate, 5 striped volume.
 */
const df: Section = {
  table: `${ROOT}.5.4`,
  name: { column: 2 },
  total: { column: 29, unit: KIB },
  used: { column: 30, unit: KIB },
  free: { column: 31, unit: KIB },
};

const noReserve = { column: 2, pattern: /\.snapshot$/, not: true } as const;

export const netapp: Vendor = {
  vendor: 'NetApp',
  tables: 'NETAPP-MIB',
  objectIds: ['1.3.6.1.4.1.789.2'],
  probes: [`${ROOT}.1.5.0`],
  identity: { model: `${ROOT}.1.5.0` },
  health: [
    {
      oid: `${ROOT}.2.2.4.0`,
      what: 'system',
      states: { 3: 'normal', 4: 'degraded', 5: 'abnormal', 6: 'abnormal' },
    },
  ],
  pools: { ...df, only: [{ column: 23, pattern: /^[34]$/ }, noReserve] },
  filesystems: { ...df, only: [{ column: 23, pattern: /^[125]$/ }, noReserve] },
};

const ESERIES = '1.3.6.1.4.1.789.1123';
/** ES-NETAPP-MIB, storage arrays; SM10-R3-MIB, their older management software. */
const ARRAY = `${ESERIES}.2.500`;
const MANAGER = `${ESERIES}.1.500`;

export const eseries: Vendor = {
  vendor: 'NetApp',
  tables: 'ES-NETAPP-MIB',
  objectIds: [ESERIES],
  probes: [`${ARRAY}.1.7.0`],
  identity: { model: `${ARRAY}.1.6.0`, serial: `${ARRAY}.1.3.0` },
  health: [{ oid: `${ARRAY}.1.7.0`, what: 'system', states: { 0: 'normal', 1: 'degraded' } }],
};

export const eseriesTraps: readonly VendorTrap[] = [
  {
    oids: [`${ARRAY}.0.2`],
    alert_id: 'ssStorageArrayAlert',
    alert_name: 'Storage array alert',
    severity: {
      oid: `${ARRAY}.2.7`,
      levels: { Critical: 'Critical', Warning: 'Warning', Informational: 'Informational' },
    },
    category: 'Event',
    type: 'EquipmentAlarm',
    text: [`${ARRAY}.2.3`],
  },
  {
    oids: [`${MANAGER}.0.2`],
    alert_id: 'storageArrayCritical',
    alert_name: 'Storage array critical',
    severity: 'Critical',
    category: 'Event',
    type: 'EquipmentAlarm',
    text: [`${MANAGER}.1.1.7`],
  },
];
