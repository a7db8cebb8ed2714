/** The lists of the contract: method, parts, schemas and what makes a record unique. One table. */
import type { TObject } from 'typebox';
import type { ListName } from '../config/schema.ts';
import type { ListMethod } from '../driver/driver.ts';
import * as records from '../driver/records.ts';
import type { Inventory } from './snapshot.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A list of records of one kind, as it stands in the inventory and in the JSON document. */
export type PartName = Exclude<keyof Inventory, 'storage'>;

export interface ListPart {
  readonly name: PartName;
  readonly schema: TObject;
  /** Fields whose values together are unique in the list. */
  readonly identity: readonly string[];
}

export interface ListDefinition {
  readonly name: ListName;
  readonly method: ListMethod;
  /** One part: the method returns the records. Several: an object of lists by part name. */
  readonly parts: readonly [ListPart, ...ListPart[]];
}

const simple = (
  name: ListName & PartName,
  method: ListMethod,
  schema: TObject,
  ...identity: string[]
): ListDefinition => ({ name, method, parts: [{ name, schema, identity }] });

export const LISTS: readonly ListDefinition[] = [
  simple('storage_pools', 'listStoragePools', records.StoragePoolSchema, 'native_storage_pool_id'),
  simple('volumes', 'listVolumes', records.VolumeSchema, 'native_volume_id'),
  simple('controllers', 'listControllers', records.ControllerSchema, 'native_controller_id'),
  simple('ports', 'listPorts', records.PortSchema, 'native_port_id'),
  simple('disks', 'listDisks', records.DiskSchema, 'native_disk_id'),
  simple('quotas', 'listQuotas', records.QuotaSchema, 'native_quota_id'),
  simple('filesystems', 'listFilesystems', records.FilesystemSchema, 'native_filesystem_id'),
  simple('qtrees', 'listQtrees', records.QtreeSchema, 'native_qtree_id'),
  simple('shares', 'listShares', records.ShareSchema, 'native_share_id'),
  simple(
    'storage_host_initiators',
    'listStorageHostInitiators',
    records.StorageHostInitiatorSchema,
    'native_storage_host_initiator_id',
  ),
  simple('storage_hosts', 'listStorageHosts', records.StorageHostSchema, 'native_storage_host_id'),
  {
    name: 'storage_host_groups',
    method: 'listStorageHostGroups',
    parts: [
      {
        name: 'storage_host_groups',
        schema: records.StorageHostGroupSchema,
        identity: ['native_storage_host_group_id'],
      },
      {
        name: 'storage_host_grp_host_rels',
        schema: records.StorageHostGroupRelationSchema,
        identity: ['native_storage_host_group_id', 'native_storage_host_id'],
      },
    ],
  },
  {
    name: 'port_groups',
    method: 'listPortGroups',
    parts: [
      { name: 'port_groups', schema: records.PortGroupSchema, identity: ['native_port_group_id'] },
      {
        name: 'port_grp_port_rels',
        schema: records.PortGroupRelationSchema,
        identity: ['native_port_group_id', 'native_port_id'],
      },
    ],
  },
  {
    name: 'volume_groups',
    method: 'listVolumeGroups',
    parts: [
      {
        name: 'volume_groups',
        schema: records.VolumeGroupSchema,
        identity: ['native_volume_group_id'],
      },
      {
        name: 'vol_grp_vol_rels',
        schema: records.VolumeGroupRelationSchema,
        identity: ['native_volume_group_id', 'native_volume_id'],
      },
    ],
  },
  // Drivers may repeat a view's id for every volume it shows.
  simple(
    'masking_views',
    'listMaskingViews',
    records.MaskingViewSchema,
    'native_masking_view_id',
    'native_storage_host_group_id',
    'native_storage_host_id',
    'native_volume_group_id',
    'native_volume_id',
    'native_port_group_id',
  ),
  simple('components', 'listComponents', records.ComponentSchema, 'native_component_id'),
  simple('replications', 'listReplications', records.ReplicationSchema, 'native_replication_id'),
];

/** What makes a record unique in its list, as one text. */
export function identityOf(record: Fields, identity: readonly string[]): string {
  return identity.map((field) => textOf(record[field])).join('\u0000');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
