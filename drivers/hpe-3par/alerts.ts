/** Alerts of `showalert -d`, of the event log and of the trap "alertNotify" (MIB below enterprise 12925). */
import {
  compact,
  identifier,
  IncompleteTrapInformation,
  InvalidResponse,
  isObject,
  lookup,
  number,
  scaled,
  signed,
  text,
  varbindTexts,
  varbindTime,
  type Alert,
  type Foreign,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import { ALERT_CODES } from './alert-codes.ts';
import type { ArrayData } from './array.ts';
import { parseTime } from './clock.ts';
import { blocksOf } from './shell.ts';
import { coded } from './states.ts';

const ENTERPRISE = '1.3.6.1.4.1.12925.';
const ENTRY = '1.3.6.1.4.1.12925.1.7.1.';
/** Columns of alertEntry; the varbinds carry the alert's index behind them. */
const OIDS = {
  severity: '1.3.6.1.4.1.12925.1.7.1.2',
  time: '1.3.6.1.4.1.12925.1.7.1.3',
  component: '1.3.6.1.4.1.12925.1.7.1.5',
  details: '1.3.6.1.4.1.12925.1.7.1.6',
  id: '1.3.6.1.4.1.12925.1.7.1.7',
  code: '1.3.6.1.4.1.12925.1.7.1.8',
  state: '1.3.6.1.4.1.12925.1.7.1.9',
} as const;

const TRAP_SEVERITIES = {
  0: 'Fatal', 1: 'Critical', 2: 'Major', 3: 'Minor', 4: 'Warning', 5: 'Informational', 6: 'NotSpecified',
} as const; // prettier-ignore

/** 0 undefined, 1 new, 2 acknowledged, 3 fixed, 4 removed, 5 fixed by itself. */
const TRAP_STATES = {
  0: 'NotSpecified', 1: 'Fault', 2: 'Fault', 3: 'Recovery', 4: 'Recovery', 5: 'Recovery',
} as const; // prettier-ignore
const FIXED_BY_ITSELF = 5;

const SEVERITIES = {
  fatal: 'Fatal', critical: 'Critical', major: 'Major', minor: 'Minor', degraded: 'Warning',
  informational: 'Informational', info: 'Informational', debug: 'NotSpecified',
} as const; // prettier-ignore

const STATES = {
  new: 'Fault', acknowledged: 'Fault', acked: 'Fault', fixed: 'Recovery', autofixed: 'Recovery',
  removed: 'Recovery', unknown: 'NotSpecified',
} as const; // prettier-ignore

/** The event log counts from 1; category 2 are alerts. */
const LOG_SEVERITIES = {
  1: 'Fatal', 2: 'Critical', 3: 'Major', 4: 'Minor', 5: 'Warning', 6: 'Informational',
  7: 'NotSpecified', 99: 'NotSpecified',
} as const; // prettier-ignore
const LOG_NEW = 1;

/** "Alert state change": its id is that of the alert it speaks of. */
const STATE_CHANGE = 0x0130002;

/** Undefined: not a trap of this array. */
export function parseAlert(trap: Trap, context: TrapContext): Alert | undefined {
  const isOwn =
    trap.trap_oid.startsWith(ENTERPRISE) || trap.varbinds.some(({ oid }) => oid.startsWith(ENTRY));
  if (!isOwn) return undefined;
  const said = varbindTexts(trap, OIDS);
  const [code, state] = [signed(said.code), signed(said.state)];
  if (code === undefined || said.id === undefined) {
    throw new IncompleteTrapInformation('the trap names neither code nor id of its alert');
  }
  return alertOf(said.id, {
    alert_id: codeText(code),
    alert_name: ALERT_CODES[code],
    severity: lookup(TRAP_SEVERITIES, signed(said.severity)) ?? 'NotSpecified',
    category: code === STATE_CHANGE ? changeOf(state, said.details) : categoryOf(state),
    sequence_number: said.id,
    occur_time:
      parseTime(said.time, context.timezone) ?? varbindTime(trap, OIDS.time, context.timezone),
    description: said.details,
    location: said.component,
    clear_category: state === FIXED_BY_ITSELF ? 'Automatic' : undefined,
  });
}

/** `key`: an alert keeps its id from the first trap to the last, and in both lists. */
function alertOf(
  key: string | undefined,
  fields: { readonly [F in keyof Alert]: Alert[F] | undefined },
): Alert {
  const match_key = key && `3par:${key}`;
  return compact<Alert>({ ...fields, type: 'EquipmentAlarm', resource_type: 'Storage', match_key });
}

const categoryOf = (state: number | undefined) => lookup(TRAP_STATES, state) ?? 'NotSpecified';

/** A change that ends the alert is its recovery; any other happens to it and is no second alert. */
function changeOf(state: number | undefined, description = ''): Alert['category'] {
  const ended = /\bto (resolved|fixed|autofixed|removed)\b/i.test(description);
  return ended || categoryOf(state) === 'Recovery' ? 'Recovery' : 'Event';
}

const FIELD =
  /^\s*(State|Message ?Code|Time|Severity|Type|Message|Component|Repeat Count|Repeated|Detailed Description|Tier)\s*:\s?(.*)$/i;

/** "7 alerts", "7 total", "Total: 7" below the last one. */
const COUNT = /^\s*(?:(\d+) (?:alerts?|total)\b|total\s*:?\s*(\d+)\s*$)/i;
/** Without them a block is cut. */
const NEEDED = ['state', 'severity', 'message'] as const;

/** Current alerts: of the command line, else of the event log. */
export function listAlerts({ shellFirst, parts, zone }: ArrayData): Promise<Alert[]> {
  return shellFirst(
    'alerts',
    async (shell) =>
      toAlerts(await shell.text('showalert -d', alertBlocksOf, undefined, []), await zone()),
    async (rest) => alertsOfLog(await rest.members('/eventlog', parts.tell, '"category EQ 2"')),
  );
}

/**
 * Blocks of `showalert -d`, one an alert.
 * @throws InvalidResponse if there are fewer than the array says, or one is cut.
 */
export function alertBlocksOf(lines: readonly string[]) {
  const [, ...blocks] = blocksOf(lines, /^\s*Id\s*:\s?(.*)$/i);
  const said = blocks.map(({ name, lines: own }) => ({ ...fieldsOf(own), id: name.trim() }));
  const [, before, after] = lines.map((line) => COUNT.exec(line)).findLast(Boolean) ?? [];
  const announced = before ?? after;
  const end: Foreign = said.at(-1) ?? {};
  const isCut = said.length > 0 && NEEDED.some((field) => end[field] === undefined);
  if (said.length < Number(announced ?? 1) || (isCut && announced === undefined)) {
    throw new InvalidResponse(
      `"showalert -d": ${said.length} alerts of ${announced ?? 'at least one'}, the last one ${isCut ? 'cut' : 'whole'}`,
    );
  }
  return { said, size: said.length, closed: announced !== undefined };
}

/** A long message goes on in the next lines. */
function fieldsOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  let last: string | undefined;
  for (const line of lines) {
    const [, title, value = ''] = FIELD.exec(line) ?? [];
    if (title !== undefined) {
      last = title.replaceAll(' ', '').toLowerCase();
      fields[last] = value.trim();
    } else if (line.trim() === '') last = undefined;
    else if (last && !COUNT.test(line)) fields[last] = `${fields[last] ?? ''} ${line.trim()}`;
  }
  return fields;
}

/** Without those that have ended. */
export function toAlerts(blocks: readonly Foreign[], timezone: string | undefined): Alert[] {
  return blocks.flatMap((block) => {
    const [id, code] = [text(block['id']), text(block['messagecode'])];
    const category = coded(STATES, block['state']) ?? 'NotSpecified';
    if (code === undefined || category === 'Recovery') return [];
    return alertOf(id, {
      alert_id: code,
      alert_name: text(block['type']) ?? ALERT_CODES[Number(code)],
      severity: coded(SEVERITIES, block['severity']) ?? 'NotSpecified',
      category,
      sequence_number: id,
      occur_time: parseTime(text(block['time']), timezone),
      description: text(block['message']),
      location: text(block['component']),
    });
  });
}

/** Members of `/eventlog`, oldest first: the last one of an alert says what has become of it. */
export function alertsOfLog(members: readonly Foreign[]): Alert[] {
  const current = new Map<string, Alert>();
  for (const member of members) {
    const info = isObject(member['alertInfo']) ? member['alertInfo'] : {};
    const own = identifier(info['alertId']) ?? identifier(info['id']);
    const entry = identifier(member['id']);
    // An entry's id is of another series than those of alerts.
    const key = own ?? `event:${entry ?? ''}`;
    const state = number(info['alertState']) ?? number(info['state']) ?? LOG_NEW;
    const code = number(info['messageCode'] ?? member['messageCode']);
    if (state === LOG_NEW && code === STATE_CHANGE && current.has(key)) continue;
    current.delete(key);
    if (state !== LOG_NEW) continue;
    const alert = alertOf(key, {
      alert_id: code === undefined ? 'unknown' : codeText(code),
      alert_name: text(member['type']),
      severity: lookup(LOG_SEVERITIES, member['severity']) ?? 'NotSpecified',
      category: 'Fault',
      sequence_number: own ?? entry,
      occur_time: scaled(member['timeSecs'], 1_000),
      description: text(member['description']),
      location: text(member['components']),
    });
    current.set(key, alert);
  }
  return [...current.values()];
}

/** As the array prints them: seven hexadecimal digits. */
const codeText = (code: number) => `0x${code.toString(16).padStart(7, '0')}`;
