/** Pure: file systems, tree quotas (the seed's qtrees), quotas and shares, field by field. */
import {
  byId,
  byPath,
  FilesystemSchema,
  identifier,
  positive,
  QtreeSchema,
  QuotaSchema,
  recordsOf,
  ShareSchema,
  text,
  withId,
  type Foreign,
  type Share,
} from 'delfin-agent/driver';
import { reference, SPACE } from './records.ts';
import { ACCESS_POLICIES, byHealth, RETENTION } from './tables.ts';

export const toFilesystems = recordsOf(FilesystemSchema, {
  native_filesystem_id: 'id',
  name: 'name',
  status: ['health.value', byHealth('normal', 'faulty', 'faulty')],
  native_pool_id: 'pool.id',
  security_mode: ['accessPolicy', ACCESS_POLICIES],
  used_capacity: 'sizeUsed',
  worm: ['flrVersion', RETENTION],
  ...SPACE,
});

export const toQtrees = recordsOf(QtreeSchema, {
  native_qtree_id: 'id',
  name: 'path',
  path: 'path',
  native_filesystem_id: 'filesystem.id',
});

const QUOTA = {
  native_quota_id: 'id',
  native_filesystem_id: 'filesystem.id',
  // 0 means no limit.
  capacity_hard_limit: byPath('hardLimit', positive),
  capacity_soft_limit: byPath('softLimit', positive),
  used_capacity: 'sizeUsed',
} as const;

export const toTreeQuotas = recordsOf(QuotaSchema, {
  ...QUOTA,
  type: 'tree',
  native_qtree_id: 'id',
});

export const toUserQuotas = recordsOf(QuotaSchema, {
  ...QUOTA,
  type: 'user',
  native_qtree_id: 'treeQuota.id',
  user_group_name: byPath('uid', text),
});

/** Many file systems have a directory of the same name. */
const directoryOf = ({ filesystem, path }: Foreign) =>
  JSON.stringify([reference(filesystem), identifier(path)]);

/** A maker of shares by protocol; file systems and tree quotas as far as they could be read. */
export function toShares(
  filesystems: readonly Foreign[] | undefined,
  treeQuotas: readonly Foreign[] | undefined,
) {
  const filesystemOf = byId(filesystems);
  const qtrees = new Map(withId(treeQuotas ?? [], (one, id) => [directoryOf(one), id]));
  return (protocol: Share['protocol'] & string) =>
    recordsOf(ShareSchema, {
      native_share_id: 'id',
      name: 'name',
      // The array's path starts inside the file system: without its name the whole path is not known.
      path(share) {
        const [path, filesystem] = [identifier(share['path']), reference(share['filesystem'])];
        if (path === undefined || filesystem === undefined) return path;
        const name = identifier(filesystemOf(filesystem)?.['name']);
        return name && `/${name}${path}`;
      },
      native_filesystem_id: 'filesystem.id',
      native_qtree_id: (share) => qtrees.get(directoryOf(share)),
      protocol,
    });
}
