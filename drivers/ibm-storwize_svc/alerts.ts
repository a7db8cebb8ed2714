/** Events of the log and traps as alerts: one key, one severity and one category from both roads. */
import {
  AlertSchema,
  identifier,
  IncompleteTrapInformation,
  inPeriod,
  number,
  recordsOf,
  scaled,
  text,
  trapNumber,
  varbindTexts,
  withUniqueKeys,
  type Alert,
  type AlertQuery,
  type Foreign,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { word } from './records.ts';
import { clockOf, timeOf, zoneOf } from './statistics.ts';
import { firstOf, type Detail, type Row } from './table.ts';

/** What a notification of the system is, worst first: by poll its type, by trap the last number of its OID. */
const SEVERITIES = {
  error: 'Major',
  warning: 'Warning',
  informational: 'Informational',
  none: 'Informational',
} as const;
const TRAPS: Readonly<Record<string, string>> = {
  '1': 'error',
  '2': 'warning',
  '3': 'informational',
};

/** Alerts and monitored events that are neither fixed nor expired: what the console shows. */
const LIST = 'lseventlog -monitoring yes -message no';

/** Details of an event are kept for as long as its line in the list stays the same. */
export function createAlertList({ parts, rows, detail, system, context }: Client) {
  let kept: ReadonlyMap<string, Row> = new Map();

  async function eventOf(row: Row): Promise<Row> {
    const { sequence_number = '' } = row;
    const known = kept.get(JSON.stringify(row));
    if (known) return known;
    const details = firstOf(await detail('lseventlog', sequence_number, hasSeverity));
    return { ...row, ...details, sequence_number };
  }

  return async (query: AlertQuery): Promise<readonly Alert[]> => {
    const listed = (await rows(LIST)).filter((row) => row['sequence_number']);
    // An event without its details has no severity: it is left out, told.
    const read = await parts.pairs(listed, eventOf);
    kept = new Map(read.map(([row, event]) => [JSON.stringify(row), event]));
    const events = read.map(([, event]) => event).sort(byRank);
    const zone = async () => zoneOf(await system(), context);
    const timezone = events.every(epochOf) ? undefined : await parts.added(zone);
    return inPeriod(withUniqueKeys(toAlerts(events, () => ({ timezone }))), query);
  };
}

/** Every event has it: details without it have been cut. */
const hasSeverity = (detail: Detail) => detail.some(([name]) => name === 'notification_type');

const epochOf = ({ last_timestamp_epoch: seconds }: Foreign) => scaled(seconds, 1000);

/** Of entries that share their key the worst, then the newest, has it: its trap is the one that counts. */
function byRank(a: Row, b: Row): number {
  const rank = (event: Row) => Object.keys(SEVERITIES).indexOf(event['notification_type'] ?? '');
  return rank(a) - rank(b) || Number(b['sequence_number']) - Number(a['sequence_number']);
}

const idOf = word('event_id|error_code');

/** Events, or what a trap says of one, with the `timezone` of the system's clock. */
const toAlerts = recordsOf(AlertSchema, {
  alert_id: (event) => idOf(event) ?? 'unknown',
  alert_name: word('event_id_text|error_code_text|description'),
  severity: ['notification_type', SEVERITIES],
  category: ({ notification_type: type }) =>
    type === 'informational' || type === 'none' ? 'Event' : 'Fault',
  type: 'EquipmentAlarm',
  sequence_number: 'sequence_number',
  occur_time: timeIn,
  description: (_, { alert_name: name }) => name,
  resource_type: 'object_type',
  location: locationOf,
  match_key: matchKey,
});

/** Times but those of the epoch are by the system's clock. */
function timeIn(event: Foreign): number | undefined {
  const clock = clockOf(text(event['last_timestamp'])) ?? spokenClock(text(event['timestamp']));
  return epochOf(event) ?? timeOf(clock, text(event['timezone']));
}

/** "Tue Nov 10 09:08:27 2020", as if it were UTC. */
function spokenClock(written = ''): number | undefined {
  const [, date, clock, year] =
    /^\w{3}\s+(\w{3}\s+\d+)\s+(\d+:\d+:\d+)\s+(?:\S+\s+)?(\d{4})$/.exec(written) ?? [];
  return number(Date.parse(`${date} ${year} ${clock} UTC`));
}

/** The name of the object; enclosures, drives and the like have a number only. */
function locationOf(event: Foreign): string | undefined {
  const id = text(event['object_id']);
  const type = text(event['object_type']);
  return text(event['object_name']) ?? (id && type ? `${type} ${id}` : undefined);
}

/**
 * What is wrong with which object. Some firmware writes the error code where the event's id belongs
 * in a trap: where there is an error code, it is the key.
 */
function matchKey(event: Foreign): string {
  const where = ['object_type', 'object_id', 'copy_id'].map((field) => identifier(event[field]));
  return [errorOf(event) ?? '', ...where.map((one) => one?.trim() ?? '')].join('|');
}

const errorOf = word('error_code|event_id');

const MIB = '1.3.6.1.4.1.2.6.190';
/** Its variables, by the columns of the log that say the same. */
const FIELDS = {
  error_id: '1.3.6.1.4.1.2.6.190.4.3',
  error_code: '1.3.6.1.4.1.2.6.190.4.4',
  sequence_number: '1.3.6.1.4.1.2.6.190.4.9',
  timestamp: '1.3.6.1.4.1.2.6.190.4.10',
  object_type: '1.3.6.1.4.1.2.6.190.4.11',
  object_id: '1.3.6.1.4.1.2.6.190.4.12',
  copy_id: '1.3.6.1.4.1.2.6.190.4.15',
  object_name: '1.3.6.1.4.1.2.6.190.4.17',
};

/** Every value is text of the form "# Error ID = 981004 : FC discovery occurred". */
export function parseAlert(trap: Trap, { timezone }: TrapContext): Alert | undefined {
  const notification_type = TRAPS[trapNumber(trap, MIB) ?? ''];
  if (notification_type === undefined) return undefined;
  const texts = Object.entries(varbindTexts(trap, FIELDS));
  const valueOf = (written = '') => written.replace(/^[^=]*=/, '').trim();
  const said: Row = Object.fromEntries(texts.map(([column, one]) => [column, valueOf(one)]));
  const [, id, event_id_text] = /^(\S+)\s*(?::\s*(.*))?$/s.exec(said['error_id'] ?? '') ?? [];
  if (id === undefined) {
    throw new IncompleteTrapInformation(`trap ${trap.trap_oid} without the event's id`);
  }
  const numbers = numbersOf(id, said['error_code']);
  return toAlerts([{ ...said, ...numbers, event_id_text, notification_type, timezone }])[0];
}

/** Ids of events have six digits, error codes four; firmware differs in what it writes where. */
function numbersOf(id: string, code: string | undefined) {
  const written = [id, text(code?.split(/\s/, 1)[0])].filter((one) => one !== undefined);
  const error_code = written.find((one) => /^\d{4}$/.test(one));
  return { error_code, event_id: written.find((one) => one !== error_code) };
}
