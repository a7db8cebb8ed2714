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
  varbindTexts,
  varbindTime,
  writtenTime,
  type Alert,
  type FieldSources,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import { plainText } from './records.ts';

/** Columns of the reported alarm, by the names that its fields have in the list. */
const COLUMN = {
  nodeCode: '1.3.6.1.4.1.2011.2.91.10.3.1.1.1',
  location: '1.3.6.1.4.1.2011.2.91.10.3.1.1.2',
  suggestion: '1.3.6.1.4.1.2011.2.91.10.3.1.1.3',
  name: '1.3.6.1.4.1.2011.2.91.10.3.1.1.4',
  type: '1.3.6.1.4.1.2011.2.91.10.3.1.1.5',
  level: '1.3.6.1.4.1.2011.2.91.10.3.1.1.6',
  eventID: '1.3.6.1.4.1.2011.2.91.10.3.1.1.7',
  time: '1.3.6.1.4.1.2011.2.91.10.3.1.1.8',
  sequence: '1.3.6.1.4.1.2011.2.91.10.3.1.1.9',
  description: '1.3.6.1.4.1.2011.2.91.10.3.1.1.10',
  category: '1.3.6.1.4.1.2011.2.91.10.3.1.1.11',
} as const;
const ALARM = '1.3.6.1.4.1.2011.2.91.10.3.1.1.';

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

/** What a trap and the list tell alike. Every alarm has a serial number, which its recovery repeats. */
const ALERT = {
  alert_id: byPath('eventID|strEventID', decimal),
  alert_name: byPath('name', readable),
  sequence_number: byPath('sequence', (serial) => identifier(serial)?.trim()),
  description: byPath('description', readable),
  recovery_advice: byPath('suggestion', readable),
  resource_type: () => 'Storage',
  match_key: (_, { sequence_number: serial }) => serial && `sequence:${serial}`,
} as const satisfies FieldSources<Alert>;

const toTrapAlerts = recordsOf(AlertSchema, {
  ...ALERT,
  severity: ['level', TRAP_SEVERITY],
  category: ['category', TRAP_CATEGORY],
  type: ['type', TRAP_TYPE],
  occur_time: 'occurred',
  location({ nodeCode, location }) {
    const node = identifier(nodeCode);
    const parts = [node && `Node code=${node}`, readable(location)];
    return parts.filter((part) => part !== undefined).join(',') || undefined;
  },
});

/** Cleared by hand, recovered: still listed for a moment, but over. */
const OVER = new Set(['2', '4']);

export const toAlerts = recordsOf(AlertSchema, {
  ...ALERT,
  severity: ['level', SEVERITY],
  category: (alarm) =>
    OVER.has(text(alarm['alarmStatus']) ?? '')
      ? 'Recovery'
      : lookup(CATEGORY, alarm['eventType'] ?? alarm['type']),
  type: 'NotSpecified',
  occur_time: ({ startTime: seconds }) => scaled(positive(seconds), 1000),
  location: byPath('location', readable),
});

export function parseAlert(trap: Trap, { timezone }: TrapContext): Alert | undefined {
  if (!trap.varbinds.some(({ oid }) => oid.startsWith(ALARM))) return undefined;
  const said = varbindTexts(trap, COLUMN);
  if (said.eventID === undefined || said.category === undefined) {
    throw new IncompleteTrapInformation('the alarm trap lacks its alarm id or its category');
  }
  // DateAndTime octets; gateways print them, with or without zone.
  const octets = varbindTime(trap, COLUMN.time, timezone);
  return toTrapAlerts([{ ...said, occurred: octets ?? writtenTime(said.time, timezone) }])[0];
}

/** Some firmwares send texts as printed hexadecimal octets. */
function readable(value: unknown): string | undefined {
  const printed = /^0x((?:[0-9a-f]{2})+)$/i.exec(identifier(value) ?? '')?.[1];
  return plainText(printed ? Buffer.from(printed, 'hex').toString('utf8') : value);
}

/** Alarm ids are 64-bit numbers, written in decimal by the REST interface. */
function decimal(id: unknown): string | undefined {
  const written = identifier(id)?.trim();
  return written && /^0x[0-9a-f]+$/i.test(written) ? BigInt(written).toString() : written;
}
