/** Current alerts: links that were lost, and what a vendor's tables call broken. */
import type { Alert } from 'delfin-agent/driver';
import type { InterfaceRow } from './client.ts';
import type { Item, PartItem, VendorIdentity } from './vendor.ts';
import type { State } from './vendors/shape.ts';

const UP = 1;
const DOWN = 2;

/** Remembers which links were up. */
export interface Links {
  note(interfaces: readonly InterfaceRow[]): void;
  /** Links that should be up, were, and are not. */
  lost(interfaces: readonly InterfaceRow[]): Alert[];
}

/** One through which something was received was up, too, before this program started. */
export function createLinks(): Links {
  const seenUp = new Set<string>();
  const wasUp = ({ index, received }: InterfaceRow) =>
    seenUp.has(index) || (received !== undefined && received.value > 0n);
  const note = (interfaces: readonly InterfaceRow[]) => {
    const present = new Set(interfaces.map(({ index }) => index));
    for (const index of seenUp) if (!present.has(index)) seenUp.delete(index);
    for (const { index, operStatus } of interfaces) if (operStatus === UP) seenUp.add(index);
  };
  return {
    note,
    lost(interfaces) {
      note(interfaces);
      return interfaces
        .filter((row) => row.adminStatus === UP && row.operStatus === DOWN && wasUp(row))
        .map((row) => linkDown(row.index, row.name, 'Fault'));
    },
  };
}

export function linkDown(index: string, name: string, category: 'Fault' | 'Recovery'): Alert {
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

/** Shut on purpose. */
export function linkShut(index: string, name: string): Alert {
  return {
    alert_id: 'linkShut',
    alert_name: 'Link shut',
    severity: 'Informational',
    category: 'Event',
    type: 'CommunicationsAlarm',
    sequence_number: index,
    description: `The interface ${name} was shut by an administrator`,
    resource_type: 'Port',
    location: name,
    match_key: `linkShut/${index}`,
  };
}

const SEVERITY: Readonly<Partial<Record<State, Alert['severity']>>> = {
  abnormal: 'Critical',
  offline: 'Major',
  degraded: 'Major',
};

/** Kinds of objects, as alerts name them. */
const KINDS = {
  disks: 'Disk',
  pools: 'StoragePool',
  volumes: 'Volume',
  groups: 'RAID group',
} as const;
export type Kind = keyof typeof KINDS;

export function healthAlerts(kind: Kind, items: readonly Item[]): Alert[] {
  return items.flatMap(({ id, name, status }) => broken(KINDS[kind], id, name ?? id, status));
}

export function partAlerts(items: readonly PartItem[]): Alert[] {
  return items.flatMap(({ type, id, name, status }) =>
    broken(type.replace('_', ' '), id, name ?? id, status),
  );
}

export function systemAlerts(vendor: VendorIdentity | undefined): Alert[] {
  return (vendor?.health ?? []).flatMap(({ what, state }) => broken('Storage', what, what, state));
}

function broken(resource_type: string, id: string, name: string, state: State | undefined) {
  const severity = state && SEVERITY[state];
  if (!severity) return [];
  const alert: Alert = {
    alert_id: 'health',
    alert_name: `${resource_type} ${state}`,
    severity,
    category: 'Fault',
    type: 'EquipmentAlarm',
    description: `${name} is ${state}, says the system's own table`,
    resource_type,
    location: name,
    match_key: `health/${resource_type}/${id}`,
    clear_category: 'Automatic',
  };
  return [alert];
}
