/** Alerts of the API and of the array's traps (PowerStore MIB, enterprise 1139.205). */
import {
  compact,
  identifier,
  IncompleteTrapInformation,
  lookup,
  matchKey,
  objects,
  text,
  utcTime,
  varbindText,
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
/** The last number of a trap's OID. */
const TRAP_SEVERITIES: Readonly<Record<string, Severity>> = {
  '1': 'Critical',
  '2': 'Major',
  '3': 'Minor',
  '4': 'Informational',
};
const CLEARED = 'CLEARED';

/** `enterprise.1.2.N`, or `enterprise.1.2.0.N` as RFC 3584 makes it of a v1 trap. */
const TRAP = /^1\.3\.6\.1\.4\.1\.1139\.205\.1\.2\.(?:0\.)?(\d+)$/;
const FIELD = '1.3.6.1.4.1.1139.205.1.1';
const VARBINDS = {
  code: `${FIELD}.1`,
  description: `${FIELD}.2`,
  type: `${FIELD}.4`,
  id: `${FIELD}.5`,
  name: `${FIELD}.6`,
  state: `${FIELD}.7`,
  raised: `${FIELD}.10`,
} as const;

/** Cleared ones stay in the array's list. Of several that a trap can't tell apart the oldest was there first. */
export function toAlerts(alerts: readonly Foreign[]): Alert[] {
  const active = alerts.filter(({ state }) => state !== CLEARED);
  return withUniqueKeys(active.toSorted(byAge).map(toAlert));
}

function byAge(a: Foreign, b: Foreign): number {
  const [left, right] = [utcTime(a['raised_timestamp']) ?? 0, utcTime(b['raised_timestamp']) ?? 0];
  return left - right || (String(a['id']) < String(b['id']) ? -1 : 1);
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
  const level = TRAP.exec(trap.trap_oid)?.[1];
  if (level === undefined) return undefined;
  const said: Said = {
    code: varbindText(trap, VARBINDS.code)?.trim(),
    description: varbindText(trap, VARBINDS.description),
    type: varbindText(trap, VARBINDS.type)?.trim(),
    id: varbindText(trap, VARBINDS.id),
    name: varbindText(trap, VARBINDS.name),
  };
  if (said.code === undefined && said.description === undefined) {
    throw new IncompleteTrapInformation(
      `a trap of ${trap.source} has neither code nor text; the alerts of the array will tell`,
    );
  }
  const severity = lookup(TRAP_SEVERITIES, level) ?? 'NotSpecified';
  const isOver = varbindText(trap, VARBINDS.state)?.trim() === CLEARED;
  return compact<Alert>({
    ...toFault(said),
    severity,
    category: isOver ? 'Recovery' : categoryOf(severity),
    occur_time: utcTime(varbindText(trap, VARBINDS.raised)) ?? trap.received_at,
  });
}
