/** A transition as a log record: names and severities of the catalog's section 3. */
import { SeverityNumber, type Attributes, type HrTime } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type {
  AlertTransition,
  Transition,
  TrapTransition,
} from '../../backend/alerts/transition.ts';
import type { Severity, Trap } from '../../driver/alerts.ts';
import { VERSION } from '../../version.ts';
import { snakeCase } from './snake-case.ts';
import { varbindAttributes } from './varbinds.ts';

/** Inside OTLP's ranges as RFC 5674 orders them: Fatal in FATAL, the next three in ERROR. */
export const SEVERITY_NUMBERS: Readonly<Record<Severity, SeverityNumber>> = {
  Fatal: SeverityNumber.FATAL,
  Critical: SeverityNumber.ERROR3,
  Major: SeverityNumber.ERROR2,
  Minor: SeverityNumber.ERROR,
  Warning: SeverityNumber.WARN,
  NotSpecified: SeverityNumber.INFO2,
  Informational: SeverityNumber.INFO,
};
/** The end of a fault must not fire rules on errors; its severity stays in the text. */
const CLEARED = SeverityNumber.INFO2;
const UNPARSED = SeverityNumber.WARN;
const DAY_MS = 86_400_000;
const MAX_TEXT_BYTES = 4_096;
const MAX_NAME_BYTES = 1_024;
const LONG_TEXTS: ReadonlySet<string> = new Set([
  'storage.alert.location',
  'storage.alert.recovery_advice',
]);
/** The SDK groups by identity. */
const SCOPE = { name: 'delfin.alerts', version: VERSION };

/** SNMPv2-MIB and IF-MIB. */
const TRAP_NAMES: Readonly<Record<string, string>> = {
  '1.3.6.1.6.3.1.1.5.1': 'coldStart',
  '1.3.6.1.6.3.1.1.5.2': 'warmStart',
  '1.3.6.1.6.3.1.1.5.3': 'linkDown',
  '1.3.6.1.6.3.1.1.5.4': 'linkUp',
  '1.3.6.1.6.3.1.1.5.5': 'authenticationFailure',
  '1.3.6.1.6.3.1.1.5.6': 'egpNeighborLoss',
};

export interface RecordOptions {
  /** Raw varbinds also on alerts that a driver parsed. */
  readonly varbinds: boolean;
}

export function toRecord(
  transition: Transition,
  resource: Resource,
  options: RecordOptions,
): ReadableLogRecord {
  const about =
    transition.kind === 'alert' ? aboutAlert(transition, options) : aboutTrap(transition);
  return {
    hrTimeObserved: hrTime(transition.observedAt),
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    ...about,
    attributes: present({ ...about.attributes, 'log.record.uid': transition.uid }),
  };
}

type About = Pick<
  ReadableLogRecord,
  'hrTime' | 'severityNumber' | 'severityText' | 'body' | 'eventName' | 'attributes'
>;

function aboutAlert(transition: AlertTransition, { varbinds }: RecordOptions): About {
  const { alert, trap, state, source, observedAt } = transition;
  const recovered = state === 'cleared' || alert.category === 'Recovery';
  return {
    eventName: 'storage.alert',
    hrTime: occurred(alert.occur_time, observedAt),
    severityNumber: recovered ? CLEARED : SEVERITY_NUMBERS[alert.severity],
    severityText: alert.severity,
    body: bounded(alert.description ?? alert.alert_name ?? alert.alert_id, MAX_TEXT_BYTES),
    attributes: {
      'storage.alert.state': state,
      'storage.alert.id': alert.alert_id,
      'storage.alert.name': alert.alert_name,
      'storage.alert.sequence_number': alert.sequence_number,
      'storage.alert.match_key': alert.match_key,
      'storage.alert.severity': snakeCase(alert.severity),
      'storage.alert.category': snakeCase(alert.category),
      'storage.alert.type': alert.type && snakeCase(alert.type),
      'storage.alert.resource_type': alert.resource_type,
      'storage.alert.location': alert.location,
      'storage.alert.recovery_advice': alert.recovery_advice,
      'storage.alert.clear_type': alert.clear_category && snakeCase(alert.clear_category),
      'storage.alert.source': source,
      ...(trap ? trapAttributes(trap) : {}),
      ...(trap && varbinds ? { 'snmp.varbinds': varbindAttributes(trap) } : {}),
    },
  };
}

function aboutTrap({ trap, reason }: TrapTransition): About {
  return {
    eventName: 'snmp.trap',
    hrTime: hrTime(trap.received_at),
    severityNumber: UNPARSED,
    severityText: 'WARN',
    body: `SNMP ${trap.pdu_type} ${trap.trap_oid} from ${trap.source}`,
    attributes: {
      'delfin.parse_error': reason,
      ...trapAttributes(trap),
      'snmp.varbinds': varbindAttributes(trap),
    },
  };
}

function trapAttributes(trap: Trap): Attributes {
  return {
    'snmp.version': trap.version,
    'snmp.pdu.type': trap.pdu_type,
    'snmp.trap.oid': trap.trap_oid,
    'snmp.trap.name': TRAP_NAMES[trap.trap_oid],
    'snmp.trap.agent_address': trap.agent_address,
    'snmp.trap.enterprise': trap.enterprise,
    'snmp.engine.id': trap.engine_id,
    'network.peer.address': trap.source,
    'network.peer.port': trap.source_port,
    'network.transport': 'udp',
  };
}

/** Without what is absent; texts that any encoder can carry. */
function present(attributes: Attributes): Attributes {
  const stated: Attributes = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === '') continue;
    const max = LONG_TEXTS.has(key) ? MAX_TEXT_BYTES : MAX_NAME_BYTES;
    stated[key] = typeof value === 'string' ? bounded(value, max) : value;
  }
  return stated;
}

/** Well-formed, and no longer than so many bytes of UTF-8: an array may say whole books. */
function bounded(text: string, maxBytes: number): string {
  const start = text.slice(0, maxBytes).toWellFormed();
  const bytes = Buffer.from(start);
  if (bytes.length <= maxBytes) return start;
  // Not within a character: what is cut there is left out.
  return new TextDecoder('utf-8').decode(bytes.subarray(0, maxBytes), { stream: true });
}

/** A time that can't be is left out (0): receivers then go by the time of observation. */
function occurred(time: number | undefined, observedAt: number): HrTime {
  const believable = time !== undefined && time > 0 && time <= observedAt + DAY_MS;
  return believable ? hrTime(time) : [0, 0];
}

function hrTime(epochMs: number): HrTime {
  const whole = Math.round(epochMs);
  const seconds = Math.floor(whole / 1_000);
  return [seconds, (whole - seconds * 1_000) * 1_000_000];
}
