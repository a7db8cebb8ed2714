/**
 * File systems, and the managed directories in them: the root of a file system holds all of it (its
 * space and its measures are those of the file system), the others are its qtrees.
 */
import {
  compact,
  identifier,
  isObject,
  lookup,
  number,
  text,
  type Filesystem,
  type Foreign,
  type Qtree,
  type Quota,
  type Share,
} from 'delfin-agent/driver';
import { label, refId, refName, spaceOf, withId } from './records.ts';

const isRoot = ({ path }: Foreign) => path === '/';

/** Id of a root directory -> its file system. */
export function fileSystemsOfRoots(directories: readonly Foreign[]) {
  return new Map(
    withId(directories.filter(isRoot), (root, id) => {
      const fileSystem = refId(root['file_system']);
      return fileSystem === undefined
        ? []
        : [[id, { id: fileSystem, name: refName(root['file_system']) }] as const];
    }).flat(),
  );
}

/** `directories` undefined: they could not be read. */
export function toFilesystems(
  fileSystems: readonly Foreign[],
  directories: readonly Foreign[] | undefined,
  arrayId: string | undefined,
): Filesystem[] {
  const roots = new Map(
    (directories ?? []).filter(isRoot).map((root) => [refId(root['file_system']), root]),
  );
  return withId(fileSystems, (fileSystem, id) => {
    const { used, efficiency } = spaceOf(roots.get(id) ?? {});
    return compact<Filesystem>({
      native_filesystem_id: id,
      name: label(fileSystem['name']),
      type: 'thin',
      native_pool_id: refId(fileSystem['pod']) ?? arrayId,
      used_capacity: used,
      compressed: true,
      deduplicated: true,
      ...efficiency,
    });
  });
}

export function toQtrees(directories: readonly Foreign[]): Qtree[] {
  return withId(
    directories.filter((one) => !isRoot(one)),
    (directory, id) =>
      compact<Qtree>({
        native_qtree_id: id,
        name: label(directory['name']),
        path: label(directory['path']),
        native_filesystem_id: refId(directory['file_system']),
      }),
  );
}

/** Where a directory is: its file system, and itself as a qtree unless it is a root. */
type Places = ReadonlyMap<string, Pick<Share, 'native_filesystem_id' | 'native_qtree_id'>>;

export function placesOf(directories: readonly Foreign[]): Places {
  return new Map(
    withId(directories, (directory, id) => [
      id,
      compact<Pick<Share, 'native_filesystem_id' | 'native_qtree_id'>>({
        native_filesystem_id: refId(directory['file_system']),
        native_qtree_id: isRoot(directory) ? undefined : id,
      }),
    ]),
  );
}

const PROTOCOLS = { 'policies/nfs': 'nfs', 'policies/smb': 'cifs' } as const;

/** An export has no id: its policy's kind, its directory and its name make one. */
export function toShares(exports: readonly Foreign[], places: Places | undefined): Share[] {
  return exports.flatMap((item) => {
    const { policy, directory } = item;
    const kind = isObject(policy) ? text(policy['resource_type']) : undefined;
    const name = label(item['export_name']);
    const directoryId = refId(directory);
    if (name === undefined || directoryId === undefined) return [];
    return compact<Share>({
      native_share_id: `${kind ?? ''}/${directoryId}/${name}`,
      name,
      path: label(item['path']),
      protocol: lookup(PROTOCOLS, kind),
      ...places?.get(directoryId),
    });
  });
}

/** The quota that is in force for a directory. One that is switched off limits nothing. */
export function toTreeQuotas(quotas: readonly Foreign[], places: Places | undefined): Quota[] {
  return quotas.flatMap((quota) => {
    const directory = refId(quota['directory']);
    const rule = identifier(quota['rule_name']);
    if (directory === undefined || rule === undefined) return [];
    return compact<Quota>({
      native_quota_id: `tree/${directory}/${rule}`,
      type: 'tree',
      ...limitsOf(quota),
      used_capacity: number(quota['usage']),
      ...places?.get(directory),
    });
  });
}

/** Those of users and groups that count: a rule that another one outdoes does not. */
export function toAccountQuotas(
  quotas: readonly Foreign[],
  type: 'user' | 'group',
  places: Places | undefined,
): Quota[] {
  return quotas.flatMap((quota) => {
    const account = isObject(quota[type]) ? quota[type] : {};
    const rule = isObject(quota['rule']) ? quota['rule'] : {};
    const directory = refId(quota['directory']);
    const who = identifier(account['sid']) ?? identifier(account['id']) ?? label(account['name']);
    if (
      directory === undefined ||
      who === undefined ||
      rule['effectiveness'] === 'ineffective_limit'
    )
      return [];
    return compact<Quota>({
      native_quota_id: `${type}/${directory}/${who}`,
      type,
      ...limitsOf(rule),
      used_capacity: number(quota['quota_usage']),
      user_group_name: label(account['name']) ?? who,
      ...places?.get(directory),
    });
  });
}

function limitsOf(rule: Foreign): Pick<Quota, 'capacity_hard_limit' | 'capacity_soft_limit'> {
  const limit = number(rule['quota_limit']);
  if (rule['enabled'] === false || limit === undefined) return {};
  return rule['enforced'] === false
    ? { capacity_soft_limit: limit }
    : { capacity_hard_limit: limit };
}
