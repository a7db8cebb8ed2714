/** Alarms of DeviceManager and its ISM alarm traps (MIB ISM-STORAGE-SVC, 1.3.6.1.4.1.2011.2.91.10). */
import {
  AlertSchema,
  byPath,
  identifier,
  IncompleteTrapInformation,
  lookup,
  positive,
  recordsOf,
  scaled,
  text,
  varbindText,
  varbindTime,
  zonedTime,
  type Alert,
  type FieldSources,
  type Foreign,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import { plainText } from './records.ts';

/** Columns of the reported alarm. */
const ALARM = '1.3.6.1.4.1.2011.2.91.10.3.1.1';
const COLUMN = {
  nodeCode: `${ALARM}.1`,
  location: `${ALARM}.2`,
  advice: `${ALARM}.3`,
  title: `${ALARM}.4`,
  type: `${ALARM}.5`,
  level: `${ALARM}.6`,
  alarmId: `${ALARM}.7`,
  time: `${ALARM}.8`,
  serial: `${ALARM}.9`,
  information: `${ALARM}.10`,
  category: `${ALARM}.11`,
} as const;

const TRAP_SEVERITY = { '1': 'Critical', '2': 'Major', '3': 'Minor', '4': 'Warning', '5': 'Informational' } as const; // prettier-ignore
const TRAP_CATEGORY = { '1': 'Fault', '2': 'Recovery', '3': 'Event' } as const;
const TRAP_TYPE = {
  '1': 'CommunicationsAlarm',
  '2': 'EquipmentAlarm',
  '3': 'ProcessingErrorAlarm',
  '4': 'QualityOfServiceAlarm',
  '5': 'EnvironmentalAlarm',
  '6': 'QualityOfServiceAlarm',
} as const;

const SEVERITY = {
  '2': 'Informational',
  '3': 'Warning',
  '4': 'Minor',
  '5': 'Major',
  '6': 'Critical',
} as const;
/** Operation logs, run logs and the like happened: they have no end. */
const CATEGORY = { '0': 'Event', '1': 'Fault', '2': 'Recovery', '3': 'Event', '4': 'Event', '10': 'Event' } as const; // prettier-ignore

/** Every alarm has a serial number of its own, which its recovery repeats. */
const SOURCE = {
  resource_type: () => 'Storage',
  match_key: (_, { sequence_number: serial }) => serial && `sequence:${serial}`,
} as const satisfies FieldSources<Alert>;

const toTrapAlerts = recordsOf(AlertSchema, {
  alert_id: ({ alarmId }) => decimal(String(alarmId)),
  alert_name: byPath('title', readable),
  severity: ['level', TRAP_SEVERITY],
  category: ['category', TRAP_CATEGORY],
  type: ['type', TRAP_TYPE],
  sequence_number: ({ serial }) => identifier(serial)?.trim(),
  occur_time: 'occurred',
  description: byPath('information', readable),
  recovery_advice: byPath('advice', readable),
  location({ nodeCode, location }) {
    const node = identifier(nodeCode);
    const parts = [node && `Node code=${node}`, readable(location)];
    return parts.filter((part) => part !== undefined).join(',') || undefined;
  },
  ...SOURCE,
});

export function parseAlert(trap: Trap, { timezone }: TrapContext): Alert | undefined {
  if (!trap.varbinds.some(({ oid }) => oid.startsWith(`${ALARM}.`))) return undefined;
  const columns = Object.entries(COLUMN).map(([name, oid]) => [name, varbindText(trap, oid)]);
  const said: Foreign = Object.fromEntries(columns);
  if (said['alarmId'] === undefined || said['category'] === undefined) {
    throw new IncompleteTrapInformation('the alarm trap lacks its alarm id or its category');
  }
  const octets = varbindTime(trap, COLUMN.time, timezone);
  return toTrapAlerts([{ ...said, occurred: octets ?? printedTime(said['time'], timezone) }])[0];
}

/** DateAndTime octets; gateways print them, with or without zone. */
const PRINTED_TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[,\s]+(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?(?:,?([+-])(\d{1,2}):(\d{1,2}))?$/;

function printedTime(written: unknown, timezone: string): number | undefined {
  const parts = PRINTED_TIME.exec(identifier(written)?.trim() ?? '');
  if (!parts) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map(Number);
  const millisecond = Math.round(Number(`0.${parts[7] ?? '0'}`) * 1000);
  const clock = { year, month, day, hour, minute, second, millisecond };
  const sign = parts[8];
  if (sign === undefined) return zonedTime(clock, timezone);
  const offsetMinutes = Number(parts[9]) * 60 + Number(parts[10]);
  return zonedTime(clock, 'UTC') - (sign === '+' ? 1 : -1) * offsetMinutes * 60_000;
}

/** Some firmwares send texts as printed hexadecimal octets. */
function readable(value: unknown): string | undefined {
  const printed = /^0x((?:[0-9a-f]{2})+)$/i.exec(identifier(value) ?? '')?.[1];
  return plainText(printed ? Buffer.from(printed, 'hex').toString('utf8') : value);
}

/** Alarm ids are 64-bit numbers, written in decimal by the REST interface. */
function decimal(id: string): string {
  const written = id.trim();
  return /^0x[0-9a-f]+$/i.test(written) ? BigInt(written).toString() : written;
}

/** Cleared by hand, recovered: still listed for a moment, but over. */
const OVER = new Set(['2', '4']);

export const toAlerts = recordsOf(AlertSchema, {
  alert_id: byPath('eventID|strEventID', identifier),
  alert_name: byPath('name', plainText),
  severity: ['level', SEVERITY],
  category: (alarm) =>
    OVER.has(text(alarm['alarmStatus']) ?? '')
      ? 'Recovery'
      : lookup(CATEGORY, alarm['eventType'] ?? alarm['type']),
  type: 'NotSpecified',
  sequence_number: byPath('sequence', identifier),
  occur_time: ({ startTime: seconds }) => scaled(positive(seconds), 1000),
  description: byPath('description', plainText),
  recovery_advice: byPath('suggestion', plainText),
  location: byPath('location', plainText),
  ...SOURCE,
});
