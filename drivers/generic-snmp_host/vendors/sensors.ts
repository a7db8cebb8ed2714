/** LM-SENSORS-MIB, which net-snmp serves where the kernel knows its board: no states, numbers alone. */
import type { PartsSection } from './shape.ts';

const sensors = (
  type: PartsSection['type'],
  table: number,
  measures: NonNullable<PartsSection['measures']>,
): PartsSection => ({
  type,
  table: `1.3.6.1.4.1.2021.13.16.${table}`,
  name: { column: 2 },
  measures,
});

/** Thousandths of a degree, revolutions per minute, thousandths of a volt. */
export const LM_SENSORS: readonly PartsSection[] = [
  sensors('temperature', 2, { temperature: { column: 3, per: 1_000 } }),
  sensors('fan', 3, { fan_speed: { column: 3 } }),
  sensors('voltage', 4, { voltage: { column: 3, per: 1_000 } }),
];
