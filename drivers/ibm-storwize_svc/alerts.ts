/** Events of the log and traps as alerts. Both carry event id, object and sequence number. */
import {
  compact,
  IncompleteTrapInformation,
  inPeriod,
  lookup,
  mapConcurrent,
  number,
  text,
  varbindText,
  zonedTime,
  type Alert,
  type AlertQuery,
  type Severity,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import { isDenial, isGone, type Cli } from './client.ts';
import { CHANNELS } from './connection.ts';
import { firstOf, type Row } from './table.ts';

const SEVERITY = {
  error: 'Major',
  warning: 'Warning',
  informational: 'Informational',
  none: 'Informational',
} as const satisfies Record<string, Severity>;

/** Alerts and monitored events that are neither fixed nor expired: what the console shows. */
const LIST = 'lseventlog -monitoring yes -message no';

export async function listAlerts(cli: Cli, query: AlertQuery, timezone: () => Promise<string>) {
  const listed = (await cli.rows(LIST)).filter((row) => row['sequence_number']);
  const found = await mapConcurrent(listed, CHANNELS, async (row): Promise<Alert[]> => {
    const event = await eventOf(cli, row);
    return event ? [alertOf(event, await zoneOf(event, timezone))] : [];
  });
  return inPeriod(found.flat(), query);
}

/** The zone of an event's wall clock time; undefined where it has none or the system keeps it. */
async function zoneOf(event: Row, timezone: () => Promise<string>): Promise<string | undefined> {
  if (number(event['last_timestamp_epoch']) !== undefined || !event['last_timestamp']) {
    return undefined;
  }
  try {
    return await timezone();
  } catch (error) {
    if (isDenial(error)) return undefined;
    throw error;
  }
}

/** An event with its details, or what the list says of it; undefined if it has gone. */
async function eventOf(cli: Cli, row: Row): Promise<Row | undefined> {
  try {
    const detail = firstOf(await cli.detail('lseventlog', row['sequence_number']));
    return { ...row, ...detail, sequence_number: row['sequence_number'] ?? '' };
  } catch (error) {
    if (isGone(error)) return undefined;
    if (isDenial(error)) return row;
    throw error;
  }
}

function alertOf(event: Row, timezone: string | undefined): Alert {
  const epoch = number(event['last_timestamp_epoch']);
  const name =
    text(event['event_id_text']) ?? text(event['error_code_text']) ?? text(event['description']);
  return compact<Alert>({
    alert_id: text(event['event_id']) ?? text(event['error_code']) ?? 'unknown',
    alert_name: name,
    severity: lookup(SEVERITY, event['notification_type']) ?? 'NotSpecified',
    category: 'Fault',
    type: 'EquipmentAlarm',
    sequence_number: text(event['sequence_number']),
    occur_time: epoch === undefined ? compactTime(event['last_timestamp'], timezone) : epoch * 1000,
    description: name,
    resource_type: text(event['object_type']),
    location: text(event['object_name']),
    match_key: matchKey(
      event['event_id'],
      event['object_type'],
      event['object_id'],
      event['copy_id'],
    ),
  });
}

/** "201111165750" */
function compactTime(value: string | undefined, timezone: string | undefined): number | undefined {
  if (timezone === undefined) return undefined;
  const [, ...digits] = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(value ?? '') ?? [];
  if (digits.length === 0) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map(Number);
  return zonedTime({ year: 2000 + year, month, day, hour, minute, second }, timezone);
}

/** The log holds one entry per unfixed event of an object: a recurrence counts it up. */
function matchKey(...parts: readonly (string | undefined)[]): string {
  return parts.map((part) => part?.trim() ?? '').join('|');
}

const MIB = '1.3.6.1.4.1.2.6.190';

/** Which of the three notifications it is; v1 traps have a zero before the specific code. */
const TRAP_SEVERITY = {
  '1': 'Critical',
  '2': 'Warning',
  '3': 'Informational',
} as const satisfies Record<string, Severity>;

const FIELDS = {
  errorId: 3,
  errorCode: 4,
  sequence: 9,
  timestamp: 10,
  objectType: 11,
  objectId: 12,
  copyId: 15,
  objectName: 17,
} as const;

/** Every value is text of the form "# Error ID = 981004 : FC discovery occurred". */
export function parseAlert(trap: Trap, context: TrapContext): Alert | undefined {
  const [, kind] = new RegExp(`^${MIB.replaceAll('.', '\\.')}\\.(?:0\\.)?([123])$`).exec(
    trap.trap_oid,
  ) ?? [undefined, undefined];
  if (kind === undefined) return undefined;
  const field = (name: keyof typeof FIELDS) => {
    const value = varbindText(trap, `${MIB}.4.${FIELDS[name]}`);
    return value?.replace(/^[^=]*=/, '').trim();
  };
  const [, id, name] = /^(\S+)\s*(?::\s*(.*))?$/s.exec(field('errorId') ?? '') ?? [];
  if (id === undefined) {
    throw new IncompleteTrapInformation(`trap ${trap.trap_oid} without the event's id`);
  }
  return compact<Alert>({
    alert_id: id,
    alert_name: text(name),
    severity: lookup(TRAP_SEVERITY, kind) ?? 'NotSpecified',
    category: 'Fault',
    type: 'EquipmentAlarm',
    sequence_number: text(field('sequence')),
    occur_time: writtenTime(field('timestamp'), context.timezone),
    description: text(name),
    resource_type: text(field('objectType')),
    location: text(field('objectName')),
    match_key: matchKey(id, field('objectType'), field('objectId'), field('copyId')),
  });
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "Tue Nov 10 09:08:27 2020", in the system's zone. */
function writtenTime(value: string | undefined, timezone: string): number | undefined {
  const match = /^\w{3}\s+(\w{3})\s+(\d+)\s+(\d+):(\d+):(\d+)\s+(?:\S+\s+)?(\d{4})$/.exec(
    value ?? '',
  );
  if (!match) return undefined;
  const [, monthName = '', ...digits] = match;
  const month = MONTHS.indexOf(monthName) + 1;
  if (month === 0) return undefined;
  const [day = 0, hour = 0, minute = 0, second = 0, year = 0] = digits.map(Number);
  return zonedTime({ year, month, day, hour, minute, second }, timezone);
}
