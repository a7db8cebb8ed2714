/** FlexVols and FlexGroups, qtrees, quotas and shares. */
import {
  FilesystemSchema,
  flag,
  identifier,
  lookup,
  number,
  objects,
  pick,
  QtreeSchema,
  QuotaSchema,
  recordsOf,
  ShareSchema,
  text,
  withId,
  type Filesystem,
  type Foreign,
} from 'delfin-agent/driver';
import { isCompressed, isDeduplicated, poolOf } from './records.ts';
import { FILESYSTEM_STATES, GUARANTEES, QUOTA_TYPES, SECURITY_STYLES, SNAPLOCK } from './tables.ts';
import { joined, uuidAt } from './values.ts';

export const toFilesystems = recordsOf(FilesystemSchema, {
  native_filesystem_id: 'uuid',
  name: 'name',
  type: ['guarantee.type', GUARANTEES],
  status: stateOf,
  native_pool_id: poolOf,
  security_mode: ['nas.security_style', SECURITY_STYLES],
  total_capacity: 'space.size',
  used_capacity: 'space.used',
  free_capacity: 'space.available',
  compressed: isCompressed,
  deduplicated: isDeduplicated,
  worm: wormOf,
  data_reduction: 'efficiency.ratio',
  logical_used_capacity: 'space.logical_space.used',
  snapshot_capacity: 'space.snapshot.used',
  snapshot_count: 'snapshot_count',
});

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
const isVolume = (number_: unknown) => number(number_) === 0;

function qtreeId(volume: unknown, number_: unknown): string | undefined {
  return isVolume(number_) ? undefined : joined(volume, number_);
}

const idOfQtree = (qtree: Foreign) => qtreeId(pick(qtree, 'volume.uuid'), qtree['id']);

export const toQtrees = recordsOf(QtreeSchema, {
  native_qtree_id: (qtree) => (isVolume(qtree['id']) ? null : idOfQtree(qtree)),
  name: 'name',
  path: 'path',
  native_filesystem_id: 'volume.uuid',
  security_mode: ['security_style', SECURITY_STYLES],
});

export const toQuotas = recordsOf(QuotaSchema, {
  native_quota_id: (report) => joined(pick(report, 'volume.uuid'), report['index']),
  type: ['type', QUOTA_TYPES],
  native_filesystem_id: 'volume.uuid',
  native_qtree_id: (report) => qtreeId(pick(report, 'volume.uuid'), pick(report, 'qtree.id')),
  capacity_hard_limit: 'space.hard_limit',
  capacity_soft_limit: 'space.soft_limit',
  file_hard_limit: 'files.hard_limit',
  file_soft_limit: 'files.soft_limit',
  used_capacity: 'space.used.total',
  file_count: 'files.used.total',
  user_group_name: subjectOf,
});

/** A quota may be of several users; one that the array has no name for is its number. */
function subjectOf(report: Foreign): string | undefined {
  const subjects = [...objects(report['users']), ...objects([report['group']])];
  const names = subjects.flatMap((one) => identifier(one['name']) ?? text(one['id']) ?? []);
  return names.length > 0 ? names.join(',') : undefined;
}

/** `qtrees`: those whose paths are shared; undefined: not known. */
export function toCifsShares(qtrees: readonly Foreign[] | undefined) {
  const place = (one: Foreign) => joined(pick(one, 'svm.uuid'), one['path']);
  const byPlace = new Map(
    withId(qtrees ?? [], (qtree, id) => [place(qtree), id] as const, idOfQtree),
  );
  return recordsOf(ShareSchema, {
    native_share_id: (share) => joined(pick(share, 'svm.uuid'), share['name']),
    name: 'name',
    path: 'path',
    native_filesystem_id: 'volume.uuid',
    native_qtree_id: (share) => byPlace.get(place(share)),
    protocol: 'cifs',
  });
}

/** A volume in the namespace of an SVM that serves NFS: there is no other object for an export. */
export function toExports(svms: readonly Foreign[]) {
  const serving = new Set(
    svms.flatMap((svm) => (flag(pick(svm, 'nfs.enabled')) === true ? [svm['uuid']] : [])),
  );
  const exported = recordsOf(ShareSchema, {
    native_share_id: ({ uuid }) => identifier(uuid) && `nfs:${identifier(uuid)}`,
    name: 'nas.path',
    path: 'nas.path',
    native_filesystem_id: 'uuid',
    protocol: 'nfs',
  });
  return (volumes: readonly Foreign[]) =>
    exported(
      volumes.filter(
        (volume) => serving.has(uuidAt(volume, 'svm')) && identifier(pick(volume, 'nas.path')),
      ),
    );
}
