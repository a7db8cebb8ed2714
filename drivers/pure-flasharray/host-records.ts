/** Hosts, their initiators, host groups, and who sees which volume. All but volumes are known by name. */
import {
  compact,
  lookup,
  text,
  worldWideName,
  type Foreign,
  type MaskingView,
  type StorageHost,
  type StorageHostGroups,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import { label, refId, refName, withName } from './records.ts';

const PERSONALITIES: Readonly<Record<string, string>> = {
  aix: 'AIX',
  esxi: 'VMware ESXi',
  'hitachi-vsp': 'Hitachi VSP',
  hpux: 'HP-UX',
  'oracle-vm-server': 'Oracle VM Server',
  solaris: 'Solaris',
  vms: 'OpenVMS',
};

const HOST_STATES = {
  healthy: 'normal',
  unhealthy: 'degraded',
  critical: 'abnormal',
  unknown: 'unknown',
} as const;
/** Of the details: not one initiator is logged in. */
const NO_PATH = 'None';

export function toHost(host: Foreign, name: string): StorageHost {
  const personality = text(host['personality']);
  const { status, details } = connectivityOf(host);
  return compact<StorageHost>({
    native_storage_host_id: name,
    name,
    os_type: personality && (PERSONALITIES[personality] ?? personality),
    status: status === 'critical' && details === NO_PATH ? 'offline' : lookup(HOST_STATES, status),
  });
}

function connectivityOf(host: Foreign): Foreign {
  const value = host['port_connectivity'];
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

export function toHostGroups(
  groups: readonly Foreign[],
  hosts: readonly Foreign[],
): StorageHostGroups {
  const members = withName(hosts, (host, name) => [refName(host['host_group']), name] as const);
  const names = withName(groups, (_, name) => name);
  const byGroup = Map.groupBy(members, ([group]) => group);
  const membersIn = (name: string) => (byGroup.get(name) ?? []).map(([, host]) => host);
  return {
    storage_host_groups: names.map((name) => ({
      native_storage_host_group_id: name,
      name,
      storage_hosts: membersIn(name).join(','),
    })),
    storage_host_grp_host_rels: names.flatMap((name) =>
      membersIn(name).map((host) => ({
        native_storage_host_group_id: name,
        native_storage_host_id: host,
      })),
    ),
  };
}

const PORT_KINDS = [
  ['wwns', 'wwn', 'fc'],
  ['iqns', 'iqn', 'iscsi'],
  ['nqns', 'nqn', 'nvme-of'],
] as const;

interface Seen {
  readonly id: string;
  readonly type: 'fc' | 'iscsi' | 'nvme-of';
}

/**
 * Initiators of all hosts, and those that are logged in without belonging to one. A peer of a stretched
 * pod has hosts of its own with the same initiators: the one of this array counts.
 */
export function toInitiators(
  hosts: readonly Foreign[],
  logins: readonly Foreign[] | undefined,
): StorageHostInitiator[] {
  const online = new Map((logins ?? []).flatMap(initiatorIn).map((seen) => [seen.id, seen]));
  const found = new Map<string, StorageHostInitiator>();
  const isLocal = ({ is_local: local }: Foreign) => local !== false;
  for (const host of [...hosts.filter(isLocal), ...hosts.filter((one) => !isLocal(one))]) {
    for (const seen of configured(host)) {
      if (found.has(seen.id)) continue;
      // Where another array's host is logged in there is not known here.
      const offline = logins && isLocal(host) ? 'offline' : undefined;
      const status = online.has(seen.id) ? 'online' : offline;
      found.set(seen.id, toInitiator(seen, label(host['name']), status));
    }
  }
  for (const seen of online.values()) {
    if (!found.has(seen.id)) found.set(seen.id, toInitiator(seen, undefined, 'online'));
  }
  return [...found.values()];
}

function toInitiator(
  { id, type }: Seen,
  host: string | undefined,
  status: StorageHostInitiator['status'],
): StorageHostInitiator {
  return compact<StorageHostInitiator>({
    native_storage_host_initiator_id: id,
    native_storage_host_id: host,
    name: id,
    type,
    status,
    wwn: id,
  });
}

function configured(host: Foreign): Seen[] {
  return PORT_KINDS.flatMap(([field, , type]) => {
    const names = host[field];
    return (Array.isArray(names) ? names : []).flatMap((name) => seenAs(name, type));
  });
}

function initiatorIn({ initiator }: Foreign): Seen[] {
  if (typeof initiator !== 'object' || initiator === null) return [];
  const names: Foreign = { ...initiator };
  return PORT_KINDS.flatMap(([, field, type]) => seenAs(names[field], type));
}

function seenAs(name: unknown, type: Seen['type']): Seen[] {
  const written = label(name);
  return written === undefined ? [] : [{ id: worldWideName(written), type }];
}

/** A host group's connection is listed once for each of its hosts; it is one view of the group. */
export function toMaskingViews(connections: readonly Foreign[]): MaskingView[] {
  const views = new Map<string, MaskingView>();
  for (const connection of connections) {
    const volume = refId(connection['volume']);
    const group = refName(connection['host_group']);
    const host = group === undefined ? refName(connection['host']) : undefined;
    const viewer = group ?? host;
    if (volume === undefined || viewer === undefined) continue;
    const id = `${group === undefined ? 'host' : 'group'}:${viewer}/${volume}`;
    views.set(
      id,
      compact<MaskingView>({
        native_masking_view_id: id,
        native_storage_host_group_id: group,
        native_storage_host_id: host,
        native_volume_id: volume,
      }),
    );
  }
  return [...views.values()];
}
