/** Alerts of `showalert -d`, of the event log and of the trap "alertNotify" (MIB below enterprise 12925). */
import {
  compact,
  identifier,
  IncompleteTrapInformation,
  InvalidResponse,
  isObject,
  lookup,
  number,
  text,
  varbindNumber,
  varbindText,
  varbindTime,
  type Alert,
  type Foreign,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import { ALERT_CODES } from './alert-codes.ts';
import { parseTime } from './clock.ts';

const ENTERPRISE = '1.3.6.1.4.1.12925';
const COLUMN = `${ENTERPRISE}.1.7.1`;
/** Columns of alertEntry; the varbinds carry the alert's index behind them. */
const OIDS = {
  severity: `${COLUMN}.2`,
  time: `${COLUMN}.3`,
  component: `${COLUMN}.5`,
  details: `${COLUMN}.6`,
  id: `${COLUMN}.7`,
  code: `${COLUMN}.8`,
  state: `${COLUMN}.9`,
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
  Fatal: 'Fatal', Critical: 'Critical', Major: 'Major', Minor: 'Minor', Degraded: 'Warning',
  Informational: 'Informational', Info: 'Informational', Debug: 'NotSpecified',
} as const; // prettier-ignore

const STATES = {
  New: 'Fault', Acknowledged: 'Fault', Acked: 'Fault', Fixed: 'Recovery', Autofixed: 'Recovery',
  Removed: 'Recovery', Unknown: 'NotSpecified',
} as const; // prettier-ignore

/** The event log counts from 1; category 2 are alerts. */
const LOG_SEVERITIES = {
  1: 'Fatal', 2: 'Critical', 3: 'Major', 4: 'Minor', 5: 'Warning', 6: 'Informational',
  7: 'NotSpecified', 99: 'NotSpecified',
} as const; // prettier-ignore
const LOG_NEW = 1;

/** What all alerts of this array have in common. */
const COMMON = { type: 'EquipmentAlarm', resource_type: 'Storage' } as const;

/** Undefined: not a trap of this array. */
export function parseAlert(trap: Trap, context: TrapContext): Alert | undefined {
  const own =
    trap.trap_oid.startsWith(`${ENTERPRISE}.`) ||
    trap.varbinds.some(({ oid }) => oid.startsWith(`${COLUMN}.`));
  if (!own) return undefined;
  const code = varbindNumber(trap, OIDS.code);
  const id = varbindText(trap, OIDS.id);
  if (code === undefined || id === undefined) {
    throw new IncompleteTrapInformation('the trap names neither code nor id of its alert');
  }
  const state = varbindNumber(trap, OIDS.state);
  return compact<Alert>({
    ...COMMON,
    alert_id: codeText(code),
    alert_name: ALERT_CODES[code],
    severity: lookup(TRAP_SEVERITIES, varbindNumber(trap, OIDS.severity)) ?? 'NotSpecified',
    category: lookup(TRAP_STATES, state) ?? 'NotSpecified',
    sequence_number: id,
    occur_time:
      parseTime(varbindText(trap, OIDS.time), context.timezone) ??
      varbindTime(trap, OIDS.time, context.timezone),
    description: varbindText(trap, OIDS.details),
    location: varbindText(trap, OIDS.component),
    match_key: matchKey(code, id),
    clear_category: state === FIXED_BY_ITSELF ? 'Automatic' : undefined,
  });
}

const FIELD =
  /^\s*(Id|State|Message ?Code|Time|Severity|Type|Message|Component|Repeat Count|Repeated|Detailed Description|Tier)\s*:\s?(.*)$/i;

/** `showalert -d`: a block per alert; a long message goes on in the next lines. */
export function alertsOf(output: string, timezone: string): Alert[] {
  const blocks: Map<string, string>[] = [];
  let last: string | undefined;
  for (const line of output.split('\n')) {
    const [, title, value] = FIELD.exec(line) ?? [];
    const block = blocks.at(-1);
    if (title !== undefined) {
      last = title.replaceAll(' ', '').toLowerCase();
      if (last === 'id') blocks.push(new Map([[last, (value ?? '').trim()]]));
      else block?.set(last, (value ?? '').trim());
    } else if (line.trim() === '') last = undefined;
    else if (last && block) block.set(last, `${block.get(last) ?? ''} ${line.trim()}`);
  }
  if (blocks.length === 0 && !NO_ALERTS.test(output)) {
    throw new InvalidResponse('"showalert -d": neither alerts nor that there are none');
  }
  return blocks.flatMap((block) => toAlert(block, timezone) ?? []);
}

const NO_ALERTS = /^\s*$|\bno\b|\b0 alerts?\b/i;

function toAlert(block: ReadonlyMap<string, string>, timezone: string): Alert | undefined {
  const code = text(block.get('messagecode'));
  const id = text(block.get('id'));
  const category = lookup(STATES, capitalised(block.get('state'))) ?? 'NotSpecified';
  if (code === undefined || category === 'Recovery') return undefined;
  return compact<Alert>({
    ...COMMON,
    alert_id: code,
    alert_name: text(block.get('type')) ?? ALERT_CODES[Number(code)],
    severity: lookup(SEVERITIES, capitalised(block.get('severity'))) ?? 'NotSpecified',
    category,
    sequence_number: id,
    occur_time: parseTime(block.get('time'), timezone),
    description: text(block.get('message')),
    location: text(block.get('component')),
    match_key: matchKey(Number(code), id),
  });
}

/** Members of `/eventlog`, oldest first: the last one of an alert says what has become of it. */
export function alertsOfLog(members: readonly Foreign[]): Alert[] {
  const current = new Map<string, Alert>();
  for (const member of members) {
    const info = isObject(member['alertInfo']) ? member['alertInfo'] : {};
    const ids = [info['alertId'], info['id'], member['id']];
    const id = ids.map(identifier).find((found) => found !== undefined) ?? '';
    const state = number(info['alertState']) ?? number(info['state']) ?? LOG_NEW;
    current.delete(id);
    if (state === LOG_NEW) current.set(id, toLogAlert(member, info, id));
  }
  return [...current.values()];
}

function toLogAlert(member: Foreign, info: Foreign, id: string): Alert {
  const code = text(info['messageCode'] ?? member['messageCode']);
  const seconds = number(member['timeSecs']);
  return compact<Alert>({
    ...COMMON,
    alert_id: code === undefined ? 'unknown' : codeText(Number(code)),
    alert_name: text(member['type']),
    severity: lookup(LOG_SEVERITIES, member['severity']) ?? 'NotSpecified',
    category: 'Fault',
    sequence_number: id,
    occur_time: seconds === undefined ? undefined : seconds * 1000,
    description: text(member['description']),
    location: text(member['components']),
    match_key: code === undefined ? undefined : matchKey(Number(code), id),
  });
}

/** An alert keeps its id from the first trap to the last, and in the list. */
function matchKey(code: number, id: string | undefined): string | undefined {
  return id === undefined ? undefined : `3par:${code}:${id}`;
}

/** As the array prints them: seven hexadecimal digits. */
function codeText(code: number): string {
  return `0x${code.toString(16).padStart(7, '0')}`;
}

function capitalised(written: string | undefined): string | undefined {
  const value = text(written);
  return value && `${value[0]?.toUpperCase()}${value.slice(1).toLowerCase()}`;
}
