/** Events of the log and traps as alerts: one key, one severity and one category from both roads. */
import {
  compact,
  IncompleteTrapInformation,
  inPeriod,
  number,
  text,
  varbindText,
  type Alert,
  type AlertQuery,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import type { Reader } from './inventory.ts';
import { clockOf, timeOf, zoneOf } from './statistics.ts';
import { firstOf, type Detail, type Row } from './table.ts';

/** What a notification of the system is: by poll its type, by trap the last number of its OID. */
const KINDS: Readonly<Record<string, Pick<Alert, 'severity' | 'category'>>> = {
  error: { severity: 'Major', category: 'Fault' },
  warning: { severity: 'Warning', category: 'Fault' },
  informational: { severity: 'Informational', category: 'Event' },
  none: { severity: 'Informational', category: 'Event' },
};
const TRAPS: Readonly<Record<string, string>> = {
  '1': 'error',
  '2': 'warning',
  '3': 'informational',
};

/** Alerts and monitored events that are neither fixed nor expired: what the console shows. */
const LIST = 'lseventlog -monitoring yes -message no';

/** Details of an event are kept for as long as its line in the list stays the same. */
export function createAlertList({ cli, parts, context, system }: Reader) {
  let kept = new Map<string, { readonly line: string; readonly event: Row }>();

  async function eventOf(row: Row): Promise<Row | undefined> {
    const { sequence_number: sequence = '' } = row;
    const line = JSON.stringify(row);
    const known = kept.get(sequence);
    if (known?.line === line) return known.event;
    const detail = firstOf(await cli.detail('lseventlog', sequence, hasSeverity));
    const event = { ...row, ...detail, sequence_number: sequence };
    kept.set(sequence, { line, event });
    return event;
  }

  return async (query: AlertQuery): Promise<readonly Alert[]> => {
    const listed = (await cli.rows(LIST)).filter((row) => row['sequence_number']);
    const present = new Set(listed.map((row) => row['sequence_number']));
    kept = new Map([...kept].filter(([sequence]) => present.has(sequence)));
    // An event without its details has no severity: it is left out, told.
    const read = await parts.children(listed, eventOf);
    const events = read.filter((event) => event !== undefined);
    const zone = async () => zoneOf(await system(), context);
    const timezone = events.some(lacksEpoch) ? await parts.added(zone) : undefined;
    const alerts = withKeys(events).map(({ event, key }) => alertOf(event, timezone, key));
    return inPeriod(alerts, query);
  };
}

/** Every event has it: details without it have been cut. */
const hasSeverity = (detail: Detail) => detail.some(([name]) => name === 'notification_type');

const lacksEpoch = (event: Row) => number(event['last_timestamp_epoch']) === undefined;

/** Entries that share their key: the worst, then the newest, has it; the others add what tells them apart. */
function withKeys(events: readonly Row[]): { readonly event: Row; readonly key: string }[] {
  const rank = (event: Row) => Object.keys(KINDS).indexOf(event['notification_type'] ?? '');
  const age = (event: Row) => -Number(event['sequence_number']);
  const taken = new Set<string>();
  return events
    .toSorted((a, b) => rank(a) - rank(b) || age(a) - age(b))
    .map((event) => {
      const plain = matchKey(event);
      const exact = `${plain}|${event['event_id'] ?? ''}`;
      const keys = [plain, exact, `${exact}|${event['sequence_number'] ?? ''}`];
      const key = keys.find((one) => !taken.has(one)) ?? plain;
      taken.add(key);
      return { event, key };
    });
}

function alertOf(event: Row, timezone?: string, key = matchKey(event)): Alert {
  const epoch = number(event['last_timestamp_epoch']);
  const name =
    text(event['event_id_text']) ?? text(event['error_code_text']) ?? text(event['description']);
  const kind = KINDS[event['notification_type'] ?? ''];
  return compact<Alert>({
    alert_id: text(event['event_id']) ?? text(event['error_code']) ?? 'unknown',
    alert_name: name,
    severity: kind?.severity ?? 'NotSpecified',
    category: kind?.category ?? 'Fault',
    type: 'EquipmentAlarm',
    sequence_number: text(event['sequence_number']),
    occur_time:
      epoch === undefined ? timeOf(clockOf(event['last_timestamp']), timezone) : epoch * 1000,
    description: name,
    resource_type: text(event['object_type']),
    location: locationOf(event),
    match_key: key,
  });
}

/** The name of the object; enclosures, drives and the like have a number only. */
function locationOf(event: Row): string | undefined {
  const id = text(event['object_id']);
  const type = text(event['object_type']);
  return text(event['object_name']) ?? (id && type ? `${type} ${id}` : undefined);
}

/**
 * What is wrong with which object. Some firmware writes the error code where the event's id belongs
 * in a trap: where there is an error code, it is the key.
 */
function matchKey(event: Row): string {
  const what = text(event['error_code']) ?? text(event['event_id']);
  const where = ['object_type', 'object_id', 'copy_id'].map((field) => event[field]?.trim() ?? '');
  return [what ?? '', ...where].join('|');
}

const MIB = '1.3.6.1.4.1.2.6.190';
/** v1 traps have a zero before the specific code. */
const TRAP = new RegExp(String.raw`^${MIB.replaceAll('.', String.raw`\.`)}\.(?:0\.)?([123])$`);

/** By the columns of the log that say the same. */
const FIELDS = {
  error_id: 3,
  error_code: 4,
  sequence_number: 9,
  timestamp: 10,
  object_type: 11,
  object_id: 12,
  copy_id: 15,
  object_name: 17,
} as const;

/** Every value is text of the form "# Error ID = 981004 : FC discovery occurred". */
export function parseAlert(trap: Trap, { timezone }: TrapContext): Alert | undefined {
  const kind = TRAPS[TRAP.exec(trap.trap_oid)?.[1] ?? ''];
  if (kind === undefined) return undefined;
  const said: Row = Object.fromEntries(
    Object.entries(FIELDS).map(([column, field]) => {
      const value = varbindText(trap, `${MIB}.4.${field}`);
      return [column, value?.replace(/^[^=]*=/, '').trim() ?? ''];
    }),
  );
  const { error_id = '', error_code, timestamp, ...source } = said;
  const [, id, name = ''] = /^(\S+)\s*(?::\s*(.*))?$/s.exec(error_id) ?? [];
  if (id === undefined) {
    throw new IncompleteTrapInformation(`trap ${trap.trap_oid} without the event's id`);
  }
  const numbers = numbersOf(id, error_code);
  const event = { ...source, ...numbers, event_id_text: name, notification_type: kind };
  return compact<Alert>({ ...alertOf(event), occur_time: writtenTime(timestamp, timezone) });
}

/** Ids of events have six digits, error codes four; firmware differs in what it writes where. */
function numbersOf(id: string, code: string | undefined): Row {
  const written = [id, text(code?.split(/\s/, 1)[0])].filter((one) => one !== undefined);
  const error = written.find((one) => /^\d{4}$/.test(one));
  const event = written.find((one) => one !== error);
  return { ...(event && { event_id: event }), ...(error && { error_code: error }) };
}

/** "Tue Nov 10 09:08:27 2020", in the system's zone. */
function writtenTime(value: string | undefined, timezone: string): number | undefined {
  const [, date, clock, year] =
    /^\w{3}\s+(\w{3}\s+\d+)\s+(\d+:\d+:\d+)\s+(?:\S+\s+)?(\d{4})$/.exec(value ?? '') ?? [];
  const asUtc = Date.parse(`${date} ${year} ${clock} UTC`);
  return Number.isNaN(asUtc) ? undefined : timeOf(asUtc, timezone);
}
