/** The standard traps (SNMPv2-MIB, IF-MIB), and the links that are down as current alerts. */
import { varbindNumber, varbindText, type Alert, type Trap } from 'delfin-agent/driver';
import type { InterfaceRow } from './client.ts';

const SNMP_TRAPS = '1.3.6.1.6.3.1.1.5';
const IF_INDEX = '1.3.6.1.2.1.2.2.1.1';
const IF_DESCR = '1.3.6.1.2.1.2.2.1.2';
const IF_NAME = '1.3.6.1.2.1.31.1.1.1.1';
const UP = 1;
const DOWN = 2;

const EVENTS: Readonly<Record<string, Omit<Alert, 'match_key'>>> = {
  [`${SNMP_TRAPS}.1`]: {
    alert_id: 'coldStart',
    alert_name: 'Cold start',
    severity: 'Informational',
    category: 'Event',
    type: 'EquipmentAlarm',
    description: 'The SNMP agent has started; its configuration may have changed',
    resource_type: 'Storage',
  },
  [`${SNMP_TRAPS}.2`]: {
    alert_id: 'warmStart',
    alert_name: 'Warm start',
    severity: 'Informational',
    category: 'Event',
    type: 'EquipmentAlarm',
    description: 'The SNMP agent has restarted with its configuration unchanged',
    resource_type: 'Storage',
  },
  [`${SNMP_TRAPS}.5`]: {
    alert_id: 'authenticationFailure',
    alert_name: 'Authentication failure',
    severity: 'Warning',
    category: 'Event',
    type: 'SecurityServiceOrMechanismViolation',
    description: 'Someone asked the SNMP agent with a wrong community or key',
    resource_type: 'Storage',
  },
};

export function parseHostTrap(trap: Trap): Alert | undefined {
  if (trap.trap_oid === `${SNMP_TRAPS}.3`) return linkAlert(trap, 'Fault');
  if (trap.trap_oid === `${SNMP_TRAPS}.4`) return linkAlert(trap, 'Recovery');
  const event = EVENTS[trap.trap_oid];
  return event && { ...event, occur_time: trap.received_at, match_key: event.alert_id };
}

function linkAlert(trap: Trap, category: 'Fault' | 'Recovery'): Alert | undefined {
  const index = varbindNumber(trap, IF_INDEX);
  if (index === undefined) return undefined;
  const name = varbindText(trap, IF_NAME) ?? varbindText(trap, IF_DESCR) ?? `interface ${index}`;
  return { ...linkDown(String(index), name, category), occur_time: trap.received_at };
}

/** Links that should be up and are not. */
export function linkAlerts(interfaces: readonly InterfaceRow[]): Alert[] {
  return interfaces
    .filter((row) => row.adminStatus === UP && row.operStatus === DOWN)
    .map((row) => linkDown(row.index, row.name, 'Fault'));
}

function linkDown(index: string, name: string, category: 'Fault' | 'Recovery'): Alert {
  return {
    alert_id: 'linkDown',
    alert_name: 'Link down',
    severity: 'Major',
    category,
    type: 'CommunicationsAlarm',
    sequence_number: index,
    description:
      category === 'Fault' ? `The link of ${name} is down` : `The link of ${name} is up again`,
    recovery_advice: 'Check the cable and the switch port.',
    resource_type: 'Port',
    location: name,
    match_key: `linkDown/${index}`,
    clear_category: 'Automatic',
  };
}
