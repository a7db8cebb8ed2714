/** Ids that refer to each other: every reference of every list must be there. */
import { LISTS, type Fields, type PartName } from '../backend/lists.ts';
import { nearest } from '../config/nearest.ts';
import { finding, type Finding } from './check.ts';
import { some } from './compare.ts';

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

const DEFINITIONS = new Map(
  LISTS.flatMap(({ method, parts }) =>
    parts.map(({ name, identity }) => [name, { method, id: identity[0] ?? '' }] as const),
  ),
);

export type Parts = Readonly<Partial<Record<PartName, readonly Fields[]>>>;

/** The ids of a list's records. */
export function idsOf(parts: Parts, list: PartName): readonly string[] {
  const field = DEFINITIONS.get(list)?.id ?? '';
  return (parts[list] ?? []).map((record) => String(record[field]));
}

/** Among more than so many ids the nearest says little. */
const MOST_NEAR = 500;

/**
 * What refers to nothing that is there. A list that could not be read is absent in `parts` and not
 * looked for; one that the driver lacks is empty.
 */
export function danglingReferences(parts: Parts): Finding[] {
  const wanted: [PartName, string, readonly PartName[]][] = [
    ...REFERENCES.map(([from, field, to]): [PartName, string, readonly PartName[]] => [from, field, [to]]), // prettier-ignore
    ['components', 'native_parent_id', PARENTS],
  ];
  return wanted.flatMap(([from, field, to]) => {
    if (!to.some((list) => parts[list])) return [];
    const ids = new Set(to.flatMap((list) => idsOf(parts, list)));
    return (parts[from] ?? []).flatMap((record, index) => {
      const value = record[field];
      if (typeof value !== 'string' || ids.has(value)) return [];
      const [near] = ids.size > MOST_NEAR ? [] : nearest(value, ids, 1);
      return finding('dangling_reference', DEFINITIONS.get(from)?.method ?? from, {
        index,
        field,
        value: JSON.stringify(value),
        expected: `an id of ${to.join(', ')} (${near === undefined ? some([...ids]) : `did you mean ${near}?`})`,
      });
    });
  });
}
