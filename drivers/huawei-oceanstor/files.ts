/** DeviceManager objects -> records: file systems, dtrees, quotas and shares. */
import {
  compact,
  flag,
  identifier,
  lookup,
  number,
  scaled,
  text,
  type Filesystem,
  type Foreign,
  type Qtree,
  type Quota,
  type Share,
} from 'delfin-agent/driver';
import { reference, SECTOR, written } from './records.ts';
import { filesystemState, PROVISIONING, QUOTA_TYPE, SECURITY, WORM } from './states.ts';

/** Object types, as PARENTTYPE names them. */
export const FILESYSTEM_TYPE = '40';
export const QTREE_TYPE = '16445';
const POOL_TYPE = '216';

export function toFilesystem(fs: Foreign): Filesystem {
  const parentType = text(fs['PARENTTYPE']) ?? POOL_TYPE;
  return compact<Filesystem>({
    native_filesystem_id: identifier(fs['ID']) ?? '',
    name: written(fs['NAME']),
    type: lookup(PROVISIONING, text(fs['ALLOCTYPE'])),
    status: filesystemState(fs),
    native_pool_id: parentType === POOL_TYPE ? reference(fs['PARENTID']) : undefined,
    security_mode: lookup(SECURITY, text(fs['securityStyle'])),
    total_capacity: scaled(fs['CAPACITY'], SECTOR),
    used_capacity: scaled(fs['ALLOCCAPACITY'], SECTOR),
    // The interface's own spelling.
    free_capacity: scaled(fs['AVAILABLECAPCITY'] ?? fs['AVAILABLECAPACITY'], SECTOR),
    compressed: flag(fs['ENABLECOMPRESSION']),
    deduplicated: flag(fs['ENABLEDEDUP']),
    worm: lookup(WORM, text(fs['WORMTYPE'])),
    snapshot_capacity: scaled(fs['SNAPSHOTUSECAPACITY'], SECTOR),
  });
}

export function toQtree(qtree: Foreign): Qtree {
  const parentType = text(qtree['PARENTTYPE']) ?? FILESYSTEM_TYPE;
  return compact<Qtree>({
    native_qtree_id: identifier(qtree['ID']) ?? '',
    name: written(qtree['NAME']),
    path: written(qtree['path'] ?? qtree['PATH']),
    native_filesystem_id: parentType === FILESYSTEM_TYPE ? reference(qtree['PARENTID']) : undefined,
    security_mode: lookup(SECURITY, text(qtree['securityStyle'])),
  });
}

/** What the quota was asked for, where it doesn't say itself. */
export interface QuotaParent {
  readonly type: string;
  readonly id: string;
}

/** Space is in bytes, unless the quota states another unit: KiB, MiB, GiB, TiB. */
export function toQuota(quota: Foreign, asked: QuotaParent): Quota {
  const type = text(quota['PARENTTYPE']) ?? asked.type;
  const id = reference(quota['PARENTID']) ?? asked.id;
  const unit = 1024 ** (number(quota['SPACEUNITTYPE']) ?? 0);
  return compact<Quota>({
    native_quota_id: identifier(quota['ID']) ?? '',
    type: lookup(QUOTA_TYPE, text(quota['QUOTATYPE'])),
    native_filesystem_id: type === FILESYSTEM_TYPE ? id : undefined,
    native_qtree_id: type === QTREE_TYPE ? id : undefined,
    capacity_hard_limit: scaled(quota['SPACEHARDQUOTA'], unit),
    capacity_soft_limit: scaled(quota['SPACESOFTQUOTA'], unit),
    file_hard_limit: number(quota['FILEHARDQUOTA']),
    file_soft_limit: number(quota['FILESOFTQUOTA']),
    file_count: number(quota['FILEUSED']),
    used_capacity: scaled(quota['SPACEUSED'], unit),
    user_group_name: written(quota['USRGRPOWNERNAME']),
  });
}

/** Ids are unique within a protocol: all but those of CIFS have the protocol in front. */
export interface ShareKind {
  readonly path: string;
  readonly protocol: 'cifs' | 'nfs' | 'ftp';
  readonly prefix: string;
}

export const SHARE_KINDS: readonly ShareKind[] = [
  { path: '/CIFSHARE', protocol: 'cifs', prefix: '' },
  { path: '/NFSHARE', protocol: 'nfs', prefix: 'nfs:' },
  { path: '/FTP_SHARE_AUTH_CLIENT', protocol: 'ftp', prefix: 'ftp:' },
];

export function toShare(share: Foreign, { protocol, prefix }: ShareKind): Share {
  const id = identifier(share['ID']);
  return compact<Share>({
    native_share_id: id === undefined ? '' : `${prefix}${id}`,
    name: written(share['NAME']),
    path: written(share['SHAREPATH']),
    native_filesystem_id: reference(share['FSID']),
    native_qtree_id: sharedTree(share),
    protocol,
  });
}

/** 0: the share is of the file system itself. */
function sharedTree(share: Foreign): string | undefined {
  const id = reference(share['DTREEID'] ?? share['dtreeId']);
  return id === '0' ? undefined : id;
}
