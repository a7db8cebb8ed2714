/** Groups and what is in them, in the two forms that the contract has of it. */
import { compact, identifier, idsOf, objects, type Foreign } from '../read.ts';
import type { PortGroups, StorageHostGroups, VolumeGroups } from '../records.ts';

export interface Group {
  readonly id: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Ids of hosts, ports or volumes, as in their list. */
  readonly members: readonly string[];
}

/**
 * Groups of objects with `id`, `name` and `description`, whose members are a list `[{ id }]` in `field`.
 * One without an id has '' for it: the core drops and counts it.
 */
export function groupsWith(groups: readonly Foreign[], field: string): Group[] {
  return groups.map((one) => {
    const [name, description] = [identifier(one['name']), identifier(one['description'])];
    const id = identifier(one['id']) ?? '';
    return { id, name, description, members: [...idsOf(objects(one[field]))] };
  });
}

export function toHostGroups(groups: readonly Group[]): StorageHostGroups {
  return {
    storage_host_groups: groups.map((group) => ({
      ...labelsOf(group),
      native_storage_host_group_id: group.id,
      storage_hosts: group.members.join(','),
    })),
    storage_host_grp_host_rels: pairsOf(groups).map(([group, host]) => ({
      native_storage_host_group_id: group,
      native_storage_host_id: host,
    })),
  };
}

export function toPortGroups(groups: readonly Group[]): PortGroups {
  return {
    port_groups: groups.map((group) => ({
      ...labelsOf(group),
      native_port_group_id: group.id,
      ports: group.members.join(','),
    })),
    port_grp_port_rels: pairsOf(groups).map(([group, port]) => ({
      native_port_group_id: group,
      native_port_id: port,
    })),
  };
}

export function toVolumeGroups(groups: readonly Group[]): VolumeGroups {
  return {
    volume_groups: groups.map((group) => ({
      ...labelsOf(group),
      native_volume_group_id: group.id,
      volumes: group.members.join(','),
    })),
    vol_grp_vol_rels: pairsOf(groups).map(([group, volume]) => ({
      native_volume_group_id: group,
      native_volume_id: volume,
    })),
  };
}

function labelsOf({ name, description }: Group): { name?: string; description?: string } {
  return compact<{ name?: string; description?: string }>({ name, description });
}

function pairsOf(groups: readonly Group[]): (readonly [group: string, member: string])[] {
  return groups.flatMap(({ id, members }) => members.map((member) => [id, member] as const));
}
