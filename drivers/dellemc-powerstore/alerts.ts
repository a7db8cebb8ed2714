/** Alerts of the API and of the array's traps (PowerStore MIB, enterprise 1139.205). */
import {
  compact,
  identifier,
  IncompleteTrapInformation,
  lookup,
  matchKey,
  objects,
  oldestFirst,
  text,
  trapNumber,
  utcTime,
  varbindTexts,
  withUniqueKeys,
  type Alert,
  type Category,
  type Foreign,
  type Severity,
  type Trap,
} from 'delfin-agent/driver';

/** SeverityEnum. */
const SEVERITIES: Readonly<Record<string, Severity>> = {
  Critical: 'Critical',
  Major: 'Major',
  Minor: 'Minor',
  Info: 'Informational',
  None: 'NotSpecified',
};
/** By the number of the trap. */
const TRAP_SEVERITIES: Readonly<Record<string, Severity>> = {
  '1': 'Critical',
  '2': 'Major',
  '3': 'Minor',
  '4': 'Informational',
};
const CLEARED = 'CLEARED';

const TRAPS = '1.3.6.1.4.1.1139.205.1.2';
const VARIABLES = {
  code: '1.3.6.1.4.1.1139.205.1.1.1',
  description: '1.3.6.1.4.1.1139.205.1.1.2',
  type: '1.3.6.1.4.1.1139.205.1.1.4',
  id: '1.3.6.1.4.1.1139.205.1.1.5',
  name: '1.3.6.1.4.1.1139.205.1.1.6',
  state: '1.3.6.1.4.1.1139.205.1.1.7',
  raised: '1.3.6.1.4.1.1139.205.1.1.10',
} as const;

/** Cleared ones stay in the array's list. Of several that a trap can't tell apart the oldest was there first. */
export function toAlerts(alerts: readonly Foreign[]): Alert[] {
  const active = alerts.filter(({ state }) => state !== CLEARED);
  return withUniqueKeys(oldestFirst(active.map(toAlert)));
}

function toAlert(one: Foreign): Alert {
  const severity = lookup(SEVERITIES, one['severity']) ?? 'NotSpecified';
  return compact<Alert>({
    ...toFault({
      code: text(one['event_code']),
      description: text(one['description_l10n']),
      type: text(one['resource_type']),
      id: identifier(one['resource_id']),
      name: identifier(one['resource_name']),
    }),
    severity,
    category: categoryOf(severity),
    sequence_number: identifier(one['id']),
    occur_time: utcTime(one['raised_timestamp']),
    recovery_advice: adviceOf(one['events']),
  });
}

/** The newest event says what to do. */
function adviceOf(events: unknown): string | undefined {
  const all = objects(events);
  const times = all.map((event) => utcTime(event['generated_timestamp']) ?? 0);
  const newest = all[times.indexOf(Math.max(...times))];
  return text(newest?.['repair_flow_l10n']);
}

/** What an alert and its trap both tell. */
type Said = Readonly<Record<'code' | 'description' | 'type' | 'id' | 'name', string | undefined>>;

function toFault({ code, description, type, id, name }: Said) {
  const source = name ?? id;
  return {
    alert_id: code ?? 'unknown',
    alert_name: description,
    description,
    type: 'EquipmentAlarm',
    resource_type: type,
    location: [type, source].filter((one) => one !== undefined).join(':') || undefined,
    match_key: matchKey(code ?? description, type, id ?? name),
  } as const;
}

function categoryOf(severity: Severity): Category {
  return severity === 'Informational' || severity === 'NotSpecified' ? 'Event' : 'Fault';
}

export function parseAlert(trap: Trap): Alert | undefined {
  const level = trapNumber(trap, TRAPS);
  if (level === undefined) return undefined;
  const said = varbindTexts(trap, VARIABLES);
  const [code, type] = [said.code?.trim(), said.type?.trim()];
  if (code === undefined && said.description === undefined) {
    throw new IncompleteTrapInformation(
      `a trap of ${trap.source} has neither code nor text; the alerts of the array will tell`,
    );
  }
  const severity = lookup(TRAP_SEVERITIES, level) ?? 'NotSpecified';
  const isOver = said.state?.trim() === CLEARED;
  return compact<Alert>({
    ...toFault({ ...said, code, type }),
    severity,
    category: isOver ? 'Recovery' : categoryOf(severity),
    occur_time: utcTime(said.raised) ?? trap.received_at,
  });
}
