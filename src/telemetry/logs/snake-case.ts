import { ALERT_TYPES, CATEGORIES, SEVERITIES } from '../../driver/alerts.ts';

/** `EquipmentAlarm` -> `equipment_alarm`. */
export function snakeCase(name: string): string {
  return KNOWN.get(name) ?? convert(name);
}

function convert(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
}

const KNOWN: ReadonlyMap<string, string> = new Map(
  [...SEVERITIES, ...CATEGORIES, ...ALERT_TYPES].map((name) => [name, convert(name)]),
);
