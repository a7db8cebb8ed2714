/** FlexVols and FlexGroups, qtrees, quotas and shares. */
import {
  compact,
  flag,
  identifier,
  lookup,
  number,
  text,
  objects,
  type Filesystem,
  type Foreign,
  type Qtree,
  type Quota,
  type Share,
} from 'delfin-agent/driver';
import { isOn, poolOf } from './records.ts';
import { FILESYSTEM_STATES, GUARANTEES, QUOTA_TYPES, SECURITY_STYLES, SNAPLOCK } from './tables.ts';
import { joined, label, pick, uuidAt } from './values.ts';

export function toFilesystem(volume: Foreign, id: string): Filesystem {
  return compact<Filesystem>({
    native_filesystem_id: id,
    name: label(volume['name']),
    type: lookup(GUARANTEES, pick(volume, 'guarantee.type')),
    status: stateOf(volume),
    native_pool_id: poolOf(volume),
    security_mode: lookup(SECURITY_STYLES, pick(volume, 'nas.security_style')),
    total_capacity: number(pick(volume, 'space.size')),
    used_capacity: number(pick(volume, 'space.used')),
    free_capacity: number(pick(volume, 'space.available')),
    compressed: isOn(pick(volume, 'efficiency.compression')),
    deduplicated: isOn(pick(volume, 'efficiency.dedupe')),
    worm: wormOf(volume),
    data_reduction: number(pick(volume, 'efficiency.ratio')),
    logical_used_capacity: number(pick(volume, 'space.logical_space.used')),
    snapshot_capacity: number(pick(volume, 'space.snapshot.used')),
    snapshot_count: number(volume['snapshot_count']),
  });
}

function stateOf(volume: Foreign): Filesystem['status'] {
  const damaged =
    flag(pick(volume, 'error_state.is_inconsistent')) === true ||
    flag(pick(volume, 'error_state.has_bad_blocks')) === true;
  return damaged ? 'faulty' : lookup(FILESYSTEM_STATES, volume['state']);
}

function wormOf(volume: Foreign): Filesystem['worm'] {
  if (flag(pick(volume, 'snaplock.is_audit_log')) === true) return 'audit_log';
  return lookup(SNAPLOCK, pick(volume, 'snaplock.type'));
}

/** Every volume has one with the number 0, which is the volume itself. */
export function qtreeId(volume: unknown, number_: unknown): string | undefined {
  return number(number_) === 0 ? undefined : joined(volume, number_);
}

export function toQtree(qtree: Foreign, id: string): Qtree {
  return compact<Qtree>({
    native_qtree_id: id,
    name: label(qtree['name']),
    path: label(qtree['path']),
    native_filesystem_id: uuidAt(qtree, 'volume'),
    security_mode: lookup(SECURITY_STYLES, qtree['security_style']),
  });
}

export function toQuota(report: Foreign, id: string): Quota {
  return compact<Quota>({
    native_quota_id: id,
    type: lookup(QUOTA_TYPES, report['type']),
    native_filesystem_id: uuidAt(report, 'volume'),
    native_qtree_id: qtreeId(pick(report, 'volume.uuid'), pick(report, 'qtree.id')),
    capacity_hard_limit: number(pick(report, 'space.hard_limit')),
    capacity_soft_limit: number(pick(report, 'space.soft_limit')),
    file_hard_limit: number(pick(report, 'files.hard_limit')),
    file_soft_limit: number(pick(report, 'files.soft_limit')),
    used_capacity: number(pick(report, 'space.used.total')),
    file_count: number(pick(report, 'files.used.total')),
    user_group_name: subjectOf(report),
  });
}

/** A quota may be of several users; one that the array has no name for is its number. */
function subjectOf(report: Foreign): string | undefined {
  const subjects = [...objects(report['users']), ...objects([report['group']])];
  const names = subjects.flatMap((one) => label(one['name']) ?? text(one['id']) ?? []);
  return names.length > 0 ? names.join(',') : undefined;
}

/** SVM and path -> qtree. */
export function qtreesByPath(qtrees: readonly Foreign[]): ReadonlyMap<string, string> {
  return new Map(
    qtrees.flatMap((qtree): [string, string][] => {
      const id = qtreeId(pick(qtree, 'volume.uuid'), qtree['id']);
      const key = joined(pick(qtree, 'svm.uuid'), qtree['path']);
      return id !== undefined && key !== undefined ? [[key, id]] : [];
    }),
  );
}

export function toCifsShare(
  share: Foreign,
  id: string,
  qtrees: ReadonlyMap<string, string> | undefined,
): Share {
  const path = label(share['path']);
  return compact<Share>({
    native_share_id: id,
    name: label(share['name']),
    path,
    native_filesystem_id: uuidAt(share, 'volume'),
    native_qtree_id: qtrees?.get(joined(pick(share, 'svm.uuid'), path) ?? ''),
    protocol: 'cifs',
  });
}

/** A volume in the namespace of an SVM that serves NFS: there is no other object for an export. */
export function toExports(volumes: readonly Foreign[], svms: readonly Foreign[]): Share[] {
  const serving = new Set(
    svms.flatMap((svm) =>
      flag(pick(svm, 'nfs.enabled')) === true ? (identifier(svm['uuid']) ?? []) : [],
    ),
  );
  return volumes.flatMap((volume): Share[] => {
    const id = identifier(volume['uuid']);
    const path = label(pick(volume, 'nas.path'));
    if (id === undefined || path === undefined) return [];
    if (!serving.has(uuidAt(volume, 'svm') ?? '')) return [];
    const native_share_id = `nfs:${id}`;
    return [{ native_share_id, name: path, path, native_filesystem_id: id, protocol: 'nfs' }];
  });
}
