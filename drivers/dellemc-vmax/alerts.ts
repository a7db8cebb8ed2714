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
  oldestFirst,
  text,
  varbindText,
  writtenTime,
  type Alert,
  type Category,
  type Foreign,
  type Severity,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import { COMPONENT_TYPES, EVENT_NAMES, UNIT_TYPES } from './alert-codes.ts';
import type { Unisphere } from './client.ts';

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

/** Those that are neither acknowledged nor cleared, oldest first. */
export async function readAlerts(client: Unisphere, timezone: string): Promise<Alert[]> {
  const path = `${client.system}/alert`;
  const found = await client.all(path, 'alertId', { acknowledged: false });
  const alerts = found.filter(isCurrent).map((one) => toAlert(one, client.arrayId, timezone));
  return oldestFirst(alerts);
}

function isCurrent({ acknowledged, state }: Foreign): boolean {
  return flag(acknowledged) !== true && text(state)?.toUpperCase() !== 'CLEARED';
}

function toAlert(one: Foreign, arrayId: string, timezone: string): Alert {
  const id = text(one['alertId']) ?? identifier(one['id']);
  return compact<Alert>({
    ...ALERT_TYPE,
    severity: lookup(SEVERITIES, text(one['severity'])?.toUpperCase()) ?? 'NotSpecified',
    category: 'Fault',
    type: 'EquipmentAlarm',
    sequence_number: id,
    occur_time: timeOf(one, timezone),
    description: identifier(one['description']),
    resource_type: 'Storage',
    location: placeOf(text(one['array']) ?? arrayId, text(one['object_type']), text(one['object'])),
    match_key: id,
  });
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** A name of the month stands first, `Mar-19-2026 11:51:56.000`, where milliseconds are not stated. */
function timeOf(one: Foreign, timezone: string): number | undefined {
  const inFigures = text(one['created_date'])?.replace(
    /^([A-Z][a-z]{2})-(\d+)-(\d+)/,
    (_, month: string, day, year) => `${year}-${MONTHS.indexOf(month) / 3 + 1}-${day}`,
  );
  return number(one['created_date_milliseconds']) ?? writtenTime(inFigures, timezone);
}

/**
 * Variables of the trap (the Fibre Alliance MIB's connUnit, EMC's own); scalars and columns alike arrive
 * with an instance behind.
 */
const OIDS = {
  eventId: '1.3.6.1.3.94.1.11.1.3',
  severity: '1.3.6.1.3.94.1.11.1.6',
  description: '1.3.6.1.3.94.1.11.1.9',
  unitName: '1.3.6.1.3.94.1.6.1.20',
  unitType: '1.3.6.1.3.94.1.6.1.3',
  source: '1.3.6.1.4.1.1139.3.8888.1',
  code: '1.3.6.1.4.1.1139.3.8888.2',
  componentType: '1.3.6.1.4.1.1139.3.8888.3',
  component: '1.3.6.1.4.1.1139.3.8888.4',
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
  const [unitName, component] = [read(OIDS.unitName), read(OIDS.component)];
  if (isForAnother(unitName, context.options?.['array_id'])) return [];
  const place = placeOf(unitName, COMPONENT_TYPES[read(OIDS.componentType) ?? ''], component);
  const category = categoryOf(description);
  const unitType = read(OIDS.unitType) ?? '';
  const alert = {
    alert_id: code,
    alert_name: EVENT_NAMES[code] ?? code,
    severity: lookup(TRAP_SEVERITIES, severity.toLowerCase()) ?? 'NotSpecified',
    category,
    type: 'EquipmentAlarm',
    // The trap carries no time of its own.
    occur_time: trap.received_at,
    description,
    resource_type: UNIT_TYPES[unitType] ?? (unitType || undefined),
    location: place,
  } as const;
  if (category !== 'NotSpecified' && component !== undefined) {
    // Without a key of its own a fault is the alert that Unisphere has of this place, and a recovery
    // ends all of them: it is of no one's type.
    return compact<Alert>(
      category === 'Fault' ? { ...alert, alert_id: ALERT_TYPE.alert_id } : alert,
    );
  }
  const source = read(OIDS.source);
  return compact<Alert>({
    ...alert,
    sequence_number: read(OIDS.eventId),
    location: [place ?? [], source ? `Event source=${source}` : []].flat().join(',') || undefined,
    match_key: [unitName ?? '', component ?? '', sentenceOf(description)].join('|'),
  });
}

function required(value: string | undefined, name: string): string {
  if (value !== undefined) return value;
  throw new IncompleteTrapInformation(`the trap lacks ${name}`);
}

/** The same words from poll and trap. */
function placeOf(array?: string, type?: string, name?: string): string | undefined {
  const words = { 'Array id': array, 'Component type': type, 'Component name': name };
  const known = Object.entries(words).filter(([, value]) => value !== undefined);
  return known.map((word) => word.join('=')).join(',') || undefined;
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
