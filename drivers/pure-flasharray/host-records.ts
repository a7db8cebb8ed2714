/** Hosts, their initiators, host groups, and who sees which volume. All but volumes are known by name. */
import {
  compact,
  lookup,
  text,
  worldWideName,
  withId,
  type Foreign,
  type MaskingView,
  type StorageHost,
  type StorageHostGroups,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import { inside, label, refId, refName } from './records.ts';
import { HOST_STATES, PERSONALITIES } from './words-table.ts';

export function toHost(host: Foreign, name: string): StorageHost {
  const personality = text(host['personality']);
  const { status, details } = inside(host, 'port_connectivity');
  // Critical by the details "None": not one initiator is logged in.
  const isOffline = status === 'critical' && details === 'None';
  return compact<StorageHost>({
    native_storage_host_id: name,
    name,
    os_type: personality && (PERSONALITIES[personality] ?? personality),
    status: isOffline ? 'offline' : lookup(HOST_STATES, status),
  });
}

export function toHostGroups(
  groups: readonly Foreign[],
  hosts: readonly Foreign[],
): StorageHostGroups {
  const members = Map.groupBy(
    withId(hosts, (host, name) => [refName(host, 'host_group'), name] as const, 'name'),
    ([group]) => group,
  );
  const found = withId(
    groups,
    (_, name) => ({ name, hosts: (members.get(name) ?? []).map(([, host]) => host) }),
    'name',
  );
  return {
    storage_host_groups: found.map(({ name, hosts: names }) => ({
      native_storage_host_group_id: name,
      name,
      storage_hosts: names.join(','),
    })),
    storage_host_grp_host_rels: found.flatMap(({ name, hosts: names }) =>
      names.map((host) => ({ native_storage_host_group_id: name, native_storage_host_id: host })),
    ),
  };
}

const PORT_KINDS = [
  ['wwns', 'wwn', 'fc'],
  ['iqns', 'iqn', 'iscsi'],
  ['nqns', 'nqn', 'nvme-of'],
] as const;

/**
 * Initiators of all hosts, and those that are logged in without belonging to one. A peer of a stretched
 * pod has hosts of its own with the same initiators: the one of this array counts.
 */
export function toInitiators(
  hosts: readonly Foreign[],
  logins: readonly Foreign[] | undefined,
): StorageHostInitiator[] {
  const found = new Map<string, StorageHostInitiator>();
  const online = (logins ?? []).flatMap((login) => namesIn(inside(login, 'initiator')));
  const isOnline = new Set(online.map(({ id }) => id));
  const add = ({ id, type }: Seen, host: string | undefined, isLocal: boolean) => {
    if (found.has(id)) return;
    // Where another array's host is logged in there is not known here.
    const offline = logins && isLocal ? 'offline' : undefined;
    const record = compact<StorageHostInitiator>({
      native_storage_host_initiator_id: id,
      native_storage_host_id: host,
      name: id,
      type,
      status: isOnline.has(id) ? 'online' : offline,
      wwn: id,
    });
    found.set(id, record);
  };
  for (const isLocal of [true, false]) {
    for (const host of hosts.filter(({ is_local: local }) => (local !== false) === isLocal)) {
      for (const seen of namesIn(host)) add(seen, label(host['name']), isLocal);
    }
  }
  for (const seen of online) add(seen, undefined, true);
  return [...found.values()];
}

interface Seen {
  readonly id: string;
  readonly type: 'fc' | 'iscsi' | 'nvme-of';
}

/** In lists of a host, or one by one of a login. */
function namesIn(item: Foreign): Seen[] {
  return PORT_KINDS.flatMap(([many, one, type]) =>
    [item[many] ?? item[one]].flat().flatMap((name) => {
      const written = label(name);
      return written === undefined ? [] : { id: worldWideName(written), type };
    }),
  );
}

/** A host group's connection is listed once for each of its hosts; it is one view of the group. */
export function toMaskingViews(connections: readonly Foreign[]): MaskingView[] {
  const views = new Map<string, MaskingView>();
  for (const connection of connections) {
    const volume = refId(connection, 'volume');
    const group = refName(connection, 'host_group');
    const host = group === undefined ? refName(connection, 'host') : undefined;
    if (volume === undefined || (group ?? host) === undefined) continue;
    const id = group === undefined ? `host:${host}/${volume}` : `group:${group}/${volume}`;
    const view = {
      native_masking_view_id: id,
      native_storage_host_group_id: group,
      native_storage_host_id: host,
      native_volume_id: volume,
    };
    views.set(id, compact<MaskingView>(view));
  }
  return [...views.values()];
}
