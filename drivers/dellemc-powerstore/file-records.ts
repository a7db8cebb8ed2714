/** Pure: file systems, quotas and shares. */
import {
  compact,
  identifier,
  isObject,
  lookup,
  number,
  remainder,
  text,
  withId,
  type Filesystem,
  type Foreign,
  type Qtree,
  type Quota,
  type Share,
} from 'delfin-agent/driver';
import { byId } from './records.ts';
import { ACCESS_POLICIES, FLR_MODES, NAS_STATES } from './states.ts';

/** What could be read of the servers, and where they run. */
export interface NasParts {
  readonly servers: readonly Foreign[] | undefined;
  readonly nodes: readonly Foreign[] | undefined;
  readonly appliances: readonly Foreign[] | undefined;
}

/** The state of each server and the appliance it runs on. */
export function toServers({ servers, nodes, appliances }: NasParts) {
  const ids = byId(nodes ?? []);
  const applianceOf = (server: Foreign) => {
    // An id, or the name of the appliance and its node: `PS-1-appliance-1-node-B`.
    const node = identifier(server['current_node_id']) ?? '';
    const named = appliances?.find(({ name }) => node === `${String(name)}-node-${node.at(-1)}`);
    return identifier(ids.get(node)?.['appliance_id']) ?? identifier(named?.['id']);
  };
  return new Map(
    withId(servers ?? [], (server, id) => [
      id,
      { state: server['operational_status'], appliance: applianceOf(server) },
    ]),
  );
}

export function toFilesystem(
  filesystem: Foreign,
  id: string,
  known: { readonly servers: ReturnType<typeof toServers>; readonly snapshots: number },
): Filesystem {
  const server = known.servers.get(identifier(filesystem['nas_server_id']) ?? '');
  const [total, used] = [number(filesystem['size_total']), number(filesystem['size_used'])];
  const retention = filesystem['flr_attributes'];
  return compact<Filesystem>({
    native_filesystem_id: id,
    name: identifier(filesystem['name']),
    type: 'thin',
    status: server && lookup(NAS_STATES, server.state),
    native_pool_id: server?.appliance,
    security_mode: lookup(ACCESS_POLICIES, filesystem['access_policy']),
    worm: isObject(retention) ? lookup(FLR_MODES, retention['mode']) : undefined,
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    snapshot_count: known.snapshots,
  });
}

export function toQtree(quota: Foreign, id: string): Qtree {
  return compact<Qtree>({
    native_qtree_id: id,
    name: identifier(quota['path']),
    path: identifier(quota['path']),
    native_filesystem_id: identifier(quota['file_system_id']),
  });
}

export function toTreeQuota(quota: Foreign, id: string): Quota {
  return compact<Quota>({
    native_quota_id: id,
    type: 'tree',
    native_filesystem_id: identifier(quota['file_system_id']),
    native_qtree_id: id,
    ...limits(quota),
  });
}

export function toUserQuota(quota: Foreign, id: string): Quota {
  return compact<Quota>({
    native_quota_id: id,
    type: 'user',
    native_filesystem_id: identifier(quota['file_system_id']),
    native_qtree_id: identifier(quota['tree_quota_id']),
    user_group_name:
      identifier(quota['unix_name']) ??
      identifier(quota['windows_name']) ??
      identifier(quota['windows_sid']) ??
      text(quota['uid']),
    ...limits(quota),
  });
}

function limits(quota: Foreign) {
  return {
    // 0 is no limit.
    capacity_hard_limit: number(quota['hard_limit']) || undefined,
    capacity_soft_limit: number(quota['soft_limit']) || undefined,
    used_capacity: number(quota['size_used']),
  };
}

/** `filesystems`: what is shared may be a snapshot; undefined: they could not be read. */
export function toShare(
  share: Foreign,
  id: string,
  protocol: 'cifs' | 'nfs',
  filesystems: ReadonlySet<string> | undefined,
): Share {
  const filesystem = identifier(share['file_system_id']);
  return compact<Share>({
    native_share_id: id,
    name: identifier(share['name']),
    path: identifier(share['path']),
    native_filesystem_id:
      filesystem !== undefined && filesystems?.has(filesystem) ? filesystem : undefined,
    protocol,
  });
}
