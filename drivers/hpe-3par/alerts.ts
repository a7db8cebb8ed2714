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
import type { ArrayData } from './array.ts';
import { parseTime } from './clock.ts';
import { coded } from './states.ts';

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

const categoryOf = (state: number | undefined) => lookup(TRAP_STATES, state) ?? 'NotSpecified';

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

type Block = ReadonlyMap<string, string>;

/** Current alerts: of the command line, else of the event log. */
export function listAlerts({ shellFirst, parts, zone }: ArrayData): Promise<Alert[]> {
  return shellFirst(
    'alerts',
    async (shell) =>
      toAlerts(await shell.text('showalert -d', alertBlocksOf, undefined, []), await zone()),
    async (rest) => alertsOfLog(await rest.members('/eventlog', parts, '"category EQ 2"')),
  );
}

/**
 * Blocks of `showalert -d`, one an alert; a long message goes on in the next lines.
 * @throws InvalidResponse if there are fewer than the array says, or one is cut.
 */
export function alertBlocksOf(lines: readonly string[]) {
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
  const said: readonly Block[] = blocks;
  return { said, size: said.length, closed: announced !== undefined };
}

/** Without those that have ended. */
export function toAlerts(blocks: readonly Block[], timezone: string | undefined): Alert[] {
  return blocks.flatMap((block) => {
    const code = text(block.get('messagecode'));
    const id = text(block.get('id'));
    const category = coded(STATES, block.get('state')) ?? 'NotSpecified';
    if (code === undefined || category === 'Recovery') return [];
    return compact<Alert>({
      ...COMMON,
      alert_id: code,
      alert_name: text(block.get('type')) ?? ALERT_CODES[Number(code)],
      severity: coded(SEVERITIES, block.get('severity')) ?? 'NotSpecified',
      category,
      sequence_number: id,
      occur_time: parseTime(block.get('time'), timezone),
      description: text(block.get('message')),
      location: text(block.get('component')),
      match_key: id && matchKey(id),
    });
  });
}

/** Members of `/eventlog`, oldest first: the last one of an alert says what has become of it. */
export function alertsOfLog(members: readonly Foreign[]): Alert[] {
  const current = new Map<string, Alert>();
  for (const member of members) {
    const info = isObject(member['alertInfo']) ? member['alertInfo'] : {};
    const [own, entry] = [
      identifier(info['alertId']) ?? identifier(info['id']),
      identifier(member['id']),
    ];
    // An entry's id is of another series than those of alerts.
    const key = own ?? `event:${entry ?? ''}`;
    const state = number(info['alertState']) ?? number(info['state']) ?? LOG_NEW;
    const code = number(info['messageCode'] ?? member['messageCode']);
    if (state === LOG_NEW && code === STATE_CHANGE && current.has(key)) continue;
    current.delete(key);
    if (state !== LOG_NEW) continue;
    const alert = compact<Alert>({
      ...COMMON,
      alert_id: code === undefined ? 'unknown' : codeText(code),
      alert_name: text(member['type']),
      severity: lookup(LOG_SEVERITIES, member['severity']) ?? 'NotSpecified',
      category: 'Fault',
      sequence_number: own ?? entry,
      occur_time: scaled(member['timeSecs'], 1_000),
      description: text(member['description']),
      location: text(member['components']),
      match_key: matchKey(key),
    });
    current.set(key, alert);
  }
  return [...current.values()];
}

/** An alert keeps its id from the first trap to the last, and in both lists. */
const matchKey = (id: string) => `3par:${id}`;

/** As the array prints them: seven hexadecimal digits. */
const codeText = (code: number) => `0x${code.toString(16).padStart(7, '0')}`;
