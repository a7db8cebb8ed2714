/** Ids that refer to each other: every reference of every list must be there. */
import { LISTS } from '../../src/backend/lists.ts';
import type { Fields, OpenedDriver } from './open.ts';
import type { Simulator } from './simulator.ts';

/** Field -> the list and field its value must be an id of. */
const REFERENCES = [
  ['volumes', 'native_storage_pool_id', 'storage_pools', 'native_storage_pool_id'],
  ['filesystems', 'native_pool_id', 'storage_pools', 'native_storage_pool_id'],
  ['qtrees', 'native_filesystem_id', 'filesystems', 'native_filesystem_id'],
  ['shares', 'native_filesystem_id', 'filesystems', 'native_filesystem_id'],
  ['shares', 'native_qtree_id', 'qtrees', 'native_qtree_id'],
  ['quotas', 'native_filesystem_id', 'filesystems', 'native_filesystem_id'],
  ['quotas', 'native_qtree_id', 'qtrees', 'native_qtree_id'],
  ['storage_host_initiators', 'native_storage_host_id', 'storage_hosts', 'native_storage_host_id'],
  [
    'storage_host_grp_host_rels',
    'native_storage_host_id',
    'storage_hosts',
    'native_storage_host_id',
  ],
  [
    'storage_host_grp_host_rels',
    'native_storage_host_group_id',
    'storage_host_groups',
    'native_storage_host_group_id',
  ],
  ['port_grp_port_rels', 'native_port_id', 'ports', 'native_port_id'],
  ['port_grp_port_rels', 'native_port_group_id', 'port_groups', 'native_port_group_id'],
  ['vol_grp_vol_rels', 'native_volume_id', 'volumes', 'native_volume_id'],
  ['vol_grp_vol_rels', 'native_volume_group_id', 'volume_groups', 'native_volume_group_id'],
  ['masking_views', 'native_volume_id', 'volumes', 'native_volume_id'],
  ['masking_views', 'native_volume_group_id', 'volume_groups', 'native_volume_group_id'],
  ['masking_views', 'native_storage_host_id', 'storage_hosts', 'native_storage_host_id'],
  [
    'masking_views',
    'native_storage_host_group_id',
    'storage_host_groups',
    'native_storage_host_group_id',
  ],
  ['masking_views', 'native_port_group_id', 'port_groups', 'native_port_group_id'],
  ['replications', 'native_volume_id', 'volumes', 'native_volume_id'],
  ['replications', 'native_volume_group_id', 'volume_groups', 'native_volume_group_id'],
  ['replications', 'native_filesystem_id', 'filesystems', 'native_filesystem_id'],
] as const;

/** What a component can be a part of. */
const PARENTS = [
  ['components', 'native_component_id'],
  ['controllers', 'native_controller_id'],
  ['disks', 'native_disk_id'],
] as const;

/** What refers to nothing that is there. */
export async function danglingReferences({
  simulator,
  opened,
}: {
  readonly simulator: Simulator;
  readonly opened: OpenedDriver;
}): Promise<string[]> {
  const parts: Record<string, readonly Fields[]> = {};
  for (const list of LISTS) {
    if (simulator.truth.lists[list.method] === undefined) continue;
    const records = await opened.list(list.method);
    if (list.parts.length > 1) Object.assign(parts, records);
    else parts[list.parts[0].name] = records as readonly Fields[];
  }
  const parents = new Set(
    PARENTS.flatMap(([list, id]) => (parts[list] ?? []).map((record) => record[id])),
  );
  const orphans = (parts['components'] ?? [])
    .map(({ native_parent_id: parent }) => parent)
    .filter((parent) => parent !== undefined && !parents.has(parent))
    .map((parent) => `components.native_parent_id = ${String(parent)} is no part`);
  const dangling = REFERENCES.flatMap(([from, field, to, idField]) => {
    const ids = new Set((parts[to] ?? []).map((record) => record[idField]));
    return (parts[from] ?? [])
      .filter((record) => record[field] !== undefined && !ids.has(record[field]))
      .map((record) => `${from}.${field} = ${String(record[field])} is no ${to}`);
  });
  return [...orphans, ...dangling];
}
