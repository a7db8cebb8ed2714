/** Alerts: events of the Event Management System (EMS), and traps of NETWORK-APPLIANCE-MIB. */
import {
  compact,
  identifier,
  IncompleteTrapInformation,
  lookup,
  matchKey,
  objects,
  pick,
  text,
  trapNumber,
  utcTime,
  varbindText,
  type Alert,
  type AlertQuery,
  type Foreign,
  type Severity,
  type Trap,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { FAMILIES, TRAPS, type Family, type TrapKind } from './ems.ts';
import { joined } from './values.ts';

const EVENTS = '/api/support/ems/events';
const DAY_MS = 86_400_000;
/** How far back a fault is looked for whose end has not been reported, and an event without an end. */
const FAULTS_MS = 28 * DAY_MS;
const EVENTS_MS = 7 * DAY_MS;

const SEVERITIES = {
  emergency: 'Fatal',
  alert: 'Critical',
  critical: 'Major',
  error: 'Minor',
  warning: 'Warning',
  notice: 'Informational',
  informational: 'Informational',
  debug: 'Informational',
} as const satisfies Readonly<Record<string, Severity>>;

/** The last digit of a trap's number. */
const PRIORITIES: readonly (keyof typeof SEVERITIES | undefined)[] = [
  undefined, 'emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug',
]; // prettier-ignore

/** Faults whose end has not been reported, and other events that need somebody. */
export async function readAlerts(client: Client, query: AlertQuery, now: number): Promise<Alert[]> {
  const { parts } = client;
  const until = query.end_time ?? now;
  const read = async (filter: Readonly<Record<string, string>>, span: number) => {
    const from = new Date(Math.max(query.begin_time ?? 0, until - span)).toISOString();
    const fields = 'node,index,time,message,log_message,parameters';
    const asked = { ...filter, time: `>=${from}`, fields, max_records: 5_000, return_timeout: 15 };
    return await client.pages(EVENTS, asked, (event) => keyOf(event) ?? '');
  };
  const names = FAMILIES.map(({ filter }) => filter).join('|');
  return await parts.union<Alert>([
    async () => currentFaults(await read({ 'message.name': names }, FAULTS_MS)),
    async () => {
      const severity = { 'message.severity': 'emergency|alert|error' };
      return otherEvents(await read(severity, EVENTS_MS));
    },
  ]);
}

/** The index alone is that of one node's log. */
function keyOf(event: Foreign): string | undefined {
  return joined(pick(event, 'node.name'), event['index']);
}

const nameOf = (event: Foreign) => text(pick(event, 'message.name')) ?? '';

function familyOf(name: string): Family | undefined {
  return FAMILIES.find(({ events }) => events.test(name));
}

interface Fault {
  readonly family: Family;
  readonly event: Foreign;
  /** When it began: its first report since the last end. */
  readonly since: number;
}

/** What was last reported as wrong. An end that came first ends nothing. */
function currentFaults(events: readonly Foreign[]): Alert[] {
  const faults = new Map<string, Fault>();
  const inOrder = events.toSorted((a, b) => (utcTime(a['time']) ?? 0) - (utcTime(b['time']) ?? 0));
  for (const event of inOrder) {
    const name = nameOf(event);
    const family = familyOf(name);
    if (!family) continue;
    const identity = identityOf(family, event);
    const ends = family.ended.test(name);
    const since = faults.get(identity)?.since ?? utcTime(event['time']) ?? 0;
    if (ends) faults.delete(identity);
    else faults.set(identity, { family, event, since });
  }
  return withKeys(faults);
}

function identityOf({ name, by }: Family, event: Foreign): string {
  const values = by?.flatMap((one) => parameterOf(event, one) ?? []) ?? [];
  return matchKey(name, ...(values.length > 0 ? values : [identifier(pick(event, 'node.name'))]));
}

function parameterOf(event: Foreign, name: string): string | undefined {
  const found = objects(event['parameters']).find((one) => one['name'] === name);
  return text(found?.['value']);
}

/** A trap names the family alone: that is the fault of the family that was there first. */
function withKeys(faults: ReadonlyMap<string, Fault>): Alert[] {
  const taken = new Set<string>();
  const inOrder = [...faults].toSorted(([, a], [, b]) => a.since - b.since);
  return inOrder.map(([identity, { family, event }]) => {
    const plain = family.bySnmp && !taken.has(family.name);
    taken.add(family.name);
    return toAlert(event, 'Fault', plain ? matchKey(family.name) : identity);
  });
}

function otherEvents(events: readonly Foreign[]): Alert[] {
  return events.flatMap((event) => {
    const key = keyOf(event);
    if (key === undefined || familyOf(nameOf(event))) return [];
    return [toAlert(event, 'Event', matchKey('event', key))];
  });
}

function toAlert(event: Foreign, category: Alert['category'], key: string): Alert {
  const name = nameOf(event);
  return compact<Alert>({
    alert_id: parameterOf(event, 'alert_id') ?? (name || 'unknown'),
    alert_name: name || undefined,
    severity: lookup(SEVERITIES, pick(event, 'message.severity')) ?? 'NotSpecified',
    category,
    type: 'EquipmentAlarm',
    sequence_number: keyOf(event),
    occur_time: utcTime(event['time']),
    description: identifier(event['log_message']),
    recovery_advice:
      parameterOf(event, 'alert_corrective_action') ?? parameterOf(event, 'corrective_action'),
    location: parameterOf(event, 'alerting_resource') ?? identifier(pick(event, 'node.name')),
    match_key: key,
  });
}

const ENTERPRISE = '1.3.6.1.4.1.789';
const DATA = '1.3.6.1.4.1.789.1.1.12';
const SERIAL = '1.3.6.1.4.1.789.1.1.9';
/** 11 to 18: made of any event, by its severity; the text begins with the event's name. */
const OF_EVENTS = /^1[1-8]$/;
const EVENT_NAME = /^\[?([A-Za-z][\w-]*(?:\.[\w-]+)+)/;
/** `[Alert Id = NAME , Alerting Resource = R].`: dots, colons and blanks belong to R. */
const HEALTH_ALERT = /\[\s*Alert Id\s*=\s*([^,\]]*),\s*Alerting Resource\s*=\s*(.*)\]/s;

export function parseAlert(trap: Trap): Alert | undefined {
  const id = trapNumber(trap, ENTERPRISE);
  if (id === undefined) return undefined;
  const words = varbindText(trap, DATA)?.trim();
  const kind = TRAPS.get(id);
  if (kind?.family === 'hm.alert') return healthAlert(trap, id, kind, words);
  const said = OF_EVENTS.test(id) ? EVENT_NAME.exec(words ?? '')?.[1] : undefined;
  if (said !== undefined && familyOf(said)) {
    throw new IncompleteTrapInformation(
      `a trap about ${said} says not of which object; the events of the array will tell`,
    );
  }
  const name = said ?? kind?.name ?? `trap ${id}`;
  return compact<Alert>({
    ...usual(trap, id, words),
    alert_id: name,
    alert_name: name,
    category: categoryOf(kind),
    location: varbindText(trap, SERIAL),
    match_key: kind?.family === undefined ? undefined : matchKey(kind.family),
  });
}

function categoryOf(kind: TrapKind | undefined): Alert['category'] {
  if (kind?.family === undefined) return 'Event';
  return kind.ends ? 'Recovery' : 'Fault';
}

function healthAlert(trap: Trap, id: string, kind: TrapKind, words: string | undefined): Alert {
  const found = HEALTH_ALERT.exec(words ?? '');
  const [name, resource] = [found?.[1]?.trim(), found?.[2]?.trim()];
  if (!name || !resource) {
    throw new IncompleteTrapInformation(
      'a trap of the health monitor names no alert; the events of the array will tell',
    );
  }
  return compact<Alert>({
    ...usual(trap, id, words),
    alert_id: name,
    alert_name: 'hm.alert.raised',
    category: categoryOf(kind),
    location: resource,
    match_key: matchKey('hm.alert', name, resource),
  });
}

function usual(trap: Trap, id: string, words: string | undefined) {
  const priority = PRIORITIES[Number(id.at(-1))];
  return {
    severity: priority ? SEVERITIES[priority] : 'NotSpecified',
    type: 'EquipmentAlarm',
    occur_time: trap.received_at,
    description: words,
  } as const;
}
