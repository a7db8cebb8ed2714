/**
 * File systems, and the managed directories in them: the root of a file system holds all of it (its
 * space and its measures are those of the file system), the others are its qtrees.
 */
import {
  compact,
  identifier,
  lookup,
  number,
  text,
  withId,
  type Filesystem,
  type Foreign,
  type Qtree,
  type Quota,
  type Share,
} from 'delfin-agent/driver';
import { inside, label, refId, refName, spaceOf } from './records.ts';
import { PROTOCOLS } from './words-table.ts';

const isRoot = ({ path }: Foreign) => path === '/';

/** Id of a root directory -> its file system. */
export function fileSystemsOfRoots(directories: readonly Foreign[]) {
  return new Map(
    withId(directories.filter(isRoot), (root, id) => [
      id,
      { id: refId(root, 'file_system'), name: refName(root, 'file_system') },
    ]),
  );
}

/** `directories` undefined: they could not be read. */
export function toFilesystems(
  fileSystems: readonly Foreign[],
  directories: readonly Foreign[] | undefined,
  arrayId: string | undefined,
): Filesystem[] {
  const roots = new Map(
    (directories ?? []).filter(isRoot).map((root) => [refId(root, 'file_system'), root]),
  );
  return withId(fileSystems, (fileSystem, id) =>
    compact<Filesystem>({
      native_filesystem_id: id,
      name: label(fileSystem['name']),
      type: 'thin',
      native_pool_id: refId(fileSystem, 'pod') ?? arrayId,
      compressed: true,
      deduplicated: true,
      ...spaceOf(roots.get(id) ?? {}),
    }),
  );
}

export function toQtrees(directories: readonly Foreign[]): Qtree[] {
  const trees = directories.filter((directory) => !isRoot(directory));
  return withId(trees, (directory, id) =>
    compact<Qtree>({
      native_qtree_id: id,
      name: label(directory['name']),
      path: label(directory['path']),
      native_filesystem_id: refId(directory, 'file_system'),
    }),
  );
}

/** Where a directory is: its file system, and itself as a qtree unless it is a root. */
type Place = Pick<Share, 'native_filesystem_id' | 'native_qtree_id'>;
type Places = ReadonlyMap<string, Place>;

export function placesOf(directories: readonly Foreign[]): Places {
  return new Map(
    withId(directories, (directory, id) => [
      id,
      compact<Place>({
        native_filesystem_id: refId(directory, 'file_system'),
        native_qtree_id: isRoot(directory) ? undefined : id,
      }),
    ]),
  );
}

/** An export has no id: its policy's kind, its directory and its name make one. */
export function toShares(exports: readonly Foreign[], places: Places | undefined): Share[] {
  return exports.flatMap((item) => {
    const kind = text(inside(item, 'policy')['resource_type']);
    const name = label(item['export_name']);
    const directory = refId(item, 'directory');
    if (name === undefined || directory === undefined) return [];
    return compact<Share>({
      native_share_id: `${kind ?? ''}/${directory}/${name}`,
      name,
      path: label(item['path']),
      protocol: lookup(PROTOCOLS, kind),
      ...places?.get(directory),
    });
  });
}

/** What is in force for a directory. */
export function toTreeQuotas(quotas: readonly Foreign[], places: Places | undefined): Quota[] {
  return quotas.flatMap((quota) => {
    const directory = refId(quota, 'directory');
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

/** Of users or groups; a rule that another one outdoes is none. */
export function toAccountQuotas(
  quotas: readonly Foreign[],
  type: 'user' | 'group',
  places: Places | undefined,
): Quota[] {
  return quotas.flatMap((quota) => {
    const { sid, id, name } = inside(quota, type);
    const rule = inside(quota, 'rule');
    const directory = refId(quota, 'directory');
    const who = identifier(sid) ?? identifier(id) ?? label(name);
    const isOutdone = rule['effectiveness'] === 'ineffective_limit';
    if (directory === undefined || who === undefined || isOutdone) return [];
    return compact<Quota>({
      native_quota_id: `${type}/${directory}/${who}`,
      type,
      ...limitsOf(rule),
      used_capacity: number(quota['quota_usage']),
      user_group_name: label(name) ?? who,
      ...places?.get(directory),
    });
  });
}

/** A policy that is switched off limits nothing. */
function limitsOf(rule: Foreign): Pick<Quota, 'capacity_hard_limit' | 'capacity_soft_limit'> {
  const limit = number(rule['quota_limit']);
  if (rule['enabled'] === false || limit === undefined) return {};
  return rule['enforced'] === false
    ? { capacity_soft_limit: limit }
    : { capacity_hard_limit: limit };
}
