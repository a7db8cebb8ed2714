/**
 * Alerts: Unisphere's own, one for each occurrence with an id that stays, and the traps of its event
 * daemon (Fibre Alliance MIB with EMC's additions), which don't name that id. What both say is the
 * place: array, kind and name of the component. A change of state by trap is known by it.
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
  const alertId = text(fields['alertId']) ?? id;
  return compact<Alert>({
    ...ALERT_TYPE,
    severity: lookup(SEVERITIES, text(fields['severity'])?.toUpperCase()) ?? 'NotSpecified',
    category: 'Fault',
    type: 'EquipmentAlarm',
    sequence_number: alertId,
    occur_time: timeOf(fields, timezone),
    description: identifier(fields['description']),
    resource_type: 'Storage',
    location: placeOf({
      array: text(fields['array']) ?? arrayId,
      type: text(fields['object_type']),
      name: text(fields['object']),
    }),
    match_key: alertId,
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
  const place = {
    array: unitName,
    type: COMPONENT_TYPES[read(OIDS.componentType) ?? ''],
    name: component,
  };
  const category = categoryOf(description);
  const common = {
    severity: lookup(TRAP_SEVERITIES, severity.toLowerCase()) ?? 'NotSpecified',
    category,
    type: 'EquipmentAlarm',
    // The trap carries no time of its own.
    occur_time: trap.received_at,
    description,
    resource_type: unitTypeOf(read(OIDS.unitType)),
  } as const;
  const name = EVENT_NAMES[code] ?? code;
  if (category !== 'NotSpecified' && component !== undefined) {
    // Without a key of its own a fault is the alert that Unisphere has of this place, and a recovery
    // ends all of them: it is of no one's type.
    return compact<Alert>({
      ...common,
      alert_id: category === 'Fault' ? ALERT_TYPE.alert_id : code,
      alert_name: name,
      location: placeOf(place),
    });
  }
  const source = read(OIDS.source);
  return compact<Alert>({
    ...common,
    alert_id: code,
    alert_name: name,
    sequence_number: read(OIDS.eventId),
    location:
      [placeOf(place), source && `Event source=${source}`].filter(Boolean).join(',') || undefined,
    match_key: [unitName ?? '', component ?? '', sentenceOf(description)].join('|'),
  });
}

function required(value: string | undefined, name: string): string {
  if (value !== undefined) return value;
  throw new IncompleteTrapInformation(`the trap lacks ${name}`);
}

function unitTypeOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : (UNIT_TYPES[value] ?? value);
}

interface Place {
  readonly array: string | undefined;
  readonly type: string | undefined;
  readonly name: string | undefined;
}

/** The same words from poll and trap. */
function placeOf({ array, type, name }: Place): string | undefined {
  const parts = [
    ['Array id', array],
    ['Component type', type],
    ['Component name', name],
  ].filter(([, value]) => value !== undefined);
  return parts.length === 0 ? undefined : parts.map((part) => part.join('=')).join(',');
}

/** "... state has changed to Online." */
const CHANGE = /\bha(?:s|ve) changed to ([A-Za-z ]+)/;
const GOOD = new Set(['online', 'normal', 'ok', 'good', 'ready', 'enabled']);
const BAD = new Set(['offline', 'failed', 'dead', 'degraded', 'not ready', 'disabled', 'error']);

function categoryOf(description: string): Category {
  const state = CHANGE.exec(description)?.[1]?.trim().toLowerCase() ?? '';
  if (GOOD.has(state)) return 'Recovery';
  return BAD.has(state) ? 'Fault' : 'NotSpecified';
}

/** What happened, without where, and without the state that something has changed to. */
function sentenceOf(description: string): string {
  const sentence = description.replace(/^Symmetrix .*? : /s, '');
  const changed = sentence.search(CHANGE);
  const words = changed < 0 ? sentence : sentence.slice(0, changed);
  return words.trim().replace(/\.$/, '').toLowerCase();
}
