/** Initiator groups and NVMe subsystems, what is in them, and what they see. */
import {
  byId,
  identifier,
  lookup,
  MaskingViewSchema,
  objects,
  pick,
  recordsOf,
  StorageHostInitiatorSchema,
  StorageHostSchema,
  text,
  type Foreign,
  type Group,
} from 'delfin-agent/driver';
import { CONNECTIONS, GROUP_CONNECTIONS, SYSTEMS } from './tables.ts';
import { joined, uuidAt, listedIn } from './values.ts';

export const toHosts = recordsOf(StorageHostSchema, {
  native_storage_host_id: 'uuid',
  name: 'name',
  description: 'comment',
  os_type(group) {
    const system = text(group['os_type']);
    const known: Readonly<Record<string, string>> = SYSTEMS;
    return system && (known[system] ?? system);
  },
  status: ['connectivity_tracking.connection_state', GROUP_CONNECTIONS],
});

/** Groups that are made of groups; one that also has initiators of its own is a host among its hosts. */
export function groupsOf(groups: readonly Foreign[]): Group[] {
  return groups.filter(isNested).map((group) => {
    const id = identifier(group['uuid']) ?? '';
    const own = objects(group['initiators']).length > 0 ? [id] : [];
    const nested = objects(group['igroups']).flatMap(({ uuid }) => identifier(uuid) ?? []);
    const [name, description] = [identifier(group['name']), identifier(group['comment'])];
    return { id, name, description, members: [...own, ...nested] };
  });
}

function isNested(group: Foreign): boolean {
  return objects(group['igroups']).length > 0;
}

/** Names of initiators that are logged in; undefined: it could not be read. */
export interface LoggedIn {
  readonly fc: ReadonlySet<string> | undefined;
  readonly iscsi: ReadonlySet<string> | undefined;
}

export function namesOf(
  logins: readonly Foreign[] | undefined,
  path: string,
): ReadonlySet<string> | undefined {
  return logins && new Set(logins.flatMap((one) => text(pick(one, path))?.toLowerCase() ?? []));
}

const TRACKED = 'connectivity_tracking.connection_state';

/** Whether these groups say themselves who is logged in. */
export function tracksLogins(groups: readonly Foreign[]): boolean {
  return groups.some((group) =>
    objects(group['initiators']).some((one) => pick(one, TRACKED) !== undefined),
  );
}

export function toInitiators(groups: readonly Foreign[], loggedIn: LoggedIn) {
  const kindOf = (one: Foreign) =>
    /^(?:iqn|eui|naa)\./i.test(text(one['name']) ?? '') ? 'iscsi' : 'fc';
  return recordsOf(StorageHostInitiatorSchema, {
    native_storage_host_initiator_id: (one) => joined(pick(one, 'of.uuid'), one['name']),
    native_storage_host_id: 'of.uuid',
    name: 'name',
    description: 'comment',
    type: kindOf,
    status(one) {
      const known = loggedIn[kindOf(one)];
      const isKnown = known?.has(text(one['name'])?.toLowerCase() ?? '');
      return lookup(CONNECTIONS, pick(one, TRACKED)) ?? (known && (isKnown ? 'online' : 'offline'));
    },
    wwn: 'name',
  })(listedIn(groups, 'initiators'));
}

const nvmeHosts = recordsOf(StorageHostInitiatorSchema, {
  native_storage_host_initiator_id: (host) => joined(pick(host, 'of.uuid'), host['nqn']),
  native_storage_host_id: 'of.uuid',
  name: 'nqn',
  type: 'nvme-of',
  wwn: 'nqn',
});

export const toNvmeHosts = (subsystems: readonly Foreign[]) =>
  nvmeHosts(listedIn(subsystems, 'hosts'));

/** `igroups`: those that the LUNs are mapped to: a host, or a group of hosts, and its ports. */
export function toLunMaps(igroups: readonly Foreign[]) {
  const groupAt = byId(igroups, 'uuid');
  const groupOf = (map: Foreign) => groupAt(pick(map, 'igroup.uuid')) ?? {};
  const seenBy = (map: Foreign, nested: boolean) =>
    isNested(groupOf(map)) === nested ? uuidAt(map, 'igroup') : undefined;
  return recordsOf(MaskingViewSchema, {
    native_masking_view_id: (map) => joined(uuidAt(map, 'lun'), uuidAt(map, 'igroup')),
    native_storage_host_group_id: (map) => seenBy(map, true),
    native_storage_host_id: (map) => seenBy(map, false),
    native_volume_id: 'lun.uuid',
    native_port_group_id: (map) => uuidAt(groupOf(map), 'portset'),
  });
}

export const toSubsystemMaps = recordsOf(MaskingViewSchema, {
  native_masking_view_id: (map) => joined(uuidAt(map, 'subsystem'), uuidAt(map, 'namespace')),
  native_storage_host_id: 'subsystem.uuid',
  native_volume_id: 'namespace.uuid',
});

export function portsetsOf(portsets: readonly Foreign[]): Group[] {
  return portsets.map((portset) => ({
    id: identifier(portset['uuid']) ?? '',
    name: identifier(portset['name']),
    members: objects(portset['interfaces']).flatMap(
      (one) => identifier(one['uuid']) ?? uuidAt(one, 'fc') ?? uuidAt(one, 'ip') ?? [],
    ),
  }));
}
