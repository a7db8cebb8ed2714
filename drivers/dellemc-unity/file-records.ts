/** File systems, tree quotas (the seed's qtrees), quotas and shares. */
import {
  compact,
  flag,
  lookup,
  number,
  positive,
  remainder,
  text,
  withId,
  type Filesystem,
  type Foreign,
  type Qtree,
  type Quota,
  type Share,
} from 'delfin-agent/driver';
import {
  byHealth,
  compression,
  efficiency,
  healthOf,
  label,
  provisioning,
  reference,
} from './records.ts';

const FILESYSTEM_STATES = byHealth('normal', 'faulty', 'faulty');

/** AccessPolicyEnum. */
const ACCESS_POLICIES = { '0': 'native', '1': 'unix', '2': 'ntfs' } as const;
/** FLRVersionEnum: file-level retention. */
const RETENTION = { '0': 'non_worm', '1': 'enterprise', '2': 'compliance' } as const;

export function toFilesystem(content: Foreign, id: string): Filesystem {
  const total = number(content['sizeTotal']);
  const used = number(content['sizeUsed']);
  return compact<Filesystem>({
    native_filesystem_id: id,
    name: label(content['name']),
    type: provisioning(content),
    status: lookup(FILESYSTEM_STATES, healthOf(content)),
    native_pool_id: reference(content['pool']),
    security_mode: lookup(ACCESS_POLICIES, content['accessPolicy']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    compressed: compression(content),
    deduplicated: flag(content['isAdvancedDedupEnabled']),
    worm: lookup(RETENTION, content['flrVersion']),
    ...efficiency(content),
  });
}

export function toQtree(content: Foreign, id: string): Qtree {
  return compact<Qtree>({
    native_qtree_id: id,
    name: label(content['path']),
    path: label(content['path']),
    native_filesystem_id: reference(content['filesystem']),
  });
}

export function toTreeQuota(content: Foreign, id: string): Quota {
  return compact<Quota>({
    native_quota_id: id,
    type: 'tree',
    native_filesystem_id: reference(content['filesystem']),
    native_qtree_id: id,
    ...limits(content),
  });
}

export function toUserQuota(content: Foreign, id: string): Quota {
  return compact<Quota>({
    native_quota_id: id,
    type: 'user',
    native_filesystem_id: reference(content['filesystem']),
    native_qtree_id: reference(content['treeQuota']),
    user_group_name: text(content['uid']),
    ...limits(content),
  });
}

function limits(content: Foreign) {
  return {
    // 0 means no limit.
    capacity_hard_limit: positive(content['hardLimit']),
    capacity_soft_limit: positive(content['softLimit']),
    used_capacity: number(content['sizeUsed']),
  };
}

export interface ShareParents {
  /** File system id -> name. */
  readonly filesystems: ReadonlyMap<string, string>;
  /** `qtreeKey` -> qtree id. */
  readonly qtrees: ReadonlyMap<string, string>;
}

/** Of what could be read of them. */
export function toShareParents(
  filesystems: readonly Foreign[] | undefined,
  qtrees: readonly Foreign[] | undefined,
): ShareParents {
  return {
    filesystems: new Map(
      withId(filesystems ?? [], (content, id) => [id, label(content['name']) ?? '']),
    ),
    qtrees: new Map(
      withId(qtrees ?? [], (content, id) => [
        qtreeKey(reference(content['filesystem']), label(content['path'])),
        id,
      ]),
    ),
  };
}

/** Many file systems have a directory of the same name. */
function qtreeKey(filesystem: string | undefined, path: string | undefined): string {
  return JSON.stringify([filesystem, path]);
}

export function toShare(
  content: Foreign,
  id: string,
  protocol: 'cifs' | 'nfs',
  parents: ShareParents,
): Share {
  const filesystem = reference(content['filesystem']);
  const path = label(content['path']);
  const root = parents.filesystems.get(filesystem ?? '');
  return compact<Share>({
    native_share_id: id,
    name: label(content['name']),
    path: fullPath(path, root, filesystem),
    native_filesystem_id: filesystem,
    native_qtree_id: parents.qtrees.get(qtreeKey(filesystem, path)),
    protocol,
  });
}

/** The array's path starts inside the file system: without its name the whole path is not known. */
function fullPath(
  path: string | undefined,
  root: string | undefined,
  filesystem: string | undefined,
): string | undefined {
  if (path === undefined || filesystem === undefined) return path;
  return root ? `/${root}${path}` : undefined;
}
