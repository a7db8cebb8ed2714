/** Alerts of the API and of the array's traps (Unity MIB, enterprise 1139.103.1.18). */
import { createHash } from 'node:crypto';
import {
  compact,
  IncompleteTrapInformation,
  lookup,
  number,
  text,
  varbindText,
  type Alert,
  type Category,
  type Foreign,
  type Severity,
  type Trap,
} from 'delfin-agent/driver';
import { RECOVERY_MESSAGES, RECOVERY_REASONS } from './recovery.ts';
import { reference, timeOf } from './records.ts';

/** SeverityEnum: that of syslog, and 8 for OK. The last number of a trap's OID is the same. */
const SEVERITIES: Readonly<Record<string, Severity>> = {
  '0': 'Critical',
  '1': 'Critical',
  '2': 'Critical',
  '3': 'Major',
  '4': 'Warning',
  '5': 'Informational',
  '6': 'Informational',
  '7': 'NotSpecified',
  '8': 'Informational',
};
const OK = '8';

/** AlertStateEnum: 0 and 1 are active (until someone, or the array itself, ends it). */
const INACTIVE = 2;

/** `enterprise.N`, or `enterprise.0.N` as RFC 3584 makes it of a v1 trap. */
const TRAP = /^1\.3\.6\.1\.4\.1\.1139\.103\.1\.18\.2\.(?:0\.)?(\d+)$/;
const FIELD = '1.3.6.1.4.1.1139.103.1.18.1';
const NODE = `${FIELD}.1`;
const SYMPTOM_ID = `${FIELD}.3`;
const SYMPTOM_TEXT = `${FIELD}.4`;

export function toAlert(content: Foreign): Alert | undefined {
  if (number(content['state']) === INACTIVE) return undefined;
  const message = text(content['message']);
  const id = text(content['messageId']) ?? text(content['descriptionId']);
  if (id === undefined && message === undefined) return undefined;
  return compact<Alert>({
    ...identity(id ?? 'unknown', message),
    severity: lookup(SEVERITIES, content['severity']) ?? 'NotSpecified',
    category: categoryOf(text(content['severity']), id, text(content['descriptionId'])),
    sequence_number: text(content['id']),
    occur_time: timeOf(content['timestamp']),
    description: text(content['description']),
    location: reference(content['component']),
  });
}

export function parseAlert(trap: Trap): Alert | undefined {
  const level = TRAP.exec(trap.trap_oid)?.[1];
  if (level === undefined) return undefined;
  const id = varbindText(trap, SYMPTOM_ID);
  const message = varbindText(trap, SYMPTOM_TEXT);
  if (id === undefined) {
    throw new IncompleteTrapInformation(
      `a trap of ${trap.source} names no symptom; the alerts of the array will tell`,
    );
  }
  return compact<Alert>({
    ...identity(id, message),
    severity: lookup(SEVERITIES, level) ?? 'NotSpecified',
    category: categoryOf(level, id, undefined),
    occur_time: trap.received_at,
    description: message,
    location: varbindText(trap, NODE),
  });
}

function identity(id: string, message: string | undefined) {
  return {
    alert_id: id,
    alert_name: message,
    type: 'EquipmentAlarm',
    resource_type: 'Storage',
    // Trap and API share the symptom and the message, which names the component.
    match_key: createHash('md5')
      .update(message ?? id)
      .digest('hex'),
  } as const;
}

function categoryOf(
  severity: string | undefined,
  id: string | undefined,
  reason: string | undefined,
): Category {
  if (severity === OK || RECOVERY_REASONS.test(reason ?? '')) return 'Recovery';
  if (RECOVERY_MESSAGES.has(id ?? '')) return 'Recovery';
  const isInformation = severity !== undefined && ['5', '6', '7'].includes(severity);
  return isInformation ? 'Event' : 'Fault';
}
