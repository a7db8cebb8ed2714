/** Pure: hosts, their initiators and groups, and what they see. */
import {
  compact,
  identifier,
  isObject,
  lookup,
  text,
  withId,
  type Foreign,
  type MaskingView,
  type StorageHost,
  type StorageHostGroups,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import { references } from './records.ts';
import { INITIATOR_TYPES } from './states.ts';

export function toHost(host: Foreign, id: string): StorageHost {
  return compact<StorageHost>({
    native_storage_host_id: id,
    name: identifier(host['name']),
    description: identifier(host['description']),
    os_type: text(host['os_type']),
  });
}

export function toInitiator(initiator: Foreign, id: string): StorageHostInitiator {
  return compact<StorageHostInitiator>({
    ...common(initiator),
    native_storage_host_initiator_id: id,
    native_storage_host_id: identifier(initiator['host_id']),
  });
}

/** Before 3.0 initiators are told with their hosts only, without ids of their own. */
export function toHostInitiators(host: Foreign, hostId: string): StorageHostInitiator[] {
  const all: unknown = host['host_initiators'];
  return (Array.isArray(all) ? all : []).filter(isObject).flatMap((initiator) => {
    const name = identifier(initiator['port_name']);
    if (name === undefined) return [];
    return compact<StorageHostInitiator>({
      ...common(initiator),
      native_storage_host_initiator_id: name,
      native_storage_host_id: hostId,
    });
  });
}

function common(initiator: Foreign) {
  const name = identifier(initiator['port_name']);
  const sessions: unknown = initiator['active_sessions'];
  return {
    name,
    wwn: name,
    type: lookup(INITIATOR_TYPES, initiator['port_type']),
    status: Array.isArray(sessions) ? loginState(sessions) : undefined,
  };
}

function loginState(sessions: readonly unknown[]): 'online' | 'offline' {
  return sessions.length > 0 ? 'online' : 'offline';
}

export function toHostGroups(groups: readonly Foreign[]): StorageHostGroups {
  return {
    storage_host_groups: withId(groups, (group, id) => ({
      ...compact<{ name: string; description: string }>({
        name: identifier(group['name']),
        description: identifier(group['description']),
      }),
      native_storage_host_group_id: id,
      storage_hosts: references(group['hosts']).join(','),
    })),
    storage_host_grp_host_rels: withId(groups, (group, id) =>
      references(group['hosts']).map((native_storage_host_id) => ({
        native_storage_host_group_id: id,
        native_storage_host_id,
      })),
    ).flat(),
  };
}

/** `volumes`: a mapped snapshot is none of them. */
export function toMaskingView(
  mapping: Foreign,
  id: string,
  volumes: ReadonlySet<string>,
): MaskingView {
  const volume = identifier(mapping['volume_id']);
  return compact<MaskingView>({
    native_masking_view_id: id,
    native_storage_host_id: identifier(mapping['host_id']),
    native_storage_host_group_id: identifier(mapping['host_group_id']),
    native_volume_id: volume !== undefined && volumes.has(volume) ? volume : undefined,
  });
}
