/** Initiator groups and NVMe subsystems, what is in them, and what they see. */
import {
  compact,
  identifier,
  lookup,
  text,
  objects,
  type Foreign,
  type MaskingView,
  type PortGroups,
  type StorageHost,
  type StorageHostGroups,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import { CONNECTIONS, GROUP_CONNECTIONS, SYSTEMS } from './tables.ts';
import { joined, label, pick, uuidAt, withId, byUuid } from './values.ts';

export function toHost(group: Foreign, id: string): StorageHost {
  const system = text(group['os_type']);
  const known: Readonly<Record<string, string>> = SYSTEMS;
  return compact<StorageHost>({
    native_storage_host_id: id,
    name: label(group['name']),
    description: label(group['comment']),
    os_type: system && (known[system] ?? system),
    status: lookup(GROUP_CONNECTIONS, pick(group, 'connectivity_tracking.connection_state')),
  });
}

/** Groups that are made of groups; one that also has initiators of its own is a host among its hosts. */
export function toHostGroups(groups: readonly Foreign[]): StorageHostGroups {
  const nested = groups.filter(isNested);
  return {
    storage_host_groups: withId(nested, byUuid, (group, id) => ({
      ...compact<{ name: string; description: string }>({
        name: label(group['name']),
        description: label(group['comment']),
      }),
      native_storage_host_group_id: id,
      storage_hosts: membersOf(group).join(','),
    })),
    storage_host_grp_host_rels: withId(nested, byUuid, (group, id) =>
      membersOf(group).map((member) => ({
        native_storage_host_group_id: id,
        native_storage_host_id: member,
      })),
    ).flat(),
  };
}

function isNested(group: Foreign): boolean {
  return objects(group['igroups']).length > 0;
}

function membersOf(group: Foreign): string[] {
  const own = objects(group['initiators']).length > 0 ? [group] : [];
  return [...own, ...objects(group['igroups'])].flatMap((one) => byUuid(one) ?? []);
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

export function toInitiators(
  groups: readonly Foreign[],
  loggedIn: LoggedIn,
): StorageHostInitiator[] {
  return groups.flatMap((group) =>
    withId(
      objects(group['initiators']),
      (initiator) => joined(group['uuid'], initiator['name']),
      (initiator, id) => {
        const name = label(initiator['name']) ?? '';
        const type = /^(?:iqn|eui|naa)\./i.test(name) ? 'iscsi' : 'fc';
        const known = loggedIn[type];
        return compact<StorageHostInitiator>({
          native_storage_host_initiator_id: id,
          native_storage_host_id: byUuid(group),
          name,
          description: label(initiator['comment']),
          type,
          status:
            lookup(CONNECTIONS, pick(initiator, 'connectivity_tracking.connection_state')) ??
            (known && (known.has(name.toLowerCase()) ? 'online' : 'offline')),
          wwn: name,
        });
      },
    ),
  );
}

/** Whether these groups say themselves who is logged in. */
export function tracksLogins(groups: readonly Foreign[]): boolean {
  return groups.some((group) =>
    objects(group['initiators']).some(
      (one) => pick(one, 'connectivity_tracking.connection_state') !== undefined,
    ),
  );
}

export function toNvmeHosts(subsystems: readonly Foreign[]): StorageHostInitiator[] {
  return subsystems.flatMap((subsystem) =>
    withId(
      objects(subsystem['hosts']),
      (host) => joined(subsystem['uuid'], host['nqn']),
      (host, id) =>
        compact<StorageHostInitiator>({
          native_storage_host_initiator_id: id,
          native_storage_host_id: byUuid(subsystem),
          name: label(host['nqn']),
          type: 'nvme-of',
          wwn: text(host['nqn']),
        }),
    ),
  );
}

/** What the mapping's own group is: a host, or one of groups; and the ports it is seen through. */
export interface Mapped {
  readonly nested: ReadonlySet<string>;
  readonly portsets: ReadonlyMap<string, string>;
}

export function mappedBy(groups: readonly Foreign[]): Mapped {
  const ids = (some: readonly Foreign[]) => some.flatMap((group) => byUuid(group) ?? []);
  return {
    nested: new Set(ids(groups.filter(isNested))),
    portsets: new Map(
      groups.flatMap((group): [string, string][] => {
        const portset = uuidAt(group, 'portset');
        const id = byUuid(group);
        return portset !== undefined && id !== undefined ? [[id, portset]] : [];
      }),
    ),
  };
}

export function toLunMap(map: Foreign, id: string, mapped: Mapped): MaskingView {
  const group = uuidAt(map, 'igroup') ?? '';
  const isNestedGroup = mapped.nested.has(group);
  return compact<MaskingView>({
    native_masking_view_id: id,
    native_storage_host_group_id: isNestedGroup ? group : undefined,
    native_storage_host_id: isNestedGroup ? undefined : group,
    native_volume_id: uuidAt(map, 'lun'),
    native_port_group_id: mapped.portsets.get(group),
  });
}

export function toSubsystemMap(map: Foreign, id: string): MaskingView {
  return compact<MaskingView>({
    native_masking_view_id: id,
    native_storage_host_id: uuidAt(map, 'subsystem'),
    native_volume_id: uuidAt(map, 'namespace'),
  });
}

export function toPortGroups(portsets: readonly Foreign[]): PortGroups {
  const members = (portset: Foreign) =>
    objects(portset['interfaces']).flatMap(
      (one) => identifier(one['uuid']) ?? uuidAt(one, 'fc') ?? uuidAt(one, 'ip') ?? [],
    );
  return {
    port_groups: withId(portsets, byUuid, (portset, id) => ({
      ...compact<{ name: string }>({ name: label(portset['name']) }),
      native_port_group_id: id,
      ports: members(portset).join(','),
    })),
    port_grp_port_rels: withId(portsets, byUuid, (portset, id) =>
      members(portset).map((native_port_id) => ({ native_port_group_id: id, native_port_id })),
    ).flat(),
  };
}
