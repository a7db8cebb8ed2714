/**
 * Western Digital My Cloud: one MIB per model, the same below 5127.1.1.1.<model>. Health of disks is not in
 * it; sizes of volumes are rounded to two digits ("7.2T"), those of file systems are exact.
 */
import type { States, Vendor } from './shape.ts';

const ROOT = '1.3.6.1.4.1.5127.1.1.1';
const MODELS: Readonly<Record<string, string>> = {
  1: 'My Cloud EX4',
  2: 'My Cloud EX2',
  6: 'My Cloud EX4100',
  8: 'My Cloud EX2 Ultra',
  9: 'My Cloud PR2100',
  10: 'My Cloud PR4100',
};

/** A fan that stands still while it is cool is no fault. */
const FAN: States = { 'fan0: running': 'normal', 'fan0: stop': 'unknown' };

export const wd: readonly Vendor[] = Object.entries(MODELS).map(([number, model]) => {
  const nas = `${ROOT}.${number}.1`;
  return {
    vendor: 'Western Digital',
    tables: `MIB of ${model}`,
    objectIds: [`${ROOT}.${number}`],
    probes: [`${nas}.2.0`],
    identity: { firmware: `${nas}.2.0` },
    models: { [`${ROOT}.${number}`]: model },
    health: [
      {
        what: 'temperature',
        type: 'temperature' as const,
        measures: { temperature: { oid: `${nas}.7.0` } },
      },
      { what: 'fan', type: 'fan' as const, oid: `${nas}.8.0`, states: FAN },
    ],
    disks: {
      table: `${nas}.10`,
      manufacturer: { column: 2 },
      model: { column: 3 },
      serial: { column: 4 },
      total: { column: 6, powersOf: 1_000 },
      measures: { temperature: { column: 5 } },
    },
    pools: { table: `${nas}.9`, name: { column: 2 } },
  };
});
