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
import { saysNothing } from './shell.ts';

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

/** "Alert state change": its id is that of the alert it speaks of. */
const STATE_CHANGE = 0x0130002;

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
  const description = varbindText(trap, OIDS.details);
  return compact<Alert>({
    ...COMMON,
    alert_id: codeText(code),
    alert_name: ALERT_CODES[code],
    severity: lookup(TRAP_SEVERITIES, varbindNumber(trap, OIDS.severity)) ?? 'NotSpecified',
    category: code === STATE_CHANGE ? changeOf(state, description) : categoryOf(state),
    sequence_number: id,
    occur_time:
      parseTime(varbindText(trap, OIDS.time), context.timezone) ??
      varbindTime(trap, OIDS.time, context.timezone),
    description,
    location: varbindText(trap, OIDS.component),
    match_key: matchKey(id),
    clear_category: state === FIXED_BY_ITSELF ? 'Automatic' : undefined,
  });
}

function categoryOf(state: number | undefined): Alert['category'] {
  return lookup(TRAP_STATES, state) ?? 'NotSpecified';
}

/** A change that ends the alert is its recovery; any other happens to it and is no second alert. */
function changeOf(state: number | undefined, description = ''): Alert['category'] {
  const ended = /\bto (resolved|fixed|autofixed|removed)\b/i.test(description);
  return ended || categoryOf(state) === 'Recovery' ? 'Recovery' : 'Event';
}

const FIELD =
  /^\s*(Id|State|Message ?Code|Time|Severity|Type|Message|Component|Repeat Count|Repeated|Detailed Description|Tier)\s*:\s?(.*)$/i;

/** "7 alerts", "7 total", "Total: 7" below the last one. */
const COUNT = /^\s*(?:(\d+) (?:alerts?|total)\b|total\s*:?\s*(\d+)\s*$)/i;
/** Without them a block is cut. */
const NEEDED = ['state', 'severity', 'message'] as const;

/** Blocks of `showalert -d`, one an alert; a long message goes on in the next lines. */
export interface AlertBlocks {
  readonly blocks: readonly ReadonlyMap<string, string>[];
  /** The array said how many there are. */
  readonly counted: boolean;
}

/** @throws InvalidResponse if there are fewer than the array says, or one is cut. */
export function alertBlocksOf(lines: readonly string[]): AlertBlocks {
  if (saysNothing(lines)) return { blocks: [], counted: true };
  const blocks: Map<string, string>[] = [];
  let last: string | undefined;
  let announced: number | undefined;
  for (const line of lines) {
    const count = COUNT.exec(line);
    const [, title, value = ''] = FIELD.exec(line) ?? [];
    const block = blocks.at(-1);
    if (title !== undefined) {
      last = title.replaceAll(' ', '').toLowerCase();
      if (last === 'id') blocks.push(new Map());
      blocks.at(-1)?.set(last, value.trim());
    } else if (line.trim() === '') last = undefined;
    else if (count) announced = Number(count[1] ?? count[2]);
    else if (last && block) block.set(last, `${block.get(last) ?? ''} ${line.trim()}`);
  }
  const end = blocks.at(-1);
  const isCut = end !== undefined && NEEDED.some((field) => !end.has(field));
  if (blocks.length < (announced ?? 1) || (isCut && announced === undefined)) {
    throw new InvalidResponse(
      `"showalert -d": ${blocks.length} alerts of ${announced ?? 'at least one'}, the last one ${isCut ? 'cut' : 'whole'}`,
    );
  }
  return { blocks, counted: announced !== undefined };
}

export function toAlerts({ blocks }: AlertBlocks, timezone: string | undefined): Alert[] {
  return blocks.flatMap((block) => toAlert(block, timezone) ?? []);
}

function toAlert(
  block: ReadonlyMap<string, string>,
  timezone: string | undefined,
): Alert | undefined {
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
    match_key: id && matchKey(id),
  });
}

/** Members of `/eventlog`, oldest first: the last one of an alert says what has become of it. */
export function alertsOfLog(members: readonly Foreign[]): Alert[] {
  const current = new Map<string, Alert>();
  for (const member of members) {
    const info = isObject(member['alertInfo']) ? member['alertInfo'] : {};
    const own = identifier(info['alertId']) ?? identifier(info['id']);
    // An entry's id is of another series than those of alerts.
    const key = own ?? `event:${identifier(member['id']) ?? ''}`;
    const state = number(info['alertState']) ?? number(info['state']) ?? LOG_NEW;
    const code = number(info['messageCode'] ?? member['messageCode']);
    if (state !== LOG_NEW) current.delete(key);
    else if (code !== STATE_CHANGE || !current.has(key)) {
      current.delete(key);
      current.set(key, toLogAlert(member, code, key, own ?? identifier(member['id'])));
    }
  }
  return [...current.values()];
}

function toLogAlert(
  member: Foreign,
  code: number | undefined,
  key: string,
  id: string | undefined,
): Alert {
  const seconds = number(member['timeSecs']);
  return compact<Alert>({
    ...COMMON,
    alert_id: code === undefined ? 'unknown' : codeText(code),
    alert_name: text(member['type']),
    severity: lookup(LOG_SEVERITIES, member['severity']) ?? 'NotSpecified',
    category: 'Fault',
    sequence_number: id,
    occur_time: seconds === undefined ? undefined : seconds * 1000,
    description: text(member['description']),
    location: text(member['components']),
    match_key: matchKey(key),
  });
}

/** An alert keeps its id from the first trap to the last, and in both lists. */
function matchKey(id: string): string {
  return `3par:${id}`;
}

/** As the array prints them: seven hexadecimal digits. */
function codeText(code: number): string {
  return `0x${code.toString(16).padStart(7, '0')}`;
}

function capitalised(written: string | undefined): string | undefined {
  const value = text(written);
  return value && `${value[0]?.toUpperCase()}${value.slice(1).toLowerCase()}`;
}
