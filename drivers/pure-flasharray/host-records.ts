/** Hosts, their initiators, host groups, and who sees which volume. All but volumes are known by name. */
import {
  compact,
  lookup,
  MaskingViewSchema,
  pick,
  recordsOf,
  StorageHostSchema,
  text,
  worldWideName,
  type Foreign,
  type MaskingView,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import { label, refName } from './records.ts';
import { HOST_STATES, PERSONALITIES } from './words-table.ts';

export const toHosts = recordsOf(StorageHostSchema, {
  native_storage_host_id: 'name',
  name: 'name',
  os_type: ({ personality }) => PERSONALITIES[String(personality)] ?? text(personality),
  status: ({ port_connectivity: connectivity }) => {
    const status = pick(connectivity, 'status');
    // Critical by the details "None": not one initiator is logged in.
    const isOffline = status === 'critical' && pick(connectivity, 'details') === 'None';
    return isOffline ? 'offline' : lookup(HOST_STATES, status);
  },
});

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
  const online = (logins ?? []).flatMap(({ initiator }) => namesIn(initiator));
  const isOnline = new Set(online.map(({ id }) => id));
  const named = hosts.flatMap((host) => {
    const isLocal = host['is_local'] !== false;
    return namesIn(host).map((name) => ({ ...name, host: label(host['name']), isLocal }));
  });
  const found = new Map<string, StorageHostInitiator>();
  for (const { id, type, host, isLocal } of [
    ...named.toSorted((a, b) => Number(b.isLocal) - Number(a.isLocal)),
    ...online.map((name) => ({ ...name, host: undefined, isLocal: true })),
  ]) {
    if (found.has(id)) continue;
    // Where another array's host is logged in there is not known here.
    const offline = logins && isLocal ? 'offline' : undefined;
    const record = {
      native_storage_host_initiator_id: id,
      native_storage_host_id: host,
      name: id,
      type,
      status: isOnline.has(id) ? 'online' : offline,
      wwn: id,
    } as const;
    found.set(id, compact<StorageHostInitiator>(record));
  }
  return [...found.values()];
}

/** In lists of a host, or one by one of a login. */
function namesIn(item: unknown) {
  return PORT_KINDS.flatMap(([many, one, type]) =>
    [pick(item, many) ?? pick(item, one)].flat().flatMap((name) => {
      const written = label(name);
      return written === undefined ? [] : { id: worldWideName(written), type };
    }),
  );
}

const toViews = recordsOf(MaskingViewSchema, {
  native_storage_host_group_id: (connection) => refName(connection, 'host_group'),
  native_storage_host_id: (connection, { native_storage_host_group_id: group }) =>
    group === undefined ? refName(connection, 'host') : undefined,
  native_volume_id: 'volume.id',
  native_masking_view_id: (_, view) => {
    const { native_storage_host_group_id: group, native_storage_host_id: host } = view;
    const { native_volume_id: volume } = view;
    if (volume === undefined || (group ?? host) === undefined) return undefined;
    return group === undefined ? `host:${host}/${volume}` : `group:${group}/${volume}`;
  },
});

/** A host group's connection is listed once for each of its hosts; it is one view of the group. */
export function toMaskingViews(connections: readonly Foreign[]): MaskingView[] {
  const views = toViews(connections).map((view) => [view.native_masking_view_id, view] as const);
  return [...new Map(views).values()];
}
