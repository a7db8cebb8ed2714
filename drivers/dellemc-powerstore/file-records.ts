/** Pure: file systems, quotas and shares. */
import {
  byId,
  FilesystemSchema,
  identifier,
  positive,
  QtreeSchema,
  QuotaSchema,
  recordsOf,
  remaining,
  ShareSchema,
  within,
  type FieldSources,
  type Foreign,
  type Quota,
} from 'delfin-agent/driver';
import { ACCESS_POLICIES, FLR_MODES, NAS_STATES } from './states.ts';

type Objects = readonly Foreign[] | undefined;

/** The servers, each with the appliance it runs on. Undefined: they could not be read. */
export function toServers(servers: Objects, nodes: Objects, appliances: Objects) {
  const nodeOf = byId(nodes);
  const applianceOf = (server: Foreign) => {
    // An id, or the name of the appliance and its node: `PS-1-appliance-1-node-B`.
    const node = identifier(server['current_node_id']) ?? '';
    const named = appliances?.find(({ name }) => node === `${String(name)}-node-${node.at(-1)}`);
    return nodeOf(node)?.['appliance_id'] ?? named?.['id'];
  };
  return byId(servers?.map((server) => ({ ...server, appliance: applianceOf(server) })));
}

/** File systems with their servers. */
export const toFilesystems = recordsOf(FilesystemSchema, {
  native_filesystem_id: 'id',
  name: 'name',
  type: 'thin',
  status: ['server.operational_status', NAS_STATES],
  native_pool_id: 'server.appliance',
  security_mode: ['access_policy', ACCESS_POLICIES],
  worm: ['flr_attributes.mode', FLR_MODES],
  total_capacity: 'size_total',
  used_capacity: 'size_used',
  free_capacity: remaining,
  snapshot_count: 'snapshots',
});

export const toQtrees = recordsOf(QtreeSchema, {
  native_qtree_id: 'id',
  name: 'path',
  path: 'path',
  native_filesystem_id: 'file_system_id',
});

const QUOTA: FieldSources<Quota> = {
  native_quota_id: 'id',
  native_filesystem_id: 'file_system_id',
  // 0 is no limit.
  capacity_hard_limit: ({ hard_limit: limit }) => positive(limit),
  capacity_soft_limit: ({ soft_limit: limit }) => positive(limit),
  used_capacity: 'size_used',
};

export const toTreeQuotas = recordsOf(QuotaSchema, {
  ...QUOTA,
  type: 'tree',
  native_qtree_id: 'id',
});

export const toUserQuotas = recordsOf(QuotaSchema, {
  ...QUOTA,
  type: 'user',
  native_qtree_id: 'tree_quota_id',
  user_group_name: 'unix_name|windows_name|windows_sid|uid',
});

/** `filesystems`: what is shared may be a snapshot; undefined: they could not be read. */
export const toShares = (protocol: 'cifs' | 'nfs', filesystems: ReadonlySet<string> | undefined) =>
  recordsOf(ShareSchema, {
    native_share_id: 'id',
    name: 'name',
    path: 'path',
    native_filesystem_id: within(filesystems, 'file_system_id'),
    protocol,
  });
