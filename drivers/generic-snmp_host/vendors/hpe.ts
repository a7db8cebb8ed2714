/** HPE ProLiant by its iLO: drive arrays of CPQIDA-MIB, fans, power supplies and temperatures of CPQHLTH-MIB. */
import type { States, Vendor } from './shape.ts';

const ROOT = '1.3.6.1.4.1.232';
/** 1 other. */
const CONDITION: States = { 1: 'unknown', 2: 'normal', 3: 'degraded', 4: 'abnormal' };
/** 2 ok, 3 failed, 4 predictive failure. */
const DRIVE: States = { 1: 'unknown', 2: 'normal', 3: 'abnormal', 4: 'degraded' };
/** 2 ok, 3 failed, 5 recovering, 6 ready to rebuild, 7 rebuilding. */
const LOGICAL: States = {
  1: 'unknown', 2: 'normal', 3: 'abnormal', 5: 'degraded', 6: 'degraded', 7: 'degraded',
}; // prettier-ignore
/** 1 other, 2 absent, 3 present. */
const ABSENT = (column: number) => ({ column, values: ['2'] });
const MIB = 1_048_576;

export const hpe: Vendor = {
  vendor: 'HPE',
  tables: 'CPQIDA-MIB, CPQHLTH-MIB',
  objectIds: [`${ROOT}.9.4`, ROOT],
  probes: [`${ROOT}.3.1.3.0`],
  identity: { model: `${ROOT}.2.2.4.2.0`, serial: `${ROOT}.2.2.2.1.0` },
  health: [{ oid: `${ROOT}.3.1.3.0`, what: 'drive arrays', states: CONDITION }],
  disks: {
    table: `${ROOT}.3.2.5.1`,
    name: { column: 64 },
    status: [
      { column: 6, states: DRIVE },
      { column: 37, states: CONDITION },
    ],
    model: { column: 3 },
    firmware: { column: 4 },
    serial: { column: 51 },
    total: { column: 45, unit: MIB },
    measures: { temperature: { column: 70 } },
  },
  parts: [
    {
      type: 'fan',
      table: `${ROOT}.6.2.6.7`,
      without: ABSENT(4),
      status: [{ column: 9, states: CONDITION }],
    },
    {
      type: 'temperature',
      table: `${ROOT}.6.2.6.8`,
      // Sensors that are not fitted say 0.
      only: [{ column: 4, pattern: /^0$/, not: true }],
      status: [{ column: 6, states: CONDITION }],
      measures: { temperature: { column: 4 } },
    },
    {
      type: 'power_supply',
      table: `${ROOT}.6.2.9.3`,
      without: ABSENT(3),
      status: [{ column: 4, states: CONDITION }],
      measures: { power: { column: 7 } },
    },
  ],
  volumes: {
    table: `${ROOT}.3.2.3.1`,
    status: [{ column: 4, states: LOGICAL }],
    total: { column: 9, unit: MIB },
  },
};
