/** Alarms of DeviceManager and its ISM alarm traps (MIB ISM-STORAGE-SVC, 1.3.6.1.4.1.2011.2.91.10). */
import {
  compact,
  identifier,
  IncompleteTrapInformation,
  lookup,
  number,
  text,
  varbindText,
  varbindTime,
  zonedTime,
  type Alert,
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
const matchKey = (serial: string | undefined): string | undefined => serial && `sequence:${serial}`;

export function parseAlert(trap: Trap, context: TrapContext): Alert | undefined {
  if (!trap.varbinds.some(({ oid }) => oid.startsWith(`${ALARM}.`))) return undefined;
  const alarmId = varbindText(trap, COLUMN.alarmId);
  const category = varbindText(trap, COLUMN.category);
  if (alarmId === undefined || category === undefined) {
    throw new IncompleteTrapInformation('the alarm trap lacks its alarm id or its category');
  }
  const serial = varbindText(trap, COLUMN.serial)?.trim();
  return compact<Alert>({
    alert_id: decimal(alarmId),
    alert_name: readable(varbindText(trap, COLUMN.title)),
    severity: lookup(TRAP_SEVERITY, varbindText(trap, COLUMN.level)) ?? 'NotSpecified',
    category: lookup(TRAP_CATEGORY, category) ?? 'NotSpecified',
    type: lookup(TRAP_TYPE, varbindText(trap, COLUMN.type)),
    sequence_number: serial,
    occur_time: trapTime(trap, context),
    description: readable(varbindText(trap, COLUMN.information)),
    recovery_advice: readable(varbindText(trap, COLUMN.advice)),
    resource_type: 'Storage',
    location: trapLocation(trap),
    match_key: matchKey(serial),
  });
}

function trapLocation(trap: Trap): string | undefined {
  const node = varbindText(trap, COLUMN.nodeCode);
  const location = readable(varbindText(trap, COLUMN.location));
  const parts = [node && `Node code=${node}`, location].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(',');
}

/** DateAndTime octets; gateways print them, with or without zone. */
const PRINTED_TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[,\s]+(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?(?:,?([+-])(\d{1,2}):(\d{1,2}))?$/;

function trapTime(trap: Trap, { timezone }: TrapContext): number | undefined {
  const octets = varbindTime(trap, COLUMN.time, timezone);
  if (octets !== undefined) return octets;
  const parts = PRINTED_TIME.exec(varbindText(trap, COLUMN.time)?.trim() ?? '');
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
function readable(value: string | undefined): string | undefined {
  const printed = /^0x((?:[0-9a-f]{2})+)$/i.exec(value ?? '')?.[1];
  return plainText(printed ? Buffer.from(printed, 'hex').toString('utf8') : value);
}

/** Alarm ids are 64-bit numbers, written in decimal by the REST interface. */
function decimal(id: string): string {
  const written = id.trim();
  return /^0x[0-9a-f]+$/i.test(written) ? BigInt(written).toString() : written;
}

/** Cleared by hand, recovered: still listed for a moment, but over. */
const OVER = new Set(['2', '4']);

export function toAlert(alarm: Foreign): Alert {
  const serial = identifier(alarm['sequence']);
  const started = number(alarm['startTime']);
  const over = OVER.has(text(alarm['alarmStatus']) ?? '');
  return compact<Alert>({
    alert_id: identifier(alarm['eventID']) ?? identifier(alarm['strEventID']) ?? '',
    alert_name: plainText(alarm['name']),
    severity: lookup(SEVERITY, alarm['level']) ?? 'NotSpecified',
    category: over ? 'Recovery' : (lookup(CATEGORY, alarm['eventType'] ?? alarm['type']) ?? 'NotSpecified'), // prettier-ignore
    type: 'NotSpecified',
    sequence_number: serial,
    occur_time: started ? started * 1000 : undefined,
    description: plainText(alarm['description']),
    recovery_advice: plainText(alarm['suggestion']),
    resource_type: 'Storage',
    location: plainText(alarm['location']),
    match_key: matchKey(serial),
  });
}
