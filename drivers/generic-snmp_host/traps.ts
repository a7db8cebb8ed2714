/** Notifications: SNMPv2-MIB and IF-MIB, net-snmp's own, and those of vendors (as tables). */
import { varbind, varbindNumber, varbindText, type Alert, type Trap } from 'delfin-agent/driver';
import { linkDown, linkShut } from './alerts.ts';
import { VENDOR_TRAPS } from './vendors/index.ts';
import type { VendorTrap } from './vendors/shape.ts';

const SNMP_TRAPS = '1.3.6.1.6.3.1.1.5';
const IF_INDEX = '1.3.6.1.2.1.2.2.1.1';
const IF_DESCR = '1.3.6.1.2.1.2.2.1.2';
const IF_ADMIN_STATUS = '1.3.6.1.2.1.2.2.1.7';
const IF_NAME = '1.3.6.1.2.1.31.1.1.1.1';
const UP = 1;
const LONGEST_KEY = 200;

type Event = Pick<
  Alert,
  'alert_id' | 'alert_name' | 'severity' | 'type' | 'description' | 'resource_type'
>;

const event = (
  alert_id: string,
  alert_name: string,
  description: string,
  severity: Alert['severity'] = 'Informational',
): Event => ({ alert_id, alert_name, severity, type: 'EquipmentAlarm', description, resource_type: 'Storage' }); // prettier-ignore

const EVENTS: Readonly<Record<string, Event>> = {
  [`${SNMP_TRAPS}.1`]: event(
    'coldStart',
    'Cold start',
    'The SNMP agent has started; its configuration may have changed',
  ),
  [`${SNMP_TRAPS}.2`]: event(
    'warmStart',
    'Warm start',
    'The SNMP agent has restarted with its configuration unchanged',
  ),
  [`${SNMP_TRAPS}.5`]: {
    ...event(
      'authenticationFailure',
      'Authentication failure',
      'Someone asked the SNMP agent with a wrong community or key',
      'Warning',
    ),
    type: 'SecurityServiceOrMechanismViolation',
  },
  // NET-SNMP-AGENT-MIB, and UCD-SNMP-MIB before it.
  '1.3.6.1.4.1.8072.4.0.1': event('nsNotifyStart', 'Agent started', 'The SNMP agent has started'),
  '1.3.6.1.4.1.8072.4.0.2': event('nsNotifyShutdown', 'Agent shut down', 'The SNMP agent is being shut down'), // prettier-ignore
  '1.3.6.1.4.1.8072.4.0.3': event('nsNotifyRestart', 'Agent restarted', 'The SNMP agent has restarted'), // prettier-ignore
  '1.3.6.1.4.1.2021.251.1': event('ucdStart', 'Agent started', 'The SNMP agent has started'),
  '1.3.6.1.4.1.2021.251.2': event('ucdShutdown', 'Agent shut down', 'The SNMP agent is being shut down'), // prettier-ignore
};

/** DISMAN-EVENT-MIB: what net-snmp's `monitor` lines send, by name of the trigger and what is over its bounds. */
const TRIGGERS = /^1\.3\.6\.1\.2\.1\.88\.2\.0\.[123]$/;
const HOT_TRIGGER = '1.3.6.1.2.1.88.2.1.1';
const HOT_OID = '1.3.6.1.2.1.88.2.1.4';
/** dskErrorMsg, prErrMessage, laErrMessage and others that such lines add. */
const UCD_MESSAGE = /^1\.3\.6\.1\.4\.1\.2021\.(?:2|8|9|10)\.1\.101\./;

export function parseHostTrap(trap: Trap): Alert | undefined {
  const { trap_oid: oid, received_at: occur_time } = trap;
  if (oid === `${SNMP_TRAPS}.3`) return linkAlert(trap, 'Fault');
  if (oid === `${SNMP_TRAPS}.4`) return linkAlert(trap, 'Recovery');
  const known = EVENTS[oid];
  if (known) return { ...known, category: 'Event', occur_time, match_key: known.alert_id };
  if (TRIGGERS.test(oid)) return triggered(trap);
  const vendor = VENDOR_TRAPS.find(({ oids }) => oids.includes(oid));
  return vendor && vendorAlert(trap, vendor);
}

/** One that was shut on purpose is no fault; nor has it been one, if it was lost before. */
function linkAlert(trap: Trap, category: 'Fault' | 'Recovery'): Alert | undefined {
  const index = varbindNumber(trap, IF_INDEX);
  if (index === undefined) return undefined;
  const name = varbindText(trap, IF_NAME) ?? varbindText(trap, IF_DESCR) ?? `interface ${index}`;
  const admin = varbindNumber(trap, IF_ADMIN_STATUS);
  const shut = category === 'Fault' && admin !== undefined && admin !== UP;
  const alert = shut ? linkShut(String(index), name) : linkDown(String(index), name, category);
  return { ...alert, occur_time: trap.received_at };
}

function triggered(trap: Trap): Alert {
  const name = varbindText(trap, HOT_TRIGGER)?.slice(0, LONGEST_KEY) ?? 'trigger';
  const message = trap.varbinds.find(({ oid }) => UCD_MESSAGE.test(oid))?.oid;
  const at = String(varbind(trap, HOT_OID)?.value ?? '').slice(0, LONGEST_KEY);
  return {
    alert_id: 'mteTrigger',
    alert_name: name,
    severity: 'Warning',
    category: 'Event',
    type: 'QualityOfServiceAlarm',
    description:
      (message && varbindText(trap, message)) || `The trigger ${name} of the agent fired`,
    resource_type: 'Storage',
    location: at || name,
    match_key: `mteTrigger/${name}/${at}`,
    occur_time: trap.received_at,
  };
}

function vendorAlert(trap: Trap, vendor: VendorTrap): Alert {
  const texts = (vendor.text ?? []).map((oid) => varbindText(trap, oid));
  const text = texts.find((each) => each !== undefined);
  const key = vendor.key === undefined ? text : varbindText(trap, vendor.key);
  return {
    alert_id: vendor.alert_id,
    alert_name: vendor.alert_name,
    severity: severityOf(trap, vendor),
    category: vendor.category,
    type: vendor.type,
    description: text ?? vendor.alert_name,
    resource_type: vendor.resource ?? 'Storage',
    match_key: `${vendor.alert_id}/${(key ?? '').slice(0, LONGEST_KEY)}`,
    occur_time: trap.received_at,
    ...(vendor.key === undefined || key === undefined ? {} : { sequence_number: key }),
  };
}

function severityOf(trap: Trap, { severity }: VendorTrap): Alert['severity'] {
  if (typeof severity === 'string') return severity;
  const said = varbindNumber(trap, severity.oid) ?? varbindText(trap, severity.oid)?.trim();
  return severity.levels[String(said)] ?? 'NotSpecified';
}
