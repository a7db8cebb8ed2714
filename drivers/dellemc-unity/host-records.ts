/** Hosts, their initiators and groups, and which LUNs they see. */
import {
  compact,
  lookup,
  number,
  text,
  type Foreign,
  type MaskingView,
  type StorageHost,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import {
  HEALTH,
  HEALTH_STATES,
  healthOf,
  label,
  portName,
  reasonsOf,
  reference,
} from './records.ts';

/** The free text of `osType`, as Unisphere offers it -> the seed's names. */
const OS_TYPES: Readonly<Record<string, string>> = {
  AIX: 'AIX',
  'Citrix XenServer': 'XenServer',
  'HP-UX': 'HP-UX',
  Linux: 'Linux',
  'Mac OS': 'Mac OS',
  Solaris: 'Solaris',
  'Windows Client': 'Windows',
  'Windows Server': 'Windows',
};

/** HostInitiatorTypeEnum. */
const INITIATOR_TYPES = { '0': 'unknown', '1': 'fc', '2': 'iscsi' } as const;

/** The health of an initiator is that of its logins: degraded means that none is there. */
const INITIATOR_STATES = {
  [HEALTH.unknown]: 'unknown',
  [HEALTH.ok]: 'online',
  [HEALTH.okBut]: 'online',
  [HEALTH.degraded]: 'offline',
  [HEALTH.minor]: 'online',
  [HEALTH.major]: 'online',
  [HEALTH.critical]: 'unknown',
  [HEALTH.nonRecoverable]: 'unknown',
} as const;

/** HostPortTypeEnum: a name instead of an address. */
const NETWORK_NAME = 2;

/** Host id -> its first address. */
export function toHostAddresses(ports: readonly Foreign[]): ReadonlyMap<string, string> {
  const addresses = new Map<string, string>();
  const named = (port: Foreign) => number(port['type']) === NETWORK_NAME;
  for (const port of [...ports.filter((one) => !named(one)), ...ports.filter(named)]) {
    const host = reference(port['host']);
    const address = text(port['address']);
    if (host !== undefined && address !== undefined && !addresses.has(host)) {
      addresses.set(host, address);
    }
  }
  return addresses;
}

export function toHost(
  content: Foreign,
  id: string,
  addresses: ReadonlyMap<string, string> | undefined,
): StorageHost {
  return compact<StorageHost>({
    native_storage_host_id: id,
    name: label(content['name']),
    description: label(content['description']),
    os_type: osType(text(content['osType'])),
    status: lookup(HEALTH_STATES, healthOf(content)),
    ip_address: addresses?.get(id),
  });
}

function osType(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  if (written.includes('VMware ESX')) return 'VMware ESX';
  const known = Object.keys(OS_TYPES).find((name) => written.startsWith(name));
  return known === undefined ? 'Unknown' : OS_TYPES[known];
}

export function toInitiator(content: Foreign, id: string): StorageHostInitiator {
  return compact<StorageHostInitiator>({
    native_storage_host_initiator_id: id,
    native_storage_host_id: reference(content['parentHost']),
    name: text(content['initiatorId']),
    type: lookup(INITIATOR_TYPES, content['type']),
    status: initiatorState(content),
    wwn: portName(content['portWWN']) ?? portName(content['initiatorId']),
  });
}

function initiatorState(content: Foreign): StorageHostInitiator['status'] {
  if (reasonsOf(content).some((reason) => reason.includes('NO_LOGGED_IN'))) return 'offline';
  return lookup(INITIATOR_STATES, healthOf(content));
}

export function toMaskingView(content: Foreign, id: string): MaskingView {
  return compact<MaskingView>({
    native_masking_view_id: id,
    name: id,
    native_storage_host_id: reference(content['host']),
    native_volume_id: isOfSnapshot(content) ? undefined : reference(content['lun']),
  });
}

/** HostLUNTypeEnum. */
const SNAPSHOT = 2;

/** With a snapshot the host sees that, not the LUN it is of. */
function isOfSnapshot(content: Foreign): boolean {
  return reference(content['snap']) !== undefined || number(content['type']) === SNAPSHOT;
}
