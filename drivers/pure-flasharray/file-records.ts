/**
 * File systems, and the managed directories in them: the root of a file system holds all of it (its
 * space and its measures are those of the file system), the others are its qtrees.
 */
import {
  FilesystemSchema,
  identifier,
  number,
  pick,
  QtreeSchema,
  QuotaSchema,
  recordsOf,
  ShareSchema,
  text,
  type FieldSources,
  type Foreign,
  type Quota,
} from 'delfin-agent/driver';
import { joined, label, refId, SPACE } from './records.ts';
import { PROTOCOLS } from './words-table.ts';

export const isRoot = (directory: unknown) => pick(directory, 'path') === '/';

/** File systems with the space of their root directories. */
export const toFilesystems = (arrayId: string | undefined) =>
  recordsOf(FilesystemSchema, {
    native_filesystem_id: 'id',
    name: 'name',
    type: 'thin',
    native_pool_id: (fileSystem) => refId(fileSystem, 'pod') ?? arrayId,
    compressed: true,
    deduplicated: true,
    ...SPACE,
  });

export const toQtrees = recordsOf(QtreeSchema, {
  native_qtree_id: 'id',
  name: 'name',
  path: 'path',
  native_filesystem_id: 'file_system.id',
});

/** `at`: the directory that something holds for, which is a qtree unless it is a root. */
const PLACE = {
  native_filesystem_id: 'at.file_system.id',
  native_qtree_id: (item: Foreign) => (isRoot(item['at']) ? undefined : refId(item, 'at')),
} as const;

/** An export is known by its policy's kind, its directory and its name. */
export const toShares = recordsOf(ShareSchema, {
  native_share_id: (item) => {
    const kind = text(pick(item, 'policy.resource_type')) ?? '';
    return joined(kind, refId(item, 'directory'), label(item['export_name']));
  },
  name: 'export_name',
  path: 'path',
  protocol: ['policy.resource_type', PROTOCOLS],
  ...PLACE,
});

/** What is in force for a directory. */
export const toTreeQuotas = recordsOf(QuotaSchema, {
  native_quota_id: (quota) =>
    joined('tree', refId(quota, 'directory'), identifier(quota['rule_name'])),
  type: 'tree',
  ...limits((quota) => quota),
  used_capacity: 'usage',
  ...PLACE,
});

/** Of users or groups; a rule that another one outdoes is none. */
export const toAccountQuotas = (type: 'user' | 'group') =>
  recordsOf(QuotaSchema, {
    native_quota_id: (quota) => {
      const isOutdone = pick(quota, 'rule.effectiveness') === 'ineffective_limit';
      return isOutdone ? null : joined(type, refId(quota, 'directory'), accountOf(quota[type]));
    },
    type,
    ...limits((quota) => quota['rule']),
    used_capacity: 'quota_usage',
    user_group_name: (quota) => label(pick(quota, `${type}.name`)) ?? accountOf(quota[type]),
    ...PLACE,
  });

function accountOf(account: unknown): string | undefined {
  const id = identifier(pick(account, 'sid')) ?? identifier(pick(account, 'id'));
  return id ?? label(pick(account, 'name'));
}

/** The limit of a rule: hard where it is enforced. A policy that is switched off limits nothing. */
function limits(ruleOf: (quota: Foreign) => unknown): FieldSources<Quota> {
  const limit = (isEnforced: boolean) => (quota: Foreign) => {
    const rule = ruleOf(quota);
    const holds = pick(rule, 'enabled') !== false;
    const isThis = (pick(rule, 'enforced') !== false) === isEnforced;
    return holds && isThis ? number(pick(rule, 'quota_limit')) : undefined;
  };
  return { capacity_hard_limit: limit(true), capacity_soft_limit: limit(false) };
}
