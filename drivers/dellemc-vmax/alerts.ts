/**
 * Alerts: Unisphere's own, and the traps of its event daemon (Fibre Alliance MIB with EMC's
 * additions). Both name the array, the component and the same sentence, which make the match key.
 */
import {
  compact,
  flag,
  identifier,
  IncompleteTrapInformation,
  lookup,
  number,
  text,
  varbindText,
  zonedTime,
  type Alert,
  type Category,
  type Foreign,
  type Severity,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import type { Detail } from './client.ts';
import { COMPONENT_TYPES, EVENT_NAMES, UNIT_TYPES } from './alert-codes.ts';

const SEVERITIES: Readonly<Record<string, Severity>> = {
  FATAL: 'Fatal',
  CRITICAL: 'Critical',
  MAJOR: 'Major',
  MINOR: 'Minor',
  WARNING: 'Warning',
  NORMAL: 'Informational',
  INFORMATION: 'Informational',
  INFO: 'Informational',
};

/** Unisphere's alerts have no id of their type; this one and its name are what Delfin gives them. */
const ALERT_TYPE = { alert_id: '4294967295', alert_name: 'Unisphere alert about vmax' } as const;

export function alertOf({ id, fields }: Detail, arrayId: string, timezone: string): Alert {
  const description = identifier(fields['description']);
  const type = text(fields['type']);
  return compact<Alert>({
    ...ALERT_TYPE,
    severity: lookup(SEVERITIES, text(fields['severity'])?.toUpperCase()) ?? 'NotSpecified',
    category: 'Fault',
    type: 'EquipmentAlarm',
    sequence_number: text(fields['alertId']) ?? id,
    occur_time: timeOf(fields, timezone),
    description,
    resource_type: 'Storage',
    location: type === undefined ? undefined : `type=${type}`,
    match_key: matchKey({
      arrayId: text(fields['array']) ?? arrayId,
      component: text(fields['object']),
      sentence: description?.replace(/\.?\s*-\s*Object is:.*$/s, ''),
      keepState: isGood(changeOf(description)?.state),
    }),
  });
}

function timeOf(fields: Foreign, timezone: string): number | undefined {
  const stated = number(fields['created_date_milliseconds']);
  if (stated !== undefined) return stated;
  const match = /^([A-Z][a-z]{2})-(\d{1,2})-(\d{4}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))?$/.exec(
    text(fields['created_date']) ?? '',
  );
  if (!match) return undefined;
  const [, month = '', ...rest] = match;
  const [day = 0, year = 0, hour = 0, minute = 0, second = 0, millisecond = 0] = rest.map((part) =>
    Number(part ?? 0),
  );
  const names = 'JanFebMarAprMayJunJulAugSepOctNovDec';
  return zonedTime(
    { year, month: names.indexOf(month) / 3 + 1, day, hour, minute, second, millisecond },
    timezone,
  );
}

/** Current: neither acknowledged nor cleared. */
export function isCurrent(fields: Foreign): boolean {
  const state = text(fields['state'])?.toUpperCase();
  return flag(fields['acknowledged']) !== true && state !== 'CLEARED';
}

const CONN_UNIT = '1.3.6.1.3.94.1';
const EMC = '1.3.6.1.4.1.1139.3.8888';
/** Variables of the trap; scalars and columns alike arrive with an instance behind. */
const OIDS = {
  eventId: `${CONN_UNIT}.11.1.3`,
  severity: `${CONN_UNIT}.11.1.6`,
  description: `${CONN_UNIT}.11.1.9`,
  unitName: `${CONN_UNIT}.6.1.20`,
  unitType: `${CONN_UNIT}.6.1.3`,
  source: `${EMC}.1`,
  code: `${EMC}.2`,
  componentType: `${EMC}.3`,
  component: `${EMC}.4`,
} as const;

/** connUnitEventSeverity, by number and, as some managers pass it on, by name. */
const TRAP_SEVERITIES: Readonly<Record<string, Severity>> = {
  1: 'NotSpecified',
  2: 'Fatal',
  3: 'Critical',
  4: 'Critical',
  5: 'Major',
  6: 'Warning',
  7: 'Warning',
  8: 'Informational',
  9: 'Informational',
  10: 'Informational',
  unknown: 'NotSpecified',
  emergency: 'Fatal',
  alert: 'Critical',
  critical: 'Critical',
  error: 'Major',
  warning: 'Warning',
  notify: 'Warning',
  info: 'Informational',
  debug: 'Informational',
  mark: 'Informational',
};

/** One Unisphere reports for many arrays; a name that isn't a serial number says nothing. */
function isForAnother(unitName: string | undefined, arrayId: unknown): boolean {
  const serial = /\d{12}/.exec(unitName ?? '')?.[0];
  return serial !== undefined && typeof arrayId === 'string' && serial !== arrayId;
}

export function parseAlert(trap: Trap, context: TrapContext): Alert | readonly Alert[] | undefined {
  const read = (oid: string) => varbindText(trap, oid)?.trim();
  if (!Object.values(OIDS).some((oid) => read(oid) !== undefined)) return undefined;
  const code = required(read(OIDS.code), 'emcAsyncEventCode');
  const severity = required(read(OIDS.severity), 'connUnitEventSeverity');
  const description = required(read(OIDS.description), 'connUnitEventDescr');
  const unitName = read(OIDS.unitName);
  const component = read(OIDS.component);
  if (isForAnother(unitName, context.options?.['array_id'])) return [];
  const change = changeOf(description);
  return compact<Alert>({
    alert_id: code,
    alert_name: EVENT_NAMES[code] ?? code,
    severity: lookup(TRAP_SEVERITIES, severity.toLowerCase()) ?? 'NotSpecified',
    category: categoryOf(change?.state),
    type: 'EquipmentAlarm',
    sequence_number: read(OIDS.eventId),
    // The trap carries no time of its own.
    occur_time: trap.received_at,
    description,
    resource_type: unitTypeOf(read(OIDS.unitType)),
    location: locationOf([
      ['Array id', unitName],
      ['Component type', COMPONENT_TYPES[read(OIDS.componentType) ?? '']],
      ['Component name', component],
      ['Event source', read(OIDS.source)],
    ]),
    match_key: matchKey({
      arrayId: unitName,
      component,
      sentence: description.replace(/^Symmetrix .*? : /s, ''),
      keepState: false,
    }),
  });
}

function required(value: string | undefined, name: string): string {
  if (value !== undefined) return value;
  throw new IncompleteTrapInformation(`the trap lacks ${name}`);
}

function unitTypeOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : (UNIT_TYPES[value] ?? value);
}

function locationOf(parts: readonly (readonly [string, string | undefined])[]): string | undefined {
  const known = parts.filter(([, value]) => value !== undefined);
  return known.length === 0
    ? undefined
    : known.map(([name, value]) => `${name}=${value}`).join(',');
}

/** "... state has changed to Online": what comes before the state, and the state. */
function changeOf(sentence: string | undefined): { before: string; state: string } | undefined {
  const match = /^(.*\bha(?:s|ve) changed to) ([A-Za-z ]+)/s.exec(sentence ?? '');
  return match
    ? { before: match[1] ?? '', state: (match[2] ?? '').trim().toLowerCase() }
    : undefined;
}

const GOOD = new Set(['online', 'normal', 'ok', 'good', 'ready', 'enabled']);
const BAD = new Set(['offline', 'failed', 'dead', 'degraded', 'not ready', 'disabled', 'error']);

function isGood(state: string | undefined): boolean {
  return state !== undefined && GOOD.has(state);
}

function categoryOf(state: string | undefined): Category {
  if (isGood(state)) return 'Recovery';
  return state !== undefined && BAD.has(state) ? 'Fault' : 'NotSpecified';
}

/**
 * Array, component and sentence. A change of state has one key whatever the state, so that the
 * recovery meets its fault.
 */
function matchKey(parts: {
  arrayId: string | undefined;
  component: string | undefined;
  sentence: string | undefined;
  keepState: boolean;
}): string {
  const change = parts.keepState ? undefined : changeOf(parts.sentence);
  const sentence = (change?.before ?? parts.sentence ?? '').trim().replace(/\.$/, '').toLowerCase();
  return [parts.arrayId ?? '', parts.component ?? '', sentence].join('|');
}
