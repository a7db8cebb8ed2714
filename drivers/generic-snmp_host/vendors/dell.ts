/** Dell PowerEdge by its iDRAC: storage sections of IDRAC-MIB-SMIv2. */
import type { PartsSection, States, Vendor } from './shape.ts';

const ROOT = '1.3.6.1.4.1.674.10892.5';
/** ObjectStatusEnum: 1 other, 2 unknown, 3 ok, 4 non-critical, 5 critical, 6 non-recoverable. */
const STATUS: States = {
  1: 'unknown', 2: 'unknown', 3: 'normal', 4: 'degraded', 5: 'abnormal', 6: 'abnormal',
}; // prettier-ignore
/** Of probes: 3 ok, 4 and 7 beyond a warning, 5 and 8 beyond a critical bound, 6, 9 and 10 failed. */
const PROBE: States = {
  1: 'unknown', 2: 'unknown', 3: 'normal', 4: 'degraded', 5: 'abnormal', 6: 'abnormal', 7: 'degraded',
  8: 'abnormal', 9: 'abnormal', 10: 'abnormal',
}; // prettier-ignore
const MIB = 1_048_576;

/** Columns 5 and 8 of every table of parts: its state and where it is. */
const part = (type: PartsSection['type'], table: string, states: States): PartsSection => ({
  type,
  table: `${ROOT}.4.${table}`,
  name: { column: 8 },
  status: [{ column: 5, states }],
});

export const dell: Vendor = {
  vendor: 'Dell',
  tables: 'IDRAC-MIB',
  objectIds: [ROOT],
  probes: [`${ROOT}.2.1.0`],
  identity: {
    model: `${ROOT}.1.3.12.0`,
    serial: `${ROOT}.1.3.2.0`,
    firmware: `${ROOT}.1.1.8.0`,
  },
  health: [
    { oid: `${ROOT}.2.1.0`, what: 'system', states: STATUS },
    { oid: `${ROOT}.2.3.0`, what: 'storage', states: STATUS },
  ],
  disks: {
    table: `${ROOT}.5.1.20.130.4`,
    name: { column: 55 },
    status: [{ column: 24, states: STATUS }],
    manufacturer: { column: 3 },
    model: { column: 6 },
    serial: { column: 7 },
    firmware: { column: 8 },
    total: { column: 11, unit: MIB },
    measures: { endurance_remaining: { column: 49, per: 100 } },
  },
  parts: [
    { ...part('fan', '700.12', PROBE), measures: { fan_speed: { column: 6 } } },
    {
      ...part('temperature', '700.20', PROBE),
      measures: { temperature: { column: 6, per: 10 } },
    },
    part('power_supply', '600.12', STATUS),
  ],
  volumes: {
    table: `${ROOT}.5.1.20.140.1`,
    name: { column: 2 },
    status: [{ column: 20, states: STATUS }],
    total: { column: 6, unit: MIB },
  },
};
