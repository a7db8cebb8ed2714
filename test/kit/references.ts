/** Ids that refer to each other: every reference of every list must be there. */
import { LISTS, type Fields, type PartName } from '../../src/backend/lists.ts';
import type { OpenedDriver } from './open.ts';
import type { Simulator } from './simulator.ts';

/** Field -> the list its value must be an id of. */
const REFERENCES: readonly (readonly [PartName, string, PartName])[] = [
  ['volumes', 'native_storage_pool_id', 'storage_pools'],
  ['filesystems', 'native_pool_id', 'storage_pools'],
  ['qtrees', 'native_filesystem_id', 'filesystems'],
  ['shares', 'native_filesystem_id', 'filesystems'],
  ['shares', 'native_qtree_id', 'qtrees'],
  ['quotas', 'native_filesystem_id', 'filesystems'],
  ['quotas', 'native_qtree_id', 'qtrees'],
  ['storage_host_initiators', 'native_storage_host_id', 'storage_hosts'],
  ['storage_host_grp_host_rels', 'native_storage_host_id', 'storage_hosts'],
  ['storage_host_grp_host_rels', 'native_storage_host_group_id', 'storage_host_groups'],
  ['port_grp_port_rels', 'native_port_id', 'ports'],
  ['port_grp_port_rels', 'native_port_group_id', 'port_groups'],
  ['vol_grp_vol_rels', 'native_volume_id', 'volumes'],
  ['vol_grp_vol_rels', 'native_volume_group_id', 'volume_groups'],
  ['masking_views', 'native_volume_id', 'volumes'],
  ['masking_views', 'native_volume_group_id', 'volume_groups'],
  ['masking_views', 'native_storage_host_id', 'storage_hosts'],
  ['masking_views', 'native_storage_host_group_id', 'storage_host_groups'],
  ['masking_views', 'native_port_group_id', 'port_groups'],
  ['replications', 'native_volume_id', 'volumes'],
  ['replications', 'native_volume_group_id', 'volume_groups'],
  ['replications', 'native_filesystem_id', 'filesystems'],
];

/** What a component can be a part of. */
const PARENTS: readonly PartName[] = ['components', 'controllers', 'disks'];

const IDS = new Map(
  LISTS.flatMap(({ parts }) => parts).map(({ name, identity }) => [name, identity[0] ?? '']),
);

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
  const idsOf = (list: PartName) =>
    (parts[list] ?? []).map((record) => record[IDS.get(list) ?? '']);
  const parents = new Set(PARENTS.flatMap(idsOf));
  const orphans = (parts['components'] ?? [])
    .map(({ native_parent_id: parent }) => parent)
    .filter((parent) => parent !== undefined && !parents.has(parent))
    .map((parent) => `components.native_parent_id = ${String(parent)} is no part`);
  const dangling = REFERENCES.flatMap(([from, field, to]) => {
    const ids = new Set(idsOf(to));
    return (parts[from] ?? [])
      .filter((record) => record[field] !== undefined && !ids.has(record[field]))
      .map((record) => `${from}.${field} = ${String(record[field])} is no ${to}`);
  });
  return [...orphans, ...dangling];
}
